"""Finding and reading submissions: every layout, and nothing that a file could do to the grader."""

import json
import os
import random
import socket
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.errors import MisuseError
from autograder.sandbox.scratch import remove_tree
from autograder.student.model.notebooks import MAX_NOTEBOOK
from autograder.submissions import tree
from autograder.submissions.entries import Layout
from autograder.submissions.find import find_all
from autograder.submissions.ingest import MAX_CELLS, Cell, UnreadableError, read_notebook

KNOWN = frozenset({"03_sigmoid_neuron", "04_matmul"})
EMPTY = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}


def notebook(*cells, **changes):
    return {**EMPTY, "cells": list(cells), **changes}


def code(source, **changes):
    return {
        "cell_type": "code",
        "id": "c1",
        "metadata": {},
        "outputs": [],
        "source": source,
        **changes,
    }


def data(tree):
    return json.dumps(tree).encode()


BARE = data(EMPTY)


def put(folder, *names, content=None):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(BARE if content is None else content)
    return folder


def zipped(path, *names, content=None):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(
                name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name),
                BARE if content is None else content,
            )
    return path


def found(path):
    return find_all([path], KNOWN)


def students(path):
    return {s.name: s.student for s in found(path).submissions}


def reasons(path):
    return dict(found(path).left_out)


# --- layouts


def test_a_single_notebook_is_its_own_students(tmp_path):
    put(tmp_path, "s001.ipynb")
    result = found(tmp_path / "s001.ipynb")
    assert (result.layout, [s.student for s in result.submissions]) == ("one notebook", ["s001"])


def test_a_folder_with_one_notebook_a_student(tmp_path):
    put(tmp_path, "s002.ipynb", "s001.ipynb")
    assert students(tmp_path) == {"s001.ipynb": "s001", "s002.ipynb": "s002"}
    assert found(tmp_path).layout == "a folder with one notebook a student"


def test_a_folder_with_one_folder_a_student(tmp_path):
    put(tmp_path, "s001/03_sigmoid_neuron.ipynb", "s001/04_matmul.ipynb", "s002/deep/er/any.ipynb")
    assert students(tmp_path) == {
        "s001/03_sigmoid_neuron.ipynb": "s001",
        "s001/04_matmul.ipynb": "s001",
        "s002/deep/er/any.ipynb": "s002",
    }
    assert found(tmp_path).layout == "a folder with one folder a student"


def test_nbgraders_submitted_layout(tmp_path):
    names = [f"submitted/s00{n}/ps1/03_sigmoid_neuron.ipynb" for n in (1, 2)]
    put(tmp_path, *names)
    put(tmp_path, "submitted/s001/ps1/timestamp.txt", content=b"2026-02-02 14:58:23.948203 UTC")
    assert students(tmp_path / "submitted") == {
        n.removeprefix("submitted/"): n.split("/")[1] for n in names
    }
    assert students(tmp_path) == {n: n.split("/")[1] for n in names}
    assert reasons(tmp_path / "submitted") == {}


def test_a_folder_of_one_student_with_known_notebooks_is_that_students(tmp_path):
    put(tmp_path / "s007", "03_sigmoid_neuron.ipynb", "04_matmul.ipynb")
    assert set(students(tmp_path / "s007").values()) == {"s007"}
    assert set(students(tmp_path).values()) == {"s007"}


def test_a_folders_name_is_taken_whole(tmp_path):
    put(tmp_path / "s.007", "04_matmul.ipynb")
    assert set(students(tmp_path / "s.007").values()) == {"s.007"}


def test_students_with_and_without_folders_may_be_mixed(tmp_path):
    put(tmp_path, "s001.ipynb", "s002/04_matmul.ipynb")
    assert set(students(tmp_path).values()) == {"s001", "s002"}
    assert found(tmp_path).layout == "a folder of notebooks and of students' folders"


