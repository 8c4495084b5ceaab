# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4 · Matrix multiply and batches
#
# *Slide 16. About 75 minutes, 14 points.*
#
# A layer is a row of neurons, and in training it sees a whole batch of examples at once. Both together are one
# matrix product. At the end of this notebook you will be able to
#
# - send a gradient back through a matrix product, and find the formula again from the shapes alone,
# - run a layer forwards and backwards on a batch of vectors or of images,
# - undo NumPy's broadcasting on the way back,
# - test any backward pass, however large, with two random vectors.
#
# Run the cells from top to bottom. Replace `raise NotImplementedError()` by your own lines, then run the check below.
# At grading, hidden checks ask the same with other numbers, and can still take points away.
#
# A word is new? The lecture's words stand in the last cell of notebook 1.

# %% provided="setup"
import numpy as np

from autograder.student import check
from autograder.student.plots.matmul import plot_gradients, plot_shapes, show_dot_tests

# %% [markdown]
# ## One product, three shapes
#
# **Slide 16.** A layer multiplies its inputs by a matrix of weights, $D = WX$. On the slide $W$ is $m \times p$, $X$
# is $p \times n$ and $D$ is $m \times n$. In its example $W$ is 5×10 and $X$ is 10×3: three examples, one in each
# column. So $D$ is 5×3.
#
# On the way back the rest of the network hands you $\partial L/\partial D$, here called `dD`: one number for every
# element of $D$, hence of its shape. You are to return `dW` and `dX`. One rule helps more than any other: *a gradient
# has the shape of what it is the gradient of.*

# %% demo="boxes"
plot_shapes()

# %% [markdown]
# Three matrices to build from, two boxes to fill. There are not many products that fit.
#
# To be sure, follow one weight. Since $D_{ij} = \sum_k W_{ik} X_{kj}$, the weight $W_{ik}$ has a part in all of row
# $i$ of $D$, and the chain rule adds up what comes back from there:
#
# $$\frac{\partial L}{\partial W_{ik}} = \sum_j \frac{\partial L}{\partial D_{ij}}\,
# \frac{\partial D_{ij}}{\partial W_{ik}}$$
#
# Put in the local derivative, then read the sum as one element of a matrix product. Do the same for $X_{kj}$.

# %% [markdown]
# *A note on the slide.* It recalls the rule by $(W+h)X = WX + hX$. Take that as a mnemonic. If $h$ were a number,
# $hX$ would have the shape of $X$ and not that of $D$. The two are the same only if $W$ is square; then the sum can be
# computed, but it means $WX + hX$ and not a change of the weights. Read $h$ as a matrix of the shape of $W$, and the
# rule is true as it stands.


# %% exercise="matmul_backward"
def matmul_backward(dD, W, X):
    """Backward pass of the matrix product D = W X.

    All arrays are float64.  dD: (m, n) upstream gradient dL/dD.
    W: (m, p).  X: (p, n), one example in each column.
    Returns (dW, dX): dL/dW (m, p) and dL/dX (p, n).  Sums over the examples
    are sums, without any 1/n.  Leaves all three inputs unchanged.
    """
    ### BEGIN SOLUTION
    dW = dD @ X.T
    dX = W.T @ dD
    return dW, dX
    ### END SOLUTION


# %% check="matmul_backward"
check("matmul_backward")

# %% [markdown]
# The same boxes again. What you got right is now filled, with the product that it came from beside it.

# %% demo="boxes_filled"
plot_shapes(matmul_backward)

# %% [markdown]
# And now element by element. On the left every element was nudged up and down and the change of the loss measured,
# without any formula; in the middle are your gradients. Blue is positive, orange negative. On the right, their
# difference: you should see 1e-9 or less everywhere, which is the rounding of the measurement. A pattern there is a
# clue.

# %% demo="gradients"
plot_gradients(matmul_backward)

# %% [markdown]
# ## A layer, forwards
#
# Slide 16 stands its examples in columns. Most code lays them in rows, so that `x[n]` is example $n$, and the product
# turns round:
#
# $$\underset{N\times M}{\text{out}} = \underset{N\times D}{x}\;\underset{D\times M}{w} + \underset{M}{b}$$
#
# NumPy adds $b$ to every row.
#
# An example may also be an image, and `x` an array of shape $(N, d_1, \dots, d_k)$. The layer knows nothing of height
# and width: it takes the $D = d_1 \cdots d_k$ numbers of an example as one row. Only never mix the numbers of two
# examples.


# %% exercise="affine_forward"
def affine_forward(x, w, b):
    """Forward pass of a fully connected layer.

    All arrays are float64.
    x: (N, d1, ..., dk), N examples; each is read as a row of D = d1*...*dk
    numbers, in the order of x[n].ravel().
    w: (D, M) weights.  b: (M,) biases.
    Returns (out, cache): the outputs (N, M), and anything that affine_backward
    needs; nobody changes x or w before affine_backward has run, but other
    layers may run in between.  Leaves x, w, b unchanged.
    """
    ### BEGIN SOLUTION
    rows = x.reshape(len(x), -1)
    out = rows @ w + b
    return out, (x, w)
    ### END SOLUTION


# %% check="affine_forward"
check("affine_forward")

