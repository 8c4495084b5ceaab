"""Find the submissions below a path: a notebook, or a folder or zip in a layout of `autograder.submissions.layouts`.

Every student of a download gets at least one submission; where nothing can be graded, reading it
gives the reason. Every file that is left out is listed with its reason, many of one folder in one
line.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from autograder.errors import MisuseError
from autograder.student.model.notebooks import MAX_NOTEBOOK
from autograder.submissions.entries import (
    ARCHIVE,
    MAX_STUDENTS,
    Entry,
    Layout,
    Owner,
    Root,
    composed,
)
from autograder.submissions.folder_layouts import TIMESTAMP_FILE
from autograder.submissions.gradescope_export import GRADESCOPE_FILE
from autograder.submissions.ingest import (
    NOTEBOOK,
    Clock,
    Submission,
    UnreadableError,
    stem_of,
    suffix_of,
)
from autograder.submissions.layouts import (
    COURSE_MARKS,
    SUBMITTED,
    find_root,
    read_entries,
    words_of,
)
from autograder.submissions.python_file import (
    MAX_SCRIPT,
    SUFFIX,
    NotPythonError,
    mentions,
    script_text,
)
from autograder.submissions.tree import (
    LINK,
    OUT_OF_ZIP,
    SPECIAL,
    File,
    FolderTree,
    Tree,
    ZipTree,
    read_file,
    walk,
)

MAX_NAME = 300
# What nbgrader's exchange writes beside a submission; and the library that students get with their notebooks.
BESIDE_WORK = frozenset({TIMESTAMP_FILE, "submission_secret.txt"})
KITS_OWN = re.compile(r"(?:.*/)?autograder/(?:__init__\.py$|student/)")
# Of one student: notebooks and Python files that are looked at, and their bytes together.
MAX_WORK = 200
MAX_BYTES = 100 << 20
# Files left out of one folder for one reason that are listed one by one.
MAX_LISTED = 3
NOT_NOTEBOOK, NO_EXERCISE = "it is not a notebook", "it is not a notebook, and defines no exercise"
HIDDEN = "its name begins with a dot, which hides it; rename it and hand it in again"
CHECKPOINT = "it is a copy that Jupyter keeps for itself; hand in the notebook"
NOTHING = "nothing was handed in"
# What students hand in instead of a notebook, by its suffix, with the cure.
CURES = {
    ".pdf": "it is a PDF, which cannot be run; hand in the notebook (.ipynb)",
    ".html": "it is a page, which cannot be run; hand in the notebook (.ipynb)",
    ".docx": "it is a text document, which cannot be run; hand in the notebook (.ipynb)",
    ".rar": "it is a RAR archive, which is not opened; hand in the notebook, or a zip",
    ".7z": "it is a 7z archive, which is not opened; hand in the notebook, or a zip",
    ".gz": "it is a compressed archive, which is not opened; hand in the notebook, or a zip",
    ".tar": "it is a tar archive, which is not opened; hand in the notebook, or a zip",
    ".dbc": "it is a Databricks archive; export it as an IPython notebook",
}
Answers = frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """What lies below a path: the layout recognised, the submissions, and the files left out with the reason."""

    layout: str
    submissions: tuple[Submission, ...]
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Work:
    """What one entry holds: files that can be looked at, and those left out with the reason."""

    entry: Entry
    files: tuple[tuple[File, str], ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


def find_all(
    paths: Sequence[Path],
    known: frozenset[str] = frozenset(),
    answers: Answers = frozenset(),
    layout: Layout | None = None,
) -> Found:
    """Find the submissions below several paths as one class; two people of one name stay two.

    known: names of assignments, which as a file's name say nothing about the student.  answers: names of exercises; a
    Python file that defines one of them is taken like a notebook.  layout: settles by hand how a download is laid out.
    Raises MisuseError if there is no such path, nothing to grade below it, or if its layout is doubtful.
    """
    found = [_find(path, known, answers, layout) for path in paths]
    works = [work for below in found for work in below.works]
    names = _distinct(owner for work in works for owner in work.entry.owners)
    everything = _submissions(works, names)
    submissions = sorted(everything, key=lambda s: (s.name, s.student))
    left_out = [out for below in found for out in below.strays]
    left_out += [out for work in works for out in work.left_out]
    return Found(
        " and ".join(below.words for below in found),
        tuple(submissions),
        tuple(sorted(_summed(left_out))),
    )


def find_one_student(path: Path, student: str, answers: Answers = frozenset()) -> Found:
    """The same for a path that holds the work of one student: nothing in it is taken for another's."""
    owner = (Owner(student, student),)
    if path.is_dir():
        work = _work(FolderTree(path), Entry(owner, ""), answers)
        words = f"a folder of {student}"
    else:
        below = _find(path, frozenset(), answers, None)
        words, [work] = below.words, below.works
    _refuse_nothing(path, Layout.PLAIN, [work], [])
    submissions = _submissions([work], {one.key: student for one in work.entry.owners})
    return Found(words, tuple(submissions), tuple(sorted(_summed(work.left_out))))


