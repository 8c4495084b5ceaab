"""The card: its words, that nothing hostile gets through, and `check` in a notebook and outside one."""

import copy
import linecache
import re
import subprocess
import sys
import textwrap
from dataclasses import replace
from html.parser import HTMLParser

import nbformat
import pytest
from IPython.core.formatters import DisplayFormatter
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course.paths import HERE
from autograder.student import check
from autograder.student.cards.card import WIDTH, card_html, card_text
from autograder.student.cards.style import DARK, LIGHT, STYLE
from autograder.student.cards.wording import clean, clip, number, points
from autograder.student.checks import assignments, find_exercise
from autograder.student.model.circuits import Node, WrongCircuit
from autograder.student.model.results import Diagnosis, ExerciseResult, Finding, Outcome, PartResult
from autograder.student.notebook import ATTEMPTS, ShownPoints

TRANSPOSED = Diagnosis("transposed", "your dW has the right numbers, transposed")
WRONG = Finding(
    "dW is the measured slope.",
    "dW[0, 1] is 3, expected 2 (2 of 4 values differ)",
    ("dW",),
    tried="W = np.array([[1., 2.],\n [3., 4.]])\ndW, dX = matmul_backward(dD, W, X)",
    got="[[1., 3.],\n [2., 4.]]",
    expected="[[1., 2.],\n [3., 4.]]",
    mistake=TRANSPOSED,
)
HIDDEN = Finding(
    "Other shapes.", "dW is not what it should be", ("dW",), mistake=TRANSPOSED, hidden=True
)
WARNING = Finding(
    "Inputs stay.", "your code changes its input dD in place; work on a copy", warning=True
)
PARTS = (PartResult("dW", "gradient of W", 0.0, 2.0), PartResult("dX", "gradient of X", 2.0, 2.0))
FAILED = ExerciseResult(
    "matmul_backward",
    "Matrix product, backward pass",
    Outcome.FAILED,
    PARTS,
    passed=("The shapes are right.",),
    findings=(WRONG, HIDDEN, WARNING),
    hint="Which two matrices give the shape of W?",
)
PASSED = ExerciseResult(
    "relu", "ReLU", Outcome.PASSED, (PartResult("f", "f", 1.0, 1.0),), passed=("Zero stays zero.",)
)
NUMBERS = (Node("x", "", (), 0.5, 3.0), Node("f", "exp", ("x",), 1.6487, 2.0))
CIRCUIT = WrongCircuit(NUMBERS, (Node("x", "", (), None, 3.2974), Node("f", "exp", ("x",))), ("x",))
UNATTEMPTED = ExerciseResult(
    "relu",
    "ReLU",
    Outcome.UNATTEMPTED,
    (PartResult("f", "f", 0.0, 1.0),),
    findings=(WRONG,),
    hint="Look at z.",
)
BLOCKED = ExerciseResult(
    "relu",
    "ReLU",
    Outcome.FAILED,
    (PartResult("f", "f", 0.0, 1.0),),
    (),
    (WRONG,),
    hint="Look.",
    blocked_by="sigmoid",
)

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</code></div><style>*{display:none}</style>",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J",
    "\u202egnp.exe\u2066\u200f\u061c",
    "[bold red]markup[/bold red]",
    "\x00\x07\x08\r\x85\u2028\ufeff\ud800\U000e0041",
    "=HYPERLINK(1)",
    "{{ 7 * 7 }}{% raw %}",
    "x" * 100_000,
    "line\n" * 5_000,
]
RAW = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200f\u2028\u202e\u2066\ufeff\ud800-\udfff\U000e0041]"
)


