"""Notebook 5 in other styles."""

import math
from dataclasses import dataclass
from itertools import count

import numpy as np


class Dual:
    """What the variants below that need numbers of their own are made of: every step by its slopes."""

    def __init__(self, val, dot=0):
        self.val, self.dot = val, dot

    def step(self, val, *shares):
        return type(self)(val, math.fsum(slope * speed for slope, speed in shares))

    @classmethod
    def of(cls, x):
        return x if hasattr(x, "dot") and hasattr(x, "val") else cls(x)

    def __add__(self, other):
        other = self.of(other)
        return self.step(self.val + other.val, (1, self.dot), (1, other.dot))

    def __sub__(self, other):
        other = self.of(other)
        return self.step(self.val - other.val, (1, self.dot), (-1, other.dot))

    def __mul__(self, other):
        other = self.of(other)
        return self.step(self.val * other.val, (other.val, self.dot), (self.val, other.dot))

    def __truediv__(self, other):
        other = self.of(other)
        out = self.val / other.val
        return self.step(out, (1 / other.val, self.dot), (-out / other.val, other.dot))

    def __pow__(self, n):
        return self.step(self.val**n, (n * math.pow(self.val, n - 1), self.dot))

    def __neg__(self):
        return self.step(-self.val, (-1, self.dot))

    def sin(self):
        return self.step(math.sin(self.val), (math.sin(self.val + math.pi / 2), self.dot))

    def exp(self):
        return self.step(math.e**self.val, (math.e**self.val, self.dot))

    def log(self):
        return self.step(math.log(self.val), (self.val**-1, self.dot))

    def sigmoid(self):
        e = math.exp(-self.val)
        return self.step(1 / (1 + e), (e / (1 + e) ** 2, self.dot))

    def __rsub__(self, other):
        return self.step(other - self.val, (-1, self.dot))

    def __rtruediv__(self, other):
        return self.step(other / self.val, (-other / self.val**2, self.dot))

    __radd__, __rmul__ = __add__, __mul__


@dataclass(frozen=True)
class FewDual:
    """A few operations of its own; all others are made of these."""

    val: float
    dot: float

    def __add__(self, other):
        if isinstance(other, FewDual):
            return FewDual(self.val + other.val, self.dot + other.dot)
        return FewDual(self.val + other, self.dot)

    def __mul__(self, other):
        if isinstance(other, FewDual):
            return FewDual(self.val * other.val, self.val * other.dot + other.val * self.dot)
        return FewDual(self.val * other, self.dot * other)

    def __pow__(self, n):
        if isinstance(n, int) and n > 0:
            return self if n == 1 else self * self ** (n - 1)
        return FewDual(self.val**n, self.dot * n * self.val ** (n - 1))

    def __neg__(self):
        return self * (-1)

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return self**-1 * other

    def sin(self):
        return FewDual(np.sin(self.val), np.cos(self.val) * self.dot)

    def exp(self):
        return FewDual(np.exp(self.val), np.exp(self.val) * self.dot)

    def log(self):
        return FewDual(np.log(self.val), self.dot / self.val)

    def sigmoid(self):
        return 1 / (1 + (-self).exp())

    __radd__, __rmul__ = __add__, __mul__


class MatrixDual:
    """A Dual is the matrix [[val, dot], [0, val]], and its arithmetic is that of matrices."""

    def __init__(self, val, dot=0.0, matrix=None):
        self.matrix = np.array([[val, dot], [0.0, val]], dtype=float) if matrix is None else matrix

    @property
    def val(self):
        return self.matrix[0, 0]

    @property
    def dot(self):
        return self.matrix[0, 1]

    @staticmethod
    def made(matrix):
        return MatrixDual(None, matrix=matrix)

    @staticmethod
    def matrix_of(x):
        return x.matrix if isinstance(x, MatrixDual) else x * np.eye(2)

    def __add__(self, other):
        return self.made(self.matrix + self.matrix_of(other))

    def __sub__(self, other):
        return self.made(self.matrix - self.matrix_of(other))

    def __rsub__(self, other):
        return self.made(self.matrix_of(other) - self.matrix)

    def __mul__(self, other):
        return self.made(self.matrix @ self.matrix_of(other))

    def __truediv__(self, other):
        return self.made(self.matrix @ np.linalg.inv(self.matrix_of(other)))

    def __rtruediv__(self, other):
        return self.made(other * np.linalg.inv(self.matrix))

    def __neg__(self):
        return self.made(-self.matrix)

    def of(self, value, slope):
        return MatrixDual(value, slope * self.dot)

    def __pow__(self, n):
        return self.of(self.val**n, n * self.val ** (n - 1))

    def sin(self):
        return self.of(np.sin(self.val), np.cos(self.val))

    def exp(self):
        return self.of(np.exp(self.val), np.exp(self.val))

    def log(self):
        return self.of(np.log(self.val), 1 / self.val)

    def sigmoid(self):
        s = 0.5 + 0.5 * np.tanh(self.val / 2)
        return self.of(s, s - s**2)

    __radd__, __rmul__ = __add__, __mul__


