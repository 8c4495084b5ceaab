"""Tables, pages and JSON: they count right, lose no one, and let nothing hostile through."""

import io
import json
import re
import tracemalloc
from dataclasses import fields, replace
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.errors import MisuseError
from autograder.outputs.escape import csv_cell, one_line
from autograder.outputs.pages import PageMeta, file_name, write_pages
from autograder.outputs.pictures.histogram import draw_histogram
from autograder.outputs.tally import diagnoses, histogram, mistake_of, outcome, tally
from autograder.outputs.terminal import print_reports
from autograder.reports.report_json import SCHEMA, from_dict, read_json, to_dict, write_json
from autograder.student.model.circuits import Node, WrongCircuit
from autograder.student.model.results import (
    Diagnosis,
    ExerciseResult,
    Finding,
    Identity,
    Outcome,
    PartResult,
    Provenance,
    Report,
    Status,
)

IGNORED = Diagnosis("upstream ignored", "Your gradients are right only for dout = 1.")
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style><b>",
    "../../etc/passwd",
    "\x1b[31mred\x1b[0m\x9b2J\x07",
    "\u202egnp.exe",
    "[bold red]markup[/bold red] [link=x]y[/link]",
    ":smile:",
    "{{ 7 * 7 }}{% raw %}",
    "=cmd|' /C calc'!A0",
    "\ud800",
    'O\'Brien, "Zoë" / 山田 שלום',
    "CON",
    " ",
    "x" * 100_000,
]
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]")


def exercise(name, earned, possible=2.0, outcome=None, mistake=None, blocked_by=""):
    outcome = outcome or (Outcome.PASSED if earned == possible else Outcome.FAILED)
    findings = (
        ()
        if outcome is Outcome.PASSED
        else (Finding("A check.", "f is 1, expected 2", ("f",), mistake=mistake),)
    )
    return ExerciseResult(
        name,
        name.title(),
        outcome,
        (PartResult("f", "the value", earned, possible),),
        (),
        findings,
        None,
        "",
        blocked_by,
    )


def report(student, *points, assignment="03_sigmoid_neuron", mistake=None):
    exercises = tuple(
        exercise(f"exercise_{i}", p, mistake=mistake) for i, p in enumerate(points, 1)
    )
    return Report(
        Identity(student),
        assignment,
        Status.GRADED,
        exercises,
        possible=2.0 * len(points),
        seconds=0.5,
    )


def unreadable(student, reason="s.ipynb is not JSON"):
    return Report(Identity(student), "03_sigmoid_neuron", Status.UNREADABLE, reason=reason)


def idle(student):
    exercises = tuple(exercise(f"exercise_{i}", 0.0, outcome=Outcome.UNATTEMPTED) for i in (1, 2))
    return Report(Identity(student), "03_sigmoid_neuron", Status.GRADED, exercises, possible=4.0)


CLASS = [
    report("s002", 2.0, 0.0, mistake=IGNORED),
    report("s001", 2.0, 2.0),
    report("s003", 1.0, 0.5, mistake=IGNORED),
    idle("s004"),
    unreadable("s005"),
]


