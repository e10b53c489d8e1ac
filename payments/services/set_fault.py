"""Let something go wrong in the sandbox on purpose: for showing, for learning, and for trying out what pages say then."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from django.db import transaction

from payments.models.audit import AuditAction, SubjectKind
from payments.nodes.fault_wish import Setting, wish_fault
from payments.services.command_engine import command_engine
from payments.services.note_audit import note_audit

REQUEST_ID_BYTES = 16


def set_fault(name: str, *, node: str, settings: Mapping[str, Setting] | None = None) -> None:
    """
    Queue a fault; it is there as soon as the engine has taken its next turn.

    node       the slug of the node that misbehaves
    settings   its figures by name; what is not named is as usual for this fault

    raises     UnknownFault, FaultMalformed, UnknownNode, OwnNodeUntouched, NoSuchChannel
    """
    with transaction.atomic():
        queue_fault(name, node=node, settings=settings or {})
        note_audit(AuditAction.FAULT_SET, SubjectKind.NODE, node, after={"fault": name, "settings": dict(settings or {})})


def queue_fault(name: str, *, node: str, settings: Mapping[str, Setting]) -> None:
    """The same as a part of something larger, which tells of it. Only inside a transaction."""
    command_engine(wish_fault(secrets.token_hex(REQUEST_ID_BYTES), name, node=node, settings=settings))
