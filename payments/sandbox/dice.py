"""
Chance that falls the same way every time: what is drawn depends on the seed and on how often was drawn before, on nothing else.

A network that is drawn by these dice is the same on every machine and with every version of Python, for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

from payments.lightning.crypto.hashes import sha256

Thing = TypeVar("Thing")


class Dice:
    """
    Whole numbers, one after the other.

    >>> Dice(b"seed").shuffled("abcd") == Dice(b"seed").shuffled("abcd")
    True
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._drawn = 0

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1, each as likely as the others."""
        self._drawn += 1
        return int.from_bytes(sha256(self._seed + self._drawn.to_bytes(8, "big")), "big") % limit

    def choice(self, things: Sequence[Thing]) -> Thing:
        """One of them."""
        return things[self.below(len(things))]

    def weighted(self, weights: Sequence[int]) -> int:
        """A place in the list, as likely as its weight is large. At least one weight is above zero."""
        reached = list(accumulate(weights))
        drawn = self.below(reached[-1])
        return next(place for place, weight in enumerate(reached) if drawn < weight)

    def shuffled(self, things: Sequence[Thing]) -> list[Thing]:
        """All of them in another order."""
        left = list(things)
        return [left.pop(self.below(len(left))) for _ in range(len(left))]
