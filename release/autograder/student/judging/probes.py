"""What comes back when a probe runs: a value, or how the student's code stopped.

`Student` is the one thing a check talks to.  In a notebook it is the kernel's own namespace (`LocalStudent`);
in the grader it is a proxy into the sandbox.  The same check runs on both.
"""

from __future__ import annotations

import ast
import builtins
import copy
import math
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, redirect_stdout
from functools import cache
from io import TextIOBase
from itertools import zip_longest
from types import CodeType, FrameType, MappingProxyType, NoneType

import numpy as np

from autograder.student.judging.stops import PROBE_FILE, describe, is_students, text_of
from autograder.student.model.exercises import DEEPEST, Answer, Inputs, Probe

MAX_WARNINGS = 5
# Characters kept of what one call prints.
MAX_PRINTED = 500
# What a probe calls where it unpacks several results; no name of Python's, so none of a student's.
IN_ORDER = "<in order>"
# What a probe calls in place of a student's function, to hand its inputs out for the time of the call only.
LENT = "<lent>"
# What a probe means by these names, whatever the student bound to them.
PYTHONS = MappingProxyType(dict(vars(builtins)))
COURSE = {"__builtins__": dict(PYTHONS), "__name__": "__main__", "np": np, "math": math}
NOTHING: Mapping[str, object] = MappingProxyType({})
# Inputs that a function can write into.
_Writable = np.ndarray | list[object] | dict[object, object]
_WRITABLE, _HOLDING = (np.ndarray, list, dict), (tuple, list, dict)
# Types of which a value is its own copy.
_PLAIN = frozenset((float, int, bool, str, NoneType))
# A slope is not measured with fewer calls than these.
FEWEST = 3


class LocalStudent:
    """The student's functions in this very process: the notebook's kernel, or a trusted reference."""

    def __init__(self, namespace: Mapping[str, object]) -> None:
        self.namespace = namespace

    def defined(self, names: Sequence[str]) -> frozenset[str]:
        """Which of `names` are callable in the namespace."""
        return frozenset(name for name in names if callable(self.namespace.get(name)))

    def answers(self, probe: Probe, inputs: Iterable[Inputs]) -> list[Answer]:
        """Run `probe` once on each set of inputs, each time on fresh copies."""
        return run_probe(self.namespace, probe, inputs)


