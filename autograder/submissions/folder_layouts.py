"""Downloads of which each folder at the root is a student's: nbgrader's submitted/, and cloned repositories.

nbgrader    submitted/{student}/{assignment}/…                  when is in timestamp.txt beside the notebook
github      04-matmul-adang/…                                   clones, each with .git; the assignment is dropped
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from autograder.submissions.entries import (
    MAX_STUDENTS,
    Entry,
    Names,
    Owner,
    Root,
    composed,
    owner_named,
    read_text,
    seconds_of,
)
from autograder.submissions.ingest import UnreadableError
from autograder.submissions.tree import Tree, joined

TIMESTAMP_FILE = "timestamp.txt"
MAX_TIMESTAMP = 4096
GIT = ".git"


def is_clone(root: Root) -> bool:
    """Whether .git lies at the top of a folder; as a file it points to the repository."""
    try:
        listed = root.listed
    except UnreadableError:
        return False
    return GIT in listed.folders or any(file.name == GIT for file in listed.files)


def read_nbgrader(root: Root, names: Names) -> list[Entry]:
    """The entries of submitted/: a student's folder holds a folder an assignment."""
    entries = []
    for student in names.folders:
        owner, home = (owner_named(student),), joined(root.at, student)
        try:
            own = Names.of(root.tree.listed(home, MAX_STUDENTS))
        except UnreadableError:
            entries.append(Entry(owner, home))
            continue
        entries += [
            _collected(root.tree, owner, joined(home, assignment)) for assignment in own.folders
        ]
        entries += [Entry(owner, file.path, file, name) for name, file in own.files.items()]
        if not own.all:
            entries.append(Entry(owner, home))
    return entries


def _collected(tree: Tree, owner: tuple[Owner, ...], at: str) -> Entry:
    """One student's work for one assignment, with the time that nbgrader noted."""
    submitted = None
    with suppress(UnreadableError):
        for file in tree.listed(at, MAX_STUDENTS).files:
            if file.name == TIMESTAMP_FILE and not file.fault:
                submitted = seconds_of(read_text(file, MAX_TIMESTAMP))
    return Entry(owner, at, submitted=submitted)


def read_clones(root: Root, names: Names) -> list[Entry]:
    """The entries of a folder of repositories; all names begin with the assignment, which is dropped."""
    slugs = {*root.known, root.called.removesuffix("-submissions"), root.called}
    slug = _shared_slug(names.folders, slugs)
    entries = []
    for name in names.folders:
        owner = replace(owner_named(name[len(slug) :]), ids={"repository": composed(name)})
        entries.append(Entry((owner,), joined(root.at, name)))
    return entries


def _shared_slug(names: Iterable[str], slugs: Iterable[str]) -> str:
    """The longest of `slugs`, as repositories write them, with which every name begins and goes on."""
    plain = [_slug(name) for name in names]
    fitting = (f"{_slug(slug)}-" for slug in slugs if slug)
    shared = [
        slug for slug in fitting if all(name.startswith(slug) and name != slug for name in plain)
    ]
    return max(shared, key=len, default="")


def _slug(name: str) -> str:
    return name.lower().replace("_", "-")
