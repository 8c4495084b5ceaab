"""Notebook 8, autonomous trail following: hidden checks."""

from collections.abc import Sequence

import numpy as np

from autograder.hidden.catalogue import Draw, Excluded, HiddenAssignment, HiddenCheck
from autograder.hidden.draws import every, signed
from autograder.hidden.misconceptions.trailnet import EQUIVALENTS, MISCONCEPTIONS
from autograder.student.checks.mlp_sgd import AGAIN, ANY_SHAPE
from autograder.student.checks.trailnet import (
    ANY_BATCH,
    ANY_BLOCK,
    ANY_NAMES,
    ANY_SCORES,
    ANY_TURN,
    ANY_WINDOW,
    BLOCK,
    BLOCK_AGAIN,
    BLOCK_COLUMNS,
    BLOCK_PARTS,
    BY_COLUMNS,
    ENTROPY,
    FEW_NUMBERS,
    FREEZE,
    FREEZE_PARTS,
    HUGE,
    HUNT,
    HUNT_PARTS,
    HUNTS,
    HUNTS_PARTS,
    LOSS,
    LOSS_PARTS,
    LOSSES,
    LOSSES_PARTS,
    PICTURES,
    PLACES,
    PLACES_AGAIN,
    SHAPES,
    SHAPES_AGAIN,
    SIDE,
    SRELU,
    SRELU_AGAIN,
    SRELU_BACK,
    SRELU_BACK_AGAIN,
    STEP,
    STEP_PARTS,
    TURN,
    TURN_BY,
    TURNS,
)
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Inputs, Probe
from autograder.student.model.special import KINDS, special

# Examples where all cases of a check have as many, so that a factor of 1/N can be named.
BATCH = 4
# Numbers this near to a corner of the shifted ReLU are drawn again.
CORNER = 0.05
WHOLE_SHAPES = Probe("trailnet_shapes()", ("shapes",))
OTHER_NAMES = Probe(
    'moved.get("kernel"), moved.get("shift"), moved.get("scale")',
    ("kernel", "shift", "scale"),
    setup="moved = freeze_step(params, grads, trainable, lr)",
)
# The input of the block is used twice; the loss has three terms.
BLOCK_TERMS = {
    "dx": {
        "what comes along the shortcut": "srelu_backward(dout, cache[3])",
        "what comes through the two layers": "srelu_backward(srelu_backward(dout, cache[3]) @ W2.T, cache[1]) @ W1.T",
    }
}
LOSS_TERMS = {
    "dlogits": {
        "that of the cross-entropy": "trail_loss(logits, y, 0.0, 0.0, eps)[1]",
        "that of the entropy": "trail_loss(logits, y, lam1, 0.0, eps)[1] - trail_loss(logits, y, 0.0, 0.0, eps)[1]",
        "that of the wrong side": "trail_loss(logits, y, 0.0, lam2, eps)[1] - trail_loss(logits, y, 0.0, 0.0, eps)[1]",
    }
}


