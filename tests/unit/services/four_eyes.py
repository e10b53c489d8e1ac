"""The café with two who can approve, and what a refusal must leave as it was."""

from __future__ import annotations

import json
from datetime import timedelta

from django.utils import timezone

from payments.access.roles import Role
from payments.lightning.errors import LightningError
from payments.models import ApprovalRequest, AuditRecord, EngineCommand, LedgerEntry, PaymentRecord
from payments.queries.approval_figures import figures_digest
from payments.queries.spending import Payer
from payments.services.decide_approval import approve
from payments.services.request_approval import request_approval
from tests.unit.services.cafe import Cafe, id_of, invoice_number
from tests.unit.services.wallet import refused


class FourEyes(Cafe):
    """The café, where from 1,000 sat on somebody else has to agree: Anna or Olga."""

    def __init__(self) -> None:
        super().__init__()
        self.need_approval_from(1_000_000)
        self.approver = self.member("anna", Role.APPROVER)
        self.owner = self.member("olga", Role.OWNER)

    def ask(self, number: int = 1, *, amount_msat: int = 1_000_000, fee_limit_msat: int = 10_000, payer: Payer | None = None) -> str:
        """Pia asks for the payment of the invoice of this number."""
        text = invoice_number(number, amount_msat)
        return request_approval(text, payment_id=id_of(number), fee_limit_msat=fee_limit_msat, payer=payer or self.payer)

    def approve(self, number: int = 1, *, user: object = None) -> None:
        """Somebody approves what stands there now."""
        approve(id_of(number), user_id=(user or self.approver).pk, digest=digest_of(number))


def digest_of(number: int) -> str:
    return figures_digest(ApprovalRequest.objects.get(pk=id_of(number)))


def state_of(number: int = 1) -> str:
    return ApprovalRequest.objects.get(pk=id_of(number)).state


def standing() -> tuple[object, ...]:
    """What a refusal leaves as it was."""
    asked = tuple(ApprovalRequest.objects.order_by("pk").values_list("pk", "state", "decided_by", "remark"))
    return asked, PaymentRecord.objects.count(), EngineCommand.objects.count(), LedgerEntry.objects.count(), AuditRecord.objects.count()


def refused_and_unchanged(kind: type[LightningError], call: object, *arguments: object, **options: object) -> LightningError:
    before = standing()
    refusal = refused(kind, call, *arguments, **options)
    assert before == standing()
    return refusal


def last_note() -> tuple[str, str, str, dict]:
    row = AuditRecord.objects.latest("sequence")
    return row.action, row.subject, row.subject_id, json.loads(row.after)


def run_out(number: int = 1) -> None:
    """It has waited too long."""
    past = timezone.now() - timedelta(seconds=1)
    ApprovalRequest.objects.filter(pk=id_of(number)).update(expires_at=past)
