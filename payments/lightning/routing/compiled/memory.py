"""
What lies before our own node, remembered: one look ahead over the whole map for every size of amount, instead of a short one each time.

Our channels lead to the same peers for days. A look ahead with the least amount of a bucket bounds every larger one too, so whoever asks
for an amount in it finds the whole map measured, and the search goes straight at us. It stays true while things only get dearer; as soon
as anything may have become cheaper, all of it is forgotten.
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from payments.lightning.routing.compiled.ahead import look_ahead
from payments.lightning.routing.compiled.tables import (
    AMOUNT,
    BUDGET,
    EXTRA_NODES,
    HINTS,
    MAX_AMOUNT,
    NONE,
    OUR_CHANNELS,
    PAYEE,
    Ahead,
    Desk,
)
from payments.lightning.routing.compiled.workspace import ahead_of

_BITS = 2
"""An amount's bucket is its size in bits and this many bits below the first: four buckets each time that it doubles."""
_ASKED_OFTEN = 3
"""A look ahead over everything takes as long as some ten searches: it is made when a bucket was asked for this many times."""
_MAX_BYTES = 64 << 20
"""What is remembered takes no more than this."""

_Key = tuple[Hashable, int]
"""Whom our channels lead to, and the bucket."""


class Memory:
    """Looks ahead of one map, by peers and bucket."""

    def __init__(self, node_count: int) -> None:
        self._node_count = node_count
        self._known: dict[_Key, Ahead] = {}
        self._asked: dict[_Key, int] = {}
        self._falls = 0

    def ahead(self, desk: Desk, *, peers: Hashable, amount_msat: int, falls: int) -> Ahead | None:
        """
        What lies before our channels for an amount of this size; None while it is not worth while.

        peers    whom our channels lead to, whatever says so
        falls    how often something may have become cheaper
        """
        if falls != self._falls:
            self._known, self._asked, self._falls = {}, {}, falls
        key = peers, bucket_of(amount_msat)
        known = self._known.get(key)
        if known is None:
            self._asked[key] = self._asked.get(key, 0) + 1
            if self._asked[key] > _ASKED_OFTEN:
                known = self._remember(key, _look(desk, least_of(key[1]), node_count=self._node_count))
        return known

    def _remember(self, key: _Key, ahead: Ahead) -> Ahead:
        size = ahead.cost.nbytes + ahead.mark.nbytes
        if len(self._known) >= max(_MAX_BYTES // size, 1):
            del self._known[next(iter(self._known))]
        self._known[key] = ahead
        return ahead


def bucket_of(amount_msat: int) -> int:
    """
    The bucket of a positive amount.

    >>> [bucket_of(amount) == bucket_of(1_000) for amount in (895, 896, 1_023, 1_024)]
    [False, True, True, False]
    """
    bits = amount_msat.bit_length()
    return (bits << _BITS) + (amount_msat << _BITS + 1 >> bits & (1 << _BITS) - 1)


def least_of(bucket: int) -> int:
    """
    The least amount of a bucket, or a little less.

    >>> least_of(bucket_of(1_000))
    896
    """
    bits, rest = bucket >> _BITS, bucket & (1 << _BITS) - 1
    return ((1 << _BITS) + rest << bits) >> _BITS + 1


def _look(desk: Desk, amount_msat: int, *, node_count: int) -> Ahead:
    """Over the whole map, as if every channel of ours could carry everything."""
    question, reach = desk.beside.question, desk.beside.range[: int(desk.beside.question[OUR_CHANNELS]), 1]
    asked, reached = question.copy(), reach.copy()
    question[AMOUNT], question[MAX_AMOUNT], question[PAYEE], question[BUDGET], question[HINTS] = amount_msat, np.inf, NONE, np.inf, 0
    reach[:] = np.inf
    ahead = ahead_of(node_count)
    look_ahead(desk._replace(ahead=ahead))
    # Of nodes that only hints know nothing is known, so nothing is demanded of them either.
    settled = int(2 * ahead.state[0] + 1)
    ahead.cost[node_count:] = 0
    ahead.mark[node_count : node_count + EXTRA_NODES] = NONE, settled
    question[:], reach[:] = asked, reached
    return ahead