class ArrayDual(Dual):
    """Both numbers are 0-d arrays."""

    def __init__(self, val, dot=0):
        super().__init__(np.array(val, dtype=np.float64), np.array(dot, dtype=np.float64))


def jvp_with_zip(f, x, v):
    out = f([Dual(*pair) for pair in zip(x, v, strict=True)])
    return [out.val, out.dot]


def jvp_with_map(f, x, v):
    out = f(list(map(MatrixDual, x, v)))
    return out.val, out.dot


def jvp_in_an_array(f, x, v):
    moving = []
    for number, speed in zip(np.asarray(x).tolist(), np.asarray(v).tolist(), strict=True):
        moving.append(FewDual(number, speed))
    result = f(moving)
    return np.array([result.val, result.dot])


def jvp_seeded_afterwards(f, x, v):
    moving = [Dual(number) for number in x]
    for i, speed in enumerate(v):
        moving[i].dot = speed
    y = f(moving)
    return (np.float64(y.val), np.array(y.dot))


def slopes_along_the_rows_of_the_identity(f, x):
    return np.array([jvp_with_zip(f, x, e)[1] for e in np.eye(len(x))])


def slopes_of_ones_and_zeros(f, x):
    n = len(x)
    return [jvp_with_map(f, x, [float(i == k) for i in range(n)])[1] for k in range(n)]


def slopes_without_a_jvp(f, x):
    g = np.empty(len(x))
    for k in range(len(x)):
        g[k] = f([FewDual(number, 1 if i == k else 0) for i, number in enumerate(x)]).dot
    return g


def slopes_with_one_list_of_duals(f, x):
    moving = [Dual(number) for number in x]
    found = ()
    for number in moving:
        number.dot = 1
        found += (f(list(moving)).dot,)
        number.dot = 0
    return found


def slopes_by_recursion(f, x, k=0):
    if k == len(x):
        return []
    seed = [0] * len(x)
    seed[k] = 1
    return [jvp_in_an_array(f, x, seed)[1], *slopes_by_recursion(f, x, k + 1)]


def slopes_from_a_generator(f, x):
    def each():
        for k in range(np.size(x)):
            yield f([ArrayDual(number, k == i) for i, number in enumerate(x)]).dot

    return np.fromiter(each(), dtype=float)


def passes_nonlocal(f, n):
    runs = 0

    def noted(v):
        nonlocal runs
        runs += 1
        return f(v)

    slopes_without_a_jvp(noted, [1] * n)
    return runs


def passes_in_a_dict(f, n):
    seen = {"f": 0}

    def noted(v):
        out = f(v)
        seen["f"] += 1
        return out

    slopes_along_the_rows_of_the_identity(noted, np.full(n, 1.5))
    return np.int64(seen["f"])


def passes_by_an_object(f, n):
    class Counter:
        calls = 0

        def __call__(self, v):
            self.calls += 1
            return f(v)

    counter = Counter()
    slopes_from_a_generator(counter, np.arange(1, n + 1))
    return counter.calls


def passes_on_a_function(f, n):
    def noted(*inputs):
        noted.calls = next(numbers)
        return f(*inputs)

    numbers = count(1)
    slopes_by_recursion(noted, list(np.linspace(1, 2, n)))
    return float(noted.calls)


VARIANTS = {
    "every step by its slopes": {"Dual": Dual},
    "few operations and all others made of them": {"Dual": FewDual},
    "matrices": {"Dual": MatrixDual},
    "0-d arrays": {"Dual": ArrayDual},
    "a jvp with zip": {"jvp": jvp_with_zip},
    "a jvp with map": {"jvp": jvp_with_map},
    "a jvp in an array": {"jvp": jvp_in_an_array},
    "a jvp seeded afterwards": {"jvp": jvp_seeded_afterwards},
    "along the rows of the identity": {"grad_forward": slopes_along_the_rows_of_the_identity},
    "of ones and zeros": {"grad_forward": slopes_of_ones_and_zeros},
    "without a jvp": {"grad_forward": slopes_without_a_jvp},
    "one list of Duals for all passes": {"grad_forward": slopes_with_one_list_of_duals},
    "slopes by recursion": {"grad_forward": slopes_by_recursion},
    "slopes from a generator": {"grad_forward": slopes_from_a_generator},
    "a nonlocal count": {"passes": passes_nonlocal},
    "a count in a dict": {"passes": passes_in_a_dict},
    "an object that counts": {"passes": passes_by_an_object},
    "a function that carries its count": {"passes": passes_on_a_function},
}
REMARKED = {}
