"""Questions about amounts that need no map: what a node passes on, and where between two numbers the answer changes."""

from __future__ import annotations

from collections.abc import Callable

from payments.lightning.graph.network import DirectedPolicy


def passed_on_msat(policy: DirectedPolicy, incoming_msat: int) -> int:
    """
    The most that a node can pass on of what arrives, once it has taken its fee; negative when the fee eats it all.

    >>> passed_on_msat(DirectedPolicy(fee_base_msat=1, fee_proportional_millionths=500_000, cltv_expiry_delta=0, htlc_maximum_msat=0), 10)
    6
    """
    # a + a * ppm // 1,000,000 <= rest is the same as a * (1,000,000 + ppm) < (rest + 1) * 1,000,000.
    rest_msat = incoming_msat - policy.fee_base_msat
    return ((rest_msat + 1) * 1_000_000 - 1) // (1_000_000 + policy.fee_proportional_millionths)


def largest(goes: Callable[[int], bool], *, below: int) -> int | None:
    """
    A positive number that goes while the next one does not, searched below one that does not; None when none of its halves goes.

    >>> largest(lambda amount: amount <= 37, below=1_000)
    37
    """
    high, low = below, below // 2
    while low and not goes(low):
        high, low = low, low // 2
    return last_that_goes(goes, low=low, high=high) or None


def last_that_goes(goes: Callable[[int], bool], *, low: int, high: int) -> int:
    """
    A number from `low`, which goes, to `high`, which does not, that goes while the next one does not.

    >>> last_that_goes(lambda amount: amount <= 37, low=10, high=1_000)
    37
    """
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if goes(middle) else (low, middle)
    return low


def least(goes: Callable[[int], bool], *, above: int, enough: int) -> int:
    """
    A number above one that does not go, up to one that does, that goes while the one before does not. The most likely is tried first.

    >>> least(lambda limit: limit >= 37, above=10, enough=1_000)
    37
    """
    if enough - 1 == above or not goes(enough - 1):
        return enough
    low, high = above, enough - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if goes(middle) else (middle, high)
    return high
