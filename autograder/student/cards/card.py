"""Draw one exercise's result as a card: HTML for the notebook and the student page, plain text for
a terminal.

The HTML needs no script and no other file, takes its colours from JupyterLab's theme, and stays
readable when a
notebook that is not trusted loses its style: every symbol has its word beside it.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Iterable, Sequence

from autograder.student.cards.style import STYLE
from autograder.student.cards.wording import (
    CODE,
    SENTENCE,
    VALUE,
    CardLine,
    Mark,
    clip,
    headline,
    lines,
    points,
)
from autograder.student.model.circuits import WrongCircuit
from autograder.student.model.results import Diagnosis, ExerciseResult, Finding, Outcome

WIDTH, GUTTER = 88, 12
# Characters of what was printed that a terminal shows, where nothing can be folded.
LINE = 70
# Draws a finding without a circuit as safe HTML; "" where there is nothing to draw.
Picture = Callable[[Finding], str]


def card_html(
    result: ExerciseResult,
    *,
    advice: str = "",
    footer: Sequence[str] = (),
    level: int = 3,
    style: bool = True,
    picture: Picture = lambda _: "",
) -> str:
    """Draw a result as an HTML fragment.

    advice: a sentence on what to do next.  footer: small print.  level: of the heading.  style: bring
    the style along; a page that already has it does not need it again.  picture: of each finding
    without a circuit, below its words.
    """
    body = "".join(_line(line, picture) for line in lines(result))
    if result.blocked_by and body:
        body = f"<details><summary>What the checks saw</summary><ul>{body}</ul></details>"
    elif body:
        body = f"<ul>{body}</ul>"
    said = _paragraph("agk-said", " ".join(filter(None, (headline(result), advice))))
    return "".join(
        [
            f'<div class="agk {_state(result)}" role="group" aria-label="{_text(_label(result))}">',
            f"<style>{STYLE}</style>" if style else "",
            _head(result, level),
            _parts(result),
            said,
            body,
            _mistake(result.diagnosis) if result.diagnosis else "",
            _hint(result),
            _foot(footer),
            "</div>",
        ]
    )


def card_text(result: ExerciseResult, *, advice: str = "", footer: Sequence[str] = ()) -> str:
    """Draw a result as plain text without a final line break; only code and values exceed WIDTH
    columns."""
    rows = [_label(result)]
    rows += _sentences(" ".join(filter(None, (headline(result), advice))))
    if not result.blocked_by:
        for line in lines(result):
            rows += _line_text(line)
    if result.diagnosis:
        rows += _prose("mistake", _named(result.diagnosis))
    if hint := _visible_hint(result):
        rows += _prose("hint", hint)
    for text in footer:
        rows += _sentences(text)
    return "\n".join(row.rstrip() for row in rows)


def _label(result: ExerciseResult) -> str:
    label = f"{clip(result.title, SENTENCE)} ({clip(result.exercise, SENTENCE)})"
    return f"{' '.join(label.split())}: {points(result.earned, result.possible)}"


def _state(result: ExerciseResult) -> str:
    if result.outcome is Outcome.PASSED:
        return "agk-passed"
    return (
        "agk-idle" if result.outcome is Outcome.UNATTEMPTED or result.blocked_by else "agk-failed"
    )


def _visible_hint(result: ExerciseResult) -> str:
    """The hint, unless another exercise has to be solved first or there is nothing to hint at."""
    return (
        ""
        if result.blocked_by or result.outcome in (Outcome.PASSED, Outcome.UNATTEMPTED)
        else result.hint
    )


def _named(mistake: Diagnosis) -> str:
    return f"{mistake.name}: {mistake.text}" if mistake.text else mistake.name


def _tried_groups(findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    """Findings by the code that was tried, so that shared code is shown once."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault("" if finding.hidden else finding.tried, []).append(finding)
    return list(groups.items())


def _text(text: str, most: int = SENTENCE) -> str:
    """Text as safe HTML."""
    return html.escape(clip(text, most))


def _paragraph(kind: str, text: str) -> str:
    return f'<p class="{kind}">{_text(text)}</p>' if text else ""


def _head(result: ExerciseResult, level: int) -> str:
    # A role instead of <h3>: JupyterLab would list a real heading in the notebook's table of
    # contents.
    symbol = '<span aria-hidden="true">✓ </span>' if result.outcome is Outcome.PASSED else ""
    colour = " agk-good" if symbol else ""
    return (
        f'<div class="agk-head"><div class="agk-title" role="heading" aria-level="{level}">{_text(result.title)} '
        f'<code>{_text(result.exercise)}</code></div><div class="agk-points{colour}">'
        f"{symbol}{points(result.earned, result.possible)}</div></div>"
    )


def _parts(result: ExerciseResult) -> str:
    """Points by part, where there is more than one part and some but not all points were earned."""
    if len(result.parts) < 2 or result.outcome in (Outcome.PASSED, Outcome.UNATTEMPTED):
        return ""
    items = "".join(
        f"<li>{_text(p.text)}: {points(p.earned, p.possible)}</li>" for p in result.parts
    )
    return f'<ul class="agk-parts" aria-label="Points by part">{items}</ul>'


COLOURS = {Mark.PASSED: "agk-good", Mark.NOT_YET: "agk-bad", Mark.NOTE: "agk-note"}


