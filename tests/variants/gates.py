"""Notebook 2 in other styles."""

import math

import numpy as np


def step_in_one_line(w, x, y, alpha):
    return w - alpha * (w - y / x), x * w, x * w - y


def step_by_the_missing(w, x, y, alpha):
    missing = y - w * x
    return [w + alpha * missing / x, y - missing, -missing]


def step_by_a_measured_slope(w, x, y, alpha):
    def error(v):
        return v * x - y

    slope = error(w + 1) - error(w)
    return np.array([w - alpha * error(w) / slope, error(w) + y, error(w)])


def step_between_two_weights(w, x, y, alpha):
    right = y / x
    return (1 - alpha) * w + alpha * right, np.float64(w * x), np.array(w * x - y)


def descent_multiplied_out(w, x, y, alpha):
    dw = 2 * w * x**2 - 2 * x * y
    return w - alpha * dw, dw


def descent_by_names(w, x, y, alpha):
    gradients = {}
    gradients["yhat"] = 2 * w * x - 2 * y
    gradients["w"] = gradients["yhat"] * x
    w -= alpha * gradients["w"]
    return [w, gradients["w"]]


def descent_by_numpy(w, x, y, alpha):
    dw = np.multiply(2.0, np.subtract(np.multiply(w, x), y)) * np.array(x)
    return np.stack([w - alpha * dw, dw])


def descent_as_a_contraction(w, x, y, alpha):
    new = (1 - 2 * alpha * x * x) * w + 2 * alpha * x * y
    return {"dw": 2 * x * (x * w - y), "w": new}


class Weight:
    """A weight with the input that it multiplies."""

    def __init__(self, value, x):
        self.value, self.x = value, x

    def predict(self):
        return self.value * self.x

    def nudge(self, amount):
        self.value -= amount
        return self.value


def step_by_a_class(w, x, y, alpha):
    weight = Weight(w, x)
    yhat = weight.predict()
    err = yhat - y
    return {"yhat": yhat, "err": err, "w": weight.nudge(err / x * alpha)}


def descent_by_closures(w, x, y, alpha):
    def predict(w):
        return w * x, lambda d: d * x

    def loss(yhat):
        return (yhat - y) ** 2, lambda d: d * 2 * (yhat - y)

    yhat, back_to_w = predict(w)
    _, back_to_yhat = loss(yhat)
    dw = back_to_w(back_to_yhat(1))
    return w - alpha * dw, dw


def chain_as_a_dict(x, y, z, first="add"):
    if first == "add":
        return {"df_dq": z, "df_dz": x + y, "df_dx": z, "df_dy": z}
    return dict(zip(("df_dx", "df_dy", "df_dz", "df_dq"), (y, x, 1, 1), strict=True))


def chain_by_local_slopes(x, y, z, first="add"):
    """Each gate is a triple: its value and its two local slopes."""
    gates = {"add": lambda a, b: (a + b, 1.0, 1.0), "mul": lambda a, b: (a * b, b, a)}
    second = "mul" if first == "add" else "add"
    q, *inner = gates[first](x, y)
    _, df_dq, df_dz = gates[second](q, z)
    return [df_dq * inner[0], df_dq * inner[1], df_dz, df_dq]


def chain_by_matrices(x, y, z, first="add"):
    adds = first == "add"
    inner = np.array([[1.0, 1.0, 0.0] if adds else [y, x, 0.0], [0.0, 0.0, 1.0]])
    outer = np.array([z, x + y]) if adds else np.ones(2)
    return np.append(outer @ inner, outer[0])


def chain_by_complex_steps(x, y, z, first="add"):
    def f(x, y, z):
        return (x + y) * z if first == "add" else x * y + z

    h = 1e-20
    df_dx, df_dy, df_dz = (f(*np.add([x, y, z], 1j * h * unit)).imag / h for unit in np.eye(3))
    return df_dx, df_dy, df_dz, z if first == "add" else 1.0


def max_by_halves(x, y, dout):
    if x == y:
        return dout / 2, dout / 2
    return (0, dout) if y > x else (dout, 0)


def max_by_masks(x, y, dout):
    return dout * (x >= y), dout * (x < y)


def max_by_argmax(x, y, dout):
    grads = np.zeros(2)
    grads[np.argmax([x, y])] = dout
    return grads


def max_by_signs(x, y, dout):
    share = (1 + np.sign(x - y)) / 2
    return [share * dout, (1 - share) * dout]


def max_by_sorting(x, y, dout):
    shares = {"dx": 0, "dy": 0}
    *_, (_, winner) = sorted([(x, "dx"), (y, "dy")])
    shares[winner] = dout
    return shares


