"""What a machine must have for some attacks to succeed with their layers off; asked of the kernel, not of an attack.

    python -m tests.attacks.machine

prints the features that this machine has.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from autograder.course.paths import HERE
from autograder.sandbox.layers import available, default_layers
from autograder.sandbox.linux.kernel import call
from tests.attacks.catalogue import Attack


def missing(attack: Attack) -> str:
    """Why an attack cannot succeed on this machine even with its layers off; "" if it can."""
    if not attack.layers & default_layers(available()):
        return "this machine has none of the layers that stop it"
    if attack.needs and attack.needs not in features():
        return f"this machine lacks {attack.needs}"
    return ""


@cache
def features() -> frozenset[str]:
    """What this machine has; asked by a process of its own, because a process cannot take everything back."""
    command = [sys.executable, "-m", "tests.attacks.machine"]
    done = subprocess.run(command, cwd=HERE.root, capture_output=True, text=True, check=True)
    return frozenset(done.stdout.splitlines())


def _allowed(name: str, *arguments: int | bytes) -> Callable[[], object]:
    return lambda: call(name, *arguments)


def _attribute() -> None:
    with tempfile.NamedTemporaryFile() as file:
        os.setxattr(file.name, "user.mine", b"x")


def _x32() -> None:
    assert platform.machine() == "x86_64"
    assert ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000 + 39)) == os.getpid()


def _su() -> None:
    assert os.geteuid() == 0
    assert shutil.which("su")


def _root() -> None:
    assert os.geteuid() == 0
    assert available().root


def _raise_limits() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard + 1))


def _two_cores() -> None:
    assert len(os.sched_getaffinity(0)) > 1


def _thirty_two_bits() -> None:
    assert platform.machine() == "x86_64"
    Path("/proc/sys/abi/vsyscall32").stat()


MINUS_ONE = 2**64 - 1
FEATURES: Mapping[str, Callable[[], object]] = {
    "root": _root,
    "su as root": _su,
    "the right to raise limits": _raise_limits,
    "two cores": _two_cores,
    "extended attributes": _attribute,
    "io_uring": _allowed("io_uring_setup", 4, bytes(120)),
    "keys": _allowed("add_key", b"user", b"probe", b"x", 1, MINUS_ONE - 1),
    "userfaultfd": _allowed("userfaultfd", 1),
    "bpf": _allowed("bpf", 0, struct.pack("4I", 2, 4, 4, 1).ljust(72, b"\0"), 72),
    "perf events": _allowed(
        "perf_event_open",
        struct.pack("IIQQQQQ", 1, 112, 0, 0, 0, 0, 0b1100001).ljust(112, b"\0"),
        *(0, MINUS_ONE, MINUS_ONE, 0),
    ),
    "32-bit calls": _thirty_two_bits,
    "x32 calls": _x32,
    "user namespaces": _allowed("unshare", 0x10000000),
}


if __name__ == "__main__":
    for feature, needed in FEATURES.items():
        with suppress(OSError, ValueError, AssertionError):
            needed()
            print(feature)
