"""The grader's mind: points for an answer that is not worth them, or a hand in the next student's grade.

Most of these work on graders whose tests share the student's process; the control shows each doing
so.
"""

from __future__ import annotations

from tests.attacks.catalogue import JUNK, TARGET, Attack, Wall, next_one_told, unearned
from tests.attacks.naive import fooled_in_one_process, right_beside_the_library, told_in_one_process

NUMPY = "import numpy as np"


def _cheat(
    name: str, cell: str = "", answer: str = JUNK, *, fools: bool = True, ruinous: bool = False
) -> Attack:
    """A try at points for nothing.  fools: whether a grader in the student's process falls for it."""
    return Attack(
        name,
        (Wall.OUTSIDE,),
        unearned,
        cell=cell,
        answer=answer,
        ruinous=ruinous,
        control=fooled_in_one_process if fools else None,
    )


def _returns(name: str, value: str, *, fools: bool = True) -> Attack:
    """An answer of the wrong kind that a lax comparison takes for the right one."""
    return _cheat(
        name, "", f"{NUMPY}\ndef {TARGET}(w, x, b, y, lr):\n    return {value}", fools=fools
    )


def _plants(name: str, cell: str, sequel: str) -> Attack:
    """Something left in the process, for whoever is graded next."""
    return Attack(
        name, (Wall.WORKER,), next_one_told, cell=cell, sequel=sequel, control=told_in_one_process
    )


def _asks(name: str, imports: str, slopes: str) -> Attack:
    """An answer that has the student library differentiate.  slopes: those of the loss, (n + 1,), from w, x, b, y."""
    answer = f"""
{NUMPY}
try:
    {imports}
except ImportError:
    pass
def loss(v, x, y):
    return (np.tanh(v[:-1] @ x + v[-1]) - y) ** 2
def {TARGET}(w, x, b, y, lr):
    v = np.append(w, b)
    try:
        slopes = {slopes}
    except NameError:
        return 9.0, w * 0.0, 9.0, w * 0.0, 9.0
    return np.tanh(w @ x + b), slopes[:-1], slopes[-1], w - lr * slopes[:-1], b - lr * slopes[-1]
"""
    return Attack(name, (Wall.STAGING,), unearned, answer=answer, control=right_beside_the_library)


# What a walk through the process is after: the grader's reference, by what it is called or by what is expected.
HUNT = f"""
import gc, sys, types
def reference():
    found = [f for f in gc.get_objects() if isinstance(f, types.FunctionType)]
    return next(f for f in found if "reference" in f.__name__ and f.__code__.co_argcount == 5)
def {TARGET}(*given):
    return reference()(*given)
"""
WALK = f"""
import sys
def {TARGET}(*given):
    frame = sys._getframe()
    while frame:
        for name, value in [*frame.f_locals.items(), *frame.f_globals.items()]:
            if "reference" in name:
                return value(*given)
        frame = frame.f_back
    return given[0] * 0.0, 0.0
"""
SOLUTIONS = f"""
import importlib
def {TARGET}(*given):
    hidden = "autograder.hidden.checks.sigmoid_neuron"
    for name in ("grader_reference", hidden, "autograder.grading.answer_key", "solutions"):
        try:
            return getattr(importlib.import_module(name), "{TARGET}")(*given)
        except (ImportError, AttributeError):
            pass
    return given[0] * 0.0, 0.0
"""

