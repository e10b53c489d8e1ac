"""
Bitcoin transactions as values: what they spend and pay, their bytes, their id and what a signature of them signs.

Only what a channel needs: version 2, segwit signatures (BIP 143) of two kinds. Txids are in the order in which they are hashed and sent;
people and block explorers read them backwards. What is asked for twice (outputs, id, hashes) is computed once per transaction.

BIP 143, BIP 144
"""

from __future__ import annotations

from enum import IntEnum
from functools import cached_property

import msgspec

from payments.lightning.crypto.hashes import double_sha256

_VERSION = (2).to_bytes(4, "little")
_SEGWIT_MARKER = b"\x00\x01"
_NOTHING = bytes(32)


class SighashType(IntEnum):
    """What a signature commits to: all outputs, or only the one beside its input (others may then add inputs and outputs)."""

    ALL = 0x01
    SINGLE_ANYONECANPAY = 0x83


def compact_size(number: int) -> bytes:
    """
    A count in front of a list, as Bitcoin writes it (little-endian, unlike BOLT 1's BigSize).

    >>> compact_size(252).hex(), compact_size(253).hex(), compact_size(65536).hex()
    ('fc', 'fdfd00', 'fe00000100')
    """
    if number < 0xFD:
        return number.to_bytes(1, "little")
    if number < 0x10000:
        return b"\xfd" + number.to_bytes(2, "little")
    return b"\xfe" + number.to_bytes(4, "little")


def _with_length(data: bytes) -> bytes:
    return compact_size(len(data)) + data


class TransactionInput(msgspec.Struct, frozen=True, kw_only=True):
    """An output that is spent, and the proof that it may be. `script_sig` is empty but for coins older than segwit."""

    txid: bytes
    output_index: int
    sequence: int = 0xFFFFFFFF
    script_sig: bytes = b""
    witness: tuple[bytes, ...] = ()

    @property
    def outpoint(self) -> bytes:
        """The spent output's name: txid[32] and index[4]."""
        return self.txid + self.output_index.to_bytes(4, "little")


class TransactionOutput(msgspec.Struct, frozen=True, kw_only=True):
    """An amount and the script that says who may take it."""

    amount_sat: int
    script_pubkey: bytes

    def serialize(self) -> bytes:
        """amount[8], length, script."""
        return self.amount_sat.to_bytes(8, "little") + _with_length(self.script_pubkey)


class Transaction(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A version 2 transaction; with witnesses in its inputs it is ready to be published."""

    inputs: tuple[TransactionInput, ...]
    outputs: tuple[TransactionOutput, ...]
    locktime: int = 0

    @cached_property
    def txid(self) -> bytes:
        """The id[32] in hash order: it does not depend on witnesses, so it is known before anybody signs."""
        return double_sha256(self._serialize(marker=b"", witnesses=b""))

    def serialize(self) -> bytes:
        """The transaction's bytes, with its witnesses if it has any."""
        if not any(spent.witness for spent in self.inputs):
            return self._serialize(marker=b"", witnesses=b"")
        stacks = (compact_size(len(spent.witness)) + b"".join(map(_with_length, spent.witness)) for spent in self.inputs)
        return self._serialize(marker=_SEGWIT_MARKER, witnesses=b"".join(stacks))

    def with_witness(self, input_index: int, witness: tuple[bytes, ...]) -> Transaction:
        """The same transaction with the witness of one input in place."""
        signed = msgspec.structs.replace(self.inputs[input_index], witness=witness)
        inputs = (*self.inputs[:input_index], signed, *self.inputs[input_index + 1 :])
        return msgspec.structs.replace(self, inputs=inputs)

    def sighash(self, input_index: int, *, script_code: bytes, amount_sat: int, sighash_type: SighashType = SighashType.ALL) -> bytes:
        """
        What the signature of an input signs: digest[32].

        `script_code` is the witness script (or, for P2WPKH, the P2PKH script of the key), `amount_sat` what the spent output holds.
        BIP 143
        """
        spent = self.inputs[input_index]
        if sighash_type is SighashType.ALL:
            head = self._hash_prevouts_and_sequences
            outputs = self._hash_outputs
        else:
            head = _NOTHING + _NOTHING
            outputs = double_sha256(self.outputs[input_index].serialize())
        return double_sha256(
            _VERSION + head + spent.outpoint + _with_length(script_code) + amount_sat.to_bytes(8, "little")
            + spent.sequence.to_bytes(4, "little") + outputs + self.locktime.to_bytes(4, "little") + sighash_type.to_bytes(4, "little")
        )  # fmt: skip

    @cached_property
    def _serialized_outputs(self) -> bytes:
        return b"".join([output.serialize() for output in self.outputs])

    @cached_property
    def _hash_prevouts_and_sequences(self) -> bytes:
        prevouts = b"".join([spent.outpoint for spent in self.inputs])
        sequences = b"".join([spent.sequence.to_bytes(4, "little") for spent in self.inputs])
        return double_sha256(prevouts) + double_sha256(sequences)

    @cached_property
    def _hash_outputs(self) -> bytes:
        return double_sha256(self._serialized_outputs)

    def _serialize(self, *, marker: bytes, witnesses: bytes) -> bytes:
        inputs = [spent.outpoint + _with_length(spent.script_sig) + spent.sequence.to_bytes(4, "little") for spent in self.inputs]
        return (
            _VERSION + marker + compact_size(len(inputs)) + b"".join(inputs)
            + compact_size(len(self.outputs)) + self._serialized_outputs + witnesses + self.locktime.to_bytes(4, "little")
        )  # fmt: skip
