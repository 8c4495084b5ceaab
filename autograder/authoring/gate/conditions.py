"""The condition audit: would the checks see an answer that is wrong only where an input is special?

A *condition mutant* is the reference with one of its outputs spoiled whenever one condition of `predicates` holds for
its arguments: a zero in W, equal operands, a second call.  Others limit a result, or each term of a sum.  It must
lose points to a visible check, or students see green and lose points later, and to a hidden one, or they keep points
for a wrong answer.  An exercise whose text excludes a condition says so, with the reason, in its hidden half
(`hidden.catalogue.Excluded`).

Mutants are the kit's own code, so they are judged in this process.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import wraps
from itertools import combinations, product

import numpy as np

from autograder.authoring.gate import predicates
from autograder.course.source import Kind, reference_namespace, solution_regions
from autograder.grading.answer_key import AnswerKey
from autograder.hidden.catalogue import Excluded
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.exercises import Check, Exercise

Arguments = Mapping[str, object]
# Where a spoiled number stands in a result: keys, indices and attributes, from the outside in.
Path = tuple[str | int, ...]
Function = Callable[..., object]
# Numbers that the objects of notebooks 5 and 6 hold, by attribute.
ATTRIBUTES = ("val", "dot", "data")
# What a student's forward pass keeps has a form of the student's own.
CACHE = "cache"
FACTOR, SHIFT = 1.5, 0.375
SECOND_CALL, EQUAL_CALL, SAME_OBJECT = (
    "second call",
    "call with equal arguments",
    "same object again",
)
NODE_INSIDE, GROWN_GRAPH = "a node inside an earlier root", "an earlier root inside"
# Wrong where a number is beyond the limit: of a result, or of each term of a sum, by the term's place in the answer.
LIMITED, RESULT, TERM = f"limited at {predicates.LIMIT}", "result", "term "
LATER_FORWARD = "made before another forward pass"
# Stands for the gradient that has arrived at a node when its backward rule runs.
UPSTREAM = "out.grad"
RULE = "_backward"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition mutant: which function of an exercise, which condition on which arguments, which output is wrong.

    arguments: one name, two names, or none for a condition on the calls themselves.
    """

    exercise: str
    function: str
    arguments: tuple[str, ...]
    what: str
    output: Path

    @property
    def id(self) -> str:
        """How the condition is written in a table and in an exclusion: `f(x: a zero) -> 0`."""
        place = ".".join(map(str, self.output))
        return f"{self.function}({', '.join(self.arguments)}: {self.what}){f' -> {place}' if place else ''}"


@dataclass(frozen=True, slots=True)
class ConditionFound:
    """What became of a condition mutant."""

    condition: Condition
    visible: bool
    hidden: bool


@dataclass(frozen=True, slots=True)
class ConditionScore:
    """One exercise: how many conditions its text excludes, and what became of the mutants of the others."""

    assignment: str
    exercise: str
    excluded: int
    outcomes: tuple[ConditionFound, ...]

    @property
    def seen(self) -> int:
        """How many were found by a visible check."""
        return sum(outcome.visible for outcome in self.outcomes)

    @property
    def caught(self) -> int:
        """How many were found by a hidden check."""
        return sum(outcome.hidden for outcome in self.outcomes)

    @property
    def green(self) -> int:
        """How many were found at grading only."""
        return sum(outcome.hidden and not outcome.visible for outcome in self.outcomes)

    @property
    def both(self) -> int:
        """How many were found by checks of both kinds."""
        return sum(outcome.visible and outcome.hidden for outcome in self.outcomes)

    @property
    def problems(self) -> list[str]:
        """Each mutant that lives, in words."""
        return [problem for outcome in self.outcomes for problem in _alive(outcome)]


@dataclass(frozen=True, slots=True)
class Seen:
    """How a function was called by the checks: the kinds of each argument, where numbers stand in its results, and the
    caches."""

    kinds: dict[str, set[str]]
    outputs: dict[Path, None]
    caches: list[object] = field(default_factory=list)


