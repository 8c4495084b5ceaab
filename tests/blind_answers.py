"""Wrong answers written from the release alone, before the hidden catalogue and the code that names were opened.

Each is one mistake that a student in the second year makes.  Every second one was never looked at
while names were made.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Blind:
    """An answer, what is wrong with it, and the names that fit."""

    assignment: str
    exercise: str
    wrong: str
    names: tuple[str, ...]
    source: str

    @property
    def cells(self) -> dict[str, str]:
        """The texts of the answer's cells; a backward pass may stand in one text with its forward pass."""
        forward = self.exercise.replace("_backward", "_forward")
        start = self.source.find(f"def {self.exercise}(")
        if start <= 0 or f"def {forward}(" not in self.source:
            return {self.exercise: self.source}
        return {forward: self.source[:start].rstrip() + "\n", self.exercise: self.source[start:]}


ANSWERS: list[Blind] = []


def add(assignment: str, exercise: str, wrong: str, names: tuple[str, ...], source: str) -> None:
    """Enter an answer."""
    ANSWERS.append(Blind(assignment, exercise, wrong, names, source.strip("\n") + "\n"))


D, G, N, M, F, R, L, T = (
    "01_derivatives",
    "02_gates",
    "03_sigmoid_neuron",
    "04_matmul",
    "05_forward_mode",
    "06_reverse_mode",
    "07_mlp_sgd",
    "08_trailnet",
)

add(
    D,
    "d_sin2",
    "2 sin(2x) for sin(2x)",
    ("factor 2",),
    """
def d_sin2(x):
    x = np.asarray(x, dtype=float)
    return 2 * np.sin(2 * x)
""",
)
add(
    D,
    "d_sin2",
    "inner derivative forgotten: 2 sin x",
    ("slope of the inner function forgotten",),
    """
def d_sin2(x):
    x = np.asarray(x, dtype=float)
    inner = np.sin(x)
    return 2 * inner
""",
)
add(
    D,
    "num_grad",
    "divides by h instead of 2h",
    ("divided by one step",),
    """
def num_grad(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        up = f(x.copy())
        x[i] = old - h
        down = f(x.copy())
        x[i] = old
        grad[i] = (up - down) / h
    return grad
""",
)
add(
    D,
    "num_grad",
    "x[i] is not put back to where it was (left at x-h)",
    ("x not put back",),
    """
def num_grad(f, x, h=1e-5):
    x = np.array(x, dtype=np.float64)
    g = np.zeros(x.shape)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        idx = it.multi_index
        x[idx] += h
        fp = f(x)
        x[idx] -= 2 * h
        fm = f(x)
        g[idx] = (fp - fm) / (2 * h)
        it.iternext()
    return g
""",
)
add(
    D,
    "num_grad",
    "forward difference instead of the centred one",
    ("forward difference",),
    """
def num_grad(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    result = np.empty(x.shape)
    base = f(x.copy())
    for k in np.ndindex(*x.shape):
        moved = x.copy()
        moved[k] += h
        result[k] = (f(moved) - base) / h
    return result
""",
)
add(
    D,
    "rel_error",
    "mean instead of the largest",
    ("mean instead of the largest",),
    """
def rel_error(a, b):
    a = np.asarray(a, dtype=float)
    b = np.asarray(b, dtype=float)
    big = np.maximum(np.abs(a), np.abs(b))
    diff = np.abs(a - b)
    err = np.where(big == 0, 0, diff / np.where(big == 0, 1, big))
    return float(np.mean(err))
""",
)
add(
    D,
    "rel_error",
    "denominator |a|+|b| instead of the larger one",
    ("divided by the sum",),
    """
def rel_error(a, b):
    a = np.asarray(a, dtype=float)
    b = np.asarray(b, dtype=float)
    total = np.abs(a) + np.abs(b)
    out = np.zeros(a.shape)
    ok = total > 0
    out[ok] = np.abs(a - b)[ok] / total[ok]
    return out.max()
""",
)
add(
    D,
    "fd_sweep",
    "rel_error of the same array for all: one number for all steps",
    (),
    """
def fd_sweep(f, df, x, hs):
    exact = df(x)
    fwd = np.array([(f(x + h) - f(x)) / h for h in hs])
    cen = np.array([(f(x + h) - f(x - h)) / (2 * h) for h in hs])
    return (
        np.full(len(hs), rel_error(fwd, np.full(len(hs), exact))),
        np.full(len(hs), rel_error(cen, np.full(len(hs), exact))),
    )
""",
)
add(
    D,
    "fd_sweep",
    "absolute instead of relative errors",
    ("absolute errors",),
    """
def fd_sweep(f, df, x, hs):
    forward, centred = [], []
    for h in hs:
        forward.append(abs((f(x + h) - f(x)) / h - df(x)))
        centred.append(abs((f(x + h) - f(x - h)) / (2 * h) - df(x)))
    return np.array(forward), np.array(centred)
""",
)
add(
    D,
    "partials",
    "mul: fx and fy exchanged (x to x)",
    ("own value instead of the other",),
    """
def partials(op, x, y):
    if op == "mul":
        return float(x), float(y)
    if op == "add":
        return 1.0, 1.0
    return (1.0, 0.0) if x > y else (0.0, 1.0)
""",
)
add(
    D,
    "partials",
    "max: the smaller one gets the gradient",
    ("max turned round",),
    """
def partials(op, x, y):
    if op == "add":
        fx, fy = 1.0, 1.0
    elif op == "mul":
        fx, fy = y, x
    elif op == "max":
        fx = 1.0 if x < y else 0.0
        fy = 1.0 - fx
    return fx, fy
""",
)
add(
    D,
    "partials",
    "max hands on the value of the larger one instead of 1",
    ("max passes the value",),
    """
def partials(op, x, y):
    if op == "mul":
        return y, x
    elif op == "add":
        return 1, 1
    else:
        if x > y:
            return x, 0
        return 0, y
""",
)
add(
    D,
    "num_vjp",
    "dout is left out",
    ("upstream gradient ignored",),
    """
def num_vjp(f, x, dout, h=1e-5):
    return num_grad(lambda z: np.sum(f(z)), x, h)
""",
)
add(
    D,
    "num_vjp",
    "dout added up first: sum(dout) times the gradient of the sum",
    ("upstream gradient outside the sum",),
    """
def num_vjp(f, x, dout, h=1e-5):
    total = np.sum(dout)

    def g(z):
        return np.sum(f(z))

    return total * num_grad(g, x, h)
""",
)

