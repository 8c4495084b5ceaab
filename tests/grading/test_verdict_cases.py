"""Answers of others that were once judged wrongly, by the names under which they were collected.

In verdicts/ each is a script as it was handed in, or the answers of a notebook whose other exercises are right: an
exercise's cell under its name, and a cell of the student's own, which stands `above` them all.
"""

import re
from functools import cache
from pathlib import Path

import pytest

from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.grading.answer_key import AnswerKey, make_key
from autograder.grading.grade import Grader
from autograder.student.model.results import Outcome, Report
from autograder.submissions.ingest import Submission
from tests.grading.test_foreign_answers import Foreign, graded

FOLDER = Path(__file__).with_name("verdicts")
CELL = re.compile(r"# %% (\w+)\n(.*?)\n(?=\n# %% |\Z)", re.DOTALL)
# Which exercises lose points; all others that are there keep theirs.
LOST = {
    "f01_dict_affine": (),
    "f02_builds_on_hides_own_mistake": ("affine_forward", "affine_backward"),
    "f07_consistent_backward_gets_zero": ("neuron_forward",),
    "falsealarm_b06w3_pre_order__backward": ("backward",),
    "falsealarm_h_npstar_05": (),
    "falsealarm_h_sum_06": (),
    "missed_b07w8_order__train": ("train",),
    "missed_m01_global_not_cache_affine": ("affine_backward",),
    "missed_m03_sweep_calls_f_with_array": ("fd_sweep",),
    "missed_m05_sweep_zero_slope": ("fd_sweep",),
    "missed_m07_max_close_inputs": ("max_backward",),
    "missed_m10_measured_longdouble": ("neuron_backward",),
    "missed_m12_measured_eighth_order": ("neuron_backward",),
    "missed_rel_error_opposite_is_0": ("rel_error",),
    "missed_relu_corner_at_01": ("relu",),
    "missed_sgd_gradients_clipped_at_10": ("sgd_step",),
    "missed_train_drops_small_last_batches": ("train",),
    "missed_x_Dual__pow_n0": ("Dual",),
    "missed_x_Dual__xx_half": ("Dual",),
    "missed_x_Value__sub_viaadd_parents": ("Value",),
    "missed_x_conv_out__s1": ("conv_out",),
    "missed_x_freeze_step__startswith": ("freeze_step",),
    "missed_x_grad_forward__index": ("grad_forward",),
    "missed_x_grad_forward__int_x": ("grad_forward",),
    "missed_x_jvp__skipzero": ("jvp",),
    "missed_x_mse_cost__clip": ("mse_cost",),
    "missed_x_topo_sort__mutable": ("topo_sort",),
    "missed_x_train__halfswap": ("train",),
    "real_dual_pow_nan": ("Dual",),
    "real_later_helper_same_name": (),
    "real_method_predict": ("loss_and_grads",),
    "real_mul_no_upstream": ("Value",),
    "real_rmul": (),
    "real_rsub": (),
}
# Those whose mistake is their own, whatever they build on.
OWN_MISTAKES = {
    "f02_builds_on_hides_own_mistake": "affine_backward",
    "real_method_predict": "loss_and_grads",
}
WITHOUT_POINTS = ("missed_m10_measured_longdouble", "missed_m12_measured_eighth_order")
ABSENT = (Outcome.MISSING, Outcome.UNATTEMPTED)


@cache
def key_of(assignment: str) -> AnswerKey:
    return make_key(*catalogue()[assignment], "cases", HERE)


def report_of(sandbox, name: str) -> Report:
    first, _, text = (FOLDER / f"{name}.txt").read_text().partition("\n")
    file = first.removeprefix("# ")
    assignment = file.partition(".")[0]
    if file.endswith(".ipynb"):
        answers = dict(CELL.findall(text))
        return graded(sandbox, Foreign(assignment, answers, before=answers.pop("above", "")))
    submission = Submission("student", file, 0.0, text.encode)
    return Grader({assignment: key_of(assignment)}, sandbox, "0").grade(submission)


def test_every_case_has_its_verdict():
    assert {path.stem for path in FOLDER.iterdir()} == set(LOST)
    assert len(LOST) == 34


@pytest.mark.parametrize("name", LOST)
def test_a_case_is_judged_rightly(sandbox, name):
    report = report_of(sandbox, name)
    there = [result for result in report.exercises if result.outcome not in ABSENT]
    lost = {r.exercise: [f.message for f in r.findings] for r in there if r.earned < r.possible}
    assert there, report.reason
    assert tuple(lost) == LOST[name], lost
    for result in there:
        if result.exercise == OWN_MISTAKES.get(name):
            assert (result.blocked_by, bool(result.diagnosis)) == ("", True)
        if name in WITHOUT_POINTS and result.exercise in LOST[name]:
            assert result.earned == 0
