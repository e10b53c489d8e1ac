"""Balances that nobody sees, drawn as real ones are spread: half of the channels anywhere, half of them nearly empty or nearly full."""

from __future__ import annotations

import random


def share_of_one_side(dice: random.Random) -> float:
    """What one side of a channel has of it, from the density 128 * (1/256 + 9 * (x - 0.5)^8)."""
    if dice.random() < 0.5:
        return dice.random()
    far = 0.5 * dice.random() ** (1 / 9)
    return 0.5 + far if dice.random() < 0.5 else 0.5 - far
