"""When something that did not get there is tried again: later each time, and not everything at the same moment."""

from __future__ import annotations

from msgspec import Struct


class Backoff(Struct, frozen=True, kw_only=True):
    """How patient we are. As it stands: ten seconds, 25, about a minute, ... a day; twelve tries in a little less than two days."""

    first_s: int = 10
    longest_s: int = 86_400
    growth_percent: int = 250
    most_tries: int = 12
    jitter_permille: int = 200
    """The most that is added by chance."""


def pause_s(tries: int, *, backoff: Backoff, chance_permille: int) -> int | None:
    """
    How long to wait after so many tries; None when that was the last.

    chance_permille    0 to 1000, new for every pause

    >>> [pause_s(tries, backoff=Backoff(), chance_permille=0) for tries in (1, 2, 3, 4, 11, 12)]
    [10, 25, 62, 155, 86400, None]
    """
    if tries >= backoff.most_tries:
        return None
    plain_s = backoff.first_s
    for _ in range(tries - 1):
        plain_s = min(backoff.longest_s, plain_s * backoff.growth_percent // 100)
    return plain_s + plain_s * backoff.jitter_permille * chance_permille // 1_000_000
