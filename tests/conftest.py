"""Fixtures that several test files share."""

import fcntl
import gc
import html
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Generator, Iterable, Iterator
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from autograder.sandbox.layers import available, refusal
from autograder.sandbox.pool import Sandbox

# A shell starts a background job with Ctrl-C ignored; the programs that tests interrupt must hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Why student code is not run here, as on macOS; None where it is.
REFUSAL = refusal(available())
# For a test that does not see the refusal itself: what it asks for is spoiled by it all the same.
needs_wall = pytest.mark.skipif(REFUSAL is not None, reason=REFUSAL or "")
# Where a test does not say how many examples it wants: what a hostile process sends, as in test_wire, deserves many.
settings.register_profile("quick", max_examples=500, deadline=None)
settings.register_profile("ci", max_examples=10_000, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "quick")


def pytest_collection_finish() -> None:
    """What collection made lives to the end: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, Any]:
    """A test that ends because the kit rightly refuses to run student code here is skipped, with the kit's words."""
    report = yield
    if REFUSAL and report.failed and call.excinfo and was_refused(call.excinfo, REFUSAL):
        report.outcome, report.longrepr = (
            "skipped",
            (str(item.path), item.location[1], f"Skipped: {REFUSAL}"),
        )
    return report


def was_refused(found: pytest.ExceptionInfo[BaseException], why: str) -> bool:
    """Whether an error is the refusal, or stands where a command has just refused."""
    names = (value for entry in found.traceback for value in entry.frame.f_locals.values())
    commands = [value for value in names if isinstance(value, subprocess.CompletedProcess)]
    if isinstance(found.value, subprocess.CalledProcessError):
        commands.append(found.value)
    return why in str(found.value) or any(
        why in f"{command.stdout}{command.stderr}" for command in commands
    )


BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


def mostly_long(values: Iterable[object], *quick: object) -> list[object]:
    """The parameters of a test: those of `quick` are tried in every run, the others among the long tests."""
    long = [pytest.param(each, marks=pytest.mark.long) for each in values if each not in quick]
    return [*quick, *long]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for the whole run: its zygote takes a second or two to start."""
    with Sandbox() as started:
        yield started


@pytest.fixture(scope="session")
def students_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment with the installed libraries but without the kit."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    asked = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    there = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    # Python reads the .pth files of its own library folder only, not those of the folders they name.
    libraries = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    Path(there, "libraries.pth").write_text("\n".join(libraries))
    return python


@pytest.fixture(scope="session")
def made_course(tmp_path_factory) -> Path:
    """A course directory as `autograder init` makes it, where nobody has put the environment's programs on PATH.

    All processes of a run share it: whoever comes first makes it.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    made = folder / "made_course" / "course"
    with (folder / "made_course.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _make_course(made)
    return made


def _make_course(target: Path) -> None:
    """Make the course beside its place and put it there whole."""
    folder = target.parent / "begun"
    command = [
        sys.executable,
        "-m",
        "autograder",
        "init",
        str(folder),
        "--title",
        'EEP 596, "Autumn" 2026',
    ]
    environment = {**os.environ, "PATH": os.defpath}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    folder.rename(target)


@pytest.fixture(scope="session")
def copy_course(made_course) -> Callable[[Path], Path]:
    """Copy the course to a folder that a test may change."""
    return lambda target: Path(shutil.copytree(made_course, target))


# Not for the whole session: while Playwright runs, asyncio is in use.
@pytest.fixture(scope="module")
def barriers() -> Iterator[Callable[[Path], list[str]]]:
    """What axe-core finds wrong with a page by WCAG 2.1 A and AA, in the light, in the dark and on a small screen."""
    chromium = next(
        filter(
            None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))
        ),
        None,
    )
    if chromium is None or find_spec("axe_playwright_python") is None:
        pytest.skip("no Chromium here, or no axe-core")
    from playwright.sync_api import sync_playwright

    axe = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER)

        def found(path: Path) -> list[str]:
            said = []
            for scheme, width in (("light", 1280), ("dark", 1280), ("light", 320)):
                view = {"width": width, "height": 900}
                # The page's own policy would keep axe out as it keeps out everything else.
                with browser.new_context(
                    bypass_csp=True, color_scheme=scheme, viewport=view
                ) as context:
                    page = context.new_page()
                    page.goto(path.as_uri())
                    page.evaluate(axe)
                    result = page.evaluate(f"axe.run(document, {{runOnly: {RULES}}})")
                    # WCAG 1.4.10: at 320 pixels nothing but tables and code may have to be scrolled sideways.
                    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
                said += [
                    f"{scheme}, {width}: {v['id']}: {v['nodes'][0]['html']}"
                    for v in result["violations"]
                ]
                said += [f"{scheme}, {width}: wider than the screen"] * wide
                assert len(result["passes"]) > 10
            return said

        yield found
        browser.close()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The alternative texts of the pictures that a notebook shows, each of which is checked to be one."""
    from autograder.student.plots import circuit, forward_mode, style

    texts: list[str] = []

    def keep(picture: style.PlotOutput) -> None:
        pictures = re.findall(r'<svg [^>]*role="img" aria-label="([^"]+)"|<(table)>', picture.data)
        named = [html.unescape(alt) for alt, table in pictures if not table]
        assert len(pictures) == 1
        assert named in ([], [repr(picture)])
        texts.append(picture.alt)

    for module in (circuit, forward_mode, style):
        monkeypatch.setattr(module, "display", keep)
    return texts
