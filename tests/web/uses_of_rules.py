"""Every form about approvals and limits, filled in: what each writes into the audit log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from payments.access.roles import Role
from payments.ledger.accounts import HOUSE_ID
from payments.models import ApprovalRequest, MerchantAccount
from payments.queries.approval_figures import figures_digest
from payments.queries.spending import Payer
from payments.services.request_approval import request_approval
from tests.people import join
from tests.unit.services.wallet import OTHER_ID, make_invoice

Use = Callable[[Client], tuple[str, dict[str, Any]]]
INVOICE = make_invoice(preimage=b"\x08" * 32)


def _asked_by(name: str) -> ApprovalRequest:
    """Somebody of the house has asked."""
    user = get_user_model().objects.get(username=name)
    MerchantAccount.objects.update(approval_threshold_msat=1)
    if name != "ada":
        join(user, role=Role.PAYER)
    request_approval(INVOICE, payment_id=OTHER_ID, payer=Payer(account_id=HOUSE_ID, user_id=user.pk))
    return ApprovalRequest.objects.get()


def _ask(_client: Client) -> tuple[str, dict[str, Any]]:
    MerchantAccount.objects.update(approval_threshold_msat=1)
    return reverse("payments:ask_approval"), {"text": INVOICE, "payment_id": OTHER_ID, "fee_limit_msat": "60000", "account": "house"}


def _approve(_client: Client) -> tuple[str, dict[str, Any]]:
    return reverse("payments:approve", args=[OTHER_ID]), {"digest": figures_digest(_asked_by("heddy"))}


def _reject(_client: Client) -> tuple[str, dict[str, Any]]:
    return reverse("payments:reject", args=[_asked_by("heddy").pk]), {"remark": "Too dear"}


def _withdraw(_client: Client) -> tuple[str, dict[str, Any]]:
    return reverse("payments:withdraw_approval", args=[_asked_by("ada").pk]), {}


def _limit(_client: Client) -> tuple[str, dict[str, Any]]:
    return reverse("payments:limits"), {"account": "house", "threshold": "5000", "payer_day": "9000"}


def _currency(_client: Client) -> tuple[str, dict[str, Any]]:
    return reverse("payments:currency"), {"account": "house", "currency": "eur"}


def _set_currency(_client: Client) -> tuple[str, dict[str, Any]]:
    return reverse("payments:set_currency", args=["house"]), {"currency": "CHF"}


def _rate(_client: Client) -> tuple[str, dict[str, Any]]:
    return reverse("payments:rates"), {"currency": "EUR", "price": "58000.12"}


def _rate_file(_client: Client) -> tuple[str, dict[str, Any]]:
    lines = b"currency,valid_from,price\nEUR,2026-01-31T12:00:00Z,58000.12\n"
    return reverse("payments:import_rates"), {"file": SimpleUploadedFile("rates.csv", lines)}


USES_OF_RULES: dict[str, list[tuple[str, Use]]] = {
    "payments:ask_approval": [("approval asked for", _ask)],
    "payments:approve": [("payment approved", _approve)],
    "payments:reject": [("payment rejected", _reject)],
    "payments:withdraw_approval": [("approval withdrawn", _withdraw)],
    "payments:currency": [("currency changed", _currency)],
    "payments:set_currency": [("currency changed", _set_currency)],
    "payments:rates": [("rate added", _rate)],
    "payments:import_rates": [("rates imported", _rate_file)],
    "payments:limits": [("limits changed", _limit)],
}
