"""Views along a trail, drawn here, and a drone that flies by them.

Lengths are in metres.  Angles and offsets are positive to the left.  A ground point has coordinates (across, along),
across positive to the right, as in a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# The camera: pixels, field of view, height above the ground, how far it looks down.
WIDTH, HEIGHT = 32, 18
FIELD, EYE, DOWN = np.radians(80.0), 1.2, np.radians(14.0)
# What is nearer to the horizon than this, as a slope, is drawn as forest.
HORIZON = 0.02
# Half the trail's width, and the width of its edge.
HALF, EDGE = 0.9, 0.12
# Haze takes over after this distance.
CLEAR = 25.0
# Colours of 0 to 255.
TRAIL, GRASS, HAZE, SKY, WOOD = (
    np.array(colour, dtype=np.float64)
    for colour in ((168, 132, 92), (62, 98, 48), (150, 170, 170), (196, 214, 232), (48, 70, 52))
)
NOISE = 4.0
# So many views are drawn at once, which keeps the memory small.
AT_ONCE = 500
# What training views are drawn from, either way: degrees, metres, one over metres.
TURNED, ASIDE, BENT = 35.0, 1.2, 0.05
# The flight: how far between two pictures, how many of them, and how far from the trail it is given up.
STRIDE, PICTURES, LOST = 0.35, 150, 4.0

Trail = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
Steer = Callable[[np.ndarray], float]


@dataclass(frozen=True, slots=True)
class Pose:
    """Where drones are and look: across, along (n,), and heading (n,) in radians from `along`, left positive."""

    across: np.ndarray
    along: np.ndarray
    heading: np.ndarray


@dataclass(frozen=True, slots=True)
class Look:
    """The world around each drone (n,): half the trail's width, the light, its share from the right, the treetops."""

    half: np.ndarray
    light: np.ndarray
    slant: np.ndarray
    trees: np.ndarray


@dataclass(frozen=True, slots=True)
class Flight:
    """A flight: the places (n, 2), across and along; how far from the trail's middle (n,), positive
    to the left; the pictures it took (n, 18, 32, 3), and by how many degrees it turned after each
    (n,)."""

    places: np.ndarray
    offsets: np.ndarray
    pictures: np.ndarray
    turns: np.ndarray

    @property
    def left_trail(self) -> int | None:
        """The first place that is not on the trail; None if there is none."""
        off = np.flatnonzero(np.abs(self.offsets) > HALF)
        return int(off[0]) if off.size else None


