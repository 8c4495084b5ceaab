# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1 · Derivatives and a gradient checker
#
# *Slides 5–8, 10 and 11. About 60 minutes, 10 points.*
#
# All of deep learning asks one question over and over: if I nudge this number a little, how much does that one move?
# You can answer it in two ways, by a formula or by trying it out. Each is the best test of the other. At the end of
# this notebook you will be able to
#
# - differentiate a chain of functions, link by link,
# - measure the gradient of any function, for an `x` of any shape, without a formula,
# - say by how much two gradients differ, and choose a step that measures well,
# - write down the slopes of the three gates that networks are made of: multiply, add and max,
# - send an upstream gradient back through any function.
#
# Run the cells from top to bottom. Replace `raise NotImplementedError()` by your own lines, then run the check below.
# A check shows what it tried, what your code gave and what was expected, and you may run it as often as you like. At
# grading, hidden checks ask the same with other numbers, and can still take points away.
#
# A word is new? The lecture's words stand in the last cell.

# %% provided="setup"
import numpy as np

from autograder.student import check
from autograder.student.plots.derivatives import plot_partials, plot_slopes, plot_sweep

# %% [markdown]
# ## A slope is a rate of exchange
#
# **Slides 5–8.** The derivative of $f$ at $x$ says how fast $f$ changes when $x$ does:
#
# $$f'(x) = \lim_{h\to 0}\frac{f(x+h) - f(x)}{h}$$
#
# Take $f(x) = 4x$. Its slope is 4 wherever you stand: nudge $x$ by $h$ and $f$ moves by $4h$.
#
# Turned round, a slope predicts a change: $f(x + h) \approx f(x) + h\,f'(x)$. With the slope 4, a nudge of $h = 6$
# changes $f$ by $6 \cdot 4 = 24$. The 24 of slide 8 is such an *amount of change*; for a straight line it is exact.
#
# Now let this nudge of 6 be the work of another function in front, $u(t) = 6t$: a nudge of 1 at $t$ becomes 6 at $u$,
# and the 6 becomes 24 at $f$. The whole chain $f(u(t))$ has the slope $4 \cdot 6$. That is the *chain rule*. Slopes
# along a chain multiply:
#
# $$\frac{df}{dt} = \frac{df}{du}\cdot\frac{du}{dt}$$
#
# One thing needs care. The slope of the outer function $f$ is taken *where that function stands*, which is at $u(t)$
# and not at $t$.
#
# Try it on $\sin^2 x$, which means $(\sin x)^2$. Find the links of this chain first. At $x = 1$ you should get 0.9093.


# %% exercise="d_sin2"
def d_sin2(x):
    """The derivative of sin(x)**2, element by element.

    x: a number or an array of any shape, of floats or of integers, in radians.
    Returns float64 values of the same shape.
    """
    ### BEGIN SOLUTION
    return 2 * np.sin(x) * np.cos(x)
    ### END SOLUTION


# %% check="d_sin2"
check("d_sin2")

# %% [markdown]
# ## Measure a slope
#
# **Slides 5–8.** A computer cannot take the limit, but it can take a small step. Step to *both* sides and divide by
# the whole distance between the two points:
#
# $$f'(x) \approx \frac{f(x+h) - f(x-h)}{2h}$$
#
# This is the *centred difference*. Nothing need be known about $f$ but how to run it.
#
# A network does not have one $x$ but millions, held in arrays. Its *gradient* is an array of slopes with the shape of
# $x$: one for each element, measured by moving this element alone while all others stay where they are. For
# $f(x) = x_0x_1$ at $(4, -3)$ the value is $-12$ and you should get the gradient $(-3, 4)$.
#
# To visit every element of an array, whatever its number of axes, NumPy has `np.ndindex(x.shape)`: a loop over it
# gives one index after the other, such as `(0, 1)`, and `x[0, 1]` is then one element.


# %% exercise="num_grad"
def num_grad(f, x, h=1e-5):
    """The gradient of f at x by centred differences with step h.

    f: takes an array like x, or a number if x is one; returns a number.
    x: a number or an array of any shape, of floats or of integers.
    h: the step, a number above 0.
    Returns float64 numbers in the shape of x: each the slope along one
    element of x, while all others stay where they are.  Leaves x as it was.
    """
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=np.float64)
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        grad[i] = (f(x + step) - f(x - step)) / (2 * h)
    return grad
    ### END SOLUTION


# %% check="num_grad"
check("num_grad")

# %% [markdown]
# Two answers to one question. The line below is your formula, and the dots are your measurements. You should see
# every dot on the line, and the line crossing zero wherever $\sin^2 x$ has a top or a bottom.

# %% demo="slopes"
plot_slopes(d_sin2, num_grad)

