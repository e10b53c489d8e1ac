"""Let the sandbox be as it was built: lines, prices, and the money that was drained on its way back."""

from __future__ import annotations

import secrets

from django.db import transaction

from payments.models.audit import AuditAction, SubjectKind
from payments.nodes.fault_wish import wish_clear
from payments.services.command_engine import command_engine
from payments.services.note_audit import note_audit
from payments.services.note_change import FAULTS, note_change
from payments.services.set_fault import REQUEST_ID_BYTES


def clear_faults() -> None:
    """Queue the end of every fault. What is held goes on at once."""
    with transaction.atomic():
        queue_clear()
        note_audit(AuditAction.FAULTS_CLEARED, SubjectKind.SANDBOX)
        note_change(FAULTS)


def queue_clear() -> None:
    """The same as a part of something larger, which tells of it. Only inside a transaction."""
    command_engine(wish_clear(secrets.token_hex(REQUEST_ID_BYTES)))
