"""Protocol: what a worker says to the grader, or fails to say, when student code has taken it over."""

from __future__ import annotations

from tests.attacks.catalogue import (
    JUNK,
    TARGET,
    Attack,
    Wall,
    class_harmed,
    grader_failed,
    unearned,
)

# Read the request that is being answered, and answer it in the worker's stead.
REPLY = """
import os, sys
from autograder.sandbox.codec import encode
def frame_of(body):
    frame = sys._getframe()
    while "request" not in frame.f_locals:
        frame = frame.f_back
    request = frame.f_locals["request"]
    return b"".join(map(bytes, encode({"id": request["id"], **body(request)})))
def count(request):
    return request["count"]
"""
VERDICT = "{'outcome': 'passed', 'earned': 100.0, 'possible': 1.0, 'score': 100}"
ONES = (
    "{'values': {'each': [(1.0, 1.0)] * count(r)}, 'failures': [], 'warnings': [], 'changed': []}"
)


def _harmed(after: object) -> bool:
    return class_harmed(after) or unearned(after)


def _answers_with(name: str, value: str, before: str = "", wall: Wall = Wall.WIRE) -> Attack:
    """An answer that is hostile in itself."""
    return Attack(
        name, (wall,), _harmed, answer=f"{before}\ndef {TARGET}(*args):\n    return {value}"
    )


def _ends_with(name: str, cell: str) -> Attack:
    return Attack(name, (Wall.WORKER,), class_harmed, cell=cell)


def _writes(name: str, frame: str) -> Attack:
    """An answer that writes into the pipe beside, or instead of, the worker."""
    then = "return w * 0.0, 0.0"
    body = f"{REPLY}\ndef {TARGET}(w, x, b, y, lr):\n    {frame}\n    {then}"
    return Attack(name, (Wall.WIRE,), _harmed, answer=body)


EVIL = """
import numpy as np
class Evil:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __hash__ = object.__hash__
    def __array__(self, *args, **kwargs): return np.ones(2)
    def __array_ufunc__(self, *args, **kwargs): return np.zeros(2)
    def __reduce__(self): return (exec, ("raise SystemExit",))
    def __float__(self): return 0.0
    def __len__(self): return 2
    def __iter__(self): return iter((self, self))
    def __getattr__(self, name): return self
    def __call__(self, *args, **kwargs): return self
    def __bool__(self): return True
"""
REPLACING = "from autograder.sandbox import protocol as messages, worker\nimport numpy as np\n"

