"""Notebook 2, gates, circuits, one weight: points, hints and visible checks.  Slides 2, 3, 9, 12, 13, 17, 18."""

from autograder.student.judging.rules import Values
from autograder.student.model.circuits import Wire
from autograder.student.model.exercises import Assignment, Case, Check, Exercise, Part, Probe
from autograder.student.model.special import FOUND, GATHERED, at_points, point_case

STEP = Probe("simple_backprop_step(w, x, y, alpha)", ("w", "yhat", "err"))
STEPS = at_points("simple_backprop_step(w, x, y, alpha)", "w, x, y, alpha", STEP.names)
DESCENT = Probe("gd_step(w, x, y, alpha)", ("w", "dw"))
DESCENTS = at_points("gd_step(w, x, y, alpha)", "w, x, y, alpha", DESCENT.names)
GRADIENTS = ("df_dx", "df_dy", "df_dz", "df_dq")
X, Y, Z = (Wire(name, value=name, gradient=f"df_d{name}") for name in "xyz")
SLIDE12 = Probe(
    "chain_rule(x, y, z)",
    GRADIENTS,
    wires=(X, Y, Wire("q", "+", ("x", "y"), gradient="df_dq"), Z, Wire("f", "*", ("q", "z"))),
)
HOMEWORK = Probe(
    'chain_rule(x, y, z, first="mul")',
    GRADIENTS,
    wires=(X, Y, Wire("q", "*", ("x", "y"), gradient="df_dq"), Z, Wire("f", "+", ("q", "z"))),
)
SLIDE12_AT_POINTS = at_points("chain_rule(x, y, z)", "x, y, z", GRADIENTS)
HOMEWORK_AT_POINTS = at_points('chain_rule(x, y, z, "mul")', "x, y, z", GRADIENTS)
ROUTED = Probe("max_backward(x, y, dout)", ("dx", "dy"))
ROUTED_AT_POINTS = at_points("max_backward(x, y, dout)", "x, y, dout", ROUTED.names)
# At a tie any two shares are right that add up; each of them is between nothing and all.
TIED = Probe(
    "(dx + dy, 0 <= dx / dout <= 1)",
    ("dx_plus_dy", "dx_is_a_share"),
    setup="dx, dy = max_backward(x, x, dout)",
)
TIED_AT_POINTS = Probe(
    GATHERED,
    TIED.names,
    setup=f"""\
{FOUND}
for x, y, dout in points:
    dx, dy = max_backward(x, y, dout)
    found.append((dx + dy, min(0, dout) <= dx <= max(0, dout)))""",
)
WIRES = ("s", "p", "m", "x", "y", "z", "w")
CIRCUIT = Probe(
    '{"f": f} | {f"d{wire}": grads[wire] for wire in grads}',
    ("f", *(f"d{wire}" for wire in WIRES)),
    setup=f"""\
f, grads = gate_circuit(x, y, z, w)
if not isinstance(grads, dict):
    grads = dict(zip("{"".join(WIRES)}", grads))""",
    keyed=True,
    wires=(
        *(Wire(name, value=name, gradient=f"d{name}") for name in "xyzw"),
        Wire("p", "*", ("x", "y"), gradient="dp"),
        Wire("m", "max", ("z", "w"), gradient="dm"),
        Wire("s", "+", ("p", "m"), gradient="ds"),
        Wire("f", "*2", ("s",), value="f"),
    ),
)
CIRCUIT_AT_POINTS = Probe(
    GATHERED,
    CIRCUIT.names,
    setup=f"""\
{FOUND}
for x, y, z, w in points:
    f, grads = gate_circuit(x, y, z, w)
    if isinstance(grads, dict):
        grads = [grads[wire] for wire in "{"".join(WIRES)}"]
    found.append([f, *grads])""",
)
FORKED, BENT = Wire("x", value="x", gradient="dx"), Wire("s", "sigmoid", ("x",))
FORK = Probe(
    "fork_grad(x)", ("f", "dx"), wires=(FORKED, BENT, Wire("f", "+", ("x", "s"), value="f"))
)
STEEPER_FORK = Probe(
    "fork_grad(x, c)",
    ("f", "dx"),
    wires=(
        Wire("c", value="c"),
        FORKED,
        Wire("cx", "*", ("c", "x")),
        BENT,
        Wire("f", "+", ("cx", "s"), value="f"),
    ),
)

