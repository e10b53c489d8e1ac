"""Prices in figures, and what an attempt teaches about each of its channels."""

from __future__ import annotations

from itertools import pairwise

import pytest

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.scoring.lessons import Evidence, Lesson, Outcome, direction_of
from payments.lightning.scoring.parameters import ScoringParameters
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.lightning.scoring.scorer import ChannelUsage, ScoredHop, ScoredPath
from payments.lightning.units import MAX_MSAT
from tests.graphs import channel, network, node, scid

CAPACITY_MSAT = 1_000_000_000
NOW_S = 1_700_000_000
PATH = ("alice", "bob", "carol", "dave", "erin")


def road() -> NetworkGraph:
    #   alice --1-- bob --2-- carol --3-- dave --4-- erin, a million sat each
    return network(*(channel(left, right) for left, right in pairwise(PATH)))


def steps(*, amount_msat: int = 300_000_000) -> ScoredPath:
    return tuple(
        ScoredHop(short_channel_id=scid(number), source=node(left), target=node(right), amount_msat=amount_msat)
        for number, (left, right) in enumerate(pairwise(PATH), start=1)
    )


def usage(amount_msat: int, **changes: int) -> ChannelUsage:
    return ChannelUsage(**{"amount_msat": amount_msat, "effective_capacity_msat": CAPACITY_MSAT, **changes})


def price_msat(scorer: ProbabilisticScorer, asked: ChannelUsage, *, back: bool = False) -> int:
    source, target = (node("carol"), node("bob")) if back else (node("bob"), node("carol"))
    return scorer.channel_penalty_msat(scid(2), source=source, target=target, usage=asked)


def bounds(scorer: ProbabilisticScorer, number: int, left: str, right: str):
    return scorer.bounds_msat(direction_of(scid(number), source=node(left), target=node(right)))


