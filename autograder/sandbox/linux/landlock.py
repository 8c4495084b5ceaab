"""Landlock: the kernel lets this process open only what is named here, whatever the permissions of files are.

It does not hide files: their names and sizes can be asked for one by one (stat, readlink).
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable

from autograder.sandbox.linux.kernel import call

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE, _, MAKE_DIR, MAKE_REG = (
    1 << n for n in range(9)
)
REFER, TRUNCATE = 1 << 13, 1 << 14
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
READ = READ_FILE | READ_DIR
CHANGE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
# How many rights over files each version of the ABI knows; those of a version govern all that came before.
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16, 6: 16, 7: 16, 8: 16, 9: 17}
NEWEST = max(FILE_RIGHTS)
BIND_AND_CONNECT_TCP = 3
ABSTRACT_SOCKETS_AND_SIGNALS = 3
PATH_BENEATH = 1
QUIET = 1  # denials of student code do not go to the audit log of the system


def restrict(version: int, readable: Iterable[str], writable: str, devices: Iterable[str]) -> None:
    """Confine this process to reading `readable`, changing `writable`, and using `devices`; no TCP.

    version: of the kernel's ABI.  From 6 on, signals and abstract sockets to processes outside are denied as well.
    OSError if the kernel refuses or a path does not exist.
    """
    version = min(version, NEWEST)
    governed = (1 << FILE_RIGHTS[version]) - 1
    ruleset = call("landlock_create_ruleset", *_attributes(version, governed), 0)
    try:
        allowed = [*((path, READ) for path in readable), (writable, CHANGE)]
        allowed += [(path, READ_FILE | WRITE_FILE) for path in devices]
        for path, rights in allowed:
            _allow(ruleset, path, rights & governed)
        call("landlock_restrict_self", ruleset, QUIET if version >= 7 else 0)
    finally:
        os.close(ruleset)


def _attributes(version: int, governed: int) -> tuple[bytes, int]:
    """What the ruleset governs, in the form and length that the version knows."""
    words = [governed]
    if version >= 4:
        words.append(BIND_AND_CONNECT_TCP)
    if version >= 6:
        words.append(ABSTRACT_SOCKETS_AND_SIGNALS)
    packed = struct.pack(f"<{len(words)}Q", *words)
    return packed, len(packed)


def _allow(ruleset: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    if not stat.S_ISDIR(os.fstat(place).st_mode):
        rights &= OF_FILES
    try:
        call("landlock_add_rule", ruleset, PATH_BENEATH, struct.pack("<Qi", rights, place), 0)
    finally:
        os.close(place)
