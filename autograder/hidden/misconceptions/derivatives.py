"""Notebook 1, derivatives: the named wrong answers, and changes that are none."""

from autograder.hidden.catalogue import Equivalent, Misconception
from autograder.hidden.misconceptions.wording import (
    DIVIDED_BACK,
    ONE_NUMBER_ONLY,
    OTHER_ORDER,
    ROUNDED,
    UPSTREAM_IGNORED,
    WHOLE_PARTS_COMPARED,
)

STEP_LIMITED = (
    "step limited",
    "A large step is cut down to a limit of your own. The result is to be that of the step that is handed in.",
)
MISCONCEPTIONS = (
    Misconception(
        "d_sin2",
        *ONE_NUMBER_ONLY,
        "import math\n\ndef d_sin2(x):\n    return 2 * math.sin(x) * math.cos(x)\n",
        (
            "import math\n\ndef d_sin2(x):\n    return math.sin(2 * x)\n",
            "def d_sin2(x):\n    x = float(x)\n    return 2 * np.sin(x) * np.cos(x)\n",
        ),
    ),
    Misconception(
        "rel_error",
        *ONE_NUMBER_ONLY,
        "def rel_error(a, b):\n    if a == 0 and b == 0:\n        return 0.0\n"
        "    return abs(a - b) / max(abs(a), abs(b))\n",
        (
            "def rel_error(a, b):\n    size = max(abs(a), abs(b))\n    return abs(a - b) / size if size else 0.0\n",
        ),
    ),
    Misconception(
        "fd_sweep",
        "only the last step kept",
        "You keep one number for all steps. There is one relative error for every step of hs.",
        (
            ("np.array(forward)", "np.array(forward[-1:])"),
            ("np.array(centred)", "np.array(centred[-1:])"),
        ),
    ),
    Misconception(
        "partials",
        *OTHER_ORDER,
        (
            ("return y, x", "return x, y"),
            (
                "return (1.0, 0.0) if x > y else (0.0, 1.0)",
                "return (0.0, 1.0) if x > y else (1.0, 0.0)",
            ),
        ),
    ),
    Misconception(
        "d_sin2",
        "slope of the outer function forgotten",
        "Your answer has the factor of the sine, but in place of the square's slope there is only a 2. The slope "
        "of a square depends on where the square stands.",
        (("2 * np.sin(x) * np.cos(x)", "2 * np.cos(x)"),),
    ),
    Misconception(
        "d_sin2",
        "slope of the inner function forgotten",
        "You differentiate the square and stop. The sine inside it has a slope too, and slopes along a chain multiply.",
        (("2 * np.sin(x) * np.cos(x)", "2 * np.sin(x)"),),
    ),
    Misconception(
        "d_sin2",
        "inner slope squared",
        "You square the slope of the sine. Squaring is the outer function: it has a slope of its own, taken at "
        "the sine's value.",
        (("2 * np.sin(x) * np.cos(x)", "np.cos(x) ** 2"),),
    ),
    Misconception(
        "d_sin2",
        "square inside the sine",
        "This is the slope of the sine of a square. Here the sine comes first, and its value is squared.",
        (("2 * np.sin(x) * np.cos(x)", "2 * x * np.cos(x**2)"),),
    ),
    Misconception(
        "d_sin2",
        "outer slope at the wrong place",
        "You take the slope of the square at x. The square never sees x; it stands at the sine's value.",
        (("2 * np.sin(x) * np.cos(x)", "2 * x * np.cos(x)"),),
    ),
    Misconception(
        "d_sin2",
        "integers cut off",
        "For an x of integers your array of slopes is one of integers too, and NumPy silently cuts off what you write "
        "into it.",
        (
            (
                "return 2 * np.sin(x) * np.cos(x)",
                "slope = np.zeros_like(x)\n    slope[...] = 2 * np.sin(x) * np.cos(x)\n    return slope",
            ),
        ),
    ),
    Misconception(
        "d_sin2",
        "sign of the sine lost",
        "Your sine comes out of a square root, so it is never negative. Half of all angles have a negative sine.",
        (("2 * np.sin(x) * np.cos(x)", "2 * np.sqrt(1 - np.cos(x) ** 2) * np.cos(x)"),),
    ),
    Misconception(
        "d_sin2",
        "small angles left out",
        "You treat small angles as if they were zero. Their slopes are small, but not zero.",
        (
            (
                "return 2 * np.sin(x) * np.cos(x)",
                "return 2 * np.sin(x) * np.cos(x) * (np.abs(x) > 1e-2)",
            ),
        ),
    ),
    Misconception(
        "num_grad",
        "forward difference",
        "You step to one side only, so the error of your slope grows with the step. Step to both sides.",
        (("(f(x + step) - f(x - step)) / (2 * h)", "(f(x + step) - f(x)) / h"),),
        ((("(f(x + step) - f(x - step)) / (2 * h)", "(f(x) - f(x - step)) / h"),),),
    ),
    Misconception(
        "num_grad",
        "divided by one step",
        "Your two points lie two steps apart, but you divide by one. So every slope comes out twice too large.",
        (("f(x - step)) / (2 * h)", "f(x - step)) / h"),),
    ),
    Misconception(
        "num_grad",
        "step too small",
        "Your step is so small that the two values of f agree in nearly all their digits: what is left after the "
        "subtraction is rounding. Use the step that is handed in.",
        (("grad = np.zeros(x.shape)\n", "grad = np.zeros(x.shape)\n    h = 1e-15\n"),),
    ),
    Misconception(
        "num_grad",
        "step ignored",
        "Your code has a step of its own and measures with it, whatever h it is given.",
        (("grad = np.zeros(x.shape)\n", "grad = np.zeros(x.shape)\n    h = 1e-5\n"),),
    ),
    Misconception(
        "num_grad",
        "integers cut off",
        "For an x of integers, your array of slopes, or the array that you move, is one of integers too: NumPy "
        "silently cuts off what you write into it. Make it an array of floats.",
        (
            ("np.asarray(x, dtype=np.float64)", "np.asarray(x)"),
            ("grad = np.zeros(x.shape)", "grad = np.zeros_like(x)"),
        ),
    ),
    Misconception(
        "num_grad",
        "step lost in integers",
        "For an x of integers the array that you move is one of integers too, so the step is cut off and nothing "
        "moves. Make it an array of floats.",
        (
            ("np.asarray(x, dtype=np.float64)", "np.asarray(x)"),
            ("step = np.zeros(x.shape)", "step = np.zeros_like(x)"),
        ),
    ),
    Misconception(
        "num_grad",
        "x not put back",
        "You move an element of x and leave it there. All slopes after the first are then measured at another "
        "point than x. Start every element from the x that was given.",
        (
            (
                "        step = np.zeros(x.shape)\n        step[i] = h\n"
                "        grad[i] = (f(x + step) - f(x - step)) / (2 * h)",
                "        x[i] += h\n        up = f(x)\n        x[i] -= 2 * h\n        grad[i] = (up - f(x)) / (2 * h)",
            ),
        ),
        (
            (
                ("np.asarray(x, dtype=np.float64)", "np.array(x, dtype=np.float64)"),
                (
                    "        step = np.zeros(x.shape)\n        step[i] = h\n"
                    "        grad[i] = (f(x + step) - f(x - step)) / (2 * h)",
                    "        x[i] += h\n        up = f(x)\n        x[i] -= 2 * h\n"
                    "        grad[i] = (up - f(x)) / (2 * h)",
                ),
            ),
            (
                ("np.asarray(x, dtype=np.float64)", "np.array(x, dtype=np.float64)"),
                (
                    "        step = np.zeros(x.shape)\n        step[i] = h\n"
                    "        grad[i] = (f(x + step) - f(x - step)) / (2 * h)",
                    "        x[i] += h\n        up = f(x)\n        x[i] -= 2 * h\n"
                    "        grad[i] = (up - f(x)) / (2 * h)\n        x[i] -= h",
                ),
            ),
            (
                ("np.asarray(x, dtype=np.float64)", "np.array(x, dtype=np.float64)"),
                (
                    "        step = np.zeros(x.shape)\n        step[i] = h\n"
                    "        grad[i] = (f(x + step) - f(x - step)) / (2 * h)",
                    "        x[i] -= h\n        down = f(x)\n        x[i] += 2 * h\n"
                    "        grad[i] = (f(x) - down) / (2 * h)",
                ),
            ),
        ),
    ),
    Misconception(
        "num_grad",
        "earlier elements move along",
        "Your first slope is right. With every further element the ones before it still move as well, so each "
        "slope is a sum of slopes.",
        (
            (
                "    for i in np.ndindex(x.shape):\n        step = np.zeros(x.shape)\n",
                "    step = np.zeros(x.shape)\n    for i in np.ndindex(x.shape):\n",
            ),
        ),
    ),
    Misconception(
        "num_grad",
        "all elements moved at once",
        "You move the whole array, so every slope you measure is the sum of all slopes. A gradient has one slope "
        "for each element: move this element alone.",
        (("step[i] = h", "step[...] = h"),),
        (
            "def num_grad(f, x, h=1e-5):\n    x = np.asarray(x, dtype=float)\n"
            "    return (f(x + h) - f(x - h)) / (2 * h)\n",
        ),
    ),
    Misconception(
        "num_grad",
        "one array under two names",
        "Both of your points are the same array: an assignment gives it a second name and makes no copy. What is "
        "added under one name is taken away under the other, and every slope is zero.",
        (
            (
                "        step = np.zeros(x.shape)\n        step[i] = h\n"
                "        grad[i] = (f(x + step) - f(x - step)) / (2 * h)",
                "        up = x\n        down = x\n        up[i] += h\n        down[i] -= h\n"
                "        grad[i] = (f(up) - f(down)) / (2 * h)",
            ),
        ),
    ),
    Misconception(
        "num_grad",
        "rows moved at once",
        "Your loop counts the rows of x. For a vector a row is an element; for a matrix you move a whole row.",
        (("in np.ndindex(x.shape)", "in range(len(np.atleast_1d(x))) if x.ndim else [()]"),),
    ),
    Misconception(
        "num_grad",
        "gradient laid flat",
        "Your slopes are right, but they come as a vector. A gradient has the shape of what it is the gradient of.",
        (("    return grad\n", "    return grad.ravel() if grad.ndim else grad\n"),),
    ),
    Misconception(
        "num_grad",
        "float32",
        "Your points are kept in float32. Its seven digits hold no step of 1e-5: measuring slopes needs float64.",
        (
            ("np.asarray(x, dtype=np.float64)", "np.asarray(x, dtype=np.float32)"),
            ("step = np.zeros(x.shape)", "step = np.zeros(x.shape, dtype=np.float32)"),
        ),
    ),
    Misconception(
        "num_grad", *STEP_LIMITED, (("step[i] = h\n", "h = min(h, 0.1)\n        step[i] = h\n"),)
    ),
    Misconception(
        "num_grad",
        "step relative to x",
        "Your step grows with x. The step is h, whatever x is.",
        (
            ("step[i] = h\n", "step[i] = h * np.abs(x[i])\n"),
            ("f(x - step)) / (2 * h)", "f(x - step)) / (2 * step[i])"),
        ),
        tuple(
            (
                ("step[i] = h\n", f"step[i] = h * {grown}\n"),
                ("f(x - step)) / (2 * h)", "f(x - step)) / (2 * step[i])"),
            )
            for grown in ("max(1.0, abs(x[i]))", "(1 + abs(x[i]))")
        ),
    ),
    Misconception(
        "num_grad",
        "f called with a flat array",
        "You hand f a vector, whatever the shape of x. f takes an array like x, or a number if x is one.",
        (("(f(x + step) - f(x - step))", "(f((x + step).ravel()) - f((x - step).ravel()))"),),
    ),
    Misconception("num_grad", *ROUNDED, (("    return grad\n", "    return np.round(grad)\n"),)),
    Misconception(
        "rel_error",
        "absolute error",
        "You return the distance itself. Whether a distance is large depends on the size of the numbers, so divide "
        "by that size.",
        (("distance / size", "distance"),),
    ),
    Misconception(
        "rel_error",
        "0/0",
        "Where both numbers are 0 you divide zero by zero. That gives nan, though the two agree perfectly.",
        (("    size = np.where(size == 0, 1.0, size)\n", ""),),
    ),
    Misconception(
        "rel_error",
        "divided by the sum",
        "You divide by the sum of the two sizes. Here the larger of the two is asked for, so that a number and "
        "zero differ by exactly 1.",
        (("np.maximum(np.abs(a), np.abs(b))", "np.abs(a) + np.abs(b)"),),
    ),
    Misconception(
        "rel_error",
        "divided by one of the two",
        "You always divide by the size of the first number, or always by that of the second, so the answer changes "
        "when the two are exchanged.",
        (("np.maximum(np.abs(a), np.abs(b))", "np.abs(b)"),),
    ),
    Misconception(
        "rel_error",
        "sign of the distance",
        "Your distances keep their sign, so the negative ones are never the largest.",
        (("np.abs(np.asarray(a) - np.asarray(b))", "np.asarray(a) - np.asarray(b)"),),
    ),
    Misconception(
        "rel_error",
        "sign of the size",
        "You take the larger of the two numbers, not of their sizes. For negative numbers that is the smaller "
        "size, and a negative one.",
        (("np.maximum(np.abs(a), np.abs(b))", "np.maximum(a, b)"),),
    ),
    Misconception(
        "rel_error",
        "mean instead of the largest",
        "You average over the elements. One wrong slope among a million right ones would not be seen.",
        (("np.max(distance / size)", "np.mean(distance / size)"),),
    ),
    Misconception(
        "rel_error",
        "one size for all elements",
        "You divide the largest distance by the largest size of the whole array. A small element may then be all "
        "wrong without being seen; divide element by element.",
        (("np.max(distance / size)", "np.max(distance) / np.max(size)"),),
    ),
    Misconception(
        "rel_error",
        "norms in place of single numbers",
        "You compare the lengths of whole arrays. Each element has an error of its own; the largest is asked for.",
        (("np.max(distance / size)", "np.linalg.norm(distance) / (np.linalg.norm(size) or 1.0)"),),
        (
            (
                (
                    "np.max(distance / size)",
                    "np.linalg.norm(distance) / (np.linalg.norm(a) or np.inf)",
                ),
            ),
        ),
    ),
    Misconception(
        "rel_error",
        "opposite numbers count as equal",
        "To find the places where both numbers are 0, you ask whether their sum is 0. Opposite numbers add up to 0 "
        "as well, and they differ the most.",
        (
            (
                "    return np.max",
                "    distance = np.where(np.asarray(a) + np.asarray(b) == 0, 0.0, distance)\n    return np.max",
            ),
        ),
    ),
    Misconception(
        "rel_error",
        "one zero is enough",
        "Where one of the two numbers is 0 you take the error for 0. They agree only where both are 0.",
        (
            (
                "    return np.max",
                "    distance = np.where(np.asarray(a) * np.asarray(b) == 0, 0.0, distance)\n    return np.max",
            ),
        ),
    ),
    Misconception(
        "rel_error",
        "nearly equal counts as equal",
        "You count numbers that are close as equal. How close they are is what is asked for.",
        (
            (
                "    return np.max",
                "    distance = np.where(np.isclose(a, b, rtol=1e-3), 0.0, distance)\n    return np.max",
            ),
        ),
    ),
    Misconception(
        "rel_error",
        "never above 1",
        "You cut the error off at 1. Two numbers of different signs differ by more than the size of the larger one.",
        (("np.max(distance / size)", "min(np.max(distance / size), 1.0)"),),
    ),
    Misconception(
        "rel_error",
        "guard too large",
        "What you add to the size so as not to divide by 0 is so large that it changes the error of small numbers.",
        (("distance / size", "distance / (size + 1e-3)"),),
    ),
    Misconception(
        "fd_sweep",
        "forward and centred exchanged",
        "Both rows of errors are right, but you return them in the other order.",
        (
            (
                "return np.array(forward), np.array(centred)",
                "return np.array(centred), np.array(forward)",
            ),
        ),
    ),
    Misconception(
        "fd_sweep",
        "absolute errors",
        "Your errors are distances. Relative ones are asked for: divided by the size of the slopes.",
        (
            ("rel_error((f(x + h) - f(x)) / h, exact)", "abs((f(x + h) - f(x)) / h - exact)"),
            ("rel_error(num_grad(f, x, h), exact)", "abs(num_grad(f, x, h) - exact)"),
        ),
    ),
    Misconception(
        "fd_sweep",
        "backward difference",
        "You step back where a forward difference steps forward. Both are off by about as much, but the errors "
        "are not the same.",
        (("[rel_error((f(x + h) - f(x))", "[rel_error((f(x) - f(x - h))"),),
    ),
    Misconception(
        "fd_sweep",
        "forward difference over two steps",
        "The two points of your forward difference are one step apart, but you divide by two. So half of the "
        "slope is missing, whatever the step.",
        (("(f(x + h) - f(x)) / h, exact", "(f(x + h) - f(x)) / (2 * h), exact"),),
    ),
    Misconception(
        "fd_sweep",
        "one step for all",
        "Your centred errors do not depend on the step: hand each step of hs on to the measurement.",
        (("num_grad(f, x, h)", "num_grad(f, x)"),),
    ),
    Misconception(
        "fd_sweep",
        "relative to the exact slope",
        "You always divide by the exact slope. The rel_error of this notebook divides by the larger of the two.",
        (
            (
                "rel_error((f(x + h) - f(x)) / h, exact)",
                "abs((f(x + h) - f(x)) / h - exact) / abs(exact)",
            ),
            ("rel_error(num_grad(f, x, h), exact)", "abs(num_grad(f, x, h) - exact) / abs(exact)"),
        ),
    ),
    Misconception(
        "fd_sweep",
        "exact slope of another point",
        "You compare with the exact slope at another point, one step further. Compare with the slope at x.",
        (
            ("(f(x + h) - f(x)) / h, exact", "(f(x + h) - f(x)) / h, df(x + h)"),
            ("num_grad(f, x, h), exact", "num_grad(f, x, h), df(x + h)"),
        ),
    ),
    Misconception(
        "fd_sweep",
        "all steps at once",
        "You call f with an array of points. It takes a number: go through the steps one by one.",
        (
            (
                "[rel_error((f(x + h) - f(x)) / h, exact) for h in hs]",
                "[rel_error(s, exact) for s in (f(x + np.asarray(hs)) - f(x)) / np.asarray(hs)]",
            ),
        ),
    ),
    Misconception(
        "fd_sweep",
        "0/0",
        "Where both slopes are 0 you divide zero by zero. They agree perfectly, and your rel_error knows that case.",
        (
            (
                "    exact = df(x)\n",
                "    def rel_error(p, q):\n        p, q = np.float64(p), np.float64(q)\n"
                "        return abs(p - q) / max(abs(p), abs(q))\n\n    exact = df(x)\n",
            ),
        ),
    ),
    Misconception(
        "fd_sweep",
        "steps in another order",
        "You sort the steps first. The first error belongs to the first step of hs.",
        (("exact = df(x)", "exact, hs = df(x), np.sort(hs)"),),
    ),
    Misconception(
        "fd_sweep",
        "equal steps dropped",
        "You keep one error for each step that is different. A step that comes twice has two errors.",
        (("exact = df(x)", "exact, hs = df(x), np.unique(hs)"),),
    ),
    Misconception(
        "partials",
        "own value instead of the other",
        "In a product you give each input its own value as slope. Hold one input: the output is then a straight "
        "line in the other one, and how steep it is depends on what is held.",
        (("return y, x", "return x, y"),),
    ),
    Misconception(
        "partials",
        "product passes gradients on",
        "Your product has the slopes of a sum. If one input is doubled, the output moves twice as much when the "
        "other is nudged.",
        (("return y, x", "return 1.0, 1.0"),),
    ),
    Misconception(
        "partials",
        "value instead of slope of a sum",
        "For a sum you return the inputs. How much the output moves with an input does not depend on where the "
        "input stands.",
        (("return 1.0, 1.0", "return x, y"),),
    ),
    Misconception(
        "partials",
        "sum shares its gradient",
        "Your sum gives each input one half. If either input alone moves by a step, the sum moves by the whole step.",
        (("return 1.0, 1.0", "return 0.5, 0.5"),),
    ),
    Misconception(
        "partials",
        "max passes the value",
        "For max you return the larger input itself. Its slope is asked for: how much the output moves with it.",
        (("(1.0, 0.0) if x > y else (0.0, 1.0)", "(x, 0.0) if x > y else (0.0, y)"),),
    ),
    Misconception(
        "partials",
        "max to both inputs",
        "Your max lets both inputs through. The output does not depend on the smaller one, so moving it a little "
        "moves nothing.",
        (("(1.0, 0.0) if x > y else (0.0, 1.0)", "(1.0, 1.0)"),),
    ),
    Misconception(
        "partials",
        "max turned round",
        "Your max takes the smaller input for the larger one: the comparison is the wrong way round.",
        (("if x > y", "if x < y"),),
    ),
    Misconception(
        "partials",
        "max by size",
        "You compare sizes without their signs. Of two negative numbers the larger is the one nearer to zero.",
        (("if x > y", "if abs(x) > abs(y)"),),
    ),
    Misconception(
        "partials",
        "max always to x",
        "Your max gives the first input everything, whichever is larger.",
        (("(1.0, 0.0) if x > y else (0.0, 1.0)", "(1.0, 0.0)"),),
    ),
    Misconception("partials", *WHOLE_PARTS_COMPARED, (("if x > y", "if int(x) > int(y)"),)),
    Misconception("partials", *DIVIDED_BACK, (("return y, x", "return x * y / x, x * y / y"),)),
    Misconception("partials", *ROUNDED, (("return y, x", "return int(y), int(x)"),)),
    Misconception(
        "partials",
        "max with zero",
        "Your max asks whether x is positive. It has two inputs: compare them with each other.",
        (("if x > y", "if x > 0"),),
    ),
    Misconception("num_vjp", *UPSTREAM_IGNORED, (("np.sum(dout * f(moved))", "np.sum(f(moved))"),)),
    Misconception(
        "num_vjp",
        "upstream gradient outside the sum",
        "You measure the slope of the plain sum of the outputs and multiply afterwards. Multiply every output by its "
        "own upstream gradient first, then add up.",
        (
            (
                "num_grad(lambda moved: np.sum(dout * f(moved)), x, h)",
                "np.sum(dout) * num_grad(lambda moved: np.sum(f(moved)), x, h)",
            ),
        ),
        (
            (
                (
                    "num_grad(lambda moved: np.sum(dout * f(moved)), x, h)",
                    "dout * num_grad(lambda moved: np.sum(f(moved)), x, h)",
                ),
            ),
        ),
    ),
    Misconception(
        "num_vjp",
        "mean over the outputs",
        "You average over the outputs. What comes back through the different outputs is added up.",
        (("np.sum(dout * f(moved))", "np.mean(dout * f(moved))"),),
    ),
    Misconception(
        "num_vjp",
        "step not handed on",
        "Your code takes h and does not use it: the measurement runs with its usual step, whatever is asked for.",
        ((", x, h)", ", x)"),),
    ),
    Misconception(
        "num_vjp",
        "first output only",
        "Your gradient is that of the first output. All outputs depend on x, so all have a part in it.",
        (("np.sum(dout * f(moved))", "np.ravel(dout * f(moved))[0]"),),
    ),
    Misconception(
        "num_vjp",
        "sign",
        "Every gradient has the wrong sign.",
        (("return num_grad", "return -num_grad"),),
    ),
    Misconception(
        "num_vjp",
        "half the step",
        "Your two points lie one step apart. Each of them lies one step from x, so they are two steps apart.",
        ((", x, h)", ", x, h / 2)"),),
    ),
    Misconception("num_vjp", *STEP_LIMITED, ((", x, h)", ", x, min(h, 0.1))"),)),
    Misconception(
        "num_vjp",
        "matrix product",
        "You multiply dout and f(x) as matrices. Each output meets its own upstream gradient, element by element.",
        (("np.sum(dout * f(moved))", "np.sum(np.dot(dout, f(moved)))"),),
    ),
    Misconception(
        "num_vjp",
        "step lost in integers",
        "For an x of integers the array that you move is one of integers too, so the step is cut off. Make it an array "
        "of floats.",
        (
            (
                "return num_grad(lambda moved: np.sum(dout * f(moved)), x, h)",
                "moved = np.array(x)\n    dx = np.zeros(moved.shape)\n    for i in np.ndindex(moved.shape):\n"
                "        kept = moved[i]\n        moved[i] = kept + h\n        up = np.sum(dout * f(moved))\n"
                "        moved[i] = kept - h\n        dx[i] = (up - np.sum(dout * f(moved))) / (2 * h)\n"
                "        moved[i] = kept\n    return dx",
            ),
        ),
    ),
)

