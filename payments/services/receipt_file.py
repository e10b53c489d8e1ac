"""
A receipt as a file, which convinces by itself: of an invoice, its proof and figures, under a digest and a signature.

It is JSON, written in one way only. A file that says the same in other letters is refused, so one changed bit anywhere is one too many.
Checking needs the file and a public key: no database, no network, no clock.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.invoice.bolt11 import decode
from payments.lightning.invoice.errors import InvoiceError
from payments.queries.currencies import worth
from payments.services.installation_key import is_signed, own_public_key, sign
from payments.services.receipt_errors import ReceiptAltered, ReceiptContradicts, ReceiptForged, ReceiptMalformed

MOST_BYTES = 100_000
_FORM = 1
_DOMAIN = b"lnweb receipt\n"


class ReceiptRate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a bitcoin was worth, and the amount by that."""

    currency: str
    minor_units_per_btc: int
    valid_from: datetime
    source: str
    worth_minor_units: int


class Receipt(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What a receipt says; keys, hashes, digests and signature in hex.

    direction       out: the account paid · in: the account was paid
    id              of the payment, or of the invoice
    begun_by        who began it, or asked for the money; empty when nobody is known
    approved_by     who agreed to it; empty when nobody had to
    route_digest    SHA-256 over the paths that arrived; empty when nothing went over channels, or somebody else chose them
    audit_rows      the numbers of the rows about it in the audit log
    digest          SHA-256 over all before it
    """

    form: int = _FORM
    direction: str
    account: str
    account_name: str
    id: str
    payee: str
    payee_name: str
    description: str
    invoice: str
    payment_hash: str
    payment_preimage: str
    amount_msat: int
    fee_msat: int
    rate: ReceiptRate | None
    begun_by: str
    approved_by: str
    begun_at: datetime
    approved_at: datetime | None
    paid_at: datetime
    parts: int
    route_digest: str
    audit_rows: tuple[int, ...]
    public_key: str = ""
    digest: str = ""
    signature: str = ""

    @property
    def preimage_hash(self) -> str:
        """SHA-256 of the proof; empty without one."""
        return hashlib.sha256(bytes.fromhex(self.payment_preimage)).hexdigest() if self.payment_preimage else ""


def seal(receipt: Receipt) -> Receipt:
    """The same with our key, its digest and our signature."""
    keyed = replace(receipt, public_key=own_public_key().hex(), digest="", signature="")
    digested = replace(keyed, digest=_digest(keyed))
    return replace(digested, signature=sign(_DOMAIN, _bytes(digested)).hex())


def encode_receipt(receipt: Receipt) -> bytes:
    """As it stands in a file."""
    return msgspec.json.format(msgspec.json.encode(receipt)) + b"\n"


def check_receipt(data: bytes, *, public_key: str = "") -> Receipt:
    """
    A receipt from a file's bytes, if all of it holds.

    public_key   32 bytes in hex; empty: this installation's own. The key in the file is never believed.
    raises       ReceiptMalformed, ReceiptAltered, ReceiptForged, ReceiptContradicts
    """
    try:
        receipt = msgspec.json.decode(data, type=Receipt)
        key, signature = bytes.fromhex(public_key or own_public_key().hex()), bytes.fromhex(receipt.signature)
        is_canonical = encode_receipt(receipt) == data and signature.hex() == receipt.signature
    except (msgspec.MsgspecError, ValueError):
        raise ReceiptMalformed from None
    if not is_canonical or receipt.form != _FORM or len(data) > MOST_BYTES:
        raise ReceiptMalformed
    unsigned = replace(receipt, signature="")
    if receipt.digest != _digest(receipt):
        raise ReceiptAltered
    try:
        is_ours = is_signed(signature, _DOMAIN, _bytes(unsigned), public_key=key) and receipt.public_key == key.hex()
    except ValueError:
        raise ReceiptMalformed from None
    if not is_ours:
        raise ReceiptForged
    _check_figures(receipt)
    return receipt


def _check_figures(receipt: Receipt) -> None:
    """Whether it agrees with its own invoice, proof and rate."""
    try:
        invoice = decode(receipt.invoice)
    except InvoiceError:
        raise ReceiptContradicts(field="invoice") from None
    asked_msat = receipt.amount_msat if invoice.amount_msat is None else invoice.amount_msat
    rate = receipt.rate
    agreements = {
        "invoice": invoice.text == receipt.invoice,
        "payee": invoice.payee.hex() == receipt.payee,
        "payment hash": invoice.payment_hash.hex() == receipt.payment_hash,
        "preimage": receipt.preimage_hash in ("", receipt.payment_hash),
        "description": (invoice.description or "") == receipt.description,
        "amount": receipt.amount_msat == asked_msat if receipt.direction == "out" else receipt.amount_msat >= asked_msat,
        "fee": receipt.fee_msat >= 0,
        "worth": rate is None or rate.worth_minor_units == worth(receipt.amount_msat, rate.minor_units_per_btc),
        "time": receipt.begun_at <= receipt.paid_at,
    }
    for field, agrees in agreements.items():
        if not agrees:
            raise ReceiptContradicts(field=field)


def _digest(receipt: Receipt) -> str:
    return hashlib.sha256(_DOMAIN + _bytes(replace(receipt, digest="", signature=""))).hexdigest()


def _bytes(receipt: Receipt) -> bytes:
    return msgspec.json.encode(receipt)
