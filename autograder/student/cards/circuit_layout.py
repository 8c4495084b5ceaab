"""Place the nodes of a small directed graph in layers, so that wires run from left to right and seldom cross.

The usual four steps (Sugiyama, Tagawa and Toda 1981): a layer for each node, stand-ins where a wire
passes a layer, an order inside each layer by barycentres, and heights as near to the neighbours as
the distances allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from statistics import fmean

# Enough for graphs of some tens of nodes: later sweeps change next to nothing.
LAYOUT_SWEEPS = 40

Parents = Mapping[str, Sequence[str]]
# A node, by name; or the place where the wire from a node passes a layer, which all wires from that node share.
Spot = str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class CircuitLayout:
    """Where everything stands.

    layers: the spots of each layer from top to bottom.  height: how far up each spot is, the middle of all being 0.
    routes: for each wire (parent, child) the spots it passes in between, in order.  links: the pairs of spots in
    neighbouring layers that wires join.
    """

    layers: tuple[tuple[Spot, ...], ...]
    height: Mapping[Spot, float]
    routes: Mapping[tuple[str, str], tuple[Spot, ...]]
    links: frozenset[tuple[Spot, Spot]]


def in_order(parents: Parents) -> tuple[str, ...]:
    """The nodes, inputs first and each after its parents, otherwise as given.

    Raises ValueError on a cycle or an unknown parent.
    """
    depth = _depths(parents)
    return tuple(sorted(parents, key=lambda name: depth[name]))


def lay_out(parents: Parents, room: float, narrow: float) -> CircuitLayout:
    """Lay out a graph given as the parents of each node.

    room: distance of two nodes of a layer.  narrow: the same if one of them is only a passing wire.
    Raises ValueError on a cycle or an unknown parent.
    """
    layer = _layers(parents)
    routes: dict[tuple[str, str], tuple[Spot, ...]] = {
        (parent, name): tuple(
            (parent, between) for between in range(layer[parent] + 1, layer[name])
        )
        for name, above in parents.items()
        for parent in above
    }
    ways: list[tuple[Spot, ...]] = [
        (parent, *between, name) for (parent, name), between in routes.items()
    ]
    links = frozenset(link for way in ways for link in pairwise(way))
    order = _best_order(_first_order(parents, layer, routes), links)
    return CircuitLayout(
        tuple(map(tuple, order)), _heights(order, links, room, narrow), routes, links
    )


def _depths(parents: Parents) -> dict[str, int]:
    """The number of gates on the longest way to each node."""
    unknown = [
        (parent, name)
        for name, above in parents.items()
        for parent in above
        if parent not in parents
    ]
    if unknown:
        raise ValueError(
            "a circuit has no node for the parent {!r} of {!r}; add the node".format(*unknown[0])
        )
    depth: dict[str, int] = {}
    try:
        for name in TopologicalSorter(parents).static_order():
            depth[name] = 1 + max((depth[parent] for parent in parents[name]), default=-1)
    except CycleError as error:
        circle = " to ".join(map(str, error.args[1]))
        raise ValueError(
            f"a circuit has no loops, but there is a path from {circle}; remove an edge"
        ) from error
    return depth


def _layers(parents: Parents) -> dict[str, int]:
    """The layer of each node: its depth, but an input stands right in front of the first gate that reads it."""
    depth = _depths(parents)
    first: dict[str, int] = {}
    for name, above in parents.items():
        for parent in above:
            first[parent] = min(depth[name], first.get(parent, depth[name]))
    return {
        name: depth[name] if above or name not in first else first[name] - 1
        for name, above in parents.items()
    }


def _first_order(
    parents: Parents, layer: Mapping[str, int], routes: Mapping[tuple[str, str], Sequence[Spot]]
) -> list[list[Spot]]:
    """The spots of each layer in the order in which a walk back from the outputs meets them, first operands first."""
    order: list[dict[Spot, None]] = [{} for _ in range(1 + max(layer.values(), default=-1))]
    read = {parent for above in parents.values() for parent in above}
    ahead = [name for name in reversed(list(parents)) if name not in read]
    seen: set[str] = set()
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        order[layer[name]][name] = None
        for parent in parents[name]:
            for spot in routes[parent, name]:
                order[spot[1] if isinstance(spot, tuple) else layer[spot]][spot] = None
        ahead += reversed(parents[name])
    return [list(spots) for spots in order]


def _best_order(order: list[list[Spot]], links: Iterable[tuple[Spot, Spot]]) -> list[list[Spot]]:
    """The order with the fewest crossings that sorting by barycentres meets, sweeping to and fro."""
    back, on = _neighbours(links)
    best, fewest = order, _crossings(order, on)
    for sweep in range(LAYOUT_SWEEPS):
        forwards = sweep % 2 == 0
        order = [list(spots) for spots in order]
        for fixed, moved in pairwise(order if forwards else order[::-1]):
            place = {spot: float(i) for i, spot in enumerate(fixed)}
            here = {spot: float(i) for i, spot in enumerate(moved)}
            near = {
                spot: [place[n] for n in (back if forwards else on).get(spot, ())] for spot in moved
            }
            # A spot without neighbours keeps its place; sorting is stable, so ties keep their order.
            moved.sort(key=lambda spot, near=near, here=here: fmean(near[spot] or [here[spot]]))  # type: ignore[misc]
        if (crossings := _crossings(order, on)) < fewest:
            best, fewest = order, crossings
    return best


def _neighbours(
    links: Iterable[tuple[Spot, Spot]],
) -> tuple[dict[Spot, list[Spot]], dict[Spot, list[Spot]]]:
    """The neighbours of each spot in the layer before it and in the layer behind it."""
    back: dict[Spot, list[Spot]] = {}
    on: dict[Spot, list[Spot]] = {}
    for left, right in sorted(links, key=str):
        back.setdefault(right, []).append(left)
        on.setdefault(left, []).append(right)
    return back, on


def _crossings(order: Sequence[Sequence[Spot]], on: Mapping[Spot, Sequence[Spot]]) -> int:
    count = 0
    for left, right in pairwise(order):
        place = {spot: i for i, spot in enumerate(right)}
        ends = [[place[n] for n in on.get(spot, ())] for spot in left]
        count += sum(
            a > b
            for i, upper in enumerate(ends)
            for a in upper
            for lower in ends[i + 1 :]
            for b in lower
        )
    return count


def _heights(
    order: Sequence[Sequence[Spot]], links: Iterable[tuple[Spot, Spot]], room: float, narrow: float
) -> dict[Spot, float]:
    """Heights that keep order and distances, with every spot drawn towards the mean of its neighbours."""
    back, on = _neighbours(links)
    down = {spots[0]: _down(spots, room, narrow) for spots in order}
    height = {
        spot: down[spots[0]][-1] / 2 - d
        for spots in order
        for spot, d in zip(spots, down[spots[0]], strict=True)
    }
    for sweep in range(LAYOUT_SWEEPS):
        for spots in order if sweep % 2 == 0 else order[::-1]:
            wanted = [
                fmean([height[n] for n in (*back.get(s, ()), *on.get(s, ()))] or [height[s]])
                for s in spots
            ]
            height |= zip(spots, _apart(wanted, down[spots[0]]), strict=True)
    middle = (max(height.values()) + min(height.values())) / 2
    return {spot: h - middle for spot, h in height.items()}


def _down(spots: Sequence[Spot], room: float, narrow: float) -> list[float]:
    """How far each spot of a layer is below the first if all stand as close as they may."""
    below = [0.0]
    for upper, lower in pairwise(spots):
        both_nodes = isinstance(upper, str) and isinstance(lower, str)
        below.append(below[-1] + (room if both_nodes else narrow))
    return below


def _apart(wanted: Sequence[float], down: Sequence[float]) -> list[float]:
    """The heights nearest to the wanted ones (least squares) that keep the distances: pool adjacent violators."""
    pools: list[list[float]] = []
    for height, d in zip(wanted, down, strict=True):
        pools.append([height + d])
        while len(pools) > 1 and fmean(pools[-2]) < fmean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    level = [fmean(pool) for pool in pools for _ in pool]
    return [top - d for top, d in zip(level, down, strict=True)]
