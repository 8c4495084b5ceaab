"""Notebook 7, a multilayer perceptron trained with SGD: points, hints and visible checks.  Slides 1-5 and 29-32."""

import numpy as np

from autograder.student.judging.rules import Values
from autograder.student.judging.slopes_rule import Slopes
from autograder.student.model.exercises import (
    Assignment,
    Case,
    Check,
    Exercise,
    Part,
    Probe,
    WrittenQuestion,
)

# What a visible check and a hidden one say that try the same kinds of input.
ANY_SHAPE = "Zeros, equal numbers, large and small ones, in any shape."
ANY_NUMBERS = "Any numbers: zeros, equal ones, negative, whole and large ones."
HUGE = "Huge numbers and tiny ones."
ANY_SCORES = "Any scores and classes: one class, many classes, all examples of one class."
AGAIN = "The same again after other numbers, and from arrays that lie otherwise in memory."
AS_WANTED = (
    "The same again after other numbers, and with outputs that are as wanted, nearly or opposite."
)

ANY_LAYER = "One neuron, one input, one weight, and as many neurons as inputs."
ANY_NETWORK = "Any numbers, sizes and classes: one example, one neuron, many classes, any price."
ANY_RATE = "Any rate and any numbers."
NAMES = "In any order of the names, one name alone, and the same again after other numbers."

ANY_BOWL = "Bowls, points and rates of every kind; no step, few steps and many."
ANY_RUN = "One example, no epoch, a last batch that is small, a batch that is larger than all, and any rate."

RELU = Probe("relu_forward(x)", ("out",))
RELU_BACK = Probe("relu_backward(dout, x)", ("dx",))
COST = Probe("mse_cost(a, y)", ("C", "dC"))
SOFTMAX = Probe("softmax_loss(x, y)", ("loss", "dx"))
LAYER = Probe("layer_by_index(w, a_before, a, dC_da)", ("dw", "db", "da_before"))
LAYER_PARTS = {name: name for name in LAYER.names}
# Arrays lie otherwise in memory; the first layer comes once more at the end, and what earlier
# calls returned must still stand.
MANY_LAYERS = Probe(
    "dws, dbs, befores",
    LAYER.names,
    setup="""\
import numpy as np
def strided(array):
    return np.repeat(array, 2, axis=-1)[..., ::2]
dws, dbs, befores = [], [], []
for i, (w, *vectors) in enumerate([*layers, layers[0]]):
    w = np.asfortranarray(w) if i % 2 else strided(w)
    a_before, a, dC_da = map(strided, vectors)
    dw, db, da_before = layer_by_index(w, a_before, a, dC_da)
    dws.append(dw)
    dbs.append(db)
    befores.append(da_before)""",
)
TWO_LAYERS = Probe(
    "dw2, db2, da1, dw1, db1, da0",
    ("dw2", "db2", "da1", "dw1", "db1", "da0"),
    setup="""\
import numpy as np
C, dC = mse_cost(a2, y)
dw, db, da_before = layer_by_index(w2, a1, a2, np.asarray(dC, dtype=np.float64))
dw2, db2, da1 = dw, db, da_before
dw, db, da_before = layer_by_index(w1, a0, a1, np.asarray(da1, dtype=np.float64))
dw1, db1, da0 = dw, db, da_before""",
)
TWO_LAYERS_PARTS = {
    "dw2": "dw",
    "db2": "db",
    "da1": "da_before",
    "dw1": "dw",
    "db1": "db",
    "da0": "da_before",
}
# The same function several times: other numbers in between, the same ones again, and arrays that
# lie otherwise in memory.  What the first call returned must still stand at the end.
RELU_AGAIN = Probe(
    "[first, *(relu_forward(array) for array in (x, columns, steps))]",
    ("first", "again", "columns", "steps"),
    setup="""\
import numpy as np
columns, steps = np.asfortranarray(x), np.repeat(x, 2, axis=-1)[..., ::2]
first = relu_forward(x)
relu_forward(-x)""",
)
RELU_BACK_AGAIN = Probe(
    "[first, *(relu_backward(*pair) for pair in ((dout, x), columns, steps, (x, x)))]",
    ("first", "again", "columns", "steps", "squares"),
    setup="""\
import numpy as np
columns = np.asfortranarray(dout), np.asfortranarray(x)
steps = np.repeat(dout, 2, axis=-1)[..., ::2], np.repeat(x, 2, axis=-1)[..., ::2]
first = relu_backward(dout, x)
relu_backward(-dout, -x)""",
)
COST_AGAIN = Probe(
    "costs, slopes",
    ("C", "dC"),
    setup="""\
import numpy as np
C, dC = mse_cost(a.copy(), y.copy())
mse_cost(y.copy(), a.copy())
costs, slopes, kept = [C], [dC], (a.copy(), y.copy())
for pair in ((a, y), (a, a), (a, -a), (np.repeat(a, 2)[::2], np.repeat(y, 2)[::2])):
    a[:], y[:] = kept
    C, dC = mse_cost(*pair)
    costs.append(C)
    slopes.append(np.array(dC))""",
)
SOFTMAX_AGAIN = Probe(
    "losses, gradients",
    ("loss", "dx"),
    setup="""\
import numpy as np
loss, dx = softmax_loss(x.copy(), y.copy())
softmax_loss(-x, y.copy())
losses, gradients, kept = [loss], [dx], (x.copy(), y.copy())
columns, steps = np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2]
for pair in ((x, y), (columns, y), (steps, np.repeat(y, 2)[::2])):
    x[:], y[:] = kept
    loss, dx = softmax_loss(*pair)
    losses.append(loss)
    gradients.append(np.array(dx))""",
)
WEIGHTS = ("W1", "b1", "W2", "b2")
PARAMS = 'params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}'
TRAINED = "history = train(params, X, y, lr, epochs, batch, seed)"
# Before training, keep the start: a student's code may write into it, which is only worth a warning.
TRAINED_FROM_OLD = f"""\
import numpy as np
{PARAMS}
old = {{name: value.copy() for name, value in params.items()}}
{TRAINED}"""
MOVED = "moved = sgd_step(params, grads, lr)"
NETWORK = Probe(
    'loss, grads["W1"], grads["b1"], grads["W2"], grads["b2"]',
    ("loss", "dW1", "db1", "dW2", "db2"),
    setup=f"{PARAMS}\nloss, grads = loss_and_grads(params, X, y, reg)",
)
NETWORK_PARTS = {"loss": "loss", "dW1": "W1", "db1": "b1", "dW2": "W2", "db2": "b2"}
NETWORK_AGAIN = Probe(
    '([loss for loss, _ in results], *[[grads[name] for _, grads in results] for name in ("W1", "b1", "W2", "b2")])',
    ("loss", "dW1", "db1", "dW2", "db2"),
    setup=f"""\
import numpy as np
{PARAMS}
kept, kept_X = {{name: value.copy() for name, value in params.items()}}, X.copy()
def again(examples, labels, names):
    X[:] = kept_X
    params.clear()
    params.update({{name: kept[name].copy() for name in names}})
    loss, grads = loss_and_grads(params, examples, labels, reg)
    return loss, grads
results = [again(X, y, kept)]
again(-X, y, kept)
results += [again(X, y, kept), again(np.asfortranarray(X), y, sorted(kept))]
results += [again(np.repeat(X, 2, axis=1)[:, ::2], np.repeat(y, 2)[::2], reversed(list(kept)))]""",
)
HISTORY = Probe(
    '(history["loss"], *[history["params"][name] for name in ("W1", "b1", "W2", "b2")])',
    ("losses", *WEIGHTS),
    setup=f"{PARAMS}\n{TRAINED}",
)
HISTORY_PARTS = {"losses": "history", **dict.fromkeys(WEIGHTS, "steps")}
TRAIN_AGAIN = Probe(
    "(losses, *[[run[name] for run in trained] for name in kept])",
    ("losses", *WEIGHTS),
    setup=f"""\
import numpy as np
{PARAMS}
kept, kept_X = {{name: value.copy() for name, value in params.items()}}, X.copy()
def again(examples, labels, names):
    X[:] = kept_X
    params.clear()
    params.update({{name: kept[name].copy() for name in names}})
    return train(params, examples, labels, lr, epochs, batch, seed)
results = [again(X, y, kept)]
again(-X, y, kept)
results += [again(X, y, kept), again(np.asfortranarray(X), y, sorted(kept))]
results += [again(np.repeat(X, 2, axis=1)[:, ::2], np.repeat(y, 2)[::2], reversed(list(kept)))]
losses, trained = [run["loss"] for run in results], [run["params"] for run in results]""",
)
STEP = Probe(
    'moved["scale"], moved["shift"]',
    ("W", "b"),
    setup=f'params, grads = {{"scale": W, "shift": b}}, {{"scale": dW, "shift": db}}\n{MOVED}',
)
STEPS = Probe(
    'moved["W"], moved["b"], moved["W2"]',
    ("W", "b", "W2"),
    setup=f'params, grads = {{"W": W, "b": b, "W2": W2}}, {{"W2": dW2, "W": dW, "b": db}}\n{MOVED}',
)
STEPS_AGAIN = Probe(
    "[[moved[name] for moved in results] for name in kept]",
    ("W", "b", "W2"),
    setup="""\
params = {"W": W, "b": b, "W2": W2}
grads = {"W": dW, "b": db, "W2": dW2}
kept = {name: (params[name].copy(), grads[name].copy()) for name in params}
def again(names, share=1):
    params.clear(), grads.clear()
    params.update({name: share * kept[name][0] for name in names})
    grads.update({name: share * kept[name][1] for name in reversed(list(names))})
    return dict(sgd_step(params, grads, lr))
results = [again(kept)]
again(kept, -1)
results += [again(kept), again(list(kept)[::-1])]
results += [{name: again([name])[name] for name in kept}]""",
)
STEPS_PARTS = {"W": "matrices", "b": "vectors", "W2": "matrices"}
LOSSES_AND_MOVES = Probe(
    'history["loss"], [np.abs(history["params"][name] - old[name]).max() for name in old]',
    ("losses", "moves"),
    setup=TRAINED_FROM_OLD,
)
LOSSES = Probe(
    'history["loss"], history["params"]["b2"]', ("losses", "b2"), setup=f"{PARAMS}\n{TRAINED}"
)
# What of a training run depends on the order of the examples, which is the student's own, as
# answers of yes or no. For the order: examples that differ only in which hidden neuron they switch
# on.  With one at a time, the later an example comes in an epoch, the less its own weights move;
# those that never come stay as they lie.
REPEATED = Probe(
    "small_loss, same_again, other_with_another_seed, shuffled, shuffled_anew, numpys_state_kept",
    (
        "small_loss",
        "same_again",
        "other_with_another_seed",
        "shuffled",
        "shuffled_anew",
        "numpys_state_kept",
    ),
    setup="""\
import numpy as np
def trained(seed, epochs):
    params = {"W1": W1.copy(), "b1": b1.copy(), "W2": W2.copy(), "b2": b2.copy()}
    return train(params, X, y, lr, epochs, batch, seed)
def equal(one, other):
    return all(np.allclose(one["params"][n], other["params"][n], 0, 1e-9) for n in ("W1", "b1", "W2", "b2"))
before = [str(part) for part in np.random.get_state()]
first, again, other = trained(seed, 2), trained(seed, 2), trained(seed + 1, 2)
n = 20
def moved(epochs):
    start = {"W1": 0.15 * np.eye(n), "b1": np.full(n, -0.001), "W2": np.zeros((n, 2)), "b2": np.zeros(2)}
    end = train(start, np.eye(n), np.zeros(n, int), 0.1, epochs, 1, seed)["params"]
    return np.asarray(end["W2"])[:, 0]
def as_before(order, earlier):
    pairs, before = set(zip(order, order[1:])), list(zip(earlier, earlier[1:]))
    return len(pairs & set(before)) >= n / 2 or len(pairs & {pair[::-1] for pair in before}) >= n / 2
once, twice = moved(1), moved(2)
orders = [np.argsort(moves, kind="stable").tolist() for moves in (np.zeros(n), -once, once - twice)]
shuffled, shuffled_anew = not as_before(*orders[:2]), not as_before(*orders[1:])
numpys_state_kept = before == [str(part) for part in np.random.get_state()]
same_again, other_with_another_seed = equal(first, again), not equal(first, other)
small_loss = trained(seed, epochs)["loss"][-1] < 0.1""",
)
REPEATED_PARTS = {
    "small_loss": "steps",
    "same_again": "seed",
    "other_with_another_seed": "seed",
    "shuffled": "seed",
    "shuffled_anew": "seed",
    "numpys_state_kept": "seed",
}
YES = dict.fromkeys(REPEATED.names, True)
IMAGE = Probe("image_slopes(image)", ("fx", "fy", "fxx", "fxy", "fyy"))
IMAGE_PARTS = dict.fromkeys(("fx", "fy"), "first") | dict.fromkeys(("fxx", "fxy", "fyy"), "second")
# Arrays lie otherwise in memory; the first image comes once more at the end.
MANY_IMAGES = Probe(
    "[list(column) for column in zip(*found)]",
    IMAGE.names,
    setup="""\
import numpy as np
def strided(array):
    return np.repeat(array, 2, axis=-1)[..., ::2]
made = [form(image) for form, image in zip([np.asfortranarray, strided] * len(images), images)]
found = []
for image in [*made, made[0]]:
    fx, fy, fxx, fxy, fyy = image_slopes(image)
    found.append((fx, fy, fxx, fxy, fyy))""",
)
PATHS = Probe("paraboloid_paths(A, b, x, lr, steps)", ("descent", "newton"))
PATHS_PARTS = {"descents": "descent", "newtons": "newton"}
# Arrays lie otherwise in memory; the first bowl comes once more at the end.
MANY_PATHS = Probe(
    "descents, newtons",
    ("descents", "newtons"),
    setup="""\
import numpy as np
def strided(array):
    return np.repeat(array, 2, axis=-1)[..., ::2]
matrices = [form(bowl[0]) for form, bowl in zip([strided, np.asfortranarray] * len(bowls), bowls)]
descents, newtons = [], []
for A, (_, b, x, lr, steps) in zip([*matrices, matrices[0]], [*bowls, bowls[0]]):
    descent, newton = paraboloid_paths(A, strided(b), strided(x), lr, steps)
    descents.append(descent)
    newtons.append(newton)""",
)

