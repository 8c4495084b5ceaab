# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 2 · Gates, circuits, one weight
#
# *Slides 3, 9, 11–13, 17 and 18. About 45 minutes, 11 points.*
#
# A network is a large formula, and a large formula is a circuit of very small ones. Whoever knows what a gradient does
# at a multiplication, at an addition, at a maximum and at a fork can send it back through anything. At the end of this
# notebook you will be able to
#
# - move one weight so that its error shrinks, in two ways, and say in what they differ,
# - send a gradient back through a circuit, gate by gate,
# - tell from the kind of gate what it hands to its inputs: upstream passed on, swapped or routed,
# - add up what comes back where a wire forks.
#
# Run the cells from top to bottom. Replace `raise NotImplementedError()` by your own lines, then run the check below.
# A check shows what it tried, what your code gave and what was expected, and you may run it as often as you like. At
# grading, hidden checks ask the same with other numbers, and can still take points away.
#
# A word is new? The lecture's words stand in the last cell of notebook 1.

# %% provided="setup"
import math

from autograder.student import check
from autograder.student.plots.gates import plot_chain, plot_fork, plot_gates, plot_steps

# %% [markdown]
# ## One weight
#
# **Slides 3 and 9.** A neuron multiplies each input by a weight and adds up. Take away all but one input, and the
# activation too: what is left is $\hat y = w x$, the smallest network there is.
#
# Its input is $x = 3$, and the answer should be $y = 5$. The weight stands at $w = 2$, so the network says 6. That is 1
# too much. Which way must $w$ move, and how far?
#
# The slope knows. Since $\partial\hat y/\partial w = 3$ here, the output falls by 3 for every 1 that $w$ falls. By how
# much must $w$ fall, then, for the output to fall by the whole error? Find it for any input and any error.
#
# Here it is a third, and the new weight is 1.667. Run the network again: 5, no error. That is the step for
# $\alpha = 1$; a smaller $\alpha$ goes only that part of the way.


# %% exercise="simple_backprop_step"
def simple_backprop_step(w, x, y, alpha):
    """One step of slide 9: the weight moves so far that the error is gone.

    w: the weight.  x: the input, not 0.  y: the answer wanted.  alpha: the
    part of the step that is taken, 1 for all of it.  All are numbers.
    The prediction is yhat = w*x, its error err = yhat - y.
    Returns (w, yhat, err): the weight after the step; prediction and error
    before it.
    """
    ### BEGIN SOLUTION
    yhat = w * x
    err = yhat - y
    slope = x
    return w - alpha * err / slope, yhat, err
    ### END SOLUTION


# %% check="simple_backprop_step"
check("simple_backprop_step")

# %% [markdown]
# ## The same weight, downhill
#
# **Slide 3.** With a million weights there is no single step that makes the error zero. So one asks for less: a *loss*
# says how bad the prediction is, and every weight moves a little against its slope.
#
# $$L = (\hat y - y)^2, \qquad w \leftarrow w - \alpha\,\frac{\partial L}{\partial w}$$
#
# The loss is a chain: from $w$ to $\hat y$, and from there to $L$. Slopes along a chain multiply, as in notebook 1:
#
# $$\frac{\partial L}{\partial w} = \frac{\partial L}{\partial\hat y}\cdot\frac{\partial\hat y}{\partial w}$$
#
# Here $\alpha$ is the *learning rate*. At $w = 2$ the slope of the loss is 6, so the rate 0.05 leads to 1.7.


# %% exercise="gd_step"
def gd_step(w, x, y, alpha):
    """One step of gradient descent on the loss L = (w*x - y)**2.

    w: the weight.  x: the input.  y: the answer wanted.  alpha: the learning
    rate.  All are numbers.
    Returns (w, dw): the weight after the step, and dL/dw before it.
    """
    ### BEGIN SOLUTION
    yhat = w * x
    dyhat = 2 * (yhat - y)
    dw = dyhat * x
    return w - alpha * dw, dw
    ### END SOLUTION


# %% check="gd_step"
check("gd_step")

# %% [markdown]
# *A note on slide 9.* Its step is not the one of slide 3. It divides by a slope where slide 3 multiplies by a slope. It
# looks for the place where the error is *zero*, as Newton's method does for any function: follow the tangent down to
# zero. The error of $\hat y = wx$ is its own tangent, so one step is enough. Slide 3 looks for the place where the loss
# is *smallest*, and how far it goes is up to the rate. With the rate 1 it jumps from 2 to $-4$, far beyond the bottom.
# (With half the square as the loss, which some books prefer, its slope is 3 and it would jump to $-1$.)
#
# The picture below is made of your two steps. On the left you should see the loss as a parabola: slide 9 steps down to
# its bottom, and slide 3 with the rate 1 leaps to the other side, up to a loss of 289. On the right, close by, slide 3
# with the rate 0.02 goes down in small steps that get shorter as the slope gets flatter.

