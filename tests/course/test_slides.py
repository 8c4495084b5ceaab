"""Every slide has its exercise, is named in the notebook that teaches it, and stands in the built table."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from autograder.authoring.build.syllabus import exercises_of, stale_syllabus, syllabus
from autograder.course.paths import HERE
from autograder.student.checks import assignments

SLIDES = range(1, 34)
# "slide 9", "Slides 5–8, 10 and 11"
MENTION = re.compile(r"\b[Ss]lides?\s+(\d+(?:–\d+)?(?:(?:,| and)\s+\d+(?:–\d+)?)*)")


def numbers(text: str) -> Iterator[int]:
    """Every slide that a text names, ranges written out."""
    for mention in MENTION.findall(text):
        for first, last in re.findall(r"(\d+)(?:–(\d+))?", mention):
            yield from range(int(first), int(last or first) + 1)


def test_ranges_and_lists_of_slides_are_read():
    assert list(numbers("Slides 5–8, 10 and 11; slide 16.")) == [5, 6, 7, 8, 10, 11, 16]


@pytest.mark.parametrize("slide", SLIDES)
def test_every_slide_has_an_exercise_and_is_named_in_its_notebook(slide):
    homes = [assignment.name for assignment in assignments() if exercises_of(slide, assignment)]
    assert homes
    for name in homes:
        assert slide in numbers(HERE.source(name).read_text(encoding="utf-8")), f"{name} names no slide {slide}"


def test_the_page_of_slides_and_exercises_is_fresh():
    assert stale_syllabus(assignments(), HERE) == ()


def test_the_page_has_a_row_for_each_notebook_and_each_slide():
    rows = syllabus(assignments()).splitlines()
    assert "| 4 | `03_sigmoid_neuron`: push_towards_the_target; `07_mlp_sgd`: softmax_loss |" in rows
    for slide in SLIDES:
        assert any(row.startswith(f"| {slide} | ") for row in rows)
    gates = next(row for row in rows if row.startswith("| `02_gates` | 2, 3, 9, 11–13, 17, 18 | simple_backprop_step,"))
    assert gates.endswith(" | 12 |")
    sgd = next(row for row in rows if row.startswith("| `07_mlp_sgd`"))
    assert "train, paraboloid_paths (bonus of 2), three_learning_rates (written) | 14 |" in sgd


def test_an_assignment_without_exercises_has_a_row():
    [first, *_] = assignments()
    assert "| `01_derivatives` |  |  | 0 |" in syllabus([replace(first, exercises=())])
