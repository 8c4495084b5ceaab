"""Notebook 7 in other styles."""

import math
import random

import numpy as np

# --- the rectifier


def relu_times_mask(x):
    return x * (x > 0)


def relu_by_absolute_value(x):
    return (np.abs(x) + x) / 2


def relu_number_by_number(x):
    return np.vectorize(lambda number: number if number > 0 else 0.0)(x)


def relu_in_lists(x):
    return np.where(x > 0, x, 0).tolist()


def relu_back_where(dout, x):
    return np.where(x > 0, dout, 0.0)


def relu_back_on_a_copy(dout, x):
    dx = np.array(dout)
    dx[x < 0] = 0
    return dx


def relu_back_by_signs(dout, x):
    return 0.5 * (1 + np.sign(x)) * dout


def relu_back_in_place(dout, x):
    dout *= x > 0
    return dout


# --- costs


def cost_in_a_loop(a, y):
    C, slopes = 0.0, []
    for got, wanted in zip(a, y, strict=True):
        C += (got - wanted) ** 2
        slopes.append(2 * (got - wanted))
    return C, slopes


def cost_as_a_product(a, y):
    d = np.subtract(a, y)
    return np.array(d @ d), d + d


def cost_multiplied_out(a, y):
    return float(a @ a - 2 * a @ y + y @ y), -2 * (y - a)


def softmax_in_loops(x, y):
    n, classes = x.shape
    loss, dx = 0.0, np.zeros((n, classes))
    for i in range(n):
        top = max(x[i])
        powers = [math.exp(s - top) for s in x[i]]
        loss -= (x[i, y[i]] - top - math.log(sum(powers))) / n
        for c in range(classes):
            dx[i, c] = (powers[c] / sum(powers) - (c == y[i])) / n
    return loss, dx


def softmax_one_hot(x, y):
    log_p = x - np.logaddexp.reduce(x, axis=1, keepdims=True)
    hot = np.eye(x.shape[1])[y]
    return -np.sum(hot * log_p) / len(y), (np.exp(log_p) - hot) / len(y)


def softmax_transposed(x, y):
    s = x.T - x.T.max(axis=0)
    p = np.exp(s) / np.exp(s).sum(axis=0)
    picked = s[y, range(len(y))] - np.log(np.exp(s).sum(axis=0))
    p[y, range(len(y))] -= 1.0
    return -picked.mean(), (p / len(y)).T


# --- the network


def network_example_by_example(params, X, y, reg):
    n = len(X)
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    loss = reg * sum(float((params[name] ** 2).sum()) for name in ("W1", "W2"))
    for x, c in zip(X, y, strict=True):
        z = x @ params["W1"] + params["b1"]
        h = np.where(z > 0, z, 0)
        example_loss, ds = softmax_one_hot((h @ params["W2"] + params["b2"])[None], np.array([c]))
        ds = ds[0] / n
        dz = (params["W2"] @ ds) * (z > 0)
        loss += example_loss / n
        grads["W2"] += np.outer(h, ds)
        grads["b2"] += ds
        grads["W1"] += np.outer(x, dz)
        grads["b1"] += dz
    for name in ("W1", "W2"):
        grads[name] += 2 * reg * params[name]
    return loss, grads


def network_by_einsum(params, X, y, reg):
    z = np.einsum("nd,dh->nh", X, params["W1"]) + params["b1"]
    h = z * (z > 0)
    loss, ds = softmax_in_loops(np.einsum("nh,hc->nc", h, params["W2"]) + params["b2"], y)
    dz = np.einsum("nc,hc,nh->nh", ds, params["W2"], z > 0)
    price = reg * (np.linalg.norm(params["W1"]) ** 2 + np.linalg.norm(params["W2"]) ** 2)
    return loss + price, {
        "b2": np.einsum("nc->c", ds),
        "W2": np.einsum("nh,nc->hc", h, ds) + 2 * reg * params["W2"],
        "b1": np.einsum("nh->h", dz),
        "W1": np.einsum("nd,nh->dh", X, dz) + 2 * reg * params["W1"],
    }


def network_with_a_column_of_ones(params, X, y, reg):
    ones = np.ones((len(X), 1))
    A1 = np.vstack([params["W1"], params["b1"]])
    A2 = np.vstack([params["W2"], params["b2"]])
    X1 = np.hstack([X, ones])
    z = X1 @ A1
    H1 = np.hstack([np.maximum(z, 0), ones])
    loss, ds = softmax_transposed(H1 @ A2, y)
    d2 = H1.T @ ds
    d1 = X1.T @ ((ds @ A2.T)[:, :-1] * (z > 0))
    d1[:-1] += 2 * reg * A1[:-1]
    d2[:-1] += 2 * reg * A2[:-1]
    loss += reg * ((A1[:-1] ** 2).sum() + (A2[:-1] ** 2).sum())
    return loss, {"W1": d1[:-1], "b1": d1[-1], "W2": d2[:-1], "b2": d2[-1]}


