"""Processes: other programs, other processes of the grader's, and the doors of the kernel that nobody needs."""

from __future__ import annotations

from autograder.sandbox.layers import Layer
from tests.attacks.catalogue import (
    Attack,
    Wall,
    admitted,
    neighbour_harmed,
    secret_told,
    something_lived,
    still_there,
)

LIMITS, SECCOMP, LANDLOCK, NAMESPACE, UID = Layer
# Landlock lets no process behind it debug or signal one outside; another uid does not let it
# either.  With a view of its own a worker is without the capabilities that debugging a process of
# the grader's takes.
SIGNALS = (SECCOMP, LANDLOCK, UID)
DEBUGGING = (SECCOMP, LANDLOCK, NAMESPACE, UID)
# Another program can neither be started nor, behind Landlock or in a view without programs, be opened.
OTHER_PROGRAMS = (SECCOMP, LANDLOCK, NAMESPACE)
# A name that can be seen from outside, for as long as the watcher needs.
CHILD = """
import posix
def child(seconds=0.5):
    import time
    _libc.prctl(15, mark.encode(), 0, 0, 0)
    time.sleep(seconds)
    os._exit(0)
"""

STARTING = (
    Attack(
        "fork",
        (SECCOMP,),
        something_lived,
        cell=f"{CHILD}\nif posix.fork() == 0:\n    child()\nos.wait()",
    ),
    Attack(
        "fork with the bare system call",
        (SECCOMP,),
        something_lived,
        cell=f'{CHILD}\nif call("clone", 17, 0, 0, 0, 0) == 0:\n    child()\nos.wait()',
    ),
    Attack(
        "fork with the newest system call",
        (SECCOMP,),
        something_lived,
        cell=f"""{CHILD}
import struct
wanted = struct.pack("8Q", 0, 0, 0, 0, 17, 0, 0, 0)
if call("clone3", wanted, len(wanted)) == 0:
    child()
os.wait()
""",
    ),
    Attack(
        "fork forty times at once",
        (SECCOMP,),
        admitted,
        cell="""
import posix
children = []
try:
    for _ in range(40):
        children.append(posix.fork())
        if children[-1] == 0:
            import signal
            signal.pause()
finally:
    for child in children:
        os.kill(child, 9)
if len(children) == 40:
    loot()
""",
    ),
    Attack(
        "become a daemon",
        (SECCOMP,),
        something_lived,
        cell=f"""{CHILD}
if posix.fork() == 0:
    os.setsid()
    if posix.fork() == 0:
        child()
    os._exit(0)
os.wait()
import time
time.sleep(0.4)
""",
    ),
    Attack(
        "leave a daemon for when the grading is over",
        (SECCOMP, Wall.WORKER),
        still_there,
        cell=f"""{CHILD}
if posix.fork() == 0:
    os.setsid()
    if posix.fork() == 0:
        child(600)
    os._exit(0)
""",
    ),
    Attack(
        "start a program",
        OTHER_PROGRAMS,
        something_lived,
        cell='import subprocess\nsubprocess.run(["sh", "-c", "sleep 0.4; :", mark], check=True)',
    ),
    Attack(
        "start a program without a fork of one's own",
        OTHER_PROGRAMS,
        something_lived,
        cell='import posix\nposix.posix_spawn("/bin/sh", ["sh", "-c", "sleep 0.4; :", mark], {})\nos.wait()',
    ),
    Attack(
        "start a shell",
        OTHER_PROGRAMS,
        something_lived,
        cell="import posix\nposix.system(f\"sh -c 'sleep 0.4; :' {mark}\")",
    ),
    Attack(
        "start a shell past the shell that the grader took away",
        OTHER_PROGRAMS,
        something_lived,
        cell="from IPython.utils.process import system\nsystem(f\"sh -c 'sleep 0.4; :' {mark}\")",
    ),
    Attack(
        "become another program",
        OTHER_PROGRAMS,
        something_lived,
        cell='import posix\nos.set_inheritable(4, True)\nposix.execv("/bin/sh", ["sh", "-c", "sleep 0.4; :", mark])',
    ),
    Attack(
        "become another user with su",
        OTHER_PROGRAMS,
        something_lived,
        cell="import subprocess\nsubprocess.run(['su', 'nobody', '-s', '/bin/sh', '-c', 'sleep 0.4; :', mark])",
        needs="su as root",
    ),
    Attack(
        "run a program that lies in memory alone",
        (SECCOMP,),
        admitted,
        cell='call("memfd_create", b"program", 0)\nloot()',
    ),
)

