"""Notebook 5, forward mode: the named wrong answers."""

from autograder.hidden.catalogue import Misconception
from autograder.hidden.misconceptions.wording import (
    DIVIDED_BY_THE_BASE,
    EXPONENT_NOT_LOWERED,
    EXPONENT_ZERO_FORGOTTEN,
    EXPONENTIAL_LIMITED,
    EXPONENTIALS_INPUT,
    FILLED_WHOLE_NUMBERS,
    FOUND_BY_VALUE,
    KEPT_BETWEEN_CALLS,
    NUDGED_INSTEAD,
    POWERS_FACTOR_LOST,
    SIGN_OF_THE_COSINE,
    SINE_FOR_ITS_SLOPE,
    ZERO_TAKEN_FOR_NOTHING,
)

# About the class `Dual`.
CONSTANT, LIFTED = "Dual(x, 0.0)", "x if isinstance(x, Dual) else Dual(x, 0.0)"
ADD = "return Dual(self.val + other.val, self.dot + other.dot)"
SUB = "return Dual(self.val - other.val, self.dot - other.dot)"
SUB_DOT = "self.dot - other.dot"
MUL_DOT = "dot = self.dot * other.val + self.val * other.dot"
MUL = f"{MUL_DOT}\n        return Dual(self.val * other.val, dot)"
DIV_RISE = "rise = self.dot * other.val - self.val * other.dot"
DIV_DOT = "rise / other.val**2"
POW = "n * self.val ** (n - 1) * self.dot"
SIN = "math.cos(self.val) * self.dot"
EXP = "e * self.dot"
LOG, LOGARITHM = "self.dot / self.val", "math.log(self.val)"
SIGMOID, SIGMOID_VALUE = "s * (1 - s) * self.dot", "math.exp(-self.val)"
RSUB, RMUL, RDIV = (
    "return as_dual(other) - self",
    "return self * other",
    "return as_dual(other) / self",
)
SLOPE_ALONE = (
    "You give the {} its slope, and forget to multiply by the speed of the number that goes in."
)

SUMS = (
    Misconception(
        "Dual",
        "sum written into its first number",
        "Your sum changes the number on its left and returns it. If this number is used again, it is another one. "
        "Make a new Dual.",
        ((ADD, "self.val += other.val\n        self.dot += other.dot\n        return self"),),
    ),
    Misconception(
        "Dual",
        "difference written into its first number",
        "Your difference changes the number on its left and returns it. Make a new Dual, and leave this one as it "
        "is.",
        ((SUB, "self.val -= other.val\n        self.dot -= other.dot\n        return self"),),
    ),
    Misconception(
        "Dual",
        "speeds of a difference added",
        "Your difference adds the two speeds. When its second number grows, a difference shrinks.",
        ((SUB_DOT, "self.dot + other.dot "),),
    ),
    Misconception(
        "Dual",
        "slope of a difference turned round",
        "The slope of your difference has the wrong sign. When its first number grows, the difference grows.",
        ((SUB_DOT, "other.dot - self.dot"),),
    ),
    Misconception(
        "Dual",
        "second number of a difference at rest",
        "Only the first number of your difference moves. The second may move as well.",
        ((SUB_DOT, "self.dot"),),
    ),
)