# %% demo="steps"
plot_steps(simple_backprop_step, gd_step)

# %% [markdown]
# ## A circuit of two gates
#
# **Slide 12.** A formula is computed in steps, and every step is a gate with a name for what comes out of it:
#
# $$f = (x + y)\,z: \qquad q = x + y, \quad f = q\,z$$
#
# At $x = -2$, $y = 5$, $z = -4$ the values run forwards, $q = 3$ and $f = -12$. Then the gradients run back. It starts
# with $\partial f/\partial f = 1$, and at every gate the same thing happens:
#
# **gradient of an input = upstream gradient · local slope**
#
# The *upstream* gradient is the one of the gate's output: the gate gets it from those that use this output. The local
# slope is the gate's own, as if there were nothing else in the world. You know it from notebook 1:
#
# - **multiply** hands each input the *other* input's value, times upstream;
# - **add** has two local slopes as well. What does it hand to each of its inputs?
#
# Look at $x$ on slide 12: it only meets an addition, and still its gradient is not 1.
#
# In practice only the weights move, so only their gradients are used in the end. Those of inputs and of wires like $q$
# are steps on the way to them.
#
# The lecture comes with a homework, and its circuit turns the two gates round: $q = xy$ and $f = q + z$. There $x$ and
# $y$ get different gradients.
# Write both circuits; `first` says which one is asked for. For slide 12 you should get $-4$, $-4$, $3$ and $-4$ for
# $x$, $y$, $z$ and $q$; for the homework, at the same place, $5$, $-2$, $1$ and $1$.


# %% exercise="chain_rule"
def chain_rule(x, y, z, first="add"):
    """The gradients of a circuit of two gates; the first makes q of x and y.

    x, y, z: numbers.
    first: "add" for slide 12, q = x + y and f = q*z; "mul" for the homework,
    q = x*y and f = q + z.
    Returns (df_dx, df_dy, df_dz, df_dq), four numbers in this order, or a
    dict of them with these four names as keys.
    """
    ### BEGIN SOLUTION
    if first == "add":
        q = x + y
        df_dq, df_dz = z, q
        df_dx, df_dy = df_dq, df_dq
    else:
        df_dq, df_dz = 1.0, 1.0
        df_dx, df_dy = df_dq * y, df_dq * x
    return df_dx, df_dy, df_dz, df_dq
    ### END SOLUTION


# %% check="chain_rule"
check("chain_rule")

# %% [markdown]
# Your gradients on both circuits, slide 12's and the homework's, with the values above the wires and the gradients
# below. In the first you should see $-4$ come back from the multiplication and pass the addition untouched, to both
# sides. In the second, 1 passes the addition, and the multiplication swaps the values 5 and $-2$.

# %% demo="chain"
plot_chain(chain_rule)

# %% [markdown]
# ## A gate that chooses
#
# **Slide 13.** The third gate is max. Nudge its inputs, one at a time: at which of them does the output move, and how
# far? That settles its two local slopes, and why the slide calls max a *router*.
#
# *A note on the slides.* What if both inputs are the same? Slide 11 hands the gradient to both, slide 13 to exactly
# one. Raise both inputs by a nudge, and the output rises by one nudge, not by two: so the two shares must add up to
# what arrived. How you split it is up to you, all to one side or half and half.


# %% exercise="max_backward"
def max_backward(x, y, dout):
    """Backward pass of the gate f = max(x, y).

    x, y: numbers.  dout: the upstream gradient dL/df, a number.
    Returns (dx, dy): dL/dx and dL/dy, two numbers.  If x equals y, any two
    shares of dout will do that add up to dout.
    """
    ### BEGIN SOLUTION
    return (dout, 0.0) if x > y else (0.0, dout)
    ### END SOLUTION


# %% check="max_backward"
check("max_backward")

