"""Figures of the routes to choose from: they add up, and no chance reads higher than it is."""

from __future__ import annotations

import pytest

from payments.queries.preview import preview_payment
from payments.queries.route_shapes import permille
from payments.queries.shapes import RouteShape
from tests.graphs import node, scid
from tests.unit.queries.small_world import announce, build
from tests.unit.services.wallet import NEXT_SCID, OUR_SCID, RELAY, SHOP, make_invoice

pytestmark = pytest.mark.django_db
CHEAP = node("cheap")


@pytest.fixture
def routes() -> tuple[RouteShape, ...]:
    """us --- relay --- shop for 1,100 msat, or over one node more for a tenth of it."""
    build()
    announce(scid(300), RELAY, CHEAP, fee_base_msat=1)
    announce(scid(301), CHEAP, SHOP, fee_base_msat=1)
    return preview_payment(make_invoice()).routes


def test_each_virtue_is_said_once_and_the_first_is_what_would_be_sent(routes) -> None:
    virtues = [virtue for route in routes for virtue in route.virtues]
    assert ["balanced", "cheapest", "fewest_hops", "likeliest"] == sorted(virtues)
    assert "balanced" == routes[0].virtues[0]
    assert 2 == len(routes)
    assert len({route.token for route in routes}) == len(routes)


def test_the_virtues_are_true(routes) -> None:
    by_virtue = {virtue: route for route in routes for virtue in route.virtues}
    assert min(route.fee_msat for route in routes) == by_virtue["cheapest"].fee_msat
    assert min(len(route.paths[0].hops) for route in routes) == len(by_virtue["fewest_hops"].paths[0].hops)
    assert max(route.chance_permille for route in routes) == by_virtue["likeliest"].chance_permille


def test_flat_and_proportional_parts_are_the_fee_and_the_fees_are_the_routes(routes) -> None:
    for route in routes:
        hops = [hop for path in route.paths for hop in path.hops]
        assert [hop.fee_msat for hop in hops] == [hop.fee_base_msat + hop.fee_proportional_msat for hop in hops]
        assert route.fee_msat == sum(hop.fee_msat for hop in hops)
        assert route.total_cltv_expiry_delta * 600 == route.lock_time_s


def test_a_hop_says_what_is_asked_known_and_believed(routes) -> None:
    (short,) = (route for route in routes if len(route.paths[0].hops) == 2)
    ours, theirs = short.paths[0].hops
    assert ["100x1x0", "101x2x1"] == [ours.short_channel_id, theirs.short_channel_id]
    assert (OUR_SCID, NEXT_SCID) == (100 << 40 | 1 << 16, 101 << 40 | 2 << 16 | 1)
    assert (1_000, 100) == (ours.fee_base_msat, ours.fee_proportional_msat)
    assert ((10_000_000, 10_000_000), 1_000, 0) == (ours.believed_msat, ours.chance_permille, ours.penalty_msat)
    assert (1_000_000_000, (0, 1_000_000_000)) == (theirs.capacity_msat, theirs.believed_msat)
    assert short.chance_permille == theirs.chance_permille
    assert 0 < theirs.penalty_msat


def test_why_names_what_weighed_most(routes) -> None:
    assert all(route.why.startswith("What weighed ") and route.why.endswith(".") for route in routes)


@pytest.mark.parametrize(
    ("chance", "expected"), [(None, None), (0.0, 0), (0.0009999, 0), (0.5, 500), (0.9995, 999), (0.9999999, 999), (1.0, 1_000)]
)
def test_no_chance_is_rounded_up(chance: float | None, expected: int | None) -> None:
    assert expected == permille(chance)
