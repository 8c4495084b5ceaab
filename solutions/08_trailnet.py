# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 8 · A drone that follows a trail
#
# *Slides 3 and 33, and [arXiv 1705.02550](https://arxiv.org/abs/1705.02550). About 105 minutes, 10 points.*
#
# **Slide 33.** The last slide shows what all this was for: a small drone that flies through a forest along a trail,
# steered by a network that looks at one picture at a time. The network is called TrailNet. In this notebook you write
# the parts of it that are not in a textbook, and then your network flies. You will be able to
#
# - send a gradient through a *shifted ReLU* and through a *residual block*,
# - say what shape every layer of a convolutional network has,
# - take a loss of three terms from its authors' code, and get every term of its gradient right for a whole batch,
# - train one part of a network while the rest is frozen,
# - find a bug that no test with a single example can see.
#
# Run the cells from top to bottom. Replace `raise NotImplementedError()` by your own lines, then run the check below.
# At grading, hidden checks ask the same with other numbers, and can still take points away.
#
# A word is new? The lecture's words stand in the last cell of notebook 1.

# %% provided="setup"
from functools import partial

import numpy as np

from autograder.student import check
from autograder.student.data.trailnet import draw_views
from autograder.student.plots.trailnet import (
    plot_activations,
    plot_confidence,
    plot_flight,
    plot_training,
    show_layers,
    show_views,
)

# %% [markdown]
# ## What the drone sees
#
# A trail, from 1.2 m above the ground. The drone faces along it or turned to the left or right, and it hovers over
# the middle or off to a side. Two questions, with three answers each. For each of them the network has a *head*, a last
# layer of its own that makes a score of each answer:
#
# | head | question | 0 | 1 | 2 |
# |---|---|---|---|---|
# | *view* | where does the camera point, seen along the trail? | left | centre | right |
# | *side* | where is the drone, seen along the trail? | left | centre | right |
#
# The views here are drawn by a program, with a random heading, offset, bend and light. You should see how the two
# questions differ. A turn of the camera to the left moves the whole trail to the right; a drone on the left sees the
# near end of the trail on the right, and the far end hardly moves. But a bend moves the far end too, and heading and
# offset may cancel each other at the near end: no single spot of the picture gives the answer. (They are sharp for
# your sake. The drone's camera has 32×18 pixels, and the network gets 16×9 of grey.)


# %% provided="views"
def three_classes(value, limit):
    """0 (left) above limit, 2 (right) below -limit, 1 (centre) between them."""
    return 1 - (value > limit) + (value < -limit)


def make_examples(n, seed, scale=1):
    """n views (n, 18, 32, 3), and the classes of view and side (n,) for each.

    scale: more pixels, for people.
    """
    images, heading, offset = draw_views(n, seed, scale)
    return images, three_classes(heading, 10.0), three_classes(offset, 0.4)


# %% demo="views"
show_views(*make_examples(10, seed=190, scale=4))

# %% [markdown]
# ## An activation with room below zero
#
# TrailNet has 18 layers and is built like a well-known network called ResNet, but its activation is another one. (It
# also goes without *batch normalisation*, a layer that rescales numbers; you need not know it.) A ReLU gives out
# nothing below 0, so the mean of what it gives out is always positive and pushes the next layer to one side. The *ELU*
# lets numbers down to -1 through, but needs an exponential. The *shifted ReLU* has nearly the same shape, and costs one
# comparison: it is the curve of the ReLU, moved along the diagonal until its corner stands at $(-1, -1)$. So srelu(3)
# is 3, and srelu(-3) is -1. Find its formula.
#
# There are 17 of them in TrailNet. For the backward pass, find the slope on either side of the corner. At the corner
# itself any value between the two slopes is fair, and no check looks there.


# %% exercise="srelu_forward"
def srelu_forward(x):
    """The shifted ReLU, element by element.

    x: float64 array of any shape, left unchanged.  Returns the same shape.
    """
    ### BEGIN SOLUTION
    return np.maximum(x, -1.0)
    ### END SOLUTION


# %% check="srelu_forward"
check("srelu_forward")