def work_of(path: Path) -> Path:
    """The folder of submissions in a course directory of nbgrader's; any other path as it is."""
    if not all((path / name).is_file() for name in COURSE_MARKS):
        return path
    if not (path / SUBMITTED).is_dir():
        raise MisuseError(
            f"{path}: is a course without {SUBMITTED}/; name the download that is to be graded"
        )
    return path / SUBMITTED


@dataclass(frozen=True, slots=True)
class _Below:
    """What lies below one path: the layout in words, what each entry holds, and the files that belong to nobody."""

    words: str
    works: list[_Work]
    strays: list[tuple[str, str]]


def _find(path: Path, known: frozenset[str], answers: Answers, asked: Layout | None) -> _Below:
    """What lies below one path: the layout in words, what each entry holds, and the files that belong to nobody."""
    if not path.exists():
        raise MisuseError(
            f"{path}: there is no such file or folder; name a notebook, a folder of notebooks or a zip"
        )
    if path.is_dir():
        tree: Tree = FolderTree(path)
        kind, called = "folder", path.resolve().name
    elif suffix_of(path.name):
        return _one_file(path, answers)
    elif path.is_file() and zipfile.is_zipfile(
        path
    ):  # to look into a pipe or /dev/zero would never end
        tree, kind, called = ZipTree.of(path), "zip", path.stem
    else:
        raise MisuseError(
            f"{path}: is neither a notebook (.ipynb) nor a folder nor a zip; name one of these"
        )
    try:
        root, layout = find_root(Root(tree, str(path), called, known), asked)
        entries = [entry for entry in read_entries(root, layout) if not _is_output(tree, entry)]
        entries = [replace(entry, dated=layout is Layout.PLAIN) for entry in entries]
    except UnreadableError as why:
        raise MisuseError(f"{path}: {why}; name the folder of the submissions") from None
    works = [_work(tree, entry, answers) for entry in entries]
    strays = list(_strays(root, layout, entries))
    _refuse_nothing(path, layout, works, strays)
    if layout is Layout.PLAIN and any(entry.file for entry in entries):
        # A folder beside loose notebooks may hold data; it is a student's only if something in it was handed in.
        others = [work for work in works if not work.files and not _tried(work)]
        strays += [out for work in others for out in work.left_out]
        works = [work for work in works if work not in others]
    return _Below(words_of(layout, kind, entries), works, strays)


def _one_file(path: Path, answers: Answers) -> _Below:
    status = path.lstat()
    file = File(path.name, status.st_mtime, Clock.FILE, status.st_size, partial(read_file, path))
    student = composed(stem_of(path.name))
    work = _looked_at(Entry((Owner(student, student),), path.name), [(file, path.name)], answers)
    _refuse_nothing(path, Layout.PLAIN, [work], [])
    return _Below("one notebook", [work], [])


def _refuse_nothing(
    path: Path, layout: Layout, works: Sequence[_Work], strays: Sequence[tuple[str, str]]
) -> None:
    """Raise MisuseError if nothing at all was handed in below a path that is no platform's download."""
    if any(work.files or _tried(work) for work in works) or (works and layout is not Layout.PLAIN):
        return
    left_out = sorted([*strays, *(out for work in works for out in work.left_out)])
    why = (
        f" ({len(left_out)} files left out, the first, {left_out[0][0]}, because {left_out[0][1]})"
        if left_out
        else ""
    )
    raise MisuseError(
        f"{path}: no notebook (.ipynb) in there{why}; name the folder that holds them"
    )


def _tried(work: _Work) -> bool:
    """Whether something was handed in that is not graded for its form alone."""
    return any(why not in (NOT_NOTEBOOK, NO_EXERCISE) for _, why in work.left_out)


def _is_output(tree: Tree, entry: Entry) -> bool:
    """Whether an entry is the folder into which a class was graded."""
    if entry.file or entry.absent:
        return False
    try:
        listed = tree.listed(entry.at, MAX_LISTED * MAX_WORK)
    except UnreadableError:
        return False
    return "store" in listed.folders and any(file.name == "report.json" for file in listed.files)


