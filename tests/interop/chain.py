"""
A chain for two parties that have fallen out: what they broadcast is mined when it may be, first come first served.

No scripts are run here (Bitcoin Core's own code judges ours elsewhere); what is checked is what decides who comes first: that an output is
there and not spent, and that locks in height have run out.
"""

from __future__ import annotations

from payments.lightning.channel.raw_transactions import parse_transaction

RELATIVE_LOCK_OFF = 1 << 31
RELATIVE_LOCK_MASK = 0xFFFF


class Chain:
    """Mines for a world."""

    def __init__(self, world, funding_txid):
        self.world = world
        self.heights = {funding_txid: world.height}
        self.spent = set()
        self.mined = []

    async def grow(self, blocks=1):
        """Blocks, each with what has been broadcast before it and may stand in it."""
        for _ in range(blocks):
            found = self._candidates()
            self.mined += found
            await self.world.mine(*[transaction.serialize() for transaction in found])

    async def until(self, look, *, what, limit_blocks=600):
        """Mine until something has come about."""
        for _ in range(limit_blocks):
            if (answer := look()) is not None:
                return answer
            await self.grow()
        raise AssertionError(f"{what} has not come in {limit_blocks} blocks")

    def _candidates(self):
        height, chosen = self.world.height + 1, []
        waiting = [raw for node in self.world.ours for raw in node.broadcasts]
        waiting += [bytes.fromhex(event["transaction"]) for ldk in self.world.ldks for event in ldk.told("Broadcast")]
        for transaction in map(parse_transaction, waiting):
            outpoints = {(spent.txid, spent.output_index) for spent in transaction.inputs}
            if transaction.txid in self.heights or outpoints & self.spent or not self._is_due(transaction, height):
                continue
            self.spent |= outpoints
            self.heights[transaction.txid] = height
            chosen.append(transaction)
        return chosen

    def _is_due(self, transaction, height):
        if 0 < transaction.locktime < 500_000_000 and transaction.locktime >= height:
            return False
        return all(self._may_spend(spent, height) for spent in transaction.inputs)

    def _may_spend(self, spent, height):
        """Whether the output is in a block before, or in this one, and its relative lock, if there is one, has run out."""
        confirmed = self.heights.get(spent.txid)
        if confirmed is None:
            return False
        needed = 0 if spent.sequence & RELATIVE_LOCK_OFF else spent.sequence & RELATIVE_LOCK_MASK
        return height - confirmed >= needed
