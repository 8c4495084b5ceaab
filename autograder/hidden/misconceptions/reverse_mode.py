"""Notebook 6, reverse mode: the named wrong answers."""

from autograder.hidden.catalogue import Misconception
from autograder.hidden.misconceptions.wording import (
    DIVIDED_BY_THE_BASE,
    EXPONENT_NOT_LOWERED,
    EXPONENT_ZERO_FORGOTTEN,
    EXPONENTIAL_LIMITED,
    EXPONENTIALS_INPUT,
    FILLED_WHOLE_NUMBERS,
    FOUND_BY_VALUE,
    KEPT_BETWEEN_CALLS,
    NUDGED_INSTEAD,
    POWERS_FACTOR_LOST,
    SIGN_OF_THE_COSINE,
    SINE_FOR_ITS_SLOPE,
    UPSTREAM_IGNORED,
    ZERO_TAKEN_FOR_NOTHING,
)

MUL_SELF, MUL_OTHER = "self.grad += other.data * out.grad", "other.grad += self.data * out.grad"
ADD = "            self.grad += out.grad\n            other.grad += out.grad"
PRODUCT = "(self.data * other.data, (self, other))\n\n        def _backward():\n"
SUB_SELF, SUB_OTHER = "self.grad += 1.0 * out.grad", "other.grad += -1.0 * out.grad"
POW = "self.grad += n * self.data ** (n - 1) * out.grad"
SIN = "math.cos(self.data) * out.grad"
EXP = "self.grad += out.data * out.grad"
RELU = "(self.data > 0) * out.grad"
ASSIGNED = "\n\n        out._backward = _backward"
VISIT = "        if node in seen:\n            return\n        seen.add(node)\n"
APPEND = "        order.append(node)\n"
WALK = "        for parent in node._parents:\n            visit(parent)\n"
SWEEP = "    for node in reversed(topo_sort(root)):\n        node._backward()"
ZERO = "    for node in topo_sort(root):\n        node.grad = 0.0"
RECURSION = """
    def push(node):
        node._backward()
        for parent in node._parents:
            push(parent)

    push(root)"""
PREORDER = """
    order = []

    def visit(node):
        if node not in order:
            order.append(node)
            for parent in node._parents:
                visit(parent)

    visit(root)
    for node in order:
        node._backward()"""
LEVELS = """
    order = [root]
    for node in order:
        order += [parent for parent in dict.fromkeys(node._parents) if parent not in order]
    for node in order:
        node._backward()"""
ZERO_PATHS = """
    root.grad = 0.0
    for parent in root._parents:
        zero_grad(parent)"""

