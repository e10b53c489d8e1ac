"""A chosen route is what the engine is told to send, or nothing is begun at all."""

from __future__ import annotations

import pytest

from payments.ledger.accounts import Account
from payments.models import AccountBalance, EngineCommand, LedgerEntry, PaymentRecord
from payments.nodes.commands import PayInvoice, ProbeRoute, decode_command
from payments.queries.chosen_routes import open_route
from payments.queries.errors import ChosenRouteGone, ChosenRouteNotOurs
from payments.queries.preview import preview_payment
from payments.services.pay_invoice import pay_invoice
from payments.services.probe_route import probe_route
from tests.graphs import node, scid
from tests.unit.queries.small_world import announce, build, set_price
from tests.unit.services.wallet import ID, NEXT_SCID, RELAY, SHOP, hash_of, make_invoice, refused

pytestmark = pytest.mark.django_db
REQUEST = "c3" * 16
OTHER_PREIMAGE = b"\x08" * 32


@pytest.fixture(autouse=True)
def two_ways() -> None:
    """us --- relay --- shop, and a cheaper way with one node more."""
    build()
    announce(scid(300), RELAY, node("cheap"), fee_base_msat=1)
    announce(scid(301), node("cheap"), SHOP, fee_base_msat=1)


def tokens(invoice: str) -> list[str]:
    return [route.token for route in preview_payment(invoice).routes]


def command() -> PayInvoice | ProbeRoute:
    wish = decode_command(EngineCommand.objects.get().arguments)
    assert isinstance(wish, PayInvoice | ProbeRoute)
    return wish


@pytest.mark.parametrize("choice", [0, 1])
def test_exactly_the_chosen_route_is_in_the_engines_command(choice: int) -> None:
    invoice = make_invoice()
    token = tokens(invoice)[choice]
    pay_invoice(invoice, payment_id=ID, route_token=token)
    assert open_route(token, payment_hash=hash_of(b"\x07" * 32)) == command().route


@pytest.mark.parametrize("choice", [0, 1])
def test_a_test_goes_along_the_chosen_route(choice: int) -> None:
    invoice = make_invoice()
    token = tokens(invoice)[choice]
    probe_route(invoice, request_id=REQUEST, route_token=token)
    assert open_route(token, payment_hash=hash_of(b"\x07" * 32)) == command().route


def test_without_a_choice_the_engine_finds_its_own() -> None:
    pay_invoice(make_invoice(), payment_id=ID)
    assert command().route is None


def nothing_was_begun(entries: int) -> bool:
    held = AccountBalance.objects.filter(account=Account.HELD, balance_msat__gt=0)
    return (
        not (PaymentRecord.objects.exists() or EngineCommand.objects.exists() or held.exists()) and entries == LedgerEntry.objects.count()
    )


def test_a_route_that_went_away_begins_nothing() -> None:
    invoice, entries = make_invoice(), LedgerEntry.objects.count()
    direct = next(route.token for route in preview_payment(invoice).routes if len(route.paths[0].hops) == 2)
    for direction in (0, 1):
        set_price(NEXT_SCID, direction, fee_base_msat=1_001, timestamp_s=1_700_000_001)
    refused(ChosenRouteGone, pay_invoice, invoice, payment_id=ID, route_token=direct)
    refused(ChosenRouteGone, probe_route, invoice, request_id=REQUEST, route_token=direct)
    assert nothing_was_begun(entries)


def test_a_route_that_we_did_not_show_begins_nothing() -> None:
    invoice, entries = make_invoice(), LedgerEntry.objects.count()
    for token in (tokens(make_invoice(preimage=OTHER_PREIMAGE))[0], "x", tokens(invoice)[0][:-1]):
        refused(ChosenRouteNotOurs, pay_invoice, invoice, payment_id=ID, route_token=token)
        refused(ChosenRouteNotOurs, probe_route, invoice, request_id=REQUEST, route_token=token)
    assert nothing_was_begun(entries)


def test_the_same_payment_asked_for_again_is_the_first_even_when_its_route_is_gone() -> None:
    invoice = make_invoice()
    token = tokens(invoice)[0]
    pay_invoice(invoice, payment_id=ID, route_token=token)
    assert ID == pay_invoice(invoice, payment_id=ID, route_token="gone")
