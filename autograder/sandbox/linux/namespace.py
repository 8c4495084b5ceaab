"""A view of the files for workers only: other files do not exist for them, not even as names.

The zygote builds the view once: an empty root, with the readable folders and devices mounted read-only in their
places.  Each worker then takes a copy, mounts its own directory in it and makes it its root.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.linux.kernel import call, drop_capabilities

NEW_MOUNTS, NEW_USER = 0x00020000, 0x10000000
NOSUID, NODEV, BIND, RECURSIVE, PRIVATE = 2, 4, 1 << 12, 1 << 14, 1 << 18
READ_ONLY = 1
DETACH = 2
CURRENT_FOLDER, WHOLE_TREE = -100, 0x8000  # AT_FDCWD, AT_RECURSIVE


@dataclass(frozen=True, slots=True)
class FileView:
    """Where the zygote built the workers' root, and the path in it of a worker's own directory."""

    root: str
    place: str


def build_view(
    root: Path, place: Path, readable: Sequence[str], devices: Sequence[str]
) -> FileView:
    """Give this process mounts of its own and build the workers' root in the empty folder `root`.

    The mounts end with this process and its workers.  It must not remove anything below `root`: these are the files of
    the system itself.  OSError if the kernel refuses.
    """
    _separate()
    _mount(None, "/", RECURSIVE | PRIVATE)  # nothing of what follows is seen outside
    _mount("tmpfs", str(root), NOSUID | NODEV, kind="tmpfs", options="size=1m,mode=755")
    for path in (*readable, *devices):
        _show(path, root)
    _inside(root, str(place)).mkdir(parents=True)
    _set_attributes(root, READ_ONLY)
    return FileView(str(root), str(place))


def enter_view(view: FileView, scratch: str) -> str:
    """Make the view this process's root, with `scratch` as the one folder in it that can be written.

    Returns the path of `scratch` in it.  The caller must still drop the capability to undo this.
    """
    _separate()
    _mount(
        view.root, view.root, BIND | RECURSIVE
    )  # a copied mount can be made the root only by way of a fresh one
    _mount(scratch, view.root + view.place, BIND)
    os.chdir(view.root)
    call("pivot_root", b".", b".")  # the old root lies over the new one now
    call("umount2", b".", DETACH)
    os.chdir("/")
    return view.place


def probe(folder: str) -> None:
    """Build and enter a view in the empty `folder`; whatever the kernel refuses is raised.  Ends this process's use."""
    root, own = Path(folder, "root"), Path(folder, "own")
    root.mkdir()
    own.mkdir()
    view = build_view(root, own, [str(Path(os.__file__).parent)], ["/dev/null"])
    enter_view(view, str(own))
    drop_capabilities()


def _separate() -> None:
    """Leave the mounts that this process shares with others; without root this needs a user namespace.

    In a user namespace, a worker's threads are also counted apart from those of the user.
    """
    if os.geteuid() == 0:
        call("unshare", NEW_MOUNTS)
        return
    uid, gid = os.getuid(), os.getgid()
    call("unshare", NEW_MOUNTS | NEW_USER)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        Path("/proc/self", name).write_text(text)


def _show(path: str, root: Path) -> None:
    """Mount a folder or a device read-only in its place below `root`."""
    target = _inside(root, path)
    if Path(path).is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _mount(path, str(target), BIND | RECURSIVE)
    _set_attributes(target, READ_ONLY | NOSUID | (NODEV if target.is_dir() else 0))


def _inside(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def _mount(
    source: str | None, target: str, flags: int, kind: str | None = None, options: str | None = None
) -> None:
    source_, kind_, options_ = (
        text if text is None else text.encode() for text in (source, kind, options)
    )
    call("mount", source_, target.encode(), kind_, flags, options_)


def _set_attributes(target: Path, attributes: int) -> None:
    """Set attributes of a mount and of those below it."""
    packed = struct.pack("<4Q", attributes, 0, 0, 0)
    call("mount_setattr", CURRENT_FOLDER, str(target).encode(), WHOLE_TREE, packed, len(packed))
