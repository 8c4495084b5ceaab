"""Draw one exercise's result as a card: HTML for the notebook and the student page, plain text for a terminal.

The HTML needs no script and no other file, takes its colours from JupyterLab's theme, and stays
readable when a
notebook that is not trusted loses its style: every symbol has its word beside it.
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence

from autograder.student.cards.style import STYLE
from autograder.student.cards.wording import (
    CODE,
    SENTENCE,
    VALUE,
    CardLine,
    Mark,
    clip,
    finding_sentence,
    headline,
    lines,
    points,
    said,
    shows_values,
    translated,
)
from autograder.student.model.circuits import WrongCircuit
from autograder.student.model.results import Diagnosis, ExerciseResult, Finding, Outcome

WIDTH, GUTTER = 88, 12
# Characters of what was printed that a terminal shows, where nothing can be folded.
LINE = 70
# What is shown without being opened: rows and columns of code, and wires of a picture.
MOST_ROWS, MOST_COLUMNS, MOST_WIRES = 12, 100, 10
# What may be wider than a card.
WIDE = re.compile("<(pre|svg|table|img)")
# Draws a finding without a circuit as safe HTML; "" where there is nothing to draw.
Picture = Callable[[Finding], str]


def card_html(
    result: ExerciseResult,
    *,
    advice: str = "",
    footer: Sequence[str] = (),
    level: int = 3,
    style: bool = True,
    scored: bool = True,
    picture: Picture = lambda _: "",
) -> str:
    """Draw a result as an HTML fragment.

    advice: a sentence on what to do next.  footer: small print.  level: of the heading.  style: bring
    the style along; a page that already has it does not need it again.  scored: show points, where
    the page has not shown them.  picture: of each finding without a circuit, below its words.
    """
    first, others = _first_failed(result)
    first_words = _paragraph("agk-said", " ".join(filter(None, (headline(result), advice))))
    shown = f"<ul>{_line(first, picture)}</ul>" if first and not result.blocked_by else ""
    return "".join(
        [
            f'<div class="agk {_state(result)}" role="group" aria-label="{_text(_label(result))}">',
            f"<style>{STYLE}</style>" if style else "",
            _head(result, level, scored=scored),
            _parts(result) if scored else "",
            first_words,
            shown,
            _mistake(result.diagnosis) if result.diagnosis else "",
            _hint(result),
            *([] if result.blocked_by else map(_named_only, _not_passed(others))),
            _more(first, others, picture, blocked=bool(result.blocked_by)),
            _foot(footer),
            "</div>",
        ]
    )


def card_text(result: ExerciseResult, *, advice: str = "", footer: Sequence[str] = ()) -> str:
    """Draw a result as plain text without a final line break; only code and values exceed WIDTH columns.

    Its own words are English in every course: they stand in a narrow column.
    """
    with translated({}):
        return "\n".join(row.rstrip() for row in _rows(result, advice, footer))


def _rows(result: ExerciseResult, advice: str, footer: Sequence[str]) -> list[str]:
    rows = [_label(result)]
    rows += _sentences(" ".join(filter(None, (headline(result), advice))))
    first, others = _first_failed(result)
    if first and not result.blocked_by:
        rows += _line_text(first)
    if result.diagnosis:
        rows += _prose("mistake", _named(result.diagnosis))
    if hint := _visible_hint(result):
        rows += _prose("hint", hint)
    for line in others if not result.blocked_by else ():
        rows += _brief_text(line)
    for text in footer:
        rows += _sentences(text)
    return rows


def _first_failed(result: ExerciseResult) -> tuple[CardLine | None, list[CardLine]]:
    """The first check that failed, and the other lines."""
    every = list(lines(result))
    if every and every[0].mark is Mark.NOT_YET:
        return every[0], every[1:]
    return None, every


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


def _said(name: str, *values: object) -> str:
    """A fixed sentence as safe HTML."""
    return _text(said(name, *values))


def _paragraph(kind: str, text: str) -> str:
    return f'<p class="{kind}">{_text(text)}</p>' if text else ""


def _head(result: ExerciseResult, level: int, *, scored: bool) -> str:
    # A role instead of <h3>: JupyterLab would list a real heading in the notebook's table of contents.
    symbol = '<span aria-hidden="true">✓ </span>' if result.outcome is Outcome.PASSED else ""
    colour = " agk-good" if symbol else ""
    return (
        f'<div class="agk-head"><div class="agk-title" role="heading" aria-level="{level}">{_text(result.title)} '
        f'<code>{_text(result.exercise)}</code></div><div class="agk-points{colour}" role="status">'
        f"{symbol}{_text(points(result.earned, result.possible)) if scored else ''}</div></div>"
    )


def _parts(result: ExerciseResult) -> str:
    """Points by part, where there is more than one part and some but not all points were earned."""
    if len(result.parts) < 2 or result.outcome in (Outcome.PASSED, Outcome.UNATTEMPTED):
        return ""
    items = "".join(
        f"<li>{_text(p.text)}: {_text(points(p.earned, p.possible))}</li>" for p in result.parts
    )
    label = _said("points_by_part")
    return f'<ul class="agk-parts" aria-label="{label}">{items}</ul>'


COLOURS = {Mark.PASSED: "agk-good", Mark.NOT_YET: "agk-bad", Mark.NOTE: "agk-note"}


def _line(line: CardLine, picture: Picture, whole: bool = False) -> str:
    """A check and what it found.  whole: also what the card folds of the first one."""
    groups = _tried_groups(line.findings)
    found = "".join(_group(tried, group, picture, whole) for tried, group in groups)
    # tabindex lets a reader without a mouse scroll what is wider than the card.
    label = f' tabindex="0" role="group" aria-label="{_said("found")}"'
    stop = label if WIDE.search(found) else ""
    shown = f'<div class="agk-found"{stop}>{found}</div>' if found else ""
    return f'<li class="agk-line">{_marked(line, "div")}<div>{_tagged(line)}{shown}</div></li>'


def _marked(line: CardLine, tag: str) -> str:
    symbol = f'<span aria-hidden="true">{line.mark.symbol}</span>'
    return f'<{tag} class="agk-mark {COLOURS[line.mark]}">{symbol} {_text(line.mark.word)}</{tag}>'


def _tagged(line: CardLine) -> str:
    """What a check is about, and whether it is hidden or costs nothing."""
    tag = f'<span class="agk-tag">{_said("hidden_check")}</span>' if line.hidden else ""
    is_free = line.mark is Mark.NOTE
    free = f'<span class="agk-tag">{_said("costs_nothing")}</span>' if is_free else ""
    return f"{_text(line.text)}{tag}{free}"


def _not_passed(lines: Iterable[CardLine]) -> list[CardLine]:
    return [line for line in lines if line.mark is not Mark.PASSED]


def _named_only(line: CardLine) -> str:
    """A check after the first, without what it found."""
    return f'<p class="agk-said">{_marked(line, "span")} {_tagged(line)}</p>'


def _more(
    first: CardLine | None, others: Sequence[CardLine], picture: Picture, *, blocked: bool
) -> str:
    """Everything that a card does not show at first, in one part that opens: one stop for the Tab key.

    blocked: the first check is not shown either, since another exercise has to be solved first.
    """
    folded = dict(_folded_of(first)) if first and not blocked else {}
    failed = [line for line in others if line.findings]
    if first and blocked:
        folded[_said("checks_saw")] = _list([first, *failed], picture)
    elif failed:
        folded[_said("checks_found", _checks(failed, "other_"))] = _list(failed, picture)
    passed = [line for line in others if line.mark is Mark.PASSED]
    texts = "".join(f"<li>{_text(line.text)}</li>" for line in passed)
    listed = f'<ul class="agk-list">{texts}</ul>'
    if passed and not folded:
        return _details(f"{_marked(passed[0], 'span')} {_text(_checks(passed))}", listed)
    if passed:
        folded[_said("checks_passed", _checks(passed))] = listed
    if not folded:
        return ""
    summary = _said("more", "{}").format(", ".join(folded))
    return _details(summary, "".join(folded.values()))


def _details(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>{body}</details>"


def _list(lines: Sequence[CardLine], picture: Picture) -> str:
    return f"<ul>{''.join(_line(line, picture, whole=True) for line in lines)}</ul>"


def _checks(lines: Sequence[CardLine], kind: str = "") -> str:
    return said(f"{kind}check" if len(lines) == 1 else f"{kind}checks", len(lines))


def _folded_of(line: CardLine) -> Iterator[tuple[str, str]]:
    """What is folded of the check that a card shows: long code, and what the student's code printed."""
    groups = _tried_groups(line.findings)
    long = [tried for tried, found in groups if tried and _is_folded(tried, found)]
    if long:
        yield _said("code_tried"), "".join(_block("tried", tried, CODE) for tried in long)
    if printed := [each.printed for each in line.findings if each.printed]:
        yield _said("code_printed"), "".join(_block("printed", t, VALUE) for t in printed)