OPERATIONS = (
    Misconception(
        "Value",
        "product overwrites",
        "Your product writes the gradients of its factors over what is there. A node that is used twice gets a share "
        "from each use, and both must count.",
        ((MUL_SELF, MUL_SELF.replace("+=", "=")), (MUL_OTHER, MUL_OTHER.replace("+=", "="))),
    ),
    Misconception(
        "Value",
        "local derivative alone",
        "Your product hands on its local derivatives as they are. The gradient that has arrived at the product must "
        "multiply them.",
        ((MUL_SELF, "self.grad += other.data"), (MUL_OTHER, "other.grad += self.data")),
    ),
    Misconception(
        "Value",
        "own factor",
        "Each factor of your product gets its own number times the upstream gradient. How much does the product move "
        "when that factor moves by one?",
        (
            (MUL_SELF, "self.grad += self.data * out.grad"),
            (MUL_OTHER, "other.grad += other.data * out.grad"),
        ),
    ),
    Misconception(
        "Value",
        "rules of sum and product exchanged",
        "Your product passes gradients on unchanged, and your sum multiplies them by the other number. It is the other "
        "way round.",
        (
            (ADD, f"            {MUL_SELF}\n            {MUL_OTHER}"),
            (f"{PRODUCT}            {MUL_SELF}\n            {MUL_OTHER}", PRODUCT + ADD),
        ),
    ),
    Misconception(
        "Value",
        "product of gradients",
        "Your product multiplies the upstream gradient by the other factor's gradient. The local derivative is made "
        "from numbers of the forward pass.",
        (
            (MUL_SELF, "self.grad += other.grad * out.grad"),
            (MUL_OTHER, "other.grad += self.grad * out.grad"),
        ),
    ),
    Misconception(
        "Value",
        "square counted once",
        "When a number is multiplied by itself, it is both factors, and each of the two hands it a share. Yours gets "
        "only one.",
        ((MUL_OTHER, f"if other is not self:\n                {MUL_OTHER}"),),
    ),
    Misconception(
        "Value",
        "rule called too early",
        "You call the product's backward rule while the forward pass is still running, when no gradient has arrived, "
        "and keep what it returns. Keep the function itself.",
        ((f"{MUL_OTHER}{ASSIGNED}", f"{MUL_OTHER}{ASSIGNED}()"),),
    ),
    Misconception(
        "Value",
        "second factor forgotten",
        "Only the first factor of your product gets a gradient. The second has a slope as well.",
        ((MUL_OTHER, "pass"),),
    ),
    Misconception(
        "Value",
        "parents forgotten",
        "Your product does not say what it was made from, so the backward pass never reaches its factors. Tell the "
        "new node its parents.",
        (("Value(self.data * other.data, (self, other))", "Value(self.data * other.data)"),),
    ),
    Misconception(
        "Value",
        "equal numbers taken for one node",
        "Two of your nodes count as the same when they hold the same number. A node is a place in the graph: two "
        "inputs that happen to be equal still have a gradient each.",
        (
            (
                "    def __add__(self, other):",
                "    def __eq__(self, other):\n        return self.data == as_value(other).data\n\n"
                "    def __hash__(self):\n        return hash(self.data)\n\n    def __add__(self, other):",
            ),
        ),
    ),
    Misconception(
        "Value",
        "minus to both",
        "Your difference turns the sign of both gradients. When the first number grows, the difference grows.",
        ((SUB_SELF, "self.grad += -1.0 * out.grad "),),
    ),
    Misconception(
        "Value",
        "plus to both",
        "Your difference passes the same gradient to both numbers. When the second grows, the difference shrinks.",
        ((SUB_OTHER, "other.grad += out.grad "),),
    ),
    Misconception(
        "Value",
        "difference overwrites",
        "Your difference writes its gradients over what is there. Shares from different uses must add up.",
        ((SUB_SELF, "self.grad = out.grad"), (SUB_OTHER, "other.grad = -out.grad")),
    ),
    Misconception(
        "Value", *EXPONENT_NOT_LOWERED, ((POW, "self.grad += n * self.data**n * out.grad"),)
    ),
    Misconception(
        "Value", *POWERS_FACTOR_LOST, ((POW, "self.grad += self.data ** (n - 1) * out.grad"),)
    ),
    Misconception(
        "Value",
        "power without upstream",
        "Your power hands on its local derivative as it is. The gradient that has arrived must multiply it.",
        ((POW, "self.grad += n * self.data ** (n - 1)"),),
    ),
    Misconception("Value", *SIGN_OF_THE_COSINE, ((SIN, f"-{SIN}"),)),
    Misconception("Value", *SINE_FOR_ITS_SLOPE, ((SIN, "math.sin(self.data) * out.grad"),)),
    Misconception(
        "Value",
        "sine without upstream",
        "Your sine hands on its local derivative as it is. The gradient that has arrived must multiply it.",
        ((SIN, "math.cos(self.data)"),),
    ),
    Misconception(
        "Value",
        "sine passes nothing",
        "Your sine computes its value but hands no gradient back. At the slide's point this does not show, because "
        "the slope is zero there.",
        ((SIN, "0.0"),),
    ),
    Misconception("Value", *EXPONENTIALS_INPUT, ((EXP, "self.grad += self.data * out.grad "),)),
    Misconception(
        "Value",
        "exponential twice",
        "You take the exponential of the output. The output already is the exponential, and the slope with it.",
        ((EXP, "self.grad += math.exp(out.data) * out.grad"),),
    ),
    Misconception(
        "Value",
        "exponential overwrites",
        "Your exponential writes its gradient over what is there. Shares from different uses must add up.",
        ((EXP, "self.grad = out.data * out.grad"),),
    ),
    Misconception(
        "Value",
        "rectifier returns nothing",
        "Your rectifier builds its node and then does not return it, so the next operation gets None.",
        ((f"{RELU}{ASSIGNED}\n        return out", f"{RELU}{ASSIGNED}"),),
    ),
    Misconception(
        "Value",
        "rectifier always passes",
        "Your rectifier lets gradients through on both sides. Where its input is negative the output is flat.",
        ((RELU, "out.grad "),),
    ),
    Misconception(
        "Value",
        "rectifier asks the gradient",
        "Your rectifier lets a gradient through if the gradient is positive. What decides is the number that went in.",
        ((RELU, "max(0.0, out.grad)"),),
    ),
)

