"""Notebook 8: the facts that it tells of TrailNet, the world that it draws, and whether what it trains flies."""

import re
import time
from functools import partial

import numpy as np
import pytest

from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.course.source import read_source, reference_namespace
from autograder.student.data.trailnet import (
    HALF,
    LOST,
    PICTURES,
    Look,
    Pose,
    draw_views,
    fly,
    photograph,
    winding_trail,
)
from autograder.student.plots import trailnet

NAME = "08_trailnet"
LEFT, CENTRE, RIGHT = range(3)
# What training may take of one core, in seconds of CPU time.
BUDGET = 20
# From turn to turn a good flight keeps this far from the edge of the trail, in metres.
MARGIN = 0.2


@pytest.fixture(scope="module")
def notebook():
    return reference_namespace(read_source(HERE.source(NAME), catalogue()[NAME][0]))


@pytest.fixture(scope="module")
def views(notebook):
    return notebook["with_mirror_images"](*notebook["make_examples"](4000, seed=1))


@pytest.fixture(scope="module")
def trained(notebook, views):
    """The network that the notebook trains, and the CPU time that it took."""
    started = time.process_time()
    images, view, side = views
    params, _ = notebook["train_view"](images, view, 0.01)
    params, _ = notebook["train_side"](params, images, side)
    return params, time.process_time() - started


def stub(*_):
    raise NotImplementedError


def slopes(f, x, h=1e-5):
    """Centred differences of a function that returns a number."""
    found = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        found[i] = (f(up) - f(down)) / (2 * h)
    return found


# --- facts


def test_trailnet_has_the_papers_shapes(notebook):
    shapes = [(157, 87, 64), (78, 43, 64), (78, 43, 64), (39, 22, 128), (20, 11, 256), (10, 6, 512)]
    assert notebook["trailnet_shapes"](320, 180) == shapes


def test_trailnet_has_the_papers_parameters():
    rows = dict.fromkeys(name for name, _ in trailnet.parameters())
    assert sum(count for _, count in trailnet.parameters()) == 11_174_790
    assert trailnet.parameters()[-1] == ("two heads", 2 * 1539)
    assert len(rows) == 5


def test_trailnet_has_17_shifted_relus():
    blocks = 2 * len(trailnet.BLOCKS)
    assert 1 + 2 * blocks == 17


def test_the_small_network_has_as_many_parameters_as_told(notebook):
    assert sum(value.size for value in notebook["init_params"](0).values()) == 11_958


def test_layers_are_listed_with_their_sum(notebook, capsys):
    trailnet.show_layers(notebook["trailnet_shapes"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-2:] for line in (lines[0], lines[-2], lines[-1])] == [
        ["157×87×64", "9,472"],
        ["2×3", "3,078"],
        ["together", "11,174,790"],
    ]


def test_the_loss_of_the_example_is_as_told(notebook):
    logits, y = np.array([[2.0, 0, -1], [0, 1, 0]]), np.array([2, 1])
    loss, dlogits = notebook["trail_loss"](logits, y, 0.01, 1e-4, 0.01)
    assert round(loss, 5) == 1.84819
    assert np.allclose(
        dlogits,
        slopes(lambda x: notebook["trail_loss"](x, y, 0.01, 1e-4, 0.01)[0], logits),
        atol=1e-9,
    )


def test_the_gradient_of_one_example_is_the_papers(notebook):
    x, lam1, lam2, eps = np.array([[0.4, -0.3, 0.9]]), 0.2, 0.1, 0.05
    p = np.exp(x[0]) / np.exp(x[0]).sum()
    entropy = -np.sum(p * np.log(p))
    for c, s in ((0, 2), (1, None), (2, 0)):
        y = np.full(3, eps / 2)
        y[c] = 1 - eps
        expected = (p - y) + lam1 * p * (np.log(p) + entropy)
        expected += 0 if s is None else lam2 * p[s] * (np.eye(3)[s] - p)
        assert np.allclose(notebook["trail_loss"](x, np.array([c]), lam1, lam2, eps)[1], expected)


def test_the_turn_of_the_example_is_as_told(notebook):
    assert notebook["turn_angle"]((0.1, 0.2, 0.7), (0.2, 0.6, 0.2)) == pytest.approx(6)


@pytest.mark.parametrize(
    ("y", "right"), [((2,), True), ((0, 0, 1, 0), True), ((0, 2, 1, 0), False)]
)
def test_the_bug_hides_until_sides_of_both_kinds_meet(notebook, y, right):
    logits = np.random.default_rng(0).normal(size=(len(y), 3))
    measured = slopes(lambda x: notebook["side_penalty"](x, np.array(y)), logits)
    assert (
        np.allclose(notebook["leaky_backward"](logits, np.array(y)), measured, atol=1e-8) is right
    )
    first, mended = notebook["bug_hunt"](logits, np.array(y))
    assert np.allclose(mended, measured, atol=1e-8)
    assert tuple(first) == ((-1, -1) if right else (1, 2))