add(
    G,
    "simple_backprop_step",
    "the step is multiplied by x, not divided (gradient step)",
    ("multiplied by the slope",),
    """
def simple_backprop_step(w, x, y, alpha):
    yhat = w * x
    err = yhat - y
    w = w - alpha * err * x
    return w, yhat, err
""",
)
add(
    G,
    "simple_backprop_step",
    "error with the sign turned: y - yhat, step added",
    ("sign of the error",),
    """
def simple_backprop_step(w, x, y, alpha):
    yhat = w * x
    err = y - yhat
    w_new = w + alpha * err / x
    return w_new, yhat, err
""",
)
add(
    G,
    "gd_step",
    "factor 2 of the square missing",
    ("factor 2 forgotten",),
    """
def gd_step(w, x, y, alpha):
    err = w * x - y
    dw = err * x
    return w - alpha * dw, dw
""",
)
add(
    G,
    "gd_step",
    "dw is that after the step",
    (),
    """
def gd_step(w, x, y, alpha):
    dw = 2 * (w * x - y) * x
    w = w - alpha * dw
    dw = 2 * (w * x - y) * x
    return w, dw
""",
)
add(
    G,
    "chain_rule",
    "homework circuit: df_dz is q as with the first circuit",
    ("homework's z taken for a factor",),
    """
def chain_rule(x, y, z, first="add"):
    if first == "add":
        q = x + y
        df_dq = z
        df_dx = df_dq
        df_dy = df_dq
    else:
        q = x * y
        df_dq = 1.0
        df_dx = df_dq * y
        df_dy = df_dq * x
    df_dz = q
    return df_dx, df_dy, df_dz, df_dq
""",
)
add(
    G,
    "chain_rule",
    "upstream z left out for x and y of the add circuit",
    ("upstream gradient ignored",),
    """
def chain_rule(x, y, z, first="add"):
    if first == "add":
        q = x + y
        return {"df_dx": 1.0, "df_dy": 1.0, "df_dz": q, "df_dq": z}
    return {"df_dx": y, "df_dy": x, "df_dz": 1.0, "df_dq": 1.0}
""",
)
add(
    G,
    "max_backward",
    "dout is left out",
    ("upstream gradient ignored",),
    """
def max_backward(x, y, dout):
    if x >= y:
        return 1.0, 0.0
    return 0.0, 1.0
""",
)
add(
    G,
    "max_backward",
    "at a tie both get the whole dout",
    ("tie counted twice",),
    """
def max_backward(x, y, dout):
    dx = dout * (x >= y)
    dy = dout * (y >= x)
    return dx, dy
""",
)
add(
    G,
    "gate_circuit",
    "the factor 2 is missing in all gradients below s",
    ("half lost at the addition",),
    """
def gate_circuit(x, y, z, w):
    p = x * y
    m = max(z, w)
    s = p + m
    f = 2 * s
    ds = 2.0
    dp = 1.0
    dm = 1.0
    dx = dp * y
    dy = dp * x
    dz = dm if z > w else 0.0
    dw = dm if w > z else 0.0
    return f, {"s": ds, "p": dp, "m": dm, "x": dx, "y": dy, "z": dz, "w": dw}
""",
)
add(
    G,
    "gate_circuit",
    "max takes the value of the winner with it (dm * z)",
    ("value of max times gradient",),
    """
def gate_circuit(x, y, z, w):
    p = x * y
    m = max(z, w)
    s = p + m
    f = 2 * s
    grads = {"s": 2.0, "p": 2.0, "m": 2.0}
    grads["x"] = grads["p"] * y
    grads["y"] = grads["p"] * x
    grads["z"] = grads["m"] * z if z > w else 0.0
    grads["w"] = grads["m"] * w if w > z else 0.0
    return f, grads
""",
)
add(
    G,
    "fork_grad",
    "only the sigmoid branch gives a gradient",
    ("fork overwritten by the sigmoid",),
    """
def fork_grad(x, c=1.0):
    s = 1 / (1 + math.exp(-x))
    f = c * x + s
    dx = s * (1 - s)
    return f, dx
""",
)
add(
    G,
    "fork_grad",
    "the slope of the straight branch taken as 1 instead of c",
    ("straight branch always 1",),
    """
def fork_grad(x, c=1.0):
    s = 1 / (1 + math.exp(-x))
    f = c * x + s
    dx = 1.0
    dx += s * (1 - s)
    return f, dx
""",
)

