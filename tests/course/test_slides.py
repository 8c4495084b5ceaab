"""Slides, notebooks and exercises agree with one table of slides, and every number of a slide is computed."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module

import numpy as np
import pytest

from autograder.authoring.build.slides import lecture
from autograder.authoring.build.syllabus import exercises_of, slides_of, stale_syllabus, syllabus
from autograder.course.paths import HERE
from autograder.course.source import Kind, read_source, reference_namespace
from autograder.student.checks import assignments

TITLE = 1
TAUGHT = [slide for slide in lecture() if slide.number != TITLE]
COURSE = {assignment.name: assignment for assignment in assignments()}
NUMBERS = [(slide.number, numbers) for slide in lecture() for numbers in slide.numbers]
# "slide 9", "Slides 5–8, 10 and 11"
MENTION = re.compile(r"\b[Ss]lides?\s+(\d+(?:–\d+)?(?:(?:,| and)\s+\d+(?:–\d+)?)*)")


def numbers(text: str) -> Iterator[int]:
    """Every slide that a text names, ranges written out."""
    for mention in MENTION.findall(text):
        for first, last in re.findall(r"(\d+)(?:–(\d+))?", mention):
            yield from range(int(first), int(last or first) + 1)


@cache
def source(name):
    return read_source(HERE.source(name), COURSE[name])


@cache
def namespace(name):
    return reference_namespace(source(name))


def prose(name: str) -> list[str]:
    """The markdown cells of a notebook, its head first, which lists the slides."""
    return [cell.text for cell in source(name).cells if cell.kind is Kind.PROSE]


def holds(text: str, words) -> bool:
    return any(word.lower() in " ".join(text.split()).lower() for word in words)


def test_ranges_and_lists_of_slides_are_read():
    assert list(numbers("Slides 5–8, 10 and 11; slide 16.")) == [5, 6, 7, 8, 10, 11, 16]


def test_the_table_has_every_slide_once_and_in_order():
    assert [slide.number for slide in lecture()] == list(range(1, 34))
    assert [slide.number for slide in lecture() if not slide.words] == [TITLE]


@pytest.mark.parametrize("slide", TAUGHT, ids=lambda slide: str(slide.number))
def test_every_slide_has_an_exercise_and_opens_a_paragraph_of_its_notebook(slide):
    homes = [name for name in COURSE if exercises_of(slide.number, COURSE[name])]
    assert homes
    for name in homes:
        opened = {
            n
            for text in prose(name)
            for bold in re.findall(r"\*\*([^*]+)\*\*", text)
            for n in numbers(bold)
        }
        named = {n for text in prose(name) for n in numbers(text)}
        assert slide.number in named, f"{name} names no slide {slide.number}"
        assert slide.number in opened or len(homes) > 1, (
            f"{name} has no paragraph **Slide {slide.number}.**"
        )


@pytest.mark.parametrize("name", COURSE)
def test_a_paragraph_that_names_a_slide_speaks_of_what_the_slide_says(name):
    words = {slide.number: slide.words for slide in lecture()}
    for text in prose(name)[1:]:
        for number in numbers(text):
            assert holds(text, words[number]), (
                f"{name} names slide {number} without a word of it in:\n{text}"
            )


@pytest.mark.parametrize("name", COURSE)
def test_the_head_of_a_notebook_lists_the_slides_of_its_exercises(name):
    [head, *_] = prose(name)
    listed = re.search(r"^(?:# )?\*(Slides?[^*]+?)(?:\.|, and)\s", head, re.MULTILINE)
    assert listed, head
    assert sorted(set(numbers(listed[1]))) == slides_of(COURSE[name])


@pytest.mark.parametrize("name", COURSE)
def test_the_slides_of_an_exercise_fit_its_section(name):
    words = {slide.number: slide.words for slide in lecture()}
    tasks = {task.name: task.slides for task in (*COURSE[name].exercises, *COURSE[name].written)}
    section = ""
    for cell in source(name).cells:
        if cell.kind is Kind.PROSE and "## " in cell.text:
            section = ""
        section += cell.text
        for number in (
            tasks.get(cell.name, ()) if cell.kind in (Kind.EXERCISE, Kind.WRITTEN) else ()
        ):
            assert holds(section, words[number]), (
                f"{name}, {cell.name}: slides has {number}, its section has not"
            )


@pytest.mark.parametrize(("slide", "row"), NUMBERS, ids=lambda value: getattr(value, "call", value))
def test_the_functions_of_students_give_the_numbers_of_a_slide(slide, row):
    names = {node.id for node in ast.walk(ast.parse(row.call)) if isinstance(node, ast.Name)}
    given = namespace(row.by)
    defined = {cell.name for cell in source(row.by).cells if cell.kind is Kind.EXERCISE} | {
        "slide14"
    }
    assert names & defined, f"slide {slide}: {row.call} uses no function of {row.by}"
    pictures = vars(import_module(f"autograder.student.plots.{row.by[3:]}"))
    got = np.array([float(value) for value in np.ravel(eval(row.call, {**pictures, **given}))])
    assert got == pytest.approx(row.ours, abs=5.1e-5, rel=0)
    printed = row.printed.split(", ") if row.printed else [f"{value}" for value in row.ours]
    assert len(printed) == len(row.ours)
    for text, value in zip(printed, row.ours, strict=True):
        last_digit = 10.0 ** -len(text.partition(".")[2])
        assert row.note or abs(float(text) - value) <= 0.51 * last_digit, (
            f"slide {slide}: {text} is not {value}"
        )


def test_the_page_of_slides_and_exercises_is_fresh():
    assert stale_syllabus(assignments(), HERE) == ()


def test_the_page_has_a_row_for_each_notebook_each_slide_and_each_number():
    rows = syllabus(assignments()).splitlines()
    fourth = next(row for row in rows if row.startswith("| 4 | Signs: "))
    assert fourth.endswith(
        " | `03_sigmoid_neuron`: which_way, push_towards_the_target; `07_mlp_sgd`: softmax_loss |"
    )
    for slide in lecture():
        assert any(row.startswith(f"| {slide.number} | {slide.says} | ") for row in rows)
    gates = next(
        row
        for row in rows
        if row.startswith("| `02_gates` | 3, 9, 11–13, 17, 18 | simple_backprop_step,")
    )
    assert gates.endswith(" | 11 |")
    sgd = next(row for row in rows if row.startswith("| `07_mlp_sgd`"))
    assert (
        "train, paraboloid_paths (bonus of 2), image_slopes (bonus of 1), three_learning_rates (written) | 14 |"
        in sgd
    )
    count = sum(len(row.ours) for _, row in NUMBERS if row.printed)
    assert any(f": {count} of {count}. " in row for row in rows)
    assert "| 9 | 0.333 | `02_gates` | `2 - simple_backprop_step(2, 3, 5, 1)[0]` | 0.3333 |" in rows


def test_an_assignment_without_exercises_has_a_row():
    [first, *_] = assignments()
    assert "| `01_derivatives` |  |  | 0 |" in syllabus([replace(first, exercises=())])
