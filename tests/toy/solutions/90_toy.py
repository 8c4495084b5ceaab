# %% [markdown]
# # The toy course
#
# Two exercises, one written question: as small as an assignment can be with everything in it.

# %% provided="setup"
# %matplotlib inline
import numpy as np

from autograder.student import check

# %% [markdown]
# ## Twice
#
# Twice the sine, element by element.


# %% exercise="double"
def double(x):
    """Twice the sine of x.

    x: a number or an array.  Returns the same shape.
    """
    ### BEGIN SOLUTION
    sine = np.sin(np.asarray(x, dtype=np.float64))
    return sine + sine
    ### END SOLUTION


# %% check="double"
check("double")

# %% [markdown]
# ## The chain rule
#
# A function of a function.


# %% exercise="chain"
def chain(x, dout):
    """The square of double(x) and its gradient.

    x: a number.  dout: the upstream gradient.  Returns (f, dx).
    """
    ### BEGIN SOLUTION
    inner = double(x)
    slope = 2 * np.cos(x)
    ### END SOLUTION
    # Two regions in one cell: what stands between them stays.
    ### BEGIN SOLUTION
    return inner**2, dout * 2 * inner * slope
    ### END SOLUTION


# %% check="chain"
check("chain")

# %% demo="table"
print([round(float(double(x)), 3) for x in (0.0, 0.5, 1.0)])

# %% [markdown]
# ## In your own words
#
# Why is the gradient zero where the cosine is?

# %% [markdown] written="why"
# ### BEGIN SOLUTION
# The inner slope is a factor of the gradient, and it vanishes there.
# ### END SOLUTION

# %% [markdown]
# That is all.
