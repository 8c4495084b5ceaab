# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7 · A network that learns
#
# *Slides 2–4, 9 and 29–32. About 120 minutes, 14 points and a bonus of 3.* A person reads the answer to
# the written question. The bonus takes 25 minutes more.
#
# The lecture opens with a network that must be trained and closes with the formulas that train it. This notebook
# walks from the one to the other, and ends with a network that reads handwriting. You will be able to
#
# - measure how wrong a network is, with the cost of slide 29 and with the loss that classifiers use,
# - go back through a layer index by index, as slides 30 to 32 do,
# - send that number back through two layers and a whole batch to every single weight,
# - train by stochastic gradient descent and read more than 95 of 100 handwritten digits,
# - tell from a curve whether the learning rate is too small, right or too large.
#
# Run the cells from top to bottom. Replace `raise NotImplementedError()` by your own lines, then run the check below.
# At grading, hidden checks ask the same with other numbers, and can still take points away.
#
# A word is new? The lecture's words stand in the last cell of notebook 1.

# %% provided="setup"
import numpy as np

from autograder.student import check
from autograder.student.data.mlp_sgd import load_digits, make_spiral
from autograder.student.plots.mlp_sgd import (
    plot_image_paths,
    plot_paths,
    plot_rates,
    plot_regions,
    plot_weights,
    show_digits,
    show_slide31,
)

# %% [markdown]
# ## What it will read
#
# 1797 digits, written by people, scanned and shrunk to 8×8 pixels. Each image is a row of 64 numbers between 0 (paper)
# and 1 (ink). 360 of them are kept back: a network is judged by images that it was not trained on. The picture shows
# twenty of the others.

# %% provided="digits"
X_train, y_train, X_test, y_test = load_digits()

# %% demo="digits"
show_digits(X_train, y_train)

# %% [markdown]
# ## A bend between the layers
#
# **Slide 3.** A neuron is a weighted sum and an activation. Without the activation, two layers are no better than one:
# $(XW_1)W_2$ is $X(W_1W_2)$, a single matrix. Any bend will do. The cheapest is the rectifier,
#
# $$\text{relu}(x) = \max(0, x)$$
#
# On the way back it is a switch for each number. Where $x > 0$ the upstream gradient passes unchanged, where $x < 0$
# nothing passes.
#
# *A note on the corner.* Slide 11 sets the slope at $x = 0$ to 1, most code to 0. Any value between is a fair slope
# there, and no check looks at it.


# %% exercise="relu_forward"
def relu_forward(x):
    """The rectifier max(0, x), element by element.

    x: float64 array of any shape, left unchanged.  Returns the same shape.
    """
    ### BEGIN SOLUTION
    return np.maximum(0.0, x)
    ### END SOLUTION


# %% check="relu_forward"
check("relu_forward")


# %% exercise="relu_backward"
def relu_backward(dout, x):
    """Backward pass of the rectifier.

    dout: upstream gradient dL/d(relu(x)), a float64 array in the shape of x.
    x: what relu_forward was given.
    Returns dL/dx in the same shape.  Leaves dout and x unchanged.
    """
    ### BEGIN SOLUTION
    return dout * (x > 0)
    ### END SOLUTION


# %% check="relu_backward"
check("relu_backward")

# %% [markdown]
# ## The cost of one example
#
# **Slide 29.** The network answers with the activations $a_j$ of its last layer; wanted were the numbers $y_j$. The
# cost of this example is
#
# $$C_0 = \sum_j (a_j - y_j)^2$$
#
# a sum over the outputs, with no $\frac12$ and no mean. Its slope with respect to each output says which way, and how
# hard, to push that output. For $a = (0.83, 0.63)$ and $y = (0, 1)$ you should get $C_0 = 0.8258$ and the slopes
# $(1.66, -0.74)$: down with the first, up with the second.


