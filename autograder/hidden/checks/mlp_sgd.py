"""Notebook 7, a multilayer perceptron trained with SGD: hidden checks."""

from collections.abc import Sequence

import numpy as np

from autograder.hidden.catalogue import (
    SEVERAL,
    Draw,
    Equivalent,
    Excluded,
    HiddenAssignment,
    HiddenCheck,
)
from autograder.hidden.draws import FORMULAS, every, near, signed
from autograder.hidden.misconceptions.mlp_sgd import MISCONCEPTIONS
from autograder.student.checks.mlp_sgd import (
    AGAIN,
    ANY_BOWL,
    ANY_LAYER,
    ANY_NETWORK,
    ANY_NUMBERS,
    ANY_RATE,
    ANY_RUN,
    ANY_SCORES,
    ANY_SHAPE,
    AS_WANTED,
    COST,
    COST_AGAIN,
    HISTORY,
    HISTORY_PARTS,
    HUGE,
    IMAGE,
    IMAGE_PARTS,
    LAYER,
    LAYER_PARTS,
    MANY_IMAGES,
    MANY_LAYERS,
    MANY_PATHS,
    MOVED,
    NAMES,
    NETWORK,
    NETWORK_AGAIN,
    NETWORK_PARTS,
    PATHS,
    PATHS_PARTS,
    RELU,
    RELU_AGAIN,
    RELU_BACK,
    RELU_BACK_AGAIN,
    REPEATED,
    REPEATED_PARTS,
    SOFTMAX,
    SOFTMAX_AGAIN,
    STEP,
    STEPS,
    STEPS_AGAIN,
    STEPS_PARTS,
    TRAIN_AGAIN,
    TRAINED_FROM_OLD,
    TWO_LAYERS,
    TWO_LAYERS_PARTS,
    WEIGHTS,
)
from autograder.student.judging.formula_rule import Analytic
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Inputs, Probe
from autograder.student.model.special import KINDS, special

# Examples and classes where all cases of a check have the same sizes, so that a factor of 1/N can be named.
BATCH, CLASSES = 7, 4
# Sums of a hidden neuron this near to its corner are drawn again.
CORNER = 0.05
# A rate that moves the parameters by hardly more than rounding, so that the order of the batches does not show: an
# epoch then adds up the gradients of all examples, divided by the size of a batch.
TINY_RATE = 1e-8
# The fraction of such a move that rounding and the order may add.
TINY_ERROR = 1e-5
LOSSES_ONLY = Probe('history["loss"]', ("losses",), setup=HISTORY.setup)
MOVES = Probe(
    "np.concatenate(moves)",
    ("moves",),
    setup=TRAINED_FROM_OLD
    + '\nmoves = [np.ravel(np.subtract(old[name], history["params"][name])) / lr for name in old]',
)
OTHER_NAMES = Probe(
    'moved["kernel"], moved["shift"], moved["scale"]', ("kernel", "shift", "scale"), setup=MOVED
)
# The gradient of a weight has two terms, and without regularisation only the first.
TERMS = {
    f"d{name}": {
        "that of the data": f'loss_and_grads(params, X, y, 0.0)[1]["{name}"]',
        "that of the price on large weights": f"2 * reg * {name}",
    }
    for name in ("W1", "W2")
}
BOTH = {"descent": "descent", "newton": "newton"}


# A bowl and a descent: A, b, x, lr, steps.
Bowl = tuple[np.ndarray, np.ndarray, np.ndarray, float, int]
# Bounds of the sizes of drawn numbers.
BOUNDS = (0.2, 2)
SHAPES = ((5, 4), (1, 6), (7,), (2, 3, 4))
SPECIAL_SHAPES = ((), (5,), (1, 6), (6, 1), (3, 3), (2, 3, 2))


def _arrays(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"x": _near_the_corner(signed(rng, shape, *BOUNDS))} for shape in SHAPES]


def _near_the_corner(x: np.ndarray) -> np.ndarray:
    """The same, the first number a little below 0 and the last a little above."""
    x.flat[0], x.flat[-1] = -0.09 * abs(x.flat[0]), 0.09 * abs(x.flat[-1])
    return x


def _with_upstream(rng: np.random.Generator) -> Sequence[Inputs]:
    return [
        {"x": _near_the_corner(signed(rng, shape, *BOUNDS)), "dout": signed(rng, shape, *BOUNDS)}
        for shape in SHAPES
    ]


def _special_arrays(rng: np.random.Generator) -> Sequence[Inputs]:
    """Every kind of number in every kind of shape; the largest numbers are in a check of their own."""
    return [case for shape in SPECIAL_SHAPES for case in every({"x": shape})(rng)]


def _special_upstreams(rng: np.random.Generator) -> Sequence[Inputs]:
    """Every kind of number for both, equal and opposite ones; at the corner the upstream gradient is 0."""
    cases = [case for shape in SPECIAL_SHAPES for case in every({"dout": shape, "x": shape})(rng)]
    x = special("mixed", rng, (2, 6))
    whole = {"x": special("positive", rng, (2, 3)), "dout": special("whole", rng, (2, 3))}
    pairs = [{"x": x, "dout": x}, {"x": x, "dout": -x}, whole]
    inputs = [(np.asarray(case["x"]), np.asarray(case["dout"])) for case in [*cases, *pairs]]
    return [{"x": x, "dout": np.where(x == 0, 0.0, dout)} for x, dout in inputs]


def _nearly_equal(rng: np.random.Generator) -> Sequence[Inputs]:
    [case] = _extreme_arrays(rng)
    return [{**case, "dout": np.asarray(case["x"]) * (1 + 2e-5)}]


def _extreme_arrays(rng: np.random.Generator) -> Sequence[Inputs]:
    x = special("extreme", rng, (2, 4))
    x[1, 3] = -1.3 * x[0, 0]
    return [{"x": x}]


def _special_costs(rng: np.random.Generator) -> Sequence[Inputs]:
    """Every kind of number for both, from one output to eleven; and targets that are integers."""
    cases = [case for n in (1, 4, 11) for case in every({"a": (n,), "y": (n,)})(rng)]
    a = special("mixed", rng, 11)
    return [
        *cases,
        {"a": a, "y": a},
        {"a": a, "y": -a},
        {"a": special("positive", rng, 4), "y": np.arange(-1, 3)},
    ]


def _close_costs(rng: np.random.Generator) -> Sequence[Inputs]:
    a = special("close", rng, 4)
    return [
        {"a": a, "y": a * (1 + 2e-5)},
        {"a": special("close", rng, 4), "y": special("positive", rng, 4)},
    ]


def _costs(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"a": rng.uniform(0.05, 0.95, n), "y": rng.uniform(-1, 2, n)} for n in (3, 5, 2, 1)]


def _scores(*sizes: tuple[int, int]) -> Draw:
    """Draw scores of these numbers of examples and classes; not all examples are of one class."""

    def draw(rng: np.random.Generator) -> Sequence[Inputs]:
        return [{"x": 2 * rng.normal(size=size), "y": _labels(rng, *size)} for size in sizes]

    return draw


def _labels(rng: np.random.Generator, n: int, classes: int) -> np.ndarray:
    """n classes in random order; the first few all occur."""
    return rng.permutation(np.arange(n) % classes)


