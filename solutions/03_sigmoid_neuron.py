# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 3 · The sigmoid neuron
#
# *Slides 3, 4, 11, 14 and 15. About 75 minutes, 13 points.* A person reads the answer to the written
# question.
#
# One neuron is enough to see all of backpropagation at work: it multiplies, adds, squashes the sum into a
# probability, and sends a gradient back along the same wires. At the end of this notebook you will be able to
#
# - write a sigmoid that neither overflows nor warns, and its derivative from its **output** alone,
# - run one neuron forwards, keep what the backward pass needs, and run it backwards,
# - take the sigmoid apart into four gates and read the gradient on every wire,
# - do the same for a ReLU neuron and take one training step with a tanh neuron,
# - tell from signs alone which way every weight of a small network must move.
#
# Run the cells from top to bottom. Replace `raise NotImplementedError()` by your own lines, then run the check below.
# A check shows what it tried, what your code gave and what was expected, and you may run it as often as you like. At
# grading, hidden checks ask the same with other numbers, and can still take points away.
#
# A word is new? The lecture's words stand in the last cell of notebook 1.

# %% provided="setup"
import numpy as np

from autograder.student import check
from autograder.student.plots.sigmoid_neuron import plot_saturation, plot_sigmoid_gates

# %% [markdown]
# ## Squash a sum into a probability
#
# **Slide 3.** A neuron adds up weighted inputs and passes the sum through an activation. With the *sigmoid*
#
# $$\sigma(x) = \frac{1}{1 + e^{-x}}$$
#
# the result lies between 0 and 1 and can be read as a probability.
#
# The formula has a trap. For $x = -800$ the computer needs $e^{800}$, which is larger than any `float64`. NumPy
# warns of the overflow and goes on with infinity. Here the end is right by luck, because $1/(1 + \infty)$ is 0.
# Multiply numerator and denominator by $e^{x}$:
#
# $$\sigma(x) = \frac{e^{x}}{1 + e^{x}}$$
#
# The two forms are equal, and each is safe where the other is not: at $x = 800$ this one is $\infty/\infty$, a `nan`.


# %% exercise="sigmoid"
def sigmoid(x):
    """The sigmoid of x, element by element.

    x: a number or an array of any shape, also of integers.
    Returns float64 values of the same shape, right and free of overflow
    warnings for |x| up to 800.  Leaves x unchanged.
    """
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=np.float64)
    shrunk = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + shrunk), shrunk / (1 + shrunk))
    ### END SOLUTION


# %% check="sigmoid"
check("sigmoid")

# %% [markdown]
# ## Its derivative, for free
#
# **Slide 15.** The chain rule gives the sigmoid's derivative:
#
# $$f = \sigma(x) = \frac{1}{1 + e^{-x}}, \qquad \frac{d\sigma}{dx} = \frac{e^{-x}}{(1 + e^{-x})^2}$$
#
# It can be written with nothing but the value $f$, and the slide does so. Find the form yourself: what is
# $e^{-x}/(1 + e^{-x})$ in terms of $f$? Then the backward pass does not need $x$ any more. It needs the number that
# the forward pass has just computed. For $f = 0.7311$ you should get 0.1966.


# %% exercise="sigmoid_grad"
def sigmoid_grad(f):
    """The derivative of the sigmoid, from its output.

    f: the sigmoid's value, a number or a float64 array of any shape.
    Returns d(sigmoid)/dx in the same shape.
    """
    ### BEGIN SOLUTION
    f = np.asarray(f, dtype=np.float64)
    return (1 - f) * f
    ### END SOLUTION


# %% check="sigmoid_grad"
check("sigmoid_grad")

# %% [markdown]
# The picture below is drawn by **your** two functions. You should see an S from 0 to 1, and below it a bump whose
# top is exactly $\tfrac14$ at $x = 0$. In the shaded regions the slope is under 0.01: whatever gradient arrives
# there from above, hardly anything passes. The neuron is *saturated*.

