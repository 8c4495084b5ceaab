"""Pictures of notebook 7: digits, loss curves of three rates, learned weights, decision regions, two descents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.student.plots.style import (
    BLUE,
    FIXED_BLUE,
    FIXED_RED,
    GREEN,
    GREY,
    INK,
    ORANGE,
    RED,
    explained,
    figure,
    signed_colours,
    signed_legend,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Params = Mapping[str, np.ndarray]
History = Mapping[str, Any]
Train = Callable[..., History]

# The marks of runs and classes, for readers who see no colours.
LINES, MARKERS, COLOURS = ("-", "--", "-."), ("o", "^", "s"), (BLUE, ORANGE, GREEN)
SIDE = 8
# This share of the trained weights is paler than the darkest colour.
STRONG = 0.98
SHOWN = 20
EPOCHS, BATCH = 30, 32
SPIRAL_EPOCHS, SPIRAL_RATE = 400, 0.5
# The long valley of the bonus: its curvature, where it is lowest, where both methods start.
VALLEY, LOWEST, START = (
    np.array([[1.0, 0.8], [0.8, 6.0]]),
    np.array([1.0, -0.5]),
    np.array([-4.0, 1.6]),
)
VALLEY_RATE, VALLEY_STEPS = 0.29, 14

# The image of a paraboloid: its size, where it is lowest, where both methods start (x, y).
IMAGE_ROWS, IMAGE_COLUMNS = 32, 48
IMAGE_LOWEST, IMAGE_START = np.array([30.0, 14.0]), np.array([6.0, 25.0])
IMAGE_RATE, IMAGE_STEPS = 10.0, 14

# Slide 31's activations, layer by layer, and the wanted outputs.  It shows no weights, so those of the
# last layer are invented.
FIRST, SECOND = np.array([0.94, 0.80, 0.98]), np.array([0.10, 0.40, 0.81])
LAST, WANTED = np.array([0.83, 0.63]), np.array([0.0, 1.0])
INVENTED = np.array([[1.0, -2.0, 0.5], [0.5, 1.0, -1.0]])


def show_digits(X: np.ndarray, y: np.ndarray) -> None:
    """Draw the first images as rows of ink on paper, each with what it shows."""
    alt = f"Twenty handwritten digits of 8 by 8 pixels: {', '.join(map(str, y[:SHOWN]))}."
    with figure(9.6, 2.3, alt) as (_, axes):
        _grid(axes, X[:SHOWN].reshape(-1, SIDE, SIDE), SHOWN // 2, "Greys", (0, 1))
        for i, digit in enumerate(y[:SHOWN]):
            column, row = i % (SHOWN // 2), i // (SHOWN // 2)
            axes.text(
                column * (SIDE + 2) - 0.9,
                row * (SIDE + 2),
                str(digit),
                color=RED,
                ha="center",
                va="center",
            )


def slopes_of_slide31(
    mse_cost: Callable[..., Any], layer_by_index: Callable[..., Any]
) -> tuple[np.ndarray, np.ndarray]:
    """The slopes of slide 31's cost with respect to the weights of the last layer (2, 3) and the one before (3, 3).

    The student's functions compute them.  Only the second array depends on the invented weights.
    """
    _, slopes = mse_cost(LAST.copy(), WANTED.copy())
    last, _, back = layer_by_index(INVENTED.copy(), SECOND.copy(), LAST.copy(), np.asarray(slopes))
    # The slopes of a layer's weights do not depend on these weights.
    before, _, _ = layer_by_index(np.zeros((3, 3)), FIRST.copy(), SECOND.copy(), np.asarray(back))
    return np.asarray(last), np.asarray(before)


@explained
def show_slide31(mse_cost: Callable[..., Any], layer_by_index: Callable[..., Any]) -> None:
    """Print the slopes of the cost with respect to the weights of slide 31's network, a row for each neuron j."""
    last, before = slopes_of_slide31(mse_cost, layer_by_index)
    for about, slopes in (
        ("last layer", last),
        ("layer before, with invented weights above it", before),
    ):
        print(f"dC/dw of the {about}:")
        for j, row in enumerate(slopes):
            print(f"  j = {j}:" + "".join(f"{slope:>11.6f}" for slope in row))


def plot_rates(
    train: Train, start: Params, X: np.ndarray, y: np.ndarray, rates: Sequence[float]
) -> dict[float, History]:
    """Train from `start` with each rate and draw the losses; return the histories by rate, none at a stub."""
    runs: dict[float, History] = {}
    _plot_rates(runs, train, start, X, y, rates)
    return runs


