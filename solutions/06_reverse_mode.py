# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 6 · Reverse-mode automatic differentiation
#
# *Slides 12, 20 and 25–28. About 90 minutes, 18 points and a bonus of 2.* The bonus takes 25 minutes
# more.
#
# Forward mode asks one input at a time: how does everything move if *you* move? A network with a million weights
# would need a million passes. Reverse mode asks the output instead, once, and hears from every input.
# *Backpropagation is reverse-mode AD on the graph of a network*, as slide 19 says. It is what PyTorch does when you
# call `loss.backward()`, and you are about to write it. At the end of this notebook you will be able to
#
# - let a computation record itself as a graph, with a backward rule on each node,
# - put the nodes in an order in which no gradient is passed on before it is complete,
# - run the backward pass in one sweep, however many paths there are,
# - get all slopes of any function of your own, and say what it costs.
#
# Run the cells from top to bottom. Replace `raise NotImplementedError()` by your own lines, then run the check below.
# At grading, hidden checks ask the same with other numbers, and can still take points away.
#
# A word is new? The lecture's words stand in the last cell of notebook 1.

# %% provided="setup"
import math

import numpy as np

from autograder.student import check
from autograder.student.plots.reverse_mode import (
    graph_of_slide27,
    plot_costs,
    plot_learning,
    plot_slide27,
    show_engines,
    show_graph,
)

# %% [markdown]
# ## A program is a graph
#
# **Slides 20 and 25.** The running example is $z = xy + \sin x$. A computer evaluates it in three steps, each of which
# makes one new number out of earlier ones:
#
# $$a = xy, \qquad b = \sin x, \qquad z = a + b$$
#
# Forwards, small changes obey $da = y\,dx + x\,dy$, $db = \cos x\;dx$ and $dz = da + db$, as in notebook 5. The factors
# in these three equations are the local slopes, and going back needs no others.
#
# Draw an arrow from every number to those that are made from it, and the program has become a graph. $x$ has two
# arrows: it is used twice.
#
# Going back, every number $v$ gets a gradient $\bar v = \partial z/\partial v$, its *adjoint*. It starts with
# $\bar z = 1$. Each step hands *local derivative times upstream gradient* to what it was made from, and a number that
# is used more than once adds up what it is handed:
#
# $$\bar a = \bar z, \qquad \bar b = \bar z, \qquad \bar y = x\,\bar a, \qquad
# \bar x = y\,\bar a + \cos x\;\bar b$$
#
# *A note on the slide.* Slide 25 writes `ga` for $\bar a$, and it leaves out one line, `gy = x*ga`. It is above.

# %% [markdown]
# ## A number that remembers
#
# A `Value` holds a number and remembers how it was made. Four attributes are all that the rest of this notebook needs:
#
# | attribute | holds |
# |---|---|
# | `data` | the number |
# | `grad` | its adjoint, 0.0 until a backward pass has run |
# | `_parents` | the nodes that it was made from; none if it is an input |
# | `_backward` | a function without arguments: the backward rule of the step that made it |
#
# The last one is the heart of it. When `out` was made from `self` and `other`, then `out._backward()` looks at
# `out.grad`, which is complete by then, and *adds* to `self.grad` and `other.grad` what the chain rule says.
#
# Before there is a clever backward pass, here is a plain one. It walks every path from a node back to the inputs, one
# after the other. The checks of the next exercise use it. (In `x + x` the same parent stands twice, and the dict keeps
# it once; `p.grad - old` is what this one call of the rule has added.)


# %% provided="by_paths"
def as_value(x):
    """x itself if it is a Value, else the number x as a new Value."""
    return x if isinstance(x, Value) else Value(x)


def by_paths(node, g):
    """Send the gradient g from node back along every path, one by one.

    The inputs end up with the right gradients, the nodes between do not: each
    of them keeps what came along its last path.
    """
    node.grad = g
    parents = list({id(p): p for p in node._parents}.values())
    before = [p.grad for p in parents]
    node._backward()
    for p, old in zip(parents, before, strict=True):
        if p._parents:
            by_paths(p, p.grad - old)


# %% [markdown]
# Addition is done, as a pattern for the others. Note three things in it. A plain number becomes a `Value` first, so
# that `a + 2` works. `_backward` is *assigned*, not called: it will be called much later, when `out.grad` is known. And
# the gradients are *added*, because somebody else may already have left a share there.
#
# Six operations are yours. The rest follows from them: $-a$ is $a\cdot(-1)$, and $a/b$ is $a\cdot b^{-1}$.


