"""What is drawn is fair, and the same again."""

from __future__ import annotations

from collections import Counter

from payments.sandbox.dice import Dice


def test_the_same_seed_draws_the_same() -> None:
    draws = [
        [dice.below(1_000), *dice.shuffled(range(20)), dice.choice("abcdef"), dice.weighted([3, 0, 9])]
        for dice in map(Dice, (b"a", b"a", b"b"))
    ]

    assert draws[0] == draws[1]
    assert draws[0] != draws[2]


def test_what_weighs_nothing_is_never_drawn_and_the_rest_as_often_as_it_weighs() -> None:
    dice = Dice(b"seed")
    drawn = Counter(dice.weighted([0, 3, 0, 1, 0]) for _ in range(4_000))

    assert {1, 3} == set(drawn)
    assert 2_850 < drawn[1] < 3_150


def test_nothing_is_lost_or_doubled_in_shuffling() -> None:
    assert list(range(50)) == sorted(Dice(b"seed").shuffled(range(50)))


def test_every_number_below_the_limit_comes_up() -> None:
    dice = Dice(b"seed")

    assert set(range(6)) == {dice.below(6) for _ in range(200)}
