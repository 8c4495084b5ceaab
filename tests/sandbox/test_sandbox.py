"""The sandbox, for real: a zygote, workers forked from it, and student code of every temper in them."""

import json
import linecache
import os
import random
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
from conftest import needs_wall

from autograder.errors import GraderError, MisuseError, OutageError, SandboxError, WireError
from autograder.sandbox import protocol, zygote_client
from autograder.sandbox.bindings import END
from autograder.sandbox.codec import Opaque
from autograder.sandbox.limits import Limits
from autograder.sandbox.pool import Sandbox
from autograder.sandbox.scratch import remove_tree
from autograder.sandbox.session import Batch, Wanted
from autograder.sandbox.zygote_client import Zygote
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.exercises import Answer, Probe, Stop

QUICK = Limits(cell=0.5, call=0.5)
ONE = [{"x": 1.0}]


def code(text: str) -> str:
    return textwrap.dedent(text).strip()


def value(session, expression: str) -> object:
    """What an expression is worth in the session."""
    (answer,) = session.answers(Probe(expression, ("value",)), [{}])
    assert answer.failure is None, answer.failure
    return answer.value


def only(runs):
    (run,) = runs
    return run


@pytest.fixture
def session(sandbox):
    with sandbox.session(seed=0) as opened:
        yield opened


@pytest.fixture
def quick(sandbox):
    with sandbox.session(seed=0, limits=QUICK) as opened:
        yield opened


# What a notebook does


def test_cells_share_a_namespace_and_say_what_they_print(session):
    runs = session.run(
        ["x = 2", "print('x is', x)\nx * 3", "import sys; print('no', file=sys.stderr)"]
    )
    assert [run.failure for run in runs] == [None] * 3
    assert [run.stdout for run in runs] == ["", "x is 2\n6\n", "no\n"]
    assert all(run.seconds > 0 for run in runs)


def test_values_come_back_as_they_are(session):
    session.run(["import numpy as np", "def same(x):\n    return x"])
    sent = {
        "array": np.arange(6.0).reshape(2, 3),
        "large": np.ones((300, 40)),
        "tuple": (1, "a", None, 2.5, True, 1j),
        "nested": {"a": [1, {"b": (2,)}], 3: 2**100},
        "scalar": np.float32(0.5),
        "text": "añ\ud800",
    }
    for given in sent.values():
        (answer,) = session.answers(Probe("same(x)", ("y",)), [{"x": given}])
        assert answer.failure is None
        assert type(answer.value) is type(given)
        assert (
            np.array_equal(answer.value, given)
            if isinstance(given, np.ndarray)
            else answer.value == given
        )


def test_a_batch_answers_each_set_of_inputs(session):
    session.run(["def f(X, W, b):\n    return X @ W + b"])
    rng = np.random.default_rng(0)
    X, W, b = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    inputs = [{"X": X + i, "W": W, "b": b} for i in range(500)]
    answers = session.answers(Probe("f(X, W, b)", ("Y",)), inputs)
    assert all(np.array_equal(a.value, (X + i) @ W + b) for i, a in enumerate(answers))
    assert len(answers) == 500


def test_what_was_asked_ahead_runs_once(session):
    session.run(["ran = []\ndef f(x):\n    ran.append(x)\n    return 2 * x"])
    probe, rows = Probe("f(x)", ("y",)), [{"x": 1.0}, {"x": 2.0}]
    session.ask_ahead(
        Batch([Wanted(END, probe, rows), Wanted(END, Probe("f(x) + 1", ("y",)), ONE)])
    )
    assert [answer.value for answer in session.answers(probe, rows)] == [2.0, 4.0]
    assert value(session, "ran") == [1.0, 2.0, 1.0]
    assert [answer.value for answer in session.answers(probe, rows)] == [2.0, 4.0]  # asked anew
    assert value(session, "ran") == [1.0, 2.0, 1.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("body", "stop"),
    [
        ("while True: pass", Stop.TIMED_OUT),
        ("import os; os._exit(0)", Stop.DIED),
        ("raise KeyError", Stop.RAISED),
    ],
)
def test_what_goes_wrong_among_what_was_asked_ahead_costs_itself_alone(quick, body, stop):
    quick.run(["def f(x): return 2 * x", f"def g(x):\n    {body}"])
    probes = [Probe(f"{name}(x)", ("y",)) for name in "fgf"]
    quick.ask_ahead(Batch([Wanted(END, probe, ONE) for probe in probes]))
    [[first], [wrong], [last]] = [quick.answers(probe, ONE) for probe in probes]
    assert (first.value, last.value) == (2.0, 2.0)
    assert wrong.failure.stop is stop


def test_whether_a_name_can_be_called_is_asked_anew_after_a_cell(session):
    session.run(["def f(x): return x"])
    names = [(END, "f"), (END, "g")]
    session.ask_ahead(Batch([Wanted(END, Probe("f(x)", ("y",)), ONE)], names))
    assert session.defined(("f", "g")) == {"f"}
    session.run(["f = 1\ndef g(): pass"])
    assert session.defined(("f", "g")) == {"g"}