# %% exercise="Value"
class Value:
    """A number that remembers how it was made.

    data: the number.  grad: dL/d(this number), 0.0 to begin with.
    _parents: the Values it was made from.  _backward: a function of no
    arguments that adds to the grad of each parent its share, which is the
    local derivative times this node's grad.
    Two Values are the same only if they are one object, whatever their
    numbers: leave == and hash as Python has them.
    """

    def __init__(self, data, parents=()):
        self.data = float(data)
        self.grad = 0.0
        self._parents = tuple(parents)
        self._backward = lambda: None

    def __add__(self, other):
        """self + other; other is a Value or a plain number."""
        other = as_value(other)
        out = Value(self.data + other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        """self * other; other is a Value or a plain number."""
        ### BEGIN SOLUTION
        other = as_value(other)
        out = Value(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def __sub__(self, other):
        """self - other; other is a Value or a plain number."""
        ### BEGIN SOLUTION
        other = as_value(other)
        out = Value(self.data - other.data, (self, other))

        def _backward():
            self.grad += 1.0 * out.grad
            other.grad += -1.0 * out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def __pow__(self, n):
        """self ** n; n is a plain number, and no gradient goes to it.

        Asked only where value and slope are real numbers: n is at least 1
        if self is 0, and whole if self is negative.
        """
        ### BEGIN SOLUTION
        out = Value(self.data**n, (self,))

        def _backward():
            self.grad += n * self.data ** (n - 1) * out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def sin(self):
        """The sine of self."""
        ### BEGIN SOLUTION
        out = Value(math.sin(self.data), (self,))

        def _backward():
            self.grad += math.cos(self.data) * out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def exp(self):
        """e to the power of self."""
        ### BEGIN SOLUTION
        out = Value(math.exp(self.data), (self,))

        def _backward():
            self.grad += out.data * out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def relu(self):
        """max(0, self); never asked for the gradient at exactly 0."""
        ### BEGIN SOLUTION
        out = Value(max(0.0, self.data), (self,))

        def _backward():
            self.grad += (self.data > 0) * out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def __neg__(self):
        return self * -1

    def __truediv__(self, other):
        return self * as_value(other) ** -1

    def __radd__(self, other):
        return as_value(other) + self

    def __rmul__(self, other):
        return as_value(other) * self

    def __rsub__(self, other):
        return as_value(other) - self

    def __rtruediv__(self, other):
        return as_value(other) * self**-1

    def __repr__(self):
        return f"Value(data={self.data:.4f}, grad={self.grad:.4f})"


# %% check="Value"
check("Value")

# %% [markdown]
# ## The right order
#
# Walking every path gives the right gradients, but look at what it costs: in `y = x + x; y = y + y; …` every line
# doubles the number of paths. After 24 lines there are 16,777,216 of them, in a graph of 25 nodes. No network could be
# trained like that.
#
# The cure is to wait. A node should pass its gradient on *once*, after everything that was made from it has handed in
# its share. So the nodes have to stand in a line in which each one comes after all its parents: a *topological order*.
# Run through it from the end, and every gradient is complete when its turn comes.
#
# There are usually many such orders, and any of them will do. Two things matter: each node stands in the line exactly
# once, and you must notice a node that you have met before **before** you walk on from it, or you walk every path
# again. Two nodes may hold the same number and still be two.


# %% exercise="topo_sort"
def topo_sort(root):
    """All nodes that root was made from, and root, each after its parents.

    root: a Value, or another object with the four attributes of the table.
    Returns a list in which every node stands exactly once, parents before
    what is made from them; so root is the last.
    Looks at each node a few times at most, however many paths lead to it,
    and changes no node.  May be called again, for any root.
    """
    ### BEGIN SOLUTION
    order, seen = [], set()

    def visit(node):
        if node in seen:
            return
        seen.add(node)
        for parent in node._parents:
            visit(parent)
        order.append(node)

    visit(root)
    return order
    ### END SOLUTION


# %% check="topo_sort"
check("topo_sort")

# %% [markdown]
# ## One sweep back
#
# **Slides 25 and 26.** Everything is in place. The output's own gradient is the *seed*: 1 if the output is the loss
# itself, and something else if a larger network goes on from here. Then go through the nodes, consumers before
# parents, and let each pass its gradient on.
#
# A small graph that finds out every wrong order. Its inputs are called $a$ and $k$ here, as on the check's card; $a$ is
# used by $b$ and by $c$, and $b$ is used three times:
#
# $$b = k\,a, \qquad c = b + a, \qquad d = cb, \qquad \text{out} = dc + b$$
#
# With $k = 3$ and at $a = 0.7$ its value is 18.564, and since $\text{out} = 48a^3 + 3a$ the slope must be
# $144a^2 + 3 = 73.56$.


# %% exercise="backward"
def backward(root, seed=1.0):
    """The gradients of root with respect to every node it was made from.

    root: a Value, or another object with the four attributes; all grads are
    0.0 before the call.  seed: the gradient of root itself, a number.
    Sets root.grad to seed and leaves in .grad of every node what the chain
    rule says.  Calls _backward of each node at most once.  Returns nothing.
    """
    ### BEGIN SOLUTION
    root.grad = seed
    for node in reversed(topo_sort(root)):
        node._backward()
    ### END SOLUTION


# %% check="backward"
check("backward")

# %% [markdown]
# Now **slide 27**: let $z$ be the prediction of a model, 9 the number it should have given, and $L = (z-9)^2$ the loss.
# The picture is drawn by your own class and your own sweep, at $x = \pi/2$ and $y = 3$. On each node you should see the
# value above and the adjoint below, and under it the turn of the node in your sweep. The loss has $\bar L = 1$ and
# $z$ has $2(z-9) = -6.5752$. Both $a$ and $b$ inherit that number, because addition passes it on unchanged.
# $b = \sin x$ passes nothing on: the cosine of $\pi/2$ is zero. That is an accident of this point, so a wrong sine
# would not be noticed here.

# %% demo="slide27"
plot_slide27(Value, topo_sort, backward)

# %% [markdown]
# ## Start again from zero
#
# Gradients are *added*. That is right within one backward pass and wrong between two: the second would add to what the
# first left behind. Whoever runs a graph backwards twice must set every gradient to zero in between, those of the
# inputs too. (In PyTorch this is the line `optimizer.zero_grad()`, and forgetting it is a classic.)


# %% exercise="zero_grad"
def zero_grad(root):
    """Set grad to 0.0 in root and in every node it was made from.

    root: a Value, or another object with the four attributes.  Inputs are
    nodes too, nodes that root was not made from keep their grad.  Returns
    nothing.  Looks at each node a few times at most, however many paths lead
    to it.
    """
    ### BEGIN SOLUTION
    for node in topo_sort(root):
        node.grad = 0.0
    ### END SOLUTION


# %% check="zero_grad"
check("zero_grad")

# %% [markdown]
# ## All slopes of any function
#
# With these pieces you can differentiate any Python function that is made of your operations, loops and branches
# included: the graph records whatever was really computed. Wrap the inputs, call the function, run back, read off.
# PyTorch users write the same four steps; slide 28 shows them, and the end of this notebook compares.
#
# For $f(v) = v_0 v_1 + \sin v_0$ at $(0.7, -1.3)$ you should get $(-0.5352, 0.7)$.


# %% exercise="grad_reverse"
def grad_reverse(f, x):
    """All slopes of f at x, from one call of f and one backward pass.

    f: takes a list of n Values, returns a Value.  x: (n,) numbers, a list or
    an array, left unchanged.
    Returns (n,) numbers: the slope of f along each input, 0 for an input that
    f does not use.
    """
    ### BEGIN SOLUTION
    leaves = [Value(number) for number in x]
    out = f(leaves)
    backward(out)
    return np.array([leaf.grad for leaf in leaves])
    ### END SOLUTION


# %% check="grad_reverse"
check("grad_reverse")

# %% [markdown]
# What does it cost? The picture counts, for a function of $n$ inputs. *Forward mode* runs through all operations once
# for each input. *Reverse mode* runs through them once forwards and once back, and these runs are those of your own
# code. You should see both lines rise, because a function of more inputs has more operations, but forward mode like
# $n^2$ and reverse mode like $n$. With one input forward mode is cheaper, with two they are equal, and at a hundred
# inputs reverse mode is fifty times as cheap.
#
# The price is memory: the graph keeps every intermediate number until the sweep comes back to it. And with one input
# and many outputs it is forward mode that wins.

# %% demo="costs"
plot_costs(Value, topo_sort, backward)

# %% [markdown]
# ## Slide 27, by your own engine
#
# Put it together: prediction, loss and gradients of slide 27, for any $x$, $y$ and target. The target is a number that
# was measured. It is no parameter, and nobody asks how the loss would change with it.
#
# At $(\pi/2, 3)$ with the target 9 you should get $L = 10.8084$, $\bar z = -6.5752$, $\bar x = -19.7257$ and
# $\bar y = -10.3283$.
#
# *A note on the slide.* It prints $-19.74$ and $-10.34$, because it goes on with rounded numbers. Keep all digits.


# %% exercise="slide27"
def slide27(x, y, target):
    """Loss L = (z - target)**2 of the prediction z = x*y + sin(x).

    x, y, target: numbers.
    Returns (loss, grads): the loss, a number, and a dict of three numbers,
    dL/dz, dL/dx and dL/dy under the keys "z", "x" and "y".
    """
    ### BEGIN SOLUTION
    x, y = Value(x), Value(y)
    z = x * y + x.sin()
    loss = (z - target) ** 2
    backward(loss)
    return loss.data, {"z": z.grad, "x": x.grad, "y": y.grad}
    ### END SOLUTION


# %% check="slide27"
check("slide27")

# %% [markdown]
# ## What PyTorch records
#
# **Slide 28.** PyTorch does all this with its own `Value`, the tensor. An input is a *leaf*, and after
# `loss.backward()` its gradient stands in `.grad`. All other nodes are *non-leaf*: PyTorch drops their gradients
# after use, unless `retain_grad()` asks for them. Your engine keeps all of them. Each non-leaf node knows the step
# that made it, in PyTorch as `grad_fn`, here as `_backward`; from step to step one can walk back through the recorded
# graph.

#
# The graph of slide 27, recorded by your engine and walked from the loss back to the leaves. The slide prints
# $-19.7257$ for `x`, $-10.3283$ for `y`, $-6.5752$ for `z` and 1 for the loss; you should see the same four gradients.

# %% demo="walk"
show_graph(graph_of_slide27, Value, backward)

# %% [markdown]
# The same in PyTorch, if it is installed where you work. The course does not need it.

# %% demo="torch"
try:
    import torch
except (ImportError, OSError):
    print("PyTorch is not installed here, so there is nothing to compare with. Go on.")
else:
    t_x = torch.tensor(math.pi / 2, dtype=torch.float64, requires_grad=True)
    t_y = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    t_z = t_x * t_y + torch.sin(t_x)
    t_loss = (t_z - 9) ** 2
    t_z.retain_grad()
    t_loss.retain_grad()
    t_loss.backward()
    for name, tensor in {"x": t_x, "y": t_y, "z": t_z, "L": t_loss}.items():
        print(f"{name}  leaf: {tensor.is_leaf!s:<5}  grad: {tensor.grad.item():9.4f}")

# %% [markdown]
# Your engine does not care how long a formula is. Here is the neuron of slide 14 with all of its 13 wires. Compare with
# the slide's two decimals, and with what you found gate by gate in notebook 3.


# %% provided="wires"
def slide14(w, x):
    """The neuron of slides 14 and 15, swept back: its 13 wires by name, as Values."""
    w0, w1, w2 = (Value(number) for number in w)
    x0, x1 = (Value(number) for number in x)
    wires = {"w0": w0, "x0": x0, "w1": w1, "x1": x1, "w2": w2}
    p0, p1 = w0 * x0, w1 * x1
    total = p0 + p1
    dot = total + w2
    neg = dot * -1
    a = neg.exp()
    b = a + 1
    c = b**-1
    backward(c)
    wires |= {"w0 x0": p0, "w1 x1": p1, "sum": total, "dot": dot}
    return wires | {"neg": neg, "a": a, "b": b, "c": c}


# %% demo="wires"
show_graph(slide14, (2, -3, -3), (-1, -2))

# %% [markdown]
# ## Your engine learns
#
# *Backpropagation is reverse-mode AD on the graph of a network.* Here is a network, made of nothing but your `Value`:
# eight ReLU neurons that look at a point of the plane and add up their opinions. A positive sum means one class, a
# negative sum the other. The class is 1 or -1, and the loss is the squared distance from it.
#
# It learns with slide 3's update. For one point at a time, the loss is computed, your `backward` finds the gradient of
# all 32 weights, and every weight moves a little *against* its own. With a right engine the left picture is hardly
# better than a guess, and on the right nearly all points stand on ground of their own colour.


# %% demo="learns"
def guess(weights, point):
    """The network's answer for a point (x, y); each neuron has four weights."""
    x, y = point
    total = Value(0.0)
    for across, down, bias, opinion in weights:
        total = total + opinion * (across * x + down * y + bias).relu()
    return total


def learn(weights, points, targets, rate=0.05, rounds=60):
    """Move the weights, a small step for each point in each round."""
    for _ in range(rounds):
        for point, target in zip(points, targets, strict=True):
            loss = (guess(weights, point) - target) ** 2
            zero_grad(loss)
            backward(loss)
            for weight in [one for neuron in weights for one in neuron]:
                weight.data -= rate * weight.grad


plot_learning(Value, guess, learn)

# %% [markdown]
# ## A bonus: unmask the impostors
#
# Five engines, A to E. One of them is right. Each of the others has a mistake of its own:
#
# - one *overwrites*: it sets a gradient where it should add to it,
# - one *forgets*: its products hand on the local slope without the gradient from above,
# - one *hurries*: a node hands on what it has as soon as the walk from the output meets it,
# - one *repeats*: a node that was handed two shares hands on their sum twice; one that was handed three, three times.
#
# Here a program is written as a list of steps, like the tables of slides 20 to 26. A step is a tuple: a new name, an
# operation, and what it works on. The first test is the circuit $(x + y)\,z$ of slide 12, the second the gradients of
# slide 26. You should see five engines that all pass: the lecture's own numbers expose nobody.

# %% demo="suspects"
slide12 = [("q", "+", "x", "y"), ("f", "*", "q", "z")]
slide26 = [("a", "*", "x", "y"), ("b", "sin", "x"), ("z", "+", "a", "b")]
show_engines(slide12, x=-2, y=5, z=-4)
show_engines(slide26, x=math.pi / 2, y=3)

# %% [markdown]
# Find a program for each wrong engine, one at which it fails and shows it. Try programs of your own in a new cell with
# `show_engines(program, x=0.7, y=-1.3)`; your own engine knows the right gradients.
# Ask what a graph must look like for *one* of the four mistakes to matter: nodes in a row, a number that is used twice,
# two ways of different length. The shortest programs are the best witnesses. One engine is exposed by a single step,
# two need two steps, and one needs three.
#
# This exercise earns up to 2 points on top, half a point for each engine that is exposed, whatever the other programs
# do. A program for the right engine accuses it wrongly and costs all of them. Nobody loses anything by leaving the
# exercise out.

# %% provided="encode"
OPERATIONS = {"+": 2, "*": 2, "sin": 1}


def encode(programs):
    """The programs for engines A to E as numbers, as the checks read them."""
    table = np.full((5, 3, 3), -1)
    for letter, program in programs.items():
        if letter not in list("ABCDE"):
            raise ValueError(f"{letter!r} is no engine; they are A to E")
        names = ["x", "y"]
        for number, (name, operation, *operands) in enumerate(program or []):
            where = f"engine {letter}, step {number + 1}"
            if number == 3:
                raise ValueError(f"{where}: three steps are enough")
            if OPERATIONS.get(operation) != len(operands):
                raise ValueError(f"{where}: two names for + and *, one for sin")
            if not set(operands) <= set(names):
                raise ValueError(f"{where}: it may use {', '.join(names)}")
            if name in names:
                raise ValueError(f"{where}: the name {name!r} is taken")
            used = [names.index(operand) for operand in operands]
            table["ABCDE".index(letter), number, : 1 + len(used)] = [
                list(OPERATIONS).index(operation),
                *used,
            ]
            names.append(name)
    return table


# %% exercise="unmask"
def unmask():
    """A program for each wrong engine, at which it fails; none for the right one.

    Returns a dict: under the letter of each wrong engine a list of steps; the
    letter of the right one is left out, or holds None.  A step is a tuple of
    texts: a new name, "+", "*" or "sin", and the names it works on, two for
    "+" and "*", one for "sin".  The inputs are called "x" and "y"; the last
    step is the output.
    An engine fails if its gradient of x or of y is wrong, at both of the two
    points (x, y) at which it is tried; they are ordinary points, where no
    slope is 0 or 1 by chance.  No program has more steps than are needed.
    """
    ### BEGIN SOLUTION
    return {
        "A": [("b", "+", "x", "y"), ("c", "+", "b", "b")],
        "B": [("b", "+", "x", "x")],
        "D": [("b", "*", "x", "y"), ("c", "+", "b", "y"), ("d", "*", "b", "c")],
        "E": [("b", "*", "x", "y"), ("c", "sin", "b")],
    }
    ### END SOLUTION


# %% check="unmask"
check("unmask")

# %% [markdown]
# ## What you have now
#
# A small automatic differentiation engine. Take away the size and the speed, and it is the one in every deep learning
# library: operations with a backward rule, a recorded graph, and one sweep in reverse topological order. Notebook 7
# trains a network, with a whole layer at every node in place of a single number.
