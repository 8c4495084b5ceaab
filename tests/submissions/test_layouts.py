"""Whose a notebook is, in each download that an instructor really has."""

import zipfile
from datetime import UTC, datetime

import pytest

from autograder.course.settings import Course
from autograder.grading.run import _newest
from autograder.student.model.results import Report, Status
from autograder.submissions.ingest import find_submissions
from autograder.submissions.layouts import Download, Owner, find_owners

KNOWN = frozenset({"03_sigmoid_neuron", "04_matmul"})
METADATA = """\
---
submission_101:
  :submitters:
  - :name: Ada Ng
    :sid: '1001'
    :email: ada@school.example
  :created_at: 2026-02-02 14:58:23.948203000 Z
  :score: 7.0
  :results:
    tests: []
submission_102:
  :submitters:
  - :name: Bo Li
    :sid: '1002'
    :email: bo@school.example
  - :name: Chi Mo
    :sid:
    :email: chi@school.example
  :created_at: 2026-02-03 00:00:00 Z
"""


def owners(*names, sides=None, clones=(), kind="zip", whose="download"):
    places = [tuple(name.split("/")) for name in names]
    return find_owners(Download(places, sides or {}, frozenset(clones)), kind, whose, KNOWN)


def students(*names, **more):
    words, found = owners(*names, **more)
    return words, [[owner.student for owner in own] for own in found]


def test_canvas_names_hold_student_id_lateness_and_attempt():
    words, [[on_time], [late]] = owners("ngada_4711_99881_04_matmul-2.ipynb", "libo_LATE_4712_99882_04_matmul.ipynb")
    assert words == "a zip from Canvas"
    assert on_time == Owner("ngada", {"canvas id": "4711", "canvas submission": "99881"}, None, 2)
    assert (late.marked_late, on_time.marked_late) == (True, False)
    assert (late.student, late.attempt) == ("libo", 0)


def test_two_canvas_students_of_one_name_stay_two():
    names = ("leekim_1_90_a.ipynb", "leekim_2_91_a.ipynb", "ngada_3_92_a.ipynb", "ngada_3_93_b.ipynb")
    assert students(*names)[1] == [["leekim (1)"], ["leekim (2)"], ["ngada"], ["ngada"]]


def test_a_notebook_put_among_canvas_downloads_by_hand_is_plain():
    names = ("ngada_1_90_a.ipynb", "libo_2_91_a.ipynb", "by_mail/04_matmul.ipynb")
    assert students(*names) == ("a zip from Canvas", [["ngada"], ["libo"], ["by_mail"]])


def test_the_name_of_an_assignment_looks_like_no_canvas_name():
    assert students("s001/04_matmul.ipynb", "s002/04_matmul.ipynb")[1] == [["s001"], ["s002"]]


def test_moodle_folders_hold_the_full_name_even_with_underscores():
    names = (
        "Ada Ng_12_assignsubmission_file_/04_matmul.ipynb",
        "van_der_Berg Jo_13_assignsubmission_file/w.ipynb",
        "Ada Ng_14_assignsubmission_file_/mine/deep.ipynb",
    )
    words, found = owners(*names)
    assert words == "a zip from Moodle"
    assert [own.student for [own] in found] == ["Ada Ng (12)", "van_der_Berg Jo", "Ada Ng (14)"]
    assert found[1][0].ids == {"moodle participant": "13"}


def test_gradescope_says_who_and_when_in_its_metadata():
    names = ("export/submission_101/04_matmul.ipynb", "export/submission_102/a/b.ipynb")
    words, [alone, group] = owners(*names, sides={"export/submission_metadata.yml": METADATA})
    assert words == "a zip from Gradescope"
    when = datetime(2026, 2, 2, 14, 58, 23, 948203, UTC).timestamp()
    assert alone == (Owner("Ada Ng", {"sid": "1001"}, when, emails=("ada@school.example",)),)
    assert [own.student for own in group] == ["Bo Li", "Chi Mo"]
    assert (group[1].ids, group[1].emails) == ({}, ("chi@school.example",))


def test_a_submission_that_the_metadata_does_not_know_is_called_like_its_folder():
    names = ("submission_101/a.ipynb", "submission_999/a.ipynb")
    assert students(*names, sides={"submission_metadata.yml": METADATA})[1] == [["Ada Ng"], ["submission_999"]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "- 1",
        "submission_101: 3",
        "submission_101:\n  :submitters: {}",
        "submission_101:\n  :submitters: [1, []]",
        "a: &a [x, x]\nsubmission_101:\n  :submitters: [{':name': *a}]",
        "!!python/object/apply:os.system ['echo harm']",
        "submission_101:\n  :submitters: [{':name': x}]\n  :created_at: 2026-99-99",
    ],
)
def test_metadata_of_another_form_costs_only_the_names(text):
    words, found = students("submission_101/a.ipynb", "submission_102/a.ipynb", sides={"submission_metadata.yml": text})
    assert words == "a zip from Gradescope"
    assert found[1] == [["submission_102"]][0]
    assert found[0] in (["submission_101"], ["x"])


