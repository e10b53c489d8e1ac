"""
A connection's first words, and the few that belong to no channel.

Each side's first message is `init`; who insists on a feature that we do not know is told so and left. Pings are answered, warnings and
errors are taken note of. What is about a channel is handed up.

BOLT 1, The Setup Messages; The Control Messages
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from payments.lightning.errors import LightningError
from payments.lightning.ids import ChannelId
from payments.lightning.wire.features import INIT_FEATURES, KNOWN_IN_INIT, Features
from payments.lightning.wire.messages import Init, Ping, Pong, WarningMessage, encode_message

PONG_LIMIT_BYTES = 65_532
"""A ping that asks for as much or more wants no answer. BOLT 1, The `ping` and `pong` Messages"""
EVERY_CHANNEL = ChannelId(bytes(32))
"""In errors and warnings: all channels with this peer."""


@dataclass(eq=False, kw_only=True)
class PeerError(LightningError):
    """A peer with which there is no talking."""


@dataclass(eq=False, kw_only=True)
class PeerNeedsUnknownFeature(PeerError):
    """It insists on a feature that we do not have."""

    bit: int


@dataclass(eq=False, kw_only=True)
class PeerOnAnotherChain(PeerError):
    """It knows chains, but not ours."""


@dataclass(eq=False, kw_only=True)
class PeerSpokeBeforeInit(PeerError):
    """Its first message was not init."""

    message_type: int


class Peer(Struct, frozen=True, kw_only=True):
    """A connected peer; `features` is None until its init is here."""

    features: Features | None = None


def our_init(chain_hash: bytes) -> bytes:
    """The bytes of our first message on a connection."""
    return encode_message(Init(features=INIT_FEATURES.encode(), networks=(chain_hash,)))


def receive_init(message: Init, chain_hash: bytes) -> Peer:
    """
    The peer introduced itself.

    raises    PeerNeedsUnknownFeature, PeerOnAnotherChain
    """
    features = Features.decode(message.features) | Features.decode(message.globalfeatures)
    if unknown := features.unknown_required(KNOWN_IN_INIT):
        raise PeerNeedsUnknownFeature(bit=unknown[0])
    if message.networks and chain_hash not in message.networks:
        raise PeerOnAnotherChain
    return Peer(features=features)


def answer_ping(message: Ping) -> bytes | None:
    """The pong that a ping asks for, if it does."""
    if message.num_pong_bytes >= PONG_LIMIT_BYTES:
        return None
    return encode_message(Pong(ignored=bytes(message.num_pong_bytes)))


def warning(text: str) -> bytes:
    """A warning about the connection as a whole."""
    return encode_message(WarningMessage(channel_id=EVERY_CHANNEL, data=text.encode()))