ORDERS = (
    Misconception(
        "topo_sort",
        "nodes not remembered",
        "You walk on from a node each time that you meet it, so it enters the list several times and the walk takes "
        "as long as there are paths. Remember where you have been.",
        ((VISIT, ""),),
    ),
    Misconception(
        "topo_sort",
        "remembered too late",
        "Your list is right, but you ask whether a node is known only after you have walked on from it. With every "
        "node that is used twice the work doubles.",
        ((VISIT, ""), (APPEND, "        if node not in order:\n            order.append(node)\n")),
    ),
    Misconception(
        "topo_sort",
        "node before its parents' walk",
        "You put a node into the list when you meet it and turn the list round at the end. A node that is reached by "
        "a short path and a long one then stands at the wrong place.",
        ((WALK + APPEND, APPEND + WALK), ("return order", "return order[::-1]")),
    ),
    Misconception(
        "topo_sort",
        "root first",
        "Your list begins with the root. The docstring asks for parents before what is made from them, so it ends "
        "with the root.",
        (("return order", "return order[::-1]"),),
    ),
    Misconception(
        "topo_sort",
        "level by level",
        "You list the nodes by their shortest distance from the root. The longest distance counts: a node has to "
        "wait for everything that was made from it.",
        (
            (
                "    visit(root)\n    return order",
                "    order = [root]\n    for node in order:\n        order += [\n            p for p in dict.fromkeys"
                "(node._parents) if p not in order\n        ]\n    return order[::-1]",
            ),
        ),
    ),
    Misconception(
        "topo_sort",
        "told apart by their numbers",
        "You remember the numbers that you have met. Two nodes may hold the same number; remember the nodes.",
        (("if node in seen", "if node.data in seen"), ("seen.add(node)", "seen.add(node.data)")),
    ),
    Misconception(
        "topo_sort",
        *KEPT_BETWEEN_CALLS,
        (
            ("def topo_sort(root):", "def topo_sort(root, order=[], seen=set()):"),
            ("    order, seen = [], set()\n", ""),
        ),
    ),
    Misconception(
        "topo_sort",
        "inputs left out",
        "The nodes without parents are missing. They have a gradient too, and theirs is the one that is wanted in "
        "the end.",
        ((APPEND, "        if node._parents:\n            order.append(node)\n"),),
    ),
    Misconception(
        "topo_sort",
        "root left out",
        "The root itself is missing from your list. It is the node with which the backward pass begins.",
        (("return order", "return order[:-1]"),),
    ),
    Misconception(
        "topo_sort",
        "one level only",
        "Your list holds the root and its parents, and nothing further back.",
        (
            (
                "    visit(root)\n    return order",
                "    return [*dict.fromkeys(root._parents), root]",
            ),
        ),
    ),
)

