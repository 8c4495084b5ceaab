# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5 · Forward-mode automatic differentiation
#
# *Slides 19–24. About 60 minutes, 10 points.*
#
# So far you have found slopes in two ways: with pencil and paper, and by nudging. In this notebook the program finds
# them itself, all digits of them, while it runs. At the end you will be able to
#
# - write a number that knows how fast it moves, and teach it arithmetic,
# - differentiate any program made of such numbers, loops and branches included, along any direction,
# - get all slopes of a function of many inputs, and say what that costs.
#
# Run the cells from top to bottom. Replace `raise NotImplementedError()` by your own lines, then run the check below.
# At grading, hidden checks ask the same with other numbers, and can still take points away.
#
# A word is new? The lecture's words stand in the last cell of notebook 1.

# %% provided="setup"
import math

import numpy as np

from autograder.student import check
from autograder.student.plots.forward_mode import plot_passes, plot_trace

# %% [markdown]
# ## Three ways to a slope
#
# *Beyond the slides:* a computer can differentiate in three ways.
#
# | way | what it does | the catch |
# |---|---|---|
# | numerical | nudges an input and looks how far the output moves | nearly right at best, as you saw in notebook 1 |
# | symbolic | turns a formula into the formula of its slope | needs a formula; a program has loops and branches |
# | *automatic* | runs the program, and follows the slope of every number in it | neither of these two |
#
# **Slide 19.** *Automatic differentiation*, AD for short, is the third. It is exact like a formula and takes any
# program like nudging: however long a program is, it is made of a few kinds of steps, the slope of each kind is
# known, and the chain rule joins them. There are two orders in which to join them.
#
# - *Forward mode* starts at an input and goes the way of the program. It gives the slopes of everything with respect to
#   this one input. This notebook is about it.
# - *Reverse mode* starts at the output and goes back. It gives the slopes of this one output with respect to
#   everything. Notebook 6 is about it.
#
# **Backpropagation is reverse-mode AD on the graph of a network.**
#
# **Slide 20.** The running example is $z = xy + \sin x$. A computer evaluates it in three steps, each of which makes
# one new number out of earlier ones:
#
# $$a = xy, \qquad b = \sin x, \qquad z = a + b$$
#
# For small changes `dx` and `dy` of the inputs, every step has its own:
#
# $$da = y\,dx + x\,dy, \qquad db = \cos x\;dx, \qquad dz = da + db$$

# %% [markdown]
# ## Everything moves
#
# **Slides 21 and 22.** Divide these changes by the time that they take, and they become speeds. Imagine that the
# inputs are moving, and write $\dot v$ for the speed of a number $v$. How fast is each of the others then? Every step
# has its answer, by the rules of differentiation that you know:
#
# $$\dot a = y\,\dot x + x\,\dot y, \qquad \dot b = \cos x\;\dot x, \qquad \dot z = \dot a + \dot b$$
#
# Each line stands right beside the step that it belongs to, and needs nothing but numbers that are there already. So
# values and speeds can be worked out together, from the top to the bottom, in a single run. This is why it is called
# *forward mode*. In general, a step $c = f(a, b)$ has
#
# $$\dot c = \frac{\partial f}{\partial a}\,\dot a + \frac{\partial f}{\partial b}\,\dot b$$
#
# **Slides 23 and 24.** Somebody has to say how fast the inputs move. That is the *seed*. Let $x$ move at speed 1 and
# $y$ stand still, $\dot x = 1$ and $\dot y = 0$: then $\dot z$ is how fast $z$ moves when only $x$ does, and that is
# $\partial z/\partial x$.
#
# *Beyond the slides:* for $\partial z/\partial y$ the seed is $\dot x = 0$ and $\dot y = 1$, and all steps are run
# through once more.

# %% [markdown]
# ## A number that knows how fast it moves
#
# A `Dual` is a pair of numbers that travel together:
#
# | attribute | holds | also called |
# |---|---|---|
# | `val` | the number itself | *primal* |
# | `dot` | its speed, the derivative with respect to whatever the seed says | *tangent* |
#
# Every operation makes a new `Dual` and leaves those that it was made from as they are. Nothing has to be remembered:
# once `out` is there, nobody will ask how it was made.
#
# Addition is done, as a pattern for the others. Note that a plain number becomes a `Dual` first, so that `a + 2` works.
# This is what `as_dual` is for. A plain number is a constant; you decide how fast a constant moves.
#
# In `2 - a` it is the plain number that comes first. Python then asks `a` for its `__rsub__`, the *reflected*
# operator, and hands it the 2 as `other`. In a sum or a product the order does not matter. In the others it does.
#
# Should you have forgotten a slope: that of $1/v$ is $-1/v^2$, that of $\log v$ is $1/v$, and that of the sigmoid you
# have found in notebook 3. Whatever the slope is, it has to meet the speed of the number that goes in.


