from __future__ import annotations

import pytest

from payments.lightning.invoice.errors import InvoiceExpired
from payments.models import ChannelRecord, LedgerEntry, NodeRecord, PaymentRecord
from payments.queries.errors import AmountDiffers
from payments.queries.preview import preview_payment
from payments.queries.shapes import HopState
from payments.services.pay_invoice import pay_invoice
from tests.unit.queries.small_world import build, set_price
from tests.unit.services.wallet import ID, NEXT_SCID, make_invoice, refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_world():
    build()


def test_it_shows_the_way_the_fee_and_the_lock_time() -> None:
    preview = preview_payment(make_invoice(1_000_000))
    route = preview.routes[0]
    assert (1_000_000, 1_100, 60_000) == (preview.amount_msat, route.fee_msat, preview.fee_limit_msat)
    (path,) = route.paths
    assert ["Relay", "Coffee"] == [hop.name for hop in path.hops]
    assert [1_001_100, 1_000_000] == [hop.amount_msat for hop in path.hops]
    assert route.fee_msat == sum(hop.fee_msat for hop in path.hops)
    assert route.total_cltv_expiry_delta == sum(hop.cltv_expiry_delta for hop in path.hops)
    assert route.lock_time_s == route.total_cltv_expiry_delta * 600
    assert {HopState.PLANNED} == {hop.state for hop in path.hops}
    assert ("Coffee", "One coffee", "") == (preview.invoice.payee_name, preview.invoice.description, preview.no_route)


def test_it_changes_nothing() -> None:
    entries = LedgerEntry.objects.count()
    preview_payment(make_invoice())
    assert (0, entries) == (PaymentRecord.objects.count(), LedgerEntry.objects.count())


def test_the_same_question_gets_the_same_answer() -> None:
    invoice = make_invoice()
    assert preview_payment(invoice) == preview_payment(invoice)


def test_an_open_amount_is_asked_for_before_a_route_is() -> None:
    preview = preview_payment(make_invoice(None))
    assert (None, (), "") == (preview.amount_msat, preview.routes, preview.no_route)
    assert 2_000_000 == preview_payment(make_invoice(None), amount_msat=2_000_000).routes[0].paths[0].amount_msat


@pytest.mark.parametrize(
    ("amount_msat", "fee_limit_msat", "sentence"),
    [
        (1_000_000, 1_099, "There is a route, but it costs 1.100 sat, which is more than the fee limit."),
        (20_000_000, None, "At most 9,998.001 sat can be sent to this recipient from our channels now."),
    ],
)
def test_without_a_route_it_says_what_would_help(amount_msat: int, fee_limit_msat: int | None, sentence: str) -> None:
    preview = preview_payment(make_invoice(amount_msat), fee_limit_msat=fee_limit_msat)
    assert (None, ()) == (preview.first, preview.routes)
    assert sentence == preview.no_route


def test_a_price_that_somebody_announced_is_in_the_next_preview() -> None:
    assert 1_100 == preview_payment(make_invoice()).routes[0].fee_msat
    for direction in (0, 1):
        set_price(NEXT_SCID, direction, fee_base_msat=2_000, timestamp_s=1_700_000_001)
    assert 2_100 == preview_payment(make_invoice()).routes[0].fee_msat


def test_a_channel_that_is_down_is_not_planned_with() -> None:
    ChannelRecord.objects.update(is_usable=False)
    assert "Our channels can send nothing" in preview_payment(make_invoice()).no_route


def test_before_the_engine_has_run_it_says_so() -> None:
    NodeRecord.objects.all().delete()
    assert "has not started yet" in preview_payment(make_invoice()).no_route


def test_an_invoice_that_is_being_paid_points_to_its_payment() -> None:
    pay_invoice(make_invoice(), payment_id=ID)
    assert ID == preview_payment(make_invoice()).existing_payment_id


def test_it_refuses_what_paying_would_refuse() -> None:
    refused(InvoiceExpired, preview_payment, make_invoice(created_at_s=1_700_000_000))
    refused(AmountDiffers, preview_payment, make_invoice(1_000), amount_msat=2_000)


def test_the_number_of_statements_does_not_grow_with_the_route(django_assert_num_queries) -> None:
    preview_payment(make_invoice())
    with django_assert_num_queries(8):
        preview_payment(make_invoice())