@pytest.mark.parametrize(("n", "right"), [(1, True), (4, False)])
def test_the_published_bug_is_right_for_one_example_and_wrong_for_four(notebook, n, right):
    """Each example's share is subtracted from the whole array, as in the code that was published."""
    logits, y = np.random.default_rng(1).normal(size=(n, 3)), np.array([0, 1, 2, 2])[:n]
    p, share = np.exp(notebook["log_softmax"](logits)), np.zeros((n, 3))
    for i in range(n):
        if y[i] != 1:
            s = 2 - y[i]
            share -= p[i, s] * (p[i] - np.eye(3)[s])
    of_the_side = np.subtract(
        *(notebook["trail_loss"](logits, y, 0.0, lam2, 0.01)[1] for lam2 in (1.0, 0.0))
    )
    assert np.allclose(share / n, of_the_side) is right


# --- the world


def at(offset, heading):
    """How much of a straight trail there is in the left and in the right half of one picture."""
    look = Look(*(np.array([value]) for value in (HALF, 1.0, 0.0, 2.0)))
    pose = Pose(np.array([-offset]), np.zeros(1), np.radians([heading]))
    [image] = photograph(pose, lambda along: (0 * along, 0 * along), look)
    trail = image[..., 0] > image[..., 1]  # more red than green: earth
    half = trail.shape[1] // 2
    return np.count_nonzero(trail[8:, :half]), np.count_nonzero(trail[8:, half:])


def test_who_looks_to_the_left_sees_the_trail_on_the_right():
    for heading in (15.0, 30.0):
        left, right = at(0.0, heading)
        assert right > left
        left, right = at(0.0, -heading)
        assert left > right


def test_who_is_on_the_left_sees_the_trail_on_the_right():
    left, right = at(0.8, 0.0)
    assert right > left
    left, right = at(-0.8, 0.0)
    assert left > right


def test_the_middle_of_a_straight_trail_looks_the_same_on_both_sides():
    left, right = at(0.0, 0.0)
    assert left == pytest.approx(right, rel=0.1)


def test_views_are_the_same_every_time_and_others_with_another_seed():
    one, again, other = (draw_views(600, seed) for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one[0], other[0])
    assert one[0].shape == (600, 18, 32, 3)
    assert one[0].dtype == np.uint8


def test_larger_views_show_the_same_scenes():
    small, heading, offset = draw_views(4, seed=5)
    large, same_heading, same_offset = draw_views(4, seed=5, scale=3)
    assert np.array_equal(heading, same_heading)
    assert np.array_equal(offset, same_offset)
    averaged = large.reshape(4, 18, 3, 32, 3, 3).mean(axis=(2, 4))
    assert np.abs(averaged - small).mean() < 8


def test_all_classes_occur_and_mirrored_views_change_sides(notebook):
    images, view, side = notebook["make_examples"](600, seed=1)
    assert set(view) == set(side) == {LEFT, CENTRE, RIGHT}
    both, views, sides = notebook["with_mirror_images"](images, view, side)
    assert np.array_equal(both[600:, :, ::-1], images)
    assert np.array_equal(views[600:] + view, np.full(600, 2))
    assert np.array_equal(sides[600:] + side, np.full(600, 2))


def test_headings_and_offsets_have_the_classes_of_their_sides(notebook):
    classes = notebook["three_classes"](np.array([12.0, 3.0, -3.0, -12.0]), 10.0)
    assert classes.tolist() == [LEFT, CENTRE, CENTRE, RIGHT]


def test_a_drone_that_flies_straight_on_is_given_up():
    straight = fly(lambda _: 0.0)
    assert straight.left_trail is not None
    assert abs(straight.offsets[-1]) > LOST
    assert len(straight.places) == len(straight.pictures) == len(straight.turns) < PICTURES


# --- the flight


def test_training_is_quick_and_both_heads_learn(notebook, trained):
    params, seconds = trained
    assert seconds < BUDGET
    images, view, side = notebook["make_examples"](1000, seed=2)
    answers = notebook["probabilities"](params, images)
    right = [np.mean(p.argmax(axis=1) == y) for p, y in zip(answers, (view, side), strict=True)]
    assert right[0] > 0.88
    assert right[1] > 0.8


def test_mirror_images_with_the_old_labels_spoil_the_training(notebook):
    images, view, side = notebook["make_examples"](1000, seed=1)
    seen, asked, _ = notebook["make_examples"](500, seed=2)
    both, swapped, _ = notebook["with_mirror_images"](images, view, side)
    right = []
    for labels in (swapped, np.append(view, view)):
        params, _ = notebook["train_view"](both, labels, 0.01)
        right.append(np.mean(notebook["probabilities"](params, seen)[0].argmax(axis=1) == asked))
    assert right[0] > 0.75
    assert right[1] < 0.65