# %% exercise="srelu_backward"
def srelu_backward(dout, x):
    """Backward pass of the shifted ReLU.

    dout: upstream gradient dL/d(srelu(x)), a float64 array in the shape of x.
    x: what srelu_forward was given.
    Returns dL/dx in the same shape.  Leaves dout and x unchanged.
    """
    ### BEGIN SOLUTION
    return dout * (x > -1)
    ### END SOLUTION


# %% check="srelu_backward"
check("srelu_backward")

# %% [markdown]
# Three activations. You should see your curve follow the ELU closely on the far left and exactly on the right, with
# a corner in between.

# %% demo="activations"
plot_activations(srelu_forward)

# %% [markdown]
# ## The shape of every layer
#
# A *convolution* slides a window of $k$ pixels along a row of $n$, in steps of $s$, after $p$ pixels of padding,
# which are zeros, were put at each end; at every place it multiplies what it sees by weights and adds up. A *pool*
# slides a window in the same way and keeps the largest number that it sees. A window that does not fit any more is
# left out. On a row of 10 pixels without padding, a window of 3 with steps of 2 begins at pixel 0, 2, 4 and 6, which
# makes 4 places; at 8 it would stick out. Find the formula for any $n$, $k$, $s$ and $p$. Across and down it works
# the same, each by itself. (In the published network, which runs in another library, a pool rounds up. At TrailNet's
# own sizes nothing is left over, and both give the same.)
#
# TrailNet takes pictures of 320×180 pixels in three colours, with each pixel $x$ turned into $x/256 - 0.5$. Its first
# convolution has windows of 7, steps of 2 and no padding at all: 157×87 places, with 64 numbers each.


# %% exercise="conv_out"
def conv_out(n, k, s, p):
    """How many places a window has on a row: the size of a convolution's output.

    n: pixels in the row.  k: size of the window.  s: step.  p: padding at
    each end.  All are integers, n, k and s 1 or more, p 0 or more, and k at
    most n + 2p.  Returns an integer.
    """
    ### BEGIN SOLUTION
    return (n + 2 * p - k) // s + 1
    ### END SOLUTION


# %% check="conv_out"
check("conv_out")

# %% [markdown]
# The table lists what changes the shape: the first convolution, a pool, and one convolution in each of four groups of
# layers. `channels` is how many numbers there are at each place of the output.
#
# *A detail of the published network, not needed here.* A group begins with two convolutions of 3×3. The first of them
# brings the new number of channels, the second takes the step of 2.

# %% provided="stages"
# (window, step, padding, channels)
STAGES = [
    (7, 2, 0, 64),  # convolution
    (3, 2, 0, 64),  # pool
    (3, 1, 1, 64),  # first group of blocks
    (3, 2, 1, 128),
    (3, 2, 1, 256),
    (3, 2, 1, 512),
]


# %% exercise="trailnet_shapes"
def trailnet_shapes(width=320, height=180):
    """The shape of TrailNet's output after each stage in STAGES.

    width, height: of the picture, in pixels; large enough for every stage.
    Returns a list with (width, height, channels) for each stage, in order.
    """
    ### BEGIN SOLUTION
    shapes = []
    for k, s, p, channels in STAGES:
        width = conv_out(width, k, s, p)
        height = conv_out(height, k, s, p)
        shapes.append((width, height, channels))
    return shapes
    ### END SOLUTION


# %% check="trailnet_shapes"
check("trailnet_shapes")

# %% [markdown]
# The mean over all places leaves 512 numbers, and each head makes three scores of them. With both heads you should
# count 11,174,790 parameters. Note where they are: hardly any in the large pictures at the front.

# %% demo="layers"
show_layers(trailnet_shapes)

# %% [markdown]
# ## A shortcut
#
# Eighteen layers in a row are hard to train: on the way back, each of them multiplies the gradient once more. A
# *residual block* puts a shortcut around two layers, so that they only learn what must be *added* to their input. Here
# it is with full layers, which you know, in place of convolutions:
#
# $$z_1 = xW_1 + b_1, \qquad h = \text{srelu}(z_1), \qquad z_2 = hW_2 + b_2 + x, \qquad \text{out} = \text{srelu}(z_2)$$


