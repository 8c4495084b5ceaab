"""Whose is this notebook?  Told from the names in a download, and from the small files that lie beside it.

    Canvas      ngada_LATE_4711_99881_04_matmul-1.ipynb      name, user id, submission id, own name, which resubmission
    Moodle      Ada Ng_12_assignsubmission_file_/….ipynb     full name, participant
    Gradescope  submission_99881/….ipynb                     who and when is in submission_metadata.yml
    GitHub      04-matmul-adang/….ipynb                      clones, each with .git; the assignment's name is dropped
    nbgrader    submitted/{student}/{assignment}/….ipynb     when is in timestamp.txt
    plain       {student}.ipynb, or {student}/…/{any}.ipynb

A download is of a kind if more than half of its notebooks are named that way; the others in it are taken as plain.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import Enum
from itertools import takewhile
from pathlib import PurePosixPath

import yaml

Parts = tuple[str, ...]

CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<user>\d+)_(?P<submission>\d+)_.*?(?:-(?P<attempt>\d{1,4}))?\.ipynb"
)
MOODLE = re.compile(r"(?P<name>.+)_(?P<participant>\d+)_assignsubmission_file_?")
GRADESCOPE = re.compile(r"submission_(?P<submission>\d+)")
GRADESCOPE_FILE, TIMESTAMP_FILE = "submission_metadata.yml", "timestamp.txt"
SIDE_FILES = frozenset({GRADESCOPE_FILE, TIMESTAMP_FILE})
# Gradescope's metadata holds the results of each submission, a few thousand bytes.
MAX_SIDE = 16 << 20
NBGRADER_FOLDER = "submitted"
GIT = ".git"
# Notebooks of no known name that one student may have handed in.
TRIES = 5


class Clock(Enum):
    """Whose time a submission carries: the download's own word, its file's date, or that of a zip, without a zone."""

    STATED, FILE, WALL = "stated", "file", "wall"


@dataclass(frozen=True, slots=True)
class Owner:
    """A student as a download names them; the ids of other systems; when it was handed in, seconds since the epoch.

    attempt: of several by one student the highest counts, whatever their times say.  marked_late: the platform says
    that it is late.
    """

    student: str
    ids: Mapping[str, str] = field(default_factory=dict)
    submitted: float | None = None
    attempt: int = 0
    marked_late: bool = False
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Download:
    """What is known of a download before any notebook is read: the path of each notebook, in parts, the texts of the
    side files by path, and the folders that are clones of a repository."""

    places: Sequence[Parts]
    sides: Mapping[str, str] = field(default_factory=dict)
    clones: frozenset[str] = frozenset()


Owners = list[tuple[Owner, ...]]


def find_owners(download: Download, kind: str, whose: str, known: frozenset[str]) -> tuple[str, Owners]:
    """The layout in words, and for each place its owners: more than one if a group handed in together.

    kind: "folder" or "zip", for the words.  whose: what holds it all is called.  known: names of assignments, which as
    a file's name say nothing about the student.
    """
    for words, read in ((f"a {kind} from Canvas", _canvas), (f"a {kind} from Moodle", _moodle)):
        owners = read(download.places)
        if _most(owners):
            return words, _others_plain(owners, download, whose, known)
    scattered = _gradescope(download)
    if _most(scattered):
        return f"a {kind} from Gradescope", _others_plain(scattered, download, whose, known)
    cloned = _clones(download, known)
    if _most(cloned):
        return f"a {kind} of cloned repositories", _others_plain(cloned, download, whose, known)
    around = _folders_around(download.places, whose, known)
    stamps = [_stamp(place, download.sides) for place in download.places]
    # A single one may be a student's own file, with any time in it.
    stamped = 2 * sum(stamp is not None for stamp in stamps) > len(stamps)
    plain = [_plain(place[around:], whose, known) for place in download.places]
    dated: Owners = [
        (_dated(own, stamp) if stamped and stamp else own,) for own, stamp in zip(plain, stamps, strict=True)
    ]
    return _plain_words(kind, [place[around:] for place in download.places], stamped=stamped), dated


def _most(owners: Owners) -> bool:
    return 2 * sum(map(bool, owners)) > len(owners)


def _others_plain(owners: Owners, download: Download, whose: str, known: frozenset[str]) -> Owners:
    return [own or (_plain(place, whose, known),) for own, place in zip(owners, download.places, strict=True)]


def _canvas(places: Sequence[Parts]) -> Owners:
    found = [CANVAS.fullmatch(place[-1]) for place in places]
    names = _unique((m["name"], m["user"]) for m in found if m)
    return [
        (
            Owner(
                names[m["name"], m["user"]],
                {"canvas id": m["user"], "canvas submission": m["submission"]},
                attempt=int(m["attempt"] or 0),
                marked_late=bool(m["late"]),
            ),
        )
        if m
        else ()
        for m in found
    ]


def _moodle(places: Sequence[Parts]) -> Owners:
    found = [next(filter(None, map(MOODLE.fullmatch, place[:-1])), None) for place in places]
    names = _unique((m["name"], m["participant"]) for m in found if m)
    return [
        (Owner(names[m["name"], m["participant"]], {"moodle participant": m["participant"]}),) if m else ()
        for m in found
    ]


def _unique(people: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What each (name, id) is called: the name, with the id where several share it."""
    shared = defaultdict(set)
    for name, number in people:
        shared[name].add(number)
    return {
        (name, number): name if len(numbers) == 1 else f"{name} ({number})"
        for name, numbers in shared.items()
        for number in numbers
    }