def test_the_side_is_trained_with_all_else_frozen(notebook, trained, views):
    params, _ = trained
    again, _ = notebook["train"](
        params,
        notebook["prepare"](views[0][:64]),
        views[2][:64],
        "side",
        ["W_side", "b_side"],
        0.0,
        epochs=1,
    )
    assert {name for name in params if not np.array_equal(params[name], again[name])} == {
        "W_side",
        "b_side",
    }


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_the_reference_stays_on_the_trail_to_the_end(notebook, trained, seed):
    steer = trailnet.pilot(partial(notebook["probabilities"], trained[0]), notebook["turn_angle"])
    flight = fly(steer, seed=seed)
    assert flight.left_trail is None
    assert len(flight.places) == PICTURES
    assert np.abs(flight.offsets).max() < HALF - MARGIN
    assert flight.places[-1][1] > 40


@pytest.mark.parametrize("mistake", ["wrong sign", "sign of the view"])
def test_a_sign_error_leaves_the_trail(notebook, trained, mistake):
    def turned(view, side):
        if mistake == "wrong sign":
            return -notebook["turn_angle"](view, side)
        return notebook["turn_angle"](view[::-1], side)

    flight = fly(trailnet.pilot(partial(notebook["probabilities"], trained[0]), turned))
    assert flight.left_trail is not None
    assert abs(flight.offsets[-1]) > LOST


def test_both_flights_are_drawn_and_told(notebook, trained, shown):
    trailnet.plot_flight(partial(notebook["probabilities"], trained[0]), notebook["turn_angle"])
    [alt] = shown
    assert re.search(r"With your turn_angle: 52 m, at most 0\.\d\d m from the middle\.", alt)
    assert re.search(r"With the other sign: leaves the trail after \d\.\d m\.", alt)


# --- the other pictures


def test_views_are_drawn_with_their_classes(notebook, shown):
    trailnet.show_views(*notebook["make_examples"](10, seed=3))
    assert shown[0].startswith("10 drawn views of a trail")
    assert shown[0].count("view ") == 10


def test_three_activations_are_drawn_and_told(notebook, shown):
    trailnet.plot_activations(notebook["srelu_forward"])
    assert "the ELU -0.98 and the shifted ReLU -1.00; at -1 they are 0, -0.63 and -1.00" in shown[0]


def test_training_is_drawn_and_returns_the_parameters(notebook, shown):
    views, kept_back = (notebook["make_examples"](200, seed=seed) for seed in (1, 2))
    train_view, train_side = (
        lambda images, y, _: notebook["train"](
            notebook["init_params"](0),
            notebook["prepare"](images),
            y,
            "view",
            ["W_view"],
            0.0,
            epochs=20,
        ),
        lambda params, images, y: notebook["train"](
            params, notebook["prepare"](images), y, "side", ["W_side"], 0.0, epochs=20
        ),
    )
    params = trailnet.plot_training(
        train_view, train_side, notebook["probabilities"], views, kept_back
    )
    assert params.keys() == notebook["init_params"](0).keys()
    assert re.search(r"view: \d+% right of 200 that were kept back", shown[0])


def test_confidence_is_drawn_and_told(notebook, shown):
    def untrained(_images, _y, lam1):
        params = notebook["init_params"](0)
        return {**params, "b_view": np.array([0.0, 3.0 - 5 * lam1, 0.0])}, []

    views = notebook["make_examples"](10, seed=1)
    trailnet.plot_confidence(untrained, notebook["probabilities"], views, strong=0.3)
    sure = [int(n) for n in re.findall(r"(\d+)% sure on average", shown[0])]
    assert sure[0] > sure[1]


def test_the_entropy_term_makes_the_network_less_sure(notebook, views):
    images, view, _ = views
    some = np.arange(0, len(images), 4)
    sure = []
    for lam1 in (0.0, 0.3):
        params, _ = notebook["train_view"](images[some], view[some], lam1)
        sure.append(
            notebook["probabilities"](params, draw_views(500, seed=4)[0])[0].max(axis=1).mean()
        )
    assert sure[1] < sure[0] - 0.02


def test_a_stub_gives_a_sentence_instead_of_a_picture(notebook, shown, capsys):
    views = notebook["make_examples"](8, seed=1)
    trailnet.plot_activations(stub)
    trailnet.show_layers(stub)
    assert trailnet.plot_training(stub, stub, stub, views, views) == {}
    trailnet.plot_confidence(stub, stub, views, strong=0.3)
    trailnet.plot_flight(stub, stub)
    assert not shown
    assert capsys.readouterr().out.count("Fill in the cells above") == 5


def test_the_trail_winds_more_than_any_that_was_trained_on():
    along = np.linspace(0, 45, 1000)
    _, slope = winding_trail(along)
    assert np.abs(np.gradient(slope, along)).max() > 0.05
