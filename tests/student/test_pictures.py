"""Pictures show what the student's functions do, say the same in words, and never stop the notebook at a stub."""

import base64
import html
import json
import math
import re
import shutil
import subprocess
import sys
from io import BytesIO
from xml.etree import ElementTree

import matplotlib.image
import numpy as np
import pytest
from variants.forward_mode import Dual, passes_nonlocal
from variants.reverse_mode import Value, order_with_a_stack, sweep_through_a_stack

from autograder.authoring.build.notebook import filled_notebook
from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.course.source import read_source
from autograder.grading.answer_key import misconceived
from autograder.student.data.trailnet import draw_views
from autograder.student.plots import (
    circuit,
    forward_mode,
    matmul,
    mlp_sgd,
    reverse_mode,
    sigmoid_neuron,
    style,
)
from tests.conftest import BROWSER, RULES, mostly_long


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x)))


def right(dD, W, X):
    return dD @ X.T, W.T @ dD


def half_right(dD, W, X):
    return dD @ X.T, 1.01 * W.T @ dD


def wrong_shape(dD, W, X):
    return X @ dD.T, W.T @ dD


def wrong_order(dD, W, X):
    return X.T @ dD, dD @ W.T


def wrong_kind(dD, W, X):
    return "dW", None


def stub(*_):
    raise NotImplementedError


def test_a_notebook_that_is_not_trusted_shows_the_same_picture_as_an_image(monkeypatch):
    """JupyterLab takes <style> and <svg> out of such outputs, and leaves <img>."""
    pictures = []
    monkeypatch.setattr(style, "display", pictures.append)
    monkeypatch.setattr(circuit, "display", pictures.append)
    sigmoid_neuron.plot_saturation(sigmoid, lambda f: f * (1 - f))
    circuit.draw_circuit([circuit.Node("x", value=2), circuit.Node("f", "exp", ("x",))])
    for picture in pictures:
        styles, body = re.findall(r"(<style>.*?</style>)(.*)", picture.data, re.DOTALL)[0]
        assert ".agk-plain{display:none}" in styles
        alt, data = re.findall(r'<img class="agk-plain" alt="([^"]*)" src="[^,]*,([^"]*)">', body)[
            0
        ]
        assert html.unescape(alt) == repr(picture)
        drawn = ElementTree.fromstring(base64.b64decode(data))
        assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
        # With a background of its own, since it cannot know the page's colours.
        assert drawn.find("{*}rect").get("width") == "100%"
    assert len(pictures) == 2


def test_boxes_are_empty_before_there_is_an_answer(shown):
    matmul.plot_shapes()
    assert shown[0].endswith("dW is empty and dX is empty.")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (right, "dW is filled and dX is filled."),
        (half_right, "dW is filled and dX is empty."),
        (wrong_shape, "dW is empty and dX is filled."),
        (wrong_order, "dW is empty and dX is empty."),
        (wrong_kind, "dW is empty and dX is empty."),
        (stub, "dW is empty and dX is empty."),
    ],
)
def test_a_box_is_filled_by_a_right_gradient_only(shown, answer, state):
    matmul.plot_shapes(answer)
    assert shown[0].endswith(state)


def test_gradients_are_compared_element_by_element(shown):
    matmul.plot_gradients(half_right)
    dW, dX = (float(alt.split("largest difference is ")[1].rstrip(".")) for alt in shown)
    assert dW < 1e-9
    assert dX > 1e-3


def test_a_gradient_of_another_shape_is_drawn_and_said(shown):
    matmul.plot_gradients(wrong_shape)
    assert [alt.endswith("Shapes differ.") for alt in shown] == [True, False]


@pytest.mark.parametrize("answer", [stub, wrong_order, wrong_kind])
def test_gradients_that_are_not_there_give_a_sentence_instead_of_a_picture(shown, capsys, answer):
    matmul.plot_gradients(answer)
    assert not shown
    assert "does not return two gradients yet" in capsys.readouterr().out


def test_the_text_of_the_saturation_picture_holds_for_a_wrong_answer_too(shown):
    sigmoid_neuron.plot_saturation(sigmoid, lambda f: f * (1 - f))
    sigmoid_neuron.plot_saturation(lambda x: np.tanh(x), lambda f: f**2 + 1)
    right, wrong = shown
    assert "0.000335 at -8, 0.5 at 0 and 1 at 8" in right
    assert "highest, 0.25, at 0" in right
    assert "from -8 to -4.6 and from 4.6 to 8" in right
    assert "-1 at -8, 0 at 0 and 1 at 8" in wrong
    assert "nowhere saturated" in wrong