# %% demo="saturation"
plot_saturation(sigmoid, sigmoid_grad)

# %% [markdown]
# ## One neuron, forwards
#
# **Slide 15.** The neuron has two inputs and three weights; the last weight is the bias:
#
# $$\text{dot} = w_0 x_0 + w_1 x_1 + w_2, \qquad f = \sigma(\text{dot})$$
#
# A forward pass has two jobs: compute the output, and put aside whatever the backward pass will want to look up.
# What you keep in `cache`, and in which form, is up to you. Only your own `neuron_backward` will read it.


# %% exercise="neuron_forward"
def neuron_forward(w, x):
    """Forward pass of one sigmoid neuron.

    w: (3,) weights, the last one is the bias.  x: (2,) inputs.  Both are
    float64 arrays.
    Returns (f, cache): the output, a number, and whatever neuron_backward
    needs; other forward passes may run before neuron_backward does.
    """
    ### BEGIN SOLUTION
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = sigmoid(dot)
    return f, (w, x, f)
    ### END SOLUTION


# %% check="neuron_forward"
check("neuron_forward")

# %% [markdown]
# ## And backwards
#
# **Slide 15.** Go back along the wires. First through the sigmoid, then through the sum, then through each product:
#
# $$\frac{\partial L}{\partial \text{dot}} = \text{dout}\cdot\sigma'(\text{dot}), \qquad
# \frac{\partial L}{\partial w_i} = \frac{\partial L}{\partial \text{dot}}\,\frac{\partial\,\text{dot}}{\partial
# w_i}$$
#
# Here `dout` is the *upstream gradient* $\partial L/\partial f$: what the rest of the network says about this
# neuron's output. On the slide it is 1, because there the neuron is the whole network. Yours must work inside a
# larger one. (In practice only the weights move. The gradient of $x$ is still needed wherever $x$ is the output of a
# neuron before this one: it is that neuron's `dout`.)
#
# With $w = (2, -3, -3)$, $x = (-1, -2)$ and `dout` = 1 you should get $f = 0.7311$,
# $\partial w = (-0.1966, -0.3932, 0.1966)$ and $\partial x = (0.3932, -0.5898)$.


# %% exercise="neuron_backward"
def neuron_backward(dout, cache):
    """Backward pass of one sigmoid neuron.

    dout: the upstream gradient dL/df, a number.
    cache: what neuron_forward returned beside f; it may serve several times.
    Returns (dw, dx): dL/dw (3,) and dL/dx (2,).
    Write formulas: a gradient that is measured with small differences of the
    forward pass earns nothing.
    """
    ### BEGIN SOLUTION
    w, x, f = cache
    ddot = dout * sigmoid_grad(f)
    dw = ddot * np.array([x[0], x[1], 1.0])
    dx = ddot * np.array([w[0], w[1]])
    return dw, dx
    ### END SOLUTION


# %% check="neuron_backward"
check("neuron_backward")

# %% [markdown]
# ## The same neuron, gate by gate
#
# **Slide 14.** You do not have to know the derivative of the sigmoid. Split it into gates that everybody can
# differentiate:
#
# | gate | forward | local derivative |
# |---|---|---|
# | times −1 | $\text{neg} = -\text{dot}$ | $-1$ |
# | exp | $a = e^{\text{neg}}$ | $a$ |
# | plus 1 | $b = a + 1$ | $1$ |
# | one over | $c = 1/b$ | $-1/b^2$ |
#
# Going back, every gate does one thing: *multiply the gradient that arrives by its local derivative and pass it
# on.* At the output the gradient is $\partial c/\partial c = 1$.
#
# Keep full precision. The slide prints two decimals so that it fits on the wires; a computer that rounds half-way
# gets a wrong answer at the end.


