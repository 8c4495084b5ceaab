"""Numbers of Linux's system calls by name, for the two architectures that the sandbox knows.

They lie in syscalls.json, which this module also writes, from the kernel's own headers (package linux-libc-dev; for the
other architecture linux-libc-dev-arm64-cross, or the generic header, which arm64 uses as it is):

    python -m autograder.sandbox.linux.syscalls x86_64=.../asm/unistd_64.h aarch64=.../asm-generic/unistd.h

Calls that are newer than the headers have the same number everywhere and are named in NEWER.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("syscalls.json")
ARCHITECTURES = ("x86_64", "aarch64")
# Since Linux 5.1 a new call has one number on every architecture; these came after 6.1.
FIRST_NEWER = 451
NEWER = """
    cachestat fchmodat2 map_shadow_stack futex_wake futex_wait futex_requeue statmount listmount lsm_get_self_attr
    lsm_set_self_attr lsm_list_modules mseal setxattrat getxattrat listxattrat removexattrat open_tree_attr
    file_getattr file_setattr
"""
# In the generic header, but no calls of a 64-bit kernel: a 32-bit range, another architecture's, and two marks.
ONLY_32_BITS = range(403, 424)
NOT_CALLS = {"arch_specific_syscall", "syscalls", "sync_file_range2"}


@cache
def table(architecture: str = platform.machine()) -> Mapping[str, int]:
    """The numbers of one architecture by name; empty for one that the sandbox does not know."""
    tables: dict[str, dict[str, int]] = json.loads(FILE.read_text(encoding="utf-8"))
    return tables.get(architecture, {})


def read_header(text: str) -> dict[str, int]:
    """The numbers that a kernel header defines for 64 bits, in their order."""
    values = dict(
        re.findall(r"#define (__NR3264_\w+)\s+(\d+)\b", text)
    )  # one number, two names: 64-bit first
    defined = re.findall(r"#define __NR_(\w+)\s+(\d+|__NR3264_\w+)\b", text)
    defined = [
        (int(values.get(value, value)), name)
        for name, value in defined
        if value.isdigit() or value in values
    ]
    named: dict[int, str] = {}
    for number, name in defined:
        if name not in NOT_CALLS and number not in ONLY_32_BITS:
            named.setdefault(number, name)
    named |= {FIRST_NEWER + offset: name for offset, name in enumerate(NEWER.split())}
    return {named[number]: number for number in sorted(named)}


if __name__ == "__main__":
    headers = dict(argument.split("=", 1) for argument in sys.argv[1:])
    tables = {
        name: read_header(Path(headers[name]).read_text(encoding="utf-8")) for name in ARCHITECTURES
    }
    FILE.write_text(json.dumps(tables, indent=0) + "\n", encoding="utf-8")