# %% exercise="mse_cost"
def mse_cost(a, y):
    """Slide 29's cost of one example, and its gradient.

    a: (n,) float64 outputs of the last layer.  y: (n,) the numbers wanted,
    an array of floats or of integers.
    Returns (C, dC): the sum of the squared differences, a number, and
    dC/da (n,).  Leaves a and y unchanged.
    """
    ### BEGIN SOLUTION
    difference = a - y
    C = np.sum(difference**2)
    dC = 2 * difference
    return C, dC
    ### END SOLUTION


# %% check="mse_cost"
check("mse_cost")

# %% [markdown]
# ## One layer back, index by index
#
# **Slides 30–32.** From there everything is the chain rule. A weight $w^{(L)}_{jk}$ leads from activation
# $a^{(L-1)}_k$ to the sum $z^{(L)}_j$ of the next layer, and $a^{(L)}_j = \sigma(z^{(L)}_j)$. Slide 30 multiplies
# *what came in, the slope of the activation, what comes back*:
#
# $$\frac{\partial C_0}{\partial w^{(L)}_{jk}} = a^{(L-1)}_k\;\sigma'(z^{(L)}_j)\;
# \frac{\partial C_0}{\partial a^{(L)}_j}$$
#
# At the last layer, what comes back is the slope of your `mse_cost`. The bias $b^{(L)}_j$ is the weight of an input
# that is always 1. And an activation $a^{(L-1)}_k$ feeds *every* neuron $j$ of its next layer, so **slide 32** has a
# sum over $j$. Both are yours to find.
#
# *A note on the slide.* Slide 32 uses $j$ twice, once for a neuron of its own and once as the index of the sum. Where
# it sums over $j$, the slope on the left is that of $a^{(L-1)}_k$.

# %% [markdown]
# **Slide 31** draws a network with its activations: $(0.94, 0.80, 0.98)$, then $a^{(L-1)} = (0.10, 0.40, 0.81)$, and
# last $a^{(L)} = (0.83, 0.63)$, where $(0, 1)$ was wanted. They are enough to check the six weights of the last
# layer, since $\sigma'(z)$ follows from the output (notebook 3). You should get
#
# $$\frac{\partial C_0}{\partial w^{(L)}} = \begin{pmatrix} 0.023423 & 0.093690 & 0.189723\\
# -0.017249 & -0.068998 & -0.139720\end{pmatrix}$$
#
# The slide shows no weights. Those that the layer before needs are invented here.


# %% exercise="layer_by_index"
def layer_by_index(w, a_before, a, dC_da):
    """One layer of sigmoid neurons backwards, with the lecture's indices.

    w: (J, K); w[j, k] leads from activation k of the layer before to neuron j.
    a_before: (K,) activations of the layer before, any numbers.
    a: (J,) activations of this layer: outputs of the sigmoid, from 0 to 1.
    dC_da: (J,) what comes back: the slope of the cost for each of a.
    All are float64 arrays and stay unchanged.
    Returns (dw, db, da_before), the slopes of the cost: (J, K) for w, (J,) for
    the biases, and (K,) for a_before.
    """
    ### BEGIN SOLUTION
    dz = a * (1 - a) * dC_da
    dw = np.outer(dz, a_before)
    db = dz
    da_before = w.T @ dz
    return dw, db, da_before
    ### END SOLUTION


# %% check="layer_by_index"
check("layer_by_index")

# %% [markdown]
# Now both layers of slide 31: your `mse_cost` starts, and what your function returns for $a^{(L-1)}$ is what comes
# back to the layer before. A network of a hundred layers is a hundred such calls.

# %% demo="slide31"
show_slide31(mse_cost, layer_by_index)

# %% [markdown]
# *Where is the transpose?* The lecture writes $w_{jk}$ from $k$ to $j$: a row for each neuron, $z = w\,a + b$. The
# programs of notebook 4 put examples in rows, so `w` there has a row for each *input* and $z = x\,w + b$: it is the
# transpose of the lecture's. All indices at once are the matrix products that you know from there.

