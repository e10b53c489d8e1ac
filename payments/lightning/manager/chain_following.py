"""
What the chain tells a node: blocks, transactions in them, and transactions that it has taken back. LDK's Confirm, as one class.

Deadlines, confirmations and closed channels all begin here; nothing here asks the chain anything.

LDK, chain::Confirm
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from payments.lightning.channel import machine
from payments.lightning.channel.channel import Phase
from payments.lightning.channel.transactions import Transaction
from payments.lightning.manager.turns import TurnTaker


class ChainFollower(TurnTaker):
    """A node that hears of blocks."""

    def best_block_updated(self, height: int) -> None:
        """The chain grew."""
        self._state.height = height
        margin = self._state.config.htlc_deadline_blocks
        for channel in self._state.channels:
            here = self._state.surroundings(channel)
            self._state.act(channel.id, partial(machine.best_block_updated, surroundings=here, claim_margin_blocks=margin))
            self.announcer.buried(self._state.channels[channel.id])
        self._receiver.fail_out_of_reach(self._monitor.is_out_of_reach)
        self._monitor.best_block_updated()
        self._receiver.fail_expiring()

    def transactions_confirmed(self, transactions: Sequence[tuple[int, Transaction]], height: int) -> None:
        """
        A block holds these transactions, each with its place in the block. Call before `best_block_updated` for the block; LDK's Confirm.

        Transactions that concern no channel may be among them.
        """
        self._monitor.transactions_confirmed(transactions, height)
        state = self._state
        by_txid = {channel.terms.funding_txid: channel.id for channel in state.channels if channel.phase is Phase.OPENING}
        for index, transaction in transactions:
            channel_id = by_txid.get(transaction.txid)
            if channel_id is not None:
                here = state.surroundings(state.channels[channel_id])
                confirm = partial(
                    machine.funding_confirmed, transaction=transaction, surroundings=here, height=height, transaction_index=index
                )
                state.act(channel_id, confirm)
                state.index(state.channels[channel_id])

    def transaction_unconfirmed(self, txid: bytes) -> None:
        """The chain took a transaction back; it may come again in another block. LDK's Confirm."""
        self._monitor.transaction_unconfirmed(txid)
        for channel in self._state.channels:
            if channel.terms.funding_txid == txid and channel.phase.is_live:
                here = self._state.surroundings(channel)
                self._state.act(channel.id, partial(machine.funding_unconfirmed, surroundings=here))
