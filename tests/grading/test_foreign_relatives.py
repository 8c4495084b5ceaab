"""Relatives of answers by others that were once graded wrongly: the same kinds of mistake, and right ones."""

import pytest

from tests.grading.test_foreign_answers import DUAL_POW, DUAL_PRODUCT, Foreign, graded, lost

D, G, N, M = "01_derivatives", "02_gates", "03_sigmoid_neuron", "04_matmul"
F, R, P, T = "05_forward_mode", "06_reverse_mode", "07_mlp_sgd", "08_trailnet"
ORDER = "        order = rng.permutation(len(X))\n"
WALK = """\
def backward(root, seed=1.0):
    root.grad = seed
    def go(node):
        node._backward()
        for parent in node._parents:
            go(parent)
    go(root)
"""
METHOD = """\
class Net:
    def predict(self, X):
        return X

    @staticmethod
    def loss(params, X, y, reg):
        W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))
        h = np.maximum(0, X @ W1 + b1)
        p = np.exp(h @ W2 + b2 - (h @ W2 + b2).max(axis=1, keepdims=True))
        p = p / p.sum(axis=1, keepdims=True)
        every = np.arange(len(X))
        loss = -np.log(p[every, y]).mean() + 0.5 * reg * (np.sum(W1**2) + np.sum(W2**2))
        p[every, y] -= 1
        p /= len(X)
        dh = p @ W2.T
        dh[h <= 0] = 0
        slopes = {"W1": X.T @ dh + reg * W1, "W2": h.T @ p + reg * W2}
        return loss, slopes | {"b1": dh.sum(0), "b2": p.sum(0)}


def loss_and_grads(params, X, y, reg):
    return Net().loss(params, X, y, reg)
"""


def one(assignment: str, exercise: str, old: str, new: str, right: bool = False) -> Foreign:
    """A notebook with one answer that is not the reference's, by an edit of it."""
    return Foreign(assignment, {exercise: ((old, new),)}, lost=() if right else (exercise,))


def whole(assignment: str, exercise: str, text: str) -> Foreign:
    """A notebook with one answer that is wrong."""
    return Foreign(assignment, {exercise: text}, lost=(exercise,))


