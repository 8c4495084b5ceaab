"""Notebook 3 in other styles."""

import math

import numpy as np


def sigmoid_by_tanh(x):
    return 0.5 * (1 + np.tanh(np.asarray(x) / 2))


def sigmoid_by_logaddexp(x):
    return np.exp(-np.logaddexp(0, -np.asarray(x, float)))


def sigmoid_by_clipping(x):
    return 1 / (1 + np.exp(-np.clip(x, -500, 500)))


def sigmoid_number_by_number(x):
    if np.ndim(x):
        return [sigmoid_number_by_number(part) for part in x]
    return 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (math.exp(x) + 1)


def sigmoid_by_masks(x):
    x = np.array(x, dtype=float)
    f = np.empty_like(x)
    f[x >= 0] = 1 / (1 + np.exp(-x[x >= 0]))
    f[x < 0] = np.exp(x[x < 0]) / (1 + np.exp(x[x < 0]))
    return f


def slope_as_a_difference(f):
    return f - np.square(f)


def slope_by_loops(f):
    return [slope_by_loops(part) for part in f] if np.ndim(f) else float(f) * (1 - float(f))


def slope_about_one_half(f):
    return 0.25 - (0.5 - np.array(f)) ** 2


def forward_keeping_a_dict(w, x):
    f = 1 / (1 + math.exp(-(np.dot(w[:2], x) + w[2])))
    return f, {"inputs": list(x), "weights": list(w), "slope": f * (1 - f)}


def backward_from_a_dict(dout, cache):
    back = dout * cache["slope"]
    return [back * v for v in [*cache["inputs"], 1]], [back * v for v in cache["weights"][:2]]


def forward_with_a_one_appended(w, x):
    inputs = np.append(x, 1.0)
    return 1 / (1 + np.exp(-(w @ inputs))), [w, inputs]


def backward_computing_again(dout, cache):
    w, inputs = cache
    slope = np.exp(-(w @ inputs)) / (1 + np.exp(-(w @ inputs))) ** 2
    both = dout * slope * np.stack([inputs, w])
    return [both[0], both[1, :-1]]


def forward_keeping_a_function(w, x):
    f = np.array((1 + np.tanh((w[:-1] @ x + w[-1]) / 2)) / 2)
    return f, lambda dout: (dout * f * (1 - f) * np.hstack([x, 1]), dout * f * (1 - f) * w[:-1])


def backward_calling_it(dout, cache):
    return cache(dout)


def staged_from_the_output(w, x):
    numbers = {"dc": 1, "dot": float(np.append(x, 1) @ w)}
    numbers["neg"] = -numbers["dot"]
    numbers["a"] = math.exp(numbers["neg"])
    numbers["b"] = 1 + numbers["a"]
    numbers["c"] = numbers["b"] ** -1
    numbers["db"] = numbers["da"] = -(numbers["c"] ** 2)
    numbers["dneg"] = -numbers["c"] * (1 - numbers["c"])
    numbers["ddot"] = numbers["c"] * (1 - numbers["c"])
    return numbers


def staged_in_arrays(w, x):
    dot = np.array(np.sum(w * np.concatenate([x, [1]])))
    a = np.exp(-dot)
    back = np.cumprod([1, -1 / (1 + a) ** 2, 1, a, -1])
    names = ("dc", "db", "da", "dneg", "ddot")
    return {"dot": dot, "neg": -dot, "a": a, "b": 1 + a, "c": 1 / (1 + a), "also": "x"} | dict(
        zip(names, back, strict=True)
    )


def relu_by_branches(x, w):
    if w[0] * x[0] + w[1] * x[1] + w[2] <= 0:
        return (0, 0), (0, 0, 0)
    return (w[0], w[1]), (x[0], x[1], 1)


def relu_by_step(x, w):
    on = np.heaviside(np.dot(w, [*x, 1]), 1)
    return on * w[:-1], on * np.append(x, 1)


def relu_by_mask(x, w):
    z = w[:2].dot(x) + w[2]
    return np.where(z >= 0, w[:2], 0), np.where(z >= 0, np.r_[x, 1], 0)


def step_by_loops(w, x, b, y, lr):
    z = b
    for weight, value in zip(w, x, strict=True):
        z += weight * value
    a = math.tanh(z)
    back = 2 * (a - y) / math.cosh(z) ** 2
    dw = [back * value for value in x]
    return a, dw, back, [old - lr * slope for old, slope in zip(w, dw, strict=True)], b - lr * back


def step_on_a_copy(w, x, b, y, lr):
    w = w.copy()
    a = np.tanh(np.sum(w * x) + b)
    da = 2 * a - 2 * y
    dz = da - da * a * a
    w -= lr * dz * x
    return [np.array(a), dz * x, dz, w, np.array(b - lr * dz)]


