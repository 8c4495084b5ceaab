"""Whole notebooks of right answers: the reference's or another style's, in other forms, then rewritten."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.course.source import SourceError, answer_source, reference_namespace
from autograder.grading.answer_key import AnswerKey
from autograder.student.checks import module_of
from benchmarks.rewrites.oracle import Reference, documented_names, is_right
from benchmarks.rewrites.rules import expression
from benchmarks.rewrites.statements import block, drawn, outer_functions, rewrite
from tests.variants import variants_of

# A forward pass and the backward pass that reads its cache.
PASSES = {"neuron_forward": "neuron_backward", "affine_forward": "affine_backward"}
# How a forward pass keeps its cache, and how the backward pass takes it out.
KEEPING = (
    ("{'kept': 0}", "cache['kept']"),
    ("[0]", "cache[0]"),
    ("lambda: 0", "cache()"),
    ("(None, 0)", "cache[1]"),
    ("type('Kept', (), {'all': 0})", "cache.all"),
)
# How often another style, another container and keyword arguments are tried.
STYLE, FORM = 0.5, 0.3
ATTEMPTS = 4


def draw_answers(key: AnswerKey, reference: Reference, seed: int) -> tuple[dict[str, str], int]:
    """A right answer to each exercise of an assignment, and how many were thrown away because they are wrong.

    An exercise whose every attempt is wrong is left out, and so are both of a pair that share a cache.
    """
    rng = np.random.default_rng([seed, *key.assignment.name.encode()])
    texts, thrown = _styled(key, rng), 0
    _keep_otherwise(texts, rng)
    called = {e for e in texts if any(_calls(text, e) for o, text in texts.items() if o != e)}
    right: dict[str, str] = {}
    for exercise, text in texts.items():
        formed = _in_form(exercise, text, called, reference, rng)
        partner = _partner(exercise)
        for attempt in range(ATTEMPTS):
            other = rewrite(formed, rng)
            changed = {**({partner: texts[partner]} if partner else {}), exercise: other}
            if _compares(key, exercise, changed, reference, seed + attempt):
                right[exercise] = other
                break
            thrown += 1
    right = {e: text for e, text in right.items() if _partner(e) in (None, *right)}
    for exercise in [e for e in right if _builds_on_another(key, e, right)]:
        if not _compares(key, exercise, right, reference, seed):  # the other has another form
            del right[exercise]
            thrown += 1
    return {e: text for e, text in right.items() if _partner(e) in (None, *right)}, thrown


def _builds_on_another(key: AnswerKey, exercise: str, texts: Mapping[str, str]) -> bool:
    """Whether an answer calls another one of the notebook, or code that is handed out with the exercise does."""
    below = key.assignment.exercise(exercise).builds_on
    return any(o in below or _calls(texts[exercise], o) for o in texts.keys() - {exercise})


def _compares(
    key: AnswerKey, exercise: str, texts: Mapping[str, str], reference: Reference, seed: int
) -> bool:
    try:
        return is_right(exercise, reference, reference_namespace(key.source, texts), seed)
    except SourceError:  # it does not even compile
        return False


def _partner(exercise: str) -> str | None:
    backward = {back: forward for forward, back in PASSES.items()}
    return {**PASSES, **backward}.get(exercise)


def _styled(key: AnswerKey, rng: np.random.Generator) -> dict[str, str]:
    """The reference's answers, some of them replaced by right answers in other styles."""
    name = key.assignment.name
    texts = {e.name: answer_source(key.source, e.name) for e in key.assignment.exercises}
    taken: set[str] = set()
    variants = list(variants_of(name).values())
    for place in rng.permutation(len(variants)):
        functions = variants[place]
        alone = all(e not in taken and _partner(e) not in taken for e in functions)
        if alone and functions.keys() <= texts.keys() and rng.random() < STYLE:
            taken |= functions.keys()
            texts |= {e: _text_of(name, e, function) for e, function in functions.items()}
    return texts