def test_answers_that_cannot_be_sent_together_come_one_by_one(session):
    session.run(["def f(x): return 'word' * int(x)", "def g(x): return x"])
    many = Probe("[f(x)] * 1000", ("y",))
    questions = [(many, [{"x": 100_000}]), (Probe("g(x)", ("y",)), ONE)]
    session.ask_ahead(Batch([Wanted(END, *each) for each in questions]))
    [opaque] = session.answers(many, [{"x": 100_000}])
    assert isinstance(opaque.value, Opaque)
    assert [answer.value for answer in session.answers(Probe("g(x)", ("y",)), ONE)] == [1.0]


def test_inputs_too_large_for_one_request_are_not_asked_ahead(session):
    session.run(["def f(x): return x.sum()"])
    probe, rows = Probe("f(x)", ("y",)), [{"x": np.full(1 << 20, float(n))} for n in range(3)]
    session.ask_ahead(Batch([Wanted(END, probe, rows)]))
    assert [answer.value for answer in session.answers(probe, rows)] == [0, 1 << 20, 2 << 20]


def test_batches_too_large_for_one_frame_are_split(session):
    session.run(["def f(x):\n    return x.sum(), x"])
    inputs = [{"x": np.full((1024, 1024), float(i))} for i in range(12)]
    answers = session.answers(Probe("f(x)", ("s", "x")), inputs)
    assert [a.value[0] for a in answers] == [i * 1024.0 * 1024 for i in range(12)]
    assert all(
        np.array_equal(a.value[1], given["x"]) for a, given in zip(answers, inputs, strict=True)
    )


def test_inputs_that_no_frame_holds_are_the_graders_mistake(session):
    with pytest.raises(GraderError, match="cannot be sent"):
        session.answers(Probe("x", ("x",)), [{"x": np.zeros(9 << 20)}])
    assert value(session, "1 + 1") == 2


def test_no_inputs_have_no_answers(session):
    assert session.answers(Probe("1", ("x",)), []) == []


def test_defined_names_are_those_that_can_be_called(session):
    session.run(["x = 1\ndef f(): pass\nclass C: pass\ng = lambda: 0"])
    assert session.defined(["x", "f", "C", "g", "nothing"]) == {"f", "C", "g"}


PROBES = [
    Probe("f(x)", ("y",)),
    Probe("g(x)", ("y",)),
    Probe("changes(x)", ("y",)),
    Probe("warns(x)", ("y",)),
    Probe("stub(x)", ("y",)),
    Probe("inner(x)", ("y",)),
    Probe("library(x)", ("y",)),
    Probe("leaves(x)", ("y",)),
    Probe("interrupts(x)", ("y",)),
    Probe("v.x + helped", ("y",), setup="v = V(x)\nhelped = f(x)"),
    Probe("nothing(x)", ("y",)),
    Probe("shared(x)", ("y",)),
    Probe("refuses(x)", ("y",)),
]
STUDENT = code("""
    import sys, warnings
    import numpy as np
    buffer = np.zeros(2)
    def f(x):
        print("noise")
        return x * 2
    def g(x): return f(x), "g"
    def changes(x):
        x += 1
        return x
    def warns(x):
        warnings.warn("careful")
        return x
    def stub(x):
        raise NotImplementedError
    def inner(x):
        return [stub(i) for i in x]
    def library(x):
        y = 1
        return np.linalg.inv(x)
    def leaves(x):
        sys.exit("done")
    def interrupts(x):
        raise KeyboardInterrupt("me")
    class V:
        def __init__(self, x): self.x = x
    def shared(x):
        buffer[:] = x
        return buffer
    class Mute(Exception):
        def __str__(self): raise ValueError
    def refuses(x):
        raise Mute()
""")


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.call)
def test_the_sandbox_answers_as_the_notebook_does(session, probe):
    inputs = [{"x": np.ones(2)}, {"x": np.full(2, 3.0)}]
    session.run([STUDENT])
    there = session.answers(probe, inputs)
    namespace: dict[str, object] = {"__name__": "__main__"}
    file = "/tmp/ipykernel_1/2.py"
    linecache.cache[file] = (len(STUDENT), None, STUDENT.splitlines(keepends=True), file)
    exec(compile(STUDENT, file, "exec"), namespace)
    local = LocalStudent(namespace)
    if probe.call == "interrupts(x)":  # in a notebook this is the stop button
        with pytest.raises(KeyboardInterrupt):
            local.answers(probe, inputs)
        assert [a.failure.type for a in there] == ["KeyboardInterrupt"] * 2
        return
    here = local.answers(probe, inputs)
    assert [(a.failure, a.warnings, a.changed) for a in there] == [
        (a.failure, a.warnings, a.changed) for a in here
    ]
    assert [repr(a.value) for a in there] == [repr(a.value) for a in here]


