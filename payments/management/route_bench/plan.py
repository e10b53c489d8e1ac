"""How much is asked."""

from __future__ import annotations

import msgspec


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """
    Numbers of questions, all drawn from one seed.

    queries    of searches that take about a millisecond
    slow       of networkx, and a quarter as many of our readable search: the first of those
    large      of payments in parts
    channels   in a map grown from the one measured, which is searched too; 0: none
    """

    queries: int = 400
    slow: int = 40
    large: int = 60
    channels: int = 0
    seed: int = 1
