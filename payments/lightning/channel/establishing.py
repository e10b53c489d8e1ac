"""
How a channel comes to be, by messages: who says what, what is checked before, and what must be on disk before it is said.

    opener      AwaitingAccept --accept_channel--> AwaitingFunding --the caller's transaction--> AwaitingFundingSigned --> a Channel
    accepter    AwaitingFundingCreated --funding_created--> a Channel

The accepter has a Channel, which outlives the connection, before its funding_signed leaves; the opener has one before its transaction is
broadcast, and then holds the peer's signature on a commitment that gives the money back. Before that nothing is lost when the line is
cut, so an Opening ends with its connection. It is stored nevertheless: after a restart its end must be told to whoever made the coins.

BOLT 2, Channel Establishment v1
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.channel.channel import Channel, ChannelTerms, Connection, FundingProgress, Phase
from payments.lightning.channel.keys import ChannelSecrets
from payments.lightning.channel.offers import (
    ChannelOffer,
    check_offer,
    check_start,
    decode_channel_type,
    encode_channel_type,
    first_commitment_cost_sat,
    offer_in,
    side_terms,
)
from payments.lightning.channel.opening import channel_id_of, first_signature, with_first_signature
from payments.lightning.channel.opening_errors import (
    ChannelTypeChanged,
    DepthTooGreat,
    UnexpectedOpeningMessage,
    WrongFundingOutput,
)
from payments.lightning.channel.scripts import funding_output_script
from payments.lightning.channel.transactions import Transaction, TransactionOutput
from payments.lightning.channel.types import ChannelType
from payments.lightning.config import ForwardingConfig
from payments.lightning.ids import UNCONFIRMED, ChannelId, NodeId
from payments.lightning.units import MSAT_PER_SAT
from payments.lightning.wire.messages import AcceptChannel, FundingCreated, FundingSigned, OpenChannel

LARGEST_DEPTH_BLOCKS = 144
"""A day. More would be a way of keeping our money idle."""
ANNOUNCE_BIT = 1
"""Of `channel_flags`: the opener wants the channel announced."""


class AwaitingAccept(Struct, frozen=True, kw_only=True, tag=True):
    """We asked for a channel."""

    may_downgrade: bool
    """We chose the kind: when the peer refuses it, an older one may be tried."""


class AwaitingFunding(Struct, frozen=True, kw_only=True, tag=True):
    """The peer agreed; whoever has the coins makes the transaction."""

    theirs: ChannelOffer


class AwaitingFundingSigned(Struct, frozen=True, kw_only=True, tag=True):
    """The peer has our signature on its first commitment and we have none on ours: nothing may be broadcast."""

    channel: Channel


class AwaitingFundingCreated(Struct, frozen=True, kw_only=True, tag=True):
    """We agreed to a channel of the peer's."""

    theirs: ChannelOffer


Stage = AwaitingAccept | AwaitingFunding | AwaitingFundingSigned | AwaitingFundingCreated


class Opening(Struct, frozen=True, kw_only=True):
    """A channel that is being talked about, and how far that is."""

    temporary_channel_id: ChannelId
    counterparty_node_id: NodeId
    is_opener: bool
    key_index: int
    capacity_sat: int
    push_msat: int
    """What the opener gives the other side at the start."""
    channel_type: ChannelType
    feerate_per_kw: int
    is_announced: bool
    minimum_depth_blocks: int
    """How deep the funding must be buried before the channel is used; the accepter says it."""
    forwarding: ForwardingConfig
    ours: ChannelOffer
    stage: Stage

    @property
    def key(self) -> bytes:
        """Where it is kept: temporary ids are unique for one peer only."""
        return self.counterparty_node_id + self.temporary_channel_id


