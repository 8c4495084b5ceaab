"""The filter of system calls, interpreted instruction by instruction for every number on both architectures."""

import ctypes
import errno
import itertools
import os
import platform
import struct
import sys
import threading

import pytest

from autograder.sandbox.linux import policy
from autograder.sandbox.linux.policy import ALLOWED, PRETENDED, REFUSED, RULES, UNSUPPORTED
from autograder.sandbox.linux.seccomp import ALLOW, AUDIT_ARCH, ERROR, KILL, compile_policy
from autograder.sandbox.linux.syscalls import ARCHITECTURES, NEWER, table

PID = 777
EVERY_NUMBER = range(601)
HIGH = 1 << 32


def interpret(program: bytes, number: int, audit: int, arguments: tuple[int, ...] = ()) -> int:
    """What the kernel would get back: classic BPF over struct seccomp_data."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, audit, 0, *padded)
    instructions = list(struct.iter_unpack("<HBBI", program))
    accumulator = position = 0
    while True:
        code, yes, no, operand = instructions[position]
        position += 1
        match code:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, operand)
            case 0x15:
                position += yes if accumulator == operand else no
            case 0x35:
                position += yes if accumulator >= operand else no
            case 0x54:
                accumulator &= operand
            case 0x05:
                position += operand
            case 0x06:
                return operand
            case _:
                raise AssertionError(f"instruction {code:#x}")


def said(result: int) -> str:
    if result in (ALLOW, KILL):
        return "allowed" if result == ALLOW else "killed"
    assert result & 0xFFFF0000 == ERROR
    return errno.errorcode[result & 0xFFFF] if result & 0xFFFF else "pretended"


@pytest.fixture(scope="module", params=ARCHITECTURES)
def architecture(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def ask(architecture):
    """The filter's verdict on a call by its name or number."""
    program = compile_policy(architecture).of(PID)

    def answer(call: str | int, *arguments: int) -> str:
        number = table(architecture)[call] if isinstance(call, str) else call
        return said(interpret(program, number, AUDIT_ARCH[architecture], arguments))

    return answer


def by_policy(name: str | None) -> str:
    """The policy's verdict on a call whose arguments are all 0."""
    if name in ALLOWED:
        return "allowed"
    if name in PRETENDED:
        return "pretended"
    if name in UNSUPPORTED:
        return "ENOTSUP"
    if name in REFUSED:
        return "EPERM"
    if name in RULES:
        rule = RULES[name]
        return (
            "allowed"
            if all(0 in argument.values for argument in rule.arguments)
            else errno.errorcode[rule.error]
        )
    return "ENOSYS"


def test_every_number_is_answered_as_the_policy_says(architecture, ask):
    names = {number: name for name, number in table(architecture).items()}
    wrong = {n: (names.get(n), ask(n)) for n in EVERY_NUMBER if ask(n) != by_policy(names.get(n))}
    assert wrong == {}
    assert {ask(n) for n in EVERY_NUMBER} == {
        "allowed",
        "pretended",
        "ENOTSUP",
        "EPERM",
        "ENOTTY",
        "ENOSYS",
    }


def test_each_call_is_named_once_and_exists():
    lists = (ALLOWED, PRETENDED, UNSUPPORTED, REFUSED, tuple(RULES))
    named = [name for names in lists for name in names]
    assert len(named) == len(set(named))
    known = {name for architecture in ARCHITECTURES for name in table(architecture)}
    assert sorted(set(named) - known) == []


