"""
Failure messages: what the node that could not handle an HTLC tells the payer.

A code of 16 bits, whose top four are flags, and the fields of that code; whatever follows is ignored. A `channel_update` inside is kept as
raw bytes and never applied to the graph nor passed on: doing so would tell the erring node who the payer is.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import msgspec

from payments.lightning.wire.bigsize import decode_bigsize, encode_bigsize
from payments.lightning.wire.errors import FailureTruncated, WireError

BADONION = 0x8000
"""The onion could not be read: reported by the node before the one that could not read it."""
PERM = 0x4000
"""Trying again will not help."""
NODE = 0x2000
"""The node failed, not one of its channels."""
UPDATE = 0x1000
"""A forwarding rule of the channel was not met; its current rules may be enclosed."""


class FailureCode(IntEnum):
    """The reasons that BOLT 4 names, in its order. BOLT 4, Failure Messages"""

    TEMPORARY_NODE_FAILURE = NODE | 2
    PERMANENT_NODE_FAILURE = PERM | NODE | 2
    REQUIRED_NODE_FEATURE_MISSING = PERM | NODE | 3
    INVALID_ONION_VERSION = BADONION | PERM | 4
    INVALID_ONION_HMAC = BADONION | PERM | 5
    INVALID_ONION_KEY = BADONION | PERM | 6
    TEMPORARY_CHANNEL_FAILURE = UPDATE | 7
    PERMANENT_CHANNEL_FAILURE = PERM | 8
    REQUIRED_CHANNEL_FEATURE_MISSING = PERM | 9
    UNKNOWN_NEXT_PEER = PERM | 10
    AMOUNT_BELOW_MINIMUM = UPDATE | 11
    FEE_INSUFFICIENT = UPDATE | 12
    INCORRECT_CLTV_EXPIRY = UPDATE | 13
    EXPIRY_TOO_SOON = UPDATE | 14
    INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS = PERM | 15
    FINAL_INCORRECT_CLTV_EXPIRY = 18
    FINAL_INCORRECT_HTLC_AMOUNT = 19
    CHANNEL_DISABLED = UPDATE | 20
    EXPIRY_TOO_FAR = 21
    INVALID_ONION_PAYLOAD = PERM | 22
    MPP_TIMEOUT = 23
    INVALID_ONION_BLINDING = BADONION | PERM | 24

    @property
    def bolt_name(self) -> str:
        """
        As the specification writes it.

        >>> FailureCode(0x400F).bolt_name
        'incorrect_or_unknown_payment_details'
        """
        return self.name.lower()


_FIELDS: dict[FailureCode, tuple[str, ...]] = {
    FailureCode.INVALID_ONION_VERSION: ("sha256_of_onion",),
    FailureCode.INVALID_ONION_HMAC: ("sha256_of_onion",),
    FailureCode.INVALID_ONION_KEY: ("sha256_of_onion",),
    FailureCode.TEMPORARY_CHANNEL_FAILURE: ("channel_update",),
    FailureCode.AMOUNT_BELOW_MINIMUM: ("htlc_msat", "channel_update"),
    FailureCode.FEE_INSUFFICIENT: ("htlc_msat", "channel_update"),
    FailureCode.INCORRECT_CLTV_EXPIRY: ("cltv_expiry", "channel_update"),
    FailureCode.EXPIRY_TOO_SOON: ("channel_update",),
    FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS: ("htlc_msat", "height"),
    FailureCode.FINAL_INCORRECT_CLTV_EXPIRY: ("cltv_expiry",),
    FailureCode.FINAL_INCORRECT_HTLC_AMOUNT: ("incoming_htlc_amt",),
    FailureCode.CHANNEL_DISABLED: ("disabled_flags", "channel_update"),
    FailureCode.INVALID_ONION_PAYLOAD: ("tlv_type", "tlv_offset"),
    FailureCode.INVALID_ONION_BLINDING: ("sha256_of_onion",),
}
"""The fields of each code in the order of the wire; a code that is not here has none."""

_INTEGER_LENGTHS = {"htlc_msat": 8, "incoming_htlc_amt": 8, "cltv_expiry": 4, "height": 4, "disabled_flags": 2, "tlv_offset": 2}
_CODE_LENGTH = 2
_KNOWN_CODES = frozenset(FailureCode)


class _Coded(msgspec.Struct, frozen=True, kw_only=True):
    """What the flags of a code say, also of a code that nobody knows."""

    code: int

    @property
    def is_bad_onion(self) -> bool:
        """Whether the sender's peer could not read the onion."""
        return bool(self.code & BADONION)

    @property
    def is_permanent(self) -> bool:
        """Whether the same attempt would fail again."""
        return bool(self.code & PERM)

    @property
    def is_node(self) -> bool:
        """Whether the whole node is meant, not one of its channels."""
        return bool(self.code & NODE)

    @property
    def has_update(self) -> bool:
        """Whether the code is one of those that leave room for a `channel_update` (which may be empty)."""
        return bool(self.code & UPDATE)


