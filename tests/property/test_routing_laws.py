"""
Laws of routes: what is returned keeps every limit and adds up, nothing cheaper exists, and what is said about no route is true to the msat.

The judge is a different program: it lists all simple paths with networkx and computes each one backwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from random import Random

import msgspec
import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.lightning.graph.network import ChannelHalf, NetworkGraph
from payments.lightning.ids import NodeId
from payments.lightning.invoice.invoice import HintHop, RouteHint
from payments.lightning.routing.errors import NoRoute, NoRouteReason
from payments.lightning.routing.explanation import explain_route
from payments.lightning.routing.finder import Aim, ReadableFinder, Task
from payments.lightning.routing.parameters import FirstHop, RouteParameters
from payments.lightning.routing.pinning import can_be_sent
from payments.lightning.routing.route import Path, Route
from payments.lightning.routing.router import find_route
from payments.lightning.routing.search import Terrain
from payments.lightning.scoring.scorer import FixedPenaltyScorer
from tests.graphs import channel, first_hop, network, node, scid, wish

NAMES = ["alice", "bob", "carol", "dave", "erin", "frank"]
SCORER = FixedPenaltyScorer(base_penalty_msat=50, base_penalty_amount_ppm=1_000)
OURS = 101  # the numbers of alice's channels begin here


class World(msgspec.Struct, frozen=True):
    """A map, alice's channels on it, and what she wishes."""

    graph: NetworkGraph
    first_hops: tuple[FirstHop, ...]
    params: RouteParameters

    def ask(self, params: RouteParameters | None = None) -> Route | NoRoute:
        """The router's answer."""
        return find_route(node("alice"), params=params or self.params, graph=self.graph, first_hops=self.first_hops, scorer=SCORER)


pairs = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] != pair[1])


@st.composite
def worlds(draw: st.DrawFn, *, minimum_msat: int = 0) -> World:
    """Up to 12 channels between six nodes; alice has up to three."""
    lines = [
        channel(
            *draw(pairs),
            capacity_sat=draw(st.integers(50, 400)),
            fee_base_msat=draw(st.integers(0, 3_000)),
            fee_proportional_millionths=draw(st.sampled_from([0, 0, 100, 20_000])),
            cltv_expiry_delta=draw(st.sampled_from([0, 18, 40, 144, 300])),
            htlc_minimum_msat=draw(st.integers(0, minimum_msat)),
            is_disabled=draw(st.integers(0, 9)) == 0,
            one_way=draw(st.booleans()),
        )
        for _ in range(draw(st.integers(1, 12)))
    ]
    peers = draw(st.lists(st.sampled_from(NAMES[1:]), min_size=1, max_size=3))
    first_hops = tuple(first_hop(peer, number=OURS + index, limit_msat=draw(st.integers(0, 300_000))) for index, peer in enumerate(peers))
    params = wish(
        draw(st.sampled_from(NAMES[1:])),
        draw(st.integers(1, 200_000)),
        fee_limit_msat=draw(st.integers(0, 12_000)),
        max_total_cltv_expiry_delta=draw(st.integers(18, 700)),
        max_path_length=draw(st.integers(1, 6)),
        previously_failed_channels=frozenset(draw(st.sets(st.sampled_from([*range(1, 13), OURS]).map(scid), max_size=2))),
    )
    return World(network(*lines), first_hops, params)


def cost_of(halves: list[ChannelHalf], hop: FirstHop, params: RouteParameters) -> int | None:
    """Fees and penalties of a way over our channel `hop` and then these; None when it breaks a limit."""
    payment = params.payment_params
    amount_msat, delta, cost = params.final_value_msat, payment.final_cltv_expiry_delta, 0
    for half in reversed(halves):
        policy = half.policy
        most_msat = min(policy.htlc_maximum_msat, half.channel.capacity_msat or policy.htlc_maximum_msat)
        is_failed = half.channel.short_channel_id in payment.previously_failed_channels
        if policy.is_disabled or is_failed or not policy.htlc_minimum_msat <= amount_msat <= most_msat:
            return None
        fee_msat = policy.fee_base_msat + amount_msat * policy.fee_proportional_millionths // 1_000_000
        cost += fee_msat + 50 + amount_msat * 1_000 // 1_000_000
        amount_msat += fee_msat
        delta += policy.cltv_expiry_delta
    fits = (
        hop.short_channel_id not in payment.previously_failed_channels
        and hop.next_outbound_htlc_minimum_msat <= amount_msat <= hop.next_outbound_htlc_limit_msat
        and amount_msat - params.final_value_msat <= params.max_total_routing_fee_msat
        and delta <= payment.max_total_cltv_expiry_delta
        and len(halves) + 1 <= payment.max_path_length
    )
    return cost if fits else None


