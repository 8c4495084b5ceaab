"""Mutants of an answer: every kind of change is made, only in the solution, and no two mean the same text."""

import ast
import difflib
import re

import pytest

from autograder.authoring.gate.mutants import mutants_of, sample
from autograder.authoring.gate.mutations import KINDS
from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.course.source import Kind, SourceCell, read_source

BEFORE = ['def f(a, b, n=0):\n    """Add 1 to a."""', "    k = 5"]


def cell(*lines: str, name: str = "f") -> SourceCell:
    """An exercise's cell whose solution is these lines, below a line that is given."""
    solution = [f"    {line}" for line in lines]
    text = "\n".join([*BEFORE, "    ### BEGIN SOLUTION", *solution, "    ### END SOLUTION"])
    return SourceCell(Kind.EXERCISE, name, text, 40, text)


def changes(*lines: str) -> dict[str, list[str]]:
    """What stands in place of the lines that differ, by kind of change."""
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for mutant in mutants_of(cell(*lines)):
        found[mutant.id.split(":")[2].partition(".")[0]].append(mutant.now)
    return found


# By kind: the lines of an answer, and what must be made of one of them.
EXAMPLES = [
    ("operator", ["return a + b"], ["return a - b"]),
    ("operator", ["return a * b"], ["return a / b", "return a + b"]),
    ("operator", ["return a @ b"], ["return a * b"]),
    ("operator", ["return a ** 2"], ["return a * 2"]),
    ("operator", ["a += b", "return a"], ["a -= b"]),
    ("operand", ["return a * b"], ["return a", "return b"]),
    ("operand", ["return a @ b"], ["return b @ a"]),
    ("operand", ["return a - b"], ["return b - a"]),
    ("sign", ["return -a"], ["return a"]),
    ("sign", ["return a * b"], ["return -(a * b)"]),
    ("precision", ["return a * b"], ["return a * b * 1.000001"]),
    ("comparison", ["return a > 0"], ["return a >= 0", "return a < 0"]),
    ("comparison", ["return a == b"], ["return a != b"]),
    ("constant", ["return a + 1"], ["return a + 2", "return a + 0", "return a + -1"]),
    ("constant", ["return a.sum(axis=0)"], ["return a.sum(axis=1)"]),
    ("constant", ["return a.sum(keepdims=True)"], ["return a.sum(keepdims=False)"]),
    ("constant", ["return a * 0.5"], ["return a * 1.0", "return a * -0.5"]),
    ("constant", ["return a[1:]"], ["return a[2:]", "return a[0:]"]),
    ("transpose", ["return a.T @ b"], ["return a @ b", "return a.T @ b.T"]),
    ("overwrite", ["a += b", "return a"], ["a = b"]),
    (
        "keyword",
        ["return a.sum(axis=0, keepdims=True)"],
        ["return a.sum(keepdims=True)", "return a.sum(axis=0)"],
    ),
    ("call", ["return abs(a)"], ["return a"]),
    ("call", ["return np.exp(a)"], ["return a"]),
    ("call", ["return a.sum(axis=0)"], ["return a"]),
    ("function", ["return np.exp(a)"], ["return np.log(a)"]),
    ("function", ["return np.sin(a)"], ["return np.cos(a)"]),
    ("function", ["return np.maximum(a, b)"], ["return np.minimum(a, b)"]),
    ("function", ["return np.zeros_like(a)"], ["return np.ones_like(a)"]),
    ("function", ["return a.sum()"], ["return a.mean()"]),
    ("function", ["return max(a, b)"], ["return min(a, b)"]),
    ("arguments", ["return g(a, b)"], ["return g(b, a)"]),
    ("result", ["return a, b"], ["return (b, a)", "return a", "return b"]),
    ("condition", ["return a if n else b"], ["return a", "return b", "return b if n else a"]),
    ("condition", ["return a and b"], ["return a or b", "return a"]),
    ("condition", ["if n:", "    a = b", "return a"], ["if not n:", "if True:", "if False:"]),
    ("condition", ["return [i for i in a if i]"], ["return [i for i in a]"]),
    (
        "slice",
        ["return a[1:n]"],
        ["return a[:n]", "return a[1:]", "return a[1:n + 1]", "return a[1:n - 1]"],
    ),
    ("slice", ["return a[0]"], ["return a"]),
    (
        "loop",
        ["for i in a:", "    b += i", "return b"],
        ["for i in list(a)[1:]:", "for i in list(a)[:-1]:"],
    ),
    ("attribute", ["a.x = 1", "a.y = 2", "return a"], ["a.y = 1"]),
    ("key", ["return {'u': a, 'v': b}"], ["return {'v': a, 'v': b}"]),
    ("name", ["return a * b"], ["return b * b", "return a * a"]),
    ("delete", ["a = a + 1", "return a"], ["pass"]),
]


@pytest.mark.parametrize(("kind", "lines", "expected"), EXAMPLES)
def test_a_kind_of_change_is_made(kind, lines, expected):
    assert set(expected) <= set(changes(*lines)[kind])


def test_every_kind_has_an_example():
    assert {kind for kind, _, _ in EXAMPLES} == set(KINDS)


def test_only_the_solution_is_changed():
    for mutant in mutants_of(cell("a = a + 1", "return a")):
        assert mutant.text.startswith('def f(a, b, n=0):\n    """Add 1 to a."""\n    k = 5\n')