# --- training


def step_on_copies(params, grads, lr):
    moved = {}
    for name in params:
        moved[name] = params[name].copy()
        moved[name] -= lr * grads[name]
    return moved


def step_weighted(params, grads, lr):
    return {
        name: np.stack([params[name], grads[name]], axis=-1) @ np.array([1.0, -lr])
        for name in sorted(params)
    }


def step_number_by_number(params, grads, lr):
    moved = {}
    for name, value in params.items():
        flat = [
            w - lr * g
            for w, g in zip(value.ravel().tolist(), grads[name].ravel().tolist(), strict=True)
        ]
        moved[name] = np.array(flat).reshape(value.shape)
    return moved


def train_with_split(params, X, y, lr, epochs, batch, seed):
    rng = np.random.default_rng(seed)
    params = {name: value.copy() for name, value in params.items()}
    loss = [network_by_einsum(params, X, y, 0)[0]]
    for _ in range(epochs):
        for rows in np.split(rng.permutation(len(y)), range(batch, len(y), batch)):
            grads = network_by_einsum(params, X[rows], y[rows], 0)[1]
            for name in params:
                params[name] -= lr * grads[name]
        loss.append(network_by_einsum(params, X, y, 0)[0])
    return {"loss": np.array(loss), "params": params}


def train_with_a_shuffled_list(params, X, y, lr, epochs, batch, seed):
    order, shuffler = list(range(len(X))), random.Random(seed)
    history = {"loss": [network_with_a_column_of_ones(params, X, y, 0.0)[0]], "params": params}
    for _ in range(epochs):
        shuffler.shuffle(order)
        rest = list(order)
        while rest:
            rows, rest = rest[:batch], rest[batch:]
            grads = network_with_a_column_of_ones(history["params"], X[rows], y[rows], 0.0)[1]
            history["params"] = step_on_copies(history["params"], grads, lr)
        history["loss"].append(network_with_a_column_of_ones(history["params"], X, y, 0.0)[0])
    return history


def train_by_sorting(params, X, y, lr, epochs, batch, seed):
    rng = np.random.default_rng(seed)
    losses = np.empty(epochs + 1)
    for epoch in range(epochs + 1):
        losses[epoch], _ = network_by_einsum(params, X, y, 0.0)
        if epoch == epochs:
            break
        order = np.argsort(rng.random(len(X)))
        shuffled, labels = X[order], y[order]
        for first in range(0, len(X), batch):
            _, grads = network_by_einsum(
                params, shuffled[first : first + batch], labels[first : first + batch], 0.0
            )
            params = {name: params[name] - lr * grads[name] for name in params}
    return {"params": params, "loss": losses.tolist()}


# --- the bonus


def paths_with_an_inverse(A, b, x, lr, steps):
    descent, newton = np.empty((steps + 1, len(x))), np.empty((steps + 1, len(x)))
    descent[0] = newton[0] = x
    for k in range(steps):
        descent[k + 1] = descent[k] + lr * (b - A @ descent[k])
        newton[k + 1] = newton[k] - np.linalg.inv(A) @ (A @ newton[k] - b)
    return descent, newton


def paths_in_lists(A, b, x, lr, steps):
    goal = np.linalg.solve(A, b)
    newton = [list(x)] + [list(goal)] * steps
    shrink = np.eye(len(x)) - lr * A
    descent = [
        list(goal + np.linalg.matrix_power(shrink, k) @ (x - goal)) for k in range(steps + 1)
    ]
    return descent, newton


def layer_in_loops(w, a_before, a, dC_da):
    J, K = w.shape
    dw, db, back = np.zeros((J, K)), np.zeros(J), np.zeros(K)
    for j in range(J):
        slope = a[j] * (1 - a[j])
        db[j] = slope * dC_da[j]
        for k in range(K):
            dw[j][k] = a_before[k] * slope * dC_da[j]
            back[k] += w[j][k] * slope * dC_da[j]
    return {"dw": dw, "db": db, "da_before": back}


