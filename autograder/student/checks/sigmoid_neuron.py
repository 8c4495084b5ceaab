"""Notebook 3, the sigmoid neuron: points, hints and visible checks.  Slides 3, 4, 11, 14, 15; homework 5."""

import numpy as np

from autograder.student.judging.rules import Values
from autograder.student.judging.slopes_rule import Slopes
from autograder.student.model.circuits import Wire
from autograder.student.model.exercises import Assignment, Case, Check, Exercise, Part, Probe, WrittenQuestion

# Slide 15's neuron, and another one whose numbers are all different.
SLIDE_W, SLIDE_X = np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0])
OTHER_W, OTHER_X = np.array([0.5, -1.25, 0.75]), np.array([1.5, 0.8])

F = Probe("sigmoid(x)", ("f",))
SLOPE = Probe("sigmoid_grad(f)", ("slope",))
FORWARD = Probe("neuron_forward(w, x)", ("f", "cache"))
OUTPUT = Probe("f", ("f",), setup="f, cache = neuron_forward(w, x)")
BACKWARD = Probe("neuron_backward(dout, cache)", ("dw", "dx"), setup="f, cache = neuron_forward(w, x)")
STAGED = Probe(
    "sigmoid_staged(w, x)",
    ("dot", "neg", "a", "b", "c", "dc", "db", "da", "dneg", "ddot"),
    keyed=True,
    wires=(
        Wire("dot", value="dot", gradient="ddot"),
        Wire("neg", "*-1", ("dot",), "neg", "dneg"),
        Wire("a", "exp", ("neg",), "a", "da"),
        Wire("b", "+1", ("a",), "b", "db"),
        Wire("c", "1/x", ("b",), "c", "dc"),
    ),
)
RELU = Probe("relu(x, w)", ("dx", "dw"))
TANH_STEP = Probe("tanh_neuron_step(w, x, b, y, lr)", ("w", "b"))

STAGED_PARTS = dict.fromkeys(("dot", "neg", "a", "b", "c"), "values") | {
    "dc": "db",
    "db": "db",
    "da": "da",
    "dneg": "dneg",
    "ddot": "ddot",
}

