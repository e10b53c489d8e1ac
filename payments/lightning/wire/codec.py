"""
How a message class becomes bytes: its annotations are the table, in the order of the wire.

A field is `name: U32` (the alias carries the Python type and the form on the wire), an optional record of the extension stream is
`name: Annotated[bytes | None, Tlv(1, REST)] = None`. `plan_of` reads the table once per class; `messages.py` runs it. What is written
wrong by us is a ValueError or OverflowError; what is read wrong from a peer raises a leaf of WireError and nothing else. No form here
ever guesses: too short, left over and not on the curve are refused.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Protocol, TypeVar, get_args, get_type_hints

import msgspec

from payments.lightning.crypto import secp256k1
from payments.lightning.wire.bigsize import decode_bigsize, encode_bigsize
from payments.lightning.wire.errors import MessageTruncated, PointNotOnCurve, RecordOfWrongLength
from payments.lightning.wire.tlv import decode_tlv_stream, encode_tlv_stream

T = TypeVar("T")
M = TypeVar("M", bound=msgspec.Struct)


class Form(Protocol[T]):
    """One way to lay a value out in bytes."""

    def write(self, value: T) -> bytes:
        """The bytes of a value."""

    def read(self, data: bytes, offset: int) -> tuple[T, int]:
        """The value at this offset, and the offset after it; MessageTruncated when the data ends first."""


def take(data: bytes, offset: int, size: int) -> tuple[bytes, int]:
    """The next `size` bytes, and the offset after them; MessageTruncated when there are fewer."""
    end = offset + size
    if end > len(data):
        raise MessageTruncated(offset=offset, missing=end - len(data))
    return data[offset:end], end


class UInt(msgspec.Struct, frozen=True):
    """An unsigned big-endian integer."""

    size: int

    def write(self, value: int) -> bytes:
        """Exactly `size` bytes; OverflowError when the value does not fit."""
        return value.to_bytes(self.size, "big")

    def read(self, data: bytes, offset: int) -> tuple[int, int]:
        """The integer at this offset."""
        raw, end = take(data, offset, self.size)
        return int.from_bytes(raw, "big"), end


class Fixed(msgspec.Struct, frozen=True):
    """Bytes of one known length."""

    size: int

    def write(self, value: bytes) -> bytes:
        """The bytes as they are; ValueError when the length is another."""
        if len(value) != self.size:
            raise ValueError(f"{len(value)} bytes where {self.size} belong")
        return value

    def read(self, data: bytes, offset: int) -> tuple[bytes, int]:
        """The bytes at this offset."""
        return take(data, offset, self.size)


class CurvePoint(msgspec.Struct, frozen=True):
    """A compressed point[33], refused when it is not on the curve: no later step has to ask again."""

    def write(self, value: bytes) -> bytes:
        """The bytes as they are; ValueError when they are no point."""
        if not secp256k1.is_point(value):
            raise ValueError("not a point")
        return value

    def read(self, data: bytes, offset: int) -> tuple[bytes, int]:
        """The point at this offset."""
        point, end = take(data, offset, 33)
        if not secp256k1.is_point(point):
            raise PointNotOnCurve(offset=offset)
        return point, end


class Counted(msgspec.Struct, frozen=True):
    """Bytes after their own u16 length."""

    def write(self, value: bytes) -> bytes:
        """Length, then bytes; OverflowError above 65,535."""
        return len(value).to_bytes(2, "big") + value

    def read(self, data: bytes, offset: int) -> tuple[bytes, int]:
        """The bytes at this offset, without their length."""
        length, start = UInt(2).read(data, offset)
        return take(data, start, length)


class CountedMany(msgspec.Struct, frozen=True):
    """A u16 count, then so many pieces of `size` bytes."""

    size: int

    def write(self, value: tuple[bytes, ...]) -> bytes:
        """Count, then the pieces."""
        return len(value).to_bytes(2, "big") + b"".join(map(Fixed(self.size).write, value))

    def read(self, data: bytes, offset: int) -> tuple[tuple[bytes, ...], int]:
        """The pieces at this offset."""
        count, start = UInt(2).read(data, offset)
        raw, end = take(data, start, count * self.size)
        return _pieces(raw, self.size), end


class Rest(msgspec.Struct, frozen=True):
    """Everything up to the end of the record."""

    def write(self, value: bytes) -> bytes:
        """The bytes as they are."""
        return value

    def read(self, data: bytes, offset: int) -> tuple[bytes, int]:
        """All bytes from this offset."""
        return data[offset:], len(data)


class RestMany(msgspec.Struct, frozen=True):
    """Pieces of `size` bytes up to the end of the record."""

    size: int

    def write(self, value: tuple[bytes, ...]) -> bytes:
        """The pieces, one after another."""
        return b"".join(map(Fixed(self.size).write, value))

    def read(self, data: bytes, offset: int) -> tuple[tuple[bytes, ...], int]:
        """All pieces from this offset; MessageTruncated when the last one is cut."""
        raw = data[offset:]
        if len(raw) % self.size:
            raise MessageTruncated(offset=len(data), missing=self.size - len(raw) % self.size)
        return _pieces(raw, self.size), len(data)


class BigSize(msgspec.Struct, frozen=True):
    """BOLT 1's integer of one to nine bytes."""

    def write(self, value: int) -> bytes:
        """The shortest form."""
        return encode_bigsize(value)

    def read(self, data: bytes, offset: int) -> tuple[int, int]:
        """The integer at this offset."""
        return decode_bigsize(data, offset)


