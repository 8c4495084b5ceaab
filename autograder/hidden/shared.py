"""Words of mistakes that more than one exercise knows: a name, and what a student reads."""

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
    "You give the bias no gradient. It moves the sum one for one, so it shares in the blame.",
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
