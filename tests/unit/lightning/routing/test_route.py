"""A route: LDK's two figures a hop, and the sums that follow from them."""

from __future__ import annotations

import pytest

from payments.lightning.routing.route import HopFigures, Path, Route, RouteHop
from tests.graphs import node, scid


def path() -> Path:
    """Alice pays carol 1,000,000 msat through bob and dave: bob keeps 2,000, dave 1,100."""
    return Path(
        hops=(
            RouteHop(node_id=node("bob"), short_channel_id=scid(1), fee_msat=2_000, cltv_expiry_delta=40),
            RouteHop(node_id=node("dave"), short_channel_id=scid(2), fee_msat=1_100, cltv_expiry_delta=34),
            RouteHop(node_id=node("carol"), short_channel_id=scid(3), fee_msat=1_000_000, cltv_expiry_delta=21),
        )
    )


def test_the_last_hops_fee_is_what_the_payee_gets() -> None:
    assert (1_000_000, 3_100, 1_003_100, 95) == (
        path().final_value_msat,
        path().fee_msat,
        path().total_amount_msat,
        path().total_cltv_expiry_delta,
    )


@pytest.mark.parametrize(("index", "amount_msat", "delta"), [(0, 1_003_100, 95), (1, 1_001_100, 55), (2, 1_000_000, 21)])
def test_each_channel_carries_what_is_left_of_the_way(index: int, amount_msat: int, delta: int) -> None:
    assert amount_msat == path().amount_at(index)
    assert delta == path().cltv_expiry_delta_at(index)


def test_figures_say_what_enters_each_channel_and_what_its_far_node_keeps() -> None:
    assert (
        HopFigures(
            node_id=node("dave"),
            short_channel_id=scid(2),
            amount_msat=1_001_100,
            fee_msat=1_100,
            cltv_expiry_delta=34,
            total_cltv_expiry_delta=55,
        )
        == path().figures()[1]
    )
    assert [2_000, 1_100, 0] == [figure.fee_msat for figure in path().figures()]


def test_several_paths_add_up_and_the_slowest_counts() -> None:
    single = Path(hops=(RouteHop(node_id=node("carol"), short_channel_id=scid(9), fee_msat=500, cltv_expiry_delta=200),))
    route = Route(paths=(path(), single))
    assert (1_000_500, 3_100, 200) == (route.total_amount_msat, route.total_fees_msat, route.total_cltv_expiry_delta)