def _line(line: CardLine, picture: Picture) -> str:
    tag = '<span class="agk-tag">hidden check</span>' if line.hidden else ""
    free = '<span class="agk-tag">costs no points</span>' if line.mark is Mark.NOTE else ""
    found = "".join(_group(tried, group, picture) for tried, group in _tried_groups(line.findings))
    return (
        f'<li class="agk-line"><div class="agk-mark {COLOURS[line.mark]}">'
        f'<span aria-hidden="true">{line.mark.symbol}</span> {line.mark.word}</div>'
        f"<div>{_text(line.text)}{tag}{free}{found}</div></li>"
    )


def _group(tried: str, findings: Sequence[Finding], picture: Picture) -> str:
    shown = _block("tried", tried, CODE) if tried else ""
    brief = _all_numbers(findings)
    drawn = [_circuit_picture(f.circuit) if f.circuit else picture(f) for f in findings]
    found = "".join(
        _finding(f, picture, brief=brief) for f, picture in zip(findings, drawn, strict=True)
    )
    circuits = "".join(_circuit_table(f.circuit) for f in findings if f.circuit)
    return f'<div class="agk-found">{shown}{found}{circuits}</div>'


# Circuits need NumPy, and a card without one does not: they are imported where they are drawn.


def _circuit_picture(circuit: WrongCircuit) -> str:
    from autograder.student.cards.circuit_picture import wrong_circuit_picture

    return wrong_circuit_picture(circuit)


def _circuit_table(circuit: WrongCircuit) -> str:
    from autograder.student.cards.circuit_table import table_html

    return f'<div class="agk-wide">{table_html(circuit)}</div>'


def _circuit_text(circuit: WrongCircuit) -> list[str]:
    from autograder.student.cards.circuit_table import table_text

    return table_text(circuit)


def _all_numbers(findings: Sequence[Finding]) -> bool:
    """Whether several findings are about single numbers: then each sentence holds all there is to
    compare."""
    return len(findings) > 1 and not any(set(f.got + f.expected) & set(" [\n") for f in findings)


def _finding(finding: Finding, drawn: str, *, brief: bool) -> str:
    pair = ""
    if not (finding.hidden or brief) and (finding.got or finding.expected):
        blocks = [("got", finding.got), ("expected", finding.expected)]
        pair = "".join(
            f"<div>{_block(label, value, VALUE)}</div>" for label, value in blocks if value
        )
        pair = f'<div class="agk-pair">{pair}</div>'
    mistake = _mistake(finding.mistake) if finding.mistake else ""
    return _paragraph("agk-said", finding.message) + pair + _printed(finding) + drawn + mistake


def _printed(finding: Finding) -> str:
    """What the student's code printed, folded."""
    if not finding.printed:
        return ""
    block = _block("printed", finding.printed, VALUE)
    return f"<details><summary>What your code printed</summary>{block}</details>"


def _block(label: str, text: str, most: int) -> str:
    # tabindex lets a reader without a mouse scroll a wide array.
    return f'<p class="agk-label">{label}</p><pre tabindex="0" aria-label="{label}">{_text(text, most)}</pre>'


def _mistake(mistake: Diagnosis) -> str:
    text = f": {_text(mistake.text)}" if mistake.text else ""
    return f'<p class="agk-aside">The mistake looks like <b>{_text(mistake.name)}</b>{text}</p>'


def _hint(result: ExerciseResult) -> str:
    hint = _visible_hint(result)
    return f'<p class="agk-aside agk-hint"><b>Hint</b> {_text(hint)}</p>' if hint else ""


def _foot(footer: Sequence[str]) -> str:
    return f'<p class="agk-foot">{"<br>".join(map(_text, footer))}</p>' if footer else ""


def _line_text(line: CardLine) -> list[str]:
    tags = " [hidden check]" if line.hidden else ""
    if line.mark is Mark.NOTE:
        tags += " (costs no points)"
    rows = _prose(f"{line.mark.symbol} {line.mark.word}", line.text, tags)
    for tried, group in _tried_groups(line.findings):
        rows += _verbatim("  tried", tried, CODE)
        for finding in group:
            rows += _finding_text(finding, brief=_all_numbers(group))
        for circuit in [finding.circuit for finding in group if finding.circuit]:
            rows += _beside("  wires", _circuit_text(circuit))
    return rows


def _finding_text(finding: Finding, *, brief: bool) -> list[str]:
    rows = _prose("  found", finding.message)
    if not (finding.hidden or brief):
        rows += _verbatim("  got", finding.got, VALUE) + _verbatim(
            "  expected", finding.expected, VALUE
        )
    rows += _verbatim("  printed", finding.printed, LINE)
    return rows + (_prose("  mistake", _named(finding.mistake)) if finding.mistake else [])


def _sentences(text: str) -> list[str]:
    """Text wrapped below the title."""
    return textwrap.wrap(clip(text, SENTENCE), WIDTH, initial_indent="  ", subsequent_indent="  ")


def _prose(label: str, text: str, tags: str = "") -> list[str]:
    """A label in the gutter and wrapped text to the right of it."""
    flowing = " ".join(clip(text, SENTENCE).split()) + tags
    return _beside(label, textwrap.wrap(flowing, WIDTH - GUTTER - 2, break_on_hyphens=False))


def _verbatim(label: str, text: str, most: int) -> list[str]:
    """A label in the gutter and text to the right of it, its lines unchanged."""
    return _beside(label, clip(text, most).split("\n")) if text else []


def _beside(label: str, rows: Sequence[str]) -> list[str]:
    labels = [label, *[""] * (len(rows) - 1)]
    return (
        [f"  {name:<{GUTTER}}{row}" for name, row in zip(labels, rows, strict=True)] if rows else []
    )