EQUIVALENTS = (
    Equivalent(
        "num_grad",
        "x = np.asarray(x, dtype=np.float64)",
        ("x = np.asarray(x)",),
        "Adding a step of float64 to integers gives float64.",
    ),
    Equivalent(
        "num_grad",
        "grad = np.zeros(x.shape)",
        ("grad = np.ones(x.shape)",),
        "Each element is overwritten.",
    ),
    Equivalent(
        "num_grad",
        "for i in np.ndindex(x.shape):",
        ("for i in reversed(list(np.ndindex(x.shape))):", "for i in np.ndindex(grad.shape):"),
        "The elements do not depend on each other, and grad has the shape of x.",
    ),
    Equivalent(
        "num_grad",
        "step = np.zeros(x.shape)",
        ("step = np.zeros(grad.shape)",),
        "grad has the shape of x.",
    ),
    Equivalent(
        "rel_error",
        "distance = np.abs(np.asarray(a) - np.asarray(b))",
        (
            "distance = np.abs(np.asarray(b) - np.asarray(a))",
            "distance = np.abs(a - np.asarray(b))",
            "distance = np.abs(np.asarray(a) - b)",
        ),
        "The distance is symmetric, and one array makes the difference an array.",
    ),
    Equivalent(
        "rel_error",
        "size = np.maximum(np.abs(a), np.abs(b))",
        ("size = np.maximum(np.abs(b), np.abs(a))",),
        "The larger of two is the same in either order.",
    ),
    Equivalent(
        "rel_error",
        "size = np.where(size == 0, 1.0, size)",
        (
            "size = np.where(distance == 0, 1.0, size)",
            "size = np.where(size == 0, 2.0, size)",
            "size = np.where(size == 0, -1.0, size)",
        ),
        "Where a size is replaced the distance is 0, and 0 over anything but 0 is 0.",
    ),
    Equivalent(
        "fd_sweep",
        "forward = [rel_error((f(x + h) - f(x)) / h, exact) for h in hs]",
        ("forward = [rel_error(exact, (f(x + h) - f(x)) / h) for h in hs]",),
        "The relative error is symmetric.",
    ),
    Equivalent(
        "fd_sweep",
        "centred = [rel_error(num_grad(f, x, h), exact) for h in hs]",
        ("centred = [rel_error(exact, num_grad(f, x, h)) for h in hs]",),
        "The relative error is symmetric.",
    ),
    Equivalent(
        "fd_sweep",
        "return (np.array(forward), np.array(centred))",
        ("return (forward, np.array(centred))", "return (np.array(forward), centred)"),
        "A list of numbers is taken for an array.",
    ),
    Equivalent(
        "partials",
        "return (1.0, 0.0) if x > y else (0.0, 1.0)",
        ("return (1.0, 0.0) if x >= y else (0.0, 1.0)",),
        "The two differ in a tie only, where either is right.",
    ),
)
