"""A course: its settings from course.toml, and the catalogue of assignments, public and hidden joined.

course.toml, all of it optional:

    title = "EEP 596, Autumn"
    seed = "a long random text; hidden inputs are drawn from it, so keep it secret"

    [handout]
    url = "https://.../backprop_student-0.2.0-py3-none-any.whl"   # named by the notebooks on Colab

    [limits]            # of one submission; `limits_table` writes all of them with their defaults

    [rubrics.push_towards_the_target]     # points of a written question, by what an answer must say
    "the factor cancels" = 0.5

and the keys of `autograder.course.schedule` (zone, due, extensions, submitted, late) and of
`autograder.course.choice` (assignments, points, exercises).  Beside it may lie the words.toml of
`autograder.course.words`.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.choice import CHOICE_KEYS, read_choice
from autograder.course.schedule import KEYS, Schedule, read_schedule
from autograder.course.teams import GROUP_FILE
from autograder.course.words import FILE_OF_WORDS, read_words
from autograder.errors import MisuseError
from autograder.sandbox.limits import Limits
from autograder.student import checks
from autograder.student.model.exercises import Choice

if TYPE_CHECKING:
    from autograder.hidden.catalogue import HiddenAssignment
    from autograder.student.model.exercises import Assignment

COURSE_FILE = "course.toml"
# It stands in a text of the notebooks' first cell, so no quotes, backslashes and spaces.
ADDRESS = re.compile(r"https?://[^\s\"'\\`]+")
# Used when there is no course.toml: good enough to try the kit, and public, so not for a real class.
DEMONSTRATION_SEED = "demonstration"
SHORTEST_SEED = 20
EVERYTHING = Choice()
LIMIT_WORDS = {
    "cell": "CPU seconds for one cell",
    "call": "CPU seconds for one call that a check makes",
    "submission": "CPU seconds for everything",
    "patience": "each may sleep this many times as long; a busy or paused machine does not count",
    "memory": "bytes that it may add to what Python, NumPy and Matplotlib take",
    "output": "characters printed by one cell that are kept",
    "scratch": "bytes of files that it may write",
}


@dataclass(frozen=True, slots=True)
class Course:
    """The settings of one course."""

    title: str = "Backpropagation and Automatic Differentiation"
    seed: str = DEMONSTRATION_SEED
    limits: Limits = field(default_factory=Limits)
    schedule: Schedule = field(default_factory=Schedule)
    handout: str = ""
    rubrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    choice: Choice = field(default_factory=Choice)
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def seed_hash(self) -> str:
        """What a report may show of the seed: enough to see that two runs used the same one."""
        return hashlib.sha256(f"seed:{self.seed}".encode()).hexdigest()[:16]

    @property
    def seed_problem(self) -> str:
        """Why the hidden inputs may be foreseen; "" if they cannot."""
        cure = f'write seed = "..." of {SHORTEST_SEED} or more random characters in {COURSE_FILE}'
        if self.seed == DEMONSTRATION_SEED:
            return (
                f"the seed is the kit's public one, so anybody can draw the hidden inputs; {cure}"
            )
        if len(self.seed) < SHORTEST_SEED:
            return f"the seed has {len(self.seed)} characters, few enough to be guessed; {cure}"
        return ""

    def seal(self, data: bytes) -> str:
        """A hash of data that only somebody who knows the seed can make."""
        return hmac.new(f"seal:{self.seed}".encode(), data, hashlib.sha256).hexdigest()


def load_course(path: Path | None, *, whole: bool = True) -> Course:
    """Read a course.toml; without one, the demonstration course.

    whole: all assignments are here; else the file was read before where they are.  Raises
    MisuseError, naming the file and the key, for anything that is not as the module's text says.
    """
    if path is None:
        return Course()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MisuseError(f"{path}: cannot be read ({error.strerror}); name another file") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MisuseError(
            f"{path}: cannot be read as TOML: {error}; correct the file or name another"
        ) from None
    known = ("title", "seed", "handout", "limits", *sorted(KEYS), "rubrics", *CHOICE_KEYS)
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise MisuseError(f"{path}: unknown key {unknown[0]!r}; known keys are {', '.join(known)}")
    for key in ("title", "seed"):
        if not isinstance(table.get(key, ""), str):
            raise MisuseError(f'{path}: {key} must be text; write {key} = "..."')
    handout = _handout(path, table.get("handout", {}))
    kits = checks.assignments() if whole else None
    words = path.with_name(FILE_OF_WORDS)
    course = Course(
        limits=_limits(path, table.get("limits", {})),
        schedule=read_schedule(path, table, None if kits is None else [each.name for each in kits]),
        handout=handout,
        rubrics=_rubrics(path, table.get("rubrics", {})) if whole else {},
        choice=read_choice(path, table, kits),
        words=read_words(words) if words.exists() else {},
    )
    return replace(course, **{key: table[key] for key in ("title", "seed") if key in table})


def course_in(folder: Path) -> Course:
    """The course of the course.toml in a folder; the demonstration course if it has none."""
    path = folder / COURSE_FILE
    return load_course(path if path.is_file() else None)


def _handout(path: Path, table: object) -> str:
    url = table.get("url") if isinstance(table, dict) and set(table) <= {"url"} else None
    if table and not (isinstance(url, str) and ADDRESS.fullmatch(url)):
        cure = 'write url = "https://..." below [handout], the address of the students\' wheel'
        raise MisuseError(f"{path}: handout must hold an address; {cure}")
    return url or ""


def _rubrics(path: Path, table: object) -> dict[str, dict[str, float]]:
    """The rubrics of written questions: points by item.  Items of fewer than no points are deductions."""
    questions = [written.name for each in checks.assignments() for written in each.written]
    if not isinstance(table, dict) or not set(table) <= set(questions):
        cure = f"write [rubrics.QUESTION]; the questions are {', '.join(questions)}"
        raise MisuseError(f"{path}: rubrics names something that is not a written question; {cure}")
    for name, items in table.items():
        right = isinstance(items, dict) and all(
            isinstance(points, (int, float))
            and not isinstance(points, bool)
            and math.isfinite(points)
            for points in items.values()
        )
        if not right or not items:
            what = f"rubrics.{name} must give each item its points"
            raise MisuseError(f'{path}: {what}; write "what an answer must say" = 0.5')
    return {
        name: {item.strip(): float(items[item]) for item in items} for name, items in table.items()
    }


def limits_table(before: str = "") -> str:
    """The limits with their defaults and what they mean, as lines of TOML, each with `before` in front."""
    settings = [f"{before}{name} = {value!r}" for name, value in asdict(Limits()).items()]
    width = max(map(len, settings))
    lines = [
        f"{setting:<{width}} # {words}"
        for setting, words in zip(settings, LIMIT_WORDS.values(), strict=True)
    ]
    return "\n".join(lines) + "\n"


def _limits(path: Path, table: object) -> Limits:
    if not isinstance(table, dict):
        raise MisuseError(f"{path}: limits must be a table; write [limits] and one limit a line")
    known = [f.name for f in fields(Limits)]
    for key, value in table.items():
        if key not in known:
            raise MisuseError(f"{path}: unknown limit {key!r}; known limits are {', '.join(known)}")
        whole = isinstance(getattr(Limits(), key), int)
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise MisuseError(
                f"{path}: limits.{key} is {value!r}; it must be a {'whole ' if whole else ''}number"
            )
        if not 0 < value < math.inf:
            raise MisuseError(f"{path}: limits.{key} is {value!r}; it must be above 0 and finite")
    return replace(Limits(), **{k: type(getattr(Limits(), k))(v) for k, v in table.items()})


def find_course(start: Path) -> Path | None:
    """The course.toml in `start` or the nearest folder above it."""
    start = start.resolve()
    return next(
        (p / COURSE_FILE for p in (start, *start.parents) if (p / COURSE_FILE).exists()), None
    )


def course_above(start: Path, work: Sequence[Path]) -> Path | None:
    """The course.toml nearest to `start`, in it or above it; never one that lies in the work that is graded.

    The folder of a notebook is its student's work; that of a zip is not.
    """
    folders = [path.resolve() for path in work if path.is_dir()]
    own = [*folders, *(path.resolve().parent for path in work if is_own_file(path))]
    found = find_course(start)
    while found and any(found.is_relative_to(folder) for folder in own):
        found = find_course(found.parent.parent) if found.parent != found.parent.parent else None
    return found


def settings_files(course: Path | None) -> list[Path]:
    """The files that `load_course` reads and that are there: course.toml, words.toml, files of groups."""
    if course is None:
        return []
    named = [FILE_OF_WORDS, *_group_files(course)]
    return [course, *(path for name in named if (path := course.parent / name).exists())]


def _group_files(course: Path) -> list[str]:
    """The files that [teams] and [teams.ASSIGNMENT] name; none where course.toml cannot be read."""
    try:
        teams = tomllib.loads(course.read_text(encoding="utf-8")).get("teams")
    except (OSError, ValueError):
        return []
    if not isinstance(teams, dict):
        return []
    tables = [teams, *(table for table in teams.values() if isinstance(table, dict))]
    return [name for table in tables if isinstance(name := table.get(GROUP_FILE), str)]


def is_own_file(path: Path) -> bool:
    """Whether a path is a student's own file; a zip may hold a class."""
    return not path.is_dir() and path.suffix.lower() != ".zip"


def chosen_assignments(choice: Choice) -> tuple[Assignment, ...]:
    """The assignments that a course uses, with its points and without what it drops."""
    known = checks.assignments()
    return tuple(choice.of(a) for a in known if not choice.use or a.name in choice.use)


def catalogue(choice: Choice = EVERYTHING) -> Mapping[str, tuple[Assignment, HiddenAssignment]]:
    """Every assignment that a course uses, by name: its public and its hidden half, modules of one name."""
    modules = {assignment.name: module for module, assignment in checks.catalogue().items()}
    joined = {}
    for assignment in chosen_assignments(choice):
        hidden = importlib.import_module(f"autograder.hidden.checks.{modules[assignment.name]}")
        joined[assignment.name] = (assignment, hidden.HIDDEN)
    return joined