SWEEPS = (
    Misconception(
        "backward",
        "stops after one level",
        "Only the parents of the root get a gradient. If the rules of the other nodes run at all, they run before "
        "their own gradient has arrived: look at which node is the first.",
        (("reversed(topo_sort(root))", "topo_sort(root)"),),
    ),
    Misconception(
        "backward",
        "seed ignored",
        "Your root always starts with 1. If a larger network goes on from here, another gradient arrives, and the "
        "caller hands it to you.",
        (("root.grad = seed", "root.grad = 1.0"),),
    ),
    Misconception(
        "backward",
        "root without a seed",
        "No gradient ever enters your graph, so all of them stay zero. The root has one from the start.",
        (("root.grad = seed", "pass"),),
    ),
    Misconception(
        "backward",
        "seed after the sweep",
        "You give the root its gradient when the sweep is over. Nothing could be passed on before.",
        (("    root.grad = seed\n" + SWEEP, SWEEP + "\n    root.grad = seed"),),
    ),
    Misconception(
        "backward",
        "passed on again and again",
        "Each time that a node gets a share, you pass on everything that it has so far, so earlier shares are counted "
        "again. Wait until the last one is in.",
        ((SWEEP, RECURSION),),
    ),
    Misconception(
        "backward",
        "too early along the first path",
        "You follow the first path to its end before you look at the others. A node on it may pass its gradient on "
        "before the other paths have brought their share.",
        ((SWEEP, PREORDER),),
    ),
    Misconception(
        "backward",
        "level by level",
        "You take the nodes by their distance from the root. One that is near by one path and far by another passes "
        "its gradient on too early.",
        ((SWEEP, LEVELS),),
    ),
    Misconception(
        "backward",
        "zeroed before all shares are in",
        "You set a node's gradient to zero during the sweep. Shares that had already arrived are lost.",
        (
            (
                "        node._backward()",
                "        for parent in node._parents:\n            parent.grad = 0.0\n        node._backward()",
            ),
        ),
    ),
)

RESETS = (
    Misconception(
        "zero_grad",
        "inputs keep theirs",
        "The nodes without parents keep their old gradients, and the next pass adds to them.",
        (
            (
                ZERO,
                "    for node in topo_sort(root):\n        if node._parents:\n            node.grad = 0.0",
            ),
        ),
    ),
    Misconception(
        "zero_grad",
        "only the inputs",
        "You clear the inputs only. The nodes between keep their gradients, and the next pass hands those on again.",
        (
            (
                ZERO,
                "    for node in topo_sort(root):\n        if not node._parents:\n            node.grad = 0.0",
            ),
        ),
    ),
    Misconception(
        "zero_grad",
        "two levels only",
        "You clear the root, its parents and theirs, and no node that is further away.",
        (
            (
                ZERO,
                "    nodes = [root, *root._parents]\n    nodes += [q for p in root._parents for q in p._parents]\n"
                "    for node in nodes:\n        node.grad = 0.0",
            ),
        ),
    ),
    Misconception(
        "zero_grad",
        "only the root",
        "You clear the root, and none of the nodes that it was made from.",
        ((ZERO, "    root.grad = 0.0"),),
    ),
    Misconception(
        "zero_grad",
        "root forgotten",
        "The root itself keeps its gradient. It is a node like the others.",
        (("topo_sort(root)", "topo_sort(root)[:-1]"),),
    ),
    Misconception(
        "zero_grad",
        "every path walked",
        "The gradients are zero, but you walk every path to get there. You have a function that lists each node once.",
        ((ZERO, ZERO_PATHS),),
    ),
)

LEAVES = "leaves = [Value(number) for number in x]"
READ = "return np.array([leaf.grad for leaf in leaves])"
RUN = f"    {LEAVES}\n    out = f(leaves)\n    backward(out)\n    {READ}"

