"""Notebook 5, forward mode: misconceptions; those about the class are in `forward_mode_dual_mistakes`."""

from autograder.hidden.catalogue import Misconception
from autograder.hidden.forward_mode_dual_mistakes import OPERATIONS
from autograder.hidden.shared import KEPT_BETWEEN_CALLS, NUDGED

SEEDED_WITH_ONES = (
    "every input seeded with 1",
    "You let every input move at speed 1, all in the same run. What comes out is the sum of all slopes, and nobody can "
    "take that apart again.",
)
DUALS, RUN, RESULT = "[Dual(x[i], v[i]) for i in range(len(x))]", "out = f(duals)", "return out.val, out.dot"

DIRECTIONS = (
    Misconception(
        "jvp",
        *SEEDED_WITH_ONES,
        ((DUALS, "[Dual(x[i], 1.0) for i in range(len(x))]"),),
    ),
    Misconception(
        "jvp",
        "one speed for all inputs",
        "All your inputs move at the speed of the first. Each has its own element of the direction.",
        ((DUALS, "[Dual(x[i], v[0]) for i in range(len(x))]"),),
    ),
    Misconception(
        "jvp",
        "point and direction exchanged",
        "You run the function at the direction, along the point. Look at which of the two is the value of a Dual.",
        ((DUALS, "[Dual(v[i], x[i]) for i in range(len(x))]"),),
    ),
    Misconception(
        "jvp",
        "direction shortened to length 1",
        "You divide the direction by its length first. It is to be taken as it is: twice the speed, twice the slope.",
        ((DUALS, "[Dual(x[i], v[i] / (np.linalg.norm(v) or 1.0)) for i in range(len(x))]"),),
    ),
    Misconception(
        "jvp",
        "value and slope exchanged",
        "The value and the slope stand in each other's place.",
        ((RESULT, "return out.dot, out.val"),),
    ),
    Misconception(
        "jvp",
        "result not taken apart",
        "You return the Dual itself. Two numbers were asked for, and it holds both.",
        ((RESULT, "return out"),),
    ),
    Misconception(
        "jvp",
        "one run an input",
        "You run the function once for each input and add up. All inputs can move in the same run, each at its speed.",
        (
            (
                RUN,
                "runs = [\n        f([Dual(x[i], v[i] * (i == k)) for i in range(len(x))])\n"
                "        for k in range(len(x))\n    ]\n"
                "    out = Dual(runs[0].val, sum(run.dot for run in runs))",
            ),
        ),
    ),
    Misconception(
        "jvp",
        *NUDGED,
        (
            (RUN, f"{RUN}\n    h = 1e-4\n    moved = f([Dual(x[i] + h * v[i], 0.0) for i in range(len(x))])"),
            (RESULT, "return out.val, (moved.val - out.val) / h"),
        ),
    ),
)

FRESH, SEED, PASS = "        v = np.zeros(len(x))\n", "v[i] = 1.0", "        _, ydot = jvp(f, x, v)\n"
RETURNED = "    return np.array(slopes)"

GRADIENTS = (
    Misconception(
        "grad_forward",
        *SEEDED_WITH_ONES,
        ((FRESH, "        v = np.ones(len(x))\n"),),
    ),
    Misconception(
        "grad_forward",
        "seeds pile up",
        "Once an input has had its turn, it goes on moving in the passes that follow. Begin each pass with a fresh "
        "direction.",
        (("    slopes = []\n", "    slopes = []\n    v = np.zeros(len(x))\n"), (FRESH, "")),
    ),
    Misconception(
        "grad_forward",
        "first input's seed in every pass",
        "It is always the first input that moves, so all your slopes are those along the first.",
        ((SEED, "v[0] = 1.0"),),
    ),
    Misconception(
        "grad_forward",
        "point for a seed",
        "The input moves at a speed that is its own value. For the slope along it, its speed must be 1.",
        ((SEED, "v[i] = x[i]"),),
    ),
    Misconception(
        "grad_forward",
        "values for slopes",
        "You collect the values of the function. The slope is the other number that a pass gives.",
        ((PASS, PASS.replace("_, ydot", "ydot, _")),),
    ),
    Misconception(
        "grad_forward",
        "stops after the first pass",
        "You return before the loop has come to the second input.",
        ((RETURNED, f"    {RETURNED}"),),
    ),
    Misconception(
        "grad_forward",
        "slopes added up",
        "You return the sum of all slopes. Each of them was asked for.",
        ((RETURNED, "    return sum(slopes)"),),
    ),
    Misconception(
        "grad_forward",
        "one pass too many",
        "You run the function once more than it takes. Each pass gives the value as well, if that is what you wanted.",
        (("    slopes = []\n", "    slopes, value = [], jvp(f, x, x)[0]\n"),),
    ),
    Misconception(
        "grad_forward",
        *NUDGED,
        (
            ("    slopes = []\n", "    slopes, h = [], 1e-4\n    here = jvp(f, x, np.zeros(len(x)))[0]\n"),
            (PASS, "        y = jvp(f, np.array(x) + h * v, v)[0]\n        ydot = (y - here) / h\n"),
        ),
    ),
)

CALLED, COUNT = "    grad_forward(counted, np.ones(n))\n", "return len(calls)"

COUNTS = (
    Misconception(
        "passes",
        "known, not counted",
        "Your number is right and nothing was run to find it. Count the calls that grad_forward really makes.",
        ((CALLED, ""), (COUNT, "return n")),
    ),
    Misconception(
        "passes",
        *KEPT_BETWEEN_CALLS,
        (("def passes(f, n):", "def passes(f, n, calls=[]):"), ("    calls = []\n\n", "")),
    ),
    Misconception(
        "passes",
        "inputs counted, not calls",
        "You count the inputs of every call. A call counts once, however many inputs it has.",
        (("calls.append(v)", "calls.extend(v)"),),
    ),
    Misconception(
        "passes",
        "a run of your own",
        "You call the function yourself, besides what grad_forward does, and count that as well.",
        ((CALLED, f"    counted([Dual(1.0, 0.0)] * n)\n{CALLED}"),),
    ),
    Misconception(
        "passes",
        "counting function not handed over",
        "You hand the function itself to grad_forward, so nobody calls the one that counts.",
        ((CALLED, CALLED.replace("counted", "f")),),
    ),
    Misconception(
        "passes",
        "result not passed on",
        "Your counting function calls f and drops what comes back. It must return it, or grad_forward gets None.",
        (("return f(v)", "f(v)"),),
    ),
    Misconception(
        "passes",
        "counted as for nudging",
        "You count two calls for each input. That is what centred differences take; forward mode is exact with fewer.",
        ((COUNT, "return 2 * len(calls)"),),
    ),
)

MISCONCEPTIONS = (*OPERATIONS, *DIRECTIONS, *GRADIENTS, *COUNTS)
