"""The notebook itself: files that are none, files that burst, and notebooks that lie about what they are."""

from __future__ import annotations

import json
import os
import stat
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.student.model.notebooks import MAX_NOTEBOOK
from autograder.student.model.results import Status
from autograder.submissions.ingest import UnreadableError, read_notebook
from tests.attacks.catalogue import JUNK, Attack, Wall, secret_told, unearned
from tests.attacks.stage import Stage

if TYPE_CHECKING:
    from tests.attacks.aftermath import Aftermath
    from tests.attacks.arena import Arena

NAME = "s002.ipynb"


def _graded_after_all(after: Aftermath) -> bool:
    """The grader stopped, the honest notebook beside it suffered, or the attack was taken for a notebook."""
    return bool(after.crashed) or any(
        report.status is not Status.UNREADABLE for report in after.attackers
    )


def _grader_stopped(after: Aftermath) -> bool:
    return bool(after.crashed)


def _write(stage: Stage, content: bytes) -> None:
    (stage.folder / NAME).write_bytes(content)


def _file(name: str, content: Callable[[], bytes]) -> Attack:
    """A file that is not a notebook, whatever its name."""
    return Attack(
        name, (Wall.INGEST,), _graded_after_all, plant=lambda stage: _write(stage, content())
    )


def _changed(name: str, change: Callable[[dict[str, object]], None], answer: str = JUNK) -> Attack:
    """A real notebook with a wrong answer that claims to be more."""

    def plant(stage: Stage) -> None:
        from tests.attacks.arena import notebook

        tree = json.loads(notebook(answer=answer))
        change(tree)
        (stage.folder / NAME).write_text(json.dumps(tree), encoding="utf-8")

    return Attack(
        name, (Wall.INGEST,), lambda after: bool(after.crashed) or unearned(after), plant=plant
    )


def _link(stage: Stage) -> None:
    (stage.folder / NAME).symlink_to(stage.submission)


def _folder_link(stage: Stage) -> None:
    (stage.folder / "s002.ipynb").symlink_to(stage.submission.parent)


def _read_as_it_lies(attack: Attack, arena: Arena) -> bool:
    """Whether a grader that reads whatever has the right name reads the secret."""
    with Stage() as stage:
        attack.plant(stage)
        return any(
            stage.secret in path.read_text()
            for path in (*stage.folder.glob("*"), *stage.folder.glob("*/*"))
            if path.is_file()
        )


def _pipe(stage: Stage) -> None:
    os.mkfifo(stage.folder / NAME)


def _sparse(stage: Stage) -> None:
    with (stage.folder / NAME).open("wb") as file:
        file.truncate(1 << 40)


def _zip(
    name: str, succeeded: Callable[[Aftermath], bool], *entries: tuple[zipfile.ZipInfo, bytes]
) -> Attack:
    """A zip of a class, with an honest notebook in it and entries that are none."""

    def plant(stage: Stage) -> Path:
        from tests.attacks.arena import HONEST, notebook

        path = stage.folder / "class.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of two entries with one name
            archive.writestr(f"{HONEST}.ipynb", notebook())
            for info, content in entries:
                archive.writestr(info, content, zipfile.ZIP_DEFLATED)
        return path

    return Attack(name, (Wall.INGEST,), succeeded, plant=plant)


def _entry(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def _cells(tree: dict[str, object]) -> list[dict[str, object]]:
    return tree["cells"]


def _claim_points(tree: dict[str, object]) -> None:
    for cell in _cells(tree):
        graded = cell["metadata"].get("nbgrader", {})
        graded |= {"points": 1000, "grade": True, "solution": False, "locked": False}
        cell["metadata"]["nbgrader"] = graded
        if cell["cell_type"] == "code":
            cell["outputs"] = [
                {
                    "output_type": "execute_result",
                    "data": {"text/plain": "1000.0"},
                    "metadata": {},
                    "execution_count": 1,
                }
            ]


def _own_checks(tree: dict[str, object]) -> None:
    for cell in _cells(tree):
        if "check(" in "".join(cell["source"]):
            cell["source"] = "1000.0"


def _own_setup(tree: dict[str, object]) -> None:
    for cell in _cells(tree):
        if "import numpy" in "".join(cell["source"]):
            cell["source"] = "def check(*args): return 1000.0"


def _same_ids(tree: dict[str, object]) -> None:
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in _cells(tree)]
    known = next(name for name in ids if name)
    for cell in _cells(tree):
        cell["metadata"].setdefault("nbgrader", {})["grade_id"] = known


