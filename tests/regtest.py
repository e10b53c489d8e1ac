"""
A chain of its own for a test, judged by Bitcoin Core's consensus code (py-bitcoinkernel) and mined here. No bitcoind, no network.

Blocks hold what a test gives them; a block that breaks a rule is refused and the chain stays where it was.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from payments.lightning.channel.scripts import p2wsh, push_number
from payments.lightning.channel.transactions import Transaction, TransactionInput, TransactionOutput, compact_size
from payments.lightning.crypto.hashes import double_sha256

pbk = pytest.importorskip("pbk", reason="py-bitcoinkernel is not there: nothing was judged by Bitcoin Core's code")

GENESIS_HASH = bytes.fromhex("06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f")
GENESIS_TIME_S = 1_296_688_602
EASIEST_BITS = 0x207FFFFF
EASIEST_TARGET = 0x7FFFFF << 232
BLOCK_S = 600
SUBSIDY_SAT = 50 * 100_000_000
MATURITY_BLOCKS = 100
COMMITMENT_HEADER = b"\x6a\x24\xaa\x21\xa9\xed"
ANYBODY = b"\x51"
"""The witness script that is always true."""


class BlockRefused(Exception):
    """Bitcoin Core's rules do not allow this block."""


def merkle_root(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        padded = hashes + hashes[-1:] * (len(hashes) % 2)
        hashes = [double_sha256(left + right) for left, right in zip(padded[::2], padded[1::2], strict=True)]
    return hashes[0]


class Chain:
    """A regtest chain in a folder. `coins` are the mature coinbases nobody has taken yet."""

    def __init__(self, folder: Path) -> None:
        self._chainman = pbk.load_chainman(str(folder), pbk.ChainType.REGTEST)
        self._tip = GENESIS_HASH
        self.height = 0
        self._coinbases: list[tuple[int, bytes]] = []

    def mine(self, *transactions: Transaction) -> int:
        """One block with these transactions in it; BlockRefused when they may not be there. Returns its height."""
        height = self.height + 1
        coinbase = self._coinbase(height, transactions)
        root = merkle_root([coinbase.txid, *(tx.txid for tx in transactions)])
        header = self._header(root, time_s=GENESIS_TIME_S + height * BLOCK_S)
        block = header + compact_size(1 + len(transactions)) + coinbase.serialize() + b"".join(tx.serialize() for tx in transactions)
        self._submit(block, height)
        self._tip, self.height = double_sha256(header), height
        self._coinbases.append((height, coinbase.txid))
        return height

    def mine_empty(self, count: int) -> None:
        for _ in range(count):
            self.mine()

    def refuses(self, transaction: Transaction) -> bool:
        """Whether the next block may not contain this transaction (and if it may, it now does)."""
        try:
            self.mine(transaction)
        except BlockRefused:
            return True
        return False

    def take_coin(self, *, script_pubkey: bytes, amount_sat: int) -> Transaction:
        """Confirms a transaction that pays from a mature coinbase to a script; the rest is its fee."""
        while not self._coinbases or self.height - self._coinbases[0][0] < MATURITY_BLOCKS:
            self.mine()
        _, txid = self._coinbases.pop(0)
        coin = TransactionInput(txid=txid, output_index=0, witness=(ANYBODY,))
        tx = Transaction(inputs=(coin,), outputs=(TransactionOutput(amount_sat=amount_sat, script_pubkey=script_pubkey),))
        self.mine(tx)
        return tx

    def _coinbase(self, height: int, transactions: tuple[Transaction, ...]) -> Transaction:
        witness_root = merkle_root([bytes(32), *(double_sha256(tx.serialize()) for tx in transactions)])
        commitment = COMMITMENT_HEADER + double_sha256(witness_root + bytes(32))
        start = TransactionInput(txid=bytes(32), output_index=0xFFFFFFFF, script_sig=push_number(height) + ANYBODY, witness=(bytes(32),))
        return Transaction(
            inputs=(start,),
            outputs=(
                TransactionOutput(amount_sat=SUBSIDY_SAT >> height // 150, script_pubkey=p2wsh(ANYBODY)),
                TransactionOutput(amount_sat=0, script_pubkey=commitment),
            ),
        )

    def _header(self, root: bytes, *, time_s: int) -> bytes:
        start = (0x20000000).to_bytes(4, "little") + self._tip + root + time_s.to_bytes(4, "little") + EASIEST_BITS.to_bytes(4, "little")
        nonce = 0
        while int.from_bytes(double_sha256(start + nonce.to_bytes(4, "little")), "little") > EASIEST_TARGET:
            nonce += 1
        return start + nonce.to_bytes(4, "little")

    def _submit(self, block: bytes, height: int) -> None:
        try:
            self._chainman.process_block(pbk.Block(block))
        except Exception as error:
            raise BlockRefused(str(error)) from error
        if self._chainman.get_active_chain().height != height:
            raise BlockRefused(f"block {height} is not part of the chain")
