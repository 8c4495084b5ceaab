"""A course's settings, and the catalogue in which public and hidden halves meet."""

import re
import string
import tomllib
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course.paths import HERE
from autograder.course.settings import (
    COURSE_FILE,
    DEMONSTRATION_SEED,
    LIMIT_WORDS,
    Course,
    catalogue,
    course_in,
    find_course,
    limits_table,
    load_course,
    settings_files,
)
from autograder.errors import GraderError, KitError, MisuseError, SandboxError, WireError
from autograder.sandbox.limits import Limits
from autograder.student.checks import assignments, module_of


def written(folder, text):
    path = folder / COURSE_FILE
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_without_a_file_there_is_the_demonstration_course():
    assert load_course(None) == Course()
    assert Course().seed == "demonstration"


def test_a_file_may_set_any_of_it_and_the_rest_stays(tmp_path):
    path = written(
        tmp_path, 'title = "EEP 596"\nseed = "secret"\n[limits]\ncell = 3\nmemory = 1000\n'
    )
    course = load_course(path)
    assert (course.title, course.seed) == ("EEP 596", "secret")
    assert course.limits == Limits(cell=3.0, memory=1000)
    assert type(course.limits.cell) is float
    assert load_course(written(tmp_path, "")) == Course()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = ", "cannot be read as TOML"),
        (b"title = '\xff'", "cannot be read as TOML"),
        ("titel = 'x'", "unknown key 'titel'; known keys are title, seed, handout, limits, due"),
        ("seed = 3", "seed must be text"),
        ("title = ['x']", "title must be text"),
        ("limits = 3", "limits must be a table"),
        ("[limits]\nsell = 3", "unknown limit 'sell'; known limits are cell, call, submission"),
        ("[limits]\ncell = 0", "limits.cell is 0; it must be above 0 and finite"),
        ("[limits]\ncell = -1.5", "limits.cell is -1.5; it must be above 0 and finite"),
        ("[limits]\ncell = nan", "limits.cell is nan; it must be above 0 and finite"),
        ("[limits]\ncell = inf", "limits.cell is inf; it must be above 0 and finite"),
        ("[limits]\ncell = true", "limits.cell is True; it must be a number"),
        ("[limits]\ncell = '3'", "limits.cell is '3'; it must be a number"),
        ("[limits]\nmemory = 0.5", "limits.memory is 0.5; it must be a whole number"),
        ("[handout]\nurl = 5", "handout must hold an address; write url ="),
        ('[handout]\nurl = "a b"', "handout must hold an address; write url ="),
        ('[handout]\nat = "https://a.b/c.whl"', "handout must hold an address; write url ="),
        ("[limits]\nmemory = inf", "limits.memory is inf; it must be a whole number"),
    ],
)
def test_what_a_course_cannot_be_is_misuse_that_names_file_and_key(tmp_path, text, said):
    path = written(tmp_path, text)
    with pytest.raises(MisuseError) as refused:
        load_course(path)
    assert str(refused.value).startswith(f"{path}: {said}")
    assert refused.value.exit_code == 2


def test_the_address_of_the_wheel_is_that_of_the_folders_course(tmp_path):
    assert course_in(tmp_path).handout == ""
    written(tmp_path, '[handout]\nurl = "https://a.b/c.whl"')
    assert course_in(tmp_path).handout == "https://a.b/c.whl"


def test_a_file_that_is_not_there_is_misuse(tmp_path):
    for path in (tmp_path / "nothing.toml", tmp_path):
        with pytest.raises(MisuseError, match="cannot be read"):
            load_course(path)


def test_the_hash_of_a_seed_tells_seeds_apart_and_not_the_seed():
    hashes = {Course(seed=seed).seed_hash for seed in ("a", "b", "secret")}
    assert len(hashes) == 3
    assert all(len(h) == 16 and set(h) <= set(string.hexdigits) for h in hashes)
    assert Course(seed="a").seed_hash == Course(seed="a", title="other").seed_hash


