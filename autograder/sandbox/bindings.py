"""The names of a notebook: as they stood at each check cell, as they stand at the end, and what was handed out."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_not
from types import CodeType, FunctionType

from autograder.student.judging.probes import define_apart

# The moment after the last cell.
END = ""


class Bindings:
    """The names of a notebook, in the very dict that its functions have as their globals.

    given: the functions that were handed out, as they were.
    """

    def __init__(self, names: dict[str, object]) -> None:
        self.names, self.given = names, dict[str, object]()
        self._moment = END
        self._kept: dict[str, dict[str, object]] = {}

    def keep(self, moment: str) -> None:
        """Remember what every name means now."""
        self._kept[moment] = dict(self.names)

    def turn(self, moment: str) -> None:
        """Let the names mean what they meant at a moment that was kept; of another, what they mean at the end."""
        moment = moment if moment in self._kept else END
        if moment == self._moment:
            return
        self.keep(self._moment)
        names = self._kept[moment]
        self.names.clear()
        self.names.update(names)
        self._moment = moment

    def changed(self, moments: Sequence[str]) -> list[str]:
        """Those of `moments` at which a name meant something else than at the end, or was not defined yet.

        A moment is called as the exercise whose check stands there.
        """
        self.turn(END)
        return [moment for moment in moments if moment in self._kept and self._differs(moment)]

    def _differs(self, moment: str) -> bool:
        before = self._kept[moment]
        if moment in self.names and moment not in before:
            return True
        now = map(self.names.get, before, before.values())  # what is gone has not changed
        others = [
            name
            for name, is_new in zip(before, map(is_not, now, before.values()), strict=True)
            if is_new
        ]
        return any(not name.startswith("_") or callable(before[name]) for name in others)

    def hand_out(self, text: str) -> None:
        """Define the functions of `text` where no student's name covers what they use.

        They take the place of those that the cell has just defined; methods go into the student's
        class.
        """
        if not text:
            return
        for name, value in define_apart(text, self.names, self.given).items():
            if isinstance(value, type):
                _give_methods(value, self.names.get(name))
            elif isinstance(value, FunctionType):
                self.given[name] = value
                if _same_code(self.names.get(name), value):
                    self.names[name] = value


def _same_code(function: object, other: FunctionType) -> bool:
    """Whether a function is the other one: a student may also define one of that name."""
    if not isinstance(function, FunctionType):
        return False
    return _content(function.__code__) == _content(other.__code__)


def _content(code: CodeType) -> tuple[object, ...]:
    """What code does, wherever it stands."""
    constants = [_content(each) if isinstance(each, CodeType) else each for each in code.co_consts]
    return code.co_code, code.co_names, code.co_varnames, constants


def _give_methods(source: type, target: object) -> None:
    """Put the methods of one class into another, if that is one."""
    if isinstance(target, type):
        for name, value in vars(source).items():
            if isinstance(value, FunctionType):
                setattr(target, name, value)