def conditions_of(key: AnswerKey, exercise: Exercise) -> list[Condition]:
    """Every condition of the vocabulary that fits the arguments with which the checks call an exercise."""
    functions = _answered(key, exercise.name)
    seen = _observed(key, exercise, functions)
    return (
        [
            Condition(exercise.name, function, arguments, what, output)
            for function in functions
            for arguments, what in _fitting(seen[function].kinds, method="." in function)
            for output in seen[function].outputs
        ]
        + [
            Condition(exercise.name, function, (UPSTREAM,), what, (RULE,))
            for function in functions
            if (RULE,) in seen[function].outputs
            for what in predicates.OF_NUMBERS
        ]
        + [
            Condition(exercise.name, function, (name,), what, output)
            for function in functions
            for name, what, output in _other_ways(key, exercise.name, function, seen[function])
        ]
    )


def _other_ways(
    key: AnswerKey, exercise: str, function: str, seen: Seen
) -> Iterator[tuple[str, str, Path]]:
    """What else can be wrong: a limit on a result or on terms, a corner beside 0, a cache that was not the last one."""
    definition = _definition(key, exercise, function)
    yield from ((RESULT, LIMITED, output) for output in seen.outputs)
    terms = len(_terms(definition))
    yield from ((f"{TERM}{number}", LIMITED, ()) for number in range(terms))
    if _has_corner(definition):
        numeric = [name for name, own in seen.kinds.items() if own & {"array", "number"}]
        yield from (
            (name, predicates.BELOW_CORNER, output) for name in numeric for output in seen.outputs
        )
    if seen.caches and _maker(function) in key.checks:
        yield CACHE, LATER_FORWARD, ()


def excluded_by(condition: Condition, exclusions: Sequence[Excluded]) -> Excluded | None:
    """The exclusion that covers a condition, if one does."""
    own = (e for e in exclusions if e.exercise == condition.exercise)
    return next((e for e in own if any(fnmatchcase(condition.id, p) for p in e.conditions)), None)


def audit_conditions(
    key: AnswerKey, exclusions: Sequence[Excluded], exercise: Exercise
) -> ConditionScore:
    """Judge the mutant of each condition by the visible and by the hidden checks of its exercise.

    The visible ones are judged as in the notebook, which does not know the reference's gradients.
    """
    hidden = [check for check in key.checks[exercise.name] if check.hidden]
    every = conditions_of(key, exercise)
    allowed = [condition for condition in every if not excluded_by(condition, exclusions)]
    seen, caught = _found(key, allowed, exercise.checks), _found(key, allowed, hidden)
    outcomes = tuple(map(ConditionFound, allowed, seen, caught))
    return ConditionScore(key.assignment.name, exercise.name, len(every) - len(allowed), outcomes)


def allowed_conditions(
    key: AnswerKey, exclusions: Sequence[Excluded], exercise: Exercise
) -> list[Condition]:
    """The conditions of an exercise that its text does not exclude."""
    return [c for c in conditions_of(key, exercise) if not excluded_by(c, exclusions)]


def verdicts_by_condition(
    key: AnswerKey, conditions: Sequence[Condition], checks: Sequence[Check]
) -> dict[str, bool]:
    """Whether checks find each condition mutant, by the condition's id."""
    found = _found(key, conditions, checks)
    return {condition.id: seen for condition, seen in zip(conditions, found, strict=True)}


def unused_exclusions(key: AnswerKey, exclusions: Sequence[Excluded]) -> list[str]:
    """Exclusions that cover no condition, or give no reason, with what to do."""
    every = [c for exercise in key.assignment.exercises for c in conditions_of(key, exercise)]
    problems = []
    for exclusion in exclusions:
        if exclusion.exercise in key.assignment.dropped:
            continue
        own = [condition.id for condition in every if condition.exercise == exclusion.exercise]
        idle = [p for p in exclusion.conditions if not any(fnmatchcase(name, p) for name in own)]
        problems += [
            f"{exclusion.exercise} excludes {p!r}, which is no condition; take it off" for p in idle
        ]
        if not exclusion.reason.strip():
            problems.append(f"{exclusion.exercise} excludes conditions without a reason; give it")
    return problems


def _alive(outcome: ConditionFound) -> list[str]:
    blind = [
        kind
        for kind, found in (("visible", outcome.visible), ("hidden", outcome.hidden))
        if not found
    ]
    where = f"{outcome.condition.exercise}: {outcome.condition.id}"
    cure = "add a case, or exclude the condition with the reason"
    return [
        f"{where}: an answer that is wrong only there passes the {kind} checks; {cure}"
        for kind in blind
    ]


