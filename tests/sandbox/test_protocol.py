"""What a worker says: whatever plain data it sends, it is read as a reply or refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.errors import WireError
from autograder.sandbox import protocol
from autograder.sandbox.codec import Opaque

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(codec=None, categories=None), max_size=5),
    st.binary(max_size=3),
    st.sampled_from(
        [
            np.zeros(2),
            np.zeros((2, 3)),
            np.array(1.0),
            np.float64(2),
            np.array(["a", "b"]),
            Opaque("x"),
        ]
    ),
)
PLAIN = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner)
        | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=8,
)
# Nearly right, so that reading gets further than the first look.
FAILURES = st.lists(PLAIN, max_size=4) | st.tuples(
    st.text(), st.text(), st.text(), st.integers(), st.text(), st.text()
).map(list)
ENTRIES = PLAIN | st.lists(st.tuples(st.integers(-1, 3), FAILURES | PLAIN).map(list), max_size=3)
COLUMNS = PLAIN | st.dictionaries(
    st.sampled_from(["same", "stack", "each"]), PLAIN, min_size=1, max_size=1
)
REPLIES = st.fixed_dictionaries(
    {},
    optional={
        "values": COLUMNS,
        "failures": ENTRIES,
        "warnings": ENTRIES,
        "changed": ENTRIES,
        "nudged": ENTRIES,
        "printed": ENTRIES,
        "failure": FAILURES | PLAIN,
        "stdout": st.text() | PLAIN,
        "names": PLAIN | st.lists(st.sampled_from(["f", "g", "h"])),
    },
)

EXAMPLES = settings(derandomize=True, deadline=None, max_examples=400)


@EXAMPLES
@given(REPLIES, st.integers(1, 3))
def test_answers_are_as_many_as_were_asked_for_or_refused(reply, count):
    try:
        answers = protocol.read_answers(reply, count, lines=100)
    except WireError:
        return
    assert len(answers) == count
    assert all(
        isinstance(word, str) for answer in answers for word in (*answer.warnings, *answer.changed)
    )
    assert all(answer.value is None for answer in answers if answer.failure)


@EXAMPLES
@given(REPLIES)
def test_how_a_cell_ended_is_read_or_refused(reply):
    try:
        failure, stdout = protocol.read_run(reply, output=10)
    except WireError:
        return
    assert len(stdout) <= 10
    stdout.encode("utf-8")
    if failure:
        f"{failure.type} {failure.message} {failure.function} {failure.text}".encode()
        assert 0 <= failure.line < 2**31


@EXAMPLES
@given(REPLIES)
def test_only_names_that_were_asked_for_are_found(reply):
    try:
        found = protocol.read_names(reply, ["f", "g"])
    except WireError:
        return
    assert found <= {"f", "g"}


def test_a_reply_that_is_right_is_read():
    failures = [[1, ["ValueError", "no", "f", 3, "return x", ""]]]
    reply = {"values": {"each": [1.0, None]}, "failures": failures, "warnings": [[0, ["careful"]]]}
    reply |= {"changed": [], "nudged": [], "printed": []}
    first, second = protocol.read_answers(reply, 2, lines=100)
    assert (first.value, first.warnings, second.failure.text) == (
        1.0,
        ("careful",),
        "ValueError in f, in the line “return x”: no",
    )
    with pytest.raises(WireError):
        protocol.read_answers(reply, 3, lines=100)