OTHERS = (
    Attack(
        "debug another process",
        DEBUGGING,
        admitted,
        cell='call("ptrace", 0x4206, victim, 0, 0)  # PTRACE_SEIZE\nloot()',
    ),
    Attack(
        "copy another process's memory",
        DEBUGGING,
        secret_told,
        cell="""
import struct
text = ctypes.create_string_buffer(100)
here, there = struct.pack("QQ", ctypes.addressof(text), 99), struct.pack("QQ", victim_address, 99)
call("process_vm_readv", victim, here, 1, there, 1, 0)
loot(text.value.decode())
""",
    ),
    Attack(
        "take another process's open file",
        DEBUGGING,
        secret_told,
        cell="""
taken = call("pidfd_getfd", call("pidfd_open", victim, 0), victim_file, 0)
loot(os.pread(taken, 100, 0).decode())
""",
    ),
    Attack("end another process", SIGNALS, neighbour_harmed, cell="os.kill(victim, 9)"),
    Attack(
        "end a thread of another process",
        SIGNALS,
        neighbour_harmed,
        cell='call("tgkill", victim, victim, 9)',
    ),
    Attack("end it by the oldest call", SIGNALS, neighbour_harmed, cell='call("tkill", victim, 9)'),
    Attack(
        "end it by a queued signal",
        SIGNALS,
        neighbour_harmed,
        cell="""
import struct
told = struct.pack("4i2i", 9, 0, -1, 0, os.getpid(), os.getuid()).ljust(128, b"\\0")
call("rt_sigqueueinfo", victim, 9, told)
""",
    ),
    Attack(
        "end it by its descriptor",
        SIGNALS,
        neighbour_harmed,
        cell='call("pidfd_send_signal", call("pidfd_open", victim, 0), 9, 0, 0)',
    ),
    Attack(
        "have the kernel signal it, as the owner of a pipe",
        SIGNALS,
        neighbour_harmed,
        cell="""
import fcntl, time
reader, writer = os.pipe()
fcntl.fcntl(reader, 8, victim)  # F_SETOWN
fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC)
os.write(writer, b"x")
time.sleep(0.1)
""",
    ),
    Attack(
        "take away another process's files",
        (SECCOMP, UID),
        neighbour_harmed,
        cell="import resource\nresource.prlimit(plain_victim, resource.RLIMIT_NOFILE, (7, 7))",
    ),
    Attack(
        "slow another process down",
        (SECCOMP, UID),
        neighbour_harmed,
        cell="os.setpriority(0, plain_victim, 19)",
    ),
    Attack(
        "move another process to one core",
        (SECCOMP, UID),
        neighbour_harmed,
        cell="os.sched_setaffinity(plain_victim, {min(os.sched_getaffinity(plain_victim))})",
        needs="two cores",
    ),
)

