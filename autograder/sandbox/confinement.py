"""What the zygote prepares once for all workers: readable paths, system call filter, view; and a check of secrets."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import SandboxError
from autograder.sandbox.layers import UIDS, Layer, Machine
from autograder.sandbox.linux.namespace import FileView, build_view
from autograder.sandbox.linux.seccomp import Program, compile_policy
from autograder.sandbox.scratch import remove_leftovers, shared_folders

# Besides Python's own files: shared libraries, the loader's list of them, time zones and fonts.
SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
THREADS = 128  # that a worker may have


@dataclass(frozen=True, slots=True)
class Wall:
    """What all workers of a zygote are confined by.

    readable: paths as spelled and as resolved; granted: those of them that Landlock needs, which follows links itself.
    tasks: how many processes and threads a worker's uid may have, in all.  shared: folders where a worker may write
    because every user may.
    """

    machine: Machine
    layers: frozenset[Layer]
    readable: tuple[str, ...]
    granted: tuple[str, ...]
    devices: tuple[str, ...]
    program: Program | None
    view: FileView | None
    tasks: int
    shared: tuple[str, ...] = ()


def build_wall(
    base: Path, layers: Collection[Layer], machine: Machine, protected: Sequence[Path]
) -> Wall:
    """Prepare the wall of a sandbox whose files lie in `base`.

    Raises SandboxError if a protected path can be read, or the runtime cannot; OSError if the
    kernel refuses.
    """
    chosen = frozenset(layers)
    readable = readable_paths(base)
    devices = tuple(path for path in DEVICES if Path(path).exists())
    guard(readable, protected)
    if Layer.UID in chosen:
        _open_to_workers(base)
    view = None
    if Layer.NAMESPACE in chosen:
        (base / "root").mkdir(exist_ok=True)  # it is there if a zygote was lost
        view = build_view(base / "root", base / "work", readable, devices)
    program = compile_policy(machine.architecture) if Layer.SECCOMP in chosen else None
    # A uid of its own starts from nothing, and so does a user namespace of its own.
    tasks = THREADS if os.geteuid() == 0 or view else THREADS + _count_tasks()
    granted = tuple(path for path in readable if os.path.realpath(path) == path)
    uid_alone = Layer.UID in chosen and Layer.LANDLOCK not in chosen and view is None
    shared = shared_folders() if uid_alone else ()
    if shared:  # an earlier grader may have been killed
        remove_leftovers(set(UIDS) - used_uids(), shared)
    return Wall(machine, chosen, readable, granted, devices, program, view, tasks, shared)


def readable_paths(base: Path) -> tuple[str, ...]:
    """What a worker may read, as spelled and as resolved; none lies below another.

    All that the zygote imports from, its shared libraries, and what matplotlib wrote down about
    fonts.
    """
    wanted = [*sys.path, str(Path(sys.base_prefix, "lib")), str(base / "home"), *SYSTEM]
    wanted = [path for path in wanted if Path(path).is_absolute() and Path(path).exists()]
    every = sorted({*wanted, *map(os.path.realpath, wanted)})
    return tuple(path for path in every if not any(_below(path, other) for other in every))


def check_uid_alone(wall: Wall, protected: Iterable[Path]) -> None:
    """Raise SandboxError if workers with a uid of their own could read too much, or too little to work.

    With a view of their own they read exactly what the view shows.
    """
    if Layer.UID not in wall.layers or wall.view:
        return
    for path in wall.readable:
        if folder := _closed(Path(path)):
            raise SandboxError(
                f"{folder}: uid {UIDS[0]}, as which student code runs, cannot pass through it to {path}; install "
                "Python and the kit where every user can read them"
            )
    if Layer.LANDLOCK not in wall.layers:
        _guard_from_others(protected)


def guard(readable: Iterable[str], protected: Iterable[Path]) -> None:
    """Raise SandboxError if a worker could read a protected path."""
    for path in protected:
        for root in readable:
            if str(path) == root or _below(str(path), root):
                raise SandboxError(
                    f"{path}: lies in {root}, which student code can read; move it, or install the kit from a checkout "
                    "elsewhere (pip install --editable)"
                )


def _guard_from_others(protected: Iterable[Path]) -> None:
    """Raise SandboxError if every user of the machine can read a protected path: then workers can."""
    for path in protected:
        if path.exists() and path.stat().st_mode & 0o005 and not _closed(path):
            raise SandboxError(
                f"{path}: can be read by every user, and so by student code; chmod o-rwx {path}"
            )


def _closed(path: Path) -> str:
    """The first folder above `path` that other users cannot pass through; "" if there is none."""
    return next(
        (str(folder) for folder in reversed(path.parents) if not folder.stat().st_mode & 0o001), ""
    )


def _open_to_workers(base: Path) -> None:
    """Let other uids pass through the sandbox's folder to what is theirs, and read nothing else in it."""
    for folder in (base, base / "work"):
        folder.chmod(0o711)
    for entry in base.iterdir():
        if entry.is_file():
            entry.chmod(0o600)


def _below(path: str, root: str) -> bool:
    return path.startswith(f"{root.rstrip('/')}/")


def _count_tasks() -> int:
    """How many processes and threads this user has."""
    return sum(threads for uid, threads in _processes() if uid == os.getuid())


def used_uids() -> set[int]:
    """The uids that processes of this machine have, such as the workers of another grader."""
    return {uid for uid, _ in _processes()}


def _processes() -> Iterator[tuple[int, int]]:
    """The uid of every process of this machine, and how many threads it has."""
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # it may end meanwhile
            lines = status.read_text().splitlines()
            fields = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
            yield int(fields["Uid"].split()[0]), int(fields["Threads"])