# %% exercise="Dual"
def as_dual(x):
    """x itself if it is a Dual, else the number x as a new Dual: a constant."""
    ### BEGIN SOLUTION
    return x if isinstance(x, Dual) else Dual(x, 0.0)
    ### END SOLUTION


class Dual:
    """A number that knows how fast it moves.

    val: the number.  dot: its derivative with respect to what was seeded.
    Operations return a new Dual and change none that is there.
    """

    def __init__(self, val, dot):
        self.val = float(val)
        self.dot = float(dot)

    def __add__(self, other):
        """self + other; other is a Dual or a plain number."""
        other = as_dual(other)
        return Dual(self.val + other.val, self.dot + other.dot)

    def __sub__(self, other):
        """self - other; other is a Dual or a plain number."""
        ### BEGIN SOLUTION
        other = as_dual(other)
        return Dual(self.val - other.val, self.dot - other.dot)
        ### END SOLUTION

    def __mul__(self, other):
        """self * other; other is a Dual or a plain number."""
        ### BEGIN SOLUTION
        other = as_dual(other)
        dot = self.dot * other.val + self.val * other.dot
        return Dual(self.val * other.val, dot)
        ### END SOLUTION

    def __truediv__(self, other):
        """self / other; other is a Dual or a plain number, not 0."""
        ### BEGIN SOLUTION
        other = as_dual(other)
        rise = self.dot * other.val - self.val * other.dot
        return Dual(self.val / other.val, rise / other.val**2)
        ### END SOLUTION

    def __pow__(self, n):
        """self ** n; n is a plain number.

        Asked only where value and slope are real numbers: n is at least 1
        if self is 0, and whole if self is negative.
        """
        ### BEGIN SOLUTION
        return Dual(self.val**n, n * self.val ** (n - 1) * self.dot)
        ### END SOLUTION

    def sin(self):
        """The sine of self."""
        ### BEGIN SOLUTION
        return Dual(math.sin(self.val), math.cos(self.val) * self.dot)
        ### END SOLUTION

    def exp(self):
        """e to the power of self."""
        ### BEGIN SOLUTION
        e = math.exp(self.val)
        return Dual(e, e * self.dot)
        ### END SOLUTION

    def log(self):
        """The natural logarithm of self, which is positive."""
        ### BEGIN SOLUTION
        return Dual(math.log(self.val), self.dot / self.val)
        ### END SOLUTION

    def sigmoid(self):
        """1 / (1 + e**-self); self is between -30 and 30."""
        ### BEGIN SOLUTION
        s = 1 / (1 + math.exp(-self.val))
        return Dual(s, s * (1 - s) * self.dot)
        ### END SOLUTION

    def __radd__(self, other):
        """other + self; other is a plain number."""
        ### BEGIN SOLUTION
        return self + other
        ### END SOLUTION

    def __rsub__(self, other):
        """other - self; other is a plain number."""
        ### BEGIN SOLUTION
        return as_dual(other) - self
        ### END SOLUTION

    def __rmul__(self, other):
        """other * self; other is a plain number."""
        ### BEGIN SOLUTION
        return self * other
        ### END SOLUTION

    def __rtruediv__(self, other):
        """other / self; other is a plain number, self is not 0."""
        ### BEGIN SOLUTION
        return as_dual(other) / self
        ### END SOLUTION

    def __neg__(self):
        return self * -1

    def __repr__(self):
        return f"Dual(val={self.val:.4f}, dot={self.dot:.4f})"


# %% check="Dual"
check("Dual")

# %% [markdown]
# Now the steps of slides 21–24 as a table, which is beyond the slides too. Your own class fills it in, at $x = \pi/2$
# and $y = 3$. Read it from the top to the bottom, in the order in which the numbers come into being. You should see
# $z = 5.7124$. In the first pass $\dot z = 3$: that is $y + \cos x$, and $\cos x$ is 0 here. In the second
# $\dot z = 1.5708$, which is $x$.

# %% demo="trace_slide"
plot_trace(Dual, math.pi / 2, 3)

# %% [markdown]
# At the slide's point $\dot b$ is zero in both passes, because the cosine of $\pi/2$ is. That is an accident of this
# point: a sine with a wrong slope, or with none, would not be noticed here. So here is the same table at
# $x = 0.7$ and $y = -1.3$, where you should see $\dot z = -0.5352$ and $\dot z = 0.7$.

# %% demo="trace_elsewhere"
plot_trace(Dual, 0.7, -1.3)