# %% [markdown]
# ## A loss for classes
#
# A digit is one of ten. Ten sigmoids and slide 29's cost would do, but a sigmoid that is certain and wrong has a slope
# near 0, so it learns least where it should learn most. For classes there is something better. The last layer gives
# each class a *score*, and the *softmax* turns the scores of one example into probabilities:
#
# $$p_c = \frac{e^{x_c}}{\sum_k e^{x_k}}$$
#
# The loss is what the logistic loss of notebook 3 becomes with more than two classes: minus the logarithm of the
# probability of the right class, and here the **mean** over the $N$ examples of the batch,
#
# $$L = -\frac1N \sum_n \log p_{n,\,y_n}$$
#
# Derive its gradient on paper, for one example first. With the right class $y$, put the softmax into $-\log p_y$: the
# logarithm of the quotient becomes a difference of two terms. What is the slope of each with respect to the score
# $x_c$, for $c = y$ and for any other $c$? You should find the error $Y - p$ of **slide 4** again, turned as in
# notebook 3: push up the right score, push down the others. With scores $(1, 2, 3)$ and the right class 1 it is
# $(0.0900, -0.7553, 0.6652)$. Then add the $\frac1N$ of the mean.
#
# **Two traps.** First, $e^{1000}$ overflows. Softmax does not change if the same number is taken from all scores of
# an example: take their largest. Second, the largest and the sum belong to *one example*, so to one row of `x`.
#
# A network that knows nothing gives all $C$ classes the same probability and has $L = \log C$: for ten digits 2.303.
# If your first loss is far from that, look for the reason before you train.


# %% exercise="softmax_loss"
def softmax_loss(x, y):
    """Softmax and logarithmic loss of a batch, and its gradient.

    x: (N, C) float64 scores, one example a row, from -1000 to 1000; those of
    one example differ by no more than 500.  Nothing overflows or warns.
    y: (N,) integers from 0 to C-1, the right classes.
    Returns (loss, dx): the mean loss over the N examples, a number, and
    dloss/dx (N, C).  Leaves x and y unchanged.
    Write a formula: a gradient that is measured with small differences of
    the loss earns nothing.
    """
    ### BEGIN SOLUTION
    shifted = x - x.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    sums = powers.sum(axis=1, keepdims=True)
    every = np.arange(len(x))
    loss = np.mean(np.log(sums[:, 0]) - shifted[every, y])
    dx = powers / sums
    dx[every, y] -= 1
    return loss, dx / len(x)
    ### END SOLUTION


# %% check="softmax_loss"
check("softmax_loss")

# %% [markdown]
# ## The whole network
#
# Two layers, with examples in rows:
#
# $$\underset{N\times H}{z} = \underset{N\times D}{X}\,\underset{D\times H}{W_1} + b_1, \qquad
# h = \text{relu}(z), \qquad
# \underset{N\times C}{\text{scores}} = h\,\underset{H\times C}{W_2} + b_2$$
#
# To the loss of the scores comes a price on large weights, so that the network does not learn the batch by heart:
#
# $$L = L_\text{softmax} + \text{reg}\cdot\Big(\sum W_1^2 + \sum W_2^2\Big)$$
#
# There is no $\frac12$ in front, and the biases are free of charge.
#
# Forwards, keep what you will want again. Backwards, start with what `softmax_loss` returns for the scores and go
# down: each layer gives its weights and biases their gradients, and the layer below what it needs to go on. The
# $\frac1N$ is already inside; nobody divides again.


# %% exercise="loss_and_grads"
def loss_and_grads(params, X, y, reg):
    """Loss of the two-layer network on a batch, and all gradients.

    params: dict with W1 (D, H), b1 (H,), W2 (H, C), b2 (C,).
    X: (N, D) float64 examples in rows.  y: (N,) integers from 0 to C-1, the
    right classes.
    reg: a number, 0 or more; reg * (sum of W1**2 + sum of W2**2) is added to
    the mean loss over the N examples.
    Returns (loss, grads): a number, and a dict with the names and shapes of
    params.  Leaves params, X and y unchanged.
    Write formulas: a gradient that is measured with small differences of the
    loss earns nothing.
    """
    W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))
    ### BEGIN SOLUTION
    z = X @ W1 + b1
    h = relu_forward(z)
    scores = h @ W2 + b2
    data_loss, dscores = softmax_loss(scores, y)
    loss = data_loss + reg * (np.sum(W1**2) + np.sum(W2**2))
    dW2 = h.T @ dscores + 2 * reg * W2
    db2 = dscores.sum(axis=0)
    dh = dscores @ W2.T
    dz = relu_backward(dh, z)
    dW1 = X.T @ dz + 2 * reg * W1
    db1 = dz.sum(axis=0)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
    ### END SOLUTION