def layer_by_einsum(w, a_before, a, dC_da):
    slope = a - a**2
    return (
        np.einsum("k,j,j->jk", a_before, slope, dC_da),
        np.einsum("j,j->j", slope, dC_da),
        np.einsum("jk,j,j->k", w, slope, dC_da),
    )


def layer_in_lists(w, a_before, a, dC_da):
    errors = [float(back * out * (1 - out)) for back, out in zip(dC_da, a, strict=True)]
    back = [
        sum(row[k] * error for row, error in zip(w, errors, strict=True))
        for k in range(len(a_before))
    ]
    return [[[error * float(x) for x in a_before] for error in errors], errors, back]


def layer_by_a_jacobian(w, a_before, a, dC_da):
    jacobian = np.diag(a * (1 - a)) @ w
    db = np.diag(a * (1 - a)) @ dC_da
    return db[:, np.newaxis] * a_before[np.newaxis], db, dC_da @ jacobian


WINDOWS = {
    "fx": np.array([[0, 0, 0], [-1, 0, 1], [0, 0, 0]]) / 2,
    "fy": np.array([[0, -1, 0], [0, 0, 0], [0, 1, 0]]) / 2,
    "fxx": np.array([[0, 0, 0], [1, -2, 1], [0, 0, 0]]),
    "fxy": np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]]) / 4,
    "fyy": np.array([[0, 1, 0], [0, -2, 0], [0, 1, 0]]),
}


def slopes_by_windows(image):
    places = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
    return {name: np.einsum("rcij,ij->rc", places, window) for name, window in WINDOWS.items()}


def slopes_by_loops(image):
    rows, columns = image.shape
    found = np.zeros((5, rows - 2, columns - 2))
    for r in range(1, rows - 1):
        for c in range(1, columns - 1):
            for window, out in zip(WINDOWS.values(), found, strict=True):
                out[r - 1, c - 1] = np.sum(image[r - 1 : r + 2, c - 1 : c + 2] * window)
    return list(found)


def slopes_by_differences(image):
    fx, fy = (image[:, 2:] - image[:, :-2]) / 2, (image[2:] - image[:-2]) / 2
    fxx, fyy = np.diff(image, 2, axis=1), np.diff(image, 2, axis=0)
    return fx[1:-1], fy[:, 1:-1], fxx[1:-1], (fx[2:] - fx[:-2]) / 2, fyy[:, 1:-1]


VARIANTS = {
    "rectifier by a mask": {"relu_forward": relu_times_mask},
    "rectifier by absolute value": {"relu_forward": relu_by_absolute_value},
    "rectifier number by number": {"relu_forward": relu_number_by_number},
    "rectifier in lists": {"relu_forward": relu_in_lists},
    "mask by where": {"relu_backward": relu_back_where},
    "mask on a copy": {"relu_backward": relu_back_on_a_copy},
    "mask by signs": {"relu_backward": relu_back_by_signs},
    "cost in a loop": {"mse_cost": cost_in_a_loop},
    "cost as a product": {"mse_cost": cost_as_a_product},
    "cost multiplied out": {"mse_cost": cost_multiplied_out},
    "a layer in loops": {"layer_by_index": layer_in_loops},
    "a layer by einsum": {"layer_by_index": layer_by_einsum},
    "a layer in lists": {"layer_by_index": layer_in_lists},
    "a layer by a Jacobian": {"layer_by_index": layer_by_a_jacobian},
    "softmax in loops": {"softmax_loss": softmax_in_loops},
    "softmax with one-hot labels": {"softmax_loss": softmax_one_hot},
    "softmax with examples in columns": {"softmax_loss": softmax_transposed},
    "network example by example": {"loss_and_grads": network_example_by_example},
    "network by einsum": {"loss_and_grads": network_by_einsum},
    "biases as a column of ones": {"loss_and_grads": network_with_a_column_of_ones},
    "steps on copies": {"sgd_step": step_on_copies},
    "steps as weighted sums": {"sgd_step": step_weighted},
    "steps number by number": {"sgd_step": step_number_by_number},
    "batches by split": {"train": train_with_split},
    "a list shuffled again and again": {"train": train_with_a_shuffled_list},
    "order by sorting": {"train": train_by_sorting},
    "slopes by windows": {"image_slopes": slopes_by_windows},
    "slopes by loops": {"image_slopes": slopes_by_loops},
    "slopes by differences": {"image_slopes": slopes_by_differences},
    "Newton with an inverse": {"paraboloid_paths": paths_with_an_inverse},
    "paths by their formulas": {"paraboloid_paths": paths_in_lists},
}
REMARKED = {"the gradient masked in place": {"relu_backward": relu_back_in_place}}