def _found(key: AnswerKey, conditions: Sequence[Condition], checks: Sequence[Check]) -> list[bool]:
    """Whether a check finds the mutant of each condition wrong.

    The check that finds one comes first from then on, since it will find most of the next ones too.  Which call is the
    second depends on the order of the checks, so conditions on calls keep it.
    """
    likely, found = list(checks), []
    for condition in conditions:
        order = likely if condition.arguments else checks
        killer = _killer(key, condition, order)
        found.append(killer is not None)
        if killer is not None and order is likely:
            likely.insert(0, likely.pop(killer))
    return found


def _killer(key: AnswerKey, condition: Condition, checks: Sequence[Check]) -> int | None:
    """The place of the first check that finds a mutant wrong, which was never called before."""
    student = LocalStudent(_mutant(key, condition))
    with np.errstate(all="ignore"):
        for place, check in enumerate(checks):
            if any(not finding.warning for finding in check.rule.judge(student, check).findings):
                return place
    return None


def _mutant(key: AnswerKey, condition: Condition) -> dict[str, object]:
    """The reference's namespace, in which one function is wrong under the condition."""
    if condition.arguments and condition.arguments[0].startswith(TERM):
        return _with_limited_term(key, condition)
    if condition.what == LATER_FORWARD:
        return _with_one_cache(key, condition.function)
    return _wrapped(key, {condition.function: lambda function: _under(condition, function)})


def _wrapped(
    key: AnswerKey, wrappers: Mapping[str, Callable[[Function], Function]]
) -> dict[str, object]:
    """The reference's namespace with some functions or methods wrapped, also where the reference calls them."""
    namespace = reference_namespace(
        key.source
    )  # the globals of its functions, so all of them see the change
    for name, wrap in wrappers.items():
        owner, _, method = name.rpartition(".")
        if owner:
            setattr(namespace[owner], method, wrap(getattr(namespace[owner], method)))
        else:
            namespace[name] = wrap(_callable(namespace[name]))
    return namespace


