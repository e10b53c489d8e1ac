"""
Messages about the connection itself, and the base of all messages.

Class and field names are the specification's; a length that only counts the next field is not a field here.

BOLT 1, Setup Messages and Control Messages
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from payments.lightning.ids import ChannelId
from payments.lightning.wire.codec import U16, CountedBytes, Fixed, RestMany, Tlv


class WireMessage(msgspec.Struct, frozen=True, tag=True, tag_field="message"):
    """What two nodes say to each other: a type[2], its fields, and an extension of TLV records."""

    TYPE: ClassVar[int] = -1


class WarningMessage(WireMessage, frozen=True, kw_only=True):
    """Something is wrong, but the channel goes on. `channel_id` zero means the whole connection; `data` is text for people, hostile."""

    TYPE: ClassVar[int] = 1
    channel_id: Annotated[ChannelId, Fixed(32)]
    data: CountedBytes


class Init(WireMessage, frozen=True, kw_only=True):
    """The first message of a connection: which features each side knows, and for which chains (by genesis hash[32])."""

    TYPE: ClassVar[int] = 16
    globalfeatures: CountedBytes = b""
    features: CountedBytes
    networks: Annotated[tuple[bytes, ...] | None, Tlv(1, RestMany(32))] = None


class ErrorMessage(WireMessage, frozen=True, kw_only=True):
    """The channel (or with `channel_id` zero: every channel) has failed. `data` is text for people, hostile."""

    TYPE: ClassVar[int] = 17
    channel_id: Annotated[ChannelId, Fixed(32)]
    data: CountedBytes


class Ping(WireMessage, frozen=True, kw_only=True):
    """Are you there? Asks for a pong of `num_pong_bytes`, unless that is 65,532 or more."""

    TYPE: ClassVar[int] = 18
    num_pong_bytes: U16
    ignored: CountedBytes = b""


class Pong(WireMessage, frozen=True, kw_only=True):
    """I am, with as many bytes as were asked for."""

    TYPE: ClassVar[int] = 19
    ignored: CountedBytes


class UnknownMessage(WireMessage, frozen=True, kw_only=True):
    """A message of an odd type that we do not know: it's OK to be odd, so it is passed over. `payload` excludes the type."""

    type: int
    payload: bytes
