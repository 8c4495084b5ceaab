"""Copies are found however they are renamed and reordered; answers that are alike by nature are not tried."""

import gc
import inspect
import io
import json
import random
import re
import shutil
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.course.source import Kind, read_source
from autograder.grading.answer_key import misconceived
from autograder.outputs.pages import PageMeta
from autograder.outputs.similarity import MOST_PAIRS, pieces, print_similar, similar_page
from autograder.reports.similarity import Equal, Likeness, Pair, Shared
from autograder.similarity.fingerprints import LONGEST_CODE, SPAN, fingerprints, spans, tokens_of
from autograder.similarity.pairs import (
    FEWEST_STUDENTS,
    answers_of,
    common_code,
    compare_answers,
    equal_answers,
    explained_by_chance,
    find_similar,
    steps_of,
)
from autograder.submissions.ingest import read_notebook
from tests.attacks.outputs import page_is_active
from tests.outputs.test_outputs import HOSTILE, RAW, Document
from tests.variants import variants_of

SUBMISSIONS = HERE.root / "tests" / "hand_filled"
STUDENTS = [f"h{i:02}" for i in range(1, 11)]
# Of these ten notebooks the answers are each one's own; those of 6 and 7 have more in common.
OWN = ("01_derivatives", "03_sigmoid_neuron", "04_matmul")
ALL = (*OWN, "06_reverse_mode", "07_mlp_sgd")


def disguised(code: str) -> str:
    """The same code with other names, comments and layout; what the checks call keeps its name."""
    called = set(re.findall(r"(?:def|class) (\w+)", code))
    names: dict[str, str] = {}
    out, last = [], 0
    for token in tokens_of(code):
        text = code[token.start : token.end]
        new = (
            names.setdefault(text, f"mine_{len(names)}")
            if token.is_name and text not in called
            else text
        )
        out += [code[last : token.start], new]
        last = token.end
    return (
        "".join([*out, code[last:]])
        .replace("\n    ", "\n    # my own idea\n    ")
        .replace(" = ", "=")
    )


def copied(notebook: Path, target: Path) -> None:
    """A copy of a notebook that hides it: cells in another order, without ids, their code disguised."""
    tree = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in tree["cells"]:
        text = "".join(cell["source"])
        cell["source"] = disguised(text) if cell["cell_type"] == "code" and "def " in text else text
        cell.pop("id", None)
        cell["metadata"] = {}
    random.Random(1).shuffle(tree["cells"])
    target.parent.mkdir(parents=True)
    target.write_text(json.dumps(tree), encoding="utf-8")


@pytest.fixture(scope="module")
def by_hand():
    """The answers of the notebooks filled by hand, and the code that proves nothing, by assignment."""
    known, found = catalogue(), {}
    for name in ALL:
        source = read_source(HERE.source(name), known[name][0])
        answers = {
            s: read_notebook((SUBMISSIONS / s / f"{name}.ipynb").read_bytes()) for s in STUDENTS
        }
        common = common_code(source, known[name][1].misconceptions)
        found[name] = ({s: answers_of(n, source) for s, n in answers.items()}, common)
    return found


def pairs_of(likeness):
    return [set(pair.students) for pair in likeness.pairs]


# --- what is found and what is not


@pytest.mark.parametrize("name", ALL)
def test_ten_notebooks_filled_by_hand_make_no_pair(name, by_hand):
    answers, common = by_hand[name]
    likeness = compare_answers(name, answers, common)
    assert likeness.pairs == ()
    assert 0 < likeness.closest <= likeness.needed


@pytest.mark.parametrize("name", OWN)
def test_a_disguised_copy_of_any_of_them_is_the_one_pair(name, by_hand):
    answers, common = by_hand[name]
    for student in STUDENTS:
        copy = {exercise: disguised(text) for exercise, text in answers[student].items()}
        likeness = compare_answers(name, answers | {"copy": copy}, common)
        assert pairs_of(likeness) == [{"copy", student}]
        assert likeness.pairs[0].bits > 1.4 * likeness.needed
        assert likeness.pairs[0].shared[0].alike == 1.0