def _group(tried: str, findings: Sequence[Finding], picture: Picture, whole: bool) -> str:
    """What was tried and what came of it."""
    shown = tried and (whole or not _is_folded(tried, findings))
    parts = [_block("tried", tried, CODE) if shown else ""]
    parts += [_finding(finding, picture(finding), whole) for finding in findings]
    parts += [_circuit(finding.circuit) for finding in findings if finding.circuit]
    return "".join(parts)


def _is_folded(tried: str, findings: Sequence[Finding]) -> bool:
    return any(finding.circuit for finding in findings) or _is_long(tried)


def _is_long(tried: str) -> bool:
    """Whether code is too long to be read at once, or more than calls and assignments."""
    rows = tried.split("\n")
    blocks = [row for row in rows if row.startswith(("for ", "def ", "class ", "with "))]
    return bool(blocks) or len(rows) > MOST_ROWS or max(map(len, rows)) > MOST_COLUMNS


def _circuit(circuit: WrongCircuit) -> str:
    """The picture of a circuit that went wrong; a table if it would be too small to be read."""
    # Not at the top: circuits need NumPy, and a command's help does not.
    from autograder.student.cards.circuit_nodes import table_html
    from autograder.student.cards.circuit_picture import wrong_circuit_picture

    drawn = wrong_circuit_picture(circuit) if len(circuit.nodes) <= MOST_WIRES else ""
    return drawn or table_html(circuit)


