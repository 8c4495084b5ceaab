"""stdout and stderr that lose what nobody can read, so that nothing printed decides what is written to files."""

from __future__ import annotations

import io
import os
from typing import TextIO

# Characters: the table of 50,000 submissions, the JSON of some 250.
MOST_COPIED = 8_000_000


class Stream(io.TextIOBase):
    """A stream of text that goes on after a broken pipe, a full disk or a closed descriptor.

    lost: why something could not be printed; "" if all was.
    """

    def __init__(self, inner: TextIO | None) -> None:
        self._inner = inner
        self.lost = "" if inner else "it is closed"

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the stream below."""
        return (self._inner and self._inner.encoding) or "utf-8"

    def writable(self) -> bool:
        """Always."""
        return True

    def isatty(self) -> bool:
        """Whether a terminal shows it."""
        return bool(self._inner and self._inner.isatty())

    def fileno(self) -> int:
        """The descriptor below; OSError if there is none."""
        return self._inner.fileno() if self._inner else super().fileno()

    def write(self, text: str) -> int:
        """Print `text`, or lose it."""
        if self._inner and not self.lost:
            try:
                self._inner.write(text)
            except OSError as error:
                self._lose(error)
        return len(text)

    def flush(self) -> None:
        """Hand on what is waiting, or lose it."""
        if self._inner and not self.lost:
            try:
                self._inner.flush()
            except OSError as error:
                self._lose(error)

    def _lose(self, error: OSError) -> None:
        assert self._inner
        self.lost = error.strerror or str(error)
        # Python flushes the stream once more as it ends, and would complain.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._inner.fileno())
        os.close(nowhere)


class Copied(Stream):
    """A stream that hands everything on to another, and keeps a copy if that is not too long."""

    def __init__(self, inner: TextIO) -> None:
        super().__init__(inner)
        self._pieces: list[str] = []
        self._length = 0

    @property
    def text(self) -> str | None:
        """All that was printed; None if it is longer than MOST_COPIED."""
        return "".join(self._pieces) if self._length <= MOST_COPIED else None

    def write(self, text: str) -> int:
        """Print `text`, and keep it."""
        self._length += len(text)
        self._pieces.append(text)
        if self._length > MOST_COPIED:
            self._pieces.clear()
        return super().write(text)


def fill_closed_descriptors() -> None:
    """Open what the caller closed of descriptors 0 to 2: else the next file that is opened takes its number."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(fd, True)
    os.close(fd)
