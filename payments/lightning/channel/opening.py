"""
How a channel comes to be: terms from both sides' wishes, a first commitment for each, and the signatures that make it safe to fund.

BOLT 2, Channel Establishment v1
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.channel.channel import Channel, ChannelTerms, SideTerms
from payments.lightning.channel.commitment import anchors_sat, build_commitment, commitment_fee_sat, sign_commitment, verify_commitment
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.keys import Basepoints, ChannelSecrets
from payments.lightning.channel.scripts import funding_output_script
from payments.lightning.channel.types import ChannelType
from payments.lightning.config import ChannelConfig, ForwardingConfig
from payments.lightning.ids import ChannelId, NodeId, ShortChannelId
from payments.lightning.units import MSAT_PER_SAT


class Party(Struct, frozen=True, kw_only=True):
    """One of the two who open a channel: what it shows of its keys, and its conditions."""

    node_id: NodeId
    key_index: int
    basepoints: Basepoints
    first_point: bytes
    """Per-commitment point[33] of commitment 0."""
    second_point: bytes
    """And of commitment 1."""
    config: ChannelConfig
    forwarding: ForwardingConfig


class Funding(Struct, frozen=True, kw_only=True):
    """The output that holds the channel's money, and who put it in."""

    txid: bytes
    """32 bytes in internal byte order."""
    output_index: int
    short_channel_id: ShortChannelId
    capacity_sat: int
    push_msat: int
    """What the opener gives the other side at the start."""
    channel_type: ChannelType
    is_announced: bool


def party(node_id: NodeId, key_index: int, secrets: ChannelSecrets, *, config: ChannelConfig, forwarding: ForwardingConfig) -> Party:
    """What a node brings to an opening."""
    return Party(
        node_id=node_id,
        key_index=key_index,
        basepoints=secrets.basepoints,
        first_point=secrets.per_commitment_point(0),
        second_point=secrets.per_commitment_point(1),
        config=config,
        forwarding=forwarding,
    )


def funding_script_of(left: Party, right: Party) -> bytes:
    """The output script[34] that both must sign to spend."""
    return funding_output_script(left.basepoints.funding_pubkey, right.basepoints.funding_pubkey)


def channel_id_of(txid: bytes, output_index: int) -> ChannelId:
    """
    The name of a channel: its funding txid with the output index mixed into the last two bytes.

    BOLT 2, Definition of `channel_id`
    """
    return ChannelId((int.from_bytes(txid, "big") ^ output_index).to_bytes(32, "big"))


def new_channel(ours: Party, theirs: Party, funding: Funding, *, is_opener: bool) -> Channel:
    """
    A channel at commitment 0, not yet signed by the peer. ValueError when the opener could not pay for its first commitment.

    Without the latter the anchors' 660 sat would be paid out of nothing, and no chain takes such a transaction.
    """
    capacity_msat = funding.capacity_sat * MSAT_PER_SAT
    opener_msat = capacity_msat - funding.push_msat
    feerate_per_kw = (ours if is_opener else theirs).config.feerate_per_kw
    cost_sat = commitment_fee_sat(funding.channel_type, feerate_per_kw, 0) + anchors_sat(funding.channel_type)
    if opener_msat < cost_sat * MSAT_PER_SAT:
        raise ValueError(f"the opener has {opener_msat} msat and its first commitment costs {cost_sat} sat")
    terms = ChannelTerms(
        channel_id=channel_id_of(funding.txid, funding.output_index),
        counterparty_node_id=theirs.node_id,
        short_channel_id=funding.short_channel_id,
        channel_type=funding.channel_type,
        funding_txid=funding.txid,
        funding_output_index=funding.output_index,
        capacity_sat=funding.capacity_sat,
        is_opener=is_opener,
        is_announced=funding.is_announced,
        key_index=ours.key_index,
        local=_side_terms(ours, theirs, funding),
        remote=_side_terms(theirs, ours, funding),
    )
    return Channel(
        terms=terms,
        forwarding=ours.forwarding,
        settled_msat=(opener_msat, funding.push_msat) if is_opener else (funding.push_msat, opener_msat),
        feerate_per_kw=feerate_per_kw,
        remote_point=theirs.first_point,
        remote_next_point=theirs.second_point,
        local_signature=b"",
    )


def first_signature(channel: Channel, secrets: ChannelSecrets) -> bytes:
    """Our signature[64] on the peer's first commitment: what funding_created and funding_signed carry."""
    spec = channel.commitment_spec(Side.REMOTE, 0, secrets)
    return sign_commitment(build_commitment(spec), spec, secrets)[0]


def with_first_signature(channel: Channel, signature: bytes, secrets: ChannelSecrets) -> Channel:
    """
    The channel with the peer's signature[64] on our first commitment: from here on the money in it can be got back.

    raises    InvalidCommitmentSignature
    """
    spec = channel.commitment_spec(Side.LOCAL, 0, secrets)
    verify_commitment(build_commitment(spec), spec, signature=signature, htlc_signatures=())
    return replace(channel, local_signature=signature)


def _side_terms(side: Party, other: Party, funding: Funding) -> SideTerms:
    """What holds for one side: its own limits, and the reserve and delay that the other side demands of it."""
    return SideTerms(
        basepoints=side.basepoints,
        dust_limit_sat=side.config.dust_limit_sat,
        channel_reserve_sat=max(
            funding.capacity_sat * other.config.channel_reserve_ppm // 1_000_000,
            side.config.dust_limit_sat,
            other.config.dust_limit_sat,
        ),
        htlc_minimum_msat=side.forwarding.htlc_minimum_msat,
        max_htlc_value_in_flight_msat=funding.capacity_sat * MSAT_PER_SAT,
        max_accepted_htlcs=side.config.max_accepted_htlcs,
        to_self_delay_blocks=other.config.to_self_delay_blocks,
    )
