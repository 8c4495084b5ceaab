"""Subjects of a network: matmul, softmax cross-entropy, MLP, convolution, residual block."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.corpus.subject import Subject

Arrays = dict[str, np.ndarray]
DECAY = 0.05


def subjects(rng: np.random.Generator) -> Iterator[Subject]:
    """All subjects of this module."""
    yield from _matmuls(rng)
    yield from _softmaxes(rng)
    yield from _perceptrons(rng)
    yield from _convolutions(rng)
    yield from _residuals(rng)


def _matmuls(rng: np.random.Generator) -> Iterator[Subject]:
    for m, n, p in ((3, 4, 2), (3, 3, 3), (1, 5, 1), (6, 5, 4)):
        up, x = (
            rng.normal(size=(m, p)),
            {"W": rng.normal(size=(m, n)), "X": rng.normal(size=(n, p))},
        )
        yield Subject(
            "matmul",
            f"{m} x {n} x {p}",
            lambda W, X, up=up: float(np.sum(up * (W @ X))),
            lambda W, X, up=up: {"W": up @ X.T, "X": W.T @ up},
            x,
            others={
                "einsum": lambda W, X, up=up: {
                    "W": np.einsum("mp,np->mn", up, X),
                    "X": np.einsum("mn,mp->np", W, up),
                }
            },
            own={
                "upstream ignored": (
                    lambda W, X, up=up: {"W": np.ones_like(up) @ X.T, "X": W.T @ np.ones_like(up)},
                    "upstream ignored",
                )
            },
            sizes={"N": p},
        )
    for rows, name in ((7, "affine"), (5, "affine, tanh"), (64, "affine, batch 64")):
        x = {"X": rng.normal(size=(rows, 4)), "W": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}
        up, bent = rng.normal(size=(rows, 3)), "tanh" in name
        yield Subject(
            name, "ordinary", _affine(up, bent), _affine_gradient(up, bent), x, sizes={"N": rows}
        )


def _affine(up: np.ndarray, bent: bool) -> Callable[..., float]:
    def f(X: np.ndarray, W: np.ndarray, b: np.ndarray) -> float:
        z = X @ W + b
        return float(np.sum(up * (np.tanh(z) if bent else z))) / len(X)

    return f


def _affine_gradient(up: np.ndarray, bent: bool) -> Callable[..., dict[str, object]]:
    def gradient(X: np.ndarray, W: np.ndarray, b: np.ndarray) -> dict[str, object]:
        d = (up * (1 - np.tanh(X @ W + b) ** 2) if bent else up) / len(X)
        return {"X": d @ W.T, "W": X.T @ d, "b": d.sum(0)}

    return gradient


def _softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def _cross_entropy(z: np.ndarray, labels: np.ndarray) -> float:
    shifted = z - z.max(1, keepdims=True)
    return float(np.mean(np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(z)), labels]))


def _softmaxes(rng: np.random.Generator) -> Iterator[Subject]:
    for place, n, c, size in (
        ("ordinary", 5, 4, 1.0),
        ("one row", 1, 3, 1.0),
        ("confident", 6, 4, 8.0),
        ("saturated", 6, 4, 60.0),
        ("ties", 5, 4, 0.0),
        ("batch of 512", 512, 10, 1.0),
        ("shifted by 1e4", 5, 4, 1.0),
    ):
        z, labels = size * rng.normal(size=(n, c)) + 1e4 * ("1e4" in place), rng.integers(0, c, n)
        hot = np.eye(c)[labels]

        def other(z: np.ndarray, hot: np.ndarray = hot) -> dict[str, object]:
            stable = z - z.max(1, keepdims=True)
            return {
                "z": (np.exp(stable - np.log(np.exp(stable).sum(1, keepdims=True))) - hot) / len(z)
            }

        yield Subject(
            "softmax cross-entropy",
            place,
            lambda z, labels=labels: _cross_entropy(z, labels),
            lambda z, hot=hot: {"z": (_softmax(z) - hot) / len(z)},
            {"z": z},
            others={"by log-softmax": other},
            own={
                "one-hot forgotten": (
                    lambda z: {"z": _softmax(z) / len(z)},
                    "missing term|only one term|one element",
                ),
                "softmax taken twice": (
                    lambda z, hot=hot: {"z": (_softmax(_softmax(z)) - hot) / len(z)},
                    "",
                ),
                "softmax over the batch": (
                    lambda z, hot=hot: {"z": (_softmax(z.T).T - hot) / len(z)},
                    "",
                ),
                "squared error's": (
                    lambda z, hot=hot: {
                        "z": _times_jacobian(_softmax(z), _softmax(z) - hot) / len(z)
                    },
                    "",
                ),
            },
            terms=lambda z, hot=hot: {
                "z": {"softmax": _softmax(z) / len(z), "one-hot": -hot / len(z)}
            },
            sizes={"N": n, "C": c},
        )


def _times_jacobian(p: np.ndarray, d: np.ndarray) -> np.ndarray:
    return p * (d - (p * d).sum(1, keepdims=True))


def _perceptrons(rng: np.random.Generator) -> Iterator[Subject]:
    for place, n, widths, floor, kinked in (
        ("relu", 5, (3, 6, 2), 0.0, False),
        ("shifted relu", 5, (3, 6, 2), -1.0, False),
        ("relu, at kinks", 5, (3, 6, 2), 0.0, True),
        ("shifted relu, at kinks", 4, (3, 5, 2), -1.0, True),
        ("relu, batch of 256", 256, (4, 8, 3), 0.0, False),
        ("relu, 10,000 parameters", 16, (120, 80, 4), 0.0, False),
        ("relu, 100,000 parameters", 8, (600, 160, 10), 0.0, False),
    ):
        yield perceptron(rng, place, n, widths, floor, kinked=kinked)


Mask = Callable[[np.ndarray], np.ndarray]


def _two_layers(rng: np.random.Generator, d: int, h: int, c: int) -> Arrays:
    return {
        "W1": rng.normal(size=(d, h)) / np.sqrt(d),
        "b1": 0.1 * rng.normal(size=h),
        "W2": rng.normal(size=(h, c)) / np.sqrt(h),
        "b2": 0.1 * rng.normal(size=c),
    }


def perceptron(
    rng: np.random.Generator,
    place: str,
    n: int,
    widths: tuple[int, int, int],
    floor: float = 0.0,
    *,
    kinked: bool = False,
) -> Subject:
    """Two layers, max(z, floor) between them, mean squared error and weight decay.  kinked: half the units lie
    exactly on their kink for every row."""
    d, h, c = widths
    X, Y = rng.normal(size=(n, d)), rng.normal(size=(n, c))
    x = _two_layers(rng, d, h, c)
    mask = {}
    if kinked:
        x["W1"][:, ::2], x["b1"][::2] = 0.0, floor
        mask = {name: np.zeros(x[name].shape, bool) for name in x}
        mask["W1"][:, ::2] = mask["b1"][::2] = True

    def f(W1: np.ndarray, b1: np.ndarray, W2: np.ndarray, b2: np.ndarray) -> float:
        out = np.maximum(X @ W1 + b1, floor) @ W2 + b2
        return float(
            0.5 * np.sum((out - Y) ** 2) / n + 0.5 * DECAY * (np.sum(W1 * W1) + np.sum(W2 * W2))
        )

    def data(mask: Mask, **x: np.ndarray) -> Arrays:
        z = X @ x["W1"] + x["b1"]
        a = np.maximum(z, floor)
        do = (a @ x["W2"] + x["b2"] - Y) / n
        dz = do @ x["W2"].T * mask(z)
        return {"W1": X.T @ dz, "b1": dz.sum(0), "W2": a.T @ do, "b2": do.sum(0)}

    def terms(**x: np.ndarray) -> dict[str, Arrays]:
        own = data(at(0.0), **x)
        return {
            name: {"the data's": own[name], "weight decay": DECAY * x[name]}
            for name in ("W1", "W2")
        }

    def at(kink: float) -> Mask:
        return lambda z: np.where(z == floor, kink, z > floor)

    def gradient(mask: Mask, decay: float = DECAY) -> Callable[..., dict[str, object]]:
        def made(**x: np.ndarray) -> dict[str, object]:
            own = data(mask, **x)
            return {**own, **{name: own[name] + decay * x[name] for name in ("W1", "W2")}}

        return made

    own = {
        "no weight decay": (gradient(at(0.0), 0.0), "missing term|only one term"),
        "weight decay twice": (gradient(at(0.0), 2 * DECAY), "doubled term"),
        "mask forgotten": (gradient(np.ones_like), ""),
    }
    if floor:
        own["mask at half the kink"] = (gradient(lambda z: z > floor / 2), "")
    others = {f"{t:g} at the kink": gradient(at(t)) for t in (0.5, 1.0) if kinked}
    return Subject("MLP", place, f, gradient(at(0.0)), x, others, own, terms, {"N": n}, mask)


def _convolutions(rng: np.random.Generator) -> Iterator[Subject]:
    for place, n, c, k, size in (
        ("ordinary", 2, 1, 2, 5),
        ("two channels", 2, 2, 3, 5),
        ("one kernel", 1, 1, 1, 6),
    ):
        x = {
            "X": rng.normal(size=(n, c, size, size)),
            "K": rng.normal(size=(k, c, 3, 3)),
            "b": rng.normal(size=k),
        }
        up = rng.normal(size=(n, k, size - 2, size - 2))

        def windows(X: np.ndarray) -> np.ndarray:
            return np.lib.stride_tricks.sliding_window_view(X, (3, 3), axis=(2, 3))

        def f(X: np.ndarray, K: np.ndarray, b: np.ndarray, up: np.ndarray = up) -> float:
            out = np.einsum("ncijuv,kcuv->nkij", windows(X), K) + b[:, None, None]
            return float(np.sum(up * np.tanh(out)))

        def gradient(
            X: np.ndarray, K: np.ndarray, b: np.ndarray, up: np.ndarray = up, flip: int = 1
        ) -> dict[str, object]:
            out = np.einsum("ncijuv,kcuv->nkij", windows(X), K) + b[:, None, None]
            d = up * (1 - np.tanh(out) ** 2)
            wide = np.pad(d, ((0, 0), (0, 0), (2, 2), (2, 2)))
            dX = np.einsum("nkijuv,kcuv->ncij", windows(wide), K[:, :, ::-flip, ::-flip])
            return {
                "X": dX,
                "K": np.einsum("ncijuv,nkij->kcuv", windows(X), d),
                "b": d.sum((0, 2, 3)),
            }

        own = {"kernel not flipped": (lambda X, K, b, g=gradient: g(X, K, b, flip=-1), "")}
        yield Subject("convolution", place, f, gradient, x, own=own, sizes={"N": n})


def _residuals(rng: np.random.Generator) -> Iterator[Subject]:
    for place, n, d in (("ordinary", 4, 3), ("wide", 3, 6)):
        up = rng.normal(size=(n, d))
        x = {
            "X": rng.normal(size=(n, d)),
            "A": rng.normal(size=(d, d)),
            "B": rng.normal(size=(d, d)),
        }

        def f(X: np.ndarray, A: np.ndarray, B: np.ndarray, up: np.ndarray = up) -> float:
            return float(np.sum(up * (X + np.maximum(X @ A, 0) @ B)))

        def terms(
            X: np.ndarray, A: np.ndarray, B: np.ndarray, up: np.ndarray = up
        ) -> dict[str, Arrays]:
            return {"X": {"the skip": up, "the branch": (up @ B.T * (X @ A > 0)) @ A.T}}

        def gradient(
            X: np.ndarray, A: np.ndarray, B: np.ndarray, up: np.ndarray = up
        ) -> dict[str, object]:
            z = X @ A
            dz = up @ B.T * (z > 0)
            return {"X": up + dz @ A.T, "A": X.T @ dz, "B": np.maximum(z, 0).T @ up}

        yield Subject("residual block", place, f, gradient, x, terms=terms, sizes={"N": n})