KERNEL = (
    Attack(
        "leave shared memory for the next worker",
        (SECCOMP,),
        admitted,
        cell='call("shmctl", call("shmget", 0, 4096, 0o1600), 0, 0)\nloot()',
    ),
    Attack(
        "open a message queue",
        (SECCOMP,),
        admitted,
        cell='call("mq_open", mark.encode(), 0o102, 0o600, 0)\ncall("mq_unlink", mark.encode())\nloot()',
        perhaps=(LIMITS, LANDLOCK),
    ),
    Attack(
        "watch what others do to files",
        (SECCOMP,),
        admitted,
        cell='call("inotify_add_watch", call("inotify_init1", 0), b"/", 0xFFF)\nloot()',
    ),
    Attack(
        "work behind the filter with io_uring",
        (SECCOMP,),
        admitted,
        cell='call("io_uring_setup", 4, bytes(120))\nloot()',
        perhaps=(LIMITS, LANDLOCK),
        needs="io_uring",
    ),
    Attack(
        "put a key on the kernel's ring",
        (SECCOMP,),
        admitted,
        cell='call("add_key", b"user", mark.encode(), b"x", 1, -2)\nloot()',
        needs="keys",
    ),
    Attack(
        "handle page faults",
        (SECCOMP,),
        admitted,
        cell='call("userfaultfd", 1)\nloot()',
        needs="userfaultfd",
    ),
    Attack(
        "load a program into the kernel",
        (SECCOMP, NAMESPACE, UID),
        admitted,
        cell='import struct\ncall("bpf", 0, struct.pack("4I", 2, 4, 4, 1).ljust(72, b"\\0"), 72)\nloot()',
        needs="bpf",
    ),
    Attack(
        "count the processor's events",
        (SECCOMP,),
        admitted,
        cell="""
import struct
wanted = struct.pack("IIQQQQQ", 1, 112, 0, 0, 0, 0, 0b1100001).ljust(112, b"\\0")
call("perf_event_open", wanted, 0, -1, -1, 0)
loot()
""",
        needs="perf events",
    ),
    Attack(
        "call the kernel as a 32-bit program",
        (SECCOMP,),
        admitted,
        cell="""
import mmap
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes.fromhex("b814000000cd80c3"))  # mov eax, 20 (getpid); int 0x80; ret
start = ctypes.addressof(ctypes.c_char.from_buffer(code))
if ctypes.CFUNCTYPE(ctypes.c_int)(start)() == os.getpid():
    loot()
""",
        needs="32-bit calls",
    ),
    Attack(
        "call the kernel as an x32 program",
        (SECCOMP,),
        admitted,
        cell="if _libc.syscall(ctypes.c_long(0x40000000 + 39)) == os.getpid():\n    loot()",
        needs="x32 calls",
    ),
    Attack(
        "be root in a user namespace",
        (SECCOMP,),
        admitted,
        cell='call("unshare", 0x10000000)\nloot()',
        needs="user namespaces",
    ),
    Attack(
        "change the root folder",
        (SECCOMP, NAMESPACE, UID),
        admitted,
        cell='os.chroot(".")\nloot()',
        needs="root",
    ),
    Attack(
        "mount a file system",
        (SECCOMP, LANDLOCK, NAMESPACE, UID),
        admitted,
        cell='os.mkdir("m")\ncall("mount", b"none", b"m", b"tmpfs", 0, 0)\ncall("umount2", b"m", 2)\nloot()',
        needs="root",
    ),
    Attack(
        "be root", (UID,), admitted, cell="if os.getuid():\n    os.setuid(0)\nloot()", needs="root"
    ),
    Attack(
        "run before everyone else",
        (SECCOMP, NAMESPACE, UID),
        admitted,
        cell="""
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
loot()
""",
        needs="root",
    ),
    Attack(
        "outlive the process that all workers come from",
        (SECCOMP,),
        admitted,
        cell="if _libc.prctl(1, 0, 0, 0, 0) == 0:  # PR_SET_PDEATHSIG\n    loot()",
    ),
    Attack(
        "open one's own memory to others",
        (SECCOMP,),
        admitted,
        cell="if _libc.prctl(4, 1, 0, 0, 0) == 0:  # PR_SET_DUMPABLE\n    loot()",
    ),
)

PROCESSES = STARTING + OTHERS + KERNEL
