"""
Messages about one channel: opening, the HTLCs in it, and closing.

Class and field names are the specification's. The codec checks lengths and that points are points; whether a figure is acceptable
(reserve, dust limit, an HTLC's id) is for the channel to decide.

BOLT 2, Peer Protocol for Channel Management
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from payments.lightning.ids import ChannelId, PaymentHash, PaymentPreimage, ShortChannelId
from payments.lightning.wire.codec import (
    U8,
    U16,
    U32,
    U64,
    CountedBytes,
    CurvePoint,
    Fixed,
    Hash,
    Point,
    Rest,
    Signature,
    Signatures,
    Tlv,
    UInt,
)
from payments.lightning.wire.peer_messages import WireMessage

ChannelIdField = Annotated[ChannelId, Fixed(32)]
AttributionData = Annotated[bytes | None, Tlv(1, Fixed(920))]
"""htlc_hold_times[20*4] + truncated_hmacs[210*4]. BOLT 4, Attribution Data"""


class FeeRange(msgspec.Struct, frozen=True, kw_only=True):
    """The closing fees that one side would sign."""

    min_fee_satoshis: int
    max_fee_satoshis: int


class _FeeRangeForm(msgspec.Struct, frozen=True):
    """min_fee_satoshis[8] + max_fee_satoshis[8]."""

    def write(self, value: FeeRange) -> bytes:
        return value.min_fee_satoshis.to_bytes(8, "big") + value.max_fee_satoshis.to_bytes(8, "big")

    def read(self, data: bytes, offset: int) -> tuple[FeeRange, int]:
        low, middle = UInt(8).read(data, offset)
        high, end = UInt(8).read(data, middle)
        return FeeRange(min_fee_satoshis=low, max_fee_satoshis=high), end


class OpenChannel(WireMessage, frozen=True, kw_only=True):
    """Let us open a channel: my terms, my keys, my money in it. BOLT 2, The `open_channel` Message"""

    TYPE: ClassVar[int] = 32
    chain_hash: Hash
    temporary_channel_id: ChannelIdField
    funding_satoshis: U64
    push_msat: U64
    dust_limit_satoshis: U64
    max_htlc_value_in_flight_msat: U64
    channel_reserve_satoshis: U64
    htlc_minimum_msat: U64
    feerate_per_kw: U32
    to_self_delay: U16
    max_accepted_htlcs: U16
    funding_pubkey: Point
    revocation_basepoint: Point
    payment_basepoint: Point
    delayed_payment_basepoint: Point
    htlc_basepoint: Point
    first_per_commitment_point: Point
    channel_flags: U8
    upfront_shutdown_script: Annotated[bytes | None, Tlv(0, Rest())] = None
    channel_type: Annotated[bytes | None, Tlv(1, Rest())] = None


class AcceptChannel(WireMessage, frozen=True, kw_only=True):
    """Yes: my terms and my keys. BOLT 2, The `accept_channel` Message"""

    TYPE: ClassVar[int] = 33
    temporary_channel_id: ChannelIdField
    dust_limit_satoshis: U64
    max_htlc_value_in_flight_msat: U64
    channel_reserve_satoshis: U64
    htlc_minimum_msat: U64
    minimum_depth: U32
    to_self_delay: U16
    max_accepted_htlcs: U16
    funding_pubkey: Point
    revocation_basepoint: Point
    payment_basepoint: Point
    delayed_payment_basepoint: Point
    htlc_basepoint: Point
    first_per_commitment_point: Point
    upfront_shutdown_script: Annotated[bytes | None, Tlv(0, Rest())] = None
    channel_type: Annotated[bytes | None, Tlv(1, Rest())] = None


class FundingCreated(WireMessage, frozen=True, kw_only=True):
    """The output that will fund the channel, and my signature on your first commitment. BOLT 2, The `funding_created` Message"""

    TYPE: ClassVar[int] = 34
    temporary_channel_id: ChannelIdField
    funding_txid: Hash
    funding_output_index: U16
    signature: Signature


class FundingSigned(WireMessage, frozen=True, kw_only=True):
    """My signature on your first commitment: now you may publish. BOLT 2, The `funding_signed` Message"""

    TYPE: ClassVar[int] = 35
    channel_id: ChannelIdField
    signature: Signature


class ChannelReady(WireMessage, frozen=True, kw_only=True):
    """I have seen enough confirmations. `short_channel_id` is an alias for the channel. BOLT 2, The `channel_ready` Message"""

    TYPE: ClassVar[int] = 36
    channel_id: ChannelIdField
    second_per_commitment_point: Point
    short_channel_id: Annotated[ShortChannelId | None, Tlv(1, UInt(8))] = None


class Shutdown(WireMessage, frozen=True, kw_only=True):
    """No new HTLCs; my share goes to this script. BOLT 2, Closing Initiation: `shutdown`"""

    TYPE: ClassVar[int] = 38
    channel_id: ChannelIdField
    scriptpubkey: CountedBytes


class ClosingSigned(WireMessage, frozen=True, kw_only=True):
    """The closing transaction with this fee, signed. BOLT 2, Legacy Closing Negotiation: `closing_signed`"""

    TYPE: ClassVar[int] = 39
    channel_id: ChannelIdField
    fee_satoshis: U64
    signature: Signature
    fee_range: Annotated[FeeRange | None, Tlv(1, _FeeRangeForm())] = None


class UpdateAddHtlc(WireMessage, frozen=True, kw_only=True):
    """I offer this amount for a preimage of `payment_hash`, until block `cltv_expiry`. BOLT 2, Adding an HTLC: `update_add_htlc`"""

    TYPE: ClassVar[int] = 128
    channel_id: ChannelIdField
    id: U64
    amount_msat: U64
    payment_hash: Annotated[PaymentHash, Fixed(32)]
    cltv_expiry: U32
    onion_routing_packet: Annotated[bytes, Fixed(1366)]
    path_key: Annotated[bytes | None, Tlv(0, CurvePoint())] = None


class UpdateFulfillHtlc(WireMessage, frozen=True, kw_only=True):
    """Here is the preimage of your HTLC. BOLT 2, Removing an HTLC"""

    TYPE: ClassVar[int] = 130
    channel_id: ChannelIdField
    id: U64
    payment_preimage: Annotated[PaymentPreimage, Fixed(32)]
    attribution_data: AttributionData = None


class UpdateFailHtlc(WireMessage, frozen=True, kw_only=True):
    """Your HTLC failed; `reason` is for its origin alone to read. BOLT 2, Removing an HTLC"""

    TYPE: ClassVar[int] = 131
    channel_id: ChannelIdField
    id: U64
    reason: CountedBytes
    attribution_data: AttributionData = None


class UpdateFailMalformedHtlc(WireMessage, frozen=True, kw_only=True):
    """Your HTLC's onion cannot be read, so its failure cannot be encrypted. BOLT 2, Removing an HTLC"""

    TYPE: ClassVar[int] = 135
    channel_id: ChannelIdField
    id: U64
    sha256_of_onion: Hash
    failure_code: U16


