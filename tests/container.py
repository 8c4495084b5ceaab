"""Run a command as in a default Docker container: the kernel refuses it namespaces and mounts, and more if named.

    python tests/container.py [--without landlock] [--user] command ...

Docker's default seccomp profile lets nobody call these without CAP_SYS_ADMIN, which its root has
not; namespaces are also made by clone, so its flags are looked at, and clone3, whose flags no
filter can see, is said not to exist. With --user the command runs as an ordinary user of the
container.

In a container every user finds Python.  Where root has it in a folder of its own, that folder is replaced, for the
command alone, by one that holds nothing but the way to Python.
"""

import os
import struct
import sys
import tempfile
from pathlib import Path

from autograder.sandbox.linux.kernel import call
from autograder.sandbox.linux.namespace import BIND, NEW_MOUNTS, PRIVATE, RECURSIVE
from autograder.sandbox.linux.seccomp import (
    ALLOW,
    AND,
    ARGUMENTS,
    EQUAL,
    ERROR,
    LOAD,
    NUMBER,
    RETURN,
    Program,
    install,
)
from autograder.sandbox.linux.syscalls import table

NAMESPACES = (
    "unshare",
    "setns",
    "mount",
    "umount2",
    "pivot_root",
    "open_tree",
    "move_mount",
    "fsopen",
    "fsmount",
)
LANDLOCK = ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self")
NEW = 0x7E020000  # CLONE_NEW of mounts, cgroups, uts, ipc, users, processes and network
EPERM, ENOSYS = 1, 38
NO_NEW_PRIVILEGES = 38
USER = 65534


def program(refused: tuple[str, ...]) -> Program:
    numbers = table()
    code = [(LOAD, 0, 0, NUMBER)]
    for name in refused:
        code += [(EQUAL, 0, 1, numbers[name]), (RETURN, 0, 0, ERROR | EPERM)]
    code += [(EQUAL, 0, 1, numbers["clone3"]), (RETURN, 0, 0, ERROR | ENOSYS)]
    code += [
        (EQUAL, 0, 4, numbers["clone"]),
        (LOAD, 0, 0, ARGUMENTS),
        (AND, 0, 0, NEW),
        (EQUAL, 1, 0, 0),
    ]
    code += [(RETURN, 0, 0, ERROR | EPERM), (RETURN, 0, 0, ALLOW)]
    return Program(b"".join(struct.pack("<HBBI", *instruction) for instruction in code), ())


def closed_to_others(path: Path) -> Path | None:
    """The first folder on the way to `path` that other users cannot pass through."""
    return next((p for p in reversed((path, *path.parents)) if not p.stat().st_mode & 0o001), None)


def open_the_way(path: Path) -> None:
    """Show `path` to every user, in mounts of this process's own."""
    call("unshare", NEW_MOUNTS)
    call("mount", None, b"/", None, RECURSIVE | PRIVATE, None)
    while closed := closed_to_others(path):
        with tempfile.TemporaryDirectory() as kept:
            call("mount", bytes(path), kept.encode(), None, BIND | RECURSIVE, None)
            call("mount", b"tmpfs", bytes(closed), b"tmpfs", 0, b"mode=755")
            path.mkdir(parents=True)
            call("mount", kept.encode(), bytes(path), None, BIND | RECURSIVE, None)
            call("umount2", kept.encode(), 2)


def become_user() -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)


if __name__ == "__main__":
    words = sys.argv[1:]
    refused = NAMESPACES
    if words[:2] == ["--without", "landlock"]:
        refused, words = NAMESPACES + LANDLOCK, words[2:]
    user = words[:1] == ["--user"]
    words = words[user:]
    if os.getuid() == 0:
        open_the_way(Path(sys.base_prefix))
    if user:
        become_user()
    if os.getuid() != 0:  # root may filter itself without this, and keeps what it has
        call("prctl", NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    install(program(refused))
    os.execvp(words[0], words)
