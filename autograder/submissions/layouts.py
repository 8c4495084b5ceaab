"""Whose is this file?  Decided by what lies at the root of a download, where only the platform or the teacher writes.

    gradescope  submission_metadata.yml                             `gradescope_export`
    nbgrader    submitted/, and github: a clone a student           `folder_layouts`
    canvas, moodle, blackboard, d2l: names the platform writes      `platform_names`
    plain       {student}.ipynb, or {student}/…/{any}.ipynb         here

A name is evidence of a platform only at the root.  What lies in a student's folder, or in a student's zip, is one
entry and says nothing about whose it is.  Where the evidence is doubtful nothing is guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from autograder.errors import MisuseError
from autograder.submissions.entries import ARCHIVE, Entry, Layout, Names, Root, is_work, owner_named
from autograder.submissions.folder_layouts import is_clone, read_clones, read_nbgrader
from autograder.submissions.gradescope_export import GRADESCOPE_FILE, read_gradescope
from autograder.submissions.ingest import UnreadableError, stem_of, suffix_of
from autograder.submissions.platform_names import PATTERNS, read_named
from autograder.submissions.tree import joined

GRADESCOPE_EXPORT = re.compile(r"assignment_\d+_export\b")
SUBMITTED, COURSE_MARKS = (
    "submitted",
    frozenset({"nbgrader_config.py", "gradebook.db", "course.toml"}),
)
# Of the names at the root so many must be the platform's: nine of ten.
NEARLY_ALL = (9, 10)
SETTLE = "settle it with --layout canvas|moodle|gradescope|github|nbgrader|blackboard|d2l|plain"
# Notebooks of no known name that one student may have handed in.
TRIES = 5

CALLED = {
    Layout.CANVAS: "from Canvas",
    Layout.MOODLE: "from Moodle",
    Layout.GRADESCOPE: "from Gradescope",
    Layout.GITHUB: "of cloned repositories",
    Layout.NBGRADER: "as nbgrader collects it",
    Layout.BLACKBOARD: "from Blackboard",
    Layout.D2L: "from D2L Brightspace",
}


def find_root(root: Root, asked: Layout | None = None) -> tuple[Root, Layout]:
    """The folder in which the students' entries lie, and the layout.  asked: settles it by hand.

    MisuseError if the evidence is doubtful, or if what was asked for is not there.
    """
    while True:
        names = Names.of(root.listed)
        layout = asked or _evident(root, names)
        if layout is Layout.NBGRADER and SUBMITTED in names.folders:
            return root.below(SUBMITTED), layout
        alone = names.folders[0] if len(names.work) == 1 and names.folders else ""
        if layout in (Layout.GRADESCOPE, Layout.NBGRADER) and not asked:
            return root, layout
        if (
            not alone
            or GRADESCOPE_FILE in names.files
            or not _is_wrapper(root, alone, layout, asked)
        ):
            break
        root = root.below(alone)
    if asked is Layout.GRADESCOPE and GRADESCOPE_FILE not in names.files:
        raise _misuse(
            root,
            f"holds no {GRADESCOPE_FILE}",
            "give another --layout, or download the export again",
        )
    if asked and asked in PATTERNS and not PATTERNS[asked](names.all):
        raise _misuse(
            root, f"no name in it is one that {asked.value} writes", "give another --layout"
        )
    return root, layout or Layout.PLAIN


def _evident(root: Root, names: Names) -> Layout | None:
    """The layout by the root's own evidence; None if nothing there speaks of a platform."""
    if GRADESCOPE_FILE in names.files:
        return Layout.GRADESCOPE
    if root.called == SUBMITTED or (SUBMITTED in names.folders and COURSE_MARKS & set(names.files)):
        return Layout.NBGRADER
    clones = sum(is_clone(root.below(name)) for name in names.folders)
    if clones and _nearly_all(clones, len(names.work)):
        return Layout.GITHUB
    return _by_names(root, names)


def _by_names(root: Root, names: Names) -> Layout | None:
    """The platform that wrote the names at the root; None if none did.

    It is the one that explains most of them: a file's own name, which comes last, may be made to
    look like another's.
    """
    found = {layout: read(names.all) for layout, read in PATTERNS.items()}
    layout, second = sorted(found, key=lambda each: len(found[each]), reverse=True)[:2]
    named = found[layout]
    others = [name for name in names.work if name not in named]
    count = len(named) + len(others)
    if not named or _nearly_all(len(others), count):
        return None
    if len(found[second]) == len(named):
        what = f"the names in it are such as {layout.value} and {second.value} write ({next(iter(named))})"
        raise _misuse(root, what, SETTLE)
    if not _nearly_all(len(named), count):
        what = f"{len(named)} of {count} names in it are such as {layout.value} writes ({next(iter(named))})"
        raise _misuse(root, f"{what}, the others are not", SETTLE)
    return layout


