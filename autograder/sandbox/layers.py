"""The layers of the wall around student code: which of them this machine has, and how reports name them."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

from autograder.errors import MisuseError, SandboxError
from autograder.sandbox.linux.kernel import call
from autograder.sandbox.linux.syscalls import ARCHITECTURES
from autograder.sandbox.scratch import PREFIX

# Ids that workers run as when the grader is root; systemd's list of ids keeps them for nobody.
UIDS = range(60_706, 61_184)
FULL_LANDLOCK = 6  # the first ABI that also scopes signals and abstract sockets
# Needed to give a worker another uid, to kill it and to remove its files.
NEEDED_CAPABILITIES = {
    "CAP_CHOWN": 0,
    "CAP_DAC_OVERRIDE": 1,
    "CAP_FOWNER": 3,
    "CAP_KILL": 5,
    "CAP_SETGID": 6,
    "CAP_SETUID": 7,
}
KILL_PROCESS, GET_ACTION_AVAILABLE = 0x80000000, 2
PROBE_SECONDS = 20.0
PROBE = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from autograder.sandbox.linux.namespace import probe; probe(sys.argv[2])"
)


class Layer(Enum):
    """One layer of the wall.  Each can be left out, to test what gets through without it."""

    LIMITS = "limits"
    SECCOMP = "seccomp"
    LANDLOCK = "landlock"
    NAMESPACE = "mount namespace"
    UID = "uid"


FILE_ISOLATION = frozenset({Layer.LANDLOCK, Layer.NAMESPACE, Layer.UID})


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine offers.

    landlock: the version of its ABI, 0 if there is none.  seccomp: whether system calls can be filtered, on an
    architecture whose calls are known.  mounts: whether a worker can have a mount namespace of its own, and really
    mount in it.  root: whether this process may give workers another uid.
    """

    system: str
    kernel: str
    architecture: str
    landlock: int = 0
    seccomp: bool = False
    mounts: bool = False
    root: bool = False


@cache
def available() -> Machine:
    """Look at this machine, once.  MisuseError if it does not show its processes."""
    found = platform.uname()
    if not sys.platform.startswith("linux"):
        return Machine(sys.platform, found.release, found.machine)
    if not Path("/proc/self/status").exists():
        raise MisuseError("/proc: is not mounted; mount it: mount -t proc proc /proc")
    known = found.machine in ARCHITECTURES
    return Machine(
        sys.platform,
        found.release,
        found.machine,
        landlock=_landlock() if known else 0,
        seccomp=known and _can_filter(),
        mounts=known and _can_mount(),
        root=_can_change_uid(),
    )


def default_layers(machine: Machine) -> frozenset[Layer]:
    """All layers that the machine has."""
    has = {
        Layer.LIMITS: machine.system != "win32",
        Layer.SECCOMP: machine.seccomp,
        Layer.LANDLOCK: machine.landlock > 0,
        Layer.NAMESPACE: machine.mounts,
        Layer.UID: machine.root,
    }
    return frozenset(layer for layer, there in has.items() if there)


def line(machine: Machine, layers: Collection[Layer]) -> str:
    """The layers in force, in words for a report."""
    chosen = frozenset(layers)
    if chosen != default_layers(machine):
        named = ", ".join(layer.value for layer in Layer if layer in chosen) or "none"
        return f"NOT SANDBOXED in full: layers chosen by hand: {named}"
    if refusal(machine):
        return f"NOT SANDBOXED; {_weakness(machine)}"
    full = Layer.NAMESPACE in chosen and machine.landlock >= FULL_LANDLOCK
    words = ["sandbox: full" if full else "sandbox: strict"]
    if Layer.UID in chosen:
        words.append(f"workers run as uid {UIDS[0]}-{UIDS[-1]}")
    if not chosen & {Layer.LANDLOCK, Layer.NAMESPACE}:
        words.append("what every user may read can be read")
    elif Layer.NAMESPACE not in chosen:
        words.append("file names and sizes visible")
    return "; ".join(words)


def refusal(machine: Machine) -> str | None:
    """Why student code must not run on this machine, and what to do; None if it may."""
    if machine.system != "linux":
        return f"NOT SANDBOXED: {_weakness(machine)}; refusing. Use Docker or Linux, or --unsafe"
    if not default_layers(machine) & FILE_ISOLATION:
        return f"{_weakness(machine)}; refusing. Use Docker as root, Linux >= 5.13, or --unsafe"
    if not machine.seccomp:
        return f"{_weakness(machine)}; refusing. Use Linux with seccomp on {' or '.join(ARCHITECTURES)}, or --unsafe"
    return None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The layers that a sandbox uses, the words for them, and whether a person chose them by hand."""

    layers: frozenset[Layer]
    line: str
    by_hand: bool


def choose_layers(
    machine: Machine, layers: Collection[Layer] | None = None, *, unsafe: bool = False
) -> Chosen:
    """The layers to use on a machine: those named, or all that it has.

    Raises SandboxError, in the words of `refusal`, if it has too few, unless `unsafe`; and for a
    layer that is named and that it has not.
    """
    has = default_layers(machine)
    if machine.system == "win32":
        raise SandboxError(
            "sandbox: student code cannot be run on Windows itself; use WSL2 or Docker"
        )
    why = refusal(machine) if layers is None and not unsafe else None
    if why:
        raise SandboxError(f"sandbox: {why}")
    chosen = has if layers is None else frozenset(layers)
    for layer in Layer:
        if layer in chosen - has:
            raise SandboxError(
                f"sandbox: layer {layer.value!r} is not available on this machine; leave it out"
            )
    said = line(machine, chosen)
    return Chosen(chosen, f"{said}; --unsafe" if unsafe else said, unsafe or layers is not None)


def _weakness(machine: Machine) -> str:
    """What is missing where too much is."""
    if machine.system != "linux":
        return f"on {machine.system} student code runs in a process of its own and can read and write what you can"
    if not default_layers(machine) & FILE_ISOLATION:
        return "no file isolation: student code could read the solutions, the hidden checks and your own files"
    return "no system call filter: student code could start programs and reach the network"


def _landlock() -> int:
    try:
        return call("landlock_create_ruleset", None, 0, 1)
    except OSError:
        return 0


def _can_filter() -> bool:
    try:
        return call("seccomp", GET_ACTION_AVAILABLE, 0, KILL_PROCESS.to_bytes(4, "little")) == 0
    except OSError:
        return False


def _can_mount() -> bool:
    """Whether a process like this one can build and enter a worker's view of the files.

    Tried for real: some systems grant the namespace and then refuse every mount in it.
    """
    program = [sys.executable, "-I", "-S", "-B", "-c", PROBE, str(Path(__file__).parents[2])]
    try:
        with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
            done = subprocess.run(
                [*program, folder], capture_output=True, timeout=PROBE_SECONDS, check=False
            )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _can_change_uid() -> bool:
    status = Path("/proc/self/status").read_text()
    held = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    bits = int(held[1], 16) if held else 0
    if os.geteuid() != 0 or not all(bits >> bit & 1 for bit in NEEDED_CAPABILITIES.values()):
        return False
    groups = Path("/proc/self/setgroups").read_text().strip() == "allow"
    return groups and all(
        _mapped(Path(f"/proc/self/{name}_map").read_text()) for name in ("uid", "gid")
    )


def _mapped(text: str) -> bool:
    """Whether the ids of workers exist here: a container may know a few ids only."""
    ranges = [
        (int(first), int(count))
        for first, _, count in (entry.split() for entry in text.splitlines())
    ]
    return any(first <= UIDS[0] and UIDS[-1] < first + count for first, count in ranges)
