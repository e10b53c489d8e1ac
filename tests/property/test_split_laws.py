"""
Laws of payments in parts: no channel carries more than it can, one limit on fees binds all, nothing is needless, and no is no.

The judge adds up by itself what each channel carries, and asks networkx for the largest flow where fees and limits do not matter.
"""

from __future__ import annotations

from collections import Counter

import msgspec
import networkx as nx
from hypothesis import event, given, settings
from hypothesis import strategies as st

from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.inflight import InFlightHtlcs
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.scoring.scorer import FixedPenaltyScorer
from tests.graphs import channel, first_hop, network, node, scid, wish
from tests.property.test_routing_laws import World, halves_of, suggestions

SCORER = FixedPenaltyScorer(base_penalty_msat=50, base_penalty_amount_ppm=1_000)


def ask(world: World, params: RouteParameters, inflight: InFlightHtlcs) -> Route | NoRoute:
    router = DefaultRouter(world.graph, SCORER)
    return router.find_route(node("alice"), params=params, first_hops=world.first_hops, inflight=inflight)


MIDDLE = ("bob", "carol", "dave")


@st.composite
def wishes(draw: st.DrawFn, *, is_free: bool = False) -> tuple[World, RouteParameters, InFlightHtlcs]:
    """
    Several ways to frank, who takes parts; an amount that mostly needs them; and something on its way already.

        alice -- bob, carol, dave -- frank      and erin beside, with channels to all but alice
    """
    pairs = [(name, end) for name in MIDDLE for end in ("erin", "frank") if draw(st.integers(0, 4))]
    lines = [
        channel(
            *pair,
            capacity_sat=draw(st.integers(50, 400)),
            fee_base_msat=0 if is_free else draw(st.sampled_from([0, 1, 1_000])),
            fee_proportional_millionths=0 if is_free else draw(st.sampled_from([0, 100, 20_000])),
            cltv_expiry_delta=draw(st.sampled_from([18, 40, 40, 300])),
            htlc_minimum_msat=0 if is_free else draw(st.sampled_from([0, 0, 0, 20_000])),
            htlc_maximum_msat=None if is_free else draw(st.none() | st.integers(20_000, 400_000)),
            is_disabled=draw(st.integers(0, 9)) == 0,
        )
        for pair in [*pairs, ("erin", "frank")]
    ]
    first_hops = tuple(
        first_hop(name, number=101 + index, limit_msat=draw(st.integers(50_000, 400_000))) for index, name in enumerate(MIDDLE)
    )
    params = wish(
        "frank",
        draw(st.integers(100_000, 500_000)),
        fee_limit_msat=draw(st.sampled_from([2_000, 10_000, 1_000_000, 1_000_000])),
        features=frozenset({15, 17}),
        max_path_count=draw(st.sampled_from([2, 3, 10, 10])),
        max_total_cltv_expiry_delta=draw(st.sampled_from([100, 700, 1_000])),
        max_path_length=draw(st.sampled_from([2, 3, 19, 19])),
        previously_failed_channels=frozenset(draw(st.sets(st.integers(1, 30).map(scid), max_size=1))),
    )
    graph = network(*lines)
    halves = [half for name in MIDDLE for half in graph.outgoing(node(name))]
    taken = draw(st.lists(st.sampled_from(halves), max_size=2)) if halves else []
    used_msat = {(half.channel.short_channel_id, half.source): draw(st.integers(1, 200_000)) for half in taken}
    return World(graph, first_hops, params), params, InFlightHtlcs(used_msat=used_msat)


@settings(max_examples=300, deadline=None)
@given(wish=wishes())
def test_parts_keep_every_limit_together(wish) -> None:
    world, params, inflight = wish
    answer = ask(world, params, inflight)
    if isinstance(answer, NoRoute):
        event("no route")
        return
    event(f"{len(answer.paths)} parts")
    payment = params.payment_params
    assert params.final_value_msat == answer.total_amount_msat
    assert answer.total_fees_msat <= params.max_total_routing_fee_msat
    assert answer.total_cltv_expiry_delta <= payment.max_total_cltv_expiry_delta
    assert len(answer.paths) <= payment.max_path_count
    carried, ours = Counter(inflight.used_msat), Counter()
    for path in answer.paths:
        assert path.final_value_msat > 0
        assert payment.payee == path.hops[-1].node_id
        assert len(path.hops) <= payment.max_path_length
        ours[path.hops[0].short_channel_id] += path.total_amount_msat
        for index, half in enumerate(halves_of(path, world.graph), start=1):
            amount_msat = path.amount_at(index)
            carried[half.channel.short_channel_id, half.source] += amount_msat
            assert not half.policy.is_disabled
            assert half.policy.htlc_minimum_msat <= amount_msat <= half.policy.htlc_maximum_msat
            assert half.policy.fee_msat(amount_msat) == path.hops[index - 1].fee_msat
            assert half.channel.short_channel_id not in payment.previously_failed_channels
            assert carried[half.channel.short_channel_id, half.source] <= half.channel.capacity_msat
    limits = {hop.short_channel_id: hop.next_outbound_htlc_limit_msat for hop in world.first_hops}
    assert all(amount_msat <= limits[scid] for scid, amount_msat in ours.items())


@settings(max_examples=150, deadline=None)
@given(wish=wishes())
def test_what_is_said_about_no_parts_is_true_to_the_msat_and_the_block(wish) -> None:
    world, params, inflight = wish
    answer = ask(world, params, inflight)
    if isinstance(answer, NoRoute):
        event(answer.reason)
        for enough, less in suggestions(params, answer):
            assert isinstance(ask(world, enough, inflight), Route), answer
            assert isinstance(ask(world, less, inflight), NoRoute), answer


@settings(max_examples=100, deadline=None)
@given(wish=wishes(is_free=True))
def test_no_more_is_ever_promised_than_flows(wish) -> None:
    world, params, _ = wish
    payment = msgspec.structs.replace(
        params.payment_params,
        previously_failed_channels=frozenset(),
        max_path_count=10,
        max_path_length=19,
        max_total_cltv_expiry_delta=2_000,
    )
    flow_msat = largest_flow_msat(world)
    if flow_msat:
        asked = msgspec.structs.replace(params, payment_params=payment, final_value_msat=flow_msat, max_total_routing_fee_msat=10**9)
        more = msgspec.structs.replace(asked, final_value_msat=flow_msat + 1)
        assert isinstance(ask(world, more, InFlightHtlcs()), NoRoute)
        event("as much as flows" if isinstance(ask(world, asked, InFlightHtlcs()), Route) else "less")


def largest_flow_msat(world: World) -> int:
    """What could reach the payee at once if nodes forwarded for nothing."""
    flow = nx.DiGraph()
    flow.add_nodes_from([node("alice"), world.params.payment_params.payee])

    def add(source: bytes, target: bytes, capacity_msat: int) -> None:
        known_msat = flow.edges[source, target]["capacity"] if flow.has_edge(source, target) else 0
        flow.add_edge(source, target, capacity=known_msat + capacity_msat)

    for hop in world.first_hops:
        add(node("alice"), hop.counterparty_node_id, hop.next_outbound_htlc_limit_msat)
    for source, target, half in world.graph.graph.edges(data="half"):
        if not half.policy.is_disabled:
            add(source, target, half.channel.capacity_msat)
    return nx.maximum_flow_value(flow, node("alice"), world.params.payment_params.payee)
