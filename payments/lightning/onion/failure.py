"""
The way back: a failure that only the payer can read, and hold times that come with failures and successes alike.

    hmac[32] | failure_len[2] | failure message | pad_len[2] | pad        at least 292 bytes

The node where it fails writes and encrypts this; each node before it encrypts once more. The payer peels as many layers as a path may have
hops, and does so always, so that the time it takes tells nobody how far away the failing node is. A reason of any length and content is
passed back as it came: a peer must not be able to make us break off, nor to choose what we do.

BOLT 4, Returning Errors
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

import msgspec

from payments.lightning.crypto.chacha20 import apply_keystream
from payments.lightning.onion.attribution import MAX_ATTRIBUTED_HOPS, attribute, read_hold_times
from payments.lightning.onion.keys import authenticate, derive_key

UNWRAP_ROUNDS = 27
"""The longest path of TLV payloads that fits an onion."""
PADDED_LENGTH = 256
"""Message and pad together have this length, so that the length does not give the failure away."""

_HMAC_LENGTH = 32
_MESSAGE_START = 34
_NOBODY = bytes(32)


class FailurePacket(msgspec.Struct, frozen=True, kw_only=True):
    """
    What update_fail_htlc carries: `reason` (292 bytes as a rule) and `attribution_data` (920 bytes, TLV type 1).

    Attribution data is None only when it comes from a peer that sent none.
    """

    reason: bytes
    attribution_data: bytes | None


class UnwrappedFailure(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the payer can tell from a failure.

    hop_index                the node that says it failed, 0 = the first; None when nobody's HMAC matches
    message                  its failure message; None when there is none or its length is impossible
    hold_times               what the hops say, in units of 100 ms, as far as it is vouched for
    first_unattributed_hop   the first node, up to the failing one or the payee, that has not vouched for what it passed back (0 when no
                             attribution data came); None when all have. It says something about blame only while hop_index is None:
                             that node or the one before it; the payee when it is None too

    BOLT 4, Origin node
    """

    hop_index: int | None
    message: bytes | None
    hold_times: tuple[int, ...]
    first_unattributed_hop: int | None


class UnwrappedFulfill(msgspec.Struct, frozen=True, kw_only=True):
    """Hold times of a payment that arrived, in units of 100 ms, and the first hop that did not vouch for its own (None: all did)."""

    hold_times: tuple[int, ...]
    first_unattributed_hop: int | None


def create_failure(shared_secret: bytes, message: bytes, *, hold_time_100ms: int = 0, padded_length: int = PADDED_LENGTH) -> FailurePacket:
    """
    The failure of an HTLC that ends at us, for its payer's eyes.

    shared_secret      32 bytes, from peeling the onion
    message            `wire.failures.encode_failure(...)`
    padded_length      message and pad together; more when the message is longer

    BOLT 4, Erring node
    """
    pad_length = max(padded_length - len(message), 0)
    body = len(message).to_bytes(2, "big") + message + pad_length.to_bytes(2, "big") + bytes(pad_length)
    packet = authenticate(derive_key("um", shared_secret), body) + body
    return _seal(shared_secret, packet, None, hold_time_100ms)


def wrap_failure(shared_secret: bytes, packet: FailurePacket, *, hold_time_100ms: int = 0) -> FailurePacket:
    """
    Pass a failure on to the node before us.

    Without (usable) attribution data from downstream ours begins anew: the payer then learns how far it reaches.

    BOLT 4, Transformation of the return packet; Transformation of `attribution_data`
    """
    return _seal(shared_secret, packet.reason, packet.attribution_data, hold_time_100ms)


def unwrap_failure(shared_secrets: Sequence[bytes], reason: bytes, attribution_data: bytes | None) -> UnwrappedFailure:
    """
    Find out who failed and what they say, in the same number of steps whatever came back.

    shared_secrets      32 bytes for each node of the path, the first hop's first
    attribution_data    as it came with update_fail_htlc; any length but 920 counts as none

    BOLT 4, Origin node
    """
    hops = len(shared_secrets)
    packets = []
    hop_index = None
    for index in range(max(UNWRAP_ROUNDS, hops)):
        secret = shared_secrets[index] if index < hops else _NOBODY
        reason = apply_keystream(derive_key("ammag", secret), reason)
        packets.append(reason)
        expected = authenticate(derive_key("um", secret), reason[_HMAC_LENGTH:])
        if hmac.compare_digest(expected, reason[:_HMAC_LENGTH]) and hop_index is None and index < hops:
            hop_index = index
    hold_times = read_hold_times(shared_secrets, answers=packets, attribution_data=attribution_data)
    reached = hops if hop_index is None else hop_index + 1
    return UnwrappedFailure(
        hop_index=hop_index,
        message=None if hop_index is None else _message(packets[hop_index]),
        hold_times=hold_times[:reached],
        first_unattributed_hop=_first_silent(hold_times, reached),
    )


def create_fulfill_attribution(shared_secret: bytes, *, hold_time_100ms: int = 0) -> bytes:
    """Attribution data[920] of an HTLC that we, the payee, fulfil. BOLT 4, Hold times for successful payments"""
    return attribute(shared_secret, answer=b"", downstream=None, hold_time_100ms=hold_time_100ms)


def wrap_fulfill_attribution(shared_secret: bytes, attribution_data: bytes | None, *, hold_time_100ms: int = 0) -> bytes:
    """Attribution data[920] of an HTLC that was fulfilled downstream. BOLT 4, Hold times for successful payments"""
    return attribute(shared_secret, answer=b"", downstream=attribution_data, hold_time_100ms=hold_time_100ms)


def unwrap_fulfill_attribution(shared_secrets: Sequence[bytes], attribution_data: bytes | None) -> UnwrappedFulfill:
    """How long each hop held a payment that arrived. BOLT 4, Hold times for successful payments"""
    answers = [b""] * MAX_ATTRIBUTED_HOPS
    hold_times = read_hold_times(shared_secrets, answers=answers, attribution_data=attribution_data)
    return UnwrappedFulfill(hold_times=hold_times, first_unattributed_hop=_first_silent(hold_times, len(shared_secrets)))


def _seal(shared_secret: bytes, packet: bytes, downstream: bytes | None, hold_time_100ms: int) -> FailurePacket:
    attribution = attribute(shared_secret, answer=packet, downstream=downstream, hold_time_100ms=hold_time_100ms)
    return FailurePacket(reason=apply_keystream(derive_key("ammag", shared_secret), packet), attribution_data=attribution)


def _first_silent(hold_times: Sequence[int], reached: int) -> int | None:
    return len(hold_times) if len(hold_times) < reached else None


def _message(packet: bytes) -> bytes | None:
    """The failure message in an authentic packet, or None when its length does not fit."""
    end = _MESSAGE_START + int.from_bytes(packet[_HMAC_LENGTH:_MESSAGE_START], "big")
    return packet[_MESSAGE_START:end] if _MESSAGE_START <= end <= len(packet) else None