class Document(HTMLParser):
    """What a page is made of: its tags with the names of their attributes, its links and its words."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, tuple(name for name, _ in attributes)))
        found = dict(attributes)
        self.links += [found["href"]] if "href" in found else []
        self.ids += [found["id"]] if "id" in found else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, tuple(name for name, _ in attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self):
        return True


def printed(reports, written=()):
    stream = io.StringIO()
    print_reports(reports, stream, written)
    return stream.getvalue()


def written(reports, folder, meta=None):
    """The pages by their path from the folder of the class page."""
    paths = write_pages(reports, folder, meta or PageMeta("A course"))
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}


# --- the table


def test_the_table_reads_as_it_should():
    assert printed(CLASS, ["out/class.html"]) == (
        "03_sigmoid_neuron\n"
        "\n"
        "           exercise_   exercise_\n"
        " student           1           2   total   outcome         diagnosis\n"
        " ──────────────────────────────────────────────────────────────────────────────────────────────────\n"
        " s001            2/2         2/2     4/4   all passed\n"
        " s002            2/2         0/2     2/4   1 of 2 passed   exercise_2: upstream ignored\n"
        " s003            1/2       0.5/2   1.5/4   0 of 2 passed   exercise_1, exercise_2: upstream ignored\n"
        " s004            0/2         0/2     0/4   not attempted\n"
        " s005              –           –       –   unreadable      s.ipynb is not JSON\n"
        "\n"
        "4 graded, 1 unreadable; 03_sigmoid_neuron: mean 1.88 of 4 points\n"
        "written: out/class.html\n"
    )


def test_each_assignment_has_its_table():
    out = printed([report("s001", 2.0, assignment="04_matmul"), report("s001", 0.0)])
    assert out.index("03_sigmoid_neuron\n") < out.index("04_matmul\n")
    assert (
        "2 graded, 0 unreadable; 03_sigmoid_neuron: mean 0.00 of 2 points; 04_matmul: mean 2.00 of 2 points"
        in out
    )


def test_a_pipe_truncates_no_name_and_no_points():
    names = [f"{'Maria Magdalena ' * 5}{i}" for i in range(3)]
    out = printed([report(name, *[0.5] * 15) for name in names])
    for name in names:
        (row,) = [line for line in out.split("\n") if name in line]
        assert row.count("0.5/2") == 15


def test_a_narrow_screen_numbers_the_exercises_and_keeps_names_and_points(monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setenv("TERM", "xterm")
    stream = Screen()
    print_reports(
        [
            *(report(f"s00{i}", *[1.0] * 5, mistake=IGNORED) for i in range(3)),
            unreadable("s9", "no"),
        ],
        stream,
    )
    rows = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()).split("\n")
    assert "1 exercise_1, 2 exercise_2" in rows[0]
    for i in range(3):
        (row,) = [row for row in rows if f"s00{i}" in row]
        assert row.count("1/2") == 5
        assert "5/10" in row
        assert len(row) <= 70
    assert any("s9" in row and "unreadable: no" in row for row in rows)


@pytest.mark.parametrize("text", HOSTILE)
def test_the_table_prints_hostile_text_as_harmless_text(text):
    hostile = Diagnosis(text, text)
    out = printed([report(text, 0.0, mistake=hostile), unreadable("s9", reason=text)], [text])
    assert not RAW.search(out)
    assert "[31m" not in out
    assert len(out) < 10_000
    assert one_line(text, 40)[:40] in out
    assert len(out.split("\n")) == len(
        printed([report("a", 0.0, mistake=IGNORED), unreadable("s9")], ["b"]).split("\n")
    )


def test_an_encoding_that_lacks_a_letter_does_not_stop_the_table():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1")
    print_reports([report("山田", 2.0), report("Zoë", 2.0)], stream)
    stream.flush()
    text = raw.getvalue().decode("latin-1")
    assert "Zoë" in text
    assert "?? " in text


def test_named_mistakes_come_first_then_consequences_then_what_is_open():
    results = (
        exercise("a", 0.0, outcome=Outcome.UNATTEMPTED),
        exercise("b", 0.0, blocked_by="d"),
        exercise("c", 0.0, outcome=Outcome.TIMED_OUT),
        exercise("d", 0.0, mistake=IGNORED),
        exercise("e", 2.0),
    )
    mixed = Report(Identity("s"), "x", Status.GRADED, results, possible=10.0)
    assert (
        diagnoses(mixed, 4)
        == "d: upstream ignored; c: ran out of time; b: its failed checks build on d; a: not attempted"
    )
    assert diagnoses(mixed, 2) == "d: upstream ignored; c: ran out of time; 2 more"
    assert outcome(mixed) == "1 of 5 passed"
    assert (diagnoses(idle("s"), 4), outcome(idle("s"))) == ("", "not attempted")


# --- counting


def test_a_class_is_counted_by_exercise_and_by_mistake():
    counted = tally("03_sigmoid_neuron", CLASS)
    assert (len(counted.graded), len(counted.others)) == (4, 1)
    assert counted.mean == pytest.approx((2 + 4 + 1.5 + 0) / 4)
    assert counted.median == pytest.approx(1.75)
    first, second = counted.exercises
    assert (first.passed, first.failed, first.unattempted) == (2, 1, 1)
    assert (second.passed, second.failed, second.unattempted) == (1, 2, 1)
    assert first.share == pytest.approx((1 + 1 + 0.5 + 0) / 4)
    assert [(m.exercise, m.count) for m in counted.mistakes] == [
        ("exercise_2", 2),
        ("exercise_1", 1),
    ]
    assert {m.mistake for m in counted.mistakes} == {IGNORED}


def test_the_graders_diagnosis_counts_before_what_a_check_named():
    named = exercise("a", 0.0, mistake=IGNORED)
    known = Diagnosis("sign", "The sign is wrong.")
    diagnosed = ExerciseResult("a", "A", Outcome.FAILED, named.parts, (), named.findings, known)
    assert mistake_of(named) == IGNORED
    assert mistake_of(diagnosed) == known
    assert mistake_of(exercise("a", 0.0, mistake=IGNORED, blocked_by="b")) is None


def test_a_class_without_a_graded_submission_has_no_mean():
    counted = tally("03_sigmoid_neuron", [unreadable("s001")])
    assert (counted.mean, counted.median, counted.bins, counted.exercises) == (None, None, (), ())
    assert "0 graded, 1 unreadable; 03_sigmoid_neuron: no mean" in printed([unreadable("s001")])


def test_full_marks_have_a_bin_of_their_own():
    bins = histogram([12.0, 11.5, 0.0, 0.1 + 0.2 + 10.7], 12.0)
    assert [(b.low, b.count) for b in bins if b.count] == [(0.0, 1), (11.0, 2), (12.0, 1)]
    assert len(bins) == 13


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 500), st.lists(st.floats(0, 1)))
def test_every_score_falls_into_one_bin(possible, shares):
    bins = histogram([share * possible for share in shares], float(possible))
    assert sum(b.count for b in bins) == len(shares)
    assert len(bins) <= 22
    drawing = draw_histogram(bins)
    assert (drawing is None) == (not shares)
    if drawing:
        assert all(drawing.top <= bar.y <= drawing.floor for bar in drawing.bars)
        assert all(
            drawing.left <= bar.x and bar.x + bar.width <= drawing.right for bar in drawing.bars
        )
        assert drawing.bars[-1].label


# --- pages


def test_the_class_page_counts_links_and_names_everyone(tmp_path):
    pages = written(
        CLASS,
        tmp_path,
        PageMeta("A course", {"03_sigmoid_neuron": "The sigmoid neuron"}, "Made today."),
    )
    page = Document(pages["class.html"])
    assert sorted({link for link in page.links if not link.startswith("#")}) == [
        f"03_sigmoid_neuron/s00{i}.html" for i in (1, 2, 3, 4, 5)
    ]
    for text in (
        "The sigmoid neuron",
        "graded 4 not graded 1 mean 1.9 of 4",
        "Made today.",
        IGNORED.text,
    ):
        assert text in page.text
    assert "s005 unreadable s.ipynb is not JSON" in page.text


def test_the_histogram_can_be_read_without_seeing_it(tmp_path):
    page = written(CLASS, tmp_path)["class.html"]
    described = re.search(r'<svg[^>]*role="img" aria-labelledby="(\S+) (\S+)"', page)
    assert described
    assert f'<title id="{described[1]}">Histogram of points</title>' in page
    assert (
        f'<desc id="{described[2]}">Number of students by points. 0 to under 1: 1, 1 to under 2: 1'
        in page
    )
    table = page[page.index("The same as a table") :]
    assert re.findall(r'<th scope="row">([^<]*)</th><td class="n">(\d+)</td>', table)[:5] == [
        ("0 to under 1", "1"),
        ("1 to under 2", "1"),
        ("2 to under 3", "1"),
        ("3 to under 4", "0"),
        ("4 (all points)", "1"),
    ]


def test_a_students_page_holds_points_parts_notes_and_cards(tmp_path):
    with_note = Report(
        Identity("s001"),
        "a1",
        Status.GRADED,
        (exercise("f", 1.0), exercise("g", 2.0)),
        ("Cell 3 was restored.",),
        possible=4.0,
    )
    page = Document(written([with_note], tmp_path)["a1/s001.html"])
    for text in (
        "3 of 4",
        "1 of 2",
        "Cell 3 was restored.",
        "the value",
        "✗ not yet",
        "Passed: 1 exercise",
    ):
        assert text in page.text
    assert page.text.count("2 of 2 points") == 0  # the table above has them
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_pages_say_what_kept_student_code_in(tmp_path):
    said = {"s001": "sandbox: full", "s002": "NOT SANDBOXED; <b>no file isolation</b>; --unsafe"}
    reports = [
        replace(report(student, 1.0, 2.0), provenance=Provenance(sandbox=wall))
        for student, wall in said.items()
    ]
    pages = {name: Document(page).text for name, page in written(reports, tmp_path).items()}
    for student, wall in said.items():
        assert wall in pages["class.html"]
        assert [
            other for other in said.values() if other in pages[f"03_sigmoid_neuron/{student}.html"]
        ] == [wall]


@pytest.mark.parametrize("status", [Status.UNREADABLE, Status.STOPPED])
def test_a_submission_that_was_not_graded_has_a_page_with_the_reason(tmp_path, status):
    pages = written([Report(Identity("s001"), "a1", status, reason="too large")], tmp_path)
    page = Document(pages["a1/s001.html"])
    assert f"was not graded ({status.value}). too large" in page.text
    assert "points" not in page.text


def test_pages_need_no_script_and_nothing_from_elsewhere(tmp_path):
    for page in written(CLASS, tmp_path).values():
        assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:;" in page
        assert not re.search(r"https?:|url\(|@import|\bon\w+=|<script|<link|<img", page)
        assert page.startswith('<!doctype html>\n<html lang="en">')


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_changes_no_page(tmp_path, text):
    def everything(words):
        graded = report(words, 0.0, 2.0, mistake=Diagnosis(words, words))
        return [
            Report(Identity(words), "a1", Status.GRADED, graded.exercises, (words,), possible=4.0),
            Report(Identity(words + "2"), "a1", Status.UNREADABLE, reason=words),
        ]

    meta = PageMeta(text, {"a1": text}, text)
    hostile = written(everything(text), tmp_path / "hostile", meta)
    harmless = written(
        everything("harmless"), tmp_path / "harmless", PageMeta("A", {"a1": "B"}, "C")
    )
    for mine, plain in zip(hostile.values(), harmless.values(), strict=True):
        assert Document(mine).tags == Document(plain).tags
        assert not RAW.search(mine)
        assert len(mine) < 200_000
    links = [link for link in Document(hostile["class.html"]).links if not link.startswith("#")]
    assert sorted(set(links)) == sorted(path for path in hostile if path != "class.html")


def test_file_names_are_readable_safe_and_always_the_same():
    assert file_name("s001") == "s001"
    assert file_name("03_sigmoid_neuron") == "03_sigmoid_neuron"
    assert file_name('O\'Brien, "Zoë"') == "o-brien-zoe-4fb4cf57"
    assert re.fullmatch(r"[0-9a-f]{8}", file_name("山田"))
    assert file_name("con") != "con"


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.text() | st.sampled_from([*HOSTILE, "s001", "S001", "s001-0123abcd"]), unique=True)
)
def test_different_names_have_different_safe_files(names):
    files = [file_name(name) for name in names]
    assert len({file.casefold() for file in files}) == len(names)
    assert all(re.fullmatch(r"[a-z0-9_-]{1,60}", file) for file in files)


def test_the_same_student_twice_keeps_both_pages(tmp_path):
    pages = written([report("s001", 2.0), report("s001", 0.0)], tmp_path)
    assert sorted(pages) == [
        "03_sigmoid_neuron/s001.2.html",
        "03_sigmoid_neuron/s001.html",
        "class.html",
    ]
    assert all(
        (tmp_path / unquote(link)).is_file()
        for link in Document(pages["class.html"]).links
        if link[0] != "#"
    )


def test_no_submission_at_all_is_a_page_that_says_so(tmp_path):
    assert "No submission was found." in Document(written([], tmp_path)["class.html"]).text


# --- JSON and spreadsheets

TEXT = st.text(alphabet=st.characters(codec=None, categories=None), max_size=20)
POINTS = st.floats(0, 100)
MISTAKES = st.none() | st.builds(Diagnosis, TEXT, TEXT)
TEXTS = st.lists(TEXT, max_size=2).map(tuple)
NUMBERS = st.none() | st.floats(allow_nan=False)
NODES = st.lists(st.builds(Node, TEXT, TEXT, TEXTS, NUMBERS, NUMBERS), max_size=2).map(tuple)
CIRCUITS = st.none() | st.builds(
    WrongCircuit, NODES, NODES, TEXTS, st.sampled_from(["gradient", "tangent"])
)
FINDINGS = st.builds(
    Finding,
    TEXT,
    TEXT,
    TEXTS,
    TEXT,
    TEXT,
    TEXT,
    MISTAKES,
    st.booleans(),
    st.booleans(),
    circuit=CIRCUITS,
)
EXERCISES = st.builds(
    ExerciseResult,
    TEXT,
    TEXT,
    st.sampled_from(Outcome),
    st.lists(st.builds(PartResult, TEXT, TEXT, POINTS, POINTS), max_size=2).map(tuple),
    st.lists(TEXT, max_size=2).map(tuple),
    st.lists(FINDINGS, max_size=2).map(tuple),
    MISTAKES,
    TEXT,
    TEXT,
)
IDENTITIES = st.builds(
    Identity,
    TEXT,
    TEXT,
    TEXT,
    st.integers(0, 9),
    st.booleans(),
    st.dictionaries(TEXT, TEXT, max_size=2),
    TEXTS,
    TEXTS,
)
REPORTS = st.builds(
    Report,
    IDENTITIES,
    TEXT,
    st.sampled_from(Status),
    st.lists(EXERCISES, max_size=2).map(tuple),
    st.lists(TEXT, max_size=2).map(tuple),
    TEXT,
    POINTS,
    POINTS,
    st.builds(Provenance, *[TEXT] * len(fields(Provenance))),
    TEXT,
    POINTS,
    TEXT,
    TEXT,
)


@settings(deadline=None, max_examples=50)
@given(REPORTS)
def test_a_report_comes_back_from_json_as_it_went(original):
    text = json.dumps(to_dict(original))
    assert text.isascii()
    assert from_dict(json.loads(text, parse_constant=pytest.fail)) == original


def test_a_circuit_that_holds_no_number_comes_back_from_json():
    circuit = WrongCircuit(
        (Node("a", value=float("nan")), Node("b", "exp", ("a",), float("-inf"))), (), ("a",)
    )
    result = ExerciseResult(
        "f", "F", Outcome.FAILED, (), findings=(Finding("A check.", "wrong", circuit=circuit),)
    )
    text = json.dumps(to_dict(Report(Identity("s001"), "03", Status.GRADED, (result,))))
    (finding,) = from_dict(json.loads(text, parse_constant=pytest.fail)).exercises[0].findings
    assert str(finding.circuit) == str(circuit)  # not a number equals nothing


def test_reports_are_written_in_one_order_whatever_order_they_came_in(tmp_path):
    streams = [io.StringIO(), io.StringIO()]
    write_json(CLASS, streams[0])
    write_json(reversed(CLASS), streams[1])
    assert streams[0].getvalue() == streams[1].getvalue()
    write_json(CLASS, tmp_path / "report.json")
    assert (tmp_path / "report.json").read_text(encoding="utf-8") == streams[0].getvalue()
    assert [r.student for r in read_json(streams[0].getvalue())] == [
        "s001",
        "s002",
        "s003",
        "s004",
        "s005",
    ]


@pytest.mark.parametrize("reports", [[], CLASS[:1], CLASS], ids=["nobody", "one", "a class"])
def test_a_file_of_reports_is_written_report_by_report_and_is_one_document(tmp_path, reports):
    write_json(reports, tmp_path / "report.json")
    ordered = sorted(reports, key=lambda report: (report.assignment, report.student))
    whole = json.dumps({"schema": SCHEMA, "reports": list(map(to_dict, ordered))}, indent=1)
    text = (tmp_path / "report.json").read_text(encoding="utf-8")
    assert text == whole.replace("##[", "#\\u0023[") + "\n"


def test_what_is_held_of_pages_and_reports_does_not_grow_with_the_class(tmp_path):
    def held(count):
        one = replace(CLASS[0], exercises=CLASS[0].exercises * 12)
        several = [
            replace(one, identity=replace(one.identity, student=f"s{n:03}")) for n in range(count)
        ]
        tracemalloc.start()
        write_pages(several, tmp_path / str(count), PageMeta("Toy"))
        write_json(several, tmp_path / str(count) / "report.json")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        written = (tmp_path / str(count)).rglob("*")
        return peak, sum(path.stat().st_size for path in written if path.is_file())

    held(2)  # templates are read, modules imported
    (few, small), (many, large) = held(5), held(45)
    assert many - few < (large - small) / 3


def test_the_keys_of_the_schema_stay_what_they_are():
    data = to_dict(report("s001", 0.0, mistake=IGNORED))
    assert ",".join(data) == (
        "identity,assignment,status,reason,notes,earned,penalty,score,possible,due,late,kept,"
        "graded_at,free_days,"
        "seconds,provenance,exercises"
    )
    (result,) = data["exercises"]
    expected = "exercise,title,outcome,brief,earned,possible,hint,blocked_by,diagnosis,passed,parts,findings"
    assert ",".join(result) == expected
    assert (
        ",".join(result["findings"][0])
        == "check,said,parts,tried,got,expected,mistake,hidden,warning,circuit,printed,form"
    )
    assert (data["status"], result["outcome"], result["brief"]) == (
        "graded",
        "failed",
        "upstream ignored",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[]", '"schema" is not'),
        ('{"schema": "other/1", "reports": []}', '"schema" is not'),
        (
            '{"schema": "backprop-kit/reports/3", "reports": [{"assignment": "a"}]}',
            "has no 'identity'",
        ),
        (
            '{"schema": "backprop-kit/reports/3", "reports": [3]}',
            "write it again with grade --json",
        ),
        ('{"schema": "backprop-kit/reports/3"}', '"reports" is not a list'),
    ],
)
def test_json_that_is_no_report_is_refused_in_words(text, said):
    with pytest.raises(MisuseError, match=re.escape(said)):
        read_json(text)


def test_spreadsheets_get_text_and_never_a_formula():
    for formula in (
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "  =1",
        "\x00=1",
        "|x",
        "\t=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠A1",
        "\u3000=1",
        "\u200b=1",
    ):
        assert csv_cell(formula).startswith("'")
    assert csv_cell("O'Brien, Zoë") == "O'Brien, Zoë"