@pytest.mark.parametrize(
    "names",
    [
        ("class/s001.ipynb", "class/s002.ipynb"),
        ("class/s001/04_matmul.ipynb", "class/s002/04_matmul.ipynb"),
        ("class/class/s001/a.ipynb", "class/class/s002/a.ipynb"),
        ("submitted/s001/ps/04_matmul.ipynb", "submitted/s002/ps/04_matmul.ipynb"),
    ],
)
def test_a_folder_around_the_students_is_no_student(tmp_path, names):
    """One folder zipped whole must not make one student of a class."""
    put(tmp_path / "class", *names)
    for path in (tmp_path / "class", zipped(tmp_path / "class.zip", *names)):
        assert {s.student for s in found(path).submissions} == {"s001", "s002"}


@pytest.mark.parametrize(
    "names",
    [
        ("ada/v1/04_matmul.ipynb", "ada/v2/04_matmul.ipynb"),
        tuple(f"ada/s{n:03d}.ipynb" for n in range(24)),
        ("ada/ngada_1_2_04_matmul.ipynb", "ada/leebo_3_4_04_matmul.ipynb"),
        ("ada/submission_metadata.yml", "ada/submission_1/04_matmul.ipynb"),
    ],
)
def test_the_only_folder_may_be_one_students_and_is_not_taken_for_a_class_unasked(tmp_path, names):
    """A class in which ada alone has handed in: with names in her folder she could have graded others."""
    put(tmp_path / "late", *names)
    for path in (tmp_path / "late", zipped(tmp_path / "late.zip", *names)):
        with pytest.raises(
            MisuseError, match="holds one folder, 'ada', which is one student's work or"
        ):
            found(path)
        assert {s.student for s in find_all([path], KNOWN, layout=Layout.PLAIN).submissions} == {
            "ada"
        }
    assert len(students(tmp_path / "late" / "ada")) >= 1


@pytest.mark.parametrize("name", ["class (1)", "class-20260203", "class"])
def test_a_zip_that_was_renamed_as_a_copy_still_holds_a_class(tmp_path, name):
    archive = zipped(tmp_path / f"{name}.zip", "class/s001.ipynb", "class/s002.ipynb")
    assert set(students(archive).values()) == {"s001", "s002"}


def test_a_student_whose_name_begins_like_the_folder_is_a_student(tmp_path):
    put(tmp_path / "class", "c/04_matmul.ipynb")
    assert set(students(tmp_path / "class").values()) == {"c"}


def test_a_few_notebooks_in_one_folder_are_one_students_tries(tmp_path):
    put(tmp_path / "class", "s001/first.ipynb", "s001/second.ipynb")
    assert set(students(tmp_path / "class").values()) == {"s001"}


def test_a_zip_of_one_students_folder_named_like_it_is_that_students(tmp_path):
    assert students(zipped(tmp_path / "s001.zip", "s001/04_matmul.ipynb")) == {
        "s001/04_matmul.ipynb": "s001"
    }


def test_several_paths_are_one_class(tmp_path):
    put(tmp_path, "a/s001.ipynb", "b/s002/x.ipynb")
    both = find_all([tmp_path / "a", tmp_path / "b"])
    assert [s.student for s in both.submissions] == ["s001", "s002"]
    assert (
        both.layout == "a folder with one notebook a student and a folder with one folder a student"
    )


def test_checkpoints_and_what_systems_leave_behind_are_passed_over(tmp_path):
    litter = (
        ".ipynb_checkpoints/s001-checkpoint.ipynb",
        "s001/.ipynb_checkpoints/x-checkpoint.ipynb",
        "__MACOSX/._s001.ipynb",
        "._s001.ipynb",
        "__pycache__/x.ipynb",
        ".git/objects/x.ipynb",
        ".DS_Store",
    )
    put(tmp_path / "class", "s001/a.ipynb", *litter)
    for path in (tmp_path / "class", zipped(tmp_path / "class.zip", "s001/a.ipynb", *litter)):
        assert students(path) == {"s001/a.ipynb": "s001"}
        assert reasons(path) == {}


# --- nothing to grade


