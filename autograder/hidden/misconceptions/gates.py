"""Notebook 2, gates, circuits, one weight: the named wrong answers."""

from autograder.hidden.catalogue import Misconception
from autograder.hidden.misconceptions.wording import (
    DIVIDED_BACK,
    GRADIENT_LIMITED,
    NEARLY_A_TIE,
    OTHER_ORDER,
    RATE_MISSING,
    ROUNDED,
    UPHILL,
    UPSTREAM_IGNORED,
    WHOLE_PARTS_COMPARED,
    ZERO_FOR_NOTHING,
)

FACTORS_KEPT = (
    "multiplication not swapped",
    "You hand each factor its own value. Move one factor a little: which number multiplies its change?",
)
INPUTS_EXCHANGED = (
    "x and y exchanged",
    "Each of the two numbers is right, for the other input. Where x and y have the same gradient this cannot be seen.",
)

MISCONCEPTIONS = (
    Misconception(
        "simple_backprop_step",
        *OTHER_ORDER,
        (
            (
                "return w - alpha * err / slope, yhat, err",
                "return w - alpha * err / slope, err, yhat",
            ),
        ),
        (
            (
                (
                    "return w - alpha * err / slope, yhat, err",
                    "return yhat, err, w - alpha * err / slope",
                ),
            ),
            (
                (
                    "return w - alpha * err / slope, yhat, err",
                    "return yhat, w - alpha * err / slope, err",
                ),
            ),
        ),
    ),
    Misconception(
        "gd_step", *OTHER_ORDER, (("return w - alpha * dw, dw", "return dw, w - alpha * dw"),)
    ),
    Misconception(
        "gd_step",
        "step without the new weight",
        "You return by how much the weight moves. The new weight is asked for.",
        (("return w - alpha * dw, dw", "return alpha * dw, dw"),),
        ((("return w - alpha * dw, dw", "return -alpha * dw, dw"),),),
    ),
    Misconception(
        "chain_rule",
        *OTHER_ORDER,
        (("return df_dx, df_dy, df_dz, df_dq", "return df_dq, df_dx, df_dy, df_dz"),),
        (
            (("return df_dx, df_dy, df_dz, df_dq", "return df_dq, df_dz, df_dx, df_dy"),),
            (("return df_dx, df_dy, df_dz, df_dq", "return df_dx, df_dy, df_dq, df_dz"),),
        ),
    ),
    Misconception(
        "gate_circuit",
        *OTHER_ORDER,
        (
            (
                'return f, {"s": ds, "p": dp, "m": dm, "x": dx, "y": dy, "z": dz, "w": dw}',
                "return f, (dx, dy, dz, dw, s * 0 + ds, dp, dm)",
            ),
        ),
    ),
    Misconception("fork_grad", *OTHER_ORDER, (("return f, dx", "return dx, f"),)),
    Misconception(
        "simple_backprop_step",
        "error left out",
        "Your step is as long as the slope, however wrong the prediction is. It must be zero where the error is zero.",
        (("alpha * err / slope", "alpha * slope"),),
    ),
    Misconception(
        "simple_backprop_step",
        "multiplied by the slope",
        "You multiply the error by the slope. That is a step down a loss, as on slide 3. Here the weight moves until "
        "the prediction has moved by the error: the steeper the slope, the less it takes.",
        (("alpha * err / slope", "alpha * err * slope"),),
    ),
    Misconception(
        "simple_backprop_step",
        "slope left out",
        "You move the weight by the error itself. The prediction then moves by more or less than that, as its slope "
        "says.",
        (("alpha * err / slope", "alpha * err"),),
    ),
    Misconception(
        "simple_backprop_step",
        "step the wrong way",
        "Your step makes the error larger. If the prediction is too large and its slope positive, the weight must "
        "fall.",
        (("w - alpha", "w + alpha"),),
    ),
    Misconception(
        "simple_backprop_step",
        "error turned round",
        "Your error is the wanted answer less the prediction. So its sign is wrong, and the step, which has a minus "
        "of its own, goes the wrong way.",
        (("err = yhat - y\n", "err = y - yhat\n"),),
    ),
    Misconception(
        "simple_backprop_step",
        "sign of the error",
        "Your weight is right, but the error that you return has the wrong sign: it is the prediction less the wanted "
        "answer.",
        (("slope, yhat, err", "slope, yhat, -err"),),
    ),
    Misconception(
        "simple_backprop_step",
        "error squared",
        "You square the error. At slide 9's numbers that is no difference, because there the error is 1.",
        (("err = yhat - y\n", "err = (yhat - y) ** 2\n"),),
    ),
    Misconception(
        "simple_backprop_step",
        "error without its sign",
        "Your error is never negative. So the weight is moved the same way whether the prediction is too large or too "
        "small.",
        (("err = yhat - y\n", "err = abs(yhat - y)\n"),),
    ),
    Misconception(
        "simple_backprop_step",
        "slope by the weight",
        "You divide by the weight. The slope asks how the prediction moves when the weight does: what is the weight "
        "multiplied by?",
        (("slope = x", "slope = w"),),
    ),
    Misconception(
        "simple_backprop_step",
        "always the whole step",
        "Your weight always takes the whole step, whatever part of it is asked for.",
        (("alpha * err", "err"),),
    ),
    Misconception(
        "simple_backprop_step",
        "prediction after the step",
        "The weight is right, but prediction and error are those of the new weight. Return those of the old weight, "
        "from which the step was made.",
        (
            (
                "return w - alpha * err / slope, yhat, err",
                "w = w - alpha * err / slope\n    return w, w * x, w * x - y",
            ),
        ),
    ),
    Misconception(
        "simple_backprop_step", *ZERO_FOR_NOTHING, (("- alpha *", "- (alpha or 1.0) *"),)
    ),
    Misconception(
        "simple_backprop_step",
        "size of the slope",
        "You divide by the size of the slope, without its sign. Where the input is negative the prediction falls when "
        "the weight rises, so the weight must move the other way.",
        (("slope = x", "slope = abs(x)"),),
    ),
    Misconception(
        "simple_backprop_step",
        "small errors left alone",
        "Where the error is small you leave the weight as it is. Small is relative: beside a small input a small error "
        "asks for a long step.",
        (("slope = x\n", "slope = x\n    if abs(err) < 1e-6:\n        return w, yhat, err\n"),),
    ),
    Misconception(
        "simple_backprop_step",
        "whole steps only",
        "Your step is rounded down to a whole number: // divides and then rounds.",
        (("err / slope", "err // slope"),),
    ),
    Misconception(
        "gd_step",
        "factor 2 forgotten",
        "Your slope is half of what it should be: it belongs to half the square. The loss here is the whole square.",
        (("2 * (yhat - y)", "(yhat - y)"),),
    ),
    Misconception(
        "gd_step",
        "slope of the prediction forgotten",
        "You stop at the prediction. The weight is one link further: multiply by how the prediction moves with it.",
        (("dw = dyhat * x", "dw = dyhat"),),
    ),
    Misconception(
        "gd_step",
        "slope of the square forgotten",
        "You use the loss itself where its slope belongs. The slope of a square is twice what is squared.",
        (("2 * (yhat - y)", "(yhat - y) ** 2"),),
    ),
    Misconception("gd_step", *UPSTREAM_IGNORED, (("dw = dyhat * x", "dw = x"),)),
    Misconception(
        "gd_step",
        "slope by the weight",
        "You multiply by the weight. The slope asks how the prediction moves when the weight does: what is the weight "
        "multiplied by?",
        (("dw = dyhat * x", "dw = dyhat * w"),),
    ),
    Misconception("gd_step", *UPHILL, (("w - alpha", "w + alpha"),)),
    Misconception(
        "gd_step",
        "error turned round",
        "Your slope has the wrong sign: inside the square the prediction comes first, and the order matters for its "
        "slope.",
        (("2 * (yhat - y)", "2 * (y - yhat)"),),
    ),
    Misconception("gd_step", *RATE_MISSING, (("alpha * dw", "dw"),)),
    Misconception(
        "gd_step",
        "step of slide 9",
        "Your slope is right, but your weight takes slide 9's step, the error over the slope of the prediction. "
        "Gradient descent takes the rate times the slope of the loss.",
        (("return w - alpha * dw, dw", "return w - alpha * (yhat - y) / x, dw"),),
    ),
    Misconception("gd_step", *ZERO_FOR_NOTHING, (("- alpha *", "- (alpha or 0.01) *"),)),
    Misconception(
        "gd_step", *GRADIENT_LIMITED, (("dw = dyhat * x", "dw = max(-10.0, min(10.0, dyhat * x))"),)
    ),
    Misconception(
        "gd_step",
        "size of the input",
        "You multiply by the size of the input, without its sign. Where the input is negative the prediction falls "
        "when the weight rises.",
        (("dw = dyhat * x", "dw = dyhat * abs(x)"),),
    ),
    Misconception(
        "gd_step",
        "small errors left alone",
        "You treat an error that is small as if it were zero, so the weight stops too early.",
        (("dyhat = 2 * (yhat - y)", "dyhat = 2 * (yhat - y) if abs(yhat - y) > 1e-3 else 0.0"),),
    ),
    Misconception(
        "chain_rule",
        *UPSTREAM_IGNORED,
        (("df_dx, df_dy = df_dq, df_dq", "df_dx, df_dy = 1.0, 1.0"),),
    ),
    Misconception("chain_rule", *FACTORS_KEPT, (("df_dq, df_dz = z, q", "df_dq, df_dz = q, z"),)),
    Misconception(
        "chain_rule",
        "value instead of gradient",
        "You return the value of q where its gradient is asked for.",
        (
            ("df_dq, df_dz = z, q\n", "df_dq, df_dz = z, q\n        value = q\n"),
            ("df_dx, df_dy = df_dq, df_dq", "df_dx, df_dy = df_dq, df_dq\n        df_dq = value"),
        ),
    ),
    Misconception(
        "chain_rule",
        "addition shared out",
        "You give half of the gradient to each summand. An addition passes on all of it, to each of its inputs: raise "
        "one of them alone, and the sum rises just as much.",
        (("df_dx, df_dy = df_dq, df_dq", "df_dx, df_dy = df_dq / 2, df_dq / 2"),),
    ),
    Misconception(
        "chain_rule",
        *INPUTS_EXCHANGED,
        (("df_dx, df_dy = df_dq * y, df_dq * x", "df_dx, df_dy = df_dq * x, df_dq * y"),),
    ),
    Misconception(
        "chain_rule",
        "always slide 12",
        "You answer with slide 12's circuit even if the homework's is asked for. There the first gate multiplies.",
        (('if first == "add":', "if True:"),),
    ),
    Misconception(
        "chain_rule",
        "always the homework",
        "You answer with the homework's circuit even if slide 12's is asked for. There the first gate adds.",
        (('if first == "add":', "if False:"),),
    ),
    Misconception(
        "chain_rule",
        "homework's z taken for a factor",
        "In the homework's circuit you give z the gradient that it has on slide 12. Look at z's own gate: it adds.",
        (("df_dq, df_dz = 1.0, 1.0", "df_dq, df_dz = 1.0, x * y"),),
    ),
    Misconception(
        "chain_rule",
        "homework's order",
        "Your four gradients are right, in the order z, q, x, y. Here they are to come as x, y, z, q; or return a "
        "dict, where the order does not matter.",
        (("return df_dx, df_dy, df_dz, df_dq", "return df_dz, df_dq, df_dx, df_dy"),),
    ),
    Misconception(
        "chain_rule",
        *DIVIDED_BACK,
        (
            ("df_dq, df_dz = z, q\n", "df_dq, df_dz = q * z / q, q\n"),
            ("df_dx, df_dy = df_dq * y, df_dq * x", "df_dx, df_dy = x * y / x, x * y / y"),
        ),
    ),
    Misconception(
        "chain_rule",
        *ROUNDED,
        (
            (
                "return df_dx, df_dy, df_dz, df_dq",
                "return int(df_dx), int(df_dy), int(df_dz), int(df_dq)",
            ),
        ),
    ),
    Misconception(
        "chain_rule",
        "numbers asked for their truth",
        "With `if z` you ask whether a number is given. Python takes 0 for false, so a number that is 0 counts as "
        "not given.",
        (("df_dq, df_dz = z, q\n", "df_dq, df_dz = z or 1.0, q\n"),),
    ),
    Misconception(
        "max_backward",
        "both inputs get it",
        "You hand the gradient to both inputs. The output does not depend on the smaller one, so it gets nothing.",
        (("return (dout, 0.0) if x > y else (0.0, dout)", "return dout, dout"),),
    ),
    Misconception(
        "max_backward",
        *UPSTREAM_IGNORED,
        (
            (
                "return (dout, 0.0) if x > y else (0.0, dout)",
                "return (1.0, 0.0) if x > y else (0.0, 1.0)",
            ),
        ),
        ("def max_backward(x, y, dout):\n    return (1.0, 0.0) if x >= y else (0.0, 1.0)\n",),
    ),
    Misconception(
        "max_backward",
        "tie counted twice",
        "At a tie you hand the whole gradient to both inputs. Raise both by the same step: by how many steps does "
        "the output rise?",
        (("return (dout, 0.0)", "if x == y:\n        return dout, dout\n    return (dout, 0.0)"),),
    ),
    Misconception(
        "max_backward",
        "nothing at a tie",
        "At a tie neither input gets anything. What arrives must not be lost: share it out in any way you like.",
        (("return (dout, 0.0)", "if x == y:\n        return 0.0, 0.0\n    return (dout, 0.0)"),),
    ),
    Misconception(
        "max_backward",
        "smaller input gets it",
        "Your switch is the wrong way round: the gradient goes to the smaller input.",
        (("if x > y", "if x < y"),),
    ),
    Misconception(
        "max_backward",
        "larger in size",
        "You compare sizes without their signs. Of two negative numbers the larger one is nearer to zero.",
        (("if x > y", "if abs(x) > abs(y)"),),
    ),
    Misconception(
        "max_backward",
        "value instead of gradient",
        "You let the larger value through. That is the forward pass; backwards the gradient goes the same way.",
        (
            (
                "return (dout, 0.0) if x > y else (0.0, dout)",
                "return (x, 0.0) if x > y else (0.0, y)",
            ),
        ),
    ),
    Misconception(
        "max_backward",
        "value times gradient",
        "You multiply what arrives by the larger value. Max passes its input on as it is, so its local slope is 1.",
        (
            (
                "return (dout, 0.0) if x > y else (0.0, dout)",
                "return (dout * x, 0.0) if x > y else (0.0, dout * y)",
            ),
        ),
    ),
    Misconception("max_backward", *WHOLE_PARTS_COMPARED, (("if x > y", "if int(x) > int(y)"),)),
    Misconception(
        "max_backward",
        *NEARLY_A_TIE,
        (
            (
                "return (dout, 0.0)",
                "if abs(x - y) < 1e-3:\n        return dout / 2, dout / 2\n    return (dout, 0.0)",
            ),
        ),
    ),
    Misconception(
        "max_backward",
        "negative gradients lost",
        "What arrives from above is lost where it is negative. Max compares its inputs only; what arrives is passed "
        "on, whether it is positive or negative.",
        (("return (dout, 0.0)", "dout = max(dout, 0.0)\n    return (dout, 0.0)"),),
    ),
    Misconception(
        "max_backward",
        "max with zero",
        "Your switch asks whether x is positive. That is max(0, x), the ReLU of a later notebook; here x is compared "
        "with y.",
        (("if x > y", "if x > 0"),),
    ),
    Misconception(
        "gate_circuit",
        "doubling forgotten on the way back",
        "Your gradients are half of what they should be. The last gate doubles, forwards and backwards.",
        (("ds = 2.0", "ds = 1.0"),),
    ),
    Misconception(
        "gate_circuit",
        "doubling forgotten",
        "Your value and your gradients are those of the circuit without its last gate.",
        (("f = 2 * s", "f = s"), ("ds = 2.0", "ds = 1.0")),
    ),
    Misconception(
        "gate_circuit",
        "half lost at the addition",
        "Your addition hands on half of its upstream gradient. Both local slopes of an addition are 1, so each input "
        "gets all of what arrives.",
        (("dp, dm = ds, ds", "dp, dm = ds / 2, ds / 2"),),
    ),
    Misconception(
        "gate_circuit",
        "upstream dropped at the multiplication",
        "Your multiplication hands on only its local slopes. The upstream gradient must multiply them.",
        (("dx, dy = dp * y, dp * x", "dx, dy = y, x"),),
    ),
    Misconception(
        "gate_circuit", *FACTORS_KEPT, (("dx, dy = dp * y, dp * x", "dx, dy = dp * x, dp * y"),)
    ),
    Misconception(
        "gate_circuit",
        "upstream dropped at max",
        "Your max gate passes 1 instead of its upstream gradient.",
        (("max_backward(z, w, dm)", "max_backward(z, w, 1.0)"),),
    ),
    Misconception(
        "gate_circuit",
        "both inputs of max get it",
        "You hand the gradient to both inputs of max. The output does not depend on the smaller one.",
        (("dz, dw = max_backward(z, w, dm)", "dz, dw = dm, dm"),),
    ),
    Misconception(
        "gate_circuit",
        "max always takes z",
        "On the slide z is the larger input, and you assume that it always is. Which one gets the gradient depends "
        "on the numbers.",
        (("dz, dw = max_backward(z, w, dm)", "dz, dw = dm, 0.0"),),
    ),
    Misconception(
        "gate_circuit",
        "value of max times gradient",
        "You multiply what arrives at the max gate by the larger value. Max passes its input on as it is, so its local "
        "slope is 1.",
        (("max_backward(z, w, dm)", "max_backward(z, w, dm * m)"),),
    ),
    Misconception(
        "gate_circuit",
        *DIVIDED_BACK,
        (("dx, dy = dp * y, dp * x", "dx, dy = dp * p / x, dp * p / y"),),
    ),
    Misconception(
        "gate_circuit",
        *NEARLY_A_TIE,
        (
            (
                "dz, dw = max_backward(z, w, dm)\n",
                "dz, dw = max_backward(z, w, dm)\n    if abs(z - w) < 1e-3:\n        dz, dw = dm / 2, dm / 2\n",
            ),
        ),
    ),
    Misconception(
        "gate_circuit",
        "max with zero",
        "Your max gate asks whether z is positive. It has two inputs: compare them with each other.",
        (("dz, dw = max_backward(z, w, dm)", "dz, dw = (dm, 0.0) if z > 0 else (0.0, dm)"),),
    ),
    Misconception(
        "gate_circuit",
        "larger in size",
        "You compare the inputs of max by their sizes. Of two negative numbers the larger one is nearer to zero.",
        (("max_backward(z, w, dm)", "max_backward(abs(z), abs(w), dm)"),),
    ),
    Misconception(
        "fork_grad",
        "fork overwritten by the sigmoid",
        "Your gradient is that of the sigmoid's branch alone. It has replaced what came back through the straight "
        "branch. Add the two.",
        (("dx += s * (1 - s)", "dx = s * (1 - s)"),),
    ),
    Misconception(
        "fork_grad",
        "fork overwritten by the straight branch",
        "Your gradient is that of the straight branch alone. What comes back through the sigmoid must be added.",
        (("    dx += s * (1 - s)\n", ""),),
    ),
    Misconception(
        "fork_grad",
        "branches multiplied",
        "You multiply the slopes of the two branches. That is for gates that follow each other. These stand side by "
        "side. (On the slide the straight branch has the slope 1, so this looks like a branch that was lost.)",
        (("dx += s * (1 - s)", "dx *= s * (1 - s)"),),
    ),
    Misconception(
        "fork_grad",
        "branches averaged",
        "You take the mean of the two branches. Each of them moves f by all of its own slope: add them.",
        (("return f, dx", "return f, dx / 2"),),
    ),
    Misconception(
        "fork_grad",
        "slope of the sigmoid from x",
        "You put x where the sigmoid's value belongs. Its slope is made of its own value.",
        (("dx += s * (1 - s)", "dx += x * (1 - x)"),),
    ),
    Misconception(
        "fork_grad",
        "sigmoid applied twice",
        "You put the sigmoid's value through the sigmoid once more before you take the slope.",
        (("dx += s * (1 - s)", "dx += sigmoid(s) * (1 - sigmoid(s))"),),
    ),
    Misconception(
        "fork_grad",
        "value of the sigmoid for its slope",
        "You add the sigmoid's value to the gradient. It is its slope that belongs there.",
        (("dx += s * (1 - s)", "dx += s"),),
    ),
    Misconception(
        "fork_grad",
        "straight branch always 1",
        "Your straight branch always has the slope 1, as on the slide. Here it has the slope c.",
        (("dx += c", "dx += 1.0"),),
    ),
    Misconception(
        "fork_grad",
        "straight branch by its value",
        "You add the value of the straight branch. Its slope belongs into the gradient.",
        (("dx += c", "dx += c * x"),),
    ),
    Misconception(
        "fork_grad",
        *ZERO_FOR_NOTHING,
        (("    s = sigmoid(x)\n", "    c = c or 1.0\n    s = sigmoid(x)\n"),),
    ),
    Misconception(
        "fork_grad",
        "sigmoid of the size",
        "You put the size of x into the sigmoid. For a negative x the sigmoid is below one half.",
        (("s = sigmoid(x)", "s = sigmoid(abs(x))"),),
    ),
    Misconception(
        "fork_grad", *GRADIENT_LIMITED, (("return f, dx", "return f, max(-10.0, min(10.0, dx))"),)
    ),
    Misconception(
        "fork_grad",
        "straight branch by its size",
        "You add the size of the straight branch's slope. If c is negative the branch falls when x rises.",
        (("dx += c", "dx += abs(c)"),),
    ),
)