def test_a_path_that_leads_far_away_stays_in_the_picture_and_axes_are_named(shown, monkeypatch):
    axes = []
    monkeypatch.setattr(style, "show_figure", lambda drawing, alt: axes.extend(drawing.axes))
    for far in (1.0, 5.0, 1e9, np.nan):
        mlp_sgd.plot_paths(
            lambda A, b, x, rate, steps, far=far: (np.outer(np.arange(3), [far, far]) + x,) * 2
        )
    for panel in axes:
        assert (panel.get_xlabel(), panel.get_ylabel()) == ("x", "y")
    left, right = axes[1].get_xlim()
    assert left < mlp_sgd.START[0] < mlp_sgd.START[0] + 10 < right
    assert all(np.ptp(panel.get_xlim()) < 50 for panel in axes)


def test_the_trail_views_of_notebook_8_look_as_their_captions_say():
    source = HERE.source("08_trailnet").read_text(encoding="utf-8")
    seed = int(re.search(r"show_views\(\*make_examples\(10, seed=(\d+)", source)[1])
    images, heading, offset = draw_views(10, seed, scale=4)
    columns = np.arange(images.shape[2]) - (images.shape[2] - 1) / 2
    for image, turned, aside in zip(images.astype(float), heading, offset, strict=True):
        trail = image[..., 0] > 1.05 * image[..., 1]
        rows = [row for row in trail if row.sum() > 3]
        far, near = (np.mean(columns[row]) for row in (rows[2], rows[-1]))
        if abs(turned) > 10:  # a turn to the left moves the trail to the right
            assert np.sign(far) == np.sign(turned)
        if abs(aside) > 0.4:  # from the left, the near end is farther to the right than the far end
            assert np.sign(near - far) == np.sign(aside)


def test_the_neuron_draws_its_curve_and_its_gates(shown):
    wires = dict.fromkeys(("dot", "neg", "a", "b", "c", "ddot", "dneg", "da", "db", "dc"), 0.25)
    sigmoid_neuron.plot_saturation(sigmoid, lambda f: f * (1 - f))
    sigmoid_neuron.plot_sigmoid_gates(lambda w, x: wires, w=np.zeros(3), x=np.zeros(2))
    assert len(shown) == 2
    assert "neg: × −1 of dot, value 0.25, gradient 0.25" in shown[1]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: sigmoid_neuron.plot_saturation(stub, stub),
        lambda: sigmoid_neuron.plot_sigmoid_gates(stub, w=np.zeros(3), x=np.zeros(2)),
        lambda: matmul.show_dot_tests(stub, stub, stub),
        lambda: forward_mode.plot_trace(stub, 0.7, -1.3),
        lambda: forward_mode.plot_passes(stub),
    ],
)
def test_a_stub_gives_a_sentence_instead_of_a_picture(shown, capsys, draw):
    draw()
    assert not shown
    assert "Fill in the cells above" in capsys.readouterr().out


def test_the_dot_tests_find_the_number_that_was_made_wrong(capsys):
    def forward(x, w, b):
        return x.reshape(len(x), -1) @ w + b, (x, w)

    def backward(dout, cache):
        x, w = cache
        return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)

    def distance(f, vjp, x, seed):
        rng = np.random.default_rng(seed)
        u, v = rng.uniform(-1, 1, x.shape), rng.uniform(-1, 1, f(x).shape)
        return abs(np.sum(v * (f(x + 1e-5 * u) - f(x - 1e-5 * u)) / 2e-5) - np.sum(vjp(v, x) * u))

    matmul.show_dot_tests(distance, forward, backward)
    *good, spoiled = (float(line.split()[-1]) for line in capsys.readouterr().out.splitlines())
    assert len(good) == 3
    assert max(good) < 1e-8
    assert spoiled > 1e-3


def test_the_trace_shows_what_the_students_numbers_hold(shown):
    forward_mode.plot_trace(Dual, math.pi / 2, 3)
    forward_mode.plot_trace(Dual, 0.7, -1.3)
    assert shown[0].endswith("z: value 5.7124, derivative 3.0000 along x and 1.5708 along y.")
    assert "b: value 0.6442, derivative 0.7648 along x and 0.0000 along y" in shown[1]
    assert shown[1].endswith("z: value -0.2658, derivative -0.5352 along x and 0.7000 along y.")


def test_a_number_without_arithmetic_gives_a_sentence_instead_of_a_trace(shown, capsys):
    forward_mode.plot_trace(complex, 0.7, -1.3)
    assert not shown
    assert "your code above stops with AttributeError" in capsys.readouterr().out


