"""Payments, balances, shops and nodes as pages ask for them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from payments.ledger.accounts import HOUSE_ID
from payments.lightning.events import PaymentFailureReason
from payments.models import AttemptRecord, InvoiceRequest, NodeRecord, PaymentRecord
from payments.queries.balances import balance
from payments.queries.history import ROWS_A_PAGE, history_page
from payments.queries.nodes import sandbox_nodes
from payments.queries.payments import payment_page
from payments.queries.shapes import BalanceShape, HopState
from payments.queries.shops import shop, shop_invoice, shops
from payments.services.pay_invoice import pay_invoice
from payments.services.stop_payment import stop_payment
from tests.unit.queries.small_world import build
from tests.unit.services.wallet import FEE_MSAT, ID, PREIMAGE, failed, make_invoice, path_failed, path_successful, sent, started, tell

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_world():
    build()


@pytest.fixture
def under_way():
    pay_invoice(make_invoice(), payment_id=ID)


def hop_states(number: int = 0) -> list[HopState]:
    return [hop.state for hop in payment_page(ID, None).attempts[number].path.hops]


def test_a_payment_that_is_not_there_has_no_page() -> None:
    assert payment_page("ff" * 32, None) is None


def test_a_new_payment_has_moved_no_money(under_way) -> None:
    page = payment_page(ID, None)
    assert ("checking", "No money has left yet.", True) == (page.status, page.headline, page.can_stop)


def test_an_attempt_on_its_way_moves_and_says_when_it_ends_at_the_latest(under_way) -> None:
    tell(started())
    page = payment_page(ID, None)
    assert ("sending", "sent", HopState.MOVING) == (page.status, page.attempts[0].state, page.attempts[0].path.state)
    assert "At the latest it is settled at block 800,061, in about 10 hours: paid, or back with you." == page.latest_resolution


def test_a_failed_attempt_breaks_at_the_channel_that_is_blamed(under_way) -> None:
    tell(started(), path_failed())
    (attempt,) = payment_page(ID, None).attempts
    assert [HopState.PASSED, HopState.BROKEN] == hop_states()
    assert ("temporary_channel_failure", "Relay") == (attempt.failure_code, attempt.failing_node)
    assert "This try came back. A channel on the way could not carry this amount just now." == attempt.sentence


def test_a_failure_that_nobody_can_be_blamed_for_breaks_nowhere(under_way) -> None:
    tell(started(), path_failed(code=None, failing_hop=None))
    AttemptRecord.objects.update(blamed_short_channel_id="")
    assert [HopState.UNREACHED] * 2 == hop_states()
    assert "garbled" in payment_page(ID, None).attempts[0].sentence


def test_without_a_blamed_channel_the_one_after_the_failing_node_breaks(under_way) -> None:
    tell(started(), path_failed(failing_hop=0))
    AttemptRecord.objects.update(blamed_short_channel_id="")
    assert [HopState.PASSED, HopState.BROKEN] == hop_states()


def test_money_without_an_answer_is_held_and_must_not_be_paid_again(under_way) -> None:
    tell(started())
    AttemptRecord.objects.update(sent_at=timezone.now() - timedelta(seconds=31))
    page = payment_page(ID, None)
    assert "held" == page.status == history_page(HOUSE_ID).rows[0].status
    assert "Do not pay again" in page.explanation
    assert "sending" == PaymentRecord.objects.get().status, "held is a matter of the clock and never stored"


def test_a_stopped_payment_cannot_be_stopped_again(under_way) -> None:
    tell(started())
    stop_payment(ID)
    page = payment_page(ID, None)
    assert ("stopping", False) == (page.status, page.can_stop)


@pytest.fixture
def one_part_is_out(under_way):
    """Of two parts one has come back, and nothing followed it."""
    tell(started(amount_msat=400_000), started(number=2, amount_msat=600_000), path_failed(number=2))


def test_a_part_whose_rest_will_not_follow_is_not_called_a_payment_on_its_way(one_part_is_out) -> None:
    page = payment_page(ID, None)
    assert "stopping" == page.status == history_page(HOUSE_ID).rows[0].status
    assert (False, "No new try will be made.") == (page.can_stop, page.headline)
    assert (
        "One part of it, 400 sat, is still out, and the rest will not follow, because nothing more can be tried. The recipient waits "
        "about a minute for a whole amount and then gives back what it has. Do not pay again before it is back."
    ) == page.explanation


def test_a_part_is_said_to_be_late_only_when_it_is(one_part_is_out) -> None:
    AttemptRecord.objects.update(sent_at=timezone.now() - timedelta(seconds=80))
    page = payment_page(ID, None)
    assert "held" == page.status
    assert "waits about a minute" in page.explanation
    AttemptRecord.objects.update(sent_at=timezone.now() - timedelta(seconds=100))
    assert "It takes longer than usual" in payment_page(ID, None).explanation


def test_all_parts_out_are_a_payment_on_its_way_until_somebody_stops_it(under_way) -> None:
    tell(started(amount_msat=400_000), started(number=2, amount_msat=600_000))
    assert ("sending", True) == (payment_page(ID, None).status, payment_page(ID, None).can_stop)
    stop_payment(ID)
    assert "What is out already may still arrive" in payment_page(ID, None).explanation
    tell(path_failed(number=2))
    assert "because you stopped the payment" in payment_page(ID, None).explanation


def test_a_part_that_is_replaced_at_once_leaves_the_payment_on_its_way(one_part_is_out) -> None:
    tell(started(number=3, amount_msat=600_000))
    assert ("sending", True) == (payment_page(ID, None).status, payment_page(ID, None).can_stop)


def test_a_paid_payment_shows_its_proof(under_way) -> None:
    tell(started(), sent(), path_successful())
    page = payment_page(ID, None)
    assert ("paid", PREIMAGE.hex(), FEE_MSAT, "") == (page.status, page.payment_preimage, page.fee_paid_msat, page.latest_resolution)
    assert [HopState.PASSED] * 2 == hop_states()


def test_what_was_on_its_way_has_arrived_as_soon_as_the_proof_is_here(under_way) -> None:
    tell(started(), path_failed(), started(number=2), sent())
    assert ["failed", "succeeded"] == [attempt.state for attempt in payment_page(ID, None).attempts]
    assert [HopState.PASSED] * 2 == hop_states(1)


def test_stopped_and_held_says_both(under_way) -> None:
    tell(started())
    stop_payment(ID)
    AttemptRecord.objects.update(sent_at=timezone.now() - timedelta(seconds=31))
    assert payment_page(ID, None).explanation.startswith("No new try will be made. A node on the way")


def test_no_route_after_a_try_is_not_told_as_if_nothing_had_been_tried(under_way) -> None:
    tell(started(), path_failed(), failed(reason=PaymentFailureReason.ROUTE_NOT_FOUND))
    assert payment_page(ID, None).explanation.startswith("What was tried has come back, and there is no other route")


def test_no_route_at_all_says_where_to_look(under_way) -> None:
    tell(failed(reason=PaymentFailureReason.ROUTE_NOT_FOUND))
    assert payment_page(ID, None).explanation.startswith("There was no route for this amount")


def test_a_failed_payment_says_that_no_money_left(under_way) -> None:
    tell(started(), path_failed(), failed())
    page = payment_page(ID, None)
    assert ("failed", "retries_exhausted", "No money left your account.") == (page.status, page.reason, page.headline)
    assert not page.can_stop


def test_a_payments_page_takes_four_statements_however_many_attempts(under_way, django_assert_num_queries) -> None:
    tell(started())
    with django_assert_num_queries(4):
        payment_page(ID, None)
    tell(
        path_failed(),
        *(event for number in range(2, 7) for event in (started(number=number), path_failed(number=number))),
        started(number=7),
    )
    with django_assert_num_queries(4):
        payment_page(ID, None)


def rows(count: int) -> None:
    now = timezone.now()
    PaymentRecord.objects.bulk_create(
        PaymentRecord(
            payment_id=f"{number:064x}",
            account_id=1,
            payment_hash=f"{number:064x}",
            payee="02" * 33,
            amount_msat=1,
            fee_limit_msat=0,
            status="failed",
            created_at=now - timedelta(seconds=number),
            expires_at=now,
        )
        for number in range(count)
    )


def test_the_list_is_newest_first_and_has_pages(django_assert_num_queries) -> None:
    rows(2 * ROWS_A_PAGE + 1)
    with django_assert_num_queries(6):
        first = history_page(HOUSE_ID)
    assert (ROWS_A_PAGE, 1, 3) == (len(first.rows), first.number, first.pages)
    assert ["0" * 64, "0" * 63 + "1"] == [row.id for row in first.rows[:2]]
    assert (1, 3) == (len(history_page(HOUSE_ID, page=3).rows), history_page(HOUSE_ID, page=3).number)
    assert history_page(HOUSE_ID, page=3) == history_page(HOUSE_ID, page=99)
    assert history_page(HOUSE_ID) == history_page(HOUSE_ID, page=-5)


def test_an_empty_list_has_one_empty_page() -> None:
    assert ((), 1, 1) == (history_page(HOUSE_ID).rows, history_page(HOUSE_ID).number, history_page(HOUSE_ID).pages)


def test_the_balance_is_what_may_be_spent_and_what_is_set_aside(under_way, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert BalanceShape(available_msat=8_940_000, held_msat=1_060_000) == balance()


def test_shops_are_the_nodes_that_sell() -> None:
    assert ["coffee"] == [chosen.slug for chosen in shops()]
    assert shops()[0] == shop("coffee")
    assert shop("relay") is None


def test_a_requested_invoice_appears_when_it_is_made() -> None:
    InvoiceRequest.objects.create(request_id="r1", node="coffee", description="Tea", expiry_s=60)
    assert ("", None, "") == (shop_invoice("r1").invoice, shop_invoice("r1").expires_at, shop_invoice("r1").refusal)
    invoice = make_invoice(created_at_s=1_700_000_000)
    InvoiceRequest.objects.update(state="made", invoice=invoice)
    assert (invoice, "2023-11-14T23:13:20+00:00") == (shop_invoice("r1").invoice, shop_invoice("r1").expires_at.isoformat())
    assert shop_invoice("r2") is None


def test_a_refused_request_has_a_sentence() -> None:
    InvoiceRequest.objects.create(request_id="r1", node="coffee", expiry_s=60, state="refused", refusal="unknown_shop")
    assert "The shop's node did not make this invoice (unknown shop). Ask for another one." == shop_invoice("r1").refusal


def test_all_nodes_are_listed_by_role() -> None:
    assert [("own", "own"), ("relay", "routing"), ("coffee", "shop")] == [(node.slug, node.role) for node in sandbox_nodes()]
    assert 3 == NodeRecord.objects.count()