def _nearly_all(count: int, of: int) -> bool:
    return NEARLY_ALL[1] * count >= NEARLY_ALL[0] * of


def _misuse(root: Root, what: str, cure: str) -> MisuseError:
    return MisuseError(f"{joined(root.where, root.at)}: {what}; {cure}")


def _is_wrapper(root: Root, alone: str, layout: Layout | None, asked: Layout | None) -> bool:
    """Whether the only folder at the root holds the class, as when a whole folder was zipped.

    A student's folder may hold anything, so what lies in it proves nothing; its name does, if the download or a
    platform gave it.  MisuseError if it may be the one or the other.
    """
    inside = root.below(alone)
    if layout and layout in PATTERNS and PATTERNS[layout]([alone]):
        return False
    if asked in PATTERNS or asked is Layout.GRADESCOPE:
        return True
    if is_clone(inside):
        return False
    same = re.match(rf"{re.escape(alone)}(?![^\W_])", root.called)
    export = GRADESCOPE_EXPORT.match(alone) or GRADESCOPE_EXPORT.match(root.called)
    if same or export or alone == SUBMITTED or asked is Layout.GITHUB:
        return True
    if asked is None and _may_be_class(inside):
        what = f"holds one folder, {alone!r}, which is one student's work or that of a class"
        raise _misuse(
            root, what, f"name that folder if it is a class, or say --layout {Layout.PLAIN.value}"
        )
    return False


def _may_be_class(root: Root) -> bool:
    """Whether a folder looks as if it held the work of several students."""
    try:
        names = Names.of(root.listed)
        below = [Names.of(root.below(name).listed) for name in names.folders]
    except UnreadableError:
        return False
    if (
        GRADESCOPE_FILE in names.files
        or SUBMITTED in names.folders
        or any(read(names.all) for read in PATTERNS.values())
    ):
        return True
    loose = [name for name in names.work if suffix_of(name) and stem_of(name) not in root.known]
    counts = Counter(name for one in below for name in one.files if suffix_of(name))
    return len(loose) > TRIES or any(count > 1 for count in counts.values())


def read_entries(root: Root, layout: Layout) -> tuple[Entry, ...]:
    """The entries of a download; names that no platform wrote are read as in a plain folder."""
    names = Names.of(root.listed)
    entries: list[Entry] = []
    if layout in PATTERNS:
        entries = read_named(root, names, PATTERNS[layout](names.all), layout)
    elif layout in READERS:
        entries = READERS[layout](root, names)
    taken = {entry.at for entry in entries}
    others = [
        name for name in names.all if not any(_within(at, joined(root.at, name)) for at in taken)
    ]
    return (*entries, *_plain(root, names, others))


def _within(at: str, folder: str) -> bool:
    return at == folder or at.startswith(f"{folder}/")


def _plain(root: Root, names: Names, chosen: Sequence[str]) -> list[Entry]:
    """The first folder is the student's name, else the file's, else that of what holds it."""
    entries = []
    for name in chosen:
        file = names.files.get(name)
        if file is None:
            entries.append(Entry((owner_named(name),), joined(root.at, name)))
        elif is_work(name) and not file.fault:
            stem = stem_of(name) if suffix_of(name) else name[: -len(ARCHIVE)]
            student = root.called if stem in root.known else stem
            entries.append(Entry((owner_named(student),), file.path, file, name))
    return entries


READERS: dict[Layout, Callable[[Root, Names], list[Entry]]] = {
    Layout.GRADESCOPE: read_gradescope,
    Layout.NBGRADER: read_nbgrader,
    Layout.GITHUB: read_clones,
}


def words_of(layout: Layout, kind: str, entries: Sequence[Entry]) -> str:
    """The layout in words.  kind: "folder" or "zip"."""
    if layout in CALLED:
        return f"a {kind} {CALLED[layout]}"
    folders = sum(entry.file is None for entry in entries)
    if folders == len(entries):
        return f"a {kind} with one folder a student"
    if folders:
        return f"a {kind} of notebooks and of students' folders"
    return f"a {kind} with one notebook a student"