def test_passes_are_counted_by_the_students_own_function(shown):
    forward_mode.plot_passes(passes_nonlocal)
    forward_mode.plot_passes(lambda f, n: 0)
    assert "n = 20: forward 20, reverse 2" in shown[0]
    assert "n = 20: forward 0, reverse 2" in shown[1]


def test_both_notebooks_draw_the_same_costs_one_in_passes_and_one_in_operations(shown):
    forward_mode.plot_passes(passes_nonlocal)
    reverse_mode.plot_costs(Value, order_with_a_stack, sweep_through_a_stack)
    passes, operations = (
        re.findall(r"n = (\d+): forward (\d+), reverse (\d+)", alt) for alt in shown
    )
    assert len(passes) == len(operations) == len(forward_mode.SIZES)
    for (n, *counts), (same, *costs) in zip(passes, operations, strict=True):
        assert n == same
        assert [int(count) * (2 * int(n) + 1) for count in counts] == list(map(int, costs))


def network(weights, point):
    x, y = point
    total = Value(0.0)
    for across, down, bias, opinion in weights:
        total = total + opinion * (across * x + down * y + bias).relu()
    return total


def descend(weights, points, targets, sign=-1):
    for _ in range(60):
        for point, target in zip(points, targets, strict=True):
            flat = [weight for neuron in weights for weight in neuron]
            for weight in flat:
                weight.grad = 0.0
            sweep_through_a_stack((network(weights, point) - target) ** 2)
            for weight in flat:
                weight.data += sign * 0.05 * weight.grad


def test_a_network_learns_two_crescents_by_a_right_engine(shown):
    reverse_mode.plot_learning(Value, network, descend)
    start, end = re.findall(r"(\d+)%", shown[-1])
    assert int(start) < 70
    assert int(end) > 95


def test_a_network_that_learns_nothing_is_described_as_it_is(shown):
    reverse_mode.plot_learning(Value, network, lambda *_: None)
    start, end = re.findall(r"(\d+)%", shown[-1])
    assert start == end


@pytest.mark.parametrize("learn", [stub, lambda *_: 1 / 0, lambda *a: descend(*a, sign=1)])
def test_learning_that_stops_does_not_stop_the_notebook(shown, learn):
    reverse_mode.plot_learning(Value, network, learn)


# Runs a solved notebook whose answers are then all replaced by wrong ones; prints cells that stop.
RUN_ALL = """
import json, re, sys
import matplotlib
matplotlib.use("agg")
from IPython.core.interactiveshell import InteractiveShell
names, cells = json.loads(sys.stdin.read())
shell = InteractiveShell()
shell.history_manager.enabled = False
stopped = []
for line in ("return None", "raise ValueError('no')"):
    for name, text in cells:
        if name in names:
            methods = [m for m in re.findall(r"    def (\\w+)", text) if m != "__init__"]
            wrong = f"def wrong(*args, **kwargs): {line}\\n"
            each = [f"{name}.{method} = wrong" for method in methods] or [f"{name} = wrong"]
            text = f"{text}\\n{wrong}" + "\\n".join(each)
        if not shell.run_cell(text).success:
            stopped.append(text)
print("\\nSTOPPED", stopped)
"""


def cells_of(name):
    """The code cells of a solved notebook, each with its grade id."""
    assignment, _ = catalogue()[name]
    notebook = filled_notebook(read_source(HERE.source(name), assignment), assignment)
    cells = [
        (cell["metadata"].get("nbgrader", {}).get("grade_id", ""), "".join(cell["source"]))
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]
    return assignment, cells


@pytest.mark.parametrize(
    "name", mostly_long(catalogue(), "01_derivatives", "03_sigmoid_neuron", "06_reverse_mode")
)
def test_no_wrong_answer_stops_a_notebook(name):
    assignment, cells = cells_of(name)
    run = subprocess.run(
        [sys.executable, "-c", RUN_ALL],
        input=json.dumps([[e.name for e in assignment.exercises], cells]),
        capture_output=True,
        text=True,
        timeout=120,
        cwd=HERE.root,
    )
    assert run.stdout.endswith("STOPPED []\n"), run.stdout[-2000:] + run.stderr[-2000:]


