"""Write the page of slides and exercises from the catalogue and the table of slides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from string import Template

from autograder.authoring.build.slides import Slide, SlideNumbers, lecture
from autograder.course.paths import Places, shown
from autograder.files import update_file
from autograder.student.model.exercises import Assignment, Exercise, WrittenQuestion

PAGE = Template("""\
# Slides and exercises

`autograder build` writes this page; change `autograder/student/checks/` or `autograder/authoring/build/slides.toml`
instead.

## Notebooks

| notebook | slides | exercises | points |
|---|---|---|---|
$notebooks

## Slides

| slide | what it says | taught and checked in |
|---|---|---|
$slides

## Numbers printed on slides

Each is computed by functions that students write: $count of $count. A test runs every line with the reference.
A dash stands for numbers that follow from a slide but are not printed on it.

| slide | number | notebook | functions of students | exact |
|---|---|---|---|---|
$numbers
""")


def syllabus(assignments: Sequence[Assignment]) -> str:
    """The page: a table of the notebooks, and a table of the slides with their exercises."""
    return PAGE.substitute(
        notebooks="\n".join(_notebook_row(assignment) for assignment in assignments),
        slides="\n".join(_slide_row(slide, assignments) for slide in lecture()),
        count=sum(
            len(numbers.ours) for slide in lecture() for numbers in slide.numbers if numbers.printed
        ),
        numbers="\n".join(
            _number_row(slide, numbers) for slide in lecture() for numbers in slide.numbers
        ),
    )


def write_syllabus(assignments: Sequence[Assignment], places: Places) -> bool:
    """Write the page unless it is there already; whether it was written."""
    return update_file(places.syllabus, syllabus(assignments).encode())


def stale_syllabus(assignments: Sequence[Assignment], places: Places) -> tuple[str, ...]:
    """What is out of date and which command mends it; empty if the page is what the catalogue gives."""
    page = places.syllabus
    if page.is_file() and page.read_bytes() == syllabus(assignments).encode():
        return ()
    return (f"{shown(page)}: differs from what the catalogue gives; run autograder build",)


def exercises_of(slide: int, assignment: Assignment) -> list[str]:
    """The names of the exercises and written questions that a slide has in an assignment."""
    return [task.name for task in _tasks(assignment) if slide in task.slides]


def slides_of(assignment: Assignment) -> list[int]:
    """The slides that an assignment teaches and checks, in order."""
    return sorted({slide for task in _tasks(assignment) for slide in task.slides})


def _tasks(assignment: Assignment) -> tuple[Exercise | WrittenQuestion, ...]:
    return (*assignment.exercises, *assignment.written)


def _notebook_row(assignment: Assignment) -> str:
    names = [exercise.name for exercise in assignment.exercises if not exercise.bonus]
    names += [
        f"{exercise.name} (bonus of {exercise.points:g})"
        for exercise in assignment.exercises
        if exercise.bonus
    ]
    names += [f"{question.name} (written)" for question in assignment.written]
    slides = ", ".join(_runs(slides_of(assignment)))
    return f"| `{assignment.name}` | {slides} | {', '.join(names)} | {assignment.points:g} |"


def _slide_row(slide: Slide, assignments: Sequence[Assignment]) -> str:
    homes = [
        (assignment.name, exercises_of(slide.number, assignment)) for assignment in assignments
    ]
    cells = [f"`{name}`: {', '.join(exercises)}" for name, exercises in homes if exercises]
    return f"| {slide.number} | {slide.says} | {'; '.join(cells)} |"


def _number_row(slide: Slide, numbers: SlideNumbers) -> str:
    exact = ", ".join(f"{value:g}" for value in numbers.ours)
    why = f" ({numbers.note})" if numbers.note else ""
    return f"| {slide.number} | {numbers.printed or '–'} | `{numbers.by}` | `{numbers.call}` | {exact}{why} |"


def _runs(numbers: Sequence[int]) -> Iterator[str]:
    """Numbers in order, three or more in a row as a range: 1, 2, 5–8."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    for run in runs:
        yield f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run))
