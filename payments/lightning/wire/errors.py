"""
Why bytes from a peer were not understood: one leaf a reason.

Whatever stands between two nodes (messages, onion payloads, failures) is read by code that may raise nothing but these. They carry places
and numbers, never the bytes themselves: a peer must not be able to write into our logs.
"""

from __future__ import annotations

from dataclasses import dataclass

from payments.lightning.errors import LightningError


@dataclass(eq=False, kw_only=True)
class WireError(LightningError):
    """Bytes from outside that break the wire format. BOLT 1"""


@dataclass(eq=False, kw_only=True)
class BigsizeTruncated(WireError):
    """The bytes end inside a BigSize. `offset`: where it began."""

    offset: int


@dataclass(eq=False, kw_only=True)
class BigsizeNotMinimal(WireError):
    """A BigSize that should have been written shorter. `offset`: where it began."""

    offset: int
    value: int


@dataclass(eq=False, kw_only=True)
class InvalidTlv(WireError):
    """A record that may not stand in its stream. `offset`: where the record began, counted from the start of the stream."""

    type: int
    offset: int


@dataclass(eq=False, kw_only=True)
class TlvOutOfOrder(InvalidTlv):
    """A type lower than the one before it."""


@dataclass(eq=False, kw_only=True)
class TlvDuplicated(InvalidTlv):
    """The same type twice."""


@dataclass(eq=False, kw_only=True)
class UnknownEvenTlv(InvalidTlv):
    """A type that we do not know and whose sender insists that we should ("it's ok to be odd")."""


@dataclass(eq=False, kw_only=True)
class TlvTruncated(InvalidTlv):
    """A record that announces more bytes than are left."""

    length: int
    available: int


@dataclass(eq=False, kw_only=True)
class TruncatedIntegerTooLong(WireError):
    """A tu16, tu32 or tu64 of more bytes than it may have."""

    length: int
    max_length: int


@dataclass(eq=False, kw_only=True)
class TruncatedIntegerNotMinimal(WireError):
    """A tu16, tu32 or tu64 that begins with a zero byte."""

    length: int


@dataclass(eq=False, kw_only=True)
class FailureTruncated(WireError):
    """A failure message that ends before its fields do. `failure_code`: None when not even the code is whole."""

    failure_code: int | None
    length: int


@dataclass(eq=False, kw_only=True)
class MessageTruncated(WireError):
    """A message that ends inside a field. `offset`: where the field began; `missing`: bytes that it lacks."""

    offset: int
    missing: int


@dataclass(eq=False, kw_only=True)
class UnknownEvenMessage(WireError):
    """A message of a type that we do not know and whose sender insists that we should ("it's ok to be odd")."""

    message_type: int


@dataclass(eq=False, kw_only=True)
class PointNotOnCurve(WireError):
    """Thirty-three bytes that should be a point of secp256k1 and are not. `offset`: where they began."""

    offset: int


@dataclass(eq=False, kw_only=True)
class RecordOfWrongLength(WireError):
    """A TLV record whose value has not the length of its field."""

    type: int
    length: int
