"""Downloads in which the platform writes the student into each name at the root.

canvas      ngada_LATE_4711_99881_04_matmul-1.ipynb             name, user id, submission id, own name, attempt
moodle      Ada Ng_12_assignsubmission_file_/… or …_file_x.ipynb   full name, participant; of a group's
            member Red-Ada Ng_12_…, with the same files for each member
blackboard  Homework 4_ang_attempt_2026-11-20-23-59-00_x.ipynb  user name, time of the attempt
d2l         12345-67890 - Ada Ng - Nov 20, 2026 1159 PM/…       ids, name, time; also as one file name
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from autograder.submissions.entries import Entry, Layout, Names, Owner, Root, composed
from autograder.submissions.ingest import Clock, UnreadableError
from autograder.submissions.tree import joined

CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<user>\d+)_(?:(?P<submission>\d+)_(?P<file>.*)|(?:text|link)\.html)"
)
MOODLE = re.compile(r"(?P<name>.+?)_(?P<user>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)")
BLACKBOARD = re.compile(r"(?P<head>.+?)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<file>.*)|\.txt)")
D2L = re.compile(
    r"(?P<user>\d+-\d+) - (?P<name>.+?) - (?P<when>[A-Z][a-z]+ \d{1,2}, \d{4} \d{3,4} [AP]M)(?: - (?P<file>.+))?"
)
# Canvas adds it to a file name that the student handed in before.
CANVAS_ATTEMPT = re.compile(r"(?P<stem>.+)-(?P<attempt>\d{1,4})(?P<suffix>\.[^-]+)")


@dataclass(frozen=True, slots=True)
class Named:
    """What a platform writes into the name of one entry."""

    student: str
    user: str
    own_name: str
    ids: Mapping[str, str]
    attempt: int = 0
    when: float | None = None
    late: bool = False
    team: tuple[str, ...] = ()


def read_named(root: Root, names: Names, named: Mapping[str, Named], layout: Layout) -> list[Entry]:
    """The entries of a platform that writes students' names and ids into the names at the root."""
    if layout is Layout.MOODLE:
        named = _without_groups(root, names, named)
    ids = defaultdict(set)
    for one in named.values():
        ids[one.student].add(one.user)
    entries = []
    for name, one in named.items():
        # Participants of Moodle have another number in each assignment: the name unites them, if only one has it.
        steady = layout in (Layout.CANVAS, Layout.BLACKBOARD)
        alone = len(ids[one.student]) == 1 and not steady
        key = one.student if alone else f"{layout.value} {one.user}"
        owner = Owner(composed(one.student), composed(key), one.ids)
        entries.append(
            Entry(
                (owner,),
                joined(root.at, name),
                names.files.get(name),
                one.own_name,
                one.attempt,
                one.when,
                Clock.LOCAL,
                late=one.late,
                team=tuple(composed(each) for each in one.team),
            )
        )
    return entries


def _canvas(names: Iterable[str]) -> dict[str, Named]:
    """Names as Canvas writes them; none if two students would share an id, or an upload."""
    found, uploads = {}, defaultdict(set)
    for name in names:
        match = CANVAS.fullmatch(name)
        if match is None:
            continue
        uploads[match["submission"]].add(match["user"])
        given = match["file"] or ""
        again = CANVAS_ATTEMPT.fullmatch(given)
        ids = {"canvas id": match["user"], "canvas submission": match["submission"] or ""}
        own_name = again["stem"] + again["suffix"] if again else given
        attempt = int(again["attempt"]) if again else 0
        late = bool(match["late"])
        found[name] = Named(match["name"], match["user"], own_name, ids, attempt, late=late)
    uploads.pop(None, None)  # texts typed into Canvas have no number of their own
    return _one_name_an_id(found) if all(len(users) == 1 for users in uploads.values()) else {}


def _one_name_an_id(found: dict[str, Named]) -> dict[str, Named]:
    """`found` if each id belongs to one name; else no platform wrote these names: nothing."""
    pairs = {(one.user, one.student) for one in found.values()}
    return found if len({user for user, _ in pairs}) == len(pairs) else {}


def _moodle(names: Iterable[str]) -> dict[str, Named]:
    found = {}
    for name in names:
        match = MOODLE.fullmatch(name)
        if match:
            ids = {"moodle participant": match["user"]}
            found[name] = Named(match["name"], match["user"], match["file"], ids)
    return _one_name_an_id(found)


