"""Notebook 1 in other styles."""

import math
from itertools import product

import numpy as np


def slope_of_the_double_angle(x):
    return np.sin(2 * np.asarray(x, dtype=float))


def slope_as_the_chain_rule_reads(x):
    inner, inner_slope = np.sin(x), np.cos(x)
    outer_slope = 2 * inner
    return outer_slope * inner_slope


def slope_number_by_number(x):
    if np.ndim(x):
        return [slope_number_by_number(part) for part in x]
    return 2 * math.sin(x) * math.cos(x)


def slope_by_the_product_rule(x):
    return np.sin(x) * np.cos(x) + np.cos(x) * np.sin(x)


def slope_by_a_complex_step(x):
    return np.imag(np.sin(np.asarray(x) + 1e-30j) ** 2) / 1e-30


def slope_by_einsum(x):
    factors = np.stack([np.sin(x), np.cos(x)])
    return 2 * np.einsum("i...,j...,ij->...", factors, factors, np.array([[0.0, 1.0], [0.0, 0.0]]))


def gradient_put_back_after_each_step(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    grad = np.empty_like(x)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        i = it.multi_index
        old = x[i]
        x[i] = old + h
        up = f(x)
        x[i] = old - h
        down = f(x)
        x[i] = old
        grad[i] = (up - down) / (2 * h)
        it.iternext()
    return grad


def gradient_in_place_exactly(f, x, h=1e-5):
    if np.ndim(x) == 0:
        return (f(x + h) - f(x - h)) / (2 * h)
    own = x if x.dtype == np.float64 else x.astype(np.float64)
    slopes = []
    for i in range(own.size):
        kept = own.flat[i]
        own.flat[i] = kept + h
        up = f(own)
        own.flat[i] = kept - h
        slopes.append((up - f(own)) / h / 2)
        own.flat[i] = kept
    return np.array(slopes).reshape(own.shape)


def gradient_from_two_copies(f, x, h=1e-5):
    grad = np.zeros(np.shape(x))
    for i in product(*map(range, np.shape(x))):
        up, down = np.array(x, float), np.array(x, float)
        up[i] += h
        down[i] -= h
        grad[i] = 0.5 * (f(up) - f(down)) / h
    return grad


def gradient_as_half_of_two_sides(f, x, h=1e-5):
    x = np.asarray(x, float)
    here = f(x)

    def slope(direction):
        forward, backward = (f(x + h * direction) - here) / h, (here - f(x - h * direction)) / h
        return (forward + backward) / 2

    rows = np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([slope(row) for row in rows]).reshape(x.shape)


def gradient_of_a_flat_x(f, x, h=1e-5):
    flat, shape = np.ravel(x).astype(float), np.shape(x)
    moves = h * np.identity(len(flat))
    ups = [f(np.reshape(flat + move, shape)) for move in moves]
    downs = [f(np.reshape(flat - move, shape)) for move in moves]
    return np.reshape(np.subtract(ups, downs) / (2 * h), shape).tolist()


def gradient_by_taking_twice_the_step_back(f, x, h=1e-5):
    y = np.array(x, float)
    grad = np.zeros(y.shape)
    for i, _ in np.ndenumerate(y):
        y[i] += h
        up = f(y)
        y[i] -= 2 * h
        grad[i] = (up - f(y)) / (2 * h)
        y[i] += h
    return grad


class Measurement:
    """Measures one element after the other."""

    def __init__(self, f, x, h):
        self.f, self.x, self.h = f, np.array(x, dtype=np.float64), h

    def at(self, index, way):
        x = self.x.copy()
        x[index] += way * self.h
        return self.f(x) if x.ndim else self.f(float(x))

    def __iter__(self):
        for index in np.ndindex(self.x.shape):
            yield (self.at(index, 1) - self.at(index, -1)) / self.h / 2


def gradient_by_a_generator(f, x, h=1e-5):
    return np.fromiter(Measurement(f, x, h), float).reshape(np.shape(x))


def error_by_loops(a, b):
    worst = 0.0
    for p, q in zip(np.ravel(a).tolist(), np.ravel(b).tolist(), strict=True):
        if p != q:
            worst = max(worst, abs(p - q) / max(abs(p), abs(q)))
    return worst


def error_with_a_guard(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    return (np.abs(a - b) / (np.fmax(np.abs(a), np.abs(b)) + 1e-8)).max()


def error_with_a_floor(a, b):
    return float(
        np.max(np.abs(np.subtract(a, b)) / np.maximum(1e-8, np.maximum(np.abs(a), np.abs(b))))
    )


def error_by_a_mask(a, b):
    a, b = np.atleast_1d(a), np.atleast_1d(b)
    there = (a != 0) | (b != 0)
    a, b = a[there], b[there]
    sizes = np.max([abs(a), abs(b)], axis=0)
    return np.array(max(abs(a - b) / sizes, default=0.0))


def error_divided_where_it_can_be(a, b):
    size = np.maximum(np.abs(a), np.abs(b)).astype(float)
    return np.divide(np.abs(np.subtract(a, b)), size, out=np.zeros_like(size), where=size > 0).max(
        initial=0
    )


def sweep_with_arrays(f, df, x, hs):
    ahead, behind = (np.array([f(x + step) for step in steps]) for steps in (hs, -np.array(hs)))
    exact = df(x)

    def errors(slopes):
        sizes = np.maximum(abs(slopes), abs(exact))
        return abs(slopes - exact) / np.where(sizes > 0, sizes, 1)

    return [errors((ahead - f(x)) / hs), errors((ahead - behind) / (2 * np.array(hs)))]


def sweep_by_appending(f, df, x, hs):
    forward, centred = [], []
    for h in hs:
        pairs = ((f(x + h) - f(x)) / h, forward), ((f(x + h) - f(x - h)) / (2 * h), centred)
        for slope, errors in pairs:
            size = max(abs(slope), abs(df(x)))
            errors.append(float(abs(slope - df(x)) / size) if size else 0.0)
    return forward, centred


def sweep_in_one_array(f, df, x, hs):
    both = np.zeros((2, len(hs)))
    for k, h in enumerate(hs):
        slopes = np.array([f(x + h) - f(x), (f(x + h) - f(x - h)) / 2]) / h
        off = np.abs(slopes - df(x))
        both[:, k] = np.divide(
            off, np.maximum(np.abs(slopes), abs(df(x))), out=np.zeros(2), where=off > 0
        )
    return both


def sweep_by_recursion(f, df, x, hs):
    if len(hs) == 0:
        return {"centred": [], "forward": []}
    h = float(hs[0])
    rest = sweep_by_recursion(f, df, x, hs[1:])
    slopes = {"forward": (f(x + h) - f(x)) / h, "centred": (f(x + h) - f(x - h)) / (h + h)}
    return {name: [error_by_loops(slope, df(x)), *rest[name]] for name, slope in slopes.items()}


def partials_from_a_table(op, x, y):
    return {"mul": [y, x], "add": [1, 1], "max": [int(x > y), int(y > x)]}[op]


def partials_as_truth_values(op, x, y):
    if op == "max":
        return np.array([x > y, x < y])
    return np.ones(2) if op == "add" else np.array((y, x))


def partials_in_a_match(op, x, y):
    match op:
        case "mul":
            fx, fy = float(y), float(x)
        case "add":
            fx = fy = np.float64(1)
        case "max":
            fx = np.heaviside(x - y, 0.5)
            fy = 1 - fx
    return fx, fy


def vjp_element_by_element(f, x, dout, h=1e-5):
    dx = np.zeros(np.shape(x))
    for i in np.ndindex(*np.shape(x)):
        step = np.zeros(np.shape(x))
        step[i] = h
        dx[i] = np.vdot(dout, f(x + step) - f(x - step)) / (2 * h)
    return dx


def vjp_through_the_jacobian(f, x, dout, h=1e-5):
    x, dout = np.asarray(x, float), np.asarray(dout, float)
    moves = h * np.eye(x.size).reshape(x.size, *x.shape)
    columns = [(np.asarray(f(x + move)) - f(x - move)).ravel() / (2 * h) for move in moves]
    return (np.array(columns) @ dout.ravel()).reshape(x.shape)


def vjp_output_by_output(f, x, dout, h=1e-5):
    total = np.zeros(np.shape(x))
    for k, upstream in np.ndenumerate(dout):
        total = total + upstream * np.array(
            gradient_from_two_copies(lambda z, k=k: np.asarray(f(z))[k], x, h)
        )
    return total.tolist()


def vjp_with_a_named_loss(f, x, dout, h=1e-5):
    def loss(z):
        return float((np.asarray(dout) * f(z)).sum())

    return gradient_of_a_flat_x(loss, x, h)


def slope_by_a_shifted_cosine(x):
    return 2 * np.cos(x - np.pi / 2) * np.cos(x)


VARIANTS = {
    "a shifted cosine": {"d_sin2": slope_by_a_shifted_cosine},
    "the double angle": {"d_sin2": slope_of_the_double_angle},
    "the chain rule link by link": {"d_sin2": slope_as_the_chain_rule_reads},
    "a slope number by number": {"d_sin2": slope_number_by_number},
    "the product rule": {"d_sin2": slope_by_the_product_rule},
    "a complex step": {"d_sin2": slope_by_a_complex_step},
    "an einsum": {"d_sin2": slope_by_einsum},
    "a generator": {"num_grad": gradient_by_a_generator},
    "a recursion": {"fd_sweep": sweep_by_recursion},
    "put back after each step": {"num_grad": gradient_put_back_after_each_step},
    "in place, put back exactly": {"num_grad": gradient_in_place_exactly},
    "two copies": {"num_grad": gradient_from_two_copies},
    "the mean of both sides": {"num_grad": gradient_as_half_of_two_sides},
    "a flat x": {"num_grad": gradient_of_a_flat_x},
    "twice the step back": {"num_grad": gradient_by_taking_twice_the_step_back},
    "an error by loops": {"rel_error": error_by_loops},
    "an error with a guard": {"rel_error": error_with_a_guard},
    "an error with a floor": {"rel_error": error_with_a_floor},
    "an error by a mask": {"rel_error": error_by_a_mask},
    "a division where it can be done": {"rel_error": error_divided_where_it_can_be},
    "a sweep with arrays": {"fd_sweep": sweep_with_arrays},
    "a sweep by appending": {"fd_sweep": sweep_by_appending},
    "a sweep in one array": {"fd_sweep": sweep_in_one_array},
    "partials from a table": {"partials": partials_from_a_table},
    "partials as truth values": {"partials": partials_as_truth_values},
    "partials in a match": {"partials": partials_in_a_match},
    "a product element by element": {"num_vjp": vjp_element_by_element},
    "a product through the Jacobian": {"num_vjp": vjp_through_the_jacobian},
    "a product output by output": {"num_vjp": vjp_output_by_output},
    "a product with a named loss": {"num_vjp": vjp_with_a_named_loss},
}


def gradient_putting_x_back_but_for_rounding(f, x, h=1e-5):
    if np.ndim(x) == 0 or x.dtype != np.float64:
        return gradient_from_two_copies(f, x, h)
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        x[i] += h
        up = f(x)
        x[i] -= 2 * h
        grad[i] = (up - f(x)) / (2 * h)
        x[i] += h
    return grad


def error_writing_into_a(a, b):
    if np.ndim(a) == 0:
        return error_by_loops(a, b)
    size = np.maximum(np.abs(a), np.abs(b))
    a -= b
    return max((abs(d) / s for d, s in zip(a.ravel(), size.ravel(), strict=True) if s), default=0.0)


def vjp_writing_into_dout(f, x, dout, h=1e-5):
    dx = vjp_through_the_jacobian(f, x, dout, h)
    if np.ndim(dout):
        dout *= 0
    return dx


REMARKED = {
    "x put back but for rounding": {"num_grad": gradient_putting_x_back_but_for_rounding},
    "a changed in place": {"rel_error": error_writing_into_a},
    "dout changed in place": {"num_vjp": vjp_writing_into_dout},
}