# %% provided="residual_forward"
def residual_forward(x, W1, b1, W2, b2):
    """Forward pass of a residual block.

    x: (N, D).  W1: (D, H), b1: (H,).  W2: (H, D), b2: (D,).
    Returns (out, cache): the output (N, D), and what the way back needs.
    """
    z1 = x @ W1 + b1
    h = np.asarray(srelu_forward(z1))
    z2 = h @ W2 + b2 + x
    return srelu_forward(z2), (x, z1, h, z2, W1, W2)


# %% [markdown]
# Follow `x` through these lines: it is used twice. So it collects a gradient from two ways, one through both layers
# and one along the shortcut, and they add up. Both begin behind the last activation.


# %% exercise="residual_backward"
def residual_backward(dout, cache):
    """Backward pass of a residual block.

    dout: (N, D) float64 upstream gradient dL/dout.
    cache: (x, z1, h, z2, W1, W2) from residual_forward; left as it was, since
    it may serve again with another dout.
    Returns (dx, dW1, db1, dW2, db2), each in the shape of what it is the
    gradient of.  Sums over the batch are sums, without any 1/N.
    """
    ### BEGIN SOLUTION
    x, z1, h, z2, W1, W2 = cache
    dz2 = srelu_backward(dout, z2)
    dW2 = h.T @ dz2
    db2 = dz2.sum(axis=0)
    dz1 = srelu_backward(dz2 @ W2.T, z1)
    dW1 = x.T @ dz1
    db1 = dz1.sum(axis=0)
    dx = dz1 @ W1.T + dz2
    return dx, dW1, db1, dW2, db2
    ### END SOLUTION


# %% check="residual_backward"
check("residual_backward")

# %% [markdown]
# ## A loss of three terms
#
# For one example, let $x$ be the three scores of a head, $p$ their softmax and $c$ the right class. TrailNet's loss is
#
# $$L = \underbrace{-\sum_k t_k \log p_k}_\text{cross-entropy} \;-\; \lambda_1 \underbrace{H}_\text{entropy}
# \;+\; \lambda_2 \underbrace{p_{2-c}}_\text{wrong side}, \qquad H = -\sum_k p_k \log p_k$$
#
# and for a batch it is the mean over the $N$ examples.
#
# - **The targets $t$ are smoothed.** The right class should get $1 - \varepsilon$, each of the two others
#   $\varepsilon/2$. A person who labels pictures is not sure either.
# - **The entropy is rewarded.** $H$ is large where the network hesitates. A network that is always certain jerks the
#   drone from one side to the other.
# - **The wrong side costs extra.** To take *left* for *right* is worse than to take it for *centre*. Class $2 - c$ is
#   the opposite side. For a centre example there is none, and the third term is 0.
#
# Each term has its own gradient with respect to the scores. The first one you have derived in notebook 7 for a target
# that is 1 at one class and 0 elsewhere; do it again for a $t$ that is spread, and only adds up to 1. The others follow
# by the chain rule through the softmax. These are its local slopes, and those of the entropy:
#
# $$\frac{\partial p_s}{\partial x_k} = p_s\,\big([k = s] - p_k\big), \qquad
# \frac{\partial H}{\partial p_s} = -(\log p_s + 1)$$
#
# where $[k = s]$ is 1 for $k = s$ and 0 elsewhere. For $\partial H/\partial x_k$, add up over the three $p_s$. On paper
# the sum becomes short: the $p_s$ add up to 1, and $H$ itself turns up in it. Put the terms together with the signs and
# factors of $L$. A loop over the examples is as good as arithmetic with whole arrays.
#
# TrailNet takes $\varepsilon = 0.01$, $\lambda_2 = 0.0001$, and $\lambda_1 = 0.01$ for the view; for the side,
# $\lambda_1 = 0$. With the weights of the view, the scores $(2, 0, -1)$ and $(0, 1, 0)$ and the classes 2 and 1 you
# should get a loss of 1.84819.


# %% provided="log_softmax"
def log_softmax(x):
    """Logarithms of the softmax of each row of x, safe for large scores."""
    return x - np.logaddexp.reduce(x, axis=1, keepdims=True)