# %% [markdown]
# ## How far apart are two gradients?
#
# Is a difference of 0.001 much? For slopes near 1000 it is next to nothing; for slopes near 0.001 it is everything.
# So divide by the size of what is compared:
#
# $$\text{rel\_error}(a, b) = \max_i \frac{|a_i - b_i|}{\max(|a_i|, |b_i|)}$$
#
# One case is left open: $a_i = b_i = 0$. Zeros are common in gradients, and they agree perfectly. Count them as an
# error of 0.


# %% exercise="rel_error"
def rel_error(a, b):
    """The largest relative error between a and b, over all their elements.

    a, b: two numbers, or two arrays of the same shape, any shape, of floats
    or of integers.
    Returns one number: the largest |a - b| / max(|a|, |b|), where an element
    that is 0 in both counts as 0.
    """
    ### BEGIN SOLUTION
    distance = np.abs(np.asarray(a) - np.asarray(b))
    size = np.maximum(np.abs(a), np.abs(b))
    size = np.where(size == 0, 1.0, size)
    return np.max(distance / size)
    ### END SOLUTION


# %% check="rel_error"
check("rel_error")

# %% [markdown]
# ## Which step?
#
# A limit wants $h$ as small as can be. A computer does not. Two errors pull in opposite directions:
#
# - **The step is too large.** Over a distance of $h$ the function bends. Taylor's series says by how much: a *forward
#   difference*, $(f(x+h) - f(x))/h$, is off by about $\frac{h}{2}f''$; the centred one only by $\frac{h^2}{6}f'''$,
#   because the bend is the same on both sides and cancels.
# - **The step is too small.** `float64` keeps about 16 digits. The two values of $f$ agree in most of them, and the
#   subtraction leaves only the last few, which are rounded. Divided by $h$, that rounding becomes an error of about
#   $10^{-16}\,|f|/h$.
#
# Measure both kinds of difference against the exact slope, with many steps.


# %% exercise="fd_sweep"
def fd_sweep(f, df, x, hs):
    """Relative errors of two measured slopes of f at x, for many steps.

    f, df: take a number, return a number; df is the exact derivative of f.
    x: a number.  hs: an array of n steps, all above 0, in any order.
    Returns (forward, centred), each (n,): for every h of hs the rel_error
    between df(x) and the forward difference with step h, and between df(x)
    and the centred difference.
    """
    ### BEGIN SOLUTION
    exact = df(x)
    forward = [rel_error((f(x + h) - f(x)) / h, exact) for h in hs]
    centred = [rel_error(num_grad(f, x, h), exact) for h in hs]
    return np.array(forward), np.array(centred)
    ### END SOLUTION


# %% check="fd_sweep"
check("fd_sweep")

# %% [markdown]
# Your errors for the sigmoid $\sigma(x) = 1/(1+e^{-x})$ at $x = 1$, whose exact slope is $\sigma(1-\sigma)$. Both
# axes count powers of ten. Read the picture from right to left. You should see
#
# - two straight lines falling as $h$ shrinks, the centred one twice as steep: a tenth of the step is a hundredth of
#   its error,
# - noise rising again on the left, the same for both,
# - at $h = 10^{-5}$ an error of 2.3e-6 for the forward and of about 9e-12 for the centred difference,
# - at $h = 10^{-13}$ an error of about 2e-3 for the centred one: eight digits are gone.
#
# That is why checkers step to both sides, and why `num_grad` uses $h = 10^{-5}$ unless it is told otherwise.

# %% demo="sweep"
plot_sweep(fd_sweep)

# %% [markdown]
# ## Three gates
#
# **Slides 10 and 11.** A function of two numbers has two slopes, its *partial derivatives*: $\partial f/\partial x$
# moves $x$ and holds $y$, $\partial f/\partial y$ moves $y$ and holds $x$. Nearly everything in a network is made of
# three such functions:
#
# - **multiply**, $f = xy$: if $y$ is held, $f$ is a straight line in $x$. What is its slope?
# - **add**, $f = x + y$: a nudge of either input goes straight through.
# - **max**, $f = \max(x, y)$: only one of the inputs is to be seen at the output. The other may move a little without
#   anybody noticing.
#
# At $x = 4$, $y = -3$ the product is $-12$, with the slopes $-3$ and $4$: raise $x$ a little and the product *falls*,
# three times as fast.

# %% [markdown]
# *A note on the slides.* At a tie, $x = y$, max has a corner, and a corner has no single slope. Slide 11 lets both
# inputs have the gradient there. Each alone is fair, since raising either input does raise the maximum. But raise both
# and it grows once, not twice; slide 13 hands the gradient to exactly one of them, and that adds up. The ReLU,
# $\max(0, x)$, has the same corner at 0: slide 11 sets its slope there to 1, most libraries to 0. Any value between
# the slopes on the two sides is defensible, so no check of this notebook looks at a tie.


# %% exercise="partials"
def partials(op, x, y):
    """The two partial derivatives of a gate with two inputs.

    op: "mul" for x*y, "add" for x+y, "max" for max(x, y).
    x, y: numbers; for "max" they are never equal.
    Returns (fx, fy): df/dx and df/dy, two numbers.
    """
    ### BEGIN SOLUTION
    if op == "mul":
        return y, x
    if op == "add":
        return 1.0, 1.0
    return (1.0, 0.0) if x > y else (0.0, 1.0)
    ### END SOLUTION