# %% [markdown]
# ## A layer, backwards
#
# You already own two of the three gradients: it is the matrix product of slide 16 with rows for columns. Two things
# are new.
#
# - **The bias** is used $N$ times, once in each row. Whatever is used more than once collects a gradient from each
#   use, and the contributions add up.
# - **The shape of `x`.** The gradient of a batch of images is a batch of images.
#
# A word on $\frac1N$: there is none here. If the loss is a mean over the batch, its $\frac1N$ has already arrived
# inside `dout`. A layer that divides once more trains with a learning rate $N$ times too small.


# %% exercise="affine_backward"
def affine_backward(dout, cache):
    """Backward pass of a fully connected layer.

    dout: (N, M) upstream gradient dL/dout, a float64 array.
    cache: what affine_forward returned beside out; it is left as it was, so
    that a second backward pass gives the same.
    Returns (dx, dw, db): dL/dx in the shape of x, (N, d1, ..., dk); dL/dw
    (D, M); dL/db (M,), not (1, M).  Sums over the batch are sums, without
    any 1/N.
    Write formulas: a gradient that is measured with small differences of the
    forward pass earns nothing.
    """
    ### BEGIN SOLUTION
    x, w = cache
    rows = x.reshape(len(x), -1)
    dw = rows.T @ dout
    dx = (dout @ w.T).reshape(x.shape)
    db = dout.sum(axis=0)
    return dx, dw, db
    ### END SOLUTION


# %% check="affine_backward"
check("affine_backward")

# %% [markdown]
# ## Undo the broadcasting
#
# Adding `b` of shape (4,) to a (3, 4) array works because NumPy *broadcasts*: it behaves as if `b` stood there three
# times. You have just gone back through that by a sum. The same holds for every operation that broadcasts. Forwards a
# number is copied; backwards the gradients of its copies are added.
#
# | shape of the input | stretched to | how | the way back |
# |---|---|---|---|
# | (4,) | (3, 4) | a new axis in front | add up over that axis; it disappears |
# | (3, 1) | (3, 4) | an axis of size 1 is repeated | add up over that axis; it stays, with size 1 |
# | () | (3, 4) | a number fills everything | add up everything |
#
# With $g = \begin{pmatrix}1&2&3\\4&5&6\end{pmatrix}$ you should get (5, 7, 9) for the shape (3,), and
# $\begin{pmatrix}6\\15\end{pmatrix}$ for the shape (2, 1). Both ways of stretching can occur at once.


# %% exercise="unbroadcast"
def unbroadcast(g, shape):
    """Sum g down to shape: the adjoint of broadcasting.

    g: float64 array, the gradient of a broadcast result.
    shape: a tuple, the shape of the input that was stretched to the shape of
    g; () for a number.
    Returns an array of exactly this shape.  Leaves g unchanged.
    """
    ### BEGIN SOLUTION
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g
    ### END SOLUTION


# %% check="unbroadcast"
check("unbroadcast")

# %% [markdown]
# ## Test a backward pass with two vectors
#
# Nudging one element at a time takes two forward passes an element. A layer with a million weights cannot wait for
# that. The *dot-product test* takes a handful of passes, however large the layer is.
#
# Let $J$ hold the slopes of every output of $f$ with respect to every input. A forward pass can measure $Ju$: how the
# output moves when $x$ moves along $u$. A backward pass returns $J^\top v$: what arrives at $x$ when $v$ arrives at
# the output. Whatever $u$ and $v$ are, these two numbers must agree:
#
# $$\langle v,\, Ju\rangle = \langle J^\top v,\, u\rangle, \qquad Ju \approx \frac{f(x + hu) - f(x - hu)}{2h}$$
#
# Here $\langle a, b\rangle$ multiplies two arrays of the same shape element by element and adds everything up. With
# random $u$ and $v$, an error anywhere in the backward pass shows in the one number.


# %% exercise="dot_test"
def dot_test(f, vjp, x, seed):
    """Dot-product test of a backward pass: the distance |<v, J u> - <J.T v, u>|.

    f: takes an array like x, returns an array; J is its Jacobian at x.
    vjp: the backward pass under test; vjp(v, x) returns what it takes for
    J.T v, an array like x.
    x: float64 array of any shape, left unchanged, of numbers below 1e6.
    seed: of the random directions u and v, which are drawn for you below.
    J u is the centred difference with step h.  Returns the distance, a number
    that is not negative.
    """
    rng = np.random.default_rng(seed)
    u = rng.uniform(-1, 1, size=np.shape(x))
    v = rng.uniform(-1, 1, size=np.shape(f(x)))
    h = 1e-5
    ### BEGIN SOLUTION
    Ju = (f(x + h * u) - f(x - h * u)) / (2 * h)
    measured = np.sum(v * Ju)
    claimed = np.sum(vjp(v, x) * u)
    return abs(measured - claimed)
    ### END SOLUTION


# %% check="dot_test"
check("dot_test")

# %% [markdown]
# Now let your test judge your own layer, on a batch of 8 images of 12×12×3 numbers and 4320 weights. You should see
# 1e-8 or less for your three gradients, and far more in the last line, where the gradient of one single weight was
# made wrong on purpose.

# %% demo="dot_tests"
show_dot_tests(dot_test, affine_forward, affine_backward)

# %% [markdown]
# ## What you have now
#
# A layer that runs both ways on a whole batch, and a test that any layer can afford. Notebook 7 stacks such layers into
# a network and trains it.
