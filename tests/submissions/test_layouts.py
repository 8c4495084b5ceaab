"""Whose a notebook is, in each download that an instructor really has."""

import time
import zipfile
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from autograder.course.settings import Course
from autograder.errors import MisuseError
from autograder.submissions.choose import choose
from autograder.submissions.entries import Layout
from autograder.submissions.find import find_all, work_of
from autograder.submissions.ingest import Clock, UnreadableError

KNOWN = frozenset({"03_sigmoid_neuron", "04_matmul"})
NAMES = frozenset({"relu", "matmul_backward"})
NOTHING = MappingProxyType({})
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


STUB = b"{}"


def zipped(path, *names, texts=NOTHING):
    """A zip with these files, all of one date; `texts` by name, and stubs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name in (*names, *texts):
            archive.writestr(zipfile.ZipInfo(name), texts.get(name, STUB))
    return path


def put(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(STUB)
    return root


@pytest.fixture
def look(tmp_path):
    """Find what a zip of these names holds: the layout in words, and the submissions."""

    def found(*names, whose="download", layout=None, texts=NOTHING):
        result = find_all(
            [zipped(tmp_path / f"{whose}.zip", *names, texts=texts)], KNOWN, NAMES, layout
        )
        return result.layout, list(result.submissions)

    return found


def students(found):
    return sorted(submission.student for submission in found[1])


def test_canvas_names_hold_student_id_lateness_and_attempt(look):
    words, [late, on_time] = look(
        "ngada_4711_99881_04_matmul-2.ipynb", "libo_LATE_4712_99882_04_matmul.ipynb"
    )
    assert words == "a zip from Canvas"
    assert (on_time.student, on_time.attempt, on_time.own_name) == ("ngada", 2, "04_matmul.ipynb")
    assert on_time.ids == {"canvas id": "4711", "canvas submission": "99881"}
    assert (late.student, late.attempt, late.marked_late, on_time.marked_late) == (
        "libo",
        0,
        True,
        False,
    )


def test_two_canvas_students_of_one_name_stay_two(look):
    names = (
        "leekim_1_90_a.ipynb",
        "leekim_2_91_a.ipynb",
        "ngada_3_92_a.ipynb",
        "ngada_3_93_b.ipynb",
    )
    assert students(look(*names)) == ["leekim (1)", "leekim (2)", "ngada", "ngada"]


def test_names_in_which_two_students_share_an_id_are_none_of_canvas(look):
    names = [f"{name}_2026_04_matmul.ipynb" for name in ("ada", "bo", "cy")]
    assert look(*names)[0] == "a zip with one notebook a student"
    assert students(look(*names)) == [
        "ada_2026_04_matmul",
        "bo_2026_04_matmul",
        "cy_2026_04_matmul",
    ]


def test_a_notebook_put_among_canvas_downloads_by_hand_is_plain(look):
    names = [f"s{n}_{n}_{90 + n}_a.ipynb" for n in range(9)]
    words, found = look(*names, "by_mail/04_matmul.ipynb")
    assert words == "a zip from Canvas"
    assert "by_mail" in {submission.student for submission in found}


def test_a_mixed_download_is_refused_and_settled_by_hand(look):
    names = ("ngada_1_90_a.ipynb", "libo_2_91_a.ipynb", "by_mail/04_matmul.ipynb")
    with pytest.raises(
        MisuseError, match=r"2 of 3 names in it are such as canvas writes .*--layout canvas\|moodle"
    ):
        look(*names)
    assert students(look(*names, layout=Layout.CANVAS)) == ["by_mail", "libo", "ngada"]
    assert students(look(*names, layout=Layout.PLAIN)) == ["by_mail", "libo_2_91_a", "ngada_1_90_a"]


@pytest.mark.parametrize(
    "layout", [Layout.CANVAS, Layout.MOODLE, Layout.GRADESCOPE, Layout.BLACKBOARD, Layout.D2L]
)
def test_a_layout_that_is_not_there_is_misuse(look, layout):
    with pytest.raises(MisuseError, match="give another --layout"):
        look("ada.ipynb", "bo.ipynb", layout=layout)


def test_the_name_of_an_assignment_looks_like_no_canvas_name(look):
    assert students(look("s001/04_matmul.ipynb", "s002/04_matmul.ipynb")) == ["s001", "s002"]


def test_moodle_folders_hold_the_full_name_even_with_underscores(look):
    words, found = look(
        "Ada Ng_12_assignsubmission_file_/04_matmul.ipynb",
        "van_der_Berg Jo_13_assignsubmission_file/w.ipynb",
        "Ada Ng_14_assignsubmission_file_/mine/deep.ipynb",
    )
    assert words == "a zip from Moodle"
    assert [submission.student for submission in found] == [
        "Ada Ng (12)",
        "Ada Ng (14)",
        "van_der_Berg Jo",
    ]
    assert found[2].ids == {"moodle participant": "13"}


GROUPS = {
    "Red-Ada Ng_12_assignsubmission_file": b"{1}",
    "Red-Bo Lee_13_assignsubmission_file": b"{1}",
    "Default group-Cy Kim_14_assignsubmission_file": b"{}",
}


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("group", ["Red", "Team-1", "Lab - 1"])
def test_moodle_names_the_group_before_the_student(look, group, flat):
    between = "_" if flat else "_/"
    texts = {f"{name}{between}w.ipynb": text for name, text in GROUPS.items()}
    default = "-".join(["Default group"] + ["x"] * group.count("-"))
    texts = {
        name.replace("Red", group).replace("Default group", default): text
        for name, text in texts.items()
    }
    words, found = look(texts=texts)
    assert words == "a zip from Moodle"
    found = sorted(found, key=lambda one: one.student)
    assert [(one.student, one.members) for one in found] == [
        ("Ada Ng", ("Ada Ng", "Bo Lee")),
        ("Bo Lee", ("Ada Ng", "Bo Lee")),
        ("Cy Kim", ()),
    ]
    assert found[0].ids == {"moodle participant": "12"}


@pytest.mark.parametrize(
    "changed",
    [
        ("Default group-Cy Kim", "Cy Kim"),  # a name without a group
        ("Red-Bo Lee", "Blue-Bo Lee"),  # nobody shares a group
        ("Red-Ada Ng", "Red-"),  # nobody is left
    ],
)
def test_a_dash_in_the_names_of_moodle_s_students_makes_no_group(look, changed):
    texts = {f"{name.replace(*changed)}_/w.ipynb": text for name, text in GROUPS.items()}
    _, found = look(texts=texts)
    assert {one.student for one in found} == {name.partition("_")[0] for name in texts}
    assert {one.members for one in found} == {()}


def test_groups_of_moodle_may_have_different_numbers_of_dashes_in_their_names(look):
    members = {
        "Red-Ada Ng": b"{1}",
        "Red-Bo-Lin Lee": b"{1}",
        "Red-Bo-Jan Li": b"{1}",
        "Lab-2-x-Cy Kim": b"{12}",
        "Lab-2-x-Di Fay": b"{12}",
        "Lab-1-x-Eva Oz": b"{123}",
        "Default group-Jean-Luc Roy": b"{1234}",
    }
    _, found = look(
        texts={
            f"{name}_{number}_assignsubmission_file_/w.ipynb": text
            for number, (name, text) in enumerate(members.items())
        }
    )
    assert {one.student: one.members for one in found} == {
        "Ada Ng": ("Ada Ng", "Bo-Jan Li", "Bo-Lin Lee"),
        "Bo-Lin Lee": ("Ada Ng", "Bo-Jan Li", "Bo-Lin Lee"),
        "Bo-Jan Li": ("Ada Ng", "Bo-Jan Li", "Bo-Lin Lee"),
        "Cy Kim": ("Cy Kim", "Di Fay"),
        "Di Fay": ("Cy Kim", "Di Fay"),
        "Eva Oz": (),
        "Jean-Luc Roy": (),
    }


def test_who_shares_the_first_half_of_a_name_and_no_files_is_in_no_group(look):
    _, found = look(
        texts={
            "Anne-Marie Ng_12_assignsubmission_file_/w.ipynb": b"{1}",
            "Anne-Lise Lee_13_assignsubmission_file_/w.ipynb": b"{}",
        }
    )
    assert students(("", found)) == ["Anne-Lise Lee", "Anne-Marie Ng"]


def test_what_a_student_calls_a_file_does_not_make_it_anothers_in_a_flat_moodle_download(look):
    forged = "Ada Ng_12_assignsubmission_file_Bo Li_13_assignsubmission_file_04_matmul.ipynb"
    assert students(look(forged, "Bo Li_13_assignsubmission_file_04_matmul.ipynb")) == [
        "Ada Ng",
        "Bo Li",
    ]


def test_gradescope_says_who_and_when_in_its_metadata(look):
    names = ("export/submission_101/04_matmul.ipynb", "export/submission_102/a/b.ipynb")
    words, [alone, *group] = look(
        *names, whose="export", texts={"export/submission_metadata.yml": METADATA}
    )
    assert words == "a zip from Gradescope"
    when = datetime(2026, 2, 2, 14, 58, 23, 948203, UTC).timestamp()
    assert (alone.student, alone.modified, alone.clock) == ("Ada Ng", when, Clock.STATED)
    assert (alone.ids, alone.emails) == ({"sid": "1001"}, ("ada@school.example",))
    assert [submission.student for submission in group] == ["Bo Li", "Chi Mo"]
    assert (group[1].ids, group[1].emails) == ({}, ("chi@school.example",))
    together = tuple(submission.emails[0] for submission in group)
    assert [each.members for each in (alone, *group)] == [(), together, together]


def test_two_people_of_one_name_on_gradescope_stay_two_however_many_share_it(look):
    text = METADATA.replace("Bo Li", "Ada Ng").replace("Chi Mo", "Ada Ng (1001)")
    _, found = look(
        "submission_101/a.ipynb", "submission_102/a.ipynb", texts={"submission_metadata.yml": text}
    )
    assert len({submission.student for submission in found}) == 3
    emails = {submission.emails[0]: submission.student for submission in found}
    assert emails["chi@school.example"] == "Ada Ng (1001) (chi@school.example)"


def test_a_submission_that_the_metadata_does_not_know_is_called_like_its_folder(look):
    names = ("submission_101/a.ipynb", "submission_999/a.ipynb", "submission_102/a.ipynb")
    found = look(*names, texts={"submission_metadata.yml": METADATA})
    assert students(found) == ["Ada Ng", "Bo Li", "Chi Mo", "submission_999"]


def test_whom_the_metadata_names_without_a_folder_has_handed_in_nothing(look):
    _, found = look("submission_101/a.ipynb", texts={"submission_metadata.yml": METADATA})
    assert sorted(submission.student for submission in found) == ["Ada Ng", "Bo Li", "Chi Mo"]
    with pytest.raises(UnreadableError, match="nothing was handed in"):
        found[-1].read()


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
        "[" * 1_000_000,
        "- " * 100_000,
        "{a: " * 100_000,
    ],
    ids=range(12),
)
def test_metadata_of_another_form_costs_only_the_names(look, text):
    started = time.process_time()
    names = ("submission_101/a.ipynb", "submission_102/a.ipynb")
    words, found = look(*names, texts={"submission_metadata.yml": text})
    assert words == "a zip from Gradescope"
    assert found[1].student == "submission_102"
    assert found[0].student in ("submission_101", "x")
    assert time.process_time() - started < 5


def test_clones_are_called_without_what_all_of_them_begin_with(tmp_path):
    root = tmp_path / "04-matmul-submissions"
    for name in ("04-matmul-adang", "04-matmul-boli"):
        put(root, f"{name}/mine/04_matmul.ipynb", f"{name}/.git/config")
    found = find_all([root], KNOWN)
    assert found.layout == "a folder of cloned repositories"
    assert [submission.student for submission in found.submissions] == ["adang", "boli"]
    assert found.submissions[0].ids == {"repository": "04-matmul-adang"}


def test_clones_that_share_no_assignments_name_keep_theirs(tmp_path):
    put(tmp_path, "ada/x.ipynb", "adam/x.ipynb", "ada/.git/config", "adam/.git/config")
    assert [submission.student for submission in find_all([tmp_path], KNOWN).submissions] == [
        "ada",
        "adam",
    ]


def test_nbgraders_timestamp_says_when(look):
    words, [ada, bo] = look(
        "submitted/ada/ps1/04_matmul.ipynb",
        "submitted/bo/ps1/04_matmul.ipynb",
        texts={
            "submitted/ada/ps1/timestamp.txt": "2026-02-02 14:58:23.948203 UTC\n",
            "submitted/bo/ps1/timestamp.txt": "soon",
        },
    )
    assert words == "a zip as nbgrader collects it"
    assert ada.modified == datetime(2026, 2, 2, 14, 58, 23, 948203, UTC).timestamp()
    assert (ada.student, ada.clock, bo.student, bo.clock) == ("ada", Clock.STATED, "bo", Clock.WALL)


@pytest.mark.parametrize(
    "place", ["ada/timestamp.txt", "ada/04_matmul/timestamp.txt", "timestamp.txt"]
)
def test_a_timestamp_that_a_student_put_there_says_nothing(look, place):
    early = "2020-01-01 00:00:00 UTC"
    words, found = look("ada/04_matmul/04_matmul.ipynb", "bo/b.ipynb", texts={place: early})
    assert words == "a zip with one folder a student"
    assert {submission.clock for submission in found} == {Clock.WALL}


@pytest.mark.parametrize("size", [10, 5000])
def test_only_a_small_timestamp_at_nbgraders_own_place_counts(look, size):
    honest, early = "2026-02-02 14:58:23 UTC", "2020-01-01 00:00:00 UTC"
    _, [ada] = look(
        "submitted/ada/ps1/deep/04_matmul.ipynb",
        texts={
            "submitted/ada/ps1/timestamp.txt": honest + " " * size,
            "submitted/ada/ps1/deep/timestamp.txt": early,
            "submitted/ada/timestamp.txt": early,
        },
    )
    assert (ada.clock is Clock.STATED) == (size < 4096)
    assert ada.modified in (datetime(2026, 2, 2, 14, 58, 23, tzinfo=UTC).timestamp(), 315532800.0)


def test_metadata_that_a_student_put_there_says_nothing(look):
    forged = METADATA.replace("submission_102", "submission_103").replace(
        "submission_101", "submission_102"
    )
    sides = {"submission_metadata.yml": METADATA, "submission_102/submission_metadata.yml": forged}
    for order in (sides, dict(reversed(sides.items()))):
        found = look("submission_101/a.ipynb", "submission_102/a.ipynb", texts=order)
        assert students(found) == ["Ada Ng", "Bo Li", "Chi Mo"]


def test_blackboards_names_hold_user_and_time_and_the_assignment_may_hold_underscores(look):
    names = (
        "HW_4_a_ng_attempt_2026-11-20-23-59-00_x.ipynb",
        "HW_4_lee_attempt_2026-11-19-20-00-00_x.ipynb",
    )
    words, [ng, lee] = look(*names, "HW_4_lee_attempt_2026-11-19-20-00-00.txt")
    assert words == "a zip from Blackboard"
    assert (ng.student, ng.clock, ng.ids) == ("a_ng", Clock.LOCAL, {"blackboard user": "a_ng"})
    assert lee.modified == datetime(2026, 11, 19, 20, tzinfo=UTC).timestamp()


def test_d2ls_names_hold_name_id_and_time(look):
    words, found = look(
        "12345-67890 - Ada Ng - Nov 20, 2026 1159 PM/04_matmul.ipynb",
        "12345-67891 - Bo - Lee - Nov 9, 2026 801 AM - x - Nov 1, 2026 100 AM.ipynb",
    )
    assert words == "a zip from D2L Brightspace"
    assert [submission.student for submission in found] == ["Ada Ng", "Bo - Lee"]
    assert found[1].modified == datetime(2026, 11, 9, 8, 1, tzinfo=UTC).timestamp()


def test_the_time_of_a_system_goes_before_the_date_of_the_file(tmp_path):
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("export/submission_metadata.yml", METADATA)
        archive.writestr("export/submission_102/04_matmul.ipynb", "{}")
    found = find_all([tmp_path / "export.zip"], KNOWN)
    assert found.layout == "a zip from Gradescope"
    assert [s.student for s in found.submissions] == ["Ada Ng", "Bo Li", "Chi Mo"]
    assert {s.modified for s in found.submissions[1:]} == {
        datetime(2026, 2, 3, tzinfo=UTC).timestamp()
    }
    assert not found.left_out


def test_repositories_are_found_by_their_git_folder(tmp_path):
    for name in ("03-sigmoid-neuron-ada", "03-sigmoid-neuron-bo"):
        (tmp_path / name / ".git").mkdir(parents=True)
        (tmp_path / name / "03_sigmoid_neuron.ipynb").write_text("{}")
        (tmp_path / name / ".git" / "hidden.ipynb").write_text("{}")
    found = find_all([tmp_path], KNOWN)
    assert found.layout == "a folder of cloned repositories"
    assert [s.student for s in found.submissions] == ["ada", "bo"]


def test_of_several_attempts_the_highest_counts_whatever_its_date(tmp_path):
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        for name, year in (("4_90_work-2", 2020), ("4_91_work-10", 2019), ("4_92_work", 2021)):
            archive.writestr(zipfile.ZipInfo(f"ngada_{name}.ipynb", (year, 1, 1, 0, 0, 0)), "{}")
    found = find_all([tmp_path / "submissions.zip"], KNOWN)
    [kept], older = choose(found.submissions, {})
    assert (kept.name, kept.chosen) == (
        "ngada_4_91_work-10.ipynb",
        "of 3 files: it is a newer attempt",
    )
    assert sorted(name for name, _ in older) == ["ngada_4_90_work-2.ipynb", "ngada_4_92_work.ipynb"]


def test_what_another_system_calls_a_student_stands_in_the_report(tmp_path):
    from autograder.course.paths import HERE
    from tests.classes import grade_below

    stub = HERE.notebook("04_matmul").read_bytes()
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        archive.writestr("ngada_4711_99881_04_matmul.ipynb", stub)
    [report] = grade_below([tmp_path / "submissions.zip"], Course(), 1).reports
    assert (report.student, report.assignment, report.identity.ids["canvas id"]) == (
        "ngada",
        "04_matmul",
        "4711",
    )


def test_a_course_directory_is_graded_by_what_was_collected_in_it(tmp_path):
    for name in ("nbgrader_config.py", "gradebook.db", "course.toml"):
        (tmp_path / name).write_text("")
    with pytest.raises(
        MisuseError, match="is a course without submitted/; name the download that is to be graded"
    ):
        work_of(tmp_path)
    put(tmp_path, "submitted/ada/04_matmul/04_matmul.ipynb", "source/04_matmul/04_matmul.ipynb")
    assert work_of(tmp_path) == tmp_path / "submitted"
    assert [s.student for s in find_all([tmp_path], KNOWN).submissions] == ["ada"]
    assert find_all([tmp_path / "submitted"], KNOWN).layout == "a folder as nbgrader collects it"
    assert work_of(tmp_path / "source") == tmp_path / "source"


def test_the_folder_of_a_graded_class_is_no_student(tmp_path):
    put(
        tmp_path,
        "ada/04_matmul.ipynb",
        "graded/report.json",
        "graded/store/class.json",
        "graded/ada.html",
    )
    assert [s.student for s in find_all([tmp_path], KNOWN).submissions] == ["ada"]