# %% exercise="trail_loss"
def trail_loss(logits, y, lam1, lam2, eps):
    """TrailNet's loss of one head for a batch, and its gradient.

    logits: (N, 3) float64 scores from -160 to 160, one example a row; logit
    is another word for score.
    y: (N,) integers, the right classes: 0 left, 1 centre, 2 right.
    lam1, lam2: weights of the entropy and of the wrong side, 0 or more.
    eps: smoothing, from 0 to 1.
    Returns (loss, dlogits): the mean over the N examples, a number, and
    dloss/dlogits (N, 3).  Leaves logits and y unchanged.
    """
    log_p = log_softmax(logits)
    p = np.exp(log_p)
    ### BEGIN SOLUTION
    t = np.full(p.shape, eps / 2)
    t[np.arange(len(y)), y] = 1 - eps
    H = -np.sum(p * log_p, axis=1, keepdims=True)
    opposite = (np.arange(3) == 2 - y[:, None]) & (y[:, None] != 1)
    p_s = np.sum(p * opposite, axis=1, keepdims=True)
    cross = -np.sum(t * log_p, axis=1, keepdims=True)
    loss = np.mean(cross - lam1 * H + lam2 * p_s)
    dlogits = p - t
    dlogits += lam1 * p * (log_p + H)
    dlogits += lam2 * p_s * (opposite - p)
    return loss, dlogits / len(y)
    ### END SOLUTION


# %% check="trail_loss"
check("trail_loss")

# %% [markdown]
# ## A bug that hides
#
# When TrailNet's code was published, the backward pass of this very loss had a bug. In a loop over the examples it
# changed the *whole* gradient array where it should have changed row $n$. With one example it is right; with four,
# the rows leak into each other. And with $\lambda_2 = 0.0001$ it is a small error, which is the kind that hides best.
#
# Here is a relative of that bug. Somebody wants to punish the wrong side more if it is likely, by the *square* of its
# probability:
#
# $$L = \frac1N \sum_n p_{n,\,2-c_n}^2, \qquad \text{with 0 for a centre example}$$
#
# `side_penalty` is right. `leaky_backward` passes every test with a single example, and even with some batches.


# %% provided="leaky"
def side_penalty(logits, y):
    """Mean over the batch of the squared probability of the opposite side."""
    p = np.exp(log_softmax(logits))
    return sum(p[n, 2 - c] ** 2 for n, c in enumerate(y) if c != 1) / len(y)


def leaky_backward(logits, y):
    """Gradient of side_penalty (N, 3).  It has a bug: leave it as it is."""
    p = np.exp(log_softmax(logits))
    dlogits = np.zeros(p.shape)
    opposite = np.zeros(3)
    for n, c in enumerate(y):
        if c != 1:
            opposite[2 - c] = 1.0
            dlogits[n] = 2 * p[n, 2 - c] ** 2 * (opposite - p[n])
    return dlogits / len(y)


# %% [markdown]
# Hunt it as you would hunt any bug in a backward pass. Take a batch of four with sides of both kinds. Nudge each score
# up and down as in notebook 1, and compare the slope of `side_penalty` with `leaky_backward`. Where is the first
# element that is off? Look at the rows above it: what has the loop met there, for the first time?
#
# Then write it down for any batch: the right gradient, and the place where the leaky one goes wrong first. Reading
# order means row by row, each from left to right.


# %% exercise="bug_hunt"
def bug_hunt(logits, y):
    """Mend leaky_backward, and say where it goes wrong first.

    logits: (N, 3) float64 scores.  y: (N,) integers, the right classes.
    Returns (first, dlogits).  first: row and column of the first element, in
    reading order, at which leaky_backward(logits, y) is wrong, two integers;
    (-1, -1) if it is right everywhere.
    dlogits: (N, 3), the right gradient of side_penalty.
    Leaves logits and y unchanged.
    """
    ### BEGIN SOLUTION
    p = np.exp(log_softmax(logits))
    dlogits = np.zeros(p.shape)
    for n, c in enumerate(y):
        if c != 1:
            opposite = np.eye(3)[2 - c]
            dlogits[n] = 2 * p[n, 2 - c] ** 2 * (opposite - p[n])
    dlogits = dlogits / len(y)
    wrong = ~np.isclose(leaky_backward(logits, y), dlogits)
    first = np.argwhere(wrong)[0] if wrong.any() else (-1, -1)
    return first, dlogits
    ### END SOLUTION


