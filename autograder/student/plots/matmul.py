"""Pictures of notebook 4: the shapes of a matrix product, its gradients measured and computed, dot-product tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.student.checks.matmul import BACKWARD
from autograder.student.gradcheck.slopes import Slope, measure
from autograder.student.judging.findings import unpack
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.compare import as_numbers
from autograder.student.plots.style import (
    FIXED_INK,
    FIXED_PAPER,
    GREY,
    INK,
    explained,
    figure,
    signed_colours,
    signed_legend,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Backward = Callable[..., Any]
Matrices = Mapping[str, np.ndarray]

INPUT_OF = {"dW": "W", "dX": "X"}
# What slide 16 multiplies, and smaller matrices whose numbers can be read in a picture: rows and
# columns of W, columns of X.
SLIDE_SIZES, READABLE_SIZES = (5, 10, 3), (3, 5, 4)
# Heights of the two rows of boxes.
FORWARDS, BACK = -5.0, -19.5
# On a cell of less luminance, white print has more contrast than black print (WCAG).
DARK_CELL = 0.179


def plot_shapes(matmul_backward: Backward | None = None) -> None:
    """Draw slide 16's matrices as boxes; the boxes of dW and dX are empty until the student's gradients are right."""
    given = _draw_matrices(*SLIDE_SIZES)
    right = _right_gradients(matmul_backward, given) if matmul_backward else {}
    state = " and ".join(
        f"{name} is filled" if name in right else f"{name} is empty" for name in INPUT_OF
    )
    alt = (
        "Matrices as boxes of cells. Above: W, 5 by 10, times X, 10 by 3, gives D, 5 by 3; the upstream gradient dD "
        f"has the shape of D. Below: a box of 5 by 10 for dW and one of 10 by 3 for dX; {state}."
    )
    with figure(9.6, 5.4, alt) as (drawing, axes):
        signed_legend(drawing, axes)
        axes.set_axis_off()
        axes.set(xlim=(0, 51), ylim=(-26.4, 2), aspect="equal")
        x = _product(
            axes,
            1,
            FORWARDS,
            ("D", given["W"] @ given["X"]),
            [("W", given["W"]), ("X", given["X"])],
        )
        x = _box(axes, x + 5, FORWARDS, "dD", given["dD"])
        axes.text(x + 0.8, FORWARDS, "arrives\nfrom above", va="center", color=GREY)
        if "dW" in right:
            _product(
                axes,
                1,
                BACK,
                ("dW", right["dW"]),
                [("dD", given["dD"]), ("X transposed", given["X"].T)],
            )
        else:
            _empty(axes, 1, BACK, "dW", given["W"].shape)
        if "dX" in right:
            _product(
                axes,
                34,
                BACK,
                ("dX", right["dX"]),
                [("W transposed", given["W"].T), ("dD", given["dD"])],
            )
        else:
            _empty(axes, 34, BACK, "dX", given["X"].shape)


def plot_gradients(matmul_backward: Backward) -> None:
    """Draw each gradient three times: measured by nudging, as the student computes it, and the difference."""
    given = _draw_matrices(*READABLE_SIZES)
    mine = _gradients(matmul_backward, given)
    if not mine:
        print(
            "This picture is drawn by your matmul_backward, which does not return two gradients yet. See its check."
        )
        return
    for name, wrt in INPUT_OF.items():
        _compare(name, _measured(given, wrt).value, mine[name])


@explained
def show_dot_tests(
    dot_test: Callable[..., float],
    affine_forward: Callable[..., Any],
    affine_backward: Callable[..., Any],
) -> None:
    """Print the distances that the student's dot test finds for the student's layer, and for one with an error."""
    rng = np.random.default_rng(16)
    shapes = {"x": (8, 12, 12, 3), "w": (432, 10), "b": (10,)}
    layer = {name: rng.normal(size=shape) for name, shape in shapes.items()}

    def distance(name: str, spoil: Callable[[np.ndarray], np.ndarray] = np.asarray) -> float:
        def forward(moved: np.ndarray) -> tuple[np.ndarray, Any]:
            out, cache = affine_forward(**{**layer, name: moved})
            return out, cache

        def vjp(v: np.ndarray, moved: np.ndarray) -> np.ndarray:
            return spoil(affine_backward(v, forward(moved)[1])[list(layer).index(name)])

        return float(dot_test(lambda moved: forward(moved)[0], vjp, layer[name], 1))

    def double_one(dw: np.ndarray) -> np.ndarray:
        spoiled = np.array(dw)
        spoiled[200, 5] *= 2
        return spoiled

    for name in layer:
        print(f"{f'd{name}':<24}{distance(name):8.1e}")
    print(f"{'dw, one number doubled':<24}{distance('w', double_one):8.1e}")


def _draw_matrices(m: int, n: int, p: int) -> Matrices:
    rng = np.random.default_rng(16)
    return {
        "dD": rng.uniform(-1, 1, (m, p)),
        "W": rng.uniform(-1, 1, (m, n)),
        "X": rng.uniform(-1, 1, (n, p)),
    }


def _gradients(matmul_backward: Backward, given: Matrices) -> dict[str, np.ndarray]:
    """The student's gradients by name; none if the function stops or returns something else."""
    (answer,) = LocalStudent({"matmul_backward": matmul_backward}).answers(BACKWARD, [given])
    named = unpack(BACKWARD, answer.value)
    if answer.failure or isinstance(named, str):
        return {}
    arrays = {name: as_numbers(value) for name, value in named.items()}
    return {
        name: array.astype(np.float64)
        for name, array in arrays.items()
        if not isinstance(array, str)
    }