def open_channel(opening: Opening, chain_hash: bytes) -> OpenChannel:
    """The message that asks for it."""
    ours, keys = opening.ours, opening.ours.basepoints
    return OpenChannel(
        chain_hash=chain_hash,
        temporary_channel_id=opening.temporary_channel_id,
        funding_satoshis=opening.capacity_sat,
        push_msat=opening.push_msat,
        dust_limit_satoshis=ours.dust_limit_sat,
        max_htlc_value_in_flight_msat=ours.max_htlc_value_in_flight_msat,
        channel_reserve_satoshis=ours.channel_reserve_sat,
        htlc_minimum_msat=ours.htlc_minimum_msat,
        feerate_per_kw=opening.feerate_per_kw,
        to_self_delay=ours.to_self_delay_blocks,
        max_accepted_htlcs=ours.max_accepted_htlcs,
        funding_pubkey=keys.funding_pubkey,
        revocation_basepoint=keys.revocation_basepoint,
        payment_basepoint=keys.payment_basepoint,
        delayed_payment_basepoint=keys.delayed_payment_basepoint,
        htlc_basepoint=keys.htlc_basepoint,
        first_per_commitment_point=ours.first_point,
        channel_flags=ANNOUNCE_BIT if opening.is_announced else 0,
        upfront_shutdown_script=b"",
        channel_type=encode_channel_type(opening.channel_type),
    )


def accept_channel(opening: Opening) -> AcceptChannel:
    """The message that agrees to it."""
    ours, keys = opening.ours, opening.ours.basepoints
    return AcceptChannel(
        temporary_channel_id=opening.temporary_channel_id,
        dust_limit_satoshis=ours.dust_limit_sat,
        max_htlc_value_in_flight_msat=ours.max_htlc_value_in_flight_msat,
        channel_reserve_satoshis=ours.channel_reserve_sat,
        htlc_minimum_msat=ours.htlc_minimum_msat,
        minimum_depth=opening.minimum_depth_blocks,
        to_self_delay=ours.to_self_delay_blocks,
        max_accepted_htlcs=ours.max_accepted_htlcs,
        funding_pubkey=keys.funding_pubkey,
        revocation_basepoint=keys.revocation_basepoint,
        payment_basepoint=keys.payment_basepoint,
        delayed_payment_basepoint=keys.delayed_payment_basepoint,
        htlc_basepoint=keys.htlc_basepoint,
        first_per_commitment_point=ours.first_point,
        upfront_shutdown_script=b"",
        channel_type=encode_channel_type(opening.channel_type),
    )


def receive_accept(opening: Opening, message: AcceptChannel) -> Opening:
    """
    The peer agrees: whether we can live with how.

    raises    UnexpectedOpeningMessage, ChannelTypeChanged, DepthTooGreat, and what `check_offer` and `check_start` raise
    """
    if not isinstance(opening.stage, AwaitingAccept):
        raise UnexpectedOpeningMessage(message_type=message.TYPE)
    if message.channel_type is not None and message.channel_type != encode_channel_type(opening.channel_type):
        raise ChannelTypeChanged
    if message.minimum_depth > LARGEST_DEPTH_BLOCKS:
        raise DepthTooGreat(minimum_depth_blocks=message.minimum_depth)
    theirs = offer_in(message)
    check_offer(theirs, opening.ours, capacity_sat=opening.capacity_sat)
    check_start(opening.ours, theirs, capacity_sat=opening.capacity_sat, push_msat=opening.push_msat, cost_sat=_cost_sat(opening))
    depth_blocks = max(1, message.minimum_depth)
    return replace(opening, minimum_depth_blocks=depth_blocks, stage=AwaitingFunding(theirs=theirs))


def check_request(opening: Opening) -> None:
    """
    Whether we agree to a channel that the peer asks for: capacity and feerate were looked at before.

    raises    what `check_offer` and `check_start` raise
    """
    assert isinstance(opening.stage, AwaitingFundingCreated)
    theirs = opening.stage.theirs
    check_offer(theirs, opening.ours, capacity_sat=opening.capacity_sat)
    check_start(theirs, opening.ours, capacity_sat=opening.capacity_sat, push_msat=opening.push_msat, cost_sat=_cost_sat(opening))


def requested_type(message: OpenChannel, default: ChannelType) -> ChannelType:
    """
    The kind of channel that a peer asks for.

    default    what is meant when it names none

    raises     UnknownChannelType
    """
    return default if message.channel_type is None else decode_channel_type(message.channel_type)


def downgraded(opening: Opening) -> Opening | None:
    """The same question about an older kind, after the peer refused; None when there is nothing older to ask for."""
    stage = opening.stage
    if isinstance(stage, AwaitingAccept) and stage.may_downgrade and opening.channel_type is ChannelType.ANCHORS:
        return replace(opening, channel_type=ChannelType.STATIC_REMOTEKEY)
    return None


