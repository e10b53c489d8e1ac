"""A sandbox after a map: the shops and stories of the built-in one, everybody within reach, figures that the engine can live with."""

from __future__ import annotations

from collections import Counter

import networkx as nx
import pytest

from payments.lightning.channel.types import ChannelType
from payments.lightning.graph.gossip import decode_alias
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.sandbox.errors import MapTooSmall, NetworkSizeOutOfRange
from payments.sandbox.from_map import CAPACITIES_SAT, CLTV_DELTAS_BLOCKS, LEAST_NODES, MOST_NODES, network_from_map
from payments.sandbox.picking import MOST_CHANNELS
from payments.sandbox.topology import CHANNELS, NODES, Role, Topology
from payments.services.scenarios import SCENARIOS
from tests.drawn_maps import drawn_map
from tests.graphs import channel, network
from tests.mainnet import real_map

SEED = b"seed"
SIZES = (LEAST_NODES, 60, 120)


@pytest.fixture(scope="module", params=SIZES)
def topology(request: pytest.FixtureRequest) -> Topology:
    return network_from_map(drawn_map(200), nodes=request.param, seed=SEED)


def test_it_has_as_many_nodes_as_were_asked_for_and_the_first_is_ours() -> None:
    for nodes in SIZES:
        plans = network_from_map(drawn_map(200), nodes=nodes, seed=SEED).nodes
        assert nodes == len(plans)
        assert [Role.OWN] == [plan.role for plan in plans if plan.slug == "own"]
        assert "own" == plans[0].slug


def test_the_same_map_size_and_seed_draw_the_same() -> None:
    first, again, other = (network_from_map(drawn_map(200), nodes=60, seed=seed) for seed in (b"a", b"a", b"b"))

    assert first == again
    assert first != other


def test_everybody_can_be_reached(topology: Topology) -> None:
    graph = nx.Graph((plan.opener, plan.accepter) for plan in topology.channels)

    assert {plan.slug for plan in topology.nodes} == set(graph)
    assert nx.is_connected(graph)


def test_every_name_is_there_once_and_fits(topology: Topology) -> None:
    for names in ([plan.slug for plan in topology.nodes], [plan.name for plan in topology.nodes]):
        assert sorted(set(names)) == sorted(names)
    assert all(len(plan.name.encode()) <= 32 for plan in topology.nodes)


def test_our_node_and_the_shops_are_those_of_the_built_in_sandbox(topology: Topology) -> None:
    kept = [plan for plan in NODES if plan.role is not Role.ROUTING]
    edges = [plan for plan in CHANNELS if {plan.opener, plan.accepter} & {node.slug for node in kept}]

    assert kept == [plan for plan in topology.nodes if plan.role is not Role.ROUTING]
    assert edges == [plan for plan in topology.channels if {plan.opener, plan.accepter} & {node.slug for node in kept}]


def test_every_story_finds_its_nodes_and_channels(topology: Topology) -> None:
    slugs = {plan.slug for plan in topology.nodes}
    pairs = [{plan.opener, plan.accepter} for plan in topology.channels]
    for story in SCENARIOS:
        assert {story.shop, *(trouble.node for trouble in story.troubles)} <= slugs
        assert all({trouble.node, trouble.settings["peer"]} in pairs for trouble in story.troubles if "peer" in trouble.settings)


def test_our_channels_lead_to_the_well_connected() -> None:
    topology = network_from_map(drawn_map(200), nodes=120, seed=SEED)
    degree = Counter(slug for plan in topology.channels for slug in (plan.opener, plan.accepter))
    ours = [*({plan.opener, plan.accepter} - {"own"} for plan in topology.channels if "own" in {plan.opener, plan.accepter})]

    well_connected = {slug for slug, _ in degree.most_common(20)}
    assert 4 == len(ours)
    assert all(peer <= well_connected for peer in ours)


def test_every_figure_is_one_that_the_engine_can_ask_and_open(topology: Topology) -> None:
    for plan in topology.channels:
        if plan.opener_forwarding is None:
            continue
        assert plan.capacity_sat in CAPACITIES_SAT
        assert 0 < plan.opener_percent < 100
        for policy in (plan.opener_forwarding, plan.accepter_forwarding):
            assert policy.cltv_expiry_delta in CLTV_DELTAS_BLOCKS
            limit_msat = policy.htlc_maximum_msat or plan.capacity_sat * 1_000
            assert 1 <= policy.htlc_minimum_msat <= plan.capacity_sat * 10 <= limit_msat <= plan.capacity_sat * 1_000


