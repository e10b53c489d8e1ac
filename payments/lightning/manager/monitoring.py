"""
Channels that ended on the chain: what a node does about each of them, block by block, until nothing of them is left to be done.

The peer's commitment, ours, a revoked one or a closing transaction: whatever spends a funding is read, what is ours in it is claimed, and
what became of HTLCs goes back to where they came from. A channel that lost data broadcasts nothing of its own, ever.

BOLT 5, On-chain Transaction Handling
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from payments.lightning.channel import machine
from payments.lightning.channel.actions import OutgoingFulfilled, OutgoingRemoved
from payments.lightning.channel.channel import Channel, Phase
from payments.lightning.channel.details import balance_msat
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.transactions import Transaction
from payments.lightning.channel.updates import with_htlc
from payments.lightning.events import ChannelResolved, SpendableOutput, SpendableOutputs
from payments.lightning.ids import ChannelId
from payments.lightning.manager.node_state import NodeState
from payments.lightning.onchain.claims import Case, claim_of
from payments.lightning.onchain.published import Kind, Published, read_published
from payments.lightning.onchain.resolution import ClosedOnChain, Confirmed, OwnOutput, look

_ANY_PREIMAGE = bytes(32)
"""What a claim costs does not depend on which one it shows."""
COMMITMENT_CONFIRMED = "commitment_tx_confirmed"
"""LDK's reason for a channel that the peer closed on its own."""