@explained
def _plot_rates(
    runs: dict[float, History],
    train: Train,
    start: Params,
    X: np.ndarray,
    y: np.ndarray,
    rates: Sequence[float],
) -> None:
    with np.errstate(all="ignore"):
        found = {rate: train(dict(start), X, y, rate, EPOCHS, BATCH, 1) for rate in rates}
    losses = {
        rate: np.asarray(history["loss"], dtype=np.float64) for rate, history in found.items()
    }
    runs.update(found)
    ends = "; ".join(f"rate {rate:g} ends at {curve[-1]:.3g}" for rate, curve in losses.items())
    chance = np.log(y.max() + 1)
    alt = f"Loss on all training digits after each epoch, log axis: {ends}. Dotted at {chance:.2f}: knows nothing."
    with figure(7.6, 3.8, alt) as (_, axes):
        for (rate, curve), line, colour in zip(
            losses.items(), LINES, (BLUE, GREEN, RED), strict=False
        ):
            axes.plot(curve, color=colour, linestyle=line, linewidth=2, label=f"rate {rate:g}")
        # Above the curves: one that learns nothing runs along this line.
        axes.axhline(chance, color=INK, linewidth=2, linestyle=":", zorder=4, label="knows nothing")
        axes.set(xlabel="epoch", ylabel="loss", yscale="log", xlim=(0, EPOCHS))
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))


def plot_weights(start: Params, trained: Params) -> None:
    """Draw the weights of every hidden neuron as an image: at the random start, and trained."""
    alt = (
        "The weights of each hidden neuron as an 8 by 8 image, blue for positive, orange for negative. Left, at the "
        "start: pale noise. Right, after training, in the same scale."
    )
    strong = float(np.quantile(np.abs(np.asarray(trained["W1"], dtype=np.float64)), STRONG))
    with figure(9.6, 2.9, alt, columns=2) as (drawing, panels):
        signed_legend(drawing, panels, strong)
        for axes, params, title in zip(
            panels, (start, trained), ("at the start", "after training"), strict=True
        ):
            W1 = np.asarray(params["W1"], dtype=np.float64)
            _grid(axes, W1.T.reshape(-1, SIDE, SIDE), 8, signed_colours(), (-strong, strong))
            axes.set_title(title)


@explained
def plot_regions(
    train: Train, predict: Callable[..., np.ndarray], start: Params, X: np.ndarray, y: np.ndarray
) -> None:
    """Draw the network's class for each point of the plane: at the random start, and trained on the spiral."""
    trained = train(dict(start), X, y, SPIRAL_RATE, SPIRAL_EPOCHS, BATCH, 1)["params"]
    stages = {"at the start": start, "after training": trained}
    right = {title: float(np.mean(predict(params, X) == y)) for title, params in stages.items()}
    shares = "; ".join(
        f"{title} {share:.0%} of the points are on their own ground"
        for title, share in right.items()
    )
    with figure(
        9.6, 4.6, f"The plane in three colours, one for each arm of a spiral: {shares}.", columns=2
    ) as (_, panels):
        for axes, (title, params) in zip(panels, stages.items(), strict=True):
            _regions(axes, partial(predict, params))
            for arm, marker in enumerate(MARKERS):
                points = X[y == arm]
                axes.scatter(
                    *points.T,
                    s=14,
                    marker=marker,
                    color=COLOURS[arm],
                    edgecolors=INK,
                    linewidths=0.4,
                )
            axes.set_title(f"{title}: {right[title]:.0%} right")


def _regions(axes: Axes, answer: Callable[[np.ndarray], np.ndarray]) -> None:
    from matplotlib.colors import ListedColormap

    side = np.linspace(-1.2, 1.2, 241)
    points = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    classes = np.asarray(answer(points)).reshape(len(side), -1)
    axes.pcolormesh(
        side,
        side,
        classes,
        cmap=ListedColormap(COLOURS),
        vmin=0,
        vmax=2,
        alpha=0.3,
        shading="nearest",
        rasterized=True,
    )
    axes.set(
        aspect="equal", xlim=(-1.2, 1.2), ylim=(-1.2, 1.2), xticks=[-1, 0, 1], yticks=[-1, 0, 1]
    )


