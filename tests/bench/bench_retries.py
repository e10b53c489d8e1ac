"""
What knowledge is worth: payments over a real map with balances that nobody knows, tried up to twenty times each, with and without it.

Prints figures; nothing fails because a machine is busy: `python -m tests.bench.bench_retries [--payments N] [--probes N] [--readable]`.
Reads the real map beside the checkout and says so when it is not there. Every judge gets the same map, the same hidden balances, the same
payments; money that was paid moves.
"""

from __future__ import annotations

import argparse
import gzip
import random
import statistics
import sys
from time import perf_counter

import networkx as nx
from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.graph.formats.recognise import draw_said, read_said
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.routing.compiled.finder import CompiledFinder
from payments.lightning.routing.finder import Finder
from payments.lightning.routing.inflight import directions
from payments.lightning.routing.parameters import FailedAmount, FirstHop, PaymentParameters, RouteParameters, default_fee_limit_msat
from payments.lightning.routing.route import Path, Route
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.scoring.lessons import Evidence, Lesson, Outcome
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.lightning.scoring.scorer import FixedPenaltyScorer, Score, ScoredHop, ScoredPath
from tests.bench.balances import share_of_one_side
from tests.mainnet import GRAPHS

GRAPH = "mainnet-2023-10-19.describegraph.json.gz"
MAX_TRIES = 20
NOW_S = 1_700_000_000
BETWEEN_TRIES_S = 1

Balances = dict[tuple[ShortChannelId, NodeId], int]


class Order(Struct, frozen=True):
    """One payment to be made."""

    payer: NodeId
    payee: NodeId
    amount_msat: int


class Tally(Struct):
    """What came of them."""

    delivered: int = 0
    first_try: int = 0
    attempts: int = 0
    fees_msat: int = 0
    routing_s: list[float] = []
    """Per payment, all its tries together."""
    learning_s: list[float] = []
    """Per attempt."""


def hidden(graph: GraphSnapshot, dice: random.Random) -> Balances:
    """What each side of each channel has."""
    balances: Balances = {}
    for channel in graph.channels():
        capacity_msat = channel.capacity_msat or 0
        one_msat = int(capacity_msat * share_of_one_side(dice))
        balances[channel.short_channel_id, channel.node_one] = one_msat
        balances[channel.short_channel_id, channel.node_two] = capacity_msat - one_msat
    return balances


def orders(graph: GraphSnapshot, dice: random.Random, count: int) -> list[Order]:
    """Payments between nodes that can reach each other, of 1,000 to 1,000,000 sat."""
    usable = nx.DiGraph()
    for channel in graph.channels():
        for source in (channel.node_one, channel.node_two):
            policy = graph.policy(channel.short_channel_id, source=source)
            if policy is not None and not policy.is_disabled:
                usable.add_edge(source, channel.other(source))
    nodes = sorted(max(nx.strongly_connected_components(usable), key=len))
    return [Order(*dice.sample(nodes, 2), int(10 ** dice.uniform(6, 9))) for _ in range(count)]


def probed(graph: GraphSnapshot, balances: Balances, dice: random.Random, count: int) -> list[Evidence]:
    """What so many probes of single channels would have taught."""
    channels, taught = graph.channels(), []
    for _ in range(count):
        channel = dice.choice(channels)
        source = dice.choice((channel.node_one, channel.node_two))
        amount_msat, capacity_msat = int(10 ** dice.uniform(6, 9)), channel.capacity_msat or 0
        carried = amount_msat <= balances[channel.short_channel_id, source]
        bit = int(source > channel.other(source))
        outcome = Outcome.CARRIED if carried else Outcome.FAILED
        taught.append(Evidence(NOW_S, (Lesson(channel.short_channel_id, bit, outcome, amount_msat, capacity_msat),)))
    return taught


def first_hops(graph: GraphSnapshot, payer: NodeId, balances: Balances) -> tuple[FirstHop, ...]:
    """A payer knows its own balances."""
    return tuple(
        FirstHop(
            short_channel_id=channel.short_channel_id,
            counterparty_node_id=channel.other(payer),
            outbound_capacity_msat=balances[channel.short_channel_id, payer],
            next_outbound_htlc_limit_msat=balances[channel.short_channel_id, payer],
            capacity_sat=channel.capacity_sat or 0,
        )
        for channel in graph.channels_of(payer)
    )


def scored(path: Path, payer: NodeId) -> ScoredPath:
    """A path as a scorer reads it."""
    return tuple(
        ScoredHop(short_channel_id=scid, source=source, target=hop.node_id, amount_msat=amount_msat)
        for ((scid, source), amount_msat), hop in zip(directions(path, payer=payer), path.hops, strict=True)
    )


