"""
From a funding transaction on its way to a channel in use: confirmations counted, channel_ready said and heard.

Each side says channel_ready once it has seen enough blocks on top of the funding; a channel is used when both have. Until then the
opener's transaction is broadcast again with every block, and an accepter who waits in vain forgets the channel after two weeks.

BOLT 2, The `channel_ready` Message; Message Retransmission
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from payments.lightning.channel.actions import BroadcastTransaction, ChannelBecameReady, ChannelFailed, SendMessage, Step, Surroundings
from payments.lightning.channel.channel import Channel, Connection, FundingProgress, Phase
from payments.lightning.channel.opening_errors import FundingTimedOut, FundingUnconfirmed, WrongFundingOutput
from payments.lightning.channel.scripts import funding_output_script
from payments.lightning.channel.transactions import Transaction, TransactionOutput
from payments.lightning.ids import UNCONFIRMED, block_of_scid, make_scid
from payments.lightning.wire.messages import ChannelReady, encode_message

FUNDING_TIMEOUT_BLOCKS = 2_016
"""Two weeks. BOLT 2, The `funding_signed` Message: after that the accepter may forget."""


def confirmations(channel: Channel, height: int) -> int:
    """How many blocks hold the funding, its own included."""
    scid = channel.terms.short_channel_id
    return 0 if scid == UNCONFIRMED else max(0, height - block_of_scid(scid) + 1)


def funding_confirmed(channel: Channel, transaction: Transaction, *, height: int, transaction_index: int) -> Step:
    """
    The funding transaction is in a block.

    raises    WrongFundingOutput: the opener cheated, and the channel holds nothing
    """
    terms, index = channel.terms, channel.terms.funding_output_index
    script = funding_output_script(terms.local.basepoints.funding_pubkey, terms.remote.basepoints.funding_pubkey)
    wanted = TransactionOutput(amount_sat=terms.capacity_sat, script_pubkey=script)
    if transaction.outputs[index : index + 1] != (wanted,):
        raise WrongFundingOutput
    return Step(channel=replace(channel, terms=replace(terms, short_channel_id=make_scid(height, transaction_index, index))))


def funding_unconfirmed(channel: Channel) -> Step:
    """
    The chain took the funding back: it may come again elsewhere.

    raises    FundingUnconfirmed when the channel is in use: what it promises has no ground any more
    """
    if channel.phase is not Phase.OPENING:
        raise FundingUnconfirmed
    return Step(channel=replace(channel, terms=replace(channel.terms, short_channel_id=UNCONFIRMED)))


def wait_for_depth(channel: Channel, surroundings: Surroundings) -> Step:
    """A new block: say channel_ready when there are enough, broadcast again while there is none, forget what will not come."""
    funding = channel.funding
    if channel.phase is not Phase.OPENING or funding is None:
        return Step(channel=channel)
    depth_blocks = confirmations(channel, surroundings.height)
    if depth_blocks == 0 and channel.terms.is_opener:
        return Step(channel=channel, actions=(BroadcastTransaction(transaction=funding.raw_transaction),))
    if will_never_be_funded(channel, surroundings.height):
        return Step(channel=replace(channel, phase=Phase.CLOSED), actions=(ChannelFailed(code=FundingTimedOut.code),))
    if funding.is_ready or depth_blocks < funding.minimum_depth_blocks:
        return Step(channel=channel)
    step = _with_progress(channel, lambda progress: replace(progress, is_ready=True))
    said = (_ready(channel, surroundings),) if channel.connection is Connection.ONLINE else ()
    return Step(channel=step.channel, actions=(*said, *step.actions))


def will_never_be_funded(channel: Channel, height: int) -> bool:
    """Whether the peer, who opened, has had its time to bring the funding into a block, and has not."""
    funding = channel.funding
    if funding is None or channel.terms.is_opener or confirmations(channel, height):
        return False
    return height >= funding.signed_at_height + FUNDING_TIMEOUT_BLOCKS


def receive_ready(channel: Channel, message: ChannelReady) -> Step:
    """The peer has seen enough blocks. Said again it changes nothing. Its alias is not needed: we know the place in the chain."""
    if channel.phase is not Phase.OPENING or channel.remote_next_point:
        return Step(channel=channel)
    heard = replace(channel, remote_next_point=message.second_per_commitment_point)
    return _with_progress(heard, lambda progress: replace(progress, is_peer_ready=True))


def ready_again(channel: Channel, surroundings: Surroundings, *, next_commitment_number: int) -> list[SendMessage]:
    """Before the first commitment nobody can know whether our channel_ready has arrived."""
    if channel.funding is not None and not channel.funding.is_ready:
        return []
    if next_commitment_number != 1 or channel.local_number > 0:
        return []
    return [_ready(channel, surroundings)]


def _ready(channel: Channel, surroundings: Surroundings) -> SendMessage:
    point = surroundings.secrets.per_commitment_point(1)
    return SendMessage(data=encode_message(ChannelReady(channel_id=channel.id, second_per_commitment_point=point)))


def _with_progress(channel: Channel, change: Callable[[FundingProgress], FundingProgress]) -> Step:
    assert channel.funding is not None
    progress = change(channel.funding)
    if not (progress.is_ready and progress.is_peer_ready):
        return Step(channel=replace(channel, funding=progress))
    return Step(channel=replace(channel, funding=None, phase=Phase.NORMAL), actions=(ChannelBecameReady(),))
