"""`manage.py scorer_stats`: what our node has learnt of other nodes' channels, and whether its forecasts come true."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from payments.lightning.units import format_sat
from payments.management.answer_command import AnswerCommand, sat
from payments.queries.scorer_stats import FearedShape, ScorerStatsShape, scorer_stats

_AMOUNT_MSAT = 10_000_000
"""10,000 sat: what a payment in a shop may be."""


class Command(AnswerCommand[ScorerStatsShape]):
    """Print what is known."""

    help = "What our node has learnt of other nodes' channels: how much, how old, which it fears most, and how well it foresees."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """For which amount, and how much of it."""
        super().add_arguments(parser)
        parser.add_argument("--amount-sat", type=sat, default=_AMOUNT_MSAT, help="fear is told for this amount (10000)")
        parser.add_argument("--feared", type=int, default=10, help="how many of the most feared directions to show (10)")
        parser.add_argument("--attempts", type=int, default=1_000, help="forecasts of so many last attempts are judged (1000)")

    def answer(self, options: dict[str, Any]) -> ScorerStatsShape:
        """All of it."""
        return scorer_stats(amount_msat=options["amount_sat"], feared=max(options["feared"], 0), attempts=max(options["attempts"], 1))

    def in_words(self, answer: ScorerStatsShape) -> str:
        """Three parts: how much is known, what is feared, what came true."""
        if not answer.channels:
            return "Nothing is known yet: no payment and no probe has taught anything that has not faded since."
        ages = ", ".join(_age(age_s) for age_s in (answer.newest_age_s, answer.median_age_s, answer.oldest_age_s))
        known = f"Known: {answer.directions} directions of {answer.channels} channels. Newest, median and oldest lesson: {ages} ago."
        return "\n\n".join([known, _feared(answer), _calibration(answer)])


def _feared(answer: ScorerStatsShape) -> str:
    heading = f"Most feared for {format_sat(answer.amount_msat)} sat:"
    titles = f"  {'channel':<16} {'from':<22} {'to':<22} {'at least':>12} {'at most':>12} {'capacity':>12} {'chance':>8} {'learnt':>8}"
    return "\n".join([heading, titles, *(_row(one) for one in answer.most_feared)])


def _row(one: FearedShape) -> str:
    amounts = " ".join(f"{format_sat(amount_msat // 1_000 * 1_000):>12}" for amount_msat in (one.min_msat, one.max_msat, one.capacity_msat))
    return f"  {one.short_channel_id:<16} {one.source[:22]:<22} {one.target[:22]:<22} {amounts} {one.chance:>7.1%} {_age(one.age_s):>8}"


def _calibration(answer: ScorerStatsShape) -> str:
    found = answer.calibration
    heading = f"Forecasts of the last {answer.attempts} attempts, {found.count} channels tried, {found.carried} carried:"
    titles = f"  {'said':>12} {'tried':>8} {'mean said':>10} {'carried':>8}"
    rows = [
        f"  {f'{band.lowest:.0%} to {band.lowest + 0.1:.0%}':>12} {band.count:>8} {band.mean_chance:>10.1%} {band.observed:>8.1%}"
        for band in found.bands
    ]
    scores = f"Brier score {found.brier_score:.4f}; of the base rate alone {found.base_rate_brier_score:.4f} (less is better)."
    return "\n".join([heading, titles, *rows, scores])


def _age(age_s: int | None) -> str:
    """
    Seconds as people say them, roughly.

    >>> _age(59), _age(3_600), _age(200_000)
    ('59 s', '60 min', '55 h')
    """
    if age_s is None:
        return "never"
    if age_s < 60:
        return f"{age_s} s"
    return f"{age_s // 60} min" if age_s < 7_200 else f"{age_s // 3_600} h"