class World:
    """One judge, and balances of its own that start like everybody's."""

    def __init__(self, graph: GraphSnapshot, scorer: Score, balances: Balances, finder: Finder | None) -> None:
        self._graph = graph
        self._scorer = scorer
        self._router = DefaultRouter(graph, scorer, finder=finder)
        self._balances = dict(balances)
        self._now_s = NOW_S

    def pay(self, order: Order, tally: Tally) -> None:
        """Try until it is there, nothing is left to be tried, or the tries are used up."""
        params = RouteParameters(
            payment_params=PaymentParameters(payee=order.payee, final_cltv_expiry_delta=21),
            final_value_msat=order.amount_msat,
            max_total_routing_fee_msat=default_fee_limit_msat(order.amount_msat),
        )
        spent_s = 0.0
        for number in range(MAX_TRIES):
            hops = first_hops(self._graph, order.payer, self._balances)
            started = perf_counter()
            route = self._router.find_route(order.payer, params=params, first_hops=hops)
            spent_s += perf_counter() - started
            if not isinstance(route, Route):
                break
            tally.attempts += 1
            stuck = self._try(route.paths[0], order.payer, tally)
            if stuck is None:
                tally.delivered += 1
                tally.first_try += number == 0
                tally.fees_msat += route.total_fees_msat
                break
            payment = params.payment_params
            failed = FailedAmount(short_channel_id=stuck.short_channel_id, source=stuck.source, amount_msat=stuck.amount_msat)
            payment = replace(payment, failed_amounts=(*payment.failed_amounts, failed))
            params = replace(params, payment_params=payment).without(stuck.short_channel_id)
        tally.routing_s.append(spent_s)

    def _try(self, path: Path, payer: NodeId, tally: Tally) -> ScoredHop | None:
        """Send it: the hop at which it was stuck, or None when it has arrived."""
        steps = scored(path, payer)
        self._now_s += BETWEEN_TRIES_S
        stuck = next((hop for hop in steps if hop.amount_msat > self._balances[hop.short_channel_id, hop.source]), None)
        started = perf_counter()
        if stuck is None:
            self._scorer.payment_path_successful(steps, now_s=self._now_s)
        else:
            self._scorer.payment_path_failed(steps, stuck.short_channel_id, now_s=self._now_s)
        tally.learning_s.append(perf_counter() - started)
        self._scorer.time_passed(now_s=self._now_s)
        for hop in steps if stuck is None else ():
            self._balances[hop.short_channel_id, hop.source] -= hop.amount_msat
            self._balances[hop.short_channel_id, hop.target] += hop.amount_msat
        return stuck


def report(name: str, tally: Tally) -> None:
    """One line."""
    routing_ms = [seconds * 1_000 for seconds in tally.routing_s]
    learning_us = statistics.median(tally.learning_s) * 1_000_000 if tally.learning_s else 0
    sys.stdout.write(
        f"{name:<28} {tally.delivered:>6} {tally.first_try:>9} {tally.attempts:>8}"
        f" {tally.attempts / max(tally.delivered, 1):>10.2f} {tally.fees_msat // 1_000:>9,}"
        f" {statistics.median(routing_ms):>10.2f} {statistics.quantiles(routing_ms, n=100)[-1]:>10.2f} {learning_us:>9.1f}\n"
    )
    sys.stdout.flush()


def main() -> None:
    """One line a judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=200)
    parser.add_argument("--probes", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--readable", action="store_true", help="the readable search instead of the compiled one: slow at this size")
    options = parser.parse_args()
    if not (GRAPHS / GRAPH).exists():
        sys.stdout.write(f"{GRAPH} is not there: not measured\n")
        return
    graph = draw_said(read_said(gzip.decompress((GRAPHS / GRAPH).read_bytes()))).snapshot
    dice = random.Random(options.seed)
    balances = hidden(graph, dice)
    wanted = orders(graph, dice, options.payments)
    probes = probed(graph, balances, dice, options.probes)
    sys.stdout.write(
        f"{graph.channel_count:,} channels, {options.payments} payments of 1,000 to 1,000,000 sat, at most {MAX_TRIES} tries each\n"
        f"{'':<28} {'paid':>6} {'at once':>9} {'tries':>8} {'tries/paid':>10} {'fees sat':>9} {'route ms':>10} {'p99 ms':>10}"
        f" {'learn us':>9}\n"
    )
    for name, scorer, known in (
        ("no knowledge", FixedPenaltyScorer(), []),
        ("learns while paying", ProbabilisticScorer(graph), []),
        (f"and after {options.probes:,} probes", ProbabilisticScorer(graph), probes),
    ):
        if isinstance(scorer, ProbabilisticScorer):
            for evidence in known:
                scorer.learn_again(evidence)
            scorer.time_passed(now_s=NOW_S)
        world, tally = World(graph, scorer, balances, None if options.readable else CompiledFinder(graph, scorer)), Tally()
        for order in wanted:
            world.pay(order, tally)
        report(name, tally)


if __name__ == "__main__":
    main()