add(
    N,
    "sigmoid",
    "clips x at +-30, too early",
    (),
    """
def sigmoid(x):
    x = np.asarray(x, dtype=float)
    x = np.clip(x, -30, 30)
    return 1.0 / (1.0 + np.exp(-x))
""",
)
add(
    N,
    "sigmoid",
    "sign of the exponent wrong: gives 1 - sigmoid",
    ("mirrored sigmoid",),
    """
def sigmoid(x):
    x = np.asarray(x, dtype=float)
    out = np.empty_like(x)
    pos = x >= 0
    neg = ~pos
    e = np.exp(-np.abs(x))
    out[pos] = e[pos] / (1 + e[pos])
    out[neg] = 1 / (1 + e[neg])
    return out
""",
)
add(
    N,
    "sigmoid_grad",
    "applies the sigmoid once more",
    ("sigmoid applied twice",),
    """
def sigmoid_grad(f):
    s = sigmoid(f)
    return s * (1 - s)
""",
)
add(
    N,
    "sigmoid_grad",
    "sign: f * (f - 1)",
    ("negative slope",),
    """
def sigmoid_grad(f):
    return f * (f - 1)
""",
)
add(
    N,
    "neuron_backward",
    "bias gradient missing the local slope (dout alone)",
    ("one change: a value or an operation must be replaced",),
    """
def neuron_forward(w, x):
    z = w[0] * x[0] + w[1] * x[1] + w[2]
    f = sigmoid(z)
    return float(f), (w.copy(), x.copy(), float(f))


def neuron_backward(dout, cache):
    w, x, f = cache
    dz = dout * f * (1 - f)
    dw = np.array([dz * x[0], dz * x[1], dout])
    dx = dz * w[:2]
    return dw, dx
""",
)
add(
    N,
    "neuron_backward",
    "dw and dx exchanged factors: dw from w, dx from x",
    ("dw and dx exchanged",),
    """
def neuron_forward(w, x):
    z = np.dot(w[:2], x) + w[2]
    f = float(sigmoid(z))
    return f, (w.copy(), x.copy(), f)


def neuron_backward(dout, cache):
    w, x, f = cache
    dz = dout * f * (1 - f)
    dw = np.append(dz * w[:2], dz)
    dx = dz * x
    return dw, dx
""",
)
add(
    N,
    "sigmoid_staged",
    "the slope of 1/b lacks its minus",
    ("sign of 1/x",),
    """
def sigmoid_staged(w, x):
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    neg = -dot
    a = np.exp(neg)
    b = 1 + a
    c = 1 / b
    dc = 1.0
    db = 1 / b**2 * dc
    da = db
    dneg = a * da
    ddot = -dneg
    return dict(dot=dot, neg=neg, a=a, b=b, c=c, ddot=ddot, dneg=dneg, da=da, db=db, dc=dc)
""",
)
add(
    N,
    "sigmoid_staged",
    "dneg = neg * da: exp's slope taken as its input",
    ("one change: a value or an operation must be replaced",),
    """
def sigmoid_staged(w, x):
    dot = float(w[:2] @ x + w[2])
    neg = -1 * dot
    a = np.exp(neg)
    b = a + 1
    c = 1 / b
    dc = 1.0
    db = -1.0 / b**2 * dc
    da = 1.0 * db
    dneg = neg * da
    ddot = -1.0 * dneg
    return {"dot": dot, "neg": neg, "a": a, "b": b, "c": c,
            "dc": dc, "db": db, "da": da, "dneg": dneg, "ddot": ddot}
""",
)
add(
    N,
    "relu",
    "bias left out of the sum",
    ("bias forgotten",),
    """
def relu(x, w):
    z = w[0] * x[0] + w[1] * x[1]
    on = 1.0 if z > 0 else 0.0
    dx = on * w[:2]
    dw = on * np.array([x[0], x[1], 1.0])
    return dx, dw
""",
)
add(
    N,
    "relu",
    "the gradient of the bias is w[2] instead of 1",
    (),
    """
def relu(x, w):
    z = w[:2] @ x + w[2]
    if z > 0:
        return w[:2].copy(), np.array([x[0], x[1], w[2]])
    return np.zeros(2), np.zeros(3)
""",
)
add(
    N,
    "tanh_neuron_step",
    "1 - tanh(a)**2: tanh applied twice",
    ("tanh applied twice",),
    """
def tanh_neuron_step(w, x, b, y, lr):
    a = np.tanh(w @ x + b)
    dz = 2 * (a - y) * (1 - np.tanh(a) ** 2)
    dw = dz * x
    db = dz
    return a, dw, db, w - lr * dw, b - lr * db
""",
)
add(
    N,
    "tanh_neuron_step",
    "slope of the sigmoid a(1-a) instead of tanh",
    (),
    """
def tanh_neuron_step(w, x, b, y, lr):
    z = np.dot(w, x) + b
    a = np.tanh(z)
    da = 2 * (a - y)
    dz = da * a * (1 - a)
    dw = dz * x
    db = dz
    new_w = w - lr * dw
    new_b = b - lr * db
    return a, dw, db, new_w, new_b
""",
)
add(
    N,
    "which_way",
    "move_h lacks the sign of the error",
    ("hidden units as if the target were above",),
    """
def which_way(x, W, v, Y):
    h = W @ x
    p = v @ h
    e = np.sign(Y - p)
    move_h = np.sign(v) if e != 0 else np.zeros(len(v))
    move_v = e * np.sign(h)
    move_W = e * np.outer(np.sign(v), np.sign(x))
    return move_h, move_v, move_W
""",
)
add(
    N,
    "which_way",
    "p - Y: all moves point the wrong way",
    ("p - Y",),
    """
def which_way(x, W, v, Y):
    h = W @ x
    p = v @ h
    e = p - Y
    return np.sign(e * v), np.sign(e * h), np.sign(e * np.outer(v, x))
""",
)

