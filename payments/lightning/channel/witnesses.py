"""
The last step before our own commitment is published: both signatures, in the order in which the scripts ask for them.

The counterparty's signatures are the ones that `verify_commitment` accepted and that were stored with the commitment. A completed
transaction must never be made of a commitment whose secret has been revealed: publishing it gives the whole channel to the peer.

BOLT 3, Commitment Transaction
"""

from __future__ import annotations

from payments.lightning.channel.commitment import (
    Commitment,
    CommitmentSpec,
    CommittedHtlc,
    commitment_sighash,
    htlc_sighash,
    htlc_sighash_type,
)
from payments.lightning.channel.keys import ChannelSecrets, derive_private_key
from payments.lightning.channel.transactions import SighashType, Transaction
from payments.lightning.crypto import secp256k1

_NOTHING = b""
"""CHECKMULTISIG takes one element too many, and "no preimage" is written the same way."""


def signature_element(signature: bytes, sighash_type: SighashType = SighashType.ALL) -> bytes:
    """A signature[64] as a script wants it: DER and a byte that says what it signs."""
    return secp256k1.signature_to_der(signature) + sighash_type.to_bytes(1, "big")


def multisig_witness(script: bytes, signers: tuple[bytes, bytes], signatures: tuple[bytes, bytes]) -> tuple[bytes, ...]:
    """
    The proof for a funding output: both signatures[64] in the order of their keys[33], which is the script's.

    BOLT 3, Funding Transaction Output
    """
    ordered = [signature_element(signature) for _, signature in sorted(zip(signers, signatures, strict=True))]
    return (_NOTHING, *ordered, script)


def complete_commitment(
    commitment: Commitment, spec: CommitmentSpec, *, secrets: ChannelSecrets, counterparty_signature: bytes
) -> Transaction:
    """
    Our commitment (we are the holder) with both signatures: ready to be published.

    BOLT 3, Commitment Transaction
    """
    ours = secp256k1.sign(secrets.funding_private_key, commitment_sighash(commitment, spec))
    signers = (spec.keys.holder_funding_pubkey, spec.keys.counterparty_funding_pubkey)
    return commitment.tx.with_witness(0, multisig_witness(commitment.funding_script, signers, (ours, counterparty_signature)))


def complete_htlc_transaction(
    htlc: CommittedHtlc, spec: CommitmentSpec, *, secrets: ChannelSecrets, counterparty_signature: bytes, preimage: bytes = _NOTHING
) -> Transaction:
    """
    An HTLC transaction of our commitment with both signatures: HTLC-success with the preimage[32], HTLC-timeout without.

    BOLT 3, HTLC-Timeout and HTLC-Success Transactions
    """
    key = derive_private_key(secrets.htlc_basepoint_secret, spec.keys.per_commitment_point)
    ours = signature_element(secp256k1.sign(key, htlc_sighash(htlc, SighashType.ALL)))
    theirs = signature_element(counterparty_signature, htlc_sighash_type(spec.channel_type))
    return htlc.transaction.with_witness(0, (_NOTHING, theirs, ours, preimage, htlc.witness_script))