def test_no_two_mutants_are_alike_and_none_is_the_reference():
    reference = cell("x = -a * b", "if x > 0:", "    x += 1", "return x, b")
    trees = [ast.dump(ast.parse(mutant.text)) for mutant in mutants_of(reference)]
    assert len(set(trees)) == len(trees) > 30
    assert ast.dump(ast.parse(reference.text)) not in trees


def test_each_mutant_has_a_name_of_its_own_and_a_line_that_says_what_it_does():
    mutants = mutants_of(cell("return a - b"))
    assert len({mutant.id for mutant in mutants}) == len(mutants)
    assert ("f:5:operator", "operator: a - b -> a + b") in [
        (mutant.id, mutant.summary) for mutant in mutants
    ]
    assert all("\n" not in mutant.summary for mutant in mutants)


def test_names_do_not_depend_on_what_follows():
    short, long = (mutants_of(cell("x = a - b", last)) for last in ("return x", "return x * 2 + a"))
    names = [mutant.id for mutant in short if mutant.id.startswith("f:5:")]
    assert names == [mutant.id for mutant in long if mutant.id.startswith("f:5:")]


def test_the_diff_turns_the_reference_into_the_mutant():
    reference = cell("x = a - b", "return x")
    text = ast.unparse(ast.parse(reference.text)).split("\n")
    for mutant in mutants_of(reference):
        delta = difflib.unified_diff(
            text, mutant.text.split("\n"), "reference", mutant.id, lineterm="", n=1
        )
        assert mutant.diff == "\n".join(delta)
        assert f"-    {mutant.was}" in mutant.diff
        assert f"+    {mutant.now}" in mutant.diff


def test_what_a_message_says_is_left_alone():
    mutants = mutants_of(
        cell("if n > 3:", '    raise ValueError(f"{n + 1} is too large, {a - b}")', "return a")
    )
    assert not [
        mutant for mutant in mutants if "too large" in mutant.now and "too large" in mutant.was
    ]


def test_the_methods_of_a_class_are_changed_too():
    text = (
        "class Dual:\n"
        "    def __init__(self, value, slope):\n"
        "        self.value, self.slope = value, slope\n\n"
        "    def __mul__(self, other):\n"
        "        ### BEGIN SOLUTION\n"
        "        slope = self.slope * other.value + self.value * other.slope\n"
        "        return Dual(self.value * other.value, slope)\n"
        "        ### END SOLUTION\n\n"
        "    def __neg__(self):\n"
        "        ### BEGIN SOLUTION\n"
        "        return Dual(-self.value, -self.slope)\n"
        "        ### END SOLUTION"
    )
    now = [mutant.now for mutant in mutants_of(SourceCell(Kind.EXERCISE, "Dual", text, 1, text))]
    assert "slope = self.slope * self.value + self.value * other.slope" in now
    assert "slope = self.value * other.value + self.value * other.slope" in now
    assert "return Dual(self.value, -self.slope)" in now
    assert "return Dual(slope, self.value * other.value)" in now
    assert not [line for line in now if line.startswith("self.value, self.slope")]


MUTATED = [
    pytest.param(source.named(Kind.EXERCISE, exercise.name), id=f"{name}-{exercise.name}")
    for name, (assignment, _) in catalogue().items()
    for source in [read_source(HERE.source(name), assignment)]
    for exercise in assignment.exercises
]


def _statements(answer):
    """What an answer does, line by line: without definitions and docstrings."""
    made = [node for node in ast.walk(ast.parse(answer.text)) if isinstance(node, ast.stmt)]
    plain = [node for node in made if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return [
        node
        for node in plain
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]


@pytest.mark.parametrize("answer", MUTATED)
def test_every_exercise_has_mutants_that_are_python(answer):
    mutants = mutants_of(answer)
    assert len(mutants) >= 3 * len(_statements(answer))  # an answer of one statement has hardly ten
    for mutant in mutants:
        compile(mutant.text, mutant.id, "exec")


def test_a_mutant_that_python_itself_warns_of_is_none():
    reference = cell("first = len(a)[0] if a else 1", "return first")
    assert mutants_of(reference)
    for mutant in mutants_of(reference):
        compile(mutant.text, mutant.id, "exec")  # a warning is an error here
    assert not [
        mutant.text for mutant in mutants_of(reference) if re.search(r"\d\[0\]", mutant.text)
    ]


def test_a_sample_is_the_same_for_the_same_seed_and_another_for_another():
    mutants = mutants_of(cell("x = -a * b + n", "return x, b"))
    drawn = sample(mutants, 6, seed=1)
    assert drawn == sample(mutants, 6, seed=1) != sample(mutants, 6, seed=2)
    assert [m for m in mutants if m in drawn] == list(drawn)
    assert len(drawn) == 6
    assert sample(mutants, 10_000, seed=1) == mutants


def test_a_sample_changes_little_when_a_mutant_goes():
    mutants = mutants_of(cell("x = -a * b + n", "return x, b"))
    drawn = sample(mutants, 6, seed=1)
    gone = next(mutant for mutant in mutants if mutant not in drawn)
    assert sample([mutant for mutant in mutants if mutant is not gone], 6, seed=1) == drawn


def test_over_many_seeds_every_mutant_is_drawn():
    mutants = mutants_of(cell("x = -a * b", "return x"))
    assert {mutant for seed in range(100) for mutant in sample(mutants, 6, seed)} == set(mutants)