FREEZE = """\
def freeze_step(params, grads, trainable, lr):
    return {k: w - lr * grads[k] if CONDITION else w for k, w in params.items()}
"""
KEPT = """\
def zero_grad(root, seen=set()):
    for node in topo_sort(root):
        if node not in seen:
            node.grad = 0.0
        seen.add(node)
"""
CASES = {
    "every path walked back": whole(R, "backward", WALK),
    "zeros along every path": whole(
        R,
        "zero_grad",
        "def zero_grad(root):\n    root.grad = 0.0\n    for p in root._parents:\n        zero_grad(p)",
    ),
    "a product without its upstream": one(
        R, "Value", "self.grad += other.data * out.grad", "self.grad += other.data"
    ),
    "a power without its upstream": one(
        R, "Value", "self.data ** (n - 1) * out.grad", "self.data ** (n - 1)"
    ),
    "a mistake in a method, beside one called predict": whole(P, "loss_and_grads", METHOD),
    "whatever begins alike and has a gradient moves": whole(
        T,
        "freeze_step",
        FREEZE.replace("CONDITION", "k.startswith(tuple(trainable)) and k in grads"),
    ),
    "whatever is part of a trainable name moves": whole(
        T,
        "freeze_step",
        FREEZE.replace("CONDITION", "any(k in name for name in trainable) and k in grads"),
    ),
    "a dict in another order": one(
        P, "mse_cost", "return C, dC", 'return {"dC": dC, "C": C}', right=True
    ),
    "a mistake of its own on a wrong rectifier": Foreign(
        P,
        {
            "relu_forward": "def relu_forward(x):\n    return np.where(x > 0, x, 0.2 * x)",
            "loss_and_grads": (("dscores.sum(axis=0)", "dscores.mean(axis=0)"),),
        },
        lost=("relu_forward", "loss_and_grads"),
    ),
    "a mistake of its own on a wrong measurement": Foreign(
        D,
        {
            "num_grad": (("(f(x + step) - f(x - step)) / (2 * h)", "(f(x + step) - f(x)) / h"),),
            "num_vjp": (("np.sum(dout * f(moved))", "np.sum(f(moved))"),),
        },
        lost=("num_grad", "num_vjp"),
    ),
    "a block on a wrong rectifier": one(
        T, "srelu_forward", "np.maximum(x, -1.0)", "np.maximum(x, -0.5)"
    ),
    "a neuron on a wrong sigmoid": one(
        N, "sigmoid", "np.exp(-np.abs(x))", "np.exp(-2 * np.abs(x))"
    ),
    "numpy's names cover Python's in another notebook": Foreign(P, before="from numpy import *"),
    "the names of math cover others": Foreign(T, before="from math import *"),
    "max, min and abs are numbers": Foreign(D, before="max = min = abs = 3"),
    "list and print are values": Foreign(T, before="list, print = [], 0"),
    "examples in their own order": one(
        P, "train", "rng.permutation(len(X))", "np.sort(rng.permutation(len(X)))"
    ),
    "the second epoch backwards": one(
        P,
        "train",
        ORDER,
        "        order = rng.permutation(len(X)) if _ % 2 == 0 else order[::-1]\n",
    ),
    "incomplete batches dropped": one(
        P, "train", "range(0, len(X), batch)", "range(0, max(1, len(X) - batch + 1), batch)"
    ),
    "max by rounded numbers": one(G, "max_backward", "x > y", "round(x) > round(y)"),
    "max in float32": one(G, "max_backward", "x > y", "np.float32(x) > np.float32(y)"),
    "a corner at -0.1": one(N, "relu", "if z > 0 ", "if z > -0.1 "),
    "a corner at 1": one(N, "relu", "if z > 0 ", "if z > 1 "),
    "steps limited at one": one(
        P, "sgd_step", "lr * grads[name]", "lr * np.clip(grads[name], -1, 1)"
    ),
    "costs limited": one(P, "mse_cost", "np.sum(difference**2)", "min(np.sum(difference**2), 1e4)"),
    "slopes of the cost limited": one(
        P, "mse_cost", "2 * difference", "2 * np.clip(difference, -1, 1)"
    ),
    "a first power does not move": one(
        F, "Dual", DUAL_POW, f"{DUAL_POW} if n != 1 else Dual(self.val, 0.0)"
    ),
    "negative powers are positive ones": one(
        F, "Dual", DUAL_POW, f"n = abs(n)\n        {DUAL_POW}"
    ),
    "a square moves twice": one(
        F,
        "Dual",
        DUAL_PRODUCT,
        f"{DUAL_PRODUCT}\n        if other is self:\n            dot = 2 * dot",
    ),
    "a product with one parent": one(
        R,
        "Value",
        "Value(self.data * other.data, (self, other))",
        "Value(self.data * other.data, (self,))",
    ),
    "a sine without a parent": one(
        R, "Value", "Value(math.sin(self.data), (self,))", "Value(math.sin(self.data))"
    ),
    "no padding changes nothing": one(
        T, "conv_out", "return (n + 2", "return n if p == 0 else (n + 2"
    ),
    "a window of one changes nothing": one(
        T, "conv_out", "return (n + 2", "return n if k == 1 else (n + 2"
    ),
    "slopes filled into integers": one(
        F,
        "grad_forward",
        "return np.array(slopes)",
        "return np.array(slopes).astype(np.asarray(x).dtype)",
    ),
    "no slope where an input is 0": one(
        F, "grad_forward", "v[i] = 1.0", "v[i] = 1.0 if x[i] else 0.0"
    ),
    "a direction cut to whole numbers": one(F, "jvp", "Dual(x[i], v[i])", "Dual(x[i], int(v[i]))"),
    "the run stops at a zero": one(
        F,
        "jvp",
        "for i in range(len(x))]",
        "for i in range(len(x)) if True or x[i]][: len(x)] if all(v) else [Dual(a, 0) for a in x]",
    ),
    "nodes kept from sweep to sweep": whole(R, "zero_grad", KEPT),
    "a later helper has the name of another exercise": Foreign(
        M, after="def unbroadcast(g, shape):\n    return g"
    ),
    "a later sigmoid": Foreign(N, after="def sigmoid(x):\n    return 0"),
    "a given division was changed": one(
        R, "Value", "return self * as_value(other) ** -1", "return self", True
    ),
    "a given minus was changed": one(R, "Value", "return self * -1", "return self", True),
    "the order of an untouched helper": Foreign(R, after="topo_sort = None"),
    "distances of the sum": one(
        D, "rel_error", "np.maximum(np.abs(a), np.abs(b))", "np.abs(np.add(a, b))"
    ),
    "a sweep relative to the exact slope": one(
        D,
        "fd_sweep",
        "rel_error((f(x + h) - f(x)) / h, exact)",
        "abs((f(x + h) - f(x)) / h - exact) / abs(exact)",
    ),
    "the latest weights in a global": Foreign(
        M,
        {
            "affine_forward": (
                ("return out, (x, w)", "globals()['LAST'] = w\n    return out, (x, None)"),
            ),
            "affine_backward": (("x, w = cache", "x, w = cache[0], LAST"),),
        },
        lost=("affine_backward",),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_relative_is_judged_as_it_deserves(sandbox, name):
    report = graded(sandbox, CASES[name])
    assert tuple(lost(report)) == CASES[name].lost, lost(report)
    assert not any(r.blocked_by for r in report.exercises)
