"""Every form about being paid, filled in: what each writes into the audit log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from payments.ledger.accounts import HOUSE_ID
from payments.models import IncomingInvoice
from tests.unit.services.wallet import hash_of, make_invoice

Use = Callable[[Client], tuple[str, dict[str, Any]]]
REQUEST_ID = "ab" * 16
PREIMAGE = b"\x0b" * 32


def _ask(_client: Client) -> tuple[str, dict[str, Any]]:
    return reverse("payments:ask"), {"who_chooses": "shop", "amount": "7", "description": "Tea", "expiry_s": "3600"}


def _about_an_open_one(name: str) -> Use:
    def use(_client: Client) -> tuple[str, dict[str, Any]]:
        text = make_invoice(7_000, preimage=PREIMAGE)
        IncomingInvoice.objects.create(
            request_id=REQUEST_ID,
            account_id=HOUSE_ID,
            amount_msat=7_000,
            expiry_s=3_600,
            state="open",
            invoice=text,
            payment_hash=hash_of(PREIMAGE).hex(),
        )
        return reverse(name, args=[REQUEST_ID]), {}

    return use


USES_OF_RECEIVING: dict[str, list[tuple[str, Use]]] = {
    "payments:ask": [("invoice asked for", _ask)],
    "payments:cancel_incoming": [("cancelling asked for", _about_an_open_one("payments:cancel_incoming"))],
    "payments:customer": [("sandbox customer sent", _about_an_open_one("payments:customer"))],
}