def _apart(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers on both sides of -1 and of 0, away from the corners; between -1 and 0 there are always some."""
    low, middle, high = (
        rng.uniform(-3, -1 - CORNER, shape),
        rng.uniform(CORNER - 1, -CORNER, shape),
        _upper(rng, shape),
    )
    which = rng.permutation(np.arange(np.prod(shape)) % 3).reshape(shape)
    return np.asarray(np.choose(which, (middle, low, high)))


def _upper(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.asarray(rng.uniform(CORNER, 2.5, shape))


# Bounds of the sizes of drawn numbers.
BOUNDS = (0.2, 2)
# Shapes of the arrays.
ARRAYS = ((5, 4), (1, 6), (7,), (2, 3, 4))


def _arrays(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"x": _near_the_corner(_apart(rng, *shape))} for shape in ARRAYS]


def _near_the_corner(x: np.ndarray) -> np.ndarray:
    """The same, with numbers on both sides of the corner and one a little below 0."""
    low, high, small = 0.03 + 0.06 * np.abs(x.flat[:3]) / (1 + np.abs(x.flat[:3]))
    x.flat[:3] = -1 - low, -1 + high, -small
    return x


def _with_upstream(rng: np.random.Generator) -> Sequence[Inputs]:
    return [
        {"x": _near_the_corner(_apart(rng, *shape)), "dout": signed(rng, shape, *BOUNDS)}
        for shape in ARRAYS
    ]


SPECIAL_SHAPES = ((), (5,), (1, 6), (6, 1), (3, 3), (2, 3, 2))


def _special_arrays(rng: np.random.Generator) -> Sequence[Inputs]:
    """Every kind of number in every kind of shape; huge ones are in a check of their own."""
    return [case for shape in SPECIAL_SHAPES for case in every({"x": shape})(rng)]


def _special_upstreams(rng: np.random.Generator) -> Sequence[Inputs]:
    """Every kind of number for both, equal and opposite ones; at the corner the upstream gradient is 0."""
    cases = [case for shape in SPECIAL_SHAPES for case in every({"dout": shape, "x": shape})(rng)]
    x = special("mixed", rng, (2, 6))
    whole = {"x": special("positive", rng, (2, 3)), "dout": special("whole", rng, (2, 3))}
    pairs = [{"x": x, "dout": x}, {"x": x, "dout": -x}, whole, {"x": x, "dout": np.zeros(x.shape)}]
    inputs = [(np.asarray(case["x"]), np.asarray(case["dout"])) for case in [*cases, *pairs]]
    return [{"x": x, "dout": np.where(x == -1, 0.0, dout)} for x, dout in inputs]


def _extreme_arrays(rng: np.random.Generator) -> Sequence[Inputs]:
    x = special("extreme", rng, (2, 4))
    x[0, 0], x[1, 3] = -x[0, 0], -1.3 * x[0, 0]
    return [{"x": x}]


def _nearly_equal(rng: np.random.Generator) -> Sequence[Inputs]:
    [case] = _extreme_arrays(rng)
    return [{**case, "dout": np.asarray(case["x"]) * (1 + 2e-5)}]


def _special_rows(rng: np.random.Generator) -> Sequence[Inputs]:
    """A step or a window of 1, windows as long as the row or longer, and much padding; equal numbers in all pairs."""
    k = 2 * int(rng.integers(6, 10)) + 1
    rows = (
        (1, 1, 1, 0),
        (k + 1, k, 1, k),
        (2, 2, 14, 2),
        (k + 9, 5, 5, 5),
        (4, 6, 2, 7),
        (k, k, k, 1),
        (k + 2, 1, 3, 2),
    )
    return [dict(zip("nksp", row, strict=True)) for row in rows]


def _special_steps(rng: np.random.Generator) -> Sequence[Inputs]:
    """Every kind of number, rate and list of names."""
    rates = (0.3, 1, 0.0, 2, 150.0, 0.004, 2e-7, 2.5)
    names: tuple[list[str], ...] = (["W", "b"], ["b", "W"], ["W2"], [], ["W2", "W"])
    shapes = (
        {"W": (2, 5), "b": (4,), "F": (3,), "W2": (3, 1)},
        {"W": (1, 3), "b": (1,), "F": (2,), "W2": (2, 2)},
    )
    kinds = [kind for kind in KINDS if kind != "extreme"]
    cases: list[Inputs] = []
    for number in range(16):
        case: dict[str, object] = {"lr": rates[number % 8], "trainable": names[number % 5]}
        for i, (name, shape) in enumerate(shapes[number % 2].items()):
            case[name] = special(kinds[(number + 3 * i) % 8], rng, shape)
            case[f"d{name}"] = special(kinds[(number + number // 8 + 5 * i + 1) % 8], rng, shape)
        cases.append(case)
    return cases


def _huge_steps(rng: np.random.Generator) -> Sequence[Inputs]:
    shapes = {"W": (1, 3), "b": (2,), "F": (2,), "W2": (3, 1)}
    drawn = {
        n: special("extreme", rng, s) for name, s in shapes.items() for n in (name, f"d{name}")
    }
    return [{**drawn, "trainable": ["W", "b"], "lr": 0.5 + rng.random()}]


def _rows(rng: np.random.Generator) -> Sequence[Inputs]:
    """Rows of pixels: windows that fit exactly, and windows that leave a rest; with and without padding."""
    cases: list[Inputs] = []
    for s, p, rest in ((2, 1, 1), (2, 0, 0), (3, 2, 2), (4, 3, 1), (1, 1, 0)):
        k, steps = int(rng.integers(3, 8)), int(rng.integers(12, 60))
        cases.append({"n": k - 2 * p + s * steps + rest, "k": k, "s": s, "p": p})
    return cases


def _pictures(rng: np.random.Generator) -> Sequence[Inputs]:
    """Pictures of other sizes, wider than high or the other way round."""
    wide = [int(n) for n in rng.integers(300, 700, 3)]
    high = [int(n) for n in rng.integers(150, 290, 3)]
    return [
        {"width": w, "height": h}
        for w, h in ((wide[0], high[0]), (high[1], wide[1]), (wide[2], high[2]))
    ]


def _special_pictures(rng: np.random.Generator) -> Sequence[Inputs]:
    """Odd, square, higher than wide, and nearly square."""
    odd, side, large = (
        int(n) for n in (2 * rng.integers(150, 250) + 1, *rng.integers(200, 400, 2))
    )
    long = 20000 + large
    return [{"pictures": [(odd, odd - 102), (side, side), (odd - 102, odd), (long, long + 1)]}]


def _blocks(*sizes: tuple[int, int, int]) -> Draw:
    """Draw residual blocks of these numbers of examples, features and hidden neurons."""

    def draw(rng: np.random.Generator) -> Sequence[Inputs]:
        return [_block(rng, *size) for size in sizes]

    return draw


def _block(rng: np.random.Generator, n: int, features: int, hidden: int) -> Inputs:
    """A block with sums on both sides of -1 before each activation, some between -1 and 0, and none near a corner."""
    while True:
        x = 1.5 * rng.normal(size=(n, features))
        W1, b1 = rng.normal(size=(features, hidden)), 0.5 * rng.normal(size=hidden)
        W2, b2 = 0.7 * rng.normal(size=(hidden, features)), 0.5 * rng.normal(size=features)
        z1 = x @ W1 + b1
        z2 = np.where(z1 > -1, z1, -1.0) @ W2 + b2 + x
        if all(_mixed(z) for z in (z1, z2)):
            return {
                "dout": signed(rng, (n, features), *BOUNDS),
                "x": x,
                "W1": W1,
                "b1": b1,
                "W2": W2,
                "b2": b2,
            }


def _special_blocks(rng: np.random.Generator) -> Sequence[Inputs]:
    """Upstream gradients of every kind, in blocks of every shape."""
    kinds = {
        "rich": (5, 3),
        "negative whole": (3, 3),
        "ones": (1, 4),
        "zeros": (4, 1),
        "positive": (2, 4),
    }
    return [_corner(rng, special(kind, rng, shape)) for kind, shape in kinds.items()]


def _huge_block(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_corner(rng, special("extreme", rng, (1, 1)))]


def _columns(rng: np.random.Generator) -> Sequence[Inputs]:
    dout = signed(rng, (3, 4), *BOUNDS)
    dout[1, 2] = 1e-7 * (1 + rng.random())
    return [_corner(rng, dout)]


def _corner(rng: np.random.Generator, dout: np.ndarray) -> Inputs:
    """A block for an upstream gradient, in which something passes both activations."""
    n, features = dout.shape
    while True:
        x, W1, W2 = (
            rng.normal(size=shape) for shape in ((n, features), (features, 3), (3, features))
        )
        b1, b2 = 0.5 * rng.normal(size=3), 0.5 * rng.normal(size=features)
        z1 = x @ W1 + b1
        z2 = np.where(z1 > -1, z1, -1.0) @ W2 + b2 + x
        if all(np.abs(z + 1).min() > CORNER and (z > -1).any(axis=1).all() for z in (z1, z2)):
            return {"dout": dout, "x": x, "W1": W1, "b1": b1, "W2": W2, "b2": b2}


def _mixed(z: np.ndarray) -> bool:
    clear = np.abs(z + 1).min() > CORNER and np.abs(z).min() > CORNER
    return bool(clear and (z < -1).any() and ((z > -1) & (z < 0)).any() and (z > 0).any())


def _scores(rng: np.random.Generator, y: Sequence[int]) -> dict[str, np.ndarray]:
    """Scores for examples of these classes; none of the three is certain or impossible."""
    return {"logits": rng.uniform(-1.2, 1.2, (len(y), 3)), "y": np.array(y)}


def _weights(rng: np.random.Generator) -> dict[str, float]:
    bounds = {"lam1": (0.1, 0.4), "lam2": (0.5, 1.0), "eps": (0.05, 0.2)}
    return {name: float(rng.uniform(*bound)) for name, bound in bounds.items()}


def _batches(rng: np.random.Generator) -> Sequence[Inputs]:
    """Four examples, with all three classes among them, in any order."""
    classes = ((0, 1, 2, 2), (1, 0, 2, 0), (1, 1, 0, 2))
    return [{**_scores(rng, rng.permutation(y).tolist()), **_weights(rng)} for y in classes]


def _odd_batches(rng: np.random.Generator) -> Sequence[Inputs]:
    """A single example of each class, and TrailNet's own weights but for lam2."""
    drawn = [{**_scores(rng, y), **_weights(rng)} for y in ([0], [1], [2], [2, 0, 1, 2, 2, 0, 1])]
    return [*drawn[:-1], {**drawn[-1], "lam1": 0.01, "lam2": 0.1, "eps": 0.01}]


Scores = tuple[np.ndarray, np.ndarray]


def _special_scores(rng: np.random.Generator) -> list[Scores]:
    """Scores of every kind that is not huge, and classes of every kind."""
    classes = {
        "rich": [0, 1, 2, 2, 0],
        "negative whole": [1, 1],
        "positive": [2, 1, 0],
        "ones": [0],
        "zeros": [0, 2],
    }
    drawn = [(special(kind, rng, (len(y), 3)), np.array(y)) for kind, y in classes.items()]
    return [*drawn, (rng.uniform(-1.2, 1.2, (4, 3)), np.array([2, 2, 1, 0]))]


def _special_batches(rng: np.random.Generator) -> Sequence[Inputs]:
    """Every kind of scores, classes and weights; large weights have a case of their own."""
    a, b, c, d = (0.3 + 0.5 * rng.random(4)).tolist()
    tiny = 1e-7 * (1 + b)
    weights = [
        (a, b, 0.1),
        (1, 2, 0),
        (c, c, c),
        (0.0, 1, 1),
        (d, d * (1 + 1e-5), d * (1 + 2e-5)),
        (0.003, 0.004, 0.002),
        (0.4 + a, 0.5 + b, 0.9),
        (3 * tiny, 2 * tiny, tiny),
        (6, 0, c),
        (1 + 0.3 * a, 0.8 + b, 1.0),
        (0.2, 0.3, 0.7),
    ]
    small = [
        (np.array([[value, *rng.uniform(0.2, 1.2, 2)]]), np.array([2 * (i % 2)]))
        for i, value in enumerate((1 + a, -a, tiny, -1 - b, c))
    ]
    scores = [*_special_scores(rng), *small]
    batches = [(*pair, *three) for pair, three in zip(scores, weights, strict=True)]
    mixed = rng.uniform(-1.2, 1.2, (2, 3))
    mixed[0] = rng.uniform(0.2, 0.6, 3) * [-1, -1, 1]  # the wrong side is likely: a slope above 10
    heavy = [(mixed, np.array([0, 2]), 150 + a, 120 + b, 0.9)]
    return [{"batches": batches}, {"batches": heavy}]


def _special_hunts(rng: np.random.Generator) -> Sequence[Inputs]:
    """Every kind of scores and classes; where leaky_backward is wrong, it is wrong beyond doubt."""
    while True:
        huge = special("extreme", rng, (2, 3))
        huge[0] = huge[0, [2, 0, 1]] * [1, -1, 1]
        late = np.concatenate([_scores(rng, [1] * 11)["logits"], np.zeros((2, 3))])
        batches = [
            *_special_scores(rng),
            (huge, np.array([2, 0])),
            (late, np.array([*[1] * 11, *rng.permutation([0, 2])])),
        ]
        if all(_decided(logits, y) for logits, y in batches):
            return [{"batches": batches}]


def _decided(logits: np.ndarray, y: np.ndarray) -> bool:
    """Whether each mark that leaky_backward forgets to remove makes a clear difference, or none."""
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    left = [p[n, 2 - c] ** 2 for n, c in enumerate(y) if c != 1 and 2 - c in y[:n]]
    return all(size > 1e-4 or size == 0 for size in left)


def _hunts(rng: np.random.Generator) -> Sequence[Inputs]:
    """Batches in which the other side comes late, early, or never."""
    classes = ((1, 2, 1, 0), (0, 0, 1, 2, 0), (2, 0, 2), (1, 2, 2, 2), (0, 1, 2, 2))
    return [_scores(rng, y) for y in classes] + [
        _late_peak(rng, (0, 2, 2, 0, 2)),
        _late_peak(rng, (0, 2, 2, 1, 0, 0)),
    ]


def _late_peak(rng: np.random.Generator, y: Sequence[int]) -> Inputs:
    """Scores with which the third example is by far the most wrong."""
    logits = rng.uniform(-0.4, 0.4, (len(y), 3))
    logits[2, 2 - y[2]] = 2.0
    return {"logits": logits, "y": np.array(y)}


def _steps(rng: np.random.Generator) -> Sequence[Inputs]:
    shapes = ({"W": (3, 4), "b": (4,), "F": (2, 5)}, {"W": (1, 2), "b": (2,), "F": (3,)})
    return [
        {
            **{name: signed(rng, shape, *BOUNDS) for name, shape in own.items()},
            **{f"d{name}": signed(rng, shape, *BOUNDS) for name, shape in own.items()},
            "lr": float(rng.uniform(0.05, 0.4)),
        }
        for own in shapes
    ]


def _other_steps(rng: np.random.Generator) -> Sequence[Inputs]:
    """Other names; only what is trained has a gradient."""
    shapes = {"kernel": (2, 3, 2), "scale": (2, 2), "shift": (4,)}
    return [
        {
            "params": {name: signed(rng, shape, *BOUNDS) for name, shape in shapes.items()},
            "grads": {name: signed(rng, shapes[name], *BOUNDS) for name in trainable},
            "trainable": trainable,
            "lr": float(rng.uniform(0.05, 0.4)),
        }
        for trainable in (["kernel", "shift"], ["shift", "kernel"])
    ]


def _answers(rng: np.random.Generator) -> list[dict[str, np.ndarray]]:
    """Probabilities of both heads that all differ."""
    return [
        {"view": rng.dirichlet(order), "side": rng.dirichlet(order[::-1])}
        for order in ((6.0, 2.0, 1.0), (1.0, 3.0, 7.0), (2.0, 2.0, 5.0))
    ]


def _turns(rng: np.random.Generator) -> Sequence[Inputs]:
    return _answers(rng)


def _gains(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{**answer, "gain": float(rng.uniform(15, 30))} for answer in _answers(rng)]


def _special_turns(rng: np.random.Generator) -> Sequence[Inputs]:
    """Sure, unsure, equal and nearly equal heads, and gains of every kind."""
    a, b, c = (0.1 + 0.15 * rng.random(3)).tolist()
    first, other = np.array([a, 0.5, 0.5 - a]), np.array([0.7 - b, b, 0.3])
    sure, unsure = np.eye(3), np.full(3, 1 / 3)
    close = np.array([c, c * (1 + 2e-5), 1 - c * (2 + 2e-5)])
    small, tiny = np.array([0.004 * a, 0.9, 0.1 - 0.004 * a]), 1e-6 * a
    turns = [
        (first[::-1].copy(), other[::-1].copy(), 10.0),
        (sure[2], sure[0], 0),
        (other, other, 30),
        (sure[0], np.array([1 - small[0], small[0], 0.0]), 1),
        (close[::-1].copy(), close, 0.5 + a),
        (unsure, sure[2], 40 + a),
        (small, unsure, 0.02 * b),
        (np.array([tiny, 0.7, 0.3 - tiny]), np.array([0.4, 0.6 - tiny, tiny]), 150),
        (np.array([a, 1 - 2 * a, a]), np.array([c, c, 1 - 2 * c]), 3 * tiny),
        (other, other * (1 + 1e-5 * np.array([1, -1, 1])), 1.0),
        (first, other, 20 + b),
    ]
    return [{"turns": turns}]


def _limits(rng: np.random.Generator) -> Sequence[Inputs]:
    """Answers that turn the drone by more than 90 degrees, to either side; one head alone would not."""
    sure, other = rng.dirichlet((1.0, 2.0, 60.0)), rng.dirichlet((1.0, 2.0, 60.0))
    gains = rng.uniform(70, 85, 2)
    return [
        {"view": sure, "side": other, "gain": float(gains[0])},
        {"view": sure[::-1].copy(), "side": other[::-1].copy(), "gain": float(gains[1])},
    ]


def _negative(name: str) -> tuple[str, ...]:
    """The conditions that hold for negative numbers only."""
    kinds = ("minus one", "negative", "below -1", "between -1 and 0")
    return tuple(f"*({name}: {kind})*" for kind in kinds)


NO_CLASSES = tuple(
    f"*(y: {what})*"
    for what in (
        "nearly equal values",
        "opposite values",
        "a negative value",
        "negative values only",
        "a value below -1",
        "a large value",
        "a huge value",
        "a value above 10",
        "a small value",
        "a value between 0 and 0.1",
        "a tiny value",
        "first value negative",
        "last value negative",
        "a negative sum",
    )
)
ONE_SHAPE = "These two never have one shape."

STAND_INS = {
    "srelu_forward": """\
def srelu_forward(x):
    return np.where(x > -1, 2 * x, -2.0)
""",
    "srelu_backward": """\
def srelu_backward(dout, x):
    return np.where(x > -1, 3 * dout, 0.0)
""",
    "conv_out": """\
def conv_out(n, k, s, p):
    return 2 + abs(n - 3 * k + 5 * s - 7 * p) % 1000
""",
}
HIDDEN = HiddenAssignment(
    name="08_trailnet",
    stand_ins=STAND_INS,
    checks=(
        HiddenCheck(
            "srelu_forward",
            "The right values for arrays of any shape.",
            SRELU,
            _arrays,
            {"out": "out"},
        ),
        HiddenCheck(
            "srelu_backward",
            "The gradient for other numbers, upstream gradients and shapes.",
            SRELU_BACK,
            _with_upstream,
            {"dx": "dx"},
        ),
        HiddenCheck(
            "srelu_forward",
            ANY_SHAPE,
            SRELU,
            _special_arrays,
            {"out": "out"},
            on_purpose="Some hold one sign only.",
        ),
        HiddenCheck(
            "srelu_backward",
            ANY_SHAPE,
            SRELU_BACK,
            _special_upstreams,
            {"dx": "dx"},
            on_purpose="Some hold one sign only.",
        ),
        HiddenCheck(
            "srelu_forward",
            AGAIN,
            SRELU_AGAIN,
            _extreme_arrays,
            dict.fromkeys(SRELU_AGAIN.names, "out"),
        ),
        HiddenCheck(
            "srelu_backward",
            AGAIN,
            SRELU_BACK_AGAIN,
            _nearly_equal,
            dict.fromkeys(SRELU_BACK_AGAIN.names, "dx"),
        ),
        HiddenCheck("conv_out", ANY_WINDOW, PLACES_AGAIN, _special_rows, {"places": "places"}),
        HiddenCheck(
            "conv_out",
            "Other rows, windows, steps and paddings.",
            PLACES,
            _rows,
            {"places": "places"},
        ),
        HiddenCheck(
            "trailnet_shapes",
            "All stages for TrailNet's own pictures.",
            WHOLE_SHAPES,
            lambda _: [{}],
            {"shapes": "shapes"},
        ),
        HiddenCheck(
            "trailnet_shapes",
            "All stages for pictures of other sizes.",
            SHAPES,
            _pictures,
            {"shapes": "shapes"},
        ),
        HiddenCheck(
            "trailnet_shapes", PICTURES, SHAPES_AGAIN, _special_pictures, {"shapes": "shapes"}
        ),
        HiddenCheck(
            "residual_backward",
            ANY_BLOCK,
            BLOCK_AGAIN,
            _special_blocks,
            BLOCK_PARTS,
            on_purpose=FEW_NUMBERS,
        ),
        HiddenCheck("residual_backward", BY_COLUMNS, BLOCK_COLUMNS, _columns, BLOCK_PARTS),
        HiddenCheck(
            "residual_backward",
            "All gradients of other blocks.",
            BLOCK,
            _blocks((BATCH, 3, 5), (BATCH, 3, 5), (BATCH, 3, 5)),
            BLOCK_PARTS,
            Values(sizes={"N": BATCH}),
            terms=BLOCK_TERMS,
        ),
        HiddenCheck(
            "residual_backward",
            "All gradients for a single example, for more features than hidden neurons, and where all sizes are the "
            "same.",
            BLOCK,
            _blocks((1, 5, 6), (3, 6, 2), (3, 3, 3)),
            BLOCK_PARTS,
        ),
        HiddenCheck("trail_loss", ANY_BATCH, LOSSES, _special_batches, LOSSES_PARTS),
        HiddenCheck("residual_backward", HUGE, BLOCK_AGAIN, _huge_block, BLOCK_PARTS),
        HiddenCheck("bug_hunt", ANY_SCORES, HUNTS, _special_hunts, HUNTS_PARTS),
        HiddenCheck("turn_angle", ANY_TURN, TURNS, _special_turns, {"found": "angle"}),
        HiddenCheck(
            "trail_loss",
            "Loss and gradient for batches of four.",
            LOSS,
            _batches,
            LOSS_PARTS,
            Values(sizes={"N": BATCH, "C": 3}),
            terms=LOSS_TERMS,
        ),
        HiddenCheck(
            "trail_loss",
            "Loss and gradient for a single example of each class, and for a larger batch.",
            LOSS,
            _odd_batches,
            LOSS_PARTS,
        ),
        HiddenCheck(
            "trail_loss",
            "The entropy's share of the gradient.",
            ENTROPY,
            _batches,
            {"term": "entropy"},
        ),
        HiddenCheck(
            "trail_loss",
            "The wrong side's share of the gradient.",
            SIDE,
            _batches,
            {"term": "side"},
        ),
        HiddenCheck(
            "bug_hunt",
            "The first wrong element and the right gradient, for batches in which the other side comes late, early or "
            "never.",
            HUNT,
            _hunts,
            HUNT_PARTS,
        ),
        HiddenCheck(
            "freeze_step",
            ANY_NAMES,
            FREEZE,
            _special_steps,
            FREEZE_PARTS,
            on_purpose="In some nothing has to move.",
        ),
        HiddenCheck(
            "freeze_step", "Huge numbers beside small ones.", FREEZE, _huge_steps, FREEZE_PARTS
        ),
        HiddenCheck(
            "freeze_step", "The step for other parameters and rates.", STEP, _steps, STEP_PARTS
        ),
        HiddenCheck(
            "freeze_step",
            "Other names, and no gradient for what is frozen.",
            OTHER_NAMES,
            _other_steps,
            {"kernel": "moved", "shift": "moved", "scale": "frozen"},
        ),
        HiddenCheck(
            "turn_angle", "The angle for other probabilities.", TURN, _turns, {"degrees": "angle"}
        ),
        HiddenCheck(
            "turn_angle", "The angle for other gains.", TURN_BY, _gains, {"degrees": "angle"}
        ),
        HiddenCheck(
            "turn_angle", "The limits on both sides.", TURN_BY, _limits, {"degrees": "limit"}
        ),
    ),
    misconceptions=MISCONCEPTIONS,
    excluded=(
        Excluded("srelu_forward", ("* a list)", "* integers)"), "x is a float64 array."),
        Excluded("srelu_backward", ("* a list)", "* integers)"), "dout and x are float64 arrays."),
        Excluded(
            "conv_out", ("*(n: zero)", "*(k: zero)", "*(s: zero)"), "n, k and s are 1 or more."
        ),
        Excluded(
            "conv_out",
            ("*are opposite)", "*are nearly equal)"),
            "None of these whole numbers is negative.",
        ),
        Excluded(
            "freeze_step",
            ("*(params: no name) *",),
            "An empty dict holds nothing that could be wrong.",
        ),
        Excluded(
            "freeze_step",
            (
                "*(lr: minus one) *",
                "*(lr: negative) *",
                "*(lr: below -1) *",
                "*(lr: between -1 and 0) *",
            ),
            "lr is 0 or more.",
        ),
        Excluded("freeze_step", ("*(lr: an array without axes) *",), "lr is a number."),
        Excluded(
            "freeze_step",
            ("* -> kernel", "* -> shift", "* -> scale"),
            "A name means nothing to a step: numbers are tried with W, b, F and W2; other names with ordinary ones.",
        ),
        Excluded(
            "trailnet_shapes",
            ("* zero)", "* one)", "* two)"),
            "The picture is large enough for every stage.",
        ),
        Excluded("trailnet_shapes", ("* are opposite)",), "Neither side of a picture is negative."),
        Excluded(
            "residual_backward",
            ("*dout: a list)*", "*dout: integers)*"),
            "dout is a float64 array.",
        ),
        *(
            Excluded(name, patterns, reason)
            for name in ("trail_loss", "bug_hunt")
            for patterns, reason in (
                (("*(logits: a list)*", "*(logits: integers)*"), "logits is a float64 array."),
                (
                    ("*(logits: one element)*", "*(logits: one column)*"),
                    "logits has three columns.",
                ),
                (NO_CLASSES, "y holds the classes 0, 1 and 2."),
                (
                    ("*(y: a list)*", "*(y: Fortran order)*"),
                    "y is an array with one axis, for which both orders are one.",
                ),
                (("*(logits, y: *",), ONE_SHAPE),
            )
        ),
        Excluded(
            "bug_hunt", ("*(result: limited at 10) -> 1",), "Its numbers lie between -2 and 2."
        ),
        Excluded(
            "trail_loss",
            ("trail_loss(term 2: *", "trail_loss(term 4: *"),
            "Probabilities are 1 at most, and times their logarithm they lie between -0.4 and 0.",
        ),
        Excluded(
            "trail_loss",
            ("*(logits, lam?: *", "*(logits, eps: *", "*(y, lam?: *", "*(y, eps: *"),
            ONE_SHAPE,
        ),
        Excluded(
            "trail_loss",
            (*_negative("lam?"), *_negative("eps"), "* are opposite)*"),
            "Both weights are 0 or more, and so is eps.",
        ),
        Excluded(
            "trail_loss",
            ("*(eps: above 1)*", "*(eps: a whole number)*", "*(eps: large)*"),
            "eps is at most 1.",
        ),
        Excluded("trail_loss", ("*(logits: a huge value)*",), "The scores go from -160 to 160."),
        Excluded("trail_loss", ("*: an array without axes)*",), "The weights and eps are numbers."),
        Excluded("turn_angle", ("* a list)", "* integers)"), "view and side are float64 arrays."),
        Excluded(
            "turn_angle",
            tuple(
                f"*(*: {what})"
                for what in (
                    "all zeros",
                    "all ones",
                    "opposite values",
                    "a negative value",
                    "negative values only",
                    "a value above 1",
                    "a value below -1",
                    "whole numbers",
                    "a large value",
                    "a huge value",
                    "a value above 10",
                    "first value negative",
                    "last value negative",
                    "a negative sum",
                )
            ),
            "view and side are probabilities that add up to 1.",
        ),
        Excluded(
            "turn_angle",
            ("* one element)", "* Fortran order)"),
            "view and side have one axis of three.",
        ),
        Excluded(
            "turn_angle",
            (*_negative("gain"), "*(view, side: are opposite)"),
            "No probability is negative, and gain is 0 or more.",
        ),
        Excluded("turn_angle", ("*(gain: an array without axes)",), "gain is a number."),
        Excluded("turn_angle", ("*(view, gain: *", "*(side, gain: *"), ONE_SHAPE),
    ),
    equivalents=EQUIVALENTS,
)
