"""What one lesson says about both directions of a channel of 1,000 msat."""

from __future__ import annotations

import pytest

from payments.lightning.scoring.bounds import NOTHING_KNOWN, learn
from payments.lightning.scoring.lessons import Outcome


def after(outcome: Outcome, amount_msat: int, here=NOTHING_KNOWN, there=NOTHING_KNOWN, *, reserve_msat: int = 20):
    return learn(here, there, outcome=outcome, amount_msat=amount_msat, capacity_msat=1_000, reserve_msat=reserve_msat)


@pytest.mark.parametrize(
    ("outcome", "amount_msat", "expected"),
    [
        (Outcome.CARRIED, 300, ((300, 0), (0, 300))),
        (Outcome.FAILED, 300, ((0, 701), (681, 0))),
        (Outcome.PAID, 300, ((0, 300), (300, 0))),
        (Outcome.FAILED, 1, ((0, 1_000), (980, 0))),
        (Outcome.REFUSED, 300, ((0, 701), NOTHING_KNOWN)),
        (Outcome.FAILED, 1_001, (NOTHING_KNOWN, NOTHING_KNOWN)),
        (Outcome.CARRIED, 1_001, ((1_000, 0), (0, 1_000))),
        (Outcome.FAILED, 0, (NOTHING_KNOWN, NOTHING_KNOWN)),
    ],
)
def test_it_works(outcome, amount_msat, expected):
    assert expected == after(outcome, amount_msat)


def test_a_payment_moves_what_was_known():
    assert ((200, 400), (600, 100)) == after(Outcome.PAID, 300, (500, 100), (300, 400))


def test_what_was_carried_drops_a_maximum_below_it_whole():
    assert ((500, 0), (0, 500)) == after(Outcome.CARRIED, 500, (0, 700), (600, 0))


def test_what_failed_drops_a_minimum_above_it_whole():
    assert ((0, 701), (681, 0)) == after(Outcome.FAILED, 300, (400, 0), (0, 400))


def test_the_reserves_are_not_counted_on():
    assert ((0, 1_000), (1_000, 0)) == after(Outcome.FAILED, 1, reserve_msat=0)


def test_less_than_is_known_teaches_nothing():
    known = ((500, 100), (100, 500))
    assert known == after(Outcome.CARRIED, 499, *known)
    assert known == after(Outcome.FAILED, 901, *known)
