"""Chances against the density that they come from, and what they are worth."""

from __future__ import annotations

from fractions import Fraction

import pytest

from payments.lightning.scoring.chance import FADE_ONE, FEAR_ONE, MAX_FEAR, fading_factors, fear_of, success_chance

CAPACITY_MSAT = 1_000_000_000


def mass(low_msat: int, high_msat: int) -> Fraction:
    """The density 128 * (1/256 + 9 * (x - 1/2)^8) between two balances, integrated exactly."""

    def below(x: Fraction) -> Fraction:
        z = x - Fraction(1, 2)
        return 128 * (z**9 + z / 256)

    return below(Fraction(high_msat, CAPACITY_MSAT)) - below(Fraction(low_msat, CAPACITY_MSAT))


def test_the_density_is_one():
    assert 1 == mass(0, CAPACITY_MSAT)


@pytest.mark.parametrize(("min_msat", "max_msat"), [(1, CAPACITY_MSAT), (200_000_000, 700_000_000), (0, CAPACITY_MSAT), (0, 400_000_000)])
@pytest.mark.parametrize("share", [1, 250, 500, 999])
def test_a_chance_is_the_mass_above_the_amount(min_msat, max_msat, share):
    amount_msat = min_msat + (max_msat - min_msat) * share // 1_000
    exact = mass(amount_msat, max_msat) / mass(min_msat, max_msat) * (Fraction(64, 78) if min_msat == 0 else 1)
    found = success_chance(amount_msat, min_msat=min_msat, max_msat=max_msat, capacity_msat=CAPACITY_MSAT)
    assert float(exact) == pytest.approx(found, abs=1e-12)


@pytest.mark.parametrize(
    ("amount_msat", "chance"),
    [(0, 1), (100, 1), (101, None), (200, 0), (201, 0), (CAPACITY_MSAT + 1, 0), (-1, 1), (2**63, 0)],
)
def test_what_is_known_is_certain(amount_msat, chance):
    found = success_chance(amount_msat, min_msat=100, max_msat=200, capacity_msat=CAPACITY_MSAT)
    assert found == chance if chance is not None else 0 < found < 1


def test_bounds_a_msat_apart_in_the_largest_channel_do_no_harm():
    assert 0 == success_chance(10**18, min_msat=10**18 - 1, max_msat=10**18, capacity_msat=2 * 10**18)


@pytest.mark.parametrize(("chance", "fear"), [(1, 0), (0.1, FEAR_ONE), (0.01, MAX_FEAR), (0.001, MAX_FEAR), (0, MAX_FEAR)])
def test_fear_is_the_number_of_tens(chance, fear):
    assert fear == fear_of(chance)


def test_knowledge_halves_and_ends():
    factors = fading_factors(half_life_s=1_800, step_s=60)
    assert (FADE_ONE, FADE_ONE // 2, FADE_ONE // 4, 0) == (factors[0], factors[30], factors[60], factors[-1])
    assert sorted(factors, reverse=True) == list(factors)
    assert (1 << 61) * factors[-2] >> 32 < 1