@explained
def plot_paths(paraboloid_paths: Callable[..., Any]) -> None:
    """Draw the student's two descents on the level curves of a long valley."""
    paths = paraboloid_paths(VALLEY, VALLEY @ LOWEST, START.copy(), VALLEY_RATE, VALLEY_STEPS)
    descent, newton = (np.asarray(path, dtype=np.float64) for path in paths)
    far = [f"{np.linalg.norm(path[-1] - LOWEST):.2g}" for path in (descent, newton)]
    alt = (
        f"Level curves of a paraboloid and two paths of {VALLEY_STEPS} steps from the same point. Gradient descent "
        f"ends {far[0]} from the lowest point, Newton's method {far[1]}."
    )
    # A wrong path may lead far away: the picture ends at three times the distance of the start.
    reach = 3 * np.abs(START - LOWEST)
    places = np.clip(np.vstack([descent, newton, [START]]), LOWEST - reach, LOWEST + reach)
    places = places[np.isfinite(places).all(axis=1)]
    left, low = np.minimum(places.min(axis=0) - 0.8, (-4.8, -2.1))
    right, high = np.maximum(places.max(axis=0) + 0.8, (3, 2.3))
    with figure(8.6, 3.9, alt) as (_, axes):
        x, y = np.meshgrid(np.linspace(left, right, 200), np.linspace(low, high, 120))
        moved = np.stack([x - LOWEST[0], y - LOWEST[1]], axis=-1)
        height = np.einsum("...i,ij,...j->...", moved, VALLEY, moved) / 2
        axes.contour(x, y, height, levels=np.geomspace(0.1, 25, 9), colors=GREY, linewidths=0.7)
        axes.plot(
            *descent.T,
            color=BLUE,
            marker="o",
            markersize=4,
            linewidth=1.4,
            label="gradient descent",
        )
        axes.plot(
            *newton.T,
            color=RED,
            marker="s",
            markersize=6,
            linewidth=1.8,
            linestyle="--",
            label="Newton's method",
        )
        axes.plot(
            *LOWEST, marker="*", markersize=12, color=INK, linestyle="none", label="lowest point"
        )
        axes.annotate("start", START, (0, 9), textcoords="offset points", ha="center", color=INK)
        axes.set(aspect="equal", xlim=(left, right), ylim=(low, high), xlabel="x", ylabel="y")
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))


@explained
def plot_image_paths(image_slopes: Callable[..., Any]) -> None:
    """Draw gradient descent and Newton's method on an image of a paraboloid, by the student's slopes."""
    rows, columns = np.mgrid[0:IMAGE_ROWS, 0:IMAGE_COLUMNS].astype(np.float64)
    x, y = columns - IMAGE_LOWEST[0], rows - IMAGE_LOWEST[1]
    image = 0.01 * (x**2 + 2 * x * y + 8 * y**2)
    slopes = image_slopes(image.copy())
    fx, fy, fxx, fxy, fyy = (np.asarray(each, dtype=np.float64) for each in slopes)
    descent, newton = [IMAGE_START], [IMAGE_START]
    for _ in range(IMAGE_STEPS):
        place = _inner(descent[-1], fx)
        descent.append(descent[-1] - IMAGE_RATE * np.array([fx[place], fy[place]]))
        place = _inner(newton[-1], fx)
        curvature = np.array([[fxx[place], fxy[place]], [fxy[place], fyy[place]]])
        newton.append(newton[-1] - np.linalg.solve(curvature, np.array([fx[place], fy[place]])))
    far = [f"{np.linalg.norm(path[-1] - IMAGE_LOWEST):.2g}" for path in (descent, newton)]
    alt = (
        f"An image of a paraboloid, dark where it is low, and two paths of {IMAGE_STEPS} steps. Gradient descent "
        f"ends {far[0]} pixels from the lowest point, Newton's method {far[1]}."
    )
    with figure(8.6, 3.9, alt) as (_, axes):
        # Nothing darker than light grey, so that the paths stand out.
        axes.imshow(image, cmap="Greys_r", vmin=image.min() - 3 * np.ptp(image))
        axes.plot(
            *np.array(descent).T,
            color=FIXED_BLUE,
            marker="o",
            markersize=4,
            label="gradient descent",
        )
        axes.plot(
            *np.array(newton).T,
            color=FIXED_RED,
            marker="s",
            markersize=6,
            linestyle="--",
            label="Newton's method",
        )
        axes.set(xlabel="x, column", ylabel="y, row")
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _inner(point: np.ndarray, slopes: np.ndarray) -> tuple[int, int]:
    """The index of the inner pixel nearest to (x, y) in an array of slopes."""
    row, column = (round(float(value)) - 1 for value in point[::-1])
    return min(max(row, 0), slopes.shape[0] - 1), min(max(column, 0), slopes.shape[1] - 1)


def _grid(
    axes: Axes, images: np.ndarray, columns: int, colours: Any, limits: tuple[float, float]
) -> None:
    """Draw square images side by side, `columns` in a row, with gaps between them."""
    for i, image in enumerate(images):
        left, top = (i % columns) * (SIDE + 2), (i // columns) * (SIDE + 2)
        place = (left - 0.5, left + SIDE - 0.5, top + SIDE - 0.5, top - 0.5)
        axes.imshow(
            image,
            cmap=colours,
            vmin=limits[0],
            vmax=limits[1],
            extent=place,
            interpolation="nearest",
        )
    rows = -(-len(images) // columns)
    axes.set(xlim=(-2, columns * (SIDE + 2) - 1), ylim=(rows * (SIDE + 2) - 1, -2), aspect="equal")
    axes.set_axis_off()
