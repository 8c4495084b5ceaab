"""Notebook 6 in other styles."""

import math
from collections import deque

import numpy as np


def as_value(x):
    return x if isinstance(x, Value) else Value(x)


class Value:
    """What the variants below that need a graph of their own are made of: parents in a set, rules as lambdas."""

    def __init__(self, data, parents=(), rule=None):
        self.data, self.grad, self._parents = data, 0, set(parents)
        self._backward = (lambda: rule(self.grad)) if rule else lambda: None

    def give(self, share):
        self.grad += share

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, {self, other}, lambda g: (self.give(g), other.give(g)))

    def __mul__(self, other):
        other = as_value(other)
        return Value(
            self.data * other.data,
            {self, other},
            lambda g: (self.give(g * other.data), other.give(g * self.data)),
        )

    def __pow__(self, n):
        return Value(self.data**n, {self}, lambda g: self.give(n * g * math.pow(self.data, n - 1)))

    def __neg__(self):
        return -1 * self

    def __sub__(self, other):
        return self + (-1) * as_value(other)

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * as_value(other) ** -1

    def __rtruediv__(self, other):
        return other * self**-1

    __radd__, __rmul__ = __add__, __mul__

    def sin(self):
        return Value(
            math.sin(self.data), {self}, lambda g: self.give(g * math.sin(self.data + math.pi / 2))
        )

    def exp(self):
        e = math.exp(self.data)
        return Value(e, {self}, lambda g: self.give(g * e))

    def relu(self):
        return self * 1.0 if self.data > 0 else self * 0.0


class TapeValue:
    """Parents in a list, local derivatives beside them, one rule for all operations; grads are NumPy's."""

    __slots__ = ("_backward", "_parents", "data", "grad", "slopes")

    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad = np.float64(data), np.zeros(())
        self._parents, self.slopes = list(parents), slopes
        self._backward = self.pass_on

    def pass_on(self):
        for parent, slope in zip(self._parents, self.slopes, strict=False):
            parent.grad = parent.grad + slope * self.grad

    @staticmethod
    def of(x):
        return x if isinstance(x, TapeValue) else TapeValue(x)

    def __add__(self, other):
        other = self.of(other)
        return TapeValue(self.data + other.data, [self, other], [1, 1])

    def __mul__(self, other):
        other = self.of(other)
        return TapeValue(self.data * other.data, [self, other], [other.data, self.data])

    def __sub__(self, other):
        other = self.of(other)
        return TapeValue(self.data - other.data, [self, other], [1, -1])

    def __pow__(self, n):
        return TapeValue(self.data**n, [self], [n * np.power(self.data, n - 1)])

    def sin(self):
        return TapeValue(np.sin(self.data), [self], [np.cos(self.data)])

    def exp(self):
        return TapeValue(np.exp(self.data), [self], [np.exp(self.data)])

    def relu(self):
        return TapeValue(np.maximum(self.data, 0), [self], [np.heaviside(self.data, 0.5)])

    def __rsub__(self, other):
        return self.of(other) - self

    __radd__, __rmul__ = __add__, __mul__


class PlainValue:
    """Numbers of whatever type they come in; powers and squares by other operations."""

    def __init__(self, data, parents=()):
        self.data, self.grad, self._parents, self._backward = data, 0.0, parents, type(None)

    def linked(self, data, *shares):
        out = PlainValue(data, tuple(parent for parent, _ in shares))

        def _backward():
            for parent, slope in shares:
                parent.grad += slope * out.grad

        out._backward = _backward
        return out

    def __add__(self, other):
        if not isinstance(other, PlainValue):
            return self.linked(self.data + other, (self, 1))
        return self.linked(self.data + other.data, (self, 1), (other, 1))

    def __mul__(self, other):
        if not isinstance(other, PlainValue):
            return self.linked(other * self.data, (self, other))
        return self.linked(self.data * other.data, (self, other.data), (other, self.data))

    def __sub__(self, other):
        return self + other * -1

    def __pow__(self, n):
        if isinstance(n, int) and n > 0:
            return self if n == 1 else self * self ** (n - 1)
        return self.linked(self.data**n, (self, n * self.data ** (n - 1)))

    def sin(self):
        return self.linked(math.sin(self.data), (self, math.cos(self.data)))

    def exp(self):
        return self.linked(math.e**self.data, (self, math.e**self.data))

    def relu(self):
        return self.linked((self.data + abs(self.data)) / 2, (self, 1 if self.data >= 0 else 0))

    __radd__, __rmul__ = __add__, __mul__


def order_with_a_stack(root):
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack += [(parent, False) for parent in node._parents]
    return order


def order_by_counting_consumers(root):
    waiting, found = {id(root): 0}, [root]
    for node in found:
        for parent in node._parents:
            if id(parent) not in waiting:
                waiting[id(parent)] = 0
                found.append(parent)
            waiting[id(parent)] += 1
    ready, back = deque([root]), []
    while ready:
        node = ready.popleft()
        back.append(node)
        for parent in node._parents:
            waiting[id(parent)] -= 1
            if not waiting[id(parent)]:
                ready.append(parent)
    return back[::-1]


def order_by_depth(root):
    depth = {}

    def measure(node):
        if node not in depth:
            depth[node] = 1 + max(map(measure, node._parents), default=0)
        return depth[node]

    measure(root)
    return sorted(depth, key=depth.get)