# Runs cells, none for longer than 20 seconds; prints what they show, and the titles of panels that
# stand side by side.
SHOW_ALL = """
import json, signal, sys
import matplotlib
matplotlib.use("agg")
from IPython.core.interactiveshell import InteractiveShell
from autograder.student.plots import style
shell = InteractiveShell.instance()
shell.history_manager.enabled = False
shown, titles = [], []
shell.display_pub.publish = lambda data, **_: shown.append(data)
show_figure = style.show_figure
def look(drawing, alt):
    panels = [axes for axes in drawing.axes if axes.get_label() != "<colorbar>"]
    titles.append([axes.get_title() for axes in panels] if len(panels) > 1 else ["alone"])
    show_figure(drawing, alt)
style.show_figure = look
def stop(*_):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, stop)
for cell in json.load(sys.stdin):
    signal.alarm(20)
    shell.run_cell(cell)
    signal.alarm(0)
pictures = [data for data in shown if 'class="agk ' not in data.get("text/html", 'class="agk ')]
print("\\nSHOWN" + json.dumps([pictures, titles]))
"""


def pictures_of(cells):
    run = subprocess.run(
        [sys.executable, "-c", SHOW_ALL],
        input=json.dumps(cells),
        capture_output=True,
        text=True,
        timeout=180,
        cwd=HERE.root,
        check=True,
    )
    return json.loads(run.stdout.split("\nSHOWN")[-1])


# Every text of every picture: its place and its colour; then texts are hidden, to see what is behind.
TEXTS = """() => {
    const texts = [...document.querySelectorAll('.agk-words, .agk-circuit text, .agk-plot th, .agk-plot td')];
    const found = texts.map(text => {
        const box = (text.matches('th, td') ? range(text) : text).getBoundingClientRect();
        const drawn = text.querySelector('use, path') || text;
        const look = getComputedStyle(drawn);
        const colour = text.matches('th, td') ? look.color : look.fill;
        return [box.x, box.y, box.width, box.height, ...colour.match(/[0-9.]+/g).slice(0, 3).map(Number)];
    });
    function range(cell) { const r = document.createRange(); r.selectNodeContents(cell); return r; }
    texts.forEach(text => text.style.visibility = 'hidden');
    return found;
}"""


def luminance(colours):
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrasts(page):
    """The contrast of every text with what is behind it; lines that cross less than a tenth of it do not count."""
    texts = page.evaluate(TEXTS)
    image = matplotlib.image.imread(BytesIO(page.screenshot(full_page=True)))[..., :3]
    for x, y, width, height, *colour in texts:
        behind = image[int(y) : math.ceil(y + height), int(x) : math.ceil(x + width)]
        if not behind.size:
            continue
        ink = luminance(np.array(colour) / 255)
        paper = luminance(behind.reshape(-1, 3).astype(float))
        ratio = (np.maximum(ink, paper) + 0.05) / (np.minimum(ink, paper) + 0.05)
        yield float(np.quantile(ratio, 0.1))


@pytest.mark.parametrize("name", mostly_long(catalogue(), "03_sigmoid_neuron"))
def test_every_picture_can_be_read_in_the_light_and_in_the_dark_of_right_and_wrong_answers(
    name, tmp_path
):
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("no Chromium here")
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    assignment, cells = cells_of(name)
    _, hidden = catalogue()[name]
    source = read_source(HERE.source(name), assignment)
    wrong = {m.exercise: misconceived(source, m) for m in hidden.misconceptions}
    shown = []
    for answers in ({}, wrong):
        pictures, titles = pictures_of([answers.get(name, text) for name, text in cells])
        assert all(all(row) for row in titles), titles
        shown += pictures
    assert len(shown) > 2
    # A console without HTML shows the words.
    assert all(len(data["text/plain"]) > 40 for data in shown)
    # The one image of each is for notebooks that are not trusted.
    assert not any(re.search(r"<img(?! class=.agk-plain)", data["text/html"]) for data in shown)
    body = "".join(data["text/html"] for data in shown)
    page_text = (
        f'<!doctype html><html lang="en"><title>Pictures</title><main><h1>All</h1>{body}</main>'
    )
    (tmp_path / "all.html").write_text(page_text, encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER)
        for light, paper in (("true", "#fff"), ("false", "#111")):
            page = browser.new_page(viewport={"width": 1000, "height": 600})
            page.goto((tmp_path / "all.html").as_uri())
            page.evaluate(
                "([light, paper]) => { document.body.dataset.jpThemeLight = light;"
                " document.body.style.background = paper;"
                " document.body.style.color = light === 'true' ? 'black' : 'white';"
                " document.body.style.setProperty('--jp-layout-color0', paper); }",
                [light, paper],
            )
            found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
            ratios = list(contrasts(page))
            assert len(ratios) > 20
            assert min(ratios) >= 4.5, (light, sorted(ratios)[:5])
        browser.close()
