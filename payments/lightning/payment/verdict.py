"""
What a failed attempt teaches: who failed, which channel not to use again for this payment, and whether trying again makes sense.

A failure tells of the node that wrote it, and a node speaks about the channel after it or about itself: then the channel that led to it is
avoided. Whatever cannot be read is blamed on the first place from which the answer could have been spoilt.

BOLT 4, Receiving Failure Codes
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from payments.lightning.events import LocalFailure
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.onion.attribution import HOLD_TIME_UNIT_MS
from payments.lightning.onion.failure import unwrap_failure
from payments.lightning.routing.route import Path
from payments.lightning.wire.errors import FailureTruncated
from payments.lightning.wire.failures import Failure, FailureCode, UnknownFailure, decode_failure


class Verdict(Struct, frozen=True, kw_only=True):
    """The lesson of one failed attempt."""

    failing_hop: int | None
    """Which hop's node failed, from 0; None when the answer could not be attributed."""
    failure_code: int | None
    failure_data: bytes
    short_channel_id: ShortChannelId | None
    """The channel not to be used again for this payment."""
    node_id: NodeId | None = None
    """And the node, with all of its channels, that said that it fails as a whole."""
    is_permanent: bool
    """Trying again is pointless: the payee itself said no."""
    hold_times_ms: tuple[int, ...] = ()
    local_failure: LocalFailure | None = None
    """It did not fail on the way."""


def judge_failure(path: Path, shared_secrets: Sequence[bytes], *, reason: bytes, attribution_data: bytes | None) -> Verdict:
    """
    What an encrypted failure of an HTLC over this path means.

    shared_secrets    one for each hop of the path, 32 bytes each
    """
    answer = unwrap_failure(shared_secrets, reason, attribution_data)
    hold_times_ms = tuple(time * HOLD_TIME_UNIT_MS for time in answer.hold_times)
    if answer.hop_index is None or answer.message is None:
        return _unreadable(path, answer.hop_index, answer.first_unattributed_hop, hold_times_ms)
    hop, data = answer.hop_index, answer.message
    failure = _read(data)
    if failure is None:
        return _unreadable(path, hop, None, hold_times_ms)
    return Verdict(
        failing_hop=hop,
        failure_code=failure.code,
        failure_data=data[2:],
        short_channel_id=_channel_to_avoid(path, hop, failure),
        node_id=_node_to_avoid(path, hop, failure),
        is_permanent=hop == len(path.hops) - 1 and failure.is_permanent,
        hold_times_ms=hold_times_ms,
    )


def judge_malformed(path: Path, *, failure_code: int, sha256_of_onion: bytes) -> Verdict:
    """What it means that our own peer could not read the onion."""
    return Verdict(
        failing_hop=0,
        failure_code=failure_code,
        failure_data=sha256_of_onion,
        short_channel_id=_inbound(path, 0),
        is_permanent=False,
    )


def failed_on_our_side(path: Path, reason: LocalFailure) -> Verdict:
    """Our own channel did not take the HTLC, or the chain gave it back: nobody else has failed, and another channel may do."""
    return Verdict(
        failing_hop=None,
        failure_code=None,
        failure_data=b"",
        short_channel_id=_inbound(path, 0),
        is_permanent=False,
        local_failure=reason,
    )


def _read(data: bytes) -> Failure | None:
    """The failure in these bytes. A code without its fields still counts as that code, though as of a node that cannot write."""
    try:
        return decode_failure(data)
    except FailureTruncated as truncated:
        return None if truncated.failure_code is None else UnknownFailure(code=truncated.failure_code, data=data[2:])


def _unreadable(path: Path, hop: int | None, silent_hop: int | None, hold_times_ms: tuple[int, ...]) -> Verdict:
    """
    An answer that says nothing: the first hop that attribution does not clear is avoided, without attribution the first of all.

    When attribution clears every hop, nobody but the payee can have written it.
    """
    last = len(path.hops) - 1
    blamed = next(one for one in (hop, silent_hop, last) if one is not None)
    from_payee = hop == last
    return Verdict(
        failing_hop=hop,
        failure_code=None,
        failure_data=b"",
        short_channel_id=_inbound(path, blamed),
        is_permanent=from_payee,
        hold_times_ms=hold_times_ms,
    )


def _channel_to_avoid(path: Path, hop: int, failure: Failure) -> ShortChannelId | None:
    """
    The channel after the node that speaks, or the one that leads to it when the node itself is at fault or makes no sense.

    The payee has no channel after it. What it may say without anybody being at fault is that it refuses, or that parts are missing.
    """
    if hop == len(path.hops) - 1:
        nobodys_fault = {FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS, FailureCode.MPP_TIMEOUT}
        return None if failure.code in nobodys_fault else _inbound(path, hop)
    if failure.is_node or isinstance(failure, UnknownFailure):
        return _inbound(path, hop)
    return path.hops[hop + 1].short_channel_id


def _node_to_avoid(path: Path, hop: int, failure: Failure) -> NodeId | None:
    """Whoever says that no channel of its works. Not the payee: another way to it may do, and without it there is none. BOLT 4"""
    return path.hops[hop].node_id if failure.is_node and hop < len(path.hops) - 1 else None


def _inbound(path: Path, hop: int) -> ShortChannelId:
    return path.hops[hop].short_channel_id