@pytest.mark.parametrize(
    ("cell", "kind", "function", "line"),
    [
        ("x = 1\n1 / 0", "ZeroDivisionError", "", 2),
        ("def f(x):\n    y = 2\n    return x.nothing\n\nf(1)", "AttributeError", "f", 3),
        (
            "import numpy as np\ndef f(x):\n    return np.linalg.inv(x)\nf(np.ones(3))",
            "LinAlgError",
            "f",
            3,
        ),
        ("def f(x):\n    return [1 / y for y in x]\nf([0])", "ZeroDivisionError", "f", 2),
        ("x = 1\n[1 / y for y in [0]]", "ZeroDivisionError", "", 2),
        ("def f():\n    exec('1/0')\nf()", "ZeroDivisionError", "f", 2),
        ("%matplotlib inline\nx = undefined", "NameError", "", 2),
        ("x = 1\nx ==", "SyntaxError", "", 2),
        ("if True:\nx = 1", "IndentationError", "", 2),
    ],
)
def test_a_failing_cell_names_the_students_own_line(session, cell, kind, function, line):
    failure = only(session.run([cell])).failure
    assert (failure.stop, failure.type, failure.function, failure.line) == (
        Stop.RAISED,
        kind,
        function,
        line,
    )
    assert failure.message


@pytest.mark.parametrize(
    "cell",
    [
        "%matplotlib inline",
        "%matplotlib widget",
        "%matplotlib\n%config InlineBackend.figure_format = 'retina'",
        "%timeit -n 1 -r 1 sum(range(3))",
        "%%time\ny = 2",
        "%%capture out\nprint('hidden')",
        "%load_ext autoreload\n%autoreload 2",
        "%cd .",
        "%who",
        "%debug",
        "help(len)",
        "import asyncio\nawait asyncio.sleep(0)",
        "async def f():\n    yield 1\ny = [each async for each in f()]\nasync for y in f():\n    pass",
        "import matplotlib\nmatplotlib.use('TkAgg')\nimport matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()",
        "display(x)",
        "from IPython.display import clear_output, HTML\nclear_output()\nHTML('<b>b</b>')",
        "breakpoint()",
        "x;",
        "import sys\nsys.stdout.close()",
        "len(In), Out",
    ],
)
def test_what_notebooks_do_works(session, cell):
    runs = session.run(["x = 1", cell, "z = x + 1", "z"])
    assert [run.failure for run in runs] == [None] * 4
    assert runs[-1].stdout == "2\n"


def test_a_figure_is_shown_and_closed(session):
    plot = "import matplotlib.pyplot as plt\nfig = plt.figure()\nplt.plot([1, 2])\nplt.show()"
    shown = only(session.run([plot]))
    assert shown.failure is None
    assert "Warning" not in shown.stdout
    assert value(session, "len(plt.get_fignums())") == 0


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        ("y = 1\n!ls -la\ny += 1", "!ls -la"),
        ("y = 1\nfiles = !ls\ny += len(files) + 1", "!ls"),
        ("y = 2\n%pip install something", "pip install something"),
        ("y = 2\n%ls", "ls"),
        ("y = 2\n%system date", "system date"),
    ],
)
def test_other_programs_are_skipped_and_named(session, cell, named):
    run = only(session.run([cell]))
    assert run.failure is None
    assert named in run.stdout
    assert "do not run" in run.stdout
    assert value(session, "y") == 2


@pytest.mark.parametrize("magic", ["bash", "sh", "script python", "!", "system", "python3", "perl"])
def test_cells_in_other_languages_are_skipped(session, magic):
    run = only(session.run([f"%%{magic}\necho hello > made"]))
    assert run.failure is None
    assert "do not run" in run.stdout
    assert not (session._worker.scratch / "made").exists()


def test_input_fails_with_a_reason(session):
    failure = only(session.run(["name = input('your name? ')"])).failure
    assert failure.type == "EOFError"
    assert "nobody can type" in failure.message


@pytest.mark.parametrize(
    "leave",
    ["import sys; sys.exit(1)", "exit()", "quit()", "raise SystemExit", "raise KeyboardInterrupt"],
)
def test_leaving_ends_the_cell_alone(session, leave):
    runs = session.run(["x = 1", leave, "x"])
    assert runs[1].failure.stop is Stop.RAISED
    assert runs[2].stdout == "1\n"


def test_a_submissions_files_lie_beside_it(sandbox):
    files = {"data/points.csv": b"1,2\n", "mine.py": b"ANSWER = 42\n"}
    with sandbox.session(files=files) as session:
        run = only(session.run(["import mine\nprint(open('data/points.csv').read(), mine.ANSWER)"]))
        assert run.stdout == "1,2\n 42\n"


@pytest.mark.parametrize("name", ["../escaped", "/tmp/escaped", "a/../../escaped"])
def test_files_cannot_lie_elsewhere(sandbox, name):
    with sandbox.session(files={name: b""}) as session, pytest.raises(MisuseError, match="escaped"):
        session.run(["1"])


def test_chance_is_the_same_at_every_run(sandbox):
    cells = [
        "import random, numpy as np\nrandom.random(), np.random.rand(), list({'a', 'b', 'c', 'd'})"
    ]

    def drawn(seed: int) -> str:
        with sandbox.session(seed=seed) as session:
            return only(session.run(cells)).stdout

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)
    assert str(random.Random(7).random()) in drawn(7)


