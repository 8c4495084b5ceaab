"""The words of mistakes that more than one exercise knows: a name, and what a student reads."""

UPSTREAM_IGNORED = (
    "upstream gradient ignored",
    "Your gradients are right only where the gradient that arrives from above is 1 everywhere. Whatever arrives must "
    "multiply all of them.",
)
BIAS_FORGOTTEN = (
    "bias forgotten",
    "Your sum holds only the products of weights and inputs. The bias belongs to it as well.",
)
BIAS_WITHOUT_GRADIENT = (
    "bias gradient zero",
    "You give the bias no gradient. A change of the bias changes the sum by as much, so its gradient is not zero.",
)
DIVIDED_BY_N = (
    "extra 1/N",
    "You divide by the number of examples. Whether a loss is a sum or a mean is settled where the loss is computed; "
    "a mean's 1/N has already arrived inside the upstream gradient.",
)
UPHILL = (
    "step uphill",
    "Your step goes in the direction of the gradient, so the loss grows. Descend.",
)
RATE_MISSING = (
    "rate missing",
    "Your step is the whole gradient. The learning rate says how much of it to take.",
)
OTHER_ORDER = (
    "results in another order",
    "Each number is right by itself, and you return them in another order than the one that is asked for.",
)
WITH_A_CACHE = (
    "a pair where one array is asked for",
    "You return two things, the result and something to keep. Only the result is asked for.",
)
ONE_NUMBER_ONLY = (
    "one number at a time",
    "Your answer works for a single number and stops at an array. NumPy's functions take whole arrays; those of math, "
    "`if` and `max` do not.",
)
TARGET_FIXED = (
    "target fixed",
    "You compare with a number that you wrote down. The number wanted is handed in.",
)
EXPONENT_NOT_LOWERED = (
    "exponent not lowered",
    "Your power's slope has the factor in front, but still the old exponent.",
)
POWERS_FACTOR_LOST = (
    "factor of the power lost",
    "Your power's slope has the lower exponent but lacks the factor that comes down from it.",
)
SIGN_OF_THE_COSINE = (
    "sign of the cosine",
    "The slope of your sine has the wrong sign. Near zero the sine rises.",
)
SINE_FOR_ITS_SLOPE = (
    "sine for its slope",
    "You multiply by the sine itself. Its slope is another function: it is 1 at zero, where the sine is 0.",
)
EXPONENTIALS_INPUT = (
    "exponential's input for its output",
    "You multiply by the number that went into the exponential. Its slope is the number that came out.",
)
CLIPPED = (
    "upstream gradient clipped",
    "You limit the size of the gradient that arrives from above. Then large gradients come out too small; a backward "
    "pass hands on whatever arrives.",
)
ONE_ARRAY_FOR_ALL_CALLS = (
    "one array for all calls",
    "Your calls all return the same array, so a later call changes what an earlier one returned. Make a new array in "
    "every call.",
)
NUDGED_INSTEAD = (
    "measured by nudging",
    "You measure slopes with small steps. That takes more calls of the function and is only nearly right; the class "
    "that you wrote is exact.",
)
ZERO_FOR_NOTHING = (
    "0 taken for a value left out",
    "Where a 0 is handed in, you use a default value instead. Python takes 0 for false, so `a or b` is b when a is 0.",
)
ROUNDED = (
    "rounded to whole numbers",
    "Your numbers are whole, like the slide's. A slope may be any number: look for round, int or //.",
)
NEARLY_A_TIE = (
    "nearly equal taken for equal",
    "You treat numbers that are nearly equal as if they were equal. However small the difference, one is the larger.",
)
WHOLE_PARTS_COMPARED = (
    "whole parts compared",
    "You compare whole numbers, and int cuts off what stands behind the point: 1.7 and 1.2 are not equal.",
)
DIVIDED_BACK = (
    "slope by dividing",
    "You find the other factor by dividing the product. That fails where a factor is 0, and the other factor is at "
    "hand.",
)
GRADIENT_LIMITED = (
    "gradient limited",
    "Your gradient never goes beyond a limit of your own. That may help a network to train; it is not the gradient.",
)
KEPT_BETWEEN_CALLS = (
    "memory kept between calls",
    "Your first call is right, and later calls find what earlier ones left behind. A list or a set that stands "
    "outside of the function, or is a default value, is made once and not anew in every call.",
)


def measuring(step: str = "2.0**-13") -> str:
    """The source of a function, inside an answer, that measures the slopes of f at v.

    step: small enough for the slopes to be right, large enough for the rounding of f not to show in
    other checks.
    """
    return f"""\
def measured(f, v):
        g, step = np.zeros(v.shape), {step}
        for i in np.ndindex(*v.shape):
            e = np.zeros(v.shape)
            e[i] = step
            g[i] = (8 * (f(v + e) - f(v - e)) - f(v + 2 * e) + f(v - 2 * e)) / (12 * step)
        return g

    """


DIVIDED_BY_THE_BASE = (
    "slope of the power divided by the base",
    "Your power finds its slope by dividing by the base, which fails where the base is 0, although there is a slope.",
)
EXPONENT_ZERO_FORGOTTEN = (
    "exponent 0 taken for no power",
    "Any number to the power of 0 is 1. Yours is 0 there.",
)
EXPONENTIAL_LIMITED = (
    "exponential stops growing",
    "Your exponential treats every number above 10 like 10. It grows without end.",
)
ZERO_TAKEN_FOR_NOTHING = (
    "plain 0 taken for nothing",
    "You treat the plain number 0 like a number that is not there. Python's `or` takes 0 for false.",
)
FILLED_WHOLE_NUMBERS = (
    "slopes cut off to whole numbers",
    "Your slopes are cut off to whole numbers if the point holds whole numbers: an array made like the point has its "
    "type, too.",
)
FOUND_BY_VALUE = (
    "inputs told apart by their numbers",
    "You look up an input by its number. If two inputs hold the same number, only the first is found.",
)
