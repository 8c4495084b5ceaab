"""The real grader with a wall of some layers, and attacks launched at it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path

import psutil

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.settings import Course, catalogue
from autograder.course.source import Kind
from autograder.grading.answer_key import AnswerKey, make_key
from autograder.grading.grade import Grader, grade_class
from autograder.sandbox.layers import Layer, available, default_layers
from autograder.sandbox.limits import Limits
from autograder.sandbox.pool import Sandbox
from autograder.student.model.results import Report
from autograder.submissions.find import find_all
from autograder.submissions.ingest import Submission
from tests.attacks.aftermath import Aftermath
from tests.attacks.catalogue import TARGET, Attack
from tests.attacks.stage import ASSIGNMENT, Stage, marked_process

# Room enough for an honest notebook many times over, and little enough for an endless one to be soon over.
LIMITS = Limits(
    cell=0.5, call=0.5, submission=20.0, patience=3.0, memory=512 << 20, scratch=8 << 20
)
HONEST, ATTACKER, NEXT = "s001", "s002", "s003"
EVERY_LAYER = default_layers(available())
MOST_AT_ONCE = 8  # graders that are kept running
LOOK_AGAIN = 0.03  # seconds
# Loaded before the wall stands, so that an attack is not stopped by a library that its worker cannot open.
LIBRARIES = """
import ast, atexit, asyncio, ctypes, fcntl, gc, glob, importlib, mmap, pty, resource, shutil, socket, sqlite3, struct
import subprocess, threading, urllib.request, warnings
import numpy.ma, numpy.testing, IPython.utils.process
"""


@cache
def answer_key() -> AnswerKey:
    """The key of the assignment that is attacked."""
    return make_key(*catalogue()[ASSIGNMENT], Course().seed)


@cache
def usual_report() -> Report:
    """What the perfect notebook earns behind the whole wall."""
    with Arena(EVERY_LAYER) as arena:
        return arena.grade([arena.submission(HONEST)])[0]


@cache
def _perfect() -> str:
    key = answer_key()
    return notebook_text(filled_notebook(key.source, key.assignment))


def notebook(*heads: str, answer: str = "") -> str:
    """The perfect notebook with cells at its head and, if one is given, another answer to TARGET."""
    tree = json.loads(_perfect())
    if answer:
        [target] = [cell for cell in tree["cells"] if cell["id"] == TARGET]
        target["source"] = answer
    plain = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    tree["cells"][:0] = [
        {**plain, "id": f"own-{number}", "source": text} for number, text in enumerate(heads)
    ]
    return json.dumps(tree)


class Arena:
    """A grader whose sandbox has just these layers."""

    def __init__(self, layers: Collection[Layer], limits: Limits = LIMITS) -> None:
        self.layers = frozenset(layers)
        warm = [
            LIBRARIES,
            *(cell.text for cell in answer_key().source.cells if cell.kind is Kind.PROVIDED),
        ]
        whole = self.layers == EVERY_LAYER
        self.sandbox = Sandbox(
            limits, warm, layers=None if whole else self.layers, unsafe=not whole, jobs=2
        )
        self.grader = Grader({ASSIGNMENT: answer_key()}, self.sandbox, Course().seed_hash)

    def __enter__(self) -> Arena:
        return self

    def __exit__(self, *_: object) -> None:
        self.sandbox.close()

    @property
    def work(self) -> Path:
        """Where the workers' directories are."""
        return self.sandbox._base / "work"

    @staticmethod
    def submission(student: str, *heads: str, answer: str = "") -> Submission:
        """A notebook handed in."""
        data = notebook(*heads, answer=answer).encode()
        return Submission(student, f"{student}.ipynb", 0.0, lambda: data)

    def grade(self, submissions: Sequence[Submission], jobs: int = 1) -> list[Report]:
        """Grade one after the other, or side by side."""
        return list(grade_class(self.grader, submissions, jobs, lambda _: None))

    def launch(self, attack: Attack, *, beside_honest: bool = False) -> Aftermath:
        """Grade the attack, then its sequel or, if so asked, an honest notebook, and look at what became of it all.

        The stage is gone when this returns; what was on it is not.
        """
        with Stage(self.work, self.busy_worker) as stage:
            submissions, left_out, broken = self._submissions(
                attack, stage, beside_honest=beside_honest
            )
            before, state = stage.seen(), stage.neighbour_state()
            with _watch(stage.mark, wanted="mark" in attack.cell) as lived:
                reports: list[Report] = []
                if not broken:
                    try:
                        reports = self.grade(submissions, jobs=1 if attack.sequel else 2)
                    except Exception as error:
                        broken = repr(error)
            attackers = [r for r in reports if r.student not in (HONEST, NEXT)]
            after = Aftermath(
                stage,
                usual_report(),
                tuple(attackers),
                tuple(r for r in reports if r not in attackers),
                broken,
                left_out,
                lived=bool(lived),
                changed=stage.seen() != before,
                heard=stage.heard(),
                harmed=stage.neighbour_state() != state,
                left_behind=stage.left_behind(),
            )
            _ = after.words, stage.real_secrets
            return after

    def _submissions(
        self, attack: Attack, stage: Stage, *, beside_honest: bool
    ) -> tuple[Sequence[Submission], str, str]:
        """The grades; the messages on files left out; how the grader stopped, if it did."""
        if attack.plant:
            (stage.folder / f"{HONEST}.ipynb").write_text(notebook(), encoding="utf-8")
            path = attack.plant(stage) or stage.folder
            try:
                found = find_all([path], frozenset({ASSIGNMENT}))
            except Exception as error:
                return [], "", repr(error)
            return (
                found.submissions,
                "; ".join(f"{name}: {why}" for name, why in found.left_out),
                "",
            )
        answer = stage.armed(attack.answer) if attack.answer else ""
        submissions = [self.submission(ATTACKER, stage.armed(attack.cell), answer=answer)]
        if attack.sequel:
            submissions.append(self.submission(NEXT, stage.armed(attack.sequel)))
        if beside_honest:
            submissions.append(self.submission(HONEST))
        return submissions, "", ""

    @contextlib.contextmanager
    def busy_worker(self, secret: bytes) -> Iterator[Path]:
        """A worker that is busy with another notebook; the file in its directory that holds a secret."""
        with self.sandbox.session(files={"mine.txt": secret}) as session:
            session.run(["busy = True"])
            (file,) = self.work.glob("*/mine.txt")
            yield file

    def healthy(self) -> bool:
        """Whether the zygote and its workers are as they should be: alive, and nobody's corpse among them."""
        zygote = psutil.Process(self.sandbox.zygote)
        family = zygote.children(recursive=True)
        zombies = [child for child in family if _status(child) == psutil.STATUS_ZOMBIE]
        return (
            zygote.is_running()
            and not zombies
            and all(child.ppid() == zygote.pid for child in family)
        )


def _status(process: psutil.Process) -> str:
    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return "gone"


@contextlib.contextmanager
def _watch(mark: str, *, wanted: bool) -> Iterator[list[bool]]:
    """Look for processes that carry a mark, for as long as this lasts; not empty if one was seen."""
    seen: list[bool] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_AGAIN):
            if marked_process(mark):
                seen.append(True)
                return

    watcher = threading.Thread(target=look)
    if wanted:
        watcher.start()
    try:
        yield seen
    finally:
        over.set()
        if wanted:
            watcher.join()


class Arenas:
    """Graders by their layers, started when asked for; the one not asked for longest is ended first."""

    def __init__(self) -> None:
        self._started: dict[frozenset[Layer], Arena] = {}

    def __enter__(self) -> Arenas:
        return self

    def __exit__(self, *_: object) -> None:
        for arena in self._started.values():
            arena.sandbox.close()

    def __getitem__(self, layers: frozenset[Layer]) -> Arena:
        arena = self._started.pop(layers, None) or Arena(layers)
        self._started[layers] = arena  # the last one used is the last one
        if len(self._started) > MOST_AT_ONCE:
            longest_unused = next(iter(self._started))
            self._started.pop(longest_unused).sandbox.close()
        return arena