# %% check="loss_and_grads"
check("loss_and_grads")

# %% [markdown]
# ## One step
#
# **Slide 3.** Every parameter moves a little against its gradient, $w \leftarrow w - \alpha\,\partial L/\partial w$.
# The *learning rate* $\alpha$ is the same for all.


# %% exercise="sgd_step"
def sgd_step(params, grads, lr):
    """One step of gradient descent for all parameters.

    params: dict of float64 arrays, of any names and shapes.
    grads: dict of their gradients, with the same names and shapes.
    lr: the learning rate, a number, 0 or more.
    Returns a new dict with the same names: the parameters after the step.
    Leaves params and grads unchanged.
    """
    ### BEGIN SOLUTION
    return {name: value - lr * grads[name] for name, value in params.items()}
    ### END SOLUTION


# %% check="sgd_step"
check("sgd_step")

# %% [markdown]
# ## Train
#
# **Slides 2 and 3.** The gradient over all examples is the best direction, and a waste: a few dozen examples show
# nearly the same one for a fraction of the work. So *stochastic* gradient descent takes them in small batches and
# makes a step after each. One pass through all examples is an *epoch*. With 1437 digits and batches of 32 that makes
# 45 steps an epoch; the last batch is smaller.
#
# The order is shuffled in every epoch. Two things about shuffling go wrong again and again: an image must keep its
# label, and a result that cannot be repeated cannot be debugged. So draw every random number from the generator `rng`
# that is made from the seed.


# %% exercise="train"
def train(params, X, y, lr, epochs, batch, seed):
    """Train the two-layer network by stochastic gradient descent, with reg = 0.

    params: dict as in loss_and_grads, where training starts; left unchanged.
    X: (N, D) float64 examples in rows.  y: (N,) integers from 0 to C-1, the
    right classes.  lr: the learning rate, a number, 0 or more.
    epochs: how many passes, 0 or more.  batch: 1 or more.
    Each epoch takes every example once, in a new random order, in batches of
    `batch` examples; the last batch holds what is left.  Each batch makes
    one step of gradient descent on its own mean loss, for all parameters at
    once.
    seed: the order of the examples depends on it and on nothing else; the
    state of np.random stays as it is.
    Returns history, a dict.  history["loss"]: epochs + 1 numbers, the loss on
    all of X and y before the first epoch and after each.
    history["params"]: the trained parameters.
    """
    rng = np.random.default_rng(seed)
    ### BEGIN SOLUTION
    losses = [loss_and_grads(params, X, y, 0.0)[0]]
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X), batch):
            rows = order[start : start + batch]
            _, grads = loss_and_grads(params, X[rows], y[rows], 0.0)
            params = sgd_step(params, grads, lr)
        losses.append(loss_and_grads(params, X, y, 0.0)[0])
    return {"loss": losses, "params": params}
    ### END SOLUTION


# %% check="train"
check("train")

# %% [markdown]
# ## Read the digits
#
# Two small things to go with your functions: where a network starts, and what it answers. The weights start random.
# Were they all zero, all hidden neurons would be the same, get the same gradient, and stay the same for ever.


# %% provided="network"
def init_params(D, H, C, seed):
    """Small random weights, zero biases: D inputs, H hidden neurons, C classes."""
    rng = np.random.default_rng(seed)
    return {
        "W1": 0.1 * rng.normal(size=(D, H)),
        "b1": np.zeros(H),
        "W2": 0.1 * rng.normal(size=(H, C)),
        "b2": np.zeros(C),
    }


