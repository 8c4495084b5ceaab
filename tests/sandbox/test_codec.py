"""The wire: what goes in comes out, and no bytes whatever do anything but decode or raise WireError."""

import math
import struct
from collections import OrderedDict, namedtuple
from enum import IntEnum

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import WireError
from autograder.sandbox import codec
from autograder.sandbox.codec import Opaque, decode, encode

WIDE = st.integers(1 - 2 ** (8 * codec.MAX_INT_BYTES - 1), 2 ** (8 * codec.MAX_INT_BYTES - 1) - 1)
TEXT = st.text(st.characters(codec=None, categories=None))  # surrogates included
NUMBERS = (
    "?",
    "i1",
    "u1",
    "<i2",
    ">i4",
    "<i8",
    "<u8",
    ">u2",
    "<f2",
    "<f4",
    ">f4",
    "<f8",
    ">f8",
    "<c8",
    ">c16",
)


def of_random_bytes(dtype: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """NaN of every kind, infinities and subnormal numbers come by themselves."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    data = np.frombuffer(np.random.default_rng(seed).bytes(size), np.uint8)
    return (data % 2 if dtype == "?" else data).view(dtype).reshape(shape)


SHAPES = st.lists(st.integers(0, 4), max_size=4).map(tuple)
ARRAYS = st.one_of(
    st.builds(of_random_bytes, st.sampled_from(NUMBERS), SHAPES, st.integers(0, 2**32)),
    st.lists(TEXT, min_size=1, max_size=3).map(
        lambda texts: np.array([f"x{text}x" for text in texts])
    ),
)
SCALARS = ARRAYS.filter(lambda array: array.size).map(lambda array: array.ravel()[0])
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    WIDE,
    st.floats(),
    st.complex_numbers(),
    TEXT,
    st.binary(),
    ARRAYS,
    SCALARS,
)
KEYS = st.one_of(TEXT, st.none(), WIDE, st.floats(allow_nan=False), st.tuples(WIDE, TEXT))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(KEYS, inner, max_size=4),
    ),
    max_leaves=12,
)
# One of everything, for mutation.
SAMPLES = (
    {
        "id": "0123456789abcdef",
        "values": {"stack": np.arange(12.0).reshape(3, 4)},
        "failures": [[0, ["E", "m", "f", 1]]],
    },
    [np.linspace(0, 1, 600), np.linspace(0, 1, 700), np.arange(3, dtype="u1")],
    {"a": (1, 2.5, (None, True)), 3: 2**90, (1, "k"): -1j, None: "añ\ud800", 1.5: b"bytes"},
    [
        np.array([True, False]),
        np.array(["ab", "c"]),
        np.float32(2),
        np.array(7),
        np.str_("x"),
        object(),
    ],
    [[[[[[1]]]]]],
)


def frame(value: object) -> bytes:
    return b"".join(encode(value))


def trip(value: object) -> object:
    return decode(frame(value))


def raw(header: bytes, *buffers: bytes) -> bytes:
    """A frame made by hand."""
    lengths = struct.pack(f"<{len(buffers)}Q", *map(len, buffers))
    return codec.PREFIX.pack(len(header), len(buffers)) + lengths + header + b"".join(buffers)


def alike(a: object, b: object) -> bool:
    """Equal in value and type, NaN equal to itself, -0.0 apart from 0.0, big-endian arrays equal to little-endian."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        little = np.asarray(a).astype(a.dtype.newbyteorder("<"))
        other = np.asarray(b)
        return (
            little.dtype == other.dtype
            and little.shape == other.shape
            and little.tobytes() == other.tobytes()
        )
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, dict):
        return (
            len(a) == len(b) and all(map(alike, a, b)) and all(map(alike, a.values(), b.values()))
        )
    if isinstance(a, complex):
        return alike(a.real, b.real) and alike(a.imag, b.imag)
    if isinstance(a, float):
        return struct.pack("<d", a) == struct.pack("<d", b) or (math.isnan(a) and math.isnan(b))
    return a == b


@given(VALUES)
def test_values_survive_the_round_trip(value):
    assert alike(value, trip(value))


@given(st.binary(max_size=300))
def test_random_bytes_decode_or_are_refused(data):
    with_prefix = codec.PREFIX.pack(len(data), 0) + data
    for attempt in (data, with_prefix):
        try:
            decode(attempt)
        except WireError:
            continue


