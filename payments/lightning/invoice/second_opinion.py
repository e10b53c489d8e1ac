"""
A second reader, written by others, that must see the same invoice before money is sent.

A fault in our reader would pay the wrong node or the wrong amount; it is unlikely that the package `bolt11` has the same one. Its answer
is only ever compared, never used: it reads fees of route hints as signed, keeps one fallback only (in the wrong encoding for taproot),
misnames features and accepts amounts below a millisatoshi, so none of these is compared. It also lets many kinds of exception out, hence
the broad `except` here and nowhere else. No invoice that our reader accepts is known to be refused by it.
"""

from __future__ import annotations

import bolt11

from payments.lightning.invoice.errors import SecondOpinionDisagrees
from payments.lightning.invoice.fields import MAX_EXPIRY_S
from payments.lightning.invoice.invoice import Invoice


def confirm(text: str, invoice: Invoice) -> None:
    """
    Whether the other reader finds in `text` what ours did; silence means yes. Takes some milliseconds: once before paying, not in a list.

    raises   SecondOpinionDisagrees, with the first field that differs, or `text` when the other reader could not read it
    """
    try:
        theirs = _what_they_read(text)
    except Exception:  # noqa: BLE001 its exceptions have no common class, and any of them is a disagreement
        raise SecondOpinionDisagrees(field="text") from None
    for field, value in _what_we_read(invoice).items():
        if theirs[field] != value:
            raise SecondOpinionDisagrees(field=field)


def _what_we_read(invoice: Invoice) -> dict[str, object]:
    description_hash = invoice.description_hash
    return {
        "network": invoice.network.prefix,
        "payment_hash": invoice.payment_hash.hex(),
        "payment_secret": invoice.payment_secret.hex(),
        "payee": invoice.payee.hex(),
        "amount_msat": invoice.amount_msat,
        "created_at_s": invoice.created_at_s,
        "expiry_s": invoice.expiry_s,
        "min_final_cltv_expiry_delta": invoice.min_final_cltv_expiry_delta,
        "description": invoice.description,
        "description_hash": None if description_hash is None else description_hash.hex(),
    }


def _what_they_read(text: str) -> dict[str, object]:
    read = bolt11.decode(text)
    return {
        "network": read.currency,
        "payment_hash": read.payment_hash,
        "payment_secret": read.payment_secret,
        "payee": read.payee,
        "amount_msat": read.amount_msat,
        "created_at_s": read.date,
        "expiry_s": min(read.expiry, MAX_EXPIRY_S),
        "min_final_cltv_expiry_delta": read.min_final_cltv_expiry,
        "description": read.description,
        "description_hash": read.description_hash,
    }
