"""
What lies before our own node, remembered: looks ahead over the whole map, one for every size of amount, instead of a short one each time.

Our channels lead to the same peers for days. A look ahead with the least amount of a bucket bounds every larger one too, so whoever asks
for an amount in it finds the whole map measured, and the search goes straight at us. All of them take as long as thousands of searches:
they are made beforehand and never while somebody waits for an answer. They stay true while things only get dearer; as soon as anything may
have become cheaper, nothing is remembered until somebody prepares again.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from payments.lightning.routing.compiled.ahead import look_ahead
from payments.lightning.routing.compiled.tables import (
    AMOUNT,
    EXTRA_NODES,
    HINTS,
    MAX_AMOUNT,
    NONE,
    OUR_CHANNELS,
    USES_ALL,
    Ahead,
    Desk,
)
from payments.lightning.routing.compiled.workspace import ahead_of

_USUAL_MSAT = (100_000, 10_000_000_000)
"""Amounts that are prepared for: 100 to 10,000,000 sat, beyond which payments go in parts."""
_MOST_BITS = 2
"""An amount's bucket is its size in bits and so many bits below the first: four buckets each time that it doubles, fewer on huge maps."""
_MAX_BYTES = 64 << 20
"""What is remembered takes no more than this."""


class _Known(Struct, frozen=True):
    """By bucket, and while nothing has become cheaper, what lies before these peers."""

    peers: bytes
    falls: int
    by_bucket: dict[int, Ahead]


class Memory:
    """Looks ahead of one map, from the peers that it was last prepared for."""

    def __init__(self, node_count: int) -> None:
        self._node_count = node_count
        size = sum(table.nbytes for table in ahead_of(node_count))
        doublings = _USUAL_MSAT[1].bit_length() - _USUAL_MSAT[0].bit_length() + 1
        self._bits = max((bits for bits in range(_MOST_BITS + 1) if (doublings << bits) * size <= _MAX_BYTES), default=0)
        self._known = _Known(b"", 0, {})

    def ahead(self, *, peers: bytes, amount_msat: int, falls: int) -> Ahead | None:
        """
        What lies before our channels for an amount of this size; None where that was not prepared or is no longer true.

        peers    where the nodes stand that our channels lead to
        falls    how often something may have become cheaper
        """
        known = self._known
        if falls != known.falls or peers != known.peers:
            return None
        return known.by_bucket.get(bucket_of(amount_msat, self._bits))

    def prepare(self, desk: Desk, *, peers: bytes, falls: int) -> None:
        """Look ahead from the channels that are laid out on a desk, for all usual amounts; what was known of others is forgotten."""
        by_bucket: dict[int, Ahead] = {}
        self._known = _Known(peers, falls, by_bucket)
        first, last = (bucket_of(amount_msat, self._bits) for amount_msat in _USUAL_MSAT)
        for bucket in range(first, last + 1):
            by_bucket[bucket] = _look(desk, least_of(bucket, self._bits), node_count=self._node_count)


def bucket_of(amount_msat: int, bits: int = _MOST_BITS) -> int:
    """
    The bucket of a positive amount.

    >>> [bucket_of(amount) == bucket_of(1_000) for amount in (895, 896, 1_023, 1_024)]
    [False, True, True, False]
    """
    size = amount_msat.bit_length()
    return (size << bits) + (amount_msat << bits + 1 >> size & (1 << bits) - 1)


def least_of(bucket: int, bits: int = _MOST_BITS) -> int:
    """
    The least amount of a bucket, or a little less.

    >>> least_of(bucket_of(1_000))
    896
    """
    size, rest = bucket >> bits, bucket & (1 << bits) - 1
    return ((1 << bits) + rest << size) >> bits + 1


def _look(desk: Desk, amount_msat: int, *, node_count: int) -> Ahead:
    """Over the whole map and dead ends too, as if every channel of ours could carry everything."""
    question, reach = desk.beside.question, desk.beside.range[: int(desk.beside.question[OUR_CHANNELS]), 1]
    question[AMOUNT], question[MAX_AMOUNT], question[USES_ALL], question[HINTS] = amount_msat, np.inf, True, 0
    reach[:] = np.inf
    ahead = ahead_of(node_count)
    look_ahead(desk._replace(ahead=ahead))
    # Of nodes that only hints know nothing is known, so nothing is demanded of them either.
    ahead.cost[node_count:] = 0
    ahead.mark[node_count : node_count + EXTRA_NODES] = NONE, int(2 * ahead.state[0] + 1)
    return ahead