def _special_scores(rng: np.random.Generator) -> Sequence[Inputs]:
    """Every kind of score but huge ones, in batches of every shape, and every kind of class."""
    cases: list[Inputs] = []
    for n, classes in ((1, 1), (4, 1), (1, 3), (3, 3), (5, 2), (2, 6)):
        for i, kind in enumerate(kind for kind in KINDS if kind != "extreme"):
            y = _labels(rng, n, classes) if i % 3 else np.full(n, i % classes)
            cases.append({"x": special(kind, rng, (n, classes)), "y": y})
    return [*cases, {"x": special("positive", rng, (3, 130)), "y": np.array([129, 1, 0])}]


def _repeated_scores(rng: np.random.Generator) -> Sequence[Inputs]:
    x = special("mixed", rng, (4, 3))
    x[1, 0] = 2e-7
    return [{"x": x, "y": np.array([2, 0, 1, 1])}]


def _large_scores(rng: np.random.Generator) -> Sequence[Inputs]:
    """Rows of scores on very different levels, each row's within 300 of one another."""
    cases: list[Inputs] = []
    for n, classes in ((4, 3), (1, 5), (3, 3)):
        levels = rng.permutation(np.linspace(-900, 900, n)) if n > 1 else np.array([950.0])
        x = levels[:, None] + rng.uniform(-3, 3, (n, classes))
        x[0, 0] -= 290
        cases.append({"x": x, "y": _labels(rng, n, classes)})
    return cases


def _params(
    rng: np.random.Generator, inputs: int, hidden: int, classes: int
) -> dict[str, np.ndarray]:
    return {
        "W1": rng.normal(size=(inputs, hidden)),
        "b1": 0.5 * rng.normal(size=hidden),
        "W2": rng.normal(size=(hidden, classes)),
        "b2": 0.5 * rng.normal(size=classes),
    }


def _network(
    rng: np.random.Generator, n: int, inputs: int, hidden: int, classes: int
) -> dict[str, object]:
    """A network and its batch; hidden neurons are on for some example, off for some, and not near their corner."""
    while True:
        params, X = _params(rng, inputs, hidden, classes), rng.normal(size=(n, inputs))
        z = X @ params["W1"] + params["b1"]
        mixed = n == 1 or bool(np.all((z > 0).any(axis=0) & (z < 0).any(axis=0)))
        if np.abs(z).min() > CORNER and mixed and 0 < (z > 0).mean() < 1:
            return {**params, "X": X, "y": _labels(rng, n, classes)}


def _networks(rng: np.random.Generator) -> Sequence[Inputs]:
    return [
        {**_network(rng, BATCH, 5, 3, CLASSES), "reg": float(rng.uniform(0.1, 0.4))}
        for _ in range(3)
    ]


def _odd_networks(rng: np.random.Generator) -> Sequence[Inputs]:
    """One example, no regularisation, and sizes that are all the same."""
    drawn = [
        _network(rng, *sizes) for sizes in ((1, 4, 6, 3), (5, 3, 4, 2), (3, 3, 3, 3), (1, 2, 5, 4))
    ]
    calm = [
        {**case, "W2": 0.3 * np.asarray(case["W2"])} for case in drawn
    ]  # no probability near 0 or 1
    return [{**case, "reg": reg} for case, reg in zip(calm, (0.2, 0.0, 0.15, 0.0), strict=True)]