add(
    M,
    "matmul_backward",
    "dW divided by the number of examples",
    ("extra 1/N",),
    """
def matmul_backward(dD, W, X):
    n = X.shape[1]
    dW = dD @ X.T / n
    dX = W.T @ dD
    return dW, dX
""",
)
add(
    M,
    "matmul_backward",
    "dX forgets the upstream: W.T times ones",
    ("one change: something must go",),
    """
def matmul_backward(dD, W, X):
    dW = dD.dot(X.T)
    dX = W.T.dot(np.ones_like(dD))
    return dW, dX
""",
)
add(
    M,
    "affine_backward",
    "db is the mean over the batch",
    ("bias gradient averaged",),
    """
def affine_forward(x, w, b):
    rows = x.reshape(x.shape[0], -1)
    return rows @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    rows = x.reshape(x.shape[0], -1)
    dx = (dout @ w.T).reshape(x.shape)
    dw = rows.T @ dout
    db = dout.mean(axis=0)
    return dx, dw, db
""",
)
add(
    M,
    "affine_backward",
    "db is the sum of all, for every output",
    ("summed",),
    """
def affine_forward(x, w, b):
    N = len(x)
    out = x.reshape(N, -1) @ w + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    flat = x.reshape(len(x), -1)
    dx = (dout @ w.T).reshape(x.shape)
    dw = flat.T @ dout
    db = np.full(b.shape, dout.sum())
    return dx, dw, db
""",
)
add(
    M,
    "affine_forward",
    "reads x column by column (order F)",
    ("order of the pixels",),
    """
def affine_forward(x, w, b):
    rows = x.reshape(x.shape[0], -1, order="F")
    return rows @ w + b, (x, w, b)
""",
)
add(
    M,
    "unbroadcast",
    "axes of length 1 are not summed",
    ("axes of size 1 not added up",),
    """
def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    return g.copy()
""",
)
add(
    M,
    "unbroadcast",
    "mean instead of sum over the stretched axes",
    ("averaged instead of added",),
    """
def unbroadcast(g, shape):
    extra = g.ndim - len(shape)
    for _ in range(extra):
        g = g.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            g = g.mean(axis=axis, keepdims=True)
    return g + 0.0
""",
)
add(
    M,
    "dot_test",
    "no absolute value",
    ("absolute value forgotten",),
    """
def dot_test(f, vjp, x, seed):
    rng = np.random.default_rng(seed)
    u = rng.uniform(-1, 1, size=np.shape(x))
    v = rng.uniform(-1, 1, size=np.shape(f(x)))
    h = 1e-5
    Ju = (f(x + h * u) - f(x - h * u)) / (2 * h)
    return np.sum(v * Ju) - np.sum(vjp(v, x) * u)
""",
)
add(
    M,
    "dot_test",
    "forward difference for J u",
    ("forward difference",),
    """
def dot_test(f, vjp, x, seed):
    rng = np.random.default_rng(seed)
    u = rng.uniform(-1, 1, size=np.shape(x))
    v = rng.uniform(-1, 1, size=np.shape(f(x)))
    h = 1e-5
    Ju = (f(x + h * u) - f(x)) / h
    left = float(np.sum(v * Ju))
    right = float(np.sum(vjp(v, x) * u))
    return abs(left - right)
""",
)

DUAL = """
def as_dual(x):
    return x if isinstance(x, Dual) else Dual(x, 0.0)


class Dual:
    def __init__(self, val, dot):
        self.val = float(val)
        self.dot = float(dot)

    def __add__(self, other):
        other = as_dual(other)
        return Dual(self.val + other.val, self.dot + other.dot)

    def __sub__(self, other):
        other = as_dual(other)
        return Dual(self.val - other.val, self.dot - other.dot)

    def __mul__(self, other):
        other = as_dual(other)
        return Dual(self.val * other.val, self.val * other.dot + self.dot * other.val)

    def __truediv__(self, other):
        other = as_dual(other)
        val = self.val / other.val
        dot = (self.dot * other.val - self.val * other.dot) / other.val**2
        return Dual(val, dot)

    def __pow__(self, n):
        return Dual(self.val**n, n * self.val ** (n - 1) * self.dot)

    def sin(self):
        return Dual(math.sin(self.val), math.cos(self.val) * self.dot)

    def exp(self):
        e = math.exp(self.val)
        return Dual(e, e * self.dot)

    def log(self):
        return Dual(math.log(self.val), self.dot / self.val)

    def sigmoid(self):
        s = 1 / (1 + math.exp(-self.val))
        return Dual(s, s * (1 - s) * self.dot)

    def __radd__(self, other):
        return self + other

    def __rsub__(self, other):
        return as_dual(other) - self

    def __rmul__(self, other):
        return self * other

    def __rtruediv__(self, other):
        return as_dual(other) / self

    def __neg__(self):
        return self * -1

    def __repr__(self):
        return f"Dual(val={self.val:.4f}, dot={self.dot:.4f})"
"""


def dual(wrong: str, names: tuple[str, ...], old: str, new: str) -> None:
    """Enter a Dual with one change."""
    assert DUAL.count(old) == 1, old
    add(F, "Dual", wrong, names, DUAL.replace(old, new))


dual("a constant moves with speed 1", ("constants that move",), "Dual(x, 0.0)", "Dual(x, 1.0)")
dual(
    "product rule: the second term lacks its factor",
    ("factor of one share lost",),
    "self.val * other.dot + self.dot * other.val",
    "self.val * other.dot + self.dot",
)
dual(
    "quotient rule with a plus",
    ("sign of the quotient",),
    "self.dot * other.val - self.val * other.dot",
    "self.dot * other.val + self.val * other.dot",
)
dual(
    "__rsub__ in the wrong order",
    ("reflected difference turned round",),
    "return as_dual(other) - self",
    "return self - other",
)
dual(
    "the power's speed lacks self.dot",
    ("power without dot",),
    "n * self.val ** (n - 1) * self.dot",
    "n * self.val ** (n - 1)",
)
dual(
    "the logarithm's slope is multiplied, not divided",
    ("slope of the logarithm upside down",),
    "self.dot / self.val",
    "self.dot * self.val",
)
add(
    F,
    "jvp",
    "seeds all with 1 and multiplies by the sum of v",
    (),
    """
def jvp(f, x, v):
    duals = [Dual(xi, 1.0) for xi in x]
    out = f(duals)
    return out.val, out.dot * sum(v)
""",
)
add(
    F,
    "jvp",
    "the direction is normed to length 1",
    ("direction shortened to length 1",),
    """
def jvp(f, x, v):
    v = np.asarray(v, dtype=float)
    length = np.sqrt(np.sum(v**2))
    if length > 0:
        v = v / length
    out = f([Dual(a, b) for a, b in zip(x, v)])
    return out.val, out.dot
""",
)
add(
    F,
    "grad_forward",
    "seeds up to i stay 1",
    ("seeds pile up",),
    """
def grad_forward(f, x):
    n = len(x)
    seed = [0.0] * n
    slopes = []
    for i in range(n):
        seed[i] = 1.0
        slopes.append(f([Dual(a, s) for a, s in zip(x, seed)]).dot)
    return np.array(slopes)
""",
)
add(
    F,
    "grad_forward",
    "returns values instead of slopes",
    ("values for slopes",),
    """
def grad_forward(f, x):
    grad = np.zeros(len(x))
    for i in range(len(x)):
        args = [Dual(x[j], 1.0 if i == j else 0.0) for j in range(len(x))]
        grad[i] = f(args).val
    return grad
""",
)
add(
    F,
    "passes",
    "returns n + 1: one call beside grad_forward counted",
    ("a run of your own",),
    """
def passes(f, n):
    calls = []

    def counted(inputs):
        calls.append(1)
        return f(inputs)

    counted([Dual(1.0, 0.0)] * n)
    grad_forward(counted, [1.0] * n)
    return len(calls)
""",
)