def _pieces(raw: bytes, size: int) -> tuple[bytes, ...]:
    return tuple(raw[start : start + size] for start in range(0, len(raw), size))


class Tlv(msgspec.Struct, frozen=True):
    """Marks a field as an optional record of the extension stream: None when the peer did not send it."""

    number: int
    form: Any  # a Form of whatever the field holds


class Extra(msgspec.Struct, frozen=True):
    """Marks a field as the unread rest of a message, kept because the sender's signature covers it."""


U8 = Annotated[int, UInt(1)]
U16 = Annotated[int, UInt(2)]
U32 = Annotated[int, UInt(4)]
U64 = Annotated[int, UInt(8)]
Hash = Annotated[bytes, Fixed(32)]
Signature = Annotated[bytes, Fixed(64)]
Signatures = Annotated[tuple[bytes, ...], CountedMany(64)]
Point = Annotated[bytes, CurvePoint()]
CountedBytes = Annotated[bytes, Counted()]
ExtraBytes = Annotated[bytes, Extra()]


class Plan(msgspec.Struct, frozen=True):
    """How one message class is laid out: fields in order, then either a TLV stream or kept extra bytes."""

    fields: tuple[tuple[str, Form[Any]], ...]
    tlvs: dict[int, tuple[str, Form[Any]]]
    extra: str | None


@lru_cache(None)
def plan_of(message_class: type[msgspec.Struct]) -> Plan:
    """Read the table out of a class's annotations."""
    hints = get_type_hints(message_class, include_extras=True)
    fields: list[tuple[str, Form[Any]]] = []
    tlvs: dict[int, tuple[str, Form[Any]]] = {}
    extra: str | None = None
    for name in message_class.__struct_fields__:
        form = get_args(hints[name])[1]
        if isinstance(form, Tlv):
            tlvs[form.number] = (name, form.form)
        elif isinstance(form, Extra):
            extra = name
        else:
            fields.append((name, form))
    return Plan(fields=tuple(fields), tlvs=dict(sorted(tlvs.items())), extra=extra)


def write_fields(message: msgspec.Struct) -> bytes:
    """A message without its type: fields in order, then the extension."""
    plan = plan_of(type(message))
    body = b"".join(form.write(getattr(message, name)) for name, form in plan.fields)
    if plan.extra is not None:
        extra: bytes = getattr(message, plan.extra)
        return body + extra
    held = ((number, form, getattr(message, name)) for number, (name, form) in plan.tlvs.items())
    return body + encode_tlv_stream((number, form.write(value)) for number, form, value in held if value is not None)


def read_fields(message_class: type[M], data: bytes, offset: int) -> M:
    """The message whose fields begin at this offset and, with its extension, end with the data; WireError when they do not."""
    plan = plan_of(message_class)
    values: dict[str, Any] = {}
    for name, form in plan.fields:
        values[name], offset = form.read(data, offset)
    if plan.extra is not None:
        values[plan.extra] = data[offset:]
    else:
        for number, record in decode_tlv_stream(data[offset:], known=plan.tlvs).items():
            name, form = plan.tlvs[number]
            values[name] = _read_record(form, record, number=number)
    return message_class(**values)


def _read_record(form: Form[T], record: bytes, *, number: int) -> T:
    try:
        value, end = form.read(record, 0)
    except MessageTruncated as error:
        raise RecordOfWrongLength(type=number, length=len(record)) from error
    if end != len(record):
        raise RecordOfWrongLength(type=number, length=len(record))
    return value
