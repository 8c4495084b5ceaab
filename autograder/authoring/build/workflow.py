"""The workflow of a student's repository, release/ci/student.yml: shipped as it was written, after a scan for leaks."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from autograder.authoring.build.leaks import LeakError, find_leaks, secrets
from autograder.course.paths import Places, shown
from autograder.course.source import read_source
from autograder.student.model.exercises import Assignment


def write_workflow(known: Sequence[Assignment], places: Places) -> bool:
    """Write the workflow unless it is there already; whether it was written.

    known: assignments of whose answers it may hold nothing.  Raises LeakError, with nothing written, if it does.
    """
    target, text = places.student_workflow, _text()
    leaks = _leaks(text, known, places)
    if leaks:
        raise LeakError("\n  ".join([f"{shown(target)}: leaks and was not written; mend this", *leaks]))
    if target.is_file() and target.read_bytes() == text:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text)
    return True


def stale_workflow(places: Places) -> tuple[str, ...]:
    """What is out of date in the workflow's folder, and what mends it; empty if all is fresh."""
    target = places.student_workflow
    there = sorted(target.parent.iterdir()) if target.parent.is_dir() else []
    found = [f"{shown(path)}: does not belong; take it out" for path in there if path != target]
    if not target.is_file() or target.read_bytes() != _text():
        found.append(f"{shown(target)}: is {'out of date' if target.exists() else 'missing'}; run autograder release")
    return tuple(found)


def workflow_leaks(known: Sequence[Assignment], places: Places) -> tuple[str, ...]:
    """Every leak in the workflow as it lies on disk, in words; empty if there is none."""
    target = places.student_workflow
    return _leaks(target.read_bytes(), known, places) if target.is_file() else ()


def _leaks(data: bytes, known: Sequence[Assignment], places: Places) -> tuple[str, ...]:
    target = places.student_workflow
    sources = [read_source(places.source(assignment.name), assignment) for assignment in known]
    forbidden = list(
        {secret.tokens: secret for source in sources for secret in secrets(source, places.hidden)}.values()
    )
    found = find_leaks([(target.name, data)], forbidden, places.root, lambda name: name == target.name)
    return tuple(f"{shown(target.parent)}/{leak}" for leak in found)


def _text() -> bytes:
    return (resources.files(__package__) / "student.yml").read_bytes()