# %% exercise="sigmoid_staged"
def sigmoid_staged(w, x):
    """The sigmoid neuron gate by gate, forwards and backwards.

    w: (3,) weights, the last one is the bias.  x: (2,) inputs.  Both are
    float64 arrays.
    Returns a dict of ten numbers: the values "dot", "neg", "a", "b", "c" and
    the gradients of c with respect to them, "ddot", "dneg", "da", "db", "dc".
    """
    ### BEGIN SOLUTION
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    neg = -dot
    a = np.exp(neg)
    b = a + 1
    c = 1 / b
    dc = 1.0
    db = dc * (-1 / b**2)
    da = db * 1.0
    dneg = da * a
    ddot = dneg * -1.0
    values = {"dot": dot, "neg": neg, "a": a, "b": b, "c": c}
    return values | {"ddot": ddot, "dneg": dneg, "da": da, "db": db, "dc": dc}
    ### END SOLUTION


# %% check="sigmoid_staged"
check("sigmoid_staged")

# %% [markdown]
# Your ten numbers on the circuit of slide 14: values above the wires, gradients below. Compare the leftmost
# gradient with `sigmoid_grad` from before. They are the same number, found in two ways.

# %% demo="gates"
plot_sigmoid_gates(sigmoid_staged, w=np.array([2.0, -3, -3]), x=np.array([-1.0, -2]))

# %% [markdown]
# ## A ReLU neuron
#
# Swap the sigmoid for a rectifier: $z = w_0 x_0 + w_1 x_1 + w_2$ and $f = \max(0, z)$. The rectifier is a switch.
# Where $z > 0$ it passes the gradient on untouched; where $z < 0$ nothing gets through, and the neuron does not
# learn from this example.
#
# **Slide 11** sets the derivative at $z = 0$ to 1, most libraries set it to 0. Any value between is a fair slope for
# the corner, and no check looks there.
#
# Mind the order: unlike `neuron_forward` and `neuron_backward`, `relu` takes $x$ before $w$ and returns `dx` before
# `dw`, as in the lecture's homework.


# %% exercise="relu"
def relu(x, w):
    """Gradients of one ReLU neuron, f = max(0, w0*x0 + w1*x1 + w2).

    x: (2,) inputs.  w: (3,) weights, the last one is the bias.  Both are
    float64 arrays.
    Returns (dx, dw): df/dx (2,) and df/dw (3,); the upstream gradient is 1.
    """
    ### BEGIN SOLUTION
    z = w[0] * x[0] + w[1] * x[1] + w[2]
    dz = 1.0 if z > 0 else 0.0
    dx = dz * np.array([w[0], w[1]])
    dw = dz * np.array([x[0], x[1], 1.0])
    return dx, dw
    ### END SOLUTION


# %% check="relu"
check("relu")

# %% [markdown]
# ## One step of learning
#
# **Slide 3.** Stochastic gradient descent moves every parameter a little *against* its gradient: $w \leftarrow w -
# \alpha\, \partial L/\partial w$ with the learning rate $\alpha$.
#
# Take one step with a tanh neuron, $z = w\cdot x + b$ and $a = \tanh z$, on the squared error $L = (a - y)^2$.
# You need one new fact, $\tanh' z = 1 - a^2$: once more the derivative comes from the *output*. This is a question of
# the lecture's homework, which asks for all three: the output, the gradients, and the parameters after the step.
#
# With $w = (5, 2)$, $x = (-1, 4)$, $b = -2$, $y = 1$ and $\alpha = 0.1$ the output is 0.7616, the gradients are
# $(0.2002, -0.8010)$ for $w$ and $-0.2002$ for $b$, and the step leads to $w = (4.9800, 2.0801)$ and $b = -1.9800$.