class CommitmentSigned(WireMessage, frozen=True, kw_only=True):
    """Your next commitment with all pending updates, signed. BOLT 2, Committing Updates So Far: `commitment_signed`"""

    TYPE: ClassVar[int] = 132
    channel_id: ChannelIdField
    signature: Signature
    htlc_signatures: Signatures
    funding_txid: Annotated[bytes | None, Tlv(1, Fixed(32))] = None


class RevokeAndAck(WireMessage, frozen=True, kw_only=True):
    """My previous commitment is void: here is its secret. BOLT 2, Completing the Transition to the Updated State"""

    TYPE: ClassVar[int] = 133
    channel_id: ChannelIdField
    per_commitment_secret: Hash
    next_per_commitment_point: Point


class UpdateFee(WireMessage, frozen=True, kw_only=True):
    """The opener sets a new fee rate for commitments. BOLT 2, Updating Fees: `update_fee`"""

    TYPE: ClassVar[int] = 134
    channel_id: ChannelIdField
    feerate_per_kw: U32


class ChannelReestablish(WireMessage, frozen=True, kw_only=True):
    """Where I stand after we lost the line. BOLT 2, Message Retransmission"""

    TYPE: ClassVar[int] = 136
    channel_id: ChannelIdField
    next_commitment_number: U64
    next_revocation_number: U64
    your_last_per_commitment_secret: Hash
    my_current_per_commitment_point: Point
