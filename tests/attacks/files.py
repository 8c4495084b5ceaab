"""Files: what a submission would like to read, to change, or to leave for others."""

from __future__ import annotations

from autograder.sandbox.layers import Layer
from tests.attacks.catalogue import Attack, admitted, next_one_told, secret_told, something_changed

LIMITS, SECCOMP, LANDLOCK, NAMESPACE, UID = Layer
# What every user of the machine may read, and what only the grader's user may.
OPEN_TO_ALL = (LANDLOCK, NAMESPACE)
FOR_THE_GRADER = (LANDLOCK, NAMESPACE, UID)

READING = (
    Attack(
        "read the solutions", OPEN_TO_ALL, secret_told, cell="loot(max(open(solution), key=len))"
    ),
    Attack(
        "read the hidden checks",
        OPEN_TO_ALL,
        secret_told,
        cell="loot(max(open(hidden_checks), key=len))",
    ),
    Attack(
        "read another student's notebook",
        OPEN_TO_ALL,
        secret_told,
        cell="loot(open(submission).read())",
    ),
    Attack(
        "list the submissions",
        OPEN_TO_ALL,
        secret_told,
        cell="loot(' '.join(os.listdir(submissions)))",
    ),
    Attack(
        "read the course's secret seed",
        FOR_THE_GRADER,
        secret_told,
        cell="loot(open(seed_file).read())",
    ),
    Attack(
        "read in another worker's directory",
        FOR_THE_GRADER,
        secret_told,
        cell="loot(open(neighbour_file).read())",
    ),
    Attack(
        "read the gradebook through SQLite",
        OPEN_TO_ALL,
        secret_told,
        cell="""
import sqlite3
book = sqlite3.connect(f"file:{gradebook}?mode=ro&immutable=1", uri=True)
loot(str(book.execute("select * from grade").fetchall()))
""",
    ),
    Attack(
        "read below Python, with the C library",
        OPEN_TO_ALL,
        secret_told,
        cell="""
text = ctypes.create_string_buffer(200)
fd = _libc.open(submission.encode(), 0)
if fd < 0:
    raise OSError(ctypes.get_errno(), "open")
_libc.read(fd, text, 199)
loot(text.value.decode())
""",
    ),
    Attack(
        "read past a descriptor of the root folder",
        OPEN_TO_ALL,
        secret_told,
        cell="""
root = os.open("/", os.O_PATH)
fd = os.open(submission.lstrip("/"), os.O_RDONLY, dir_fd=root)
loot(os.read(fd, 200).decode())
""",
    ),
    Attack(
        "walk up and out of the own directory",
        OPEN_TO_ALL,
        secret_told,
        cell='loot(open("../" * 40 + submission.lstrip("/")).read())',
    ),
    Attack(
        "read through a symbolic link",
        (SECCOMP, *OPEN_TO_ALL),
        secret_told,
        cell='os.symlink(submission, "link")\nloot(open("link").read())',
    ),
    Attack(
        "read through a hard link",
        (SECCOMP, *FOR_THE_GRADER),
        secret_told,
        cell='os.link(submission, "link")\nloot(open("link").read())',
    ),
    Attack(
        "read a file by its handle, past every folder",
        (SECCOMP, *FOR_THE_GRADER),
        secret_told,
        cell="""
import struct
handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0), 136)
mount = ctypes.c_int()
call("name_to_handle_at", -100, submission.encode(), handle, ctypes.byref(mount), 0)
fd = call("open_by_handle_at", os.open("/", os.O_RDONLY), handle, os.O_RDONLY)
loot(os.read(fd, 200).decode())
""",
        needs="root",
    ),
    Attack(
        "read another process's environment",
        FOR_THE_GRADER,
        secret_told,
        cell='loot(open(f"/proc/{victim}/environ").read())',
    ),
    Attack(
        "read another process's memory",
        FOR_THE_GRADER,
        secret_told,
        cell="""
with open(f"/proc/{victim}/mem", "rb", buffering=0) as memory:
    memory.seek(victim_address)
    loot(memory.read(100).split(b"\\0")[0].decode())
""",
    ),
    Attack(
        "read another process's open file",
        FOR_THE_GRADER,
        secret_told,
        cell='loot(open(f"/proc/{victim}/fd/{victim_file}").read())',
    ),
    Attack(
        "learn the size of another student's notebook",
        (NAMESPACE,),
        lambda after: f"{after.stage.submission_size} bytes" in after.words,
        cell='loot(f"{os.stat(submission).st_size} bytes")',
    ),
    Attack(
        "open the memory of the process that all workers come from",
        FOR_THE_GRADER,
        admitted,
        cell='open(f"/proc/{os.getppid()}/mem", "r+b").close()\nloot()',
        needs="root",
    ),
)