def order_by_going_round(root):
    found = [root]
    for node in found:
        found += [p for p in dict.fromkeys(node._parents) if not any(p is f for f in found)]
    order = []
    while len(order) < len(found):
        order += [n for n in found if n not in order and all(p in order for p in n._parents)]
    return order


def order_from_a_generator(root, seen=None):
    def walk(node):
        seen.add(node)
        for parent in reversed(list(node._parents)):
            if parent not in seen:
                yield from walk(parent)
        yield node

    seen = set() if seen is None else seen
    return tuple(walk(root))


def sweep_with_a_recursion_of_its_own(root, seed=1.0):
    back = {}

    def visit(node):
        if id(node) in back:
            return
        back[id(node)] = None
        for parent in node._parents:
            visit(parent)
        del back[id(node)]
        back[id(node)] = node

    visit(root)
    root.grad = float(seed)
    for node in list(back.values())[::-1]:
        node._backward()


def sweep_through_a_stack(root, seed=1.0):
    order = order_with_a_stack(root)
    order[-1].grad += seed
    while order:
        order.pop()._backward()


def sweep_of_inner_nodes(root, seed=1.0):
    order = order_by_counting_consumers(root)
    for node in order:
        node.grad = 0.0
    root.grad = np.array(seed)
    for i in range(len(order) - 1, -1, -1):
        if order[i]._parents:
            order[i]._backward()
    return root


def zero_with_a_set(root):
    todo, seen = [root], set()
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            node.grad = 0
            todo.extend(node._parents)


def zero_by_recursion(root, seen=None):
    seen = seen if seen is not None else {}
    seen[id(root)] = root
    root.grad *= 0
    for parent in root._parents:
        if id(parent) not in seen:
            zero_by_recursion(parent, seen)


def slopes_in_a_list(f, x):
    nodes = list(map(Value, x))
    sweep_of_inner_nodes(f(nodes))
    return [node.grad for node in nodes]


def slopes_in_an_array(f, x):
    g = np.zeros(len(x))
    nodes = []
    for number in np.asarray(x).tolist():
        nodes.append(PlainValue(number))
    sweep_through_a_stack(f(nodes), 1)
    for i in range(g.size):
        g[i] = nodes[i].grad
    return g


def slide27_by_hand(x, y, target):
    z = x * y + np.sin(x)
    dz = 2 * (z - target)
    return (z - target) ** 2, {"x": dz * (y + np.cos(x)), "y": dz * x, "z": dz}


def slide27_with_a_target_node(x, y, target):
    x, y, target = map(Value, (x, y, target))
    z = x.sin() + y * x
    error = target - z
    loss = error * error
    sweep_of_inner_nodes(loss)
    return loss.data, {"x": x.grad, "y": y.grad, "z": z.grad, "target": target.grad}


def slide27_multiplied_out(x, y, target):
    x, y = PlainValue(x), PlainValue(y)
    z = y * x + x.sin()
    loss = z * z - z * (2 * target) + target**2
    sweep_through_a_stack(loss)
    return [np.array(loss.data), dict(zip("xyz", (v.grad for v in (x, y, z)), strict=True))]


def other_witnesses():
    return dict(
        zip(
            "ABCDE",
            (
                (["m", "sin", "x"], ["n", "*", "m", "m"]),
                [["n", "*", "y", "y"]],
                [],
                [("p", "sin", "y"), ("q", "*", "p", "x"), ("r", "+", "p", "q")],
                [["m", "*", "y", "x"], ["n", "+", "m", "m"]],
            ),
            strict=True,
        )
    )


def witnesses_without_the_right_one():
    found = {"E": [("half", "*", "x", "y"), ("whole", "*", "half", "half")]}
    found["B"] = [("twice", "*", "x", "x")]
    found["A"] = [("s", "*", "x", "y"), ("t", "*", "s", "s")]
    found["D"] = [("s", "sin", "x"), ("t", "sin", "s"), ("u", "+", "s", "t")]
    return found


VARIANTS = {
    "other witnesses": {"unmask": other_witnesses},
    "witnesses without the right one": {"unmask": witnesses_without_the_right_one},
    "sets and lambdas": {"Value": Value},
    "a tape of slopes": {"Value": TapeValue},
    "plain numbers stay numbers": {"Value": PlainValue},
    "order with a stack": {"topo_sort": order_with_a_stack},
    "order by counting consumers": {"topo_sort": order_by_counting_consumers},
    "order by depth": {"topo_sort": order_by_depth},
    "order by going round": {"topo_sort": order_by_going_round},
    "order from a generator": {"topo_sort": order_from_a_generator},
    "a sweep with its own recursion": {"backward": sweep_with_a_recursion_of_its_own},
    "a sweep through a stack": {"backward": sweep_through_a_stack},
    "a sweep of inner nodes": {"backward": sweep_of_inner_nodes},
    "zero with a set": {"zero_grad": zero_with_a_set},
    "zero by recursion": {"zero_grad": zero_by_recursion},
    "slopes in a list": {"grad_reverse": slopes_in_a_list},
    "slopes in an array": {"grad_reverse": slopes_in_an_array},
    "slide 27 by hand": {"slide27": slide27_by_hand},
    "slide 27 with a target node": {"slide27": slide27_with_a_target_node},
    "slide 27 multiplied out": {"slide27": slide27_multiplied_out},
}
REMARKED = {}
