"""Notebook 8, autonomous trail following: the named wrong answers, and changes that are none."""

from autograder.hidden.catalogue import Equivalent, Misconception
from autograder.hidden.misconceptions.wording import (
    DIVIDED_BY_N,
    ONE_NUMBER_ONLY,
    OTHER_ORDER,
    UPSTREAM_IGNORED,
    WITH_A_CACHE,
)

# Both terms of the block's input, and the two lines of the loss's gradient that are not the cross-entropy's.
SHORTCUT = "dx = dz1 @ W1.T + dz2"
ENTROPY_LINE = "dlogits += lam1 * p * (log_p + H)"
SIDE_LINE = "dlogits += lam2 * p_s * (opposite - p)"

MISCONCEPTIONS = (
    Misconception(
        "srelu_forward",
        *WITH_A_CACHE,
        (("return np.maximum(x, -1.0)", "return np.maximum(x, -1.0), x"),),
    ),
    Misconception(
        "srelu_forward", *ONE_NUMBER_ONLY, (("return np.maximum(x, -1.0)", "return max(x, -1.0)"),)
    ),
    Misconception(
        "residual_backward",
        *OTHER_ORDER,
        (("return dx, dW1, db1, dW2, db2", "return dW1, db1, dW2, db2, dx"),),
        (
            (("return dx, dW1, db1, dW2, db2", "return dx, dW2, db2, dW1, db1"),),
            (("return dx, dW1, db1, dW2, db2", "return dx, dW1, dW2, db1, db2"),),
        ),
    ),
    Misconception(
        "conv_out",
        "a step of 1 changes nothing",
        "With a step of 1 you return the length of the row. The window and the padding count there too.",
        (("return (n + 2 * p - k) // s + 1", "return n if s == 1 else (n + 2 * p - k) // s + 1"),),
    ),
    Misconception(
        "freeze_step",
        "names that begin alike",
        "You move every parameter whose name begins with a trainable one. W2 is not W; the whole names must be equal.",
        (
            (
                "for name in trainable:",
                "for name in [n for n in grads if n.startswith(tuple(trainable))]:",
            ),
        ),
    ),
    Misconception(
        "freeze_step",
        "gradients limited at ten",
        "You limit the gradients before the step. What is trained moves by the rate times its whole gradient.",
        (("lr * grads[name]", "lr * np.clip(grads[name], -10, 10)"),),
    ),
    Misconception(
        "freeze_step",
        "an empty list moves everything",
        "If nothing is trainable you move whatever has a gradient. An empty list freezes everything.",
        (("for name in trainable:", "for name in trainable or grads:"),),
    ),
    Misconception(
        "srelu_forward",
        "limited at ten",
        "Your values are right up to 10 and stop there. There is no upper end.",
        (("np.maximum(x, -1.0)", "np.clip(x, -1.0, 10.0)"),),
    ),
    Misconception(
        "srelu_forward",
        "output shifted down",
        "Your corner lies at 0: you rectify first and shift afterwards, so every positive number comes out too small. "
        "Numbers above -1 stay as they are.",
        (("np.maximum(x, -1.0)", "np.maximum(x, 0.0) - 1.0"),),
    ),
    Misconception(
        "srelu_forward",
        "input shifted",
        "Your corner lies at 1 and nothing below 0 comes out. The corner of the shifted ReLU lies at -1, and numbers "
        "above it stay as they are.",
        (("np.maximum(x, -1.0)", "np.maximum(x - 1.0, 0.0)"),),
    ),
    Misconception(
        "srelu_forward",
        "plain ReLU",
        "Your corner lies at 0. The shifted ReLU lets numbers down to -1 through.",
        (("np.maximum(x, -1.0)", "np.maximum(x, 0.0)"),),
    ),
    Misconception(
        "srelu_forward",
        "ELU",
        "Below 0 your curve bends like an exponential. That is the ELU; the shifted ReLU goes straight down to -1.",
        (("np.maximum(x, -1.0)", "np.where(x > 0, x, np.expm1(np.minimum(x, 0)))"),),
    ),
    Misconception(
        "srelu_forward",
        "capped at one",
        "Your values are right up to 1 and stop there. There is no upper end.",
        (("np.maximum(x, -1.0)", "np.clip(x, -1.0, 1.0)"),),
    ),
    Misconception(
        "srelu_forward",
        "turned round",
        "You keep the numbers below -1 and cut off the others.",
        (("np.maximum(x, -1.0)", "np.minimum(x, -1.0)"),),
    ),
    Misconception("srelu_backward", *UPSTREAM_IGNORED, (("dout * (x > -1)", "(x > -1) * 1.0"),)),
    Misconception(
        "srelu_backward",
        "mask of the plain ReLU",
        "You let a gradient pass where x is positive. Between -1 and 0 it passes as well.",
        (("(x > -1)", "(x > 0)"),),
    ),
    Misconception(
        "srelu_backward",
        "mask at one",
        "You let a gradient pass where x is above 1. The corner lies on the other side of 0.",
        (("(x > -1)", "(x > 1)"),),
    ),
    Misconception(
        "srelu_backward",
        "mask from the gradient",
        "You ask the upstream gradient whether it may pass. What decides is the number that went in.",
        (("(x > -1)", "(dout > -1)"),),
    ),
    Misconception(
        "srelu_backward",
        "mask turned round",
        "Your switch is the wrong way round: it passes gradients where x is below -1.",
        (("(x > -1)", "(x < -1)"),),
    ),
    Misconception(
        "srelu_backward",
        "mask forgotten",
        "Your gradient passes everywhere. Below -1 the shifted ReLU is flat, and nothing gets through.",
        ((" * (x > -1)", ""),),
    ),
    Misconception(
        "srelu_backward",
        "multiplied by the output",
        "You multiply by the activation's output. Multiply by its slope, which is 1 or 0.",
        (("(x > -1)", "np.maximum(x, -1)"),),
    ),
    Misconception(
        "conv_out",
        "rounded up",
        "You count a window that no longer fits. What is left over at the end of a row is left out.",
        (("(n + 2 * p - k) // s + 1", "-(-(n + 2 * p - k) // s) + 1"),),
    ),
    Misconception(
        "conv_out",
        "not rounded",
        "There is no half place. Round down before you add the first place.",
        (("//", "/"),),
    ),
    Misconception(
        "conv_out",
        "rounded to the nearest",
        "You round to the nearest whole number. A window that fits for the most part does not fit.",
        (("(n + 2 * p - k) // s + 1", "round((n + 2 * p - k) / s) + 1"),),
        ((("(n + 2 * p - k) // s + 1", "int((n + 2 * p - k) / s + 0.5) + 1"),),),
    ),
    Misconception(
        "conv_out",
        "padding at one end",
        "You pad the row at one end only. There are two.",
        (("2 * p", "p"),),
    ),
    Misconception(
        "conv_out",
        "first place forgotten",
        "You count the steps. Before the first step the window already has a place.",
        ((" + 1", ""),),
    ),
    Misconception(
        "conv_out",
        "window forgotten",
        "You let the window slide out of the row: you divide the whole row by the step. It must stay inside.",
        (("(n + 2 * p - k) // s + 1", "(n + 2 * p) // s"),),
    ),
    Misconception(
        "conv_out",
        "first place divided as well",
        "You add the first place before you divide by the step. It comes on top of the steps.",
        (("(n + 2 * p - k) // s + 1", "(n + 2 * p - k + 1) // s"),),
    ),
    Misconception(
        "trailnet_shapes",
        "first convolution padded",
        "You pad the first convolution so that its size is halved exactly. TrailNet does not pad it.",
        (
            ("conv_out(width, k, s, p)", "conv_out(width, k, s, p if p else k // 2)"),
            ("conv_out(height, k, s, p)", "conv_out(height, k, s, p if p else k // 2)"),
        ),
    ),
    Misconception(
        "trailnet_shapes",
        "width and height exchanged",
        "Your numbers are right, but width and height are exchanged. The width comes first.",
        (("append((width, height, channels))", "append((height, width, channels))"),),
    ),
    Misconception(
        "trailnet_shapes",
        "channels in front",
        "You put the channels first. The order is width, height, channels.",
        (("append((width, height, channels))", "append((channels, width, height))"),),
    ),
    Misconception(
        "trailnet_shapes",
        "always the picture",
        "All your stages take the picture itself as input. Each must take the output of the stage before it.",
        (
            ("width = conv_out(width", "across = conv_out(width"),
            ("height = conv_out(height", "down = conv_out(height"),
            ("append((width, height, channels))", "append((across, down, channels))"),
        ),
    ),
    Misconception(
        "trailnet_shapes",
        "picture counted as a stage",
        "Your list begins with the picture. It should begin with what comes out of the first stage.",
        (("shapes = []", "shapes = [(width, height, 3)]"),),
    ),
    Misconception(
        "trailnet_shapes",
        "only the last stage",
        "You return the last shape alone. One shape for each stage is asked for.",
        (("return shapes", "return shapes[-1]"),),
    ),
    Misconception(
        "residual_backward",
        "shortcut forgotten",
        "Your gradient of the input comes through the two layers only. The shortcut uses the input as well.",
        ((SHORTCUT, "dx = dz1 @ W1.T"),),
    ),
    Misconception(
        "residual_backward",
        "layers overwritten by the shortcut",
        "Your gradient of the input comes along the shortcut only. What came through the two layers must be added to "
        "it, not overwritten.",
        ((SHORTCUT, "dx = dz2"),),
    ),
    Misconception(
        "residual_backward",
        "shortcut past the last activation",
        "You add the upstream gradient itself to the input's gradient. The shortcut is added before the last "
        "activation, so what goes back along it must pass that activation first.",
        ((SHORTCUT, "dx = dz1 @ W1.T + dout"),),
    ),
    Misconception(
        "residual_backward",
        "last activation forgotten",
        "You begin with the second layer. The last activation comes before it on the way back.",
        (("srelu_backward(dout, z2)", "dout"),),
    ),
    Misconception(
        "residual_backward",
        "first activation forgotten",
        "The gradient goes from the second layer straight into the first. There is an activation between them.",
        (("srelu_backward(dz2 @ W2.T, z1)", "dz2 @ W2.T"),),
    ),
    Misconception(
        "residual_backward",
        "one mask for both activations",
        "Your last activation asks what went into the second layer's products alone, without the shortcut. It must ask "
        "the whole sum.",
        (("srelu_backward(dout, z2)", "srelu_backward(dout, z2 - x)"),),
    ),
    Misconception(
        "residual_backward",
        "sums instead of activations",
        "The second layer's weights meet what came out of the first activation. You use what went into it.",
        (("h.T @ dz2", "z1.T @ dz2"),),
    ),
    Misconception(
        "residual_backward",
        "bias gradients averaged",
        "Your bias gradients are means over the examples. The contributions of the examples add up.",
        (("dz2.sum(axis=0)", "dz2.mean(axis=0)"), ("dz1.sum(axis=0)", "dz1.mean(axis=0)")),
    ),
    Misconception(
        "residual_backward",
        "weight gradients transposed",
        "Both weight gradients have the right numbers, transposed. A gradient has the shape of what it is the gradient "
        "of.",
        (("h.T @ dz2", "dz2.T @ h"), ("x.T @ dz1", "dz1.T @ x")),
    ),
    Misconception(
        "residual_backward",
        *DIVIDED_BY_N,
        (("srelu_backward(dout, z2)", "srelu_backward(dout, z2) / len(x)"),),
    ),
    Misconception(
        "residual_backward",
        "masks of the plain ReLU",
        "You switch the gradient off below 0. These activations switch below -1.",
        (
            ("srelu_backward(dout, z2)", "dout * (z2 > 0)"),
            ("srelu_backward(dz2 @ W2.T, z1)", "dz2 @ W2.T * (z1 > 0)"),
        ),
    ),
    Misconception(
        "residual_backward",
        *UPSTREAM_IGNORED,
        (("srelu_backward(dout, z2)", "srelu_backward(np.ones_like(dout), z2)"),),
    ),
    Misconception(
        "trail_loss",
        "entropy added to the loss",
        "You add the entropy, in the loss and in its gradient. TrailNet rewards it: it is taken away.",
        (
            ("cross - lam1 * H", "cross + lam1 * H"),
            (ENTROPY_LINE, "dlogits -= lam1 * p * (log_p + H)"),
        ),
    ),
    Misconception(
        "trail_loss",
        "sign of the entropy's slope",
        "Your loss is right. In your gradient the entropy's share has the wrong sign: two minus signs meet there.",
        ((ENTROPY_LINE, "dlogits -= lam1 * p * (log_p + H)"),),
    ),
    Misconception(
        "trail_loss",
        "entropy as a constant",
        "Your loss holds the entropy, your gradient does not: you take it for a constant. It depends on the scores.",
        ((ENTROPY_LINE, ""),),
    ),
    Misconception(
        "trail_loss",
        "entropy's slope stops at the probabilities",
        "Your entropy is differentiated with respect to the probabilities. From there it must pass the softmax to the "
        "scores.",
        ((ENTROPY_LINE, "dlogits += lam1 * (log_p + 1)"),),
    ),
    Misconception(
        "trail_loss",
        "entropy without its minus",
        "Your H is negative. The sum of the probabilities times their logarithms is negative; the entropy is minus "
        "that sum.",
        (("H = -np.sum", "H = np.sum"),),
    ),
    Misconception(
        "trail_loss",
        "smoothed over all three",
        "You spread eps over all three classes. Here the right class keeps 1 - eps, and the two others share eps.",
        (("eps / 2", "eps / 3"), ("= 1 - eps", "= 1 - eps + eps / 3")),
    ),
    Misconception(
        "trail_loss",
        "targets not smoothed",
        "Your targets are 1 and 0. They should be smoothed by eps.",
        (("eps / 2", "0.0"), ("= 1 - eps", "= 1.0")),
    ),
    Misconception(
        "trail_loss",
        "targets smoothed in the loss only",
        "Your loss smooths the targets and your gradient takes 1 away at the right class. Both need the same targets.",
        (("dlogits = p - t", "dlogits = p - np.eye(3)[y]"),),
        ((("dlogits = p - t", "dlogits = p - (t > eps)"),),),
    ),
    Misconception(
        "trail_loss",
        "targets add up to more than one",
        "You give the two wrong classes their share and take nothing from the right one. The targets of an example "
        "must add up to 1.",
        (("= 1 - eps", "= 1.0"),),
    ),
    Misconception(
        "trail_loss",
        "eps for each of the others",
        "You give eps to each of the two other classes. They share it.",
        (("eps / 2", "eps"),),
    ),
    Misconception(
        "trail_loss",
        "right side punished",
        "Your third term takes the probability of the right class. It is the opposite side that must become unlikely.",
        (("== 2 - y", "== y"),),
    ),
    Misconception(
        "trail_loss",
        "centre punished",
        "Your third term makes centre examples pay for being right: 2 - c is 1 there. A centre example has no wrong "
        "side.",
        ((" & (y[:, None] != 1)", ""),),
    ),
    Misconception(
        "trail_loss",
        "wrong side rewarded",
        "You take the third term away. The wrong side costs extra, so it is added.",
        (("+ lam2 * p_s)", "- lam2 * p_s)"), (SIDE_LINE, "dlogits -= lam2 * p_s * (opposite - p)")),
    ),
    Misconception(
        "trail_loss",
        "wrong side without a gradient",
        "Your loss holds the price on the wrong side, your gradient does not.",
        ((SIDE_LINE, ""),),
    ),
    Misconception(
        "trail_loss",
        "wrong side's slope stops at the probabilities",
        "Your gradient punishes the opposite side's probability itself. From there it must pass the softmax to all "
        "three scores.",
        ((SIDE_LINE, "dlogits += lam2 * opposite"),),
    ),
    Misconception(
        "trail_loss",
        "factor p of the wrong side forgotten",
        "The wrong side's share lacks a factor: how likely the wrong side is.",
        ((SIDE_LINE, "dlogits += lam2 * (opposite - p) * (y[:, None] != 1)"),),
        (((SIDE_LINE, "dlogits += lam2 * (np.eye(3)[2 - y] - p)"),),),
    ),
    Misconception(
        "trail_loss",
        "wrong side reaches one score only",
        "Your third term moves the score of the opposite side alone. Its probability depends on all three scores.",
        ((SIDE_LINE, "dlogits += lam2 * p_s * opposite"),),
        (((SIDE_LINE, "dlogits += lam2 * p_s * (opposite - p) * opposite"),),),
    ),
    Misconception(
        "trail_loss",
        "right side in the gradient",
        "Your loss has the opposite side in its third term. In your gradient the class itself stands there.",
        ((SIDE_LINE, "dlogits += lam2 * p_s * (np.eye(3)[y] - p)"),),
        (
            (
                (
                    SIDE_LINE,
                    "sides, every = (y != 1)[:, None], np.arange(len(y))\n    "
                    "dlogits += lam2 * sides * p[every, y][:, None] * (np.eye(3)[y] - p)",
                ),
            ),
        ),
    ),
    Misconception(
        "trail_loss",
        "entropy added to the loss only",
        "Your gradient rewards the entropy and your loss makes it cost. In both it is taken away.",
        (("cross - lam1 * H", "cross + lam1 * H"),),
    ),
    Misconception(
        "trail_loss",
        "entropy by one way only",
        "The entropy's share in your gradient reaches a score through its own probability alone. Every probability "
        "depends on all three scores: add up over the three ways.",
        ((ENTROPY_LINE, "dlogits += lam1 * p * (1 - p) * (log_p + 1)"),),
        (((ENTROPY_LINE, "dlogits += lam1 * p * (log_p + 1)"),),),
    ),
    Misconception(
        "trail_loss",
        "rows leak into each other",
        "You add the wrong side's share of every example to all rows. For a single example that is right; in a batch "
        "each row has its own.",
        ((SIDE_LINE, "dlogits += np.sum(lam2 * p_s * (opposite - p), axis=0)"),),
        (
            (
                (
                    SIDE_LINE,
                    "for n in range(len(y)):  # the rows below are written later\n        "
                    "dlogits[: n + 1] += lam2 * p_s[n] * (opposite[n] - p[n])",
                ),
            ),
            (
                (
                    SIDE_LINE,
                    "for n in range(len(y)):\n        dlogits += lam2 * p_s[n] * (opposite[n] - p)",
                ),
            ),
            (
                (
                    SIDE_LINE,
                    "for n in range(len(y)):\n        dlogits[n:] += lam2 * p_s[n] * (opposite[n] - p[n])",
                ),
            ),
        ),
    ),
    Misconception(
        "trail_loss",
        "one entropy for the whole batch",
        "You add up the entropies of all examples before you use them. Each example has its own.",
        ((ENTROPY_LINE, "dlogits += lam1 * p * (log_p + H.sum())"),),
        ((("H = -np.sum(p * log_p, axis=1, keepdims=True)", "H = -np.sum(p * log_p)"),),),
    ),
    Misconception(
        "trail_loss",
        "gradient without 1/N",
        "Your loss is a mean and your gradient is that of a sum. Both must have the 1/N.",
        (("dlogits / len(y)", "dlogits"),),
    ),
    Misconception(
        "trail_loss",
        "sum instead of the mean",
        "You add up the losses of the examples. Here the loss is their mean, and so is the gradient.",
        (("np.mean(", "np.sum("), ("dlogits / len(y)", "dlogits")),
    ),
    Misconception(
        "trail_loss",
        "mean over the scores",
        "You divide by the number of scores. The mean is one over the examples.",
        (("dlogits / len(y)", "dlogits / dlogits.size"),),
    ),
    Misconception(
        "trail_loss",
        "lam1 and lam2 exchanged",
        "You weigh the entropy with lam2 and the wrong side with lam1.",
        (("t = np.full", "lam1, lam2 = lam2, lam1\n    t = np.full"),),
    ),
    Misconception(
        "bug_hunt",
        "bug left in",
        "Your gradient is that of leaky_backward. Something of one example still reaches the next.",
        (
            (
                "opposite = np.eye(3)[2 - c]",
                "opposite = opposite + np.eye(3)[2 - c] if n else np.eye(3)[2 - c]",
            ),
        ),
    ),
    Misconception(
        "bug_hunt",
        "column first",
        "You return column and row. The row comes first.",
        (("np.argwhere(wrong)[0]", "np.argwhere(wrong)[0][::-1]"),),
    ),
    Misconception(
        "bug_hunt",
        "read down the columns",
        "You look for the first wrong element column by column. Go row by row, as one reads.",
        (("np.argwhere(wrong)[0]", "np.argwhere(wrong.T)[0][::-1]"),),
        ((("np.argwhere(wrong)[0]", "np.argwhere(wrong.T)[0]"),),),
    ),
    Misconception(
        "bug_hunt",
        "last instead of first",
        "You return the last element that is wrong.",
        (("np.argwhere(wrong)[0]", "np.argwhere(wrong)[-1]"),),
    ),
    Misconception(
        "bug_hunt",
        "largest instead of first",
        "You return the place where the two are furthest apart. The first place in reading order is asked for.",
        (
            (
                "np.argwhere(wrong)[0]",
                "np.unravel_index(np.argmax(np.abs(leaky_backward(logits, y) - dlogits)), wrong.shape)",
            ),
        ),
    ),
    Misconception(
        "bug_hunt",
        "row only",
        "Your row is right, and your column is always 0. Look for the first element of that row that is off.",
        (("np.argwhere(wrong)[0]", "(np.argwhere(wrong)[0][0], 0)"),),
    ),
    Misconception(
        "bug_hunt",
        "counted from one",
        "Your row and column count from 1. Here both count from 0.",
        (("np.argwhere(wrong)[0]", "np.argwhere(wrong)[0] + 1"),),
    ),
    Misconception(
        "bug_hunt",
        "slope of the probability itself",
        "Your gradient is that of the probability, not of its square.",
        (("2 * p[n, 2 - c] ** 2", "p[n, 2 - c]"),),
        ((("2 * p[n, 2 - c] ** 2", "2 * p[n, 2 - c]"),),),
    ),
    Misconception(
        "bug_hunt",
        "factor 2 forgotten",
        "Your gradient is half of what it should be. Differentiate the square.",
        (("2 * p[n, 2 - c] ** 2", "p[n, 2 - c] ** 2"),),
    ),
    Misconception(
        "bug_hunt",
        "1/N lost",
        "Your gradient is that of a sum over the examples. The penalty is their mean.",
        (
            ("dlogits = dlogits / len(y)", "leaky = leaky_backward(logits, y) * len(y)"),
            ("leaky_backward(logits, y), dlogits", "leaky, dlogits"),
        ),
    ),
    Misconception(
        "freeze_step",
        "frozen parameters moved",
        "You move all parameters that have a gradient. Those that are not in the list are frozen.",
        (("for name in trainable", "for name in grads"),),
    ),
    Misconception(
        "freeze_step",
        "frozen parameters decayed",
        "Your frozen parameters shrink a little at each step. Frozen means not moved at all.",
        (
            (
                "moved = dict(params)",
                "moved = {name: (1 - 0.01 * lr) * value for name, value in params.items()}",
            ),
        ),
    ),
    Misconception(
        "freeze_step",
        "frozen parameters left out",
        "Your result holds the trained parameters only. The frozen ones belong to the network as well.",
        (("moved = dict(params)", "moved = {}"),),
    ),
    Misconception(
        "freeze_step",
        "frozen parameters zeroed",
        "Your frozen parameters become zero. They keep the values that they have.",
        (("moved = dict(params)", "moved = {name: 0 * value for name, value in params.items()}"),),
    ),
    Misconception(
        "freeze_step",
        "the others moved",
        "You move what is frozen and freeze what should move.",
        (("for name in trainable", "for name in [n for n in grads if n not in trainable]"),),
    ),
    Misconception(
        "freeze_step",
        "step uphill",
        "You add the gradient, so the loss grows. Descend.",
        (("params[name] - lr", "params[name] + lr"),),
    ),
    Misconception(
        "freeze_step",
        "rate missing",
        "Your step is the whole gradient. The learning rate says how much of it to take.",
        (("lr * grads[name]", "grads[name]"),),
    ),
    Misconception(
        "freeze_step",
        "step instead of parameters",
        "You return by how much the parameters move. The new parameters are asked for.",
        (("params[name] - lr", "-lr"),),
    ),
    Misconception(
        "turn_angle",
        "wrong sign",
        "Your drone turns to the right where it should turn to the left, and the other way round. It would leave the "
        "trail.",
        (
            (
                "gain * (view[2] - view[0]) + gain * (side[2] - side[0])",
                "gain * (view[0] - view[2]) + gain * (side[0] - side[2])",
            ),
        ),
    ),
    Misconception(
        "turn_angle",
        "sign of the side",
        "The view turns your drone the right way and the side the wrong way: it would fly away from the middle.",
        (("+ gain * (side", "- gain * (side"),),
    ),
    Misconception(
        "turn_angle",
        "sign of the view",
        "The side turns your drone the right way and the view the wrong way: it would turn away from the trail.",
        (("gain * (view[2] - view[0])", "gain * (view[0] - view[2])"),),
    ),
    Misconception(
        "turn_angle",
        "side ignored",
        "Your angle knows the view only. The side has a part in it too.",
        ((" + gain * (side[2] - side[0])", ""),),
    ),
    Misconception(
        "turn_angle",
        "gain fixed",
        "You always take 10 degrees. Take the gain that is handed in.",
        (("angle = gain", "gain = 10.0\n    angle = gain"),),
    ),
    Misconception(
        "turn_angle",
        "mean of the two heads",
        "You halve the angle. The two heads add up.",
        (
            (
                "angle = gain * (view[2] - view[0]) + gain",
                "gain = gain / 2\n    angle = gain * (view[2] - view[0]) + gain",
            ),
        ),
    ),
    Misconception(
        "turn_angle",
        "centre for left",
        "You subtract the probability of the centre. Left has index 0.",
        (("view[0]", "view[1]"), ("side[0]", "side[1]")),
    ),
    Misconception(
        "turn_angle",
        "each head limited by itself",
        "You limit the angle of each head. It is their sum that has the limit.",
        (
            (
                "angle = gain * (view[2] - view[0]) + gain * (side[2] - side[0])\n"
                "    return min(max(angle, -90.0), 90.0)",
                "view_angle = min(max(gain * (view[2] - view[0]), -90.0), 90.0)\n"
                "    return view_angle + min(max(gain * (side[2] - side[0]), -90.0), 90.0)",
            ),
        ),
    ),
    Misconception(
        "turn_angle",
        "no limit",
        "Your angle can be larger than 90 degrees.",
        (("min(max(angle, -90.0), 90.0)", "angle"),),
    ),
    Misconception(
        "turn_angle",
        "limited on one side",
        "Your limit holds to the left only. To the right the drone can still turn by more than 90 degrees.",
        (("min(max(angle, -90.0), 90.0)", "min(angle, 90.0)"),),
    ),
    Misconception(
        "turn_angle",
        "radians",
        "Your angle is in radians. Degrees are asked for.",
        (
            (
                "return min(max(angle, -90.0), 90.0)",
                "return np.radians(min(max(angle, -90.0), 90.0))",
            ),
        ),
    ),
)

