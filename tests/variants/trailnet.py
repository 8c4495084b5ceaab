"""Notebook 8 in other styles."""

import math

import numpy as np

# --- the shifted ReLU


def srelu_by_where(x):
    return np.where(x > -1, x, -1.0)


def srelu_as_a_shifted_relu(x):
    return np.clip(x + 1, 0, None) - 1


def srelu_on_a_copy(x):
    out = x.copy()
    out[out < -1] = -1
    return out


def srelu_number_by_number_in_lists(x):
    return np.vectorize(lambda number: max(float(number), -1.0))(x).tolist()


def srelu_back_on_a_copy(dout, x):
    dx = dout.copy()
    dx[x < -1] = 0
    return dx


def srelu_back_by_signs(dout, x):
    return dout * (1 + np.sign(x + 1)) / 2


def srelu_back_in_place(dout, x):
    dout *= x > -1
    return dout


# --- shapes


def places_by_floor(n, k, s, p):
    return math.floor((n + 2 * p - k) / s) + 1


def places_by_counting(n, k, s, p):
    return len(range(-p, n + p - k + 1, s))


def places_as_a_float(n, k, s, p):
    return np.floor((n + p + p - k + s) / s)


def places_by_sliding(n, k, s, p):
    left, places = -p, 0
    while left + k <= n + p:
        left += s
        places += 1
    return places


def shapes_by_hand(width=320, height=180):
    halves = [(7, 0), (3, 0), None, (3, 1), (3, 1), (3, 1)]
    shapes, size = [], np.array([width, height])
    for half, channels in zip(halves, [64, 64, 64, 128, 256, 512], strict=True):
        if half:
            size = (size + 2 * half[1] - half[0]) // 2 + 1
        shapes.append([*size, channels])
    return np.array(shapes)


def shapes_by_recursion(width=320, height=180):
    rest = [
        (7, 2, 0, 64),
        (3, 2, 0, 64),
        (3, 1, 1, 64),
        (3, 2, 1, 128),
        (3, 2, 1, 256),
        (3, 2, 1, 512),
    ]

    def after(stages, w, h):
        if not stages:
            return ()
        (k, s, p, c), *later = stages
        w, h = places_by_sliding(w, k, s, p), places_by_sliding(h, k, s, p)
        return ((w, h, c), *after(later, w, h))

    return after(rest, width, height)


# --- the residual block


def block_example_by_example(dout, cache):
    x, z1, h, z2, W1, W2 = cache
    dx = np.empty_like(x)
    dW1, db1, dW2, db2 = (
        np.zeros(shape) for shape in (W1.shape, W1.shape[1], W2.shape, W2.shape[1])
    )
    for n in range(len(x)):
        g2 = np.where(z2[n] > -1, dout[n], 0.0)
        g1 = np.where(z1[n] > -1, W2 @ g2, 0.0)
        dW2 += np.outer(h[n], g2)
        db2 += g2
        dW1 += np.outer(x[n], g1)
        db1 += g1
        dx[n] = g2 + W1 @ g1
    return dx, dW1, db1, dW2, db2


def block_by_einsum(dout, cache):
    x, z1, h, z2, W1, W2 = cache
    g2 = np.einsum("nd,nd->nd", dout, z2 > -1)
    g1 = np.einsum("nd,hd,nh->nh", g2, W2, z1 > -1)
    dx = np.einsum("nh,dh->nd", g1, W1)
    dx += g2
    return [
        dx,
        np.einsum("nd,nh->dh", x, g1),
        np.einsum("nh->h", g1),
        np.einsum("nh,nd->hd", h, g2),
        np.einsum("nd->d", g2),
    ]


def block_shortcut_first(dout, cache):
    x, _, h, z2, W1, W2 = cache
    dx = srelu_back_by_signs(dout, z2)
    dz2 = dx.copy()
    dW2, db2 = np.transpose(dz2.T @ h), dz2.sum(0)
    dz1 = np.dot(dz2, W2.T) * (h != -1)
    dx = dx + np.dot(dz1, W1.T)
    ones = np.ones(len(x))
    return dx, x.T @ dz1, ones @ dz1, dW2, db2.tolist()


# --- the loss


def loss_example_by_example(logits, y, lam1, lam2, eps):
    n = len(y)
    loss, dlogits = 0.0, []
    for x, c in zip(logits.tolist(), y.tolist(), strict=True):
        powers = [math.exp(score - max(x)) for score in x]
        p = [power / sum(powers) for power in powers]
        t = [1 - eps if k == c else eps / 2 for k in range(3)]
        entropy = -sum(q * math.log(q) for q in p)
        loss += sum(-a * math.log(q) for a, q in zip(t, p, strict=True)) - lam1 * entropy
        row = [p[k] - t[k] + lam1 * p[k] * (math.log(p[k]) + entropy) for k in range(3)]
        if c != 1:
            s = 2 - c
            loss += lam2 * p[s]
            row = [row[k] + lam2 * p[s] * ((k == s) - p[k]) for k in range(3)]
        dlogits.append([value / n for value in row])
    return loss / n, dlogits


def loss_through_the_jacobian(logits, y, lam1, lam2, eps):
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    t = (1 - eps - eps / 2) * np.eye(3)[y] + eps / 2
    opposite = np.array([[0, 0, 1], [0, 0, 0], [1, 0, 0]])[y]
    dp = -t / p + lam1 * (np.log(p) + 1) + lam2 * opposite
    jacobian = np.einsum("nk,kj->nkj", p, np.eye(3)) - np.einsum("nk,nj->nkj", p, p)
    losses = (-t * np.log(p) + lam1 * p * np.log(p) + lam2 * p * opposite).sum(axis=1)
    return np.array(losses.mean()), np.einsum("nkj,nj->nk", jacobian, dp) / len(p)


