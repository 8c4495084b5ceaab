"""Notebook 3, the sigmoid neuron: the named wrong answers."""

from autograder.hidden.catalogue import Misconception
from autograder.hidden.misconceptions.wording import (
    BIAS_FORGOTTEN,
    BIAS_WITHOUT_GRADIENT,
    CLIPPED,
    ONE_NUMBER_ONLY,
    OTHER_ORDER,
    RATE_MISSING,
    TARGET_FIXED,
    UPHILL,
    UPSTREAM_IGNORED,
    WITH_A_CACHE,
    measuring,
)
from autograder.student.judging.formula_rule import NUDGED

MISCONCEPTIONS = (
    Misconception(
        "sigmoid",
        *ONE_NUMBER_ONLY,
        "import math\n\ndef sigmoid(x):\n    if x >= 0:\n        return 1 / (1 + math.exp(-x))\n"
        "    return math.exp(x) / (1 + math.exp(x))\n",
        (
            "import math\n\ndef sigmoid(x):\n    return 1 / (1 + math.exp(-x))\n",
            "def sigmoid(x):\n    if x >= 0:\n        return 1 / (1 + np.exp(-x))\n"
            "    return np.exp(x) / (1 + np.exp(x))\n",
        ),
    ),
    Misconception(
        "sigmoid",
        *WITH_A_CACHE,
        (
            (
                "return np.where(x >= 0, 1 / (1 + shrunk), shrunk / (1 + shrunk))",
                "return np.where(x >= 0, 1 / (1 + shrunk), shrunk / (1 + shrunk)), x",
            ),
        ),
    ),
    Misconception(
        "neuron_forward",
        "rounded as shown",
        "Your output has four digits after the point, as the slide shows it. Return the number as it is.",
        (("f = sigmoid(dot)", "f = np.round(sigmoid(dot), 4)"),),
        ((("f = sigmoid(dot)", "f = np.round(sigmoid(dot), 2)"),),),
    ),
    Misconception(
        "neuron_forward",
        "result without a cache",
        "You return the output alone. Two things are asked: the output, and what the backward pass needs.",
        (("return f, (w, x, f)", "return f"),),
    ),
    Misconception(
        "sigmoid_staged",
        *BIAS_FORGOTTEN,
        (("w[0] * x[0] + w[1] * x[1] + w[2]", "w[0] * x[0] + w[1] * x[1]"),),
    ),
    Misconception(
        "relu",
        *BIAS_FORGOTTEN,
        (("w[0] * x[0] + w[1] * x[1] + w[2]", "w[0] * x[0] + w[1] * x[1]"),),
    ),
    Misconception("relu", *OTHER_ORDER, (("return dx, dw", "return dw, dx"),)),
    Misconception("tanh_neuron_step", *BIAS_FORGOTTEN, (("np.tanh(w @ x + b)", "np.tanh(w @ x)"),)),
    Misconception(
        "tanh_neuron_step", *RATE_MISSING, (("w - lr * dw, b - lr * db", "w - dw, b - db"),)
    ),
    Misconception(
        "tanh_neuron_step",
        *TARGET_FIXED,
        (("(a - y)", "(a - 0.5)"),),
        ((("(a - y)", "(a - 1.0)"),), (("(a - y)", "a"),), (("(a - y)", "(a + 1.0)"),)),
    ),
    Misconception(
        "tanh_neuron_step",
        *OTHER_ORDER,
        (
            (
                "return a, dw, db, w - lr * dw, b - lr * db",
                "return a, w - lr * dw, b - lr * db, dw, db",
            ),
        ),
        (
            (
                (
                    "return a, dw, db, w - lr * dw, b - lr * db",
                    "return w - lr * dw, b - lr * db, a, dw, db",
                ),
            ),
            (
                (
                    "return a, dw, db, w - lr * dw, b - lr * db",
                    "return a, db, dw, b - lr * db, w - lr * dw",
                ),
            ),
        ),
    ),
    Misconception(
        "which_way",
        *OTHER_ORDER,
        (("return move_h, move_v, move_W", "return move_W, move_v, move_h"),),
        ((("return move_h, move_v, move_W", "return move_W, move_h, move_v"),),),
    ),
    Misconception(
        "which_way",
        "own sign for hidden units and output weights",
        "You give the hidden units the signs of h, and the output weights those of v. What moves a number is the sign "
        "of its partner in the product. (Or each is right, and you return the two in the other order.)",
        (
            ("move_h = push * np.sign(v)", "move_h = push * np.sign(h)"),
            ("move_v = push * np.sign(h)", "move_v = push * np.sign(v)"),
            ("np.outer(move_h, np.sign(x))", "np.outer(push * np.sign(v), np.sign(x))"),
        ),
    ),
    Misconception(
        "which_way",
        "first weights by their own sign",
        "You move a first weight by its own sign. What counts is the input that it is multiplied by, and the way its "
        "hidden unit must go.",
        (("np.outer(move_h, np.sign(x))", "push * np.sign(W)"),),
        (
            (("np.outer(move_h, np.sign(x))", "move_h[:, None] * np.sign(W)"),),
            (("np.outer(move_h, np.sign(x))", "np.sign(W) * np.sign(x) * push"),),
        ),
    ),
    Misconception(
        "sigmoid",
        "overflow",
        "Your values are right, but for large |x| the exponential overflows on the way. Here 1 / (1 + infinity) is "
        "still 0, but NumPy warns, and the other form of the sigmoid would give nan. Only take the exponential of "
        "numbers that are not positive. np.where alone is no way out: it computes both of its values everywhere.",
        (
            (
                "return np.where(x >= 0, 1 / (1 + shrunk), shrunk / (1 + shrunk))",
                "return 1 / (1 + np.exp(-x))",
            ),
        ),
        (
            "def sigmoid(x):\n    x = np.asarray(x, dtype=float)\n"
            "    return np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))\n",
            "def sigmoid(x):\n    x = np.asarray(x, dtype=float)\n    return np.exp(x) / (1 + np.exp(x))\n",
            'def sigmoid(x):\n    with np.errstate(over="ignore", invalid="ignore"):\n'
            "        return np.exp(x * 1.0) / (1 + np.exp(x * 1.0))\n",
        ),
    ),
    Misconception(
        "sigmoid",
        "mirrored sigmoid",
        "Your curve falls where it should rise: it is the sigmoid of -x. Check what happens for a large positive x.",
        (("1 / (1 + shrunk), shrunk / (1 + shrunk))", "shrunk / (1 + shrunk), 1 / (1 + shrunk))"),),
    ),
    Misconception(
        "sigmoid",
        "rounded",
        "Your values are right to about four decimals only. Something rounds on the way. Compute with all digits, "
        "and round only what you print.",
        (("shrunk = np.exp(-np.abs(x))", "shrunk = np.round(np.exp(-np.abs(x)), 4)"),),
    ),
    Misconception(
        "sigmoid_grad",
        "sigmoid applied twice",
        "The argument is already the sigmoid's output. Your code puts it through the sigmoid once more before "
        "taking the slope.",
        (("f = np.asarray(f, dtype=np.float64)", "f = 1 / (1 + np.exp(-np.asarray(f)))"),),
    ),
    Misconception(
        "sigmoid_grad",
        "derivative of tanh",
        "One minus the square of the output is the slope of tanh. The sigmoid's is another product.",
        (("return (1 - f) * f", "return 1 - f**2"),),
    ),
    Misconception(
        "sigmoid_grad",
        "negative slope",
        "The sigmoid rises everywhere, so its slope is positive. Yours is negative: check the order of the "
        "subtraction.",
        (("return (1 - f) * f", "return (f - 1) * f"),),
    ),
    Misconception("neuron_forward", *BIAS_FORGOTTEN, ((" + w[2]", ""),)),
    Misconception(
        "neuron_forward",
        "activation forgotten",
        "You return the weighted sum itself. The neuron's output is the sum after the activation.",
        (("f = sigmoid(dot)", "f = dot"),),
    ),
    Misconception(
        "neuron_backward",
        "slope of the sum",
        "The slope (1 - f) f takes the sigmoid's output f. You put the dot product in its place.",
        (
            ("w, x, f = cache", "w, x, f = cache\n    dot = w[0] * x[0] + w[1] * x[1] + w[2]"),
            ("sigmoid_grad(f)", "(1 - dot) * dot"),
        ),
    ),
    Misconception(
        "neuron_backward", *UPSTREAM_IGNORED, (("dout * sigmoid_grad(f)", "sigmoid_grad(f)"),)
    ),
    Misconception(
        "neuron_backward",
        "sigmoid's slope forgotten",
        "Your gradient passes the sum but not the sigmoid: on the way back every gate multiplies by its local slope.",
        (("dout * sigmoid_grad(f)", "dout"),),
    ),
    Misconception(
        "neuron_backward",
        "dw and dx exchanged",
        "In a product, each factor's gradient is the other factor. Your weights got the weights and your inputs "
        "got the inputs.",
        (
            ("np.array([x[0], x[1], 1.0])", "np.array([w[0], w[1], 1.0])"),
            ("dx = ddot * np.array([w[0], w[1]])", "dx = ddot * np.array([x[0], x[1]])"),
        ),
    ),
    Misconception("neuron_backward", *BIAS_WITHOUT_GRADIENT, (("x[1], 1.0])", "x[1], 0.0])"),)),
    Misconception(
        "neuron_backward",
        "bias times itself",
        "You multiply the bias's gradient by the bias. Ask what the bias is multiplied by in the forward pass.",
        (("x[1], 1.0])", "x[1], w[2]])"),),
    ),
    Misconception(
        "neuron_backward",
        "sign of the slope",
        "Every gradient has the wrong sign. The sigmoid's slope is positive: check the order of the subtraction.",
        (("ddot = dout", "ddot = -dout"),),
    ),
    Misconception(
        "neuron_backward",
        NUDGED.name,
        NUDGED.text,
        (
            (
                "dw = ddot * np.array([x[0], x[1], 1.0])",
                f"{measuring()}dw = measured(lambda v: dout * neuron_forward(v, x)[0], w)",
            ),
        ),
    ),
    Misconception(
        "sigmoid_staged",
        "sign of the -1 gate",
        "At the first gate the value is multiplied by -1, and so is the gradient on its way back. Yours "
        "keeps its sign.",
        (("ddot = dneg * -1.0", "ddot = dneg"),),
    ),
    Misconception(
        "sigmoid_staged",
        "sign of 1/x",
        "One over b falls when b grows, so its local derivative is negative. Yours is positive.",
        (("(-1 / b**2)", "(1 / b**2)"),),
    ),
    Misconception(
        "sigmoid_staged",
        "local derivative of 1/x",
        "You use -1/b at the 1/x gate. Differentiate b to the power of minus one once more.",
        (("(-1 / b**2)", "(-1 / b)"),),
    ),
    Misconception(
        "sigmoid_staged",
        "exp gate skipped",
        "The gradient passes your exp gate unchanged. The exponential has a local derivative, and you have already "
        "computed it in the forward pass.",
        (("dneg = da * a", "dneg = da"),),
    ),
    Misconception(
        "sigmoid_staged",
        "rounded on the way",
        "Your numbers agree with the right ones to a few decimals only. The slide rounds for printing; the "
        "computation must not.",
        (("a = np.exp(neg)", "a = np.round(np.exp(neg), 4)"),),
    ),
    Misconception(
        "relu",
        "mask forgotten",
        "Your gradient passes even where z is negative. There the rectifier's output is flat and its slope is zero.",
        (("dz = 1.0 if z > 0 else 0.0", "dz = 1.0"),),
    ),
    Misconception(
        "relu",
        "mask from the input",
        "You let the gradient of each input pass where that input is positive. Only the sum z decides.",
        (
            ("dx = dz * np.array([w[0], w[1]])", "dx = (x > 0) * np.array([w[0], w[1]])"),
            ("dw = dz * np.array([x[0], x[1], 1.0])", "dw = np.append((x > 0) * x, 1.0)"),
        ),
    ),
    Misconception(
        "relu",
        "mask turned round",
        "Your switch is the wrong way round: it passes gradients where z is negative.",
        (("if z > 0", "if z < 0"),),
    ),
    Misconception("relu", *BIAS_WITHOUT_GRADIENT, (("x[1], 1.0])", "x[1], 0.0])"),)),
    Misconception(
        "tanh_neuron_step",
        "tanh applied twice",
        "The slope of tanh comes from its output. You put the output through tanh once more.",
        (("(1 - a**2)", "(1 - np.tanh(a) ** 2)"),),
    ),
    Misconception(
        "tanh_neuron_step",
        "slope of tanh from z",
        "The slope of tanh is one minus the square of its output. You squared its input.",
        (
            ("a = np.tanh(w @ x + b)", "z = w @ x + b\n    a = np.tanh(z)"),
            ("(1 - a**2)", "(1 - z**2)"),
        ),
    ),
    Misconception(
        "tanh_neuron_step",
        "slope of tanh forgotten",
        "Your gradient passes the square but not the tanh.",
        ((" * (1 - a**2)", ""),),
    ),
    Misconception(
        "tanh_neuron_step",
        "error turned round",
        "Both your gradients have the wrong sign, because your error is the target less the output. Your step goes "
        "the wrong way for the same reason.",
        (("db = 2 * (a - y)", "db = 2 * (y - a)"),),
        ((("db = 2 * (a - y)", "db = -2 * (a - y)"),),),
    ),
    Misconception(
        "tanh_neuron_step", *UPHILL, (("w - lr * dw, b - lr * db", "w + lr * dw, b + lr * db"),)
    ),
    Misconception(
        "tanh_neuron_step",
        "half the square",
        "Your gradients are half of what they should be: they belong to half the squared error.",
        (("db = 2 * (a - y)", "db = (a - y)"),),
    ),
    Misconception(
        "tanh_neuron_step",
        "bias not updated",
        "The weights take a step but the bias stays where it was. It is a parameter too.",
        (("b - lr * db\n", "b\n"),),
    ),
    Misconception(
        "sigmoid",
        "filled into an array of integers",
        "You fill your values into an array that was made like x. If x holds integers, so does that array, and every "
        "value between 0 and 1 loses its decimals.",
        (
            ("x = np.asarray(x, dtype=np.float64)", "x = np.asarray(x)\n    f = np.zeros_like(x)"),
            ("return np.where", "f[...] = np.where"),
            ("shrunk / (1 + shrunk))", "shrunk / (1 + shrunk))\n    return f"),
        ),
    ),
    Misconception(
        "sigmoid",
        "negative half mirrored",
        "Your exponent is never positive, but the sigmoid of a negative number lies below one half, and yours above. "
        "Each half has its own form.",
        (("np.where(x >= 0, 1 / (1 + shrunk), shrunk / (1 + shrunk))", "1 / (1 + shrunk)"),),
    ),
    Misconception(
        "sigmoid",
        "a plain number has no places",
        "You pick elements of x by a mask. A plain number has no elements: make an array of floats from x first, and "
        "your code works for both.",
        "def sigmoid(x):\n    f = np.zeros(np.shape(x))\n    up = x >= 0\n    f[up] = 1 / (1 + np.exp(-x[up]))\n"
        "    f[~up] = np.exp(x[~up]) / (1 + np.exp(x[~up]))\n    return f\n",
        (
            "def sigmoid(x):\n    f = np.zeros_like(x)\n    up = x >= 0\n    f[up] = 1 / (1 + np.exp(-x[up]))\n"
            "    f[~up] = np.exp(x[~up]) / (1 + np.exp(x[~up]))\n    return f\n",
        ),
    ),
    Misconception(
        "sigmoid",
        "input clipped",
        "You limit x before you take the sigmoid. Beyond the limit the curve still comes closer to 0 and 1; yours does "
        "not.",
        (("shrunk = np.exp(-np.abs(x))", "shrunk = np.exp(-np.abs(np.clip(x, -10, 10)))"),),
    ),
    Misconception(
        "sigmoid_grad",
        "slope never zero",
        "You keep the slope away from zero. Where the neuron is saturated its slope is nearly zero. Return it as it "
        "is.",
        (("return (1 - f) * f", "return np.maximum((1 - f) * f, 1e-3)"),),
    ),
    Misconception(
        "neuron_forward",
        "inputs looked up by value",
        "You look for an input by its value, and find the first of two equal ones. Count the places instead.",
        (
            (
                "dot = w[0] * x[0] + w[1] * x[1] + w[2]",
                "values = list(x)\n    dot = sum(w[values.index(v)] * v for v in values) + w[2]",
            ),
        ),
    ),
    Misconception(
        "neuron_backward",
        "inputs looked up by value",
        "You look for the place of an input by its value, and find the first of two equal ones. Count the places "
        "instead.",
        (
            (
                "dx = ddot * np.array([w[0], w[1]])",
                "dx = ddot * np.array([w[list(x).index(v)] for v in x])",
            ),
        ),
    ),
    Misconception(
        "neuron_backward",
        "cache of the latest call",
        "You always use what the latest call kept, whichever cache is handed in. Several neurons may have run "
        "forwards before the first one runs backwards.",
        (
            ("def neuron_backward(dout, cache):", "def neuron_backward(dout, cache, kept=[]):"),
            ("w, x, f = cache", "kept.append(cache)\n    w, x, f = kept[-2:][0]"),
        ),
    ),
    Misconception(
        "neuron_backward",
        *CLIPPED,
        (("w, x, f = cache", "w, x, f = cache\n    dout = np.clip(dout, -100, 100)"),),
    ),
    Misconception(
        "sigmoid_staged",
        "one dict for all calls",
        "Your calls all return the same dict, so a later call changes what an earlier one returned. Make a new one in "
        "every call.",
        (
            ("def sigmoid_staged(w, x):", "def sigmoid_staged(w, x, numbers={}):"),
            ("return values | {", "numbers.update(values)\n    return numbers.update({"),
            ('"dc": dc}', '"dc": dc}) or numbers'),
        ),
    ),
    Misconception(
        "relu",
        "corner off zero",
        "Your rectifier switches at a small positive number. Its corner is at z = 0: every positive z passes.",
        (("if z > 0", "if z > 0.1"),),
    ),
    Misconception(
        "relu",
        "gradients clipped",
        "You limit the size of the gradients. They are as large as the weights and the inputs are.",
        (("return dx, dw", "return np.clip(dx, -10, 10), np.clip(dw, -10, 10)"),),
    ),
    Misconception(
        "tanh_neuron_step",
        "rate of zero replaced",
        "A learning rate of 0 is a rate as well: the parameters stay. In Python 0 counts as false, so `or` puts "
        "another number in its place.",
        (("a = np.tanh(w @ x + b)", "lr = lr or 0.1\n    a = np.tanh(w @ x + b)"),),
    ),
    Misconception(
        "tanh_neuron_step",
        "two inputs only",
        "Your sum has two products, whatever the number of weights. Add one for each weight.",
        (("np.tanh(w @ x + b)", "np.tanh(w[0] * x[0] + w[-1] * x[-1] + b)"),),
    ),
    Misconception(
        "tanh_neuron_step",
        "rate inside the gradients",
        "Your step is right, but the gradients that you give hold the learning rate. A gradient does not depend on "
        "the rate.",
        (
            (
                "return a, dw, db, w - lr * dw, b - lr * db",
                "return a, lr * dw, lr * db, w - lr * dw, b - lr * db",
            ),
        ),
    ),
    Misconception(
        "tanh_neuron_step",
        "gradients turned round",
        "Your step is right, but your gradients have the sign of the step. A gradient points to where the loss "
        "grows.",
        (
            (
                "return a, dw, db, w - lr * dw, b - lr * db",
                "return a, -dw, -db, w - lr * dw, b - lr * db",
            ),
        ),
    ),
    Misconception(
        "tanh_neuron_step",
        "sum for the output",
        "The output that you give is the weighted sum. It has not been through the tanh yet.",
        (("return a, dw", "return w @ x + b, dw"),),
    ),
    Misconception(
        "tanh_neuron_step",
        "output after the step",
        "The output that you give belongs to the new parameters. Give the one that the gradients were computed from.",
        (("return a, dw", "return np.tanh((w - lr * dw) @ x + b - lr * db), dw"),),
    ),
    Misconception(
        "tanh_neuron_step",
        "bias moved after the weights",
        "You move the weights first and find the bias's gradient at the new ones. All gradients belong to one point.",
        (
            (
                "    return a, dw, db, w - lr * dw, b - lr * db\n",
                "    new_w = w - lr * dw\n    later = np.tanh(new_w @ x + b)\n"
                "    db = 2 * (later - y) * (1 - later**2)\n    return a, dw, db, new_w, b - lr * db\n",
            ),
        ),
    ),
    Misconception(
        "which_way",
        "p - Y",
        "All your directions are turned round: you take p - Y. If the target is above p, p must rise.",
        (("Y - v @ h", "v @ h - Y"),),
    ),
    Misconception(
        "which_way",
        "hidden units as if the target were above",
        "The directions of your hidden units are right only where the target is above p. Your other directions are "
        "right on both sides.",
        (
            ("move_h = push * np.sign(v)", "move_h = abs(push) * np.sign(v)"),
            ("np.outer(move_h, np.sign(x))", "np.outer(push * np.sign(v), np.sign(x))"),
        ),
    ),
    Misconception(
        "which_way",
        "target always above",
        "Your directions are right only where the target is above p. Below it, everything goes the other way.",
        (("push = np.sign(Y - v @ h)", "push = 1.0"),),
    ),
    Misconception(
        "which_way",
        "moves although p is right",
        "Where p equals the target you still move. Nothing is to be changed there.",
        (("push = np.sign(Y - v @ h)", "push = 1.0 if Y >= v @ h else -1.0"),),
    ),
    Misconception(
        "which_way",
        "each by its own sign",
        "You move every number in the direction of its own sign. What counts is the number that it is multiplied by.",
        (
            ("move_h = push * np.sign(v)", "move_h = push * np.sign(h)"),
            ("move_v = push * np.sign(h)", "move_v = push * np.sign(v)"),
            ("np.outer(move_h, np.sign(x))", "push * np.sign(W)"),
        ),
    ),
    Misconception(
        "which_way",
        "output weights passed over",
        "Your first weights follow their inputs alone. The hidden unit hands on its own direction, too.",
        (("np.outer(move_h, np.sign(x))", "np.outer(push * np.ones(len(v)), np.sign(x))"),),
    ),
    Misconception(
        "which_way",
        "hidden unit's sign for its direction",
        "For the first weights you use the sign that a hidden unit has. What counts is the way it must move.",
        (("np.outer(move_h, np.sign(x))", "np.outer(move_v, np.sign(x))"),),
    ),
    Misconception(
        "which_way",
        "inputs passed over",
        "Your first weights all move with their hidden unit. A weight on a negative input goes the other way.",
        (("np.outer(move_h, np.sign(x))", "np.outer(move_h, np.ones(len(x)))"),),
    ),
    Misconception(
        "which_way",
        "everything rises",
        "You let all numbers rise because p must rise. A number that is multiplied by a negative one must fall.",
        (
            ("push * np.sign(v)", "push * np.sign(np.abs(v))"),
            ("push * np.sign(h)", "push * np.sign(np.abs(h))"),
            ("np.outer(move_h, np.sign(x))", "np.outer(move_h, np.sign(np.abs(x)))"),
        ),
    ),
    Misconception(
        "which_way",
        "slopes instead of signs",
        "You return how fast p changes. Only the direction is asked for: 1, -1 or 0.",
        (
            ("push * np.sign(v)", "push * v"),
            ("push * np.sign(h)", "push * h"),
            ("np.outer(move_h, np.sign(x))", "np.outer(move_h, x)"),
        ),
    ),
    Misconception(
        "which_way",
        "hidden units rectified",
        "You treat a negative hidden unit like 0. These are plain sums, and slide 4 has one of -6.",
        (("h = W @ x", "h = np.maximum(W @ x, 0)"),),
    ),
    Misconception(
        "which_way",
        "zero counted as positive",
        "You treat 0 like a positive number. What is multiplied by 0 does not change p, so it need not move.",
        (
            ("push * np.sign(v)", "push * np.where(v >= 0, 1, -1)"),
            ("push * np.sign(h)", "push * np.where(h >= 0, 1, -1)"),
            ("np.outer(move_h, np.sign(x))", "np.outer(move_h, np.where(x >= 0, 1, -1))"),
        ),
    ),
    Misconception(
        "which_way",
        "nearly right taken for right",
        "You let nothing move where p is near the target. Even a small error has a direction.",
        (("np.sign(Y - v @ h)", "(0.0 if abs(Y - v @ h) < 1 else np.sign(Y - v @ h))"),),
    ),
)