@pytest.mark.parametrize("name", list(catalogue()))
def test_a_plain_copy_of_any_of_them_is_listed_whatever_chance_says(name, tmp_path):
    for student in STUDENTS:
        for folder in (student, f"{student} copy"):
            (tmp_path / folder).mkdir()
            shutil.copy(SUBMISSIONS / student / f"{name}.ipynb", tmp_path / folder)
    ((likeness,), left_out) = find_similar([tmp_path])
    assert left_out == ()
    whole = {equal.students for equal in likeness.equal if equal.everything}
    assert whole == {(student, f"{student} copy") for student in STUDENTS}


def test_two_are_enough_to_be_equal_and_what_was_handed_out_is_no_answer():
    handed_out = {"f": "def f(x): ...", "g": "def g(x): ..."}
    one = {"f": "def f(x): return x", "g": "def g(x): ...", "": "import math"}
    other = {"f": "def f(x): return x", "g": "def g(x): return 2 * x", "": ""}
    assert equal_answers({"a": one, "b": one}, handed_out) == (
        Equal(("a", "b"), ("f", ""), everything=True),
    )
    assert equal_answers({"a": one, "b": other}, handed_out) == (Equal(("a", "b"), ("f",)),)
    assert equal_answers({"a": handed_out, "b": handed_out}, handed_out) == ()
    three = equal_answers({"a": one, "b": other, "c": one}, handed_out)
    assert three == (Equal(("a", "c"), ("f", ""), everything=True), Equal(("a", "b", "c"), ("f",)))


@pytest.mark.long
def test_half_of_the_single_exercises_of_some_length_are_found_and_nothing_else(by_hand):
    """The tenth has copied one exercise of another's, of 70 tokens or more."""
    tried = []
    for answers, common in (by_hand[name] for name in OWN):
        for student in STUDENTS[:-1]:
            for exercise, text in answers[student].items():
                if len(tokens_of(text)) >= 70:
                    mixed = answers | {"h10": answers["h10"] | {exercise: disguised(text)}}
                    tried.append((student, exercise, compare_answers("a", mixed, common).pairs))
    assert len(tried) > 50
    found = [(student, exercise, pairs[0]) for student, exercise, pairs in tried if pairs]
    assert 0.4 * len(tried) < len(found) < 0.7 * len(tried)
    assert all({"h10", student} == set(pair.students) for student, _, pair in found)
    assert all(exercise == pair.shared[0].exercise for _, exercise, pair in found)
    assert all(len(pairs) < 2 for _, _, pairs in tried)


def test_three_who_share_are_three_pairs(by_hand):
    answers, common = by_hand["04_matmul"]
    copies = {
        f"copy {i}": {e: disguised(text) for e, text in answers["h02"].items()} for i in range(2)
    }
    assert len(compare_answers("04_matmul", answers | copies, common).pairs) == 3


@pytest.mark.parametrize("name", OWN)
def test_right_answers_in_other_styles_make_no_pair(name, by_hand):
    """Beside the ten sits a student for each of the variants of an exercise, with one of each."""
    answers, common = by_hand[name]
    functions = {
        f: exercise for changed in variants_of(name).values() for exercise, f in changed.items()
    }
    styles: dict[str, dict[str, str]] = {}
    for function, exercise in functions.items():
        if inspect.isfunction(function):
            number = sum(exercise in own for own in styles.values())
            styles.setdefault(f"style {number}", {})[exercise] = inspect.getsource(function)
    assert len(styles) >= 3
    assert sum(map(len, styles.values())) >= 10
    assert compare_answers(name, answers | styles, common).pairs == ()


def test_what_all_write_alike_proves_nothing():
    short = "def relu(x):\n    return np.maximum(x, 0)\n"
    long = (
        "def f(x):\n"
        + "".join(f"    x = x * {i} + np.sin(x) / {i + 1}\n" for i in range(30))
        + "    return x\n"
    )
    for code in (short, long):
        likeness = compare_answers("a", {f"s{i}": {"f": code} for i in range(20)})
        assert (likeness.pairs, likeness.closest) == ((), 0.0)
    two = {f"s{i}": {"f": long if i < 2 else f"def f(x):\n    return x - {i}\n"} for i in range(20)}
    assert pairs_of(compare_answers("a", two)) == [{"s0", "s1"}]
    # The same three lines, though only two have them, are a coincidence.
    two = {
        f"s{i}": {"f": short if i < 2 else f"def relu(x):\n    return x * (x > {i})\n"}
        for i in range(20)
    }
    assert compare_answers("a", two).pairs == ()


