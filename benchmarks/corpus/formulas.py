"""Subjects of a line: functions of one number, gates, the sigmoid and a neuron."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.corpus.subject import Gradient, Subject

Number = Callable[[np.ndarray], np.ndarray]

# name: f, f', another right way to write f', where
FUNCTIONS: dict[str, tuple[Number, Number, Number, tuple[float, ...]]] = {
    "cube": (lambda x: x**3, lambda x: 3 * x**2, lambda x: 3 * x * x, (-1.7, 0.3, 2.0)),
    "exp": (np.exp, np.exp, lambda x: np.e**x, (-30.0, -1.0, 0.5, 12.0)),
    "log": (np.log, lambda x: 1 / x, lambda x: x**-1.0, (1e-6, 0.1, 1.5, 1e5)),
    "sqrt": (np.sqrt, lambda x: 0.5 / np.sqrt(x), lambda x: 0.5 * x**-0.5, (1e-8, 0.2, 9.0)),
    "reciprocal": (lambda x: 1 / x, lambda x: -1 / x**2, lambda x: -(x**-2.0), (-4.0, 1e-3, 0.7)),
    "sin": (np.sin, np.cos, lambda x: np.sin(x + np.pi / 2), (0.4, -2.0, 100.0)),
    "fast sin": (
        lambda x: np.sin(1e4 * x),
        lambda x: 1e4 * np.cos(1e4 * x),
        lambda x: np.cos(1e4 * x) * 1e4,
        (0.3, 2.0),
    ),
    "tanh": (
        np.tanh,
        lambda x: 1 - np.tanh(x) ** 2,
        lambda x: np.cosh(x) ** -2.0,
        (0.3, -1.5, 4.0, 12.0),
    ),
    "softplus": (
        lambda x: np.logaddexp(0, x),
        lambda x: 1 / (1 + np.exp(-x)),
        lambda x: 0.5 * (1 + np.tanh(x / 2)),
        (-20.0, -2.0, 0.1, 30.0),
    ),
    "arctan": (
        np.arctan,
        lambda x: 1 / (1 + x * x),
        lambda x: np.cos(np.arctan(x)) ** 2,
        (0.2, -3.0, 200.0),
    ),
    "gauss": (
        lambda x: np.exp(-x * x),
        lambda x: -2 * x * np.exp(-x * x),
        lambda x: -2 * x / np.exp(x * x),
        (0.6, 3.0),
    ),
    "polynomial": (
        lambda x: x**4 - 3 * x**2 + x,
        lambda x: 4 * x**3 - 6 * x + 1,
        lambda x: (4 * x * x - 6) * x + 1,
        (0.9, -2.2, 30.0),
    ),
    "power": (
        lambda x: 2.0**x,
        lambda x: np.log(2) * 2.0**x,
        lambda x: np.log(2) * np.exp2(x),
        (0.5, -3.0, 20.0),
    ),
    "x |x|": (
        lambda x: x * np.abs(x),
        lambda x: 2 * np.abs(x),
        lambda x: 2 * np.sqrt(x * x),
        (0.0, -0.4, 2.0),
    ),
}
CONSTANT = {"exp": 3.0, "sin": -1.0, "polynomial": 100.0}  # a loss may stand on a constant


def subjects(rng: np.random.Generator) -> Iterator[Subject]:
    """All subjects of this module."""
    yield from _numbers()
    yield from _gates(rng)
    yield from _sigmoids(rng)


def _numbers() -> Iterator[Subject]:
    for name, (f, slope, again, places) in FUNCTIONS.items():
        base = CONSTANT.get(name, 0.0)
        for at in places:
            yield Subject(
                f"{name} of one number",
                f"at {at:g}",
                lambda x, f=f, base=base: float(f(x)) + base,
                lambda x, slope=slope: {"x": slope(x)},
                {"x": np.array(at)},
                others={"another formula": lambda x, again=again: {"x": again(x)}},
            )


def _gate(name: str, place: str, f: Callable[..., np.ndarray], pull: Callable[..., tuple[np.ndarray, ...]],
          x: dict[str, np.ndarray], up: np.ndarray, **more: object) -> Subject:  # fmt: skip
    """A gate with an upstream gradient: the loss is sum(up * f(**x))."""
    names = tuple(x)

    def gradient(**x: np.ndarray) -> dict[str, object]:
        return dict(zip(names, pull(up, **x), strict=True))

    def ignoring(**x: np.ndarray) -> dict[str, object]:
        return dict(zip(names, pull(np.ones_like(up), **x), strict=True))

    own: dict[str, tuple[Gradient, str]] = {"upstream ignored": (ignoring, "upstream ignored")}
    return Subject(
        name, place, lambda **x: float(np.sum(up * f(**x))), gradient, x, own=own, **more
    )


def _larger(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.maximum(a, b)


def _gates(rng: np.random.Generator) -> Iterator[Subject]:
    for size in (1, 5, 12):
        place = f"{size} numbers"
        up, a, b = (rng.uniform(0.3, 2, size) * rng.choice([-1, 1], size) for _ in range(3))
        x = {"a": a, "b": b}
        yield _gate("multiply", place, lambda a, b: a * b, lambda d, a, b: (d * b, d * a), x, up)
        yield _gate("divide", place, lambda a, b: a / b, lambda d, a, b: (d / b, -d * a / b**2), x, up,
                    others={"another": lambda a, b, d=up: {"a": d * b / b**2, "b": -(d * a / b) / b}})  # fmt: skip
        yield _gate("maximum", place, _larger, lambda d, a, b: (d * (a > b), d * (a <= b)), x, up)
        yield _gate("fork: a b + a", place, lambda a, b: a * b + a, lambda d, a, b: (d * b + d, d * a), x, up,
                    terms=lambda a, b, d=up: {"a": {"through a b": d * b, "directly": d}})  # fmt: skip
        yield _gate("fork: sin(a) a b", place, lambda a, b: np.sin(a) * a * b,
                    lambda d, a, b: (d * b * (np.cos(a) * a + np.sin(a)), d * np.sin(a) * a), x, up,
                    terms=lambda a, b, d=up: {"a": {"through sin": d * b * np.cos(a) * a,
                                                    "through the product": d * b * np.sin(a)}})  # fmt: skip
        tie = {"a": a, "b": a.copy()}
        yield _gate("maximum", f"{place}, all ties", _larger, lambda d, a, b: (d * (a > b), d * (a <= b)), tie, up,
                    kinks={n: np.ones(size, bool) for n in tie},
                    others={f"{t:g} of a tie": lambda a, b, d=up, t=t: {"a": d * np.where(a == b, t, a > b),
                                                                         "b": d * np.where(a == b, 1 - t, a < b)}
                            for t in (0.0, 0.3, 0.5, 1.0)})  # fmt: skip
        for name, f, slope in (("relu", lambda a: np.maximum(a, 0), lambda a: a > 0),
                               ("shifted relu", lambda a: np.maximum(a, -1), lambda a: a > -1),
                               ("absolute value", lambda a: np.abs(a), np.sign)):  # fmt: skip
            spread = np.resize([0.5, -0.4, 1.5, -1.5, -0.7], size) * rng.uniform(0.8, 1.2, size)
            yield _gate(
                name, place, f, lambda d, a, slope=slope: (d * slope(a),), {"a": spread}, up
            )
            kink = -1.0 if name == "shifted relu" else 0.0
            close = {"at": 0.0, "1e-9 beside": 1e-9, "1e-5 beside": 1e-5, "1e-3 beside": -1e-3}
            for words, distance in close.items():
                at = spread.copy()
                at[::2] = kink + distance
                lowest = -1.0 if name == "absolute value" else 0.0
                others = {
                    f"{t:g} at the kink": lambda a, d=up, k=kink, t=t, slope=slope: {
                        "a": d * np.where(a == k, t, slope(a))
                    }
                    for t in (lowest, 0.2, 1.0)
                    if not distance
                }
                mask = {"a": at == kink}
                yield _gate(name, f"{place}, {words} the kink", f, lambda d, a, slope=slope: (d * slope(a),), {"a": at},
                            up, kinks=mask, others=others,
                            beside={"a": np.where(at == kink, np.inf, np.abs(at - kink))})  # fmt: skip


def sigmoid(z: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-z)) without overflow."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1 + e)


def _slope(z: np.ndarray) -> np.ndarray:
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def _tanh_sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(z / 2))


def _sigmoids(rng: np.random.Generator) -> Iterator[Subject]:
    up = rng.normal(size=6)
    for place, z in (
        ("ordinary", rng.normal(size=6)),
        ("some saturated", np.array([-25.0, 0.4, 18.0, -9.0, 1.1, 30.0])),
        ("all saturated, low", np.linspace(-40, -30, 6)),
        ("all saturated, high", np.linspace(30, 45, 6)),
        ("one number of 1e-6", np.array([1e-6, 0.5, -1.0, 2.0, -0.3, 0.8])),
        ("zeros", np.zeros(6)),
    ):
        others = {"s (1 - s)": lambda z: {"z": up * sigmoid(z) * (1 - sigmoid(z))},
                  "by cosh": lambda z: {"z": up / 4 * np.cosh(z / 2) ** -2.0}}  # fmt: skip
        yield _gate(
            "sigmoid", place, sigmoid, lambda d, z: (d * _slope(z),), {"z": z}, up, others=others
        )
        # A forward pass that cancels: what is left of small results is coarse.
        yield _gate(
            "sigmoid by tanh",
            place,
            _tanh_sigmoid,
            lambda d, z: (d * _slope(z),),
            {"z": z},
            up,
            coarse=1.0,
        )
    for place, size in (("ordinary", 1.0), ("saturated", 12.0), ("small weights", 1e-3)):
        w, x, b = size * rng.normal(size=4), rng.normal(size=4), np.array(size * 0.3)
        yield Subject("neuron", place, _neuron, _neuron_gradient, {"w": w, "x": x, "b": b})


def _neuron(w: np.ndarray, x: np.ndarray, b: np.ndarray) -> float:
    return float((sigmoid(w @ x + b) - 0.3) ** 2)


def _neuron_gradient(w: np.ndarray, x: np.ndarray, b: np.ndarray) -> dict[str, object]:
    s = sigmoid(w @ x + b)
    dz = 2 * (s - 0.3) * s * (1 - s)
    return {"w": dz * x, "x": dz * w, "b": dz}
