"""Close a channel of our sandbox node: together with its peer, or alone over the chain."""

from __future__ import annotations

import secrets

from django.db import transaction

from payments.lightning.ids import ChannelId
from payments.models import ChannelRecord
from payments.models.audit import AuditAction, SubjectKind
from payments.nodes.commands import CloseChannel
from payments.services.command_engine import command_engine
from payments.services.errors import UnknownChannel
from payments.services.note_audit import note_audit
from payments.services.set_fault import REQUEST_ID_BYTES


def close_channel(channel: str, *, is_alone: bool = False) -> str:
    """
    Queue the wish and return the request's id.

    channel    its id in hex, or its short id

    raises     UnknownChannel; what the node refuses stands in the command's result
    """
    records = ChannelRecord.objects.filter(channel_id=channel) | ChannelRecord.objects.filter(short_channel_id=channel)
    found = records.values_list("channel_id", flat=True).first()
    if found is None:
        raise UnknownChannel(channel=channel)
    request_id = secrets.token_hex(REQUEST_ID_BYTES)
    with transaction.atomic():
        command_engine(CloseChannel(request_id=request_id, channel_id=ChannelId(bytes.fromhex(found)), is_alone=is_alone))
        note_audit(AuditAction.CHANNEL_CLOSED, SubjectKind.CHANNEL, found, after={"request_id": request_id, "is_alone": is_alone})
    return request_id
