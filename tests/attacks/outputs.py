"""Outputs: names, words and exceptions that would like to be more than text where people and machines read them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from autograder.outputs.escape import csv_cell
from tests.attacks.catalogue import TARGET, Attack, Wall
from tests.attacks.stage import Stage

if TYPE_CHECKING:
    from tests.attacks.aftermath import Aftermath

# What makes a page do something.  The pages hold none of these, so that any must have come from a student.
ACTIVE_TAGS = frozenset(
    (
        "script",
        "iframe",
        "object",
        "embed",
        "link",
        "img",
        "image",
        "form",
        "input",
        "button",
        "base",
        "foreignobject",
    )
)
ADDRESSES = frozenset(
    ("href", "src", "action", "formaction", "xlink:href", "srcdoc", "data", "background", "poster")
)
# A log of a workflow takes a line that begins so, spaces aside, or that holds the older form anywhere, as a command.
COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff]")
FORMULA = re.compile(r"\s*[=+\-@|%]")
POLICY = "default-src 'none'"


class Active(HTMLParser):
    """Finds everything in a page that could run, load or send something."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.policies: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that is active, or an attribute that is."""
        values = {name: value or "" for name, value in attrs}
        if tag == "meta" and values.get("http-equiv", "").lower() == "content-security-policy":
            self.policies.append(values.get("content", ""))
        if tag in ACTIVE_TAGS or (
            tag == "meta" and values.get("http-equiv", "").lower() == "refresh"
        ):
            self.found.append(f"<{tag}>")
        self.found += [f"{tag} {name}=" for name in values if name.startswith("on")]
        self.found += [
            f"{tag} {name}={value}"
            for name, value in values.items()
            if name in ADDRESSES and re.match(r"[\s\x00-\x1f]*[\w+.-]+:|//", value)
        ]

    handle_startendtag = handle_starttag


def page_is_active(page: str) -> list[str]:
    """What in a page could run, load or send something; and its policy, if that allows any of it."""
    active = Active(page)
    strict = (
        len(active.policies) == 1
        and active.policies[0].startswith(POLICY)
        and "script" not in active.policies[0]
    )
    return active.found + ([] if strict else ["no policy that forbids scripts"])


def _in_a_page(after: Aftermath) -> bool:
    return bool(after.crashed) or any(map(page_is_active, after.pages.values()))


def _in_a_path(after: Aftermath) -> bool:
    return bool(after.crashed) or not all(path.startswith("graded/") for path in after.pages)


def _in_a_log(after: Aftermath) -> bool:
    return bool(after.crashed) or any(
        COMMAND.search(text) for text in (after.table, after.document)
    )


def _in_a_terminal(after: Aftermath) -> bool:
    return bool(after.crashed) or any(
        CONTROL.search(text) for text in (after.table, *after.pages.values())
    )


def _in_a_spreadsheet(after: Aftermath) -> bool:
    stream = io.StringIO()
    words = [
        note
        for report in after.attackers
        for note in (report.student, report.reason, *report.notes)
    ]
    csv.writer(stream).writerow(map(csv_cell, words))
    [row] = csv.reader(io.StringIO(stream.getvalue(), newline=""))
    return bool(after.crashed) or any(FORMULA.match(cell) for cell in row)


def _says(
    name: str, text: str, succeeded: Callable[[Aftermath], bool], raw: Callable[[str], object]
) -> Attack:
    """Words in an exception, in the output and in a type's name.  raw: what the words do where nothing tames them."""
    cell = f"print({text!r})\nraise type({text!r}, (Exception,), {{}})({text!r})"
    answer = (
        f"def {TARGET}(*args):\n    import warnings\n    warnings.warn({text!r})\n"
        f"    return {{{text!r}: {text!r}}}"
    )
    return Attack(
        name,
        (Wall.ESCAPING,),
        succeeded,
        cell=cell,
        answer=answer,
        control=lambda *_: bool(raw(text)),
    )


def _is_called(
    name: str, text: str, succeeded: Callable[[Aftermath], bool], raw: Callable[[str], object]
) -> Attack:
    """Words as the name of a student, of a file that is none, and of an assignment."""

    def plant(stage: Stage) -> None:
        from tests.attacks.arena import notebook

        (stage.folder / f"{text}.ipynb").write_text(notebook(), encoding="utf-8")
        (stage.folder / f"{text} 2.ipynb").write_text(f'{{"nbformat": 4, "{text}', encoding="utf-8")
        (stage.folder / f"{text}.txt").write_text(text, encoding="utf-8")

    return Attack(
        name, (Wall.ESCAPING,), succeeded, plant=plant, control=lambda *_: bool(raw(text))
    )


def _page_of(text: str) -> list[str]:
    return Active(f"<p>{text}</p>").found


SCRIPT = "<script>document.title='run'</script>"
IMAGE = "\"'><img src=x onerror=alert(1)>"
SVG = "<svg onload=alert(1)><foreignObject><script>alert(1)</script></foreignObject></svg>"
LINK = "<a href='javascript:alert(1)'>your grade</a><iframe srcdoc='<script>alert(1)</script>'></iframe>"
BREAKOUT = "</style></title></textarea></pre>--><script>alert(1)</script>"
TEMPLATE = "{{ ''.__class__ }}{% include '/etc/passwd' %}<img src=x>"
NEWEST_COMMAND, OLDER_COMMAND = "::error file=a.py::all passed", "x ##[add-mask]all passed"
ESCAPES = "\x1b[2J\x1b]0;title\x07\x1b[31mred\x9b1m\x08\x08"
BACKWARDS = "\u202egnp.\u2066exe\u200b\ufeff"

OUTPUTS = (
    _says("a script in what is said", SCRIPT, _in_a_page, _page_of),
    _says("an image that fails on purpose", IMAGE, _in_a_page, _page_of),
    _says("a picture with a script", SVG, _in_a_page, _page_of),
    _says("a link that is a script", LINK, _in_a_page, _page_of),
    _says("the end of whatever it is put into", BREAKOUT, _in_a_page, _page_of),
    _says("a template", TEMPLATE, _in_a_page, _page_of),
    _says("a workflow's command", NEWEST_COMMAND, _in_a_log, COMMAND.search),
    _says("a workflow's older command", OLDER_COMMAND, _in_a_log, COMMAND.search),
    _says("a terminal's escape sequences", ESCAPES, _in_a_terminal, CONTROL.search),
    _says("words written backwards", BACKWARDS, _in_a_terminal, CONTROL.search),
    _says("a formula", "=1+1", _in_a_spreadsheet, FORMULA.match),
    _is_called(
        "a student called like a script", SCRIPT.replace("/", "\u2215"), _in_a_page, _page_of
    ),
    _is_called("a student called like an image", IMAGE, _in_a_page, _page_of),
    _is_called("a student called like a command", NEWEST_COMMAND, _in_a_log, COMMAND.search),
    _is_called("a student called like an older command", OLDER_COMMAND, _in_a_log, COMMAND.search),
    _is_called("a student called like an escape sequence", ESCAPES, _in_a_terminal, CONTROL.search),
    _is_called("a student called like a formula", "=cmd|' !A0", _in_a_spreadsheet, FORMULA.match),
    _is_called(
        "a student called like a path", "up\\..\\..\\..\\up", _in_a_path, lambda text: ".." in text
    ),
)