# What goes wrong


def test_an_endless_cell_costs_itself_alone(quick):
    runs = quick.run(["x = 1", "y = x\nwhile True: pass", "x += y", "x"])
    assert [run.failure and run.failure.stop for run in runs] == [None, Stop.TIMED_OUT, None, None]
    assert runs[1].failure.message.startswith("the cell did not finish within")
    assert runs[1].failure.message.endswith("and was interrupted")
    assert runs[3].stdout == "2\n"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("import os; os._exit(0)", "exit status 0"),
        ("import os; os.abort()", "SIGABRT"),
        ("import ctypes; ctypes.string_at(0)", "segmentation fault"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "SIGTERM"),
        ("import os; os.kill(os.getpid(), 40)", "signal 40"),
        ("import os; os.close(4)", "the cell"),
        ("import os; os.closerange(0, 100)", "the cell"),
    ],
)
def test_a_deadly_cell_costs_itself_alone(session, cell, said):
    runs = session.run(["x = 1", cell, "x"])
    assert runs[1].failure.stop is Stop.DIED
    assert said in runs[1].failure.message
    assert runs[2].stdout == "1\n"


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSTOP"])
def test_a_worker_cannot_look_as_if_it_was_killed_or_stopped_from_outside(session, name):
    runs = session.run(["import os, signal\nx = 1", f"os.kill(os.getpid(), signal.{name})", "x"])
    assert runs[1].failure.type == "PermissionError"
    assert runs[2].stdout == "1\n"


@pytest.mark.parametrize(
    ("body", "stop"), [("while True: pass", Stop.TIMED_OUT), ("import os; os._exit(0)", Stop.DIED)]
)
def test_a_lost_call_fails_its_batch_and_the_next_finds_the_cells_run_again(quick, body, stop):
    quick.run(["x = 0", "x += 1", f"def f(y):\n    if y == 2:\n        {body}\n    return y + x"])
    probe = Probe("f(y)", ("z",))
    answers = quick.answers(probe, [{"y": i} for i in range(4)])
    assert [a.failure.stop for a in answers] == [stop] * 4
    assert [a.value for a in quick.answers(probe, [{"y": 1}])] == [2]


def test_a_cell_that_loops_when_it_is_run_again_is_left_out(sandbox):
    files = {"data": b""}
    with sandbox.session(files=files, limits=QUICK) as session:
        cells = ["x = 1", "import os\nwhile os.path.exists('loop'): pass\ny = 1", "z = 3"]
        assert [run.failure for run in session.run(cells)] == [None] * 3
        files["loop"] = b""  # a fresh worker will find it
        assert only(session.run(["os._exit(1)"])).failure.stop is Stop.DIED
        assert only(session.run(["x, z, 'y' in globals()"])).stdout == "(1, 3, False)\n"


def test_a_submission_over_its_time_is_not_run_any_further(sandbox):
    with sandbox.session(limits=Limits(submission=1, patience=50)) as session:
        runs = session.run(["def f(x): return x", "while True: pass", "print('never')"])
        late = "the submission did not finish within 1 s of CPU time"
        assert [run.failure and run.failure.message for run in runs] == [None, late, late]
        assert runs[2].seconds == 0
        assert [a.failure.stop for a in session.answers(Probe("f(x)", ("y",)), ONE * 2)] == [
            Stop.TIMED_OUT
        ] * 2
        assert session.defined(["f"]) == {"f"}  # nobody can tell, so it is not called missing


def test_memory_is_limited(sandbox):
    with sandbox.session(limits=Limits(memory=256 << 20)) as session:
        runs = session.run(["x = bytearray(200 << 20)", "y = bytearray(200 << 20)", "len(x)"])
        assert runs[0].failure is None
        assert runs[1].failure.type == "MemoryError"
        assert runs[2].failure is None


def test_what_is_printed_is_cut(session):
    run = only(
        session.run(["print('x' * 10**7)\nimport sys\nsys.stderr.write('y' * 10**6)\n'end'"])
    )
    assert run.failure is None
    assert run.stdout == "x" * session._limits.output


def test_a_flood_of_output_ends_with_the_cells_time(quick):
    assert only(quick.run(["while True: print('x' * 1000)"])).failure.stop is Stop.TIMED_OUT
    assert (
        only(quick.run(["import os\nfor _ in range(2000): os.write(1, b'x' * 1000)"])).failure
        is None
    )


def test_one_file_cannot_outgrow_the_scratch_directory(sandbox):
    with sandbox.session(limits=Limits(scratch=1 << 20)) as session:
        run = only(session.run(["open('large', 'wb').write(bytes(2 << 20))"]))
        assert run.failure.type == "OSError"


@pytest.mark.parametrize(
    "writing",
    [
        "i = 0\nwhile True:\n    open(f'{i}', 'wb').write(bytes(500_000))\n    i += 1",
        "i = 0\nwhile True:\n    open(f'{i}', 'wb').close()\n    i += 1",
    ],
    ids=["large", "many"],
)
def test_many_files_cannot_either(sandbox, writing):
    with sandbox.session(limits=Limits(scratch=4 << 20)) as session:
        runs = session.run(["x = 1", writing, "x"])
        assert runs[1].failure.stop is Stop.DIED
        assert "wrote more files" in runs[1].failure.message
        assert runs[2].stdout == "1\n"


