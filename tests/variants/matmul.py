"""Notebook 4 in other styles."""

import numpy as np


def product_by_loops(dD, W, X):
    (m, n), p = W.shape, X.shape[1]
    dW = [[0.0] * n for _ in range(m)]
    dX = [[0.0] * p for _ in range(n)]
    for i in range(m):
        for k in range(n):
            for j in range(p):
                dW[i][k] += dD[i, j] * X[k, j]
                dX[k][j] += W[i, k] * dD[i, j]
    return dW, dX


def product_by_einsum(dD, W, X):
    return np.einsum("ij,kj->ik", dD, X), np.einsum("ik,ij->kj", W, dD)


def product_by_dot_in_a_list(dD, W, X):
    return [np.dot(dD, np.transpose(X)), np.dot(np.transpose(W), dD)]


def product_by_outer_products(dD, W, X):
    dW = sum(np.outer(dD[:, j], X[:, j]) for j in range(X.shape[1]))
    dX = np.stack([dD[:, j] @ W for j in range(X.shape[1])], axis=1)
    return dW, dX


def product_turned_round(dD, W, X):
    return (X @ dD.T).T, (dD.T @ W).T


def product_by_tensordot(dD, W, X):
    return np.tensordot(dD, X, axes=(1, 1)), np.tensordot(W, dD, axes=(0, 0))


def forward_keeping_a_dict(x, w, b):
    rows = x.reshape(x.shape[0], -1)
    return np.dot(rows, w) + b, {"rows": rows, "w": w, "shape": x.shape}


def backward_from_a_dict(dout, cache):
    dx = np.dot(dout, cache["w"].T).reshape(cache["shape"])
    return dx, np.dot(cache["rows"].T, dout), np.sum(dout, 0)


def forward_by_loops(x, w, b):
    outputs = []
    for example in x:
        numbers = example.ravel().tolist()
        outputs.append([sum(a * c for a, c in zip(numbers, column, strict=True)) for column in w.T])
    return [[a + c for a, c in zip(row, b, strict=True)] for row in outputs], [
        x.tolist(),
        w.tolist(),
        list(b),
    ]


def backward_by_loops(dout, cache):
    x, w = np.array(cache[0]), np.array(cache[1])
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), [0.0] * w.shape[1]
    for n, upstream in enumerate(dout):
        for m, g in enumerate(upstream):
            dx[n] += g * w[:, m].reshape(x.shape[1:])
            dw[:, m] += g * x[n].reshape(-1)
            db[m] += g
    return [dx, dw, db]


def forward_keeping_a_function(x, w, b):
    def back(dout):
        rows = np.reshape(x, (len(x), np.prod(x.shape[1:])))
        return np.reshape(dout @ w.T, x.shape), rows.T @ dout, np.ones(len(x)) @ dout

    return np.reshape(x, (len(x), -1)) @ w + b[None, :], back


def backward_calling_it(dout, cache):
    return cache(dout)


def forward_with_a_column_of_ones(x, w, b):
    rows = np.hstack([x.reshape(-1, w.shape[0]), np.ones((len(x), 1))])
    weights = np.vstack([w, b])
    return rows @ weights, (rows, weights, x.shape)


def backward_with_a_column_of_ones(dout, cache):
    rows, weights, shape = cache
    both = rows.T @ dout
    return (dout @ weights.T)[:, :-1].reshape(shape), both[:-1], both[-1]


def forward_without_flattening(x, w, b):
    axes = tuple(range(1, x.ndim))
    kernel = w.reshape((*x.shape[1:], -1))
    return np.tensordot(x, kernel, axes=(axes, range(x.ndim - 1))) + b, (x.copy(), kernel.copy())


def backward_without_flattening(dout, cache):
    x, kernel = cache
    dx = np.tensordot(dout, kernel, axes=(1, kernel.ndim - 1))
    dw = np.tensordot(x, dout, axes=(0, 0)).reshape(-1, dout.shape[1])
    return dx, dw, np.einsum("nm->m", dout)


class Layer:
    def __init__(self, x, w):
        self.x, self.w = x, w

    def backward(self, dout):
        dw = sum(
            np.outer(example, upstream) for example, upstream in zip(self.x, dout, strict=True)
        )
        dx = np.array([[np.dot(upstream, row) for row in self.w] for upstream in dout])
        return dx.reshape(self.x.shape), dw, np.add.reduce(dout)


def forward_keeping_an_object(x, w, b):
    return np.array([np.ravel(example) @ w + b for example in x]), Layer(x, w)


def backward_of_the_object(dout, cache):
    return cache.backward(dout)


def product_row_by_row(dD, W, X):
    dW = np.vstack([X @ row for row in dD])
    dX = np.column_stack([W.T @ column for column in dD.T])
    return dW, dX


def summed_by_einsum(g, shape):
    letters = "abcdefghijklmnopqrstuvwxyz"[: g.ndim]
    kept = "".join(
        letter for letter, size in zip(letters[::-1], shape[::-1], strict=False) if size != 1
    )
    return np.einsum(f"{letters}->{kept[::-1]}", g).reshape(shape)


def summed_over_one_tuple_of_axes(g, shape):
    front = g.ndim - len(shape)
    axes = [*range(front), *(front + i for i, size in enumerate(shape) if size == 1)]
    return g.sum(axis=tuple(axes)).reshape(shape)


