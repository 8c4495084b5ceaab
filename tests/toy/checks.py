"""The toy course's only assignment: points, hints and visible checks."""

import numpy as np

from autograder.student.judging.rules import Values
from autograder.student.judging.slopes_rule import Slopes
from autograder.student.model.exercises import (
    Assignment,
    Case,
    Check,
    Exercise,
    Part,
    Probe,
    WrittenQuestion,
)

F = Probe("double(x)", ("f",))
CHAIN = Probe("chain(x, dout)", ("f", "dx"))

ASSIGNMENT = Assignment(
    name="90_toy",
    title="The toy course",
    exercises=(
        Exercise(
            name="double",
            title="Twice the sine",
            slides=(1,),
            parts=(Part("values", 1.0, "the right values"),),
            hints=("What is the sine of zero?",),
            checks=(
                Check(
                    text="double(0) is 0 and double(pi/2) is 2.",
                    probe=F,
                    cases=(Case({"x": np.array([0.0, np.pi / 2])}, {"f": np.array([0.0, 2.0])}),),
                    judges={"f": "values"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="chain",
            title="The chain rule",
            slides=(2,),
            builds_on=("double",),
            parts=(Part("f", 1.0, "the value"), Part("dx", 1.5, "the gradient")),
            hints=("How many factors does the gradient have?",),
            checks=(
                Check(
                    text="chain(pi/4, 1) is 2, with the gradient 4.",
                    probe=CHAIN,
                    cases=(Case({"x": np.pi / 4, "dout": 1.0}, {"f": 2.0, "dx": 4.0}),),
                    judges={"f": "f", "dx": "dx"},
                    rule=Values(),
                    on_purpose="The numbers of the board; the next check has another upstream gradient.",
                ),
                Check(
                    text="The gradient is the slope of your own value.",
                    probe=Probe("chain(x, dout)[1]", ("dx",)),
                    cases=(Case({"x": 0.7, "dout": -1.3}),),
                    judges={"dx": "dx"},
                    rule=Slopes(
                        forward=Probe("chain(x, 1.0)[0]", ("f",)), upstream="dout", wrt={"dx": "x"}
                    ),
                ),
            ),
        ),
    ),
    written=(WrittenQuestion("why", 2.0, slides=(2,)),),
)
