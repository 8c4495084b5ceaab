"""Whose is this file?  Decided by what lies at the root of a download, where only the platform or the teacher writes.

    gradescope  submission_metadata.yml, and submission_99881/…     who and when is in the metadata
    nbgrader    submitted/{student}/{assignment}/…                  when is in timestamp.txt beside the notebook
    github      04-matmul-adang/…                                   clones, each with .git; the assignment is dropped
    canvas      ngada_LATE_4711_99881_04_matmul-1.ipynb             name, user id, submission id, own name, attempt
    moodle      Ada Ng_12_assignsubmission_file_/… or …_file_x.ipynb   full name, participant
    blackboard  Homework 4_ang_attempt_2026-11-20-23-59-00_x.ipynb  user name, time of the attempt
    d2l         12345-67890 - Ada Ng - Nov 20, 2026 1159 PM/…       ids, name, time; also as one file name
    plain       {student}.ipynb, or {student}/…/{any}.ipynb

A name is evidence of a platform only at the root.  What lies in a student's folder, or in a student's zip, is one
entry and says nothing about whose it is.  Where the evidence is doubtful nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import Enum

import yaml

from autograder.errors import MisuseError
from autograder.submissions.ingest import Clock, UnreadableError, stem_of, suffix_of
from autograder.submissions.tree import NOT_WORK, File, Listed, Tree, joined

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
GRADESCOPE = re.compile(r"submission_\d+")
GRADESCOPE_EXPORT = re.compile(r"assignment_\d+_export\b")
GRADESCOPE_FILE, TIMESTAMP_FILE = "submission_metadata.yml", "timestamp.txt"
# Gradescope's metadata holds the results of each submission, a few thousand bytes.
MAX_METADATA = 16 << 20
MAX_TIMESTAMP = 4096
MAX_NESTING = 50
MAX_STUDENTS = 50_000
SUBMITTED, COURSE_MARKS = (
    "submitted",
    frozenset({"nbgrader_config.py", "gradebook.db", "course.toml"}),
)
GIT = ".git"
ARCHIVE = ".zip"
# Of the names at the root so many must be the platform's: nine of ten.
NEARLY_ALL = (9, 10)
SETTLE = "settle it with --layout canvas|moodle|gradescope|github|nbgrader|blackboard|d2l|plain"
# Notebooks of no known name that one student may have handed in.
TRIES = 5


class Layout(Enum):
    """How a download is laid out; the value is what `--layout` takes."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    GRADESCOPE = "gradescope"
    GITHUB = "github"
    NBGRADER = "nbgrader"
    BLACKBOARD = "blackboard"
    D2L = "d2l"
    PLAIN = "plain"


CALLED = {
    Layout.CANVAS: "from Canvas",
    Layout.MOODLE: "from Moodle",
    Layout.GRADESCOPE: "from Gradescope",
    Layout.GITHUB: "of cloned repositories",
    Layout.NBGRADER: "as nbgrader collects it",
    Layout.BLACKBOARD: "from Blackboard",
    Layout.D2L: "from D2L Brightspace",
}


