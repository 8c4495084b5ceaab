"""Notebook 5, forward mode: points, hints and visible checks.  Slides 19-24."""

from collections.abc import Sequence

import numpy as np

from autograder.student.judging.rules import Values
from autograder.student.model.circuits import Wire
from autograder.student.model.exercises import Assignment, Case, Check, Exercise, Part, Probe

HALF_PI = 1.5707963267948966
NUMBER = ("val", "dot")


A, B = Wire("a", value="x", tangent="xdot"), Wire("b", value="y", tangent="ydot")
N, K = (Wire(name, value=name) for name in "nk")


def operation(expression: str, numbers: str = "a", wires: tuple[Wire, ...] = ()) -> Probe:
    """One operation on the numbers that it names: a = Dual(x, xdot), b = Dual(y, ydot), c = Dual(z, zdot)."""
    made = [f"{name} = Dual({x}, {x}dot)" for name, x in zip("abc", "xyz", strict=True) if name in numbers]
    return Probe("(out.val, out.dot)", NUMBER, "\n".join([*made, f"out = {expression}"]), wires=wires)


def gate(symbol: str, *operands: Wire) -> tuple[Wire, ...]:
    """The circuit of one operation."""
    return *operands, Wire("out", symbol, tuple(wire.name for wire in operands), *(NUMBER[0], "", NUMBER[1]))


TWICE = (A, B, Wire("ab", "+", ("a", "b")), Wire("out", "+", ("ab", "a"), value="val", tangent="dot"))
ADD = operation("a + b + a", "ab", TWICE)
SUB, MUL, DIV = (operation(f"a {sign} b", "ab", gate(sign, A, B)) for sign in "-*/")
POW = operation("a ** n", wires=gate("**", A, N))
SIN, EXP, LOG, SIGMOID = (operation(f"a.{name}()", wires=gate(name, A)) for name in ("sin", "exp", "log", "sigmoid"))
MINUS, OVER = (operation(f"k {sign} a", wires=gate(sign, K, A)) for sign in "-/")
CONSTANT = operation(
    "a * k + k", wires=(A, K, Wire("ak", "*", ("a", "k")), Wire("out", "+", ("ak", "k"), value="val", tangent="dot"))
)


def counted(body: str) -> str:
    """The source of a function f of a list v that notes its calls in a list."""
    return f"calls = []\n\ndef f(v):\n    calls.append(1)\n    {body}\n"


Z = counted("return v[0] * v[1] + v[0].sin()")
LOGS = counted("out = v[0].log()\n    for u in v:\n        out = out + u * v[0]\n    return out")


# A probe that names the class builds on it, even if it reaches it through other exercises only.
TAKES = "# f takes a list with a Dual for each input\n"


def along(function: str) -> Probe:
    """The jvp of a function at x along v."""
    return Probe("(y, ydot, len(calls))", ("y", "ydot", "calls"), f"{TAKES}{function}\ny, ydot = jvp(f, x, v)")


def slopes(function: str) -> Probe:
    """All slopes of a function at x."""
    return Probe("(grad_forward(f, x), len(calls))", ("grad", "calls"), TAKES + function)


JVP, GRAD = along(Z), slopes(Z)
PASSES = Probe("(passes(f, n), len(calls))", ("passes", "calls"), LOGS)
ALONG = {"y": "value", "ydot": "slope", "calls": "once"}
SLOPES = {"grad": "grad", "calls": "passes"}
COUNTS = {"passes": "count", "calls": "run"}
# The running example at the slide's point.
Z_SLIDE = 5.71238898038469


def _visible(text: str, probe: Probe, cases: Sequence[Case], part: str, on_purpose: str = "") -> Check:
    return Check(text, probe, tuple(cases), dict.fromkeys(probe.names, part), Values(), on_purpose=on_purpose)


def _direction(v: Sequence[float], ydot: float) -> Case:
    expected = {"y": Z_SLIDE, "ydot": ydot, "calls": 1}
    return Case({"x": np.array([HALF_PI, 3.0]), "v": np.array(v)}, expected)