# %% check="bug_hunt"
check("bug_hunt")

# %% [markdown]
# ## Train one part, freeze the rest
#
# TrailNet learned *view* first, with all of its layers. Then everything but the *side* head was *frozen*: the layers
# that had learned to see a trail stayed as they were, and only the new head moved: 1,539 parameters of the eleven
# million.
#
# The step itself is that of **slide 3**. Frozen means not moved at all: no step, no decay, no rounding.


# %% exercise="freeze_step"
def freeze_step(params, grads, trainable, lr):
    """One step of gradient descent for some of the parameters.

    params: dict of float64 arrays, of any names and shapes.
    grads: dict with the gradient of every trainable parameter; it may hold
    some of the others too.
    trainable: list of the names that move; all others are frozen.
    lr: the learning rate, a number, 0 or more.
    Returns a new dict with the names of params: the parameters after the
    step.  Leaves params and grads unchanged.
    """
    ### BEGIN SOLUTION
    moved = dict(params)
    for name in trainable:
        moved[name] = params[name] - lr * grads[name]
    return moved
    ### END SOLUTION


# %% check="freeze_step"
check("freeze_step")

# %% [markdown]
# ## The small TrailNet
#
# The real one has eleven million parameters. This one has 11,958 and learns in seconds: grey pictures of 16×9 pixels,
# one layer, one residual block, two heads. All that is difficult in it are your functions.

# %% provided="network"
LAM2, EPS = 1e-4, 0.01


def prepare(images):
    """Pictures (N, 18, 32, 3) as rows of 144: grey, half the size, x / 256 - 0.5."""
    squares = images.mean(axis=3).reshape(-1, 9, 2, 16, 2)
    return squares.mean(axis=(2, 4)).reshape(-1, 144) / 256 - 0.5


def init_params(seed, D=144, H=48):
    """Random weights, small where they lead into a sum or a head; zero biases."""
    rng = np.random.default_rng(seed)
    layers = [("0", D, H, 1), ("1", H, H, 1), ("2", H, H, 0.1)]
    layers += [("_view", H, 3, 0.1), ("_side", H, 3, 0.1)]
    params = {}
    for name, rows, columns, size in layers:
        params[f"W{name}"] = size * rng.normal(size=(rows, columns)) / np.sqrt(rows)
        params[f"b{name}"] = np.zeros(columns)
    return params


def see(params, X):
    """The shared layers: features (N, H), and what the way back needs."""
    z = X @ params["W0"] + params["b0"]
    h = np.asarray(srelu_forward(z))
    block = [params[name] for name in ("W1", "b1", "W2", "b2")]
    features, cache = residual_forward(h, *block)
    return features, (X, z, cache)


def scores(params, features, head):
    """The three scores of a head for each example."""
    return features @ params[f"W_{head}"] + params[f"b_{head}"]


def loss_and_grads(params, X, y, head, lam1):
    """Loss of one head on a batch, and the gradients of all that it used."""
    features, (X, z, cache) = see(params, X)
    loss, dlogits = trail_loss(scores(params, features, head), y, lam1, LAM2, EPS)
    grads = {f"W_{head}": features.T @ dlogits, f"b_{head}": np.sum(dlogits, axis=0)}
    dfeatures = dlogits @ params[f"W_{head}"].T
    dh, *block = residual_backward(dfeatures, cache)
    grads |= zip(("W1", "b1", "W2", "b2"), block, strict=True)
    dz = srelu_backward(dh, z)
    return loss, grads | {"W0": X.T @ dz, "b0": np.sum(dz, axis=0)}


# %% [markdown]
# One more idea: a picture and its mirror image are two pictures. But mirrored, left is right, so the classes 0 and 2
# must change places. Forget that, and every side is taught both ways.


