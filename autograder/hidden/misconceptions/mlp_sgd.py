"""Notebook 7, a multilayer perceptron trained with SGD: the named wrong answers."""

from string import Template

from autograder.hidden.catalogue import Misconception
from autograder.hidden.misconceptions.wording import (
    DIVIDED_BY_N,
    ONE_NUMBER_ONLY,
    OTHER_ORDER,
    RATE_MISSING,
    UPHILL,
    UPSTREAM_IGNORED,
    WITH_A_CACHE,
    measuring,
)
from autograder.student.judging.formula_rule import NUDGED

# Softmax and its loss in the forms in which students write them, right or with one mistake.
# By style: the answer, with places where a mistake may stand.
STYLES = {
    "minus log p": """\
def softmax_loss(x, y):
    e = np.exp(x - $top)
    p = e / $total
    n = np.arange(len(x))
    loss = $minus$mean(np.log(p[n, y]$tiny))
    d = p.copy()
    d[n, y] -= $one
    return loss, d$by_n
""",
    "one-hot rows": """\
def softmax_loss(x, y):
    wanted = $one * np.eye(x.shape[1])[y]
    e = np.exp(x - $top)
    p = e / $total
    loss = $minus$mean(np.log(np.sum(p * np.eye(x.shape[1])[y], axis=1)$tiny))
    return loss, (p - wanted)$by_n
""",
    "logarithms of p": """\
def softmax_loss(x, y):
    z = x - $top
    e = np.exp(z)
    log_p = z - np.log($total)
    loss = $minus$mean(np.log(np.exp(log_p[range(len(y)), y])$tiny))
    dx = np.exp(log_p)
    dx[range(len(y)), y] -= $one
    return loss, dx$by_n
""",
    "row by row": """\
def softmax_loss(x, y):
    costs, dx = np.zeros(len(x)), np.zeros(x.shape)
    e = np.array([np.exp(row - $row_top) for row in x])
    totals = np.broadcast_to($total, e.shape)
    for n in range(len(x)):
        p = e[n] / totals[n]
        costs[n] = $minus(np.log(p[y[n]]$tiny))
        dx[n] = p
        dx[n, y[n]] -= $one
    return $mean(costs), dx$by_n
""",
    "examples in columns": """\
def softmax_loss(x, y):
    e = np.exp(x - $top)
    columns = (e / $total).T
    loss = $mean([$minus(np.log(columns[c, n]$tiny)) for n, c in enumerate(y)])
    right = np.array([[c == k for c in y] for k in range(len(columns))])
    return loss, (columns - $one * right).T$by_n
""",
    "log of the sum": """\
def softmax_loss(x, y):
    z = x - $top
    e = np.exp(z)
    totals = np.broadcast_to($total, e.shape)
    n = np.arange(len(x))
    with_logs = np.log(totals[n, y]) - z[n, y]
    loss = -1 * $minus$mean(with_logs)
    dx = e / totals
    dx[n, y] = dx[n, y] - $one
    return loss, dx$by_n
""",
}
RIGHT = {
    "top": "x.max(axis=1, keepdims=True)",
    "row_top": "row.max()",
    "total": "e.sum(axis=1, keepdims=True)",
    "minus": "-",
    "mean": "np.mean",
    "tiny": "",
    "one": "1",
    "by_n": " / len(x)",
}
NO_SHIFT = {"top": "0.0", "row_top": "0.0"}
ONE_MAXIMUM = {"top": "x.max()", "row_top": "x.max()"}
ONE_SUM, SUM_OVER_EXAMPLES = {"total": "e.sum()"}, {"total": "e.sum(axis=0)"}


def softmax_written(style: str, **mistake: str) -> str:
    """The answer in one of the styles; right, or with what a mistake puts in its places."""
    return Template(STYLES[style]).substitute(RIGHT | mistake)