WRITING = (
    Attack(
        "overwrite the results",
        FOR_THE_GRADER,
        something_changed,
        cell="""open(results, "w").write('{"s002": 100}')""",
    ),
    Attack(
        "empty the results",
        (SECCOMP, *FOR_THE_GRADER),
        something_changed,
        cell="os.truncate(results, 0)",
    ),
    Attack(
        "rewrite the grader's checks",
        FOR_THE_GRADER,
        something_changed,
        cell="""open(tests_file, "w").write("CHECKS = []")""",
    ),
    Attack(
        "plant a trigger in the gradebook",
        FOR_THE_GRADER,
        something_changed,
        cell="""
import sqlite3
with sqlite3.connect(gradebook) as book:
    book.execute("create trigger raised after insert on grade begin update grade set score = 100; end")
""",
    ),
    Attack(
        "add a line to the shell's start-up file",
        FOR_THE_GRADER,
        something_changed,
        cell='open(f"{home}/.bashrc", "a").write("echo hello")',
    ),
    Attack(
        "plant a start-up file of IPython's",
        FOR_THE_GRADER,
        something_changed,
        cell="""
folder = f"{home}/.ipython/profile_default/startup"
os.makedirs(folder)
open(f"{folder}/00.py", "w").write("raise SystemExit")
""",
    ),
    Attack(
        "plant a module among the libraries",
        FOR_THE_GRADER,
        something_changed,
        cell='open(f"{site}/extra.py", "w").write("raise SystemExit")',
    ),
    Attack(
        "poison a library's compiled file",
        FOR_THE_GRADER,
        something_changed,
        cell="""
import glob
[compiled] = glob.glob(f"{site}/__pycache__/*.pyc") or [f"{site}/__pycache__/__init__.cpython-311.pyc"]
open(compiled, "wb").write(b"poison")
""",
    ),
    Attack(
        "delete another student's notebook",
        FOR_THE_GRADER,
        something_changed,
        cell="os.unlink(submission)",
    ),
    Attack(
        "put one's own in place of another's notebook",
        FOR_THE_GRADER,
        something_changed,
        cell='open("mine", "w").write("mine")\nimport shutil\nshutil.copyfile("mine", submission)',
    ),
    Attack(
        "open a notebook to the world",
        (SECCOMP, NAMESPACE, UID),
        something_changed,
        cell="os.chmod(seed_file, 0o777)",
    ),
    Attack(
        "make a late notebook early",
        (SECCOMP, NAMESPACE, UID),
        something_changed,
        cell="os.utime(submission, (0, 0))",
    ),
    Attack(
        "mark a notebook with an attribute",
        (SECCOMP, NAMESPACE, UID),
        something_changed,
        cell='os.setxattr(submission, "user.mine", b"x")',
        needs="extended attributes",
    ),
    Attack(
        "put a pipe among the submissions",
        (SECCOMP, *FOR_THE_GRADER),
        something_changed,
        cell='os.mkfifo(f"{submissions}/s000.ipynb")',
    ),
    Attack(
        "leave a file in the folder that all share",
        FOR_THE_GRADER,
        something_changed,
        cell='open(elsewhere, "w").write("for the next one")',
    ),
    Attack(
        "leave a file in shared memory",
        FOR_THE_GRADER,
        something_changed,
        cell='open(shared_memory, "w").write("for the next one")',
    ),
    Attack(
        "leave a file for the next one to find",
        FOR_THE_GRADER,
        next_one_told,
        cell='open(elsewhere, "w").write("for the next one")',
        sequel="os.stat(elsewhere)\nloot()",
    ),
    Attack(
        "leave a profile of IPython's for the next worker",
        FOR_THE_GRADER,
        next_one_told,
        cell="""
os.makedirs(os.environ["IPYTHONDIR"], exist_ok=True)
open(os.path.join(os.environ["IPYTHONDIR"], mark), "w").write("for the next one")
""",
        sequel='open(os.path.join(os.environ["IPYTHONDIR"], mark)).close()\nloot()',
    ),
    Attack(
        "change the code that the next worker imports",
        FOR_THE_GRADER,
        next_one_told,
        cell="""
import autograder.student
open(os.path.join(autograder.student.__path__[0], mark + ".py"), "w").write("")
""",
        sequel="""
import importlib
importlib.import_module("autograder.student." + mark)
loot()
""",
    ),
)

FILES = READING + WRITING
