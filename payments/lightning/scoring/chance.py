"""
How likely a channel carries an amount, and what a small chance is worth: the only fractions of the engine.

A chance is no money. It is computed here and leaves as a number between 0 and 1 for people, or as a whole number of 2^-30 for prices, so
that no amount in msat is ever a fraction. The density is LDK's, fitted to real probes (rust-lightning, pull request 3495): channels are
mostly full or empty. With x = balance / capacity it is 128 * (1/256 + 9 * (x - 0.5)^8), whose integral is 128 * F(x - 0.5) with
F(z) = z^9 + z/256. Given that the balance is between min and max, amount is carried with (F(max) - F(amount)) / (F(max) - F(min)).
"""

from __future__ import annotations

from math import log10

Chance = float
"""Between 0 (never) and 1 (for sure)."""

CERTAIN: Chance = 1.0
FEAR_ONE = 1 << 30
"""The fear of a chance of one in ten: fears are whole numbers of this part."""
MAX_FEAR = 2 * FEAR_ONE
"""Of one chance in a hundred and of anything less: LDK's bound, so that some channel is always preferred to none."""
FADE_ONE = 1 << 32
"""What is left of fresh knowledge: all of it."""
_LONGEST_HALF_LIVES = 62
"""After so many nothing is left of any amount of msat that a channel can hold."""
_NO_SUCCESS_YET = 64 / 78
"""What remains of the chance of a direction that is not known to have carried anything. LDK's figure, from its own probes."""


def success_chance(amount_msat: int, *, min_msat: int, max_msat: int, capacity_msat: int) -> Chance:
    """
    How likely a direction can carry an amount when its balance is believed to be within [min_msat, max_msat].

    Never lower for a smaller amount, a higher minimum or a higher maximum. Any integers are taken.

    >>> success_chance(100, min_msat=100, max_msat=200, capacity_msat=1_000)
    1.0
    >>> success_chance(201, min_msat=100, max_msat=200, capacity_msat=1_000)
    0.0
    >>> round(success_chance(500, min_msat=0, max_msat=1_000, capacity_msat=1_000), 3)
    0.41
    """
    if amount_msat <= 0:
        return 1.0
    if amount_msat > min(max_msat, capacity_msat):
        return 0.0
    if amount_msat <= min_msat:
        return 1.0
    low = _mass_below(max(min_msat, 0), capacity_msat)
    whole = _mass_below(min(max_msat, capacity_msat), capacity_msat) - low
    # Subtracted from one instead of divided directly: rounding then never makes a higher maximum look worse.
    chance = 1.0 - (_mass_below(amount_msat, capacity_msat) - low) / whole if whole > 0.0 else 0.0
    return max(0.0, chance * _NO_SUCCESS_YET if min_msat <= 0 else chance)


def fear_of(chance: Chance) -> int:
    """
    -log10 of a chance, at most 2, in whole 2^-30.

    >>> fear_of(0.1) == FEAR_ONE, fear_of(1.0), fear_of(0.0) == MAX_FEAR
    (True, 0, True)
    """
    return MAX_FEAR if chance <= 0.01 else round(-log10(chance) * FEAR_ONE)


def fading_factors(*, half_life_s: int, step_s: int) -> tuple[int, ...]:
    """
    What is left of knowledge after 0, 1, 2... steps, in whole 2^-32; the last entry, 0, stands for every longer time.

    A table, so that one number and a whole array of them fade alike to the msat.

    >>> fading_factors(half_life_s=60, step_s=60)[:3] == (FADE_ONE, FADE_ONE // 2, FADE_ONE // 4)
    True
    """
    steps = _LONGEST_HALF_LIVES * half_life_s // step_s
    return (*(round(FADE_ONE * 2 ** (-step * step_s / half_life_s)) for step in range(steps + 1)), 0)


def _mass_below(balance_msat: int, capacity_msat: int) -> Chance:
    """F, at a balance: how much of the density lies below it, less a constant and over 128."""
    z = balance_msat / capacity_msat - 0.5
    squared = z * z
    fourth = squared * squared
    return z * fourth * fourth + z / 256
