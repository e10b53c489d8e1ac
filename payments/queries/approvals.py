"""
What waits for a second person, what became of it, and each request on its page.

Whether something still waits is a matter of the clock: a request past its time is shown as expired, whatever its row says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from msgspec import Struct

from payments.lightning.invoice.bolt11 import decode
from payments.models import ApprovalRequest
from payments.queries.approval_figures import figures_digest
from payments.queries.invoices import invoice_shape
from payments.queries.network import names_of
from payments.queries.payments import payment_page
from payments.queries.shapes import InvoiceShape, PaymentShape

MOST_WAITING, MOST_DECIDED = 100, 50
_State = ApprovalRequest.State


class ApprovalShape(Struct, frozen=True, kw_only=True):
    """A request on its page."""

    payment_id: str
    account_id: int
    state: str
    """waiting · approved · rejected · withdrawn · expired"""
    invoice: InvoiceShape
    amount_msat: int
    fee_limit_msat: int
    asked_by: str
    asked_by_id: int
    created_at: datetime
    expires_at: datetime
    decided_by: str
    """Empty when nobody has decided."""
    decided_at: datetime | None
    remark: str
    digest: str
    """Of what is shown here: approving sends it back."""
    payment: PaymentShape | None
    """What came of it, once it is approved."""


class ApprovalRowShape(Struct, frozen=True, kw_only=True):
    """A request in the list."""

    payment_id: str
    state: str
    payee: str
    payee_name: str
    description: str
    amount_msat: int
    fee_limit_msat: int
    asked_by: str
    asked_by_id: int
    created_at: datetime
    expires_at: datetime
    decided_by: str


class ApprovalsShape(Struct, frozen=True, kw_only=True):
    """An account's list: what waits, the most urgent first, and what was decided, the newest first."""

    waiting: tuple[ApprovalRowShape, ...]
    decided: tuple[ApprovalRowShape, ...]


def approval_page(payment_id: str, account_ids: Collection[int]) -> ApprovalShape | None:
    """One request; None when none of these accounts has it."""
    requests = ApprovalRequest.objects.select_related("created_by", "decided_by")
    request = requests.filter(pk=payment_id, account_id__in=account_ids).first()
    if request is None:
        return None
    invoice = decode(request.invoice)
    hinted = {hop.node_id.hex() for hint in invoice.route_hints for hop in hint.hops}
    return ApprovalShape(
        payment_id=request.payment_id,
        account_id=request.account_id,
        state=_shown_state(request),
        invoice=invoice_shape(invoice, names=names_of({request.payee} | hinted)),
        amount_msat=request.amount_msat,
        fee_limit_msat=request.fee_limit_msat,
        asked_by=request.created_by.get_username(),
        asked_by_id=request.created_by_id,
        created_at=request.created_at,
        expires_at=request.expires_at,
        decided_by=_decider(request),
        decided_at=request.decided_at,
        remark=request.remark,
        digest=figures_digest(request),
        payment=payment_page(payment_id, account_ids) if request.state == _State.APPROVED else None,
    )


def approval_rows(account_id: int) -> ApprovalsShape:
    """All that waits in an account, and the last that was decided. Three statements."""
    requests = ApprovalRequest.objects.filter(account_id=account_id).select_related("created_by", "decided_by")
    waiting = list(_waiting(requests).order_by("expires_at", "payment_id")[:MOST_WAITING])
    decided = list(_over(requests).order_by("-created_at", "payment_id")[:MOST_DECIDED])
    names = names_of(request.payee for request in (*waiting, *decided))
    return ApprovalsShape(
        waiting=tuple(_row_shape(request, names) for request in waiting), decided=tuple(_row_shape(request, names) for request in decided)
    )


def waiting_for(user_id: int, account_id: int) -> int:
    """How many requests wait in an account that this person did not make, and so could decide about. One statement."""
    return _waiting(ApprovalRequest.objects.filter(account_id=account_id)).exclude(created_by_id=user_id).count()


def waiting_request(account_id: int, payment_hash: str) -> tuple[str, str] | None:
    """The request for an invoice that waits in an account, and the name of who asked; None when none does. One statement."""
    waiting = _waiting(ApprovalRequest.objects.filter(account_id=account_id, payment_hash=payment_hash))
    found = waiting.select_related("created_by").first()
    return None if found is None else (found.payment_id, found.created_by.get_username())


def _waiting(requests: QuerySet[ApprovalRequest]) -> QuerySet[ApprovalRequest]:
    return requests.filter(state=_State.WAITING, expires_at__gt=timezone.now())


def _over(requests: QuerySet[ApprovalRequest]) -> QuerySet[ApprovalRequest]:
    return requests.exclude(state=_State.WAITING, expires_at__gt=timezone.now())


def _shown_state(request: ApprovalRequest) -> str:
    is_late = request.state == _State.WAITING and request.expires_at <= timezone.now()
    return _State.EXPIRED.value if is_late else request.state


def _decider(request: ApprovalRequest) -> str:
    return "" if request.decided_by is None else request.decided_by.get_username()


def _row_shape(request: ApprovalRequest, names: Mapping[str, str]) -> ApprovalRowShape:
    return ApprovalRowShape(
        payment_id=request.payment_id,
        state=_shown_state(request),
        payee=request.payee,
        payee_name=names.get(request.payee, ""),
        description=request.description,
        amount_msat=request.amount_msat,
        fee_limit_msat=request.fee_limit_msat,
        asked_by=request.created_by.get_username(),
        asked_by_id=request.created_by_id,
        created_at=request.created_at,
        expires_at=request.expires_at,
        decided_by=_decider(request),
    )
