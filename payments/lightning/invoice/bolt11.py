"""
Invoices as text: `decode` reads one, `encode` signs one.

The reader is strict where the specification leaves a choice: whatever cannot be paid safely is refused with the reason and the place,
and nothing else than an InvoiceError ever comes out of it, whatever goes in. It never asks the clock or the settings whether an
invoice can be paid: that is `check_payable`.

    ln bc 2500u   1   pvjluez   sp5zyg…   …      8d3ce9e2…     9lfyql
    network amount    35 bits   tagged fields    signature     checksum
                      of time                    520 bits

BOLT 11, Invoice Protocol for Lightning Payments
"""

from __future__ import annotations

from hashlib import sha256

from payments.lightning.crypto import bech32, secp256k1
from payments.lightning.crypto.bech32 import Bech32, Bech32Fault, NotBech32
from payments.lightning.ids import NodeId, PaymentHash, PaymentSecret
from payments.lightning.invoice.amounts import read_prefix, write_prefix
from payments.lightning.invoice.errors import (
    CharacterNotAllowed,
    ChecksumMismatch,
    InvoiceError,
    MixedCase,
    NoSeparator,
    RecoveryIdOutOfRange,
    SignatureHighS,
    SignatureMismatch,
    SignatureNotRecoverable,
    TooLong,
    TooShort,
)
from payments.lightning.invoice.fields import Fields, write_fields
from payments.lightning.invoice.invoice import Invoice, InvoiceDraft

MAX_CHARACTERS = 7089
"""What the largest QR code holds in digits. A longer invoice could not be shown, and reading time must have an end."""
_TIME_WORDS = 7
_SIGNATURE_WORDS = 104
_HIGHEST_RECOVERY_ID = 3
_HALF_ORDER = secp256k1.ORDER // 2


def decode(text: str) -> Invoice:
    """
    Read an invoice and prove that its payee signed it.

    text     the bare invoice, in either case; `payment_uri` reads what people paste
    raises   InvoiceError's leaves, nothing else

    BOLT 11, Invoice Protocol for Lightning Payments
    """
    plain = _read_bech32(text)
    network, amount_msat = read_prefix(plain.prefix)
    if len(plain.words) < _TIME_WORDS + _SIGNATURE_WORDS:
        raise TooShort(length=len(text))
    signed, signature = plain.words[:-_SIGNATURE_WORDS], bech32.words_to_bytes(plain.words[-_SIGNATURE_WORDS:])
    fields = Fields(signed[_TIME_WORDS:], position=len(plain.prefix) + 1 + _TIME_WORDS)
    description, description_hash = fields.descriptions()
    named_payee = fields.payee()
    return Invoice(
        text=text.lower(),
        network=network,
        amount_msat=amount_msat,
        created_at_s=bech32.words_to_int(signed[:_TIME_WORDS]),
        payment_hash=PaymentHash(fields.hash32("payment_hash")),
        payment_secret=PaymentSecret(fields.hash32("payment_secret")),
        description=description,
        description_hash=description_hash,
        expiry_s=fields.expiry_s(),
        min_final_cltv_expiry_delta=fields.min_final_cltv_expiry_delta(),
        features=fields.features(),
        route_hints=fields.route_hints(),
        fallbacks=fields.fallbacks(),
        metadata=fields.metadata(),
        payee=_check_signature(signature, digest=_digest(plain.prefix, signed), named_payee=named_payee),
        payee_is_given=named_payee is not None,
        signature=signature,
        warnings=tuple(fields.warnings),
    )


def encode(draft: InvoiceDraft, *, private_key: bytes) -> str:
    """
    Write and sign an invoice, and read it back before anybody sees it.

    private_key   the payee's node key[32]
    raises        InvoiceError's leaves when no such invoice could be paid; ValueError when the draft is not what its types promise

    BOLT 11, Invoice Protocol for Lightning Payments
    """
    payee = NodeId(secp256k1.public_key(private_key))
    prefix = write_prefix(draft.network, draft.amount_msat)
    signed = bech32.int_to_words(draft.created_at_s, count=_TIME_WORDS) + write_fields(draft, payee=payee)
    signature = secp256k1.sign_recoverable(private_key, _digest(prefix, signed))
    text = bech32.encode(prefix, signed + bech32.bytes_to_words(signature))
    _check_reads_back(decode(text), draft, payee=payee)
    return text


def _read_bech32(text: str) -> Bech32:
    try:
        return bech32.decode(text, limit=MAX_CHARACTERS)
    except NotBech32 as error:
        raise _refusal(error, text) from None


def _refusal(error: NotBech32, text: str) -> InvoiceError:
    position = error.position or 0
    match error.fault:
        case Bech32Fault.TOO_LONG:
            return TooLong(length=len(text), limit=MAX_CHARACTERS)
        case Bech32Fault.TOO_SHORT:
            return TooShort(length=len(text))
        case Bech32Fault.CHARACTER:
            return CharacterNotAllowed(position=position, character=text[position])
        case Bech32Fault.MIXED_CASE:
            return MixedCase(position=position)
        case Bech32Fault.NO_SEPARATOR:
            return NoSeparator()
        case Bech32Fault.CHECKSUM:
            return ChecksumMismatch()


def _digest(prefix: str, signed: bytes) -> bytes:
    return sha256(prefix.encode() + bech32.words_to_padded_bytes(signed)).digest()


def _check_signature(signature: bytes, *, digest: bytes, named_payee: NodeId | None) -> NodeId:
    if signature[64] > _HIGHEST_RECOVERY_ID:
        raise RecoveryIdOutOfRange(recovery_id=signature[64])
    if named_payee is None:
        recovered = secp256k1.recover(digest, signature)
        if recovered is None:
            raise SignatureNotRecoverable
        return NodeId(recovered)
    if int.from_bytes(signature[32:64], "big") > _HALF_ORDER:
        raise SignatureHighS
    if not secp256k1.verify(named_payee, digest, signature[:64]):
        raise SignatureMismatch(payee=named_payee)
    return named_payee


def _check_reads_back(invoice: Invoice, draft: InvoiceDraft, *, payee: NodeId) -> None:
    wrong = [name for name in InvoiceDraft.__struct_fields__ if getattr(invoice, name) != getattr(draft, name)]
    if wrong or invoice.payee != payee:
        raise ValueError(f"the invoice does not say what the draft says: {wrong or 'payee'}")