class Neuron:
    def __init__(self, w, x):
        self.weights, self.inputs = tuple(w), (*x, 1.0)
        self.total = sum(map(float.__mul__, map(float, self.weights), map(float, self.inputs)))
        self.f = np.exp(-np.logaddexp(0, -self.total))


def forward_keeping_an_object(w, x):
    neuron = Neuron(w, x)
    return neuron.f, neuron


def backward_of_the_object(dout, cache):
    back = dout * cache.f * (1 - cache.f)
    return np.multiply(back, cache.inputs), np.multiply(back, cache.weights)[:2]


def relu_by_a_product(x, w):
    on = float(np.dot(w, [*x, 1]) > 0)
    return [on * w[0], on * w[1]], [on * x[0], on * x[1], on]


def step_by_einsum(w, x, b, y, lr):
    a = np.tanh(np.einsum("i,i->", w, x) + b)
    back = np.multiply(2, (a - y) * (1 - a) * (1 + a))
    new_w, new_b = np.subtract(w, lr * back * x), np.subtract(b, lr * back)
    return {"a": a, "dw": back * x, "db": back, "new_w": new_w, "new_b": new_b}


def sign(number):
    return int(number > 0) - int(number < 0)


def ways_by_loops(x, W, v, Y):
    h = [sum(weight * value for weight, value in zip(row, x, strict=True)) for row in W]
    up = sign(Y - sum(weight * unit for weight, unit in zip(v, h, strict=True)))
    return (
        [up * sign(weight) for weight in v],
        [up * sign(unit) for unit in h],
        [[up * sign(weight) * sign(value) for value in x] for weight in v],
    )


def ways_by_gradients(x, W, v, Y):
    h = np.einsum("jk,k->j", W, x)
    dp = np.dot(h, v) - Y
    gradients = {"move_h": dp * v, "move_v": dp * h, "move_W": dp * v[:, None] * x[None, :]}
    return {name: -np.sign(gradient) for name, gradient in gradients.items()}


def ways_by_cases(x, W, v, Y):
    h = (W * x).sum(axis=1)
    p = (v * h).sum()
    if p == Y:
        return np.zeros_like(v), np.zeros_like(h), np.zeros_like(W)
    up = 1 if p < Y else -1

    def follow(factor):
        return np.where(factor > 0, up, np.where(factor < 0, -up, 0))

    return follow(v), follow(h), follow(np.sign(v).reshape(-1, 1) * x)


VARIANTS = {
    "sigmoid by tanh": {"sigmoid": sigmoid_by_tanh},
    "sigmoid by logaddexp": {"sigmoid": sigmoid_by_logaddexp},
    "sigmoid by clipping": {"sigmoid": sigmoid_by_clipping},
    "sigmoid number by number": {"sigmoid": sigmoid_number_by_number},
    "sigmoid by masks": {"sigmoid": sigmoid_by_masks},
    "slope as a difference": {"sigmoid_grad": slope_as_a_difference},
    "slope by loops": {"sigmoid_grad": slope_by_loops},
    "slope about one half": {"sigmoid_grad": slope_about_one_half},
    "a neuron with a dict": {
        "neuron_forward": forward_keeping_a_dict,
        "neuron_backward": backward_from_a_dict,
    },
    "a neuron with a one appended": {
        "neuron_forward": forward_with_a_one_appended,
        "neuron_backward": backward_computing_again,
    },
    "a neuron with a closure": {
        "neuron_forward": forward_keeping_a_function,
        "neuron_backward": backward_calling_it,
    },
    "a neuron with an object": {
        "neuron_forward": forward_keeping_an_object,
        "neuron_backward": backward_of_the_object,
    },
    "relu by a product": {"relu": relu_by_a_product},
    "a step by einsum": {"tanh_neuron_step": step_by_einsum},
    "gates from the output": {"sigmoid_staged": staged_from_the_output},
    "gates in arrays": {"sigmoid_staged": staged_in_arrays},
    "relu by branches": {"relu": relu_by_branches},
    "relu by a step function": {"relu": relu_by_step},
    "relu by a mask": {"relu": relu_by_mask},
    "a step by loops": {"tanh_neuron_step": step_by_loops},
    "a step on a copy": {"tanh_neuron_step": step_on_a_copy},
    "ways by loops": {"which_way": ways_by_loops},
    "ways by gradients": {"which_way": ways_by_gradients},
    "ways by cases": {"which_way": ways_by_cases},
}


def step_writing_into_w(w, x, b, y, lr):
    a = np.tanh(w @ x + b)
    dz = 2 * (a - y) * (1 - a**2)
    w -= lr * dz * x
    return a, dz * x, dz, w, b - lr * dz


REMARKED = {"w changed in place": {"tanh_neuron_step": step_writing_into_w}}
