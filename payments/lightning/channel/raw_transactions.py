"""
Transactions from their bytes: what the chain and our own outbox hand over.

Only what `transactions.py` can write is read: version 2, with or without witnesses. Everything else is refused, never guessed.

BIP 144
"""

from __future__ import annotations

from dataclasses import dataclass

from payments.lightning.channel.transactions import Transaction, TransactionInput, TransactionOutput
from payments.lightning.errors import LightningError


@dataclass(eq=False, kw_only=True)
class TransactionMalformed(LightningError):
    """These bytes are not a transaction that we can read."""

    offset: int


def parse_transaction(data: bytes) -> Transaction:
    """
    The transaction that `Transaction.serialize` wrote.

    raises    TransactionMalformed
    """
    reader = _Reader(data)
    if reader.take(4) != (2).to_bytes(4, "little"):
        raise TransactionMalformed(offset=0)
    has_witnesses = data[4:6] == b"\x00\x01"
    if has_witnesses:
        reader.take(2)
    inputs = [_read_input(reader) for _ in range(reader.count())]
    outputs = [
        TransactionOutput(amount_sat=int.from_bytes(reader.take(8), "little"), script_pubkey=reader.take(reader.count()))
        for _ in range(reader.count())
    ]
    stacks = [tuple(reader.take(reader.count()) for _ in range(reader.count())) if has_witnesses else () for _ in inputs]
    locktime = int.from_bytes(reader.take(4), "little")
    if reader.offset != len(data):
        raise TransactionMalformed(offset=reader.offset)
    signed = [
        TransactionInput(
            txid=spent.txid, output_index=spent.output_index, sequence=spent.sequence, script_sig=spent.script_sig, witness=stack
        )
        for spent, stack in zip(inputs, stacks, strict=True)
    ]
    return Transaction(inputs=tuple(signed), outputs=tuple(outputs), locktime=locktime)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.offset = 0

    def take(self, size: int) -> bytes:
        end = self.offset + size
        if end > len(self._data):
            raise TransactionMalformed(offset=self.offset)
        taken, self.offset = self._data[self.offset : end], end
        return taken

    def count(self) -> int:
        first = self.take(1)[0]
        return first if first < 0xFD else int.from_bytes(self.take(1 << (first - 0xFC)), "little")


def _read_input(reader: _Reader) -> TransactionInput:
    txid, index = reader.take(32), int.from_bytes(reader.take(4), "little")
    script_sig = reader.take(reader.count())
    return TransactionInput(txid=txid, output_index=index, script_sig=script_sig, sequence=int.from_bytes(reader.take(4), "little"))
