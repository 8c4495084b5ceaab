"""Notebook 4, matrix multiply and batches: the named wrong answers."""

from autograder.hidden.catalogue import Misconception
from autograder.hidden.misconceptions.wording import (
    BIAS_FORGOTTEN,
    CLIPPED,
    DIVIDED_BY_N,
    ONE_ARRAY_FOR_ALL_CALLS,
    OTHER_ORDER,
    UPSTREAM_IGNORED,
    measuring,
)
from autograder.student.judging.formula_rule import NUDGED

MISCONCEPTIONS = (
    Misconception(
        "affine_forward",
        "result without a cache",
        "You return the outputs alone. Two things are asked: the outputs, and what the backward pass needs.",
        (("return out, (x, w)", "return out"),),
    ),
    Misconception(
        "affine_backward",
        *OTHER_ORDER,
        (("return dx, dw, db", "return dw, db, dx"),),
        (
            (("return dx, dw, db", "return db, dw, dx"),),
            (("return dx, dw, db", "return dx, db, dw"),),
        ),
    ),
    Misconception(
        "affine_backward",
        NUDGED.name,
        NUDGED.text,
        (
            (
                "dw = rows.T @ dout",
                f"{measuring()}dw = measured(lambda v: np.sum(affine_forward(x, v, 0 * dout[0])[0] * dout), w)",
            ),
        ),
    ),
    Misconception(
        "matmul_backward",
        "factors of dW exchanged",
        "You multiply the right two matrices for dW in the wrong order. With square matrices that even runs, and "
        "is still wrong: check the shapes with three different sizes.",
        (("dW = dD @ X.T", "dW = X.T @ dD"),),
    ),
    Misconception(
        "matmul_backward",
        "X not transposed",
        "The sum behind dW runs over the examples. In your product it does not: look at which way round X is.",
        (("dW = dD @ X.T", "dW = dD @ X"),),
    ),
    Misconception(
        "matmul_backward",
        "dW transposed",
        "Your dW holds the right numbers, with rows for columns. Compare its shape with that of W.",
        (("dW = dD @ X.T", "dW = X @ dD.T"),),
    ),
    Misconception(
        "matmul_backward",
        "dW element by element",
        "With * NumPy multiplies element by element. The gradient of a matrix product is a matrix product.",
        (("dW = dD @ X.T", "dW = dD * X"),),
    ),
    Misconception(
        "matmul_backward",
        "factors of dX exchanged",
        "You multiply the right two matrices for dX in the wrong order. With square matrices that even runs, and "
        "is still wrong: check the shapes with three different sizes.",
        (("dX = W.T @ dD", "dX = dD @ W.T"),),
    ),
    Misconception(
        "matmul_backward",
        "W not transposed",
        "The sum behind dX runs over the outputs. In your product it does not: look at which way round W is.",
        (("dX = W.T @ dD", "dX = W @ dD"),),
    ),
    Misconception(
        "matmul_backward",
        "dX transposed",
        "Your dX holds the right numbers, with rows for columns. Compare its shape with that of X.",
        (("dX = W.T @ dD", "dX = dD.T @ W"),),
    ),
    Misconception("matmul_backward", *DIVIDED_BY_N, (("dD @ X.T", "dD @ X.T / X.shape[1]"),)),
    Misconception(
        "matmul_backward",
        *UPSTREAM_IGNORED,
        (("dW = dD @ X.T", "dD = np.ones_like(dD)\n    dW = dD @ X.T"),),
    ),
    Misconception(
        "matmul_backward",
        "other factor alone",
        "You return the other factor of the product. That is the local derivative, and what arrives, dD, has not met "
        "it yet.",
        (("dW = dD @ X.T", "dW = X.T"), ("dX = W.T @ dD", "dX = W.T")),
        ((("dW = dD @ X.T", "dW = X"), ("dX = W.T @ dD", "dX = W")),),
    ),
    Misconception(
        "matmul_backward",
        "dW and dX exchanged",
        "Both gradients are right, but you return them in the other order.",
        (("return dW, dX", "return dX, dW"),),
    ),
    Misconception(
        "matmul_backward",
        "axes of size 1 squeezed away",
        "Your gradients lose their axes of size 1. A matrix with one row or one column is a matrix all the same, and "
        "its gradient has its shape.",
        (("return dW, dX", "return np.squeeze(dW), np.squeeze(dX)"),),
    ),
    Misconception(
        "matmul_backward",
        *CLIPPED,
        (("dW = dD @ X.T", "dD = np.clip(dD, -10, 10)\n    dW = dD @ X.T"),),
    ),
    Misconception(
        "matmul_backward",
        "inputs looked up by value",
        "You look for the place of a row of X by its numbers, and find the first of several equal rows. Count the rows "
        "instead.",
        (
            (
                "dW = dD @ X.T",
                "rows, dW = X.tolist(), np.zeros(W.shape)\n    for row in rows:\n"
                "        dW[:, rows.index(row)] = dD @ row",
            ),
        ),
    ),
    Misconception(
        "matmul_backward",
        *ONE_ARRAY_FOR_ALL_CALLS,
        (
            ("def matmul_backward(dD, W, X):", "def matmul_backward(dD, W, X, arrays={}):"),
            (
                "dW = dD @ X.T",
                "dW = arrays.setdefault(W.shape, np.zeros(W.shape))\n    dW[:] = dD @ X.T",
            ),
        ),
    ),
    Misconception("affine_forward", *BIAS_FORGOTTEN, (("rows @ w + b", "rows @ w"),)),
    Misconception(
        "affine_forward",
        "images not laid in rows",
        "You multiply x by the weights as it comes. That works for vectors; an image must first become one row.",
        (("rows = x.reshape(len(x), -1)", "rows = x"),),
    ),
    Misconception(
        "affine_forward",
        "examples mixed",
        "Your matrix has the right shape, but its rows hold numbers of several examples. Reshaping never moves a "
        "number: lay the examples in rows from the start.",
        (("x.reshape(len(x), -1)", "x.reshape(len(w), -1).T"),),
    ),
    Misconception(
        "affine_forward",
        "order of the pixels",
        "Each of your rows holds the right image, but its numbers stand in another order than in x[n].ravel(), "
        "so they meet the wrong weights.",
        (("x.reshape(len(x), -1)", 'x.reshape(len(x), -1, order="F")'),),
    ),
    Misconception(
        "affine_forward",
        "axes of size 1 squeezed away",
        "Your outputs lose an axis where there is one example or one output. The result has two axes all the same.",
        (("rows @ w + b", "np.squeeze(rows @ w) + b"),),
    ),
    Misconception(
        "affine_forward",
        "outputs clipped",
        "You limit the outputs. A layer hands on whatever its sums are, however large.",
        (("rows @ w + b", "np.clip(rows @ w + b, -100, 100)"),),
    ),
    Misconception(
        "affine_forward",
        *ONE_ARRAY_FOR_ALL_CALLS,
        (
            ("def affine_forward(x, w, b):", "def affine_forward(x, w, b, arrays={}):"),
            (
                "out = rows @ w + b",
                "out = arrays.setdefault((len(x), len(b)), np.zeros((len(x), len(b))))\n    out[:] = rows @ w + b",
            ),
        ),
    ),
    Misconception(
        "affine_backward",
        "cache of the first call",
        "You always use what the first forward pass kept, whichever cache is handed in. Use the cache that the call "
        "gets.",
        (
            ("def affine_backward(dout, cache):", "def affine_backward(dout, cache, kept=[]):"),
            (
                "x, w = cache",
                "kept.append(cache)\n    x, w = next(c for c in kept if c[1].shape == cache[1].shape)",
            ),
        ),
    ),
    Misconception(
        "affine_backward",
        *CLIPPED,
        (("x, w = cache", "x, w = cache\n    dout = np.clip(dout, -10, 10)"),),
    ),
    Misconception(
        "affine_backward",
        "gradients kept between calls",
        "You return what an earlier call on the same cache computed, although another upstream gradient arrives now.",
        (
            ("def affine_backward(dout, cache):", "def affine_backward(dout, cache, done={}):"),
            ("return dx, dw, db", "return done.setdefault(id(cache), (cache, dx, dw, db))[1:]"),
        ),
    ),
    Misconception(
        "affine_backward",
        "bias gradient not summed",
        "Your db still has one row for each example. The biases are shared by all examples, so their "
        "contributions add up.",
        (("db = dout.sum(axis=0)", "db = dout"),),
    ),
    Misconception(
        "affine_backward",
        "bias gradients lumped together",
        "You add up everything that arrives into one number. Each bias belongs to one output only.",
        (("db = dout.sum(axis=0)", "db = dout.sum()"),),
    ),
    Misconception(
        "affine_backward",
        "bias gradient averaged",
        "Your db is the mean over the examples. Every example uses the same bias, so their contributions are added, "
        "not averaged.",
        (("db = dout.sum(axis=0)", "db = dout.mean(axis=0)"),),
    ),
    Misconception(
        "affine_backward",
        "bias gradient over the outputs",
        "You add up the outputs of each example. It is the examples that must be added up, for each output.",
        (("db = dout.sum(axis=0)", "db = dout.sum(axis=1)"),),
    ),
    Misconception(
        "affine_backward",
        "bias gradient as a row",
        "Your db has the right numbers in the shape (1, M). The biases are (M,), and a gradient has the shape of "
        "what it is the gradient of.",
        (("dout.sum(axis=0)", "dout.sum(axis=0, keepdims=True)"),),
    ),
    Misconception(
        "affine_backward",
        "dx left in rows",
        "Your dx is right for vectors. For images it is still laid in rows; give it back the shape of x.",
        (("(dout @ w.T).reshape(x.shape)", "dout @ w.T"),),
    ),
    Misconception(
        "affine_backward",
        "w not transposed",
        "The sum behind dx runs over the outputs. In your product it does not: look at which way round w is.",
        (("dout @ w.T", "dout @ w"),),
    ),
    Misconception(
        "affine_backward",
        "dw transposed",
        "Your dw holds the right numbers, with rows for columns. Compare its shape with that of w.",
        (("dw = rows.T @ dout", "dw = dout.T @ rows"),),
    ),
    Misconception(
        "affine_backward",
        *DIVIDED_BY_N,
        (("x, w = cache", "x, w = cache\n    dout = dout / len(x)"),),
        (
            (
                ("dw = rows.T @ dout", "dw = rows.T @ dout / len(x)"),
                ("db = dout.sum(axis=0)", "db = dout.mean(axis=0)"),
            ),
        ),
    ),
    Misconception(
        "affine_backward",
        *UPSTREAM_IGNORED,
        (("x, w = cache", "x, w = cache\n    dout = np.ones_like(dout)"),),
    ),
    Misconception(
        "affine_backward",
        "dx and dw exchanged",
        "The gradients are right, but you return them in another order than dx, dw, db.",
        (("return dx, dw, db", "return dw, dx, db"),),
    ),
    Misconception(
        "affine_backward",
        "cache overwritten",
        "Your first backward pass is right, and it makes the second wrong: it writes into an array that the cache "
        "still holds. Reshaping makes no copy, so writing into the reshaped array writes into the original.",
        (("dx = (dout @ w.T).reshape(x.shape)", "rows[:] = dout @ w.T\n    dx = x"),),
    ),
    Misconception(
        "unbroadcast",
        "axes in front kept",
        "You add up over the axes in front, but they are still there with size 1. The shape does not have them.",
        (
            (
                "while g.ndim > len(shape):\n        g = g.sum(axis=0)",
                "g = g.sum(axis=tuple(range(g.ndim - len(shape))), keepdims=True)",
            ),
        ),
    ),
    Misconception(
        "unbroadcast",
        "axes in front not added up",
        "You only look at axes of size 1. Broadcasting has also put new axes in front; they must be added up too.",
        (("    while g.ndim > len(shape):\n        g = g.sum(axis=0)\n", ""),),
    ),
    Misconception(
        "unbroadcast",
        "first axis always added up",
        "You add up over the first axis once, whatever came in. First count how many axes g has more than the "
        "shape: it may be none, or several.",
        (
            (
                "    while g.ndim > len(shape):\n        g = g.sum(axis=0)\n",
                "    g = g.sum(axis=0)\n",
            ),
        ),
    ),
    Misconception(
        "unbroadcast",
        "axes of size 1 dropped",
        "You add up over the axes of size 1, and then they are gone. The shape has them, so keep them.",
        (("keepdims=True", "keepdims=False"),),
    ),
    Misconception(
        "unbroadcast",
        "axes of size 1 not added up",
        "You only add up over the axes in front. Broadcasting has also repeated axes of size 1.",
        (
            (
                "    for axis, size in enumerate(shape):\n        if size == 1:\n"
                "            g = g.sum(axis=axis, keepdims=True)\n",
                "",
            ),
        ),
    ),
    Misconception(
        "unbroadcast",
        "averaged instead of added",
        "You take means. In the forward pass a number was copied, not divided, so the gradients of its copies are "
        "added.",
        (
            ("g.sum(axis=0)", "g.mean(axis=0)"),
            ("g.sum(axis=axis, keepdims=True)", "g.mean(axis=axis, keepdims=True)"),
        ),
        ((("g.sum(axis=axis, keepdims=True)", "g.mean(axis=axis, keepdims=True)"),),),
    ),
    Misconception(
        "unbroadcast",
        "one kind of axis at a time",
        "You add up over axes in front or over axes of size 1, whichever you meet first. There may be both.",
        (
            (
                "g = g.sum(axis=0)\n",
                "g = g.sum(axis=0)\n        if g.ndim == len(shape):\n            return g\n",
            ),
        ),
    ),
    Misconception(
        "unbroadcast",
        "one copy only",
        "You keep the gradient of one copy and lose the others. All of them go back to the same number.",
        (("g.sum(axis=0)", "g[0]"), ("g.sum(axis=axis, keepdims=True)", "g.take([0], axis=axis)")),
    ),
    Misconception(
        "unbroadcast",
        "axes counted from the wrong end",
        "Each kind of stretching alone comes out right, both at once do not: while the axes in front are still "
        "there, the axes of g have other numbers than those of the shape.",
        (
            ("    while g.ndim > len(shape):\n        g = g.sum(axis=0)\n    for", "    for"),
            (
                "    return g\n",
                "    while g.ndim > len(shape):\n        g = g.sum(axis=0)\n    return g\n",
            ),
        ),
    ),
    Misconception(
        "unbroadcast",
        "one axis in front only",
        "You add up over one axis in front. Broadcasting may have put several there.",
        (("while g.ndim > len(shape):", "if g.ndim > len(shape):"),),
    ),
    Misconception(
        "unbroadcast",
        "axes looked up by size",
        "You take an axis for an old one if its size occurs in the shape. Two axes may have the same size: count the "
        "axes instead.",
        (
            (
                "while g.ndim > len(shape):\n        g = g.sum(axis=0)",
                "new = [axis for axis, size in enumerate(g.shape) if size not in shape]\n"
                "    g = g.sum(axis=tuple(new[: g.ndim - len(shape)]))",
            ),
        ),
    ),
    Misconception(
        "dot_test",
        "summed over one axis",
        "You add up over the first axis only. A product of two arrays adds up all of their elements, whatever their "
        "shape.",
        (("np.sum(v * Ju)", "sum(v * Ju)"), ("np.sum(vjp(v, x) * u)", "sum(vjp(v, x) * u)")),
    ),
    Misconception(
        "dot_test",
        "matrix product",
        "You multiply as matrices. The product of two arrays of one shape multiplies element by element and adds all "
        "of it up.",
        (("np.sum(v * Ju)", "v @ Ju"), ("np.sum(vjp(v, x) * u)", "vjp(v, x) @ u")),
        (
            (
                ("np.sum(v * Ju)", "np.sum(v @ Ju)"),
                ("np.sum(vjp(v, x) * u)", "np.sum(vjp(v, x) @ u)"),
            ),
        ),
    ),
    Misconception(
        "dot_test",
        "all inputs moved alike",
        "You move all of x by the same step. The direction is u: each element moves by the step times its own "
        "element of u.",
        (("(f(x + h * u) - f(x - h * u))", "(f(x + h) - f(x - h))"),),
    ),
    Misconception(
        "dot_test",
        "u sent back",
        "You hand u to the backward pass. u is the direction of the forward pass; v goes into the backward pass.",
        (("np.sum(vjp(v, x) * u)", "np.sum(vjp(u, x) * u)"),),
    ),
    Misconception(
        "dot_test",
        "step in proportion to x",
        "You scale the step by the numbers in x. Where they are all zero, nothing moves; take the step as it is given.",
        (("Ju = (f(x", "h = h * np.max(np.abs(x))\n    Ju = (f(x"),),
    ),
    Misconception(
        "dot_test",
        "forward difference",
        "Your J u is measured on one side only. Its error grows with the step, so a right backward pass looks "
        "slightly wrong. Measure to both sides.",
        (("(f(x + h * u) - f(x - h * u)) / (2 * h)", "(f(x + h * u) - f(x)) / h"),),
    ),
    Misconception(
        "dot_test",
        "divided by one step",
        "Your two points lie two steps apart, but you divide by one. So J u comes out twice too large.",
        (("/ (2 * h)", "/ h"),),
    ),
    Misconception(
        "dot_test",
        "absolute value forgotten",
        "Your distance can be negative. A distance cannot.",
        (("abs(measured - claimed)", "measured - claimed"),),
    ),
    Misconception(
        "dot_test",
        "vjp not used",
        "Your test finds every backward pass right, because its answer does not depend on vjp.",
        (("np.sum(vjp(v, x) * u)", "np.sum(v * Ju)"),),
    ),
    Misconception(
        "dot_test",
        "v forgotten",
        "You add up J u itself. The first of the two numbers is J u times v, added up.",
        (("np.sum(v * Ju)", "np.sum(Ju)"),),
    ),
    Misconception(
        "dot_test",
        "relative distance",
        "You divide by the size of the product. Here the distance itself is asked for.",
        (("abs(measured - claimed)", "abs(measured - claimed) / abs(measured)"),),
    ),
)
