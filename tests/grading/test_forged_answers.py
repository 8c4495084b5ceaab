"""Whatever a process that student code has taken over sends as an answer: the judge takes it and nobody stops."""

import numpy as np
import pytest
from conftest import mostly_long

from autograder.course.settings import Course
from autograder.grading.diagnose import diagnose
from autograder.grading.run import make_keys
from autograder.sandbox.codec import Opaque
from autograder.student.judging.judge import judge_exercise
from autograder.student.model.exercises import Answer, Failure, Stop

KEYS = make_keys(Course())
ARRAY = np.ones((2, 3))
VALUES = {
    "nothing": None,
    "nan": float("nan"),
    "text": "x",
    "truth": True,
    "a huge number": 10**120,
    "arrays": [ARRAY, ARRAY],
    "an array of text": np.array(["a", "b"]),
    "an empty array": np.empty(0),
    "complex numbers": np.array([1j, 2]),
    "lists of arrays": [[ARRAY], [ARRAY]],
    "arrays by name": {"x": ARRAY},
    "nothing by name": {},
    "opaques": [Opaque("X"), Opaque("X")],
    "all together": (ARRAY, {"a": [ARRAY]}, [1, "a", None, ARRAY]),
    "a mixed list": [1, "a", None, ARRAY],
}


class Forger:
    """Answers every probe with one value."""

    def __init__(self, value):
        self.value = value

    def defined(self, names):
        return frozenset(names)

    def answers(self, probe, inputs):
        return [self.answer(probe) for _ in inputs]

    def answer(self, probe):
        return Answer(self.value)


class WellFormed(Forger):
    """Gives the value for each name of the probe."""

    def answer(self, probe):
        if probe.keyed:
            return Answer(dict.fromkeys(probe.names, self.value))
        return Answer(
            self.value if len(probe.names) == 1 else tuple(self.value for _ in probe.names)
        )


class Alarmed(Forger):
    """Says besides that inputs were changed and warnings given."""

    def answer(self, probe):
        return Answer(self.value, None, ("w" * 100,), ("x", "no such input"))


class Failing(Forger):
    """Fails with words of its own."""

    def answer(self, probe):
        return Answer(
            None, Failure(Stop.RAISED, str(self.value)[:20], str(self.value)[:100], "f", 3)
        )


@pytest.mark.parametrize("forger", mostly_long([Forger, Alarmed, Failing], WellFormed))
@pytest.mark.parametrize(
    "assignment", mostly_long(KEYS, "02_gates", "04_matmul", "06_reverse_mode")
)
def test_no_answer_stops_the_judge(forger, assignment):
    key = KEYS[assignment]
    for value in VALUES.values():
        student, diagnosed = forger(value), {}
        for exercise in key.assignment.exercises:
            judgement = judge_exercise(student, exercise, key.checks[exercise.name])
            diagnosed[exercise.name] = diagnose(key, judgement, diagnosed)
        assert len(diagnosed) == len(key.assignment.exercises)