PRODUCTS = (
    Misconception(
        "Dual",
        "product of the speeds",
        "You multiply the two speeds. If only one factor moves, the product still moves; yours stands still.",
        ((MUL_DOT, "dot = self.dot * other.dot"),),
    ),
    Misconception(
        "Dual",
        "only the first factor moves",
        "Your product takes its second factor for a constant. That one moves too, and adds a share of its own.",
        ((MUL_DOT, "dot = self.dot * other.val"),),
    ),
    Misconception(
        "Dual",
        "only the second factor moves",
        "Your product takes its first factor for a constant. That one moves too, and adds a share of its own.",
        ((MUL_DOT, "dot = self.val * other.dot"),),
    ),
    Misconception(
        "Dual",
        "factor of one share lost",
        "Your product adds two shares, but one of them is a speed that nothing multiplies.",
        ((MUL_DOT, "dot = self.dot + self.val * other.dot"),),
        (((MUL_DOT, "dot = self.dot * other.val + other.dot"),),),
    ),
    Misconception(
        "Dual",
        "own factor",
        "Each speed in your product is multiplied by the number that it belongs to. How much does the product move "
        "when one factor moves by one?",
        ((MUL_DOT, "dot = self.dot * self.val + other.dot * other.val"),),
    ),
    Misconception(
        "Dual",
        "shares of a product subtracted",
        "You subtract one share of the product from the other. The two shares are added; the minus belongs to "
        "another rule.",
        ((MUL_DOT, MUL_DOT.replace("+", "-")),),
    ),
    Misconception(
        "Dual",
        "product moves like a sum",
        "Your product adds the speeds as they are. How far a factor moves the product depends on the other factor.",
        ((MUL_DOT, "dot = self.dot + other.dot"),),
    ),
    Misconception(
        "Dual",
        "product written into its first factor",
        "Your product changes the number on its left and returns it. Make a new Dual, and leave this one as it is.",
        ((MUL, f"self.dot = {MUL_DOT[6:]}\n        self.val *= other.val\n        return self"),),
    ),
)

QUOTIENTS = (
    Misconception(
        "Dual",
        "sign of the quotient",
        "Your quotient rises when its denominator grows. It must fall.",
        ((DIV_RISE, DIV_RISE.replace("-", "+")),),
    ),
    Misconception(
        "Dual",
        "quotient turned round",
        "The two terms of your quotient's slope are exchanged, so that its sign is wrong. When the numerator grows, "
        "the quotient grows.",
        ((DIV_RISE, "rise = self.val * other.dot - self.dot * other.val"),),
    ),
    Misconception(
        "Dual",
        "square of the denominator missing",
        "Your quotient's slope is divided by the denominator once. Look again at what stands below the fraction line "
        "in the quotient rule.",
        ((DIV_DOT, "rise / other.val"),),
    ),
    Misconception(
        "Dual",
        "square of the numerator",
        "Your quotient's slope is divided by the square of the wrong number.",
        ((DIV_DOT, "rise / self.val**2"),),
    ),
    Misconception(
        "Dual",
        "quotient of the speeds",
        "You divide one speed by the other. A denominator at rest must not make the slope infinite.",
        ((DIV_DOT, "self.dot / other.dot"),),
    ),
    Misconception(
        "Dual",
        "denominator at rest",
        "Your quotient takes its denominator for a constant. That one moves too.",
        ((DIV_DOT, "self.dot / other.val"),),
    ),
)

