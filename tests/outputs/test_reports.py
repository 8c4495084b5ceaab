"""The class's pages and the students': what they count, say and draw, that they lead to one another, and to everyone.

Whether everyone can read them is asked of axe-core in Chromium, where both are to be had.
"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from test_outputs import CLASS, IGNORED, Document, exercise, report, unreadable, written

from autograder.course.paths import HERE
from autograder.course.settings import Course
from autograder.outputs.pages import PageMeta, page_meta, write_pages
from autograder.outputs.pictures.hinton import draw_hinton, picture, read_matrix
from autograder.outputs.tally import FEWEST_GRADED, tally
from autograder.reports.report_json import write_json
from autograder.student.checks import assignments
from autograder.student.model.compare import show
from autograder.student.model.results import Finding, Identity, Outcome, Report, Status
from tests.classes import grade_below

EIGHT = [f"0{i}_notebook" for i in range(1, 9)]


def course_of(names, students=3):
    return [
        report(f"s{i:03}", 2.0, i % 3, assignment=name) for name in names for i in range(students)
    ]


# --- many assignments


def test_eight_assignments_have_a_page_each_and_one_that_leads_to_them(tmp_path):
    pages = {name: Document(text) for name, text in written(course_of(EIGHT), tmp_path).items()}
    overview = pages["class.html"]
    own = [f"class-{name}.html" for name in EIGHT]
    linked = [link for link in overview.links if link.startswith("class-")]
    assert list(dict.fromkeys(linked)) == own
    assert set(overview.links) == {"#main", *(name for name in pages if name != "class.html")}
    for page in own:
        assert set(own) | {"class.html"} <= set(pages[page].links)
        assert all((tmp_path / link).is_file() for link in pages[page].links if link[0] != "#")


def test_the_overview_has_a_row_a_student_and_a_column_an_assignment(tmp_path):
    reports = [*course_of(EIGHT[:2]), replace(unreadable("s009"), assignment=EIGHT[1])]
    words = Document(written(reports, tmp_path)["class.html"]).text
    assert "s001 3 of s001 in 01_notebook 3 of s001 in 02_notebook" in words
    assert "s009 – unreadable of s009 in 02_notebook" in words


def test_the_overview_has_totals_means_three_orders_and_who_may_need_help(tmp_path):
    reports = [*course_of(EIGHT[:2]), replace(unreadable("s009"), assignment=EIGHT[1])]
    words = Document(written(reports, tmp_path)["class.html"]).text
    help_ = words.split("Who may need help")[1].split("Students")[0]
    assert "s009 0 of" in help_
    assert "2 not gradeds001" not in help_
    for order in ("fewest points first", "fewest handed in first"):
        first = words.split(f"The same, {order}")[1].split("Mean")[0]
        assert first.index("s009") < first.index("s001")
    assert words.count("Total of") == 3


def test_a_mistake_names_the_students_who_made_it_and_single_ones_are_folded(tmp_path):
    page = written(course_of(EIGHT[:1]), tmp_path)["class.html"]
    assert "The same, by diagnosis" in page
    assert page.count("<tfoot>") == 3


def test_a_students_page_has_what_failed_first_and_points_once(tmp_path):
    pages = written(course_of(EIGHT[:1]), tmp_path)
    for name, page in pages.items():
        if name != "class.html":
            assert "agk-parts" not in page.split("</style>")[-1]
            assert Document(page).text.count("Exercises") <= 1


def test_a_large_class_is_folded_in_the_overview(tmp_path):
    assert "All 80 students" not in written(course_of(EIGHT[:2], 80), tmp_path)["class.html"]
    assert "All 81 students" in written(course_of(EIGHT[:2], 81), tmp_path)["class.html"]


def test_a_page_whose_assignment_is_not_known_has_a_title(tmp_path):
    pages = written(
        [
            report("s001", 2.0),
            Report(Identity("s002"), "", Status.UNREADABLE, reason="no notebook"),
        ],
        tmp_path,
    )
    (page,) = [
        text for name, text in pages.items() if "no notebook" in text and name.startswith("class-")
    ]
    assert "Unknown assignment" in Document(page).text


# --- counting


def test_discrimination_is_the_correlation_with_the_other_exercises():
    others = [0.0, 2.0, 4.0, 6.0, 8.0]
    rows = [[float(i % 2), *([other / 4] * 4)] for i, other in enumerate(others * 2)]
    counted = tally("a1", [report(f"s{i}", *row, assignment="a1") for i, row in enumerate(rows)])
    first, second, *_ = counted.exercises
    # By hand: of the first exercise 0 1 0 1 0 1 0 1 0 1 with 0 2 4 6 8 0 2 4 6 8 no covariance is
    # left; of another, with variance 1/2, the others have 3 times it and 1/4 of the first.
    assert first.discrimination == pytest.approx(0.0, abs=1e-12)
    assert second.discrimination == pytest.approx(1.5 / (0.5 * 4.75) ** 0.5)
    assert counted.chance == pytest.approx(1.96 / 3)


def test_an_exercise_that_the_strong_fail_is_pointed_out(tmp_path):
    rows = [(2.0 - i % 3, float(i % 3), float(i % 3)) for i in range(30)]
    reports = [report(f"s{i:03}", *row) for i, row in enumerate(rows)]
    first, _, _ = tally("a1", reports).exercises
    assert first.discrimination == pytest.approx(-1.0)
    page = Document(written(reports, tmp_path)["class.html"]).text
    assert page.count("look at it") == 1
    assert "−1.00 look at it" in page
    assert "With 30 students, any value between −0.36 and 0.36 may be chance" in page


def test_of_few_students_no_discrimination_is_told(tmp_path):
    rows = [report(f"s{i:03}", float(i % 3), float(i % 2)) for i in range(FEWEST_GRADED)]
    assert all(e.discrimination is not None for e in tally("a1", rows).exercises)
    few = tally("a1", rows[1:])
    assert few.chance is None
    assert all(e.discrimination is None for e in few.exercises)
    assert (
        "With fewer than 10 students it could be chance"
        in Document(written(rows[1:], tmp_path)["class.html"]).text
    )


def test_what_all_earned_alike_discriminates_nobody():
    rows = [report(f"s{i:03}", 0.1 + 0.2 if i else 0.3, float(i % 3)) for i in range(12)]
    assert [e.discrimination for e in tally("a1", rows).exercises] == [None, None]


def test_the_slowest_and_those_who_ran_out_of_time_are_named(tmp_path):
    endless = Report(
        Identity("s8"),
        "a1",
        Status.GRADED,
        (exercise("f", 0.0, outcome=Outcome.TIMED_OUT),),
        seconds=40.0,
    )
    reports = [replace(report(f"s{i}", 2.0, assignment="a1"), seconds=float(i)) for i in range(5)]
    counted = tally("a1", [*reports, endless])
    assert [r.student for r in counted.slowest] == ["s8", "s4", "s3"]
    assert counted.timed_out == ((endless, endless.exercises),)
    page = Document(written([*reports, endless], tmp_path)["class.html"]).text
    assert "Slowest to grade: s8 40.0 s, s4 4.0 s, s3 3.0 s." in page
    assert "Ran out of time s8 F" in page


# --- a student's page


def test_a_bonus_and_a_question_for_a_person_are_said(tmp_path):
    known = next(a for a in assignments() if a.written and any(e.bonus for e in a.exercises))
    bonus = next(e for e in known.exercises if e.bonus)
    graded = Report(
        Identity("s1"),
        known.name,
        Status.GRADED,
        (exercise(bonus.name, 1.0),),
        possible=known.checked,
    )
    page = Document(
        written([graded], tmp_path, page_meta(Course("A course")))[f"{known.name}/s1.html"]
    ).text
    assert "is a bonus: its points come on top" in page
    assert "A person grades the written question. Up to 1 point for it come on top" in page
    assert "bonus" not in Document(written([graded], tmp_path)[f"{known.name}/s1.html"]).text


def test_a_hidden_check_is_not_repeated_below_a_visible_one_that_failed(tmp_path):
    hidden = Finding("Other numbers.", "f is not what it should be", ("f",), hidden=True)
    both = exercise("both", 0.0)
    both = replace(both, findings=(*both.findings, hidden, replace(hidden, parts=("g",))))
    alone = replace(exercise("alone", 0.0), findings=(hidden,))
    one = Report(Identity("s1"), "03_sigmoid_neuron", Status.GRADED, (both, alone), possible=4.0)
    page = Document(written([one], tmp_path)["03_sigmoid_neuron/s1.html"]).text
    assert page.count("Other numbers.") == 1
    assert page.count("1 hidden check of this exercise did not pass either.") == 1
    assert page.count("f is 1, expected 2") == 1


def test_that_an_earlier_grading_counts_is_said(tmp_path):
    better = replace(report("s1", 2.0), kept="better than the 1 points of a later grading")
    page = Document(written([better], tmp_path)["03_sigmoid_neuron/s1.html"]).text
    assert "An earlier grading counts. It was better than the 1 points of a later grading." in page


def test_the_mistake_stands_beside_the_points(tmp_path):
    page = Document(
        written([report("s1", 2.0, 0.0, mistake=IGNORED)], tmp_path)["03_sigmoid_neuron/s1.html"]
    ).text
    assert "✗ Exercise_2 , not yet upstream ignored the value 0 2" in page
    assert "✓ Exercise_1 , passed the value 2 2" in page


def test_lateness_is_a_sentence_and_the_class_page_lists_it(tmp_path):
    said = "1 d 3 h late; 2 days begun, 20 % of 4 points taken off"
    identity, due = (
        Identity("s002", submitted="2026-11-22T02:59:00+01:00"),
        "2026-11-20T23:59:00+01:00",
    )
    late = replace(report("s002", 2.0, 1.0), identity=identity, penalty=0.8, late=said, due=due)
    pages = written([report("s001", 2.0, 2.0), late], tmp_path)
    page = Document(pages["03_sigmoid_neuron/s002.html"]).text
    assert "points 2.2 of 4 exercises passed" in page
    assert (
        f"Late. Handed in {said} (22 November 2026, 02:59 UTC+01:00; due 20 November 2026, 23:59 UTC+01:00)."
        in page
    )
    assert "2.2 of the 3 points earned below count." in page
    assert f"Late s002 {said} (3 earned, 2.2 counted)" in Document(pages["class.html"]).text
    assert "Late" not in Document(pages["03_sigmoid_neuron/s001.html"]).text
    words = "late, and the download does not say by how much"
    unknown = replace(late, identity=Identity("s002"), late=words, penalty=0.0)
    page = Document(written([unknown], tmp_path / "unknown")["03_sigmoid_neuron/s002.html"]).text
    assert "Late. Handed in late, and the download does not say by how much." in page
    assert "count." not in page


# --- pictures


def finding(got, expected, **changes):
    return replace(Finding("A check.", "dW differs", got=got, expected=expected), **changes)


def test_an_array_is_read_as_the_kit_prints_it():
    import numpy as np

    rng = np.random.default_rng(3)
    for shape in ((4,), (2, 3), (7, 8), (1, 5)):
        array = rng.normal(size=shape) * 10.0 ** rng.integers(-9, 9, shape)
        np.testing.assert_allclose(read_matrix(show(array)), np.atleast_2d(array), rtol=1e-5)
    assert read_matrix("[nan, -inf, 1., -2.e-05]")[0][2:] == (1.0, -2e-05)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "3.5",
            "[",
            "[]",
            "[[], []]",
            "[[1, 2], [3]]",
            "[[[1, 2], [3, 4]]]",
            "[1, 2] [3, 4]",
            "x[1, 2, 3, 4]",
        ),
        *(
            "[1, ..., 2]",
            "[[1, 2],\n ...,\n [3, 4]]",
            "[1+2j, 3, 4, 5]",
            "[<b>, 1, 2, 3]",
            "[1,2,3,4]</svg>",
        ),
        "[" * 9_000,
        "[" + "1, " * 9_000 + "1]",
    ],
)
def test_what_is_no_whole_array_is_not_drawn(text):
    assert read_matrix(text) is None
    assert picture(finding(text, "[1, 2, 3, 4]")) == ""


def test_what_differs_is_framed_and_said():
    drawing = draw_hinton(((1.0, -2.0), (3.0, 4.0)), ((1.0, 2.0), (3.0, 4.0 + 1e-9)))
    mine, right = drawing.panels
    assert [s.wrong for s in mine.squares] == [False, True, False, False]
    assert [s.negative for s in mine.squares] == [False, True, False, False]
    assert not any(s.wrong for s in right.squares)
    assert drawing.text.endswith(
        "2 by 2: a square for each element, as large as it. 1 of 4 elements differ: [0, 1]."
    )
    # A square's area is an element's size.
    assert (mine.squares[3].side / mine.squares[0].side) ** 2 == pytest.approx(4)


def test_squares_stay_in_their_cells_and_panels_apart():
    wide, tall = (tuple(range(14)),), tuple((float(i),) for i in range(14))
    for got, expected in ((wide, tall), (tall, wide)):
        drawing = draw_hinton(got, expected)
        assert "dashed" not in picture(finding(str(list(got[0])), str(list(got[0]))))
        for panel in drawing.panels:
            assert all(
                panel.x <= s.x - s.side / 2 and s.x + s.side / 2 <= panel.x + panel.width
                for s in panel.squares
            )
            assert panel.x + panel.width <= drawing.width
        first, second = drawing.panels
        assert first.x + first.width < second.x


def test_what_is_no_number_is_written_out():
    drawn = picture(finding("[nan, inf, 1., 2.]", "[0., 0., 1., 2.]"))
    assert ">nan</text>" in drawn
    assert "2 of 4 elements differ: [0, 0], [0, 1]." in drawn


def test_a_hidden_check_is_never_drawn():
    arrays = ("[1, 2, 3, 4]", "[1, 2, 3, 5]")
    assert "<svg" in picture(finding(*arrays))
    assert picture(finding(*arrays, hidden=True)) == picture(finding(*arrays, warning=True)) == ""
    assert picture(finding("[1, 2, 3]", "[1, 2, 4]")) == ""  # a glance at the numbers says it


# --- the command


def autograder(*arguments, cwd=HERE.root):
    command = [sys.executable, "-m", "autograder", *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_pages_come_again_from_a_report(tmp_path):
    (tmp_path / "graded").mkdir()
    write_json(course_of(["03_sigmoid_neuron", "04_matmul"]), tmp_path / "graded" / "report.json")
    (tmp_path / "course.toml").write_text('title = "A course of mine"\n', encoding="utf-8")
    done = autograder("report", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "graded/class.html: the class page; 8 more beside it\n"
    elsewhere = autograder("report", "graded/report.json", "--out", "pages", cwd=tmp_path)
    assert elsewhere.stdout.startswith("pages/class.html")
    for page in (tmp_path / "graded").rglob("*.html"):
        again = tmp_path / "pages" / page.relative_to(tmp_path / "graded")
        assert again.read_bytes() == page.read_bytes()
        assert "A course of mine" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [None, "{", json.dumps({"schema": "other/1"})])
def test_what_is_no_report_is_misuse(tmp_path, text):
    if text is not None:
        (tmp_path / "report.json").write_text(text, encoding="utf-8")
    done = autograder("report", tmp_path / "report.json")
    assert done.returncode == 2
    assert "report" in done.stderr
    assert not list(tmp_path.rglob("*.html"))


# --- everyone can read them


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> tuple[Path, ...]:
    """Pages of notebooks filled by hand, of several assignments, with every kind of outcome among them."""
    chosen = [
        HERE.root / "tests" / "hand_filled" / student for student in ("h01", "h04", "h05", "h10")
    ]
    reports = grade_below(chosen, Course(), 2).reports
    return write_pages(reports, tmp_path_factory.mktemp("graded"), page_meta(Course("A course")))


@pytest.mark.long
def test_nothing_keeps_anyone_from_reading_the_pages(graded, barriers):
    texts = {path: path.read_text(encoding="utf-8") for path in graded}
    pictures = ('<figure class="hinton"', '<div class="agk-circuit"')
    drawn = [next(path for path, text in texts.items() if picture in text) for picture in pictures]
    students = [path for path in graded if not path.name.startswith("class")]
    of_class = [path for path in graded if path.name.startswith("class")]
    for path in {
        *drawn,
        *students[:: len(students) // 3],
        *of_class[:2],
    }:  # of each template several
        assert barriers(path) == [], path.name


@pytest.mark.long
def test_nothing_keeps_anyone_from_reading_of_a_class_that_went_wrong(tmp_path, barriers):
    rows = [report(f"s{i:03}", 2.0 - i % 3, float(i % 3), mistake=IGNORED) for i in range(100)]
    for name, reports in {"one": CLASS, "none": [], "many": [*rows, *course_of(EIGHT)]}.items():
        pages = write_pages(reports, tmp_path / name, PageMeta("A course", {}, "Made today."))
        for path in (*pages[:2], *pages[-1:]):
            assert barriers(path) == [], path


def test_axe_sees_a_barrier_where_there_is_one(tmp_path, barriers):
    page = tmp_path / "page.html"
    head = '<!doctype html><html lang="en"><head><title>A page</title></head><body><main><h1>A page</h1>'
    page.write_text(
        f'{head}<p style="color:#999">pale</p><svg role="img"></svg><pre style="width:400px">x</pre>'
    )
    found = " ".join(barriers(page))
    for rule in ("color-contrast", "svg-img-alt", "320: wider than the screen"):
        assert rule in found
