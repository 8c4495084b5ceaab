"""Recognise a piece of code after it was renamed, reformatted and commented.

Pygments reads the code: it takes any text, also text that is not Python, and runs nothing.  Every
run of SPAN tokens is a fingerprint, in which names are numbered in the order in which they occur:
`w*x+w` equals `u*v+u` but not `u*v+v`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Literal, Name, Whitespace

from autograder.reports.similarity import Spans

# Tokens in a fingerprint: a line or two.  10 to 24 were tried on notebooks filled by hand.  With
# fewer, two people with the same idea share too much; with more, copies of short answers are
# missed.
SPAN = 16
# Characters of an answer that are compared; the longest right answers have a tenth of this.
LONGEST_CODE = 20_000
# Names that a student does not choose.
GIVEN = frozenset({"np", "numpy", "math", "self", "plt"})
# Stands for every string: its text is as free as a name.
STRING = '"'

Fingerprint = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its text, whether it is a name that the student chose, and where it stands."""

    text: str
    is_name: bool
    start: int
    end: int


def tokens_of(code: str) -> tuple[Token, ...]:
    """The tokens of the first LONGEST_CODE characters, without comments, docstrings and layout."""
    return tuple(_tokens(code[:LONGEST_CODE]))


def _tokens(code: str) -> Iterator[Token]:
    before = ""
    in_string = False
    for start, kind, text in PythonLexer().get_tokens_unprocessed(code):
        is_comment = kind in Comment or kind in Literal.String.Doc
        if is_comment or kind in Whitespace or not text.strip():
            continue
        end = start + len(text)
        if kind in Literal.String:
            if not in_string:  # Pygments cuts a string into pieces
                yield Token(STRING, False, start, end)
            in_string = True
            continue
        in_string = False
        is_variable = kind in Name and kind not in Name.Builtin
        is_chosen = is_variable and before != "." and text not in GIVEN
        yield Token(_number(text) if kind in Literal.Number else text, is_chosen, start, end)
        before = text


def _number(text: str) -> str:
    """Write 1, 1. and 1.0 in the same way."""
    try:
        return repr(float(text))
    except ValueError:
        return text


def fingerprints(tokens: Sequence[Token]) -> list[Fingerprint]:
    """Every run of SPAN tokens, in order; none if there are fewer tokens."""
    return [_fingerprint(tokens[i : i + SPAN]) for i in range(len(tokens) - SPAN + 1)]


def _fingerprint(tokens: Sequence[Token]) -> Fingerprint:
    numbered: dict[str, str] = {}
    texts = []
    for token in tokens:
        if token.is_name:
            texts.append(numbered.setdefault(token.text, f"\0{len(numbered)}"))
        else:
            texts.append(token.text)
    return tuple(texts)


def spans(code: str, tokens: Sequence[Token], found: Sequence[bool]) -> Spans:
    """The stretches of code that are covered by the fingerprints for which `found` is true.

    A line's end, a comment and a docstring end a stretch.
    """
    stretches: list[tuple[int, int]] = []
    for i, token in enumerate(tokens):
        if not any(found[max(0, i - SPAN + 1) : i + 1]):
            continue
        gap = code[stretches[-1][1] : token.start] if stretches else "\n"
        if gap.strip(" ") == "":
            stretches[-1] = (stretches[-1][0], token.end)
        else:
            stretches.append((token.start, token.end))
    return tuple(stretches)
