"""
Messages about the network: channels, nodes, their prices, and questions about them.

Class and field names are the specification's. `extra` holds whatever a newer sender appended: signatures cover it, so a message that
is checked or passed on must keep it byte for byte. Encoded arrays stay bytes here: the zlib form is history and is never unpacked.

BOLT 7, P2P Node and Channel Discovery
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from payments.lightning.ids import ChannelId, NodeId, ShortChannelId
from payments.lightning.wire.codec import (
    U8,
    U16,
    U32,
    U64,
    BigSize,
    CountedBytes,
    CurvePoint,
    ExtraBytes,
    Fixed,
    Hash,
    Point,
    Rest,
    Signature,
    Tlv,
    UInt,
)
from payments.lightning.wire.peer_messages import WireMessage

NodeIdField = Annotated[NodeId, CurvePoint()]
ScidField = Annotated[ShortChannelId, UInt(8)]


class ChannelAnnouncement(WireMessage, frozen=True, kw_only=True):
    """There is a channel between two nodes, proved by four signatures. BOLT 7, The `channel_announcement` Message"""

    TYPE: ClassVar[int] = 256
    node_signature_1: Signature
    node_signature_2: Signature
    bitcoin_signature_1: Signature
    bitcoin_signature_2: Signature
    features: CountedBytes
    chain_hash: Hash
    short_channel_id: ScidField
    node_id_1: NodeIdField
    node_id_2: NodeIdField
    bitcoin_key_1: Point
    bitcoin_key_2: Point
    extra: ExtraBytes = b""


class NodeAnnouncement(WireMessage, frozen=True, kw_only=True):
    """What a node says about itself. `alias`[32] and `addresses` are whatever it likes: hostile. BOLT 7, The `node_announcement` Message"""

    TYPE: ClassVar[int] = 257
    signature: Signature
    features: CountedBytes
    timestamp: U32
    node_id: NodeIdField
    rgb_color: Annotated[bytes, Fixed(3)]
    alias: Annotated[bytes, Fixed(32)]
    addresses: CountedBytes
    extra: ExtraBytes = b""


class ChannelUpdate(WireMessage, frozen=True, kw_only=True):
    """What one side asks for carrying HTLCs over a channel, from now on. BOLT 7, The `channel_update` Message"""

    TYPE: ClassVar[int] = 258
    signature: Signature
    chain_hash: Hash
    short_channel_id: ScidField
    timestamp: U32
    message_flags: U8
    channel_flags: U8
    cltv_expiry_delta: U16
    htlc_minimum_msat: U64
    fee_base_msat: U32
    fee_proportional_millionths: U32
    htlc_maximum_msat: U64
    extra: ExtraBytes = b""


class AnnouncementSignatures(WireMessage, frozen=True, kw_only=True):
    """My half of the proof that our channel may be announced. BOLT 7, The `announcement_signatures` Message"""

    TYPE: ClassVar[int] = 259
    channel_id: Annotated[ChannelId, Fixed(32)]
    short_channel_id: ScidField
    node_signature: Signature
    bitcoin_signature: Signature


class QueryShortChannelIds(WireMessage, frozen=True, kw_only=True):
    """Tell me about these channels. BOLT 7, The `query_short_channel_ids`/`reply_short_channel_ids_end` Messages"""

    TYPE: ClassVar[int] = 261
    chain_hash: Hash
    encoded_short_ids: CountedBytes
    query_flags: Annotated[bytes | None, Tlv(1, Rest())] = None


class ReplyShortChannelIdsEnd(WireMessage, frozen=True, kw_only=True):
    """That was all. BOLT 7, The `query_short_channel_ids`/`reply_short_channel_ids_end` Messages"""

    TYPE: ClassVar[int] = 262
    chain_hash: Hash
    full_information: U8


class QueryChannelRange(WireMessage, frozen=True, kw_only=True):
    """Which channels were opened in these blocks? BOLT 7, The `query_channel_range` and `reply_channel_range` Messages"""

    TYPE: ClassVar[int] = 263
    chain_hash: Hash
    first_blocknum: U32
    number_of_blocks: U32
    query_option: Annotated[int | None, Tlv(1, BigSize())] = None


class ReplyChannelRange(WireMessage, frozen=True, kw_only=True):
    """These. BOLT 7, The `query_channel_range` and `reply_channel_range` Messages"""

    TYPE: ClassVar[int] = 264
    chain_hash: Hash
    first_blocknum: U32
    number_of_blocks: U32
    sync_complete: U8
    encoded_short_ids: CountedBytes
    timestamps: Annotated[bytes | None, Tlv(1, Rest())] = None
    checksums: Annotated[bytes | None, Tlv(3, Rest())] = None


class GossipTimestampFilter(WireMessage, frozen=True, kw_only=True):
    """Send me news dated from then for so long. BOLT 7, The `gossip_timestamp_filter` Message"""

    TYPE: ClassVar[int] = 265
    chain_hash: Hash
    first_timestamp: U32
    timestamp_range: U32
