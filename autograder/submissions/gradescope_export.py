"""An export of Gradescope: submission_metadata.yml, and a folder a submission; the metadata holds owners and time."""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml

from autograder.submissions.entries import (
    Entry,
    Names,
    Owner,
    Root,
    composed,
    owner_named,
    read_text,
    seconds_of,
)
from autograder.submissions.tree import joined

GRADESCOPE = re.compile(r"submission_\d+")
GRADESCOPE_FILE, TIMESTAMP_FILE = "submission_metadata.yml", "timestamp.txt"
# Gradescope's metadata holds the results of each submission, a few thousand bytes.
MAX_METADATA = 16 << 20
MAX_NESTING = 50


def read_gradescope(root: Root, names: Names) -> list[Entry]:
    """The entries of an export: a folder a submission, with its owners and time in the metadata."""
    file = names.files.get(GRADESCOPE_FILE)
    people = _gradescope_people(read_text(file, MAX_METADATA)) if file else {}
    folders = [name for name in names.folders if GRADESCOPE.fullmatch(name)]
    entries = []
    for folder in dict.fromkeys((*folders, *people)):
        owners, submitted = people.get(folder, ((owner_named(folder),), None))
        absent = folder not in folders
        entries.append(Entry(owners, joined(root.at, folder), submitted=submitted, absent=absent))
    return entries


def _gradescope_people(text: str) -> dict[str, tuple[tuple[Owner, ...], float | None]]:
    """Who submitted each folder, and when; none if the text is not what Gradescope writes."""
    entries = _yaml(text)
    if not isinstance(entries, dict):
        return {}
    people = {}
    for folder, entry in entries.items():
        if not isinstance(entry, dict) or not isinstance(entry.get(":submitters"), list):
            continue
        members = [member for member in entry[":submitters"] if isinstance(member, dict)]
        owners = [_submitter(member, str(folder)) for member in members]
        if owners:
            people[str(folder)] = tuple(owners), seconds_of(entry.get(":created_at"))
    return people


def _submitter(member: Mapping[str, object], folder: str) -> Owner:
    """A member of a submission.  The email tells people apart: names and student numbers can be edited by students."""
    known = {key: composed(str(member.get(f":{key}") or "")) for key in ("name", "sid", "email")}
    student = known["name"] or known["email"] or known["sid"] or "no name"
    number = known["email"].casefold() or known["sid"]
    key = f"gradescope {number}" if number else f"gradescope {folder} {student}"
    ids = {"sid": known["sid"]} if known["sid"] else {}
    return Owner(student, key, ids, (known["email"],) if known["email"] else ())


def _yaml(text: str) -> object:
    """Plain data; None if it is not YAML, nests too deeply, or uses aliases, which could fill the memory."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if isinstance(event, yaml.AliasEvent) or depth > MAX_NESTING:
                return None
        return yaml.load(text, Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