def circuit_in_a_tuple(x, y, z, w):
    f = 2 * x * y + 2 * max(z, w)
    return f, (2, 2, 2, 2 * y, 2 * x, 2 * (z > w), 2 * (w > z))


def circuit_backwards_through_a_list(x, y, z, w):
    """Gates from the last to the first, each with its operands and local slopes."""
    values = {"x": x, "y": y, "z": z, "w": w, "p": x * y, "m": z if z > w else w}
    values["s"] = values["p"] + values["m"]
    tape = [
        ("f", {"s": 2.0}),
        ("s", {"p": 1.0, "m": 1.0}),
        ("m", {"z": float(z > w), "w": float(z <= w)}),
        ("p", {"x": y, "y": x}),
    ]
    grads = {"f": 1.0, **dict.fromkeys(values, 0.0)}
    for name, locals_ in tape:
        for operand, slope in locals_.items():
            grads[operand] += grads[name] * slope
    return 2 * values["s"], grads


def circuit_by_numpy(x, y, z, w):
    upstream = np.full(3, 2.0)
    chosen = np.eye(2)[int(w > z)]
    return [
        np.array(2 * (x * y + np.maximum(z, w))),
        np.concatenate([upstream, [2 * y, 2 * x], 2 * chosen]),
    ]


def circuit_by_recursion(x, y, z, w):
    def back(wire):
        if wire == "f":
            return 1.0
        consumer, slope = {
            "s": ("f", 2.0),
            "p": ("s", 1.0),
            "m": ("s", 1.0),
            "x": ("p", y),
            "y": ("p", x),
            "z": ("m", 1.0 if z > w else 0.0),
            "w": ("m", 0.0 if z > w else 1.0),
        }[wire]
        return back(consumer) * slope

    return (x * y + max(w, z)) * 2, {wire: back(wire) for wire in "xyzwpms"}


def fork_in_one_line(x, c=1.0):
    s = 1 / (1 + math.exp(-x))
    return c * x + s, c + s - s * s


def fork_by_tanh(x, c=1):
    t = np.tanh(x / 2)
    return [np.array(c * x + (1 + t) / 2), np.array(c + (1 - t**2) / 4)]


def fork_by_branches(x, c=1.0):
    e = np.exp(-x)
    shares = np.array([c, e / (1 + e) ** 2])
    values = np.array([c * x, 1 / (1 + e)])
    return values.sum(), shares.sum()


def fork_by_cosh(x, c=1.0):
    branches = [(c * x, c), (1 / (1 + math.e**-x), 1 / (4 * math.cosh(x / 2) ** 2))]
    f = grad = 0
    for value, slope in branches:
        f, grad = f + value, grad + slope
    return np.array([f, grad])


VARIANTS = {
    "a step in one line": {"simple_backprop_step": step_in_one_line},
    "a step by what is missing": {"simple_backprop_step": step_by_the_missing},
    "a step by a measured slope": {"simple_backprop_step": step_by_a_measured_slope},
    "a step between two weights": {"simple_backprop_step": step_between_two_weights},
    "descent multiplied out": {"gd_step": descent_multiplied_out},
    "descent with a dict of gradients": {"gd_step": descent_by_names},
    "descent in arrays": {"gd_step": descent_by_numpy},
    "a step by a class": {"simple_backprop_step": step_by_a_class},
    "descent by closures": {"gd_step": descent_by_closures},
    "max by sorting": {"max_backward": max_by_sorting},
    "descent as a contraction": {"gd_step": descent_as_a_contraction},
    "chain as a dict": {"chain_rule": chain_as_a_dict},
    "chain by local slopes": {"chain_rule": chain_by_local_slopes},
    "chain by matrices": {"chain_rule": chain_by_matrices},
    "chain by complex steps": {"chain_rule": chain_by_complex_steps},
    "max that halves a tie": {"max_backward": max_by_halves},
    "max by masks": {"max_backward": max_by_masks},
    "max by argmax": {"max_backward": max_by_argmax},
    "max by signs": {"max_backward": max_by_signs},
    "circuit in a tuple": {"gate_circuit": circuit_in_a_tuple},
    "circuit from a tape": {"gate_circuit": circuit_backwards_through_a_list},
    "circuit in arrays": {"gate_circuit": circuit_by_numpy},
    "circuit by recursion": {"gate_circuit": circuit_by_recursion},
    "fork in one line": {"fork_grad": fork_in_one_line},
    "fork by tanh": {"fork_grad": fork_by_tanh},
    "fork by branches": {"fork_grad": fork_by_branches},
    "fork by cosh": {"fork_grad": fork_by_cosh},
}

REMARKED: dict[str, dict[str, object]] = {}