def predict(params, X):
    """The class with the highest score, for each row of X."""
    hidden = relu_forward(X @ params["W1"] + params["b1"])
    return np.argmax(hidden @ params["W2"] + params["b2"], axis=1)


# %% [markdown]
# Three training runs from the same start, with three learning rates. You should see one curve that creeps, one that
# falls steeply to far below the others, and one that learns nothing: but for a bump here and there it lies on the
# dotted line, $\log 10$, the loss of a network that knows nothing. In that run the first steps leap so far that
# after a few epochs hardly any hidden neuron is positive for any image.

# %% demo="rates"
start = init_params(64, 32, 10, seed=7)
runs = plot_rates(train, start, X_train, y_train, rates=(0.005, 0.5, 2.0))

# %% [markdown]
# ## In your own words
#
# Explain the three curves in three to five sentences. Why does the first creep? Why does the third learn nothing,
# although every one of its steps goes against the gradient? (Think of the leap with the rate 1 in notebook 2, and of
# what a rectifier passes back where it is flat.) And how would you look for a good rate on a network that
# you have never trained before? A person reads this answer; it carries 1 point.

# %% [markdown] written="three_learning_rates"
# ### BEGIN SOLUTION
# With a rate of 0.005 every step goes down, but so short a way that 30 epochs are not enough. The gradient only says
# how the loss changes close by. A step of rate 2 goes far beyond that: it crosses the valley and lands higher on the
# other side, or throws the hidden neurons into the region where the rectifier is flat and nothing learns any more. I
# would try rates a factor of ten apart for a few epochs, take the largest at which the loss falls steadily, and lower
# it later in training.
# ### END SOLUTION

# %% [markdown]
# Now the images that were kept back. You should see more than 95 %, after less than five seconds of training.

# %% demo="accuracy"
if runs:
    trained = runs[0.5]["params"]
    right = np.mean(predict(trained, X_test) == y_test)
    print(f"{right:.1%} of {len(y_test)} digits that the network had never seen")

# %% [markdown]
# A caution about that number. Both parts hold digits by the same people. Had the network been tested on the writing
# of people it never saw, it would read about 91 of 100. What a test promises depends on what was kept back.
#
# And what did it learn? Every hidden neuron multiplies the image by 64 weights, which are an image themselves. Blue
# is where it wants ink, orange where it wants none. On the left you should see the pale noise of the random start, on
# the right strokes, arcs and edges. The outermost columns stay pale: hardly anybody writes there, so there is nothing
# to learn.

# %% demo="weights"
if runs:
    plot_weights(start, runs[0.5]["params"])

# %% [markdown]
# ## See it bend
#
# Two numbers an example instead of 64, so that the whole input fits into a picture: three arms of a spiral. No
# straight line separates them. On the left is the random start, on the right your network after training. You should
# see three curved regions that follow the arms. Look closely: each is bounded by short straight pieces, for every
# hidden neuron has one straight edge along which its rectifier switches.

# %% demo="spiral"
X_spiral, y_spiral = make_spiral(each=80, arms=3, seed=1)
plot_regions(train, predict, init_params(2, 64, 3, seed=1), X_spiral, y_spiral)

# %% [markdown]
# ## A bonus: use the curvature
#
# Gradient descent knows the slope and guesses the length of its step. *Newton's method* also asks how fast the slope
# changes. Take a paraboloid
#
# $$f(x) = \tfrac12\, x^\top A\, x - b^\top x, \qquad \nabla f = A\,x - b$$
#
# ($\nabla f$ is the gradient, all slopes of $f$ in one vector) with a symmetric matrix $A$, its curvature in all
# directions. Newton's step solves a system of linear equations for
# the step $s$ and takes it whole, with no learning rate:
#
# $$A\, s = \nabla f, \qquad x \leftarrow x - s$$
#
# You may have met the idea before. Slide 9 divides an error by a slope to find where the *error* is zero; here a
# slope is divided by a curvature to find where the *slope* is zero. Neither is the step of slide 3.
#
# This exercise earns up to 2 points on top. Nobody loses anything by leaving it out.


