"""
The channel as a function: (channel, what happened) to (channel, what is to be done).

What the peer does against the rules never raises out of here: it ends the channel, in one place, with an error for the peer and our latest
commitment for the chain. The theory in one drawing:

    OPENING --enough blocks, channel_ready said and heard--> NORMAL
    OFFLINE --connect--> REESTABLISHING --channel_reestablish--> ONLINE --disconnect--> OFFLINE        (while the phase is live)
    NORMAL --shutdown, said or heard--> SHUTTING_DOWN --a fee is agreed--> its transaction is broadcast
    live --a broken rule, an error from the peer, a missed deadline--> FORCE_CLOSING
    live --proof that the peer knows newer states--> DATA_LOSS

BOLT 2, Peer Protocol for Channel Management; BOLT 1, The `error` and `warning` Messages
"""

from __future__ import annotations

from msgspec.structs import replace

from payments.lightning.channel import closing, exchange, readiness, reestablish, updates
from payments.lightning.channel.actions import BroadcastTransaction, ChannelFailed, SendMessage, Step, Surroundings
from payments.lightning.channel.channel import Channel, Connection, Phase
from payments.lightning.channel.closing_errors import ClosedOnOurOwn, HtlcAfterShutdown
from payments.lightning.channel.commitment import build_commitment
from payments.lightning.channel.errors import HtlcDeadlinePassed, PeerClosedChannel, UpdateWhileNotOnline
from payments.lightning.channel.htlc import Htlc, Side
from payments.lightning.channel.transactions import Transaction
from payments.lightning.channel.witnesses import complete_commitment
from payments.lightning.errors import LightningError
from payments.lightning.wire.messages import (
    ChannelMessage,
    ChannelReady,
    ChannelReestablish,
    ClosingSigned,
    CommitmentSigned,
    ErrorMessage,
    RevokeAndAck,
    Shutdown,
    UpdateAddHtlc,
    UpdateFailHtlc,
    UpdateFailMalformedHtlc,
    UpdateFee,
    UpdateFulfillHtlc,
    encode_message,
)

OUTGOING_GRACE_BLOCKS = 2
"""How long past its expiry we wait for a peer to give an HTLC back before the chain must decide. BOLT 2 advises a short grace period."""


def receive(channel: Channel, message: ChannelMessage, surroundings: Surroundings) -> Step:
    """What a channel makes of a message of its peer. Never raises for what the peer did."""
    if not channel.phase.is_live:
        return Step(channel=channel)
    try:
        return _receive(channel, message, surroundings)
    except LightningError as refusal:
        return force_close(channel, refusal, surroundings)


def peer_sent_error(channel: Channel, text: str, surroundings: Surroundings) -> Step:
    """The peer gave the channel up."""
    if not channel.phase.is_live:
        return Step(channel=channel)
    return force_close(channel, PeerClosedChannel(text=text), surroundings)


def best_block_updated(channel: Channel, surroundings: Surroundings, *, claim_margin_blocks: int) -> Step:
    """A new block: an HTLC whose time runs out is taken to the chain while that still helps. BOLT 2, `cltv_expiry_delta` Selection"""
    if not channel.phase.is_live:
        return Step(channel=channel)
    for htlc in channel.htlcs:
        if _is_overdue(htlc, surroundings.height, claim_margin_blocks):
            reason = HtlcDeadlinePassed(cltv_expiry=htlc.cltv_expiry, height=surroundings.height)
            return force_close(channel, reason, surroundings)
    if channel.closing is not None and channel.closing.raw_transaction is not None:
        return Step(channel=channel, actions=(BroadcastTransaction(transaction=channel.closing.raw_transaction),))
    return readiness.wait_for_depth(channel, surroundings)


def funding_confirmed(
    channel: Channel, transaction: Transaction, surroundings: Surroundings, *, height: int, transaction_index: int
) -> Step:
    """A block holds the funding transaction."""
    try:
        return readiness.funding_confirmed(channel, transaction, height=height, transaction_index=transaction_index)
    except LightningError as refusal:
        return force_close(channel, refusal, surroundings)


def funding_unconfirmed(channel: Channel, surroundings: Surroundings) -> Step:
    """The chain took the funding transaction back."""
    try:
        return readiness.funding_unconfirmed(channel)
    except LightningError as refusal:
        return force_close(channel, refusal, surroundings)