# %% [markdown]
# ## Along any direction
#
# A seed may be anything, not only a single 1. Let the inputs $x_1, \dots, x_n$ move at speeds $v_1, \dots, v_n$, all at
# once. Then one run of $f$ gives the value $y = f(x)$, and how fast it moves:
#
# $$\dot y = \frac{\partial f}{\partial x_1}\,v_1 + \dots + \frac{\partial f}{\partial x_n}\,v_n$$
#
# In words: the slope of $f$ at $x$ *along* $v$. All slopes of $f$ stand in its Jacobian matrix $J$, and this is the
# product $Jv$; hence the name, *Jacobian-vector product* or jvp. Twice the speed gives twice the slope: $v$ need not
# have length 1, and is taken as it is.
#
# For $f(x) = x_1 x_2 + \sin x_1$ at $(\pi/2, 3)$ you should get $y = 5.7124$ in any direction, $\dot y = 3$ along
# $(1, 0)$, $\dot y = 1.5708$ along $(0, 1)$, and along $(1, 1)$ the sum of the two.


# %% exercise="jvp"
def jvp(f, x, v):
    """Value of f at x and its slope along v, from one call of f.

    f: takes a list of n Duals, returns a Dual.  x: (n,) numbers, the point.
    v: (n,) numbers, the direction.  Both are lists or arrays, left unchanged.
    Returns (y, ydot), two numbers: f at x, and the sum over all inputs of
    the slope along the input times its element of v.
    """
    ### BEGIN SOLUTION
    duals = [Dual(x[i], v[i]) for i in range(len(x))]
    out = f(duals)
    return out.val, out.dot
    ### END SOLUTION


# %% check="jvp"
check("jvp")

# %% [markdown]
# ## One pass for each input
#
# Along $(1, 0, \dots, 0)$ the jvp is the slope along the first input, along $(0, 1, 0, \dots, 0)$ along the second, and
# so on. That is the whole gradient, one element a pass.
#
# Could one pass do, with every input seeded with 1? It gives one number, and that is the sum of all slopes. Nobody can
# take the sum apart again.
#
# For the running example at $(0.7, -1.3)$ you should get $(-0.5352, 0.7)$.


# %% exercise="grad_forward"
def grad_forward(f, x):
    """All slopes of f at x, by one pass for each input.

    f: takes a list of n Duals, returns a Dual.  x: (n,) numbers, a list or
    an array, left unchanged.
    Calls f n times.  Returns (n,) numbers: the slope of f along each input,
    0 for an input that f does not use.
    """
    ### BEGIN SOLUTION
    slopes = []
    for i in range(len(x)):
        v = np.zeros(len(x))
        v[i] = 1.0
        _, ydot = jvp(f, x, v)
        slopes.append(ydot)
    return np.array(slopes)
    ### END SOLUTION


# %% check="grad_forward"
check("grad_forward")

# %% [markdown]
# ## What it costs
#
# Whoever claims what a program costs should count. A function can count its own calls: hand `grad_forward` not $f$
# itself, but a function of your own that makes a note, calls $f$ and returns what $f$ returns. A function that is
# defined inside another one may append to a list of the outer one; to assign to a number of the outer one, it must
# first say so, with a line like `nonlocal count`.


# %% exercise="passes"
def passes(f, n):
    """How many times grad_forward calls f, a function of n inputs; counted.

    f: takes a list of n Duals, returns a Dual; it is defined where all its
    inputs are 1.  n: a whole number, at least 1.
    Runs grad_forward once, and f only through it.  Returns the count, a
    whole number; a second call begins to count afresh.
    """
    ### BEGIN SOLUTION
    calls = []

    def counted(v):
        calls.append(v)
        return f(v)

    grad_forward(counted, np.ones(n))
    return len(calls)
    ### END SOLUTION


# %% check="passes"
check("passes")

# %% [markdown]
# The orange line is counted by your own code. You should see it rise in step with the inputs: one pass for each. The
# blue line is *reverse mode*, which you will write in notebook 6: it runs through all steps once forwards and once
# back, so it takes two passes for any number of inputs. With one input forward mode is cheaper, with two they are
# equal, and at a hundred inputs reverse mode is fifty times as cheap. A network has a million inputs of this kind, its
# weights, and only one output, its loss. Notebook 6 draws the same two lines, with every single operation counted.
#
# Forward mode has its own merits. It keeps no intermediate numbers. And if a function has one input and many outputs, a
# single pass gives the slopes of all of them.

# %% demo="passes"
plot_passes(passes)

# %% [markdown]
# ## What you have now
#
# Slopes with all their digits, of any program made of your operations. The seed asks one question: how does everything
# move if *this* moves? Notebook 6 turns the question round, and gets the answers for all inputs at once.