ASSIGNMENT = Assignment(
    name="05_forward_mode",
    title="Forward-mode automatic differentiation",
    exercises=(
        Exercise(
            name="Dual",
            title="Numbers that know how fast they move",
            slides=(19, 20, 21, 22),
            parts=(
                Part("sums", 0.5, "add and subtract"),
                Part("mul", 1.0, "multiply"),
                Part("div", 0.75, "divide, plain numbers too"),
                Part("pow", 0.5, "power"),
                Part("sin", 0.5, "sine"),
                Part("exp", 0.25, "exponential"),
                Part("log", 0.25, "logarithm"),
                Part("sigmoid", 0.5, "sigmoid"),
                Part("plain", 0.75, "plain numbers in sums and products"),
            ),
            hints=(
                "If each number that goes in moves a little, by how much does the number that comes out move?",
                "Follow the pattern of addition: the value from the values; for the dot, each slope of the operation "
                "times the dot of the number that it belongs to, all added up.",
                "Look at the second thing that you hand to Dual: it has the dot of every Dual that went in. In a "
                "reflected operator look at which number comes first, and at how fast a constant moves.",
            ),
            checks=(
                _visible(
                    "A sum moves as fast as its numbers together, and leaves them as they are.",
                    ADD,
                    [Case({"x": 5.0, "xdot": 3.0, "y": 2.0, "ydot": -1.0}, {"val": 12.0, "dot": 5.0})],
                    "sums",
                ),
                _visible(
                    "A difference rises with its first number and falls with its second.",
                    SUB,
                    [Case({"x": 5.0, "xdot": 3.0, "y": 2.0, "ydot": -1.0}, {"val": 3.0, "dot": 4.0})],
                    "sums",
                ),
                _visible(
                    "In a product each factor moves, scaled by the other.",
                    MUL,
                    [
                        Case({"x": 3.0, "xdot": 1.0, "y": -2.0, "ydot": 0.0}, {"val": -6.0, "dot": -2.0}),
                        Case({"x": 0.5, "xdot": 2.0, "y": 4.0, "ydot": -3.0}, {"val": 2.0, "dot": 6.5}),
                    ],
                    "mul",
                ),
                _visible(
                    "A quotient falls when its denominator grows.",
                    DIV,
                    [
                        Case({"x": 6.0, "xdot": 1.0, "y": 2.0, "ydot": 0.0}, {"val": 3.0, "dot": 0.5}),
                        Case({"x": 6.0, "xdot": 1.0, "y": 2.0, "ydot": 3.0}, {"val": 3.0, "dot": -4.0}),
                    ],
                    "div",
                ),
                _visible(
                    "A plain number may be divided by a Dual.",
                    OVER,
                    [Case({"x": 2.0, "xdot": 3.0, "k": 8.0}, {"val": 4.0, "dot": -6.0})],
                    "div",
                ),
                _visible(
                    "The slope of the cube at 2 is 12.",
                    POW,
                    [Case({"x": 2.0, "xdot": 0.5, "n": 3}, {"val": 8.0, "dot": 6.0})],
                    "pow",
                ),
                _visible(
                    "The slope of the sine at 0 is 1, and at the top of its wave 0.",
                    SIN,
                    [
                        Case({"x": 0.0, "xdot": 2.0}, {"val": 0.0, "dot": 2.0}),
                        Case({"x": HALF_PI, "xdot": 2.0}, {"val": 1.0, "dot": 1.2246467991473532e-16}),
                    ],
                    "sin",
                    on_purpose="The top of the wave is where the slope is 0.",
                ),
                _visible(
                    "The exponential is its own slope.",
                    EXP,
                    [Case({"x": 1.0, "xdot": 3.0}, {"val": 2.718281828459045, "dot": 8.154845485377136})],
                    "exp",
                ),
                _visible(
                    "The logarithm gets flatter as its number grows.",
                    LOG,
                    [
                        Case({"x": 1.0, "xdot": 3.0}, {"val": 0.0, "dot": 3.0}),
                        Case({"x": 4.0, "xdot": 3.0}, {"val": 1.3862943611198906, "dot": 0.75}),
                    ],
                    "log",
                ),
                _visible(
                    "The sigmoid is a half at 0, and a quarter is its slope there.",
                    SIGMOID,
                    [
                        Case({"x": 0.0, "xdot": 2.0}, {"val": 0.5, "dot": 0.5}),
                        Case({"x": 1.0, "xdot": 1.0}, {"val": 0.7310585786300049, "dot": 0.19661193324148185}),
                    ],
                    "sigmoid",
                ),
                _visible(
                    "A constant does not move.",
                    CONSTANT,
                    [Case({"x": 3.0, "xdot": 2.0, "k": 5.0}, {"val": 20.0, "dot": 10.0})],
                    "plain",
                ),
                _visible(
                    "One minus a number falls when the number grows.",
                    MINUS,
                    [Case({"x": 3.0, "xdot": 2.0, "k": 1.0}, {"val": -2.0, "dot": -2.0})],
                    "plain",
                ),
            ),
        ),
        Exercise(
            name="jvp",
            title="The slope along a direction",
            slides=(22, 23),
            builds_on=("Dual",),
            parts=(
                Part("value", 0.5, "the value"),
                Part("slope", 1.0, "the slope along the direction"),
                Part("once", 0.5, "the function is called once"),
            ),
            hints=(
                "How fast does each input move, and who says so?",
                "One Dual for each input, its value from the point and its dot from the direction; the function of "
                "these; then the two numbers that its result holds.",
                "Look at what you hand to f: a list of Duals, each with the dot that stands at its place in v.",
            ),
            checks=(
                Check(
                    text="The slide's point, along x alone, along y alone, and along both at once.",
                    probe=JVP,
                    cases=(
                        _direction((1.0, 0.0), 3.0),
                        _direction((0.0, 1.0), HALF_PI),
                        _direction((1.0, 1.0), 3.0 + HALF_PI),
                    ),
                    judges=ALONG,
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="grad_forward",
            title="All slopes, one pass for each",
            slides=(23, 24),
            builds_on=("Dual", "jvp"),
            parts=(
                Part("grad", 1.5, "the slope along each input"),
                Part("passes", 0.5, "one pass for each input"),
            ),
            hints=(
                "Which inputs move during the pass that finds the slope along the second one?",
                "For each input in turn: a direction that is 1 at its place and 0 elsewhere, and the slope along it.",
                "Look at the direction in the second round of your loop: is anything left over from the first?",
            ),
            checks=(
                Check(
                    text="Both slopes of v0 v1 + sin v0, from two passes.",
                    probe=GRAD,
                    cases=(
                        Case({"x": np.array([0.7, -1.3])}, {"grad": np.array([-0.5351578127155114, 0.7]), "calls": 2}),
                        Case({"x": np.array([HALF_PI, 3.0])}, {"grad": np.array([3.0, HALF_PI]), "calls": 2}),
                    ),
                    judges=SLOPES,
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="passes",
            title="What it costs",
            slides=(24,),
            builds_on=("Dual", "jvp", "grad_forward"),
            parts=(
                Part("count", 0.5, "the number of passes"),
                Part("run", 0.5, "counted while grad_forward runs"),
            ),
            hints=(
                "Who calls f, and how could f make a note of it?",
                "A function inside your own that makes a note, calls f and returns its result; handed to grad_forward "
                "in place of f; then the number of notes.",
                "Look at the function that you hand to grad_forward, and at where the count begins.",
            ),
            checks=(
                Check(
                    text="Three inputs take three passes, and f is called as often.",
                    probe=PASSES,
                    cases=(Case({"n": 3}, {"passes": 3, "calls": 3}),),
                    judges=COUNTS,
                    rule=Values(),
                ),
            ),
        ),
    ),
)