@pytest.mark.parametrize("make", [lambda p: None, lambda p: put(p, "notes.txt", "s001/data.csv")])
def test_a_folder_without_notebooks_is_misuse(tmp_path, make):
    (tmp_path / "class").mkdir()
    make(tmp_path / "class")
    with pytest.raises(MisuseError, match="no notebook"):
        found(tmp_path / "class")


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.txt", b"text"), ("x.zip", b"no zip"), ("x.zip", b""), ("x", BARE), ("x.txt", b"1")],
)
def test_what_is_neither_notebook_nor_folder_nor_zip_is_misuse(tmp_path, name, content):
    put(tmp_path, name, content=content)
    with pytest.raises(MisuseError, match="is neither a notebook"):
        found(tmp_path / name)


def test_to_grade_a_pipe_or_a_device_is_misuse_and_does_not_wait_for_its_end(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(MisuseError, match="is neither a notebook"):
            find_all([path])


def test_what_is_not_there_is_misuse(tmp_path):
    with pytest.raises(MisuseError, match="no such file or folder"):
        found(tmp_path / "nothing.ipynb")
    (tmp_path / "dangling.ipynb").symlink_to("nothing")
    with pytest.raises(MisuseError, match="no such file or folder"):
        found(tmp_path / "dangling.ipynb")


# --- files that are no files


def test_links_and_special_files_are_left_out_and_never_opened(tmp_path):
    put(tmp_path / "elsewhere", "secret.ipynb", "s009/secret.ipynb")
    folder = put(tmp_path / "class", "s001.ipynb")
    (folder / "link.ipynb").symlink_to(tmp_path / "elsewhere" / "secret.ipynb")
    (folder / "s009").symlink_to(tmp_path / "elsewhere" / "s009")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.ipynb")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket.ipynb"))
        assert students(folder) == {"s001.ipynb": "s001"}
        assert reasons(folder) == {
            "link.ipynb": "it is a link",
            "loop": "it is not a notebook",
            "pipe.ipynb": "it is not a regular file",
            "s009": "it is not a notebook",
            "socket.ipynb": "it is not a regular file",
        }


def test_a_file_that_became_something_else_is_not_read(tmp_path):
    put(tmp_path, "s001.ipynb", "s002.ipynb", "s003.ipynb")
    first, second, third = found(tmp_path).submissions
    for name in ("s001.ipynb", "s002.ipynb", "s003.ipynb"):
        (tmp_path / name).unlink()
    (tmp_path / "s001.ipynb").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "s002.ipynb")
    for submission in (first, second, third):
        with pytest.raises(UnreadableError):
            submission.read()


def test_a_pipe_named_as_the_notebook_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.ipynb")
    [only] = found(tmp_path / "pipe.ipynb").submissions
    with pytest.raises(UnreadableError, match="not a regular file"):
        only.read()


def test_a_large_file_is_refused_by_its_size(tmp_path):
    with (tmp_path / "s001.ipynb").open("wb") as file:
        file.truncate(200 << 20)
    [only] = found(tmp_path).submissions
    with pytest.raises(UnreadableError, match="the file has 200 MB; a notebook may have 20 MB"):
        only.read()


