"""
Sign what we say about ourselves and our channels; verify what others say about theirs.

`NetworkGraph.apply` believes everything it is given, so every message from outside goes through a `verify_*` first. Signatures are over
the double SHA-256 of all that follows them in the message, bytes of later versions included. Whether the funding output exists is for
the chain to say, not for gossip.

BOLT 7, P2P Node and Channel Discovery
"""

from __future__ import annotations

import msgspec

from payments.lightning.crypto import secp256k1
from payments.lightning.crypto.hashes import double_sha256
from payments.lightning.graph.errors import GossipFromTheFuture, GossipOfAnotherChain, GossipSignatureInvalid, NodeIdsOutOfOrder
from payments.lightning.ids import NodeId
from payments.lightning.wire.codec import write_fields
from payments.lightning.wire.messages import ChannelAnnouncement, ChannelUpdate, NodeAnnouncement

MAX_CLOCK_AHEAD_S = 86_400
"""How far ahead of our clock a timestamp may be. A day, as in LDK: a forged year would silence its channel for that year."""

UNSIGNED = bytes(64)
"""Stands where a signature will be."""

DIRECTION_BIT = 1
"""Of `channel_flags`: set when the update comes from node 2. BOLT 7, The `channel_update` Message"""
DISABLE_BIT = 2
"""Of `channel_flags`: set when the channel is switched off in this direction."""
MUST_BE_ONE = 1
"""Of `message_flags`: always set by senders of today."""


def signed_digest(message: ChannelAnnouncement | ChannelUpdate | NodeAnnouncement) -> bytes:
    """The digest[32] that signatures of this message are made over: all after the leading signatures."""
    signatures = 4 if isinstance(message, ChannelAnnouncement) else 1
    return double_sha256(write_fields(message)[64 * signatures :])


def sign_channel_announcement(announcement: ChannelAnnouncement, *, node_key: bytes, bitcoin_key: bytes) -> tuple[bytes, bytes]:
    """Our half of the proof: (node_signature[64], bitcoin_signature[64]), as `announcement_signatures` carries them to the peer."""
    digest = signed_digest(announcement)
    return secp256k1.sign(node_key, digest), secp256k1.sign(bitcoin_key, digest)


def sign_channel_update(update: ChannelUpdate, *, node_key: bytes) -> ChannelUpdate:
    """The same update, signed by its direction's node."""
    return msgspec.structs.replace(update, signature=secp256k1.sign(node_key, signed_digest(update)))


def sign_node_announcement(announcement: NodeAnnouncement, *, node_key: bytes) -> NodeAnnouncement:
    """The same announcement, signed by the node it is about."""
    return msgspec.structs.replace(announcement, signature=secp256k1.sign(node_key, signed_digest(announcement)))


def verify_channel_announcement(announcement: ChannelAnnouncement, *, chain_hash: bytes) -> None:
    """
    Whether both nodes and both owners of the funding output say that there is this channel; silence means yes.

    raises    GossipOfAnotherChain, NodeIdsOutOfOrder, GossipSignatureInvalid

    BOLT 7, The `channel_announcement` Message
    """
    _check_chain(announcement.chain_hash, chain_hash)
    if announcement.node_id_1 >= announcement.node_id_2:
        raise NodeIdsOutOfOrder(short_channel_id=announcement.short_channel_id)
    digest = signed_digest(announcement)
    _check_signature("node_signature_1", announcement.node_signature_1, digest, announcement.node_id_1)
    _check_signature("node_signature_2", announcement.node_signature_2, digest, announcement.node_id_2)
    _check_signature("bitcoin_signature_1", announcement.bitcoin_signature_1, digest, announcement.bitcoin_key_1)
    _check_signature("bitcoin_signature_2", announcement.bitcoin_signature_2, digest, announcement.bitcoin_key_2)


def verify_channel_update(update: ChannelUpdate, *, node_id: NodeId, chain_hash: bytes, now_s: int) -> None:
    """
    Whether the node of its direction (`NetworkGraph.signer_of`) says this; silence means yes.

    raises    GossipOfAnotherChain, GossipFromTheFuture, GossipSignatureInvalid

    BOLT 7, The `channel_update` Message
    """
    _check_chain(update.chain_hash, chain_hash)
    _check_time(update.timestamp, now_s)
    _check_signature("signature", update.signature, signed_digest(update), node_id)


def verify_node_announcement(announcement: NodeAnnouncement, *, now_s: int) -> None:
    """
    Whether the node says this about itself; silence means yes.

    raises    GossipFromTheFuture, GossipSignatureInvalid

    BOLT 7, The `node_announcement` Message
    """
    _check_time(announcement.timestamp, now_s)
    _check_signature("signature", announcement.signature, signed_digest(announcement), announcement.node_id)


def encode_alias(text: str) -> bytes:
    """
    A name as alias[32]: UTF-8, cut between characters, zero bytes behind.

    >>> encode_alias("alice")[:8].hex(" ")
    '61 6c 69 63 65 00 00 00'
    """
    return text.encode()[:32].decode(errors="ignore").encode().ljust(32, b"\0")


def decode_alias(alias: bytes) -> str:
    """
    An alias[32] as text. Hostile: anybody may call themselves anything, control and direction characters included.

    Bytes that are not UTF-8 become U+FFFD.
    """
    return alias.rstrip(b"\0").decode(errors="replace")


def _check_chain(found: bytes, ours: bytes) -> None:
    if found != ours:
        raise GossipOfAnotherChain(chain_hash=found)


def _check_time(timestamp_s: int, now_s: int) -> None:
    if timestamp_s > now_s + MAX_CLOCK_AHEAD_S:
        raise GossipFromTheFuture(timestamp_s=timestamp_s, now_s=now_s)


def _check_signature(name: str, signature: bytes, digest: bytes, point: bytes) -> None:
    if not secp256k1.verify(point, digest, signature):
        raise GossipSignatureInvalid(signature=name)
