"""What a folder of graded work remembers: finished grades, where the submissions were, and better scores that stay.

    store/lock              held by the run at work, with its process number; free as soon as that process is gone
    store/ledger.db         all that was handed in, with its grade: see `autograder.grading.ledger`
    store/class.json        where the submissions and the course were
    store/last_run.json     what the last run rested on and printed, if it did all that it had to do
    store/results/*.json    a finished grade each, named by the hash of what it rests on
    store/kept/*.json       a better score of an earlier grading, which counts until somebody says otherwise

Every file is written whole and holds the hash of its content.  One that is damaged is told, and never trusted.

A finished grade counts as long as the ledger has it, or as a run like the last one would find it:

    the ledger has it    a grade of any student and run rests on the same: earlier files of a student too, and those of
                         other assignments and courses in the same folder, whatever they were graded with
    it would be found    it rests on the same checks, kit, code, seed, limits, sandbox, Python and NumPy as what was
                         graded last: what an interrupted run or a trial of `regrade` has graded

All others are what a newer grade of the same file has replaced.  `grade` removes them; the ledger, and not the store,
holds what was handed in and its grades, so nothing is lost but the time to grade again if an old seed comes back.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

from autograder.errors import MisuseError
from autograder.files import locked, read_regular, remove_unfinished, replace_file
from autograder.grading.provenance import deciding, digest
from autograder.reports.report_json import from_dict, to_dict
from autograder.student.model.results import Provenance, Report
from autograder.submissions.entries import Layout

FOLDER = "store"
LOCK, LAST_RUN = "lock", "last_run.json"
# Where a course directory remembers what was graded.
GRADED = "graded"
# Names the assignments whose hidden inputs are shown.
OPENED = "opened.json"
SCHEMA = "backprop-kit/store/3"
MAX_FILE = 64 << 20


class DamagedError(ValueError):
    """A file of the store that is not as it was written; the message says how."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the submissions of one run came from, its course.toml, and the layout if that was said by hand."""

    paths: tuple[Path, ...]
    course: Path | None
    layout: Layout | None = None