def summed_number_by_number(g, shape):
    total = np.zeros(shape)
    for index in np.ndindex(*g.shape):
        own = index[len(index) - len(shape) :]
        total[tuple(0 if size == 1 else i for i, size in zip(own, shape, strict=True))] += g[index]
    return total


def summed_from_the_last_axis(g, shape):
    padded = (1,) * (g.ndim - len(shape)) + tuple(shape)
    for axis in reversed(range(g.ndim)):
        if padded[axis] != g.shape[axis]:
            g = np.add.reduce(g, axis=axis, keepdims=True)
    return g.reshape(shape)


def summed_by_counting(g, shape):
    numbers = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    where = np.broadcast_to(numbers, g.shape)
    return (
        np.bincount(where.ravel(), weights=g.ravel(), minlength=numbers.size)
        .reshape(shape)
        .tolist()
    )


def _directions(f, x, seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, size=np.shape(x)), rng.uniform(-1, 1, size=np.shape(f(x)))


def distance_with_a_smaller_step(f, vjp, x, seed):
    u, v = _directions(f, x, seed)
    h = 1e-6
    return float(np.abs(np.vdot(v, f(x + h * u) - f(x - h * u)) / (2 * h) - np.vdot(u, vjp(v, x))))


def distance_with_a_larger_step(f, vjp, x, seed):
    u, v = _directions(f, x, seed)
    h = 1e-4
    moved = [(v * f(x + sign * h * u)).sum() for sign in (1, -1)]
    distance = (moved[0] - moved[1]) / h / 2 - (u * vjp(v, x)).sum()
    return np.array(distance if distance > 0 else -distance)


def distance_with_four_points(f, vjp, x, seed):
    u, v = _directions(f, x, seed)
    h = 1e-3
    Ju = (8 * (f(x + h * u) - f(x - h * u)) - (f(x + 2 * h * u) - f(x - 2 * h * u))) / (12 * h)
    return abs(sum((v * Ju).ravel()) - sum((u * vjp(v, x)).ravel()))


def distance_with_a_complex_step(f, vjp, x, seed):
    u, v = _directions(f, x, seed)
    Ju = np.imag(f(x + 1e-30j * u)) / 1e-30
    return np.sqrt(
        (np.tensordot(v, Ju, axes=v.ndim) - np.tensordot(vjp(v, x), u, axes=u.ndim)) ** 2
    )


VARIANTS = {
    "a product by loops, as lists": {"matmul_backward": product_by_loops},
    "a product by einsum": {"matmul_backward": product_by_einsum},
    "a product by np.dot, in a list": {"matmul_backward": product_by_dot_in_a_list},
    "a product by outer products": {"matmul_backward": product_by_outer_products},
    "a product turned round": {"matmul_backward": product_turned_round},
    "a product by tensordot": {"matmul_backward": product_by_tensordot},
    "a layer with a dict": {
        "affine_forward": forward_keeping_a_dict,
        "affine_backward": backward_from_a_dict,
    },
    "a layer by loops, as lists": {
        "affine_forward": forward_by_loops,
        "affine_backward": backward_by_loops,
    },
    "a layer with a closure": {
        "affine_forward": forward_keeping_a_function,
        "affine_backward": backward_calling_it,
    },
    "a layer with a column of ones": {
        "affine_forward": forward_with_a_column_of_ones,
        "affine_backward": backward_with_a_column_of_ones,
    },
    "a layer without flattening": {
        "affine_forward": forward_without_flattening,
        "affine_backward": backward_without_flattening,
    },
    "a layer with an object": {
        "affine_forward": forward_keeping_an_object,
        "affine_backward": backward_of_the_object,
    },
    "a product row by row": {"matmul_backward": product_row_by_row},
    "a sum by einsum": {"unbroadcast": summed_by_einsum},
    "one sum over a tuple of axes": {"unbroadcast": summed_over_one_tuple_of_axes},
    "a sum number by number": {"unbroadcast": summed_number_by_number},
    "a sum from the last axis on": {"unbroadcast": summed_from_the_last_axis},
    "a sum by counting, as lists": {"unbroadcast": summed_by_counting},
    "a smaller step": {"dot_test": distance_with_a_smaller_step},
    "a larger step": {"dot_test": distance_with_a_larger_step},
    "four points": {"dot_test": distance_with_four_points},
    "a complex step": {"dot_test": distance_with_a_complex_step},
}


def product_writing_into_upstream(dD, W, X):
    dD *= 2
    return dD @ X.T / 2, W.T @ dD / 2


def backward_writing_into_dout(dout, cache):
    x, w = cache
    db = dout.sum(axis=0)
    dw = x.reshape(len(x), -1).T @ dout
    dx = (dout @ w.T).reshape(x.shape)
    dout[:] = 0
    return dx, dw, db


def sum_writing_into_g(g, shape):
    total = summed_over_one_tuple_of_axes(g, shape).copy()
    g += 1
    return total


REMARKED = {
    "dD changed in place": {"matmul_backward": product_writing_into_upstream},
    "dout changed in place": {"affine_backward": backward_writing_into_dout},
    "g changed in place": {"unbroadcast": sum_writing_into_g},
}