EQUIVALENTS = (
    Equivalent(
        "srelu_forward",
        "return np.maximum(x, -1.0)",
        ("return np.maximum(-1.0, x)",),
        "The larger of two numbers does not depend on their order.",
    ),
    Equivalent(
        "srelu_backward",
        "return dout * (x > -1)",
        ("return dout * (x >= -1)",),
        "At exactly -1 either slope is right, and no check asks there.",
    ),
    Equivalent(
        "residual_backward",
        "dz1 = srelu_backward(dz2 @ W2.T, z1)",
        ("dz1 = srelu_backward(dz2 @ W2.T, h)",),
        "The activation's output is above -1 where its input is.",
    ),
    Equivalent(
        "trail_loss",
        "t = np.full(p.shape, eps / 2)",
        ("t = np.full(log_p.shape, eps / 2)",),
        "Probabilities and their logarithms have one shape.",
    ),
    Equivalent(
        "trail_loss",
        "t[np.arange(len(y)), y] = 1 - eps",
        ("t[np.arange(len(logits)), y] = 1 - eps",),
        "Every example has scores and a class.",
    ),
    Equivalent(
        "trail_loss",
        "H = -np.sum(p * log_p, axis=1, keepdims=True)",
        ("H = -np.sum(p * log_p, axis=-1, keepdims=True)",),
        "The last axis is axis 1.",
    ),
    Equivalent(
        "trail_loss",
        "p_s = np.sum(p * opposite, axis=1, keepdims=True)",
        (
            "p_s = np.max(p * opposite, axis=1, keepdims=True)",
            "p_s = np.sum(p * opposite, axis=-1, keepdims=True)",
        ),
        "At most one of the three numbers is not 0, and it is positive; the last axis is axis 1.",
    ),
    Equivalent(
        "trail_loss",
        "cross = -np.sum(t * log_p, axis=1, keepdims=True)",
        (
            "cross = -np.sum(t * log_p, axis=1)",
            "cross = -np.sum(t * log_p, axis=1, keepdims=False)",
            "cross = -np.sum(t * log_p, axis=-1, keepdims=True)",
        ),
        "The mean over all pairs of a sum is the sum of the means; the last axis is axis 1.",
    ),
    Equivalent(
        "trail_loss",
        "return (loss, dlogits / len(y))",
        ("return (loss, dlogits / len(logits))",),
        "Every example has scores and a class.",
    ),
    Equivalent(
        "bug_hunt",
        "dlogits = np.zeros(p.shape)",
        (
            "dlogits = -np.zeros(p.shape)",
            "dlogits = np.zeros(p.shape) * 1.000001",
            "dlogits = np.zeros(logits.shape)",
        ),
        "Any multiple of zero is zero, and scores and probabilities have one shape.",
    ),
    Equivalent(
        "bug_hunt",
        "for n, c in enumerate(y):",
        ("for n, c in reversed(list(enumerate(y))):",),
        "Each example writes its own row and reads no other one, so their order does not matter.",
    ),
    Equivalent(
        "bug_hunt",
        "dlogits = dlogits / len(y)",
        (
            "dlogits = dlogits / len(logits)",
            "dlogits = dlogits / len(p)",
            "dlogits = dlogits / len(dlogits)",
        ),
        "All have a row, or a class, for each example.",
    ),
    Equivalent(
        "bug_hunt",
        "wrong = ~np.isclose(leaky_backward(logits, y), dlogits)",
        ("wrong = ~np.isclose(dlogits, leaky_backward(logits, y))",),
        "Whether two numbers are close depends on their order only where their distance is within rounding of the "
        "tolerance; here they are the same but for rounding, or apart by twice a probability squared over N.",
    ),
    Equivalent(
        "freeze_step",
        "for name in trainable:",
        ("for name in reversed(list(trainable)):",),
        "Each name is moved on its own.",
    ),
    Equivalent(
        "turn_angle",
        "return min(max(angle, -90.0), 90.0)",
        ("return min(90.0, max(angle, -90.0))", "return min(max(-90.0, angle), 90.0)"),
        "The larger, or smaller, of two numbers does not depend on their order.",
    ),
)
