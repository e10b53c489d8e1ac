"""Made-up names: enough of them, each once, each an alias that fits."""

from __future__ import annotations

from payments.sandbox.dice import Dice
from payments.sandbox.from_map import MOST_NODES
from payments.sandbox.names import made_up_names, slug_of


def test_there_are_enough_and_no_two_alike() -> None:
    names = made_up_names(MOST_NODES, dice=Dice(b"seed"), taken=())

    assert MOST_NODES == len(set(names)) == len({slug_of(name) for name in names})


def test_each_fits_into_an_announcement() -> None:
    names = made_up_names(100_000, dice=Dice(b"seed"), taken=())

    assert all(name.isascii() and len(name) <= 32 for name in names)


def test_the_seed_decides() -> None:
    first, again, other = (made_up_names(20, dice=Dice(seed), taken=()) for seed in (b"a", b"a", b"b"))

    assert first == again
    assert first != other


def test_taken_names_are_not_given() -> None:
    names = made_up_names(20, dice=Dice(b"seed"), taken=())

    assert names[10:] == made_up_names(10, dice=Dice(b"seed"), taken=names[:10])