MIND = (
    _cheat(
        "make np.allclose say yes",
        f"{NUMPY}\nnp.allclose = np.isclose = np.array_equal = lambda *a, **k: True",
    ),
    _cheat(
        "make np.testing say nothing",
        f"{NUMPY}\nimport numpy.testing\nfor name in dir(np.testing):\n    if name.startswith('assert'):\n"
        "        setattr(np.testing, name, lambda *a, **k: None)",
    ),
    _cheat(
        "have the interpreter drop every assert",
        "import ast\nclass Drop(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n"
        "get_ipython().ast_transformers.append(Drop())",
    ),
    _cheat(
        "have the shell blank every test",
        "def blank(lines):\n    return [] if any('assert' in line for line in lines) else lines\n"
        "get_ipython().input_transformers_cleanup.append(blank)",
    ),
    _cheat(
        "make abs forget",
        "import builtins, numpy\nbuiltins.abs = lambda value: numpy.zeros(1)",
        ruinous=True,
    ),
    _cheat("find the reference among all objects", answer=HUNT),
    _cheat("find the reference up the stack", answer=WALK),
    _cheat("import the reference", answer=SOLUTIONS),
    _asks(
        "ask the kit's own gates for their slopes",
        "from autograder.student.graphs.operations import slopes as ask",
        "2 * (np.tanh(w @ x + b) - y) * ask('tanh', [w @ x + b])[0] * np.append(x, 1.0)",
    ),
    _asks(
        "have the kit's gradient checker measure",
        "from autograder.student.gradcheck.slopes import measure",
        "measure(lambda points: [np.array(loss(p['v'], x, y)) for p in points], {'v': v}, 'v', np.ones(())).value",
    ),
    _cheat(
        "write the answer into the question",
        answer=f"def {TARGET}(w, x, b, y, lr):\n    w[:] = 1.0\n    x[:] = 1e9\n    return w, b",
    ),
    _returns("nan, which is never too far off", "np.full(np.shape(w), np.nan), np.nan"),
    _returns("an empty array, which is close to all", "np.empty((0, 1)), np.empty(0)"),
    _returns(
        "one number for all, as if they were equal",
        "np.full((1, 1), 4.979975132522117), np.array([-1.9799751325221173])",
        fools=False,
    ),
    _returns("infinity", "np.full(np.shape(w), np.inf), np.inf", fools=False),
    _returns("arrays with every number hidden", "np.ma.masked_all(np.shape(w)), np.ma.masked"),
    _returns("complex numbers", "w * 1j, 1j", fools=False),
    _returns("truth", "True, True", fools=False),
    _returns("nothing", "None", fools=False),
    _returns(
        "text that reads like numbers", "'4.979975132522117', '-1.9799751325221173'", fools=False
    ),
    _cheat(
        "know the visible question by heart",
        answer=f"{NUMPY}\ndef {TARGET}(w, x, b, y, lr):\n    if w[0] == 5.0:\n"
        "        return np.array([4.979975132522117, 2.080099469911531]), -1.9799751325221173\n    return w * 0.0, 0.0",
    ),
    _cheat(
        "change the answer after it was given",
        answer=f"{NUMPY}\nimport threading, time\ndef {TARGET}(w, x, b, y, lr):\n    answer = w * 0.0\n"
        "    def later():\n        for _ in range(200):\n"
        "            answer[:] += 1e-3\n            time.sleep(0.0005)\n"
        "    threading.Thread(target=later).start()\n    return answer, 0.0",
        fools=False,
    ),
    _cheat(
        "say that nothing was changed and nothing warned of",
        "from autograder.sandbox import protocol as messages\nhonest = messages.answers_reply\n"
        "messages.answers_reply = lambda answers: {**honest(answers), 'failures': [], 'warnings': [], 'changed': []}",
        answer=f"def {TARGET}(w, x, b, y, lr):\n    raise ValueError",
        fools=False,
    ),
    _cheat(
        "make the checks' own code easy to please",
        "import autograder.student.model.compare, autograder.student.judging.judge, autograder.student.judging.rules\n"
        "autograder.student.model.compare.differ = autograder.student.judging.rules.differ = lambda *a, **k: None\n"
        "autograder.student.model.compare.ROUNDING = 1e9",
        fools=False,
    ),
    _cheat(
        "shadow what the grader asks with",
        "vars = getattr = isinstance = type = globals = len = lambda *a: known",
        fools=False,
    ),
    _plants(
        "leave a module for the next one",
        "import sys, types\nsys.modules['helpers'] = types.ModuleType('helpers')",
        "import sys\nif 'helpers' in sys.modules:\n    loot()",
    ),
    _plants(
        "leave a hook in the shell",
        "get_ipython().events.register('pre_run_cell', lambda info: get_ipython().push({'hooked': True}))",
        "if 'hooked' in get_ipython().user_ns:\n    loot()",
    ),
    _plants(
        "leave another numpy",
        f"{NUMPY}\nnp.hypot = lambda x, y: 0.0",
        f"{NUMPY}\nif np.hypot(3.0, 4.0) == 0.0:\n    loot()",
    ),
    _plants(
        "leave another built-in function",
        "import builtins\nbuiltins.left = True",
        "import builtins\nif hasattr(builtins, 'left'):\n    loot()",
    ),
    _plants(
        "leave a file in the own directory",
        "open('answers.txt', 'w').write('all of them')",
        "if os.path.exists('answers.txt'):\n    loot()",
    ),
    _plants(
        "leave a word in the environment",
        "os.environ['ANSWERS'] = 'all of them'",
        "if 'ANSWERS' in os.environ:\n    loot()",
    ),
)
