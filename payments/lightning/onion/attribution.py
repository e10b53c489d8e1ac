"""
Attribution data: how long each hop held an HTLC, and whose word for it (and for the answer) still stands.

    hold times[20 * 4] | truncated HMACs[(20 + 19 + ... + 1) * 4]  = 920 bytes

Row x of the HMACs belongs to the x-th node seen from whoever holds the data; in it stand its HMACs for each number y of hops that may lie
between it and the erring node, longest first, because only the payer knows which is true. Each covers the answer, the hold times and the
HMACs behind it, so that a hop that changes anything is found (with the neighbour it shares the blame with). On the way back each node
shifts the rows down, puts its own on top and encrypts everything. There is room for 20 hops; data of any other length counts as absent.

BOLT 4, Initialization of `attribution_data`
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from operator import itemgetter

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from payments.lightning.crypto.chacha20 import apply_keystream
from payments.lightning.onion.keys import derive_key

HOLD_TIME_UNIT_MS = 100
"""Hold times travel in tenths of a second. BOLT 4, Attribution Data"""
MAX_ATTRIBUTED_HOPS = 20

_WORD = 4
_HOLD_TIMES_LENGTH = _WORD * MAX_ATTRIBUTED_HOPS
_ROW_STARTS = [_HOLD_TIMES_LENGTH + _WORD * sum(range(MAX_ATTRIBUTED_HOPS + 1 - x, MAX_ATTRIBUTED_HOPS + 1)) for x in range(21)]
ATTRIBUTION_DATA_LENGTH = _ROW_STARTS[-1]
_LONGEST_HOLD_TIME = (1 << 32) - 1
_SHA256 = SHA256()
_NOBODY = bytes(32)
"""Stands in for the secret of hops that are not there: every reading takes the same number of steps."""


def _hmac_start(x: int, y: int) -> int:
    """Where the HMAC of node x stands that assumes y hops between it and the erring node."""
    return _ROW_STARTS[x] + _WORD * (MAX_ATTRIBUTED_HOPS - 1 - x - y)


def _covered_for(y: int) -> Callable[[bytes], tuple[bytes, ...]]:
    downstream = (_hmac_start(x, y - x) for x in range(1, y + 1))
    empty = slice(0, 0)  # with a second part there is always a tuple of them
    return itemgetter(slice(_WORD * (y + 1)), empty, *(slice(start, start + _WORD) for start in downstream))


_COVERED = [_covered_for(y) for y in range(MAX_ATTRIBUTED_HOPS)]
"""For each y: takes out of the data what the first node's HMAC for y covers beside the answer."""


def attribute(shared_secret: bytes, *, answer: bytes, downstream: bytes | None, hold_time_100ms: int) -> bytes:
    """
    Put our hold time and our HMACs on top of what came from downstream.

    answer             what the HMACs vouch for: the return packet before it is encrypted; nothing for a fulfilled HTLC
    downstream         920 bytes; None (or any other length) begins anew, as the node does where the answer arises
    hold_time_100ms    in units of 100 ms, 0 when not measured; what does not fit 32 bits is reported as the longest

    BOLT 4, Update of `attribution_data`
    """
    if hold_time_100ms < 0:
        raise ValueError(f"held for {hold_time_100ms}")
    known = downstream if downstream is not None and len(downstream) == ATTRIBUTION_DATA_LENGTH else bytes(ATTRIBUTION_DATA_LENGTH)
    clear = min(hold_time_100ms, _LONGEST_HOLD_TIME).to_bytes(_WORD, "big") + _shift_down(known)[_WORD:]
    answered = _hmac_of(answer, shared_secret)
    hmacs = b"".join([_truncated_hmac(answered, clear, y) for y in reversed(range(MAX_ATTRIBUTED_HOPS))])
    sealed = clear[:_HOLD_TIMES_LENGTH] + hmacs + clear[_ROW_STARTS[1] :]
    return apply_keystream(derive_key("ammagext", shared_secret), sealed)


def read_hold_times(shared_secrets: Sequence[bytes], *, answers: Sequence[bytes], attribution_data: bytes | None) -> tuple[int, ...]:
    """
    What the hops report, in the path's order, up to the first whose HMAC does not match.

    answers    the answer as each hop vouched for it: at least 20, whatever the length of the path
    returns    hold times in units of 100 ms; always found in 20 rounds

    BOLT 4, Origin node
    """
    present = attribution_data is not None and len(attribution_data) == ATTRIBUTION_DATA_LENGTH
    data = attribution_data if attribution_data is not None and present else bytes(ATTRIBUTION_DATA_LENGTH)
    hops = min(len(shared_secrets), MAX_ATTRIBUTED_HOPS)
    unbroken = present
    hold_times: list[int] = []
    for index in range(MAX_ATTRIBUTED_HOPS):
        secret = shared_secrets[index] if index < hops else _NOBODY
        data = apply_keystream(derive_key("ammagext", secret), data)
        y = max(hops - 1 - index, 0)
        expected = _truncated_hmac(_hmac_of(answers[index], secret), data, y)
        matches = hmac.compare_digest(expected, data[_hmac_start(0, y) : _hmac_start(0, y) + _WORD])
        unbroken = unbroken and matches and index < hops
        if unbroken:
            hold_times.append(int.from_bytes(data[:_WORD], "big"))
        data = _shift_up(data)
    return tuple(hold_times)


def _hmac_of(answer: bytes, shared_secret: bytes) -> HMAC:
    """Every HMAC of this hop as far as the answer, which each of them takes in first."""
    begun = HMAC(derive_key("um", shared_secret), _SHA256)
    begun.update(answer)
    return begun


def _truncated_hmac(answered: HMAC, data: bytes, y: int) -> bytes:
    """The first node's HMAC[4] for y hops behind it; `answered` is not changed."""
    mac = answered.copy()
    mac.update(b"".join(_COVERED[y](data)))
    return mac.finalize()[:_WORD]


def _shift_down(data: bytes) -> bytes:
    """Make room for a node before the others: each row loses the HMAC (its first) of a path that is now too long."""
    rows = b"".join([data[_ROW_STARTS[x] + _WORD : _ROW_STARTS[x + 1]] for x in range(MAX_ATTRIBUTED_HOPS - 1)])
    return bytes(_WORD) + data[: _HOLD_TIMES_LENGTH - _WORD] + bytes(_WORD * MAX_ATTRIBUTED_HOPS) + rows


def _shift_up(data: bytes) -> bytes:
    """Drop the first node; what `_shift_down` lost comes back as zeros, which no HMAC of this path covers."""
    rows = b"".join([bytes(_WORD) + data[_ROW_STARTS[x] : _ROW_STARTS[x + 1]] for x in range(1, MAX_ATTRIBUTED_HOPS)])
    return data[_WORD:_HOLD_TIMES_LENGTH] + bytes(_WORD) + rows + bytes(_WORD)
