"""Failures and hold times on their way back: who is found, what is believed, and that nothing a peer sends breaks the reading."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from payments.lightning.crypto.chacha20 import apply_keystream
from payments.lightning.onion import attribution, failure
from payments.lightning.onion.attribution import ATTRIBUTION_DATA_LENGTH
from payments.lightning.onion.failure import (
    FailurePacket,
    UnwrappedFailure,
    create_failure,
    create_fulfill_attribution,
    unwrap_failure,
    unwrap_fulfill_attribution,
    wrap_failure,
    wrap_fulfill_attribution,
)
from payments.lightning.onion.keys import authenticate, derive_key
from tests.unit.lightning.onion.path import SHARED_SECRETS as SECRETS

MESSAGE = bytes.fromhex("2002")  # temporary_node_failure
GARBAGE = FailurePacket(reason=bytes(292), attribution_data=None)


def returned(packet: FailurePacket, *, from_hop: int) -> FailurePacket:
    """The packet as the payer gets it, after the hops before `from_hop`; hop n reports a hold time of 10 + n."""
    for hop in reversed(range(from_hop)):
        packet = wrap_failure(SECRETS[hop], packet, hold_time_100ms=10 + hop)
    return packet


def unwrap(packet: FailurePacket) -> UnwrappedFailure:
    return unwrap_failure(SECRETS, packet.reason, packet.attribution_data)


def flipped(data: bytes | None, index: int) -> bytes:
    assert data is not None
    return data[:index] + bytes([data[index] ^ 1]) + data[index + 1 :]


@pytest.mark.parametrize("hop", range(5))
def test_the_failing_hop_its_message_and_all_hold_times_are_found(hop: int) -> None:
    packet = returned(create_failure(SECRETS[hop], MESSAGE, hold_time_100ms=10 + hop), from_hop=hop)
    times = tuple(range(10, 11 + hop))
    assert UnwrappedFailure(hop_index=hop, message=MESSAGE, hold_times=times, first_unattributed_hop=None) == unwrap(packet)


def test_a_failure_is_as_long_as_any_other() -> None:
    packets = [create_failure(SECRETS[0], bytes(length)) for length in (0, 2, 136, 256)]
    assert {292} == {len(packet.reason) for packet in packets}
    assert {ATTRIBUTION_DATA_LENGTH} == {len(packet.attribution_data or b"") for packet in packets}
    assert 920 == ATTRIBUTION_DATA_LENGTH


def test_a_message_longer_than_the_pad_is_not_cut() -> None:
    message = bytes(1000)
    packet = returned(create_failure(SECRETS[4], message), from_hop=4)
    assert message == unwrap(packet).message


def test_an_old_peer_sends_no_attribution_data_and_the_failing_hop_is_found_all_the_same() -> None:
    packet = returned(create_failure(SECRETS[3], MESSAGE), from_hop=3)
    assert UnwrappedFailure(hop_index=3, message=MESSAGE, hold_times=(), first_unattributed_hop=0) == unwrap_failure(
        SECRETS, packet.reason, None
    )


def test_behind_a_hop_without_attribution_data_nothing_is_believed() -> None:
    packet = wrap_failure(SECRETS[3], create_failure(SECRETS[4], MESSAGE))
    packet = FailurePacket(reason=wrap_failure(SECRETS[2], packet).reason, attribution_data=None)
    result = unwrap(returned(packet, from_hop=2))
    assert UnwrappedFailure(hop_index=4, message=MESSAGE, hold_times=(10, 11), first_unattributed_hop=2) == result


@pytest.mark.parametrize("length", [0, 1, 919, 921, 65535])
def test_attribution_data_of_another_length_counts_as_none(length: int) -> None:
    packet = create_failure(SECRETS[1], MESSAGE)
    fresh = wrap_failure(SECRETS[0], FailurePacket(reason=packet.reason, attribution_data=None))
    assert fresh == wrap_failure(SECRETS[0], FailurePacket(reason=packet.reason, attribution_data=bytes(length)))
    assert 0 == unwrap_failure(SECRETS, fresh.reason, bytes(length)).first_unattributed_hop


@pytest.mark.parametrize("tampering_hop", range(1, 5))
def test_a_hop_that_changes_the_reason_is_found(tampering_hop: int) -> None:
    packet = create_failure(SECRETS[4], MESSAGE)
    for hop in reversed(range(tampering_hop, 4)):
        packet = wrap_failure(SECRETS[hop], packet)
    packet = FailurePacket(reason=flipped(packet.reason, 100), attribution_data=packet.attribution_data)
    result = unwrap(returned(packet, from_hop=tampering_hop))
    assert (None, None) == (result.hop_index, result.message)
    assert tampering_hop == result.first_unattributed_hop
    assert tuple(range(10, 10 + tampering_hop)) == result.hold_times


@pytest.mark.parametrize(("place", "blamed"), [(0, 3), (7, 3), (8, None), (79, None)])
def test_a_hop_that_changes_a_hold_time_of_this_path_is_found(place: int, blamed: int | None) -> None:
    packet = wrap_failure(SECRETS[3], create_failure(SECRETS[4], MESSAGE))
    packet = FailurePacket(reason=packet.reason, attribution_data=flipped(packet.attribution_data, place))
    result = unwrap(returned(packet, from_hop=3))
    assert (4, MESSAGE, blamed) == (result.hop_index, result.message, result.first_unattributed_hop)


def test_a_reason_that_nobody_signed_is_attributed_to_nobody() -> None:
    result = unwrap_failure(SECRETS, bytes(292), None)
    assert UnwrappedFailure(hop_index=None, message=None, hold_times=(), first_unattributed_hop=0) == result


def test_garbage_from_a_failing_hop_is_blamed_behind_it() -> None:
    packet = wrap_failure(SECRETS[2], FailurePacket(reason=bytes(292), attribution_data=None))
    result = unwrap(returned(packet, from_hop=2))
    assert (None, 3) == (result.hop_index, result.first_unattributed_hop)


@pytest.mark.parametrize("body", [b"", b"\0", b"\0\5abcd", b"\xff\xff" + bytes(254)])
def test_a_signed_reason_without_a_readable_message_names_the_hop_only(body: bytes) -> None:
    packet = authenticate(derive_key("um", SECRETS[0]), body) + body
    result = unwrap_failure(SECRETS, apply_keystream(derive_key("ammag", SECRETS[0]), packet), None)
    assert (0, None) == (result.hop_index, result.message)


@pytest.mark.parametrize("length", [0, 1, 2, 31, 32, 33, 34, 291, 293, 70_000])
def test_a_reason_of_any_length_goes_back_and_is_read(length: int) -> None:
    packet = returned(FailurePacket(reason=bytes(length), attribution_data=None), from_hop=5)
    assert length == len(packet.reason)
    result = unwrap(packet)
    assert (None, (10, 11, 12, 13, 14), None) == (result.hop_index, result.hold_times, result.first_unattributed_hop)


def test_a_path_longer_than_attribution_reaches_is_read_as_far_as_it_reaches() -> None:
    secrets = [bytes([hop]) * 32 for hop in range(1, 26)]
    packet = create_failure(secrets[24], MESSAGE)
    for hop in reversed(range(24)):
        packet = wrap_failure(secrets[hop], packet, hold_time_100ms=hop)
    result = unwrap_failure(secrets, packet.reason, packet.attribution_data)
    assert (24, MESSAGE) == (result.hop_index, result.message)
    assert (tuple(range(20)), 20) == (result.hold_times, result.first_unattributed_hop)


def test_a_hold_time_is_never_negative_and_never_overflows() -> None:
    with pytest.raises(ValueError, match="held for -1"):
        create_failure(SECRETS[0], MESSAGE, hold_time_100ms=-1)
    packet = create_failure(SECRETS[0], MESSAGE, hold_time_100ms=1 << 40)
    assert ((1 << 32) - 1,) == unwrap(packet).hold_times


def test_hold_times_of_a_success_are_read_and_guarded_the_same_way() -> None:
    data = create_fulfill_attribution(SECRETS[4], hold_time_100ms=14)
    for hop in reversed(range(4)):
        data = wrap_fulfill_attribution(SECRETS[hop], data, hold_time_100ms=10 + hop)
    complete = unwrap_fulfill_attribution(SECRETS, data)
    assert ((10, 11, 12, 13, 14), None) == (complete.hold_times, complete.first_unattributed_hop)
    changed = unwrap_fulfill_attribution(SECRETS, flipped(data, 0))
    assert ((), 0) == (changed.hold_times, changed.first_unattributed_hop)
    assert ((), 0) == (
        unwrap_fulfill_attribution(SECRETS, None).hold_times,
        unwrap_fulfill_attribution(SECRETS, b"").first_unattributed_hop,
    )


def test_attribution_begins_anew_behind_a_hop_that_sent_none() -> None:
    data = wrap_fulfill_attribution(SECRETS[1], None, hold_time_100ms=11)
    data = wrap_fulfill_attribution(SECRETS[0], data, hold_time_100ms=10)
    result = unwrap_fulfill_attribution(SECRETS, data)
    assert ((10, 11), 2) == (result.hold_times, result.first_unattributed_hop)


def test_reading_takes_the_same_steps_whoever_failed_and_whatever_came(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    for module in (failure, attribution):
        for name in ("apply_keystream", "derive_key"):
            monkeypatch.setattr(module, name, counted(getattr(module, name), steps))
    counts = set()
    for packet in [*(returned(create_failure(SECRETS[hop], MESSAGE), from_hop=hop) for hop in range(5)), GARBAGE]:
        steps.clear()
        unwrap(packet)
        counts.add((steps.count("apply_keystream"), steps.count("derive_key")))
    assert {(27 + 20, 2 * 27 + 2 * 20)} == counts


def counted(function: Callable[..., bytes], steps: list[str]) -> Callable[..., bytes]:
    def run(*arguments: bytes | str) -> bytes:
        steps.append(function.__name__)
        return function(*arguments)

    return run
