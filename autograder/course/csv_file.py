"""Read and write CSV files: what an instructor exported, and what other systems import."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import MisuseError

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A CSV file: its rows, its delimiter, and whether it begins with a byte order mark."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    delimiter: str
    bom: bool

    def column(self, header: str) -> int:
        """The position of a column.  Raises MisuseError if there is none."""
        if header not in self.rows[0]:
            what = f"has no column {header!r}, only {', '.join(map(repr, self.rows[0]))}"
            raise MisuseError(f"{self.name}: {what}; export it again")
        return self.rows[0].index(header)

    def cell(self, row: int, column: int) -> str:
        """A cell; "" where the row is too short."""
        return self.rows[row][column] if column < len(self.rows[row]) else ""

    def written(self, rows: Iterable[Sequence[str]]) -> bytes:
        """Other rows in the form of this file."""
        return (BOM if self.bom else b"") + write_csv(rows, self.delimiter)


def read_sheet(path: Path) -> Sheet:
    """Read a CSV file that an instructor exported.  Raises MisuseError if it is not one."""
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MisuseError(
            f"{path}: cannot be read ({error}); export it again as CSV in UTF-8"
        ) from None
    first_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = tuple(tuple(row) for row in lines if row)
    except csv.Error as error:
        raise MisuseError(f"{path}: is not a CSV file ({error}); export it again") from None
    if not rows:
        raise MisuseError(f"{path}: is empty; export it again")
    return Sheet(path.name, rows, delimiter, data.startswith(BOM))


def write_csv(rows: Iterable[Sequence[str]], delimiter: str = ",") -> bytes:
    """Rows as CSV in UTF-8, quoted where that is needed."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")