def ways(world: World) -> Iterator[tuple[FirstHop, list[ChannelHalf]]]:
    """Every simple way from alice to the payee."""
    graph = world.graph.graph.copy()
    graph.remove_nodes_from([node("alice")])
    payee = world.params.payment_params.payee
    for hop in world.first_hops:
        peer = hop.counterparty_node_id
        if peer == payee:
            yield hop, []
        elif peer in graph and payee in graph:
            for edges in nx.all_simple_edge_paths(graph, peer, payee):
                yield hop, [graph.edges[edge]["half"] for edge in edges]


def halves_of(path: Path, graph: NetworkGraph) -> list[ChannelHalf]:
    """The directions of other nodes' channels on a path."""
    halves = [graph.half(after.short_channel_id, source=before.node_id) for before, after in pairwise(path.hops)]
    assert None not in halves
    assert [hop.node_id for hop in path.hops[1:]] == [half.target for half in halves]
    return halves


@settings(max_examples=300)
@given(world=worlds())
def test_a_route_is_returned_exactly_when_there_is_one_and_none_is_cheaper(world: World) -> None:
    costs = [cost for hop, halves in ways(world) if (cost := cost_of(halves, hop, world.params)) is not None]
    answer = world.ask()
    if isinstance(answer, NoRoute):
        assert [] == costs
    else:
        (path,) = answer.paths
        (hop,) = (hop for hop in world.first_hops if hop.short_channel_id == path.hops[0].short_channel_id)
        assert min(costs) == cost_of(halves_of(path, world.graph), hop, world.params)


@given(world=worlds(minimum_msat=100_000))
def test_a_route_keeps_every_limit_and_adds_up(world: World) -> None:
    answer = world.ask()
    if isinstance(answer, Route):
        (path,) = answer.paths
        (hop,) = (hop for hop in world.first_hops if hop.short_channel_id == path.hops[0].short_channel_id)
        halves = halves_of(path, world.graph)
        assert cost_of(halves, hop, world.params) is not None
        figures = path.figures()
        assert [half.policy.fee_msat(figure.amount_msat) for half, figure in zip(halves, figures[1:], strict=True)] == [
            figure.fee_msat for figure in figures[:-1]
        ]
        assert [half.policy.cltv_expiry_delta for half in halves] == [figure.cltv_expiry_delta for figure in figures[:-1]]
        assert world.params.final_value_msat == figures[-1].amount_msat == answer.total_amount_msat
        assert path.total_amount_msat == answer.total_amount_msat + answer.total_fees_msat
        assert len(path.hops) == len({hop.node_id for hop in path.hops} - {node("alice")})
        assert can_be_sent(answer, world.params, terrain_of(world))


@given(world=worlds(), more_msat=st.integers(0, 20_000))
def test_a_higher_fee_limit_never_makes_a_route_dearer(world: World, more_msat: int) -> None:
    answer = world.ask()
    if isinstance(answer, Route):
        wider = msgspec.structs.replace(world.params, max_total_routing_fee_msat=world.params.max_total_routing_fee_msat + more_msat)
        again = world.ask(wider)
        assert isinstance(again, Route)
        assert price_msat(again, world) <= price_msat(answer, world)
        assert cheapest_fee_msat(world, wider) == cheapest_fee_msat(world, world.params) <= answer.total_fees_msat


def terrain_of(world: World) -> Terrain:
    return Terrain(world.graph, our_node_id=node("alice"), params=world.params.payment_params, first_hops=world.first_hops)


def price_msat(route: Route, world: World) -> int:
    """What the search minimises."""
    explained = explain_route(route, terrain_of(world), SCORER)
    assert explained is not None
    return explained.price_msat


def cheapest_fee_msat(world: World, params: RouteParameters) -> int:
    way = ReadableFinder(SCORER).cheapest(terrain_of(world), Task.of(params), aim=Aim.FEE)
    assert way is not None
    return way.fee_msat(params.final_value_msat)


@settings(max_examples=300)
@given(world=worlds())
def test_what_is_said_about_no_route_is_true_to_the_msat_and_the_block(world: World) -> None:
    answer = world.ask()
    if isinstance(answer, NoRoute):
        for least, less in suggestions(world.params, answer):
            assert isinstance(world.ask(least), Route), answer
            assert isinstance(world.ask(less), NoRoute), answer


