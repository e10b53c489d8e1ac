"""A test of a route: asked for once, told as it went, and nothing of it in the ledger or among the payments."""

from __future__ import annotations

import msgspec
import pytest
from django.db import transaction

from payments.lightning.events import LocalFailure, ProbeFailed, ProbeSuccessful
from payments.lightning.ids import PaymentId
from payments.lightning.invoice.errors import InvoiceExpired
from payments.lightning.payment.probe import ProbeSendFailure
from payments.lightning.wire.failures import FailureCode
from payments.models import AccountBalance, EngineCommand, LedgerEntry, PaymentRecord, ProbeRecord
from payments.nodes.commands import CommandRefused, ProbeRoute, ProbesSent, decode_command
from payments.queries.changes import changes_since
from payments.queries.errors import AmountMissing
from payments.queries.probes import route_test
from payments.queries.shapes import HopState, RouteTestShape
from payments.services.errors import PaymentIdMalformed
from payments.services.probe_route import probe_route
from payments.services.record_event import handle_pending_events
from tests.unit.queries.small_world import build
from tests.unit.services.wallet import NEXT_SCID, make_invoice, path_to_shop, refused, tell

pytestmark = pytest.mark.django_db
REQUEST = "c3" * 16
PROBE, OTHER_PROBE = (PaymentId(bytes([number]) * 32) for number in (0x11, 0x22))


@pytest.fixture(autouse=True)
def small_world():
    build()


def shown() -> RouteTestShape:
    test = route_test(REQUEST, user_id=None)
    assert test is not None
    return test


def answer(result: ProbesSent | CommandRefused) -> None:
    """What the engine makes of the command."""
    state = EngineCommand.State.DONE if isinstance(result, ProbesSent) else EngineCommand.State.REFUSED
    EngineCommand.objects.update(state=state, result=msgspec.to_builtins(result))
    handle_pending_events()


def reached(probe_id: PaymentId = PROBE) -> ProbeSuccessful:
    return ProbeSuccessful(payment_id=probe_id, payment_hash=bytes(32), path=path_to_shop())


def stopped(probe_id: PaymentId = PROBE, **changes: object) -> ProbeFailed:
    ordinary = ProbeFailed(
        payment_id=probe_id,
        payment_hash=bytes(32),
        path=path_to_shop(),
        failing_hop=0,
        failure_code=int(FailureCode.TEMPORARY_CHANNEL_FAILURE),
        short_channel_id=NEXT_SCID,
    )
    return msgspec.structs.replace(ordinary, **changes)


@pytest.fixture
def under_way():
    probe_route(make_invoice(), request_id=REQUEST)
    answer(ProbesSent(probe_ids=(PROBE.hex(),)))


def test_it_asks_the_engine_once_however_often_it_is_asked() -> None:
    invoice = make_invoice()
    assert [REQUEST, REQUEST] == [probe_route(invoice, request_id=REQUEST) for _ in range(2)]
    wish = ProbeRoute(request_id=REQUEST, invoice=invoice, amount_msat=1_000_000, fee_limit_msat=60_000)
    assert [wish] == [decode_command(command.arguments) for command in EngineCommand.objects.all()]
    assert ("asked", "The test is on its way. Nothing is paid by it.") == (shown().state, shown().headline)


def test_nothing_of_it_touches_the_ledger_or_the_payments() -> None:
    before = (LedgerEntry.objects.count(), list(AccountBalance.objects.order_by("pk").values()))
    probe_route(make_invoice(), request_id=REQUEST)
    answer(ProbesSent(probe_ids=(PROBE.hex(), OTHER_PROBE.hex())))
    tell(reached(), stopped(OTHER_PROBE))
    assert before == (LedgerEntry.objects.count(), list(AccountBalance.objects.order_by("pk").values()))
    assert 0 == PaymentRecord.objects.count()


def test_it_refuses_what_paying_would_refuse() -> None:
    refused(InvoiceExpired, probe_route, make_invoice(created_at_s=1_700_000_000), request_id=REQUEST)
    refused(AmountMissing, probe_route, make_invoice(None), request_id=REQUEST)
    refused(PaymentIdMalformed, probe_route, make_invoice(), request_id="x")
    assert route_test(REQUEST, user_id=None) is None


def test_one_that_reached_the_payee_says_that_the_route_would_carry_the_amount(under_way) -> None:
    assert "asked" == shown().state
    tell(reached())
    assert ("reached", "") == (shown().state, shown().refusal)
    assert "The test reached the recipient: this route would carry 1,000 sat now. Nothing was paid." == shown().headline


def test_one_that_stopped_says_where_and_why(under_way) -> None:
    tell(stopped())
    (probe,) = shown().probes
    assert ("stopped", "Relay", "temporary_channel_failure") == (shown().state, probe.failing_node, probe.failure_code)
    assert "A channel on the way could not carry this amount just now." == probe.sentence
    assert [HopState.PASSED, HopState.BROKEN] == [hop.state for hop in probe.path.hops]


def test_what_our_own_side_ended_is_told_as_that(under_way) -> None:
    tell(stopped(failing_hop=None, failure_code=None, short_channel_id=None, local_failure=LocalFailure.ON_CHAIN))
    (probe,) = shown().probes
    assert "Our own channel was closed meanwhile, and the chain gave the money back." == probe.sentence


def test_all_parts_must_reach_the_payee() -> None:
    probe_route(make_invoice(), request_id=REQUEST)
    answer(ProbesSent(probe_ids=(PROBE.hex(), OTHER_PROBE.hex())))
    tell(reached())
    assert "asked" == shown().state
    tell(reached(OTHER_PROBE))
    assert "reached" == shown().state


def test_a_part_that_was_not_sent_is_no_success() -> None:
    probe_route(make_invoice(), request_id=REQUEST)
    answer(ProbesSent(probe_ids=(PROBE.hex(),), refusal="channel_refused"))
    tell(reached())
    assert ("stopped", "Our own channel could not take the test just now.") == (shown().state, shown().refusal)


@pytest.mark.parametrize("reason", ProbeSendFailure)
def test_every_refusal_has_a_sentence(reason: ProbeSendFailure) -> None:
    probe_route(make_invoice(), request_id=REQUEST)
    answer(CommandRefused(error=reason.value))
    assert "stopped" == shown().state
    assert shown().refusal.endswith(".")


def test_an_answer_that_is_heard_before_its_command_is_kept_for_it() -> None:
    probe_route(make_invoice(), request_id=REQUEST)
    tell(stopped())
    assert "asked" == shown().state
    answer(ProbesSent(probe_ids=(PROBE.hex(),)))
    assert ("stopped", 1) == (shown().state, ProbeRecord.objects.count())


def test_the_page_is_told_when_it_is_asked_for_sent_and_answered() -> None:
    cursor, _ = changes_since(None)
    for step in (
        lambda: probe_route(make_invoice(), request_id=REQUEST),
        lambda: answer(ProbesSent(probe_ids=(PROBE.hex(),))),
        lambda: tell(reached()),
    ):
        with transaction.atomic():
            step()
        cursor, groups = changes_since(cursor)
        assert (f"probe.{REQUEST}",) == groups
