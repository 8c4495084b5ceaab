"""Calls to the kernel that Python has no function for.  An error is an OSError that names the call."""

from __future__ import annotations

import ctypes
import os
from functools import cache

from autograder.sandbox.linux.syscalls import table

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
CAPABILITIES = 0x20080522  # the version of capset's argument, _LINUX_CAPABILITY_VERSION_3


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


def call(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make a system call by its name; numbers go as 64 bits.  OSError if it fails or has no number here."""
    number = table().get(name)
    if number is None:
        raise OSError(38, f"{name}: unknown on this architecture")
    words = [ctypes.c_ulong(value) if isinstance(value, int) else value for value in arguments]
    result = int(_libc().syscall(ctypes.c_long(number), *words))
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result


def prctl(option: int, value: int) -> None:
    """Set an attribute of this process; OSError if the kernel refuses."""
    if _libc().prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0))):
        code = ctypes.get_errno()
        raise OSError(code, f"prctl({option}, {value}): {os.strerror(code)}")


def drop_capabilities() -> None:
    """Give up every capability for good."""
    call("capset", CAPABILITIES.to_bytes(8, "little"), bytes(24))
