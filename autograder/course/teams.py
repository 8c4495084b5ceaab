"""Who works together: the table [teams] of course.toml, and the group file that Canvas exports."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course.csv_file import Sheet, read_sheet
from autograder.errors import MisuseError

SMALLEST_TEAM = 2
# The key of [teams] that names a file, and the columns of that file: the group, and how a student is called.
GROUP_FILE = "file"
GROUP = "group_name"
CALLED = ("canvas_user_id", "login_id", "user_id")


@dataclass(frozen=True, slots=True)
class Team:
    """Students who hand in together.

    assignment: the only one; "" for all that have no teams of their own.  others: other ids of a member in the file
    that lists the team.
    """

    name: str
    members: tuple[str, ...]
    assignment: str = ""
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_teams(
    path: Path, table: Mapping[str, object], assignments: Collection[str] | None
) -> tuple[Team, ...]:
    """The teams of all assignments, then those of single ones.

    assignments: their names; None if they are not known, and no file lies beside course.toml.
    Raises MisuseError, naming file and key, for what cannot be teams.
    """
    found: list[Team] = []
    for name, value in table.items():
        is_single = isinstance(value, dict) if assignments is None else name in assignments
        if is_single and not isinstance(value, dict):
            what = f"teams.{name} must be a table; write [teams.{name}] and one key a line"
            raise MisuseError(f"{path}: {what}")
        if is_single and isinstance(value, dict):
            for key, own in value.items():
                where = f"teams.{name}.{key}"
                found += _teams(path, where, own, name, is_here=assignments is not None)
        else:
            found += _teams(path, f"teams.{name}", value, "", is_here=assignments is not None)
    return tuple(found)


def _teams(
    path: Path, where: str, value: object, assignment: str, *, is_here: bool
) -> tuple[Team, ...]:
    """The one team of a key, or all of the file that it names."""
    if where.rpartition(".")[2] != GROUP_FILE or not isinstance(value, str):
        return (_team(path, where, value, assignment),)
    return _teams_of_file(read_sheet(path.parent / value), assignment) if is_here else ()


def _team(path: Path, where: str, value: object, assignment: str) -> Team:
    """One team.  Raises MisuseError unless it is a list of two or more students."""
    is_list = isinstance(value, list) and all(isinstance(each, str) for each in value)
    if not isinstance(value, list) or not is_list or len(set(value)) < SMALLEST_TEAM:
        cure = 'write a list of two or more, such as ["ang", "blee"]'
        raise MisuseError(f"{path}: {where} must name its members; {cure}")
    return Team(where, tuple(value), assignment)


def _teams_of_file(sheet: Sheet, assignment: str) -> tuple[Team, ...]:
    """The groups of a file that have two members or more; who is in none works alone."""
    group = sheet.column(GROUP)
    columns = [sheet.column(name) for name in CALLED if name in sheet.rows[0]]
    members: dict[str, dict[str, tuple[str, ...]]] = {}
    for row in range(1, len(sheet.rows)):
        name = sheet.cell(row, group).strip()
        ids = [sheet.cell(row, column).strip() for column in columns]
        ids = [each for each in ids if each]
        if name and not ids:
            wanted = ", ".join(CALLED)
            raise MisuseError(f"{sheet.name}: row {row + 1}: has no {wanted}; export it again")
        if name:
            members.setdefault(name, {})[ids[0]] = tuple(ids[1:])
    return tuple(
        Team(f"{sheet.name}: {name}", tuple(own), assignment, own)
        for name, own in members.items()
        if len(own) >= SMALLEST_TEAM
    )