def _strays(root: Root, layout: Layout, entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """The files around the entries that belong to nobody, each with the reason."""
    if isinstance(root.tree, ZipTree):
        yield from ((name, OUT_OF_ZIP) for name in root.tree.outside)
    if layout is Layout.NBGRADER:  # what lies around submitted/ is nbgrader's
        return
    taken = {entry.at for entry in entries}
    parts = root.at.split("/") if root.at else []
    for depth in range(len(parts) + 1):
        for file in root.tree.listed("/".join(parts[:depth]), MAX_STUDENTS).files:
            if file.name.startswith("."):
                yield from _hidden([file])
            elif file.path not in taken and file.name not in (GRADESCOPE_FILE, TIMESTAMP_FILE):
                yield file.path, _not_looked_at(file)


# --- what one entry holds


def _work(tree: Tree, entry: Entry, answers: Answers) -> _Work:
    """What an entry holds.  Whatever it is, it costs nobody but its own student anything."""
    if entry.absent:
        return _Work(entry)
    if entry.file:
        return _looked_at(entry, [(entry.file, entry.own_name or entry.file.name)], answers)
    try:
        files, hidden = walk(tree, entry.at)
    except UnreadableError as why:
        return _Work(entry, left_out=((entry.at, f"{why}; hand in the notebook alone"),))
    named = [(f, f.path.removeprefix(f"{entry.at}/")) for f in files if f.name not in BESIDE_WORK]
    work = _looked_at(entry, named, answers)
    return work if work.files else _Work(entry, (), (*work.left_out, *_hidden(hidden)))


def _is_the_kits(own_name: str) -> bool:
    """Whether a file is of the library that students get beside their notebooks, and no notebook."""
    return bool(KITS_OWN.match(own_name)) and suffix_of(own_name) != NOTEBOOK


def _looked_at(entry: Entry, named: Iterable[tuple[File, str]], answers: Answers) -> _Work:
    """The files of an entry that may be graded, those in a zip among them; and the others with the reason."""
    opened, left_out = _open_zips(named)
    chosen, scripts = [], 0
    for file, own_name in opened:
        if _is_the_kits(own_name):
            continue
        if file.fault or not suffix_of(own_name):
            left_out.append((file.path, _not_looked_at(file)))
            continue
        if suffix_of(own_name) == SUFFIX:
            scripts += 1
            why = (
                f"it is one of more than {MAX_WORK} Python files"
                if scripts > MAX_WORK
                else _no_script(file, answers)
            )
            if why:
                left_out.append((file.path, why))
                continue
        chosen.append((file, own_name))
    size = sum(file.size for file, _ in chosen if file.size <= MAX_NOTEBOOK)
    if len(chosen) > MAX_WORK or size > MAX_BYTES:
        what = f"{len(chosen)} notebooks of {size >> 20} MB in all, more than {MAX_WORK} or {MAX_BYTES >> 20} MB"
        return _Work(
            entry, (), ((entry.at, f"it holds {what}; hand in the notebook alone"), *left_out)
        )
    return _Work(entry, tuple(chosen), tuple(left_out))


def _open_zips(
    named: Iterable[tuple[File, str]],
) -> tuple[list[tuple[File, str]], list[tuple[str, str]]]:
    """The files, with what a zip holds in place of the zip; a zip inside of that is not opened."""
    opened: list[tuple[File, str]] = []
    left_out: list[tuple[str, str]] = []
    for file, own_name in named:
        if file.fault or not file.name.lower().endswith(ARCHIVE):
            opened.append((file, own_name))
            continue
        try:
            inner = ZipTree.inside(file)
            files, hidden = walk(inner, "")
        except UnreadableError as why:
            left_out.append((file.path, str(why)))
            continue
        # Dates inside of the zip are the student's: that of the zip counts.
        found = [
            replace(f, path=f"{file.path}/{f.path}", modified=file.modified, clock=file.clock)
            for f in files
        ]
        opened += [(f, f"{own_name}{f.path[len(file.path) :]}") for f in found]
        left_out += [(f"{file.path}/{name}", OUT_OF_ZIP) for name in inner.outside]
        if not any(suffix_of(f.name) for f in files):
            left_out += [(f"{file.path}/{name}", why) for name, why in _hidden(hidden)]
    return opened, left_out


def _hidden(files: Iterable[File]) -> Iterator[tuple[str, str]]:
    """Hidden notebooks, with the reason; what macOS writes beside each file is none."""
    for file in files:
        if suffix_of(file.name) and not file.name.startswith("._"):
            yield file.path, HIDDEN if file.name.startswith(".") else CHECKPOINT


def _not_looked_at(file: File) -> str:
    """Why a file is not graded that is no readable notebook by its name."""
    name = file.name.lower()
    if file.fault and (suffix_of(name) or file.fault not in (LINK, SPECIAL)):
        return file.fault
    if name.endswith(ARCHIVE):
        return "it is a zip inside of a zip, which is not opened; hand in the notebook"
    return next((cure for suffix, cure in CURES.items() if name.endswith(suffix)), NOT_NOTEBOOK)


def _no_script(file: File, answers: Answers) -> str:
    """Why a Python file is not looked at; "" if it may be somebody's answers."""
    try:
        text, _ = script_text(file.read(MAX_SCRIPT))
    except (UnreadableError, NotPythonError) as why:
        return str(why)
    return "" if mentions(text, answers) else NO_EXERCISE


# --- whose it is, in the words of a report


def _submissions(works: Sequence[_Work], names: Mapping[str, str]) -> Iterator[Submission]:
    """One submission a file and owner; for who has handed in nothing that can be graded, one that says so."""
    served = {owner.key for work in works if work.files for owner in work.entry.owners}
    empty: dict[str, list[_Work]] = defaultdict(list)
    for work in works:
        for owner in work.entry.owners:
            for file, own_name in work.files:
                read = partial(file.read, MAX_NOTEBOOK)
                yield _submission(work.entry, owner, names, file.path, read, own_name, file)
            if owner.key not in served:
                empty[owner.key].append(work)
    for own in empty.values():
        entry = own[-1].entry
        owner = next(o for o in entry.owners if o.key in empty and empty[o.key] is own)
        read = partial(_refuse, _nothing(out for work in own for out in work.left_out))
        yield _submission(entry, owner, names, entry.at or owner.student, read, "", None)


def _submission(
    entry: Entry,
    owner: Owner,
    names: Mapping[str, str],
    name: str,
    read: Callable[[], bytes],
    own_name: str,
    file: File | None,
) -> Submission:
    """A submission with its owner; the time that a platform states goes before the file's own date."""
    modified, clock = (file.modified, file.clock) if file else (0.0, Clock.FILE)
    if entry.submitted is not None:
        modified, clock = entry.submitted, entry.clock
    ids = {key: composed(said)[:MAX_NAME] for key, said in owner.ids.items() if said}
    several = entry.owners if len(entry.owners) > 1 else ()
    called = [(each.emails or (each.number or each.student,))[0] for each in several]
    return Submission(
        names[owner.key],
        _printable(name),
        modified,
        read,
        ids,
        entry.attempt,
        clock,
        entry.late,
        tuple(email[:MAX_NAME] for email in owner.emails),
        tuple(each[:MAX_NAME] for each in called or entry.team),
        own_name=_printable(own_name),
        dated=entry.dated,
    )


def _nothing(left_out: Iterable[tuple[str, str]]) -> str:
    """Why there is nothing to grade of a student, with the first files that were left out."""
    summed = list(_summed(left_out))
    listed = "; ".join(f"{name}: {why}" for name, why in summed[:MAX_LISTED])
    return f"nothing that can be graded: {listed}" if listed else NOTHING


def _refuse(why: str) -> bytes:
    raise UnreadableError(why)


def _distinct(owners: Iterable[Owner]) -> dict[str, str]:
    """What each person is called, by key: the name, with an id of the platform where several share the name."""
    people = {owner.key: owner for owner in owners}
    names = {key: owner.student for key, owner in people.items()}
    for _ in range(MAX_LISTED):  # a name with an id may be somebody's name again
        shared = {name for name, count in Counter(names.values()).items() if count > 1}
        clashing = [key for key, name in names.items() if name in shared and people[key].number]
        names |= {key: f"{names[key]} ({people[key].number})" for key in clashing}
    return names


def _printable(name: str) -> str:
    """A file's name as text that can be written as UTF-8; different names stay different."""
    return name.encode("utf-8", "backslashreplace").decode()


def _summed(left_out: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Files left out, by name; more than a few of one folder, for one reason, are one line."""
    folders: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, why in left_out:
        folders[name.rpartition("/")[0], why].append(name)
    for (folder, why), names in folders.items():
        if len(names) > MAX_LISTED:
            yield (
                _printable(f"{folder}/ ({len(names)} files)" if folder else f"{len(names)} files")[
                    :MAX_NAME
                ],
                why,
            )
        else:
            yield from ((_printable(name)[:MAX_NAME], why) for name in names)