FUNCTIONS = (
    Misconception("Dual", *EXPONENT_NOT_LOWERED, ((POW, "n * self.val**n * self.dot"),)),
    Misconception("Dual", *POWERS_FACTOR_LOST, ((POW, "self.val ** (n - 1) * self.dot"),)),
    Misconception(
        "Dual",
        "power without dot",
        SLOPE_ALONE.format("power"),
        ((POW, "n * self.val ** (n - 1)"),),
    ),
    Misconception(
        "Dual",
        "power of the speed",
        "You raise the speed to the power as well. How fast a power moves depends on where its number is.",
        ((POW, "self.dot**n"),),
    ),
    Misconception("Dual", *SIGN_OF_THE_COSINE, ((SIN, f"-{SIN}"),)),
    Misconception("Dual", *SINE_FOR_ITS_SLOPE, ((SIN, "math.sin(self.val) * self.dot"),)),
    Misconception(
        "Dual", "sine without dot", SLOPE_ALONE.format("sine"), ((SIN, "math.cos(self.val)"),)
    ),
    Misconception(
        "Dual",
        "sine at rest",
        "Your sine computes its value and then stands still. At the slide's point this does not show, because the "
        "slope is zero there.",
        ((SIN, "0.0"),),
    ),
    Misconception(
        "Dual",
        "sine of the speed",
        "You take the sine of the speed. The speed that comes out is in proportion to the one that goes in: if one "
        "doubles, the other doubles.",
        ((SIN, "math.sin(self.dot)"),),
    ),
    Misconception("Dual", *EXPONENTIALS_INPUT, ((EXP, "self.val * self.dot"),)),
    Misconception(
        "Dual", "exponential without dot", SLOPE_ALONE.format("exponential"), ((EXP, "e"),)
    ),
    Misconception(
        "Dual",
        "exponential taken for a power",
        "You use the rule for powers, in which the base moves. Here the exponent moves.",
        ((EXP, "self.val * math.exp(self.val - 1) * self.dot"),),
    ),
    Misconception(
        "Dual",
        "exponential of the speed",
        "You take the exponential of the speed. The speed that comes out is in proportion to the one that goes in, "
        "and a speed of zero stays zero.",
        ((EXP, "math.exp(self.dot)"),),
    ),
    Misconception(
        "Dual",
        "slope of the logarithm upside down",
        "The slope of your logarithm grows with its number. It must fall.",
        ((LOG, "self.dot * self.val"),),
    ),
    Misconception(
        "Dual", "logarithm without dot", SLOPE_ALONE.format("logarithm"), ((LOG, "1 / self.val"),)
    ),
    Misconception(
        "Dual",
        "logarithm of another base",
        "Your logarithm is the one to the base 10. The natural one was asked for, which undoes the exponential.",
        ((LOGARITHM, "math.log10(self.val)"), (LOG, f"{LOG} / math.log(10)")),
    ),
    Misconception(
        "Dual", "sigmoid without dot", SLOPE_ALONE.format("sigmoid"), ((SIGMOID, "s * (1 - s)"),)
    ),
    Misconception(
        "Dual",
        "slope of the sigmoid from its input",
        "The short formula for the sigmoid's slope takes the sigmoid's output. You put in its input.",
        ((SIGMOID, "self.val * (1 - self.val) * self.dot"),),
    ),
    Misconception(
        "Dual",
        "half of the sigmoid's slope formula",
        "Your sigmoid's slope has only one of its two factors, so it does not flatten out on the right.",
        ((SIGMOID, "s * self.dot"),),
    ),
    Misconception(
        "Dual",
        "sigmoid mirrored",
        "Your sigmoid falls from 1 to 0 as its number grows. Look at the sign in the exponent.",
        ((SIGMOID_VALUE, "math.exp(self.val)"), (SIGMOID, f"-{SIGMOID}")),
    ),
)

PLAIN = (
    Misconception(
        "Dual",
        "constants that move",
        "You give plain numbers the speed 1. A 2 in a formula stays a 2, however the inputs move.",
        ((CONSTANT, "Dual(x, 1.0)"),),
    ),
    Misconception(
        "Dual",
        "plain numbers left as they are",
        "Your as_dual returns a plain number as it is. Later its val is asked for, and a plain number has none.",
        ((LIFTED, "x"),),
    ),
    Misconception(
        "Dual",
        "reflected difference turned round",
        "When the plain number comes first, you compute the Dual minus the number. The order counts: 1 - x falls when "
        "x grows.",
        ((RSUB, "return self - other"),),
    ),
    Misconception(
        "Dual",
        "reflected quotient turned round",
        "When the plain number comes first, you divide the Dual by the number. The order counts: 1 / x falls when x "
        "grows.",
        ((RDIV, "return self / other"),),
    ),
    Misconception(
        "Dual",
        "constant factor does not scale the speed",
        "A plain number in front multiplies your value and leaves the speed as it is. Three times x moves three "
        "times as fast as x.",
        ((RMUL, "return Dual(other * self.val, self.dot)"),),
    ),
    Misconception(
        "Dual",
        "sign of a reciprocal",
        "A plain number over your Dual rises when the Dual grows. It must fall.",
        ((RDIV, "return Dual(other / self.val, other * self.dot / self.val**2)"),),
    ),
)

OPERATIONS = (*SUMS, *PRODUCTS, *QUOTIENTS, *FUNCTIONS, *PLAIN)

# About what runs a function on duals.
SEEDED_WITH_ONES = (
    "every input seeded with 1",
    "You let every input move at speed 1, all in the same run. What comes out is the sum of all slopes, and a sum "
    "does not tell its terms.",
)
DUALS, RUN, RESULT = (
    "[Dual(x[i], v[i]) for i in range(len(x))]",
    "out = f(duals)",
    "return out.val, out.dot",
)