ASSIGNMENT = Assignment(
    name="03_sigmoid_neuron",
    title="The sigmoid neuron",
    exercises=(
        Exercise(
            name="sigmoid",
            title="Sigmoid",
            slides=(3, 14),
            parts=(
                Part("values", 1.0, "the right values"),
                Part("stable", 1.0, "no overflow for large |x|"),
            ),
            hints=(
                "What is the largest number that your exponential has to hold when x = -800?",
                "Of the two equal forms, use the one whose exponent is never positive.",
                "Look at the line with np.exp: which sign does its argument have for negative x, and which for "
                "positive?",
            ),
            checks=(
                Check(
                    text="sigmoid(0) is one half, and arrays are treated element by element.",
                    probe=F,
                    cases=(
                        Case({"x": 0.0}, {"f": 0.5}),
                        Case(
                            {"x": np.array([[1.0, -1.0, 0.5], [-2.0, 0.0, 3.0]])},
                            {
                                "f": np.array(
                                    [
                                        [0.7310585786300049, 0.2689414213699951, 0.6224593312018546],
                                        [0.11920292202211755, 0.5, 0.9525741268224334],
                                    ]
                                )
                            },
                        ),
                    ),
                    judges={"f": "values"},
                    rule=Values(),
                    on_purpose="One half is the value to know by heart; the arrays tell mistakes.",
                ),
            ),
        ),
        Exercise(
            name="sigmoid_grad",
            title="Derivative of the sigmoid",
            slides=(15,),
            parts=(Part("slope", 1.0, "the slope from the output"),),
            hints=(
                "Is f the input of the sigmoid or its output?",
                "The slope is a product of two numbers, both of which you can make from f alone.",
                "Look at every call of sigmoid or np.exp in your answer: you should not need any.",
            ),
            checks=(
                Check(
                    text="The slope is largest, 0.25, where the output is one half.",
                    probe=SLOPE,
                    cases=(Case({"f": 0.5}, {"slope": 0.25}),),
                    judges={"slope": "slope"},
                    rule=Values(),
                ),
                Check(
                    text="The slope follows from the output alone, element by element.",
                    probe=SLOPE,
                    cases=(Case({"f": np.array([0.2, 0.5, 0.9])}, {"slope": np.array([0.16, 0.25, 0.09])}),),
                    judges={"slope": "slope"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="neuron_forward",
            title="Neuron, forward pass",
            slides=(3, 15),
            builds_on=("sigmoid",),
            parts=(Part("f", 1.0, "the neuron's output"),),
            hints=(
                "How many of the three weights does your sum use?",
                "Two products and the bias make the sum; the activation comes after it.",
                "Look at the line that computes the dot product, and at what is returned first.",
            ),
            checks=(
                Check(
                    text="Slide 15's neuron gives 0.7311.",
                    probe=FORWARD,
                    cases=(Case({"w": SLIDE_W, "x": SLIDE_X}, {"f": 0.7310585786300049}),),
                    judges={"f": "f"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="neuron_backward",
            title="Neuron, backward pass",
            slides=(15,),
            builds_on=("sigmoid", "sigmoid_grad", "neuron_forward"),
            parts=(
                Part("dw", 1.5, "gradient with respect to the weights"),
                Part("dx", 1.5, "gradient with respect to the inputs"),
            ),
            hints=(
                "Which number multiplies every gradient in this neuron?",
                "Find the gradient of the dot product first: upstream gradient times the sigmoid's slope. "
                "Each weight's gradient is that number times whatever the weight is multiplied by.",
                "Look at the third weight: by what is a bias multiplied in the forward pass?",
            ),
            checks=(
                Check(
                    text="Slide 15's gradients, with an upstream gradient of 1.",
                    probe=BACKWARD,
                    cases=(
                        Case(
                            {"w": SLIDE_W, "x": SLIDE_X, "dout": 1.0},
                            {
                                "dw": np.array([-0.19661193324148185, -0.3932238664829637, 0.19661193324148185]),
                                "dx": np.array([0.3932238664829637, -0.5898357997244456]),
                            },
                        ),
                    ),
                    judges={"dw": "dw", "dx": "dx"},
                    rule=Values(),
                    on_purpose="The slide's own numbers; the next check has another upstream gradient.",
                ),
                Check(
                    text="The gradients are the slopes of your own forward pass, with another upstream gradient.",
                    probe=BACKWARD,
                    cases=(Case({"w": OTHER_W, "x": OTHER_X, "dout": -1.7}),),
                    judges={"dw": "dw", "dx": "dx"},
                    rule=Slopes(forward=OUTPUT, upstream="dout", wrt={"dw": "w", "dx": "x"}),
                ),
            ),
        ),
        Exercise(
            name="sigmoid_staged",
            title="The neuron, gate by gate",
            slides=(14,),
            parts=(
                Part("values", 1.0, "the values on the wires"),
                Part("db", 0.5, "gradient before the 1/x gate"),
                Part("da", 0.5, "gradient before the +1 gate"),
                Part("dneg", 0.5, "gradient before the exp gate"),
                Part("ddot", 0.5, "gradient before the -1 gate"),
            ),
            hints=(
                "Going back, which gate comes first, and what is the gradient on its output wire?",
                "At every gate: gradient of the input = upstream gradient times local derivative.",
                "Look at the first gradient that the check marks, not at the later ones: they inherit its error.",
            ),
            checks=(
                Check(
                    text="Slide 14's circuit: ten numbers on five wires.",
                    probe=STAGED,
                    cases=(
                        Case(
                            {"w": SLIDE_W, "x": SLIDE_X},
                            {
                                "dot": 1.0,
                                "neg": -1.0,
                                "a": 0.36787944117144233,
                                "b": 1.3678794411714423,
                                "c": 0.7310585786300049,
                                "dc": 1.0,
                                "db": -0.534446645388523,
                                "da": -0.534446645388523,
                                "dneg": -0.19661193324148188,
                                "ddot": 0.19661193324148188,
                            },
                        ),
                    ),
                    judges=STAGED_PARTS,
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="relu",
            title="ReLU neuron",
            slides=(3, 11),
            parts=(
                Part("dx", 0.5, "gradient with respect to the inputs"),
                Part("dw", 0.5, "gradient with respect to the weights"),
            ),
            hints=(
                "For which sign of which number does the rectifier let a gradient through?",
                "Compute z first; it alone decides whether the gradients are zero.",
                "Look at the condition in your code: is it about z?",
            ),
            checks=(
                Check(
                    text="Where z is negative nothing passes: all gradients are zero.",
                    probe=RELU,
                    cases=(
                        Case(
                            {"x": np.array([-1.0, 2.0]), "w": SLIDE_W},
                            {"dx": np.zeros(2), "dw": np.zeros(3)},
                        ),
                    ),
                    judges={"dx": "dx", "dw": "dw"},
                    rule=Values(),
                    on_purpose="Zero is what is shown; the next check passes gradients.",
                ),
                Check(
                    text="Where z is positive the gradient passes unchanged.",
                    probe=RELU,
                    cases=(
                        Case(
                            {"x": SLIDE_X, "w": SLIDE_W},
                            {"dx": np.array([2.0, -3.0]), "dw": np.array([-1.0, -2.0, 1.0])},
                        ),
                    ),
                    judges={"dx": "dx", "dw": "dw"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="tanh_neuron_step",
            title="One step of a tanh neuron",
            slides=(3,),
            parts=(
                Part("w", 0.5, "the weights after the step"),
                Part("b", 0.5, "the bias after the step"),
            ),
            hints=(
                "Which three factors does the chain rule multiply for each weight?",
                "Slope of the square, slope of tanh from its output, and what the weight is multiplied by.",
                "Look at the sign of the step: a positive gradient means that the parameter must shrink.",
            ),
            checks=(
                Check(
                    text="The step of the homework leads to w = (4.9800, 2.0801) and b = -1.9800.",
                    probe=TANH_STEP,
                    cases=(
                        Case(
                            {"w": np.array([5.0, 2.0]), "x": np.array([-1.0, 4.0]), "b": -2.0, "y": 1.0, "lr": 0.1},
                            {"w": np.array([4.979975132522117, 2.080099469911531]), "b": -1.9799751325221173},
                        ),
                    ),
                    judges={"w": "w", "b": "b"},
                    rule=Values(),
                ),
            ),
        ),
    ),
    written=(WrittenQuestion("push_towards_the_target", 0.0, (4,)),),
)
