"""Every slide has its exercise, is named in the notebook that teaches it, and stands in README's table."""

import re
from collections.abc import Iterator

import pytest

from autograder.course.paths import HERE
from autograder.student.checks import assignments

SLIDES = range(1, 34)
HEADING = "| slide | taught and checked in |\n|---|---|\n"
# "slide 9", "Slides 5–8, 10 and 11"
MENTION = re.compile(r"\b[Ss]lides?\s+(\d+(?:–\d+)?(?:(?:,| and)\s+\d+(?:–\d+)?)*)")


def numbers(text: str) -> Iterator[int]:
    """Every slide that a text names, ranges written out."""
    for mention in MENTION.findall(text):
        for first, last in re.findall(r"(\d+)(?:–(\d+))?", mention):
            yield from range(int(first), int(last or first) + 1)


def exercises_of(slide: int) -> dict[str, list[str]]:
    """The exercises and written questions that a slide has, by assignment."""
    found = {a.name: [task.name for task in (*a.exercises, *a.written) if slide in task.slides] for a in assignments()}
    return {name: tasks for name, tasks in found.items() if tasks}


def row(slide: int) -> str:
    cells = "; ".join(f"`{name}`: {', '.join(tasks)}" for name, tasks in exercises_of(slide).items())
    return f"| {slide} | {cells} |"


def test_ranges_and_lists_of_slides_are_read():
    assert list(numbers("Slides 5–8, 10 and 11; slide 16.")) == [5, 6, 7, 8, 10, 11, 16]


@pytest.mark.parametrize("slide", SLIDES)
def test_every_slide_has_an_exercise_and_is_named_in_its_notebook(slide):
    homes = exercises_of(slide)
    assert homes
    for name in homes:
        assert slide in numbers(HERE.source(name).read_text(encoding="utf-8")), f"{name} names no slide {slide}"


def test_readme_has_the_table_of_slides():
    readme = (HERE.root / "README.md").read_text(encoding="utf-8")
    assert HEADING + "\n".join(map(row, SLIDES)) + "\n" in readme
