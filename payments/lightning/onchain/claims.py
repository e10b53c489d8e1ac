"""
Taking what is ours: the transactions that spend a commitment's outputs, and from which block on they may confirm.

Each claim spends one output to the channel's destination and pays its own fee, except HTLC transactions of our own commitment, which were
signed by both in advance. What would cost more than it brings is left.

BOLT 5, On-chain Transaction Handling; BOLT 3, HTLC-Timeout and HTLC-Success Transactions
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from payments.lightning.channel import scripts
from payments.lightning.channel.channel import Channel
from payments.lightning.channel.commitment import build_commitment
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.keys import ChannelSecrets, CommitmentKeys, derive_private_key, derive_revocation_private_key
from payments.lightning.channel.transactions import Transaction, TransactionInput, TransactionOutput
from payments.lightning.channel.witnesses import complete_htlc_transaction, signature_element
from payments.lightning.crypto import secp256k1
from payments.lightning.crypto.hashes import hash160
from payments.lightning.onchain.published import Kind, Published, PublishedOutput, Role, holder_balance_script

SMALLEST_OUTPUT_SAT = 294
"""What a P2WPKH output may be at least. BOLT 3, Dust Limits"""
_NO_WAIT = 0xFFFFFFFD
"""Says nothing about time, and lets the fee be raised later (BIP 125)."""
_CLAIM_WEIGHT = (4 + 1 + 41 + 1 + 31 + 4) * 4 + 2 + 1
"""One input and one P2WPKH output, without the input's proof."""
_SIGNATURE_BYTES = 73
_TRUE = b"\x01"
_FALSE = b""


class Claim(Struct, frozen=True, kw_only=True):
    """A transaction that takes an output, and the first height at which the next block may hold it."""

    transaction: Transaction
    from_height: int


class Case(Struct, frozen=True, kw_only=True):
    """A channel that ended in a published transaction, and what is needed to take what is ours of it."""

    channel: Channel
    secrets: ChannelSecrets
    published: Published
    confirmed_height: int
    feerate_per_kw: int
    """What claims pay."""

    @property
    def destination_script(self) -> bytes:
        """Where everything goes."""
        return scripts.p2wpkh(secp256k1.public_key(self.secrets.destination_private_key))

    @property
    def keys(self) -> CommitmentKeys:
        """The keys of the published commitment."""
        assert self.published.keys is not None
        return self.published.keys

    @property
    def revocation_private_key(self) -> bytes:
        """The key[32] that punishes."""
        secret = self.channel.remote_secrets.secret(self.published.number)
        assert secret is not None, "revoked commitments have revealed their secret"
        return derive_revocation_private_key(self.secrets.revocation_basepoint_secret, secret)

    @property
    def one_block(self) -> int:
        """How long HTLC paths wait: a block where there are anchors."""
        return 1 if self.channel.terms.channel_type.has_anchors else 0


def claim_of(case: Case, output: PublishedOutput, *, preimage: bytes | None) -> Claim | None:
    """
    How an unspent output of the published commitment can be taken by us; None when it cannot, or is not worth it.

    preimage    of the output's HTLC, when the peer offered it and we know it
    """
    kind = case.published.kind
    if output.role is Role.COUNTERPARTY_BALANCE:
        return _claim_our_balance(case, output)
    if kind is Kind.REVOKED:
        return _punish(case, case.published.transaction, output)
    if output.role is Role.HOLDER_BALANCE:
        return claim_delayed(case, case.published.transaction, output.index, case.confirmed_height) if kind is Kind.OURS else None
    if kind is Kind.OURS:
        return _own_htlc_transaction(case, output, preimage)
    return _claim_htlc_of_peer(case, output, preimage)


def claim_delayed(case: Case, source: Transaction, index: int, confirmed_height: int) -> Claim | None:
    """Our own money after our own delay: our balance, or what our HTLC transaction brought."""
    delay_blocks = case.channel.terms.local.to_self_delay_blocks
    script = holder_balance_script(case.channel, case.keys, Side.LOCAL)
    key = derive_private_key(case.secrets.delayed_payment_basepoint_secret, case.keys.per_commitment_point)
    return _claim(
        case,
        TransactionInput(txid=source.txid, output_index=index, sequence=delay_blocks),
        _Proof(
            amount_sat=source.outputs[index].amount_sat,
            script_code=script,
            key=key,
            build=lambda signature: (signature, _FALSE, script),
        ),
        from_height=confirmed_height + delay_blocks - 1,
    )