@pytest.mark.parametrize(
    ("fuse", "typename"),
    [
        ("object()", "object"),
        ("Evil()", "Evil"),
        ("[Evil()]", "Evil"),
        ("np.full(1, f)", "function"),
        ("(i for i in [])", "generator"),
        ("f", "function"),
    ],
)
def test_hostile_values_arrive_opaque(session, fuse, typename):
    evil = code("""
        import numpy as np
        class Evil:
            def __eq__(self, other): return True
            __hash__ = object.__hash__
            def __reduce__(self): return (print, ("unpickled",))
            def __array__(self, *a, **k): return np.ones(3)
            def __getattr__(self, name): return 1.0
        def f(): return 1
    """)
    session.run([evil])
    arrived = value(session, fuse)
    arrived = arrived[0] if isinstance(arrived, list) else arrived
    assert type(arrived) is Opaque
    assert arrived.typename == typename
    assert (arrived == 1.0) is False


def test_a_value_that_cannot_be_sent_does_not_cost_its_neighbours(session):
    cell = code("""
        import numpy as np
        def f(x):
            if x == 1:
                deep = []
                for _ in range(100): deep = [deep]
                return deep
            if x == 2:
                loop = []
                loop.append(loop)
                return loop
            return np.zeros(80 << 20, dtype=bool) if x == 3 else [x] * 10
    """)
    session.run([cell])
    answers = session.answers(Probe("f(x)", ("y",)), [{"x": i} for i in range(5)])
    assert [type(a.value) for a in answers] == [list, Opaque, Opaque, Opaque, list]
    assert [a.value[0] for a in (answers[0], answers[4])] == [0, 4]
    assert "list" in answers[1].value.typename
    assert value(session, "f(0)") == [0] * 10


def test_long_words_do_not_cost_a_batch_its_answers(session):
    session.run(
        [
            "import warnings\ndef f(x):\n    warnings.warn('é' * 2000)\n    raise ValueError('é' * 2000)"
        ]
    )
    answers = session.answers(Probe("f(x)", ("y",)), [{"x": i} for i in range(600)])
    assert {a.failure.type for a in answers} == {"ValueError"}
    assert all(a.warnings and a.failure.message.startswith("é") for a in answers)


def test_types_that_resist_being_described_are_data(session):
    cell = code("""
        class Meta(type):
            @property
            def __name__(cls): raise RuntimeError("no name")
            @property
            def __class__(cls): raise RuntimeError("no class")
        class Nameless(metaclass=Meta): pass
        def f(): return Nameless()
    """)
    session.run([cell])
    (answer,) = session.answers(Probe("f()", ("y",)), [{}])
    assert answer.failure is not None or type(answer.value) is Opaque
    assert value(session, "1 + 1") == 2


# What a submission may not do


def test_text_on_the_standard_streams_is_no_answer(session):
    forged = json.dumps(
        {
            "values": {"each": [2.0]},
            "failures": [],
            "warnings": [],
            "changed": [],
            "nudged": [],
            "printed": [],
        }
    )
    cell = code(f"""
        import os, sys
        def f(x):
            for fd in (0, 1, 2): os.write(fd, {forged.encode()!r})
            print({forged!r})
            sys.__stdout__.write({forged!r})
            sys.__stdout__.flush()
            return 1.0
    """)
    assert only(session.run([cell])).failure is None
    assert session.answers(Probe("f(x)", ("y",)), ONE) == [Answer(1.0, printed=forged)]


@pytest.mark.parametrize(
    "forged",
    [
        "b'rubbish' * 10",
        "b'\\xff' * 8",
        "b''.join(encode({'id': '0' * 16, 'values': {'each': [2.0]}, 'failures': [], 'warnings': [], 'changed': []}))",
        "b''.join(encode([1, 2, 3]))",
        "b'\\x05'",
    ],
    ids=["rubbish", "oversized", "another's id", "not a reply", "one byte"],
)
def test_a_frame_that_our_code_did_not_write_ends_the_worker(quick, forged):
    cell = code(f"""
        import os
        from autograder.sandbox.codec import encode
        def f(x):
            os.write(4, {forged})
            return 1.0
    """)
    quick.run(["x = 1", cell])
    (answer,) = quick.answers(Probe("f(x)", ("y",)), ONE)
    assert answer.failure.stop in (Stop.DIED, Stop.TIMED_OUT)
    assert value(quick, "x") == 1


REPLYING = """
    import os, sys
    from autograder.sandbox.codec import encode
    def reply(body):
        frame = sys._getframe()
        while "request" not in frame.f_locals:
            frame = frame.f_back
        os.write(4, b"".join(encode({"id": frame.f_locals["request"]["id"], **body})))
    def f(x):
        reply(BODY)
        return 1.0
"""


