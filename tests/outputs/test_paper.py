"""A student's page on paper."""

import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import BROWSER, needs_wall

from autograder.course.paths import HERE
from autograder.course.settings import Course
from autograder.outputs.pages import page_meta, write_pages
from tests.classes import grade_below

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
pytestmark = [needs_wall, pytest.mark.long]
# It was 16 where everything that a card folds was printed.
MOST_SHEETS = 9


@pytest.mark.skipif(
    CHROMIUM is None or find_spec("playwright") is None, reason="no Chromium here, or no Playwright"
)
def test_a_card_stays_folded_on_paper(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    notebook = HERE.root / "tests" / "hand_filled" / "h06" / "03_sigmoid_neuron.ipynb"
    reports = grade_below([notebook], Course(), 1).reports
    pages = write_pages(reports, tmp_path, page_meta(Course("A course")))
    [page] = [each for each in pages if each.parent.name == notebook.stem]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER)
        tab = browser.new_page()
        tab.goto(page.as_uri())
        assert tab.locator("details").count() > 5
        printed = tab.pdf(format="A4")
        browser.close()
    sheets = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert 1 < sheets <= MOST_SHEETS