def _strange_values(tree: dict[str, object]) -> None:
    tree["metadata"]["backprop_kit"] = {"assignment": ["../../etc"]}
    for number, cell in enumerate(_cells(tree)):
        cell["id"] = number
        cell["metadata"]["nbgrader"] = {"grade_id": {"not": "text"}, "points": "nan"}


def _nul(tree: dict[str, object]) -> None:
    _cells(tree).insert(
        0,
        {
            "cell_type": "code",
            "source": "x = 1\x00\ud800\ufeff\x1b[2J",
            "metadata": {},
            "outputs": [],
        },
    )


def _elsewhere(tree: dict[str, object]) -> None:
    tree["metadata"]["backprop_kit"] = {"assignment": "../../../../etc/passwd"}


def _full(text: str) -> bytes:
    """As much of a repeated text as a notebook may have, in the list of cells."""
    head, tail = b'{"nbformat": 4, "metadata": {}, "cells": [', text.encode() + b"]}"
    one = text.encode() + b","
    return head + one * ((MAX_NOTEBOOK - len(head) - len(tail)) // len(one)) + tail


BURSTING = _full('{"":0}')


def _takes_too_much(after: Aftermath) -> bool:
    """Whether reading the file takes ten times the room of the largest notebook."""
    tracemalloc.start()
    try:
        read_notebook(BURSTING)
    except UnreadableError:
        pass
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return bool(after.crashed) or most > 10 * MAX_NOTEBOOK


NOTEBOOK = (
    Attack(
        "a link to someone else's notebook",
        (Wall.INGEST,),
        secret_told,
        plant=_link,
        control=_read_as_it_lies,
    ),
    Attack(
        "a folder that is a link to someone else's",
        (Wall.INGEST,),
        secret_told,
        plant=_folder_link,
        control=_read_as_it_lies,
    ),
    Attack("a pipe that nobody writes to", (Wall.INGEST,), _graded_after_all, plant=_pipe),
    Attack(
        "a file of a terabyte with nothing in it", (Wall.INGEST,), _graded_after_all, plant=_sparse
    ),
    _file(
        "lists a million deep",
        lambda: b'{"nbformat": 4, "cells": ' + b"[" * 10**6 + b"]" * 10**6 + b"}",
    ),
    _file(
        "a number of a million digits in JSON",
        lambda: b'{"nbformat": ' + b"4" * 10**6 + b', "cells": []}',
    ),
    _file(
        "half a notebook", lambda: b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x'
    ),
    _file("bytes of no meaning", lambda: bytes(range(256)) * 100),
    _file(
        "a notebook in another encoding",
        lambda: '{"nbformat": 3, "worksheets": []}'.encode("utf-16"),
    ),
    _file("three million cells that are empty", lambda: _full("{}")),
    Attack(
        "a notebook that takes a gigabyte to read",
        (Wall.INGEST,),
        _takes_too_much,
        plant=lambda stage: _write(stage, BURSTING),
    ),
    _zip("a zip that bursts", _graded_after_all, (_entry(NAME), b"[" * (MAX_NOTEBOOK + 1))),
    _zip(
        "a zip that writes outside its folder",
        lambda after: _graded_after_all(after) or "out of the zip" not in after.left_out,
        *(
            (_entry(name), b"{}")
            for name in ("../../s002.ipynb", "/tmp/s002.ipynb", "..\\s002.ipynb")
        ),
    ),
    _zip(
        "a zip with a link in it",
        lambda after: _graded_after_all(after) or "link" not in after.left_out,
        (_entry(NAME, stat.S_IFLNK | 0o777), b"/etc/passwd"),
    ),
    _zip(
        "a zip with two notebooks of one name",
        _grader_stopped,
        (_entry(NAME), b"{}"),
        (_entry(NAME), b"[]"),
    ),
    _changed("claim a thousand points in the metadata and the outputs", _claim_points),
    _changed("put other checks in place of the grader's", _own_checks),
    _changed("put other imports in place of the provided ones", _own_setup),
    _changed("give every cell the same id", _same_ids),
    _changed("put values of strange types into the metadata", _strange_values),
    _changed("put characters that no code has into a cell", _nul),
    _changed("claim to be the answer to another assignment", _elsewhere),
)