@dataclass(slots=True)
class GradeStore:
    """The store of one folder, held by this process.  `fetch` and `keep` may be called from several threads.

    fresh: grades that are kept are not looked at, only written.  earlier: the results that were there at the beginning.
    found: how many of them were fetched.  damaged: the files that could not be trusted, with the reason.
    """

    root: Path
    fresh: bool = False
    earlier: frozenset[str] = frozenset()
    found: int = 0
    damaged: list[tuple[str, str]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def fetch(self, provenance: Provenance, assignment: str) -> Report | None:
        """The report that was kept with this provenance; None if there is none that can be trusted.

        It may be of another student who handed in the same bytes.
        """
        if self.fresh:
            return None
        path = self._result(provenance, assignment)
        content = self._trusted(path)
        report = self._report(path, content) if content else None
        if report is None:
            return None
        if deciding(report.provenance, report.assignment) != deciding(provenance, assignment):
            self._damage(path, "it is of another submission")
            return None
        if path.name in self.earlier:
            with self._lock:
                self.found += 1
        return report

    def keep(self, report: Report) -> None:
        """Keep a report; it is safe when this returns, or said not to be."""
        path = self._result(report.provenance, report.assignment)
        try:
            _write(path, {"report": to_dict(report)})
        except MisuseError:
            self._damage(path, "a folder is in its place, so the new grade is not kept; remove it")

    def count(self) -> int:
        """How many finished grades there are, those of earlier runs too."""
        return len(_names_in(self.root / "results"))

    def prune(
        self, entered: Iterable[tuple[Provenance, str]], latest: Sequence[Report]
    ) -> list[int]:
        """Remove the finished grades that no longer count; the sizes of their files.

        entered: what the grades of the ledger rest on, each with its assignment.  latest: the reports of the last run.
        Whoever is killed meanwhile leaves some, which the next run removes.
        """
        last = {r.assignment: r.provenance for r in latest if r.provenance.kit}
        old = set(_names_in(self.root / "results"))
        old.difference_update(self._result(r.provenance, r.assignment).name for r in latest)
        if not last or not old:
            return []
        old.difference_update(self._result(*each).name for each in entered)
        paths = [self.root / "results" / name for name in sorted(old)]
        gone = [path for path in paths if path.is_file() and not _would_be_found(path, last)]
        sizes = [path.stat().st_size for path in gone]
        for path in gone:
            path.unlink()
        return sizes

    def remember(self, sources: Sources) -> None:
        """Note where submissions came from, besides those of earlier runs."""
        course = str(sources.course.resolve()) if sources.course else None
        layouts = {str(each.paths[0]): each.layout for each in self.sources()}
        layouts |= {str(path.resolve()): sources.layout for path in sources.paths}
        downloads = [
            {"path": path, "layout": layout.value if layout else None}
            for path, layout in layouts.items()
        ]
        _write(self.root / "class.json", {"course": course, "downloads": downloads})

    def sources(self) -> tuple[Sources, ...]:
        """Where the submissions came from, one a download; none if nothing was ever graded here."""
        content = self._trusted(self.root / "class.json")
        return _sources(content) if content else ()

    def note_run(self, run: Mapping[str, Any]) -> None:
        """Keep what a finished run rested on and printed."""
        _write(self.root / LAST_RUN, run)

    def last_run(self) -> dict[str, Any] | None:
        """What the last run rested on and printed; None if it is not known."""
        return self._trusted(self.root / LAST_RUN)

    def note_opened(self, assignment: str, seed: str) -> None:
        """Note that the hidden inputs of an assignment are shown, by the hash of their seed."""
        _write(self.root / OPENED, {**self._opened(), assignment: seed})

    def opened_with(self, seed: str) -> list[str]:
        """The assignments whose hidden inputs, drawn from the seed of this hash, are shown."""
        return [assignment for assignment, own in self._opened().items() if own == seed]

    def _opened(self) -> dict[str, Any]:
        return self._trusted(self.root / OPENED) or {}

    def keep_better(self, reports: Sequence[Report]) -> None:
        """Let these reports count against later ones with fewer points."""
        for report in reports:
            _write(self._kept(report), {"report": to_dict(report)})

    def forget_better(self, reports: Sequence[Report]) -> None:
        """Let nothing earlier count against these reports."""
        for report in reports:
            self._kept(report).unlink(missing_ok=True)

    def better(self) -> tuple[Report, ...]:
        """The earlier reports that count against later ones with fewer points."""
        files = sorted((self.root / "kept").glob("*.json"))
        found = ((path, self._trusted(path)) for path in files)
        reports = [self._report(path, content) for path, content in found if content]
        return tuple(report for report in reports if report)

    def _result(self, provenance: Provenance, assignment: str) -> Path:
        return self.root / "results" / f"{digest(deciding(provenance, assignment))}.json"

    def _kept(self, report: Report) -> Path:
        return self.root / "kept" / f"{digest([report.assignment, report.student])}.json"

    def _trusted(self, path: Path) -> dict[str, Any] | None:
        try:
            return _read(path)
        except FileNotFoundError:
            return None
        except DamagedError as why:
            self._damage(path, str(why))
            return None

    def _report(self, path: Path, content: Mapping[str, Any]) -> Report | None:
        try:
            return from_dict(content["report"])
        except (MisuseError, KeyError) as why:
            self._damage(path, str(why))
            return None

    def _damage(self, path: Path, why: str) -> None:
        with self._lock:
            self.damaged.append((path.relative_to(self.root.parent).as_posix(), why))


@contextmanager
def open_store(
    out: Path, waiting: Callable[[str], None], *, fresh: bool = False
) -> Iterator[GradeStore]:
    """The store of the folder `out`, which no other process holds at the same time.

    waiting: called with words for a person before this waits for another process to end.
    """
    root = out / FOLDER
    root.mkdir(parents=True, exist_ok=True)
    fd = _open_lock(root / LOCK)
    try:
        with locked(fd, lambda: waiting(_busy(fd, out))):
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
            remove_unfinished(root)
            yield GradeStore(root, fresh, frozenset(_names_in(root / "results")))
    finally:
        os.close(fd)


def _open_lock(path: Path) -> int:
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise MisuseError(f"{path}: cannot be opened ({error.strerror}); remove it") from None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise MisuseError(f"{path}: is not a regular file; remove it")
    return fd


def read_sources(out: Path) -> tuple[Sources, ...]:
    """The sources of a graded folder's submissions, one a download; the store is not held.  None if not known."""
    try:
        return _sources(_read(out / FOLDER / "class.json"))
    except (FileNotFoundError, DamagedError):
        return ()


def _sources(content: Mapping[str, Any]) -> tuple[Sources, ...]:
    course = Path(content["course"]) if content["course"] else None
    found = []
    for download in content["downloads"]:
        layout = Layout(download["layout"]) if download["layout"] else None
        found.append(Sources((Path(download["path"]),), course, layout))
    return tuple(found)


def _names_in(results: Path) -> list[str]:
    """The names of all finished grades; a path for each would take twice the memory."""
    if not results.is_dir():
        return []
    with os.scandir(results) as entries:
        return [entry.name for entry in entries if entry.name.endswith(".json")]


def _would_be_found(path: Path, last: Mapping[str, Provenance]) -> bool:
    """Whether a run like the last one finds a grade, if the same file is handed in again.

    last: what the last run graded each assignment on.  The checks of other assignments are taken as they were.
    """
    try:
        report = from_dict(_read(path)["report"])
    except (DamagedError, MisuseError, KeyError):
        return False
    own, name = report.provenance, report.assignment
    basis = last.get(name) or replace(next(iter(last.values())), checks=own.checks)
    same = replace(basis, submission=own.submission, read_as=own.read_as)
    return deciding(same, name) == deciding(own, name)


def _busy(fd: int, out: Path) -> str:
    """What a person reads while another process grades into the same folder."""
    holder = os.pread(fd, 20, 0).decode("ascii", "replace").strip()
    return f"{out}: process {holder or '?'} is grading into this folder; waiting until it ends"


def _write(path: Path, content: Mapping[str, Any]) -> None:
    document = {"schema": SCHEMA, "content": content, "sha256": digest(content)}
    replace_file(path, (json.dumps(document, indent=1) + "\n").encode())


def _read(path: Path) -> dict[str, Any]:
    """The content of a file that `_write` wrote.  Raises DamagedError if it is not what was written."""
    try:
        document = json.loads(read_regular(path, MAX_FILE))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, RecursionError) as why:
        raise DamagedError(f"it cannot be read ({why})") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise DamagedError(f"its schema is not {SCHEMA}, so another version of the kit wrote it")
    content = document.get("content")
    if not isinstance(content, dict) or document.get("sha256") != digest(content):
        raise DamagedError("its content is not what was written")
    return content