def close_alone(channel: Channel, surroundings: Surroundings) -> Step:
    """We want the channel closed without the peer."""
    if not channel.phase.is_live:
        return Step(channel=channel)
    return force_close(channel, ClosedOnOurOwn(), surroundings)


def force_close(channel: Channel, reason: LightningError, surroundings: Surroundings) -> Step:
    """
    End the channel with our latest commitment. The peer hears the code of the reason, nothing more.

    When both have signed a closing transaction, nothing needs to be forced: that one goes out again.
    """
    if channel.closing is not None and channel.closing.raw_transaction is not None:
        return Step(channel=channel, actions=(BroadcastTransaction(transaction=channel.closing.raw_transaction),))
    error = ErrorMessage(channel_id=channel.id, data=reason.code.encode())
    heard = channel.connection is not Connection.OFFLINE
    return Step(
        channel=replace(channel, phase=Phase.FORCE_CLOSING),
        actions=(
            *((SendMessage(data=encode_message(error)),) if heard else ()),
            _latest_commitment(channel, surroundings),
            ChannelFailed(code=reason.code),
        ),
    )


def broadcast_again(channel: Channel, surroundings: Surroundings) -> Step:
    """Our latest commitment is on its way and in no block yet. It never will be when the funding that it spends has not come in time."""
    assert channel.phase is Phase.FORCE_CLOSING, "whoever lost data broadcasts nothing"
    if readiness.will_never_be_funded(channel, surroundings.height):
        return Step(channel=replace(channel, phase=Phase.CLOSED))
    return Step(channel=channel, actions=(_latest_commitment(channel, surroundings),))


def _latest_commitment(channel: Channel, surroundings: Surroundings) -> BroadcastTransaction:
    spec = channel.commitment_spec(Side.LOCAL, channel.local_number, surroundings.secrets)
    signature = channel.local_signature
    transaction = complete_commitment(build_commitment(spec), spec, secrets=surroundings.secrets, counterparty_signature=signature)
    return BroadcastTransaction(transaction=transaction.serialize())


def _receive(channel: Channel, message: ChannelMessage, surroundings: Surroundings) -> Step:
    if isinstance(message, ChannelReestablish):
        return reestablish.receive_reestablish(channel, message, surroundings)
    if isinstance(message, ChannelReady):
        return readiness.receive_ready(channel, message)
    if channel.connection is not Connection.ONLINE or (channel.phase is Phase.OPENING and not isinstance(message, Shutdown)):
        raise UpdateWhileNotOnline
    match message:
        case CommitmentSigned():
            return exchange.receive_commitment(channel, message, surroundings)
        case RevokeAndAck():
            return exchange.receive_revocation(channel, message, surroundings)
        case Shutdown():
            return closing.receive_shutdown(channel, message, surroundings)
        case ClosingSigned():
            return closing.receive_closing_signed(channel, message, surroundings)
        case _:
            return _receive_update(channel, message, surroundings)


def _receive_update(channel: Channel, message: ChannelMessage, surroundings: Surroundings) -> Step:
    match message:
        case UpdateAddHtlc():
            if channel.closing is not None and channel.closing.is_heard:
                raise HtlcAfterShutdown
            return updates.receive_add(channel, message)
        case UpdateFulfillHtlc():
            return updates.receive_fulfill(channel, message)
        case UpdateFailHtlc() | UpdateFailMalformedHtlc():
            return updates.receive_fail(channel, message)
        case UpdateFee():
            return updates.receive_fee_update(channel, message, surroundings)
        case _:
            return Step(channel=channel)


def _is_overdue(htlc: Htlc, height: int, claim_margin_blocks: int) -> bool:
    """
    Ours: the peer should have given it back. The peer's: we have claimed it, and soon the peer could take it back on the chain.

    Ours counts from the moment we offered it, whatever the peer has acknowledged: it may hold our signature for it.
    """
    if htlc.owner is Side.LOCAL:
        return height >= htlc.cltv_expiry + OUTGOING_GRACE_BLOCKS
    return htlc.is_fulfilled and height + claim_margin_blocks >= htlc.cltv_expiry
