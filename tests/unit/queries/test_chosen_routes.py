"""What comes back from a browser is a route that we showed for this very invoice, and still goes; or nothing is sent."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from msgspec import msgpack

from payments.models import ChannelRecord, NodeRecord
from payments.queries.chosen_routes import chosen_route, open_route, seal_route
from payments.queries.errors import ChosenRouteGone, ChosenRouteNotOurs
from payments.queries.preview import preview_payment
from payments.queries.terms import Terms, read_terms
from tests.unit.queries.small_world import build, set_price
from tests.unit.services.wallet import NEXT_SCID, hash_of, make_invoice, refused

pytestmark = pytest.mark.django_db
LATER_S = 1_700_000_001


@pytest.fixture
def shown() -> tuple[str, Terms]:
    """A token of the page, and what it was shown for."""
    build()
    invoice = make_invoice()
    return preview_payment(invoice).routes[0].token, terms_of(invoice)


def terms_of(invoice: str, *, amount_msat: int | None = None, fee_limit_msat: int | None = None) -> Terms:
    return read_terms(invoice, amount_msat=amount_msat, fee_limit_msat=fee_limit_msat)


def raise_price(fee_base_msat: int) -> None:
    for direction in (0, 1):
        set_price(NEXT_SCID, direction, fee_base_msat=fee_base_msat, timestamp_s=LATER_S)


def test_what_was_shown_comes_back_as_it_was(shown) -> None:
    token, terms = shown
    route = chosen_route(token, terms)
    assert route is not None
    assert (1_000_000, 1_100) == (route.total_amount_msat, route.total_fees_msat)
    assert token == seal_route(route, payment_hash=terms.invoice.payment_hash)


def test_nobody_has_to_choose(shown) -> None:
    assert chosen_route("", shown[1]) is None


def altered(token: str) -> list[str]:
    body, _, seal = token.rpartition(":")
    other = urlsafe_b64encode(msgpack.encode({"paths": []})).decode()
    flipped = ("A" if token[0] != "A" else "B") + token[1:]
    return [flipped, token[:-1], token + "x", body, f"{other}:{seal}", ":", "\x00", "é", "[]", token.replace(":", "::"), "x" * 100_000]


def test_a_token_that_was_altered_is_not_ours(shown) -> None:
    token, terms = shown
    for text in altered(token):
        refused(ChosenRouteNotOurs, chosen_route, text, terms)


def test_a_token_of_another_invoice_is_not_ours(shown) -> None:
    token, _terms = shown
    other = make_invoice(preimage=b"\x08" * 32)
    refused(ChosenRouteNotOurs, chosen_route, token, terms_of(other))
    refused(ChosenRouteNotOurs, open_route, token, payment_hash=hash_of(b"\x08" * 32))


def test_a_dearer_channel_makes_it_stale_and_a_cheaper_one_does_not(shown) -> None:
    token, terms = shown
    raise_price(999)
    assert chosen_route(token, terms) is not None
    build_again_with_price(1_001)
    refused(ChosenRouteGone, chosen_route, token, terms)


def build_again_with_price(fee_base_msat: int) -> None:
    for direction in (0, 1):
        set_price(NEXT_SCID, direction, fee_base_msat=fee_base_msat, timestamp_s=LATER_S + 1)


def test_a_channel_of_ours_that_went_away_makes_it_stale(shown) -> None:
    token, terms = shown
    ChannelRecord.objects.update(is_usable=False)
    refused(ChosenRouteGone, chosen_route, token, terms)


def test_our_balance_must_still_hold_amount_and_fee(shown) -> None:
    token, terms = shown
    ChannelRecord.objects.update(next_outbound_htlc_limit_msat=1_001_100)
    assert chosen_route(token, terms) is not None
    ChannelRecord.objects.update(next_outbound_htlc_limit_msat=1_001_099)
    refused(ChosenRouteGone, chosen_route, token, terms)


def test_it_is_held_to_the_limit_that_came_back_with_it(shown) -> None:
    token, terms = shown
    assert chosen_route(token, terms_of(terms.invoice.text, fee_limit_msat=1_100)) is not None
    refused(ChosenRouteGone, chosen_route, token, terms_of(terms.invoice.text, fee_limit_msat=1_099))


def test_a_route_for_one_amount_is_none_for_another(shown) -> None:
    invoice = make_invoice(None)
    token = preview_payment(invoice, amount_msat=2_000_000).routes[0].token
    assert chosen_route(token, terms_of(invoice, amount_msat=2_000_000)) is not None
    refused(ChosenRouteGone, chosen_route, token, terms_of(invoice, amount_msat=1_999_999))
    refused(ChosenRouteGone, chosen_route, token, terms_of(invoice))


def test_without_a_node_of_ours_nothing_goes(shown) -> None:
    token, terms = shown
    NodeRecord.objects.all().delete()
    refused(ChosenRouteGone, chosen_route, token, terms)
