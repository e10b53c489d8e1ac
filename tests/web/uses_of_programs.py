"""Every form about keys and webhooks, and every wish of a program, filled in: what each writes into the audit log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from payments.access.scopes import Scope
from payments.ledger.accounts import HOUSE_ID
from payments.models import AccountEvent, ApiKey, IncomingInvoice, Webhook, WebhookDelivery
from payments.services.api_keys import create_key
from tests.unit.services.wallet import make_invoice

Use = Callable[[Client], tuple[str, dict[str, Any]]]
Wish = Callable[[], tuple[str, dict[str, object]]]
"""(address, body), after everything that the wish needs was prepared."""


def make_key(*scopes: Scope) -> str:
    """A key of the house."""
    owner = get_user_model().objects.get(username="ada")
    return create_key(HOUSE_ID, name="till", scopes=frozenset(scopes or Scope), user_id=owner.pk)[1]


def _new_key(_client: Client) -> tuple[str, dict[str, Any]]:
    return reverse("payments:api_keys"), {"account": "house", "name": "Till", "scopes": ["read", "pay"]}


def _revoke(_client: Client) -> tuple[str, dict[str, Any]]:
    key = ApiKey.objects.create(account_id=HOUSE_ID, name="Till", prefix="00112233", scopes=["read"])
    return reverse("payments:revoke_key", args=[key.pk]), {}


def _webhook() -> Webhook:
    return Webhook.objects.create(account_id=HOUSE_ID, url="https://93.184.216.34/", secret="00")


def _new_webhook(_client: Client) -> tuple[str, dict[str, Any]]:
    return reverse("payments:webhooks"), {"account": "house", "url": "https://93.184.216.34/hook", "kinds": ["invoice.paid"]}


def _stop(_client: Client) -> tuple[str, dict[str, Any]]:
    return reverse("payments:stop_webhook", args=[_webhook().pk]), {}


def _resend(_client: Client) -> tuple[str, dict[str, Any]]:
    event = AccountEvent.objects.create(account_id=HOUSE_ID, kind="payment.paid", subject_id="7", body={})
    delivery = WebhookDelivery.objects.create(webhook=_webhook(), event=event, state=WebhookDelivery.State.GIVEN_UP)
    return reverse("payments:resend_delivery", args=[delivery.webhook_id, delivery.pk]), {}


USES_OF_PROGRAMS: dict[str, list[tuple[str, Use]]] = {
    "payments:api_keys": [("API key made", _new_key)],
    "payments:revoke_key": [("API key revoked", _revoke)],
    "payments:webhooks": [("webhook added", _new_webhook)],
    "payments:stop_webhook": [("webhook stopped", _stop)],
    "payments:resend_delivery": [("delivery sent again", _resend)],
}


def _open_invoice() -> tuple[str, dict[str, object]]:
    IncomingInvoice.objects.create(
        request_id="ef" * 16, account_id=HOUSE_ID, expiry_s=60, state="open", invoice="lnbcrt1", payment_hash="0" * 64
    )
    return reverse("api:cancel_invoice", args=["ef" * 16]), {}


WISHES: Mapping[str, tuple[str, Wish]] = {
    "api:payments": ("payment begun", lambda: (reverse("api:payments"), {"text": make_invoice(preimage=b"\x09" * 32)})),
    "api:invoices": ("invoice asked for", lambda: (reverse("api:invoices"), {"amount_msat": 1_000})),
    "api:cancel_invoice": ("cancelling asked for", _open_invoice),
}
"""By the address's name, sent with a key."""
READS: Mapping[str, Wish] = {
    "api:decode": lambda: (reverse("api:decode"), {"text": make_invoice()}),
    "api:preview": lambda: (reverse("api:preview"), {"text": make_invoice(preimage=b"\x09" * 32)}),
}
"""What takes a body and changes nothing."""