def test_what_was_handed_out_and_the_courses_own_answers_prove_nothing(by_hand):
    name = "04_matmul"
    answers, common = by_hand[name]
    known = catalogue()[name]
    source = read_source(HERE.source(name), known[0])
    stub = answers_of(read_notebook(HERE.notebook(name).read_bytes()), source)
    right = {cell.name: cell.text for cell in source.cells if cell.kind is Kind.EXERCISE}
    wrong = {m.exercise: misconceived(source, m) for m in known[1].misconceptions}
    for own in (stub, right, wrong):
        likeness = compare_answers(name, answers | {"one": own, "two": own}, common)
        assert likeness.pairs == ()
        assert likeness.closest < likeness.needed / 2
    assert {"one", "two"} in pairs_of(
        compare_answers(name, answers | {"one": right, "two": right}, ())
    )


def test_too_few_students_are_no_class():
    code = {"f": "def f(x):\n    return " + " + ".join(f"x ** {i}" for i in range(40))}
    others = {f"s{i}": {"f": f"def f(y):\n    return y * {i}"} for i in range(FEWEST_STUDENTS)}
    assert compare_answers("a", {**others, "one": code, "two": code}).pairs
    few = compare_answers(
        "a", {**dict(list(others.items())[: FEWEST_STUDENTS - 3]), "one": code, "two": code}
    )
    assert (few.few, few.pairs) == (True, ())
    assert compare_answers("a", {"one": code}).few


def test_chance_is_exceeded_in_one_class_of_twenty():
    """In classes with an exponential tail of shared bits, the stated share has a pair above, and not twice as many."""
    rng = np.random.default_rng(7)
    for students in (10, 24, 60):
        pairs = students * (students - 1) // 2
        classes = [rng.exponential(20.0, pairs) for _ in range(1000)]
        above = np.mean([bits.max() > explained_by_chance(steps_of(bits)) for bits in classes])
        assert 0.02 < above < 0.12


def test_chance_is_never_less_than_coincidences_of_so_many_pairs():
    assert explained_by_chance(steps_of(np.zeros(276))) == pytest.approx(np.log2(20 * 276))
    assert explained_by_chance(steps_of(np.zeros(0))) == 0.0


# --- fingerprints


def test_names_comments_and_layout_leave_the_fingerprints_alone():
    code = 'def f(w, x):\n    """Say what."""\n    t = w * x + w  # a comment\n    return np.sum(t, axis=0) / 2\n'
    same = "def f(a,b):\n  q=(a*b+a)\n\n  return np.sum(q,\n     axis = 0)/2.0".replace(
        "(a*b+a)", "a*b+a"
    )
    assert fingerprints(tokens_of(code)) == fingerprints(tokens_of(same)) != []
    for other in ("w * x + x", "w * x - w", "w @ x + w"):
        assert fingerprints(tokens_of(code.replace("w * x + w", other))) != fingerprints(
            tokens_of(code)
        )


def test_marks_cover_whole_tokens_and_nothing_else():
    code = "def f(x):\n    return x * 2 + x * 3 + x * 4 + x * 5\n# the end"
    tokens = tokens_of(code)
    count = len(tokens) - SPAN + 1
    assert [code[a:b] for a, b in spans(code, tokens, [True] * count)] == [
        "def f(x):",
        "return x * 2 + x * 3 + x * 4 + x * 5",
    ]
    first = spans(code, tokens, [True] + [False] * (count - 1))
    assert sum(len(tokens_of(code[a:b])) for a, b in first) == SPAN
    assert "".join(piece.text for piece in pieces(code, first)) == code
    assert spans(code, tokens, [False] * count) == ()


@settings(max_examples=200)
@given(st.text(st.characters(codec=None, categories=None), max_size=200))
def test_any_text_is_read(text):
    tokens = tokens_of(text)
    assert all(a.end <= b.start for a, b in pairwise(tokens))
    marked = spans(text, tokens, [i % 3 == 0 for i in range(len(tokens) - SPAN + 1)])
    assert "".join(piece.text for piece in pieces(text, marked)) == text