def _text_of(assignment: str, exercise: str, function: Any) -> str:
    """A variant as a cell: what it needs of its module, then itself under the exercise's name."""
    module = importlib.import_module(f"tests.variants.{module_of(assignment)}")
    tree = ast.parse(inspect.getsource(module))
    made = {name: node for node in tree.body for name in _defined(node)}
    needed, waiting = [function.__name__], [function.__name__]
    for name in waiting:
        used = {n.id for n in ast.walk(made[name]) if isinstance(n, ast.Name)}
        new = [each for each in made if each in used and each not in needed]
        needed, waiting[len(waiting) :] = [*needed, *new], new
    imports = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
    nodes = [*imports, *(node for name, node in made.items() if name in needed)]
    text = ast.unparse(ast.Module(nodes, []))
    return re.sub(rf"\b{function.__name__}\b", exercise, text)


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [t.id for t in node.targets if isinstance(t, ast.Name)]
    return []


def _keep_otherwise(texts: dict[str, str], rng: np.random.Generator) -> None:
    """Keep a cache in another container, in both passes."""
    for forward, backward in PASSES.items():
        if forward not in texts or rng.random() > STYLE:
            continue
        kept, taken = drawn(KEEPING, rng)
        trees = [ast.parse(texts[name]) for name in (forward, backward)]
        there, back = (
            next(f for f in outer_functions(t) if f.name == n)
            for t, n in zip(trees, (forward, backward), strict=True)
        )
        last = there.body[-1]
        if not (isinstance(last, ast.Return) and isinstance(last.value, ast.Tuple)):
            continue
        out, cache = last.value.elts
        last.value = ast.Tuple([out, _put(kept, cache)], ast.Load())
        back.body.insert(
            1 if ast.get_docstring(back) else 0,
            block(f"{back.args.args[1].arg} = {taken}".replace("cache", back.args.args[1].arg))[0],
        )
        texts[forward], texts[backward] = (ast.unparse(ast.fix_missing_locations(t)) for t in trees)


def _put(form: str, inner: ast.expr) -> ast.expr:
    """An expression with another in the place of its 0."""

    class Put(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.expr:
            return inner if node.value == 0 and not isinstance(node.value, bool) else node

    made = Put().visit(expression(form))
    assert isinstance(made, ast.expr)
    return made


def _calls(text: str, exercise: str) -> bool:
    """Whether an answer mentions an exercise in its code."""
    return any(isinstance(n, ast.Name) and n.id == exercise for n in ast.walk(ast.parse(text)))


def _in_form(
    exercise: str, text: str, called: set[str], reference: Reference, rng: np.random.Generator
) -> str:
    """The answer with named results in a dict, or with arguments by keyword, where that is documented.

    called: exercises that other answers of the notebook call.  They return no dict, and are called by position: their
    parameters may have other names.
    """
    tree = ast.parse(text)
    names = documented_names(reference.space[exercise])
    if names and exercise not in called and exercise not in PASSES and rng.random() < FORM:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == exercise:
                _return_dicts(node, names)
    for node in ast.walk(tree):
        function = node.func if isinstance(node, ast.Call) else None
        if isinstance(function, ast.Name) and function.id not in called and rng.random() < FORM:
            _by_keyword(node, reference.space.get(function.id))
    return ast.unparse(ast.fix_missing_locations(tree))


def _return_dicts(function: ast.FunctionDef, names: list[str]) -> None:
    for node in function.body:
        if (
            isinstance(node, ast.Return)
            and isinstance(node.value, ast.Tuple)
            and len(node.value.elts) == len(names)
        ):
            node.value = ast.Dict([ast.Constant(n) for n in names], node.value.elts)


def _by_keyword(call: ast.Call, function: object) -> None:
    if not inspect.isfunction(function) or any(isinstance(a, ast.Starred) for a in call.args):
        return
    parameters = list(inspect.signature(function).parameters)[: len(call.args)]
    if len(parameters) < len(call.args):
        return
    call.keywords = [
        *(ast.keyword(p, a) for p, a in zip(parameters[1:], call.args[1:], strict=True)),
        *call.keywords,
    ]
    call.args = call.args[:1]