FUNCTIONS = (
    Misconception(
        "grad_reverse",
        "late-bound closure in a loop",
        "Every slope is that of the last input. A function made in a loop looks its variable up when it is called, "
        "and by then the loop is over.",
        (
            (
                READ,
                "readers = [lambda: leaf.grad for leaf in leaves]\n    return np.array([read() for read in readers])",
            ),
        ),
    ),
    Misconception(
        "grad_reverse",
        "one node for all inputs",
        "All your inputs are one and the same node, so they share one number and one gradient.",
        ((LEAVES, "leaves = [Value(x[0])] * len(x)"),),
    ),
    Misconception(
        "grad_reverse",
        "numbers for slopes",
        "You return the numbers that went in. The slopes are in another attribute of the same nodes.",
        ((READ, "return np.array([leaf.data for leaf in leaves])"),),
    ),
    Misconception(
        "grad_reverse",
        "no backward pass",
        "All slopes are zero: the function was recorded, but nobody ran it backwards.",
        (("    backward(out)\n", ""),),
    ),
    Misconception(
        "grad_reverse",
        "value for seed",
        "Your slopes are too large by the value of the function. The gradient of the output with respect to itself is "
        "not its value.",
        (("backward(out)", "backward(out, out.data)"),),
    ),
    Misconception(
        "grad_reverse",
        "passes added up",
        "You go back once for each input, and gradients add up from pass to pass. One pass sets them all.",
        (
            (
                f"    backward(out)\n    {READ}",
                "    slopes = []\n    for leaf in leaves:\n        backward(out)\n"
                "        slopes.append(leaf.grad)\n    return np.array(slopes)",
            ),
        ),
    ),
    Misconception(
        "grad_reverse",
        "one run an input",
        "You call the function once for each input. That is the price of forward mode; one call and one backward pass "
        "give all slopes.",
        (
            (
                RUN,
                "    slopes = []\n    for i in range(len(x)):\n        leaves = [Value(number) for number in x]\n"
                "        backward(f(leaves))\n        slopes.append(leaves[i].grad)\n    return np.array(slopes)",
            ),
        ),
    ),
    Misconception(
        "grad_reverse",
        *NUDGED_INSTEAD,
        (
            (
                RUN,
                "    h, x = 1e-4, np.array(x, float)\n    run = lambda p: f([Value(number) for number in p]).data\n"
                "    here, steps = run(x), h * np.eye(len(x))\n"
                "    return np.array([(run(x + s) - here) / h for s in steps])",
            ),
        ),
    ),
)

LOSSES = (
    Misconception(
        "slide27",
        "gradient into the target",
        "You treat the target as a parameter and return its gradient. The target is given and cannot move; the "
        "gradient of the prediction is asked for.",
        (
            ("x, y = Value(x), Value(y)", "x, y, target = Value(x), Value(y), Value(target)"),
            ('"z": z.grad', '"z": target.grad'),
        ),
    ),
    Misconception(
        "slide27",
        "sine forgotten",
        "Your prediction is the product alone. x has a second way into it.",
        (("z = x * y + x.sin()", "z = x * y"),),
    ),
    Misconception(
        "slide27",
        "sine without gradient",
        "Your prediction is right, but its sine was computed outside the graph. No gradient comes back to x through "
        "it. At the slide's own point this does not show.",
        (("z = x * y + x.sin()", "z = x * y + math.sin(x.data)"),),
    ),
    Misconception(
        "slide27",
        "run back from the prediction",
        "Your gradients are those of the prediction. Start from the loss.",
        (("backward(loss)", "backward(z)"),),
    ),
    Misconception(
        "slide27",
        *UPSTREAM_IGNORED,
        (
            (
                "backward(loss)",
                "z.grad = 2 * (z.data - target)\n    x.grad, y.grad = y.data + math.cos(x.data), x.data",
            ),
        ),
    ),
    Misconception(
        "slide27",
        "half the square",
        "Your loss and all gradients are half of what they should be. The slide's loss has no factor in front.",
        (("(z - target) ** 2", "(z - target) ** 2 / 2"),),
    ),
    Misconception(
        "slide27",
        "target left out",
        "You square the prediction itself. The loss is about its distance from the target.",
        (("(z - target) ** 2", "z**2"),),
    ),
    Misconception(
        "slide27",
        "x and y exchanged",
        "The gradients of x and y stand under each other's name.",
        (('"x": x.grad, "y": y.grad', '"x": y.grad, "y": x.grad'),),
    ),
    Misconception(
        "slide27",
        "the node for its number",
        "You return the node of the loss. The number that it holds is asked for.",
        (("return loss.data, ", "return loss, "),),
        (
            (
                (
                    'return loss.data, {"z": z.grad, "x": x.grad, "y": y.grad}',
                    'return [loss, {"x": x.grad, "y": y.grad, "z": z.grad}]',
                ),
            ),
        ),
    ),
    Misconception(
        "slide27",
        "value instead of gradient",
        "Under z you return the prediction itself. How the loss changes with it is asked for.",
        (('"z": z.grad', '"z": z.data'),),
        ((('"z": z.grad', '"z": x.data * y.data + math.sin(x.data)'),),),
    ),
    Misconception(
        "slide27",
        "loss left out",
        "What you return as the loss is the prediction, and your gradients are the prediction's. The loss is made of "
        "its distance from the target.",
        (("loss = (z - target) ** 2", "loss = z"),),
        (
            (
                ("    loss = (z - target) ** 2\n", ""),
                ("backward(loss)", "backward(z)"),
                ("return loss.data", "return z.data"),
            ),
        ),
    ),
    Misconception(
        "slide27",
        "rounded on the way",
        "Your numbers agree with the right ones to a few digits only, like the slide's. Round what you print, and "
        "never what you go on with.",
        (("x, y = Value(x), Value(y)", "x, y = Value(round(x, 2)), Value(round(y, 2))"),),
    ),
)

