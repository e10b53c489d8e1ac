"""
All messages, and the two functions between them and bytes.

`decode_message` is a parser of outside bytes: it raises leaves of WireError and nothing else. Unknown odd things are passed over,
unknown even things are refused, on the level of messages as on that of TLV records.

BOLT 1, Lightning Message Format
"""

from __future__ import annotations

from payments.lightning.wire.channel_messages import (
    AcceptChannel,
    ChannelReady,
    ChannelReestablish,
    ClosingSigned,
    CommitmentSigned,
    FeeRange,
    FundingCreated,
    FundingSigned,
    OpenChannel,
    RevokeAndAck,
    Shutdown,
    UpdateAddHtlc,
    UpdateFailHtlc,
    UpdateFailMalformedHtlc,
    UpdateFee,
    UpdateFulfillHtlc,
)
from payments.lightning.wire.codec import read_fields, take, write_fields
from payments.lightning.wire.errors import UnknownEvenMessage
from payments.lightning.wire.gossip_messages import (
    AnnouncementSignatures,
    ChannelAnnouncement,
    ChannelUpdate,
    GossipTimestampFilter,
    NodeAnnouncement,
    QueryChannelRange,
    QueryShortChannelIds,
    ReplyChannelRange,
    ReplyShortChannelIdsEnd,
)
from payments.lightning.wire.peer_messages import ErrorMessage, Init, Ping, Pong, UnknownMessage, WarningMessage, WireMessage

__all__ = [
    "MAX_MESSAGE_BYTES",
    "MESSAGE_CLASSES",
    "AcceptChannel",
    "AnnouncementSignatures",
    "ChannelAnnouncement",
    "ChannelMessage",
    "ChannelReady",
    "ChannelReestablish",
    "ChannelUpdate",
    "ClosingSigned",
    "CommitmentSigned",
    "ErrorMessage",
    "FeeRange",
    "FundingCreated",
    "FundingSigned",
    "GossipMessage",
    "GossipTimestampFilter",
    "Init",
    "Message",
    "NodeAnnouncement",
    "OpenChannel",
    "PeerMessage",
    "Ping",
    "Pong",
    "QueryChannelRange",
    "QueryShortChannelIds",
    "ReplyChannelRange",
    "ReplyShortChannelIdsEnd",
    "RevokeAndAck",
    "Shutdown",
    "UnknownMessage",
    "UpdateAddHtlc",
    "UpdateFailHtlc",
    "UpdateFailMalformedHtlc",
    "UpdateFee",
    "UpdateFulfillHtlc",
    "WarningMessage",
    "WireMessage",
    "decode_message",
    "encode_message",
]

PeerMessage = WarningMessage | Init | ErrorMessage | Ping | Pong
ChannelMessage = (
    OpenChannel
    | AcceptChannel
    | FundingCreated
    | FundingSigned
    | ChannelReady
    | Shutdown
    | ClosingSigned
    | UpdateAddHtlc
    | UpdateFulfillHtlc
    | UpdateFailHtlc
    | UpdateFailMalformedHtlc
    | CommitmentSigned
    | RevokeAndAck
    | UpdateFee
    | ChannelReestablish
    | AnnouncementSignatures
)
GossipMessage = (
    ChannelAnnouncement
    | NodeAnnouncement
    | ChannelUpdate
    | QueryShortChannelIds
    | ReplyShortChannelIdsEnd
    | QueryChannelRange
    | ReplyChannelRange
    | GossipTimestampFilter
)
Message = PeerMessage | ChannelMessage | GossipMessage | UnknownMessage

MAX_MESSAGE_BYTES = 65_535
"""What one packet of the transport can hold, type included. BOLT 1, Lightning Message Format"""

MESSAGE_CLASSES: dict[int, type[Message]] = {
    message_class.TYPE: message_class for message_class in (*PeerMessage.__args__, *ChannelMessage.__args__, *GossipMessage.__args__)
}


def encode_message(message: Message) -> bytes:
    """
    The bytes that go on the wire: type[2], fields, then the extension.

    ValueError when a field cannot be written or the message would be longer than a packet holds: our mistake, not a peer's.
    """
    if isinstance(message, UnknownMessage):
        return message.type.to_bytes(2, "big") + message.payload
    data = message.TYPE.to_bytes(2, "big") + write_fields(message)
    if len(data) > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {len(data)} bytes fits no packet")
    return data


def decode_message(data: bytes) -> Message:
    """
    What a peer said.

    raises    MessageTruncated, UnknownEvenMessage, PointNotOnCurve, RecordOfWrongLength, or a TLV leaf for a bad extension: all WireError

    BOLT 1, Lightning Message Format
    """
    raw_type, offset = take(data, 0, 2)
    message_type = int.from_bytes(raw_type, "big")
    message_class = MESSAGE_CLASSES.get(message_type)
    if message_class is not None:
        return read_fields(message_class, data, offset)
    if message_type % 2 == 0:
        raise UnknownEvenMessage(message_type=message_type)
    return UnknownMessage(type=message_type, payload=data[offset:])