def _without_groups(root: Root, names: Names, named: Mapping[str, Named]) -> Mapping[str, Named]:
    """Names such as "Red-Ada Ng", of a group assignment in Moodle, as the student's, with all members of the group.

    Only if every name of the download has a "-", and all members of each group have the same files: else "-" is a
    part of the student's own name.  The name of a group may hold "-", each another number of them.
    """
    parts = {one.user: tuple(one.student.split("-")) for one in named.values()}
    files: dict[str, set[tuple[str, int]]] = defaultdict(set)
    if min(map(len, parts.values()), default=1) > 1:
        for name, one in named.items():
            files[one.user] |= _files_of(root, names, name, one)
    group_of = _groups(parts, files)
    called = {user: "-".join(parts[user][len(own) :]).strip() for user, own in group_of.items()}
    if not all(called.values()):
        return named
    members = defaultdict(list)
    for user, own in group_of.items():
        members[own].append(called[user])
    teams = {own: tuple(team) if len(team) > 1 else () for own, team in members.items()}
    return {
        name: replace(one, student=called[one.user], team=teams[group_of[one.user]])
        if one.user in group_of
        else one
        for name, one in named.items()
    }


def _groups(
    parts: Mapping[str, tuple[str, ...]], files: Mapping[str, set[tuple[str, int]]]
) -> dict[str, tuple[str, ...]]:
    """The beginning of each user's name that is a group's, as users with the same files share it; {} if none is.

    Of a group of one, nobody shares the name: it is cut as the groups are whose names begin alike, or as
    all are if they have equally many "-", else at the first.
    """
    partners = defaultdict(list)
    for user, own in files.items():
        partners[frozenset(own)].append(user)
    group_of: dict[str, tuple[str, ...]] = {}
    for users in partners.values():
        times = Counter(own for user in users for own in _beginnings(parts[user]))
        shared = {
            user: [own for own in _beginnings(parts[user]) if times[own] > 1] for user in users
        }
        longest = {own[-1] for own in shared.values() if own}
        # The longest that users share, but the shortest of these: Ann-Lee and Ann-Po are in Red if Bo is, too.
        group_of |= {
            user: next(each for each in own if each in longest)
            for user, own in shared.items()
            if own
        }
    groups = set(group_of.values())
    for user in files.keys() - group_of.keys() if groups else ():
        lengths = {len(own) for own in groups if own[0] == parts[user][0]} or set(map(len, groups))
        length = lengths.pop() if len(lengths) == 1 else 1
        group_of[user] = _beginnings(parts[user])[:length][-1]
        if group_of[user] in groups:
            return {}
    return group_of


def _beginnings(parts: tuple[str, ...]) -> list[tuple[str, ...]]:
    """What may be a group's name, the shortest first; something is left for the student's."""
    return [parts[:count] for count in range(1, len(parts))]


def _files_of(root: Root, names: Names, name: str, one: Named) -> set[tuple[str, int]]:
    """The names and sizes of the files of one entry."""
    if name in names.files:
        return {(one.own_name, names.files[name].size)}
    try:
        return {(file.name, file.size) for file in root.below(name).listed.files}
    except UnreadableError:
        return set()


def _blackboard(names: Iterable[str]) -> dict[str, Named]:
    """Names as Blackboard writes them: the assignment, the same in all, and the user; both may hold "_"."""
    matches = {name: match for name in names if (match := BLACKBOARD.fullmatch(name))}
    heads = {match["head"] for match in matches.values()}
    shared = _shared_words(heads)
    found = {}
    for name, match in matches.items():
        user = "_".join(match["head"].split("_")[shared:])
        when = _wall_seconds(match["when"], "%Y-%m-%d-%H-%M-%S")
        found[name] = Named(user, user, match["file"] or "", {"blackboard user": user}, when=when)
    return found


def _shared_words(heads: Iterable[str]) -> int:
    """How many words between "_" all begin with, at least one, and never all of a head."""
    words = [head.split("_") for head in heads]
    most = min((len(own) - 1 for own in words), default=0)
    if len(words) == 1:
        return min(1, most)
    count = 0
    while count < most and len({own[count] for own in words}) == 1:
        count += 1
    return count


def _d2l(names: Iterable[str]) -> dict[str, Named]:
    found = {}
    for name in names:
        match = D2L.fullmatch(name)
        if match:
            ids = {"d2l id": match["user"]}
            when = _clock_seconds(match["when"])
            found[name] = Named(match["name"], match["user"], match["file"] or "", ids, when=when)
    return _one_name_an_id(found)


def _clock_seconds(text: str) -> float | None:
    """Seconds since the epoch of "Nov 20, 2026 1159 PM", as if in UTC."""
    day, clock, half = text.rsplit(" ", 2)
    return _wall_seconds(f"{day} {clock.zfill(4)} {half}", "%b %d, %Y %I%M %p")


def _wall_seconds(text: str, pattern: str) -> float | None:
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


PATTERNS: dict[Layout, Callable[[Iterable[str]], dict[str, Named]]] = {
    Layout.MOODLE: _moodle,
    Layout.BLACKBOARD: _blackboard,
    Layout.D2L: _d2l,
    Layout.CANVAS: _canvas,
}