# Right answers but for special numbers, graphs or calls.
SPECIAL = (
    Misconception(
        "Value", *DIVIDED_BY_THE_BASE, ((POW, "self.grad += n * out.data / self.data * out.grad"),)
    ),
    Misconception(
        "Value",
        *EXPONENT_ZERO_FORGOTTEN,
        (("Value(self.data**n,", "Value(self.data**n if n else 0.0,"),),
    ),
    Misconception(
        "Value", *EXPONENTIAL_LIMITED, (("math.exp(self.data)", "math.exp(min(self.data, 10.0))"),)
    ),
    Misconception(
        "Value",
        *ZERO_TAKEN_FOR_NOTHING,
        (
            (
                "other = as_value(other)\n        out = Value(self.data * other.data",
                "other = as_value(other or 1.0)\n        out = Value(self.data * other.data",
            ),
        ),
    ),
    Misconception(
        "Value",
        "second number of a difference is no parent",
        "Your difference hands its second number a share, but does not name it as a parent. If that number was made "
        "from others, nothing reaches them.",
        (
            (
                "Value(self.data - other.data, (self, other))",
                "Value(self.data - other.data, (self,))",
            ),
        ),
    ),
    Misconception(
        "topo_sort",
        "single node forgotten",
        "A root without parents has an order too: the list that holds this one node.",
        (("    visit(root)\n", "    if root._parents:\n        visit(root)\n"),),
    ),
    Misconception(
        "topo_sort",
        "nodes marked",
        "You leave a mark on each node, and do not take it off. When the function is called again, the nodes are "
        "passed over.",
        (
            ("if node in seen:", "if getattr(node, 'done', False):"),
            ("seen.add(node)", "node.done = True"),
        ),
    ),
    Misconception(
        "backward",
        "seed of 0 replaced",
        "You take a seed of 0 for a seed that was not given. Python's `or` takes 0 for false.",
        (("root.grad = seed", "root.grad = seed or 1.0"),),
    ),
    Misconception(
        "backward",
        "negative gradients held back",
        "Your nodes pass a gradient on only if it is positive. Negative gradients must be passed on as well.",
        (("        node._backward()", "        if node.grad > 0:\n            node._backward()"),),
    ),
    Misconception(
        "backward",
        "gradients limited",
        "You keep gradients between -10 and 10. The chain rule has no such limit.",
        (
            (
                "        node._backward()",
                "        node.grad = max(-10.0, min(10.0, node.grad))\n        node._backward()",
            ),
        ),
    ),
    Misconception(
        "backward",
        "order of the first call kept",
        "You keep the order of the nodes from the first call. Another root and a larger graph have another order.",
        (
            ("def backward(root, seed=1.0):", "def backward(root, seed=1.0, order=[]):"),
            (
                "    for node in reversed(topo_sort(root))",
                "    if set(order).isdisjoint(topo_sort(root)):\n        order[:] = topo_sort(root)\n"
                "    for node in reversed(order)",
            ),
        ),
    ),
    Misconception(
        "zero_grad",
        "walk ends at a zero",
        "You do not walk on from a node whose gradient is already 0. Behind it there may be others.",
        (
            (
                ZERO,
                "    root.grad = 0.0\n    for parent in root._parents:\n        if parent.grad != 0:\n"
                "            zero_grad(parent)",
            ),
        ),
    ),
    Misconception(
        "grad_reverse",
        *FILLED_WHOLE_NUMBERS,
        (
            (
                READ,
                "slopes = np.zeros_like(x)\n    slopes[:] = [leaf.grad for leaf in leaves]\n    return slopes",
            ),
        ),
    ),
    Misconception(
        "grad_reverse",
        *FOUND_BY_VALUE,
        ((READ, "return np.array([leaves[list(x).index(number)].grad for number in x])"),),
    ),
    Misconception(
        "grad_reverse",
        "rule of the output alone",
        "You run the backward rule of the output and of no other node. Gradients have to be passed on to the inputs.",
        (("    backward(out)\n", "    out.grad = 1.0\n    out._backward()\n"),),
    ),
    Misconception(
        "slide27",
        "target of 0 replaced",
        "You take a target of 0 for one that was not given. Python's `or` takes 0 for false.",
        (("(z - target) ** 2", "(z - (target or 9)) ** 2"),),
    ),
)

