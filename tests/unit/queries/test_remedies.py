"""What the page offers where there is no route really helps, and the next smaller change does not."""

from __future__ import annotations

import pytest

from payments.queries.preview import preview_payment
from payments.queries.shapes import PreviewShape, RemedyShape
from tests.graphs import channel
from tests.unit.queries.imported_world import invoice_of, write_map
from tests.unit.queries.small_world import build, set_price
from tests.unit.services.wallet import NEXT_SCID, make_invoice

pytestmark = pytest.mark.django_db
SAT = 1_000


@pytest.fixture(autouse=True)
def small_world(tmp_path, settings):
    settings.LNWEB_STATE_DIR = tmp_path
    build()


def ask_for(fee_base_msat: int) -> None:
    for direction in (0, 1):
        set_price(NEXT_SCID, direction, fee_base_msat=fee_base_msat, timestamp_s=1_700_000_001)


def remedy_of(preview: PreviewShape) -> RemedyShape:
    assert preview.routes == ()
    assert preview.remedy is not None
    return preview.remedy


@pytest.mark.parametrize(
    ("fee_base_msat", "least_sat"), [(1_900, 2), (1_901, 3), (60_900, 61)], ids=["whole sat", "one msat more", "above the default"]
)
def test_the_offered_fee_limit_goes_and_one_satoshi_less_does_not(fee_base_msat: int, least_sat: int) -> None:
    ask_for(fee_base_msat)
    chosen = None if fee_base_msat > 60_000 else SAT
    remedy = remedy_of(preview_payment(make_invoice(), fee_limit_msat=chosen))

    assert ("fee_limit", least_sat) == (remedy.field, remedy.value_sat)
    assert preview_payment(make_invoice(), fee_limit_msat=remedy.value_sat * SAT).routes
    assert not preview_payment(make_invoice(), fee_limit_msat=(remedy.value_sat - 1) * SAT).routes


def test_it_says_what_it_changes_and_from_what() -> None:
    assert "Allow 2 sat instead of 0.500 sat" == remedy_of(preview_payment(make_invoice(), fee_limit_msat=500)).words
    assert "Allow 2 sat instead of 0 sat" == remedy_of(preview_payment(make_invoice(), fee_limit_msat=0)).words
    assert "Make it 9,998 sat" == remedy_of(preview_payment(make_invoice(None), amount_msat=20_000_000)).words


@pytest.mark.parametrize("fee_limit_msat", [None, 3 * SAT])
def test_the_offered_amount_goes_and_one_satoshi_more_does_not(fee_limit_msat: int | None) -> None:
    def preview(amount_msat: int) -> PreviewShape:
        return preview_payment(make_invoice(None), amount_msat=amount_msat, fee_limit_msat=fee_limit_msat)

    remedy = remedy_of(preview(20_000_000))
    assert ("amount", 9_998) == (remedy.field, remedy.value_sat)
    assert preview(remedy.value_sat * SAT).routes
    assert not preview((remedy.value_sat + 1) * SAT).routes


def test_no_amount_is_offered_whose_own_fee_limit_would_be_too_small() -> None:
    ask_for(160_000)  # the default limit allows it for 20,000 sat, and not for what our channel holds
    preview = preview_payment(make_invoice(None), amount_msat=20_000_000)
    assert preview.no_route
    assert preview.remedy is None
    remedy = remedy_of(preview_payment(make_invoice(None), amount_msat=20_000_000, fee_limit_msat=200 * SAT))
    assert preview_payment(make_invoice(None), amount_msat=remedy.value_sat * SAT, fee_limit_msat=200 * SAT).routes


def test_an_amount_that_the_recipient_names_is_not_the_payers_to_change() -> None:
    preview = preview_payment(make_invoice(20_000_000))
    assert preview.no_route
    assert preview.remedy is None


def test_where_there_is_a_route_or_nothing_to_pay_yet_nothing_is_offered() -> None:
    assert preview_payment(make_invoice()).remedy is None
    assert preview_payment(make_invoice(None)).remedy is None


def test_a_rehearsal_is_helped_alike() -> None:
    write_map(channel("hub", "middle"), channel("middle", "far", fee_base_msat=2_001))
    assert 3 == remedy_of(preview_payment(invoice_of("far"), fee_limit_msat=0)).value_sat
