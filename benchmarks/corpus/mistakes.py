"""Turn a subject's right gradient into wrong ones, as students do: and into some that are hard to see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from benchmarks.corpus.subject import Candidate, Gradient, Kind, Point, Subject, reach_of, scale_of

Change = Callable[[np.ndarray], np.ndarray]

# A difference counts as a wrong value from this fraction of the gradient's size on.
VALUE = 1e-3
# As far as x can be moved, by its own size or to the next kink, a difference in slope must change
# the loss by this fraction of itself to show.
SHOWS = 1e-12
TINY = (1e-4, 1e-5, 1e-6)
STEP = 1e-5


def candidates(subject: Subject, rng: np.random.Generator) -> Iterator[Candidate]:
    """Every candidate for a subject's gradient; a mistake that changes nothing here is no candidate."""
    yield Candidate(subject, "the reference", lambda: subject.gradient, Kind.RIGHT)
    for name, gradient in subject.others.items():
        yield Candidate(subject, name, lambda gradient=gradient: gradient, Kind.RIGHT)
    for mistake, gradient, relation in _wrong(subject, rng):
        kind = _kind(subject, gradient)
        if kind:
            yield Candidate(subject, mistake, lambda gradient=gradient: gradient, kind, relation)
    yield from _tiny(subject, rng)
    yield from _forms(subject, rng)
    if subject.parameters <= 100:
        yield Candidate(subject, "finite differences", lambda: _differences(subject), Kind.NUMERIC)


def _wrong(subject: Subject, rng: np.random.Generator) -> Iterator[tuple[str, Gradient, str]]:
    """Mistakes by name, with the relation that names each."""
    for mistake, (gradient, relation) in subject.own.items():
        yield mistake, gradient, relation
    # Few mistakes a name where a check is dear.
    for name, value in subject.x.items():
        changes = list(_changes(np.shape(value), subject.sizes, rng))
        if subject.parameters > 5000:
            changes = [
                changes[i]
                for i in sorted(rng.choice(len(changes), min(3, len(changes)), replace=False))
            ]
        for mistake, change, relation in changes:
            yield f"d{name}: {mistake}", _changed(subject.gradient, name, change), relation
    yield from _across(subject)


def _changed(gradient: Gradient, name: str, change: Change) -> Gradient:
    def made(**x: np.ndarray) -> dict[str, object]:
        right = gradient(**x)
        return {**right, name: change(np.array(right[name], float))}

    return made


def _changes(
    shape: tuple[int, ...], sizes: dict[str, int], rng: np.random.Generator
) -> Iterator[tuple[str, Change, str]]:
    """What can go wrong with one array."""
    size, axes = int(np.prod(shape)), len(shape)
    yield "sign", lambda g: -g, "sign"
    for factor, name in ((2.0, "twice"), (0.5, "half")):
        yield name, lambda g, factor=factor: factor * g, f"factor {factor:g}"
    yield "off by 1.01", lambda g: 1.01 * g, ""
    yield "square", lambda g: g * g, ""
    for label, n in sizes.items():
        if n > 1:
            yield f"{label} times", lambda g, n=n: n * g, f"{label} times too large|factor {n:g}"
            yield f"1/{label}", lambda g, n=n: g / n, f"extra 1/{label}|factor {1 / n:.4g}"
    if size == 1:
        yield "plus 0.3 of its size", lambda g: g + 0.3 * np.abs(g), ""
        return
    yield "zero", np.zeros_like, "zero"
    yield "reversed", lambda g: g.ravel()[::-1].reshape(g.shape), "permuted"
    yield "sign lost", np.abs, "sign of some|sign|one element"
    yield "a constant too much", lambda g: g + 0.1 * np.abs(g).max(), "offset"
    yield (
        "noise of 1 %",
        lambda g: g * (1 + 0.01 * np.random.default_rng(5).normal(size=g.shape)),
        "",
    )
    place = tuple(int(i) for i in np.unravel_index(int(rng.integers(size)), shape))
    yield "one element zero", lambda g: _put(g, place, 0.0), "one element"
    yield "one element off by 1 %", lambda g: _put(g, place, 1.01 * g[place]), "one element"
    yield "one element's sign", lambda g: _put(g, place, -g[place]), "one element|sign of some"
    for axis in range(axes if axes > 1 else 0):
        if shape[axis] > 1:
            last = (slice(None),) * axis + (shape[axis] - 1,)
            yield (
                f"last of axis {axis} zero",
                lambda g, last=last: _put(g, last, 0.0),
                "one block|one element",
            )
            yield (
                f"last of axis {axis} twice",
                lambda g, last=last: _put(g, last, 2 * g[last]),
                "one block|one element",
            )
            yield (
                f"summed over axis {axis}",
                lambda g, axis=axis: np.broadcast_to(g.sum(axis, keepdims=True), g.shape),
                "summed",
            )
            yield f"rolled along axis {axis}", lambda g, axis=axis: np.roll(g, 1, axis), "permuted"
    if axes == 2 and shape[0] == shape[1] > 1:
        yield "transposed", lambda g: g.T, "transposed"
    if axes == 2 and shape[0] != shape[1] and min(shape) > 1:
        yield "reshaped transpose", lambda g: g.T.reshape(g.shape), "permuted"