def test_a_second_reply_ends_the_worker(session):
    body = "{'values': {'each': [2.0]}, 'failures': [], 'warnings': [], 'changed': []}"
    session.run([code(REPLYING).replace("BODY", body)])
    (first,) = session.answers(Probe("f(x)", ("y",)), ONE)
    assert first.value in (2.0, None)  # a forged value is a value, and judged like any other
    (second,) = session.answers(Probe("1.0", ("y",)), ONE)
    assert Stop.DIED in (
        first.failure and first.failure.stop,
        second.failure and second.failure.stop,
    )
    assert value(session, "1 + 1") == 2


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "{'values': {'each': []}, 'failures': [], 'warnings': [], 'changed': []}",
        "{'values': {'each': [1, 2]}, 'failures': [], 'warnings': [], 'changed': []}",
        "{'values': {'stack': 3}, 'failures': [], 'warnings': [], 'changed': []}",
        "{'values': {'each': [1]}, 'failures': [[5, None]], 'warnings': [], 'changed': []}",
        "{'values': {'each': [1]}, 'failures': [[0, ['E', 1, '', 0]]], 'warnings': [], 'changed': []}",
        "{'values': {'each': [1]}, 'failures': [], 'warnings': [[0, 'text']], 'changed': []}",
        "{'values': {'each': [1]}, 'failures': [], 'warnings': [], 'changed': 7}",
    ],
)
def test_a_reply_of_the_wrong_form_ends_the_worker(session, body):
    session.run([code(REPLYING).replace("BODY", body)])
    (answer,) = session.answers(Probe("f(x)", ("y",)), ONE)
    assert answer.failure.stop is Stop.DIED
    assert "channel" in answer.failure.message
    assert value(session, "1 + 1") == 2


def test_words_from_a_worker_are_cut_and_can_be_written_anywhere():
    failure = ["E" * 1000, "m\ud800" * 5000, "f", 2**40, "code", "plain"]
    read, said = protocol.read_run({"failure": failure, "stdout": "\udfff" * 100}, output=50)
    assert (len(read.type), len(read.message), read.line) == (100, protocol.MAX_WORDS, 0)
    assert said == "?" * 50
    with pytest.raises(WireError):
        protocol.read_run({"failure": None, "stdout": b"bytes"}, output=50)


def test_the_repository_cannot_be_imported(session):
    cell = code("""
        import importlib.util, sys, autograder
        hidden = ["autograder.hidden", "autograder.grading", "autograder.course.settings", "autograder.authoring",
                  "autograder.outputs", "autograder.cli", "solutions", "tests", "conftest"]
        def found(name):
            try: return importlib.util.find_spec(name) is not None
            except ModuleNotFoundError: return False
        importable = [name for name in hidden if found(name)]
        students = found("autograder.student.judging.probes")
        paths = list(sys.path)
        loaded = [name for name in sys.modules if name.split(".")[0] in ("autograder", "solutions", "tests")]
    """)
    assert only(session.run([cell])).failure is None
    assert value(session, "importable") == []
    assert value(session, "students") is True
    repository = str(Path(__file__).parents[2])
    libraries = [p for p in value(session, "paths") if p.startswith(repository)]
    assert all("site-packages" in p for p in libraries)
    allowed = ("autograder.errors", "autograder.sandbox", "autograder.student")
    assert all(
        name == "autograder" or name.startswith(allowed) for name in value(session, "loaded")
    )


def test_the_graders_environment_and_descriptors_stay_outside(sandbox, monkeypatch):
    monkeypatch.setenv("SECRET_SEED", "12345")
    cell = code("""
        import os, resource, ctypes, tempfile
        def known(fd):
            try: return os.fstat(fd)
            except OSError: return None
        fds = [fd for fd in range(1024) if known(fd)]
        streams = [os.fstat(fd).st_rdev for fd in (0, 1, 2)]
        dumpable = ctypes.CDLL(None).prctl(3)
        files = resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_CORE)
        os.umask(0)
        open("made", "w").close()
        mode = os.stat("made").st_mode & 0o777
        leader = os.getsid(0) == os.getpid()
        home = os.environ["HOME"] == tempfile.gettempdir() == os.getcwd()
    """)
    with Sandbox() as fresh, fresh.session() as session:
        assert only(session.run([cell])).failure is None
        assert "SECRET_SEED" not in value(session, "dict(os.environ)")
        assert value(session, "fds") == [0, 1, 2, 3, 4]
        assert value(session, "streams") == [Path("/dev/null").stat().st_rdev] * 3
        assert value(session, "dumpable") == 0
        assert value(session, "files") == ((128, 128), (0, 0))
        assert value(session, "mode") == 0o600
        assert value(session, "leader and home")
        with sandbox.session() as other:
            assert value(session, "hash('text')") == value(other, "hash('text')")


def test_a_worker_that_cannot_be_confined_runs_nothing(sandbox):
    before = idle(sandbox)
    limits = Limits(submission=float("inf"))
    with (
        sandbox.session(limits=limits) as session,
        pytest.raises(SandboxError, match="confined: OverflowError"),
    ):
        session.run(["open('/tmp/never', 'w')"])
    assert idle(sandbox) == before


# What is left behind


