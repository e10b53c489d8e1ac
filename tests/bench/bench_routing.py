"""
How fast routes are found. Prints figures; nothing fails because a machine is busy: `python -m tests.bench.bench_routing [graphs]`.

Networks are grown from a fixed seed like real ones: newcomers open channels to the well connected. With a folder, every
`*.describegraph.json.gz` in it is measured too.
"""

from __future__ import annotations

import gzip
import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import networkx as nx

from payments.lightning.graph.network import ChannelInfo, DirectedPolicy, NetworkGraph
from payments.lightning.ids import NodeId, ShortChannelId, make_scid
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


def read(path: Path) -> NetworkGraph:
    """A network as `lncli describegraph` writes it."""
    graph = NetworkGraph()
    for edge in json.loads(gzip.decompress(path.read_bytes()))["edges"]:
        scid = ShortChannelId(int(edge["channel_id"]))
        ends = [NodeId(bytes.fromhex(edge[name])) for name in ("node1_pub", "node2_pub")]
        graph.add_channel(ChannelInfo(short_channel_id=scid, node_one=ends[0], node_two=ends[1], capacity_sat=int(edge["capacity"])))
        for source, policy in zip(ends, (edge["node1_policy"], edge["node2_policy"]), strict=True):
            if policy:
                graph.set_policy(scid, source=source, policy=_policy_of(policy))
    return graph


def _policy_of(policy: dict[str, str]) -> DirectedPolicy:
    return DirectedPolicy(
        fee_base_msat=int(policy["fee_base_msat"]),
        fee_proportional_millionths=int(policy["fee_rate_milli_msat"]),
        cltv_expiry_delta=int(policy["time_lock_delta"]),
        htlc_minimum_msat=int(policy["min_htlc"]),
        htlc_maximum_msat=int(policy["max_htlc_msat"]),
        is_disabled=bool(policy["disabled"]),
    )


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
    for path in sorted(Path(sys.argv[1]).glob("*.describegraph.json.gz")) if len(sys.argv) > 1 else ():
        report(path.name.split(".")[0], read(path), rounds=20)


if __name__ == "__main__":
    main()