class Watch:
    """Counts the calls of a student's functions with an input that is changed in a few places.

    That is how a slope is measured, whatever the step is and whatever becomes of the differences.
    """

    def __init__(self, inputs: Inputs) -> None:
        arrays = {
            name: value.ravel() for name, value in inputs.items() if isinstance(value, np.ndarray)
        }
        # Among equal numbers, as zeros are, anything may look like an input that was changed in a few places.
        self._inputs = {
            name: a for name, a in arrays.items() if a.size > 1 and len(np.unique(a)) == a.size
        }
        self._points: dict[str, set[bytes]] = {name: set() for name in self._inputs}
        self._complex: dict[int, set[bytes]] = {}

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        """Look at what a function was called with; for sys.setprofile."""
        if event == "call" and is_students(frame.f_code.co_filename):
            for value in frame.f_locals.values():
                self._look(value)

    @property
    def nudged(self) -> tuple[str, ...]:
        """The inputs that were changed in as many ways as they have elements, and the sizes of complex steps."""
        enough = {name: max(FEWEST, array.size) for name, array in self._inputs.items()}
        inputs = [name for name, points in self._points.items() if len(points) >= enough[name]]
        return (*inputs, *(complex_steps(n) for n, made in self._complex.items() if len(made) >= n))

    def _look(self, value: object) -> None:
        if type(value) is dict:
            for item in value.values():
                self._look(item)
        if not isinstance(value, np.ndarray):
            return
        array = np.asarray(value).ravel()
        if array.dtype.kind == "c" and np.count_nonzero(array.imag) == 1:
            self._complex.setdefault(array.size, set()).add(array.tobytes())
        for name, original in self._inputs.items():
            if array.size == original.size and array.dtype.kind in "iufc":
                differs = np.count_nonzero(array != original)
                if 0 < differs <= max(1, original.size // 2):
                    self._points[name].add(array.tobytes())


def complex_steps(size: int) -> str:
    """The entry among nudged inputs for `size` numbers, each given an imaginary part, one at a time."""
    return f"{size} complex numbers"


class _Beginning(TextIOBase):
    """Keeps the beginning of what is printed, however long that goes on."""

    def __init__(self) -> None:
        self._text = ""

    def write(self, text: str) -> int:
        """Accept a text."""
        if len(self._text) < MAX_PRINTED:
            self._text += text[: MAX_PRINTED - len(self._text)]
        return len(text)

    def take(self) -> str:
        """What was kept since the last call, without space around it."""
        text, self._text = self._text, ""
        return str(text).strip()


class Loan:
    """The inputs of one call, by the probe's names for them, with a copy of each from before the call.

    A function that changes an input in place gets a note and loses nothing: what the probe runs next finds the
    inputs as they were.
    """

    def __init__(self) -> None:
        self._kept: dict[int, tuple[str, _Writable, _Writable]] = {}

    def keep(self, name: str, value: object, depth: int = DEEPEST) -> None:
        """Remember an input called `name` and all that it holds."""
        if id(value) in self._kept or not depth:
            return
        if isinstance(value, _WRITABLE):
            self._kept[id(value)] = (name, value, value.copy())
        if isinstance(value, _HOLDING):
            for item in value.values() if isinstance(value, dict) else value:
                self.keep(name, item, depth - 1)

    def settle(self, result: object) -> tuple[object, tuple[str, ...]]:
        """Put back what the call changed; its result, apart from the inputs, and their names."""
        changed = [entry for entry in self._kept.values() if _differs(entry[1], entry[2])]
        if changed:
            result = _apart(result, [value for _, value, _ in changed])
        for _, value, before in changed:
            _put_back(value, before)
        return result, tuple(dict.fromkeys(name for name, _, _ in changed))


class Scope(dict[str, object]):
    """The globals of a probe or of code that was handed out: its own names, Python's builtins, the student's names.

    A name that the student bound hides neither a builtin nor a module of the course.
    """

    def __init__(self, students: Mapping[str, object], own: Mapping[str, object]) -> None:
        super().__init__(COURSE, **own)
        self._students = students

    def __missing__(self, name: str) -> object:
        return PYTHONS[name] if name in PYTHONS else self._students[name]


def define_apart(
    text: str, students: Mapping[str, object], own: Mapping[str, object]
) -> dict[str, object]:
    """What `text` defines, with a Scope as its globals; the student's names get none of it."""
    made: dict[str, object] = {}
    exec(_compiled_as_it_is(text), Scope(students, own), made)
    return made


@cache
def _compiled_as_it_is(text: str) -> CodeType:
    code: CodeType = compile(text, PROBE_FILE, "exec", dont_inherit=True)
    return code


def run_probe(
    namespace: Mapping[str, object],
    probe: Probe,
    inputs: Iterable[Inputs],
    ends: type[BaseException] | tuple[type[BaseException], ...] = KeyboardInterrupt,
    given: Mapping[str, object] = NOTHING,
) -> list[Answer]:
    """Run the setup of `probe`, then evaluate its call, once for each set of inputs.

    Inputs are variables of the probe and hide functions of the same name; the student's functions keep their
    own globals.  Where the setup unpacks the result of a call into names, a dict with those names is taken for a
    tuple.  Nothing is printed, what would be and warnings are recorded, and an input that comes back changed is named.
    given: what was handed out, which hides the student's.
    ends: the exceptions that stop the run, as a person does; any other becomes an answer's failure.
    """
    # numpy's own settings, so that a notebook's np.seterr decides nothing.
    usual = np.errstate(divide="warn", over="warn", under="ignore", invalid="warn")
    standing_in = _standing_in(namespace, probe.stand_ins, given)
    with (
        warnings.catch_warnings(record=True) as heard,
        redirect_stdout(_Beginning()) as out,
        usual,
        standing_in,
    ):
        warnings.simplefilter("always")
        return [
            _run_once(
                namespace,
                given,
                probe,
                row,
                heard,
                out,
                ends,
                Watch(row) if probe.watched else None,
            )
            for row in inputs
        ]


@contextmanager
def _standing_in(
    namespace: Mapping[str, object], text: str, given: Mapping[str, object]
) -> Iterator[None]:
    """Let the definitions of `text` replace the student's in the namespace itself, where student code finds them."""
    if not text or not isinstance(namespace, MutableMapping):
        yield
        return
    made = define_apart(text, namespace, given)
    kept = {name: namespace[name] for name in made if name in namespace}
    namespace.update(made)
    try:
        yield
    finally:
        for name in made:
            namespace.pop(name, None)
        namespace.update(kept)


def results_in_order(value: object, names: Sequence[str]) -> object:
    """The values of a dict that has all of `names`, in their order; anything else as it is."""
    if isinstance(value, Mapping) and all(name in value for name in names):
        return tuple(value[name] for name in names)
    return value


class _Lending(ast.NodeTransformer):
    """Calls every function that has a name by LENT, with the names of its arguments."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """The same call; of a function with a name, by LENT."""
        self.generic_visit(node)
        if not isinstance(node.func, ast.Name) or node.func.id in PYTHONS:
            return node
        names = [ast.Constant(a.id if isinstance(a, ast.Name) else "") for a in node.args]
        known = [ast.Constant(node.func.id), ast.Tuple([*names], ast.Load())]
        return ast.Call(ast.Name(LENT, ast.Load()), [*known, node.func, *node.args], node.keywords)


class _Ordering(ast.NodeTransformer):
    """Puts the result of a call in order where it is assigned to several names: `out, cache = f(x)`."""

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        """The same statement, its value put in order if it is a call that is unpacked."""
        target = node.targets[0]
        if isinstance(node.value, ast.Call) and isinstance(target, ast.Tuple):
            names = ast.Tuple([ast.Constant(ast.unparse(name)) for name in target.elts], ast.Load())
            node.value = ast.Call(ast.Name(IN_ORDER, ast.Load()), [node.value, names], [])
        return node


def compile_probe(setup: str, call: str) -> tuple[CodeType, CodeType]:
    """The code of a probe's setup and of its call, compiled once in a process and those forked from it."""
    return _compiled(setup, "exec"), _compiled(call, "eval")


@cache
def _compiled(text: str, mode: str) -> CodeType:
    tree = compile(text, PROBE_FILE, mode, ast.PyCF_ONLY_AST, dont_inherit=True)
    tree = _Ordering().visit(_Lending().visit(tree))  # what puts in order is not lent to
    code: CodeType = compile(ast.fix_missing_locations(tree), PROBE_FILE, mode, dont_inherit=True)
    return code


def _run_once(
    namespace: Mapping[str, object],
    given: Mapping[str, object],
    probe: Probe,
    inputs: Inputs,
    heard: list[warnings.WarningMessage],
    out: _Beginning,
    ends: type[BaseException] | tuple[type[BaseException], ...],
    watch: Watch | None,
) -> Answer:
    mine = {name: _copied(value) for name, value in inputs.items()}
    found: list[str] = []
    own = {IN_ORDER: results_in_order, LENT: _lending(namespace, found)}
    scope = Scope(namespace, {**given, **mine, **own})
    before, expression = compile_probe(probe.setup, probe.call)
    ran = probe.setup
    heard.clear()
    try:
        if watch:
            sys.setprofile(watch)
        exec(before, scope)
        ran = probe.call
        value, failure = _kept(eval(expression, scope)), None
    except ends:
        raise
    except BaseException as error:  # student code may raise anything, SystemExit included
        value, failure = None, describe(error, ran)
    finally:
        if watch:
            sys.setprofile(None)
    warned = dict.fromkeys(f"{w.category.__name__}: {text_of(w.message)}" for w in heard)
    found += [name for name, value in inputs.items() if not _same(mine[name], value)]
    changed = tuple(dict.fromkeys(found))
    nudged = watch.nudged if watch else ()
    return Answer(value, failure, tuple(warned)[:MAX_WARNINGS], changed, nudged, out.take())


def _lending(namespace: Mapping[str, object], changed: list[str]) -> Callable[..., object]:
    """Make the function by which a probe calls: a student's function gets its inputs on loan.

    The names of inputs that it changed are added to `changed`.  A cache, which another function of the student made,
    is the student's: one that is used up is not filled again.
    """
    returned: dict[int, object] = {}

    def call(
        called: str,
        names: Sequence[str],
        function: Callable[..., object],
        *args: object,
        **more: object,
    ) -> object:
        if namespace.get(called) is not function or isinstance(function, type):
            return function(*args, **more)
        loan = Loan()
        for name, value in (*zip_longest(names, args, fillvalue=""), *more.items()):
            if type(value) not in _PLAIN and id(value) not in returned:
                loan.keep(name, value)
        result, written = loan.settle(function(*args, **more))
        changed.extend(written)
        parts = [*result.values()] if isinstance(result, dict) else result
        for part in parts if isinstance(parts, (tuple, list)) else [parts]:
            if not isinstance(part, np.ndarray):
                returned[id(part)] = part
        return result

    return call


def _copied(value: object) -> object:
    if type(value) in _PLAIN:
        return value
    return value.copy() if isinstance(value, np.ndarray) else copy.deepcopy(value)


def _kept(value: object, depth: int = DEEPEST) -> object:
    """A copy of the value, in the types that verdicts are made from, here and in the sandbox alike.

    Arrays are copied, because later calls may write into them again; an array of objects becomes a
    list.
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            return _kept(value.tolist(), depth - 1) if depth else None
        return np.array(value, np.float64 if value.dtype == np.longdouble else None)
    if isinstance(value, np.longdouble):
        return float(value)
    if isinstance(value, (int, float)) and not isinstance(value, (bool, np.generic)):
        return float.__float__(value) if isinstance(value, float) else int.__int__(value)
    if not depth:
        return value
    if isinstance(value, (tuple, list)):
        return (tuple if isinstance(value, tuple) else list)(
            _kept(item, depth - 1) for item in value
        )
    if isinstance(value, dict):
        return {key: _kept(item, depth - 1) for key, item in value.items()}
    return value


def _differs(value: _Writable, before: _Writable) -> bool:
    """Whether a call wrote into an input: of a list or dict, whether it holds other objects."""
    if isinstance(value, np.ndarray):
        return not _same(value, before)
    now, then = (
        each.items() if isinstance(each, dict) else enumerate(each) for each in (value, before)
    )
    return [(key, id(item)) for key, item in now] != [(key, id(item)) for key, item in then]


def _put_back(value: _Writable, before: _Writable) -> None:
    if isinstance(value, dict) and isinstance(before, dict):
        value.clear()
        value.update(before)
    elif isinstance(value, list) and isinstance(before, list):
        value[:] = before
    elif (
        isinstance(value, np.ndarray)
        and isinstance(before, np.ndarray)
        and value.shape == before.shape
        and value.flags.writeable
    ):
        value[...] = before


def _apart(result: object, inputs: list[_Writable], depth: int = DEEPEST) -> object:
    """A result without the memory of `inputs`, which are about to be put back."""
    if isinstance(result, np.ndarray):
        shares = any(isinstance(a, np.ndarray) and np.may_share_memory(a, result) for a in inputs)
        return result.copy() if shares else result
    if not depth:
        return result
    if type(result) is tuple or type(result) is list:
        items = [_apart(item, inputs, depth - 1) for item in result]
        return tuple(items) if type(result) is tuple else items
    if type(result) is dict:
        return {key: _apart(item, inputs, depth - 1) for key, item in result.items()}
    return result


def _same(a: object, b: object) -> bool:
    """Whether an input is bit for bit the same after the call as before it."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in b)
    return bool(a == b) or a != a  # noqa: PLR0124 - nan is the same as nan
