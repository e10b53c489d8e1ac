"""What would be sent is known before what could be sent instead, and it is the same afterwards."""

from __future__ import annotations

import pytest

from payments.queries.plans import Asked, Plan, plans_for
from payments.queries.terms import read_terms
from payments.queries.viewpoints import own_viewpoint
from tests.graphs import node, scid
from tests.unit.queries.small_world import announce, build
from tests.unit.services.wallet import RELAY, SHOP, make_invoice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_world():
    build()
    announce(scid(300), RELAY, node("cheap"), fee_base_msat=1)
    announce(scid(301), node("cheap"), SHOP, fee_base_msat=1)


def plans(amount_msat: int, fee_limit_msat: int | None = None) -> list[Plan]:
    viewpoint = own_viewpoint()
    assert viewpoint is not None
    terms = read_terms(make_invoice(amount_msat), amount_msat=None, fee_limit_msat=fee_limit_msat)
    return list(plans_for(Asked(terms=terms, viewpoint=viewpoint, chosen_fee_limit_msat=fee_limit_msat)))


def test_first_what_would_be_sent_and_then_all_with_it_at_the_head() -> None:
    first, whole = plans(1_000_000)
    ((balanced, why),) = first.routes
    assert (False, True) == (first.is_whole, whole.is_whole)
    assert ("balanced",) == balanced.virtues
    assert (balanced.route, why) == (whole.routes[0][0].route, whole.routes[0][1])
    assert 2 == len(whole.routes)
    assert {"balanced", "cheapest", "likeliest", "fewest_hops"} <= {name for each, _why in whole.routes for name in each.virtues}


def test_without_a_route_the_reason_and_what_would_help_are_all() -> None:
    (whole,) = plans(1_000_000, 1)
    assert whole.is_whole
    assert ((), 1) == (whole.routes, whole.remedy.value_sat if whole.remedy else None)
    assert whole.no_route is not None
    assert 202 == whole.no_route.needed_fee_msat