def _gradescope(download: Download) -> Owners:
    folders = [next((p for p in place[:-1] if GRADESCOPE.fullmatch(p)), "") for place in download.places]
    beside = [text for name, text in download.sides.items() if _is_gradescopes(PurePosixPath(name))]
    if not beside:
        return [()] * len(folders)
    people = {folder: owners for text in beside for folder, owners in _gradescope_people(text).items()}
    return [people.get(folder, (Owner(folder),)) if folder else () for folder in folders]


def _is_gradescopes(path: PurePosixPath) -> bool:
    """Whether a file is Gradescope's own: one of that name in a submission's folder is the student's."""
    return path.name == GRADESCOPE_FILE and not any(map(GRADESCOPE.fullmatch, path.parts))


def _gradescope_people(text: str) -> dict[str, tuple[Owner, ...]]:
    """The submitters of each submission's folder; none if the text is not what Gradescope writes."""
    entries = _yaml(text)
    if not isinstance(entries, dict):
        return {}
    people = {}
    for folder, entry in entries.items():
        if not isinstance(entry, dict) or not isinstance(entry.get(":submitters"), list):
            continue
        submitted = _seconds(entry.get(":created_at"))
        owners = [_gradescope_owner(s, submitted) for s in entry[":submitters"] if isinstance(s, dict)]
        if owners:
            people[str(folder)] = tuple(owners)
    return people


def _gradescope_owner(submitter: Mapping[str, object], submitted: float | None) -> Owner:
    said = {key: str(submitter.get(f":{key}") or "") for key in ("name", "email", "sid")}
    student = said["name"] or said["email"] or said["sid"] or "no name"
    ids = {"sid": said["sid"]} if said["sid"] else {}
    emails = (said["email"],) if said["email"] else ()
    return Owner(student, ids, submitted, emails=emails)


def _yaml(text: str) -> object:
    """Plain data; None if the text is no YAML, or uses aliases, with which a few lines grow beyond any memory."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=loader)):
            return None
        return yaml.load(text, Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _clones(download: Download, known: frozenset[str]) -> Owners:
    """The owners of clones: the folder that holds .git; what all of them begin with is the assignment's name."""
    homes = [
        next((p for n in range(len(place) - 1) if (p := "/".join(place[: n + 1])) in download.clones), "")
        for place in download.places
    ]
    names = {home: PurePosixPath(home).name for home in homes if home}
    slugs = {name.replace("_", "-").lower() for name in known} | {PurePosixPath(h).parent.name for h in names}
    slugs |= {slug.removesuffix("-submissions") for slug in slugs}
    for slug in sorted(filter(None, slugs), key=len, reverse=True):
        if all(
            name.lower().replace("_", "-").startswith(f"{slug}-") and name[len(slug) + 1 :] for name in names.values()
        ):
            names = {home: name[len(slug) + 1 :] for home, name in names.items()}
            break
    return [(Owner(names[home], {"repository": PurePosixPath(home).name}),) if home else () for home in homes]


def _folders_around(places: Sequence[Parts], whose: str, known: frozenset[str]) -> int:
    """How many folders lie around those of the students, as when a whole folder was zipped.

    Folders that hold everything are no student's if what lies below them can hardly be one student's: the same notebook
    in several folders, or more notebooks of no known name than one student's tries.  Otherwise those are not that are
    called like the zip (or its copy, `class (1).zip`) or as nbgrader calls its own.
    """
    levels = zip(*(place[:-1] for place in places), strict=False)
    shared = [names[0] for names in takewhile(lambda names: len(set(names)) == 1, levels)]
    loose, folders = set(), defaultdict(set)
    for place in places:
        below = place[len(shared) :]
        if len(below) > 1:
            folders[below[-1]].add(below[0])
        elif PurePosixPath(below[0]).stem not in known:
            loose.add(below[0])
    if len(loose) > TRIES or any(len(homes) > 1 for homes in folders.values()):
        return len(shared)
    same = (name == NBGRADER_FOLDER or re.match(rf"{re.escape(name)}(?![^\W_])", whose) for name in shared)
    return len(list(takewhile(bool, same)))


def _plain(place: Parts, whose: str, known: frozenset[str]) -> Owner:
    """The first folder, else the file's name, else the name of what holds it."""
    stem = PurePosixPath(place[-1]).stem
    return Owner(place[0] if len(place) > 1 else (whose if stem in known else stem))


def _stamp(place: Parts, sides: Mapping[str, str]) -> str | None:
    """The timestamp.txt above a notebook that is nearest to the root: one further down may be the student's own."""
    names = ("/".join((*place[:depth], TIMESTAMP_FILE)) for depth in range(len(place)))
    return next((sides[name] for name in names if name in sides), None)


def _dated(owner: Owner, stamp: str) -> Owner:
    """With the time that nbgrader's timestamp.txt beside the notebook says."""
    return replace(owner, submitted=_seconds(stamp))


def _plain_words(kind: str, places: Sequence[Parts], *, stamped: bool) -> str:
    if stamped:
        return f"a {kind} as nbgrader collects it"
    nested = sum(len(place) > 1 for place in places)
    if nested == len(places):
        return f"a {kind} with one folder a student"
    return f"a {kind} with one notebook a student" if not nested else f"a {kind} of notebooks and of students' folders"


def _seconds(said: object) -> float | None:
    """Seconds since the epoch out of a date in a file; without a time zone it is UTC.  None if it is no date."""
    if isinstance(said, str):
        try:
            said = datetime.fromisoformat(re.sub(r" (UTC|\+0000)$", "+00:00", said.strip()))
        except ValueError:
            return None
    if not isinstance(said, date):
        return None
    moment = said if isinstance(said, datetime) else datetime(said.year, said.month, said.day)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None


def zip_seconds(date_time: tuple[int, int, int, int, int, int]) -> float:
    """Seconds since the epoch out of a zip's date, as if in UTC; it has no time zone and need not be a date (0)."""
    try:
        return datetime(*date_time, tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0