# %% exercise="paraboloid_paths"
def paraboloid_paths(A, b, x, lr, steps):
    """Descend f(x) = x.T A x / 2 - b.T x by gradient descent and by Newton.

    A: (n, n) float64 array, symmetric and positive definite.
    b: (n,) float64 array.
    x: (n,) float64 array, where both start; left unchanged.
    lr: learning rate of gradient descent, 0 or more.  Newton's method has none.
    steps: how many steps each of them takes, 0 or more.
    Returns (descent, newton): the points visited, each (steps + 1, n), with
    the start in front.
    """
    ### BEGIN SOLUTION
    descent, newton = [x], [x]
    for _ in range(steps):
        descent.append(descent[-1] - lr * (A @ descent[-1] - b))
        newton.append(newton[-1] - np.linalg.solve(A, A @ newton[-1] - b))
    return np.array(descent), np.array(newton)
    ### END SOLUTION


# %% check="paraboloid_paths"
check("paraboloid_paths")

# %% [markdown]
# Both from the same point, on a long valley seen from above. You should see gradient descent zigzag from wall to wall,
# and Newton's method arrive in one step.

# %% demo="paths"
plot_paths(paraboloid_paths)

# %% [markdown]
# **Now without a formula.** The lecture's homework hands you the paraboloid as an *image*: `image[r, c]` is its height
# in column $x = c$ and row $y = r$, and nobody tells you $A$ and $b$. Slopes come by *convolution*: slide a small
# window of weights over the image, and in each place multiply and add up. For the slope along $x$ it is notebook 1's
# centred difference,
#
# $$f_x(r, c) = \tfrac12\big(f(r, c + 1) - f(r, c - 1)\big), \qquad \text{window } \tfrac12\,(-1,\ 0,\ 1)$$
#
# Find the other four windows. The curvature $f_{xx}$ is how much the slope changes from one gap between pixels to the
# next; $f_{xy}$ is the slope along $y$ of the slope along $x$. At the border a window has no room, so leave that out.
# On a paraboloid all five are exact.
#
# *A trap.* A mathematician's convolution turns the window round first, and `np.convolve` does so. That changes the
# sign of a slope, but not that of a curvature.
#
# This one earns up to 1 point on top.


# %% exercise="image_slopes"
def image_slopes(image):
    """Slopes and curvatures of an image at its inner pixels.

    image: (R, C) float64 array, R and C 3 or more; image[r, c] is the height
    at x = c, y = r.
    Returns (fx, fy, fxx, fxy, fyy), each (R - 2, C - 2): differences between
    the 3 x 3 pixels about each inner pixel, centred there.
    """
    ### BEGIN SOLUTION
    here = image[1:-1, 1:-1]
    left, right = image[1:-1, :-2], image[1:-1, 2:]
    up, down = image[:-2, 1:-1], image[2:, 1:-1]
    fx = (right - left) / 2
    fy = (down - up) / 2
    fxx = left - 2 * here + right
    fxy = (image[2:, 2:] - image[2:, :-2] - image[:-2, 2:] + image[:-2, :-2]) / 4
    fyy = up - 2 * here + down
    return fx, fy, fxx, fxy, fyy
    ### END SOLUTION


# %% check="image_slopes"
check("image_slopes")

# %% [markdown]
# The same two descents, this time on pixels: every step reads your slopes and curvatures at the nearest pixel. You
# should see gradient descent jump across the dark valley and Newton's method arrive in one step again.

# %% demo="image_paths"
plot_image_paths(image_slopes)

# %% [markdown]
# Why does nobody train networks like this? $A$ has a row and a column for every parameter. Your small network has
# 2410 of them, and its curvature 5.8 million entries, which change after every step.

# %% [markdown]
# ## What you have now
#
# A network, its gradients and its training, and no line of it from a library. Notebook 8 gives it another activation,
# a shortcut and a loss made for one purpose, and lets it fly a drone along a trail.
