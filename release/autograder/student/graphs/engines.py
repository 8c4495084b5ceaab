"""Five engines for reverse mode, four of them wrong, and the programs that tell them apart.

A program is a list of steps, each a tuple of texts: a new name, an operation, and what it works on.
Every engine goes back from the last step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from autograder.student.graphs.operations import output, slopes

Step = Sequence[str]
Numbers = Mapping[str, float]


NEAR = 1e-9


class Recorded:
    """A program that has run forwards from its inputs."""

    def __init__(self, program: Sequence[Step], inputs: Numbers) -> None:
        self.operands = {name: tuple(operands) for name, _, *operands in program}
        self.operations = {name: operation for name, operation, *_ in program}
        self.root = program[-1][0]
        self.values = dict(inputs)
        for name, operation, *operands in program:
            value = output(operation, [self.values[operand] for operand in operands])
            if value is None:
                raise ValueError(f"{name}: no finite value")
            self.values[name] = value

    def shares(self, name: str, upstream: float) -> Iterator[tuple[str, float]]:
        """What a node hands to each of its operands."""
        operands = self.operands.get(name, ())
        local = (
            slopes(self.operations[name], [self.values[o] for o in operands]) if operands else ()
        )
        for operand, slope in zip(operands, local or (), strict=True):
            yield operand, slope * upstream

    def consumers_first(self) -> list[str]:
        """All nodes behind the root, each before its operands."""
        order: list[str] = []

        def visit(name: str) -> None:
            if name not in order:
                for operand in self.operands.get(name, ()):
                    visit(operand)
                order.append(name)

        visit(self.root)
        return order[::-1]

    def as_met(self) -> list[str]:
        """All nodes behind the root, in the order in which a walk from the root meets them."""
        order: list[str] = []

        def visit(name: str) -> None:
            if name not in order:
                order.append(name)
                for operand in self.operands.get(name, ()):
                    visit(operand)

        visit(self.root)
        return order


def add_up(graph: Recorded) -> dict[str, float]:
    """The gradients of all nodes, rightly."""
    return _swept(graph, graph.consumers_first())


def overwrite(graph: Recorded) -> dict[str, float]:
    """A later share takes the place of an earlier one."""
    grads = _begun(graph)
    for name in graph.consumers_first():
        for operand, share in graph.shares(name, grads[name]):
            grads[operand] = share
    return grads


def forget(graph: Recorded) -> dict[str, float]:
    """A product hands on its local slopes without the upstream gradient."""
    grads = _begun(graph)
    for name in graph.consumers_first():
        product = graph.operations.get(name) == "*"
        for operand, share in graph.shares(name, 1.0 if product else grads[name]):
            grads[operand] += share
    return grads


def hurry(graph: Recorded) -> dict[str, float]:
    """A node hands on what it has when the walk from the output meets it."""
    return _swept(graph, graph.as_met())


def hand_on_again(graph: Recorded) -> dict[str, float]:
    """A node hands on all that it has each time a share arrives."""
    grads = _begun(graph)
    waiting = [graph.root]
    while waiting:
        name = waiting.pop(0)
        for operand, share in graph.shares(name, grads[name]):
            grads[operand] += share
            waiting.append(operand)
    return grads


Engine = Callable[[Recorded], dict[str, float]]
ENGINES: Mapping[str, Engine] = {
    "A": hand_on_again,
    "B": overwrite,
    "C": add_up,
    "D": hurry,
    "E": forget,
}


def fails(engine: Engine, graph: Recorded, inputs: Numbers) -> bool:
    """Whether the engine's gradient of some input is wrong."""
    found, right = engine(graph), add_up(graph)
    return any(abs(found[name] - right[name]) > NEAR * (1 + abs(right[name])) for name in inputs)


def _begun(graph: Recorded) -> dict[str, float]:
    return {name: float(name == graph.root) for name in graph.values}


def _swept(graph: Recorded, order: Sequence[str]) -> dict[str, float]:
    grads = _begun(graph)
    for name in order:
        for operand, share in graph.shares(name, grads[name]):
            grads[operand] += share
    return grads
