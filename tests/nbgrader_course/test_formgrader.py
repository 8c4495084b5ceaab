"""nbgrader's formgrader on a course of the kit's: the class's scores, and a person's score and comment that stay.

A real server is asked over HTTP; where there is a Chromium, a person's clicks and keys are sent to
its pages too.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from importlib.util import find_spec

import pytest
from test_autograde import MATMUL, grades, nbgrader

from autograder.course.paths import HERE

TOKEN = "only-for-this-test"
CELL, ANSWER = "check_affine_backward", "affine_backward"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))),
    None,
)
BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


def autograder(folder, *arguments):
    command = [sys.executable, "-m", "autograder", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def course(tmp_path_factory, copy_course):
    """A course in which ten notebooks were graded by the kit."""
    folder = copy_course(tmp_path_factory.mktemp("formgrader") / "course")
    for student in sorted((HERE.root / "tests" / "hand_filled").iterdir()):
        (folder / "handed-in" / student.name).mkdir(parents=True)
        shutil.copy(student / f"{MATMUL}.ipynb", folder / "handed-in" / student.name)
    ran = autograder(folder, "grade", "handed-in")
    assert ran.returncode == 0, ran.stderr
    assert "gradebook.db: 10 submissions written" in ran.stderr
    return folder


@pytest.fixture(scope="module")
def server(course, tmp_path_factory):
    """Jupyter with nbgrader's pages, started in the course as the README says."""
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        f"--port={port}",
        f"--IdentityProvider.token={TOKEN}",
    ]
    words += ["--allow-root", "--ServerApp.port_retries=0"]
    environment = {
        **os.environ,
        "HOME": str(home),
        "JUPYTER_RUNTIME_DIR": str(home),
        "IPYTHONDIR": str(home),
    }
    with (home / "log").open("w") as log:
        running = subprocess.Popen(words, cwd=course, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with suppress(OSError):
                ask(address, "/api")
                break
            assert running.poll() is None, (home / "log").read_text()
            time.sleep(0.2)
        yield address
    finally:
        running.terminate()
        running.wait()


def ask(address, path, data=None):
    """A request to the server, as JSON; with data it changes something."""
    headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(
        address + path, body, headers, method="GET" if body is None else "PUT"
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.loads(reply.read())


def submission_of(address, student):
    """The id that formgrader has for a student's notebook."""
    listed = ask(address, f"/formgrader/api/submitted_notebooks/{MATMUL}/{MATMUL}")
    return next(entry["id"] for entry in listed if entry["student"] == student)


def enter_over_http(address, student, score, comment):
    """Send what formgrader's page sends when a person types a score and a comment."""
    wanted = f"?submission_id={submission_of(address, student)}"
    grade = next(g for g in ask(address, f"/formgrader/api/grades{wanted}") if g["name"] == CELL)
    ask(address, f"/formgrader/api/grade/{grade['id']}", {**grade, "manual_score": score})
    answer = next(
        c for c in ask(address, f"/formgrader/api/comments{wanted}") if c["name"] == ANSWER
    )
    ask(address, f"/formgrader/api/comment/{answer['id']}", {**answer, "manual_comment": comment})


def enter_in_a_browser(address, student, score, comment):
    """Open the student's notebook in formgrader and type."""
    if CHROMIUM is None or find_spec("playwright") is None:
        pytest.skip("no Chromium here; the same is asked over HTTP")
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER)
        page = browser.new_page()
        page.goto(f"{address}/login?token={TOKEN}&next=%2Fformgrader")
        page.goto(f"{address}/formgrader/submissions/{submission_of(address, student)}/")
        field, text = page.locator(f"#{CELL}"), page.locator(f"#{ANSWER}-comment")
        expect(field).to_have_attribute("placeholder", "2.5")  # the kit's score, loaded
        expect(page.get_by_role("group", name="affine_backward")).to_contain_text("2.5 of 4 points")
        page.wait_for_load_state("networkidle")  # comments come by a request of their own
        text.fill(comment)
        with page.expect_response("**/api/comment/*"):
            text.blur()
        field.fill(str(score))
        with page.expect_response("**/api/grade/*"):
            field.blur()
        browser.close()


@pytest.mark.long
def test_formgrader_shows_the_scores_of_the_class(course, server):
    listed = ask(server, f"/formgrader/api/submitted_notebooks/{MATMUL}/{MATMUL}")
    reports = json.loads((course / "graded" / "report.json").read_text(encoding="utf-8"))["reports"]
    assert {entry["student"]: (entry["score"], entry["max_score"]) for entry in listed} == {
        report["identity"]["student"]: (report["earned"], report["possible"]) for report in reports
    }
    assert not any(entry["needs_manual_grade"] for entry in listed)


@pytest.mark.long
@pytest.mark.parametrize(
    ("enter", "student", "auto"), [(enter_over_http, "h03", 4.0), (enter_in_a_browser, "h02", 2.5)]
)
def test_what_a_person_enters_is_kept_by_every_regrade(course, server, enter, student, auto):
    enter(server, student, 3.25, "Come to my office hour.")
    assert grades(course, MATMUL)[student][0][CELL] == (auto, 3.25, None, False)
    assert autograder(course, "grade", "handed-in", "--fresh").returncode == 0
    assert grades(course, MATMUL)[student][0][CELL] == (auto, 3.25, None, False)
    assert nbgrader(course, "autograde", MATMUL, "--force", "--student", student).returncode == 0
    cells, comments, _ = grades(course, MATMUL)[student]
    assert cells[CELL] == (auto, 3.25, None, True)
    assert comments[ANSWER][1] == "Come to my office hour."
    page = course / "feedback" / student / MATMUL / f"{MATMUL}.html"
    assert "Come to my office hour." in page.read_text(encoding="utf-8")
    ran = autograder(course, "export", "nbgrader-csv")
    assert ran.returncode == 0, ran.stderr
    row = next(
        r
        for r in (course / "exported" / "nbgrader.csv").read_text().splitlines()
        if f",{student}," in r
    )
    total = grades(course, MATMUL)[student][2]
    assert row.split(",")[7] == f"{total:g}"
