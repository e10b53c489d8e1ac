"""A test of a route as a page shows it: on its way, refused, or how far it got."""

from __future__ import annotations

from payments.lightning.events import LocalFailure
from payments.lightning.payment.probe import ProbeSendFailure
from payments.models import ProbeRecord, RouteTest
from payments.queries.network import names_of
from payments.queries.paths import tried_path
from payments.queries.shapes import HopState, ProbeShape, RouteTestShape
from payments.queries.wording import (
    failure_name,
    sentence_for_probe_refusal,
    sentence_for_stopped_probe,
    words_for_test,
)

_STATES = {ProbeRecord.State.REACHED: HopState.PASSED, ProbeRecord.State.STOPPED: HopState.BROKEN}


def route_test(request_id: str, *, user_id: int | None) -> RouteTestShape | None:
    """
    One test with its answers so far; None when this person has asked for none of this id. Three statements.

    user_id    None: nobody by name, such as a program
    """
    test = RouteTest.objects.filter(pk=request_id, created_by_id=user_id).first()
    if test is None:
        return None
    probes = list(ProbeRecord.objects.filter(test=test).order_by("resolved_at", "probe_id"))
    names = names_of({hop["node_id"] for probe in probes for hop in probe.path})
    state = _state(test, probes)
    return RouteTestShape(
        request_id=test.request_id,
        state=state,
        invoice=test.invoice,
        headline=words_for_test(state, amount_msat=test.amount_msat),
        refusal=sentence_for_probe_refusal(ProbeSendFailure(test.refusal)) if test.refusal else "",
        probes=tuple(_shape(probe, names) for probe in probes if probe.resolved_at is not None),
    )


def _state(test: RouteTest, probes: list[ProbeRecord]) -> str:
    """asked · stopped · reached. One part that stopped is enough: the payment would not go through as it is."""
    if test.state == RouteTest.State.REFUSED or test.refusal or any(probe.state == ProbeRecord.State.STOPPED for probe in probes):
        return "stopped"
    is_answered = probes and all(probe.state == ProbeRecord.State.REACHED for probe in probes)
    return "reached" if is_answered else "asked"


def _shape(probe: ProbeRecord, names: dict[str, str]) -> ProbeShape:
    path = tried_path(probe, _STATES[ProbeRecord.State(probe.state)], names)
    is_stopped = probe.state == ProbeRecord.State.STOPPED
    failing = probe.path[probe.failing_hop]["node_id"] if probe.failing_hop is not None and probe.failing_hop < len(probe.path) else ""
    local_failure = LocalFailure(probe.local_failure) if probe.local_failure else None
    return ProbeShape(
        path=path,
        sentence=sentence_for_stopped_probe(probe.failure_code, local_failure) if is_stopped else "",
        failure_code=probe.local_failure or failure_name(probe.failure_code),
        failing_node=names.get(failing) or failing,
    )
