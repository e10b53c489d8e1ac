"""
Laws of the compiled search: it answers what the readable one answers, whatever the map, the limits and the hints.

The judge is the readable search, which knows no floating point and no short cuts.
"""

from __future__ import annotations

from random import Random

import msgspec
import pytest

from payments.lightning.graph.network import ChannelHalf, ChannelInfo, DirectedPolicy, NetworkGraph
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.ids import NodeId
from payments.lightning.invoice.invoice import HintHop, RouteHint
from payments.lightning.routing.compiled.finder import CompiledFinder, fits, public_first_hop
from payments.lightning.routing.compiled.jit import IS_COMPILED
from payments.lightning.routing.finder import Aim, ReadableFinder, Task, usage_of
from payments.lightning.routing.inflight import InFlightHtlcs
from payments.lightning.routing.parameters import FailedAmount, FirstHop, PaymentParameters
from payments.lightning.routing.search import Limits, Terrain
from payments.lightning.routing.way import Way
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.lightning.scoring.scorer import FixedPenaltyScorer, ScoredHop, ScoreLookUp
from tests.graphs import first_hop, node, scid

pytestmark = [
    pytest.mark.skipif(
        not IS_COMPILED, reason="numba is not there: that the compiled search answers like the readable one was NOT checked"
    ),
    pytest.mark.timeout(600),  # the first question of all waits for the compiler
]

US, *OTHERS = [node(f"node {number}") for number in range(40)]
QUESTIONS_A_MAP = 25