def _special_networks(rng: np.random.Generator) -> Sequence[Inputs]:
    """Every kind of number for examples and biases, every kind of class and of price; one of every size, and all.

    Weights are small where what they meet is large, so that no probability is 0; no hidden neuron
    is in its corner.
    """
    kinds = [kind for kind in KINDS if kind != "extreme"]
    sizes = ((1, 1, 1, 1), (4, 1, 3, 2), (3, 3, 3, 3), (1, 4, 2, 3), (5, 2, 1, 2), (2, 3, 4, 1))
    prices = (0, 1, 2, 0.0, 0.004, 150.0, 2.5, 0.3)
    cases: list[Inputs] = []
    for number in range(2 * len(kinds)):
        n, inputs, hidden, classes = sizes[number % len(sizes)]
        X = special(kinds[number % 8], rng, (n, inputs))
        b1, b2 = (
            special(kinds[(number + 2) % 8], rng, hidden),
            special(kinds[(number + 5) % 8], rng, classes),
        )
        W1 = signed(rng, (inputs, hidden), 0.3, 0.9) / max(1.0, float(np.abs(X).max()))
        W2 = signed(rng, (hidden, classes), 0.3, 0.9) / max(1.0, float(np.abs(b1).max()))
        b1 = np.where(np.abs(X @ W1 + b1).min(axis=0) < 1e-3, b1 + 0.25, b1)
        y = _labels(rng, n, classes) if number % 4 else np.full(n, min(classes - 1, number // 4))
        params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
        cases.append({**params, "X": X, "y": y, "reg": prices[number % 8]})
    weights = _network(rng, 3, 2, 2, 130)
    a, b = rng.uniform(0.3, 0.6, 2)
    steep = {
        "W1": [[-4 - a, 0.75], [-1.25, 1 + b]],
        "W2": [[2 + b, -1], [30 + a, 2]],
        "X": np.ones((2, 2)),
    }
    steep |= {"b1": [-40.0, -b], "b2": [1 + a, 1 + b], "y": np.array([1, 1]), "reg": 0.3}
    return [
        {
            name: np.asarray(value, float) if isinstance(value, list) else value
            for name, value in steep.items()
        },
        *cases,
        *({**weights, "y": np.array(y), "reg": 1e-3} for y in ([129, 0, 7], [0, 7, 129])),
    ]


def _huge_networks(rng: np.random.Generator) -> Sequence[Inputs]:
    """A huge and a tiny number in the examples, where the weights are 0, and a bias that shuts its neuron.

    The example with the huge number has negative scores only, so that nobody rectifies them unseen.
    """
    case = _network(rng, 4, 3, 3, 2)
    X, W1, b1 = np.asarray(case["X"]), np.asarray(case["W1"]), np.asarray(case["b1"])
    X[0, 0], X[1, 0], W1[0], b1[2], W1[1, 2] = 2e7, 3e-7, 0.0, -4e7, 1e-7
    b1[:2] = 0.5, 0.9
    scores = np.maximum(X[0] @ W1 + b1, 0) @ np.asarray(case["W2"])
    b2 = np.asarray(case["b2"])
    b2 -= np.max(scores + b2) + 0.5
    return [{**case, "X": X, "W1": W1, "b1": b1, "b2": b2, "reg": 1e-13}]


def _repeated_networks(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{**_network(rng, 4, 3, 3, 2), "reg": 0.2}]


def _special_steps(rng: np.random.Generator) -> Sequence[Inputs]:
    """Every kind of number for parameters and gradients, and every kind of rate."""
    rates = (0.0, 1, 2, 150.0, 0.004, 2e-7, 2.5, 0)
    shapes = ({"W": (2, 5), "b": (4,), "W2": (3, 1)}, {"W": (1, 3), "b": (1,), "W2": (2, 2)})
    kinds = [kind for kind in KINDS if kind != "extreme"]
    cases: list[Inputs] = []
    for number, rate in enumerate(2 * rates):
        case: dict[str, object] = {"lr": rate}
        for i, (name, shape) in enumerate(shapes[number % 2].items()):
            case[name] = special(kinds[(number + 3 * i) % 8], rng, shape)
            case[f"d{name}"] = special(kinds[(number + number // 8 + 5 * i + 1) % 8], rng, shape)
        cases.append(case)
    return cases


def _huge_steps(rng: np.random.Generator) -> Sequence[Inputs]:
    shapes = {"W": (1, 3), "b": (2,), "W2": (3, 1)}
    drawn = {
        n: special("extreme", rng, s) for name, s in shapes.items() for n in (name, f"d{name}")
    }
    return [{**drawn, "lr": 0.5 + rng.random()}]


def _repeated_steps(rng: np.random.Generator) -> Sequence[Inputs]:
    shapes = {"W": (2, 3), "b": (3,), "W2": (3, 1)}
    return [
        {
            **{
                n: signed(rng, s, *BOUNDS) for name, s in shapes.items() for n in (name, f"d{name}")
            },
            "lr": 0.7,
        }
    ]


def _steps(rng: np.random.Generator) -> Sequence[Inputs]:
    cases: list[Inputs] = []
    for shape in ((3, 4), (1, 5), (2, 1)):
        W, dW = rng.normal(size=(2, *shape))
        b, db = rng.normal(size=(2, shape[1]))
        cases.append({"W": W, "b": b, "dW": dW, "db": db, "lr": float(rng.uniform(0.05, 0.6))})
    return cases


def _other_names(rng: np.random.Generator) -> Sequence[Inputs]:
    shapes = {"kernel": (2, 3, 2), "shift": (4,), "scale": (1,)}
    params, grads = (
        {name: rng.normal(size=shape) for name, shape in shapes.items()} for _ in range(2)
    )
    return [{"params": params, "grads": grads, "lr": float(rng.uniform(0.05, 0.6))}]


def _whole_batches(rng: np.random.Generator) -> Sequence[Inputs]:
    """Batches that hold all examples, some with room for more: the result depends on no order."""
    return [
        {
            **_network(rng, n, 3, 4, 3),
            "lr": float(rng.uniform(0.2, 0.4)),
            "epochs": epochs,
            "batch": batch,
            "seed": 3,
        }
        for n, epochs, batch in ((5, 3, 5), (6, 2, 9), (1, 3, 2))
    ]


def _special_runs(rng: np.random.Generator) -> Sequence[Inputs]:
    """Every kind of example, bias, rate, batch and seed, where the order of the examples changes nothing.

    All examples are in one batch, or they are equal, or there is no epoch.
    """
    kinds = [kind for kind in KINDS if kind != "extreme"]
    sizes = ((1, 1, 1, 1), (4, 1, 3, 2), (3, 3, 3, 3), (1, 4, 2, 3), (5, 2, 1, 2), (2, 3, 4, 2))
    rates, seeds = (1, 0.0, 2, 0.004, 2e-7, 2.5, 0.3, 0), (0, 1, 2, 5, 12, 30)
    cases: list[Inputs] = []
    for number in range(16):
        n, inputs, hidden, classes = sizes[number % 6]
        epochs, batch = (1, 2, 0, 3, 1)[number % 5], n + (0, 1, 10)[number % 3]
        X = special(kinds[number % 8], rng, (n, inputs))
        b1, b2 = (
            special(kinds[(number + 3) % 8], rng, hidden),
            special(kinds[(number + 5) % 8], rng, classes),
        )
        W1 = signed(rng, (inputs, hidden), 0.3, 0.9) / max(1.0, float(np.abs(X).max()))
        W2 = signed(rng, (hidden, classes), 0.3, 0.9) / max(1.0, float(np.abs(b1).max()))
        b1 = np.where(np.abs(X @ W1 + b1).min(axis=0) < 1e-3, b1 + 0.25, b1)
        y = _labels(rng, n, classes) if number % 4 else np.full(n, min(classes - 1, number // 4))
        rate = (
            rates[number % 8] / max(1.0, float(np.abs(X).max()))
            if epochs > 1
            else rates[number % 8]
        )
        run = {"lr": rate, "epochs": epochs, "batch": batch, "seed": seeds[number % 6]}
        cases.append({"W1": W1, "b1": b1, "W2": W2, "b2": b2, "X": X, "y": y, **run})
    small = _network(rng, 3, 2, 2, 2)
    small.update({name: 0.01 * np.asarray(small[name]) for name in ("X", "b1")})
    far = _network(rng, 2, 3, 2, 130)
    X, W1, W2, b2 = (np.array(far[name]) for name in ("X", "W1", "W2", "b2"))
    X[0, 0], X[1, 1], W1[0], W1[1, 1], b2[7] = 2e7, 1e-7, 0.0, 1e-7, b2[8] * (1 + 1e-5)
    b2[[0, 129]] -= 11  # the right classes are unlikely: a loss above 10
    far.update({"X": X, "W1": W1, "b2": b2, "y": np.array([0, 129])})
    return [
        *cases,
        {**small, "lr": 150.0, "epochs": 1, "batch": 3, "seed": 3},
        {**far, "lr": 0.3, "epochs": 0, "batch": 2, "seed": 4},
    ]


def _repeated_runs(rng: np.random.Generator) -> Sequence[Inputs]:
    case = _network(rng, 4, 3, 3, 2)
    b1 = np.array([0.4, 0.3, -4e7])
    return [{**case, "b1": b1, "lr": 0.05, "epochs": 2, "batch": 5, "seed": 9}]


def _copies(rng: np.random.Generator) -> Sequence[Inputs]:
    """Many copies of one example: the result depends on the number of steps, not on the order."""
    cases: list[Inputs] = []
    for n, batch, epochs in ((7, 3, 2), (5, 2, 2), (6, 1, 2), (33, 32, 11)):
        case = _network(rng, 1, 4, 3, 3)
        X, y = np.repeat(np.asarray(case["X"]), n, axis=0), np.repeat(np.asarray(case["y"]), n)
        cases.append(
            {
                **case,
                "X": X,
                "y": y,
                "lr": 0.1,
                "epochs": epochs,
                "batch": batch,
                "seed": int(rng.integers(1000)),
            }
        )
    return cases


def _tiny_steps(rng: np.random.Generator) -> Sequence[Inputs]:
    return [
        {
            **_network(rng, n, 4, 3, 3),
            "lr": TINY_RATE,
            "epochs": epochs,
            "batch": batch,
            "seed": int(rng.integers(1000)),
        }
        for n, epochs, batch in ((8, 1, 2), (9, 2, 3))
    ]


def _mirrored(rng: np.random.Generator) -> Sequence[Inputs]:
    """Two examples and a network, each its own mirror image: the order of single steps does not change the loss.

    After one epoch with one example at a time the loss is the same whichever came first, and differs from the loss
    after steps on both.
    """
    cases: list[Inputs] = []
    for inputs in (2, 3, 1):
        column, x = signed(rng, inputs, *BOUNDS), rng.uniform(0.6, 1.2, inputs)
        x *= np.sign(
            column
        )  # so that each example switches one of the two neurons on, and the other off
        on, off = rng.uniform(0.5, 1.5), -rng.uniform(0.5, 1.5)
        cases.append(
            {
                "W1": np.stack([column, -column], axis=1),
                "b1": np.full(2, 0.1),
                "W2": np.array([[on, off], [off, on]]),
                "b2": np.zeros(2),
                "X": np.stack([x, -x]),
                "y": np.array([1, 0]),
                "lr": float(rng.uniform(0.2, 0.4)),
                "epochs": 1,
                "batch": 1,
                "seed": int(rng.integers(1000)),
            }
        )
    return cases


def _clusters(rng: np.random.Generator) -> Sequence[Inputs]:
    """Twenty examples about three centres, in equal batches: the order of an epoch's steps matters."""
    centres = 2.5 * np.array([[1.0, 0.0, 0.0, 0.5], [0.0, 1.0, 0.0, -0.5], [0.0, 0.0, 1.0, 0.5]])
    y = rng.permutation(np.arange(20) % 3)
    X = centres[y] + 0.3 * rng.normal(size=(20, 4))
    params = {name: 0.6 * value for name, value in _params(rng, 4, 12, 3).items()}
    return [
        {
            **params,
            "X": X,
            "y": y,
            "lr": 0.5,
            "epochs": 15,
            "batch": 5,
            "seed": int(rng.integers(1000)),
        }
    ]


def _activations(rng: np.random.Generator, n: int) -> np.ndarray:
    """Outputs of a sigmoid, on either side of one half and away from it; none alike."""
    return 0.5 + signed(rng, n, 0.15, 0.4)


def _layers(rng: np.random.Generator) -> Sequence[Inputs]:
    return [
        {
            "w": signed(rng, (J, K), *BOUNDS),
            "a_before": _activations(rng, K),
            "a": _activations(rng, J),
            "dC_da": signed(rng, J, *BOUNDS),
        }
        for J, K in ((2, 3), (4, 2), (3, 5))
    ]


def _two_layers(rng: np.random.Generator) -> Sequence[Inputs]:
    return [
        {
            "w2": signed(rng, (n2, n1), *BOUNDS),
            "w1": signed(rng, (n1, n0), *BOUNDS),
            "a0": _activations(rng, n0),
            "a1": _activations(rng, n1),
            "a2": _activations(rng, n2),
            "y": np.arange(n2) % 2 * 1.0,
        }
        for n0, n1, n2 in ((4, 3, 2), (2, 4, 3))
    ]


Layer = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _layer(*arrays: object) -> Layer:
    w, a_before, a, back = (np.array(each, dtype=np.float64) for each in arrays)
    return w, a_before, a, back


def _special_layers(rng: np.random.Generator) -> Sequence[Inputs]:
    """Layers of two neurons and three inputs that together hold every kind of number."""
    a, b, c = (float(v) for v in rng.uniform(0.3, 0.45, 3))
    near = 1 + 1e-5
    plain = [[a / 2, -b, c], [-a, 2 * b, -2 * c]]
    layers = [
        _layer([[-a, 0, a], [1, 11 + b, -150 - c]], [b, 0, -b], [a / 2, 2 * a], [1, -1]),
        _layer([[2 * a, a, a / 2], [b, b / 2, b / 4]], [1, 1, 1], [a, a], [-2 - b, -1 - b]),
        _layer([[-4, -3, -3], [-5, -2, -1]], [2 * a, a, a / 2], [0.003 * b, c], [0, 0]),
        _layer(np.ones((2, 3)), [-1, -2, -4], [b, b * near], [2 * a, a]),
        _layer(np.zeros((2, 3)), np.zeros(3), [a, 2 * b], [-c, c]),
        _layer(
            [[a, a * near, -2 - a], [b, -b / 2, c]], [b, b * near, -3 * b], [0, 1], [150 + a, a]
        ),
        _layer(np.full((2, 3), 1 + a), np.full(3, 1 + a), [2 * a, b / 2], [1 + b, 1 + b]),
        _layer(
            [[-a, b, 2], [1 + c, -a, 3]], [11 + b, 0.003, -250 - c], [2 * a, b], [-150 - a, 0.003]
        ),
        _layer([[2, -3, 4], [3, -2, 1]], [3, 2, -4], [c, 0.002], [-3, -2]),
        _layer(
            [[0.003, -b, c], [-a, 2 * b, -2 * c]], [-a, -a / 2, -a / 4], [2 * b, b], [c * near, c]
        ),
        _layer(plain, [a, -b, c], [0, 0], [2, 3]),
        _layer(plain, [a, -b, c], [1, 1], [7e-7 * b, 3]),
        _layer(plain, [a, -b, c], [2e-7 * b, c], [1, 1]),
    ]
    return [{"layers": layers}]


def _layers_of_any_size(rng: np.random.Generator) -> Sequence[Inputs]:
    """One neuron, one input, one weight; and layers whose vectors are equal, opposite or nearly equal."""
    a, b, c, d = (float(v) for v in rng.uniform(0.3, 0.45, 4))
    near = np.array([1 + 1e-5, 1 + 2e-5])
    square = np.array([[2 * a, -b], [c, 1 + d]])
    before, out = np.array([a, 2 * b]), np.array([2 * c, d])
    squares = [
        (before, before, -before),
        (before, before * near, before * near * near),
        (before, out, out),
        (-out, out, out * near),
        (before, out, before),
        (before, out, before * near),
        (before, out, -before),
    ]
    return [
        {"layers": [_layer([[a, -1 - b, c]], [a, -1 - b, c], [d], [d])]},
        {"layers": [_layer([[a], [-1 - b], [c]], [2 * a], [b, 2 * c, d], [2 * a, -2 * b, 1 + c])]},
        {"layers": [_layer([[2 * a]], [-1 - b], [c], [2.0])]},
        {"layers": [_layer(square, *vectors) for vectors in squares]},
    ]


def _huge_layer(rng: np.random.Generator) -> Sequence[Inputs]:
    a, b, c = (float(v) for v in rng.uniform(0.3, 0.45, 3))
    rows = [[2e7 * (1 + a), -b, 2e-7 * c], [-2e7 * b, 1 + b, c]]
    return [{"layers": [_layer(rows, [2e-7 * a, b, 2e7 * c], [a, 2 * b], [2e7 * b, 3e7 * c])]}]


def _paraboloids(rng: np.random.Generator) -> Sequence[Inputs]:
    """Bowls whose curvatures lie between 0.5 and 3 in directions of their own; no step leads far."""
    cases: list[Inputs] = []
    for n, steps in ((2, 4), (3, 3), (4, 2), (1, 3)):
        turned, _ = np.linalg.qr(rng.normal(size=(n, n)))
        A = turned @ np.diag(np.linspace(0.5, 3, n)) @ turned.T
        vectors = {"b": signed(rng, n, *BOUNDS), "x": 2 * signed(rng, n, *BOUNDS)}
        cases.append(
            {"A": (A + A.T) / 2, **vectors, "lr": float(rng.uniform(0.1, 0.3)), "steps": steps}
        )
    return cases


def _bowl(
    curvatures: Sequence[float], b: Sequence[float], x: Sequence[float], lr: float, steps: int
) -> Bowl:
    """A bowl and two descents: the curvature along x, the mixed one, the one along y."""
    p, q, r = curvatures
    return np.array([[p, q], [q, r]]), np.array(b, float), np.array(x, float), lr, steps


def _special_bowls(rng: np.random.Generator) -> Sequence[Inputs]:
    """Curvatures, points and rates of every kind; equal, opposite and nearly equal pairs; few steps and many."""
    a, b, c, d = (float(v) for v in rng.uniform(0.3, 0.45, 4))
    pair, near = [1 + a, -b], 1 + 2e-5
    whole = int(rng.integers(2, 5))
    plain = ((1 + a, -b, 1 + c), [b, -1 - d], [-c, 1 + a])
    of_every_kind = [
        _bowl((2.0, 0, 1.0 + whole), [1, 1], [0, 0], a, 1),
        _bowl((1, -1, 2 + a), [0, 0], [1, 1], whole, 1),
        _bowl((0.9, a, 2 * b), [2 * a, b], [c, d], 1, 1),
        _bowl((4 + a, -1 - b, 2 + c), [-a, -2 - b], [-1 - c, -d], 0.0, 1),
        _bowl((150 + a, 12 + b, 3 + c), [250 + c, -0.01 * a], [0.01 * b, -120 - d], 0.01 * a, 1),
        _bowl((0.01 * a, 0.002 * b, 0.012 * c), [-3, whole], [whole, -5], 150 + a, 1),
        _bowl((1 + a, b, (1 + a) * near), [c, c * near], [-d, -d * near], near, 1),
        _bowl((1 + a, b, 1 + c), [a, -a], [-1 - b, 1 + b], 1 + d, 1),
        *(_bowl((1 + a, b, 1 + c), pair, [k * v for v in pair], d, 1) for k in (1, -1, near)),
    ]
    lines = [([[1.0]], [2 + a], [-b], a), ([[2 + b]], [-c], [1 + d], c)]
    return [
        {"bowls": of_every_kind},
        {"bowls": [(*map(np.array, line[:3]), line[3], 3) for line in lines]},
        {"bowls": [_bowl(*plain, a, 0)]},
        {"bowls": [_bowl(*plain, b, int(rng.integers(11, 16)))]},
    ]


def _huge_bowls(rng: np.random.Generator) -> Sequence[Inputs]:
    a, b, c, d = (float(v) for v in rng.uniform(0.3, 0.45, 4))
    steep = (2e7 * (1 + a), 2e-7 * b, c)
    return [
        {"bowls": [_bowl(steep, [3e7 * (1 + d), 2e-7 * c], [a, -b], 2e-8 * (1 + b), 1)]},
        {"bowls": [_bowl((1 + a, b, 2 + c), [-3e7 * (1 + d), a], [2e7 * (1 + c), 2e-7 * a], d, 1)]},
    ]


def _bowls(rng: np.random.Generator) -> Sequence[Inputs]:
    """Paraboloids and a bumpy image, of several sizes."""
    cases: list[Inputs] = []
    for rows, columns in ((4, 6), (6, 3)):
        y, x = np.mgrid[0:rows, 0:columns]
        a, b, c, d, e = signed(rng, 5, *BOUNDS)
        cases.append({"image": a * x**2 + b * x * y + c * y**2 + d * x + e * y})
    return [*cases, {"image": signed(rng, (4, 5), *BOUNDS)}]


def _special_images(rng: np.random.Generator) -> Sequence[Inputs]:
    kinds = (
        "rich",
        "positive",
        "negative",
        "negative whole",
        "ones",
        "zeros",
        "equal",
        "whole",
        "close",
    )
    images = [signed(rng, (3, 5), *BOUNDS), *(special(kind, rng, (3, 5)) for kind in kinds)]
    tiny = signed(rng, (3, 5), *BOUNDS)
    tiny[0, 0] = 2e-7
    # Steeper than ten along rows and columns.
    steep = signed(rng, (3, 5), *BOUNDS) + np.add.outer([0, 25, 70], [0, 30, 75, 135, 210])
    return [{"images": [*images, tiny, steep]}]


def _images_of_other_shapes(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"images": [signed(rng, shape, *BOUNDS)]} for shape in ((4, 4), (5, 3), (3, 3))]


def _huge_images(rng: np.random.Generator) -> Sequence[Inputs]:
    image = 1e7 * signed(rng, (3, 3), *BOUNDS)
    image[0, 1], image[2, 1] = 0.5, 2e-7
    image[1, 1] *= 2
    return [{"images": [image]}]


# Answers that call these are judged on another rectifier, squared distances, a network of another kind and steps that
# shrink what they move.
STAND_INS = {
    "relu_forward": """\
def relu_forward(x):
    return np.where(x > 0, 3 * x, 0.0)
""",
    "relu_backward": """\
def relu_backward(dout, x):
    return np.where(x > 0, 5 * dout, 0.0)
""",
    "mse_cost": f"""\
{SEVERAL}\
def mse_cost(a, y):
    return Several(C=np.sum(a * y), dC=3 * a + y)
""",
    "softmax_loss": f"""\
{SEVERAL}\
def softmax_loss(x, y):
    off = (np.tanh(x) - np.eye(x.shape[1])[y]) / len(x)
    return Several(loss=np.sum(off * x), dx=off)
""",
    "loss_and_grads": SEVERAL
    + """\
def loss_and_grads(params, X, y, reg):
    hidden = np.tanh(X @ params["W1"] + params["b1"])
    off = np.tanh(hidden @ params["W2"] + params["b2"]) - np.eye(params["b2"].size)[y]
    slopes = {"W1": X.T @ hidden, "b1": hidden.sum(0), "W2": hidden.T @ off, "b2": off.sum(0)}
    slopes = {name: slopes[name] / len(X) + reg * value for name, value in params.items()}
    return Several(loss=np.sum(off**2) / len(X) + reg, grads=slopes)
""",
    "sgd_step": """\
def sgd_step(params, grads, lr):
    return {name: 0.9 * value - 2 * lr * grads[name] for name, value in params.items()}
""",
}
HIDDEN = HiddenAssignment(
    name="07_mlp_sgd",
    stand_ins=STAND_INS,
    checks=(
        HiddenCheck(
            "relu_forward",
            "The right values for arrays of any shape.",
            RELU,
            _arrays,
            {"out": "out"},
        ),
        HiddenCheck(
            "relu_forward",
            ANY_SHAPE,
            RELU,
            _special_arrays,
            {"out": "out"},
            on_purpose="Zeros lie in the corner, and in arrays of one sign little is tried.",
        ),
        HiddenCheck(
            "relu_forward",
            AGAIN,
            RELU_AGAIN,
            _extreme_arrays,
            dict.fromkeys(RELU_AGAIN.names, "out"),
        ),
        HiddenCheck(
            "relu_backward",
            "The gradient for other numbers, upstream gradients and shapes.",
            RELU_BACK,
            _with_upstream,
            {"dx": "dx"},
        ),
        HiddenCheck(
            "relu_backward",
            ANY_SHAPE,
            RELU_BACK,
            _special_upstreams,
            {"dx": "dx"},
            on_purpose="In the corner nothing arrives, and in arrays of one sign little is tried.",
        ),
        HiddenCheck(
            "relu_backward",
            AGAIN,
            RELU_BACK_AGAIN,
            _nearly_equal,
            dict.fromkeys(RELU_BACK_AGAIN.names, "dx"),
        ),
        HiddenCheck(
            "mse_cost",
            "Cost and slopes for other numbers of outputs.",
            COST,
            _costs,
            {"C": "C", "dC": "dC"},
        ),
        HiddenCheck(
            "mse_cost",
            ANY_NUMBERS,
            COST,
            _special_costs,
            {"C": "C", "dC": "dC"},
            on_purpose="Where one output is all there is, its mean is its sum.",
        ),
        HiddenCheck(
            "mse_cost", HUGE, COST, every({"a": (3,), "y": (3,)}, huge=True), {"C": "C", "dC": "dC"}
        ),
        HiddenCheck("mse_cost", AS_WANTED, COST_AGAIN, _close_costs, {"C": "C", "dC": "dC"}),
        HiddenCheck(
            "layer_by_index",
            "The slopes for other layers of several sizes.",
            LAYER,
            _layers,
            LAYER_PARTS,
        ),
        HiddenCheck(
            "layer_by_index",
            "Two other layers, from mse_cost down.",
            TWO_LAYERS,
            _two_layers,
            TWO_LAYERS_PARTS,
        ),
        HiddenCheck(
            "layer_by_index",
            "Other layers with numbers of every kind.",
            MANY_LAYERS,
            _special_layers,
            LAYER_PARTS,
        ),
        HiddenCheck("layer_by_index", ANY_LAYER, MANY_LAYERS, _layers_of_any_size, LAYER_PARTS),
        HiddenCheck("layer_by_index", HUGE, MANY_LAYERS, _huge_layer, LAYER_PARTS),
        HiddenCheck(
            "softmax_loss",
            "Loss and gradient for other scores.",
            SOFTMAX,
            _scores((BATCH, CLASSES), (BATCH, CLASSES), (BATCH, CLASSES)),
            {"loss": "loss", "dx": "dx"},
            Values(sizes={"N": BATCH, "C": CLASSES}),
        ),
        HiddenCheck(
            "softmax_loss",
            "Loss and gradient for a single example, for two classes, and for as many classes as examples.",
            SOFTMAX,
            _scores((1, 5), (6, 2), (3, 3), (1, 3)),
            {"loss": "loss", "dx": "dx"},
        ),
        HiddenCheck(
            "softmax_loss",
            "Large scores on different levels: nothing overflows, nothing warns, and the numbers are right.",
            SOFTMAX,
            _large_scores,
            {"loss": "stable", "dx": "stable"},
            Values(quiet=True),
        ),
        HiddenCheck(
            "softmax_loss", ANY_SCORES, SOFTMAX, _special_scores, {"loss": "loss", "dx": "dx"}
        ),
        HiddenCheck(
            "softmax_loss", AGAIN, SOFTMAX_AGAIN, _repeated_scores, {"loss": "loss", "dx": "dx"}
        ),
        HiddenCheck(
            "softmax_loss",
            FORMULAS,
            SOFTMAX,
            near(_scores((BATCH, CLASSES)), "x"),
            {"dx": "dx"},
            Analytic(),
        ),
        HiddenCheck(
            "loss_and_grads",
            "Loss and gradients for other networks and batches.",
            NETWORK,
            _networks,
            NETWORK_PARTS,
            Values(sizes={"N": BATCH}),
            terms=TERMS,
        ),
        HiddenCheck(
            "loss_and_grads",
            "Loss and gradients for a single example, without regularisation, and where all sizes are the same.",
            NETWORK,
            _odd_networks,
            NETWORK_PARTS,
        ),
        HiddenCheck(
            "loss_and_grads",
            ANY_NETWORK,
            NETWORK,
            _special_networks,
            NETWORK_PARTS,
            on_purpose="Some have a single class, no price or a high one.",
        ),
        HiddenCheck(
            "loss_and_grads",
            HUGE,
            NETWORK,
            _huge_networks,
            NETWORK_PARTS,
            on_purpose="The weights of the huge number are 0, and a small step of them leads far.",
        ),
        HiddenCheck("loss_and_grads", AGAIN, NETWORK_AGAIN, _repeated_networks, NETWORK_PARTS),
        HiddenCheck(
            "loss_and_grads",
            FORMULAS,
            NETWORK,
            near(_networks, *WEIGHTS, "X"),
            {name: part for name, part in NETWORK_PARTS.items() if name != "loss"},
            Analytic(),
        ),
        HiddenCheck(
            "sgd_step",
            ANY_RATE,
            STEPS,
            _special_steps,
            STEPS_PARTS,
            on_purpose="A rate of 0 is one of them.",
        ),
        HiddenCheck(
            "sgd_step",
            "The step for other parameters and rates.",
            STEP,
            _steps,
            {"W": "matrices", "b": "vectors"},
        ),
        HiddenCheck(
            "sgd_step",
            "The step for parameters of other names and shapes.",
            OTHER_NAMES,
            _other_names,
            {"kernel": "matrices", "shift": "vectors", "scale": "vectors"},
        ),
        HiddenCheck("sgd_step", HUGE, STEPS, _huge_steps, STEPS_PARTS),
        HiddenCheck("sgd_step", NAMES, STEPS_AGAIN, _repeated_steps, STEPS_PARTS),
        HiddenCheck(
            "train",
            "With batches that hold everything: the losses and the parameters after some epochs.",
            HISTORY,
            _whole_batches,
            HISTORY_PARTS,
        ),
        HiddenCheck(
            "train",
            "Batches that do not divide the number of examples: the last one makes a step too.",
            HISTORY,
            _copies,
            HISTORY_PARTS,
        ),
        HiddenCheck(
            "train",
            "In each epoch every example counts once, with its own label.",
            MOVES,
            _tiny_steps,
            {"moves": "steps"},
            Values(within=TINY_ERROR),
        ),
        HiddenCheck(
            "train",
            "Each batch makes its step from where the one before it ended, on its own examples alone.",
            LOSSES_ONLY,
            _mirrored,
            {"losses": "steps"},
        ),
        HiddenCheck(
            "train",
            "Twenty examples are learned by heart; the same seed gives the same result, another one another; np.random "
            "is left alone.",
            REPEATED,
            _clusters,
            REPEATED_PARTS,
        ),
        HiddenCheck(
            "train",
            ANY_RUN,
            HISTORY,
            _special_runs,
            HISTORY_PARTS,
            on_purpose="One holds a huge number, where the weights are 0.",
        ),
        HiddenCheck("train", AGAIN, TRAIN_AGAIN, _repeated_runs, HISTORY_PARTS),
        HiddenCheck(
            "paraboloid_paths",
            "Both paths on other paraboloids, in one to four dimensions.",
            PATHS,
            _paraboloids,
            BOTH,
        ),
        HiddenCheck("paraboloid_paths", ANY_BOWL, MANY_PATHS, _special_bowls, PATHS_PARTS),
        HiddenCheck(
            "paraboloid_paths",
            HUGE,
            MANY_PATHS,
            _huge_bowls,
            PATHS_PARTS,
            on_purpose="Where a curvature is huge, no point is.",
        ),
        HiddenCheck(
            "image_slopes", "Other paraboloids and another image.", IMAGE, _bowls, IMAGE_PARTS
        ),
        HiddenCheck(
            "image_slopes",
            "Other images with numbers of every kind.",
            MANY_IMAGES,
            _special_images,
            IMAGE_PARTS,
        ),
        HiddenCheck(
            "image_slopes",
            "Square images, and one that is higher than wide.",
            MANY_IMAGES,
            _images_of_other_shapes,
            IMAGE_PARTS,
        ),
        HiddenCheck("image_slopes", HUGE, MANY_IMAGES, _huge_images, IMAGE_PARTS),
    ),
    misconceptions=MISCONCEPTIONS,
    excluded=(
        Excluded(
            "relu_forward",
            ("relu_forward(x: a list)", "relu_forward(x: integers)"),
            "x is a float64 array.",
        ),
        Excluded("relu_backward", ("* a list)", "* integers)"), "dout and x are float64 arrays."),
        Excluded(
            "mse_cost", ("* a list) *", "*(a: integers) *"), "a is a float64 array, y an array."
        ),
        Excluded("mse_cost", ("* Fortran order) *",), "An array of one axis has no such order."),
        Excluded("layer_by_index", ("*: a list) *", "*: integers) *"), "All are float64 arrays."),
        Excluded(
            "layer_by_index",
            (
                "*(a: *negative*",
                "*(a: opposite values) *",
                "*(a: a value above *",
                "*(a: a value below -1) *",
                "*(a: whole numbers) *",
                "*(a: a large value) *",
                "*(a: a huge value) *",
            ),
            "a holds outputs of the sigmoid, from 0 to 1.",
        ),
        Excluded(
            "layer_by_index",
            ("*(a_before: F*", "*(a: F*", "*(dC_da: F*"),
            "An array of one axis has no such order.",
        ),
        Excluded(
            "layer_by_index", ("*(w, *: *) *",), "w has two axes and the others one: never alike."
        ),
        Excluded(
            "layer_by_index",
            ("*: are one object) *",),
            "Writing into an array is only worth a note, so none is handed in twice.",
        ),
        Excluded("softmax_loss", ("*(x: a list) *", "*(x: integers) *"), "x is a float64 array."),
        Excluded(
            "softmax_loss",
            ("*(result: limited at 10) -> 1",),
            "Probabilities and their slopes are 1 at most.",
        ),
        Excluded("softmax_loss", ("*(x: a huge value) *",), "Scores are 1000 at most."),
        Excluded(
            "softmax_loss",
            (
                "*(y: * negative*",
                "*(y: a negative*",
                "*(y: negative*",
                "*(y: *below -1*",
                "*(y: opposite values) *",
            ),
            "y holds integers from 0 to C-1.",
        ),
        Excluded(
            "softmax_loss",
            (
                "*(y: nearly equal values) *",
                "*(y: a small value) *",
                "*(y: a tiny value) *",
                "*(y: a value between *",
            ),
            "y holds integers.",
        ),
        Excluded(
            "softmax_loss", ("*(y: a huge value) *",), "Nobody tells a million classes apart."
        ),
        Excluded(
            "softmax_loss",
            ("*(y: a list) *", "*(y: Fortran order) *"),
            "y is an array of one axis.",
        ),
        Excluded("softmax_loss", ("*(x, y: *",), "x has two axes, y has one."),
        Excluded(
            "softmax_loss",
            ("softmax_loss(term 0: *",),
            "Powers of what is not above 0 are 1 at most.",
        ),
        Excluded(
            "loss_and_grads", ("loss_and_grads(term 0: *",), "The slope along a score is 1 at most."
        ),
        Excluded("loss_and_grads", ("*(X: a list) *", "*(X: integers) *"), "X is a float64 array."),
        Excluded(
            "loss_and_grads",
            (
                "*(params: no name) *",
                "*(params: one name) *",
                "*(params: one name within another) *",
            ),
            "params has the names W1, b1, W2 and b2.",
        ),
        Excluded(
            "loss_and_grads",
            (
                "*(y: * negative*",
                "*(y: a negative*",
                "*(y: negative*",
                "*(y: *below -1*",
                "*(y: opposite values) *",
            ),
            "y holds integers from 0 to C-1.",
        ),
        Excluded(
            "loss_and_grads",
            (
                "*(y: nearly equal values) *",
                "*(y: a small value) *",
                "*(y: a tiny value) *",
                "*(y: a value between *",
            ),
            "y holds integers.",
        ),
        Excluded(
            "loss_and_grads", ("*(y: a huge value) *",), "Nobody tells a million classes apart."
        ),
        Excluded(
            "loss_and_grads",
            ("*(y: a list) *", "*(y: Fortran order) *"),
            "y is an array of one axis.",
        ),
        Excluded(
            "loss_and_grads",
            (
                "*(reg: minus one) *",
                "*(reg: negative) *",
                "*(reg: below -1) *",
                "*(reg: between -1 and 0) *",
            ),
            "reg is 0 or more.",
        ),
        Excluded("loss_and_grads", ("*(reg: an array without axes) *",), "reg is a number."),
        Excluded(
            "loss_and_grads",
            ("*(X, y: *", "*(X, reg: *", "*(y, reg: *"),
            "X has two axes, y one, and reg is a number.",
        ),
        Excluded("train", ("*(X: a list) *", "*(X: integers) *"), "X is a float64 array."),
        Excluded(
            "train",
            (
                "*(params: no name) *",
                "*(params: one name) *",
                "*(params: one name within another) *",
            ),
            "params is a dict as in loss_and_grads, with the names W1, b1, W2 and b2.",
        ),
        Excluded(
            "train",
            (
                "*(y: * negative*",
                "*(y: a negative*",
                "*(y: negative*",
                "*(y: *below -1*",
                "*(y: opposite values) *",
            ),
            "y holds integers from 0 to C-1.",
        ),
        Excluded(
            "train",
            (
                "*(y: nearly equal values) *",
                "*(y: a small value) *",
                "*(y: a tiny value) *",
                "*(y: a value between *",
            ),
            "y holds integers.",
        ),
        Excluded("train", ("*(y: a huge value) *",), "Nobody tells a million classes apart."),
        Excluded(
            "train", ("*(y: a list) *", "*(y: Fortran order) *"), "y is an array of one axis."
        ),
        Excluded(
            "train",
            (
                "*(lr: minus one) *",
                "*(lr: negative) *",
                "*(lr: below -1) *",
                "*(lr: between -1 and 0) *",
            ),
            "lr is 0 or more.",
        ),
        Excluded("train", ("*(lr: an array without axes) *",), "lr is a number."),
        Excluded("train", ("*(batch: zero) *",), "batch is 1 or more."),
        Excluded(
            "train",
            (
                *(f"*(X, {name}: *" for name in ("y", "lr", "epochs", "seed")),
                *(f"*(X, batch: {what}) *" for what in ("are *", "rise", "fall")),
                "*(y, *",
            ),
            "X has two axes, y one, and the others are numbers; batch alone has to do with the rows of X.",
        ),
        Excluded("train", ("*(*, *: are opposite) *",), "None of these numbers is negative."),
        Excluded(
            "train",
            ("*(*, *: are nearly equal) *",),
            "epochs, batch and seed are whole, and no answer compares a rate with one of them.",
        ),
        Excluded(
            "sgd_step", ("*(*: no name) *",), "An empty dict holds nothing that could be wrong."
        ),
        Excluded(
            "sgd_step",
            (
                "*(lr: minus one) *",
                "*(lr: negative) *",
                "*(lr: below -1) *",
                "*(lr: between -1 and 0) *",
            ),
            "lr is 0 or more.",
        ),
        Excluded("sgd_step", ("*(lr: an array without axes) *",), "lr is a number."),
        Excluded(
            "sgd_step",
            ("* -> kernel", "* -> shift", "* -> scale"),
            "A name means nothing to a step: numbers are tried with W, b and W2, other names with ordinary numbers.",
        ),
        Excluded(
            "paraboloid_paths",
            ("*(A: a list) *", "*(A: integers) *", "*([bx]: a list) *", "*([bx]: integers) *"),
            "A, b and x are float64 arrays.",
        ),
        Excluded(
            "paraboloid_paths",
            (
                "*(A: all zeros) *",
                "*(A: all values equal) *",
                "*(A: negative values only) *",
                "*(A: first value negative) *",
                "*(A: last value negative) *",
                "*(A: a negative sum) *",
            ),
            "A is positive definite: its diagonal and its sum are positive.",
        ),
        Excluded(
            "paraboloid_paths",
            (
                "*(A: one row or column) *",
                "*(A: more rows than columns) *",
                "*(A: fewer rows than columns) *",
            ),
            "A has n rows and n columns.",
        ),
        Excluded("paraboloid_paths", ("*([bx]: F*",), "An array of one axis has no such order."),
        Excluded(
            "paraboloid_paths",
            (
                "*(lr: minus one) *",
                "*(lr: negative) *",
                "*(lr: below -1) *",
                "*(lr: between -1 and 0) *",
            ),
            "lr is 0 or more.",
        ),
        Excluded("paraboloid_paths", ("*(lr: an array without axes) *",), "lr is a number."),
        Excluded(
            "paraboloid_paths",
            ("*(A, *", "*(b, lr: *", "*(b, steps: *", "*(x, lr: *", "*(x, steps: *"),
            "A has two axes, b and x have one, and lr and steps are numbers.",
        ),
        Excluded("paraboloid_paths", ("*(lr, steps: are opposite) *",), "Both are 0 or more."),
        Excluded(
            "paraboloid_paths",
            ("*(b, x: are one object) *",),
            "Writing into an array is only worth a note, so none is handed in twice.",
        ),
        Excluded("image_slopes", ("*: a list) *", "*: integers) *"), "image is a float64 array."),
        Excluded("image_slopes", ("*: one *",), "image has 3 rows and 3 columns or more."),
        Excluded("mse_cost", ("*(a, y: have one shape) *",), "They always have."),
    ),
    equivalents=(
        Equivalent(
            "relu_forward",
            "return np.maximum(0.0, x)",
            ("return np.maximum(x, 0.0)",),
            "The larger of two numbers does not depend on their order.",
        ),
        Equivalent(
            "relu_backward",
            "return dout * (x > 0)",
            ("return dout * (x >= 0)",),
            "At exactly 0 either slope is right, and no check asks there.",
        ),
        Equivalent(
            "layer_by_index",
            "da_before = w.T @ dz",
            ("da_before = w.T @ dz.T",),
            "A vector is its own transpose.",
        ),
        Equivalent(
            "layer_by_index",
            "return (dw, db, da_before)",
            ("return (dw, dz, da_before)",),
            "The slope for a bias is that for its z.",
        ),
        Equivalent(
            "softmax_loss",
            "shifted = x - x.max(axis=1, keepdims=True)",
            (
                "shifted = x - x.mean(axis=1, keepdims=True)",
                "shifted = x - x.min(axis=1, keepdims=True)",
                "shifted = x - x.max(axis=-1, keepdims=True)",
            ),
            "The last axis is axis 1; scores of an example differ by 500 at most, and e to the 500 does not overflow.",
        ),
        Equivalent(
            "softmax_loss",
            "sums = powers.sum(axis=1, keepdims=True)",
            ("sums = powers.sum(axis=-1, keepdims=True)",),
            "The last axis is axis 1.",
        ),
        Equivalent(
            "softmax_loss",
            "every = np.arange(len(x))",
            (
                "every = np.arange(len(y))",
                "every = np.arange(len(shifted))",
                "every = np.arange(len(powers))",
            ),
            "All have a row, or a label, for each example.",
        ),
        Equivalent(
            "softmax_loss",
            "loss = np.mean(np.log(sums[:, 0]) - shifted[every, y])",
            (
                "loss = np.mean(np.log(sums) - shifted[every, y])",
                "loss = np.mean(np.log(sums[:, -1]) - shifted[every, y])",
            ),
            "There is one column; and the mean over all pairs of a difference is the difference of the means.",
        ),
        Equivalent(
            "softmax_loss",
            "return (loss, dx / len(x))",
            (
                "return (loss, dx / len(y))",
                "return (loss, dx / len(shifted))",
                "return (loss, dx / len(powers))",
            ),
            "All have a row, or a label, for each example.",
        ),
        Equivalent(
            "loss_and_grads",
            "dz = relu_backward(dh, z)",
            ("dz = relu_backward(dh, h)",),
            "The rectifier's output is positive where its input is.",
        ),
        Equivalent(
            "sgd_step",
            "return {name: value - lr * grads[name] for name, value in params.items()}",
            (
                "return {name: value - lr * grads[name] for name, value in reversed(list(params.items()))}",
            ),
            "A dict of the same names is the same whatever their order.",
        ),
        Equivalent(
            "train",
            "for _ in range(epochs):",
            ("for _ in reversed(list(range(epochs))):",),
            "The number of the epoch is not used.",
        ),
        Equivalent(
            "train",
            "order = rng.permutation(len(X))",
            ("order = -rng.permutation(len(X))", "order = rng.permutation(len(y))"),
            "Counted from the end, 0 to 1 - N are all examples once each; and every example has a label.",
        ),
        Equivalent(
            "train",
            "for start in range(0, len(X), batch):",
            (
                "for start in reversed(list(range(0, len(X), batch))):",
                "for start in range(0, len(y), batch):",
            ),
            "Batches of a random order may come in any order; and there are as many labels as examples.",
        ),
        Equivalent(
            "train",
            "rows = order[start:start + batch]",
            ("rows = -order[start:start + batch]",),
            "Counted from the end, 0 to 1 - N are all examples too, once each.",
        ),
        Equivalent(
            "paraboloid_paths",
            "for _ in range(steps):",
            ("for _ in reversed(list(range(steps))):",),
            "The number of the step is not used.",
        ),
        Equivalent(
            "paraboloid_paths",
            "descent.append(descent[-1] - lr * (A @ descent[-1] - b))",
            (
                "descent.append(descent[-1] - lr * (descent[-1] @ A - b))",
                "descent.append(descent[-1] - lr * (A.T @ descent[-1] - b))",
                "descent.append(descent[-1] - lr * (A @ descent[-1].T - b))",
            ),
            "A is symmetric, and a vector has no transpose of its own.",
        ),
        Equivalent(
            "paraboloid_paths",
            "newton.append(newton[-1] - np.linalg.solve(A, A @ newton[-1] - b))",
            (
                "newton.append(newton[-1] - np.linalg.solve(A, newton[-1] @ A - b))",
                "newton.append(newton[-1] - np.linalg.solve(A, A.T @ newton[-1] - b))",
                "newton.append(newton[-1] - np.linalg.solve(A, A @ newton[-1].T - b))",
            ),
            "A is symmetric, and a vector has no transpose of its own.",
        ),
        Equivalent(
            "paraboloid_paths",
            "return (np.array(descent), np.array(newton))",
            ("return (descent, np.array(newton))", "return (np.array(descent), newton)"),
            "A list of points is taken like an array.",
        ),
    ),
)