FORKS = at_points("fork_grad(x)", "(x,)", FORK.names)
STEEPER_FORKS = at_points("fork_grad(x, c)", "x, c", FORK.names)

SLIDE12_PARTS = {"df_dx": "inputs", "df_dy": "inputs", "df_dz": "df_dz", "df_dq": "df_dq"}
CIRCUIT_PARTS = {"f": "f"} | dict(
    zip(CIRCUIT.names[1:], ("sum", "sum", "sum", "product", "product", "max", "max"), strict=True)
)
FORK_PARTS = {"f": "f", "dx": "dx"}

# Points and the results there: zeros, ones, whole, negative and tiny numbers, any two of a point
# equal, opposite and nearly equal somewhere, and the first point once more.
STEP_ROWS = [
    ((0.0, 1.0, -2.0, 0.5), (-1.0, 0.0, 2.0)),
    ((1, -2, 0, 1), (0.0, -2.0, -2.0)),
    ((-2, 4, 1, 0), (-2.0, -8.0, -9.0)),
    ((-0.5, 4.0, 2e-07, -2.0), (-1.5000001, -2.0, -2.0000002)),
    ((2e-07, 3.0, -0.5, 2e-07), (1.66666626667e-07, 6e-07, 0.5000006)),
    ((2.0, 2e-07, 5e-07, 0.25), (2.125, 4e-07, -1e-07)),
    ((0.4, -0.4, 0.4, -0.4), (0.96, -0.16, -0.56)),
    ((-1.0, -1.0, 1.0, 1.0), (-1.0, 1.0, 0.0)),
    ((-1.0, -1.0, -1.0, -1.0), (-3.0, 1.0, 2.0)),
    ((1.2, 1.20001, 1.20002, 1.20003), (0.960004000167, 1.440012, 0.239992)),
    ((4.0, 2.5, 1.0, 0.5), (2.2, 10.0, 9.0)),
    ((0.0, 1.0, -2.0, 0.5), (-1.0, 0.0, 2.0)),
]
LARGE_STEP_ROWS = [
    ((250.0, 2.0, -1.0, 0.5), (124.75, 500.0, 501.0)),
    ((1.5, -250.0, 2.0, 0.1), (1.3492, -375.0, -377.0)),
    ((2.0, 0.5, -250.0, -0.5), (253.0, 1.0, 251.0)),
    ((1.0, 2.0, 3.0, 150.0), (76.0, 2.0, -1.0)),
]
DESCENT_ROWS = [
    ((0.0, 1.0, -2.0, 0.5), (-2.0, 4.0)),
    ((1, -2, 0, 1), (-7.0, 8.0)),
    ((-2, 4, 1, 0), (-2.0, -72.0)),
    ((-0.5, 4.0, 2e-07, -2.0), (-32.5000032, -16.0000016)),
    ((2e-07, 3.0, -0.5, 2e-07), (-4.0000072e-07, 3.0000036)),
    ((2.0, 2e-07, 5e-07, 0.25), (2.0, -4e-14)),
    ((0.4, -0.4, 0.4, -0.4), (0.5792, 0.448)),
    ((-1.0, -1.0, 1.0, 1.0), (-1.0, -0.0)),
    ((-1.0, -1.0, -1.0, -1.0), (-5.0, -4.0)),
    ((1.2, 1.20001, 1.20002, 1.20003), (0.508800000624, 0.57598559984)),
    ((4.0, 2.5, 1.0, 0.5), (-18.5, 45.0)),
    ((3.0, 0.0, 2.0, 0.5), (3.0, -0.0)),
    ((2.0, 8.0, 15.9995, 0.5), (1.996, 0.00800000000001)),
    ((0.0, 1.0, -2.0, 0.5), (-2.0, 4.0)),
]
LARGE_DESCENT_ROWS = [
    ((250.0, 2.0, -1.0, 0.5), (-752.0, 2004.0)),
    ((1.5, -250.0, 2.0, 0.1), (-18848.5, 188500.0)),
    ((2.0, 0.5, -250.0, -0.5), (127.5, 251.0)),
    ((1.0, 2.0, 3.0, 150.0), (601.0, -4.0)),
]
SLIDE12_ROWS = [
    ((0.0, 1.0, -2.0), (-2.0, -2.0, 1.0, -2.0)),
    ((1, -2, 0), (0.0, 0.0, -1.0, 0.0)),
    ((-2, 0, 1), (1.0, 1.0, -2.0, 1.0)),
    ((2e-07, 0.4, -0.4), (-0.4, -0.4, 0.4000002, -0.4)),
    ((3.0, 2e-07, 0.4), (0.4, 0.4, 3.0000002, 0.4)),
    ((-0.4, -1.0, 2e-07), (2e-07, 2e-07, -1.4, 2e-07)),
    ((0.4, -0.4, 0.4), (0.4, 0.4, 0.0, 0.4)),
    ((-1.0, -1.0, 1.0), (1.0, 1.0, -2.0, 1.0)),
    ((-1.0, -1.0, -1.0), (-1.0, -1.0, -2.0, -1.0)),
    ((1.2, 1.20001, 1.20002), (1.20002, 1.20002, 2.40001, 1.20002)),
    ((4.0, 2.5, 1.5), (1.5, 1.5, 6.5, 1.5)),
    ((0.0, 1.0, -2.0), (-2.0, -2.0, 1.0, -2.0)),
]
LARGE_SLIDE12_ROWS = [
    ((250.0, 2.0, -1.5), (-1.5, -1.5, 252.0, -1.5)),
    ((0.5, -250.0, 3.0), (3.0, 3.0, -249.5, 3.0)),
    ((2.0, -3.0, 150.0), (150.0, 150.0, -1.0, 150.0)),
]
HOMEWORK_ROWS = [
    ((0.0, 1.0, -2.0), (1.0, 0.0, 1.0, 1.0)),
    ((1, -2, 0), (-2.0, 1.0, 1.0, 1.0)),
    ((-2, 0, 1), (0.0, -2.0, 1.0, 1.0)),
    ((2e-07, 0.4, -0.4), (0.4, 2e-07, 1.0, 1.0)),
    ((3.0, 2e-07, 0.4), (2e-07, 3.0, 1.0, 1.0)),
    ((-0.4, -1.0, 2e-07), (-1.0, -0.4, 1.0, 1.0)),
    ((0.4, -0.4, 0.4), (-0.4, 0.4, 1.0, 1.0)),
    ((-1.0, -1.0, 1.0), (-1.0, -1.0, 1.0, 1.0)),
    ((-1.0, -1.0, -1.0), (-1.0, -1.0, 1.0, 1.0)),
    ((1.2, 1.20001, 1.20002), (1.20001, 1.2, 1.0, 1.0)),
    ((4.0, 2.5, 1.5), (2.5, 4.0, 1.0, 1.0)),
    ((0.0, 1.0, -2.0), (1.0, 0.0, 1.0, 1.0)),
]
LARGE_HOMEWORK_ROWS = [
    ((250.0, 2.0, -1.5), (2.0, 250.0, 1.0, 1.0)),
    ((0.5, -250.0, 3.0), (-250.0, 0.5, 1.0, 1.0)),
    ((2.0, -3.0, 150.0), (-3.0, 2.0, 1.0, 1.0)),
]
ROUTED_ROWS = [
    ((0.0, 1.0, -2.0), (0.0, -2.0)),
    ((1, -2, 0), (0.0, 0.0)),
    ((-2, 0, 1), (0.0, 1.0)),
    ((2e-07, -1.0, 0.4), (0.4, 0.0)),
    ((0.4, 2e-07, -0.4), (-0.4, 0.0)),
    ((-0.4, 3.0, 2e-07), (0.0, 2e-07)),
    ((0.4, -0.4, 0.4), (0.4, 0.0)),
    ((-0.4, 0.4, 0.4), (0.0, 0.4)),
    ((-1.0, -3.0, -1.0), (-1.0, 0.0)),
    ((1.2, 1.20001, 1.20002), (0.0, 1.20002)),
    ((1.50001, 1.5, 1.0), (1.0, 0.0)),
    ((4.0, 2.5, 1.5), (1.5, 0.0)),
    ((1.7, 1.2, 1.7), (1.7, 0.0)),
    ((0.0, 1.0, -2.0), (0.0, -2.0)),
]
LARGE_ROUTED_ROWS = [
    ((250.0, 2.0, -1.5), (-1.5, 0.0)),
    ((0.5, -250.0, 3.0), (3.0, 0.0)),
    ((2.0, -3.0, 150.0), (150.0, 0.0)),
    ((-150, 160, -150), (0.0, -150.0)),
]
TIED_ROWS = [
    ((0.0, -0.0, 3.0), (3.0, 1.0)),
    ((-2, -2.0, -1.5), (-1.5, 1.0)),
    ((1, 1, 0), (0.0, 1.0)),
    ((0.4, 0.4, 2e-07), (2e-07, 1.0)),
    ((-0.4, -0.4, -1.0), (-1.0, 1.0)),
    ((2e-07, 2e-07, 1), (1.0, 1.0)),
    ((1.2, 1.2, 1.20001), (1.20001, 1.0)),
    ((3.0, 3.0, -3.0), (-3.0, 1.0)),
    ((-3.0, -3.0, -3.0), (-3.0, 1.0)),
]
CIRCUIT_ROWS = [
    ((0.0, 1.0, -2.0, -1.0), (-2.0, 2.0, 2.0, 2.0, 2.0, 0.0, 0.0, 2.0)),
    ((1, -2, 0, 3), (2.0, 2.0, 2.0, 2.0, -4.0, 2.0, 0.0, 2.0)),
    ((-2, 0, 1, 0), (2.0, 2.0, 2.0, 2.0, 0.0, -4.0, 2.0, 0.0)),
    ((-0.4, 4.0, 2e-07, -2.0), (-3.1999996, 2.0, 2.0, 2.0, 8.0, -0.8, 2.0, 0.0)),
    ((2e-07, 0.4, -0.4, 1.0), (2.00000016, 2.0, 2.0, 2.0, 0.8, 4e-07, 0.0, 2.0)),
    ((2.0, 2e-07, -3.0, 2e-07), (1.2e-06, 2.0, 2.0, 2.0, 4e-07, 4.0, 0.0, 2.0)),
    ((0.4, -0.4, 0.4, -0.4), (0.48, 2.0, 2.0, 2.0, -0.8, 0.8, 2.0, 0.0)),
    ((-1.0, -1.0, 1.0, -0.4), (4.0, 2.0, 2.0, 2.0, -2.0, -2.0, 2.0, 0.0)),
    ((-1.0, -1.0, -1.0, 1.0), (4.0, 2.0, 2.0, 2.0, -2.0, -2.0, 0.0, 2.0)),
    ((0.4, -1.0, 1.0, 0.4), (1.2, 2.0, 2.0, 2.0, -2.0, 0.8, 2.0, 0.0)),
    ((0.4, 3.0, -0.4, -3.0), (1.6, 2.0, 2.0, 2.0, 6.0, 0.8, 2.0, 0.0)),
    ((1.2, 1.20001, 1.20002, 1.20003), (5.280084, 2.0, 2.0, 2.0, 2.40002, 2.4, 0.0, 2.0)),
    ((0.0, 1.0, -2.0, -1.0), (-2.0, 2.0, 2.0, 2.0, 2.0, 0.0, 0.0, 2.0)),
]
LARGE_CIRCUIT_ROWS = [
    ((250.0, 2.0, -1.5, 1.0), (1002.0, 2.0, 2.0, 2.0, 4.0, 500.0, 0.0, 2.0)),
    ((0.5, -250.0, 3.0, -2.0), (-244.0, 2.0, 2.0, 2.0, -500.0, 1.0, 2.0, 0.0)),
    ((2.0, -3.0, 150.0, 1.0), (288.0, 2.0, 2.0, 2.0, -6.0, 4.0, 2.0, 0.0)),
    ((-1.0, 2.0, 0.5, -150.0), (-3.0, 2.0, 2.0, 2.0, 4.0, -2.0, 2.0, 0.0)),
    ((1.0, 2.0, -160.0, -150.0), (-296.0, 2.0, 2.0, 2.0, 4.0, 2.0, 0.0, 2.0)),
]
FORK_ROWS = [
    ((0.0,), (0.5, 1.25)),
    ((1,), (1.73105857863, 1.19661193324)),
    ((-1.0,), (-0.73105857863, 1.19661193324)),
    ((-0.4,), (0.00131233988755, 1.24026074574)),
    ((2e-07,), (0.50000025, 1.25)),
    ((0.4,), (0.998687660112, 1.24026074574)),
    ((-3,), (-2.95257412682, 1.04517665973)),
    ((4.0,), (4.98201379004, 1.01766270621)),
    ((150.0,), (151.0, 1.0)),
    ((-150.0,), (-150.0, 1.0)),
    ((0.0,), (0.5, 1.25)),
]
STEEPER_FORK_ROWS = [
    ((0.0, 2.0), (0.5, 2.25)),
    ((1, -2), (-1.26894142137, -1.80338806676)),
    ((-1, 0), (0.26894142137, 0.196611933241)),
    ((-0.4, 1.0), (0.00131233988755, 1.24026074574)),
    ((0.4, -0.4), (0.438687660112, -0.159739254258)),
    ((2e-07, 3.0), (0.50000065, 3.25)),
    ((3.0, 2e-07), (0.952574726822, 0.0451768597309)),
    ((-2.0, -1.0), (2.11920292202, -0.895006414596)),
    ((1.2, 1.2), (2.2085247835, 1.37789444065)),
    ((1.2, 1.20001), (2.2085367835, 1.37790444065)),
    ((4.0, 1.5), (6.98201379004, 1.51766270621)),
    ((150.0, -2.0), (-299.0, -2.0)),
    ((-150.0, 0), (7.17509597316e-66, 7.17509597316e-66)),
    ((0.4, 250.0), (100.59868766, 250.240260746)),
    ((0.0, 2.0), (0.5, 2.25)),
]
ANY_NUMBERS = "Any numbers will do: zeros, negative, equal and tiny ones."
LARGE_NUMBERS = "Large numbers will do as well."