class Monitor:
    """Watches the fundings of one node's channels, and what became of those that were spent."""

    def __init__(self, state: NodeState) -> None:
        self._state = state
        self._published: dict[ChannelId, Published] = {}

    def transactions_confirmed(self, transactions: Iterable[tuple[int, Transaction]], height: int) -> None:
        """A block: whatever spends a funding or follows from it is kept."""
        state = self._state
        fundings = {_funding_of(channel): channel.id for channel in state.channels if channel.phase is not Phase.CLOSED}
        for _, transaction in transactions:
            for spent in transaction.inputs:
                channel_id = fundings.get((spent.txid, spent.output_index))
                if channel_id is not None and channel_id not in state.closed:
                    self._funding_spent(state.channels[channel_id], Confirmed(transaction=transaction, height=height))
            for closed in state.closed:
                known = (closed.closing, *closed.spends)
                if closed.follows(transaction) and all(transaction.txid != one.transaction.txid for one in known):
                    spend = Confirmed(transaction=transaction, height=height)
                    state.closed.put(closed.channel_id, replace(closed, spends=(*closed.spends, spend)))

    def transaction_unconfirmed(self, txid: bytes) -> None:
        """The chain took a transaction back: it is as if it had never been told of."""
        for closed in self._state.closed:
            if closed.closing.transaction.txid == txid:
                self._state.closed.drop(closed.channel_id)
                self._published.pop(closed.channel_id, None)
            else:
                self._state.closed.put(closed.channel_id, closed.without(txid))

    def best_block_updated(self) -> None:
        """A new height: what was not due may be due now."""
        state = self._state
        for closed in state.closed:
            self.look(closed.channel_id)
        for channel in state.channels:
            if channel.phase is Phase.FORCE_CLOSING and channel.id not in state.closed:
                state.act(channel.id, lambda channel: machine.broadcast_again(channel, state.surroundings(channel)))

    def look(self, channel_id: ChannelId) -> None:
        """Do what follows from what the chain has said of a channel. Nothing happens for one whose funding is not spent."""
        state, closed = self._state, self._state.closed.get(channel_id)
        if closed is None:
            return
        outlook = look(self._case(closed), closed, state.height)
        for claim in outlook.claims:
            state.broadcast(claim.serialize())
        for htlc in outlook.shown:
            state.channels.put(channel_id, with_htlc(state.channels[channel_id], htlc))
            state.follow_ups.append((channel_id, OutgoingFulfilled(htlc=htlc)))
        for htlc in outlook.ended:
            state.channels.put(channel_id, with_htlc(state.channels[channel_id], htlc))
            state.follow_ups.append((channel_id, OutgoingRemoved(htlc=htlc)))
        self._tell(channel_id, outlook.received)
        changed = replace(
            closed,
            shown=(*closed.shown, *(htlc.id for htlc in outlook.shown)),
            ended=(*closed.ended, *(htlc.id for htlc in outlook.ended)),
            told=(*closed.told, *(own.outpoint for own in outlook.received)),
        )
        if changed != closed:
            state.closed.put(channel_id, changed)
        if not outlook.is_open:
            self._resolved(changed)

    def is_out_of_reach(self, channel_id: ChannelId, htlc_id: int) -> bool:
        """
        Whether an HTLC that the peer offered can be had no more, not even with its preimage.

        The chain has ended its channel, and it has no output there, or one that costs more to claim than it holds.
        """
        closed = self._state.closed.get(channel_id)
        if closed is None:
            return False
        case = self._case(closed)
        outputs = [
            one for one in case.published.outputs if one.htlc is not None and (one.htlc.owner, one.htlc.id) == (Side.REMOTE, htlc_id)
        ]
        return not any(claim_of(case, output, preimage=_ANY_PREIMAGE) for output in outputs)

    def _funding_spent(self, channel: Channel, confirmed: Confirmed) -> None:
        """A transaction that both signed for this ends the channel as agreed; any other one makes it a case for the chain."""
        state = self._state
        closed = ClosedOnChain(channel_id=channel.id, closing=confirmed)
        state.closed.put(channel.id, closed)
        is_agreed = channel.closing is not None and channel.closing.raw_transaction is not None
        if not channel.phase.is_live or (is_agreed and self._case(closed).published.kind is Kind.TOGETHER):
            return
        state.channels.put(channel.id, replace(channel, phase=Phase.FORCE_CLOSING))
        if not is_agreed:
            state.channel_is_over(channel, reason=COMMITMENT_CONFIRMED)

    def _case(self, closed: ClosedOnChain) -> Case:
        state = self._state
        channel = state.channels[closed.channel_id]
        secrets = state.secrets(channel.terms.key_index)
        if closed.channel_id not in self._published:
            past = [gone for gone in state.past if gone.channel_id == closed.channel_id]
            self._published[closed.channel_id] = read_published(channel, closed.closing.transaction, secrets, past)
        return Case(
            channel=channel,
            secrets=secrets,
            published=self._published[closed.channel_id],
            confirmed_height=closed.closing.height,
            feerate_per_kw=state.feerate_per_kw,
        )

    def _tell(self, channel_id: ChannelId, received: list[OwnOutput]) -> None:
        if not received:
            return
        channel = self._state.channels[channel_id]
        outputs = tuple(
            SpendableOutput(txid=own.txid, output_index=own.output_index, amount_sat=own.amount_sat, key_index=channel.terms.key_index)
            for own in received
        )
        self._state.events.append(SpendableOutputs(channel_id=channel_id, outputs=outputs))

    def _resolved(self, closed: ClosedOnChain) -> None:
        """Nothing is left to be done: what was remembered for it is forgotten."""
        state, channel = self._state, self._state.channels[closed.channel_id]
        script = self._case(closed).destination_script
        received_sat = sum(
            output.amount_sat
            for confirmed in (closed.closing, *closed.spends)
            for output in confirmed.transaction.outputs
            if output.script_pubkey == script
        )
        state.events.append(ChannelResolved(channel_id=channel.id, balance_msat=balance_msat(channel), received_sat=received_sat))
        state.channels.put(channel.id, replace(channel, phase=Phase.CLOSED))
        state.closed.drop(channel.id)
        for gone in state.past:
            if gone.channel_id == channel.id:
                state.past.drop(gone.key)
        self._published.pop(channel.id, None)


def _funding_of(channel: Channel) -> tuple[bytes, int]:
    return channel.terms.funding_txid, channel.terms.funding_output_index