def loss_with_a_table_of_sides(logits, y, lam1, lam2, eps):
    n = logits.shape[0]
    log_p = logits - np.logaddexp.reduce(logits, axis=1)[:, None]
    p = np.e**log_p
    targets = np.array([[1 - eps if k == c else eps / 2 for k in range(3)] for c in range(3)])[y]
    minus_entropy = (p * log_p).sum(1)
    sides = np.flatnonzero(y != 1)
    loss = (
        -(targets * log_p).sum() + lam1 * minus_entropy.sum() + lam2 * p[sides, 2 - y[sides]].sum()
    ) / n
    g = p - targets + lam1 * p * (log_p - minus_entropy[:, None])
    for i in sides:
        g[i] -= lam2 * p[i, 2 - y[i]] * p[i]
        g[i, 2 - y[i]] += lam2 * p[i, 2 - y[i]]
    return float(loss), g / n


# --- the bug


def leaked(logits, y):
    """The bug again, found without the notebook's function."""
    seen, places = set(), []
    for n, c in enumerate(y.tolist()):
        if c == 1:
            continue
        seen.add(2 - c)
        places += [(n, s) for s in sorted(seen) if s != 2 - c]
    return places[0] if places else (-1, -1)


def hunt_by_thinking(logits, y):
    p = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
    opposite = np.array([[0, 0, 1], [0, 0, 0], [1, 0, 0]])[y]
    p_s = (p * opposite).sum(axis=1, keepdims=True)
    return leaked(logits, y), 2 * p_s**2 * (opposite - p) / len(y)


def hunt_through_the_penalty(logits, y):
    p = np.exp(logits) / np.exp(logits).sum(axis=1)[:, None]
    dp = np.zeros_like(p)
    sides = y != 1
    dp[sides, 2 - y[sides]] = 2 * p[sides, 2 - y[sides]] / len(y)
    dlogits = p * (dp - (dp * p).sum(axis=1, keepdims=True))
    return np.array(leaked(logits, y), dtype=float), dlogits.tolist()


# --- one step, one turn


def step_by_a_condition(params, grads, trainable, lr):
    return {
        name: value - lr * grads[name] if name in trainable else value
        for name, value in params.items()
    }


def step_on_copies(params, grads, trainable, lr):
    moved = {name: np.array(params[name]) for name in sorted(params)}
    for name in set(trainable):
        moved[name] -= lr * grads[name]
    return moved


def step_with_zero_rates(params, grads, trainable, lr):
    rates = {name: lr * (name in trainable) for name in params}
    return {name: params[name] - rates[name] * grads.get(name, 0) for name in params}


def turn_by_clip(view, side, gain=10.0):
    return np.clip(gain * (view[2] + side[2] - view[0] - side[0]), -90, 90)


def turn_unpacked(view, side, gain=10.0):
    left, _, right = np.add(view, side)
    degrees = gain * right - gain * left
    if abs(degrees) > 90:
        return math.copysign(90, degrees)
    return float(degrees)


def turn_as_a_product(view, side, gain=10.0):
    angle = gain * (np.array([view, side]) @ [-1, 0, 1]).sum()
    return np.array(max(-90, min(90, angle)))


VARIANTS = {
    "shifted ReLU by where": {"srelu_forward": srelu_by_where},
    "a ReLU, shifted": {"srelu_forward": srelu_as_a_shifted_relu},
    "shifted ReLU on a copy": {"srelu_forward": srelu_on_a_copy},
    "shifted ReLU in lists": {"srelu_forward": srelu_number_by_number_in_lists},
    "mask on a copy": {"srelu_backward": srelu_back_on_a_copy},
    "mask by signs": {"srelu_backward": srelu_back_by_signs},
    "places by floor": {"conv_out": places_by_floor},
    "places counted by range": {"conv_out": places_by_counting},
    "places as a float": {"conv_out": places_as_a_float},
    "a window that slides": {"conv_out": places_by_sliding},
    "shapes by hand in an array": {"trailnet_shapes": shapes_by_hand},
    "shapes by recursion": {"trailnet_shapes": shapes_by_recursion},
    "block example by example": {"residual_backward": block_example_by_example},
    "block by einsum in a list": {"residual_backward": block_by_einsum},
    "the shortcut first": {"residual_backward": block_shortcut_first},
    "loss example by example": {"trail_loss": loss_example_by_example},
    "loss through the softmax's Jacobian": {"trail_loss": loss_through_the_jacobian},
    "loss with a table of targets": {"trail_loss": loss_with_a_table_of_sides},
    "hunt by thinking": {"bug_hunt": hunt_by_thinking},
    "hunt through the penalty's slope": {"bug_hunt": hunt_through_the_penalty},
    "step by a condition": {"freeze_step": step_by_a_condition},
    "step on copies": {"freeze_step": step_on_copies},
    "step with zero rates": {"freeze_step": step_with_zero_rates},
    "turn by clip": {"turn_angle": turn_by_clip},
    "turn unpacked": {"turn_angle": turn_unpacked},
    "turn as a product": {"turn_angle": turn_as_a_product},
}
REMARKED = {"the gradient masked in place": {"srelu_backward": srelu_back_in_place}}
