"""Stop a payment: no further attempt. What is out already may still succeed, so this alone never makes a payment failed."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from payments.lightning.ids import PaymentId
from payments.lightning.payment.status import PaymentStatus
from payments.models import PaymentRecord
from payments.models.audit import AuditAction, SubjectKind
from payments.nodes.commands import AbandonPayment
from payments.services.command_engine import command_engine
from payments.services.errors import UnknownPayment
from payments.services.note_audit import note_audit
from payments.services.note_change import note_change, payment_group
from payments.services.refresh_status import refresh_status


def stop_payment(payment_id: str, *, user_id: int | None = None) -> bool:
    """
    Ask the engine to try no more; whether this was the first time and there was anything left to stop.

    raises   UnknownPayment
    """
    with transaction.atomic():
        payments = PaymentRecord.objects.filter(pk=payment_id)
        going = payments.filter(stop_requested_at__isnull=True).exclude(status__in=(PaymentStatus.PAID, PaymentStatus.FAILED))
        if not going.update(stop_requested_at=timezone.now(), stop_requested_by_id=user_id):
            if not payments.exists():
                raise UnknownPayment(payment_id=payment_id)
            return False
        command_engine(AbandonPayment(payment_id=PaymentId(bytes.fromhex(payment_id))))
        refresh_status(payment_id)
        note_audit(AuditAction.PAYMENT_STOPPED, SubjectKind.PAYMENT, payment_id)
        note_change(payment_group(payment_id))
    return True
