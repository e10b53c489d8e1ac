"""A test of a route with the real engine and the sandbox's own nodes: it reaches the shop, stops where the money ends, and pays nothing."""

from __future__ import annotations

import pytest

from payments.management.engine_loop import run_inline
from payments.models import EngineEvent, LedgerEntry, PaymentRecord
from payments.queries.network import forget_network_graph
from payments.queries.probes import route_test
from payments.queries.shapes import RouteTestShape
from payments.services.probe_route import probe_route
from tests.unit.commands.running import run


def outcome(invoice: str, request_id: str) -> RouteTestShape:
    """What a person reads in the end."""

    def is_over() -> bool:
        test = route_test(request_id, user_id=None)
        return test is not None and test.state != "asked"

    probe_route(invoice, request_id=request_id)
    assert run_inline(until=is_over, timeout_s=60)
    test = route_test(request_id, user_id=None)
    assert test is not None
    return test


@pytest.mark.django_db(transaction=True)
def test_it_reaches_the_shop_and_stops_where_the_money_ends() -> None:
    forget_network_graph()
    invoice = run("sandbox_invoice", "farpoint", "--amount-sat", "2500")[1].strip()
    entries = LedgerEntry.objects.count()
    assert "reached" == outcome(invoice, "a1" * 16).state

    assert 0 == run("sandbox_fault", "offline", "relay-nine")[0]
    stopped = outcome(invoice, "b2" * 16)
    (probe,) = stopped.probes
    assert ("stopped", "temporary_channel_failure") == (stopped.state, probe.failure_code)
    assert "A channel on the way could not carry this amount just now." == probe.sentence

    assert 0 == run("sandbox_fault", "--clear")[0]
    assert ["ProbeFailed", "ProbeSuccessful"] == sorted(EngineEvent.objects.filter(kind__startswith="Probe").values_list("kind", flat=True))
    assert (entries, 0) == (LedgerEntry.objects.count(), PaymentRecord.objects.count())
    assert 0 == run("audit_ledger")[0]
