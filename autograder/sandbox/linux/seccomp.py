"""The policy as a program for the kernel's filter of system calls (seccomp, classic BPF), and putting it in force.

The program looks at one call: its number, the architecture and six arguments.  The zygote compiles it once; each worker
fills in its own process id.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from autograder.sandbox.linux import policy
from autograder.sandbox.linux.kernel import call
from autograder.sandbox.linux.policy import Argument, CallRule, Own
from autograder.sandbox.linux.syscalls import table

# Instructions: load a word of the call, compare, mask, jump, return.
LOAD, EQUAL, AT_LEAST, AND, JUMP, RETURN = 0x20, 0x15, 0x35, 0x54, 0x05, 0x06
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
# Where the call's parts lie in what the program looks at (struct seccomp_data, little endian).
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32 = 0x40000000  # the bit that marks the calls of x86_64's second ABI
LONGEST_JUMP = 250  # an instruction jumps at most 255 ahead
SET_MODE_FILTER = 1
KEEP_SPECULATION = (
    4  # without it every filtered process pays for a mitigation that the filter does not need
)
# What notebooks call most, looked up first.
HOT = policy.names(
    "read write futex mmap munmap madvise brk clock_gettime openat close fstat newfstatat lseek"
)


@dataclass(slots=True)
class _Code:
    """Instructions, and which of them take the worker's own process id."""

    instructions: list[tuple[int, int, int, int]] = field(default_factory=list)
    own: list[int] = field(default_factory=list)

    def emit(self, code: int, operand: int | Own, yes: int = 0, no: int = 0) -> None:
        """Append an instruction; `yes` and `no` are how many to skip after a comparison."""
        if isinstance(operand, Own):
            self.own.append(len(self.instructions))
            operand = 0
        self.instructions.append((code, yes, no, operand))


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled filter, with the offsets at which the worker's own process id is missing."""

    code: bytes
    own: tuple[int, ...]

    def of(self, pid: int) -> bytes:
        """The filter of the process `pid`."""
        filled = bytearray(self.code)
        for offset in self.own:
            struct.pack_into("<I", filled, offset, pid)
        return bytes(filled)


def compile_policy(architecture: str) -> Program:
    """The policy as a filter for `architecture`."""
    numbers = table(architecture)
    code = _Code()
    code.emit(LOAD, ARCHITECTURE)
    code.emit(EQUAL, AUDIT_ARCH[architecture], yes=1)
    code.emit(RETURN, KILL)  # int 0x80 and the like: other numbers for the same calls
    code.emit(LOAD, NUMBER)
    if architecture == "x86_64":
        code.emit(AT_LEAST, X32, no=1)
        code.emit(RETURN, KILL)
    allowed = sorted(policy.ALLOWED, key=lambda name: name not in HOT)
    _answer(code, [numbers[name] for name in allowed if name in numbers], ALLOW)
    for name, rule in policy.RULES.items():
        if name in numbers:
            _check(code, numbers[name], rule)
    for names, number in (
        (policy.PRETENDED, 0),
        (policy.UNSUPPORTED, errno.EOPNOTSUPP),
        (policy.REFUSED, errno.EPERM),
    ):
        _answer(code, [numbers[name] for name in names if name in numbers], ERROR | number)
    code.emit(RETURN, ERROR | errno.ENOSYS)
    packed = b"".join(struct.pack("<HBBI", *instruction) for instruction in code.instructions)
    return Program(packed, tuple(8 * index + 4 for index in code.own))


def install(program: Program) -> None:
    """Put the filter in force for this process, for good.  OSError if the kernel refuses."""
    filter_ = ctypes.create_string_buffer(program.of(os.getpid()), len(program.code))
    header = struct.pack("@HP", len(program.code) // 8, ctypes.addressof(filter_))
    try:
        call("seccomp", SET_MODE_FILTER, KEEP_SPECULATION, header)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a kernel before 4.17
            raise
        call("seccomp", SET_MODE_FILTER, 0, header)


def _answer(code: _Code, numbers: Sequence[int], result: int) -> None:
    """Return `result` for any of `numbers`; go on for all others."""
    for start in range(0, len(numbers), LONGEST_JUMP):
        part = numbers[start : start + LONGEST_JUMP]
        for index, number in enumerate(part):
            code.emit(EQUAL, number, yes=len(part) - index)
        code.emit(JUMP, 1)
        code.emit(RETURN, result)


def _check(code: _Code, number: int, rule: CallRule) -> None:
    """Decide one call by its arguments; go on for all others."""
    body = _Code()
    for argument in rule.arguments:
        _require(body, argument, ERROR | rule.error)
    body.emit(RETURN, ALLOW)
    code.emit(EQUAL, number, no=len(body.instructions))
    code.own += [len(code.instructions) + index for index in body.own]
    code.instructions += body.instructions


def _require(code: _Code, argument: Argument, refusal: int) -> None:
    """Return `refusal` unless the argument is as it must be."""
    low = ARGUMENTS + 8 * argument.index
    code.emit(LOAD, low)
    if argument.mask != 0xFFFFFFFF:
        code.emit(AND, argument.mask)
    for index, value in enumerate(argument.values):
        code.emit(EQUAL, value, yes=len(argument.values) - index)
    code.emit(RETURN, refusal)
    if argument.wide:
        code.emit(LOAD, low + 4)
        code.emit(EQUAL, 0, yes=1)
        code.emit(RETURN, refusal)