def test_clones_are_called_without_what_all_of_them_begin_with():
    clones = ("04-matmul-submissions/04-matmul-adang", "04-matmul-submissions/04-matmul-boli")
    names = [f"{clone}/mine/04_matmul.ipynb" for clone in clones]
    words, found = owners(*names, clones=clones, kind="folder")
    assert words == "a folder of cloned repositories"
    assert [own.student for [own] in found] == ["adang", "boli"]
    assert found[0][0].ids == {"repository": "04-matmul-adang"}


def test_clones_that_share_no_assignments_name_keep_theirs():
    assert students("ada/x.ipynb", "adam/x.ipynb", clones=("ada", "adam"))[1] == [["ada"], ["adam"]]


def test_nbgraders_timestamp_says_when():
    sides = {
        "submitted/ada/ps1/timestamp.txt": "2026-02-02 14:58:23.948203 UTC\n",
        "submitted/bo/ps1/timestamp.txt": "soon",
    }
    words, [[ada], [bo]] = owners("submitted/ada/ps1/04_matmul.ipynb", "submitted/bo/ps1/04_matmul.ipynb", sides=sides)
    assert words == "a zip as nbgrader collects it"
    assert ada == Owner("ada", {}, datetime(2026, 2, 2, 14, 58, 23, 948203, UTC).timestamp())
    assert bo == Owner("bo")


def test_a_timestamp_that_a_student_put_there_says_nothing():
    early = "2020-01-01 00:00:00 UTC"
    words, found = owners("ada/a.ipynb", "bo/b.ipynb", "cy/c.ipynb", sides={"ada/timestamp.txt": early})
    assert words == "a zip with one folder a student"
    assert [own.submitted for [own] in found] == [None] * 3
    honest = "2026-02-02 14:58:23 UTC"
    sides = {"submitted/ada/ps1/timestamp.txt": honest, "submitted/ada/ps1/deep/timestamp.txt": early}
    _, [[ada]] = owners("submitted/ada/ps1/deep/04_matmul.ipynb", sides=sides)
    assert ada.submitted == datetime(2026, 2, 2, 14, 58, 23, tzinfo=UTC).timestamp()


def test_metadata_that_a_student_put_there_says_nothing():
    forged = METADATA.replace("submission_102", "submission_103").replace("submission_101", "submission_102")
    sides = {"submission_metadata.yml": METADATA, "submission_102/submission_metadata.yml": forged}
    for order in (sides, dict(reversed(sides.items()))):
        _, found = students("submission_101/a.ipynb", "submission_102/a.ipynb", sides=order)
        assert found == [["Ada Ng"], ["Bo Li", "Chi Mo"]]


def test_the_time_of_a_system_goes_before_the_date_of_the_file(tmp_path):
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("export/submission_metadata.yml", METADATA)
        archive.writestr("export/submission_102/04_matmul.ipynb", "{}")
    found = find_submissions(tmp_path / "export.zip", KNOWN)
    assert found.layout == "a zip from Gradescope"
    assert [s.student for s in found.submissions] == ["Bo Li", "Chi Mo"]
    assert {s.modified for s in found.submissions} == {datetime(2026, 2, 3, tzinfo=UTC).timestamp()}
    assert not found.left_out


def test_repositories_are_found_by_their_git_folder(tmp_path):
    for name in ("03-sigmoid-neuron-ada", "03-sigmoid-neuron-bo"):
        (tmp_path / name / ".git").mkdir(parents=True)
        (tmp_path / name / "03_sigmoid_neuron.ipynb").write_text("{}")
        (tmp_path / name / ".git" / "hidden.ipynb").write_text("{}")
    found = find_submissions(tmp_path, KNOWN)
    assert found.layout == "a folder of cloned repositories"
    assert [s.student for s in found.submissions] == ["ada", "bo"]


def test_of_several_attempts_the_highest_counts_whatever_its_date(tmp_path):
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        for name, year in (("4_90_work-2", 2020), ("4_91_work-10", 2019), ("4_92_work", 2021)):
            archive.writestr(zipfile.ZipInfo(f"ngada_{name}.ipynb", (year, 1, 1, 0, 0, 0)), "{}")
    found = find_submissions(tmp_path / "submissions.zip", KNOWN)
    pairs = [(s, Report(s.identity, "04_matmul", Status.GRADED)) for s in found.submissions]
    [kept], older = _newest(pairs)
    assert kept.identity.file == "ngada_4_91_work-10.ipynb"
    assert sorted(name for name, _ in older) == ["ngada_4_90_work-2.ipynb", "ngada_4_92_work.ipynb"]


def test_what_another_system_calls_a_student_stands_in_the_report(tmp_path):
    from autograder.course.paths import HERE
    from autograder.grading.run import grade_paths

    stub = HERE.notebook("04_matmul").read_bytes()
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        archive.writestr("ngada_4711_99881_04_matmul.ipynb", stub)
    [report] = grade_paths([tmp_path / "submissions.zip"], Course(), 1).reports
    assert (report.student, report.assignment, report.identity.ids["canvas id"]) == ("ngada", "04_matmul", "4711")
