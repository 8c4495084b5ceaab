"""The words of cards and students' pages that a course translates in words.toml."""

import ast
import re

import pytest

from autograder.authoring.build.release import WORDS, release_files
from autograder.course.paths import HERE
from autograder.course.settings import Course, load_course
from autograder.course.words import words_json
from autograder.errors import MisuseError
from autograder.outputs.pages import page_meta, student_page
from autograder.student.cards.card import card_html, card_text
from autograder.student.cards.wording import ENGLISH, translated
from autograder.student.checks import assignments
from autograder.student.model.results import (
    ExerciseResult,
    Finding,
    Identity,
    Outcome,
    PartResult,
    Report,
    Status,
)

WRONG = ExerciseResult(
    "relu",
    "The gate <relu>",
    Outcome.FAILED,
    (PartResult("out", "the value", 1, 2), PartResult("dx", "the slope", 0, 2)),
    findings=(
        Finding("the values", "out is wrong", tried="relu(1)", got="1", expected="2"),
        Finding("hidden values", "wrong too", hidden=True),
        Finding("a note", "slow", warning=True),
    ),
    hint="Look at the sign.",
    passed=("a shape",),
)


@pytest.fixture
def words(tmp_path):
    """The words of a course.toml with this words.toml beside it."""

    def read(text):
        (tmp_path / "course.toml").write_text("")
        (tmp_path / "words.toml").write_text(text)
        return load_course(tmp_path / "course.toml").words

    return read


def test_every_word_of_a_card_and_of_a_student_s_page_may_be_translated(words):
    marked = {name: f"<{name}{'|{}' * ENGLISH[name].count('{}')}>" for name in ENGLISH}
    read = words("".join(f'{name} = "{text}"\n' for name, text in marked.items()))
    assert read == marked
    with translated(read):
        card = card_html(WRONG, style=False)
        assert "Hint" in card_text(WRONG).title() and "<hint>" not in card_text(WRONG)
    assert set(re.findall(r"&lt;(\w+)", card)) - {"relu"} >= {
        "check",
        "costs_nothing",
        "expected",
        "hidden_check",
        "hint",
        "more",
        "not_yet",
        "points",
        "points_by_part",
        "tried",
    }
    assert "<hint>" not in card  # it is text, not HTML
    report = Report(Identity("ada"), "02_gates", Status.GRADED, exercises=(WRONG,), notes=("x",))
    page = student_page(report, page_meta(Course(words=read)))
    for name in ("exercises", "grader_did", "points_title", "of", "exercises_passed"):
        assert f"&lt;{name}" in page
    assert "&lt;hint" not in student_page(report, page_meta(Course()))


def test_what_is_left_out_stays_english_and_the_order_of_values_may_change(words):
    with translated(words('points = "von {1} Punkten {0}"')):
        card = card_html(WRONG, style=False)
    assert "von 4 Punkten 1" in card and "<b>Hint</b>" in card


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('hnit = "Tipp"', "words.toml: hnit is not a name of these words; write one of all_pass, "),
        ("hint = 3", 'words.toml: hint must be a text; write hint = "..."'),
        ('hint = " "', "words.toml: hint must be a text"),
        ('points = "{} Punkte"', "points: '{} Punkte' is not like \"{} of {} points\"; write {}"),
        ('hint = "Tipp {}"', "hint: 'Tipp {}' is not like"),
        ('hint = "Tipp }"', "hint: 'Tipp }' is not like"),
        ('points = "{0.__class__} {1}"', "is not like"),
        ('points = "{!r} {:>9}"', "is not like"),
        ("hint = Tipp", "words.toml: cannot be read as TOML"),
    ],
)
def test_what_no_card_can_say_is_misuse_in_one_line(words, text, said):
    with pytest.raises(MisuseError) as refused:
        words(text)
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_the_words_that_the_page_of_changes_shows_are_words_of_cards(words):
    page = (HERE.root / "docs" / "change.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```text\n(.*?)```", page, re.S)
    assert list(words(shown)) == ["hint", "not_attempted", "points"]


def test_students_get_the_words_and_the_kit_s_own_release_has_none():
    own = Course(words={"hint": "Tipp"})
    assert release_files(assignments(), (), HERE, own)[WORDS] == words_json(own.words)
    assert WORDS not in release_files(assignments(), (), HERE, Course())


def test_every_word_in_the_table_is_used():
    used = set()
    for path in (HERE.package / "student").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.add(node.value)
    page = HERE.package / "outputs" / "templates" / "student.html.j2"
    used |= set(re.findall(r'"(\w+)"', page.read_text(encoding="utf-8")))
    used |= {"other_check", "other_checks"}  # made of "other_" and "check"
    assert ENGLISH.keys() - used == set()