def punish_second_stage(case: Case, source: Transaction, index: int) -> Claim | None:
    """The peer moved an HTLC of a revoked commitment on: the delay of its transaction leaves time to take it."""
    script = holder_balance_script(case.channel, case.keys, Side.REMOTE)
    return _claim(
        case,
        TransactionInput(txid=source.txid, output_index=index, sequence=_NO_WAIT),
        _Proof(
            amount_sat=source.outputs[index].amount_sat,
            script_code=script,
            key=case.revocation_private_key,
            build=lambda signature: (signature, _TRUE, script),
        ),
    )


class _Proof(Struct, frozen=True, kw_only=True):
    """What is signed for an output, by which key, and where the signature stands."""

    amount_sat: int
    script_code: bytes
    key: bytes
    build: Callable[[bytes], tuple[bytes, ...]]


def _punish(case: Case, source: Transaction, output: PublishedOutput) -> Claim | None:
    script, who = output.witness_script, case.keys.revocation_pubkey
    chooses = who if output.role is Role.HTLC else _TRUE
    return _claim(
        case,
        TransactionInput(txid=source.txid, output_index=output.index, sequence=_NO_WAIT),
        _Proof(
            amount_sat=output.amount_sat,
            script_code=script,
            key=case.revocation_private_key,
            build=lambda signature: (signature, chooses, script),
        ),
    )


def _claim_our_balance(case: Case, output: PublishedOutput) -> Claim | None:
    key, point = case.secrets.payment_basepoint_secret, case.channel.terms.local.basepoints.payment_basepoint
    script = output.witness_script
    return _claim(
        case,
        TransactionInput(txid=case.published.transaction.txid, output_index=output.index, sequence=case.one_block or _NO_WAIT),
        _Proof(
            amount_sat=output.amount_sat,
            script_code=script or b"\x76\xa9\x14" + hash160(point) + b"\x88\xac",
            key=key,
            build=lambda signature: (signature, script or point),
        ),
    )


def _own_htlc_transaction(case: Case, output: PublishedOutput, preimage: bytes | None) -> Claim | None:
    """HTLC-timeout for what we offered, HTLC-success for what we can prove, with the signature that the peer gave beforehand."""
    assert output.htlc is not None
    channel = case.channel
    spec = channel.commitment_spec(Side.LOCAL, channel.local_number, case.secrets)
    htlcs = build_commitment(spec).htlcs
    place = next(number for number, htlc in enumerate(htlcs) if htlc.output_index == output.index)
    offered = output.htlc.owner is Side.LOCAL
    if not offered and preimage is None:
        return None
    transaction = complete_htlc_transaction(
        htlcs[place],
        spec,
        secrets=case.secrets,
        counterparty_signature=channel.local_htlc_signatures[place],
        preimage=_FALSE if offered else preimage or _FALSE,
    )
    from_height = case.confirmed_height if case.one_block else 0
    return Claim(transaction=transaction, from_height=max(from_height, output.htlc.cltv_expiry) if offered else from_height)


def _claim_htlc_of_peer(case: Case, output: PublishedOutput, preimage: bytes | None) -> Claim | None:
    """On the peer's commitment: what it offered, with the preimage; what we offered, after its time."""
    assert output.htlc is not None
    key = derive_private_key(case.secrets.htlc_basepoint_secret, case.keys.per_commitment_point)
    script, ours = output.witness_script, output.htlc.owner is Side.LOCAL
    if not ours and preimage is None:
        return None
    shown = _FALSE if ours else preimage or _FALSE
    locktime = output.htlc.cltv_expiry if ours else 0
    return _claim(
        case,
        TransactionInput(txid=case.published.transaction.txid, output_index=output.index, sequence=case.one_block),
        _Proof(
            amount_sat=output.amount_sat,
            script_code=script,
            key=key,
            build=lambda signature: (signature, shown, script),
        ),
        from_height=locktime,
        locktime=locktime,
    )


def _claim(case: Case, spent: TransactionInput, proof: _Proof, *, from_height: int = 0, locktime: int = 0) -> Claim | None:
    witness_bytes = sum(1 + (len(element) > 252) * 2 + len(element) for element in proof.build(bytes(_SIGNATURE_BYTES)))
    fee_sat = -(-(_CLAIM_WEIGHT + witness_bytes) * case.feerate_per_kw // 1000)
    if proof.amount_sat - fee_sat < SMALLEST_OUTPUT_SAT:
        return None
    pays = TransactionOutput(amount_sat=proof.amount_sat - fee_sat, script_pubkey=case.destination_script)
    unsigned = Transaction(inputs=(spent,), outputs=(pays,), locktime=locktime)
    digest = unsigned.sighash(0, script_code=proof.script_code, amount_sat=proof.amount_sat)
    signed = unsigned.with_witness(0, proof.build(signature_element(secp256k1.sign(proof.key, digest))))
    return Claim(transaction=signed, from_height=max(from_height, case.confirmed_height))
