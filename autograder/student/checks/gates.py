"""Notebook 2, gates, circuits, one weight: points, hints and visible checks.  Slides 2, 3, 9, 12, 13, 17, 18."""

from autograder.student.judging.rules import Values
from autograder.student.model.circuits import Wire
from autograder.student.model.exercises import Assignment, Case, Check, Exercise, Part, Probe

STEP = Probe("simple_backprop_step(w, x, y, alpha)", ("w", "yhat", "err"))
DESCENT = Probe("gd_step(w, x, y, alpha)", ("w", "dw"))
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
ROUTED = Probe("max_backward(x, y, dout)", ("dx", "dy"))
# At a tie any two shares are right that add up; each of them is between nothing and all.
TIED = Probe(
    "(dx + dy, 0 <= dx / dout <= 1)", ("dx_plus_dy", "dx_is_a_share"), setup="dx, dy = max_backward(x, x, dout)"
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
FORKED, BENT = Wire("x", value="x", gradient="dx"), Wire("s", "sigmoid", ("x",))
FORK = Probe("fork_grad(x)", ("f", "dx"), wires=(FORKED, BENT, Wire("f", "+", ("x", "s"), value="f")))
STEEPER_FORK = Probe(
    "fork_grad(x, c)",
    ("f", "dx"),
    wires=(Wire("c", value="c"), FORKED, Wire("cx", "*", ("c", "x")), BENT, Wire("f", "+", ("cx", "s"), value="f")),
)

SLIDE12_PARTS = {"df_dx": "inputs", "df_dy": "inputs", "df_dz": "df_dz", "df_dq": "df_dq"}
CIRCUIT_PARTS = {"f": "f"} | dict(
    zip(CIRCUIT.names[1:], ("sum", "sum", "sum", "product", "product", "max", "max"), strict=True)
)
FORK_PARTS = {"f": "f", "dx": "dx"}

ASSIGNMENT = Assignment(
    name="02_gates",
    title="Gates, circuits, one weight",
    exercises=(
        Exercise(
            name="simple_backprop_step",
            title="One weight, one step",
            slides=(2, 9),
            parts=(
                Part("w", 1.0, "the weight after the step"),
                Part("yhat", 0.5, "the prediction before it"),
                Part("err", 0.5, "the error before it"),
            ),
            hints=(
                "If the weight falls by 1, by how much does the prediction fall?",
                "The error is the prediction less the answer that was wanted. The weight falls by the error over the "
                "slope of the prediction, or by a part of that.",
                "Look at the line that makes the new weight: is there one factor for the part that is taken, and does "
                "the slope multiply or divide?",
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
            ),
        ),
        Exercise(
            name="gd_step",
            title="One weight, downhill",
            slides=(3, 9),
            parts=(
                Part("w", 1.0, "the weight after the step"),
                Part("dw", 1.0, "the slope of the loss"),
            ),
            hints=(
                "From the weight to the loss there are two links. What is the slope of each?",
                "The slope of a square is twice what is squared. Multiply it by the slope of the prediction, and let "
                "the weight fall by the rate times the product.",
                "Look at dw before you look at the step: does it have one factor for the square and one for the "
                "prediction?",
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
            ),
        ),
        Exercise(
            name="chain_rule",
            title="A circuit of two gates",
            slides=(12,),
            parts=(
                Part("df_dq", 0.5, "slide 12: the wire between the gates"),
                Part("df_dz", 0.5, "slide 12: the factor"),
                Part("inputs", 0.5, "slide 12: the two summands"),
                Part("homework", 0.5, "the homework: product first, then sum"),
            ),
            hints=(
                "Which gate comes last, and what does it hand to each of its two inputs?",
                "Find the gradient of q first. It is what arrives behind the other gate, and that gate multiplies it "
                "by its own local slopes.",
                "Look at the gradients of x and y: does each of them contain the gradient of q?",
                "Look at the multiplication: does each factor get the value of the other one?",
            ),
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
                "Which of the two inputs could move a little without anybody noticing at the output?",
                "All of what arrives goes to the larger input, and nothing to the other.",
                "Look at what you return: gradients that contain dout, or the inputs themselves?",
                "Look at what happens if both are equal: what do your two gradients add up to?",
            ),
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
                    cases=(Case({"x": 1.5, "dout": 2.0}, {"dx_plus_dy": 2.0, "dx_is_a_share": 1.0}),),
                    judges={"dx_plus_dy": "tie", "dx_is_a_share": "tie"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="gate_circuit",
            title="A circuit of all gates",
            slides=(13,),
            builds_on=("max_backward",),
            parts=(
                Part("f", 0.5, "the value"),
                Part("sum", 0.5, "gradients behind and in front of the addition"),
                Part("product", 1.0, "gradients in front of the multiplication"),
                Part("max", 1.0, "gradients in front of the max gate"),
            ),
            hints=(
                "Which gate is the last, and what is the gradient in front of it?",
                "Go back one gate at a time: s first, then p and m, then the four inputs. Each gradient is the one "
                "behind the gate times the gate's local slope.",
                "Look at the first wire that is wrong, counted from the output: those in front of it inherit its "
                "error.",
            ),
            checks=(
                Check(
                    text="Slide 13: f = -20, and the gradients -8, 6, 2 and 0 for x, y, z and w.",
                    probe=CIRCUIT,
                    cases=(
                        Case(
                            {"x": 3.0, "y": -4.0, "z": 2.0, "w": -1.0},
                            dict(
                                zip(CIRCUIT.names, (-20.0, 2.0, 2.0, 2.0, -8.0, 6.0, 2.0, 0.0), strict=True),
                            ),
                        ),
                    ),
                    judges=CIRCUIT_PARTS,
                    rule=Values(),
                    on_purpose="The slide's own numbers; its max gate passes nothing to w.",
                ),
            ),
        ),
        Exercise(
            name="fork_grad",
            title="A fork",
            slides=(17, 18),
            parts=(
                Part("f", 0.5, "the value"),
                Part("dx", 1.5, "the gradient"),
            ),
            hints=(
                "By how many ways does a nudge of x reach f, and how much of it arrives by each?",
                "Each way has a slope, and where the wire forks they are added.",
                "Look at the slope of the sigmoid: is it made of the sigmoid's value, or of x?",
                "Look at what is in your gradient at the end: are both slopes still there?",
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
                    cases=(Case({"x": -1.0, "c": 3.0}, {"f": -2.731058578630005, "dx": 3.1966119332414817}),),
                    judges=FORK_PARTS,
                    rule=Values(),
                ),
            ),
        ),
    ),
)
