"""Open a channel from our sandbox node to another one. The faucet pays; blocks make it usable; nothing is spent from the balance."""

from __future__ import annotations

import secrets

from django.db import transaction

from payments.lightning.units import MSAT_PER_SAT
from payments.models import NodeRecord
from payments.models.audit import AuditAction, SubjectKind
from payments.nodes.commands import OpenChannel
from payments.services.command_engine import command_engine
from payments.services.errors import ChannelWishMalformed, UnknownChannelPeer
from payments.services.note_audit import note_audit
from payments.services.set_fault import REQUEST_ID_BYTES


def open_channel(slug: str, *, capacity_sat: int, push_sat: int = 0, is_announced: bool = True) -> str:
    """
    Queue the wish and return the request's id.

    push_sat   what of the capacity the other node gets at once

    raises     UnknownChannelPeer, ChannelWishMalformed; what the nodes refuse stands in the command's result
    """
    if not NodeRecord.objects.filter(slug=slug).exclude(role=NodeRecord.Role.OWN).exists():
        raise UnknownChannelPeer(slug=slug)
    if capacity_sat <= 0 or not 0 <= push_sat <= capacity_sat:
        raise ChannelWishMalformed(capacity_sat=capacity_sat, push_sat=push_sat)
    request_id = secrets.token_hex(REQUEST_ID_BYTES)
    wish = OpenChannel(
        request_id=request_id,
        node_slug=slug,
        capacity_sat=capacity_sat,
        push_msat=push_sat * MSAT_PER_SAT,
        is_announced=is_announced,
    )
    with transaction.atomic():
        command_engine(wish)
        said = {"request_id": request_id, "capacity_sat": capacity_sat, "push_sat": push_sat, "is_announced": is_announced}
        note_audit(AuditAction.CHANNEL_OPENED, SubjectKind.NODE, slug, after=said)
    return request_id