def test_prices_are_those_of_the_map() -> None:
    snapshot = drawn_map(200)
    on_map = Counter(snapshot.fee_ppm.tolist())
    special = network_from_map(snapshot, nodes=120, seed=SEED).special_policies().values()

    assert {policy.fee_proportional_millionths for policy in special} <= set(on_map)
    assert len({policy.fee_proportional_millionths for policy in special}) > 3


def test_a_policy_is_taken_over_as_it_is_where_it_can_be() -> None:
    terms = {
        "capacity_sat": 4_000_000,
        "fee_base_msat": 7,
        "fee_proportional_millionths": 77,
        "cltv_expiry_delta": 70,
        "htlc_minimum_msat": 700,
        "htlc_maximum_msat": 1_000_000_000,
    }
    ring = [channel(f"node {number}", f"node {(number + 1) % 15}", **terms) for number in range(15)]
    plans = network_from_map(GraphSnapshot.of(network(*ring)), nodes=LEAST_NODES, seed=SEED)

    (policy,) = set(plans.special_policies().values())
    assert (7, 77, 70, 700) == (
        policy.fee_base_msat,
        policy.fee_proportional_millionths,
        policy.cltv_expiry_delta,
        policy.htlc_minimum_msat,
    )
    assert 500_000_000 == policy.htlc_maximum_msat, "a quarter of 4,000,000 sat is a quarter of the 2,000,000 that they become"


def test_most_channels_lie_nearly_all_on_one_side() -> None:
    shares = [plan.opener_percent for plan in network_from_map(drawn_map(200), nodes=150, seed=SEED).channels if plan.opener_forwarding]
    outside = [share for share in shares if not 20 < share < 80]

    assert 60 < 100 * len(outside) // len(shares) < 80, "69 in a hundred by the density"
    assert 2 * min(sum(share < 50 for share in outside), sum(share > 50 for share in outside)) > len(outside) // 2, "either side"


def test_both_kinds_of_channel_are_there(topology: Topology) -> None:
    assert set(ChannelType) == {plan.channel_type for plan in topology.channels}


@pytest.mark.parametrize("nodes", [-1, 0, LEAST_NODES - 1, MOST_NODES + 1, 1 << 70])
def test_a_size_that_cannot_be_is_refused(nodes: int) -> None:
    with pytest.raises(NetworkSizeOutOfRange) as refusal:
        network_from_map(drawn_map(200), nodes=nodes, seed=SEED)

    assert (nodes, LEAST_NODES, MOST_NODES) == (refusal.value.nodes, refusal.value.least, refusal.value.limit)


def test_a_map_that_is_too_small_says_how_far_it_would_reach() -> None:
    snapshot = drawn_map(40)
    with pytest.raises(MapTooSmall) as refusal:
        network_from_map(snapshot, nodes=100, seed=SEED)

    assert (100, 50) == (refusal.value.nodes, refusal.value.limit), "forty of the map, our node and nine shops"
    assert 50 == len(network_from_map(snapshot, nodes=50, seed=SEED).nodes)


@pytest.mark.parametrize("name", ["mainnet-2023-10-19.describegraph.json.gz", "small-1000.describegraph.json.gz"])
def test_two_hundred_nodes_of_a_real_map_look_like_it_and_bear_none_of_its_names(name: str) -> None:
    snapshot = real_map(name).snapshot
    topology = network_from_map(snapshot, nodes=200, seed=SEED)
    graph = nx.Graph((plan.opener, plan.accepter) for plan in topology.channels)
    degrees = sorted(dict(graph.degree).values())

    assert 200 == len(graph) == len(topology.nodes)
    assert nx.is_connected(graph)
    assert degrees[0] == 1
    assert MOST_CHANNELS // 2 < degrees[-1] < MOST_CHANNELS + 8
    assert degrees[100] <= 8
    assert not {decode_alias(alias).casefold() for alias in map(snapshot.aliases.__getitem__, range(snapshot.node_count))} & {
        plan.name.casefold() for plan in topology.nodes if plan.slug not in {known.slug for known in NODES}
    }