def suggestions(params: RouteParameters, answer: NoRoute) -> Iterator[tuple[RouteParameters, RouteParameters]]:
    """The question changed as the answer suggests, and changed by one unit less (or, for an amount, one msat more)."""
    replace = msgspec.structs.replace
    if answer.needed_fee_msat is not None:
        yield (
            replace(params, max_total_routing_fee_msat=answer.needed_fee_msat),
            replace(params, max_total_routing_fee_msat=answer.needed_fee_msat - 1),
        )
    if answer.needed_cltv_expiry_delta is not None:
        least, less = (replace(params.payment_params, max_total_cltv_expiry_delta=answer.needed_cltv_expiry_delta - off) for off in (0, 1))
        yield replace(params, payment_params=least), replace(params, payment_params=less)
    if answer.largest_amount_msat is not None:
        yield (
            replace(params, final_value_msat=answer.largest_amount_msat),
            replace(params, final_value_msat=answer.largest_amount_msat + 1),
        )
    if answer.reason is NoRouteReason.CHANNELS_FAILED:
        yield replace(params, payment_params=replace(params.payment_params, previously_failed_channels=frozenset())), params


u16, u32 = st.integers(0, (1 << 16) - 1), st.integers(0, (1 << 32) - 1)
hostile_hops = st.builds(
    HintHop,
    node_id=st.sampled_from([*map(node, NAMES), NodeId(b"\x02" + b"\xff" * 32), NodeId(bytes(33))]),
    short_channel_id=st.integers(1, 13).map(scid) | st.just(scid(OURS)),
    fee_base_msat=u32 | st.just(0),
    fee_proportional_millionths=u32 | st.just(0),
    cltv_expiry_delta=u16 | st.just(0),
)
hostile_hints = st.lists(st.builds(RouteHint, hops=st.lists(hostile_hops, min_size=1, max_size=20).map(tuple)), max_size=4).map(tuple)


@given(world=worlds(), hints=hostile_hints, seed=st.none() | st.binary(max_size=4))
def test_hostile_hints_neither_crash_the_router_nor_break_a_limit(world: World, hints: tuple[RouteHint, ...], seed: bytes | None) -> None:
    payment = msgspec.structs.replace(world.params.payment_params, route_hints=hints)
    params = msgspec.structs.replace(world.params, payment_params=payment)
    answer = find_route(node("alice"), params=params, graph=world.graph, first_hops=world.first_hops, scorer=SCORER, shadow_seed=seed)
    if isinstance(answer, Route):
        (path,) = answer.paths
        assert answer.total_fees_msat <= params.max_total_routing_fee_msat
        assert answer.total_cltv_expiry_delta <= payment.max_total_cltv_expiry_delta
        assert len(path.hops) <= payment.max_path_length
        assert path.hops[0].short_channel_id in {hop.short_channel_id for hop in world.first_hops}
        assert node("alice") not in {hop.node_id for hop in path.hops}
        assert len(path.hops) == len({hop.node_id for hop in path.hops})
        assert params.final_value_msat == path.final_value_msat
    else:
        assert isinstance(world.ask(), NoRoute)  # a hint takes no way away


@settings(max_examples=200, deadline=None)
@given(world=worlds(), order=st.randoms(use_true_random=False), is_fearless=st.booleans())
def test_the_order_in_which_a_map_was_drawn_decides_nothing(world: World, order: Random, is_fearless: bool) -> None:
    scorer = FixedPenaltyScorer(base_penalty_msat=0, base_penalty_amount_ppm=0) if is_fearless else SCORER
    asked = {"params": world.params, "first_hops": world.first_hops, "scorer": scorer}
    answers = [
        find_route(node("alice"), graph=graph, shadow_seed=b"seed", **asked) for graph in (world.graph, drawn_again(world.graph, order))
    ]
    assert answers[0] == answers[1]
    terrains = [terrain_of(msgspec.structs.replace(world, graph=graph)) for graph in (world.graph, drawn_again(world.graph, order))]
    ways = [ReadableFinder(scorer).widest(terrain, final_cltv_expiry_delta=18) for terrain in terrains]
    assert ways[0] == ways[1]


def drawn_again(graph: NetworkGraph, order: Random) -> NetworkGraph:
    """The same map from the same news in another order."""
    again = NetworkGraph()
    channels, halves = list(graph.channels()), [half for known in graph.nodes() for half in graph.outgoing(known.node_id)]
    order.shuffle(channels)
    order.shuffle(halves)
    for known in channels:
        again.add_channel(known)
    for half in halves:
        again.set_policy(half.channel.short_channel_id, source=half.source, policy=half.policy)
    return again
