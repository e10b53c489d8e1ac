"""What the audit log says when a payment has ended: by the engine, once for each end, however many parts and attempts there were."""

from __future__ import annotations

from payments.lightning.payment.status import PaymentStatus
from payments.models.audit import AuditAction, SubjectKind
from payments.services.audit_origin import ENGINE
from payments.services.note_audit import Note, Subject


def success_note(payment_id: str, *, before: str, amount_msat: int, fee_paid_msat: int) -> Note:
    """It is paid; before, it had one of the other statuses."""
    after = {"status": PaymentStatus.PAID.value, "amount_msat": amount_msat, "fee_paid_msat": fee_paid_msat}
    return _note(AuditAction.PAYMENT_PAID, payment_id, before=before, after=after)


def failure_note(payment_id: str, *, before: str, reason: str) -> Note:
    """It has failed, and what was set aside for it is free again."""
    return _note(AuditAction.PAYMENT_FAILED, payment_id, before=before, after={"status": PaymentStatus.FAILED.value, "reason": str(reason)})


def _note(action: AuditAction, payment_id: str, *, before: str, after: dict[str, object]) -> Note:
    subject = Subject(kind=SubjectKind.PAYMENT, id=payment_id)
    return Note(action=action, subject=subject, before={"status": before}, after=after, actor=ENGINE)