def test_a_folder_deeper_than_a_path_can_be_long_is_left_out(tmp_path):
    put(tmp_path, "s001.ipynb")
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(40):
        os.mkdir("deeper" * 40, dir_fd=here)
        below = os.open("deeper" * 40, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("s002.ipynb", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    good, deep = sorted(found(tmp_path).submissions, key=lambda s: s.student, reverse=True)
    assert good.student == "s001"
    with pytest.raises(UnreadableError, match=r"nothing that can be graded: .*File name too long"):
        deep.read()
    [(name, reason)] = reasons(tmp_path).items()
    assert name.startswith("deeper")
    assert len(name) <= 300
    assert reason == "it cannot be opened: File name too long"
    remove_tree(tmp_path / ("deeper" * 40))


def test_more_files_than_a_class_has_are_misuse(tmp_path, monkeypatch):
    monkeypatch.setattr(tree, "MAX_ENTRIES", 2)
    path = zipped(tmp_path / "many.zip", "s001.ipynb", "s002.ipynb", "s003.ipynb")
    with pytest.raises(MisuseError, match="more than 2 files"):
        found(path)


@pytest.mark.parametrize("make", [put, lambda folder, *names: zipped(folder / "class.zip", *names)])
def test_a_student_with_more_files_than_are_read_costs_that_student_a_reason(tmp_path, make):
    names = [f"ada/data/{n}.csv" for n in range(tree.MAX_FILES + 1)]
    make(tmp_path, "ada/04_matmul.ipynb", *names, "bo/04_matmul.ipynb")
    path = tmp_path / "class.zip" if (tmp_path / "class.zip").exists() else tmp_path
    ada, bo = found(path).submissions
    assert (ada.student, bo.student, bo.read()) == ("ada", "bo", BARE)
    with pytest.raises(
        UnreadableError, match=f"holds more than {tree.MAX_FILES} files; hand in the notebook alone"
    ):
        ada.read()


# --- names

STRANGE = [
    "a,b",
    'quo"te',
    "apo'strophe",
    "Ærøskøbing",
    "学生",
    "two words",
    "=1+1",
    "line\nbreak",
    "\x1b[31m",
    "a;b",
    "％",
]


def test_students_with_strange_names_stay_apart_and_keep_their_names(tmp_path):
    put(tmp_path / "class", *(f"{name}/04_matmul.ipynb" for name in STRANGE))
    assert {s.student for s in found(tmp_path / "class").submissions} == set(STRANGE)
    archive = zipped(tmp_path / "class.zip", *(f"{name}/04_matmul.ipynb" for name in STRANGE))
    assert {s.student for s in found(archive).submissions} == set(STRANGE)


def test_names_that_are_no_text_become_different_text(tmp_path):
    for odd in (b"s\xff", b"s\xfe", b"s\\udcff"):
        folder = os.path.join(os.fsencode(tmp_path), odd)  # noqa: PTH118 - bytes
        os.mkdir(folder)  # noqa: PTH102 - bytes
        Path(os.fsdecode(folder), "04_matmul.ipynb").write_bytes(BARE)
        Path(os.fsdecode(folder), "\udcff.txt").write_bytes(b"")
    result = found(tmp_path)
    assert len({s.student for s in result.submissions}) >= 2
    assert len(result.submissions) == 3
    for text in (
        *(s.student + s.name for s in result.submissions),
        *(name for name, _ in result.left_out),
    ):
        text.encode("utf-8")
    assert all(s.read() == BARE for s in result.submissions)


# --- zips


@pytest.mark.parametrize(
    "name", ["../s002.ipynb", "s001/../../x.ipynb", "/etc/x.ipynb", "s\\..\\x.ipynb", "C:\\x.ipynb"]
)
def test_paths_that_lead_out_of_a_zip_are_left_out(tmp_path, name):
    info = zipfile.ZipInfo("x")
    info.filename = name
    path = zipped(tmp_path / "class.zip", "s001.ipynb", info)
    assert students(path) == {"s001.ipynb": "s001"}
    assert reasons(path) == {name: "its path leads out of the zip"}


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_special_files_in_a_zip_are_left_out(tmp_path, kind):
    info = zipfile.ZipInfo("link.ipynb")
    info.external_attr = (kind | 0o777) << 16
    path = zipped(tmp_path / "class.zip", "s001.ipynb", info, content=b"/etc/passwd")
    assert reasons(path) == {"link.ipynb": "it is a link or a special file"}


def rewritten(path, edit):
    """The zip with its bytes edited."""
    path.write_bytes(edit(bytearray(path.read_bytes())))
    return path


def directory_of(raw):
    """Where the only entry's record in the zip's directory begins."""
    return raw.index(b"PK\x01\x02")


def test_a_zip_that_lies_about_a_size_is_unreadable_and_not_believed(tmp_path):
    def claim(size):
        def edit(raw):
            struct.pack_into("<I", raw, directory_of(raw) + 24, size)
            return raw

        return edit

    for size in (1, 500 << 20):
        path = rewritten(zipped(tmp_path / "class.zip", "s001.ipynb"), claim(size))
        [only] = found(path).submissions
        with pytest.raises(UnreadableError):
            only.read()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("s001.ipynb", b" " * (MAX_NOTEBOOK + 1))
    assert path.stat().st_size < 100_000
    [only] = found(path).submissions
    with pytest.raises(UnreadableError, match="a notebook may have 20 MB"):
        only.read()


def test_an_encrypted_entry_is_unreadable(tmp_path):
    def encrypt(raw):
        raw[6] |= 1
        raw[directory_of(raw) + 8] |= 1
        return raw

    [only] = found(rewritten(zipped(tmp_path / "class.zip", "s001.ipynb"), encrypt)).submissions
    with pytest.raises(UnreadableError, match="encrypted"):
        only.read()


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 97])
def test_an_entry_that_is_broken_or_of_an_unknown_kind_is_unreadable(tmp_path, method):
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w", method if method != 97 else zipfile.ZIP_STORED) as archive:
        archive.writestr("s001.ipynb", data(notebook(*[code(f"x{n} = {n}") for n in range(50)])))

    def spoil(raw):
        if method == 97:
            struct.pack_into("<H", raw, 8, method)
            struct.pack_into("<H", raw, directory_of(raw) + 10, method)
        else:
            raw[60:200] = random.Random(1).randbytes(140)
        return raw

    [only] = found(rewritten(path, spoil)).submissions
    with pytest.raises(UnreadableError, match="cannot be read"):
        only.read()