def workers_of(sandbox) -> set[int]:
    return {child.pid for child in psutil.Process(sandbox.zygote).children(recursive=True)}


def scratches_of(sandbox) -> set[str]:
    return {path.name for path in (sandbox._base / "work").iterdir()}


def idle(sandbox, count=1) -> tuple[set[int], set[str]]:
    """Processes and directories when nothing runs: `count` workers that wait, and none besides."""
    until(lambda: len(workers_of(sandbox)) == len(scratches_of(sandbox)) == count)
    return workers_of(sandbox), scratches_of(sandbox)


def until(true, seconds=60) -> None:
    """Wait for what happens elsewhere; an error if it never does."""
    late = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < late
        time.sleep(0.01)


def test_fifty_sessions_leave_no_process_and_no_directory():
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with Sandbox() as sandbox:
        idle(sandbox)
        opened = len(list(Path("/proc/self/fd").iterdir()))
        for number in range(50):
            with sandbox.session() as session:
                session.run(
                    [
                        "open('file', 'w').write('x')",
                        "import os; os._exit(1)" if number % 10 == 0 else "1",
                    ]
                )
        idle(sandbox)
        assert len(list(Path("/proc/self/fd").iterdir())) < opened + 10
    assert {child.pid for child in psutil.Process().children(recursive=True)} == before
    assert not sandbox._base.exists()


@needs_wall
@pytest.mark.parametrize("escape", ["os.setsid()", "pass"], ids=["own session", "same session"])
def test_what_a_worker_started_dies_with_it(escape):
    cell = code(f"""
        import os, time
        reader, writer = os.pipe()
        if os.fork() == 0:
            {escape}
            if os.fork():
                os._exit(0)
            os.write(writer, str(os.getpid()).encode())
            time.sleep(600)
        stray = int(os.read(reader, 20))
    """)
    with Sandbox(layers=[]) as open_to_forks:
        with open_to_forks.session() as session:
            session.run([cell])
            stray = psutil.Process(int(value(session, "stray")))
        assert not stray.is_running()


def test_a_deep_directory_is_removed(sandbox):
    cell = "import os\nfor _ in range(3000):\n    os.mkdir('d')\n    os.chdir('d')\nopen('f', 'w').write('x')"
    with sandbox.session() as session:
        session.run(["1"])
        deep = session._worker.scratch
        session.run([cell])
    assert not deep.exists()