@dataclass(frozen=True, slots=True)
class Owner:
    """A student as a download names them, and what the platform calls them; the first id is the one
    to show.

    key: tells one person from another; two people of one name have two keys.
    """

    student: str
    key: str
    ids: Mapping[str, str] = field(default_factory=dict)
    emails: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """What tells this person from another of the same name; "" if the platform gives
        nothing."""
        return next(iter((*self.ids.values(), *self.emails)), "")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a download: whose it is, where it lies, and what the platform says of its time.

    Several owners handed in together.  at: the path of a folder or file.  own_name: a file's name without what the
    platform put around it.  submitted: seconds since the epoch, by `clock`.  late: the platform says so.
    absent: the download names it, and does
    not hold it.  dated: the dates of its files are older than the download.
    """

    owners: tuple[Owner, ...]
    at: str
    file: File | None = None
    own_name: str = ""
    attempt: int = 0
    submitted: float | None = None
    clock: Clock = Clock.STATED
    late: bool = False
    absent: bool = False
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Root:
    """The folder in which the students' entries lie, and what is known of it without opening an
    entry.

    where: the download, for messages.  called: what the folder, or else the zip, is called.  known: names of
    assignments, which as a file's name say nothing about the student.
    """

    tree: Tree
    where: str
    called: str
    known: frozenset[str] = frozenset()
    at: str = ""

    @property
    def listed(self) -> Listed:
        """What lies at the root.  UnreadableError if that is too much."""
        return self.tree.listed(self.at, MAX_STUDENTS)

    def below(self, name: str) -> Root:
        """The root one folder further down."""
        return replace(self, called=name, at=joined(self.at, name))


@dataclass(frozen=True, slots=True)
class Names:
    """The names at a root that may be entries.  work: those of a kind that students hand in."""

    folders: tuple[str, ...]
    files: Mapping[str, File]

    @classmethod
    def of(cls, listed: Listed) -> Names:
        """The names of a listed folder, without hidden ones."""
        folders = (
            name for name in listed.folders if not name.startswith(".") and name not in NOT_WORK
        )
        files = {file.name: file for file in listed.files if not file.name.startswith(".")}
        return cls(tuple(folders), files)

    @property
    def work(self) -> tuple[str, ...]:
        """Folders, and files of a kind that students hand in."""
        return (*self.folders, *filter(is_work, self.files))

    @property
    def all(self) -> tuple[str, ...]:
        """All names."""
        return (*self.folders, *self.files)


def is_work(name: str) -> bool:
    """Whether a file is a notebook, a Python file or a zip by its name."""
    return bool(suffix_of(name)) or name.lower().endswith(ARCHIVE)


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
    clones = sum(_is_clone(root.below(name)) for name in names.folders)
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
    if _is_clone(inside):
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


def _is_clone(root: Root) -> bool:
    """Whether .git lies at the top of a folder; as a file it points to the repository."""
    try:
        listed = root.listed
    except UnreadableError:
        return False
    return GIT in listed.folders or any(file.name == GIT for file in listed.files)


# --- which entries there are


def read_entries(root: Root, layout: Layout) -> tuple[Entry, ...]:
    """The entries of a download; those that the platform did not name are taken as in a plain
    folder."""
    names = Names.of(root.listed)
    if layout in PATTERNS:
        entries = _named_entries(root, names, PATTERNS[layout](names.all), layout)
    else:
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
            entries.append(Entry((_by_name(name),), joined(root.at, name)))
        elif is_work(name) and not file.fault:
            stem = stem_of(name) if suffix_of(name) else name[: -len(ARCHIVE)]
            student = root.called if stem in root.known else stem
            entries.append(Entry((_by_name(student),), file.path, file, name))
    return entries


def _by_name(name: str) -> Owner:
    """A student of whom nothing but the name is known: in NFC, for macOS writes names
    decomposed."""
    student = composed(name)
    return Owner(student, student)


def composed(name: str) -> str:
    """A name as text that can be written as UTF-8, in NFC; names that a person can tell apart stay
    different."""
    return unicodedata.normalize("NFC", name.encode("utf-8", "backslashreplace").decode())


def _named_entries(
    root: Root, names: Names, named: Mapping[str, Named], layout: Layout
) -> list[Entry]:
    """The entries of a platform that writes students' names and ids into the names at the root."""
    ids = defaultdict(set)
    for one in named.values():
        ids[one.student].add(one.user)
    entries = []
    for name, one in named.items():
        # Participants of Moodle have another number in each assignment: the name unites them, if
        # only one has it.
        steady = layout in (Layout.CANVAS, Layout.BLACKBOARD)
        alone = len(ids[one.student]) == 1 and not steady
        key = one.student if alone else f"{layout.value} {one.user}"
        owner = Owner(composed(one.student), composed(key), one.ids)
        file = names.files.get(name)
        at = joined(root.at, name)
        entries.append(
            Entry(
                (owner,), at, file, one.own_name, one.attempt, one.when, Clock.LOCAL, late=one.late
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
        found[name] = Named(
            match["name"], match["user"], own_name, ids, attempt, late=bool(match["late"])
        )
    uploads.pop(None, None)  # texts typed into Canvas have no number of their own
    return _one_name_an_id(found) if all(len(users) == 1 for users in uploads.values()) else {}


def _one_name_an_id(found: dict[str, Named]) -> dict[str, Named]:
    """What was read out of names, if each id belongs to one name; else a platform has not written
    them."""
    pairs = {(one.user, one.student) for one in found.values()}
    return found if len({user for user, _ in pairs}) == len(pairs) else {}


def _moodle(names: Iterable[str]) -> dict[str, Named]:
    matches = {name: MOODLE.fullmatch(name) for name in names}
    return _one_name_an_id(
        {
            name: Named(
                match["name"], match["user"], match["file"], {"moodle participant": match["user"]}
            )
            for name, match in matches.items()
            if match
        }
    )


def _blackboard(names: Iterable[str]) -> dict[str, Named]:
    """Names as Blackboard writes them: the assignment, which all begin with, and the user; both may
    hold "_"."""
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
            when = _clock_seconds(match["when"])
            found[name] = Named(
                match["name"],
                match["user"],
                match["file"] or "",
                {"d2l id": match["user"]},
                when=when,
            )
    return _one_name_an_id(found)


def _clock_seconds(said: str) -> float | None:
    """Seconds since the epoch of "Nov 20, 2026 1159 PM", as if in UTC."""
    day, clock, half = said.rsplit(" ", 2)
    return _wall_seconds(f"{day} {clock.zfill(4)} {half}", "%b %d, %Y %I%M %p")


def _wall_seconds(said: str, pattern: str) -> float | None:
    try:
        return datetime.strptime(said, pattern).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


PATTERNS: dict[Layout, Callable[[Iterable[str]], dict[str, Named]]] = {
    Layout.MOODLE: _moodle,
    Layout.BLACKBOARD: _blackboard,
    Layout.D2L: _d2l,
    Layout.CANVAS: _canvas,
}


def _gradescope(root: Root, names: Names) -> list[Entry]:
    """The entries of an export: a folder a submission, whose owners and time are in the
    metadata."""
    file = names.files.get(GRADESCOPE_FILE)
    people = _gradescope_people(text_of(file, MAX_METADATA)) if file else {}
    folders = [name for name in names.folders if GRADESCOPE.fullmatch(name)]
    entries = []
    for folder in dict.fromkeys((*folders, *people)):
        owners, submitted = people.get(folder, ((_by_name(folder),), None))
        entries.append(
            Entry(
                owners, joined(root.at, folder), submitted=submitted, absent=folder not in folders
            )
        )
    return entries


def _gradescope_people(text: str) -> dict[str, tuple[tuple[Owner, ...], float | None]]:
    """The submitters of each submission's folder, and when; none if the text is not what Gradescope
    writes."""
    entries = _yaml(text)
    if not isinstance(entries, dict):
        return {}
    people = {}
    for folder, entry in entries.items():
        if not isinstance(entry, dict) or not isinstance(entry.get(":submitters"), list):
            continue
        owners = [
            _submitter(said, str(folder)) for said in entry[":submitters"] if isinstance(said, dict)
        ]
        if owners:
            people[str(folder)] = tuple(owners), _seconds(entry.get(":created_at"))
    return people


def _submitter(said: Mapping[str, object], folder: str) -> Owner:
    """A member of a submission.  The email tells people apart: names and student numbers can be edited by students."""
    known = {key: composed(str(said.get(f":{key}") or "")) for key in ("name", "sid", "email")}
    student = known["name"] or known["email"] or known["sid"] or "no name"
    number = known["email"].casefold() or known["sid"]
    key = f"gradescope {number}" if number else f"gradescope {folder} {student}"
    ids = {"sid": known["sid"]} if known["sid"] else {}
    return Owner(student, key, ids, (known["email"],) if known["email"] else ())


def _yaml(text: str) -> object:
    """Plain data; None if it is no YAML, nests too deeply, or uses aliases, with which a few lines
    fill the memory."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(
                event, yaml.CollectionEndEvent
            )
            if isinstance(event, yaml.AliasEvent) or depth > MAX_NESTING:
                return None
        return yaml.load(text, Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def text_of(file: File, most: int) -> str:
    """The text of a small file that a platform wrote; "" if it cannot be read or is too large."""
    try:
        data = file.read(most)
    except UnreadableError:
        return ""
    return data.decode("utf-8", "replace")


def _nbgrader(root: Root, names: Names) -> list[Entry]:
    """The entries of submitted/: a folder an assignment in the student's folder, the time beside
    the notebook."""
    entries = []
    for student in names.folders:
        owner, home = (_by_name(student),), joined(root.at, student)
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
    """One student's work for one assignment, with the time that nbgrader noted when it was
    collected."""
    try:
        stamp = next(
            (file for file in tree.listed(at, MAX_STUDENTS).files if file.name == TIMESTAMP_FILE),
            None,
        )
    except UnreadableError:
        stamp = None
    return Entry(
        owner,
        at,
        submitted=_seconds(text_of(stamp, MAX_TIMESTAMP)) if stamp and not stamp.fault else None,
    )


def _clones(root: Root, names: Names) -> list[Entry]:
    """The entries of a folder of repositories: what all are called begins with the assignment,
    which is dropped."""
    slug = _shared_slug(
        names.folders, {*root.known, root.called.removesuffix("-submissions"), root.called}
    )
    entries = []
    for name in names.folders:
        owner = replace(_by_name(name[len(slug) :]), ids={"repository": composed(name)})
        entries.append(Entry((owner,), joined(root.at, name)))
    return entries


def _shared_slug(names: Iterable[str], slugs: Iterable[str]) -> str:
    """The longest of `slugs`, as repositories write them, with which all names begin and after
    which each goes on."""
    plain = [_slug(name) for name in names]
    fitting = (f"{_slug(slug)}-" for slug in slugs if slug)
    shared = [
        slug for slug in fitting if all(name.startswith(slug) and name != slug for name in plain)
    ]
    return max(shared, key=len, default="")


def _slug(name: str) -> str:
    return name.lower().replace("_", "-")


def _all_plain(root: Root, names: Names) -> list[Entry]:
    return []


READERS: dict[Layout, Callable[[Root, Names], list[Entry]]] = {
    Layout.GRADESCOPE: _gradescope,
    Layout.NBGRADER: _nbgrader,
    Layout.GITHUB: _clones,
    Layout.PLAIN: _all_plain,
}


def words_of(layout: Layout, kind: str, entries: Sequence[Entry]) -> str:
    """The layout in words.  kind: "folder" or "zip"."""
    if layout in CALLED:
        return f"a {kind} {CALLED[layout]}"
    folders = sum(entry.file is None for entry in entries)
    if folders == len(entries):
        return f"a {kind} with one folder a student"
    return (
        f"a {kind} of notebooks and of students' folders"
        if folders
        else f"a {kind} with one notebook a student"
    )


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
