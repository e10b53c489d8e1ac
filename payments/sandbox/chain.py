"""
The sandbox's chain: blocks that come by the clock and hold what was broadcast, and a faucet that pays for channels.

Scripts are not judged here (tests let Bitcoin Core's code do that), everything else is as on a real chain: an output is spent once, the
first to ask wins, and what is locked until a height or for some blocks waits. A block comes every ten minutes of running time, so that a
sandbox that was switched off for a week does not wake up to expired payments; while something waits to be buried, they come faster.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.channel.transactions import Transaction, TransactionInput, TransactionOutput
from payments.lightning.crypto.hashes import sha256

BLOCK_INTERVAL_MS = 600_000
"""Ten minutes, as on the real chain."""
BUSY_BLOCK_INTERVAL_MS = 5_000
"""While somebody waits for confirmations: nobody opens a channel to look at it an hour later."""
BURIED_BLOCKS = 6
"""When nobody waits any more."""
FIRST_HEIGHT = 800_000
"""Where the chain begins: high enough that every expiry looks like one."""
_LOCKTIME_IS_TIME = 500_000_000
_NO_RELATIVE_LOCK = 1 << 31
_RELATIVE_BLOCKS = 0xFFFF


class SandboxChain(Struct, frozen=True, kw_only=True):
    """How far the chain is, and what it knows of outputs."""

    height: int = FIRST_HEIGHT
    next_block_ms: int = 0
    mempool: tuple[Transaction, ...] = ()
    block: tuple[Transaction, ...] = ()
    """What the newest block holds."""
    confirmed_at: dict[bytes, int] = {}
    """txid[32] -> height."""
    spent_by: dict[bytes, bytes] = {}
    """Outpoint[36] -> the txid[32] that took it."""
    minted: int = 0
    """How many coins the faucet has given."""

    def resumed(self, now_ms: int) -> SandboxChain:
        """The chain after a pause of any length: the next block is a whole interval away."""
        return replace(self, next_block_ms=now_ms + self._interval_ms())

    def grown(self, now_ms: int) -> SandboxChain:
        """With the block that is due, if one is."""
        if now_ms < self.next_block_ms:
            return self
        return self.mined().resumed(now_ms)

    def mined(self) -> SandboxChain:
        """With one more block: everything from the mempool that may be in it."""
        height = self.height + 1
        block = tuple(transaction for transaction in self.mempool if self._may_confirm(transaction, height))
        return replace(
            self,
            height=height,
            block=block,
            mempool=tuple(transaction for transaction in self.mempool if transaction not in block),
            confirmed_at=self.confirmed_at | {transaction.txid: height for transaction in block},
        )

    def with_transaction(self, transaction: Transaction, now_ms: int) -> SandboxChain:
        """With a transaction in the mempool, unless it is known or spends what another one has taken."""
        if any(spent.outpoint in self.spent_by for spent in transaction.inputs):
            return self
        return replace(
            self,
            mempool=(*self.mempool, transaction),
            spent_by=self.spent_by | {spent.outpoint: transaction.txid for spent in transaction.inputs},
            next_block_ms=min(self.next_block_ms, now_ms + BUSY_BLOCK_INTERVAL_MS),
        )

    def with_coin(self) -> tuple[SandboxChain, bytes]:
        """With a new coin of the faucet, and its txid[32]."""
        coin = sha256(b"faucet coin %d" % self.minted)
        return replace(self, minted=self.minted + 1, confirmed_at=self.confirmed_at | {coin: self.height}), coin

    def _interval_ms(self) -> int:
        newest = max(self.confirmed_at.values(), default=0)
        is_busy = self.mempool or self.height - newest + 1 < BURIED_BLOCKS
        return BUSY_BLOCK_INTERVAL_MS if is_busy else BLOCK_INTERVAL_MS

    def _may_confirm(self, transaction: Transaction, height: int) -> bool:
        if transaction.locktime < _LOCKTIME_IS_TIME and transaction.locktime >= height:
            return False
        return all(self._may_spend(spent, height) for spent in transaction.inputs)

    def _may_spend(self, spent: TransactionInput, height: int) -> bool:
        """Whether the spent output is there, and old enough where its script demands it (BIP 68)."""
        since = self.confirmed_at.get(spent.txid)
        if since is None:
            return False
        wait_blocks = 0 if spent.sequence & _NO_RELATIVE_LOCK else spent.sequence & _RELATIVE_BLOCKS
        return height >= since + wait_blocks


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
