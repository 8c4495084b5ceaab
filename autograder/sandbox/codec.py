"""The only data format that crosses the sandbox wall: plain data as bytes.  No pickle, no code, no classes.

A frame is

    PREFIX      length of the header, number of buffers        (two little-endian uint32)
    lengths     one little-endian uint64 a buffer
    header      msgpack: the structure, and small arrays
    buffers     the raw bytes of larger arrays, one after the other

Every length is checked before anything is allocated for it.  Decoding is total: any bytes give plain data or
WireError.  Plain data is None, bool, int, float, complex, str, bytes, list, tuple, dict, arrays and scalars of numpy
with plain numbers or text in them, and `Opaque`, which stands for everything else.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgpack
import numpy as np

from autograder.errors import WireError

MAX_HEADER = 1 << 20
MAX_BUFFERS = 8192
MAX_FRAME = 64 << 20
MAX_DEPTH = 32
MAX_NODES = 1 << 20  # values inside lists, tuples and dicts, all together
MAX_INT_BYTES = 512
MAX_DIMENSIONS = 16
MAX_TYPENAME = 200
# Keys that are not text can be chosen so that they collide in the reader's dict, at quadratic cost.
MAX_ODD_KEYS = 1000
# Arrays up to this size travel in the header, as long as they leave half of it free.
INLINE = 4096
INLINE_TOTAL = MAX_HEADER // 2
ITEM_SIZES = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8), "c": (8, 16)}
TEXT_KIND = "U"
TEXT_UNIT = 4
LAST_CODE_POINT = 0x10FFFF

# A frame in pieces, to be written in order.
Frame: TypeAlias = Sequence[bytes | memoryview]

PREFIX = struct.Struct("<II")
# msgpack extension types.  TUPLE is a marker: the only key of a map whose value is the list of the tuple's items.
TUPLE, ARRAY, BUFFER, SCALAR, COMPLEX, INT, OPAQUE = range(1, 8)
_TUPLE_KEY = msgpack.ExtType(TUPLE, b"")
_CONTAINERS = (list, tuple, dict)
# Converts an instance of a subclass to the plain type, without calling methods of the subclass.
_EXACT: dict[type, Callable[[Any], object]] = {
    float: float.__float__,
    str: str.__str__,
    list: list,
    dict: dict,
}


class Opaque:
    """Stands for a value that could not be sent: has the name of its type, equals nothing."""

    __slots__ = ("typename",)
    __hash__ = object.__hash__

    def __init__(self, typename: str) -> None:
        self.typename = typename

    def __eq__(self, other: object) -> bool:
        return False

    def __repr__(self) -> str:
        return f"Opaque({self.typename!r})"


# An Opaque, so that it is harmless where a forged frame puts it in a wrong place.
_TUPLE_MARK = Opaque("tuple")


def encode(value: object) -> list[bytes | memoryview]:
    """The frame of `value`, in pieces to be written in order.  WireError if it exceeds a limit.

    Subclasses of plain types arrive as the plain type; what is not plain data arrives as Opaque.
    """
    header, buffers = _encode(value)
    lengths = struct.pack(f"<{len(buffers)}Q", *(len(b) for b in buffers))
    return [PREFIX.pack(len(header), len(buffers)) + lengths + header, *buffers]


def frame_size(pieces: Frame) -> int:
    """Bytes of an encoded frame."""
    return sum(len(piece) for piece in pieces)


def read_frame(read: Callable[[int], bytes | bytearray]) -> object:
    """Decode the next frame of a stream.

    read: returns exactly as many bytes as it is asked for, or raises.  WireError if the bytes are not a frame.
    """
    header_size, count = PREFIX.unpack(read(PREFIX.size))
    if header_size > MAX_HEADER or count > MAX_BUFFERS:
        raise WireError(
            f"wire: header of {header_size} bytes and {count} buffers; the limits are exceeded"
        )
    sizes = struct.unpack(f"<{count}Q", read(8 * count)) if count else ()
    if header_size + sum(sizes) > MAX_FRAME:
        raise WireError(
            f"wire: frame of {header_size + sum(sizes)} bytes; the limit is {MAX_FRAME}"
        )
    body = memoryview(read(header_size + sum(sizes)))
    buffers, start = [], header_size
    for size in sizes:
        buffers.append(body[start : start + size])
        start += size
    return _decode(body[:header_size], buffers)


def decode(data: bytes) -> object:
    """Decode one whole frame.  WireError if `data` is anything else."""
    rest = memoryview(data)

    def read(size: int) -> bytes:
        nonlocal rest
        if size > len(rest):
            raise WireError("wire: the frame ends too early")
        piece, rest = bytes(rest[:size]), rest[size:]
        return piece

    value = read_frame(read)
    if len(rest):
        raise WireError(f"wire: {len(rest)} bytes after the frame")
    return value


def _encode(value: object) -> tuple[bytes, list[memoryview]]:
    _check_nesting(value)
    translator = _Translator()
    packer = msgpack.Packer(
        default=translator.translate, strict_types=True, unicode_errors="surrogatepass"
    )
    try:
        header = packer.pack(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise WireError(f"wire: the value cannot be sent: {error}") from None
    if len(header) > MAX_HEADER or len(header) + sum(map(len, translator.buffers)) > MAX_FRAME:
        raise WireError("wire: the value is too large to be sent")
    return header, translator.buffers


class _Translator:
    """Converts values that msgpack does not know; collects the buffers that travel outside the header."""

    def __init__(self) -> None:
        self.buffers: list[memoryview] = []
        self._inline = 0

    def translate(self, value: Any) -> object:
        """`value` as something that msgpack knows."""
        kind = type(value)
        if kind is np.ndarray or isinstance(value, np.ndarray):
            return self._array(np.asarray(value))
        if isinstance(value, np.generic):
            return self._scalar(np.asarray(value))
        if isinstance(value, tuple):
            return {_TUPLE_KEY: list(value)}
        if isinstance(value, complex):
            return msgpack.ExtType(COMPLEX, struct.pack("<dd", value.real, value.imag))
        if isinstance(value, int):
            return _integer(int(value))
        if kind is Opaque:
            return _opaque(value.typename)
        for plain, exact in _EXACT.items():
            if isinstance(value, plain):
                return exact(value)
        return _opaque(kind.__name__)

    def _array(self, array: np.ndarray) -> object:
        described = _describe(array)
        if described is None:
            return _opaque(f"array of {array.dtype}"[:MAX_TYPENAME])
        little = _little_endian(array)
        if array.nbytes <= INLINE and self._inline + array.nbytes <= INLINE_TOTAL:
            self._inline += array.nbytes
            return msgpack.ExtType(ARRAY, described + little.tobytes())
        if len(self.buffers) == MAX_BUFFERS:
            raise ValueError("too many arrays")
        self.buffers.append(np.ascontiguousarray(little).reshape(-1).view(np.uint8).data)
        return msgpack.ExtType(BUFFER, struct.pack("<I", len(self.buffers) - 1) + described)

    def _scalar(self, array: np.ndarray) -> object:
        described = _describe(array)
        if described is None or array.nbytes > INLINE:
            return _opaque(array.dtype.name)
        return msgpack.ExtType(SCALAR, described + _little_endian(array).tobytes())


def _describe(array: np.ndarray) -> bytes | None:
    """Kind, item size and shape of an array; None if its items are not plain numbers or text."""
    kind, size = array.dtype.kind, array.dtype.itemsize
    plain = size > 0 if kind == TEXT_KIND else size in ITEM_SIZES.get(kind, ())
    if not plain or array.ndim > MAX_DIMENSIONS:
        return None
    return struct.pack(f"<cIB{array.ndim}Q", kind.encode(), size, array.ndim, *array.shape)


def _little_endian(array: np.ndarray) -> np.ndarray:
    if array.dtype.isnative and sys.byteorder == "little":
        return array
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def _integer(value: int) -> object:
    size = value.bit_length() // 8 + 1
    if size <= 8:
        return value
    if size > MAX_INT_BYTES:
        return _opaque(f"int of more than {MAX_INT_BYTES} bytes")
    return msgpack.ExtType(INT, value.to_bytes(size, "little", signed=True))


def _opaque(typename: str) -> object:
    return msgpack.ExtType(OPAQUE, typename[:MAX_TYPENAME].encode("utf-8", "replace"))


def _decode(header: memoryview, buffers: Sequence[memoryview]) -> object:
    reader = _Reader(buffers)
    try:
        value = msgpack.unpackb(
            header,
            ext_hook=reader.extension,
            object_pairs_hook=_mapping,
            strict_map_key=False,
            timestamp=1,  # as a float: the library's own class is not plain data
            unicode_errors="surrogatepass",
        )
    except WireError:
        raise
    except Exception as error:  # hostile bytes may raise anything in msgpack and numpy
        raise WireError(f"wire: {type(error).__name__}: {str(error)[:200]}") from None
    _check_nesting(value)
    return value


class _Reader:
    """Turns extension types back into values; uses each buffer once, so that shared ones cannot multiply memory."""

    def __init__(self, buffers: Sequence[memoryview]) -> None:
        self._unused: dict[int, memoryview] = dict(enumerate(buffers))

    def extension(self, code: int, data: bytes) -> object:
        """The value of one msgpack extension."""
        if code == ARRAY:
            return _array(data)
        if code == BUFFER:
            (index,) = struct.unpack_from("<I", data)
            if index not in self._unused:
                raise WireError(f"wire: buffer {index} is missing or used twice")
            return _array(data[4:], self._unused.pop(index))
        if code == TUPLE:
            return _TUPLE_MARK
        if code == SCALAR:
            array = _array(data)
            if array.ndim:
                raise WireError("wire: a scalar has a shape")
            return array[()]
        if code == COMPLEX:
            return complex(*struct.unpack("<dd", data))
        if code == INT and len(data) <= MAX_INT_BYTES:
            return int.from_bytes(data, "little", signed=True)
        if code == OPAQUE:
            return Opaque(data.decode("utf-8", "replace")[:MAX_TYPENAME])
        raise WireError(f"wire: extension type {code} of {len(data)} bytes is unknown")


def _array(data: bytes, buffer: memoryview | None = None) -> np.ndarray:
    """An array from its description followed by its bytes, or from its description and a buffer of its own."""
    code, size, ndim = struct.unpack_from("<cIB", data)
    kind, start = code.decode("latin-1"), 6
    if ndim > MAX_DIMENSIONS or size not in (
        ITEM_SIZES.get(kind) or ([size] if kind == TEXT_KIND else ())
    ):
        raise WireError(f"wire: dtype {kind!r} of {size} bytes in {ndim} dimensions is refused")
    shape = struct.unpack_from(f"<{ndim}Q", data, start)
    start += 8 * ndim
    if buffer is not None and start != len(data):
        raise WireError("wire: an array has both a buffer and bytes of its own")
    raw = data if buffer is None else buffer
    count = 1
    for length in shape:
        count *= length
    if count * size != len(raw) - (start if buffer is None else 0):
        raise WireError(f"wire: {len(raw)} bytes for shape {shape} with items of {size} bytes")
    return _items(kind, size, raw[start:] if buffer is None else raw).reshape(shape)


def _items(kind: str, size: int, raw: bytes | memoryview) -> np.ndarray:
    """The flat items of an array, copied: writable, aligned, and without a reference to the frame."""
    if kind == "b":
        return np.not_equal(
            np.frombuffer(raw, np.uint8), 0
        )  # a bool whose byte is 2 would be neither True nor False
    if kind != TEXT_KIND:
        return np.frombuffer(raw, f"<{kind}{size}").copy()
    if size == 0 or size % TEXT_UNIT:
        raise WireError(f"wire: text items of {size} bytes")
    if np.frombuffer(raw, "<u4").max(initial=0) > LAST_CODE_POINT:
        raise WireError("wire: text with an impossible character")
    return np.frombuffer(raw, f"<U{size // TEXT_UNIT}").copy()


def _mapping(pairs: list[tuple[Any, Any]]) -> object:
    """A dict; or a tuple, if the tuple mark is the only key."""
    if len(pairs) == 1 and pairs[0][0] is _TUPLE_MARK and type(pairs[0][1]) is list:
        return tuple(pairs[0][1])
    if len(pairs) > MAX_ODD_KEYS and any(type(key) is not str for key, _ in pairs):
        raise WireError(
            f"wire: a dict with {len(pairs)} keys that are not all text; the limit is {MAX_ODD_KEYS}"
        )
    return dict(pairs)


def _check_nesting(value: object) -> None:
    """WireError if `value` nests too deeply or holds too many values; a list inside itself does both."""
    level: list[object] = [value]
    depth = nodes = 0
    while level:
        inner: list[object] = []
        for container in level:
            if isinstance(container, _CONTAINERS):
                nodes += len(container)
                if nodes > MAX_NODES:
                    raise WireError(f"wire: more than {MAX_NODES} values")
                children = container.values() if isinstance(container, dict) else container
                inner += [child for child in children if isinstance(child, _CONTAINERS)]
        level = inner
        depth += 1
        if depth > MAX_DEPTH:
            raise WireError(f"wire: nested more than {MAX_DEPTH} deep")
