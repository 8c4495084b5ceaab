"""The rules of well-known gradient checkers, on numpy functions: each says whether a gradient is right.

Only the rule is taken over, not the library: steps, tolerances and directions are those of its
defaults.
Sources: torch.autograd.gradcheck; jax.test_util.check_grads; CS231n, "Neural networks part 3" and
its grad_check_sparse; scipy.optimize.check_grad, with the error that its users commonly allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from benchmarks.corpus.subject import Candidate, Gradient, Loss, Point

RIGHT, WRONG, UNDECIDED = "right", "wrong", "undecided"
# Full differences of 100,000 parameters take minutes, so of more than this many only a sample is tested.
SAMPLE = 100

Rule = Callable[[Loss, Point, Gradient], bool]


def torch_slow(f: Loss, x: Point, gradient: Gradient) -> bool:
    """gradcheck: every element within atol 1e-5 + rtol 1e-3 of a centred difference of step 1e-6; twice the same."""
    first, second = _checked(x, gradient), _checked(x, gradient)
    if any((first[n] != second[n]).any() for n in x):
        return False
    return all(
        abs(first[n][i] - slope) <= 1e-5 + 1e-3 * abs(slope)
        for n, i in _places(x)
        for slope in [_centred(f, x, n, i, 1e-6)]
    )


def torch_fast(f: Loss, x: Point, gradient: Gradient) -> bool:
    """gradcheck(fast_mode=True): one random unit direction an input, the absolute tolerance scaled by its sum."""
    got = _checked(x, gradient)
    rng = np.random.default_rng(1)
    for n in x:
        u = rng.uniform(size=x[n].shape)
        u /= np.linalg.norm(u) or 1.0
        slope = (f(**_stepped(x, {n: u}, 1e-6)) - f(**_stepped(x, {n: u}, -1e-6))) / 2e-6
        if not abs(np.sum(got[n] * u) - slope) <= 1e-5 * u.sum() + 1e-3 * abs(slope):
            return False
    return True


def jax_check(f: Loss, x: Point, gradient: Gradient) -> bool:
    """check_grads, reverse mode: one normal direction over all inputs, step 1e-4, atol = rtol = 1e-5 for float64."""
    got = _checked(x, gradient)
    rng = np.random.RandomState(0)
    u = {n: np.asarray(rng.randn(*x[n].shape)) for n in x}
    slope = (f(**_stepped(x, u, 1e-4)) - f(**_stepped(x, u, -1e-4))) / 2e-4
    return bool(
        abs(sum(float(np.sum(got[n] * u[n])) for n in x) - slope) <= 1e-5 + 1e-5 * abs(slope)
    )


def cs231n(allowed: float) -> Rule:
    """Relative error |a - n| / max(|a| + |n|, 1e-8) of every element below `allowed`, step 1e-5."""

    def rule(f: Loss, x: Point, gradient: Gradient) -> bool:
        got = _checked(x, gradient)
        return all(
            abs(got[n][i] - slope) < allowed * max(abs(got[n][i]) + abs(slope), 1e-8)
            for n, i in _places(x)
            for slope in [_centred(f, x, n, i, 1e-5)]
        )

    return rule


def scipy_check(f: Loss, x: Point, gradient: Gradient) -> bool:
    """check_grad: the norm of the distance from forward differences of step 1.5e-8 is at most 1e-6."""
    got, here, step, total = _checked(x, gradient), f(**x), float(np.sqrt(np.finfo(float).eps)), 0.0
    for n, i in _places(x):
        total += (got[n][i] - (f(**_stepped(x, {n: _unit(x[n], i)}, step)) - here) / step) ** 2
    return bool(np.sqrt(total) <= 1e-6)


RIVALS: Mapping[str, Rule] = {
    "CS231n, h = 1e-5, relative < 1e-7": cs231n(1e-7),
    "CS231n, h = 1e-5, relative < 1e-4": cs231n(1e-4),
    "scipy check_grad <= 1e-6": scipy_check,
    "torch gradcheck, slow": torch_slow,
    "torch gradcheck, fast": torch_fast,
    "jax check_grads": jax_check,
}


def verdict_of(rule: Rule, candidate: Candidate, f: Loss) -> str:
    """The rule's verdict on a candidate; what it cannot take in counts as wrong, as its error would."""
    x = {name: value.astype(np.float64) for name, value in candidate.subject.x.items()}
    try:
        return RIGHT if rule(f, x, candidate.make()) else WRONG
    except (ValueError, KeyError, TypeError, IndexError):
        return WRONG


def _checked(x: Point, gradient: Gradient) -> dict[str, np.ndarray]:
    made = gradient(**x)
    got = {n: np.asarray(made[n], float) for n in x}
    for n in x:
        if got[n].shape != x[n].shape:
            raise ValueError(f"shape {got[n].shape}, not {x[n].shape}")
    return got


def _places(x: Point) -> Iterator[tuple[str, tuple[int, ...]]]:
    names, sizes = list(x), [value.size for value in x.values()]
    total, ends = sum(sizes), np.cumsum(sizes)
    chosen = (
        range(total)
        if total <= 6 * SAMPLE
        else np.random.default_rng(0).choice(total, SAMPLE, replace=False)
    )
    for k in chosen:
        which = int(np.searchsorted(ends, k, "right"))
        index = np.unravel_index(int(k) - int(ends[which]) + sizes[which], x[names[which]].shape)
        yield names[which], tuple(int(i) for i in index)


def _centred(f: Loss, x: Point, name: str, index: tuple[int, ...], step: float) -> float:
    unit = _unit(x[name], index)
    return (f(**_stepped(x, {name: unit}, step)) - f(**_stepped(x, {name: unit}, -step))) / (
        2 * step
    )


def _unit(value: np.ndarray, index: tuple[int, ...]) -> np.ndarray:
    unit = np.zeros(value.shape)
    unit[index] = 1.0
    return unit


def _stepped(x: Point, direction: Mapping[str, np.ndarray], step: float) -> dict[str, np.ndarray]:
    return {n: value + step * direction[n] if n in direction else value for n, value in x.items()}
