"""What a grade rests on: a change of anything that decides it is seen, and of nothing else."""

import shutil

import numpy as np
import pytest

from autograder.course.paths import HERE, Places
from autograder.course.settings import Course
from autograder.course.source import read_source
from autograder.grading.provenance import (
    checks_hash,
    code_hash,
    digest,
    limits_text,
    this_grader,
    version,
)
from autograder.grading.run import make_keys
from autograder.sandbox.limits import Limits
from autograder.student.checks import assignments, catalogue

NEURON = next(a for a in assignments() if a.name == "03_sigmoid_neuron")


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(
        HERE.package, tmp_path / "autograder", ignore=shutil.ignore_patterns("__pycache__")
    )
    return Places(tmp_path)


def hashes(places):
    code_hash.cache_clear()
    checks_hash.cache_clear()
    return {"code": code_hash(places)} | {
        module: checks_hash(module, places) for module in catalogue()
    }


def changed(copy, path):
    """Whose hash changes with a line more in one file of the package."""
    before = hashes(copy)
    with (copy.package / path).open("a") as file:
        file.write("\n# another line\n")
    return {name for name, told in hashes(copy).items() if told != before[name]}


def test_a_copy_elsewhere_has_the_same_hashes(copy):
    assert hashes(copy) == hashes(HERE)
    assert len(set(hashes(HERE).values())) == 1 + len(catalogue())


@pytest.mark.parametrize(
    ("path", "whose"),
    [
        ("student/checks/sigmoid_neuron.py", {"sigmoid_neuron"}),
        ("hidden/checks/sigmoid_neuron.py", {"sigmoid_neuron"}),
        ("hidden/misconceptions/mlp_sgd.py", {"mlp_sgd"}),
        ("hidden/draws.py", {"code"}),
        ("student/model/compare.py", {"code"}),
        ("student/cards/card.py", set()),
        ("student/ci/github.py", set()),
        ("student/plots/style.py", set()),
        ("sandbox/worker.py", {"code"}),
        ("submissions/plan.py", {"code"}),
        ("course/source.py", {"code"}),
        ("outputs/pages.py", set()),
        ("cli/instructors.py", set()),
        ("authoring/gate/mutants.py", set()),
    ],
)
def test_a_change_is_seen_by_the_hash_that_it_concerns_and_by_no_other(copy, path, whose):
    assert changed(copy, path) == whose


def test_a_file_that_is_new_is_seen_and_compiled_code_is_not(copy):
    before = code_hash(copy)
    (copy.student / "__pycache__").mkdir()
    (copy.student / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert hashes(copy)["code"] == before
    (copy.student / "model" / "new.py").write_text("")
    assert hashes(copy)["code"] != before


def test_every_assignment_has_one_file_in_each_folder_of_assignments():
    shared = {"__init__", "wording"}
    for folder in HERE.of_assignments:
        assert {path.stem for path in folder.glob("*.py")} - shared == set(catalogue()), folder


def test_the_reference_is_part_of_the_version_and_prose_is_not(tmp_path):
    text = HERE.source(NEURON.name).read_text(encoding="utf-8")
    path = tmp_path / f"{NEURON.name}.py"

    def told(new):
        assert new != text
        path.write_text(new, encoding="utf-8")
        return version(NEURON, read_source(path, NEURON))

    path.write_text(text, encoding="utf-8")
    same = version(NEURON, read_source(path, NEURON))
    assert told(text.replace("Squash", "Squeeze")) == same  # in a cell of prose
    assert told(text.replace("1 - f", "1.0 - f")) != same


def test_keys_carry_their_version():
    keys = make_keys(Course())
    assert len({key.version for key in keys.values()}) == len(keys)


def test_limits_and_versions_are_told_in_full():
    assert limits_text(Limits(cell=3.5)).startswith("cell=3.5 call=5.0 ")
    assert limits_text(Limits()) != limits_text(Limits(memory=1))
    assert this_grader().numpy == np.__version__


def test_a_digest_depends_on_values_and_not_on_the_order_of_keys():
    assert digest({"a": 1, "b": [2.5, "x"]}) == digest({"b": [2.5, "x"], "a": 1})
    assert digest({"a": 1}) != digest({"a": "1"})