ASSIGNMENT = Assignment(
    name="02_gates",
    title="Gates, circuits, one weight",
    exercises=(
        Exercise(
            name="simple_backprop_step",
            title="One weight, one step: divide the error by the slope",
            slides=(3, 9),
            parts=(
                Part("w", 0.5, "the weight after the step"),
                Part("yhat", 0.25, "the prediction before it"),
                Part("err", 0.25, "the error before it"),
            ),
            hints=(
                "If the weight falls by 1, by how much does the prediction fall?",
                "Look at the line that makes the new weight: is there one factor for the part that is taken, and does "
                "the slope multiply or divide?",
                "The error is the prediction less the answer that was wanted. The weight falls by the error over the "
                "slope of the prediction, or by a part of that.",
            ),
            checks=(
                Check(
                    text="Slide 9: the weight 2 becomes 1.667, where the error is 0 and the weight stays.",
                    probe=STEP,
                    cases=(
                        Case(
                            {"w": 2.0, "x": 3.0, "y": 5.0, "alpha": 1.0},
                            {"w": 1.6666666666666667, "yhat": 6.0, "err": 1.0},
                        ),
                        Case(
                            {"w": 5 / 3, "x": 3.0, "y": 5.0, "alpha": 1.0},
                            {"w": 1.6666666666666667, "yhat": 5.0, "err": 0.0},
                        ),
                    ),
                    judges={"w": "w", "yhat": "yhat", "err": "err"},
                    rule=Values(),
                ),
                Check(
                    text="Half of that step leads half of the way.",
                    probe=STEP,
                    cases=(
                        Case(
                            {"w": 2.0, "x": 3.0, "y": 5.0, "alpha": 0.5},
                            {"w": 1.8333333333333333, "yhat": 6.0, "err": 1.0},
                        ),
                    ),
                    judges={"w": "w", "yhat": "yhat", "err": "err"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_NUMBERS,
                    probe=STEPS,
                    cases=(point_case(STEPS, STEP_ROWS),),
                    judges={"w": "w", "yhat": "yhat", "err": "err"},
                    rule=Values(),
                ),
                Check(
                    text=LARGE_NUMBERS,
                    probe=STEPS,
                    cases=(point_case(STEPS, LARGE_STEP_ROWS),),
                    judges={"w": "w", "yhat": "yhat", "err": "err"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="gd_step",
            title="One weight, one step of gradient descent",
            slides=(3, 9),
            parts=(
                Part("w", 1.0, "the weight after the step"),
                Part("dw", 1.0, "the slope of the loss"),
            ),
            hints=(
                "From the weight to the loss there are two links. What is the slope of each?",
                "Look at dw before you look at the step: does it have one factor for the square and one for the "
                "prediction?",
                "The slope of a square is twice what is squared. Multiply it by the slope of the prediction, and let "
                "the weight fall by the rate times the product.",
            ),
            checks=(
                Check(
                    text="At slide 9's weight the slope is 6: the rate 0.05 leads to 1.7, and the rate 1 to -4.",
                    probe=DESCENT,
                    cases=(
                        Case({"w": 2.0, "x": 3.0, "y": 5.0, "alpha": 0.05}, {"w": 1.7, "dw": 6.0}),
                        Case({"w": 2.0, "x": 3.0, "y": 5.0, "alpha": 1.0}, {"w": -4.0, "dw": 6.0}),
                    ),
                    judges={"w": "w", "dw": "dw"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_NUMBERS,
                    probe=DESCENTS,
                    cases=(point_case(DESCENTS, DESCENT_ROWS),),
                    judges={"w": "w", "dw": "dw"},
                    rule=Values(),
                ),
                Check(
                    text=LARGE_NUMBERS,
                    probe=DESCENTS,
                    cases=(point_case(DESCENTS, LARGE_DESCENT_ROWS),),
                    judges={"w": "w", "dw": "dw"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="chain_rule",
            title="Gradients of a circuit of two gates",
            slides=(12,),
            parts=(
                Part("df_dq", 0.5, "slide 12: the wire between the gates"),
                Part("df_dz", 0.5, "slide 12: the factor"),
                Part("inputs", 0.5, "slide 12: the two summands"),
                Part("homework", 0.5, "the homework: product first, then sum"),
            ),
            hints=(
                "Which gate comes last, and what does it hand to each of its two inputs?",
                "Look at the gradients of x and y: does each of them contain the gradient of q?",
                "Look at the multiplication: does each factor get the value of the other one?",
                "Find the gradient of q first. It is the upstream gradient of the other gate, and that gate multiplies "
                "it by its own local slopes.",
            ),
            hint_parts={1: ("inputs",), 2: ("df_dq", "df_dz", "homework")},
            checks=(
                Check(
                    text="Slide 12's (x + y) z: -4 for x, y and q, and 3 for z.",
                    probe=SLIDE12,
                    cases=(
                        Case(
                            {"x": -2.0, "y": 5.0, "z": -4.0},
                            {"df_dx": -4.0, "df_dy": -4.0, "df_dz": 3.0, "df_dq": -4.0},
                        ),
                    ),
                    judges=SLIDE12_PARTS,
                    rule=Values(),
                ),
                Check(
                    text="The homework's xy + z: 5 for x, -2 for y, and 1 for z and q.",
                    probe=HOMEWORK,
                    cases=(
                        Case(
                            {"x": -2.0, "y": 5.0, "z": -4.0},
                            {"df_dx": 5.0, "df_dy": -2.0, "df_dz": 1.0, "df_dq": 1.0},
                        ),
                    ),
                    judges=dict.fromkeys(GRADIENTS, "homework"),
                    rule=Values(),
                ),
                Check(
                    text=f"Slide 12. {ANY_NUMBERS}",
                    probe=SLIDE12_AT_POINTS,
                    cases=(point_case(SLIDE12_AT_POINTS, SLIDE12_ROWS),),
                    judges=SLIDE12_PARTS,
                    rule=Values(),
                ),
                Check(
                    text=f"Slide 12. {LARGE_NUMBERS}",
                    probe=SLIDE12_AT_POINTS,
                    cases=(point_case(SLIDE12_AT_POINTS, LARGE_SLIDE12_ROWS),),
                    judges=SLIDE12_PARTS,
                    rule=Values(),
                ),
                Check(
                    text=f"The homework. {ANY_NUMBERS}",
                    probe=HOMEWORK_AT_POINTS,
                    cases=(point_case(HOMEWORK_AT_POINTS, HOMEWORK_ROWS),),
                    judges=dict.fromkeys(GRADIENTS, "homework"),
                    rule=Values(),
                ),
                Check(
                    text=f"The homework. {LARGE_NUMBERS}",
                    probe=HOMEWORK_AT_POINTS,
                    cases=(point_case(HOMEWORK_AT_POINTS, LARGE_HOMEWORK_ROWS),),
                    judges=dict.fromkeys(GRADIENTS, "homework"),
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="max_backward",
            title="Max, backward pass",
            slides=(11, 13),
            parts=(
                Part("routed", 0.75, "two different inputs"),
                Part("tie", 0.25, "two equal inputs"),
            ),
            hints=(
                "Which of the two inputs could move a little without a change of the output?",
                "Look at what you return: gradients that contain dout, or the inputs themselves?",
                "Look at what happens if both are equal: what do your two gradients add up to?",
                "All of what arrives goes to the larger input, and nothing to the other.",
            ),
            hint_parts={1: ("routed",), 2: ("tie",)},
            checks=(
                Check(
                    text="The larger input gets all of what arrives, on either side.",
                    probe=ROUTED,
                    cases=(
                        Case({"x": 2.0, "y": -1.0, "dout": 2.0}, {"dx": 2.0, "dy": 0.0}),
                        Case({"x": -3.0, "y": -1.0, "dout": 2.0}, {"dx": 0.0, "dy": 2.0}),
                    ),
                    judges={"dx": "routed", "dy": "routed"},
                    rule=Values(),
                ),
                Check(
                    text="At a tie the two shares add up to what arrives.",
                    probe=TIED,
                    cases=(
                        Case({"x": 1.5, "dout": 2.0}, {"dx_plus_dy": 2.0, "dx_is_a_share": 1.0}),
                    ),
                    judges={"dx_plus_dy": "tie", "dx_is_a_share": "tie"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_NUMBERS,
                    probe=ROUTED_AT_POINTS,
                    cases=(point_case(ROUTED_AT_POINTS, ROUTED_ROWS),),
                    judges={"dx": "routed", "dy": "routed"},
                    rule=Values(),
                ),
                Check(
                    text=LARGE_NUMBERS,
                    probe=ROUTED_AT_POINTS,
                    cases=(point_case(ROUTED_AT_POINTS, LARGE_ROUTED_ROWS),),
                    judges={"dx": "routed", "dy": "routed"},
                    rule=Values(),
                ),
                Check(
                    text=f"At a tie. {ANY_NUMBERS}",
                    probe=TIED_AT_POINTS,
                    cases=(point_case(TIED_AT_POINTS, TIED_ROWS),),
                    judges=dict.fromkeys(TIED.names, "tie"),
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="gate_circuit",
            title="Value and gradients of a circuit of all gates",
            slides=(13,),
            builds_on=("max_backward",),
            parts=(
                Part("f", 0.5, "the value"),
                Part("sum", 0.5, "gradients of the addition's output and inputs"),
                Part("product", 1.0, "gradients of the multiplication's inputs"),
                Part("max", 1.0, "gradients of the max gate's inputs"),
            ),
            hints=(
                "Which gate is the last, and what is the gradient of its input?",
                "Look at the first wire that is wrong, counted from the output: those that lead to it inherit its "
                "error.",
                "Go back one gate at a time: s first, then p and m, then the four inputs. Each gradient is "
                "the upstream gradient times the gate's local slope.",
            ),
            checks=(
                Check(
                    text="Slide 13: f = -20, and the gradients -8, 6, 2 and 0 for x, y, z and w.",
                    probe=CIRCUIT,
                    cases=(
                        Case(
                            {"x": 3.0, "y": -4.0, "z": 2.0, "w": -1.0},
                            dict(
                                zip(
                                    CIRCUIT.names,
                                    (-20.0, 2.0, 2.0, 2.0, -8.0, 6.0, 2.0, 0.0),
                                    strict=True,
                                )
                            ),
                        ),
                    ),
                    judges=CIRCUIT_PARTS,
                    rule=Values(),
                    on_purpose="The slide's own numbers; its max gate passes nothing to w.",
                ),
                Check(
                    text=ANY_NUMBERS,
                    probe=CIRCUIT_AT_POINTS,
                    cases=(point_case(CIRCUIT_AT_POINTS, CIRCUIT_ROWS),),
                    judges=CIRCUIT_PARTS,
                    rule=Values(),
                ),
                Check(
                    text=LARGE_NUMBERS,
                    probe=CIRCUIT_AT_POINTS,
                    cases=(point_case(CIRCUIT_AT_POINTS, LARGE_CIRCUIT_ROWS),),
                    judges=CIRCUIT_PARTS,
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="fork_grad",
            title="Value and slope of a fork",
            slides=(17, 18),
            parts=(Part("f", 0.5, "the value"), Part("dx", 1.5, "the gradient")),
            hints=(
                "By how many ways does a change of x reach f, and how much of it arrives by each?",
                "Look at the slope of the sigmoid: is it made of the sigmoid's value, or of x?",
                "Look at what is in your gradient at the end: are both slopes still there?",
                "Each way has a slope, and where the wire forks they are added.",
            ),
            checks=(
                Check(
                    text="Slide 18's x + sigmoid(x) at 2: 2.881, with the gradient 1.105.",
                    probe=FORK,
                    cases=(Case({"x": 2.0}, {"f": 2.880797077977882, "dx": 1.1049935854035067}),),
                    judges=FORK_PARTS,
                    rule=Values(),
                ),
                Check(
                    text="A straight branch of slope 3.",
                    probe=STEEPER_FORK,
                    cases=(
                        Case(
                            {"x": -1.0, "c": 3.0},
                            {"f": -2.731058578630005, "dx": 3.1966119332414817},
                        ),
                    ),
                    judges=FORK_PARTS,
                    rule=Values(),
                ),
                Check(
                    text=f"With c left out. {ANY_NUMBERS}",
                    probe=FORKS,
                    cases=(point_case(FORKS, FORK_ROWS),),
                    judges=FORK_PARTS,
                    rule=Values(),
                ),
                Check(
                    text=f"With any c. {ANY_NUMBERS}",
                    probe=STEEPER_FORKS,
                    cases=(point_case(STEEPER_FORKS, STEEPER_FORK_ROWS),),
                    judges=FORK_PARTS,
                    rule=Values(),
                ),
            ),
        ),
    ),
)
