"""Keep what a benchmark prints, and write it into its section of docs/measured.md."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from autograder.course.paths import HERE
from autograder.errors import MisuseError
from autograder.files import replace_file

PAGE = HERE.root / "docs" / "measured.md"
WRITE_HELP = "Write the tables into docs/measured.md too."


class Printout:
    """Tables and sentences: each is printed at once, and kept for the page."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._parts: list[str] = []

    def print(self, part: Table | str) -> None:
        """Print a table or a sentence, and keep it."""
        self._console.print(part)
        self._parts.append(markdown(part) if isinstance(part, Table) else part.strip())

    @property
    def text(self) -> str:
        """Everything that was printed, as Markdown."""
        return "\n\n".join(part for part in self._parts if part)

    def write(self, section: str, page: Path = PAGE) -> None:
        """Replace a section of the page by everything that was printed."""
        write_section(section, self.text, page)


def write_section(section: str, text: str, page: Path = PAGE) -> None:
    """Replace the text between the markers of a section.  Raises MisuseError if there are none."""
    begin, end = f"<!-- {section}:begin -->", f"<!-- {section}:end -->"
    before, found_begin, rest = page.read_text(encoding="utf-8").partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise MisuseError(f"{page}: has no section {section!r}; add the lines {begin} and {end}")
    replace_file(page, f"{before}{begin}\n{text.strip()}\n{end}{after}".encode())


def markdown(table: Table) -> str:
    """A table as Markdown: its title, header, rows and footer; numbers are aligned right."""
    header = [" ".join(str(column.header).split()) for column in table.columns]
    rules = ["---:" if column.justify == "right" else "---" for column in table.columns]
    rows = [list(cells) for cells in zip(*(column.cells for column in table.columns), strict=True)]
    if table.show_footer:
        rows.append([column.footer for column in table.columns])
    texts = [[str(cell).strip() for cell in row] for row in rows]
    title = f"**{str(table.title).strip()}**\n\n" if table.title else ""
    lines = [header, rules, *(row for row in texts if any(row))]
    return title + "\n".join(f"| {' | '.join(line)} |" for line in lines)