def funding_output(opening: Opening) -> TransactionOutput:
    """What the funding transaction must pay, once the peer has agreed."""
    assert isinstance(opening.stage, AwaitingFunding)
    script = funding_output_script(opening.ours.basepoints.funding_pubkey, opening.stage.theirs.basepoints.funding_pubkey)
    return TransactionOutput(amount_sat=opening.capacity_sat, script_pubkey=script)


def fund(opening: Opening, transaction: Transaction, secrets: ChannelSecrets) -> tuple[Opening, FundingCreated]:
    """
    Put the transaction under the channel and sign the peer's first commitment.

    transaction    only segwit coins in it, so that its id cannot change

    raises         WrongFundingOutput, UnexpectedOpeningMessage when the peer has not agreed yet
    """
    if not isinstance(opening.stage, AwaitingFunding):
        raise UnexpectedOpeningMessage(message_type=FundingCreated.TYPE)
    wanted = funding_output(opening)
    if wanted not in transaction.outputs:
        raise WrongFundingOutput
    index = transaction.outputs.index(wanted)
    channel = _first_channel(opening, opening.stage.theirs, transaction.txid, index, raw_transaction=transaction.serialize())
    message = FundingCreated(
        temporary_channel_id=opening.temporary_channel_id,
        funding_txid=transaction.txid,
        funding_output_index=index,
        signature=first_signature(channel, secrets),
    )
    return replace(opening, stage=AwaitingFundingSigned(channel=channel)), message


def receive_funding_created(opening: Opening, message: FundingCreated, secrets: ChannelSecrets) -> tuple[Channel, FundingSigned]:
    """
    The peer has its transaction ready: a channel that must be remembered from now on, and our signature for the peer.

    raises    UnexpectedOpeningMessage, InvalidCommitmentSignature
    """
    if not isinstance(opening.stage, AwaitingFundingCreated):
        raise UnexpectedOpeningMessage(message_type=message.TYPE)
    bare = _first_channel(opening, opening.stage.theirs, message.funding_txid, message.funding_output_index, raw_transaction=b"")
    channel = with_first_signature(bare, message.signature, secrets)
    return channel, FundingSigned(channel_id=channel.id, signature=first_signature(channel, secrets))


def receive_funding_signed(opening: Opening, message: FundingSigned, secrets: ChannelSecrets) -> Channel:
    """
    The peer signed: the transaction may be broadcast once the channel is on disk.

    raises    UnexpectedOpeningMessage, InvalidCommitmentSignature
    """
    if not isinstance(opening.stage, AwaitingFundingSigned):
        raise UnexpectedOpeningMessage(message_type=message.TYPE)
    return with_first_signature(opening.stage.channel, message.signature, secrets)


def _cost_sat(opening: Opening) -> int:
    return first_commitment_cost_sat(opening.channel_type, opening.feerate_per_kw)


def _first_channel(opening: Opening, theirs: ChannelOffer, txid: bytes, output_index: int, *, raw_transaction: bytes) -> Channel:
    """The channel at commitment 0, not yet signed by the peer."""
    ours = opening.ours
    terms = ChannelTerms(
        channel_id=channel_id_of(txid, output_index),
        counterparty_node_id=opening.counterparty_node_id,
        short_channel_id=UNCONFIRMED,
        channel_type=opening.channel_type,
        funding_txid=txid,
        funding_output_index=output_index,
        capacity_sat=opening.capacity_sat,
        is_opener=opening.is_opener,
        is_announced=opening.is_announced,
        key_index=opening.key_index,
        local=side_terms(ours, theirs),
        remote=side_terms(theirs, ours),
    )
    opener_msat = opening.capacity_sat * MSAT_PER_SAT - opening.push_msat
    return Channel(
        terms=terms,
        forwarding=opening.forwarding,
        settled_msat=(opener_msat, opening.push_msat) if opening.is_opener else (opening.push_msat, opener_msat),
        feerate_per_kw=opening.feerate_per_kw,
        remote_point=theirs.first_point,
        remote_next_point=b"",
        local_signature=b"",
        phase=Phase.OPENING,
        connection=Connection.ONLINE,
        funding=FundingProgress(minimum_depth_blocks=opening.minimum_depth_blocks, raw_transaction=raw_transaction),
    )
