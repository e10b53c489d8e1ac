"""What must hold of chances, prices and knowledge, whatever was learnt, asked or claimed."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from payments.lightning.graph.network import ChannelInfo, NetworkGraph
from payments.lightning.scoring.bounds import learn
from payments.lightning.scoring.chance import fear_of, success_chance
from payments.lightning.scoring.knowledge import STEP_S, KnowledgeSnapshot
from payments.lightning.scoring.lessons import Evidence, Outcome
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.lightning.scoring.scorer import ChannelUsage, ScoredHop, ScoredPath
from tests.graphs import node, scid

CAPACITY_SAT = 1_000_000
CAPACITY_MSAT = CAPACITY_SAT * 1_000
NAMES = ("alice", "bob", "carol", "dave")
NOW_S = 1_700_000_000
ROUNDING = 1e-9
"""How much the last digits of a fraction may disagree."""

fitting = st.integers(0, CAPACITY_MSAT)
hostile = st.one_of(st.integers(-(2**64), 2**64), st.sampled_from([0, 1, CAPACITY_MSAT, CAPACITY_MSAT + 1, 2**63 - 1, 2**63, 2**64]))
outcomes = st.sampled_from(Outcome)
tries = st.tuples(st.integers(1, 3), st.booleans(), outcomes, st.one_of(fitting, hostile), st.integers(0, 7_200))
histories = st.lists(tries, max_size=12)


def line() -> NetworkGraph:
    """alice - bob - carol - dave; scid 1, 2 and 3, all public and of one size."""
    graph = NetworkGraph()
    for number, (left, right) in enumerate(pairwise(NAMES), start=1):
        one, two = sorted((node(left), node(right)))
        graph.add_channel(ChannelInfo(short_channel_id=scid(number), node_one=one, node_two=two, capacity_sat=CAPACITY_SAT))
    return graph


def tried(number: int, *, is_back: bool, amount_msat: int) -> ScoredPath:
    """A path over one of the channels, behind a channel of ours that nobody knows."""
    ends = (node(NAMES[number - 1]), node(NAMES[number]))
    source, target = ends[::-1] if is_back else ends
    ours = ScoredHop(short_channel_id=scid(99), source=node("us"), target=source, amount_msat=amount_msat)
    return ours, ScoredHop(short_channel_id=scid(number), source=source, target=target, amount_msat=amount_msat)


def teach(scorer: ProbabilisticScorer, history, *, now_s: int = NOW_S) -> int:
    """Teach all of it, one after the other; the time at which the last was learnt."""
    for number, is_back, outcome, amount_msat, later_s in history:
        now_s += later_s
        path = tried(number, is_back=is_back, amount_msat=amount_msat)
        match outcome:
            case Outcome.FAILED | Outcome.REFUSED:
                scorer.payment_path_failed(path, scid(number), now_s=now_s, lacks_balance=outcome is Outcome.FAILED)
            case Outcome.CARRIED:
                scorer.probe_successful(path, now_s=now_s)
            case Outcome.PAID:
                scorer.payment_path_successful(path, now_s=now_s)
    return now_s


def beliefs(scorer: ProbabilisticScorer):
    return [scorer.bounds_msat((scid(number), bit)) for number in (1, 2, 3) for bit in (0, 1)]


def usage(amount_msat: int, *, inflight_htlc_msat: int = 0) -> ChannelUsage:
    return ChannelUsage(
        amount_msat=amount_msat,
        effective_capacity_msat=CAPACITY_MSAT,
        htlc_maximum_msat=CAPACITY_MSAT,
        inflight_htlc_msat=inflight_htlc_msat,
    )


def chance(scorer: ProbabilisticScorer, amount_msat: int) -> float:
    return scorer.success_chance(scid(1), source=node("alice"), target=node("bob"), usage=usage(amount_msat))


def price_msat(scorer: ProbabilisticScorer, amount_msat: int) -> int:
    return scorer.channel_penalty_msat(scid(1), source=node("alice"), target=node("bob"), usage=usage(amount_msat))


@given(amount_msat=hostile, min_msat=hostile, max_msat=hostile, capacity_msat=hostile)
def test_a_chance_is_between_never_and_always(amount_msat, min_msat, max_msat, capacity_msat):
    found = success_chance(amount_msat, min_msat=min_msat, max_msat=max_msat, capacity_msat=capacity_msat)
    assert 0.0 <= found <= 1.0
    assert 0 <= fear_of(found) <= 2 << 30


@given(amounts=st.tuples(fitting, fitting), bounds=st.tuples(fitting, fitting))
def test_more_is_never_likelier_than_less(amounts, bounds):
    (less, more), (low, high) = sorted(amounts), sorted(bounds)
    chances = [success_chance(amount, min_msat=low, max_msat=high, capacity_msat=CAPACITY_MSAT) for amount in (less, more)]
    assert chances[0] >= chances[1] - ROUNDING


@given(amount_msat=fitting, points=st.tuples(fitting, fitting, fitting))
def test_more_known_liquidity_never_lowers_the_chance(amount_msat, points):
    low, middle, high = sorted(points)
    wide = success_chance(amount_msat, min_msat=low, max_msat=middle, capacity_msat=CAPACITY_MSAT)
    assert success_chance(amount_msat, min_msat=low, max_msat=high, capacity_msat=CAPACITY_MSAT) >= wide - ROUNDING
    open_ended = success_chance(amount_msat, min_msat=low, max_msat=high, capacity_msat=CAPACITY_MSAT)
    assert success_chance(amount_msat, min_msat=middle, max_msat=high, capacity_msat=CAPACITY_MSAT) >= open_ended - ROUNDING


@given(history=histories, amount_msat=st.integers(1, CAPACITY_MSAT))
def test_an_amount_that_was_carried_is_believed_to_be_carried(history, amount_msat):
    scorer = ProbabilisticScorer(line())
    now_s = teach(scorer, history)
    scorer.time_passed(now_s=now_s)
    before = chance(scorer, amount_msat), price_msat(scorer, amount_msat)
    teach(scorer, [(1, False, Outcome.CARRIED, amount_msat, 0)], now_s=now_s)
    assert chance(scorer, amount_msat) == 1.0
    assert before[0] <= chance(scorer, amount_msat)
    assert before[1] >= price_msat(scorer, amount_msat)


@given(history=histories, amount_msat=st.integers(1, CAPACITY_MSAT))
def test_an_amount_that_failed_is_dear_and_still_has_a_price(history, amount_msat):
    scorer = ProbabilisticScorer(line())
    now_s = teach(scorer, history)
    scorer.time_passed(now_s=now_s)
    teach(scorer, [(1, False, Outcome.FAILED, amount_msat, 0)], now_s=now_s)
    assert chance(scorer, amount_msat) == 0.0
    assert price_msat(scorer, amount_msat) >= scorer.parameters.considered_impossible_penalty_msat
    assert chance(scorer, amount_msat - 1) >= 0.0
    assert price_msat(scorer, 0) < scorer.parameters.considered_impossible_penalty_msat


@given(history=histories)
def test_bounds_stay_within_the_channel_and_in_order(history):
    scorer = ProbabilisticScorer(line())
    scorer.time_passed(now_s=teach(scorer, history))
    for bounds in filter(None, beliefs(scorer)):
        assert 0 <= bounds.min_msat <= bounds.max_msat <= CAPACITY_MSAT


@given(history=histories, steps=st.lists(st.integers(0, 90_000), min_size=1, max_size=5))
def test_knowledge_fades_towards_ignorance_and_ends_there(history, steps):
    scorer = ProbabilisticScorer(line())
    now_s = teach(scorer, history)
    scorer.time_passed(now_s=now_s)
    for step in steps:
        before, now_s = beliefs(scorer), now_s + step
        scorer.time_passed(now_s=now_s)
        for earlier, later in zip(before, beliefs(scorer), strict=True):
            assert earlier is None or (later.min_msat <= earlier.min_msat and later.max_msat >= earlier.max_msat)
    scorer.time_passed(now_s=now_s + 100 * scorer.parameters.liquidity_half_life_s)
    assert all(bounds is None or bounds == (0, CAPACITY_MSAT) for bounds in beliefs(scorer))


@given(history=histories, last=tries.filter(lambda one: one[2] is not Outcome.PAID))
def test_learning_the_same_twice_is_harmless(history, last):
    once, twice = ProbabilisticScorer(line()), ProbabilisticScorer(line())
    for scorer in (once, twice):
        now_s = teach(scorer, [*history, last])
    teach(twice, [(*last[:4], 0)], now_s=now_s)
    assert beliefs(once) == beliefs(twice)


@given(history=histories, looks=st.lists(st.integers(0, 20_000), max_size=5))
def test_what_is_believed_does_not_depend_on_how_often_time_was_told(history, looks):
    seldom, often = ProbabilisticScorer(line()), ProbabilisticScorer(line())
    end_s = teach(seldom, history)
    now_s = NOW_S
    for place, one in enumerate(history):
        now_s = teach(often, [one], now_s=now_s)
        often.time_passed(now_s=now_s + (looks[place] if place < len(looks) else 0))
    last_s = end_s + 30_000
    for scorer in (seldom, often):
        scorer.time_passed(now_s=last_s)
    assert beliefs(seldom) == beliefs(often)


@given(history=histories, cut=st.integers(0, 12), later_s=st.integers(0, 200_000))
def test_a_restart_believes_the_same(history, cut, later_s):
    scorer = ProbabilisticScorer(line(), keeps_evidence=True)
    stored_at_s = teach(scorer, history[:cut])
    scorer.take_evidence()
    snapshot = msgpack.encode(scorer.snapshot())
    end_s = teach(scorer, history[cut:], now_s=stored_at_s)
    evidence = msgpack.encode(scorer.take_evidence())
    again = ProbabilisticScorer(line())
    again.restore(msgpack.decode(snapshot, type=KnowledgeSnapshot))
    for one in msgpack.decode(evidence, type=list[Evidence]):
        again.learn_again(one)
    for one in (scorer, again):
        one.time_passed(now_s=end_s + later_s)
    assert [bounds or (0, CAPACITY_MSAT) for bounds in beliefs(scorer)] == [bounds or (0, CAPACITY_MSAT) for bounds in beliefs(again)]
    assert msgpack.encode(scorer.snapshot()) == msgpack.encode(again.snapshot())


@given(history=histories)
def test_whoever_follows_the_changes_knows_what_the_scorer_knows(history):
    scorer = ProbabilisticScorer(line())
    copied, epoch, now_s = {}, scorer.epoch, NOW_S
    for one in history:
        now_s = teach(scorer, [one], now_s=now_s)
        if one[0] == 1:
            scorer.time_passed(now_s=now_s)
        changed = scorer.changed_since(epoch)
        assert [scid for scid, bit in changed if bit == 0] == scorer.knowledge.arrays(since=epoch).short_channel_ids.tolist()
        for direction in changed:
            copied[direction] = scorer.bounds_msat(direction)
        epoch = scorer.epoch
    assert {direction: scorer.bounds_msat(direction) for direction in copied} == copied
    assert set(scorer.changed_since(-1)) == set(copied)


@given(amount_msat=hostile, inflight_msat=hostile, capacity_msat=hostile, maximum_msat=hostile, history=histories)
def test_hostile_figures_have_a_price_too(amount_msat, inflight_msat, capacity_msat, maximum_msat, history):
    scorer = ProbabilisticScorer(line())
    teach(scorer, history)
    asked = ChannelUsage(
        amount_msat=amount_msat, effective_capacity_msat=capacity_msat, inflight_htlc_msat=inflight_msat, htlc_maximum_msat=maximum_msat
    )
    ends = {"source": node("alice"), "target": node("bob")}
    assert scorer.channel_penalty_msat(scid(1), **ends, usage=asked) >= 0
    assert 0.0 <= scorer.success_chance(scid(1), **ends, usage=asked) <= 1.0


@given(here=st.tuples(fitting, fitting), there=st.tuples(fitting, fitting), outcome=outcomes, amount_msat=hostile, capacity_msat=fitting)
def test_no_lesson_makes_more_of_a_channel_than_is_in_it(here, there, outcome, amount_msat, capacity_msat):
    for floor_msat, lack_msat in learn(
        here, there, outcome=outcome, amount_msat=amount_msat, capacity_msat=capacity_msat + 1, reserve_msat=capacity_msat // 50
    ):
        assert 0 <= floor_msat
        assert 0 <= lack_msat
        assert floor_msat + lack_msat <= capacity_msat + 1


@given(history=histories, after=histories)
def test_who_forgets_begins_anew(history, after):
    scorer, fresh = ProbabilisticScorer(line(), keeps_evidence=True), ProbabilisticScorer(line())
    now_s = teach(scorer, history)
    epoch, before = scorer.epoch, scorer.changed_since(-1)
    scorer.forget(now_s=now_s)
    assert before == scorer.changed_since(epoch)
    assert all(bounds is None or bounds == (0, CAPACITY_MSAT) for bounds in beliefs(scorer))
    for one in (scorer, fresh):
        one.time_passed(now_s=teach(one, after, now_s=now_s))
    assert [bounds or (0, CAPACITY_MSAT) for bounds in beliefs(scorer)] == [bounds or (0, CAPACITY_MSAT) for bounds in beliefs(fresh)]


def test_time_is_told_in_minutes():
    assert 60 == STEP_S