# A zero, equal, opposite and negative numbers, a 1, large and small ones at once; nothing but
# positive ones below 1; and huge, tiny and nearly equal ones.
MIXED = np.array([-0.5, 0.0, 0.5, 1.0, 0.75, 12.5, 0.75, -150.5, 0.002, 150.5])
OTHER_MIXED = np.array([3.5, 0.0, -3.5, 0.25, -0.25, -12.5, 1.0, 0.25, 150.5, 0.002])
POSITIVE = np.array([[0.9], [0.4], [0.125]])
EXTREME = np.array([[1e-7, -0.7, 0.7], [0.70001, -3.1e7, 2.5e7]])

# Layers: w, a_before, a, dC_da.
LAYERS = (
    (
        np.array([[-0.5, 0.0, 0.5], [1.0, 12.5, -150.5]]),
        np.array([0.5, 0.0, -0.5]),
        np.array([0.25, 0.75]),
        np.array([1.0, -1.0]),
    ),
    (
        np.array([[0.9, 0.4, 0.125], [0.3, 0.2, 0.1]]),
        np.array([1.0, 1.0, 1.0]),
        np.array([0.6, 0.6]),
        np.array([-2.5, -1.5]),
    ),
    (
        np.array([[-4.0, -3.0, -3.0], [-5.0, -2.0, -1.0]]),
        np.array([0.9, 0.4, 0.125]),
        np.array([0.002, 0.5]),
        np.array([0.0, 0.0]),
    ),
    (
        np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]),
        np.array([-1.0, -2.0, -4.0]),
        np.array([0.3, 0.300001]),
        np.array([0.75, 0.25]),
    ),
    (
        np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]),
        np.array([0.0, 0.0, 0.0]),
        np.array([0.4, 0.8]),
        np.array([-0.5, 0.5]),
    ),
    (
        np.array([[0.75, 0.75001, -2.5], [0.25, -0.125, 0.5]]),
        np.array([0.75, 0.75001, -2.5]),
        np.array([0.0, 1.0]),
        np.array([150.5, 0.25]),
    ),
    (
        np.array([[1.5, 1.5, 1.5], [1.5, 1.5, 1.5]]),
        np.array([1.5, 1.5, 1.5]),
        np.array([0.9, 0.2]),
        np.array([1.5, 1.5]),
    ),
    (
        np.array([[-0.25, 0.5, 2.0], [1.5, -0.5, 3.0]]),
        np.array([12.5, 0.002, -250.5]),
        np.array([0.7, 0.35]),
        np.array([-150.5, 0.002]),
    ),
    (
        np.array([[2.0, -3.0, 4.0], [3.0, -2.0, 1.0]]),
        np.array([3.0, 2.0, -4.0]),
        np.array([0.5, 0.001]),
        np.array([-3.0, -2.0]),
    ),
    (
        np.array([[0.002, -0.7, 0.6], [-0.4, 0.8, -0.9]]),
        np.array([-0.3, -0.2, -0.1]),
        np.array([0.55, 0.45]),
        np.array([0.600001, 0.6]),
    ),
    (
        np.array([[0.2, -0.7, 0.6], [-0.4, 0.8, -0.9]]),
        np.array([0.3, -0.2, 0.1]),
        np.array([0.0, 0.0]),
        np.array([2.0, 3.0]),
    ),
    (
        np.array([[0.2, -0.7, 0.6], [-0.4, 0.8, -0.9]]),
        np.array([0.3, -0.2, 0.1]),
        np.array([1.0, 1.0]),
        np.array([3e-07, 3.0]),
    ),
    (
        np.array([[0.2, -0.7, 0.6], [-0.4, 0.8, -0.9]]),
        np.array([0.3, -0.2, 0.1]),
        np.array([1e-07, 0.6]),
        np.array([1.0, 1.0]),
    ),
)

# The gradient at the scores of a visible check of softmax_loss.
SCORED = np.array(
    [
        [0.0372647446452, 0.0614391771437, -0.0987039217889],
        [0.199997974002, -0.199997974002, 0.0],
        [-0.119136776394, 0.0382735527878, 0.0808632236061],
        [0.0, -0.2, 0.2],
        [0.080109898358, 0.0397810043789, -0.119890902737],
    ]
)

# A network of 2 inputs, 3 hidden neurons and 2 classes, and examples for it.
SMALL = {
    "W1": np.array([[0.8, -0.5, 0.3], [-0.2, 0.9, 0.6]]),
    "b1": np.array([0.1, -0.2, 0.3]),
    "W2": np.array([[0.5, -0.7], [-0.4, 0.9], [0.2, 0.6]]),
    "b2": np.array([-0.1, 0.2]),
}
EXAMPLES = {
    "X": np.array([[1.0, 0.5], [-0.5, 1.5], [2.0, -1.0], [-1.0, -2.0]]),
    "y": np.array([0, 1, 0, 1]),
}

