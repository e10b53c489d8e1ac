"""
How fast the readable search is on networks of a sandbox's size, and HTLCs are written and read: `python -m tests.bench.bench_routing`.

Networks are grown from a fixed seed like real ones: newcomers open channels to the well connected. Prints figures; nothing fails because a
machine is busy. Maps of the whole network are what `manage.py bench_routes` measures.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Iterator

import networkx as nx

from payments.lightning.graph.network import ChannelInfo, DirectedPolicy, NetworkGraph
from payments.lightning.ids import NodeId, make_scid
from payments.lightning.routing.parameters import FirstHop, PaymentParameters, RouteParameters, default_fee_limit_msat
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import find_route
from payments.lightning.scoring.scorer import FixedPenaltyScorer
from payments.lightning.wire.messages import UpdateAddHtlc, decode_message, encode_message


def grown(nodes: int, *, seed: int = 1) -> NetworkGraph:
    """A network of so many nodes with three channels each, on average."""
    dice, graph = random.Random(seed), NetworkGraph()
    for index, (left, right) in enumerate(nx.barabasi_albert_graph(nodes, 3, seed=seed).edges):
        ends = sorted(NodeId(b"\x02" + end.to_bytes(32, "big")) for end in (left, right))
        info = ChannelInfo(
            short_channel_id=make_scid(index + 1, 1, 0), node_one=ends[0], node_two=ends[1], capacity_sat=dice.choice([500_000, 5_000_000])
        )
        graph.add_channel(info)
        for source in ends:
            policy = DirectedPolicy(
                fee_base_msat=dice.choice([0, 1_000]),
                fee_proportional_millionths=dice.choice([1, 100, 500, 2_000]),
                cltv_expiry_delta=dice.choice([34, 40, 80, 144]),
                htlc_minimum_msat=1,
                htlc_maximum_msat=info.capacity_sat * 990,
            )
            graph.set_policy(info.short_channel_id, source=source, policy=policy)
    return graph


def searches(graph: NetworkGraph, *, rounds: int, seed: int = 1) -> Iterator[tuple[float, bool]]:
    """For random payers, payees and amounts between 1,000 and 500,000 sat: how long it took in seconds, and whether there was a route."""
    dice, scorer = random.Random(seed), FixedPenaltyScorer()
    usable = nx.subgraph_view(graph.graph, filter_edge=lambda *edge: not graph.graph.edges[edge]["half"].policy.is_disabled)
    nodes = sorted(max(nx.strongly_connected_components(usable), key=len))
    for _ in range(rounds):
        payer, payee = dice.sample(nodes, 2)
        amount_msat = int(10 ** dice.uniform(6, 8.7))
        params = RouteParameters(
            payment_params=PaymentParameters(payee=payee, final_cltv_expiry_delta=21),
            final_value_msat=amount_msat,
            max_total_routing_fee_msat=default_fee_limit_msat(amount_msat),
        )
        first_hops = tuple(_half_ours(channel, payer) for channel in graph.channels_of(payer))
        started = time.perf_counter()
        answer = find_route(payer, params=params, graph=graph, first_hops=first_hops, scorer=scorer)
        yield time.perf_counter() - started, isinstance(answer, Route)


def _half_ours(channel: ChannelInfo, payer: NodeId) -> FirstHop:
    half_msat = (channel.capacity_msat or 0) // 2
    return FirstHop(
        short_channel_id=channel.short_channel_id,
        counterparty_node_id=channel.other(payer),
        outbound_capacity_msat=half_msat,
        next_outbound_htlc_limit_msat=half_msat,
        capacity_sat=channel.capacity_sat or 0,
    )


def report(name: str, graph: NetworkGraph, *, rounds: int) -> None:
    """One line of figures."""
    results = list(searches(graph, rounds=rounds))
    found_ms = [seconds * 1_000 for seconds, is_found in results if is_found]
    lost_ms = [seconds * 1_000 for seconds, is_found in results if not is_found]
    tail = statistics.quantiles(found_ms, n=10)[-1] if len(found_ms) > 1 else 0
    lost = f", explained in {statistics.median(lost_ms):.1f} ms" if lost_ms else ""
    sys.stdout.write(
        f"{name}: {graph.node_count} nodes, {graph.channel_count} channels: {len(found_ms)} of {rounds} found, "
        f"median {statistics.median(found_ms):.2f} ms, p90 {tail:.2f} ms{lost}\n"
    )


def messages_per_second(*, rounds: int = 5_000) -> tuple[float, float]:
    """How many update_add_htlc are written and read."""
    message = decode_message(bytes.fromhex("0080") + bytes(84) + bytes(1366))
    assert isinstance(message, UpdateAddHtlc)
    started = time.perf_counter()
    for _ in range(rounds):
        data = encode_message(message)
    middle = time.perf_counter()
    for _ in range(rounds):
        decode_message(data)
    return rounds / (middle - started), rounds / (time.perf_counter() - middle)


def main() -> None:
    """Print all figures."""
    written, was_read = messages_per_second()
    sys.stdout.write(f"update_add_htlc: {written:,.0f} written and {was_read:,.0f} read per second\n")
    for nodes in (50, 1_000):
        report(f"grown-{nodes}", grown(nodes), rounds=100)


if __name__ == "__main__":
    main()