THREAD = 0x3D0F00  # what glibc asks for: VM FS FILES SIGHAND THREAD SYSVSEM SETTLS PARENT_SETTID CHILD_CLEARTID
FORK, VFORK = 0x1200011, 0x4111
BY_ARGUMENTS = [
    ("clone", (THREAD,), "allowed"),
    ("clone", (FORK,), "EPERM"),
    ("clone", (VFORK,), "EPERM"),
    *(("clone", (THREAD | 1 << bit,), "EPERM") for bit in (17, 25, 26, 27, 28, 29, 30)),
    *(("kill", (PID, number), "allowed") for number in (0, 2, 15, 18, 20, 64)),
    *(("kill", (PID, number), "EPERM") for number in (9, 19, HIGH | 9, 65)),
    *(("kill", (pid & 0xFFFFFFFFFFFFFFFF, 15), "EPERM") for pid in (0, 1, -1, -PID, PID + 1)),
    ("tgkill", (PID, PID + 1, 6), "allowed"),
    *(("tgkill", (PID, PID + 1, number), "EPERM") for number in (9, 19)),
    ("tgkill", (1, 1, 6), "EPERM"),
    ("timer_create", (), "ENOSYS"),
    ("prlimit64", (0, 7), "allowed"),
    ("prlimit64", (PID, 7), "allowed"),
    ("prlimit64", (HIGH | 1, 7), "EPERM"),
    ("sched_setaffinity", (0,), "allowed"),
    ("sched_setaffinity", (1,), "EPERM"),
    *(("fcntl", (3, command), "allowed") for command in (0, 1, 2, 3, 4, 5, 6, 7, 1030)),
    *(("fcntl", (3, command), "EPERM") for command in (8, 10, 15, 1024, 1026, 1031, HIGH | 8)),
    *(
        ("ioctl", (0, request), "allowed")
        for request in (0x5401, 0x5413, 0x5421, 0x541B, HIGH | 0x5401)
    ),
    *(("ioctl", (0, request), "ENOTTY") for request in (0x5412, 0x541C, 0x8901, 0x5452, 0xAE01)),
    *(("prctl", (option,), "allowed") for option in (3, 15, 16, 39, 0x53564D41)),
    *(
        ("prctl", (option,), "EPERM")
        for option in (1, 4, 8, 22, 24, 35, 36, 38, 47, 59, 0x59616D61)
    ),
    ("socketpair", (1, 1), "allowed"),
    ("socketpair", (1, 1 | 0o2004000), "allowed"),
    ("socketpair", (1, 2), "EPERM"),
    ("socketpair", (1, 5), "EPERM"),
    ("socketpair", (2, 1), "EPERM"),
    ("sendto", (3, 1, 1, 0, 0), "allowed"),
    ("sendto", (3, 1, 1, 0, 0x7FFF), "EPERM"),
    ("sendto", (3, 1, 1, 0, 1 << 40), "EPERM"),
    ("clone3", (), "ENOSYS"),
]


@pytest.mark.parametrize(("call", "arguments", "expected"), BY_ARGUMENTS)
def test_a_call_is_decided_by_its_arguments(ask, call, arguments, expected):
    assert ask(call, *arguments) == expected


def test_every_value_that_a_rule_allows_is_allowed_and_its_neighbours_are_not(ask):
    for name, rule in RULES.items():
        for combination in itertools.product(*(argument.values for argument in rule.arguments)):
            given = [0] * 6
            for argument, value in zip(rule.arguments, combination, strict=True):
                given[argument.index] = PID if isinstance(value, policy.Own) else value
            assert ask(name, *given) == "allowed"
            for argument in rule.arguments:
                near = given.copy()
                near[argument.index] ^= (
                    1 << 31 if argument.mask == 0xFFFFFFFF else argument.mask & -argument.mask
                )
                assert ask(name, *near) == errno.errorcode[rule.error], (name, near)


def test_other_architectures_and_the_second_abi_are_killed(architecture):
    program = compile_policy(architecture).of(PID)
    for audit in {0x40000003, 0x40000028, 0, *AUDIT_ARCH.values()} - {AUDIT_ARCH[architecture]}:
        assert said(interpret(program, table(architecture)["read"], audit)) == "killed"
    if architecture == "x86_64":
        for number in (0x40000000, 0x40000000 | 520, 0xFFFFFFFF):
            assert said(interpret(program, number, AUDIT_ARCH[architecture])) == "killed"


def test_the_process_id_is_all_that_differs_between_workers(architecture):
    program = compile_policy(architecture)
    mine, yours = program.of(PID), program.of(PID + 1)
    differing = {offset // 4 * 4 for offset in range(len(mine)) if mine[offset] != yours[offset]}
    assert differing == set(program.own)
    assert len(program.own) == 4
    assert (
        len(program.code) // 8 < 4096
    )  # the kernel's limit, of which the filter must stay well clear


def test_newer_calls_have_the_same_number_everywhere():
    first, second = (table(architecture) for architecture in ARCHITECTURES)
    assert all(first[name] == second[name] for name in NEWER.split())
    assert all(first[name] == number for name, number in second.items() if number >= 424)
    assert first["landlock_create_ruleset"] == 444
    assert second["getpid"] == 172


@pytest.mark.skipif(sys.platform != "linux", reason="another kernel numbers its calls otherwise")
@pytest.mark.parametrize(
    "name", ["getpid", "getppid", "getuid", "getgid", "geteuid", "getegid", "gettid"]
)
def test_numbers_are_those_of_this_kernel(name):
    known = threading.get_native_id() if name == "gettid" else getattr(os, name)()
    assert ctypes.CDLL(None).syscall(table(platform.machine())[name]) == known
