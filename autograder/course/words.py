"""What a course translates of cards and students' pages: words.toml, beside course.toml.

    hint = "Tipp"
    points = "{} von {} Punkten"      # {} stands for a number or a name; {1} and {0} change the order

The names are those of `autograder.student.cards.wording.ENGLISH`; what is left out stays English.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Formatter

from autograder.errors import MisuseError
from autograder.student.cards.wording import ENGLISH

FILE_OF_WORDS = "words.toml"


def read_words(path: Path) -> dict[str, str]:
    """The words of a course.  Raises MisuseError, naming file and key, for what cards do not say."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MisuseError(f"{path}: cannot be read as TOML: {error}; correct it") from None
    for name, text in table.items():
        if name not in ENGLISH:
            what = f"{name} is not a name of these words; write one of {', '.join(ENGLISH)}"
            raise MisuseError(f"{path}: {what}")
        if not isinstance(text, str) or not text.strip():
            raise MisuseError(f'{path}: {name} must be a text; write {name} = "..."')
        if _places(text) != _places(ENGLISH[name]):
            cure = "write {} as often, or {0} and {1} in another order"
            raise MisuseError(f'{path}: {name}: {text!r} is not like "{ENGLISH[name]}"; {cure}')
    return table


def words_json(words: Mapping[str, str]) -> bytes:
    """The words as the students' library reads them; empty if there are none."""
    return (json.dumps(words, indent=1, sort_keys=True) + "\n").encode() if words else b""


def _places(text: str) -> list[str] | None:
    """The values that a text takes, by number; None if they cannot be filled in."""
    try:
        fields = [field for field in Formatter().parse(text) if field[1] is not None]
    except ValueError:
        return None
    names = [name for _, name, _, _ in fields]
    if any(form or conversion for _, _, form, conversion in fields):
        return None
    if not any(names):
        return [str(number) for number in range(len(names))]
    return sorted(str(name) for name in names)