def draw_views(n: int, seed: int, scale: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw n views of trails: images (n, 18, 32, 3) of uint8, headings in degrees and offsets in metres (n,).

    Heading, offset, bend, width of the trail, light and trees are random.  scale: times as many pixels either way.
    """
    rng = np.random.default_rng(seed)
    drawn = [_draw(min(AT_ONCE, n - done), rng, scale) for done in range(0, n, AT_ONCE)]
    images, heading, offset = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    return images, heading, offset


def _draw(
    n: int, rng: np.random.Generator, scale: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    heading, offset = rng.uniform(-TURNED, TURNED, n), rng.uniform(-ASIDE, ASIDE, n)
    bend = rng.uniform(-BENT, BENT, n)[:, None, None]
    look = Look(
        rng.uniform(0.7, 1.1, n),
        rng.uniform(0.5, 1.25, n),
        rng.uniform(-0.25, 0.25, n),
        rng.uniform(0, 6.3, n),
    )
    pose = Pose(-offset, np.zeros(n), np.radians(heading))
    images = photograph(pose, lambda along: (bend * along**2 / 2, bend * along), look, scale)
    return _developed(images, rng), heading, offset


def winding_trail(along: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The trail that is flown: how far across its middle lies at each place along, and its slope there."""
    middle = 4.0 * np.sin(along / 7) + 2.0 * np.sin(along / 3.7 + 1)
    slope = 4.0 / 7 * np.cos(along / 7) + 2.0 / 3.7 * np.cos(along / 3.7 + 1)
    return middle, slope


def fly(steer: Steer, trail: Trail = winding_trail, seed: int = 5) -> Flight:
    """Fly along a trail: take a picture, turn by what `steer` says of it, go on; until the last picture or lost.

    steer: takes one picture (1, 18, 32, 3), returns degrees, positive to the left.
    """
    rng = np.random.default_rng(seed)
    look = Look(*(np.array([value]) for value in (HALF, 1.0, 0.1, 2.0)))
    middle, slope = trail(np.zeros(1))
    across, along, heading = middle, np.zeros(1), -np.arctan(slope)
    places, offsets, pictures, turns = [], [], [], []
    for _ in range(PICTURES):
        picture = _developed(photograph(Pose(across, along, heading), trail, look), rng)
        turn = float(steer(picture))
        middle, slope = trail(along)
        places.append((float(across[0]), float(along[0])))
        offsets.append(float(((middle - across) / np.hypot(1, slope))[0]))
        pictures.append(picture[0])
        turns.append(turn)
        if abs(offsets[-1]) > LOST:
            break
        heading = heading + np.radians(turn)
        across, along = across - STRIDE * np.sin(heading), along + STRIDE * np.cos(heading)
    return Flight(np.array(places), np.array(offsets), np.array(pictures), np.array(turns))


def photograph(pose: Pose, trail: Trail, look: Look, scale: int = 1) -> np.ndarray:
    """What the drones see: images (n, height, width, 3) of 0 to 255, without the camera's noise."""
    right, ahead, below = _rays(scale)
    ground = below > HORIZON
    far = EYE / np.where(ground, below, 1.0)
    image = np.where(
        ground[..., None],
        _ground(pose, trail, look, right * far, ahead * far),
        _forest(right, below, look),
    )
    light = _each(look.light) * (1 + _each(look.slant) * right)
    return np.asarray(np.clip(image * light[..., None], 0, 255))


def _rays(scale: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each pixel, how far its ray goes to the right, ahead and down, for a drone that looks along."""
    width, height = scale * WIDTH, scale * HEIGHT
    focus = width / 2 / np.tan(FIELD / 2)
    columns, rows = ((np.arange(size) + 0.5 - size / 2) / focus for size in (width, height))
    right, down = np.meshgrid(columns, rows)
    return right, np.cos(DOWN) - down * np.sin(DOWN), np.sin(DOWN) + down * np.cos(DOWN)


def _ground(
    pose: Pose, trail: Trail, look: Look, right: np.ndarray, ahead: np.ndarray
) -> np.ndarray:
    """The colour of the ground at points to the right of a drone and ahead of it."""
    cos, sin = _each(np.cos(pose.heading)), _each(np.sin(pose.heading))
    across = _each(pose.across) + right * cos - ahead * sin
    along = _each(pose.along) + right * sin + ahead * cos
    middle, slope = trail(along)
    beside = np.abs(across - middle) / np.hypot(1, slope) - _each(look.half)
    trodden = (1 - np.tanh(beside / (2 * EDGE)))[..., None] / 2
    tufts = np.sin(3.1 * across + 1.7 * np.sin(2.3 * along)) * np.sin(
        2.7 * along + 1.3 * np.sin(1.9 * across)
    )
    colour = trodden * TRAIL + (1 - trodden) * GRASS * (1 + 0.22 * tufts[..., None])
    clear = np.exp(-ahead / CLEAR)[..., None]
    return np.asarray(clear * colour + (1 - clear) * HAZE)


def _forest(right: np.ndarray, below: np.ndarray, look: Look) -> np.ndarray:
    """The colour above the horizon: treetops before the sky."""
    where = np.arctan(right)
    tops = (
        0.16
        + 0.06 * np.sin(9 * where + _each(look.trees))
        + 0.04 * np.sin(23 * where + 3 * _each(look.trees))
    )
    wood = (1 - np.tanh((-below - tops) / 0.03))[..., None] / 2
    return np.asarray(wood * WOOD + (1 - wood) * SKY)


def _each(values: np.ndarray) -> np.ndarray:
    """Numbers (n,) that meet images (n, height, width)."""
    return values[:, None, None]


def _developed(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The images as a camera gives them out: with noise, and in whole numbers."""
    return np.clip(np.rint(images + rng.normal(0, NOISE, images.shape)), 0, 255).astype(np.uint8)