def test_a_zip_whose_directory_is_broken_is_misuse(tmp_path):
    path = rewritten(
        zipped(tmp_path / "class.zip", "s001.ipynb"),
        lambda raw: raw.replace(b"PK\x01\x02", b"PK\x00\x00"),
    )
    with pytest.raises(MisuseError, match="cannot be read as a zip"):
        found(path)


def test_zips_and_folders_date_their_files_alike(tmp_path):
    info = zipfile.ZipInfo("s001.ipynb", date_time=(2026, 2, 3, 4, 5, 6))
    [zip_entry] = found(zipped(tmp_path / "a.zip", info)).submissions
    put(tmp_path / "b", "s001.ipynb")
    os.utime(tmp_path / "b" / "s001.ipynb", (1770091506, 1770091506))
    [file_entry] = found(tmp_path / "b").submissions
    assert zip_entry.modified == file_entry.modified == 1770091506.0


def test_a_date_that_is_none_is_no_obstacle(tmp_path):
    path = zipped(
        tmp_path / "a.zip", zipfile.ZipInfo("s001.ipynb", date_time=(1980, 0, 0, 31, 63, 62))
    )
    assert found(path).submissions[0].modified == 0.0


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.data())
def test_a_damaged_zip_is_read_or_refused_and_nothing_else(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("zips")
    path = zipped(folder / "class.zip", "s001/a.ipynb", "s002/a.ipynb")
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.integers(len(raw) // 2, len(raw)))])
    try:
        submissions = found(path).submissions
    except MisuseError:
        return
    for submission in submissions:
        try:
            read_notebook(submission.read())
        except UnreadableError as why:
            assert str(why)


# --- notebooks


def test_a_notebook_is_reduced_to_what_grading_needs():
    cells = read_notebook(
        data(
            notebook(
                code(["def f(x):\n", "    return x"], metadata={"nbgrader": {"grade_id": "f"}}),
                code("y = 1", id="own"),
                {"cell_type": "markdown", "metadata": {}, "source": "# Words"},
                metadata={"backprop_kit": {"assignment": "04_matmul"}},
            )
        )
    )
    assert cells.assignment == "04_matmul"
    assert cells.cells == (
        Cell("code", "f", "def f(x):\n    return x"),
        Cell("code", "own", "y = 1"),
        Cell("markdown", "", "# Words"),
    )


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_a_notebook_in_any_unicode_encoding_is_read(encoding):
    text = json.dumps(notebook(code("# 学生 Ø")), ensure_ascii=False)
    assert read_notebook(text.encode(encoding)).cells[0].text == "# 学生 Ø"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "not valid JSON (line 1)"),
        (b"\x00" * 100, "not valid JSON"),
        (
            b"\xff\xfe\x00",
            "not valid JSON, since it is not text in UTF-8; save it again in Jupyter",
        ),
        (b"\x80\x81", "not valid JSON, since it is not text in UTF-8; save it again in Jupyter"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "not valid JSON"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "not valid JSON"),
        (data(notebook(code("x = 1")))[:-20], "not valid JSON (line 1)"),
        (b'{"nbformat": ' + b"1" * 10_000 + b"}", "not valid JSON"),
        (b"null", "not a notebook of format 4"),
        (b"[]", "not a notebook of format 4"),
        (b'"text"', "not a notebook of format 4"),
        (b"NaN", "not a notebook of format 4"),
        (b"{}", "not a notebook of format 4"),
        (data({**EMPTY, "nbformat": 3}), "not a notebook of format 4"),
        (data({**EMPTY, "nbformat": "4"}), "not a notebook of format 4"),
        (data({**EMPTY, "cells": {"0": code("")}}), "not a notebook of format 4"),
        (data({**EMPTY, "cells": None}), "not a notebook of format 4"),
        (data(notebook(code("x"), "cell")), "cell 2 is not a cell"),
        (data(notebook([])), "cell 1 is not a cell"),
        (data(notebook(code(["x", 1]))), "cell 1 has no text"),
        (data(notebook(code(None))), "cell 1 has no text"),
        (data(notebook(code({"x": 1}))), "cell 1 has no text"),
        (data(notebook(code("x", cell_type=None))), "cell 1 has no text"),
        (data(notebook(*[code("")] * (MAX_CELLS + 1))), f"it has {MAX_CELLS + 1} cells"),
        (b" " * (MAX_NOTEBOOK + 1), "the file has 20 MB"),
    ],
    ids=range(26),
)
def test_what_is_no_notebook_is_unreadable_with_a_reason(raw, why):
    with pytest.raises(UnreadableError) as refused:
        read_notebook(raw)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        [],
        "text",
        {"nbgrader": None},
        {"nbgrader": "f"},
        {"nbgrader": {"grade_id": 3}},
        {"nbgrader": {"grade_id": ""}},
    ],
)
def test_metadata_of_any_form_is_no_obstacle(metadata):
    assert read_notebook(data(notebook(code("x", metadata=metadata)))).cells[0].id == "c1"
    assert read_notebook(data(notebook(code("x", id=[]), metadata=metadata))).assignment == ""


