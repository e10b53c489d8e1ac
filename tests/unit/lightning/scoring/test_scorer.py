"""Fear as a price: what the scorer without knowledge says."""

from __future__ import annotations

import pytest

from payments.lightning.scoring.scorer import ChannelUsage, FixedPenaltyScorer
from tests.graphs import node, scid


@pytest.mark.parametrize(("amount_msat", "penalty_msat"), [(1, 1_024), (1_000_000, 1_146), (1_000_000_000, 123_024)])
def test_a_channel_costs_its_base_and_its_share(amount_msat: int, penalty_msat: int) -> None:
    usage = ChannelUsage(amount_msat=amount_msat, effective_capacity_msat=10**12)
    scorer = FixedPenaltyScorer()
    assert penalty_msat == scorer.channel_penalty_msat(scid(1), source=node("alice"), target=node("bob"), usage=usage)


def test_fear_can_be_switched_off() -> None:
    usage = ChannelUsage(amount_msat=1_000_000, effective_capacity_msat=10**12)
    scorer = FixedPenaltyScorer(base_penalty_msat=0, base_penalty_amount_ppm=0)
    assert 0 == scorer.channel_penalty_msat(scid(1), source=node("alice"), target=node("bob"), usage=usage)
