"""Let time pass on the sandbox's chain: expiries and deadlines count blocks, and nobody wants to wait a day for one."""

from __future__ import annotations

import secrets

from django.db import transaction

from payments.models.audit import AuditAction, SubjectKind
from payments.nodes.fault_wish import wish_blocks
from payments.services.command_engine import command_engine
from payments.services.note_audit import note_audit
from payments.services.set_fault import REQUEST_ID_BYTES


def advance_blocks(blocks: int) -> None:
    """
    Queue so many blocks; each comes as soon as the nodes have said what the one before made them say.

    raises   BlocksOutOfRange
    """
    wish = wish_blocks(secrets.token_hex(REQUEST_ID_BYTES), blocks)
    with transaction.atomic():
        command_engine(wish)
        note_audit(AuditAction.BLOCKS_ADVANCED, SubjectKind.SANDBOX, after={"blocks": blocks})
