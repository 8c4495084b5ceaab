"""Read a roster as Canvas, Moodle or Gradescope export it, or one with the kit's own columns.

kit         id, first_name, last_name, email, lms_user_id
canvas      Student ("Ng, Ada"), ID, SIS User ID, SIS Login ID: the gradebook, whose rows without an ID are no students
moodle      First name, Last name (or Surname, or Full name), ID number, Username, Email address
gradescope  First Name, Last Name (or Name), SID, Email, Role: only students
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from autograder.course.csv_file import Sheet
from autograder.errors import MisuseError
from autograder.nbgrader_course.roster import PLAIN_ID

# What nbgrader knows of a student besides the id.
ABOUT = ("first_name", "last_name", "email", "lms_user_id")


@dataclass(frozen=True, slots=True)
class _Form:
    """The columns of one kind of roster.

    needed: by these it is recognised.  ids: the first that is filled names the student.  about: by what nbgrader keeps.
    whole: a column with the whole name.  students: a column and what stands in it for a student.
    """

    needed: tuple[str, ...]
    ids: tuple[str, ...]
    about: Mapping[str, tuple[str, ...]]
    whole: str = ""
    students: tuple[str, str] = ("", "")


FORMS = {
    "the kit's": _Form(("id",), ("id",), {name: (name,) for name in ABOUT}),
    "Canvas's": _Form(
        ("Student", "ID"),
        ("SIS Login ID", "SIS User ID", "ID"),
        {"lms_user_id": ("ID",), "email": ("Email",)},
        "Student",
    ),
    "Gradescope's": _Form(
        ("SID", "Email"),
        ("SID", "Email"),
        {"first_name": ("First Name",), "last_name": ("Last Name",), "email": ("Email",)},
        "Name",
        ("Role", "Student"),
    ),
    "Moodle's": _Form(
        ("Email address",),
        ("ID number", "Username", "Email address"),
        {
            "first_name": ("First name",),
            "last_name": ("Last name", "Surname"),
            "email": ("Email address",),
        },
        "Full name",
    ),
}


def read_roster(sheet: Sheet) -> dict[str, dict[str, str]]:
    """What the roster says of each student, by id.

    Raises MisuseError if its columns are no roster's, or if an id is missing, occurs twice or cannot name a folder.
    """
    header = [name.strip() for name in sheet.rows[0]]
    form = next((f for f in FORMS.values() if set(f.needed) <= set(header)), None)
    if form is None:
        known = "; ".join(f"{name}: {', '.join(f.needed)}" for name, f in FORMS.items())
        raise MisuseError(
            f"{sheet.name}: its columns are {', '.join(map(repr, header))}, which is not a roster; needed are ({known})"
        )
    roster: dict[str, dict[str, str]] = {}
    for number in range(1, len(sheet.rows)):
        row = {name: sheet.cell(number, at).strip() for at, name in enumerate(header)}
        if _is_nobody(row, form):
            continue
        student = unicodedata.normalize("NFC", _first(row, form.ids))
        what = ""
        if not student or student in roster:
            what = f"{student!r} occurs twice" if student else "has no id"
            what += "; give every student one id of its own"
        elif not PLAIN_ID.fullmatch(student):
            what = f"{student!r} cannot be a folder's name"
            what += "; write an id of letters, digits, @, . and -"
        if what:
            raise MisuseError(f"{sheet.name}: row {number + 1}: {what}")
        roster[student] = _about(row, form)
    return roster


def _about(row: Mapping[str, str], form: _Form) -> dict[str, str]:
    about = {name: _first(row, columns) for name, columns in form.about.items()}
    whole = row.get(form.whole, "")
    if whole and not about.get("last_name"):
        last, comma, first = whole.partition(", ") if ", " in whole else ("", "", whole)
        if comma and first.count(", "):  # "Ng, Jr., Ada"
            last, _, first = whole.rpartition(", ")
        if not comma:
            first, _, last = whole.rpartition(" ")
        about |= {"first_name": first, "last_name": last}
    return {name: value for name, value in about.items() if value}


def _is_nobody(row: Mapping[str, str], form: _Form) -> bool:
    """Whether a row is about no student: Canvas's points possible and test student, Gradescope's staff."""
    column, wanted = form.students
    if row.get(column, "") and row[column] != wanted:
        return True
    called = row.get(form.whole, "")
    return form.whole == "Student" and (not row.get("ID") or called == "Student, Test")


def _first(row: Mapping[str, str], columns: tuple[str, ...]) -> str:
    return next((row[name] for name in columns if row.get(name)), "")