OVERWRITER = '        "B": [("b", "+", "x", "x")],\n'
REPEATER = '[("b", "+", "x", "y"), ("c", "+", "b", "b")]'
HURRIER = '[("b", "*", "x", "y"), ("c", "+", "b", "y"), ("d", "*", "b", "c")]'
FORGETTER = '[("b", "*", "x", "y"), ("c", "sin", "b")]'

IMPOSTORS = (
    Misconception(
        "unmask",
        "the right engine accused",
        "There is a program for every engine, and one of the five is right: no program can expose it.",
        (('        "D": ', '        "C": [("b", "+", "x", "x")],\n        "D": '),),
    ),
    Misconception(
        "unmask",
        "one program for all",
        "One program stands for all engines. It may expose them all, and does not say what each of them does wrong.",
        (
            (OVERWRITER, OVERWRITER.replace('("b", "+", "x", "x")', HURRIER[1:-1])),
            (REPEATER, HURRIER),
            (FORGETTER, HURRIER),
        ),
    ),
    Misconception(
        "unmask",
        "consumer before what it consumes",
        "In the program for the engine that hurries, the walk takes the long way first. Then the node already has "
        "all its shares when its turn comes.",
        ((HURRIER, HURRIER.replace('"*", "b", "c"', '"*", "c", "b"')),),
    ),
    Misconception(
        "unmask",
        "input used twice for a node used twice",
        "An input has no parents to hand anything to, so handing it on twice changes nothing. The number that is "
        "used twice must be one that was made from others.",
        ((REPEATER, '[("b", "+", "x", "x"), ("c", "+", "b", "y")]'),),
    ),
    Misconception(
        "unmask",
        "product at the end",
        "The gradient of the last step is 1, so a product that is the last step cannot lose it. Something must come "
        "after the product.",
        ((FORGETTER, '[("b", "sin", "x"), ("c", "*", "b", "y")]'),),
    ),
    Misconception(
        "unmask",
        "every number used once",
        "In the program for the engine that overwrites, every number is used once: there is never a second share.",
        ((OVERWRITER, '        "B": [("b", "+", "x", "y")],\n'),),
    ),
)

MISCONCEPTIONS = (*OPERATIONS, *ORDERS, *SWEEPS, *RESETS, *FUNCTIONS, *LOSSES, *SPECIAL, *IMPOSTORS)