ASSIGNMENT = Assignment(
    name="07_mlp_sgd",
    title="A multilayer perceptron trained with SGD",
    exercises=(
        Exercise(
            name="relu_forward",
            title="Rectifier, forward pass",
            slides=(3,),
            parts=(Part("out", 0.5, "the right values"),),
            hints=(
                "What becomes of a positive number, and what of a negative one?",
                "Look at the function you call: does it compare two arrays element by element, or find the largest of "
                "one array?",
                "Each number on its own: the larger one of it and zero.",
            ),
            checks=(
                Check(
                    text="Positive numbers stay, negative ones become 0.",
                    probe=RELU,
                    cases=(
                        Case(
                            {"x": np.array([[1.5, -2.0, 0.25], [-0.05, 3.0, -4.0]])},
                            {"out": np.array([[1.5, 0.0, 0.25], [0.0, 3.0, 0.0]])},
                        ),
                    ),
                    judges={"out": "out"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_SHAPE,
                    probe=RELU,
                    cases=(
                        Case(
                            {"x": MIXED},
                            {
                                "out": np.array(
                                    [0.0, 0.0, 0.5, 1.0, 0.75, 12.5, 0.75, 0.0, 0.002, 150.5]
                                )
                            },
                        ),
                        Case({"x": np.ones((2, 2))}, {"out": np.ones((2, 2))}),
                        Case({"x": POSITIVE}, {"out": POSITIVE}),
                        Case({"x": np.array([[-2.5, -1.5, -0.25]])}, {"out": np.zeros((1, 3))}),
                        Case({"x": np.array(-3.0)}, {"out": 0.0}),
                        Case({"x": np.zeros((2, 1, 2))}, {"out": np.zeros((2, 1, 2))}),
                    ),
                    judges={"out": "out"},
                    rule=Values(),
                    on_purpose="The corner, and arrays of one sign, where some wrong answers are right.",
                ),
                Check(
                    text=AGAIN,
                    probe=RELU_AGAIN,
                    cases=(
                        Case(
                            {"x": EXTREME},
                            dict.fromkeys(
                                RELU_AGAIN.names,
                                np.array([[1e-7, 0.0, 0.7], [0.70001, 0.0, 2.5e7]]),
                            ),
                        ),
                    ),
                    judges=dict.fromkeys(RELU_AGAIN.names, "out"),
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="relu_backward",
            title="Rectifier, backward pass",
            slides=(3,),
            parts=(Part("dx", 0.5, "the gradient"),),
            hints=(
                "What is the slope of max(0, x) for a positive x, and for a negative one?",
                "Look at your condition: which array decides, the one that went in or the one that comes back?",
                "The upstream gradient, where the number that went in was positive; zero elsewhere.",
            ),
            checks=(
                Check(
                    text="The gradient passes where x is positive and nowhere else.",
                    probe=RELU_BACK,
                    cases=(
                        Case(
                            {
                                "dout": np.array([[0.7, -1.2, 2.0], [-0.03, 1.1, -0.8]]),
                                "x": np.array([[1.5, -2.0, -0.05], [0.5, -3.0, 4.0]]),
                            },
                            {"dx": np.array([[0.7, 0.0, 0.0], [-0.03, 0.0, -0.8]])},
                        ),
                    ),
                    judges={"dx": "dx"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_SHAPE,
                    probe=RELU_BACK,
                    cases=(
                        Case(
                            {"dout": OTHER_MIXED, "x": MIXED},
                            {
                                "dx": np.array(
                                    [0.0, 0.0, -3.5, 0.25, -0.25, -12.5, 1.0, 0.0, 150.5, 0.002]
                                )
                            },
                        ),
                        Case({"dout": POSITIVE, "x": POSITIVE}, {"dx": POSITIVE}),
                        Case(
                            {
                                "dout": np.array([[2.5, 1.5, 0.25]]),
                                "x": np.array([[-2.5, -1.5, -0.25]]),
                            },
                            {"dx": np.zeros((1, 3))},
                        ),
                        Case(
                            {"dout": np.array([[-3.0, -2.0], [-1.0, -2.0]]), "x": np.ones((2, 2))},
                            {"dx": np.array([[-3.0, -2.0], [-1.0, -2.0]])},
                        ),
                        Case({"dout": np.array(1.0), "x": np.array(-3.0)}, {"dx": 0.0}),
                        Case(
                            {"dout": np.zeros((2, 1, 2)), "x": np.zeros((2, 1, 2))},
                            {"dx": np.zeros((2, 1, 2))},
                        ),
                    ),
                    judges={"dx": "dx"},
                    rule=Values(),
                    on_purpose="Where x is 0 the upstream gradient is 0 too; some cases hold one sign only.",
                ),
                Check(
                    text=AGAIN,
                    probe=RELU_BACK_AGAIN,
                    cases=(
                        Case(
                            {
                                "dout": np.array(
                                    [
                                        [1.00001e-7, -0.700007, 0.700007],
                                        [0.700017, -31000310, 25000250],
                                    ]
                                ),
                                "x": EXTREME,
                            },
                            {
                                **dict.fromkeys(
                                    RELU_BACK_AGAIN.names,
                                    np.array(
                                        [[1.00001e-7, 0.0, 0.700007], [0.700017, 0.0, 25000250.0]]
                                    ),
                                ),
                                "squares": np.array([[1e-7, 0.0, 0.7], [0.70001, 0.0, 2.5e7]]),
                            },
                        ),
                    ),
                    judges=dict.fromkeys(RELU_BACK_AGAIN.names, "dx"),
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="mse_cost",
            title="Cost of one example",
            slides=(29, 32),
            parts=(Part("C", 0.25, "the cost"), Part("dC", 0.25, "its gradient")),
            hints=(
                "Which differences does the cost square, and what is done with the squares?",
                "Look at the slope of a square: which factor comes down, and which sign does the difference keep?",
                "The cost is the sum of the squared differences. Its slope with respect to one output is the slope of "
                "that output's square alone.",
            ),
            checks=(
                Check(
                    text="With a = (0.83, 0.63) and y = (0, 1) the cost is 0.8258 and the slopes are 1.66 and -0.74.",
                    probe=COST,
                    cases=(
                        Case(
                            {"a": np.array([0.83, 0.63]), "y": np.array([0, 1])},
                            {"C": 0.8258, "dC": np.array([1.66, -0.74])},
                        ),
                    ),
                    judges={"C": "C", "dC": "dC"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_NUMBERS,
                    probe=COST,
                    cases=(
                        Case(
                            {"a": MIXED, "y": OTHER_MIXED},
                            {
                                "C": 68683.483508,
                                "dC": np.array(
                                    [-8, 0, 8, 1.5, 2, 50, -0.5, -301.5, -300.996, 300.996]
                                ),
                            },
                        ),
                        Case(
                            {"a": np.array([0.9, 0.4, 0.125]), "y": np.array([-2.5, -1.5, -0.25])},
                            {"C": 15.310625, "dC": np.array([6.8, 3.8, 0.75])},
                        ),
                        Case(
                            {"a": np.array([-1.0, -2.0, -4.0]), "y": np.ones(3)},
                            {"C": 38.0, "dC": np.array([-4.0, -6.0, -10.0])},
                        ),
                        Case(
                            {"a": np.ones(1), "y": np.zeros(1)}, {"C": 1.0, "dC": np.array([2.0])}
                        ),
                        Case(
                            {"a": np.zeros(4), "y": np.array([3, -2, 0, 3])},
                            {"C": 22.0, "dC": np.array([-6.0, 4.0, 0.0, -6.0])},
                        ),
                    ),
                    judges={"C": "C", "dC": "dC"},
                    rule=Values(),
                    on_purpose="A single output, for which sum and mean are the same.",
                ),
                Check(
                    text=HUGE,
                    probe=COST,
                    cases=(
                        Case(
                            {"a": np.array([2.5e7, -0.5, 1e-7]), "y": np.array([1e-7, 0.5, 3.1e7])},
                            {"C": 1.586e15, "dC": np.array([5e7, -2.0, -6.2e7])},
                        ),
                    ),
                    judges={"C": "C", "dC": "dC"},
                    rule=Values(),
                ),
                Check(
                    text=AS_WANTED,
                    probe=COST_AGAIN,
                    cases=(
                        Case(
                            {
                                "a": np.array([0.75, -0.75, 0.75001, 3.0]),
                                "y": np.array([0.7500075, -0.7500075, 0.7500175001, 3.00003]),
                            },
                            {
                                "C": np.array(
                                    [
                                        1.0687515e-09,
                                        1.0687515e-09,
                                        0.0,
                                        42.7500600004,
                                        1.0687515e-09,
                                    ]
                                ),
                                "dC": np.array(
                                    [
                                        [-1.5e-5, 1.5e-5, -1.50002e-5, -6e-5],
                                        [-1.5e-5, 1.5e-5, -1.50002e-5, -6e-5],
                                        [0.0, 0.0, 0.0, 0.0],
                                        [3.0, -3.0, 3.00004, 12.0],
                                        [-1.5e-5, 1.5e-5, -1.50002e-5, -6e-5],
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges={"C": "C", "dC": "dC"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="layer_by_index",
            title="One sigmoid layer backwards, by the slides' indices",
            slides=(30, 31, 32),
            parts=(
                Part("dw", 0.5, "slopes for the weights, slide 30"),
                Part("db", 0.25, "slopes for the biases"),
                Part("da_before", 0.25, "slopes for the layer before, slide 32"),
            ),
            hints=(
                "Through which numbers does a change of z[j] reach the cost? Write them down for one j, on paper.",
                "Give each answer its shape: which of j and k stay free, and over which one is the sum?",
                "Look at da_before: it needs the weights that leave k, one for each j.",
                "First give every neuron j one number, the slope for its z[j]; the output tells the sigmoid's slope. "
                "All three answers start from these J numbers.",
            ),
            hint_parts={2: ("da_before",)},
            builds_on=("mse_cost",),
            checks=(
                Check(
                    text="Slide 31's last layer; the weights are invented, and the slopes for w do not depend on them.",
                    probe=LAYER,
                    cases=(
                        Case(
                            {
                                "w": np.array([[1.0, -2.0, 0.5], [0.5, 1.0, -1.0]]),
                                "a_before": np.array([0.1, 0.4, 0.81]),
                                "a": np.array([0.83, 0.63]),
                                "dC_da": np.array([1.66, -0.74]),
                            },
                            {
                                "dw": np.array(
                                    [
                                        [0.0234226, 0.0936904, 0.18972306],
                                        [-0.0172494, -0.0689976, -0.13972014],
                                    ]
                                ),
                                "db": np.array([0.234226, -0.172494]),
                                "da_before": np.array([0.147979, -0.640946, 0.289607]),
                            },
                        ),
                    ),
                    judges=LAYER_PARTS,
                    rule=Values(),
                ),
                Check(
                    text="Both layers of slide 31, from mse_cost down; all weights are invented.",
                    probe=TWO_LAYERS,
                    cases=(
                        Case(
                            {
                                "w2": np.array([[1.0, -2.0, 0.5], [0.5, 1.0, -1.0]]),
                                "w1": np.array(
                                    [[0.5, -1.5, 0.25], [-1.0, 0.75, 0.5], [2.0, -0.5, 1.0]]
                                ),
                                "a0": np.array([0.94, 0.8, 0.98]),
                                "a1": np.array([0.1, 0.4, 0.81]),
                                "a2": np.array([0.83, 0.63]),
                                "y": np.array([0.0, 1.0]),
                            },
                            {
                                "dw2": np.array(
                                    [
                                        [0.0234226, 0.0936904, 0.18972306],
                                        [-0.0172494, -0.0689976, -0.13972014],
                                    ]
                                ),
                                "db2": np.array([0.234226, -0.172494]),
                                "da1": np.array([0.147979, -0.640946, 0.289607]),
                                "dw1": np.array(
                                    [
                                        [0.0125190234, 0.010654488, 0.0130517478],
                                        [-0.1445974176, -0.123061632, -0.1507504992],
                                        [0.041896286262, 0.03565641384, 0.043679106954],
                                    ]
                                ),
                                "db1": np.array([0.01331811, -0.15382704, 0.0445705173]),
                                "da0": np.array([0.2496271296, -0.15763270365, -0.0290134752]),
                            },
                        ),
                    ),
                    judges=TWO_LAYERS_PARTS,
                    rule=Values(),
                ),
                Check(
                    text="Layers with numbers of every kind, one after the other.",
                    probe=MANY_LAYERS,
                    cases=(
                        Case(
                            {"layers": LAYERS},
                            {
                                "dw": np.array(
                                    [
                                        [[0.09375, 0.0, -0.09375], [-0.09375, 0.0, 0.09375]],
                                        [[-0.6, -0.6, -0.6], [-0.36, -0.36, -0.36]],
                                        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
                                        [
                                            [-0.1575, -0.315, -0.63],
                                            [-0.0525000999998, -0.1050002, -0.210000399999],
                                        ],
                                        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
                                        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
                                        [[0.2025, 0.2025, 0.2025], [0.36, 0.36, 0.36]],
                                        [
                                            [-395.0625, -0.06321, 7917.0525],
                                            [0.0056875, 9.1e-07, -0.1139775],
                                        ],
                                        [[-2.25, -1.5, 3.0], [-0.005994, -0.003996, 0.007992]],
                                        [
                                            [-0.04455007425, -0.0297000495, -0.01485002475],
                                            [-0.04455, -0.0297, -0.01485],
                                        ],
                                        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
                                        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
                                        [
                                            [2.9999997e-08, -1.9999998e-08, 9.999999e-09],
                                            [0.072, -0.048, 0.024],
                                        ],
                                        [[0.09375, 0.0, -0.09375], [-0.09375, 0.0, 0.09375]],
                                    ]
                                ),
                                "db": np.array(
                                    [
                                        [0.1875, -0.1875],
                                        [-0.6, -0.36],
                                        [0.0, 0.0],
                                        [0.1575, 0.0525000999998],
                                        [-0.12, 0.08],
                                        [0.0, 0.0],
                                        [0.135, 0.24],
                                        [-31.605, 0.000455],
                                        [-0.75, -0.001998],
                                        [0.1485002475, 0.1485],
                                        [0.0, 0.0],
                                        [0.0, 0.0],
                                        [9.999999e-08, 0.24],
                                        [0.1875, -0.1875],
                                    ]
                                ),
                                "da_before": np.array(
                                    [
                                        [-0.28125, -2.34375, 28.3125],
                                        [-0.648, -0.312, -0.111],
                                        [0.0, 0.0, 0.0],
                                        [0.2100001, 0.2100001, 0.2100001],
                                        [0.0, 0.0, 0.0],
                                        [0.0, 0.0, 0.0],
                                        [0.5625, 0.5625, 0.5625],
                                        [7.9019325, -15.8027275, -63.208635],
                                        [-1.505994, 2.253996, -3.001998],
                                        [-0.059102999505, 0.01484982675, -0.0445498515],
                                        [0.0, 0.0, 0.0],
                                        [0.0, 0.0, 0.0],
                                        [-0.09599998, 0.19199993, -0.21599994],
                                        [-0.28125, -2.34375, 28.3125],
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges=LAYER_PARTS,
                    rule=Values(),
                ),
                Check(
                    text=ANY_LAYER,
                    probe=MANY_LAYERS,
                    cases=(
                        Case(
                            {
                                "layers": (
                                    (
                                        np.array([[0.5, -1.5, 0.25]]),
                                        np.array([0.5, -1.5, 0.25]),
                                        np.array([0.3]),
                                        np.array([0.3]),
                                    ),
                                )
                            },
                            {
                                "dw": np.array(
                                    [[[0.0315, -0.0945, 0.01575]], [[0.0315, -0.0945, 0.01575]]]
                                ),
                                "db": np.array([[0.063], [0.063]]),
                                "da_before": np.array(
                                    [[0.0315, -0.0945, 0.01575], [0.0315, -0.0945, 0.01575]]
                                ),
                            },
                        ),
                        Case(
                            {
                                "layers": (
                                    (
                                        np.array([[0.5], [-1.5], [0.75]]),
                                        np.array([0.6]),
                                        np.array([0.3, 0.8, 0.45]),
                                        np.array([0.6, -0.8, 1.25]),
                                    ),
                                )
                            },
                            {
                                "dw": np.array(
                                    [
                                        [[0.0756], [-0.0768], [0.185625]],
                                        [[0.0756], [-0.0768], [0.185625]],
                                    ]
                                ),
                                "db": np.array(
                                    [[0.126, -0.128, 0.309375], [0.126, -0.128, 0.309375]]
                                ),
                                "da_before": np.array([[0.48703125], [0.48703125]]),
                            },
                        ),
                        Case(
                            {
                                "layers": (
                                    (
                                        np.array([[0.75]]),
                                        np.array([-1.5]),
                                        np.array([0.4]),
                                        np.array([2.0]),
                                    ),
                                )
                            },
                            {
                                "dw": np.array([[[-0.72]], [[-0.72]]]),
                                "db": np.array([[0.48], [0.48]]),
                                "da_before": np.array([[0.36], [0.36]]),
                            },
                        ),
                        Case(
                            {
                                "layers": (
                                    (
                                        np.array([[0.75, -0.25], [0.5, 1.5]]),
                                        np.array([0.3, 0.8]),
                                        np.array([0.3, 0.8]),
                                        np.array([-0.3, -0.8]),
                                    ),
                                    (
                                        np.array([[0.75, -0.25], [0.5, 1.5]]),
                                        np.array([0.3, 0.8]),
                                        np.array([0.300003, 0.800008]),
                                        np.array([0.300006, 0.800016]),
                                    ),
                                    (
                                        np.array([[0.75, -0.25], [0.5, 1.5]]),
                                        np.array([0.3, 0.8]),
                                        np.array([0.6, 0.9]),
                                        np.array([0.6, 0.9]),
                                    ),
                                    (
                                        np.array([[0.75, -0.25], [0.5, 1.5]]),
                                        np.array([-0.6, -0.9]),
                                        np.array([0.6, 0.9]),
                                        np.array([0.6000012, 0.9]),
                                    ),
                                    (
                                        np.array([[0.75, -0.25], [0.5, 1.5]]),
                                        np.array([0.3, 0.8]),
                                        np.array([0.6, 0.9]),
                                        np.array([0.3, 0.8]),
                                    ),
                                    (
                                        np.array([[0.75, -0.25], [0.5, 1.5]]),
                                        np.array([0.3, 0.8]),
                                        np.array([0.6, 0.9]),
                                        np.array([0.300003, 0.800008]),
                                    ),
                                    (
                                        np.array([[0.75, -0.25], [0.5, 1.5]]),
                                        np.array([0.3, 0.8]),
                                        np.array([0.6, 0.9]),
                                        np.array([-0.3, -0.8]),
                                    ),
                                )
                            },
                            {
                                "dw": np.array(
                                    [
                                        [[-0.0189, -0.0504], [-0.0384, -0.1024]],
                                        [
                                            [0.0189004860013, 0.0504012960036],
                                            [0.0383996159616, 0.102398975898],
                                        ],
                                        [[0.0432, 0.1152], [0.0243, 0.0648]],
                                        [[-0.0864001728, -0.1296002592], [-0.0486, -0.0729]],
                                        [[0.0216, 0.0576], [0.0216, 0.0576]],
                                        [[0.021600216, 0.057600576], [0.021600216, 0.057600576]],
                                        [[-0.0216, -0.0576], [-0.0216, -0.0576]],
                                        [[-0.0189, -0.0504], [-0.0384, -0.1024]],
                                    ]
                                ),
                                "db": np.array(
                                    [
                                        [-0.063, -0.128],
                                        [0.0630016200045, 0.127998719872],
                                        [0.144, 0.081],
                                        [0.144000288, 0.081],
                                        [0.072, 0.072],
                                        [0.07200072, 0.07200072],
                                        [-0.072, -0.072],
                                        [-0.063, -0.128],
                                    ]
                                ),
                                "da_before": np.array(
                                    [
                                        [-0.11125, -0.17625],
                                        [0.111250574939, 0.176247674807],
                                        [0.1485, 0.0855],
                                        [0.148500216, 0.085499928],
                                        [0.09, 0.09],
                                        [0.0900009, 0.0900009],
                                        [-0.09, -0.09],
                                        [-0.11125, -0.17625],
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges=LAYER_PARTS,
                    rule=Values(),
                ),
                Check(
                    text=HUGE,
                    probe=MANY_LAYERS,
                    cases=(
                        Case(
                            {
                                "layers": (
                                    (
                                        np.array(
                                            [[25000000.0, -0.5, 1e-07], [-15000000.0, 1.5, 0.25]]
                                        ),
                                        np.array([1e-07, 0.5, 31000000.0]),
                                        np.array([0.3, 0.6]),
                                        np.array([12000000.0, 21000000.0]),
                                    ),
                                )
                            },
                            {
                                "dw": np.array(
                                    [
                                        [
                                            [0.252, 1260000.0, 78120000000000.0],
                                            [0.504, 2520000.0, 156240000000000.0],
                                        ],
                                        [
                                            [0.252, 1260000.0, 78120000000000.0],
                                            [0.504, 2520000.0, 156240000000000.0],
                                        ],
                                    ]
                                ),
                                "db": np.array([[2520000.0, 5040000.0], [2520000.0, 5040000.0]]),
                                "da_before": np.array(
                                    [
                                        [-12600000000000.0, 6300000.0, 1260000.252],
                                        [-12600000000000.0, 6300000.0, 1260000.252],
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges=LAYER_PARTS,
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="softmax_loss",
            title="Softmax loss",
            slides=(4,),
            parts=(
                Part("loss", 1.0, "the loss"),
                Part("dx", 1.5, "its gradient"),
                Part("stable", 0.5, "large scores"),
            ),
            hints=(
                "Along which axis do the scores of one example lie, and what must its probabilities add up to?",
                "Look at every max and every sum: does it have an axis, and does its result still line up with the "
                "rows? Then look for 1/N: it belongs into the loss once and into the gradient once.",
                "Take each row's largest score away, raise e to what is left, divide by the row's sum. The loss is the "
                "mean of minus the logarithm of the right probabilities; the gradient is the probabilities, less 1 at "
                "the right class, over N.",
            ),
            checks=(
                Check(
                    text="Where all scores are equal, each of 4 classes has 1/4, and the loss is log 4 = 1.3863.",
                    probe=SOFTMAX,
                    cases=(
                        Case(
                            {"x": np.full((2, 4), 0.5), "y": np.array([1, 3])},
                            {
                                "loss": np.log(4),
                                "dx": np.array(
                                    [[0.125, -0.375, 0.125, 0.125], [0.125, 0.125, 0.125, -0.375]]
                                ),
                            },
                        ),
                    ),
                    judges={"loss": "loss", "dx": "dx"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_SCORES,
                    probe=SOFTMAX,
                    cases=(
                        Case(
                            {"x": np.zeros((1, 130)), "y": np.array([129])},
                            {
                                "loss": 4.867534450455582,
                                "dx": np.array(
                                    [[*129 * [0.007692307692307693], -0.9923076923076923]]
                                ),
                            },
                        ),
                        Case(
                            {"x": np.array([[-2.5], [-1.5], [-0.25]]), "y": np.array([0, 0, 0])},
                            {"loss": 0.0, "dx": np.zeros((3, 1))},
                        ),
                        Case(
                            {"x": np.array([[3.0]]), "y": np.array([0])},
                            {"loss": 0.0, "dx": np.zeros((1, 1))},
                        ),
                        Case(
                            {"x": np.ones((2, 2)), "y": np.array([1, 1])},
                            {"loss": np.log(2), "dx": np.array([[0.25, -0.25], [0.25, -0.25]])},
                        ),
                    ),
                    judges={"loss": "loss", "dx": "dx"},
                    rule=Values(),
                ),
                Check(
                    text="The gradient is the measured slope of your own loss, and comes from a formula.",
                    probe=Probe("dx", ("dx",), setup="loss, dx = softmax_loss(x, y)"),
                    cases=(
                        Case(
                            {
                                "x": np.array(
                                    [
                                        [1.2, -0.7, 0.4, 2.1],
                                        [0.3, 1.9, -1.5, 0.8],
                                        [-0.6, 0.9, 1.4, -2.2],
                                    ]
                                ),
                                "y": np.array([2, 0, 1]),
                                "dloss": 1.0,
                            }
                        ),
                    ),
                    judges={"dx": "dx"},
                    rule=Slopes(
                        forward=Probe("loss", ("loss",), setup="loss, dx = softmax_loss(x, y)"),
                        upstream="dloss",
                        wrt={"dx": "x"},
                        formulas=True,
                    ),
                ),
                Check(
                    text="Scores of 1000 and of -1000 side by side overflow nothing.",
                    probe=SOFTMAX,
                    cases=(
                        Case(
                            {
                                "x": np.array([[1000.0, 1000.0], [-1000.0, -1000.0]]),
                                "y": np.array([0, 1]),
                            },
                            {"loss": np.log(2), "dx": np.array([[-0.25, 0.25], [0.25, -0.25]])},
                        ),
                    ),
                    judges={"loss": "stable", "dx": "stable"},
                    rule=Values(quiet=True),
                ),
                Check(
                    text=AGAIN,
                    probe=SOFTMAX_AGAIN,
                    cases=(
                        Case(
                            {
                                "x": np.array(
                                    [
                                        [-0.5, 0.0, 0.5],
                                        [12.5, 1.0, -150.5],
                                        [0.75, 0.002, 0.75],
                                        [2.0, -2.0, 150.5],
                                        [0.70001, 1e-7, 0.7],
                                    ]
                                ),
                                "y": np.array([2, 1, 0, 1, 2]),
                            },
                            {
                                "loss": np.full(4, 33.30015319648096),
                                "dx": np.tile(SCORED, (4, 1, 1)),
                            },
                        ),
                    ),
                    judges={"loss": "loss", "dx": "dx"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="loss_and_grads",
            title="Loss and all gradients of a two-layer network",
            slides=(30, 31, 32),
            builds_on=("relu_forward", "relu_backward", "softmax_loss"),
            parts=(
                Part("loss", 1.0, "the loss"),
                Part("W1", 1.0, "gradient of the first layer's weights"),
                Part("b1", 0.75, "gradient of the first layer's biases"),
                Part("W2", 0.75, "gradient of the second layer's weights"),
                Part("b2", 0.5, "gradient of the second layer's biases"),
            ),
            hints=(
                "In which order does the forward pass visit the layers, and what must each line of the backward pass "
                "know from it?",
                "Look at the price: what is the slope of a square, and which parameters are in the price?",
                "Look at the rectifier on the way back: which numbers went into it in the forward pass?",
                "Second layer: its weights get what came into it, transposed, times the slopes of the scores; its "
                "biases the slopes added up over the batch. What goes on to the first layer passes the rectifier, "
                "and then the first layer does the same. The price on the weights adds its own slope to both weight "
                "gradients.",
            ),
            hint_parts={1: ("loss", "W1", "W2"), 2: ("W1", "b1")},
            checks=(
                Check(
                    text="With all weights 0 the network is at chance level, log 3, and only W2 and b2 get a gradient.",
                    probe=NETWORK,
                    cases=(
                        Case(
                            {
                                "W1": np.zeros((2, 4)),
                                "b1": np.full(4, 0.5),
                                "W2": np.zeros((4, 3)),
                                "b2": np.zeros(3),
                                "X": np.array([[1.0, 2.0], [-3.0, 0.5], [0.25, -1.0]]),
                                "y": np.array([0, 0, 2]),
                                "reg": 0.1,
                            },
                            {
                                "loss": np.log(3),
                                "dW1": np.zeros((2, 4)),
                                "db1": np.zeros(4),
                                "dW2": np.tile([-1 / 6, 1 / 6, 0.0], (4, 1)),
                                "db2": np.array([-1 / 3, 1 / 3, 0.0]),
                            },
                        ),
                    ),
                    judges=NETWORK_PARTS,
                    rule=Values(),
                    on_purpose="Weights of 0 pass nothing to the first layer; the next check has others.",
                ),
                Check(
                    text=ANY_NETWORK,
                    probe=NETWORK,
                    cases=(
                        Case(
                            {
                                "W1": np.array([[2.0]]),
                                "b1": np.array([7.0]),
                                "W2": np.zeros((1, 130)),
                                "b2": np.zeros(130),
                                "X": np.zeros((1, 1)),
                                "y": np.array([129]),
                                "reg": 1,
                            },
                            {
                                "loss": 8.867534450455583,
                                "dW1": np.array([[4.0]]),
                                "db1": np.zeros(1),
                                "dW2": np.array(
                                    [[*129 * [0.05384615384615385], -6.946153846153846]]
                                ),
                                "db2": np.array(
                                    [*129 * [0.007692307692307693], -0.9923076923076923]
                                ),
                            },
                        ),
                        Case(
                            {
                                "W1": np.array([[-4.5, 0.75], [-1.25, 1.5]]),
                                "b1": np.array([-30000000.0, -0.5]),
                                "W2": np.array([[2.0, -1.0], [30.0, 2.0]]),
                                "b2": np.ones(2),
                                "X": np.ones((2, 2)),
                                "y": np.array([1, 1]),
                                "reg": 2,
                            },
                            {
                                "loss": 1916.25,
                                "dW1": np.array([[-18.0, 31.0], [-5.0, 34.0]]),
                                "db1": np.array([0.0, 28.0]),
                                "dW2": np.array([[8.0, -4.0], [121.75, 6.25]]),
                                "db2": np.array([1.0, -1.0]),
                            },
                        ),
                        Case(
                            {
                                "W1": np.array([[0.003, -0.5]]),
                                "b1": np.array([-0.25, 0.75]),
                                "W2": np.array([[0.25, -0.5], [1.5, 0.5]]),
                                "b2": np.array([0.5, 0.50001]),
                                "X": np.array([[0.9], [0.4], [0.125]]),
                                "y": np.array([0, 0, 0]),
                                "reg": 150.0,
                            },
                            {
                                "loss": 459.848753344,
                                "dW1": np.array([[0.9, -150.190391528]]),
                                "db1": np.array([0.0, -0.375339441497]),
                                "dW2": np.array([[75.0, -150.0], [449.813691183, 150.186308817]]),
                                "db2": np.array([-0.375339441497, 0.375339441497]),
                            },
                        ),
                        Case(
                            {
                                "W1": np.array([[0.5, -0.25], [0.75, -0.5], [-0.25, -1e-07]]),
                                "b1": np.array([0.1, -0.2]),
                                "W2": np.array([[-0.5, 0.25, 0.5], [0.75, -1.5, 1.0]]),
                                "b2": np.array([0.25, -0.25, 0.1]),
                                "X": np.array([[-3.0, -2.0, -1.0]]),
                                "y": np.array([1]),
                                "reg": 0.0,
                            },
                            {
                                "loss": 4.81457542696,
                                "dW1": np.array(
                                    [
                                        [0.0, -7.11117513114],
                                        [0.0, -4.74078342076],
                                        [0.0, -2.37039171038],
                                    ]
                                ),
                                "db1": np.array([0.0, 2.37039171038]),
                                "dW2": np.array(
                                    [
                                        [0.0, 0.0, 0.0],
                                        [0.677856133176, -1.53742856857, 0.859572435392],
                                    ]
                                ),
                                "db2": np.array([0.437326509319, -0.991889335083, 0.554562825765]),
                            },
                        ),
                    ),
                    judges=NETWORK_PARTS,
                    rule=Values(),
                ),
                Check(
                    text="All gradients are the measured slopes of your own loss, and come from formulas.",
                    probe=Probe(
                        'grads["W1"], grads["b1"], grads["W2"], grads["b2"]',
                        ("dW1", "db1", "dW2", "db2"),
                        setup=NETWORK.setup,
                    ),
                    cases=(Case({**SMALL, **EXAMPLES, "reg": 0.3, "dloss": 1.0}),),
                    judges={name: part for name, part in NETWORK_PARTS.items() if name != "loss"},
                    rule=Slopes(
                        forward=Probe("loss", ("loss",), setup=NETWORK.setup),
                        upstream="dloss",
                        wrt={f"d{name}": name for name in WEIGHTS},
                        formulas=True,
                    ),
                ),
                Check(
                    text=HUGE,
                    probe=NETWORK,
                    cases=(
                        Case(
                            {
                                "W1": np.array([[0.0, 0.0], [0.5, 0.75]]),
                                "b1": np.array([0.5, -0.25]),
                                "W2": np.array([[-0.5, 0.25], [0.75, -1.5]]),
                                "b2": np.array([0.25, -0.5]),
                                "X": np.array([[25000000.0, 1e-07], [-0.5, 0.70001], [0.7, 0.7]]),
                                "y": np.array([1, 0, 0]),
                                "reg": 1e-13,
                            },
                            {
                                "loss": 0.561322854317,
                                "dW1": np.array(
                                    [
                                        [-3704166.17689, -0.0487391521191],
                                        [0.113722462884, -0.341167433102],
                                    ]
                                ),
                                "db1": np.array([0.0142928742843, -0.487378566029]),
                                "dW2": np.array(
                                    [
                                        [-0.0853435581124, 0.0853435581123],
                                        [-0.0595693036974, 0.0595693036972],
                                    ]
                                ),
                                "db2": np.array([-0.0190571657124, 0.0190571657124]),
                            },
                        ),
                    ),
                    judges=NETWORK_PARTS,
                    rule=Values(),
                    on_purpose="Beside a huge number the weights are 0, and a small step of them leads far.",
                ),
                Check(
                    text=AGAIN,
                    probe=NETWORK_AGAIN,
                    cases=(
                        Case(
                            {
                                "W1": np.array(
                                    [[1.0, -0.5, 0.75], [0.5, 0.002, -1.25], [0.0, 0.0, 0.004]]
                                ),
                                "b1": np.array([0.75, -0.25, 0.25]),
                                "W2": np.array([[-0.5, 0.25], [0.75, -1.5], [1.25, 0.5]]),
                                "b2": np.array([0.25, -0.5]),
                                "X": np.array(
                                    [
                                        [0.0, -0.5, 12.5],
                                        [0.5, 1.0, -150.5],
                                        [-1.5, 2.0, 0.002],
                                        [-1.5, 0.25, 150.5],
                                    ]
                                ),
                                "y": np.array([1, 0, 1, 0]),
                                "reg": 0.003,
                            },
                            {
                                "loss": np.full(4, 1.12188054696),
                                "dW1": np.array(
                                    [
                                        [
                                            [0.303399560606, -0.603954578472, 0.0045],
                                            [-0.124676955976, 0.932043829094, -0.0772836682237],
                                            [-19.7211213412, -11.2443282589, 1.74461570559],
                                        ]
                                    ]
                                    * 4
                                ),
                                "db1": np.array(
                                    [[-0.178576011565, 0.400636385648, 0.139567336447]] * 4
                                ),
                                "dW2": np.array(
                                    [
                                        [
                                            [-0.135838765259, 0.134338765259],
                                            [0.0943587806588, -0.0988587806588],
                                            [0.179633048285, -0.169133048285],
                                        ]
                                    ]
                                    * 4
                                ),
                                "db2": np.array([[0.204892699154, -0.204892699154]] * 4),
                            },
                        ),
                    ),
                    judges=NETWORK_PARTS,
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="sgd_step",
            title="One step of gradient descent",
            slides=(3,),
            parts=(
                Part("matrices", 0.25, "parameters that are matrices"),
                Part("vectors", 0.25, "parameters that are vectors"),
            ),
            hints=(
                "In which direction does the loss grow, and in which should the step go?",
                "Look at the line that makes the new dict: does every parameter get the same treatment?",
                "For each name: the parameter less the learning rate times its gradient.",
            ),
            checks=(
                Check(
                    text="Each parameter moves by the rate times its gradient, downhill.",
                    probe=STEP,
                    cases=(
                        Case(
                            {
                                "W": np.array([[1.0, -2.0], [0.5, 4.0]]),
                                "b": np.array([3.0, -1.0]),
                                "dW": np.array([[0.5, 1.0], [-2.0, 0.0]]),
                                "db": np.array([-1.0, 2.0]),
                                "lr": 0.5,
                            },
                            {"W": np.array([[0.75, -2.5], [1.5, 4.0]]), "b": np.array([3.5, -2.0])},
                        ),
                    ),
                    judges={"W": "matrices", "b": "vectors"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_RATE,
                    probe=STEPS,
                    cases=(
                        Case(
                            {
                                "W": np.array([[-0.5, 0.75], [1.25, 2.0]]),
                                "b": np.array([0.3, -0.4]),
                                "W2": np.array([[0.25, -1.5]]),
                                "dW": np.array(
                                    [[30000000.0, -20000000.0], [15000000.0, -4000000.0]]
                                ),
                                "db": np.array([-4000000.0, 5000000.0]),
                                "dW2": np.array([[20000000.0, 10000000.0]]),
                                "lr": 1e-07,
                            },
                            {
                                "W": np.array([[-3.5, 2.75], [-0.25, 2.4]]),
                                "b": np.array([0.7, -0.9]),
                                "W2": np.array([[-1.75, -2.5]]),
                            },
                        ),
                        Case(
                            {
                                "W": np.array(
                                    [
                                        [-0.5, 0.0, 0.5, 1.0, 0.75],
                                        [12.5, 0.75, -150.5, 0.002, 150.5],
                                    ]
                                ),
                                "b": np.ones(3),
                                "W2": np.array([[0.9], [0.4], [0.125]]),
                                "dW": np.array(
                                    [
                                        [3.5, 0.0, -3.5, 0.25, -0.25],
                                        [-12.5, 1.0, 0.25, 150.5, 0.002],
                                    ]
                                ),
                                "db": np.zeros(3),
                                "dW2": np.array([[3.0], [-2.0], [3.0]]),
                                "lr": 0.0,
                            },
                            {
                                "W": np.array(
                                    [
                                        [-0.5, 0.0, 0.5, 1.0, 0.75],
                                        [12.5, 0.75, -150.5, 0.002, 150.5],
                                    ]
                                ),
                                "b": np.ones(3),
                                "W2": np.array([[0.9], [0.4], [0.125]]),
                            },
                        ),
                        Case(
                            {
                                "W": np.array([[2.0, -3.0], [3.0, 1.0]]),
                                "b": np.array([-2.5, -1.5, -0.25]),
                                "W2": np.array([[0.0]]),
                                "dW": np.array([[0.9, 0.4], [0.25, 0.125]]),
                                "db": np.array([-2.5, -1.5, -0.25]),
                                "dW2": np.array([[1.0]]),
                                "lr": 1,
                            },
                            {
                                "W": np.array([[1.1, -3.4], [2.75, 0.875]]),
                                "b": np.zeros(3),
                                "W2": np.array([[-1.0]]),
                            },
                        ),
                        Case(
                            {
                                "W": np.array([[0.75, 0.75]]),
                                "b": np.array([0.7, 0.70001, -3.0]),
                                "W2": np.ones((2, 2)),
                                "dW": np.array([[1.5, 1.5]]),
                                "db": np.array([0.7, 0.70001, -3.0]),
                                "dW2": np.zeros((2, 2)),
                                "lr": 2,
                            },
                            {
                                "W": np.array([[-2.25, -2.25]]),
                                "b": np.array([-0.7, -0.70001, 3.0]),
                                "W2": np.ones((2, 2)),
                            },
                        ),
                        Case(
                            {
                                "W": np.array([[0.75, 0.5]]),
                                "b": np.array([-4.5]),
                                "W2": np.ones((2, 2)),
                                "dW": np.array([[0.25, 1.5]]),
                                "db": np.array([4.5]),
                                "dW2": np.array([[1.0, 2.0], [-3.0, 0.5]]),
                                "lr": 150.0,
                            },
                            {
                                "W": np.array([[-36.75, -224.5]]),
                                "b": np.array([-679.5]),
                                "W2": np.array([[-149.0, -299.0], [451.0, -74.0]]),
                            },
                        ),
                    ),
                    judges=STEPS_PARTS,
                    rule=Values(),
                    on_purpose="With a rate of 0 nothing moves.",
                ),
                Check(
                    text=HUGE,
                    probe=STEPS,
                    cases=(
                        Case(
                            {
                                "W": np.array([[25000000.0, 1e-07, 0.5]]),
                                "b": np.array([1e-07, 35000000.0]),
                                "W2": np.array([[-0.5], [30000000.0]]),
                                "dW": np.array([[-30000000.0, 0.5, 1e-07]]),
                                "db": np.array([0.5, 20000000.0]),
                                "dW2": np.array([[1e-07], [-40000000.0]]),
                                "lr": 0.5,
                            },
                            {
                                "W": np.array([[40000000.0, -0.2499999, 0.49999995]]),
                                "b": np.array([-0.2499999, 25000000.0]),
                                "W2": np.array([[-0.50000005], [50000000.0]]),
                            },
                        ),
                    ),
                    judges=STEPS_PARTS,
                    rule=Values(),
                ),
                Check(
                    text=NAMES,
                    probe=STEPS_AGAIN,
                    cases=(
                        Case(
                            {
                                "W": np.array(
                                    [
                                        [-0.5, 0.0, 0.5, 1.0, 0.75],
                                        [12.5, 0.75, -150.5, 0.002, 150.5],
                                    ]
                                ),
                                "b": np.array([0.5, -0.25]),
                                "W2": np.array([[0.75], [1.25]]),
                                "dW": np.array(
                                    [
                                        [3.5, 0.0, -3.5, 0.25, -0.25],
                                        [-12.5, 1.0, 0.25, 150.5, 0.002],
                                    ]
                                ),
                                "db": np.array([150.5, -0.5]),
                                "dW2": np.array([[-3.0], [0.002]]),
                                "lr": 0.003,
                            },
                            {
                                "W": np.array(
                                    [
                                        [
                                            [-0.5105, 0.0, 0.5105, 0.99925, 0.75075],
                                            [12.5375, 0.747, -150.50075, -0.4495, 150.499994],
                                        ]
                                    ]
                                    * 4
                                ),
                                "b": np.array([[0.0485, -0.2485]] * 4),
                                "W2": np.array([[[0.759], [1.249994]]] * 4),
                            },
                        ),
                    ),
                    judges=STEPS_PARTS,
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="train",
            title="Train in random mini-batches",
            slides=(2, 3),
            builds_on=("loss_and_grads", "sgd_step"),
            parts=(
                Part("steps", 1.5, "the right steps"),
                Part("history", 0.5, "the losses on the way"),
                Part("seed", 1.0, "an order that depends on the seed alone"),
            ),
            hints=(
                "How many steps does one epoch make if there are 7 examples and batches of 3, and which examples does "
                "each of them see?",
                "Look at the indices: do X and y get the same ones, is every example among them, and the last few too?",
                "Look for anything random that is not drawn from rng.",
                "In each epoch: a new order of the numbers 0 to N-1 from rng; for each piece of it, the gradients on "
                "those rows of X and y, and a step from where the last one ended. After the epoch, the loss on "
                "everything.",
            ),
            hint_parts={1: ("steps",), 2: ("seed",)},
            checks=(
                Check(
                    text="With a learning rate of 0 nothing moves and the loss stays, at log 2.",
                    probe=LOSSES_AND_MOVES,
                    cases=(
                        Case(
                            {
                                **SMALL,
                                "W2": np.zeros((3, 2)),
                                "b2": np.zeros(2),
                                **EXAMPLES,
                                "lr": 0.0,
                                "epochs": 3,
                                "batch": 2,
                                "seed": 1,
                            },
                            {"losses": np.full(4, np.log(2)), "moves": np.zeros(4)},
                        ),
                    ),
                    judges={"losses": "history", "moves": "steps"},
                    rule=Values(),
                    on_purpose="That nothing moves is what is shown; the next check trains.",
                ),
                Check(
                    text="With one batch that holds everything, each epoch is one step of gradient descent; at a high "
                    "rate the loss may grow.",
                    probe=LOSSES,
                    cases=(
                        Case(
                            {**SMALL, **EXAMPLES, "lr": 10.0, "epochs": 2, "batch": 4, "seed": 1},
                            {
                                "losses": np.array(
                                    [0.3323259718558078, 0.24587202061839478, 2.884259119643545]
                                ),
                                "b2": np.array([-1.8234608777428378, 1.9234608777428375]),
                            },
                        ),
                    ),
                    judges={"losses": "history", "b2": "steps"},
                    rule=Values(),
                ),
                Check(
                    text="Forty epochs learn the examples, the same seed does the same again, another seed does not, "
                    "each epoch has a random order of its own, and np.random's own state is left alone.",
                    probe=REPEATED,
                    cases=(
                        Case(
                            {**SMALL, **EXAMPLES, "lr": 0.5, "epochs": 40, "batch": 1, "seed": 5},
                            YES,
                        ),
                    ),
                    judges=REPEATED_PARTS,
                    rule=Values(),
                ),
                Check(
                    text=ANY_RUN,
                    probe=HISTORY,
                    cases=(
                        Case(
                            {
                                "W1": np.array([[1.0]]),
                                "b1": np.array([1.0]),
                                "W2": np.zeros((1, 130)),
                                "b2": np.zeros(130),
                                "X": np.array([[0.0]]),
                                "y": np.array([129]),
                                "lr": 1,
                                "epochs": 1,
                                "batch": 1,
                                "seed": 1,
                            },
                            {
                                "losses": np.array([4.86753445046, 2.91551150831]),
                                "W1": np.array([[1.0]]),
                                "b1": np.array([1.0]),
                                "W2": np.array([[*129 * [-0.00769230769231], 0.992307692308]]),
                                "b2": np.array([*129 * [-0.00769230769231], 0.992307692308]),
                            },
                        ),
                        Case(
                            {
                                "W1": np.array([[0.8, -0.5, 0.3], [-0.2, 0.9, 0.6]]),
                                "b1": np.array([0.1, -0.2, 0.3]),
                                "W2": np.array([[0.5, -0.7], [-0.4, 0.9], [0.2, 0.6]]),
                                "b2": np.array([-0.1, 0.2]),
                                "X": np.ones((25, 2)),
                                "y": np.full(25, 1),
                                "lr": 0.4,
                                "epochs": 12,
                                "batch": 24,
                                "seed": 0,
                            },
                            {
                                "losses": np.array(
                                    [
                                        0.598138869382,
                                        0.0339664202543,
                                        0.0226406297696,
                                        0.0166966072462,
                                        0.0130860605578,
                                        0.0106823387472,
                                        0.00897787385908,
                                        0.00771221363711,
                                        0.00673871785231,
                                        0.00596886285951,
                                        0.00534621955641,
                                        0.00483320983508,
                                        0.00440389391461,
                                    ]
                                ),
                                "W1": np.array(
                                    [
                                        [0.5664016808, -0.0868077914805, 0.492398121814],
                                        [-0.4335983192, 1.31319220852, 0.792398121814],
                                    ]
                                ),
                                "b1": np.array([-0.1335983192, 0.21319220852, 0.492398121814]),
                                "W2": np.array(
                                    [
                                        [0.372996904926, -0.572996904926],
                                        [-0.57358751441, 1.07358751441],
                                        [-0.205220024327, 1.00522002433],
                                    ]
                                ),
                                "b2": np.array([-0.400320744956, 0.500320744956]),
                            },
                        ),
                        Case(
                            {
                                "W1": np.array(
                                    [[1.0, -0.5, 0.75], [0.5, 0.002, -1.25], [0.0, 0.0, 0.0]]
                                ),
                                "b1": np.array([0.75, -0.3, 0.25]),
                                "W2": np.array([[-0.5, 0.25], [0.75, -1.5], [1.25, 0.5]]),
                                "b2": np.array([0.25, -0.5]),
                                "X": np.array([[0.0, -0.5, 12.5], [0.5, 1.0, -25000000.0]]),
                                "y": np.array([0, 1]),
                                "lr": 1e-7,
                                "epochs": 0,
                                "batch": 3,
                                "seed": 2,
                            },
                            {
                                "losses": np.array([0.377945044058]),
                                "W1": np.array(
                                    [[1.0, -0.5, 0.75], [0.5, 0.002, -1.25], [0.0, 0.0, 0.0]]
                                ),
                                "b1": np.array([0.75, -0.3, 0.25]),
                                "W2": np.array([[-0.5, 0.25], [0.75, -1.5], [1.25, 0.5]]),
                                "b2": np.array([0.25, -0.5]),
                            },
                        ),
                        Case(
                            {
                                "W1": np.array([[0.5, -1e-07]]),
                                "b1": np.array([-0.025, 0.05]),
                                "W2": np.ones((2, 2)),
                                "b2": np.array([0.5, 0.50001]),
                                "X": np.array([[1e-07], [0.0075], [0.0075000075]]),
                                "y": np.array([0, 0, 0]),
                                "lr": 150.0,
                                "epochs": 1,
                                "batch": 11,
                                "seed": 12,
                            },
                            {
                                "losses": np.array([0.693152180572, 0.0]),
                                "W1": np.array([[0.5, -9.99999999375e-08]]),
                                "b1": np.array([-0.025, 0.05]),
                                "W2": np.array([[1.0, 1.0], [4.7500187125, -2.7500187125]]),
                                "b2": np.array([75.500375, -74.500365]),
                            },
                        ),
                    ),
                    judges=HISTORY_PARTS,
                    rule=Values(),
                    on_purpose="One number is huge, where the weights are 0, and a small step of them leads far.",
                ),
                Check(
                    text=AGAIN,
                    probe=TRAIN_AGAIN,
                    cases=(
                        Case(
                            {
                                "W1": np.array([[0.5, -0.75], [1.25, 0.5]]),
                                "b1": np.array([-30000000.0, 26.5]),
                                "W2": np.array([[0.5, -1.0], [0.75, 0.25]]),
                                "b2": np.array([-3.0, -1.0]),
                                "X": np.array([[-2.0, -3.0], [-1.0, -3.0]]),
                                "y": np.array([1, 1]),
                                "lr": 0.01,
                                "epochs": 2,
                                "batch": 2,
                                "seed": 7,
                            },
                            {
                                "losses": np.array(
                                    [[11.0625159663, 0.0712183161942, 0.0285661081737]] * 4
                                ),
                                "W1": np.array(
                                    [[[0.5, -0.742523243841], [1.25, 0.514953377298]]] * 4
                                ),
                                "b1": np.array([[-30000000.0, 26.4950155409]] * 4),
                                "W2": np.array(
                                    [[[0.5, -1.0], [0.470839587022, 0.529160412978]]] * 4
                                ),
                                "b2": np.array([[-3.01068725319, -0.989312746807]] * 4),
                            },
                        ),
                    ),
                    judges=HISTORY_PARTS,
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="paraboloid_paths",
            title="Paths of gradient descent and of Newton's method (bonus)",
            slides=(3, 9),
            bonus=True,
            parts=(
                Part("descent", 1.0, "the path of gradient descent"),
                Part("newton", 1.0, "the path of Newton's method"),
            ),
            hints=(
                "Which of the two methods needs a learning rate, and what does the other one know in its place?",
                "Look at your paths: how many points do they have, and is the first of them the start?",
                "Look at how you get s: a system of equations is not solved by dividing numbers one by one.",
                "Gradient descent goes the rate times the gradient downhill. Newton's method goes the step s that "
                "solves A s = gradient.",
            ),
            hint_parts={2: ("newton",)},
            checks=(
                Check(
                    text="On a round bowl and on a long one.",
                    probe=PATHS,
                    cases=(
                        Case(
                            {
                                "A": np.array([[2.0, 0.0], [0.0, 2.0]]),
                                "b": np.array([2.0, -4.0]),
                                "x": np.array([3.0, 2.0]),
                                "lr": 0.25,
                                "steps": 2,
                            },
                            {
                                "descent": np.array([[3.0, 2.0], [2.0, 0.0], [1.5, -1.0]]),
                                "newton": np.array([[3.0, 2.0], [1.0, -2.0], [1.0, -2.0]]),
                            },
                        ),
                        Case(
                            {
                                "A": np.array([[2.0, 1.0], [1.0, 5.0]]),
                                "b": np.array([1.0, -4.0]),
                                "x": np.array([0.0, 3.0]),
                                "lr": 0.25,
                                "steps": 2,
                            },
                            {
                                "descent": np.array([[0.0, 3.0], [-0.5, -1.75], [0.4375, -0.4375]]),
                                "newton": np.array([[0.0, 3.0], [1.0, -1.0], [1.0, -1.0]]),
                            },
                        ),
                    ),
                    judges={"descent": "descent", "newton": "newton"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_BOWL,
                    probe=MANY_PATHS,
                    cases=(
                        Case(
                            {
                                "bowls": [
                                    (
                                        np.array([[2.0, 0.0], [0.0, 3.0]]),
                                        np.array([1.0, 1.0]),
                                        np.array([0.0, 0.0]),
                                        0.25,
                                        1,
                                    ),
                                    (
                                        np.array([[1.0, -1.0], [-1.0, 2.5]]),
                                        np.array([0.0, 0.0]),
                                        np.array([1.0, 1.0]),
                                        2,
                                        1,
                                    ),
                                    (
                                        np.array([[0.9, 0.25], [0.25, 0.4]]),
                                        np.array([0.75, 0.5]),
                                        np.array([0.5, 0.25]),
                                        1,
                                        1,
                                    ),
                                    (
                                        np.array([[4.0, -1.5], [-1.5, 2.0]]),
                                        np.array([-0.5, -2.5]),
                                        np.array([-1.25, -0.5]),
                                        0.0,
                                        1,
                                    ),
                                    (
                                        np.array([[150.5, 12.5], [12.5, 3.0]]),
                                        np.array([250.5, -0.002]),
                                        np.array([0.004, -120.5]),
                                        0.004,
                                        1,
                                    ),
                                    (
                                        np.array([[0.004, 0.001], [0.001, 0.006]]),
                                        np.array([-3.0, 2.0]),
                                        np.array([2.0, -5.0]),
                                        150.5,
                                        1,
                                    ),
                                    (
                                        np.array([[1.5, 0.5], [0.5, 1.50003]]),
                                        np.array([0.7, 0.700014]),
                                        np.array([-0.7, -0.700014]),
                                        1.00001,
                                        1,
                                    ),
                                    (
                                        np.array([[1.5, 0.5], [0.5, 2.5]]),
                                        np.array([0.5, -0.5]),
                                        np.array([-1.5, 1.5]),
                                        1.25,
                                        1,
                                    ),
                                    (
                                        np.array([[1.5, 0.25], [0.25, 1.25]]),
                                        np.array([0.75, -1.5]),
                                        np.array([0.75, -1.5]),
                                        0.5,
                                        1,
                                    ),
                                    (
                                        np.array([[1.5, 0.25], [0.25, 1.25]]),
                                        np.array([0.75, -1.5]),
                                        np.array([-0.75, 1.5]),
                                        0.5,
                                        1,
                                    ),
                                    (
                                        np.array([[1.5, 0.25], [0.25, 1.25]]),
                                        np.array([0.75, -1.5]),
                                        np.array([0.750015, -1.50003]),
                                        0.5,
                                        1,
                                    ),
                                ]
                            },
                            {
                                "descents": np.array(
                                    [
                                        [[0.0, 0.0], [0.25, 0.25]],
                                        [[1.0, 1.0], [1.0, -2.0]],
                                        [[0.5, 0.25], [0.7375, 0.525]],
                                        [[-1.25, -0.5], [-1.25, -0.5]],
                                        [[0.004, -120.5], [7.028592, -119.054208]],
                                        [[2.0, -5.0], [-449.9515, 300.214]],
                                        [[-0.7, -0.700014], [1.40002800007, 1.40006300098]],
                                        [[-1.5, 1.5], [1.0, -2.875]],
                                        [[0.75, -1.5], [0.75, -1.40625]],
                                        [[-0.75, 1.5], [0.0, -0.09375]],
                                        [[0.750015, -1.50003], [0.7500075, -1.406263125]],
                                        [[0.0, 0.0], [0.25, 0.25]],
                                    ]
                                ),
                                "newtons": np.array(
                                    [
                                        [[0.0, 0.0], [0.5, 0.333333333333]],
                                        [[1.0, 1.0], [0.0, 0.0]],
                                        [[0.5, 0.25], [0.588235294118, 0.882352941176]],
                                        [[-1.25, -0.5], [-0.826086956522, -1.86956521739]],
                                        [[0.004, -120.5], [2.54538526672, -10.6064386113]],
                                        [[2.0, -5.0], [-869.565217391, 478.260869565]],
                                        [[-0.7, -0.700014], [0.34999912502, 0.350002624941]],
                                        [[-1.5, 1.5], [0.428571428571, -0.285714285714]],
                                        [[0.75, -1.5], [0.724137931034, -1.34482758621]],
                                        [[-0.75, 1.5], [0.724137931034, -1.34482758621]],
                                        [[0.750015, -1.50003], [0.724137931034, -1.34482758621]],
                                        [[0.0, 0.0], [0.5, 0.333333333333]],
                                    ]
                                ),
                            },
                        ),
                        Case(
                            {
                                "bowls": [
                                    (np.array([[1.0]]), np.array([2.5]), np.array([-0.5]), 0.5, 3),
                                    (np.array([[2.5]]), np.array([-0.5]), np.array([1.5]), 0.25, 3),
                                ]
                            },
                            {
                                "descents": np.array(
                                    [
                                        [[-0.5], [1.0], [1.75], [2.125]],
                                        [[1.5], [0.4375], [0.0390625], [-0.1103515625]],
                                        [[-0.5], [1.0], [1.75], [2.125]],
                                    ]
                                ),
                                "newtons": np.array(
                                    [
                                        [[-0.5], [2.5], [2.5], [2.5]],
                                        [[1.5], [-0.2], [-0.2], [-0.2]],
                                        [[-0.5], [2.5], [2.5], [2.5]],
                                    ]
                                ),
                            },
                        ),
                        Case(
                            {
                                "bowls": [
                                    (
                                        np.array([[1.5, -0.25], [-0.25, 1.25]]),
                                        np.array([0.5, -1.5]),
                                        np.array([-0.25, 1.75]),
                                        0.5,
                                        0,
                                    )
                                ]
                            },
                            {
                                "descents": np.array([[[-0.25, 1.75]], [[-0.25, 1.75]]]),
                                "newtons": np.array([[[-0.25, 1.75]], [[-0.25, 1.75]]]),
                            },
                        ),
                        Case(
                            {
                                "bowls": [
                                    (
                                        np.array([[1.5, -0.25], [-0.25, 1.25]]),
                                        np.array([0.5, -1.5]),
                                        np.array([-0.25, 1.75]),
                                        0.25,
                                        11,
                                    )
                                ]
                            },
                            {
                                "descents": np.array(
                                    [
                                        [
                                            [-0.25, 1.75],
                                            [0.078125, 0.8125],
                                            [0.224609375, 0.1884765625],
                                            [0.277160644531, -0.231384277344],
                                            [0.283763885498, -0.516754150391],
                                            [0.270055294037, -0.71253323555],
                                            [0.249251231551, -0.847988143563],
                                            [0.227782760747, -0.942413646728],
                                            [0.208463372546, -1.00867295958],
                                            [0.192247547868, -1.05543369893],
                                            [0.179190111234, -1.08859519627],
                                            [0.168956619755, -1.11220981548],
                                        ],
                                        [
                                            [-0.25, 1.75],
                                            [0.078125, 0.8125],
                                            [0.224609375, 0.1884765625],
                                            [0.277160644531, -0.231384277344],
                                            [0.283763885498, -0.516754150391],
                                            [0.270055294037, -0.71253323555],
                                            [0.249251231551, -0.847988143563],
                                            [0.227782760747, -0.942413646728],
                                            [0.208463372546, -1.00867295958],
                                            [0.192247547868, -1.05543369893],
                                            [0.179190111234, -1.08859519627],
                                            [0.168956619755, -1.11220981548],
                                        ],
                                    ]
                                ),
                                "newtons": np.array(
                                    [
                                        [
                                            [-0.25, 1.75],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                        ],
                                        [
                                            [-0.25, 1.75],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                            [0.137931034483, -1.1724137931],
                                        ],
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges=PATHS_PARTS,
                    rule=Values(),
                ),
                Check(
                    text=HUGE,
                    probe=MANY_PATHS,
                    cases=(
                        Case(
                            {
                                "bowls": [
                                    (
                                        np.array([[20000000.0, 2e-07], [2e-07, 0.5]]),
                                        np.array([30000000.0, 2e-07]),
                                        np.array([0.5, -0.25]),
                                        2e-08,
                                        1,
                                    )
                                ]
                            },
                            {
                                "descents": np.array(
                                    [
                                        [[0.5, -0.25], [0.9, -0.2499999975]],
                                        [[0.5, -0.25], [0.9, -0.2499999975]],
                                    ]
                                ),
                                "newtons": np.array(
                                    [
                                        [[0.5, -0.25], [1.5, -2.00000000006e-07]],
                                        [[0.5, -0.25], [1.5, -2.00000000006e-07]],
                                    ]
                                ),
                            },
                        ),
                        Case(
                            {
                                "bowls": [
                                    (
                                        np.array([[1.5, 0.5], [0.5, 2.5]]),
                                        np.array([-35000000.0, 0.25]),
                                        np.array([20000000.0, 2e-07]),
                                        0.25,
                                        1,
                                    )
                                ]
                            },
                            {
                                "descents": np.array(
                                    [
                                        [[20000000.0, 2e-07], [3750000.0, -2499999.9375]],
                                        [[20000000.0, 2e-07], [3750000.0, -2499999.9375]],
                                    ]
                                ),
                                "newtons": np.array(
                                    [
                                        [[20000000.0, 2e-07], [-25000000.0357, 5000000.10714]],
                                        [[20000000.0, 2e-07], [-25000000.0357, 5000000.10714]],
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges=PATHS_PARTS,
                    rule=Values(),
                    on_purpose="Beside huge curvatures no point is huge.",
                ),
            ),
        ),
        Exercise(
            name="image_slopes",
            title="Slopes and curvatures of an image by convolution (bonus)",
            slides=(9,),
            bonus=True,
            parts=(
                Part("first", 0.5, "the two slopes"),
                Part("second", 0.5, "the three curvatures"),
            ),
            hints=(
                "Which two pixels does the centred difference of notebook 1 look at, and how far apart are they?",
                "Look at your axes: x counts columns and y counts rows, so x is the second index.",
                "Look at signs on a plane that rises to the right: a true convolution turns the window round.",
                "A curvature is a difference of two differences, each between neighbours. Mixed: take the slope "
                "along x, and of the result the slope along y.",
            ),
            checks=(
                Check(
                    text="A paraboloid: its slopes and curvatures are exact.",
                    probe=IMAGE,
                    cases=(
                        Case(
                            {
                                "image": np.array(
                                    [
                                        [0.0, -1.0, 4.0, 15.0, 32.0],
                                        [8.0, 8.0, 14.0, 26.0, 44.0],
                                        [20.0, 21.0, 28.0, 41.0, 60.0],
                                        [36.0, 38.0, 46.0, 60.0, 80.0],
                                    ]
                                )
                            },
                            {
                                "fx": np.array([[3.0, 9.0, 15.0], [4.0, 10.0, 16.0]]),
                                "fy": np.array([[11.0, 12.0, 13.0], [15.0, 16.0, 17.0]]),
                                "fxx": np.array([[6.0, 6.0, 6.0], [6.0, 6.0, 6.0]]),
                                "fxy": np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]),
                                "fyy": np.array([[4.0, 4.0, 4.0], [4.0, 4.0, 4.0]]),
                            },
                        ),
                    ),
                    judges=IMAGE_PARTS,
                    rule=Values(),
                ),
                Check(
                    text="Images with numbers of every kind, one after the other.",
                    probe=MANY_IMAGES,
                    cases=(
                        Case(
                            {
                                "images": (
                                    np.array(
                                        [
                                            [0.4, -0.3, 0.9, 0.2, 0.1],
                                            [-0.6, 0.8, 0.35, -0.15, 0.65],
                                            [0.5, -0.75, 0.45, 0.95, 0.3],
                                        ]
                                    ),
                                    np.array(
                                        [
                                            [-0.5, 0.0, 0.5, 1.0, 0.75],
                                            [12.5, 0.75, -150.5, 0.002, 150.5],
                                            [0.7, 0.700014, -2.1, 0.25, 3.0],
                                        ]
                                    ),
                                    np.array(
                                        [
                                            [0.908, 0.872, 0.809, 0.727, 0.707],
                                            [0.634, 0.565, 0.496, 0.441, 0.373],
                                            [0.297, 0.274, 0.18, 0.139, 0.076],
                                        ]
                                    ),
                                    np.array(
                                        [
                                            [-2.663, -2.615, -2.394, -2.122, -1.998],
                                            [-1.883, -1.592, -1.547, -1.322, -1.168],
                                            [-1.048, -0.774, -0.598, -0.542, -0.2],
                                        ]
                                    ),
                                    np.array(
                                        [
                                            [-6.0, -6.0, -5.0, -5.0, -6.0],
                                            [-7.0, -5.0, -7.0, -6.0, -5.0],
                                            [-6.0, -4.0, -3.0, -3.0, -2.0],
                                        ]
                                    ),
                                    np.array(
                                        [
                                            [1.0, 1.0, 1.0, 1.0, 1.0],
                                            [1.0, 1.0, 1.0, 1.0, 1.0],
                                            [1.0, 1.0, 1.0, 1.0, 1.0],
                                        ]
                                    ),
                                    np.array(
                                        [
                                            [0.0, 0.0, 0.0, 0.0, 0.0],
                                            [0.0, 0.0, 0.0, 0.0, 0.0],
                                            [0.0, 0.0, 0.0, 0.0, 0.0],
                                        ]
                                    ),
                                    np.array(
                                        [
                                            [2.158, 2.158, 2.158, 2.158, 2.158],
                                            [2.158, 2.158, 2.158, 2.158, 2.158],
                                            [2.158, 2.158, 2.158, 2.158, 2.158],
                                        ]
                                    ),
                                    np.array(
                                        [
                                            [3.0, -2.0, 2.0, 3.0, -1.0],
                                            [1.0, 4.0, -3.0, 0.0, 2.0],
                                            [-4.0, 1.0, 2.0, -2.0, 5.0],
                                        ]
                                    ),
                                    np.array(
                                        [
                                            [1e-07, -0.5, 0.25, -1.5, 0.3],
                                            [0.75, 0.2, -0.35, 0.45, 0.6],
                                            [-0.9, 1.25, 0.15, 0.55, -0.1],
                                        ]
                                    ),
                                )
                            },
                            {
                                "fx": np.array(
                                    [
                                        [[0.475, -0.475, 0.15]],
                                        [[-81.5, -0.374, 150.5]],
                                        [[-0.069, -0.062, -0.0615]],
                                        [[0.168, 0.135, 0.1895]],
                                        [[0.0, -0.5, 1.0]],
                                        [[0.0, 0.0, 0.0]],
                                        [[0.0, 0.0, 0.0]],
                                        [[0.0, 0.0, 0.0]],
                                        [[-2.0, -2.0, 2.5]],
                                        [[-0.55, 0.125, 0.475]],
                                        [[0.475, -0.475, 0.15]],
                                    ]
                                ),
                                "fy": np.array(
                                    [
                                        [[-0.225, -0.225, 0.375]],
                                        [[0.350007, -1.3, -0.375]],
                                        [[-0.299, -0.3145, -0.294]],
                                        [[0.9205, 0.898, 0.79]],
                                        [[1.0, 1.0, 1.0]],
                                        [[0.0, 0.0, 0.0]],
                                        [[0.0, 0.0, 0.0]],
                                        [[0.0, 0.0, 0.0]],
                                        [[1.5, 0.0, -2.5]],
                                        [[0.875, -0.05, 1.025]],
                                        [[-0.225, -0.225, 0.375]],
                                    ]
                                ),
                                "fxx": np.array(
                                    [
                                        [[-1.85, -0.05, 1.3]],
                                        [[-139.5, 301.752, -0.00399999999999]],
                                        [[1.11022302463e-16, 0.014, -0.013]],
                                        [[-0.246, 0.18, -0.071]],
                                        [[-4.0, 3.0, 0.0]],
                                        [[0.0, 0.0, 0.0]],
                                        [[0.0, 0.0, 0.0]],
                                        [[0.0, 0.0, 0.0]],
                                        [[-10.0, 10.0, -1.0]],
                                        [[0.0, 1.35, -0.65]],
                                        [[-1.85, -0.05, 1.3]],
                                    ]
                                ),
                                "fxy": np.array(
                                    [
                                        [[-0.1375, 0.3, 0.1625]],
                                        [[-0.95, -0.3625035, 1.2125]],
                                        [[-0.0045, 0.0025, -0.0005]],
                                        [[0.04525, -0.06525, 0.0005]],
                                        [[0.5, 0.0, 0.5]],
                                        [[0.0, 0.0, 0.0]],
                                        [[0.0, 0.0, 0.0]],
                                        [[0.0, 0.0, 0.0]],
                                        [[1.75, -2.0, 1.5]],
                                        [[0.200000025, 0.075, -0.075]],
                                        [[-0.1375, 0.3, 0.1625]],
                                    ]
                                ),
                                "fyy": np.array(
                                    [
                                        [[-2.65, 0.65, 1.45]],
                                        [[-0.799986, 299.4, 1.246]],
                                        [[0.016, -0.003, -0.016]],
                                        [[-0.205, 0.102, -0.02]],
                                        [[0.0, 6.0, 4.0]],
                                        [[0.0, 0.0, 0.0]],
                                        [[0.0, 0.0, 0.0]],
                                        [[0.0, 0.0, 0.0]],
                                        [[-9.0, 10.0, 1.0]],
                                        [[0.35, 1.1, -1.85]],
                                        [[-2.65, 0.65, 1.45]],
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges=IMAGE_PARTS,
                    rule=Values(),
                ),
                Check(
                    text="A square image, and one that is higher than wide.",
                    probe=MANY_IMAGES,
                    cases=(
                        Case(
                            {
                                "images": (
                                    np.array(
                                        [[0.5, -1.25, 2.0], [0.75, 1.5, -0.25], [-2.0, 0.3, 1.75]]
                                    ),
                                )
                            },
                            {
                                "fx": np.array([[[-0.5]], [[-0.5]]]),
                                "fy": np.array([[[0.775]], [[0.775]]]),
                                "fxx": np.array([[[-2.5]], [[-2.5]]]),
                                "fxy": np.array([[[0.5625]], [[0.5625]]]),
                                "fyy": np.array([[[-3.95]], [[-3.95]]]),
                            },
                        ),
                        Case(
                            {
                                "images": (
                                    np.array(
                                        [
                                            [0.5, -1.25, 2.0],
                                            [0.75, 1.5, -0.25],
                                            [-2.0, 0.3, 1.75],
                                            [1.25, 0.6, -0.8],
                                        ]
                                    ),
                                )
                            },
                            {
                                "fx": np.array([[[-0.5], [1.875]], [[-0.5], [1.875]]]),
                                "fy": np.array([[[0.775], [-0.45]], [[0.775], [-0.45]]]),
                                "fxx": np.array([[[-2.5], [-0.85]], [[-2.5], [-0.85]]]),
                                "fxy": np.array([[[0.5625], [-0.2625]], [[0.5625], [-0.2625]]]),
                                "fyy": np.array([[[-3.95], [1.5]], [[-3.95], [1.5]]]),
                            },
                        ),
                    ),
                    judges=IMAGE_PARTS,
                    rule=Values(),
                ),
                Check(
                    text=HUGE,
                    probe=MANY_IMAGES,
                    cases=(
                        Case(
                            {
                                "images": (
                                    np.array(
                                        [
                                            [25000000.0, -0.5, 1e-07],
                                            [15000000.0, 31000000.0, -22000000.0],
                                            [-12000000.0, 0.75, 19000000.0],
                                        ]
                                    ),
                                )
                            },
                            {
                                "fx": np.array([[[-18500000.0]], [[-18500000.0]]]),
                                "fy": np.array([[[0.625]], [[0.625]]]),
                                "fxx": np.array([[[-69000000.0]], [[-69000000.0]]]),
                                "fxy": np.array([[[14000000.0]], [[14000000.0]]]),
                                "fyy": np.array([[[-61999999.75]], [[-61999999.75]]]),
                            },
                        ),
                    ),
                    judges=IMAGE_PARTS,
                    rule=Values(),
                ),
            ),
        ),
    ),
    written=(WrittenQuestion("three_learning_rates", 1.0, (3,)),),
)
