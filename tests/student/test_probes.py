"""Running a probe with a student's code: what it sees, what it reports, and that nothing stops it."""

import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest

from autograder.student.judging.probes import LocalStudent, run_probe
from autograder.student.judging.stops import describe
from autograder.student.model.exercises import Answer, Failure, Probe, Stop

F = Probe("f(x)", ("y",))


def student(code):
    """A namespace in which `code` ran, as the cell of a notebook does."""
    namespace = {"np": np}
    exec(compile(code, "<cell 1>", "exec"), namespace)
    return namespace


def ask(code, probe=F, inputs=({"x": 2.0},)):
    return LocalStudent(student(code)).answers(probe, inputs)


def test_each_set_of_inputs_is_answered_in_order():
    answers = ask("def f(x): return x + 1", inputs=[{"x": 1}, {"x": 2}, {"x": 3}])
    assert answers == [Answer(2), Answer(3), Answer(4)]


def test_setup_runs_first_and_its_functions_see_the_inputs():
    probe = Probe("g(y)", ("z",), setup="y = f(x)\ndef g(v):\n    return v * x")
    assert ask("def f(x): return x + 1", probe)[0].value == 6.0


def test_inputs_hide_functions_of_the_same_name_but_not_for_the_students_code():
    code = "def x(v): return 10 * v\ndef f(v): return x(v)"
    assert ask(code)[0].value == 20.0


def test_a_probe_leaves_nothing_behind_in_the_students_code():
    namespace = student("def f(x): return x")
    before = dict(namespace)
    LocalStudent(namespace).answers(Probe("f(y)", ("z",), setup="y = f(x)"), [{"x": 1.0}])
    assert namespace == before


def test_what_student_code_prints_is_swallowed(capsys):
    code = "import sys\ndef f(x):\n    print('hidden input', x)\n    sys.stdout.write('more')\n    return x"
    assert ask(code)[0].value == 2.0
    assert capsys.readouterr() == ("", "")


def test_warnings_are_recorded_with_their_answer_and_do_not_reach_the_caller():
    code = "import warnings\ndef f(x):\n    if x > 1: warnings.warn('too large')\n    return x"
    with warnings.catch_warnings(action="error"):
        first, second, third = ask(code, inputs=[{"x": 1.0}, {"x": 2.0}, {"x": 3.0}])
    assert first.warnings == ()
    assert second.warnings == third.warnings == ("UserWarning: too large",)


def test_an_overflow_is_heard_although_others_were_heard_before():
    code = """
import warnings
def f(x):
    for _ in range(50): warnings.warn('noise')
    return np.exp(x)
"""
    assert ask(code, inputs=[{"x": 1e4}])[0].warnings == (
        "UserWarning: noise",
        "RuntimeWarning: overflow encountered in exp",
    )


@pytest.mark.parametrize("setting", ["ignore", "raise"])
def test_a_notebooks_error_settings_decide_nothing(setting):
    with np.errstate(all=setting):
        loud, quiet = ask("def f(x): return np.exp(x)", inputs=[{"x": 1e4}, {"x": -1e4}])
    assert (loud.failure, loud.warnings) == (None, ("RuntimeWarning: overflow encountered in exp",))
    assert (quiet.failure, quiet.warnings) == (None, ())