class FailureMessage(_Coded, frozen=True, kw_only=True, tag=True):
    """
    A failure of a known code, with exactly the fields of that code; ValueError otherwise.

    htlc_msat, incoming_htlc_amt   msat
    cltv_expiry, height            blocks
    sha256_of_onion                32 bytes
    tlv_type, tlv_offset           the TLV record of the payload that was not understood
    channel_update                 raw, empty when none is enclosed: nodes are expected to leave it out

    BOLT 4, Failure Messages
    """

    code: FailureCode
    sha256_of_onion: bytes | None = None
    htlc_msat: int | None = None
    incoming_htlc_amt: int | None = None
    cltv_expiry: int | None = None
    height: int | None = None
    disabled_flags: int | None = None
    tlv_type: int | None = None
    tlv_offset: int | None = None
    channel_update: bytes = b""

    def __post_init__(self) -> None:
        wanted = _FIELDS.get(self.code, ())
        given = [name for name in self.__struct_fields__ if name != "code" and getattr(self, name) not in {None, b""}]
        missing = [name for name in wanted if name not in given and name != "channel_update"]
        if missing or not set(given) <= set(wanted):
            raise ValueError(f"{self.code.bolt_name} has the fields {wanted}, not {given}")


class UnknownFailure(_Coded, frozen=True, kw_only=True, tag=True):
    """A failure of a code that BOLT 4 does not name: only its flags can be read."""

    data: bytes


Failure = FailureMessage | UnknownFailure


def encode_failure(message: Failure) -> bytes:
    """A failure as it goes into the return packet. OverflowError when a number does not fit its field."""
    code = message.code.to_bytes(2, "big")
    if isinstance(message, UnknownFailure):
        return code + message.data
    return code + b"".join(_encode_field(message, name) for name in _FIELDS.get(message.code, ()))


def decode_failure(data: bytes) -> Failure:
    """
    What the erring node says; never refused because its code is new to us.

    raises    FailureTruncated: the fields of a known code are not all there, or not even a code

    BOLT 4, Receiving Failure Codes
    """
    if len(data) < _CODE_LENGTH:
        raise FailureTruncated(failure_code=None, length=len(data))
    number = int.from_bytes(data[:_CODE_LENGTH], "big")
    if number not in _KNOWN_CODES:
        return UnknownFailure(code=number, data=data[_CODE_LENGTH:])
    code = FailureCode(number)
    values: dict[str, Any] = {}
    offset = _CODE_LENGTH
    for name in _FIELDS.get(code, ()):
        try:
            values[name], offset = _decode_field(name, data, offset)
        except WireError as refusal:
            raise FailureTruncated(failure_code=number, length=len(data)) from refusal
    return FailureMessage(code=code, **values)


def _encode_field(message: FailureMessage, name: str) -> bytes:
    value = getattr(message, name)
    if name == "channel_update":
        return len(value).to_bytes(2, "big") + bytes(value)
    if name == "tlv_type":
        return encode_bigsize(value)
    return bytes(value) if name == "sha256_of_onion" else int(value).to_bytes(_INTEGER_LENGTHS[name], "big")


def _decode_field(name: str, data: bytes, offset: int) -> tuple[int | bytes, int]:
    if name == "tlv_type":
        return decode_bigsize(data, offset)
    if name == "channel_update":
        length, offset = _take(data, offset, 2)
        return _take(data, offset, int.from_bytes(length, "big"))
    if name == "sha256_of_onion":
        return _take(data, offset, 32)
    value, offset = _take(data, offset, _INTEGER_LENGTHS[name])
    return int.from_bytes(value, "big"), offset


def _take(data: bytes, offset: int, length: int) -> tuple[bytes, int]:
    end = offset + length
    if end > len(data):
        raise FailureTruncated(failure_code=None, length=len(data))
    return data[offset:end], end