MISCONCEPTIONS = (
    Misconception(
        "relu_forward",
        "absolute value",
        "Your function makes negative numbers positive. The rectifier makes them zero.",
        (("np.maximum(0.0, x)", "np.abs(x)"),),
    ),
    Misconception(
        "relu_forward",
        "turned round",
        "You keep the negative numbers and lose the positive ones.",
        (("np.maximum(0.0, x)", "np.minimum(0.0, x)"),),
    ),
    Misconception(
        "relu_forward",
        "leaky",
        "A little of the negative numbers comes through. That is another activation; the rectifier lets nothing "
        "through.",
        (("np.maximum(0.0, x)", "np.maximum(0.01 * x, x)"),),
    ),
    Misconception(
        "relu_forward",
        "capped at one",
        "Your values are right up to 1 and stop there. The rectifier has no upper end.",
        (("np.maximum(0.0, x)", "np.clip(x, 0.0, 1.0)"),),
    ),
    Misconception(
        "relu_forward",
        "step function",
        "Your output only says whether a number is positive. If it is, the number itself should come out.",
        (("np.maximum(0.0, x)", "(x > 0) * 1.0"),),
    ),
    Misconception(
        "relu_forward",
        *WITH_A_CACHE,
        (("return np.maximum(0.0, x)", "return np.maximum(0.0, x), x"),),
        (
            "def relu_forward(x):\n    return np.maximum(0.0, x), x > 0\n",
            "def relu_forward(x):\n    mask = x > 0\n    return x * mask, mask\n",
        ),
    ),
    Misconception(
        "relu_forward",
        *ONE_NUMBER_ONLY,
        (("return np.maximum(0.0, x)", "return max(0.0, x)"),),
        ("def relu_forward(x):\n    if x > 0:\n        return x\n    return 0.0\n",),
    ),
    Misconception("relu_backward", *UPSTREAM_IGNORED, (("dout * (x > 0)", "(x > 0) * 1.0"),)),
    Misconception(
        "relu_backward",
        "mask from the gradient",
        "You let a gradient pass where the gradient is positive. What decides is the number that went in on the "
        "way forward.",
        (("(x > 0)", "(dout > 0)"),),
    ),
    Misconception(
        "relu_backward",
        "mask turned round",
        "Your switch is the wrong way round: it passes gradients where x is negative.",
        (("(x > 0)", "(x < 0)"),),
    ),
    Misconception(
        "relu_backward",
        "mask forgotten",
        "Your gradient passes everywhere. Where x is negative the rectifier is flat, and nothing gets through.",
        ((" * (x > 0)", ""),),
    ),
    Misconception(
        "relu_backward",
        "multiplied by the output",
        "You multiply by the rectifier's output. Multiply by its slope, which is 1 or 0.",
        (("(x > 0)", "np.maximum(x, 0)"),),
    ),
    Misconception(
        "mse_cost",
        "mean instead of the sum",
        "You divide by the number of outputs. Slide 29 adds up the squares and does not divide.",
        (
            ("np.sum(difference**2)", "np.mean(difference**2)"),
            ("2 * difference", "2 * difference / len(a)"),
        ),
    ),
    Misconception(
        "mse_cost",
        "half the square",
        "Cost and slopes are half of what they should be. Some books put one half in front; slide 29 does not.",
        (
            ("np.sum(difference**2)", "np.sum(difference**2) / 2"),
            ("dC = 2 * difference", "dC = difference"),
        ),
    ),
    Misconception(
        "mse_cost",
        "factor 2 forgotten",
        "Your cost is right and your slopes are half as large as they should be. Differentiate the square.",
        (("dC = 2 * difference", "dC = difference"),),
    ),
    Misconception(
        "mse_cost",
        "sign of the slopes",
        "Your cost is right, and your slopes have the wrong sign. Which of the two numbers comes first in the "
        "difference?",
        (("dC = 2 * difference", "dC = 2 * (y - a)"),),
    ),
    Misconception(
        "mse_cost",
        "(n,) against (n, 1)",
        "You subtract a row from a column, and NumPy stretches both to a square, so every output is compared with "
        "every wanted number. Give both the same shape.",
        (("a - y", "a.reshape(-1, 1) - y"),),
    ),
    Misconception(
        "mse_cost",
        "square forgotten",
        "Your cost adds up the sizes of the differences. They must be squared first.",
        (("np.sum(difference**2)", "np.sum(np.abs(difference))"),),
    ),
    Misconception(
        "layer_by_index",
        "slope of the activation forgotten",
        "Your slopes pass the sum but not the sigmoid. Its slope is the link from the slope for a to the slope for "
        "z.",
        (("dz = a * (1 - a) * dC_da", "dz = dC_da.copy()"),),
    ),
    Misconception(
        "layer_by_index",
        "sigmoid taken of an output",
        "You put a through the sigmoid once more before you take its slope. It already is the sigmoid's output.",
        (("dz = a * (1 - a) * dC_da", "s = 1 / (1 + np.exp(-a))\n    dz = s * (1 - s) * dC_da"),),
    ),
    Misconception(
        "layer_by_index",
        "slope of tanh",
        "One minus the square of the output is the slope of tanh. These neurons are sigmoids.",
        (("a * (1 - a)", "(1 - a**2)"),),
    ),
    Misconception(
        "layer_by_index",
        "slope at the wrong layer",
        "You use the slope of the activations that come in. Between w and the cost stands the sigmoid of this layer.",
        (
            ("np.outer(dz, a_before)", "np.outer(dC_da, a_before * a_before * (1 - a_before))"),
            ("da_before = w.T @ dz", "da_before = a_before * (1 - a_before) * (w.T @ dC_da)"),
            ("db = dz", "db = dC_da.copy()"),
        ),
    ),
    Misconception(
        "layer_by_index",
        "what comes back ignored",
        "Your slopes do not depend on what comes back from the cost. It multiplies all of them.",
        (("dz = a * (1 - a) * dC_da", "dz = a * (1 - a)"),),
    ),
    Misconception(
        "layer_by_index",
        "output in place of input",
        "You multiply the slope for z[j] by the neuron's own output. A weight is multiplied by what comes in.",
        (("np.outer(dz, a_before)", "np.repeat((dz * a)[:, None], len(a_before), axis=1)"),),
    ),
    Misconception(
        "layer_by_index",
        "j and k exchanged",
        "Your slopes for w stand in a table that is the transpose of w: the first index of w[j, k] is the neuron.",
        (("np.outer(dz, a_before)", "np.outer(a_before, dz)"),),
    ),
    Misconception(
        "layer_by_index",
        "bias without the sigmoid",
        "Your slopes for the biases are those of the outputs. A bias is added before the sigmoid.",
        (("db = dz", "db = dC_da.copy()"),),
    ),
    Misconception(
        "layer_by_index",
        "biases as weights of the inputs",
        "You multiply the slopes for the biases by what comes in. A bias is the weight of an input that is always 1.",
        (("db = dz", "db = dw.sum(axis=1)"),),
    ),
    Misconception(
        "layer_by_index",
        "one bias for the layer",
        "You add up the slopes for the biases. Every neuron has its own.",
        (("db = dz", "db = np.full(len(dz), dz.sum())"),),
    ),
    Misconception(
        "layer_by_index",
        "one neuron only",
        "Each activation of the layer before gets what comes back from one neuron. It feeds all of them.",
        (("w.T @ dz", "w[0] * dz[0]"),),
    ),
    Misconception(
        "layer_by_index",
        "last neuron only",
        "In your loop each neuron replaces what the one before it sent back. All of it belongs in a sum.",
        (
            (
                "    da_before = w.T @ dz\n",
                "    da_before = np.zeros(len(a_before))\n    for j in range(len(a)):\n"
                "        for k in range(len(a_before)):\n            da_before[k] = w[j, k] * dz[j]\n",
            ),
        ),
    ),
    Misconception(
        "layer_by_index",
        "weights left out on the way back",
        "Each activation gets the sum of the slopes for z. What a neuron sends back goes through a weight.",
        (("w.T @ dz", "np.full(len(a_before), dz.sum())"),),
    ),
    Misconception(
        "layer_by_index",
        "mean over the neurons",
        "You take the mean over the neurons j. Slide 32 has a sum: every path counts in full.",
        (("w.T @ dz", "w.T @ dz / len(a)"),),
    ),
    Misconception(
        "layer_by_index",
        *OTHER_ORDER,
        (("return dw, db, da_before", "return da_before, dw, db"),),
        (
            (("return dw, db, da_before", "return db, dw, da_before"),),
            (("return dw, db, da_before", "return dw, da_before, db"),),
            (("return dw, db, da_before", "return da_before, db, dw"),),
        ),
    ),
    Misconception(
        "layer_by_index",
        "sent back without the sigmoid",
        "What you send to the layer before passes the weights but not the sigmoids of this layer.",
        (("w.T @ dz", "w.T @ dC_da"),),
    ),
    Misconception(
        "layer_by_index",
        "layer before differentiated twice",
        "You already multiply by the slope of the activation of the layer before. That belongs to its own call.",
        (("w.T @ dz", "(w.T @ dz) * a_before * (1 - a_before)"),),
    ),
    Misconception(
        "layer_by_index",
        "square layers only",
        "Where there are as many neurons as inputs you multiply by w itself; the sum must run over the neurons j.",
        (("w.T @ dz", "w @ dz if w.shape[0] == w.shape[1] else dz @ w"),),
    ),
    Misconception(
        "softmax_loss",
        NUDGED.name,
        NUDGED.text,
        (
            (
                "return loss, dx / len(x)",
                f"""{measuring("2.0**-9")}def mean(v):
        top = v - v.max(axis=1, keepdims=True)
        return np.mean(np.log(np.exp(top).sum(axis=1)) - top[every, y])

    return loss, measured(mean, x)""",
            ),
        ),
    ),
    Misconception(
        "relu_forward",
        "corner moved",
        "Small positive numbers come out as 0. The corner lies at 0: whatever is above it stays.",
        (("np.maximum(0.0, x)", "np.where(x > 0.1, x, 0.0)"),),
    ),
    Misconception(
        "relu_forward",
        "limited at ten",
        "Your values are right up to 10 and stop there. The rectifier has no upper end.",
        (("np.maximum(0.0, x)", "np.clip(x, 0.0, 10.0)"),),
    ),
    Misconception(
        "relu_forward",
        "divided by the number",
        "You divide each number by its own size. That is not possible where it is 0, and arrays with a 0 come out nan.",
        (("np.maximum(0.0, x)", "x * (1 + x / np.abs(x)) / 2"),),
    ),
    Misconception(
        "relu_backward",
        "divided by the input",
        "You divide by the number that went in. Where it is 0 your gradient is nan.",
        (("(x > 0)", "np.maximum(x, 0.0) / x"),),
    ),
    Misconception(
        "relu_backward",
        "upstream limited at ten",
        "Large upstream gradients come out smaller. The rectifier passes them on whole.",
        (("dout * (x > 0)", "np.clip(dout, -10.0, 10.0) * (x > 0)"),),
    ),
    Misconception(
        "relu_backward",
        "small inputs switched off",
        "Your gradient does not pass where the input is positive and small. Even there the slope is 1.",
        (("(x > 0)", "(x > 0.1)"),),
    ),
    Misconception(
        "mse_cost",
        "outputs limited to 0 and 1",
        "Your cost takes an output above 1 for 1 and a negative one for 0. Square the differences as they are.",
        (("np.sum(difference**2)", "np.sum((np.clip(a, 0, 1) - y) ** 2)"),),
    ),
    Misconception(
        "mse_cost",
        "slopes in the form of y",
        "You write the slopes into an array made like y. If y holds integers, so does that array, and "
        "the fractions are cut off.",
        (("dC = 2 * difference", "dC = np.zeros_like(y)\n    dC[:] = 2 * difference"),),
    ),
    Misconception(
        "mse_cost",
        "nearly right taken for right",
        "You take outputs that are nearly as wanted for exactly as wanted. Their slopes are small, but not 0.",
        (("difference = a - y", "difference = np.where(np.isclose(a, y, 1e-4), 0.0, a - y)"),),
    ),
    Misconception(
        "softmax_loss",
        "logarithm kept away from 0",
        "You add a small number below the logarithm, or limit what goes in. An example with a very small probability "
        "then costs too little. Take the logarithm of the sum instead. Then no probability is ever 0 below a "
        "logarithm.",
        (
            (
                "loss = np.mean(np.log(sums[:, 0]) - shifted[every, y])",
                "loss = -np.mean(np.log(powers[every, y] / sums[:, 0] + 1e-12))",
            ),
        ),
        tuple(
            softmax_written("minus log p", tiny=f" + {size}")
            for size in ("1e-15", "1e-10", "1e-9", "1e-8", "1e-7")
        ),
    ),
    Misconception(
        "softmax_loss",
        "scores limited",
        "You limit the scores before you use them. Rows whose scores lie far apart then come out wrong.",
        (
            (
                "shifted = x - x.max(axis=1, keepdims=True)",
                "shifted = np.maximum(x - x.max(axis=1, keepdims=True), -100.0)",
            ),
        ),
    ),
    Misconception(
        "softmax_loss",
        "axes of length 1 lost",
        "You drop axes of length 1. The gradient has the shape of x even for a single example or a single class.",
        (("return loss, dx / len(x)", "return loss, np.squeeze(dx / len(x))"),),
    ),
    Misconception(
        "softmax_loss",
        "1 subtracted for one example of each class",
        "You take the 1 away once for each class, and so from one example only. Each example has a right class of "
        "its own.",
        (
            (
                "dx[every, y] -= 1",
                "for c in set(y.tolist()):\n        dx[y.tolist().index(c), c] -= 1",
            ),
        ),
    ),
    Misconception(
        "loss_and_grads",
        NUDGED.name,
        NUDGED.text,
        (
            (
                "dW2 = h.T @ dscores + 2 * reg * W2",
                f"{measuring()}dW2 = measured(lambda v: softmax_loss(h @ v + b2, y)[0] + reg * np.sum(v**2), W2)",
            ),
        ),
    ),
    Misconception(
        "softmax_loss",
        "every example with every class",
        "Your gradient is right. For every example your loss takes the probabilities of all the classes in y. Each "
        "example has one right class: pick one class in each row.",
        (("shifted[every, y]", "shifted[:, y]"),),
        (
            "def softmax_loss(x, y):\n    e = np.exp(x - x.max(axis=1, keepdims=True))\n"
            "    p = e / e.sum(axis=1, keepdims=True)\n    loss = -np.mean(np.log(p[:, y]))\n"
            "    p[np.arange(len(y)), y] -= 1\n    return loss, p / len(y)\n",
        ),
    ),
    Misconception(
        "softmax_loss",
        "1 subtracted from whole columns",
        "In every row you take 1 away for all the classes in y. Each example has one right class: pick one class in "
        "each row.",
        (("dx[every, y] -= 1", "dx[:, y] -= 1"),),
    ),
    Misconception(
        "softmax_loss",
        "largest score not taken away",
        "Your numbers are right for small scores. For large ones the power overflows; take the row's largest score "
        "away first.",
        (("x - x.max(axis=1, keepdims=True)", "x + 0.0"),),
        (softmax_written("logarithms of p", **NO_SHIFT),),
    ),
    Misconception(
        "softmax_loss",
        "one maximum for all examples",
        "You take the largest score of the whole batch away. For an example whose scores lie far below it, all "
        "exponentials become 0.",
        (("x.max(axis=1, keepdims=True)", "x.max()"),),
    ),
    Misconception(
        "softmax_loss",
        "one sum for all examples",
        "You divide by the sum over the whole batch. The probabilities of each example must add up to 1.",
        (
            ("powers.sum(axis=1, keepdims=True)", "powers.sum()"),
            ("np.log(sums[:, 0])", "np.log(sums)"),
        ),
        (
            softmax_written("minus log p", **ONE_SUM, **ONE_MAXIMUM),
            softmax_written("log of the sum", **ONE_SUM, **ONE_MAXIMUM),
            softmax_written("minus log p", **ONE_SUM, **NO_SHIFT),
            softmax_written("logarithms of p", **ONE_SUM, **NO_SHIFT),
        ),
    ),
    Misconception(
        "softmax_loss",
        "sums over the examples",
        "You add up each class over the examples. It is the classes of one example that compete.",
        (
            ("powers.sum(axis=1, keepdims=True)", "powers.sum(axis=0, keepdims=True)"),
            ("np.log(sums[:, 0])", "np.log(sums[0, y])"),
        ),
        (
            softmax_written("minus log p", **SUM_OVER_EXAMPLES, **ONE_MAXIMUM),
            softmax_written("log of the sum", **SUM_OVER_EXAMPLES, **ONE_MAXIMUM),
            softmax_written("minus log p", **SUM_OVER_EXAMPLES, **NO_SHIFT),
            softmax_written("one-hot rows", **SUM_OVER_EXAMPLES, **NO_SHIFT),
            softmax_written("logarithms of p", **SUM_OVER_EXAMPLES, **NO_SHIFT),
        ),
    ),
    Misconception(
        "softmax_loss",
        "1/N twice",
        "Your gradient is divided by the number of examples twice. The mean has one 1/N.",
        (("return loss, dx / len(x)", "return loss, dx / len(x) ** 2"),),
    ),
    Misconception(
        "softmax_loss",
        "gradient without 1/N",
        "Your loss is a mean and your gradient is that of a sum. Both must have the 1/N.",
        (("return loss, dx / len(x)", "return loss, dx"),),
    ),
    Misconception(
        "softmax_loss",
        "sum instead of the mean",
        "You add up the losses of the examples. Here the loss is their mean, and so is the gradient.",
        (
            (
                "np.mean(np.log(sums[:, 0]) - shifted[every, y])",
                "np.sum(np.log(sums[:, 0]) - shifted[every, y])",
            ),
            ("return loss, dx / len(x)", "return loss, dx"),
        ),
    ),
    Misconception(
        "softmax_loss",
        "1 not subtracted",
        "Your gradient is the probabilities themselves, all positive: it would push every score down, the right "
        "one too.",
        (("dx[every, y] -= 1", "pass"),),
    ),
    Misconception(
        "softmax_loss",
        "softmax taken twice",
        "You put the probabilities through the softmax once more. It makes them nearly equal, and the loss can no "
        "longer get small.",
        (
            (
                "powers = np.exp(shifted)",
                "powers = np.exp(shifted)\n    shifted = powers / np.sum(powers, axis=1, "
                "keepdims=True)\n    powers = np.exp(shifted)",
            ),
        ),
    ),
    Misconception(
        "softmax_loss",
        "gradient of another loss",
        "Your gradient is that of another loss, with one yes or no for each class, and with respect to the "
        "probabilities. The gradient with respect to the scores is asked for.",
        (
            (
                "dx[every, y] -= 1",
                "wanted = np.eye(x.shape[1])[y]\n    tiny = 1e-300\n"
                "    dx = -wanted / (dx + tiny) - (1 - wanted) / (1 - dx + tiny)",
            ),
        ),
    ),
    Misconception(
        "softmax_loss",
        "sign of the loss",
        "Your loss is negative, because the logarithm of a probability is. Put a minus before it.",
        (("loss = np.mean(", "loss = -np.mean("),),
    ),
    Misconception(
        "softmax_loss",
        "mean over the scores",
        "You divide by the number of scores. The mean is one over the examples.",
        (("return loss, dx / len(x)", "return loss, dx / x.size"),),
    ),
    Misconception(
        "loss_and_grads",
        "gradient of the price too small by half",
        "You add reg times the weights. The price is reg times their squares, and there is no one half in front.",
        (("dscores + 2 * reg * W2", "dscores + reg * W2"), ("dz + 2 * reg * W1", "dz + reg * W1")),
    ),
    Misconception(
        "loss_and_grads",
        "half the price",
        "Your loss holds only half of the price on the weights, and so do your gradients. Here there is no one half "
        "in front.",
        (
            ("loss = data_loss + reg * (", "loss = data_loss + 0.5 * reg * ("),
            ("dscores + 2 * reg * W2", "dscores + reg * W2"),
            ("dz + 2 * reg * W1", "dz + reg * W1"),
        ),
    ),
    Misconception(
        "loss_and_grads",
        "norms instead of squares",
        "Your loss adds the lengths of the weights, as np.linalg.norm gives them. The price is reg times the sum of "
        "their squares.",
        (("(np.sum(W1**2) + np.sum(W2**2))", "(np.linalg.norm(W1) + np.linalg.norm(W2))"),),
        (
            (
                ("(np.sum(W1**2) + np.sum(W2**2))", "(np.linalg.norm(W1) + np.linalg.norm(W2))"),
                ("dscores + 2 * reg * W2", "dscores + reg * W2 / (np.linalg.norm(W2) or 1.0)"),
                ("dz + 2 * reg * W1", "dz + reg * W1 / (np.linalg.norm(W1) or 1.0)"),
            ),
        ),
    ),
    Misconception(
        "loss_and_grads",
        "sizes instead of squares",
        "You add up the sizes of the weights. The price is reg times the sum of their squares.",
        (
            ("(np.sum(W1**2) + np.sum(W2**2))", "(np.sum(np.abs(W1)) + np.sum(np.abs(W2)))"),
            ("dscores + 2 * reg * W2", "dscores + reg * np.sign(W2)"),
            ("dz + 2 * reg * W1", "dz + reg * np.sign(W1)"),
        ),
    ),
    Misconception(
        "loss_and_grads",
        "half the price in the loss only",
        "Your loss holds half of the price on the weights; your gradients hold all of it.",
        (("loss = data_loss + reg * (", "loss = data_loss + 0.5 * reg * ("),),
    ),
    Misconception(
        "loss_and_grads",
        "hidden bias forgotten",
        "Your hidden neurons do not use b1. It is added before the rectifier.",
        (("z = X @ W1 + b1", "z = X @ W1"),),
    ),
    Misconception(
        "loss_and_grads",
        "bias of the scores forgotten",
        "Your scores do not use b2. It is added to every example's scores.",
        (("scores = h @ W2 + b2", "scores = h @ W2"),),
    ),
    Misconception(
        "loss_and_grads",
        "price without a gradient",
        "Your loss holds the price on the weights, and your gradients do not. So training would never make the "
        "weights smaller.",
        (("dscores + 2 * reg * W2", "dscores"), ("dz + 2 * reg * W1", "dz")),
    ),
    Misconception(
        "loss_and_grads",
        "price missing in the loss",
        "Your gradients hold the price on the weights, and your loss does not.",
        (("loss = data_loss + reg * (np.sum(W1**2) + np.sum(W2**2))", "loss = data_loss"),),
    ),
    Misconception(
        "loss_and_grads",
        "biases pay too",
        "You add the price's slope to the biases as well. Only the weights pay.",
        (
            ("db2 = dscores.sum(axis=0)", "db2 = dscores.sum(axis=0) + 2 * reg * b2"),
            ("db1 = dz.sum(axis=0)", "db1 = dz.sum(axis=0) + 2 * reg * b1"),
        ),
    ),
    Misconception(
        "loss_and_grads",
        "price averaged over the batch",
        "You divide the price on the weights by the number of examples. Only the losses of the examples are averaged.",
        (("loss = data_loss + reg * (", "reg = reg / len(X)\n    loss = data_loss + reg * ("),),
    ),
    Misconception(
        "loss_and_grads",
        "only one layer pays",
        "Your second layer pays for its weights, your first one does not.",
        (("(np.sum(W1**2) + np.sum(W2**2))", "np.sum(W2**2)"), ("dz + 2 * reg * W1", "dz")),
    ),
    Misconception(
        "loss_and_grads",
        "rectifier forgotten on the way back",
        "Your gradient passes hidden neurons that are switched off. On the way back it must go through the "
        "rectifier as well.",
        (("dz = relu_backward(dh, z)", "dz = dh"),),
    ),
    Misconception(
        "loss_and_grads",
        "slope of the sigmoid",
        "On the way back you multiply by h (1 - h). That is the slope of a sigmoid; these neurons have rectifiers.",
        (("dz = relu_backward(dh, z)", "dz = dh * h * (1 - h)"),),
    ),
    Misconception(
        "loss_and_grads",
        "sigmoid behind the scores",
        "You multiply the slopes of the scores by p (1 - p), as if there were a sigmoid behind them. What "
        "softmax_loss returns is already the slope of the scores.",
        (
            (
                "loss = data_loss +",
                "p = 1 / (1 + np.exp(-scores))\n    dscores = dscores * p * (1 - p)\n    loss = data_loss +",
            ),
        ),
    ),
    Misconception(
        "loss_and_grads",
        "rectifier on the scores",
        "You rectify the scores as well. The last layer has no activation: a score may be negative.",
        (
            (
                "data_loss, dscores = softmax_loss(scores, y)",
                "data_loss, dscores = softmax_loss(relu_forward("
                "scores), y)\n    dscores = relu_backward(dscores, scores)",
            ),
        ),
    ),
    Misconception(
        "loss_and_grads",
        *DIVIDED_BY_N,
        (("loss = data_loss +", "dscores = dscores / len(X)\n    loss = data_loss +"),),
    ),
    Misconception(
        "loss_and_grads",
        "bias gradients averaged",
        "Your bias gradients are means over the examples. The contributions of the examples add up; the 1/N is "
        "already inside.",
        (("dscores.sum(axis=0)", "dscores.mean(axis=0)"), ("dz.sum(axis=0)", "dz.mean(axis=0)")),
    ),
    Misconception(
        "loss_and_grads",
        "bias gradient before the rectifier",
        "You give the first layer's biases what comes back before it has passed the rectifier. On the way back the "
        "rectifier comes first.",
        (("db1 = dz.sum(axis=0)", "db1 = dh.sum(axis=0)"),),
    ),
    Misconception(
        "loss_and_grads",
        "sums instead of activations",
        "The second layer's weights are multiplied by what came out of the rectifier. You use what went into it.",
        (("dW2 = h.T @ dscores", "dW2 = z.T @ dscores"),),
    ),
    Misconception("sgd_step", *UPHILL, (("value - lr", "value + lr"),)),
    Misconception(
        "sgd_step",
        "rate missing for the vectors",
        "Your matrices move by the rate times their gradients, your vectors by the whole gradient.",
        (("value - lr * grads[name]", "value - (lr if value.ndim > 1 else 1.0) * grads[name]"),),
    ),
    Misconception("sgd_step", *RATE_MISSING, (("lr * grads", "grads"),)),
    Misconception(
        "sgd_step",
        "vectors not moved",
        "Your matrices take a step and your vectors stay. They are parameters too.",
        (("lr * grads[name]", "lr * grads[name] * (value.ndim > 1)"),),
    ),
    Misconception(
        "sgd_step",
        "step instead of parameters",
        "You return by how much the parameters move. The new parameters are asked for.",
        (("value - lr", "-lr"),),
    ),
    Misconception(
        "sgd_step",
        "names fixed",
        "Your step works for the parameters of this network only. Those of another have other names.",
        (("params.items()", 'params.items() if name in ("W1", "b1", "W2", "b2", "W", "b")'),),
    ),
    Misconception(
        "loss_and_grads",
        "gradients named by position",
        "You give the gradients their names in the order in which params comes. A dict may come in another order.",
        (
            (
                'return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}',
                "return loss, dict(zip(params, (dW1, db1, dW2, db2)))",
            ),
        ),
    ),
    Misconception(
        "loss_and_grads",
        "a price of 0 replaced",
        "If reg is 0 you use another number. Python takes 0 for false, so `or` puts in what stands behind it.",
        (("loss = data_loss + reg * (", "reg = reg or 0.001\n    loss = data_loss + reg * ("),),
    ),
    Misconception(
        "loss_and_grads",
        "gradients limited at ten",
        "You limit the gradients. Large ones come out smaller than they are.",
        (("dW1 = X.T @ dz + 2 * reg * W1", "dW1 = np.clip(X.T @ dz + 2 * reg * W1, -10, 10)"),),
    ),
    Misconception(
        "sgd_step",
        "gradients taken by position",
        "You take the gradients in the order in which they come. Each parameter needs the gradient of its own name.",
        (
            (
                "value - lr * grads[name] for name, value in params.items()",
                "value - lr * grad for (name, value), grad in zip(params.items(), grads.values())",
            ),
        ),
    ),
    Misconception(
        "sgd_step",
        "gradient of a name that holds the name",
        "You take the first gradient whose name contains the parameter's name. W2 contains W as well; the names must "
        "be equal.",
        (("grads[name]", "grads[next(other for other in grads if name in other)]"),),
    ),
    Misconception(
        "sgd_step",
        "gradients limited at ten",
        "You limit the gradients before the step. Each parameter moves by the rate times its whole gradient.",
        (("lr * grads[name]", "lr * np.clip(grads[name], -10, 10)"),),
    ),
    Misconception(
        "sgd_step",
        "a rate of 0 replaced",
        "With a rate of 0 you take a step all the same. Python takes 0 for false, so `or` puts in what comes after it.",
        (("value - lr *", "value - (lr or 0.1) *"),),
    ),
    Misconception(
        "sgd_step",
        "divided by the rate",
        "You divide by the rate and multiply by it again. With a rate of 0 that gives nan.",
        (("value - lr * grads[name]", "lr * (value / lr - grads[name])"),),
    ),
    Misconception(
        "train",
        "X and y shuffled differently",
        "You draw one order for the examples and another one for their labels. Most images then learn a wrong label.",
        (("y[rows], 0.0)", "y[rng.permutation(rows)], 0.0)"),),
        (
            (
                (
                    "order = rng.permutation(len(X))",
                    "order = np.arange(len(X))\n        rng.shuffle(X)\n        rng.shuffle(y)",
                ),
            ),
            (
                (
                    "order = rng.permutation(len(X))",
                    "order = np.arange(len(X))\n        X, y = X[rng.permutation(order)], y[rng.permutation(order)]",
                ),
            ),
            (
                (
                    "order = rng.permutation(len(X))",
                    "order, other = rng.permutation(len(X)), rng.permutation(len(X))",
                ),
                ("y[rows], 0.0)", "y[other[start : start + batch]], 0.0)"),
            ),
        ),
    ),
    Misconception(
        "train",
        "labels left in their order",
        "You shuffle the examples and not their labels. Most images then learn a wrong label.",
        (("y[rows], 0.0)", "y[start : start + batch], 0.0)"),),
    ),
    Misconception(
        "train",
        "seed ignored",
        "Your order is the same whatever the seed. Draw from the generator that was made from the seed.",
        (("    losses = [", "    rng = np.random.default_rng(0)\n    losses = ["),),
        (
            (("    losses = [", "    rng = np.random.default_rng(42)\n    losses = ["),),
            (("    losses = [", "    rng = np.random.RandomState(0)\n    losses = ["),),
            (("        order = rng", "        order = np.random.default_rng(1)"),),
        ),
    ),
    Misconception(
        "train",
        "best instead of last",
        "You return the parameters of the epoch with the smallest loss. The parameters at the end of training are "
        "asked for.",
        (
            ("    losses = [", "    best = params\n    losses = ["),
            (
                "        losses.append(loss_and_grads(params, X, y, 0.0)[0])",
                "        losses.append(loss_and_grads(params, X, y, 0.0)[0])\n"
                "        best = params if losses[-1] <= min(losses) else best",
            ),
            ('"params": params}', '"params": best}'),
        ),
    ),
    Misconception(
        "train", *RATE_MISSING, (("sgd_step(params, grads, lr)", "sgd_step(params, grads, 1.0)"),)
    ),
    Misconception(
        "train",
        "rate of your own",
        "Your steps use a learning rate that you chose. The one that is handed in may be any number.",
        (("sgd_step(params, grads, lr)", "sgd_step(params, grads, 0.1)"),),
        (
            (("sgd_step(params, grads, lr)", "sgd_step(params, grads, 0.01)"),),
            (("sgd_step(params, grads, lr)", "sgd_step(params, grads, 0.001)"),),
            (("sgd_step(params, grads, lr)", "sgd_step(params, grads, 0.5)"),),
        ),
    ),
    Misconception(
        "train",
        "order not drawn from rng",
        "Your order comes from np.random itself. The same seed then gives another result each time; draw it from "
        "the generator that the seed made.",
        (("rng.permutation", "np.random.permutation"),),
    ),
    Misconception(
        "train",
        "np.random seeded",
        "Your results can be repeated, but you seed np.random for everybody: whatever else draws from it is no "
        "longer random. Draw from rng.",
        (
            (
                "order = rng.permutation",
                "np.random.seed(seed)\n        order = np.random.permutation",
            ),
        ),
        (
            (
                ("    losses = [", "    np.random.seed(seed)\n    losses = ["),
                ("rng.permutation", "np.random.permutation"),
            ),
        ),
    ),
    Misconception(
        "train",
        "order not random",
        "Your order is not random: in every epoch the examples come one after the other, forwards or backwards. "
        "Shuffle them anew each time.",
        (("rng.permutation(len(X))", "np.arange(len(X))"),),
        (
            (("rng.permutation(len(X))", "np.arange(len(X))[::-1]"),),
            (("rng.permutation(len(X))", "np.arange(len(X))[:: (-1) ** len(losses)]"),),
            (("rng.permutation(len(X))", "np.roll(np.arange(len(X)), len(losses))"),),
        ),
    ),
    Misconception(
        "train",
        "gradients carried over",
        "You add up the gradients of the batches, and each step uses the sum so far. Every batch has its own "
        "gradient.",
        (
            ("for start in", "total = {name: 0.0 for name in params}\n        for start in"),
            (
                "params = sgd_step(params, grads, lr)",
                "total = {name: total[name] + grads[name] for name in grads}\n"
                "            params = sgd_step(params, total, lr)",
            ),
        ),
    ),
    Misconception(
        "train",
        "last batch left out",
        "Your epochs end with the last full batch. What is left over is a batch as well, a smaller one.",
        (("range(0, len(X), batch)", "range(0, len(X) - batch + 1, batch)"),),
    ),
    Misconception(
        "train",
        "drawn with replacement",
        "You draw examples at random each time, so some come twice in an epoch and others not at all. An epoch "
        "takes every example once.",
        (("rng.permutation(len(X))", "rng.integers(len(X), size=len(X))"),),
        (
            (("rng.permutation(len(X))", "rng.choice(len(X), len(X))"),),
            (("rows = order[start : start + batch]", "rows = rng.integers(len(X), size=batch)"),),
            (("rows = order[start : start + batch]", "rows = rng.choice(len(X), batch)"),),
        ),
    ),
    Misconception(
        "train",
        "all examples in every step",
        "Each of your steps looks at all examples. A step of SGD looks at its own batch only.",
        (("X[rows], y[rows], 0.0", "X, y, 0.0"),),
    ),
    Misconception(
        "train",
        "one batch an epoch",
        "Your epoch ends after its first batch. It must go on until every example has had its turn.",
        (
            (
                "params = sgd_step(params, grads, lr)",
                "params = sgd_step(params, grads, lr)\n            break",
            ),
        ),
    ),
    Misconception(
        "train",
        "gradients from the start",
        "All steps of an epoch use the parameters with which it began. Each step must start where the one before "
        "it ended.",
        (
            ("for start in", "first = params\n        for start in"),
            ("loss_and_grads(params, X[rows]", "loss_and_grads(first, X[rows]"),
        ),
    ),
    Misconception(
        "train",
        "layers moved one after the other",
        "You move the second layer before you have computed the gradient of the first, so this gradient passes "
        "weights that the forward pass did not use. Compute all gradients, then move everything.",
        (
            (
                "params = sgd_step(params, grads, lr)",
                'ahead = {**params, "W2": params["W2"] - lr * grads["W2"]}\n'
                "            later = loss_and_grads(ahead, X[rows], y[rows], 0.0)[1]\n"
                '            grads = {**later, "W2": grads["W2"], "b2": grads["b2"]}\n'
                "            params = sgd_step(params, grads, lr)",
            ),
        ),
    ),
    Misconception(
        "train",
        "started from zero",
        "You start all parameters at zero. Training starts at params. From zero, all hidden neurons would learn the "
        "same.",
        (
            (
                "losses = [",
                "params = {name: 0 * value for name, value in params.items()}\n    losses = [",
            ),
        ),
    ),
    Misconception(
        "train",
        "losses of the last batches",
        "Your history holds the loss of each epoch's last batch. The loss on all examples is asked for.",
        (
            ("_, grads = loss_and_grads", "last, grads = loss_and_grads"),
            ("losses.append(loss_and_grads(params, X, y, 0.0)[0])", "losses.append(last)"),
        ),
    ),
    Misconception(
        "train",
        "loss before training left out",
        "Your history begins after the first epoch. It should begin with the loss before training.",
        (("losses = [loss_and_grads(params, X, y, 0.0)[0]]", "losses = []"),),
    ),
    Misconception(
        "train",
        "start returned",
        "You return the parameters with which training began.",
        (
            ("losses = [", "begin = params\n    losses = ["),
            ('"params": params}', '"params": begin}'),
        ),
    ),
    Misconception(
        "train",
        "rate falls from epoch to epoch",
        "Your learning rate becomes smaller in every epoch. Here it stays the same.",
        (
            ("for _ in range(epochs):", "for epoch in range(epochs):"),
            ("sgd_step(params, grads, lr)", "sgd_step(params, grads, lr / (epoch + 1))"),
        ),
    ),
    Misconception(
        "train",
        "shuffled only once",
        "You draw one order and use it in every epoch. Draw a new one each time.",
        (
            (
                "for _ in range(epochs):\n        order = rng.permutation(len(X))",
                "order = rng.permutation(len(X))\n    for _ in range(epochs):",
            ),
        ),
    ),
    Misconception(
        "train",
        "cut and swapped",
        "You cut the examples in two and swap the pieces. Neighbours stay neighbours; the order must be random.",
        (("rng.permutation(len(X))", "np.roll(np.arange(len(X)), rng.integers(len(X)))"),),
    ),
    Misconception(
        "train",
        "small last batches dropped",
        "You leave out the last batch of an epoch if it is small. Even a single example is a batch.",
        (("range(0, len(X), batch)", "range(0, max(len(X) - 1, 1), batch)"),),
    ),
    Misconception(
        "train",
        "a rate of 0 replaced",
        "With a rate of 0 your parameters move all the same. Python takes 0 for false, so `or` puts in another rate.",
        (("losses = [", "lr = lr or 0.1\n    losses = ["),),
    ),
    Misconception(
        "train",
        "at least one epoch",
        "You train for an epoch before you ask whether there is one. With epochs = 0 the start comes back.",
        (("range(epochs)", "range(max(epochs, 1))"),),
    ),
    Misconception(
        "paraboloid_paths",
        "rate in Newton's method",
        "You shorten Newton's step by the learning rate. It knows the curvature and needs no rate.",
        (("- np.linalg.solve", "- lr * np.linalg.solve"),),
    ),
    Misconception(
        "paraboloid_paths",
        "curvature multiplied",
        "You multiply the gradient by the curvature. The curvature times the step must give the gradient.",
        (("np.linalg.solve(A, A @ newton[-1] - b)", "A @ (A @ newton[-1] - b)"),),
    ),
    Misconception(
        "paraboloid_paths",
        "divided number by number",
        "You divide by the diagonal of A. That solves the equations only if there is nothing beside the diagonal.",
        (("np.linalg.solve(A, A @ newton[-1] - b)", "(A @ newton[-1] - b) / np.diag(A)"),),
    ),
    Misconception(
        "paraboloid_paths",
        "b forgotten",
        "Your gradient lacks the part of b, so its path heads for the origin.",
        (
            ("(A @ descent[-1] - b)", "(A @ descent[-1])"),
            ("A @ newton[-1] - b)", "A @ newton[-1])"),
        ),
        ((("(A @ descent[-1] - b)", "(A @ descent[-1])"),),),
    ),
    Misconception("paraboloid_paths", *RATE_MISSING, (("- lr * (A @ descent", "- (A @ descent"),)),
    Misconception(
        "paraboloid_paths",
        "uphill",
        "Your gradient descent climbs. Go against the gradient.",
        (("descent[-1] - lr *", "descent[-1] + lr *"),),
    ),
    Misconception(
        "paraboloid_paths",
        "start left out",
        "Your paths begin after the first step. The start belongs in front.",
        (
            ("np.array(descent)", "np.array(descent)[1:]"),
            ("np.array(newton)\n", "np.array(newton)[1:]\n"),
        ),
    ),
    Misconception(
        "paraboloid_paths",
        "rate of 0 replaced",
        "A rate of 0 is a rate, with which nothing moves. You take it for a rate that was not given.",
        (("- lr *", "- (lr or 0.1) *"),),
    ),
    Misconception(
        "paraboloid_paths",
        "one step where none is asked for",
        "You take a step even where the number of steps is 0. Then the paths hold the start alone.",
        (("range(steps)", "range(max(steps, 1))"),),
    ),
    Misconception(
        "paraboloid_paths",
        "one half forgotten",
        "Your gradient is 2 A x - b. That belongs to a paraboloid without the one half in front.",
        (
            ("(A @ descent[-1] - b)", "(2 * A @ descent[-1] - b)"),
            ("A @ newton[-1] - b)", "2 * A @ newton[-1] - b)"),
        ),
    ),
    Misconception(
        "paraboloid_paths",
        "paths exchanged",
        "Both paths are right, and you return them in the other order.",
        (
            (
                "return np.array(descent), np.array(newton)",
                "return np.array(newton), np.array(descent)",
            ),
        ),
    ),
    Misconception(
        "image_slopes",
        "window turned round",
        "Your slopes have the wrong sign. A convolution turns its window round. Here the window must not be turned.",
        (("(right - left) / 2", "(left - right) / 2"), ("(down - up) / 2", "(up - down) / 2")),
    ),
    Misconception(
        "image_slopes",
        "x and y exchanged",
        "You take rows for x. In image[r, c] the column is x, so x is the second index.",
        (
            ("fx = (right - left) / 2", "fy = (right - left) / 2"),
            ("fy = (down - up) / 2", "fx = (down - up) / 2"),
            ("fxx = left", "fyy = left"),
            ("fyy = up", "fxx = up"),
        ),
    ),
    Misconception(
        "image_slopes",
        "not divided by 2",
        "Your slopes are twice what they should be: the two neighbours are two pixels apart.",
        (("(right - left) / 2", "(right - left)"), ("(down - up) / 2", "(down - up)")),
    ),
    Misconception(
        "image_slopes",
        "forward difference",
        "You compare a pixel with its next neighbour. The slope at the pixel needs one on either side.",
        (("(right - left) / 2", "right - here"), ("(down - up) / 2", "down - here")),
    ),
    Misconception(
        "image_slopes",
        "curvature divided by 4",
        "Your curvatures are a quarter of what they should be: the gaps are one pixel wide, not two.",
        (
            ("left - 2 * here + right", "(left - 2 * here + right) / 4"),
            ("up - 2 * here + down", "(up - 2 * here + down) / 4"),
        ),
    ),
    Misconception(
        "image_slopes",
        "sign of the curvature",
        "Your curvatures are negative where the image is a bowl. What weighs more, the pixel or its neighbours?",
        (
            ("left - 2 * here + right", "2 * here - left - right"),
            ("up - 2 * here + down", "2 * here - up - down"),
        ),
    ),
    Misconception(
        "image_slopes",
        "pixel counted once",
        "The middle pixel has the weight -1. The weights must add up to 0, or a flat image is curved.",
        (("left - 2 * here", "left - here"), ("up - 2 * here", "up - here")),
    ),
    Misconception(
        "image_slopes",
        "mixed curvature not divided",
        "Your mixed curvature is four times what it should be: each of its two differences is over two pixels.",
        ((" + image[:-2, :-2]) / 4", " + image[:-2, :-2])"),),
    ),
    Misconception(
        "image_slopes",
        "mixed curvature as a product",
        "You multiply the two slopes. The mixed curvature says how the slope along x changes along y.",
        (("return fx, fy, fxx, fxy, fyy", "return fx, fy, fxx, fx * fy, fyy"),),
    ),
    Misconception(
        "image_slopes",
        "axis y points up",
        "Your slope along y has the wrong sign: y counts rows, from the top down.",
        (("(down - up) / 2", "(up - down) / 2"), (") / 4", ") / -4")),
    ),
)