# %% provided="train"
def train(params, X, y, head, trainable, lam1, epochs, lr=0.1, batch=32, seed=0):
    """Train one head, and the layers in trainable; the parameters and all losses."""
    rng = np.random.default_rng(seed)
    losses = []
    for _ in range(epochs * len(X) // batch):
        drawn = rng.integers(len(X), size=batch)
        loss, grads = loss_and_grads(params, X[drawn], y[drawn], head, lam1)
        params = freeze_step(params, grads, trainable, lr)
        losses.append(loss)
    return params, losses


def with_mirror_images(images, y_view, y_side):
    """Every picture twice, the second time mirrored, with left and right exchanged."""
    images = np.concatenate([images, images[:, :, ::-1]])
    return images, np.append(y_view, 2 - y_view), np.append(y_side, 2 - y_side)


def train_view(images, y_view, lam1):
    """Train everything but the side head for the view."""
    start = init_params(seed=0)
    trainable = [name for name in start if not name.endswith("_side")]
    return train(start, prepare(images), y_view, "view", trainable, lam1, epochs=40)


def train_side(params, images, y_side):
    """Train the side head, with everything else frozen."""
    trainable = ["W_side", "b_side"]
    return train(params, prepare(images), y_side, "side", trainable, 0.0, epochs=40)


def probabilities(params, images):
    """The probabilities of both heads, view and side, each (N, 3)."""
    features, _ = see(params, prepare(images))
    view, side = (log_softmax(scores(params, features, h)) for h in ("view", "side"))
    return np.exp(view), np.exp(side)


# %% [markdown]
# First the view, then the side, on 4000 views and their mirror images. It takes up to half a minute, and so does the
# next picture. You should see two curves that fall and, on views that were kept back, about 90 of 100 right for the
# view and somewhat fewer for the side. Nobody could get them all: a heading of 9.9° is centre, and one of 10.1° is
# left. The side does with what the view has learned to look at, so it stays behind.

# %% demo="training"
views = with_mirror_images(*make_examples(4000, seed=1))
kept_back = make_examples(1000, seed=2)
trained = plot_training(train_view, train_side, probabilities, views, kept_back)

# %% [markdown]
# What does the entropy term do? The picture shows what two networks answer as the heading goes from left to right, on
# average over many views: one trained without the term, one with a strong one, $\lambda_1 = 0.3$. You should see that
# the second is less sure of itself, with lower tops and gentler flanks. With TrailNet's own 0.01 you would hardly see
# a difference in a network as small as this.

# %% demo="confidence"
if trained:
    plot_confidence(train_view, probabilities, views, strong=0.3)


# %% [markdown]
# ## Steer
#
# Two times three probabilities must become one angle. In TrailNet each head adds the difference between its
# probabilities of right and left, times a gain of 10 degrees. The centre has no say, and the sum is never more than 90
# either way. *Positive is a turn to the left.* Find the sign of the differences: a camera that points to the right must
# turn left, and a drone on the right of the trail must fly to the left.
#
# For the view $(0.1, 0.2, 0.7)$ and the side $(0.2, 0.6, 0.2)$ you should get 6.


# %% exercise="turn_angle"
def turn_angle(view, side, gain=10.0):
    """By how many degrees the drone should turn; positive is to the left.

    view: (3,) float64 probabilities that the camera points left, centre, right.
    side: (3,) float64 probabilities that the drone is left, centre, right.
    gain: degrees for a probability of 1, a number of 0 or more.
    Returns a number, limited to -90 ... 90.
    """
    ### BEGIN SOLUTION
    angle = gain * (view[2] - view[0]) + gain * (side[2] - side[0])
    return min(max(angle, -90.0), 90.0)
    ### END SOLUTION


# %% check="turn_angle"
check("turn_angle")

# %% [markdown]
# ## Fly
#
# The drone starts at the bottom. Every 35 cm it takes one picture, asks your network, and turns by your angle; it
# knows nothing else. This trail winds more than any that the network was trained on. On the left flies your
# `turn_angle`, in the middle the same with the other sign. You should see the first stay on the trail to the end and
# the second leave it within a few metres. On the right are some of the pictures that your drone took on its way, and
# what it decided.

# %% demo="flight"
if trained:
    plot_flight(partial(probabilities, trained), turn_angle)


# %% [markdown]
# ## What you have now
#
# Slide 33. Seven notebooks ago you took the derivative of $\sin^2 x$. Since then every gradient, from one gate to a
# network that flies, has been your own, and each was the same idea: *what comes back, times the local slope, added up
# over all ways.*