def _put(g: np.ndarray, place: tuple[object, ...], value: object) -> np.ndarray:
    made = g.copy()
    made[place] = value
    return made


def _across(subject: Subject) -> Iterator[tuple[str, Gradient, str]]:
    """Mistakes that mix names, or terms of a sum."""
    names = list(subject.x)
    for first, second in pairwise(names):
        if np.shape(subject.x[first]) == np.shape(subject.x[second]):
            yield f"d{first} and d{second} exchanged", _exchanged(subject, first, second), "swapped"
    if not subject.terms:
        return
    with np.errstate(all="ignore"):
        known = subject.terms(**subject.x)
    for name, terms in known.items():
        for term in terms:
            yield (
                f"d{name}: without {term}",
                _with_term(subject, name, term, 0.0),
                "missing term|only one term|one element",
            )
            yield (
                f"d{name}: {term} twice",
                _with_term(subject, name, term, 2.0),
                "doubled term|one element",
            )


def _exchanged(subject: Subject, first: str, second: str) -> Gradient:
    def made(**x: np.ndarray) -> dict[str, object]:
        right = subject.gradient(**x)
        return {**right, first: right[second], second: right[first]}

    return made


def _with_term(subject: Subject, name: str, term: str, times: float) -> Gradient:
    def made(**x: np.ndarray) -> dict[str, object]:
        terms = subject.terms(**x) if subject.terms else {}
        return {
            **subject.gradient(**x),
            name: sum((times if t == term else 1.0) * v for t, v in terms[name].items()),
        }

    return made


def _kind(subject: Subject, gradient: Gradient) -> Kind | None:
    """Whether a wrong gradient can be told from the right one; None if it is right, or nearly, at this point."""
    with np.errstate(all="ignore"):
        right, wrong = subject.gradient(**subject.x), gradient(**subject.x)
        loss = abs(subject.f(**subject.x))
    seen = different = False
    for name, value in right.items():
        truth, off = np.asarray(value, float), np.abs(np.asarray(wrong[name], float) - value)
        if not np.isfinite(off).all() or not (off > VALUE * np.abs(truth).max(initial=0.0)).any():
            continue
        different = True
        off = np.where(subject.kinks.get(name, False), 0.0, off)
        shown = off * reach_of(subject, name) > SHOWS * max(loss, subject.coarse)
        seen = seen or bool((shown & (off > VALUE * np.abs(truth).max(initial=0.0))).any())
    return Kind.VALUE if seen else Kind.HIDDEN if different else None