DIRECTIONS = (
    Misconception("jvp", *SEEDED_WITH_ONES, ((DUALS, "[Dual(x[i], 1.0) for i in range(len(x))]"),)),
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
        "You return the Dual itself. Two numbers are asked for, and it holds both.",
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
        *NUDGED_INSTEAD,
        (
            (
                RUN,
                f"{RUN}\n    h = 1e-4\n    moved = f([Dual(x[i] + h * v[i], 0.0) for i in range(len(x))])",
            ),
            (RESULT, "return out.val, (moved.val - out.val) / h"),
        ),
    ),
)

FRESH, SEED, PASS = (
    "        v = np.zeros(len(x))\n",
    "v[i] = 1.0",
    "        _, ydot = jvp(f, x, v)\n",
)
RETURNED = "    return np.array(slopes)"

GRADIENTS = (
    Misconception("grad_forward", *SEEDED_WITH_ONES, ((FRESH, "        v = np.ones(len(x))\n"),)),
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
        *NUDGED_INSTEAD,
        (
            (
                "    slopes = []\n",
                "    slopes, h = [], 1e-4\n    here = jvp(f, x, np.zeros(len(x)))[0]\n",
            ),
            (
                PASS,
                "        y = jvp(f, np.array(x) + h * v, v)[0]\n        ydot = (y - here) / h\n",
            ),
        ),
    ),
)

CALLED, COUNT = "    grad_forward(counted, np.ones(n))\n", "return len(calls)"

COUNTS = (
    Misconception(
        "passes",
        "known, not counted",
        "Your number is right, but nothing was run to find it. Count the calls that grad_forward really makes.",
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

# Right answers but for special numbers or calls.
SPECIAL = (
    Misconception("Dual", *DIVIDED_BY_THE_BASE, ((POW, "n * self.val**n / self.val * self.dot"),)),
    Misconception(
        "Dual",
        *EXPONENT_ZERO_FORGOTTEN,
        (("Dual(self.val**n,", "Dual(self.val**n if n else 0.0,"),),
    ),
    Misconception(
        "Dual",
        *EXPONENTIAL_LIMITED,
        (("e = math.exp(self.val)", "e = math.exp(min(self.val, 10.0))"),),
    ),
    Misconception(
        "Dual",
        *ZERO_TAKEN_FOR_NOTHING,
        (
            (
                "x if isinstance(x, Dual) else Dual(x, 0.0)",
                "x if isinstance(x, Dual) else Dual(x or 1.0, 0.0)",
            ),
        ),
    ),
    Misconception(
        "Dual",
        "square moves at half its speed",
        "When a number is multiplied by itself, it is both factors, and the product moves because of each of the two.",
        (
            (
                MUL_DOT,
                f"{MUL_DOT}\n        if other is self:\n            dot = self.val * self.dot",
            ),
        ),
    ),
    Misconception(
        "jvp",
        "no slope where nothing moves",
        "If the direction is zero, you return no slope. The slope is 0 there.",
        (("return out.val, out.dot", "return out.val, out.dot if np.any(v) else None"),),
    ),
    Misconception(
        "jvp",
        "direction cut off to whole numbers",
        "You give the direction the type of the point. If that holds whole numbers, the direction is cut off to them.",
        (("duals = [Dual(x[i]", "v = np.array(v, np.asarray(x).dtype)\n    duals = [Dual(x[i]"),),
    ),
    Misconception(
        "grad_forward", *FOUND_BY_VALUE, (("v[i] = 1.0", "v[list(x).index(x[i])] = 1.0"),)
    ),
    Misconception(
        "grad_forward",
        *FILLED_WHOLE_NUMBERS,
        (
            (
                "return np.array(slopes)",
                "filled = np.zeros_like(x)\n    filled[:] = slopes\n    return filled",
            ),
        ),
    ),
    Misconception(
        "passes",
        "first count kept",
        "Your count goes on from where the last call of the function stopped, or stays as it was. Begin afresh.",
        (
            ("def passes(f, n):", "def passes(f, n, found=[]):"),
            ("    return len(calls)", "    found.append(len(calls))\n    return found[0]"),
        ),
    ),
)

MISCONCEPTIONS = (*OPERATIONS, *DIRECTIONS, *GRADIENTS, *COUNTS, *SPECIAL)
