"""What tests of several rooms judge with: keys, references and mistaken references of the course, each made once."""

from functools import cache

from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.course.source import Source, read_source, reference_namespace
from autograder.grading.answer_key import AnswerKey, make_key, misconceived
from autograder.hidden.catalogue import Misconception
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.results import ExerciseResult

SEEDS = ("autumn", "winter", "spring")
COURSE = catalogue()


@cache
def key_of(assignment: str, seed: str = SEEDS[0]) -> AnswerKey:
    return make_key(*COURSE[assignment], seed)


@cache
def reference_of(assignment: str) -> dict[str, object]:
    return reference_namespace(source_of(assignment))


@cache
def source_of(assignment: str) -> Source:
    return read_source(HERE.source(assignment), COURSE[assignment][0])


@cache
def mistaken_of(assignment: str, misconception: Misconception) -> dict[str, object]:
    source = source_of(assignment)
    return reference_namespace(
        source, {misconception.exercise: misconceived(source, misconception)}
    )


def judge(key: AnswerKey, namespace: dict[str, object], exercise: str) -> ExerciseResult:
    """The exercise's result on all its checks, hidden ones with what the reference gives."""
    student = LocalStudent(namespace)
    return judge_exercise(student, key.assignment.exercise(exercise), key.checks[exercise]).result