# %% check="partials"
check("partials")

# %% [markdown]
# The three gates seen from above. Along each grey line $f$ stays the same, and darker blue means a larger $f$. The
# arrows are your $(f_x, f_y)$, drawn at half their length. You should see every arrow start at a right angle to the
# grey lines and point uphill, longer where the hill is steeper. For max each arrow runs along one axis only: the
# smaller input gets nothing.

# %% demo="partials"
plot_partials(partials)

# %% [markdown]
# ## When the output is an array
#
# So far $f$ returned one number. A layer returns many, and the rest of the network has an opinion on each: the
# *upstream gradient* `dout`, which holds the slope of the final loss $L$ with respect to every output of $f$. It has
# the shape of that output.
#
# What $x$ should know is the slope of $L$ itself. The chain rule multiplies along each way from $x$ to $L$, and the
# ways through different outputs add up:
#
# $$\frac{\partial L}{\partial x_i} = \sum_k \text{dout}_k\,\frac{\partial f_k}{\partial x_i}$$
#
# This is a *vector-Jacobian product*, VJP for short. The smallest one: $f(x) = 4x$, with 6 arriving from above, hands
# back $6 \cdot 4 = 24$.
#
# There is no need for a new measurement. Since `dout` is held, the sum $\sum_k \text{dout}_k\,f_k(x)$ is *one number*
# that depends on $x$, and the gradient of such a thing you can measure already.


# %% exercise="num_vjp"
def num_vjp(f, x, dout, h=1e-5):
    """The gradient of sum(dout * f(x)) with respect to x, measured.

    f: takes an array like x, or a number if x is one; returns an array of
    any shape, or a number.
    x: a number or an array of any shape, of floats or of integers.
    dout: the upstream gradient dL/df, in the shape of f(x); never the array x
    itself.
    h: the step of the centred differences, a number above 0.
    Returns dL/dx: float64 numbers in the shape of x.  Leaves x and dout as
    they were.
    """
    ### BEGIN SOLUTION
    return num_grad(lambda moved: np.sum(dout * f(moved)), x, h)
    ### END SOLUTION


# %% check="num_vjp"
check("num_vjp")

# %% [markdown]
# ## What you have now
#
# A gradient checker: measure with `num_vjp`, compare with `rel_error`, and a wrong backward pass has nowhere to hide.
# The checks of later notebooks work like this inside, with many steps in place of one. Notebook 2 joins gates into
# circuits and goes back through them by formula: that takes one pass, where measuring takes two for every number.

# %% [markdown]
# ## The lecture's words
#
# For all eight notebooks. The last column is the slide that they name for a word; a dash: none.
#
# | word | meaning | slide |
# |---|---|---|
# | activation | a neuron's output, and the function that makes it from the weighted sum | 3 |
# | adjoint | the slope of the final output with respect to a number inside, written with a bar | 25 |
# | automatic differentiation (AD) | exact slopes of a program, found step by step while it runs | 19 |
# | backpropagation | the backward pass through the graph of a network: reverse-mode AD | 19 |
# | batch, mini-batch | the few examples that one step of training looks at | 2 |
# | bias | a weight whose input is always 1 | 3 |
# | chain rule | slopes of functions in a row are multiplied | 7 |
# | circuit, computational graph | gates or steps as nodes, numbers as wires between them | 12 |
# | cost, loss | one number that says how wrong an answer is | 29 |
# | epoch | one pass of training through all examples | – |
# | fork | a number that is used twice; what comes back from both uses adds up | 17 |
# | forward pass, backward pass | from the inputs to the output; from the output back to all slopes | 12 |
# | forward mode | AD that carries each slope along with its value, for one input at a time | 21 |
# | gate | one operation of a circuit | 12 |
# | gradient | all partial derivatives of one number together | 10 |
# | Jacobian | the table of slopes of every output with respect to every input | – |
# | leaf | a node that is an input, not made by an operation | 28 |
# | learning rate, α | how much of the gradient one step takes | 3 |
# | local derivative | the slope of one gate's output with respect to its own input | 12 |
# | primal, tangent | a value, and the slope that forward mode carries with it | 22 |
# | reverse mode | AD that starts at the output and gives the slopes of all inputs in one sweep | 25 |
# | saturated | so far out on a sigmoid that hardly any gradient passes | 14 |
# | seed | the slope that a sweep starts with: 1 where it starts | 23 |
# | SGD | stochastic gradient descent: a step against the gradient of each mini-batch | 2 |
# | topological order | an order of nodes in which nobody comes before what it is made from | – |
# | upstream gradient, dout | the slope of the final output with respect to this gate's output | 12 |
# | vector-Jacobian product (vjp) | the upstream gradient sent back through a function | – |
