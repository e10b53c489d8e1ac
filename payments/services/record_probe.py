"""What becomes of a test of a route: its probes when they are sent, their answers when they are back. Whichever is heard of first."""

from __future__ import annotations

from datetime import datetime

import msgspec

from payments.lightning.events import ProbeFailed, ProbeSuccessful
from payments.lightning.ids import format_scid
from payments.models import EngineCommand, ProbeRecord, RouteTest
from payments.nodes.commands import CommandRefused, ProbeRoute, ProbesSent
from payments.services.note_change import probe_group
from payments.services.record_attempt import path_rows


def record_probes_sent(wish: ProbeRoute, command: EngineCommand) -> str:
    """The engine has sent what it could, or refused; the name under which pages follow the test."""
    asked = RouteTest.objects.filter(pk=wish.request_id, state=RouteTest.State.ASKED)
    if command.state == EngineCommand.State.DONE:
        sent = msgspec.convert(command.result, ProbesSent)
        asked.update(state=RouteTest.State.SENT, refusal=sent.refusal)
        for probe_id in sent.probe_ids:
            ProbeRecord.objects.update_or_create(probe_id=probe_id, defaults={"test_id": wish.request_id})
    else:
        asked.update(state=RouteTest.State.REFUSED, refusal=msgspec.convert(command.result, CommandRefused).error)
    return probe_group(wish.request_id)


def record_probe_answer(event: ProbeSuccessful | ProbeFailed, told_at: datetime) -> str | None:
    """Bring in what an event says about its probe; the name under which pages follow the test, None while nobody knows of one."""
    answer: dict[str, object] = {"path": path_rows(event.path), "resolved_at": told_at, "state": ProbeRecord.State.REACHED}
    if isinstance(event, ProbeFailed):
        answer |= {
            "state": ProbeRecord.State.STOPPED,
            "failing_hop": event.failing_hop,
            "failure_code": event.failure_code,
            "local_failure": event.local_failure or "",
            "blamed_short_channel_id": "" if event.short_channel_id is None else format_scid(event.short_channel_id),
        }
    probe, _ = ProbeRecord.objects.update_or_create(probe_id=event.payment_id.hex(), defaults=answer)
    return None if probe.test_id is None else probe_group(probe.test_id)