def test_the_nearest_course_file_above_is_found(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "s001.zip").write_bytes(b"")
    outer, inner = written(tmp_path, ""), written(tmp_path / "a", "")
    assert find_course(tmp_path / "a" / "b" / "s001.zip") == inner
    assert find_course(tmp_path / "a" / "b") == inner
    assert find_course(tmp_path) == outer
    assert find_course(tmp_path / "nothing" / "there") == outer


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.text(max_size=40))
def test_any_text_is_a_course_or_misuse(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("course") / COURSE_FILE
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    try:
        assert isinstance(load_course(path), Course)
    except MisuseError as refused:
        assert str(path) in str(refused)


def test_every_assignment_has_both_its_halves():
    joined = catalogue()
    assert list(joined) == [assignment.name for assignment in assignments()]
    for name, (public, hidden) in joined.items():
        assert public.name == hidden.name == name
        assert module_of(name)


def test_exercises_have_names_of_their_own_in_the_whole_course():
    names = [e.name for public, _ in catalogue().values() for e in public.exercises]
    assert len(set(names)) == len(names)


def test_errors_are_one_tree_with_the_exit_codes_of_the_command_line():
    codes = {KitError: 3, MisuseError: 2, GraderError: 3, SandboxError: 3, WireError: 3}
    for error, code in codes.items():
        assert error.exit_code == code
        assert issubclass(error, KitError)
    assert issubclass(SandboxError, GraderError)
    assert not issubclass(WireError, GraderError)


def test_the_table_of_limits_says_every_limit_with_its_default(tmp_path):
    assert list(LIMIT_WORDS) == [each.name for each in fields(Limits)]
    table = f"[limits]\n{limits_table()}"
    assert load_course(written(tmp_path, table)).limits == Limits()
    assert set(tomllib.loads(table)["limits"]) == set(LIMIT_WORDS)


def test_every_page_that_shows_the_limits_shows_them_as_they_are():
    pages = [HERE.root / "README.md", *HERE.root.glob("docs/**/*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    blocks = re.findall(r"^\[limits\].*\n((?:\w+ = .*\n)+)", text, re.MULTILINE)
    shown = [block for block in blocks if "CPU seconds" in block]
    assert shown
    assert set(shown) == {limits_table()}


@pytest.mark.parametrize(
    ("seed", "problem"),
    [
        (DEMONSTRATION_SEED, "the seed is the kit's public one"),
        ("autumn2026", "the seed has 10 characters"),
        ("0123456789" * 2, ""),
    ],
)
def test_a_seed_that_can_be_foreseen_is_told(seed, problem):
    assert Course(seed=seed).seed_problem.startswith(problem)
    assert bool(Course(seed=seed).seed_problem) == bool(problem)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "rubrics = 3",
            "rubrics names something that is not a written question; write [rubrics.QUESTION]",
        ),
        ("[rubrics.matmul_backward]\nx = 1", "the questions are push_towards_the_target"),
        ("[rubrics.three_learning_rates]", "rubrics.three_learning_rates must give each item"),
        ("[rubrics.three_learning_rates]\nx = true", "must give each item its points; write "),
        ("[rubrics.three_learning_rates]\nx = nan", "must give each item its points; write "),
    ],
)
def test_a_rubric_that_cannot_be_is_misuse_that_names_it(tmp_path, text, said):
    path = tmp_path / "course.toml"
    path.write_text(text)
    with pytest.raises(MisuseError) as refused:
        load_course(path)
    assert said in str(refused.value)


def test_a_rubric_has_its_items_in_their_order(tmp_path):
    path = tmp_path / "course.toml"
    path.write_text('[rubrics.three_learning_rates]\n"b" = 1\n" a" = -0.5\n')
    assert list(load_course(path).rubrics["three_learning_rates"].items()) == [
        ("b", 1),
        ("a", -0.5),
    ]


def test_all_that_a_course_is_read_from_is_known_before_it_is_read(tmp_path):
    course = tmp_path / "course.toml"
    course.write_text('[teams]\nfile = "lists/all.txt"\n[teams.04_matmul]\nfile = "matmul.csv"\n')
    (tmp_path / "lists").mkdir()
    named = [tmp_path / name for name in ("words.toml", "lists/all.txt", "matmul.csv")]
    for path in named:
        path.write_text("")
    (tmp_path / "exported.csv").write_text("")
    assert settings_files(course) == [course, *named]
    named[2].unlink()
    assert settings_files(course) == [course, *named[:2]]
    course.write_text("[teams")
    assert settings_files(course) == [course, named[0]]
    assert settings_files(None) == []