def _tiny(subject: Subject, rng: np.random.Generator) -> Iterator[Candidate]:
    """Errors that a loose tolerance lets pass: a constant slightly off, or one element slightly off."""
    for error in TINY if subject.parameters <= 5000 else TINY[:1]:
        for name, value in subject.x.items():
            right = np.asarray(subject.gradient(**subject.x)[name], float)
            free = np.abs(right) * ~np.asarray(subject.kinks.get(name, np.zeros(value.shape, bool)))
            large = np.flatnonzero(free > 0.1 * np.abs(right).max(initial=0.0))
            if not large.size:
                continue
            index = int(rng.choice(large))
            place = tuple(int(i) for i in np.unravel_index(index, right.shape))
            loss = max(abs(subject.f(**subject.x)), subject.coarse)
            shows = error * free.flat[index] * reach_of(subject, name).flat[index] > SHOWS * loss
            kind = Kind.TINY if shows else Kind.HIDDEN
            scaled = _changed(subject.gradient, name, lambda g, error=error: g * (1 + error))
            yield Candidate(
                subject, f"d{name}: off by {error:g}", lambda scaled=scaled: scaled, kind
            )
            if right.size > 1:
                one = _changed(
                    subject.gradient,
                    name,
                    lambda g, error=error, place=place: _put(g, place, g[place] * (1 + error)),
                )
                yield Candidate(
                    subject,
                    f"d{name}: one element off by {error:g}",
                    lambda one=one: one,
                    kind,
                    "one element",
                )


def _forms(subject: Subject, rng: np.random.Generator) -> Iterator[Candidate]:
    """What is no gradient at all, or none that can be trusted to be the same again."""
    name = str(rng.choice(list(subject.x)))
    value = subject.x[name]
    if not np.abs(np.asarray(subject.gradient(**subject.x)[name], float)).max(initial=0.0):
        return

    def adding_up() -> Gradient:
        sums: dict[str, np.ndarray] = {}

        def made(**x: np.ndarray) -> dict[str, object]:
            for key, part in subject.gradient(**x).items():
                sums[key] = sums.get(key, np.zeros(())) + np.asarray(part)
            return dict(sums)

        return made

    def dropping() -> Gradient:
        dice = np.random.default_rng(7)
        return _changed(subject.gradient, name, lambda g: g * dice.uniform(0.5, 1.5, value.shape))

    def forgetting(**x: np.ndarray) -> dict[str, object]:
        return {key: part for key, part in subject.gradient(**x).items() if key != name}

    yield Candidate(
        subject, "gradients not zeroed", adding_up, Kind.FORM, "zero the gradients first"
    )
    yield Candidate(subject, f"d{name}: random", dropping, Kind.FORM, "random")
    made: list[tuple[str, Gradient, str]] = [
        ("one name missing", forgetting, ""),
        ("nan", _changed(subject.gradient, name, lambda g: _put(g, (0,) * g.ndim, np.nan)), "nan"),
        ("an axis too many", _changed(subject.gradient, name, lambda g: g[None]), "shape"),
    ]
    if value.ndim == 2 and value.shape[0] != value.shape[1] and value.size > 2:
        made.append(
            ("transposed", _changed(subject.gradient, name, lambda g: g.T), "transposed|shape")
        )
    if value.ndim:
        share = _changed(subject.gradient, name, lambda g: np.stack([0.3 * g, 0.7 * g]))
        made.append(("not summed", share, "not summed"))
    for mistake, gradient, relation in made:
        yield Candidate(
            subject, f"d{name}: {mistake}", lambda gradient=gradient: gradient, Kind.FORM, relation
        )


def _differences(subject: Subject) -> Gradient:
    """A centred difference of the subject's own loss."""

    def made(**x: np.ndarray) -> dict[str, object]:
        slopes: dict[str, object] = {}
        for name, value in x.items():
            slope = np.empty(value.shape)
            for i in np.ndindex(value.shape):
                step = STEP * float(scale_of(value)[i])
                slope[i] = (
                    subject.f(**_moved(x, name, i, step)) - subject.f(**_moved(x, name, i, -step))
                ) / (2 * step)
            slopes[name] = slope
        return slopes

    return made


def _moved(x: Point, name: str, index: tuple[int, ...], step: float) -> dict[str, np.ndarray]:
    value = np.array(x[name], float)
    value[index] += step
    return {**x, name: value}
