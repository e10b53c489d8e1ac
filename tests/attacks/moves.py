"""What an attacker does: one call of the API or of a service. Plain arguments, plain answers."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client
from django.utils import timezone

from payments.models import ApiKey, EngineCommand, Membership, MerchantAccount
from payments.nodes.commands import CommandRefused, SettledInside, SettleInside, decode_command
from payments.queries.audit import audit
from payments.queries.balances import balance
from payments.queries.spending import Payer
from payments.services.move_money import Wish, fund, withdraw
from payments.services.pay_invoice import pay_invoice
from payments.services.record_event import handle_pending_events


def call(key: str, method: str, path: str, *, name: str = "", wish: object = None) -> tuple[int, str]:
    """One request with a key."""
    headers = {"Authorization": f"Bearer {key}"} | ({"Idempotency-Key": name} if name else {})
    client = Client(raise_request_exception=False, SERVER_NAME="localhost")
    if method == "GET":
        response = client.get(f"/api/v1/{path}", headers=headers)
    else:
        response = client.post(f"/api/v1/{path}", json.dumps(wish or {}), content_type="application/json", headers=headers)
    return response.status_code, response.content.decode()


def pay(account_id: int, invoice: str, payment_id: str, **how: Any) -> str:
    """As a person of the account, or as nobody in particular."""
    user_id = how.pop("user_id", None)
    return pay_invoice(invoice, payment_id=payment_id, payer=Payer(account_id=account_id, user_id=user_id), **how)


def handle() -> int:
    """Bring in what the engine told, as a worker would."""
    from payments.services.claim import ClaimedBefore

    try:
        return handle_pending_events()
    except ClaimedBefore:
        return 0


def move(slug: str, movement_id: str, amount_msat: int, *, out: bool) -> bool:
    """As an operator."""
    return (withdraw if out else fund)(Wish(slug=slug, amount_msat=amount_msat, reason="attack", movement_id=movement_id))


def look(account_id: int) -> str:
    """Read the account's money and everything about it; reading changes nothing."""
    return f"{balance(account_id).available_msat} {len(audit().differences)}"


def close(account_id: int) -> int:
    return MerchantAccount.objects.filter(pk=account_id, closed_at=None).update(closed_at=timezone.now())


def revoke(prefix: str) -> int:
    return ApiKey.objects.filter(prefix=prefix, revoked_at=None).update(revoked_at=timezone.now())


def demote(account_id: int, user_id: int) -> int:
    return Membership.objects.filter(account_id=account_id, user_id=user_id).update(role="viewer")


def answer_inside(preimages: dict[str, str]) -> int:
    """What our engine would answer to everything that is queued: each hash is settled once, for whoever came first."""
    settled: set[str] = set()
    for command in EngineCommand.objects.filter(state="queued", kind="SettleInside").order_by("id"):
        order = decode_command(bytes(command.arguments))
        assert isinstance(order, SettleInside)
        payment_hash = order.payment_hash.hex()
        is_first = payment_hash not in settled
        settled.add(payment_hash)
        result: Any = SettledInside(payment_preimage=preimages[payment_hash]) if is_first else CommandRefused(error="already_paid")
        command.result = {field: getattr(result, field) for field in result.__struct_fields__}
        command.state = "done" if is_first else "refused"
        command.done_at = timezone.now()
        command.save()
    return len(settled)