# %% [markdown]
# ## A larger circuit
#
# **Slide 13.** All gates together, and one that doubles:
#
# $$f = 2\,\big(x\,y + \max(z, w)\big): \qquad p = xy, \quad m = \max(z, w), \quad s = p + m, \quad f = 2s$$
#
# At $x = 3$, $y = -4$, $z = 2$, $w = -1$ the values are $p = -12$, $m = 2$, $s = -10$ and $f = -20$. Nothing is new on
# the way back. Take the gates from the last to the first, one line each, and use for each the gradient that the line
# above has found. You should get $-8$ for $x$, $6$ for $y$, $2$ for $z$ and $0$ for $w$.
#
# Return the gradient of *every* wire, those in the middle too. If one of them is wrong, the check can then say which
# gate it comes from. You may call your `max_backward`.


# %% exercise="gate_circuit"
def gate_circuit(x, y, z, w):
    """Slide 13's circuit, f = 2*(x*y + max(z, w)), forwards and backwards.

    x, y, z, w: numbers; z and w are never equal.
    The wires in the middle are p = x*y, m = max(z, w) and s = p + m.
    Returns (f, grads): the value f, and the gradients of f with respect to
    "s", "p", "m", "x", "y", "z" and "w", as a dict with these seven keys or
    as seven numbers in this order.
    """
    ### BEGIN SOLUTION
    p, m = x * y, max(z, w)
    s = p + m
    f = 2 * s
    ds = 2.0
    dp, dm = ds, ds
    dx, dy = dp * y, dp * x
    dz, dw = max_backward(z, w, dm)
    return f, {"s": ds, "p": dp, "m": dm, "x": dx, "y": dy, "z": dz, "w": dw}
    ### END SOLUTION


# %% check="gate_circuit"
check("gate_circuit")

# %% [markdown]
# Slide 13's circuit, with your $f$ and your gradients. Read it from the right. The ×2 gate turns 1 into 2, and the
# addition passes on 2 to both of its inputs. The multiplication swaps: $x$ gets 2 times the $-4$ of $y$, and $y$ gets 2
# times the 3 of $x$. The max gate routes: 2 for $z$, nothing for $w$. A wire is marked as wrong where your numbers go
# wrong first; those to its left may only have inherited its error.

# %% demo="gates"
plot_gates(gate_circuit)

# %% [markdown]
# ## Where a wire forks
#
# **Slides 17 and 18.** So far every number was used once. Now let $x$ go two ways, straight on and through a sigmoid,
# and add up what comes out:
#
# $$f = x + \sigma(x)$$
#
# Nudge $x$, and $f$ moves for two reasons at once. So on the way back **the gradients of all branches are added** at
# the fork. They are not multiplied, because neither branch comes after the other; and the second must not replace the
# first. This one rule is behind every `+=` in the code of a backward pass.
#
# The sigmoid and its slope are written for you. Notebook 3 takes both apart.


# %% provided="sigmoid"
def sigmoid(x):
    """A smooth step from 0 to 1; x is a number."""
    return 1 / (1 + math.exp(-x))


def slope_of_sigmoid(x):
    """The derivative of the sigmoid at x."""
    return math.exp(-x) / (1 + math.exp(-x)) ** 2


# %% [markdown]
# At $x = 2$ the value is $2 + 0.881 = 2.881$, and the gradient is $1 + 0.105 = 1.105$. The straight branch has the
# slope 1 on the slide. A 1 hides a lot, so yours is to have any slope $c$:
#
# $$f = c\,x + \sigma(x)$$


# %% exercise="fork_grad"
def fork_grad(x, c=1.0):
    """Value and gradient of a fork, f = c*x + sigmoid(x).

    x: a number.  c: the slope of the straight branch, a number; 1 on the
    slide.
    Returns (f, dx): the value, and df/dx.
    """
    ### BEGIN SOLUTION
    s = sigmoid(x)
    f = c * x + s
    dx = 0.0
    dx += c
    dx += s * (1 - s)
    return f, dx
    ### END SOLUTION


# %% check="fork_grad"
check("fork_grad")

# %% [markdown]
# Slide 18's fork, with your two numbers on $x$ and on $f$. Either branch has a copy of $x$ and sends its own share
# back: 1 from the straight branch and 0.105 from the other, because at $x = 2$ the sigmoid lets about a tenth through.
# At the dot, where the wire forks, you should see their sum: 1.105.

# %% demo="fork"
plot_fork(fork_grad)

# %% [markdown]
# ## What you have now
#
# Four rules, and with them any circuit: addition passes on, multiplication swaps, max routes, a fork adds up; and
# every gate multiplies by what arrives from above. Notebook 3 sends a gradient through a whole neuron with nothing
# else.
