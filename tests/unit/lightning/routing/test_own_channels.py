"""Our channels, known again from question to question, and never as they were before."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.routing.choosing import finder_for
from payments.lightning.routing.finder import ReadableFinder, Task
from payments.lightning.routing.own_channels import own_channels
from payments.lightning.routing.search import Limits, Terrain
from payments.lightning.scoring.scorer import FixedPenaltyScorer
from tests.graphs import channel, first_hop, network, node, scid, wish

AMOUNT_MSAT = 10_000_000
MAP = GraphSnapshot.of(
    network(
        channel("us", "bob"),
        channel("us", "carol"),
        channel("us", "leaf"),
        channel("bob", "dave"),
        channel("carol", "dave", fee_base_msat=9_000),
        channel("dave", "erin"),
        channel("erin", "lonely"),
    )
)
OURS = (
    first_hop("bob", number=1),
    first_hop("carol", number=2),
    first_hop("carol", number=92, limit_msat=20_000_000),
    first_hop("leaf", number=3),
)


def test_the_same_list_is_known_again_and_an_equal_one_is_not():
    again = tuple(replace(hop) for hop in OURS)

    assert own_channels(OURS) is own_channels(OURS)
    assert own_channels(again) is not own_channels(OURS)


def test_the_smallest_channel_to_a_peer_comes_first():
    assert [92, 2] == [hop.short_channel_id >> 40 for hop in own_channels(OURS).by_peer[node("carol")]]


def terrains() -> dict[str, Terrain]:
    """Questions with one list of channels, one after the other."""
    params = wish("erin", AMOUNT_MSAT)
    plain = Terrain(MAP, our_node_id=node("us"), params=params.payment_params, first_hops=OURS)
    way = ReadableFinder(FixedPenaltyScorer()).cheapest(plain, Task.of(params))
    assert way is not None
    return {
        "as listed": plain,
        "one has failed": plain.without([scid(1)]),
        "as listed again": plain,
        "a part takes most of it": plain.carrying(way.path(495_000_000), first_hop=way.first_hop),
        "all to one peer have failed": plain.without([scid(1), scid(2)]),
        "and as listed at last": plain,
    }


@pytest.mark.parametrize("first_hop_msat", [0, 400_000_000])
def test_what_has_changed_is_not_answered_from_memory(first_hop_msat):
    scorer = FixedPenaltyScorer()
    compiled, readable = finder_for(MAP, scorer), ReadableFinder(scorer)
    limits = replace(Limits.of(wish("erin", AMOUNT_MSAT)), first_hop_msat=first_hop_msat)
    task = Task(amount_msat=AMOUNT_MSAT, final_cltv_expiry_delta=18, limits=limits)
    ways = {name: (compiled.cheapest(terrain, task), readable.cheapest(terrain, task)) for name, terrain in terrains().items()}

    assert [] == [name for name, (fast, slow) in ways.items() if fast != slow]
    assert [1, 92] == [ways[name][0].first_hop.short_channel_id >> 40 for name in ("as listed", "one has failed")]


def test_a_peer_that_is_a_dead_end_for_others_leads_on_from_us():
    ours = (first_hop("lonely", number=77),)
    params = wish("erin", AMOUNT_MSAT)
    terrain = Terrain(MAP, our_node_id=node("us"), params=params.payment_params, first_hops=ours)
    way = finder_for(MAP, FixedPenaltyScorer()).cheapest(terrain, Task.of(params))

    assert way is not None
    assert [node("erin")] == [half.target for half in way.halves]


def test_a_peer_that_knows_only_us_is_paid_directly():
    params = wish("leaf", AMOUNT_MSAT)
    terrain = Terrain(MAP, our_node_id=node("us"), params=params.payment_params, first_hops=OURS)
    way = finder_for(MAP, FixedPenaltyScorer()).cheapest(terrain, Task.of(params))

    assert way is not None
    assert (3, ()) == (way.first_hop.short_channel_id >> 40, way.halves)