@pytest.mark.parametrize(
    "text", ['"', "(", '"""', "'''\\", 'f"{', "\\", "%s'", "0x", "@", "\ud800", "{{", "1e", 'b"']
)
def test_no_text_takes_long(text):
    started = time.process_time()
    tokens_of(text * (2 * LONGEST_CODE))
    assert time.process_time() - started < 2


# --- the command


def autograder(*arguments, cwd=HERE.root):
    command = [sys.executable, "-m", "autograder", *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def class_of_eleven(tmp_path_factory) -> Path:
    """The ten, a copy of one of them in disguise, and files that cannot be read or are not Python."""
    folder = tmp_path_factory.mktemp("similar") / "class"
    shutil.copytree(SUBMISSIONS, folder)
    copied(folder / "h05" / "04_matmul.ipynb", folder / "h11" / "04_matmul.ipynb")
    broken = (
        (folder / "h09" / "04_matmul.ipynb")
        .read_text(encoding="utf-8")
        .replace("return", "retürn ((")
    )
    (folder / "h12").mkdir()
    (folder / "h12" / "04_matmul.ipynb").write_text(broken, encoding="utf-8")
    (folder / "h13").mkdir()
    (folder / "h13" / "04_matmul.ipynb").write_text("{", encoding="utf-8")
    return folder


@pytest.mark.long
def test_the_command_finds_the_copy_with_its_cells_in_another_order(class_of_eleven, tmp_path):
    found, left_out = find_similar([class_of_eleven])
    tried = {likeness.assignment: pairs_of(likeness) for likeness in found}
    # Code that is no Python any more is compared all the same.
    assert tried["04_matmul"] == [{"h09", "h12"}, {"h05", "h11"}] or tried["04_matmul"] == [
        {"h05", "h11"},
        {"h09", "h12"},
    ]
    assert not [name for name, pairs in tried.items() if pairs and name != "04_matmul"]
    assert [name for name, _ in left_out] == ["h13/04_matmul.ipynb"]
    done = autograder("similar", class_of_eleven, "--out", tmp_path)
    assert done.returncode == 0
    assert re.search(
        r"04_matmul +h05 +h11 +\d+ +affine_forward|04_matmul +h05 +h11 +\d+", done.stdout
    )
    assert (
        "01_derivatives: 45 pairs; chance explains up to 10 bits; no pair shares more, the closest shares 5"
        in done.stdout
    )
    assert "left out h13/04_matmul.ipynb: it is not valid JSON" in done.stderr
    page = Document((tmp_path / "similar.html").read_text(encoding="utf-8"))
    assert "h05 and h11" in page.text
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert ("mark", ()) in page.tags


def test_the_page_can_be_read_by_everyone(class_of_eleven, tmp_path, barriers):
    page = tmp_path / "similar.html"
    page.write_text(
        similar_page(find_similar([class_of_eleven])[0], PageMeta("A course")), encoding="utf-8"
    )
    assert barriers(page) == []


def test_a_path_without_notebooks_is_misuse(tmp_path):
    assert autograder("similar", tmp_path, "--out", tmp_path).returncode == 2
    assert not (tmp_path / "similar.html").exists()


# --- the table and the page


def alike(students=("s1", "s2"), text="x = 1\ny = 2\n", bits=30.0):
    shared = Shared("f", bits, 1.0, (text, text), (((0, min(5, len(text))),), ((0, 0),)))
    return Pair(
        students, bits, (shared, replace(shared, exercise="", bits=2.0), replace(shared, bits=0.1))
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_code_and_names_stay_text(text):
    def shown(words):
        found = [Likeness(words, 12, 10.0, 30.0, (alike((words, words + "2"), words),))]
        stream = io.StringIO()
        print_similar(found, stream)
        return similar_page(found, PageMeta(words)), stream.getvalue()

    page, table = shown(text)
    plain, _ = shown("harmless")
    assert page_is_active(page) == []
    assert [tag for tag, _ in Document(page).tags if tag != "mark"] == [
        tag for tag, _ in Document(plain).tags if tag != "mark"
    ]
    assert not RAW.search(page)
    assert not RAW.search(table)
    assert len(table) < 3_000


def test_the_table_says_what_it_is_and_what_chance_explains():
    stream = io.StringIO()
    few = Likeness("05_tape", 4, 9.0, 3.0, (), few=True)
    print_similar([Likeness("04_matmul", 12, 10.0, 30.0, (alike(),)), few], stream)
    assert stream.getvalue() == (
        "assignment   one   other   bits   where (how much of it is the same, whatever the names)\n"
        f"{'─' * 88}\n"
        "04_matmul    s1    s2        30   f (100 %), other cells (100 %)\n"
        "04_matmul: 66 pairs; chance explains up to 10 bits; 1 shares more\n"
        "05_tape: 4 students are too few to separate likeness from chance\n"
    )
    page = Document(similar_page([few], PageMeta("A course"))).text
    assert "This is a table to look at, not a verdict." in page
    assert "Too few students to separate likeness from chance: 05_tape." in page


def test_equal_answers_are_in_the_table_and_on_the_page_and_no_sentence_stands_eight_times():
    equal = (Equal(("s1", "s3"), ("f", "g"), everything=True), Equal(("s1", "s2"), ("f", "")))
    found = [
        Likeness(
            f"0{i}_a", 12, 10.0, 30.0, (alike(text=f"x = {i}\n"),) if i < 8 else (), equal=equal
        )
        for i in range(1, 10)
    ]
    stream = io.StringIO()
    print_similar(found, stream)
    assert "01_a: s1, s3: equal to the byte in all 2 answers\n" in stream.getvalue()
    assert "01_a: 1 group has some answers that are equal to the byte" in stream.getvalue()
    page = Document(similar_page(found, PageMeta("A course"))).text
    assert "s1 , s3 : all 2 answers" in " ".join(page.split())
    assert "s1 , s2 : f, other cells" in " ".join(page.split())
    sentences = Counter(s for s in re.split(r"(?<=[.:;]) ", page) if len(s.split()) > 9)
    assert max(sentences.values()) == 1


def test_of_very_many_pairs_the_page_shows_the_most_alike():
    pairs = tuple(alike((f"a{i}", f"b{i}")) for i in range(MOST_PAIRS + 5))
    page = Document(similar_page([Likeness("a", 99, 10.0, 30.0, pairs)], PageMeta("A course")))
    assert sum(tag == "section" for tag, _ in page.tags) == MOST_PAIRS
    assert page.text.count("a24 and b24") == 1


# --- a large class


def many(count):
    """Answers of a class: each has half of its lines from a hundred that several have."""
    rng = random.Random(count)
    lines = [f"    y{i} = np.sum(x * {i}) + {i + 1} * x[{i}] - np.cos(x + {i})" for i in range(100)]
    return {
        f"s{n:04}": {"f": "\n".join(["def f(x):", *rng.sample(lines, 25), f"    return {n}"])}
        for n in range(count)
    }


def test_a_further_student_takes_at_most_twenty_kilobytes():
    def peak(count):
        answers = many(count)
        gc.collect()
        tracemalloc.start()
        likeness = compare_answers("a", answers)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert likeness.students == count
        return most

    peak(10)
    fewer, more = 30, 100
    assert (peak(more) - peak(fewer)) / (more - fewer) < 20_000


def test_every_pair_is_counted_and_the_closest_are_listed(monkeypatch):
    answers = many(40)
    copies = {f"copy {n}": answers[f"s{n:04}"] for n in range(5)}
    whole = compare_answers("a", answers | copies)
    assert {frozenset(pair.students) for pair in whole.pairs} == {
        frozenset((f"copy {n}", f"s{n:04}")) for n in range(5)
    }
    assert whole.more == 0
    assert all(
        pair.bits == pytest.approx(sum(s.bits for s in pair.shared), abs=0.01)
        for pair in whole.pairs
    )
    monkeypatch.setattr("autograder.similarity.pairs.MOST_LISTED", 3)
    few = compare_answers("a", answers | copies)
    assert few.pairs == whole.pairs[:3] and few.more == 2
    stream = io.StringIO()
    print_similar([few], stream)
    assert "5 share more, of which the closest 3 are listed" in stream.getvalue()