def _finding(finding: Finding, drawn: str, whole: bool) -> str:
    pair = ""
    if shows_values(finding):
        blocks = [("got", finding.got), ("expected", finding.expected)]
        pair = "".join(
            f"<div>{_block(label, value, VALUE)}</div>" for label, value in blocks if value
        )
        pair = f'<div class="agk-pair">{pair}</div>'
    mistake = _mistake(finding.mistake) if finding.mistake else ""
    printed = _block("printed", finding.printed, VALUE) if whole and finding.printed else ""
    return _paragraph("agk-said", finding_sentence(finding)) + pair + printed + drawn + mistake


def _block(label: str, text: str, most: int) -> str:
    return f'<p class="agk-label">{_said(label)}</p><pre>{_text(text, most)}</pre>'


def _mistake(mistake: Diagnosis) -> str:
    text = f": {_text(mistake.text)}" if mistake.text else ""
    return f'<p class="agk-aside">{_said("mistake")} <b>{_text(mistake.name)}</b>{text}</p>'


def _hint(result: ExerciseResult) -> str:
    hint = _visible_hint(result)
    return f'<p class="agk-aside agk-hint"><b>{_said("hint")}</b> {_text(hint)}</p>' if hint else ""


def _foot(footer: Sequence[str]) -> str:
    return f'<p class="agk-foot">{"<br>".join(map(_text, footer))}</p>' if footer else ""


def _brief_text(line: CardLine) -> list[str]:
    """A check after the first, in one sentence and the first of what it found."""
    tags = " [hidden check]" if line.hidden else ""
    if line.mark is Mark.NOTE:
        tags += " (costs no points)"
    rows = _prose(f"{line.mark.symbol} {line.mark.word}", line.text, tags)
    return rows + (_prose("  found", line.findings[0].message) if line.findings else [])


def _line_text(line: CardLine) -> list[str]:
    tags = " [hidden check]" if line.hidden else ""
    rows = _prose(f"{line.mark.symbol} {line.mark.word}", line.text, tags)
    for tried, group in _tried_groups(line.findings):
        rows += _verbatim("  tried", tried, CODE)
        for finding in group:
            rows += _finding_text(finding)
        for circuit in [finding.circuit for finding in group if finding.circuit]:
            rows += _beside("  circuit", _circuit_text(circuit))
    return rows


def _circuit_text(circuit: WrongCircuit) -> list[str]:
    from autograder.student.cards.circuit_nodes import table_text

    return table_text(circuit)


def _finding_text(finding: Finding) -> list[str]:
    rows = _prose("  found", finding_sentence(finding))
    if shows_values(finding):
        rows += _verbatim("  got", finding.got, VALUE)
        rows += _verbatim("  expected", finding.expected, VALUE)
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