@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(0, 2**16),
)
def test_mutated_frames_decode_or_are_refused(value, changes, cut):
    mutated = bytearray(frame(value))
    for position, byte in changes:
        mutated[position % len(mutated)] = byte
    for attempt in (bytes(mutated), bytes(mutated[: cut % len(mutated)])):
        try:
            decode(attempt)
        except WireError:
            continue


@pytest.mark.parametrize(
    "array",
    [
        np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        np.arange(24.0).reshape(4, 6)[::2, ::-3],
        np.broadcast_to(np.float64(3.0), (5, 5)),
        np.zeros((0, 7)),
        np.array(2.5),
        np.linspace(0, 1, 3000),
        np.arange(3000).astype(">i4"),
        np.array([["añ", "b"], ["\ud800", ""]]),
    ],
    ids=["fortran", "strided", "broadcast", "empty", "0-d", "out of line", "big-endian", "text"],
)
def test_arrays_of_every_layout_survive(array):
    back = trip({"array": array})["array"]
    assert alike(array, back)
    assert (
        back.flags.writeable and back.flags.aligned and back.flags.owndata | (back.base is not None)
    )


def test_small_arrays_go_out_of_line_when_the_header_is_half_full():
    many = [np.full(400, i, dtype=float) for i in range(1000)]
    pieces = encode(many)
    assert len(pieces[0]) < codec.MAX_HEADER
    assert len(pieces) > 100
    assert alike(many, trip(many))


def test_subclasses_arrive_as_the_plain_type():
    class Colour(IntEnum):
        RED = 2**70

    class Tagged(np.ndarray):
        pass

    class Loud(str):
        def __str__(self):
            return "loud"

    point = namedtuple("point", "x y")(1, 2)
    sent = {"enum": Colour.RED, "tuple": point, "dict": OrderedDict(a=1), "text": Loud("soft")}
    assert alike(trip(sent), {"enum": 2**70, "tuple": (1, 2), "dict": {"a": 1}, "text": "soft"})
    assert alike(trip(np.ones(2).view(Tagged)), np.ones(2))


class Hostile:
    def __eq__(self, other):
        return True

    __hash__ = object.__hash__

    def __reduce__(self):
        return (print, ("unpickled",))

    def __array__(self, *_, **__):
        return np.ones(3)


@pytest.mark.parametrize(
    ("value", "typename"),
    [
        (Hostile(), "Hostile"),
        ({1, 2}, "set"),
        (len, "builtin_function_or_method"),
        ((i for i in ()), "generator"),
        (np.array([1, None]), "array of object"),
        (np.array(["2020-01-01"], dtype="M8[D]"), "array of datetime64[D]"),
        (np.longdouble(1), np.dtype(np.longdouble).name),
        (2 ** (8 * codec.MAX_INT_BYTES), f"int of more than {codec.MAX_INT_BYTES} bytes"),
    ],
)
def test_anything_else_arrives_opaque_and_equal_to_nothing(value, typename):
    (back,) = trip([value])
    assert type(back) is Opaque
    assert back.typename == typename
    for other in (back, value, typename):
        assert (back == other) is False


def test_an_opaque_value_can_be_a_key():
    (key,) = trip({Hostile(): 1})
    assert type(key) is Opaque


def test_values_nested_too_deeply_are_refused_on_both_sides():
    deep: object = 0
    for _ in range(codec.MAX_DEPTH):
        deep = [deep]
    assert alike(deep, trip(deep))
    with pytest.raises(WireError, match="nested"):
        encode([deep])
    with pytest.raises(WireError, match="nested"):
        decode(raw(b"\x91" * (codec.MAX_DEPTH + 1) + b"\xc0"))


def test_a_list_inside_itself_is_refused():
    endless: list[object] = []
    endless.append(endless)
    wide: list[object] = []
    wide += [wide] * 1000
    for value in (endless, wide):
        with pytest.raises(WireError):
            encode(value)