@pytest.mark.parametrize(
    ("asked", "penalty_msat"),
    [
        # 1,024 and 0.0122 %, then 10,000 msat and 0.1192 % of the amount times -log10 of 64/78 of what the density leaves above it
        (usage(0), 1_024),
        (usage(1_000_000), 1_024 + 122 + 985),
        (usage(500_000_000), 1_024 + 61_000 + 234_488),
        (usage(CAPACITY_MSAT), 1_024 + 122_000 + 2 * (10_000 + 1_192_000)),
        (usage(CAPACITY_MSAT + 1), 1_024 + 122_000 + 2 * (10_000 + 1_192_000) + 100_000_000_000),
        (usage(1_000_000, htlc_maximum_msat=CAPACITY_MSAT // 2), 1_024 + 122 + 985 + 250),
        (usage(1_000_000, htlc_maximum_msat=CAPACITY_MSAT // 2 - 1), 1_024 + 122 + 985),
        (usage(1_000_000, inflight_htlc_msat=CAPACITY_MSAT), 1_024 + 122 + 2 * (10_000 + 1_192) + 100_000_000_000),
        (usage(1_000_000, effective_capacity_msat=MAX_MSAT), 1_024 + 122),
    ],
)
def test_ignorance_has_a_price(asked, penalty_msat):
    assert penalty_msat == price_msat(ProbabilisticScorer(road()), asked)


def test_every_knob_turns_a_price():
    scorer = ProbabilisticScorer(
        road(),
        ScoringParameters(
            base_penalty_msat=0,
            base_penalty_amount_ppm=0,
            liquidity_penalty_multiplier_msat=0,
            liquidity_penalty_amount_ppm=0,
            anti_probing_penalty_msat=7,
            considered_impossible_penalty_msat=9,
        ),
    )
    assert 16 == price_msat(scorer, usage(CAPACITY_MSAT + 1, htlc_maximum_msat=CAPACITY_MSAT))


def test_a_failure_teaches_the_channels_up_to_it():
    scorer = ProbabilisticScorer(road())
    scorer.payment_path_failed(steps(), scid(3), now_s=NOW_S)

    assert None is bounds(scorer, 1, "alice", "bob"), "ours is known without learning"
    assert (300_000_000, CAPACITY_MSAT) == bounds(scorer, 2, "bob", "carol")
    assert (0, 700_000_000) == bounds(scorer, 2, "carol", "bob")
    assert (0, 299_999_999) == bounds(scorer, 3, "carol", "dave")
    assert (680_000_001, CAPACITY_MSAT) == bounds(scorer, 3, "dave", "carol")
    assert None is bounds(scorer, 4, "dave", "erin"), "nobody came so far"


def test_a_failure_for_another_reason_is_feared_and_tells_nothing_of_the_way_back():
    scorer = ProbabilisticScorer(road())
    scorer.probe_failed(steps(), scid(3), now_s=NOW_S, lacks_balance=False)
    assert (0, 299_999_999) == bounds(scorer, 3, "carol", "dave")
    assert (0, CAPACITY_MSAT) == bounds(scorer, 3, "dave", "carol")


def test_a_payment_moves_money_and_a_probe_does_not():
    paid, probed = ProbabilisticScorer(road()), ProbabilisticScorer(road())
    paid.payment_path_successful(steps(), now_s=NOW_S)
    probed.probe_successful(steps(), now_s=NOW_S)

    assert ((0, 700_000_000), (300_000_000, CAPACITY_MSAT)) == (bounds(paid, 4, "dave", "erin"), bounds(paid, 4, "erin", "dave"))
    assert ((300_000_000, CAPACITY_MSAT), (0, 700_000_000)) == (bounds(probed, 4, "dave", "erin"), bounds(probed, 4, "erin", "dave"))


@pytest.mark.parametrize("number", [1, 99])
def test_a_failure_of_our_own_channel_or_of_none_teaches_nothing(number):
    scorer = ProbabilisticScorer(road(), keeps_evidence=True)
    scorer.payment_path_failed(steps(), scid(number), now_s=NOW_S)
    assert (0, []) == (scorer.epoch, scorer.take_evidence())


def test_private_channels_and_false_ends_are_not_learnt_of():
    scorer = ProbabilisticScorer(road())
    ours, first, *_ = steps()
    private = ScoredHop(short_channel_id=scid(50), source=node("carol"), target=node("mallory"), amount_msat=1)
    false = ScoredHop(short_channel_id=scid(3), source=node("mallory"), target=node("dave"), amount_msat=1)
    scorer.probe_successful((ours, first, private, false), now_s=NOW_S)
    assert [scid(2)] == scorer.knowledge.channels()


def test_a_channel_without_capacity_is_as_large_as_its_largest_htlc():
    graph = network(channel("alice", "bob"), channel("bob", "carol", htlc_maximum_msat=5_000))
    graph._channels = {key: type(one)(**{**_fields(one), "capacity_sat": None}) for key, one in graph._channels.items()}
    scorer = ProbabilisticScorer(graph)
    scorer.probe_successful(steps(amount_msat=3_000)[:2], now_s=NOW_S)
    assert (3_000, 5_000) == bounds(scorer, 2, "bob", "carol")


def _fields(struct) -> dict:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def test_what_was_learnt_is_half_forgotten_after_the_half_life():
    scorer = ProbabilisticScorer(road())
    scorer.payment_path_failed(steps(), scid(3), now_s=NOW_S)
    scorer.time_passed(now_s=NOW_S + 1_800)

    assert (150_000_000, CAPACITY_MSAT) == bounds(scorer, 2, "bob", "carol")
    assert (0, CAPACITY_MSAT - 700_000_001 // 2) == bounds(scorer, 3, "carol", "dave")


def test_evidence_is_what_each_channel_did():
    scorer = ProbabilisticScorer(road(), keeps_evidence=True)
    scorer.payment_path_failed(steps(), scid(3), now_s=NOW_S)
    bits = [
        direction_of(scid(number), source=node(left), target=node(right))[1]
        for number, left, right in ((2, "bob", "carol"), (3, "carol", "dave"))
    ]
    lessons = (
        Lesson(scid(2), bits[0], Outcome.CARRIED, 300_000_000, CAPACITY_MSAT),
        Lesson(scid(3), bits[1], Outcome.FAILED, 300_000_000, CAPACITY_MSAT),
    )
    assert [Evidence(NOW_S, lessons)] == scorer.take_evidence()
    assert [] == scorer.take_evidence()


def test_nobody_who_does_not_ask_pays_for_evidence():
    scorer = ProbabilisticScorer(road())
    scorer.probe_successful(steps(), now_s=NOW_S)
    assert [] == scorer.take_evidence()