# %% exercise="tanh_neuron_step"
def tanh_neuron_step(w, x, b, y, lr):
    """One SGD step for a tanh neuron on L = (tanh(w.x + b) - y)**2.

    w: (D,) weights.  x: (D,) inputs.  Both are float64 arrays.
    b: bias, a number.  y: target, a number.  lr: learning rate, from 0 to 1.
    Returns (a, dw, db, new_w, new_b): the output; the gradients dL/dw (D,)
    and dL/db; w and b after the step.  Leaves w unchanged.
    """
    ### BEGIN SOLUTION
    a = np.tanh(w @ x + b)
    db = 2 * (a - y) * (1 - a**2)
    dw = db * x
    return a, dw, db, w - lr * dw, b - lr * db
    ### END SOLUTION


# %% check="tanh_neuron_step"
check("tanh_neuron_step")

# %% [markdown]
# ## Which way?
#
# **Slide 4.** Before any derivative, the slide asks for *signs*. Its network is made of plain sums: inputs $(2, -1)$,
# three hidden units with weights $(3, -2)$, $(-1, 4)$ and $(5, 3)$, so $h = (8, -6, 7)$, and output weights
# $(2, 5, -1)$, so $p = -21$. The target $Y$ is larger than the prediction $p$, so $p$ must rise. Which way does each
# of the three hidden units move for that, each of the three output weights, and each of the six weights in front?
#
# Ask of one number at a time: if it grows a little and nothing else moves, does $p$ grow or shrink? And what if $Y$
# is below $p$?
#
# *A note on signs.* The slide's error is $Y - p$, which points the way to **go**. The slope of a loss points the way
# **up**, and a step goes against it. So after this exercise the error is written $p - y$, and the minus sign stands in
# the update.


# %% exercise="which_way"
def which_way(x, W, v, Y):
    """Which way slide 4's numbers must move to bring p nearer to the target Y.

    x: (D,) inputs.  W: (H, D) weights, a row for each hidden unit.  v: (H,)
    output weights.  All are float64 arrays.  Y: the target, a number.
    Plain sums: hidden unit j is h[j] = sum of W[j, k] * x[k] over k, and p is
    the sum of v[j] * h[j] over j.
    Returns (move_h, move_v, move_W) in the shapes (H,), (H,) and (H, D): 1
    where the number must rise, -1 where it must fall, 0 where it stays: p
    does not depend on it, or p equals Y.
    """
    ### BEGIN SOLUTION
    h = W @ x
    push = np.sign(Y - v @ h)
    move_h = push * np.sign(v)
    move_v = push * np.sign(h)
    move_W = np.outer(move_h, np.sign(x))
    return move_h, move_v, move_W
    ### END SOLUTION


# %% check="which_way"
check("which_way")

# %% [markdown]
# ## In your own words
#
# A neuron that answers with a probability $p = \sigma(w\cdot x)$ is trained with the *logistic loss*
# $L = -y\log p - (1-y)\log(1-p)$, where $y$ is 0 or 1. Its gradient is remarkably short:
#
# $$\frac{\partial L}{\partial w} = (p - y)\,x$$
#
# There is **slide 4**'s error again, turned to $p - y$.
#
# Explain in three or four sentences: where did the factor $(1-p)\,p$ of the sigmoid go? And which way does a step
# $w - \alpha\,(p-y)\,x$ push $p$ when $y = 1$, and when $y = 0$? A person reads this answer; it carries 1 point.

# %% [markdown] written="push_towards_the_target"
# ### BEGIN SOLUTION
# The loss has the slope $\partial L/\partial p = (p-y)/\big(p(1-p)\big)$. Multiplied by the sigmoid's own slope
# $(1-p)\,p$ the fraction cancels and $p-y$ is left, so a confidently wrong neuron still gets a large gradient. For
# $y=1$ the error $p-y$ is negative: the step adds a multiple of $x$, the dot product grows and $p$ rises towards 1.
# For $y=0$ the error is positive, the step subtracts $x$, and $p$ falls towards 0.
# ### END SOLUTION

# %% [markdown]
# ## What you have now
#
# A neuron that runs both ways. Notebook 4 does the same for a whole layer and a whole batch at once, where
# $w_0x_0 + w_1x_1 + w_2$ becomes a matrix product.
