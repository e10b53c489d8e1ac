"""Channels for tests that are about something else: opened by the rules, step by step, and ready at once."""

from __future__ import annotations

from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.channel.channel import Channel, Connection, Phase
from payments.lightning.channel.establishing import (
    AwaitingAccept,
    AwaitingFundingCreated,
    Opening,
    Stage,
    accept_channel,
    check_request,
    fund,
    funding_output,
    open_channel,
    receive_accept,
    receive_funding_created,
    receive_funding_signed,
)
from payments.lightning.channel.keys import ChannelSecrets
from payments.lightning.channel.offers import offer_in, our_offer
from payments.lightning.channel.transactions import Transaction, TransactionInput, TransactionOutput
from payments.lightning.channel.types import ChannelType
from payments.lightning.config import ChannelConfig, ForwardingConfig
from payments.lightning.ids import ChannelId, NodeId, ShortChannelId

CHAIN_HASH = bytes(32)


class Side(Struct, frozen=True, kw_only=True):
    """One of the two: who it is, its keys, and what it wants."""

    node_id: NodeId
    secrets: ChannelSecrets
    key_index: int = 0
    config: ChannelConfig = ChannelConfig()
    forwarding: ForwardingConfig = ForwardingConfig()


class Deal(Struct, frozen=True, kw_only=True):
    """What the channel shall be."""

    channel_type: ChannelType = ChannelType.ANCHORS
    capacity_sat: int = 1_000_000
    push_msat: int = 0
    is_announced: bool = True
    short_channel_id: ShortChannelId


def opened(opener: Side, accepter: Side, deal: Deal) -> tuple[Channel, Channel]:
    """Both ends of a channel, offline."""
    asked = _opening(opener, accepter, deal, feerate_per_kw=opener.config.feerate_per_kw, stage=AwaitingAccept(may_downgrade=False))
    theirs = offer_in(open_channel(asked, CHAIN_HASH))
    stage = AwaitingFundingCreated(theirs=theirs)
    answered = replace(_opening(accepter, opener, deal, feerate_per_kw=asked.feerate_per_kw, stage=stage), is_opener=False)
    check_request(answered)
    agreed = receive_accept(asked, accept_channel(answered))
    funded, created = fund(agreed, _funding(funding_output(agreed)), opener.secrets)
    accepted, signed = receive_funding_created(answered, created, accepter.secrets)
    return (
        _ready(receive_funding_signed(funded, signed, opener.secrets), accepter, deal),
        _ready(accepted, opener, deal),
    )


def _opening(side: Side, other: Side, deal: Deal, *, feerate_per_kw: int, stage: Stage) -> Opening:
    return Opening(
        temporary_channel_id=ChannelId(bytes(32)),
        counterparty_node_id=other.node_id,
        is_opener=True,
        key_index=side.key_index,
        capacity_sat=deal.capacity_sat,
        push_msat=deal.push_msat,
        channel_type=deal.channel_type,
        feerate_per_kw=feerate_per_kw,
        is_announced=deal.is_announced,
        minimum_depth_blocks=1,
        forwarding=side.forwarding,
        ours=our_offer(side.secrets, capacity_sat=deal.capacity_sat, config=side.config, forwarding=side.forwarding),
        stage=stage,
    )


def _funding(output: TransactionOutput) -> Transaction:
    coin = TransactionInput(txid=sha256(output.script_pubkey).digest(), output_index=0)
    change = TransactionOutput(amount_sat=1_000, script_pubkey=b"\x51")
    return Transaction(inputs=(coin,), outputs=(change, output))


def _ready(channel: Channel, peer: Side, deal: Deal) -> Channel:
    return replace(
        channel,
        terms=replace(channel.terms, short_channel_id=deal.short_channel_id),
        remote_next_point=peer.secrets.per_commitment_point(1),
        phase=Phase.NORMAL,
        connection=Connection.OFFLINE,
        funding=None,
    )