def test_json_that_python_alone_accepts_is_no_obstacle():
    raw = data(notebook(code("x"))).replace(
        b'"metadata": {}', b'"metadata": {"a": NaN, "b": 1e999, "a": -Infinity}'
    )
    assert read_notebook(raw).cells[0].text == "x"


def test_of_a_repeated_key_the_last_counts_as_everywhere():
    raw = data(notebook(code("x"))).replace(b'"source": "x"', b'"source": "x", "source": "y"')
    assert read_notebook(raw).cells[0].text == "y"


def test_half_a_surrogate_pair_becomes_text():
    raw = data(notebook(code("x = 'SURROGATE'"))).replace(b"SURROGATE", rb"\ud800")
    read_notebook(raw).cells[0].text.encode("utf-8")


def test_an_unknown_kind_of_cell_is_called_strange():
    assert read_notebook(data(notebook(code("x", cell_type="<script>")))).cells[0].kind == "strange"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cell_type", "source", "metadata", "nbgrader", "grade_id", "id", "x"]),
            inner,
        )
    ),
    max_leaves=10,
)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.lists(JSON, max_size=3), JSON)
def test_any_json_is_a_notebook_or_unreadable(cells, metadata):
    try:
        read = read_notebook(data({**EMPTY, "cells": cells, "metadata": metadata}))
    except UnreadableError as why:
        assert str(why)
    else:
        assert len(read.cells) == len(cells)