VALUE = """
class Value:
    def __init__(self, data, parents=()):
        self.data = float(data)
        self.grad = 0.0
        self._parents = tuple(parents)
        self._backward = lambda: None

    def __add__(self, other):
        other = as_value(other)
        out = Value(self.data + other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = as_value(other)
        out = Value(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def __sub__(self, other):
        other = as_value(other)
        out = Value(self.data - other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad -= out.grad

        out._backward = _backward
        return out

    def __pow__(self, n):
        out = Value(self.data**n, (self,))

        def _backward():
            self.grad += n * self.data ** (n - 1) * out.grad

        out._backward = _backward
        return out

    def sin(self):
        out = Value(math.sin(self.data), (self,))

        def _backward():
            self.grad += math.cos(self.data) * out.grad

        out._backward = _backward
        return out

    def exp(self):
        out = Value(math.exp(self.data), (self,))

        def _backward():
            self.grad += out.data * out.grad

        out._backward = _backward
        return out

    def relu(self):
        out = Value(max(0.0, self.data), (self,))

        def _backward():
            self.grad += (self.data > 0) * out.grad

        out._backward = _backward
        return out

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
"""


def value(wrong: str, names: tuple[str, ...], old: str, new: str) -> None:
    """Enter a Value with one change."""
    assert VALUE.count(old) == 1, old
    add(R, "Value", wrong, names, VALUE.replace(old, new))


value(
    "the product overwrites the gradient of self",
    ("one change: something is missing",),
    "self.grad += other.data * out.grad",
    "self.grad = other.data * out.grad",
)
value(
    "the exponential multiplies by its input, not by its value",
    ("exponential's input for its output",),
    "self.grad += out.data * out.grad",
    "self.grad += self.data * out.grad",
)
value(
    "the difference adds the gradient to the second",
    ("plus to both",),
    "other.grad -= out.grad\n\n        out._backward = _backward\n        return out\n\n    def __pow__",
    "other.grad += out.grad\n\n        out._backward = _backward\n        return out\n\n    def __pow__",
)
value(
    "the power lacks the n in front",
    ("factor of the power lost",),
    "n * self.data ** (n - 1) * out.grad",
    "self.data ** (n - 1) * out.grad",
)
value(
    "the sine's backward takes the cosine of its output",
    ("one change: a value or an operation must be replaced",),
    "math.cos(self.data) * out.grad",
    "math.cos(out.data) * out.grad",
)
add(
    R,
    "topo_sort",
    "order reversed: root first",
    ("root first",),
    """
def topo_sort(root):
    order, seen = [], set()

    def visit(node):
        if id(node) in seen:
            return
        seen.add(id(node))
        for p in node._parents:
            visit(p)
        order.append(node)

    visit(root)
    return order[::-1]
""",
)
add(
    R,
    "topo_sort",
    "breadth first from the root, turned round: a parent may stand too late",
    ("level by level",),
    """
def topo_sort(root):
    order = [root]
    seen = {id(root)}
    i = 0
    while i < len(order):
        for p in order[i]._parents:
            if id(p) not in seen:
                seen.add(id(p))
                order.append(p)
        i += 1
    order.reverse()
    return order
""",
)
add(
    R,
    "backward",
    "the seed is ignored: root.grad = 1",
    ("seed ignored",),
    """
def backward(root, seed=1.0):
    root.grad = 1.0
    for node in reversed(topo_sort(root)):
        node._backward()
""",
)
add(
    R,
    "backward",
    "walks in forward order",
    ("stops after one level",),
    """
def backward(root, seed=1.0):
    root.grad = seed
    for node in topo_sort(root):
        node._backward()
""",
)
add(
    R,
    "zero_grad",
    "inputs are left out (only nodes with parents are zeroed)",
    ("inputs keep theirs",),
    """
def zero_grad(root):
    for node in topo_sort(root):
        if node._parents:
            node.grad = 0.0
""",
)
add(
    R,
    "grad_reverse",
    "one backward pass for each input without zeroing",
    ("passes added up",),
    """
def grad_reverse(f, x):
    xs = [Value(v) for v in x]
    out = f(xs)
    result = []
    for v in xs:
        backward(out)
        result.append(v.grad)
    return np.array(result)
""",
)
add(
    R,
    "slide27",
    "grad of z lacks the factor 2",
    ("factor of the power lost",),
    """
def slide27(x, y, target):
    z = x * y + math.sin(x)
    loss = (z - target) ** 2
    dz = z - target
    return loss, {"z": dz, "x": dz * (y + math.cos(x)), "y": dz * x}
""",
)
add(
    R,
    "slide27",
    "x gets only the way through the product",
    ("sine without gradient",),
    """
def slide27(x, y, target):
    z = x * y + math.sin(x)
    loss = (z - target) ** 2
    dz = 2 * (z - target)
    dx = dz * y
    dy = dz * x
    return loss, {"z": dz, "x": dx, "y": dy}
""",
)