class World(msgspec.Struct, frozen=True, kw_only=True):
    """A map, who judges it, both searches of it, and the dice."""

    random: Random
    graph: NetworkGraph
    nodes: int
    scorer: ScoreLookUp
    compiled: CompiledFinder
    readable: ReadableFinder

    @classmethod
    def drawn(cls, seed: int) -> World:
        """Six to forty nodes; channels, figures and scorer by the seed."""
        random = Random(seed)
        nodes = random.choice([6, 10, 20, 40])
        graph = NetworkGraph()
        for number in range(1, random.randint(nodes, 4 * nodes)):
            add_channel(graph, random, number, nodes)
        scorer = taught(ProbabilisticScorer(graph), random) if random.random() < 0.7 else FixedPenaltyScorer()
        return cls(
            random=random,
            graph=graph,
            nodes=nodes,
            scorer=scorer,
            compiled=CompiledFinder(GraphSnapshot.of(graph), scorer),
            readable=ReadableFinder(scorer),
        )

    def some(self, count: int = 1) -> list[bytes]:
        """Nodes of the map."""
        return self.random.sample(OTHERS[: self.nodes - 1], count)

    def terrain(self, *, hints: tuple[RouteHint, ...] = ()) -> Terrain:
        """A question's terrain: some channels of ours, and now and then something excluded, in flight or kept free."""
        random = self.random
        params = PaymentParameters(
            payee=random.choice([*self.some(3), OTHERS[-1]]) if hints else self.some()[0],
            final_cltv_expiry_delta=18,
            route_hints=hints,
            previously_failed_channels=frozenset(scid(random.randint(1, 60)) for _ in range(random.choice([0, 0, 2]))),
        )
        hops = tuple(self.first_hop(number) for number in range(101, 102 + random.randint(0, 3)))
        halves = [half for source in self.some(2) for half in self.graph.outgoing(source)][: random.choice([0, 0, 3])]
        used_msat = {(half.channel.short_channel_id, half.source): random.randint(1, 10**8) for half in halves}
        terrain = Terrain(self.graph, our_node_id=US, params=params, first_hops=hops, inflight=InFlightHtlcs(used_msat=used_msat))
        return terrain.saturated(2) if random.random() < 0.2 else terrain

    def first_hop(self, number: int) -> FirstHop:
        """A channel of ours."""
        hop = first_hop("anybody", number=number, limit_msat=some_msat(self.random), minimum_msat=self.random.choice([1, 1, 1_000]))
        return msgspec.structs.replace(hop, counterparty_node_id=self.some()[0])

    def task(self, *, is_tight: bool) -> Task:
        """An amount, and limits that hardly ever or often bind."""
        random = self.random
        amount_msat = some_msat(random)
        usual_msat = amount_msat // 100 + 50_000
        limits = Limits(
            fee_msat=random.choice([usual_msat, amount_msat // 1_000 + 1_000, 2_000]) if is_tight else usual_msat,
            cltv_expiry_delta=random.choice([1_008, 300, 150]) if is_tight else 1_008,
            hops=random.choice([19, 4, 3, 1]) if is_tight else 19,
        )
        return Task(amount_msat=amount_msat, final_cltv_expiry_delta=18, limits=limits)

    def cost(self, way: Way, task: Task, terrain: Terrain) -> int:
        """Fees and penalties of a way, in the scorer's own words."""
        amount_msat, total = task.amount_msat, 0
        for half in reversed(way.halves):
            usage = usage_of(half, amount_msat, inflight_htlc_msat=terrain.used_msat(half))
            scid = half.channel.short_channel_id
            fee_msat = half.policy.fee_msat(amount_msat)
            total += fee_msat + self.scorer.channel_penalty_msat(scid, source=half.source, target=half.target, usage=usage)
            amount_msat += fee_msat
        return total


def some_msat(random: Random) -> int:
    """From one sat to some hundred thousand, each size as likely as the other."""
    return int(10 ** random.uniform(3, 8.8))


def add_channel(graph: NetworkGraph, random: Random, number: int, nodes: int) -> None:
    one, two = sorted(random.sample(OTHERS[: nodes - 1], 2))
    capacity_sat = int(10 ** random.uniform(3, 6.5))
    is_known = random.random() < 0.9
    graph.add_channel(
        ChannelInfo(short_channel_id=scid(number), node_one=one, node_two=two, capacity_sat=capacity_sat if is_known else None)
    )
    for source in (one, two):
        if random.random() < 0.9:
            maximum_msat = random.choice([capacity_sat * 1_000, capacity_sat * 990, capacity_sat * 500, int(capacity_sat * 123.4567)])
            policy = DirectedPolicy(
                fee_base_msat=random.choice([0, 0, 1, 1_000, 5_000]),
                fee_proportional_millionths=random.choice([0, 1, 100, 1_000, 5_000]),
                cltv_expiry_delta=random.choice([18, 40, 80, 144]),
                htlc_minimum_msat=random.choice([0, 1, 1_000, 1_000, 1_000_000]),
                htlc_maximum_msat=maximum_msat,
                is_disabled=random.random() < 0.05,
            )
            graph.set_policy(scid(number), source=source, policy=policy)


def taught(scorer: ProbabilisticScorer, random: Random) -> ProbabilisticScorer:
    """It has seen some channels carry and some fail."""
    for channel in scorer.graph.channels()[:: random.choice([2, 5])]:
        ends = random.choice([(channel.node_one, channel.node_two), (channel.node_two, channel.node_one)])
        hop = ScoredHop(short_channel_id=channel.short_channel_id, source=ends[0], target=ends[1], amount_msat=some_msat(random))
        ours = msgspec.structs.replace(hop, short_channel_id=scid(99))
        if random.random() < 0.5:
            scorer.probe_failed((ours, hop), hop.short_channel_id, now_s=1_000)
        else:
            scorer.probe_successful((ours, hop), now_s=1_000)
    return scorer


def compare(world: World, terrain: Terrain, task: Task, aim: Aim, *, precision: int = 10_000) -> None:
    """Both searches answer alike: the same cost but for rounding, to one part in so many, or both nothing."""
    expected = world.readable.cheapest(terrain, task, aim=aim)
    found = world.compiled.cheapest(terrain, task, aim=aim)
    assert (expected is None) == (found is None)
    if expected is None or found is None:
        return
    assert fits(found, task, terrain)
    match aim:
        case Aim.PRICE:
            cost = world.cost(expected, task, terrain)
            assert world.cost(found, task, terrain) <= cost + len(found.halves) + cost // precision
        case Aim.FEE:
            assert expected.fee_msat(task.amount_msat) == found.fee_msat(task.amount_msat)
        case Aim.DELAY:
            assert expected.cltv_expiry_delta == found.cltv_expiry_delta
        case Aim.LENGTH:
            assert len(expected.halves) == len(found.halves)


@pytest.mark.parametrize("seed", range(60))
def test_it_finds_what_the_readable_search_finds(seed):
    world = World.drawn(seed)
    for _ in range(QUESTIONS_A_MAP):
        compare(world, world.terrain(), world.task(is_tight=False), Aim.PRICE)


@pytest.mark.parametrize("seed", range(100, 160))
def test_it_does_so_where_limits_bind(seed):
    world = World.drawn(seed)
    for _ in range(QUESTIONS_A_MAP):
        compare(world, world.terrain(), world.task(is_tight=True), world.random.choice(list(Aim)))


@pytest.mark.parametrize("seed", range(160, 180))
def test_the_most_that_can_be_sent_is_the_same_to_the_msat(seed):
    world = World.drawn(seed)
    for _ in range(QUESTIONS_A_MAP):
        terrain = world.terrain()
        expected = world.readable.widest(terrain, final_cltv_expiry_delta=18)
        found = world.compiled.widest(terrain, final_cltv_expiry_delta=18)
        assert (expected and expected.most_msat(terrain)) == (found and found.most_msat(terrain))
        assert world.readable.into_payee_msat(terrain) == world.compiled.into_payee_msat(terrain)


@pytest.mark.parametrize("seed", range(400, 430))
def test_nodes_that_are_excluded_are_so_for_both(seed):
    world = World.drawn(seed)
    for _ in range(QUESTIONS_A_MAP):
        terrain, task = world.terrain(), world.task(is_tight=world.random.random() < 0.3)
        terrain.excluded_nodes = frozenset(world.some(world.random.choice([1, 1, 3])))
        compare(world, terrain, task, Aim.PRICE)
        compare(world, terrain, task, world.random.choice(list(Aim)))
        expected = world.readable.widest(terrain, final_cltv_expiry_delta=18)
        found = world.compiled.widest(terrain, final_cltv_expiry_delta=18)
        assert (expected and expected.most_msat(terrain)) == (found and found.most_msat(terrain))
        assert world.readable.into_payee_msat(terrain) == world.compiled.into_payee_msat(terrain)
        assert all(terrain.excluded_nodes.isdisjoint(nodes_of(way)) for way in (expected, found) if way is not None)


@pytest.mark.parametrize("seed", range(460, 490))
def test_who_prepared_finds_the_same(seed):
    world = World.drawn(seed)
    for _ in range(4):
        hints = (hostile_hint(world),) if world.random.random() < 0.3 else ()
        terrain = world.terrain(hints=hints)
        world.compiled.prepare(US, terrain.own.first_hops)
        for _ in range(6):
            compare(world, terrain, world.task(is_tight=world.random.random() < 0.3), Aim.PRICE)


@pytest.mark.parametrize("seed", range(490, 500))
def test_what_was_prepared_is_put_aside_once_something_was_learnt(seed):
    world = World.drawn(seed)
    scorer = ProbabilisticScorer(world.graph)
    learning = msgspec.structs.replace(
        world, scorer=scorer, compiled=CompiledFinder(GraphSnapshot.of(world.graph), scorer), readable=ReadableFinder(scorer)
    )
    terrain = learning.terrain()
    learning.compiled.prepare(US, terrain.own.first_hops)
    for _ in range(6):
        compare(learning, terrain, learning.task(is_tight=False), Aim.PRICE)
        taught(scorer, learning.random)


@pytest.mark.parametrize("seed", range(430, 440))
def test_who_was_excluded_once_is_not_missing_from_what_is_remembered(seed):
    world = World.drawn(seed)
    terrain, task = world.terrain(), world.task(is_tight=False)
    world.compiled.prepare(US, terrain.own.first_hops)
    for number in range(12):
        terrain.excluded_nodes = frozenset(world.some(2)) if number % 2 else frozenset()
        compare(world, terrain, task, Aim.PRICE)


@pytest.mark.parametrize("seed", range(440, 460))
def test_channels_that_failed_come_back_alike_in_both(seed):
    world = World.drawn(seed)
    for _ in range(QUESTIONS_A_MAP):
        terrain, task = world.terrain(), world.task(is_tight=False)
        halves = [half for source in world.some(3) for half in world.graph.outgoing(source)]
        failed = [
            FailedAmount(short_channel_id=half.channel.short_channel_id, source=half.source, amount_msat=some_msat(world.random))
            for half in halves
        ]
        terrain = terrain.without(one.short_channel_id for one in failed)
        ground = terrain.as_last_resort(failed, quarters=world.random.choice([2, 3, 4]))
        compare(world, ground, task, Aim.PRICE, precision=100)  # how full a channel is that is nearly full is rounded most
        way = world.compiled.cheapest(ground, task)
        for one, half in zip(failed, halves, strict=True):
            if way is not None and half in way.halves:
                carried_msat = task.amount_msat + Way.fee_msat(msgspec.structs.replace(way, halves=after(way, half)), task.amount_msat)
                assert carried_msat < one.amount_msat


def nodes_of(way: Way) -> set[NodeId]:
    """Everybody on a way but us."""
    return {way.first_hop.counterparty_node_id, *(half.target for half in way.halves)}


def after(way: Way, half: ChannelHalf) -> tuple[ChannelHalf, ...]:
    """What of a way lies behind one of its channels."""
    return way.halves[way.halves.index(half) + 1 :]


@pytest.mark.parametrize("seed", range(180, 190))
def test_between_any_nodes_it_finds_what_the_readable_search_finds_for_a_payer_with_these_channels(seed):
    world = World.drawn(seed)
    for _ in range(QUESTIONS_A_MAP):
        payer, payee = world.some(2)
        task = world.task(is_tight=world.random.random() < 0.3)
        params = PaymentParameters(payee=payee, final_cltv_expiry_delta=18)
        halves = [half for half in world.graph.outgoing(payer) if not half.policy.is_disabled]
        first_hops = tuple(map(public_first_hop, halves))
        terrain = Terrain(world.graph, our_node_id=payer, params=params, first_hops=first_hops)
        fewest_msat = None
        for hop, half in zip(first_hops, halves, strict=True):  # one at a time, because the readable search does not fear our own
            only = Terrain(world.graph, our_node_id=payer, params=params, first_hops=(hop,))
            way = world.readable.cheapest(only, task)
            if way is not None:
                usage = usage_of(half, task.amount_msat + way.fee_msat(task.amount_msat))
                fear_msat = world.scorer.channel_penalty_msat(hop.short_channel_id, source=payer, target=half.target, usage=usage)
                cost = world.cost(way, task, only) + fear_msat
                fewest_msat = cost if fewest_msat is None else min(cost, fewest_msat)

        found = world.compiled.between(payer, payee, task)

        assert (found is None) == (fewest_msat is None)
        if found is not None and fewest_msat is not None:
            assert fits(found, task, terrain)
            (half,) = (half for half in halves if half.channel.short_channel_id == found.first_hop.short_channel_id)
            usage = usage_of(half, task.amount_msat + found.fee_msat(task.amount_msat))
            fear_msat = world.scorer.channel_penalty_msat(half.channel.short_channel_id, source=payer, target=half.target, usage=usage)
            cost = world.cost(found, task, terrain) + fear_msat
            assert cost <= fewest_msat + len(found.halves) + 1 + fewest_msat // 10_000


@pytest.mark.parametrize("seed", range(200, 230))
def test_hostile_hints_neither_crash_nor_overflow_nor_win(seed):
    world = World.drawn(seed)
    random = world.random
    for _ in range(QUESTIONS_A_MAP):
        hints = tuple(hostile_hint(world) for _ in range(random.randint(1, 3)))
        compare(world, world.terrain(hints=hints), world.task(is_tight=random.random() < 0.3), Aim.PRICE)


def hostile_hint(world: World) -> RouteHint:
    """Up to twenty hops in circles, through us, over public channels' ids, for nothing or for all the money there is."""
    random = world.random
    hops = tuple(
        HintHop(
            node_id=random.choice([US, OTHERS[-1], OTHERS[-2], *world.some(3)]),
            short_channel_id=scid(random.choice([random.randint(1, 60), random.randint(200, 210), 101])),
            fee_base_msat=random.choice([0, 0, 1_000, (1 << 32) - 1]),
            fee_proportional_millionths=random.choice([0, 0, 100, (1 << 32) - 1]),
            cltv_expiry_delta=random.choice([0, 40, (1 << 16) - 1]),
        )
        for _ in range(random.choice([1, 1, 1, 2, 3, 20]))
    )
    return RouteHint(hops=hops)


@pytest.mark.parametrize("seed", range(300, 305))
def test_the_same_question_gets_the_same_answer_in_every_process(seed):
    one, other = World.drawn(seed), World.drawn(seed)
    for _ in range(QUESTIONS_A_MAP):
        terrain, task = one.terrain(), one.task(is_tight=False)
        again, same_task = other.terrain(), other.task(is_tight=False)
        assert one.compiled.cheapest(terrain, task) == other.compiled.cheapest(again, same_task)