def test_removing_a_tree_follows_no_link_and_opens_locked_folders(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    top = tmp_path / "top"
    (top / "a" / "b" / "c").mkdir(parents=True)
    (top / "a" / "link").symlink_to(outside)
    (top / "link").symlink_to(outside)
    (top / "a" / "b" / "file").write_text("x")
    os.mkfifo(top / "a" / "b" / "fifo")
    (top / "a" / "b").chmod(0)
    (top / "a").chmod(0)
    remove_tree(top)
    remove_tree(top)
    assert not top.exists()
    assert (outside / "kept").read_text() == "kept"


BEFORE = """
import os, sys
before = (sorted(sys.modules), os.getppid())
sys.modules["left_behind"] = sys
"""


def test_on_a_busy_machine_too_nobody_finds_a_module_that_another_left(sandbox):
    """Each worker is forked from the zygote, runs one submission and ends, also when the submission begins again.

    So all workers find the same modules, and none inherits a process that ran student code.
    """
    look = Probe("before", ("modules", "parent"))

    def found(_):
        with sandbox.session() as session:
            for _ in range(2):
                session.run([BEFORE])
                pid = session._worker.pid
                [answer] = session.answers(look, [{}])
                yield pid, answer.value
                session.restart()

    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    try:
        with ThreadPoolExecutor(4) as pool:
            seen = [each for pair in pool.map(lambda n: list(found(n)), range(20)) for each in pair]
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
    assert len({pid for pid, _ in seen}) == len(seen) == 40
    (modules, _parent) = seen[0][1]
    assert "left_behind" not in modules
    assert all(value == seen[0][1] for _, value in seen)


def test_sessions_run_side_by_side(sandbox):
    outcomes: dict[int, object] = {}

    def grade(number: int) -> None:
        with sandbox.session(seed=number, limits=QUICK) as session:
            runs = session.run(
                [
                    f"x = {number}",
                    "while True: pass" if number == 1 else "1",
                    "open('mine', 'w').write(str(x))",
                ]
            )
            inside = value(session, "(x, open('mine').read(), __import__('os').listdir('.'))")
            outcomes[number] = inside, [run.failure and run.failure.stop for run in runs]

    threads = [threading.Thread(target=grade, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {
        n: ((n, str(n), ["mine"]), [None, Stop.TIMED_OUT if n == 1 else None, None])
        for n in range(6)
    }


def test_closing_is_final_and_may_be_repeated():
    sandbox = Sandbox()
    session = sandbox.session()
    session.run(["x = 1"])
    zygote = psutil.Process(sandbox.zygote)
    processes = [zygote.parent(), zygote, *zygote.children(recursive=True)]
    sandbox.close()
    sandbox.close()
    session.close()
    session.close()
    assert len(processes) >= 3
    assert not any(process.is_running() for process in processes)
    with pytest.raises(SandboxError, match="closed"):
        sandbox.session().run(["1"])


def test_a_killed_zygote_is_replaced_and_whoever_used_it_is_told():
    with Sandbox() as sandbox, sandbox.session() as session:
        session.run(["x = 1"])
        old = psutil.Process(sandbox.zygote)
        lost = [old, *old.children(recursive=True)]
        old.kill()
        until(lambda: not any(process.is_running() for process in lost))
        with pytest.raises(OutageError):
            session.run(["x"])
        with sandbox.session() as another:
            assert only(another.run(["x = 2\nx"])).stdout == "2\n"
        idle(sandbox)
    assert not sandbox._base.exists()


def test_a_zygote_that_does_not_answer_is_replaced_as_one_that_was_killed(monkeypatch):
    monkeypatch.setattr(zygote_client, "REPLY_SECONDS", 0.5)
    with Sandbox() as sandbox:
        for _ in range(2):
            with sandbox.session() as session:
                session.run(["x = 1"])
                old = psutil.Process(sandbox.zygote)
                lost = [old.parent(), old, *old.children(recursive=True)]
                old.suspend()
                with pytest.raises(OutageError):  # a worker that is lost must be reaped
                    session.run(["import os\nos._exit(0)"])
                with sandbox.session() as another:
                    assert only(another.run(["x = 2\nx"])).stdout == "2\n"
                assert not any(process.is_running() for process in lost)
        idle(sandbox)
        assert (sandbox._base / "staged").exists()
    assert not sandbox._base.exists()


def test_a_session_gets_a_worker_that_was_there_before_and_another_takes_its_place(sandbox):
    (waiting,), (place,) = idle(sandbox)
    with sandbox.session(seed=7, files={"mine.txt": b"x"}) as session:
        assert only(session.run(["open('mine.txt').read()"])).stdout == "'x'\n"
        assert (session._worker.pid, session._worker.scratch.name) == (waiting, place)
        idle(sandbox, 2)


def test_a_worker_killed_while_it_waits_is_replaced(sandbox):
    (waiting,), _ = idle(sandbox)
    os.kill(waiting, signal.SIGKILL)
    with sandbox.session() as session:
        assert only(session.run(["1"])).failure is None
    assert waiting not in idle(sandbox)[0]


def test_a_killed_grader_leaves_nothing_behind():
    script = code("""
        import os, signal
        from autograder.sandbox.pool import Sandbox
        sandbox = Sandbox()
        session = sandbox.session()
        session.run(["x = 1"])
        print(sandbox.zygote, session._worker.pid, sandbox._base, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    zygote, worker, base = done.stdout.split()
    gone = time.monotonic() + 30
    while (psutil.pid_exists(int(zygote)) or Path(base).exists()) and time.monotonic() < gone:
        time.sleep(0.05)
    assert not psutil.pid_exists(int(worker))
    assert not Path(base).exists()


# Warming up


def test_warm_cells_leave_what_they_imported_and_nothing_else():
    warm = [
        "import fractions, os, sys, warnings\nimport numpy as np\nimport matplotlib.pyplot as plt\nleft = 1",
        "np.seterr(all='raise'); np.set_printoptions(precision=1); plt.rcParams['lines.linewidth'] = 40",
        "os.environ['LEFT'] = '1'; sys.path.append('left'); warnings.simplefilter('error'); os.chdir('/tmp')",
        "open('left', 'w').close()",
        "1 / 0",
        "plt.plot([1])\nplt.show()",
    ]
    with Sandbox(warm=warm) as sandbox, sandbox.session() as session:
        session.run(["import os, sys, warnings, numpy as np, matplotlib.pyplot as plt"])
        assert value(session, "'fractions' in sys.modules and 'left' not in globals()")
        assert value(session, "np.geterr()['divide']") == "warn"
        assert value(session, "np.get_printoptions()['precision']") == 8
        assert value(session, "plt.rcParams['lines.linewidth']") == 1.5
        assert value(
            session,
            "'LEFT' not in os.environ and 'left' not in sys.path and plt.get_fignums() == []",
        )
        assert only(session.run(["warnings.warn('only a warning')"])).failure is None
        assert only(session.run(["len(In)"])).stdout == "4\n"


def test_a_warm_cell_that_starts_a_thread_is_refused():
    cell = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()"
    with pytest.raises(SandboxError, match="2 threads after warming up"):
        Sandbox(warm=[cell])


def test_a_message_of_the_zygote_that_cannot_be_read_replaces_it(monkeypatch):
    """One that begins with zeros, which JSON would take for another encoding of text."""
    ended = []
    client = object.__new__(Zygote)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client._control = ours
    monkeypatch.setattr(Zygote, "_kill", lambda self: ended.append("killed"))
    monkeypatch.setattr(Zygote, "_end", lambda self, how: OutageError(how))
    with ours, theirs:
        theirs.send(b"\x00\x00\x00\x01\xff")
        with pytest.raises(OutageError, match="sends what cannot be read"):
            client._receive(1.0)
    assert ended == ["killed"]