def _measured(given: Matrices, wrt: str) -> Slope:
    """The gradient with respect to W or X, from forward products alone."""

    def forward(points: Sequence[Mapping[str, object]]) -> list[np.ndarray]:
        return [np.matmul(np.asarray(point["W"]), np.asarray(point["X"])) for point in points]

    return measure(forward, {"W": given["W"], "X": given["X"]}, wrt, given["dD"])


def _right_gradients(matmul_backward: Backward, given: Matrices) -> dict[str, np.ndarray]:
    """Those of the student's gradients that agree with the measured slopes."""
    right = {}
    for name, gradient in _gradients(matmul_backward, given).items():
        slope = _measured(given, INPUT_OF[name])
        if gradient.shape == slope.value.shape and not slope.disagrees(gradient).any():
            right[name] = gradient
    return right


def _product(
    axes: Axes,
    x: float,
    y: float,
    result: tuple[str, np.ndarray],
    factors: Sequence[tuple[str, np.ndarray]],
) -> float:
    """Draw `result = factor factor` from x on, centred at height y.  Returns where it ends."""
    x = _box(axes, x, y, *result)
    axes.text(x + 1.5, y, "=", ha="center", va="center", fontsize=15)
    x += 3
    for name, matrix in factors:
        x = _box(axes, x, y, name, matrix) + 1
    return x - 1


def _box(axes: Axes, x: float, y: float, name: str, matrix: np.ndarray) -> float:
    """Draw a matrix as coloured cells of size 1 with its name and shape.  Returns its right edge."""
    rows, columns = matrix.shape
    edges = (x, x + columns, y - rows / 2, y + rows / 2)
    bound = float(np.abs(matrix).max())
    axes.imshow(
        matrix,
        cmap=signed_colours(),
        vmin=-bound,
        vmax=bound,
        extent=edges,
        interpolation="nearest",
    )
    return _frame(axes, x, y, name, matrix.shape, linestyle="-")


def _empty(axes: Axes, x: float, y: float, name: str, shape: tuple[int, ...]) -> float:
    """Draw the box of a matrix that is still to be found.  Returns its right edge."""
    axes.text(x + shape[1] / 2, y, "?", ha="center", va="center", fontsize=20, color=INK)
    return _frame(axes, x, y, name, shape, linestyle="--")


def _frame(
    axes: Axes, x: float, y: float, name: str, shape: tuple[int, ...], linestyle: str
) -> float:
    from matplotlib.patches import Rectangle

    rows, columns = shape
    axes.add_patch(
        Rectangle((x, y - rows / 2), columns, rows, fill=False, edgecolor=INK, linestyle=linestyle)
    )
    axes.text(x + columns / 2, y + rows / 2 + 0.4, name, ha="center", va="bottom", color=INK)
    axes.text(
        x + columns / 2,
        y - rows / 2 - 0.5,
        f"{rows}×{columns}",
        ha="center",
        va="top",
        color=GREY,
        fontsize=9,
    )
    return x + columns


def _compare(name: str, measured: np.ndarray, mine: np.ndarray) -> None:
    """Draw one gradient as three heat maps on one scale: measured, the student's, the difference."""
    difference = mine - measured if mine.shape == measured.shape else None
    largest = (
        f"The largest difference is {np.abs(difference).max():.0e}"
        if difference is not None
        else "Shapes differ"
    )
    alt = f"Three heat maps of {name}: measured, yours, and the difference of the two. {largest}."
    bound = float(np.abs(measured).max())
    with figure(9.6, 0.6 + 0.42 * measured.shape[0], alt, columns=3) as (drawing, panels):
        signed_legend(drawing, panels, bound)
        _heat(panels[0], f"{name} measured", measured, bound)
        _heat(panels[1], f"your {name}", np.atleast_2d(mine), bound)
        if difference is None:
            panels[2].set_axis_off()
            panels[2].text(
                0.5,
                0.5,
                f"your shape is {mine.shape},\nnot {measured.shape}",
                ha="center",
                va="center",
            )
        else:
            _heat(panels[2], "difference", difference, bound, digits="{:.1g}")


def _heat(axes: Axes, title: str, matrix: np.ndarray, bound: float, digits: str = "{:.2f}") -> None:
    """Draw a matrix as coloured cells with their numbers."""
    axes.imshow(matrix, cmap=signed_colours(), vmin=-bound, vmax=bound, aspect="auto")
    axes.set(title=title, xticks=[], yticks=[])
    axes.spines[:].set_visible(True)
    for (row, column), value in np.ndenumerate(matrix):
        color = _print_on(signed_colours()((value / bound + 1) / 2))
        axes.text(
            column, row, digits.format(value), ha="center", va="center", fontsize=9, color=color
        )


def _print_on(cell: Sequence[float]) -> str:
    """The colour of print on a cell: white or black, whichever has more contrast."""
    parts = np.array(cell[:3])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return FIXED_PAPER if linear @ (0.2126, 0.7152, 0.0722) < DARK_CELL else FIXED_INK