def _with_limited_term(key: AnswerKey, condition: Condition) -> dict[str, object]:
    """The reference's namespace, in which a sum takes limited terms."""
    cell = key.source.named(Kind.EXERCISE, condition.exercise)
    tree = ast.parse(cell.code)
    definition = _definition_in(tree, condition.function)
    term = _terms(definition)[int(condition.arguments[0].removeprefix(TERM))]

    class Change(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            inner: ast.AST = self.generic_visit(node)
            limited = ast.Call(ast.Name(_limited.__name__, ast.Load()), [inner], [])  # type: ignore[list-item]
            return limited if node is term else inner

    text = ast.unparse(ast.fix_missing_locations(Change().visit(tree)))
    namespace = reference_namespace(key.source, {condition.exercise: text})
    namespace[_limited.__name__] = _limited  # its functions look it up there
    return namespace


def _terms(definition: ast.AST) -> list[ast.expr]:
    """What an answer sums up: the operand of each sum or mean, and what is added in a loop."""
    found: list[ast.expr] = []
    for node in ast.walk(definition):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            found.append(node.value)
        if isinstance(node, ast.Call) and getattr(
            node.func, "id", getattr(node.func, "attr", "")
        ) in ("sum", "mean"):
            found += node.args[:1] or [node.func.value]  # type: ignore[attr-defined]
    return [f.elt if isinstance(f, (ast.GeneratorExp, ast.ListComp)) else f for f in found]


def _has_corner(definition: ast.AST) -> bool:
    """Whether an answer compares something with 0."""
    compared = (
        n
        for node in ast.walk(definition)
        if isinstance(node, ast.Compare)
        for n in node.comparators
    )
    called = (node for node in ast.walk(definition) if isinstance(node, ast.Call))
    return any(isinstance(n, ast.Constant) and n.value == 0 for n in compared) or any(
        getattr(n.func, "attr", "") == "maximum" for n in called
    )


def _with_one_cache(key: AnswerKey, function: str) -> dict[str, object]:
    """The reference's namespace, in which a backward pass takes the last cache that was made."""
    last: list[object] = []

    def kept(forward: Function) -> Function:
        def made(*args: object, **kwargs: object) -> object:
            result = forward(*args, **kwargs)
            last[:] = [result[1]]  # type: ignore[index]
            return result

        return made

    def forgetful(backward: Function) -> Function:
        return lambda dout, cache: backward(dout, last[0] if last else cache)

    return _wrapped(key, {_maker(function): kept, function: forgetful})


def _maker(function: str) -> str:
    """The function that makes the cache of a backward pass; "" if it takes none."""
    stem, _, _ = function.partition("_backward")
    return f"{stem}_forward"


def _callable(value: object) -> Function:
    assert callable(value)
    return value


def _definition(key: AnswerKey, exercise: str, function: str) -> ast.AST:
    return _definition_in(ast.parse(key.source.named(Kind.EXERCISE, exercise).code), function)


def _definition_in(tree: ast.AST, function: str) -> ast.AST:
    """A function or method of an answer by its name, "Value.__add__"."""
    for name in function.split("."):
        tree = next(n for n in ast.walk(tree) if getattr(n, "name", None) == name)
    return tree


def _answered(key: AnswerKey, exercise: str) -> list[str]:
    """The functions and methods of an answer that hold a solution; others are handed out."""
    cell = key.source.named(Kind.EXERCISE, exercise)
    solved = [region.line - cell.line for region in solution_regions(cell)]
    found: list[str] = []
    for node in ast.parse(cell.code).body:
        if isinstance(node, ast.ClassDef):
            methods = [n for n in node.body if isinstance(n, ast.FunctionDef) and _holds(n, solved)]
            found += [f"{node.name}.{method.name}" for method in methods]
        elif isinstance(node, ast.FunctionDef) and _holds(node, solved):
            found.append(node.name)
    return found


def _holds(node: ast.FunctionDef, lines: Sequence[int]) -> bool:
    return any(node.lineno <= line <= (node.end_lineno or node.lineno) for line in lines)


def _observed(key: AnswerKey, exercise: Exercise, functions: Sequence[str]) -> dict[str, Seen]:
    """How the checks of an exercise call its functions, found by running them on the reference."""
    seen = {name: Seen({}, {}) for name in functions}

    def recorder(name: str) -> Callable[[Function], Function]:
        return lambda function: _recorded(function, seen[name])

    student = LocalStudent(_wrapped(key, {name: recorder(name) for name in functions}))
    with np.errstate(all="ignore"):
        for check in key.checks[exercise.name]:
            check.rule.judge(student, check)
    return seen


def _recorded(function: Function, seen: Seen) -> Function:
    signature = inspect.signature(function)

    @wraps(function)
    def recorded(*args: object, **kwargs: object) -> object:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            if name == CACHE:
                seen.caches.append(value)
                continue
            for part, number in _parts(name, value):
                seen.kinds.setdefault(part, set()).update(_kinds(number))
        result = function(*args, **kwargs)
        seen.outputs.update(dict.fromkeys(_outputs(result)))
        return result

    return recorded


def _parts(name: str, value: object) -> Iterator[tuple[str, object]]:
    """An argument, or the numbers that it holds if it is an object of notebook 5 or 6."""
    held = [
        attribute
        for attribute in ATTRIBUTES
        if hasattr(value, attribute) and not isinstance(value, np.ndarray)
    ]
    if held and not isinstance(value, (int, float, np.generic)):
        yield from ((f"{name}.{attribute}", getattr(value, attribute)) for attribute in held)
    yield name, value


def _kinds(value: object) -> set[str]:
    """The tables of conditions that fit a value; "plain" fits none.

    Only an argument that is never a float is a count.
    """
    if isinstance(value, (bool, np.bool_, str)):
        return {"plain"}
    if isinstance(value, (int, np.integer)):
        return {"count"}
    if isinstance(value, (float, np.floating)):
        return {"number"}
    if hasattr(value, "_parents"):
        return {"node"}
    if hasattr(value, "dot") and not isinstance(value, np.ndarray):
        return {"dual"}
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
        return _kinds_of_array(value)
    if isinstance(value, dict):
        return {"dict"}
    return _kinds_of_sequence(value) if isinstance(value, (list, tuple)) else set()


def _kinds_of_array(value: np.ndarray) -> set[str]:
    axes = {what for what, holds in predicates.OF_AXES.items() if holds(value)}
    return {"array", "labels", *axes} if value.dtype.kind in "iu" else {"array", *axes}


def _kinds_of_sequence(value: Sequence[object]) -> set[str]:
    if all(isinstance(item, str) for item in value):
        return {"names"}
    if all(isinstance(item, int) for item in value):
        return {"sizes"}
    return {"array"} if _numbers(value) is not None else set()


def _outputs(result: object) -> list[Path]:
    """Where a result can be spoiled, outputs that are no numbers left out."""
    if isinstance(result, tuple):
        return [(i, *inner) for i, item in enumerate(result) for inner in _outputs_within(item)]
    if isinstance(result, dict):
        return [(k,) for k, item in result.items() if isinstance(k, str) and _spoilable(item)]
    held = [
        a for a in (*ATTRIBUTES, RULE) if hasattr(result, a) and not isinstance(result, np.ndarray)
    ]
    if held and not isinstance(result, (int, float, np.generic)):
        return [(attribute,) for attribute in held]
    return [()]


def _outputs_within(item: object) -> list[Path]:
    """Where one of several results can be spoiled: at each number of a dict of numbers, else as a whole."""
    if isinstance(item, dict) and all(isinstance(v, (int, float)) for v in item.values()):
        return [(key,) for key in item]
    return [()] if _spoilable(item) else []


def _spoilable(value: object) -> bool:
    if isinstance(value, dict):
        return all(_numbers(v) is not None for v in value.values())
    return _numbers(value) is not None


def _fitting(
    kinds: Mapping[str, set[str]], *, method: bool
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every condition that fits arguments of these kinds.

    The number that an object holds is a float, whatever it was made from, so its form is not tried.  The graph behind a
    node matters to functions that walk it, not to the operations of a class.
    """
    for name, own in kinds.items():
        for what in _tables(own):
            if "." not in name or what not in predicates.OF_NUMBER_FORMS:
                yield (name,), what
        if "node" in own and not method:
            yield from (((name,), what) for what in predicates.OF_NODES)
    yield from _fitting_pairs(kinds)
    yield (), SECOND_CALL
    yield (), EQUAL_CALL
    nodes = any("node" in own for own in kinds.values())
    if nodes or any("array" in own or not own for own in kinds.values()):
        yield (), SAME_OBJECT
    if nodes and not method:
        yield (), NODE_INSIDE
        yield (), GROWN_GRAPH


def _fitting_pairs(kinds: Mapping[str, set[str]]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every condition on two arguments, or on the numbers that they hold."""
    numeric = [name for name, own in kinds.items() if own & {"array", "number", "count"}]
    for pair in combinations(numeric, 2):
        first, second = (name.partition(".")[0] for name in pair)
        if first == second:
            continue
        whole = all("array" in kinds[name] for name in pair)
        yield from ((pair, what) for what in predicates.OF_PAIRS)
        yield from (
            (pair, what)
            for what in (predicates.OF_ARRAY_PAIRS if whole else predicates.OF_NUMBER_PAIRS)
        )
    arrays = [name for name, own in kinds.items() if "array" in own]
    counts = [name for name, own in kinds.items() if own == {"count"}]
    yield from ((pair, what) for pair in product(arrays, counts) for what in predicates.OF_BATCHES)
    dicts = [name for name, own in kinds.items() if "dict" in own]
    yield from ((pair, predicates.OTHER_ORDER) for pair in combinations(dicts, 2))
    objects = [name for name, own in kinds.items() if own & {"node", "dual"}]
    yield from ((pair, predicates.ONE_OBJECT) for pair in combinations(objects, 2))


def _tables(kinds: set[str]) -> Iterator[str]:
    if kinds & {"array", "labels"}:
        yield from predicates.OF_ARRAYS
        yield from predicates.OF_FORMS
        yield from (
            what
            for what in predicates.OF_MATRICES
            if kinds & {"two axes", "three axes", "four axes"}
        )
        yield from (what for what in predicates.OF_AXES if what in kinds)
    elif "sizes" in kinds:
        yield from predicates.OF_SIZES
    elif kinds == {"count"}:
        yield from predicates.OF_COUNTS
    elif kinds & {"count", "number"}:
        yield from predicates.OF_NUMBERS
        yield from predicates.OF_NUMBER_FORMS
    if "dict" in kinds:
        yield from predicates.OF_ARRAYS
        yield from predicates.OF_NAMES
    if "names" in kinds:
        yield from predicates.OF_NAMES


def _under(condition: Condition, function: Function) -> Function:
    """The function, wrong whenever the condition holds for its arguments before the call."""
    signature = inspect.signature(function)
    earlier: list[list[object]] = []

    @wraps(function)
    def mutant(*args: object, **kwargs: object) -> object:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        if condition.arguments == (UPSTREAM,):
            return _with_wrong_rule(
                function(*args, **kwargs), predicates.OF_NUMBERS[condition.what]
            )
        given = list(bound.arguments.values())
        if condition.what == LIMITED:
            return _spoiled(function(*args, **kwargs), condition.output, given, _limited)
        holds = _holds_now(condition, bound.arguments, earlier)
        result = function(*args, **kwargs)
        return _spoiled(result, condition.output, given, _off) if holds else result

    return mutant


def _holds_now(condition: Condition, arguments: Arguments, earlier: list[list[object]]) -> bool:
    if not condition.arguments:
        given = list(arguments.values())
        found = _of_calls(condition.what, given, earlier)
        earlier.append(given)
        return found
    values = [_value_of(name, arguments) for name in condition.arguments]
    if len(values) == 2:
        return _of_two(condition.what, *values)
    (value,) = values
    if isinstance(value, dict) and condition.what in predicates.OF_NAMES:
        return predicates.OF_NAMES[condition.what](list(value))
    items = list(value.values()) if isinstance(value, dict) else [value]
    return any(_of_one(condition.what, item) for item in items)


def _of_one(what: str, value: object) -> bool:
    form = predicates.OF_FORMS.get(what) or predicates.OF_NUMBER_FORMS.get(what)
    if form:
        return form(value)
    if what in predicates.OF_NAMES:
        return isinstance(value, (list, tuple)) and predicates.OF_NAMES[what](value)
    if what in predicates.OF_NODES:
        return hasattr(value, "_parents") and predicates.OF_NODES[what](value)
    numbers = _numbers(value)
    if numbers is None:
        return False
    for table in (
        predicates.OF_ARRAYS,
        predicates.OF_MATRICES,
        predicates.OF_AXES,
        predicates.OF_SIZES,
        predicates.OF_CORNERS,
    ):
        if what in table:
            return table[what](numbers)
    if numbers.ndim:
        return False
    if what in predicates.OF_NUMBERS:
        return predicates.OF_NUMBERS[what](float(numbers))
    return isinstance(value, (int, np.integer)) and predicates.OF_COUNTS[what](int(value))


def _of_two(what: str, first: object, second: object) -> bool:
    if what == predicates.ONE_OBJECT:
        return first is second and not isinstance(first, (int, float, str, type(None)))
    if what == predicates.OTHER_ORDER:
        return _in_other_order(first, second)
    a, b = _numbers(first), _numbers(second)
    return a is not None and b is not None and predicates.ALL_PAIRS[what](a, b)


def _in_other_order(first: object, second: object) -> bool:
    if not isinstance(first, dict) or not isinstance(second, dict):
        return False
    return first.keys() == second.keys() and list(first) != list(second)


def _of_calls(what: str, given: Sequence[object], earlier: Sequence[Sequence[object]]) -> bool:
    if what == SECOND_CALL:
        return len(earlier) == 1
    if what == EQUAL_CALL:
        return any(_equal(given, before) for before in earlier)
    kept = [
        value
        for value in given
        if not isinstance(value, (int, float, str, np.generic)) and not callable(value)
    ]
    if what in (NODE_INSIDE, GROWN_GRAPH):
        roots = [old for before in earlier for old in before if hasattr(old, "_parents")]
        pairs = [(new, old) for new in kept for old in roots if new is not old]
        return any(
            predicates.made_from(*(pair if what == GROWN_GRAPH else pair[::-1])) for pair in pairs
        )
    return any(value is old for value in kept for before in earlier for old in before)


def _equal(a: Sequence[object], b: Sequence[object]) -> bool:
    return len(a) == len(b) and all(_alike(x, y) for x, y in zip(a, b, strict=True))


def _alike(a: object, b: object) -> bool:
    x, y = _numbers(a), _numbers(b)
    return a is b or (x is not None and y is not None and np.array_equal(x, y))


def _value_of(name: str, arguments: Arguments) -> object:
    """The argument, or the number that it holds; None if it is no such object in this call."""
    argument, _, attribute = name.partition(".")
    value = arguments.get(argument)
    return getattr(value, attribute, None) if attribute else value


def _numbers(value: object) -> np.ndarray | None:
    """A number or an array of numbers, as float64; None if it is neither."""
    if isinstance(value, (str, bytes, dict)) or value is None or callable(value):
        return None
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    return array.astype(np.float64) if array.dtype.kind in "iuf" else None


def _spoiled(
    result: object, output: Path, given: Sequence[object], off: Callable[[object], object]
) -> object:
    """The result with one output off."""
    if result is None:
        _spoil_arguments(given, off)
        return None
    if not output:
        return off(result)
    place, *inner = output
    if isinstance(result, tuple):
        return tuple(
            _spoiled(v, tuple(inner), given, off) if i == place else v for i, v in enumerate(result)
        )
    if isinstance(result, dict):
        return {key: off(item) if key == place else item for key, item in result.items()}
    assert isinstance(place, str)
    if place == RULE:
        wrong = _with_limited_rule if off is _limited else _with_wrong_rule
        return wrong(result)
    if hasattr(result, place):
        setattr(result, place, off(getattr(result, place)))
    return result


def _off(value: object) -> object:
    """A number, an array, a dict of arrays or a list that is not what it was."""
    if isinstance(value, dict):
        return {key: _off(item) for key, item in value.items()}
    if isinstance(value, (int, np.integer)):
        return value + 1
    numbers = _numbers(value)
    if numbers is None:
        return [*value, *value] if isinstance(value, list) and len(value) < 2 else _reversed(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "iu":
        return value + 1
    spoiled = numbers * FACTOR + SHIFT
    if isinstance(value, np.ndarray):
        return spoiled
    return type(value)(spoiled.tolist()) if isinstance(value, (list, tuple)) else float(spoiled)


def _limited(value: object) -> object:
    """A number, an array or a dict of arrays within the limit; the first of a longer list."""
    limit = predicates.LIMIT
    if isinstance(value, dict):
        return {key: _limited(item) for key, item in value.items()}
    numbers = _numbers(value)
    if numbers is None:
        return value[:limit] if isinstance(value, list) else value
    if isinstance(value, (int, float, np.generic)):
        return type(value)(min(max(value, -limit), limit))  # type: ignore[type-var]
    within = np.clip(numbers, -limit, limit)
    return within if isinstance(value, np.ndarray) else type(value)(within.tolist())  # type: ignore[call-arg]


def _reversed(value: object) -> object:
    return value[::-1] if isinstance(value, (list, tuple)) else value


def _always(upstream: float) -> bool:
    return True


def _with_wrong_rule(node: object, when: Callable[[float], bool] = _always) -> object:
    """A node whose backward rule leaves too much with its first parent, if the gradient that has arrived is so."""
    rule = node._backward  # type: ignore[attr-defined]

    def wrong() -> None:
        rule()
        if not when(float(node.grad)):  # type: ignore[attr-defined]
            return
        for parent in node._parents[:1]:  # type: ignore[attr-defined]
            parent.grad += SHIFT * abs(node.grad) + SHIFT  # type: ignore[attr-defined]

    node._backward = wrong  # type: ignore[attr-defined]
    return node


def _with_limited_rule(node: object) -> object:
    """A node whose backward rule leaves no more than the limit with a parent."""
    rule = node._backward  # type: ignore[attr-defined]

    def wrong() -> None:
        parents = {id(parent): parent for parent in node._parents}  # type: ignore[attr-defined]
        before = {name: parent.grad for name, parent in parents.items()}
        rule()
        for name, parent in parents.items():
            parent.grad = before[name] + _limited(parent.grad - before[name])

    node._backward = wrong  # type: ignore[attr-defined]
    return node


def _spoil_arguments(given: Sequence[object], off: Callable[[object], object]) -> None:
    """What a function without a result leaves in its arguments: the gradient of the input that is reached first."""
    node = given[0]
    while getattr(node, "_parents", ()):
        node = node._parents[0]  # type: ignore[attr-defined]
    if hasattr(node, "grad"):
        node.grad = off(node.grad)
