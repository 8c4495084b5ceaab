"""Which file of a student counts, where there are several for one assignment.  Decided before anything is run.

The order of the reasons is one for all downloads: the platform's attempt, the time that it states,
an attempted notebook before an untouched one, and then what can be seen of the files themselves.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.files import python_tree
from autograder.submissions.entries import Layout
from autograder.submissions.find import Found, find_all, find_one_student
from autograder.submissions.ingest import (
    Clock,
    Notebook,
    Submission,
    UnreadableError,
    read_cells,
    stem_of,
)
from autograder.submissions.plan import assignment_of, defined, named_like

# Dates of files that lie no further apart, in seconds, are those of one download.
SAME_TIME = 120.0
Exercises = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Look:
    """One file: the assignment it belongs to ("" if that is unknown), and whether any exercise was attempted.

    fault: why it cannot be read; "" if it can.
    """

    submission: Submission
    assignment: str
    attempted: bool = False
    fault: str = ""


# What is compared, the most important first, and what is said of the file that wins by it.
REASONS = (
    "it is a newer attempt",
    "it was handed in later",
    "the other is untouched",
    "its date is newer",
    "same date; it is named like the assignment",
    "same date; it is a notebook",
    "same date; it lies higher up",
    "same date; its name is the later version",
)


def find_chosen(paths: Sequence[Path], exercises: Exercises, layout: Layout | None = None) -> Found:
    """The submissions below `paths` that count, one a student and assignment; all other files are left out.

    exercises: names of each assignment's exercises.  layout: as for `find_all`, which says what is raised.
    """
    found = find_all(paths, frozenset(exercises), _names(exercises), layout)
    return _chosen(found, exercises)


def find_own(path: Path, student: str, exercises: Exercises) -> Found:
    """The same for the work of one student, in whatever folders it lies."""
    return _chosen(find_one_student(path, student, _names(exercises)), exercises)


def _chosen(found: Found, exercises: Exercises) -> Found:
    kept, left_out = choose(found.submissions, exercises)
    return replace(found, submissions=kept, left_out=(*found.left_out, *left_out))


def _names(exercises: Exercises) -> frozenset[str]:
    return frozenset(name for own in exercises.values() for name in own)


def choose(
    submissions: Iterable[Submission], exercises: Exercises
) -> tuple[tuple[Submission, ...], tuple[tuple[str, str], ...]]:
    """One file a student and assignment, in the order given; and the others, each with the reason.

    exercises: names of each assignment's exercises.  A file that cannot be read never takes the place of one that can:
    it is kept beside it, one a student and assignment.
    """
    given = list(submissions)
    own: dict[str, list[Submission]] = defaultdict(list)
    for submission in given:
        own[submission.student].append(submission)
    kept: set[int] = set()
    chosen: dict[int, Submission] = {}
    left_out: list[tuple[str, str]] = []
    for several in own.values():
        if len(several) == 1:
            kept.add(id(several[0]))
            continue
        looks = [_look(submission, exercises) for submission in several]
        rivals: dict[tuple[str, bool], list[_Look]] = defaultdict(list)
        for look in looks:
            rivals[look.assignment, bool(look.fault)].append(look)
        for group in rivals.values():
            best, why, others = _best(group)
            kept.add(id(best.submission))
            chosen[id(best.submission)] = replace(best.submission, chosen=why)
            left_out += [(look.submission.name, said) for look, said in others]
    # A file of a group stands there once, not once a member.
    return tuple(chosen.get(id(s), s) for s in given if id(s) in kept), tuple(
        dict.fromkeys(left_out)
    )


def is_readable(submission: Submission, exercises: Exercises) -> bool:
    """Whether a file can be read and belongs to one of the assignments."""
    return not _look(submission, exercises).fault


def _best(group: Sequence[_Look]) -> tuple[_Look, str, list[tuple[_Look, str]]]:
    """The one that counts, why, and the others with the reason of each."""
    dated = _dates_differ(group)
    ranks = {id(look): _rank(look, dated=dated) for look in group}
    best = max(group, key=lambda look: ranks[id(look)])
    others = []
    reasons = set()
    for look in group:
        if look is best:
            continue
        pairs = zip(ranks[id(best)], ranks[id(look)], REASONS, strict=True)
        why = next((reason for mine, other, reason in pairs if mine != other), REASONS[-1])
        reasons.add(why)
        others.append((look, look.fault or f"{best.submission.name} counts: {why}"))
    first = next((why for why in REASONS if why in reasons), "")
    return best, f"of {len(group)} files: {first}" if first else "", others


def _dates_differ(group: Sequence[_Look]) -> bool:
    """Whether the dates of the files say anything: those of a download made in one go do not."""
    dates = [look.submission.modified for look in group]
    return all(look.submission.dated for look in group) and max(dates) - min(dates) > SAME_TIME


def _rank(look: _Look, *, dated: bool) -> tuple[object, ...]:
    """What `REASONS` names, the larger the better."""
    submission = look.submission
    stated = submission.clock in (Clock.STATED, Clock.LOCAL)
    own_name = submission.own_name or submission.name
    named = stem_of(own_name.rpartition("/")[2]).casefold() == look.assignment.casefold()
    return (
        submission.attempt,
        submission.modified if stated else 0.0,
        look.attempted,
        submission.modified if dated and not stated else 0.0,
        named,
        not submission.is_script,
        -own_name.count("/"),
        _natural(own_name or submission.name),
    )


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """A name by which versions sort as people count: 9 before 10."""
    parts = re.split(r"(\d+)", name)
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in parts)


def _look(submission: Submission, exercises: Exercises) -> _Look:
    try:
        notebook = read_cells(submission, submission.read(), _names(exercises))
        assignment = assignment_of(notebook, exercises, submission.name)
    except UnreadableError as why:
        return _Look(submission, named_like(submission.name, exercises), fault=str(why))
    return _Look(submission, assignment, _attempted(notebook, exercises[assignment]))


def _attempted(notebook: Notebook, exercises: Sequence[str]) -> bool:
    """Whether any cell that answers an exercise is more than the stub that was handed out."""
    answers = (
        cell
        for cell in notebook.cells
        if cell.id in exercises or set(defined(cell.text)) & set(exercises)
    )
    return any(not _is_stub(cell.text) for cell in answers)


def _is_stub(text: str) -> bool:
    """Whether a cell defines a function that raises NotImplementedError before it returns anything."""
    try:
        tree = python_tree(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    functions = [
        node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    return any(_raises_first(function.body) for function in functions)


def _raises_first(body: Sequence[ast.stmt]) -> bool:
    ends = (node for node in body if isinstance(node, (ast.Raise, ast.Return)))
    first = next(ends, None)
    return isinstance(first, ast.Raise) and "NotImplementedError" in ast.dump(first)