def test_values_too_large_are_refused_when_sent():
    with pytest.raises(WireError, match="too large"):
        encode("x" * (codec.MAX_HEADER + 1))
    with pytest.raises(WireError, match="too large"):
        encode(np.zeros(codec.MAX_FRAME // 8 + 1))
    with pytest.raises(WireError, match="too many arrays"):
        encode([np.zeros(600)] * (codec.MAX_BUFFERS + 1))


@pytest.mark.parametrize(
    "prefix",
    [
        codec.PREFIX.pack(codec.MAX_HEADER + 1, 0),
        codec.PREFIX.pack(1, codec.MAX_BUFFERS + 1),
        codec.PREFIX.pack(1, 1) + struct.pack("<Q", codec.MAX_FRAME),
        codec.PREFIX.pack(1, 2) + struct.pack("<QQ", 2**63, 2**63),
    ],
)
def test_lengths_over_the_limits_are_refused_before_anything_is_read_for_them(prefix):
    asked = []
    rest = memoryview(prefix)

    def read(size: int) -> bytes:
        nonlocal rest
        asked.append(size)
        piece, rest = bytes(rest[:size]), rest[size:]
        return piece

    with pytest.raises(WireError):
        codec.read_frame(read)
    assert sum(asked) <= len(prefix)


def described(kind: bytes, size: int, *shape: int) -> bytes:
    return struct.pack(f"<cIB{len(shape)}Q", kind, size, len(shape), *shape)


def extension(code: int, data: bytes) -> bytes:
    return msgpack.packb(msgpack.ExtType(code, data))


@pytest.mark.parametrize(
    "header",
    [
        extension(codec.ARRAY, described(b"f", 8, 2) + bytes(15)),
        extension(codec.ARRAY, described(b"f", 8, 2**63, 2) + bytes(16)),
        extension(codec.ARRAY, described(b"f", 8, 0, 2**63)),
        extension(codec.ARRAY, described(b"O", 8, 1) + bytes(8)),
        extension(codec.ARRAY, described(b"V", 8, 1) + bytes(8)),
        extension(codec.ARRAY, described(b"f", 16, 1) + bytes(16)),
        extension(codec.ARRAY, described(b"U", 0, 2**40)),
        extension(codec.ARRAY, described(b"U", 6, 1) + bytes(6)),
        extension(codec.ARRAY, described(b"U", 4, 1) + struct.pack("<I", 0x110000)),
        extension(codec.ARRAY, described(b"f", 8, *[1] * 17) + bytes(8)),
        extension(codec.ARRAY, b"f"),
        extension(codec.SCALAR, described(b"f", 8, 1) + bytes(8)),
        extension(codec.BUFFER, struct.pack("<I", 0) + described(b"f", 8, 1)),
        extension(codec.INT, bytes(codec.MAX_INT_BYTES + 1)),
        extension(codec.COMPLEX, bytes(15)),
        extension(99, b""),
        b"\xdd\xff\xff\xff\xff" * 1000,
        b"\xc1",
        b"\x81\x90\xc0",
        b"\xc0\xc0",
        b"",
        msgpack.packb(dict.fromkeys(range(codec.MAX_ODD_KEYS + 1))),
    ],
)
def test_forged_headers_are_refused(header):
    with pytest.raises(WireError):
        decode(raw(header))


def test_a_buffer_can_be_used_once():
    reference = extension(codec.BUFFER, struct.pack("<I", 0) + described(b"f", 8, 1))
    assert alike(decode(raw(reference, bytes(8))), np.zeros(1))
    with pytest.raises(WireError, match="used twice"):
        decode(raw(b"\x92" + reference * 2, bytes(8)))


def test_bools_are_true_or_false_whatever_their_byte():
    back = decode(raw(extension(codec.ARRAY, described(b"b", 1, 3) + b"\x00\x01\x02")))
    assert back.tobytes() == b"\x00\x01\x01"


def test_a_misplaced_tuple_mark_is_only_opaque():
    mark = extension(codec.TUPLE, b"")
    assert type(decode(raw(mark))) is Opaque
    assert list(decode(raw(b"\x81" + mark + b"\xc0")).values()) == [None]


def test_the_library_s_own_timestamps_become_plain_numbers():
    assert decode(raw(msgpack.packb(msgpack.Timestamp(5)))) == 5.0


def test_bytes_after_the_frame_are_refused():
    with pytest.raises(WireError, match="after the frame"):
        decode(frame(1) + b"\x00")