PROTOCOL = (
    _ends_with("leave with exit status 0", "os._exit(0)"),
    _ends_with("leave as a program does", "import sys\nsys.exit(0)"),
    _ends_with("crash", "ctypes.string_at(0)"),
    _ends_with("abort", "os.abort()"),
    _ends_with("end oneself as if someone else had", "os.kill(os.getpid(), 9)"),
    _ends_with(
        "have something done at the end",
        "import atexit\natexit.register(os.write, 4, b'x' * 64)\nexit()",
    ),
    _ends_with("close every descriptor", "os.closerange(0, 200)"),
    _ends_with(
        "put the pipes in each other's place", "os.dup2(3, 9)\nos.dup2(4, 3)\nos.dup2(9, 4)"
    ),
    _ends_with("speak before being asked", "os.write(4, b'x')"),
    Attack(
        "leave with exit status 0 when asked",
        (Wall.WORKER,),
        _harmed,
        answer=f"import os\ndef {TARGET}(*args):\n    os._exit(0)",
    ),
    Attack(
        "crash when asked",
        (Wall.WORKER,),
        _harmed,
        answer=f"import ctypes\ndef {TARGET}(*args):\n    ctypes.string_at(0)",
    ),
    _writes(
        "steal the next request",
        "import threading\n    threading.Thread(target=os.read, args=(3, 10**6)).start()",
    ),
    _writes("write a verdict into the pipe", f"os.write(4, frame_of(lambda r: {VERDICT}))"),
    _writes("answer twice", f"os.write(4, 2 * frame_of(lambda r: {ONES}))"),
    _writes("answer with another's id", "os.write(4, b''.join(encode({'id': '0' * 16})))"),
    _writes("write rubbish", "os.write(4, os.urandom(1000))"),
    _writes("announce a frame too large for any memory", "os.write(4, b'\\xff' * 64)"),
    _writes(
        "announce a frame and never send it",
        "os.write(4, b'\\x00\\x10\\x00\\x00\\x00\\x00\\x00\\x00')\n    os.close(4)",
    ),
    _writes(
        "send a frame a byte at a time",
        f"import time\n    for byte in frame_of(lambda r: {ONES}):\n        os.write(4, bytes([byte]))\n"
        "        time.sleep(0.1)",
    ),
    _writes(
        "answer on every descriptor",
        f"frame = frame_of(lambda r: {ONES})\n    for fd in range(3, 128):\n"
        "        try: os.write(fd, frame)\n        except OSError: pass",
    ),
    _writes(
        "answer from another thread first",
        "import threading\n    frame = frame_of(lambda r: {'values': {'same': None}})\n"
        "    threading.Thread(target=os.write, args=(4, frame)).start()",
    ),
    _answers_with("an object equal to everything", "Evil(), Evil()", EVIL),
    _answers_with("an object that is an array when asked", "[Evil(), Evil()]", EVIL),
    _answers_with(
        "arrays of such objects", "np.array([Evil(), Evil()]), np.array(Evil(), dtype=object)", EVIL
    ),
    _answers_with(
        "an array of a class that lies about its shape",
        "np.zeros(2).view(Liar), np.zeros(()).view(Liar)",
        "import numpy as np\nclass Liar(np.ndarray):\n    shape = property(lambda self: (2,))\n"
        "    def __array_finalize__(self, other): pass\n    def tobytes(self, *args): return b''\n"
        "    def __abs__(self): return 0.0",
    ),
    _answers_with(
        "a number that is every number",
        "Every(0), Every(0)",
        "class Every(float):\n    def __eq__(self, other): return True\n    def __sub__(self, other): return 0.0\n"
        "    __rsub__ = __sub__\n    def __float__(self): raise SystemExit\n    __hash__ = float.__hash__",
    ),
    _answers_with("an answer of a gigabyte", "np.zeros(1 << 27), 0.0", "import numpy as np"),
    _answers_with(
        "as much as the wire carries, every time", "np.zeros(7 << 20), 0.0", "import numpy as np"
    ),
    _answers_with("an answer a thousand lists deep", "eval('[' * 60 + ']' * 60), 0.0"),
    _answers_with("an answer that holds itself", "loop, loop", "loop = []\nloop.append(loop)"),
    _answers_with("a million small answers", "[0.0] * 10**6, list(range(10**6))"),
    _answers_with(
        "a million keys that collide", "{i * (2**61 - 1): 0.0 for i in range(50_000)}, 0.0"
    ),
    _answers_with("a number of a million digits", "10**400_000, -10**400_000"),
    _answers_with("text that is no text", "'\\ud800' * 100, b'\\xff' * 100"),
    _answers_with(
        "an array of dates, records and text",
        "np.array(['NaT'], 'M8[s]'), np.zeros(2, [('a', 'f8'), ('b', 'O')])",
        "import numpy as np",
    ),
    Attack(
        "an exception that cannot be described",
        (Wall.WIRE,),
        _harmed,
        answer="class Mute(Exception):\n    def __str__(self): raise SystemExit\n    __repr__ = __str__\n"
        f"    args = property(__str__)\ndef {TARGET}(*args):\n    raise Mute",
    ),
    Attack(
        "say that names are defined which are arrays",
        (Wall.WIRE,),
        grader_failed,
        ruinous=True,
        cell=f"{REPLACING}worker._REPLIES['defined'] = lambda shell, printed, request: "
        "worker._frame(request, {'names': [np.ones(2)]})",
    ),
    Attack(
        "say that an answer calls functions which are arrays",
        (Wall.WIRE,),
        grader_failed,
        cell=f"{REPLACING}from autograder.student.judging.probes import Answer\nhonest = worker.run_probe\n"
        "def lying(names, probe, inputs, **how):\n"
        "    if 'mentioned' in probe.call:\n        return [Answer([np.ones(2), np.empty(0)])]\n"
        "    return honest(names, probe, inputs, **how)\nworker.run_probe = lying\n",
        answer=JUNK,
    ),
    Attack(
        "answer fewer questions than were asked",
        (Wall.WIRE,),
        grader_failed,
        ruinous=True,
        cell=f"{REPLACING}worker.messages.answers_reply = lambda answers: "
        "{'values': {'each': []}, 'failures': [], 'warnings': [], 'changed': []}",
        answer=JUNK,
    ),
    Attack(
        "put other people's words into a failure",
        (Wall.WIRE,),
        lambda after: grader_failed(after) or unearned(after),
        ruinous=True,
        cell=f"{REPLACING}honest = messages.answers_reply\nmessages.answers_reply = lambda answers: "
        "{**honest(answers), 'failures': [[0, ['NotImplementedError', 'x' * 10**5, 'sigmoid', 2**40]]],"
        " 'warnings': [[0, ['RuntimeWarning: ' * 99] * 99]], 'changed': [[0, ['dout', '<b>']]]}",
        answer=JUNK,
    ),
)