CHANGES = {
    "array in place": ("x += 1", np.ones(2)),
    "one element": ("x[0, 1] = 7", np.ones((2, 2))),
    "shape": ("x.shape = (4,)", np.ones((2, 2))),
    "sign of a zero": ("x *= -1", np.zeros(2)),
    "list": ("x.append(1)", [1.0]),
    "array in a list": ("x[0][:] = 0", [np.ones(2)]),
    "array in a dict": ("x['w'] *= 2", {"w": np.ones(2)}),
    "key of a dict": ("x['v'] = 2", {"w": 1.0}),
    "list that now holds an array": ("x[0] = np.ones(3)", [1.0]),
    "list that now holds an object": ("x[0] = lambda: 0", [1.0]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_input_changed_in_place_is_named_and_stays_the_graders(change):
    line, value = CHANGES[change]
    [answer] = ask(f"def f(x):\n    {line}\n    return 1.0", inputs=[{"x": value}])
    assert (answer.value, answer.changed, answer.failure) == (1.0, ("x",), None)
    assert repr(value) == repr(CHANGES[change][1])
    [again] = ask("def f(x): return x", inputs=[{"x": value}])
    assert (again.changed, repr(again.value)) == ((), repr(value))


WRITES = {
    "the gradient itself": "def f(x):\n    x[x < 2] = 0\n    return x",
    "in a dict": "def f(x):\n    x[:2] = 0\n    return {'x': (x, [x[:1]])}",
}


@pytest.mark.parametrize("code", WRITES.values(), ids=WRITES)
def test_what_a_call_writes_into_its_input_is_in_its_result_and_not_in_the_next_calls_input(code):
    given = np.array([1.0, 2.0, 3.0])
    probe = Probe("(repr(f(x)), repr(f(x)), x, repr(first))", ("all",), "first = f(x)")
    [answer] = run_probe(student(code), probe, [{"x": given}])
    one, other, x, first = answer.value
    assert one == other == first == repr(student(code)["f"](given.copy()))
    assert x.tolist() == given.tolist()
    assert answer.changed == ("x",)


@pytest.mark.parametrize(
    "backward", ["def g(d, c): return d * c.pop()", "def g(d, c):\n    c[0] *= d\n    return c[0]"]
)
@pytest.mark.parametrize("forward", ["[x]", "{'out': x, 'cache': [x]}['cache']"])
def test_a_cache_that_a_backward_pass_uses_up_is_not_filled_again(forward, backward):
    code = f"def f(x):\n    x = x + 0.0\n    return x, {forward}\n{backward}"
    twice = Probe("(g(2.0, cache), g(3.0, cache))", ("a", "b"), setup="out, cache = f(x)")
    answer = ask(code, twice)[0]
    assert answer.failure or answer.value != (4.0, 6.0)


def test_an_entry_that_a_call_replaces_is_put_back_and_said():
    code = "def f(params):\n    params['w'] = params['w'] - 1\n    return params"
    probe = Probe("(f(params)['w'], f(params)['w'])", ("all",), "params = {'w': w}")
    [answer] = run_probe(student(code), probe, [{"w": 3.0}])
    assert (answer.value, answer.changed) == ((2.0, 2.0), ("params",))


def test_an_order_in_memory_and_one_array_under_two_names_reach_the_function():
    code = "def f(x, y): return x is y, x.flags.f_contiguous, x.flags.c_contiguous"
    probe = Probe("f(x, y)", ("all",), "x = y = np.asfortranarray(x)")
    [answer] = run_probe(student(code), probe, [{"x": np.ones((2, 3))}])
    assert answer.value == (True, True, False)


@pytest.mark.parametrize(
    "value", [np.nan, np.array([np.nan, 1.0]), [np.nan], {"w": np.nan}, None, "text", np.float32(1)]
)
def test_an_input_that_is_left_alone_is_not_named(value):
    assert ask("def f(x): return 1", inputs=[{"x": value}])[0].changed == ()


def test_every_set_of_inputs_is_a_fresh_copy():
    array = np.zeros(2)
    answers = ask("def f(x):\n    x += 1\n    return x", inputs=[{"x": array}] * 3)
    assert [a.value.tolist() for a in answers] == [[1.0, 1.0]] * 3


@pytest.mark.parametrize(
    "shape", ["BUFFER", "[BUFFER]", "(1, BUFFER)", "{'y': BUFFER}", "[{'y': (BUFFER,)}]"]
)
def test_an_answer_keeps_its_numbers_when_a_later_call_reuses_its_array(shape):
    code = f"BUFFER = np.zeros(1)\ndef f(x):\n    BUFFER[:] = x\n    return {shape}"
    first, second = ask(code, inputs=[{"x": 1.0}, {"x": 2.0}])
    assert "1." in repr(first.value)
    assert "2." in repr(second.value)


@pytest.mark.parametrize(
    ("expression", "plain"),
    [
        ("np.array([x, 1.0], dtype=object)", [2.0, 1.0]),
        ("np.array([np.ones(1), 3], dtype=object)", [np.ones(1), 3]),
        ("np.longdouble(x)", 2.0),
        ("np.ma.masked_array([x], [False])", np.array([2.0])),
        ("__import__('collections').OrderedDict(y=x)", {"y": 2.0}),
        ("__import__('collections').namedtuple('Pair', 'a b')(x, x)", (2.0, 2.0)),
    ],
)
def test_an_answer_comes_in_plain_types_wherever_it_ran(expression, plain):
    [answer] = ask(f"def f(x): return {expression}")
    assert type(answer.value) is type(plain)
    assert repr(answer.value) == repr(plain)


def test_numbers_wider_than_float64_are_narrowed():
    [answer] = ask("def f(x): return np.array([x], dtype=np.longdouble) / 3")
    assert answer.value.dtype == np.float64
    assert answer.value[0] == 2.0 / 3


def test_objects_of_the_students_own_are_left_as_they_are():
    [answer] = ask(
        "class Value:\n    def __getattr__(self, name): raise RuntimeError\ndef f(x): return [Value()]"
    )
    assert type(answer.value[0]).__name__ == "Value"


def test_a_list_that_holds_itself_is_an_answer():
    [answer] = ask("def f(x):\n    y = []\n    y.append(y)\n    return y")
    assert isinstance(answer.value, list)


STOPS = {
    "exit": ("import sys\ndef f(x): sys.exit(0)", "SystemExit", "0"),
    "exit without a word": ("def f(x): raise SystemExit", "SystemExit", ""),
    "generator": ("def f(x): raise GeneratorExit", "GeneratorExit", ""),
    "own": ("class Mine(BaseException): pass\ndef f(x): raise Mine('no')", "Mine", "no"),
    "silent": (
        "class Mine(Exception):\n    def __str__(self): raise RuntimeError\ndef f(x): raise Mine",
        "Mine",
        "",
    ),
    "recursion": ("def f(x): return f(x)", "RecursionError", "maximum recursion depth exceeded"),
    "many lines": (
        "def f(x): raise ValueError('a\\n  b\\n' + 'c' * 10000)",
        "ValueError",
        "a b " + "c" * 496,
    ),
    "chained": (
        "def f(x):\n    try: 1 / 0\n    except ZeroDivisionError: raise KeyError('k')",
        "KeyError",
        "'k'",
    ),
    "not there": ("def g(x): pass", "NameError", "name 'f' is not defined"),
    "not callable": ("f = 3", "TypeError", "'float' object is not callable"),
    "too few": ("def f(): pass", "TypeError", "f() takes 0 positional arguments but 1 was given"),
}


@pytest.mark.parametrize("stop", STOPS)
def test_however_student_code_stops_it_is_data(stop):
    code, name, message = STOPS[stop]
    answers = ask(code.replace("f = 3", "f = 3.0"), inputs=[{"x": 1.0}, {"x": 2.0}])
    for answer in answers:
        assert (answer.value, answer.failure.stop, answer.failure.type) == (None, Stop.RAISED, name)
        assert answer.failure.message.startswith(message)


def test_one_failure_does_not_touch_the_other_answers():
    answers = ask("def f(x): return 1 / x", inputs=[{"x": 1.0}, {"x": 0.0}, {"x": 2.0}])
    assert [a.failure is None for a in answers] == [True, False, True]


def test_a_person_at_the_keyboard_can_interrupt_and_student_code_cannot():
    namespace = student("def f(x): raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        LocalStudent(namespace).answers(F, [{"x": 1.0}])
    [answer] = run_probe(namespace, F, [{"x": 1.0}], ends=Interrupt)
    assert answer.failure.type == "KeyboardInterrupt"


class Interrupt(KeyboardInterrupt):
    """What a grader raises, and student code does not."""


PLACES = {
    "own line": ("def f(x):\n    y = x\n    return y / 0", "f", 3),
    "inner function": ("def g(x):\n    return x / 0\ndef f(x):\n    return g(x)", "g", 2),
    "in numpy": ("def f(x):\n    z = 1\n    return np.linalg.inv(np.zeros((2, 2)))", "f", 3),
    "in the standard library": ("import json\ndef f(x):\n    return json.loads('{')", "f", 3),
    "comprehension": (
        "def f(x):\n    return [\n        v / 0\n        for v in (x,)]",
        "f",
        (2, 3),
    ),
    "lambda inside": ("def f(x):\n    return (lambda v: v / 0)(x)", "f", 2),
    "only a lambda": ("f = lambda x: x / 0", "", 1),
    "method": (
        "class A:\n    def __mul__(self, o):\n        raise ValueError\ndef f(x):\n    return A() * x",
        "A.__mul__",
        3,
    ),
    "called back by numpy": (
        "def f(x):\n    return np.vectorize(g)(x)\ndef g(v):\n    return v / 0",
        "g",
        4,
    ),
    "before any of its lines": ("def f(): pass", "", 0),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_failure_names_the_students_function_and_line(place):
    code, function, line = PLACES[place]
    failure = ask(code)[0].failure
    assert failure.function == function
    assert failure.line in (line if isinstance(line, tuple) else (line,))


def test_a_failure_reads_as_one_line():
    failure = ask("def f(x):\n    raise ValueError('not\\nso')")[0].failure
    assert failure.text == "ValueError in f, line 2: not so"
    assert (
        Failure(Stop.TIMED_OUT, "TimeoutError", "the call took too long").text
        == "the call took too long"
    )


def test_a_discreet_failure_holds_no_word_that_student_code_chose():
    mine = "class Secret42(Exception): pass\ndef f(x):\n    raise Secret42(f'x is {x}')"
    assert ask(mine)[0].failure.discreet == "an exception was raised at line 3"
    known = "def f(x):\n    raise ValueError(f'x is {x}')"
    assert ask(known)[0].failure.discreet == "ValueError was raised at line 2"
    assert ask("class print(Exception): pass\ndef f(x): raise print")[
        0
    ].failure.discreet.startswith("an exception")


def test_an_error_of_syntax_is_described_by_its_line():
    try:
        compile("def f(x):\n    retrun x\n", "<cell 1>", "exec")
    except SyntaxError as error:
        failure = describe(error)
    assert (failure.type, failure.line, failure.function) == ("SyntaxError", 2, "")


def test_what_is_defined_can_be_called():
    known = LocalStudent({"f": len, "C": dict, "x": 3, "m": sys})
    assert known.defined(("f", "C", "x", "m", "nothing")) == {"f", "C"}


NAMED = "{'out': x + 1, 'cache': x}"


@pytest.mark.parametrize("result", ["(x + 1, x)", "[x + 1, x]", NAMED, f"dict({NAMED}, more=0)"])
@pytest.mark.parametrize(
    "setup", ["out, cache = f(x)", "def g(x):\n    out, cache = f(x)\n    return out\nout = g(x)"]
)
def test_a_probe_unpacks_a_dict_with_its_names_as_it_unpacks_a_tuple(result, setup):
    assert ask(f"def f(x): return {result}", Probe("out", ("out",), setup))[0].value == 3.0


def test_a_dict_with_other_names_is_not_put_in_order():
    [answer] = ask(
        "def f(x): return {'out': x, 'kept': x}", Probe("out", ("out",), "out, cache = f(x)")
    )
    assert answer.value == "out"  # as Python unpacks it


@pytest.mark.parametrize(
    "covered",
    [
        "sum = 0",
        "from numpy import *",
        "np = 5",
        "math = None",
        "del np",
        "__builtins__ = {}",
        "len = id = 7",
    ],
)
def test_a_probe_sees_pythons_builtins_and_the_courses_modules_whatever_the_student_bound(covered):
    setup = "y = sum([len([x]), math.floor(x)]) + np.abs(id is None)\ndef g(v):\n    return sum([v, max(v, 1)])"
    assert ask(f"def f(x): return x\n{covered}", Probe("g(f(y))", ("y",), setup))[0].value == 6.0


def test_a_students_function_keeps_its_own_names_where_they_cover_a_builtin():
    assert ask("def sum(v): return 10 * v\ndef f(x): return sum(x)")[0].value == 20.0


def test_what_was_handed_out_hides_the_students_own():
    names = student("def f(x): return helper(x)\ndef helper(x): return x")
    given = {"helper": lambda x: 10 * x}
    assert run_probe(names, Probe("(helper(x), f(x))", ("y",)), [{"x": 1.0}], given=given) == [
        Answer((10.0, 1.0))
    ]


def test_a_stand_in_takes_a_functions_place_while_the_probe_runs_and_not_longer():
    names = student("def g(x): return x\ndef f(x): return g(x) + 1")
    before = dict(names)
    probe = replace(F, stand_ins="def g(x):\n    return np.abs(100 * x)\ndef new(): pass\n")
    assert LocalStudent(names).answers(probe, [{"x": -2.0}]) == [Answer(201.0)]
    assert LocalStudent(names).answers(F, [{"x": -2.0}]) == [Answer(-1.0)]
    assert names == before


def test_a_stand_in_leaves_even_if_the_call_fails():
    names = student("def g(x): return x\ndef f(x): return g(x) / 0")
    before = dict(names)
    [answer] = LocalStudent(names).answers(replace(F, stand_ins="g = abs"), [{"x": 1.0}])
    assert answer.failure is not None
    assert names == before
