"""What can be recognised of a piece of code after it was renamed, laid out anew and commented.

Pygments reads the code: it takes any text, also what is no Python, and runs nothing.  Every run of SPAN tokens is a
fingerprint, in which names are numbered as they come: `w*x+w` is `u*v+u` but not `u*v+v`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Literal, Name, Whitespace

from autograder.reports.similarity import Spans

# So many tokens are a line or two.  Of 10 to 24 tried on notebooks filled by hand: fewer, and answers to which one
# idea leads two people share too much; more, and copies of short answers are missed.
SPAN = 16
# Characters of an answer that are looked at; the longest right answers have a tenth of it.
LONGEST = 20_000
# Names that a student does not choose.
GIVEN = frozenset({"np", "numpy", "math", "self", "plt"})

Fingerprint = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """One token: its kind of text once names are set aside, whether it is a chosen name, and where it stands."""

    text: str
    name: bool
    start: int
    end: int


def words_of(code: str) -> tuple[Word, ...]:
    """The tokens of a piece of code without comments, docstrings and layout, of at most LONGEST characters of it."""
    return tuple(_words(code[:LONGEST]))


def _words(code: str) -> Iterator[Word]:
    before, quoted = "", False
    for start, kind, text in PythonLexer().get_tokens_unprocessed(code):
        if kind in Comment or kind in Literal.String.Doc or kind in Whitespace or not text.strip():
            continue
        if kind in Literal.String:
            # A string comes in pieces; what it says is as free as a name.
            if not quoted:
                yield Word('"', False, start, start + len(text))
            quoted = True
            continue
        quoted = False
        chosen = kind in Name and kind not in Name.Builtin and before != "." and text not in GIVEN
        yield Word(_number(text) if kind in Literal.Number else text, chosen, start, start + len(text))
        before = text


def _number(text: str) -> str:
    """1, 1. and 1.0 are one number."""
    try:
        return repr(float(text))
    except ValueError:
        return text


def fingerprints(words: Sequence[Word]) -> list[Fingerprint]:
    """Every run of SPAN tokens, in order; none of fewer tokens."""
    return [_fingerprint(words[i : i + SPAN]) for i in range(len(words) - SPAN + 1)]


def _fingerprint(words: Sequence[Word]) -> Fingerprint:
    numbered: dict[str, str] = {}
    return tuple(numbered.setdefault(w.text, f"\0{len(numbered)}") if w.name else w.text for w in words)


def spans(code: str, words: Sequence[Word], found: Sequence[bool]) -> Spans:
    """The stretches of code that the fingerprints for which `found` is true cover; a line's end, a comment and a
    docstring end a stretch."""
    stretches: list[tuple[int, int]] = []
    for i, word in enumerate(words):
        if not any(found[max(0, i - SPAN + 1) : i + 1]):
            continue
        gap = code[stretches[-1][1] : word.start] if stretches else "\n"
        if gap.strip(" ") == "":
            stretches[-1] = (stretches[-1][0], word.end)
        else:
            stretches.append((word.start, word.end))
    return tuple(stretches)