add(
    L,
    "relu_forward",
    "absolute value instead of the rectifier",
    ("absolute value",),
    """
def relu_forward(x):
    return np.abs(x)
""",
)
add(
    L,
    "relu_backward",
    "where dout > 0, not where x > 0",
    ("mask from the gradient",),
    """
def relu_backward(dout, x):
    return dout * (dout > 0)
""",
)
add(
    L,
    "relu_backward",
    "upstream left out",
    ("upstream gradient ignored",),
    """
def relu_backward(dout, x):
    dx = np.zeros_like(x)
    dx[x > 0] = 1.0
    return dx
""",
)
add(
    L,
    "mse_cost",
    "mean instead of the sum",
    ("mean instead of the sum",),
    """
def mse_cost(a, y):
    diff = a - y
    n = len(a)
    return np.sum(diff**2) / n, 2 * diff / n
""",
)
add(
    L,
    "mse_cost",
    "y - a in the gradient: sign turned",
    ("sign of the slopes",),
    """
def mse_cost(a, y):
    C = float(np.sum((y - a) ** 2))
    dC = 2 * (y - a)
    return C, dC
""",
)
add(
    L,
    "layer_by_index",
    "da_before sums over the wrong index",
    ("last neuron only",),
    """
def layer_by_index(w, a_before, a, dC_da):
    J, K = w.shape
    dw = np.zeros((J, K))
    db = np.zeros(J)
    da_before = np.zeros(K)
    for j in range(J):
        delta = a[j] * (1 - a[j]) * dC_da[j]
        db[j] = delta
        for k in range(K):
            dw[j, k] = a_before[k] * delta
            da_before[k] = w[j, k] * delta
    return dw, db, da_before
""",
)
add(
    L,
    "layer_by_index",
    "da_before without the sigmoid's slope",
    ("sent back without the sigmoid",),
    """
def layer_by_index(w, a_before, a, dC_da):
    slope = a * (1 - a)
    db = slope * dC_da
    dw = np.outer(db, a_before)
    return dw, db, w.T @ dC_da
""",
)
add(
    L,
    "softmax_loss",
    "the gradient lacks 1/N",
    ("gradient without 1/N",),
    """
def softmax_loss(x, y):
    N = len(x)
    z = x - x.max(axis=1, keepdims=True)
    e = np.exp(z)
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(z[np.arange(N), y] - np.log(e.sum(axis=1)))
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return loss, dx
""",
)
add(
    L,
    "softmax_loss",
    "dx[:, y] -= 1",
    ("1 subtracted from whole columns",),
    """
def softmax_loss(x, y):
    N = x.shape[0]
    shifted = x - np.max(x, axis=1, keepdims=True)
    logsum = np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    logp = shifted - logsum
    loss = -np.sum(logp[range(N), y]) / N
    dx = np.exp(logp)
    dx[:, y] -= 1
    return loss, dx / N
""",
)
add(
    L,
    "softmax_loss",
    "the softmax sums over the whole batch",
    ("one sum for all examples",),
    """
def softmax_loss(x, y):
    N = x.shape[0]
    z = x - np.max(x)
    p = np.exp(z) / np.sum(np.exp(z))
    loss = -np.mean(np.log(p[np.arange(N), y]))
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return loss, dx / N
""",
)
add(
    L,
    "loss_and_grads",
    "the regulariser's gradient lacks the 2",
    ("gradient of the price too small by half",),
    """
def loss_and_grads(params, X, y, reg):
    W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))
    z = X @ W1 + b1
    h = relu_forward(z)
    s = h @ W2 + b2
    loss, ds = softmax_loss(s, y)
    loss += reg * (np.sum(W1**2) + np.sum(W2**2))
    dW2 = h.T @ ds + reg * W2
    db2 = ds.sum(axis=0)
    dh = ds @ W2.T
    dz = relu_backward(dh, z)
    dW1 = X.T @ dz + reg * W1
    db1 = dz.sum(axis=0)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
""",
)
add(
    L,
    "loss_and_grads",
    "the rectifier is forgotten on the way back",
    ("rectifier forgotten on the way back",),
    """
def loss_and_grads(params, X, y, reg):
    W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))
    h = np.maximum(0, X @ W1 + b1)
    scores = h @ W2 + b2
    loss, dscores = softmax_loss(scores, y)
    loss = loss + reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    grads = {}
    grads["W2"] = h.T @ dscores + 2 * reg * W2
    grads["b2"] = dscores.sum(axis=0)
    dh = dscores @ W2.T
    grads["W1"] = X.T @ dh + 2 * reg * W1
    grads["b1"] = dh.sum(axis=0)
    return loss, grads
""",
)
add(
    L,
    "loss_and_grads",
    "the biases are regularised too, in the gradient",
    ("biases pay too",),
    """
def loss_and_grads(params, X, y, reg):
    W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))
    z = X @ W1 + b1
    h = relu_forward(z)
    scores = h @ W2 + b2
    loss, d = softmax_loss(scores, y)
    loss += reg * ((W1**2).sum() + (W2**2).sum())
    grads = {"W2": h.T @ d, "b2": d.sum(axis=0)}
    dz = relu_backward(d @ W2.T, z)
    grads["W1"] = X.T @ dz
    grads["b1"] = dz.sum(axis=0)
    for name in grads:
        grads[name] = grads[name] + 2 * reg * params[name]
    return loss, grads
""",
)
add(
    L,
    "sgd_step",
    "steps uphill",
    ("step uphill",),
    """
def sgd_step(params, grads, lr):
    new = {}
    for name in params:
        new[name] = params[name] + lr * grads[name]
    return new
""",
)
add(
    L,
    "train",
    "the epoch's loss is the mean over its batches",
    (),
    """
def train(params, X, y, lr, epochs, batch, seed):
    rng = np.random.default_rng(seed)
    N = len(X)
    params = {k: v.copy() for k, v in params.items()}
    losses = [loss_and_grads(params, X, y, 0.0)[0]]
    for _ in range(epochs):
        order = rng.permutation(N)
        batch_losses = []
        for start in range(0, N, batch):
            idx = order[start : start + batch]
            loss, grads = loss_and_grads(params, X[idx], y[idx], 0.0)
            params = sgd_step(params, grads, lr)
            batch_losses.append(loss)
        losses.append(np.mean(batch_losses))
    return {"loss": losses, "params": params}
""",
)
add(
    L,
    "train",
    "one permutation for all epochs",
    ("shuffled only once",),
    """
def train(params, X, y, lr, epochs, batch, seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(X))
    history = {"loss": [loss_and_grads(params, X, y, 0)[0]]}
    for epoch in range(epochs):
        for i in range(0, len(X), batch):
            rows = order[i : i + batch]
            _, grads = loss_and_grads(params, X[rows], y[rows], 0)
            params = sgd_step(params, grads, lr)
        history["loss"].append(loss_and_grads(params, X, y, 0)[0])
    history["params"] = params
    return history
""",
)
add(
    L,
    "train",
    "the last, smaller batch is dropped",
    ("last batch left out",),
    """
def train(params, X, y, lr, epochs, batch, seed):
    rng = np.random.default_rng(seed)
    N = X.shape[0]
    losses = [loss_and_grads(params, X, y, 0)[0]]
    for _ in range(epochs):
        order = rng.permutation(N)
        for b in range(N // batch):
            idx = order[b * batch : (b + 1) * batch]
            _, grads = loss_and_grads(params, X[idx], y[idx], 0)
            params = sgd_step(params, grads, lr)
        losses.append(loss_and_grads(params, X, y, 0)[0])
    return {"loss": losses, "params": params}
""",
)
add(
    L,
    "paraboloid_paths",
    "gradient is A x, b forgotten, in the descent only",
    ("b forgotten",),
    """
def paraboloid_paths(A, b, x, lr, steps):
    d, n = [x.copy()], [x.copy()]
    for _ in range(steps):
        d.append(d[-1] - lr * (A @ d[-1]))
        n.append(n[-1] - np.linalg.solve(A, A @ n[-1] - b))
    return np.array(d), np.array(n)
""",
)
add(
    L,
    "image_slopes",
    "fx and fy exchanged (rows for x)",
    ("x and y exchanged",),
    """
def image_slopes(image):
    I = image
    c = I[1:-1, 1:-1]
    fx = (I[2:, 1:-1] - I[:-2, 1:-1]) / 2
    fy = (I[1:-1, 2:] - I[1:-1, :-2]) / 2
    fxx = I[2:, 1:-1] - 2 * c + I[:-2, 1:-1]
    fyy = I[1:-1, 2:] - 2 * c + I[1:-1, :-2]
    fxy = (I[2:, 2:] - I[2:, :-2] - I[:-2, 2:] + I[:-2, :-2]) / 4
    return fx, fy, fxx, fxy, fyy
""",
)
add(
    L,
    "image_slopes",
    "fxx and fyy are half of what they should be",
    ("factor 0.5",),
    """
def image_slopes(image):
    c = image[1:-1, 1:-1]
    left, right = image[1:-1, :-2], image[1:-1, 2:]
    up, down = image[:-2, 1:-1], image[2:, 1:-1]
    fx = 0.5 * (right - left)
    fy = 0.5 * (down - up)
    fxx = 0.5 * (right - 2 * c + left)
    fyy = 0.5 * (down - 2 * c + up)
    fxy = 0.25 * (image[2:, 2:] - image[2:, :-2] - image[:-2, 2:] + image[:-2, :-2])
    return fx, fy, fxx, fxy, fyy
""",
)

