"""Let something go wrong in the sandbox on purpose: for showing, for learning, and for trying out what pages say then."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from django.db import transaction

from payments.nodes.fault_wish import Setting, wish_fault
from payments.services.command_engine import command_engine

REQUEST_ID_BYTES = 16


def set_fault(name: str, *, node: str, settings: Mapping[str, Setting] | None = None) -> None:
    """
    Queue a fault; it is there as soon as the engine has taken its next turn.

    node       the slug of the node that misbehaves
    settings   its figures by name; what is not named is as usual for this fault

    raises     UnknownFault, FaultMalformed, UnknownNode, OwnNodeUntouched, NoSuchChannel
    """
    wish = wish_fault(secrets.token_hex(REQUEST_ID_BYTES), name, node=node, settings=settings or {})
    with transaction.atomic():
        command_engine(wish)
