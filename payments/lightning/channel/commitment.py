"""
Commitment transactions: who gets what if a channel were closed now, and the transactions that settle its HTLCs on the chain.

Both sides build the same bytes from the same facts and exchange signatures of them, so everything here is a function of a
CommitmentSpec. A commitment is always told "from its holder", the one who can publish it; for the peer's commitments the peer is the
holder and we are the counterparty. Nothing here decides whether a commitment is acceptable: limits and reserves are the channel's.

BOLT 3, Commitment Transaction
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from payments.lightning.channel import scripts
from payments.lightning.channel.errors import HtlcSignatureCount, InvalidCommitmentSignature, InvalidHtlcSignature
from payments.lightning.channel.keys import ChannelSecrets, CommitmentKeys, derive_private_key
from payments.lightning.channel.transactions import SighashType, Transaction, TransactionInput, TransactionOutput
from payments.lightning.channel.types import ChannelType
from payments.lightning.crypto import secp256k1
from payments.lightning.crypto.hashes import sha256
from payments.lightning.units import MSAT_PER_SAT

COMMITMENT_WEIGHT = {ChannelType.STATIC_REMOTEKEY: 724, ChannelType.ANCHORS: 1124}
"""Weight of a commitment without HTLCs. BOLT 3, Expected Weight of the Commitment Transaction"""
HTLC_OUTPUT_WEIGHT = 172
HTLC_TIMEOUT_WEIGHT = 663
HTLC_SUCCESS_WEIGHT = 703
ANCHOR_SAT = 330


class CommitmentHtlc(msgspec.Struct, frozen=True, kw_only=True):
    """An HTLC that a commitment contains. `owner_is_holder`: the holder offered it."""

    owner_is_holder: bool
    htlc_id: int
    amount_msat: int
    payment_hash: bytes
    cltv_expiry: int


class CommitmentSpec(msgspec.Struct, frozen=True, kw_only=True):
    """
    All that determines a commitment transaction.

    The balances are what each side owns apart from the HTLCs, before fee and anchors. `to_self_delay_blocks` and `dust_limit_sat` are
    those that apply to the holder's transactions. `funding_txid`[32] is in hash order.
    """

    channel_type: ChannelType
    funding_txid: bytes
    funding_output_index: int
    funding_sat: int
    commitment_number: int
    opener_payment_basepoint: bytes
    accepter_payment_basepoint: bytes
    holder_is_opener: bool
    to_self_delay_blocks: int
    dust_limit_sat: int
    feerate_per_kw: int
    to_holder_msat: int
    to_counterparty_msat: int
    htlcs: tuple[CommitmentHtlc, ...]
    keys: CommitmentKeys


class CommittedHtlc(msgspec.Struct, frozen=True, kw_only=True):
    """An HTLC with an output of its own, and the transaction that moves it on once the commitment is in the chain."""

    htlc: CommitmentHtlc
    output_index: int
    amount_sat: int
    witness_script: bytes
    transaction: Transaction


class Commitment(msgspec.Struct, frozen=True, kw_only=True):
    """A commitment transaction; `htlcs` in the order of outputs, `trimmed` those too small to have one."""

    tx: Transaction
    htlcs: tuple[CommittedHtlc, ...]
    funding_script: bytes
    trimmed: tuple[CommitmentHtlc, ...]


def commitment_fee_sat(channel_type: ChannelType, feerate_per_kw: int, untrimmed_htlc_count: int) -> int:
    """
    What the opener pays for a commitment with so many HTLC outputs (anchors not counted), rounded down.

    BOLT 3, Fee Calculation
    """
    return (COMMITMENT_WEIGHT[channel_type] + HTLC_OUTPUT_WEIGHT * untrimmed_htlc_count) * feerate_per_kw // 1000


def anchors_sat(channel_type: ChannelType) -> int:
    """What the opener pays for the two anchor outputs, whether or not both exist: 660 or nothing."""
    return 2 * ANCHOR_SAT if channel_type.has_anchors else 0


def htlc_fee_sat(channel_type: ChannelType, feerate_per_kw: int, *, offered_by_holder: bool) -> int:
    """
    What an HTLC-timeout (offered) or HTLC-success (received) transaction takes from its HTLC: nothing with anchors.

    BOLT 3, Fee Calculation
    """
    if channel_type.has_anchors:
        return 0
    return (HTLC_TIMEOUT_WEIGHT if offered_by_holder else HTLC_SUCCESS_WEIGHT) * feerate_per_kw // 1000


def is_trimmed(amount_msat: int, *, offered_by_holder: bool, dust_limit_sat: int, feerate_per_kw: int, channel_type: ChannelType) -> bool:
    """
    Whether an HTLC is too small for an output: what is left of it after its own transaction's fee would be dust.

    BOLT 3, Trimmed Outputs
    """
    fee_sat = htlc_fee_sat(channel_type, feerate_per_kw, offered_by_holder=offered_by_holder)
    return amount_msat // MSAT_PER_SAT < dust_limit_sat + fee_sat


@lru_cache(1 << 12)
def _obscuring_factor(opener_payment_basepoint: bytes, accepter_payment_basepoint: bytes) -> int:
    return int.from_bytes(sha256(opener_payment_basepoint + accepter_payment_basepoint)[-6:], "big")


def obscured_commitment_number(spec: CommitmentSpec) -> int:
    """
    The commitment's number as 48 bits that only the two peers can read out of the published transaction.

    BOLT 3, Commitment Transaction
    """
    return _obscuring_factor(spec.opener_payment_basepoint, spec.accepter_payment_basepoint) ^ spec.commitment_number


def commitment_number_in(transaction: Transaction, *, opener_payment_basepoint: bytes, accepter_payment_basepoint: bytes) -> int | None:
    """
    The number that a commitment carries hidden; None when a transaction is no commitment.

    BOLT 3, Commitment Transaction
    """
    sequence, locktime = transaction.inputs[0].sequence, transaction.locktime
    if sequence >> 24 != 0x80 or locktime >> 24 != 0x20:
        return None
    obscured = (sequence & 0xFFFFFF) << 24 | locktime & 0xFFFFFF
    return obscured ^ _obscuring_factor(opener_payment_basepoint, accepter_payment_basepoint)


class _Output(msgspec.Struct, frozen=True):
    """An output before its place is known. Amount, script, expiry decide the place; ids only make equal twins repeatable."""

    amount_sat: int
    script_pubkey: bytes
    htlc: CommitmentHtlc | None = None
    witness_script: bytes = b""

    def place(self) -> tuple[int, bytes, int, int]:
        """
        What outputs are sorted by.

        BOLT 3, Transaction Output Ordering
        """
        if self.htlc is None:
            return self.amount_sat, self.script_pubkey, 0, 0
        return self.amount_sat, self.script_pubkey, self.htlc.cltv_expiry, self.htlc.htlc_id


@lru_cache(32)
def build_commitment(spec: CommitmentSpec) -> Commitment:
    """
    The unsigned commitment transaction of these facts, with the unsigned transactions of its HTLCs.

    Kept for a moment: where both peers are nodes of one process, the second does not build again what the first has just signed.

    An opener that owns less than `anchors_sat` would make a transaction that pays out more than was funded, which no chain accepts:
    the channel's limits must not let it come to that.
    BOLT 3, Commitment Transaction Construction
    """
    kept, trimmed = _trim(spec)
    outputs = [_htlc_output(spec, htlc) for htlc in kept] + _balance_outputs(spec, len(kept))
    outputs.sort(key=_Output.place)
    number = obscured_commitment_number(spec)
    tx = Transaction(
        inputs=(TransactionInput(txid=spec.funding_txid, output_index=spec.funding_output_index, sequence=0x80 << 24 | number >> 24),),
        outputs=tuple([TransactionOutput(amount_sat=output.amount_sat, script_pubkey=output.script_pubkey) for output in outputs]),
        locktime=0x20 << 24 | number & 0xFFFFFF,
    )
    return Commitment(
        tx=tx,
        htlcs=_committed_htlcs(spec, tx.txid, outputs) if kept else (),
        funding_script=scripts.funding_script(spec.keys.holder_funding_pubkey, spec.keys.counterparty_funding_pubkey),
        trimmed=trimmed,
    )


def holder_script(spec: CommitmentSpec) -> bytes:
    """The witness script of the holder's own output and of every HTLC transaction's output."""
    return scripts.to_local_script(
        revocation_pubkey=spec.keys.revocation_pubkey,
        to_self_delay_blocks=spec.to_self_delay_blocks,
        delayed_pubkey=spec.keys.holder_delayed_pubkey,
    )


def htlc_sighash_type(channel_type: ChannelType) -> SighashType:
    """
    How the counterparty signs the holder's HTLC transactions: with anchors so that the holder can still add a fee.

    BOLT 3, HTLC-Timeout and HTLC-Success Transactions
    """
    return SighashType.SINGLE_ANYONECANPAY if channel_type.has_anchors else SighashType.ALL


def _trim(spec: CommitmentSpec) -> tuple[list[CommitmentHtlc], tuple[CommitmentHtlc, ...]]:
    kept: list[CommitmentHtlc] = []
    trimmed: list[CommitmentHtlc] = []
    for htlc in spec.htlcs:
        small = is_trimmed(
            htlc.amount_msat,
            offered_by_holder=htlc.owner_is_holder,
            dust_limit_sat=spec.dust_limit_sat,
            feerate_per_kw=spec.feerate_per_kw,
            channel_type=spec.channel_type,
        )
        (trimmed if small else kept).append(htlc)
    return kept, tuple(trimmed)


def _htlc_output(spec: CommitmentSpec, htlc: CommitmentHtlc) -> _Output:
    script = _offered_script(spec, htlc) if htlc.owner_is_holder else _received_script(spec, htlc)
    return _Output(htlc.amount_msat // MSAT_PER_SAT, scripts.p2wsh(script), htlc, script)


def _offered_script(spec: CommitmentSpec, htlc: CommitmentHtlc) -> bytes:
    return scripts.offered_htlc_script(
        revocation_pubkey=spec.keys.revocation_pubkey,
        counterparty_htlc_pubkey=spec.keys.counterparty_htlc_pubkey,
        holder_htlc_pubkey=spec.keys.holder_htlc_pubkey,
        payment_hash=htlc.payment_hash,
        has_anchors=spec.channel_type.has_anchors,
    )


def _received_script(spec: CommitmentSpec, htlc: CommitmentHtlc) -> bytes:
    return scripts.received_htlc_script(
        revocation_pubkey=spec.keys.revocation_pubkey,
        counterparty_htlc_pubkey=spec.keys.counterparty_htlc_pubkey,
        holder_htlc_pubkey=spec.keys.holder_htlc_pubkey,
        payment_hash=htlc.payment_hash,
        cltv_expiry=htlc.cltv_expiry,
        has_anchors=spec.channel_type.has_anchors,
    )


def _balances_after_fee_sat(spec: CommitmentSpec, htlc_count: int) -> tuple[int, int]:
    """(holder's, counterparty's): the opener pays for fee and anchors as far as its balance goes; what is dust then is left out."""
    cost_sat = commitment_fee_sat(spec.channel_type, spec.feerate_per_kw, htlc_count) + anchors_sat(spec.channel_type)
    holder_sat, counterparty_sat = spec.to_holder_msat // MSAT_PER_SAT, spec.to_counterparty_msat // MSAT_PER_SAT
    if spec.holder_is_opener:
        return max(0, holder_sat - cost_sat), counterparty_sat
    return holder_sat, max(0, counterparty_sat - cost_sat)


def _balance_outputs(spec: CommitmentSpec, htlc_count: int) -> list[_Output]:
    """
    The outputs that are not HTLCs: each side's balance unless dust, and an anchor for each side that has anything here.

    BOLT 3, Commitment Transaction Outputs
    """
    keys, has_anchors = spec.keys, spec.channel_type.has_anchors
    holder_sat, counterparty_sat = _balances_after_fee_sat(spec, htlc_count)
    outputs = []
    if holder_sat >= spec.dust_limit_sat:
        outputs.append(_Output(holder_sat, scripts.p2wsh(holder_script(spec))))
    if counterparty_sat >= spec.dust_limit_sat:
        payment_pubkey = keys.counterparty_payment_pubkey
        pays = scripts.p2wsh(scripts.to_remote_script(payment_pubkey)) if has_anchors else scripts.p2wpkh(payment_pubkey)
        outputs.append(_Output(counterparty_sat, pays))
    if has_anchors and (htlc_count or holder_sat >= spec.dust_limit_sat):
        outputs.append(_Output(ANCHOR_SAT, scripts.p2wsh(scripts.anchor_script(keys.holder_funding_pubkey))))
    if has_anchors and (htlc_count or counterparty_sat >= spec.dust_limit_sat):
        outputs.append(_Output(ANCHOR_SAT, scripts.p2wsh(scripts.anchor_script(keys.counterparty_funding_pubkey))))
    return outputs


def _committed_htlcs(spec: CommitmentSpec, txid: bytes, outputs: list[_Output]) -> tuple[CommittedHtlc, ...]:
    pays = scripts.p2wsh(holder_script(spec))
    committed = [
        CommittedHtlc(
            htlc=output.htlc,
            output_index=index,
            amount_sat=output.amount_sat,
            witness_script=output.witness_script,
            transaction=_htlc_transaction(spec, output.htlc, outpoint=(txid, index), script_pubkey=pays),
        )
        for index, output in enumerate(outputs)
        if output.htlc is not None
    ]
    return tuple(committed)


def _htlc_transaction(spec: CommitmentSpec, htlc: CommitmentHtlc, *, outpoint: tuple[bytes, int], script_pubkey: bytes) -> Transaction:
    """
    HTLC-timeout for what the holder offered, HTLC-success for what it received: without this step, to_self_delay would be lost.

    BOLT 3, HTLC-Timeout and HTLC-Success Transactions
    """
    txid, index = outpoint
    fee_sat = htlc_fee_sat(spec.channel_type, spec.feerate_per_kw, offered_by_holder=htlc.owner_is_holder)
    return Transaction(
        inputs=(TransactionInput(txid=txid, output_index=index, sequence=1 if spec.channel_type.has_anchors else 0),),
        outputs=(TransactionOutput(amount_sat=htlc.amount_msat // MSAT_PER_SAT - fee_sat, script_pubkey=script_pubkey),),
        locktime=htlc.cltv_expiry if htlc.owner_is_holder else 0,
    )


def commitment_sighash(commitment: Commitment, spec: CommitmentSpec) -> bytes:
    """The digest[32] that both sides sign of the commitment transaction."""
    return commitment.tx.sighash(0, script_code=commitment.funding_script, amount_sat=spec.funding_sat)


def htlc_sighash(htlc: CommittedHtlc, sighash_type: SighashType) -> bytes:
    """The digest[32] of an HTLC transaction for a signature of this kind."""
    return htlc.transaction.sighash(0, script_code=htlc.witness_script, amount_sat=htlc.amount_sat, sighash_type=sighash_type)


def sign_commitment(commitment: Commitment, spec: CommitmentSpec, secrets: ChannelSecrets) -> tuple[bytes, tuple[bytes, ...]]:
    """
    Our signatures[64] of the counterparty's commitment (we are not the holder) and of its HTLC transactions, in output order.

    BOLT 2, Committing Updates So Far: `commitment_signed`
    """
    signature = secp256k1.sign(secrets.funding_private_key, commitment_sighash(commitment, spec))
    if not commitment.htlcs:
        return signature, ()
    htlc_key = derive_private_key(secrets.htlc_basepoint_secret, spec.keys.per_commitment_point)
    sighash_type = htlc_sighash_type(spec.channel_type)
    return signature, tuple([secp256k1.sign(htlc_key, htlc_sighash(htlc, sighash_type)) for htlc in commitment.htlcs])


def verify_commitment(commitment: Commitment, spec: CommitmentSpec, *, signature: bytes, htlc_signatures: Sequence[bytes]) -> None:
    """
    Check the counterparty's signatures[64] of our commitment (we are the holder) and of its HTLC transactions, in output order.

    Raises InvalidCommitmentSignature, HtlcSignatureCount or InvalidHtlcSignature.
    BOLT 2, Committing Updates So Far: `commitment_signed`
    """
    if not secp256k1.verify(spec.keys.counterparty_funding_pubkey, commitment_sighash(commitment, spec), signature):
        raise InvalidCommitmentSignature(commitment_number=spec.commitment_number)
    if len(htlc_signatures) != len(commitment.htlcs):
        raise HtlcSignatureCount(expected=len(commitment.htlcs), found=len(htlc_signatures))
    sighash_type = htlc_sighash_type(spec.channel_type)
    for index, (htlc, htlc_signature) in enumerate(zip(commitment.htlcs, htlc_signatures, strict=True)):
        if not secp256k1.verify(spec.keys.counterparty_htlc_pubkey, htlc_sighash(htlc, sighash_type), htlc_signature):
            raise InvalidHtlcSignature(index=index)
