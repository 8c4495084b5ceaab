"""Pages about hostile notebooks: read strictly by a parser, and opened in Chromium where there is one.

Nothing in them may run, load or ask.  The same words in a page that does not tame them do all of that, so that a look
that sees nothing is known to be able to see.
"""

import http.server
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from autograder.course.settings import Course
from autograder.outputs.pages import CLASS_PAGE, PageMeta, write_pages
from autograder.student.cards.card import card_html
from autograder.student.model.results import Report
from tests.attacks.arena import LIMITS, notebook
from tests.attacks.catalogue import TARGET
from tests.attacks.outputs import Active, page_is_active
from tests.classes import grade_below

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))),
    None,
)
# Each leaves a mark in the page if it runs.  None holds a slash, so that a file can be called by it as well.
RUNNING = (
    "<script>document.documentElement.dataset.ran = 1</script>",
    "<img src=x onerror=document.documentElement.dataset.ran=2>",
    "<svg onload=document.documentElement.dataset.ran=3>",
    "\"'><details open ontoggle=document.documentElement.dataset.ran=4>",
    "</title></style></textarea><script>document.documentElement.dataset.ran = 5</script>",
)
NAMES = tuple(words.replace("/", "") for words in RUNNING[1:4])


@dataclass(frozen=True)
class Listener:
    """A server on this machine, and what it was asked for."""

    address: str
    asked: list[str] = field(default_factory=list)

    @property
    def loading(self) -> tuple[str, ...]:
        """Words that ask the server for something if a page takes them for more than words."""
        return (
            f"<img src={self.address}/image>",
            f"<link rel=stylesheet href={self.address}/style>",
            f"<iframe src={self.address}/frame></iframe>",
            f"<style>body {{ background: url({self.address}/background) }}</style>",
        )


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    asked: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: what was asked for is kept."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Listener(f"http://127.0.0.1:{server.server_port}", asked)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory, listener: Listener) -> tuple[Report, ...]:
    """A class of notebooks with hostile words wherever a notebook has words, under hostile names."""
    folder = tmp_path_factory.mktemp("class")
    words = (*RUNNING, *listener.loading)
    cells = [
        f"print({word!r})\nraise type({word!r}, (Exception,), {{}})({word!r})" for word in words
    ]
    answer = (
        f"def {TARGET}(*args):\n    import warnings\n    warnings.warn({words[0]!r})\n"
        f"    raise ValueError({words!r})"
    )
    for name in ("s001", *NAMES):
        (folder / f"{name}.ipynb").write_text(notebook(*cells, answer=answer), encoding="utf-8")
        (folder / f"{name} again.ipynb").write_text(f"{{{words}", encoding="utf-8")
    return grade_below([folder], Course(limits=LIMITS), 2).reports


@pytest.fixture(scope="module")
def pages(
    reports: tuple[Report, ...], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, ...]:
    return write_pages(
        reports, tmp_path_factory.mktemp("pages"), PageMeta(RUNNING[0], {}, RUNNING[1])
    )


def test_the_hostile_words_are_on_the_pages(pages: tuple[Path, ...], listener: Listener) -> None:
    texts = [path.read_text(encoding="utf-8") for path in pages]
    for word in (*RUNNING, *listener.loading):
        shown = word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert any(
            shown in text.replace("&#34;", '"').replace("&#39;", "'").replace("&#x27;", "'")
            for text in texts
        )


def test_a_strict_reader_finds_nothing_active_in_a_page(pages: tuple[Path, ...]) -> None:
    assert len(pages) > len(NAMES)
    for path in pages:
        assert page_is_active(path.read_text(encoding="utf-8")) == []


def test_a_strict_reader_finds_nothing_active_in_a_card(reports: tuple[Report, ...]) -> None:
    cards = [card_html(result) for report in reports for result in report.exercises]
    assert cards
    assert not any(Active(card).found for card in cards)


def test_the_strict_reader_sees_what_is_active(listener: Listener) -> None:
    assert all(Active(f"<p>{word}</p>").found for word in (*RUNNING, *listener.loading[:3]))
    assert page_is_active("<p>harmless</p>") == ["no policy that forbids scripts"]


@dataclass(frozen=True, slots=True)
class Opened:
    """What a browser made of a page: what ran in it, and what it asked the server for."""

    ran: str
    asked: list[str]


def opened(path: Path, listener: Listener, profile: Path) -> Opened:
    """Open a page in a browser that has nothing open yet."""
    listener.asked.clear()
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        f"--user-data-dir={profile}",
    ]
    command = [CHROMIUM, *options, "--virtual-time-budget=2000", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "</html>" in done.stdout
    mark = re.search(r'<html[^>]*data-ran="(\d)"', done.stdout)
    return Opened(mark[1] if mark else "", list(listener.asked))


in_a_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here; the strict reader has read the pages"
)


@in_a_browser
def test_nothing_in_a_page_runs_or_asks(
    pages: tuple[Path, ...], listener: Listener, tmp_path: Path
) -> None:
    chosen = [path for path in pages if path.name in (CLASS_PAGE, "s001.html")]
    assert len(chosen) == 2
    for path in chosen:
        assert opened(path, listener, tmp_path) == Opened("", [])


@in_a_browser
@pytest.mark.parametrize("number", range(len(RUNNING)))
def test_the_browser_shows_what_runs_in_a_page_that_tames_nothing(
    number: int, listener: Listener, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><html><body>{RUNNING[number]}</body></html>", encoding="utf-8")
    assert opened(page, listener, tmp_path).ran == str(number + 1)


@in_a_browser
def test_the_browser_shows_what_such_a_page_asks_for(listener: Listener, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        f"<!doctype html><html><body>{''.join(listener.loading)}</body></html>", encoding="utf-8"
    )
    assert sorted(opened(page, listener, tmp_path).asked) == [
        "/background",
        "/frame",
        "/image",
        "/style",
    ]


@in_a_browser
def test_the_policy_alone_keeps_a_page_quiet(
    pages: tuple[Path, ...], listener: Listener, tmp_path: Path
) -> None:
    policy = re.search(
        r'<meta http-equiv="Content-Security-Policy"[^>]*>', pages[0].read_text(encoding="utf-8")
    )
    assert policy
    page = tmp_path / "page.html"
    words = "".join((*RUNNING, *listener.loading))
    page.write_text(
        f"<!doctype html><html><head>{policy[0]}</head><body>{words}</body></html>",
        encoding="utf-8",
    )
    assert opened(page, listener, tmp_path) == Opened("", [])


@pytest.mark.long
def test_hostile_words_keep_nobody_from_reading_a_page(
    pages: tuple[Path, ...], barriers: Callable[[Path], list[str]]
) -> None:
    for path in pages:
        assert barriers(path) == [], path.name
