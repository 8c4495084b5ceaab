"""What a benchmark prints goes into its own section of the page, and nothing else changes."""

import re

import pytest
from rich.console import Console
from rich.table import Table

from autograder.errors import MisuseError
from benchmarks.measured import PAGE, Printout, markdown, write_section

SECTIONS = (
    "corpus",
    "cost",
    "derivatives",
    "truth",
    "conditions",
    "rewrites",
    "names",
    "bench",
    "bench_all",
    "curve",
    "sandbox",
    "gradebook",
    "attacks",
    "compat",
)


def table(footer: str = "") -> Table:
    made = Table(title="Costs", show_footer=bool(footer))
    made.add_column("arm", footer=footer)
    made.add_column("ms", justify="right", footer="3")
    made.add_row("one", "1")
    made.add_row("two", "2")
    return made


def test_a_table_is_markdown_with_title_header_rows_and_footer():
    rows = "| arm | ms |\n| --- | ---: |\n| one | 1 |\n| two | 2 |"
    assert markdown(table()) == f"**Costs**\n\n{rows}"
    assert markdown(table("all")) == f"**Costs**\n\n{rows}\n| all | 3 |"


def test_a_header_of_two_lines_is_one_line_of_markdown():
    assert markdown(Table("mutants\nkilled", "named")).startswith("| mutants killed | named |\n")


def test_a_printout_replaces_its_own_section_only(tmp_path):
    page = tmp_path / "measured.md"
    page.write_text(
        "a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n<!-- y:begin -->\nkept\n<!-- y:end -->\n"
    )
    printout = Printout(Console(quiet=True))
    printout.print("\nTwo arms.")
    printout.print(table())
    for _ in range(2):
        printout.write("x", page)
    expected = f"Two arms.\n\n{markdown(table())}"
    assert page.read_text() == (
        f"a\n<!-- x:begin -->\n{expected}\n<!-- x:end -->\nb\n<!-- y:begin -->\nkept\n<!-- y:end -->\n"
    )


def test_a_page_without_the_section_is_refused(tmp_path):
    page = tmp_path / "measured.md"
    page.write_text("nothing")
    with pytest.raises(MisuseError, match=r"has no section 'x'; add the lines"):
        write_section("x", "new", page)


def test_the_page_has_the_section_of_every_command_that_measures():
    assert re.findall(r"<!-- (\w+):begin -->", PAGE.read_text(encoding="utf-8")) == list(SECTIONS)
