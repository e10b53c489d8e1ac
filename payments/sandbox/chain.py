"""
The sandbox's chain: blocks that come by the clock, and funding transactions that are real transactions.

Nothing is mined and nothing has to be found: what is confirmed is what was put in. A block comes every ten minutes of running time, so
that a sandbox that was switched off for a week does not wake up to expired payments.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.channel.transactions import Transaction, TransactionInput, TransactionOutput

BLOCK_INTERVAL_MS = 600_000
"""Ten minutes, as on the real chain."""
FIRST_HEIGHT = 800_000
"""Where the chain begins: high enough that every expiry looks like one."""


class SandboxChain(Struct, frozen=True, kw_only=True):
    """How far the chain is."""

    height: int = FIRST_HEIGHT
    next_block_ms: int = 0

    def resumed(self, now_ms: int) -> SandboxChain:
        """The chain after a pause of any length: the next block is a whole interval away."""
        return replace(self, next_block_ms=now_ms + BLOCK_INTERVAL_MS)

    def grown(self, now_ms: int) -> SandboxChain:
        """With the block that is due, if one is."""
        if now_ms < self.next_block_ms:
            return self
        return SandboxChain(height=self.height + 1, next_block_ms=now_ms + BLOCK_INTERVAL_MS)


def funding_transaction(faucet_coin: bytes, *, amount_sat: int, script_pubkey: bytes) -> Transaction:
    """
    A transaction that pays one output from the sandbox's faucet.

    faucet_coin    32 bytes, different for every channel: the txid of the coin that is spent
    """
    return Transaction(
        inputs=(TransactionInput(txid=faucet_coin, output_index=0, sequence=0xFFFFFFFD),),
        outputs=(TransactionOutput(amount_sat=amount_sat, script_pubkey=script_pubkey),),
        locktime=0,
    )