class Tags(HTMLParser):
    """The tags of a page, in order, with the names of their attributes; fails on tags that do not close."""

    VOID = frozenset({"br", "meta", "link", "img"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, tuple(name for name, _ in attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def words(page):
    return " ".join(" ".join(Tags(page).words).split())


def filled_with(text):
    """A result in which everything that can carry text carries this one."""
    mistake = Diagnosis(text, text)
    circuit = WrongCircuit(
        (Node(text, text, (text,)),), (Node(text, text, (text,)),), (text,), text
    )
    findings = [
        Finding(
            text,
            text,
            (text,),
            text,
            text,
            text,
            mistake,
            hidden=hidden,
            warning=warning,
            circuit=circuit,
        )
        for hidden in (False, True)
        for warning in (False, True)
    ]
    parts = (PartResult(text, text, 0.0, 1.0), PartResult(text, text, 1.0, 1.0))
    other = Diagnosis(text + "!", text)
    return ExerciseResult(text, text, Outcome.FAILED, parts, (text,), tuple(findings), other, text)


def test_the_text_card_reads_as_it_should():
    assert card_text(FAILED, footer=("Points so far.",)) == textwrap.dedent(
        """\
        Matrix product, backward pass (matmul_backward): 2 of 4 points
          ✗ not yet   dW is the measured slope.
            tried     W = np.array([[1., 2.],
                       [3., 4.]])
                      dW, dX = matmul_backward(dD, W, X)
            found     dW[0, 1] is farthest off (2 of 4 values differ)
            got       [[1., 3.],
                       [2., 4.]]
            expected  [[1., 2.],
                       [3., 4.]]
            mistake   transposed: your dW has the right numbers, transposed
          hint        Which two matrices give the shape of W?
          ✗ not yet   Other shapes. [hidden check]
            found     dW is not what it should be
          ! note      your code changes its input dD in place; work on a copy (costs no points)
          ✓ passed    The shapes are right.
          Points so far."""
    )


def test_an_unattempted_exercise_gets_one_calm_line_and_no_hint():
    text = card_text(UNATTEMPTED, advice="Run the cell.")
    assert text.startswith("ReLU (relu): 0 of 1 point\n  Not attempted yet. Run the cell.")
    for card in (text, card_html(UNATTEMPTED)):
        assert "Look at z." not in card


def test_a_blocked_exercise_points_at_the_one_to_solve_first():
    assert (
        card_text(BLOCKED)
        == "ReLU (relu): 0 of 1 point\n  First get sigmoid right: the failed checks build on it."
    )
    card = card_html(BLOCKED)
    assert "First get sigmoid right: the failed checks build on it." in words(card)
    assert "Hint" not in words(card)
    assert card.index("<details>") < card.index("dW[0, 1] is farthest off")


def test_the_html_card_says_in_words_what_it_says_in_symbols():
    said = words(card_html(FAILED))
    for text in (
        "2 of 4 points",
        "1 check that passed",
        "✗ not yet",
        "! note",
        "costs no points",
        "hidden check",
        "Hint Which",
    ):
        assert text in said
    assert "gradient of W: 0 of 2 points" in said
    assert "The mistake looks like transposed : your dW has" in said


def test_the_first_failing_check_is_open_its_hint_right_below_and_all_others_are_folded():
    checks = [Finding(f"Check {i}.", f"f is {i}, expected 9", ("dW",), "f()") for i in (1, 2, 3)]
    result = replace(FAILED, findings=tuple(checks), passed=("Fine.",))
    card = card_html(result).replace(STYLE, "")
    opened, folded = card.split("<details>")
    assert "f is 1, expected 9" in opened and "f is 2" not in opened
    assert opened.index("Check 1.") < opened.index("f is 1") < opened.index("Hint")
    assert "✗ not yet Check 2. ✗ not yet Check 3." in words(card)
    assert opened.index("Hint") < opened.index("Check 2.")
    summary, inside = folded.removeprefix("<summary>").split("</summary>")
    assert summary == "More: what 2 other checks found, 1 check that passed"
    assert "f is 2, expected 9" in inside and "Fine." in inside


def test_all_that_passed_is_one_line_that_opens():
    card = card_html(replace(FAILED, outcome=Outcome.PASSED, findings=(), diagnosis=None))
    assert words(card.split("<summary>")[1].split("</summary>")[0]) == "✓ passed 1 check"


@pytest.mark.parametrize("tried", ["f()", "for x in xs:\n    f(x)"])
@pytest.mark.parametrize("circuit", [None, CIRCUIT])
@pytest.mark.parametrize("printed", ["", "1.667"])
def test_a_card_is_left_after_two_tabs_at_most(tried, circuit, printed):
    finding = Finding("A check.", "f is 1, expected 9", ("dW",), tried, "1", "9", circuit=circuit)
    first = replace(finding, printed=printed)
    others = [replace(first, check=f"Check {i}.") for i in range(4)]
    card = card_html(replace(FAILED, findings=(first, replace(first, tried="g()"), *others)))
    shown = re.sub(r"</summary>.*?</details>", "", card, flags=re.DOTALL)
    assert shown.count("<details") + shown.count('tabindex="0"') == 2


def test_a_change_of_points_is_announced():
    points = re.search(r'<div class="agk-points" role="status">([^<]*)', card_html(FAILED))
    assert points and points[1] == "2 of 4 points"


@pytest.mark.parametrize(
    ("message", "got", "expected", "said"),
    [
        ("f is 1, expected 2", "1", "2", "f is 1, expected 2"),
        ("dw[0, 0] is 1, expected 2", "[[1]]", "[[2]]", "dw[0, 0] is 1, expected 2"),
        ("f is None: nothing was returned", "None", "2", "f is None: nothing was returned"),
        (
            "dw[1] is 3, expected 4 (1 of 2 values differ)",
            "[1, 3]",
            "[1, 4]",
            "dw[1] is farthest off (1 of 2 values differ)",
        ),
        (
            "dw[1] is 3, but nudging w[1] up and down gives 4 (1 of 2 values differ)",
            "[1, 3]",
            "[1, 4]",
            "dw[1] is farthest off what nudging w[1] up and down gives (1 of 2 values differ)",
        ),
    ],
)
def test_a_wrong_number_stands_once(message, got, expected, said):
    finding = Finding("A check.", message, ("dW",), "f()", got, expected)
    shown = words(card_html(replace(FAILED, findings=(finding,), diagnosis=None, passed=())))
    assert said in shown
    wrong = (
        re.findall(r"\b3\b|\b1, 3", shown)
        if got == "[1, 3]"
        else re.findall(r"(?:is |\[)1\b", shown)
    )
    assert len(wrong) <= 1


@pytest.mark.parametrize(
    ("tried", "is_folded"),
    [
        ("x = 1\ny = f(x)", False),
        ("xs = [1]\nfor x in xs:\n    f(x)", True),
        ("\n".join(f"x{i} = {i}" for i in range(20)), True),
        (f"x = {list(range(60))}\nf(x)", True),
    ],
)
def test_long_code_that_was_tried_is_folded(tried, is_folded):
    finding = Finding("A check.", "f is 1, expected 2", ("dW",), tried, "1", "2")
    card = card_html(replace(FAILED, findings=(finding,), passed=()))
    assert ("the code that was tried" in card) is is_folded


def test_got_stands_beside_expected():
    card = card_html(FAILED)
    pair = card[card.index('class="agk-pair"') :]
    assert pair.index("got") < pair.index("expected")
    assert "[[1., 3.],\n [2., 4.]]" in pair


def test_a_hidden_check_never_shows_inputs_or_expected_values_even_if_a_finding_holds_them():
    careless = Finding(
        "Other shapes.",
        "dW is wrong",
        ("dW",),
        "secret_input",
        "secret_got",
        "secret_answer",
        None,
        True,
    )
    result = ExerciseResult("f", "F", Outcome.FAILED, PARTS, findings=(careless,))
    for card in (card_html(result), card_text(result)):
        assert "dW is wrong" in card
        assert "secret" not in card


def test_the_diagnosis_of_the_exercise_is_not_repeated_at_each_finding():
    result = ExerciseResult(
        "f", "F", Outcome.FAILED, PARTS, findings=(WRONG, HIDDEN), diagnosis=TRANSPOSED
    )
    assert card_html(result).count("The mistake looks like") == 1
    assert card_text(result).count("mistake ") == 1


def test_several_wrong_numbers_of_one_call_are_compared_in_a_sentence_each():
    one = Finding("Gates.", "db is 1, expected 2", ("db",), "call()", "1", "2")
    two = Finding("Gates.", "da is 3, expected 4", ("da",), "call()", "3", "4")
    result = ExerciseResult("f", "F", Outcome.FAILED, PARTS, findings=(one, two))
    card = card_html(result)
    assert card.count("call()") == 1
    assert "agk-pair" not in card.replace(STYLE, "")
    assert "db is 1, expected 2" in card
    assert "da is 3, expected 4" in card


def circuits_of(*findings):
    return ExerciseResult("f", "F", Outcome.FAILED, PARTS, findings=findings)


def test_a_circuit_that_went_wrong_is_a_table_in_text_and_holds_each_number_once():
    result = circuits_of(
        Finding(
            "Gates.", "dx is 3, expected 3.2974", ("dx",), "call()", "3", "3.2974", circuit=CIRCUIT
        )
    )
    assert card_text(result).split("dx is 3, expected 3.2974\n")[1] == (
        "    circuit   wire  made of   value   gradient\n"
        "              x     an input  0.5     3, expected 3.2974  ✗ goes wrong here\n"
        "              f     exp of x  1.6487  2"
    )
    card = card_html(result)
    assert card.count("expected") == card.count("expected 3.2974")
    assert "<table" not in card
    assert card.index("dx is 3") < card.index("<svg") < card.index("the code that was tried")


def test_a_circuit_too_large_for_a_picture_is_a_table_with_a_mark_in_words():
    many = [Node(f"n{i}", "+", ("n0",), 0.5, 3.0) for i in range(1, 12)]
    nodes = (Node("n0", "", (), 0.5, 3.0), *many)
    circuit = WrongCircuit(nodes, (Node("n0", "", (), None, 3.2974),), ("n0",))
    card = card_html(circuits_of(Finding("Gates.", "n0 is wrong", ("dx",), circuit=circuit)))
    assert "<svg" not in card
    assert "n0 an input 0.5 3, expected 3.2974 ✗ goes wrong here" in words(card)


def test_a_card_brings_the_picture_of_a_circuit_along():
    result = circuits_of(Finding("Gates.", "dx is 3, expected 3.297", ("dx",), circuit=CIRCUIT))
    card = card_html(result)
    assert [names for tag, names in Tags(card).seen if tag == "svg"] == [
        ("viewbox", "width", "style", "role", "aria-label")
    ]
    alt = "The circuit with your numbers. x: an input, value 0.5, gradient 3, marked wrong. f: exp of x"
    assert f'role="img" aria-label="{alt}' in card


def test_a_circuit_without_numbers_is_shown_where_no_other_is():
    bare = WrongCircuit(tuple(replace(n, value=None, gradient=None) for n in NUMBERS), (), ("x",))
    hidden = Finding(
        "Other points.", "dx is not what it should be", ("dx",), hidden=True, circuit=bare
    )
    shown = Finding("Gates.", "dx is 3, expected 3.297", ("dx",), circuit=CIRCUIT)
    assert card_text(circuits_of(hidden)).count("goes wrong here") == 1
    assert card_html(circuits_of(hidden)).count("✗ wrong") == 1
    assert card_text(circuits_of(shown, hidden)).count("goes wrong here") == 1
    assert card_html(circuits_of(shown, hidden)).count("✗ wrong") == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_never_comes_out_raw(text):
    card = card_html(filled_with(text))
    assert Tags(card).seen == Tags(card_html(filled_with("harmless"))).seen
    assert not RAW.search(card)
    assert len(card) < 200_000
    plain = card_text(filled_with(text))
    assert not RAW.search(plain)
    assert "[31m" not in plain
    assert len(plain) < 200_000


def test_prose_in_the_text_card_keeps_to_the_width():
    result = ExerciseResult(
        "f", "F", Outcome.FAILED, PARTS, passed=("word " * 60,), hint="hint " * 60
    )
    rows = card_text(result, footer=("small " * 60,)).split("\n")
    assert len(rows) > 9
    assert max(map(len, rows)) <= WIDTH


def test_the_card_needs_no_script_and_nothing_from_elsewhere():
    card = card_html(FAILED)
    assert {tag for tag, _ in Tags(card).seen} <= {
        "div",
        "style",
        "code",
        "ul",
        "li",
        "span",
        "p",
        "pre",
        "b",
        "br",
        "details",
        "summary",
    }
    assert not re.search(r"https?:|url\(|@import|\bon\w+=|<script", card)


def luminance(colour):
    digits = colour if len(colour) == 6 else "".join(d * 2 for d in colour)
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


# JupyterLab's own output background takes the place of the paper there.
@pytest.mark.parametrize(
    ("theme", "jupyterlab"), [(LIGHT, "ffffff"), (DARK, "111111"), (DARK, "212121")]
)
def test_every_text_has_enough_contrast_in_either_theme(theme, jupyterlab):
    tokens = dict(re.findall(r"--agk-(\w+):#(\w+)", theme))
    for text in ("ink", "quiet", "good", "bad", "note", "blue"):
        for ground in (tokens["paper"], tokens["panel"], jupyterlab):
            low, high = sorted([luminance(tokens[text]), luminance(ground)])
            assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)


def test_text_is_cleaned_but_not_changed():
    assert clean("a\tb\r\nc — Zoë 山田 שלום 👩\u200d🔬") == "a\tb\nc — Zoë 山田 שלום 👩\u200d🔬"
    assert clip("abcdef", 3) == "abc … (3 more characters)"
    assert [number(x) for x in (2.0, 2.5, 2 / 3, 0.1 + 0.2)] == ["2", "2.5", "0.67", "0.3"]
    assert (points(1.0, 1.0), points(1.5, 3.0)) == ("1 of 1 point", "1.5 of 3 points")
    assert points(20.0, 18.0) == "20 of 18 points, the bonus included"


def test_a_score_is_the_plain_number_to_nbgrader_and_the_card_to_a_reader():
    score = ShownPoints(2.0, "<p>card</p>")
    shown, _ = DisplayFormatter().format(score)
    assert shown == {"text/plain": "2.0", "text/html": "<p>card</p>"}
    assert score + 1 == 3.0
    assert copy.copy(score).card == score.card


# What a student's notebook holds above its check cells; `check` reads it from the caller's globals.
RIGHT = "import numpy as np\ndef sigmoid_grad(f):\n    f = np.asarray(f, float)\n    return (1 - f) * f\n"
WRONG_CODE = "def sigmoid_grad(f):\n    return {} * f\n"
STAGED = (
    "def sigmoid_staged(w, x):\n    dot = w[0] * x[0] + w[1] * x[1] + w[2]\n    c = 1 / (1 + np.exp(-dot))\n"
    "    slope = (1 - c) * c\n    forward = dict(dot=dot, neg=-dot, a=np.exp(-dot), b=1 + np.exp(-dot), c=c)\n"
    "    return forward | dict(dc=1.0, db=-c, da=-c, dneg=-slope, ddot=slope)\n"
)
NOISY = (
    "import logging, sys, warnings\n"
    "log = logging.getLogger('mine')\nlog.addHandler(logging.StreamHandler(sys.stderr))\n"
    "def sigmoid_grad(f):\n"
    "    warnings.warn('deprecated', DeprecationWarning)\n    np.float64(1) / np.float64(0)\n"
    "    print('shout', file=sys.stderr)\n    log.error('shout')\n    return (1 - f) * f\n"
)


@pytest.fixture
def notebook():
    """Runs code as cells of one notebook and gives what `check` returned."""
    namespace: dict[str, object] = {"check": check}
    ATTEMPTS.clear()

    def run(code, name="sigmoid_grad"):
        exec(f"{code}\nscore = check({name!r})", namespace)
        return namespace["score"]

    yield run
    ATTEMPTS.clear()


def test_check_judges_the_callers_own_functions(notebook, capsys):
    assert notebook(RIGHT) == 1.0
    out, err = capsys.readouterr()
    assert "✓ passed" in out
    assert "All visible checks pass." in out
    assert err == ""


def test_a_failed_check_shows_got_and_expected_outside_a_notebook_too(notebook, capsys):
    assert notebook(WRONG_CODE.format(1)) == 0.0
    out, err = capsys.readouterr()
    assert "slope is 0.5, expected 0.25" in out
    assert err == ""


def test_nothing_reaches_stderr_whatever_the_students_code_does(notebook, capsys):
    assert notebook(RIGHT + NOISY) == 1.0
    out, err = capsys.readouterr()
    assert err == ""
    assert "! note" in out


def test_an_interrupted_check_is_one_card_that_says_where_it_was(notebook, capsys):
    assert notebook("def sigmoid_grad(f):\n    raise KeyboardInterrupt\n") == 0.0
    out = capsys.readouterr().out
    assert out.count("not yet") == 1
    assert "found     you interrupted the call" in out


def test_an_endless_loop_is_interrupted_to_one_card_with_its_line(notebook, monkeypatch):
    monkeypatch.setattr("autograder.student.judging.timed.CALL_SECONDS", 0.2)
    code = "def sigmoid_grad(f):\n    while True:\n        f = f + 1\n"
    linecache.cache["<endless>"] = (len(code), None, code.splitlines(keepends=True), "<endless>")
    namespace = {}
    exec(compile(code, "<endless>", "exec"), namespace)
    card = words(eval("check('sigmoid_grad')", {"check": check, **namespace}).card)
    assert card.count("not yet") == 1
    assert re.search(
        r"was interrupted in sigmoid_grad, in the line “(while True:|f = f \+ 1)”", card
    )


def test_an_interrupt_outside_of_the_students_code_is_a_sentence(notebook, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("autograder.student.notebook.judge_visible", interrupted)
    assert notebook(RIGHT) == 0.0
    assert capsys.readouterr().out == "You interrupted the check. Run this cell again.\n"


def test_the_next_hint_comes_when_the_code_has_changed_and_still_fails(notebook):
    hints = find_exercise("sigmoid_grad")[1].hints
    assert len(hints) == 3

    def shown(code):
        return [
            i
            for i, hint in enumerate(hints)
            if " ".join(hint.split()) in words(notebook(code).card)
        ]

    versions = [WRONG_CODE.format(i) for i in (1, 1, 2, 3, 4)]
    assert [shown(version) for version in versions] == [[0], [0], [1], [2], [2]]
    assert shown(RIGHT) == []


def test_a_mistake_with_a_name_gets_a_hint_only_when_it_comes_again_and_uses_up_none(notebook):
    hints = find_exercise("sigmoid_grad")[1].hints

    def shown(formula):
        text = "import numpy as np\ndef sigmoid_grad(f):\n    s = 1 / (1 + np.exp(-f))\n"
        card = words(notebook(f"{text}    return {formula}\n").card)
        return [i for i, hint in enumerate(hints) if " ".join(hint.split()) in card]

    twice, other = ("s * (1 - s)", "s - s * s"), "f * f + 1"
    assert [shown(formula) for formula in (twice[0], twice[0], other)] == [[], [], [0]]
    assert [shown(formula) for formula in (*twice, other)] == [[], [1], [2]]


def test_an_untouched_stub_is_told_how_to_begin(notebook, capsys):
    assert notebook("def sigmoid_grad(f):\n    raise NotImplementedError()\n") == 0.0
    out = capsys.readouterr().out
    assert "Not attempted yet. To begin, replace" in out
    assert "hint" not in out


def test_a_function_that_is_not_there_is_asked_for(notebook, capsys):
    assert notebook("") == 0.0
    out = capsys.readouterr().out
    assert "sigmoid_grad is not defined" in out
    assert "Run the cell that defines it" in out


def test_points_add_up_over_the_notebook(notebook, capsys):
    notebook(WRONG_CODE.format(1))
    notebook(RIGHT)
    assignment, exercise = find_exercise("sigmoid_grad")
    out = capsys.readouterr().out
    total = number(sum(e.points for e in assignment.exercises))
    assert f"Notebook so far: 0 of {total} points." in out
    assert f"Notebook so far: {number(exercise.points)} of {total} points." in out
    assert "hidden checks" not in " ".join(out.split())


def test_points_of_a_bonus_stand_beside_those_of_the_notebook(notebook, capsys):
    assignment, bonus = find_exercise("paraboloid_paths")
    assert bonus.bonus
    solution = HERE.source(assignment.name).read_text(encoding="utf-8")
    [cell] = re.findall(r'# %% exercise="paraboloid_paths"\n(.*?)\n\n\n# %%', solution, re.DOTALL)
    assert notebook(f"import numpy as np\n{cell}\n", name=bonus.name) == bonus.points
    of = f"0 of {number(assignment.checked)} points, and a bonus of {number(bonus.points)}."
    assert f"Notebook so far: {of}" in capsys.readouterr().out


def test_an_unknown_name_is_a_sentence_with_the_nearest_names(notebook, capsys):
    score = notebook("", name="sigmoid_gard")
    out, err = capsys.readouterr()
    assert score == 0.0
    assert out.startswith(
        "check('sigmoid_gard'): there is no exercise of this name; did you mean 'sigmoid_grad'"
    )
    assert err == ""
    assert "did you mean" in score.card
    said = notebook("", name="qqq").card
    assert "the exercises are " in said
    assert "sigmoid, sigmoid_grad" in said


def test_an_unknown_name_is_escaped(notebook):
    assert "<script>" not in notebook("", name="<script>").card


def test_a_terminal_that_lacks_the_symbols_still_gets_the_words():
    code = f"{RIGHT}\nfrom autograder.student import check\ncheck('sigmoid_grad')"
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii"},
        check=True,
        text=True,
    )
    assert "? passed" in run.stdout
    assert run.stderr == ""


def test_the_types_that_enter_the_sandbox_bring_no_exercise_with_them():
    code = (
        "import sys, autograder.student.judging.probes; "
        "print(*(n for n in sys.modules if 'autograder.student.' in n))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert "autograder.student.judging.probes" in run.stdout
    assert "checks" not in run.stdout
    assert "notebook" not in run.stdout


def test_a_real_kernel_shows_the_card_and_nbgrader_reads_the_points():
    from nbgrader.utils import determine_grade

    graded = {
        "grade": True,
        "solution": False,
        "locked": True,
        "points": 1.0,
        "grade_id": "c",
        "schema_version": 3,
    }
    cells = [
        new_code_cell("from autograder.student import check"),
        new_code_cell(RIGHT + NOISY.replace("(1 - f) * f", "f * f")),
        new_code_cell("check('sigmoid_grad')", metadata={"nbgrader": graded}),
        new_code_cell(RIGHT),
        new_code_cell("check('sigmoid_grad')", metadata={"nbgrader": graded}),
        new_code_cell(STAGED),
        new_code_cell("check('sigmoid_staged')"),
    ]
    ran = NotebookClient(new_notebook(cells=cells), kernel_name="python3", timeout=120).execute()
    nbformat.validate(ran)
    for cell, earned in ((ran.cells[2], 0.0), (ran.cells[4], 1.0)):
        (output,) = cell.outputs
        assert output.output_type == "execute_result"
        assert output.data["text/plain"] == f"{earned}"
        assert "sigmoid_grad" in output.data["text/html"]
        assert determine_grade(cell) == (earned, 1.0)
    (output,) = ran.cells[6].outputs
    assert (
        'aria-label="The circuit with your numbers. dot: an input, value 1,'
        in output.data["text/html"]
    )


@pytest.mark.parametrize(
    ("answer", "help_"),
    [
        ("return None", "Let the function end with return"),
        ("return 'x'", "Return numbers or an array of numbers"),
        ("return f * (1 - f), f", "Return the one value that is asked for"),
        ("return np.ones((3, 4, 5))", "Print the shapes of the arrays"),
        ("return f * (1 - ff)", "Compare the line letter by letter"),
    ],
)
def test_an_error_of_form_gets_help_with_the_form_and_uses_up_no_hint(notebook, answer, help_):
    hints = [" ".join(hint.split()) for hint in find_exercise("sigmoid_grad")[1].hints]
    card = words(notebook(f"import numpy as np\ndef sigmoid_grad(f):\n    {answer}\n").card)
    assert f"Hint {help_}" in card
    assert not any(hint in card for hint in hints)
    assert hints[0] in words(notebook(WRONG_CODE.format(1)).card)


def test_hints_go_by_the_part_that_fails():
    exercise = find_exercise("affine_backward")[1]
    about_db, about_dx = exercise.hints[1:3]
    assert exercise.hints_for({"db"}) == [exercise.hints[0], about_db, exercise.hints[3]]
    assert exercise.hints_for({"dx", "dw"}) == [exercise.hints[0], about_dx, exercise.hints[3]]


EXERCISES = [exercise for assignment in assignments() for exercise in assignment.exercises]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_the_first_two_hints_ask_or_point_and_state_no_formula(exercise):
    parts = {part.name for part in exercise.parts}
    assert all(set(about) <= parts for about in exercise.hint_parts.values())
    for lost in ({part} for part in parts):
        first, second, *_ = exercise.hints_for(lost)
        assert "?" in first
        assert "?" in second or second.startswith("Look") or second == exercise.hints[-1]
