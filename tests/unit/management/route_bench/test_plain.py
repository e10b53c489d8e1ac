"""The fixed prices that libraries get are those of the scorer."""

from __future__ import annotations

import numpy as np
import pytest

from payments.lightning.routing.finder import usage_of
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.management.route_bench.libraries import igraph_paths, networkx_paths, scipy_paths
from payments.management.route_bench.plain import PlainPrices
from tests.graphs import node
from tests.unit.management.route_bench.nets import RING

PRICES = PlainPrices(RING)
NOBODY = -1


@pytest.mark.parametrize("amount_msat", [1_000_000, 40_000_000, 700_000_000])
def test_each_price_is_fee_and_penalty(amount_msat):
    scorer = ProbabilisticScorer(RING)
    for half_place, price in zip(PRICES.half.tolist(), PRICES.prices(amount_msat, payer=NOBODY).tolist(), strict=True):
        half = RING.half_at(half_place)
        usage = usage_of(half, amount_msat)
        penalty_msat = scorer.channel_penalty_msat(half.channel.short_channel_id, source=half.source, target=half.target, usage=usage)
        assert abs(half.policy.fee_msat(amount_msat) + penalty_msat - price) < 4


def test_one_price_alone_is_the_same():
    alone = [PRICES.price_of(row, 40_000_000) for row in PRICES.columns()]

    assert np.allclose(PRICES.prices(40_000_000, payer=NOBODY), [np.inf if price is None else price for price in alone])


def test_what_does_not_go_costs_everything_and_ones_own_channels_nothing():
    alice = RING.node_place(node("alice"))
    prices = PRICES.prices(900_000_000, payer=alice)
    carries = PRICES.most >= 900_000_000

    assert {0.0} == set(prices[(PRICES.source == alice) & carries])
    assert {np.inf} == set(prices[~carries])
    assert not carries.all()


@pytest.mark.parametrize("library", [networkx_paths, scipy_paths, igraph_paths])
def test_a_library_finds_the_cheapest_nodes(library):
    path_of = library(PRICES)
    if path_of is None:
        pytest.skip(f"{library.__name__}: the library is not installed")
    alice, carol, dave, far = (RING.node_place(node(name)) for name in ("alice", "carol", "dave", "far away"))

    assert [carol, dave] == sorted(path_of(dave, carol, 5_000_000), key=[carol, dave].index)
    assert not path_of(far, alice, 5_000_000)