add(
    T,
    "srelu_forward",
    "max(0, x) - 1: corner at (0, -1)",
    ("output shifted down",),
    """
def srelu_forward(x):
    return np.maximum(0, x) - 1
""",
)
add(
    T,
    "srelu_backward",
    "corner at 0 instead of -1",
    ("mask of the plain ReLU",),
    """
def srelu_backward(dout, x):
    return dout * (x > 0)
""",
)
add(
    T,
    "conv_out",
    "rounds up",
    ("rounded up",),
    """
def conv_out(n, k, s, p):
    return int(np.ceil((n + 2 * p - k) / s)) + 1
""",
)
add(
    T,
    "conv_out",
    "padding counted once",
    ("padding at one end",),
    """
def conv_out(n, k, s, p):
    return (n + p - k) // s + 1
""",
)
add(
    T,
    "trailnet_shapes",
    "channels of the stage before",
    ("one change: a value or an operation must be replaced",),
    """
def trailnet_shapes(width=320, height=180):
    shapes = []
    channels = 3
    for k, s, p, c in STAGES:
        width = conv_out(width, k, s, p)
        height = conv_out(height, k, s, p)
        shapes.append((width, height, channels))
        channels = c
    return shapes
""",
)
add(
    T,
    "residual_backward",
    "the shortcut is forgotten",
    ("shortcut forgotten",),
    """
def residual_backward(dout, cache):
    x, z1, h, z2, W1, W2 = cache
    dz2 = srelu_backward(dout, z2)
    dW2 = h.T @ dz2
    db2 = dz2.sum(axis=0)
    dh = dz2 @ W2.T
    dz1 = srelu_backward(dh, z1)
    dW1 = x.T @ dz1
    db1 = dz1.sum(axis=0)
    dx = dz1 @ W1.T
    return dx, dW1, db1, dW2, db2
""",
)
add(
    T,
    "residual_backward",
    "the shortcut takes dout, before the last activation",
    ("shortcut past the last activation",),
    """
def residual_backward(dout, cache):
    x, z1, h, z2, W1, W2 = cache
    d2 = srelu_backward(dout, z2)
    dW2, db2 = h.T @ d2, np.sum(d2, axis=0)
    d1 = srelu_backward(d2 @ W2.T, z1)
    dW1, db1 = x.T @ d1, np.sum(d1, axis=0)
    dx = d1 @ W1.T + dout
    return dx, dW1, db1, dW2, db2
""",
)
add(
    T,
    "residual_backward",
    "the inner activation is not gone through",
    ("first activation forgotten",),
    """
def residual_backward(dout, cache):
    x, z1, h, z2, W1, W2 = cache
    dz2 = srelu_backward(dout, z2)
    dh = dz2 @ W2.T
    dx = dh @ W1.T + dz2
    return dx, x.T @ dh, dh.sum(axis=0), h.T @ dz2, dz2.sum(axis=0)
""",
)
add(
    T,
    "trail_loss",
    "the entropy is added in the gradient, not subtracted",
    ("sign of the entropy's slope",),
    """
def trail_loss(logits, y, lam1, lam2, eps):
    log_p = log_softmax(logits)
    p = np.exp(log_p)
    N = len(y)
    t = np.full((N, 3), eps / 2)
    t[np.arange(N), y] = 1 - eps
    H = -np.sum(p * log_p, axis=1)
    loss = np.mean(-np.sum(t * log_p, axis=1) - lam1 * H)
    d = p - t
    d += lam1 * (-p * (log_p + H[:, None]))
    for n in range(N):
        c = y[n]
        if c != 1:
            s = 2 - c
            loss += lam2 * p[n, s] / N
            e = np.zeros(3)
            e[s] = 1
            d[n] += lam2 * p[n, s] * (e - p[n])
    return loss, d / N
""",
)
add(
    T,
    "trail_loss",
    "smoothing: every class gets eps/3",
    ("smoothed over all three",),
    """
def trail_loss(logits, y, lam1, lam2, eps):
    log_p = log_softmax(logits)
    p = np.exp(log_p)
    N = len(y)
    onehot = np.eye(3)[y]
    t = (1 - eps) * onehot + eps / 3
    H = -np.sum(p * log_p, axis=1, keepdims=True)
    loss = np.sum(-t * log_p) - lam1 * np.sum(H)
    d = p - t + lam1 * p * (log_p + H)
    side = y != 1
    rows = np.arange(N)[side]
    opp = 2 - y[side]
    ps = p[rows, opp]
    loss += lam2 * ps.sum()
    e = np.zeros((N, 3))
    e[rows, opp] = 1
    d[rows] += lam2 * ps[:, None] * (e[rows] - p[rows])
    return loss / N, d / N
""",
)
add(
    T,
    "trail_loss",
    "the centre gets a wrong-side term too (2 - 1 = 1)",
    ("centre punished",),
    """
def trail_loss(logits, y, lam1, lam2, eps):
    log_p = log_softmax(logits)
    p = np.exp(log_p)
    N = len(y)
    rows = np.arange(N)
    t = np.ones((N, 3)) * eps / 2
    t[rows, y] = 1 - eps
    H = -(p * log_p).sum(axis=1, keepdims=True)
    ps = p[rows, 2 - y]
    loss = (-(t * log_p).sum(axis=1) - lam1 * H[:, 0] + lam2 * ps).mean()
    e = np.zeros((N, 3))
    e[rows, 2 - y] = 1
    d = p - t + lam1 * p * (log_p + H) + lam2 * ps[:, None] * (e - p)
    return loss, d / N
""",
)
add(
    T,
    "bug_hunt",
    "the gradient of p, not of p squared",
    ("slope of the probability itself",),
    """
def bug_hunt(logits, y):
    p = np.exp(log_softmax(logits))
    good = np.zeros(p.shape)
    for n, c in enumerate(y):
        if c != 1:
            e = np.zeros(3)
            e[2 - c] = 1
            good[n] = 2 * p[n, 2 - c] * (e - p[n])
    good = good / len(y)
    bad = leaky_backward(logits, y)
    where = np.argwhere(np.abs(good - bad) > 1e-12)
    first = tuple(int(i) for i in where[0]) if len(where) else (-1, -1)
    return first, good
""",
)
add(
    T,
    "bug_hunt",
    "the first place is sought column by column",
    ("read down the columns",),
    """
def bug_hunt(logits, y):
    p = np.exp(log_softmax(logits))
    good = np.zeros(p.shape)
    for n, c in enumerate(y):
        if c != 1:
            e = np.zeros(3)
            e[2 - c] = 1
            good[n] = 2 * p[n, 2 - c] ** 2 * (e - p[n])
    good /= len(y)
    off = np.abs(good - leaky_backward(logits, y)) > 1e-14
    for col in range(3):
        for row in range(len(y)):
            if off[row, col]:
                return (row, col), good
    return (-1, -1), good
""",
)
add(
    T,
    "freeze_step",
    "the names that are frozen are left out of the result",
    ("frozen parameters left out",),
    """
def freeze_step(params, grads, trainable, lr):
    return {k: params[k] - lr * grads[k] for k in trainable}
""",
)
add(
    T,
    "freeze_step",
    "moves all that have a gradient",
    ("one change: a value or an operation must be replaced",),
    """
def freeze_step(params, grads, trainable, lr):
    new = {}
    for name, value in params.items():
        if name in grads:
            new[name] = value - lr * grads[name]
        else:
            new[name] = value.copy()
    return new
""",
)
add(
    T,
    "turn_angle",
    "sign turned: left minus right",
    ("wrong sign",),
    """
def turn_angle(view, side, gain=10.0):
    a = gain * (view[0] - view[2]) + gain * (side[0] - side[2])
    return float(np.clip(a, -90, 90))
""",
)
add(
    T,
    "turn_angle",
    "the view is counted twice and the side forgotten",
    (),
    """
def turn_angle(view, side, gain=10.0):
    a = gain * (view[2] - view[0]) + gain * (view[2] - view[0])
    return float(np.clip(a, -90, 90))
""",
)
add(
    T,
    "turn_angle",
    "each head is limited alone",
    ("each head limited by itself",),
    """
def turn_angle(view, side, gain=10.0):
    a = min(90, max(-90, gain * (view[2] - view[0])))
    b = min(90, max(-90, gain * (side[2] - side[0])))
    return a + b
""",
)
