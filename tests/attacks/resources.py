"""Resources: more time, memory, files or noise than a submission may have."""

from __future__ import annotations

from autograder.sandbox.layers import Layer
from tests.attacks.catalogue import TARGET, Attack, Wall, admitted, class_harmed, still_there

LIMITS, SECCOMP, LANDLOCK, NAMESPACE, UID = Layer
ENDLESS = "while True:\n    pass"


def _never_ends(name: str, cell: str) -> Attack:
    return Attack(name, (Wall.CLOCK,), class_harmed, cell=cell)


RESOURCES = (
    Attack(
        "four hundred threads",
        (LIMITS,),
        admitted,
        cell="""
import threading
over, count = threading.Event(), 0
try:
    for count in range(1, 401):
        threading.Thread(target=over.wait, daemon=True).start()
finally:
    over.set()
loot()
""",
    ),
    Attack(
        "two gigabytes of memory",
        (LIMITS,),
        admitted,
        cell="import mmap\nmmap.mmap(-1, 2 << 30)\nloot()",
    ),
    Attack(
        "two hundred open files",
        (LIMITS,),
        admitted,
        cell="kept = [os.dup(0) for _ in range(200)]\nfor fd in kept:\n    os.close(fd)\nloot()",
    ),
    Attack(
        "one huge file that takes no room",
        (LIMITS,),
        admitted,
        cell='with open("huge", "wb") as file:\n    file.truncate(1 << 40)\nos.unlink("huge")\nloot()',
    ),
    Attack(
        "memory that belongs to no process",
        (SECCOMP,),
        admitted,
        cell='os.close(call("memfd_create", b"hoard", 0))\nloot()',
    ),
    Attack(
        "raise one's own limits",
        (NAMESPACE, UID),
        admitted,
        cell="""
import resource
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most + 1, most + 1))
loot()
""",
        needs="the right to raise limits",
    ),
    Attack(
        "many files",
        (Wall.SCRATCH, Wall.CLOCK),
        class_harmed,
        cell='for i in range(10**9):\n    open(str(i), "w").close()',
    ),
    Attack(
        "many large files",
        (Wall.SCRATCH,),
        class_harmed,
        cell='for i in range(10**9):\n    open(str(i), "wb").write(bytes(500_000))',
    ),
    Attack(
        "a folder three thousand deep",
        (Wall.SCRATCH,),
        still_there,
        cell="os.mkdir(mark)\nos.chdir(mark)\nfor _ in range(3000):\n    os.mkdir('d')\n    os.chdir('d')",
    ),
    Attack(
        "a folder that nobody may enter",
        (SECCOMP, Wall.SCRATCH),
        still_there,
        cell="os.makedirs(f'{mark}/in/in')\nos.chmod(f'{mark}/in', 0)\nos.chmod(mark, 0)",
    ),
    _never_ends("a loop without an end", ENDLESS),
    _never_ends(
        "a loop that takes no interrupt",
        "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
    ),
    _never_ends(
        "a loop deaf to signals",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n"
        + ENDLESS,
    ),
    _never_ends(
        "a loop that ignores the end of its processor time",
        "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        + ENDLESS,
    ),
    _never_ends(
        "a step of the interpreter without an end", "import re\nre.match('(a+)+$', 'a' * 60 + 'b')"
    ),
    _never_ends("a stop", "import signal\nos.kill(os.getpid(), signal.SIGSTOP)"),
    _never_ends("a long sleep", "import time\ntime.sleep(10**6)"),
    _never_ends("a wait for what never comes", "reader, writer = os.pipe()\nos.read(reader, 1)"),
    _never_ends(
        "a clock that stands still",
        "import time\ntime.monotonic = time.time = time.perf_counter = lambda: 0.0\n" + ENDLESS,
    ),
    _never_ends(
        "a thread that never lets go",
        "import threading\nthread = threading.Thread(target=lambda: [None for _ in iter(int, 1)])\n"
        "thread.start()\nthread.join()",
    ),
    Attack(
        "an answer that never comes",
        (Wall.CLOCK,),
        class_harmed,
        answer=f"def {TARGET}(*args):\n    while True:\n        pass",
    ),
    Attack(
        "an answer that interrupts nothing",
        (Wall.CLOCK,),
        class_harmed,
        answer=f"def {TARGET}(*args):\n    while True:\n        try:\n            while True:\n                pass\n"
        "        except BaseException:\n            pass",
    ),
    Attack(
        "a flood of words",
        (Wall.WIRE,),
        lambda after: class_harmed(after) or len(after.words) > 100_000,
        cell="print('x' * 10**7)\nos.write(1, b'y' * 10**6)\nraise Loot('z' * 10**7)",
    ),
    Attack(
        "calls without an end",
        (Wall.WORKER,),
        class_harmed,
        cell="import sys\nsys.setrecursionlimit(10**9)\ndef deeper(x):\n    return deeper(x) + 1\ndeeper(1)",
    ),
)
