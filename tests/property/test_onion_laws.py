"""
Laws of BOLT 1's and BOLT 4's bytes: what is written is read back, nothing that is read raises anything but a LightningError, and what was
changed on its way is noticed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.lightning.crypto.secp256k1 import public_key
from payments.lightning.errors import LightningError
from payments.lightning.ids import PaymentSecret, ShortChannelId
from payments.lightning.onion.errors import BadOnion
from payments.lightning.onion.failure import (
    FailurePacket,
    create_failure,
    unwrap_failure,
    unwrap_fulfill_attribution,
    wrap_failure,
    wrap_fulfill_attribution,
)
from payments.lightning.onion.packet import ONION_PACKET_LENGTH, build_onion, peel_onion
from payments.lightning.onion.payload import FinalPayload, ForwardPayload, decode_payload, encode_payload
from payments.lightning.wire.bigsize import decode_bigsize, encode_bigsize
from payments.lightning.wire.failures import FailureCode, decode_failure, encode_failure
from payments.lightning.wire.tlv import decode_tlv_stream, decode_tu, encode_tlv_stream, encode_tu

NODE_KEYS = [(index + 1).to_bytes(32, "big") for index in range(20)]
NODE_IDS = [public_key(key) for key in NODE_KEYS]

u64 = st.integers(0, (1 << 64) - 1)
u32 = st.integers(0, (1 << 32) - 1)
secrets = st.binary(min_size=32, max_size=32)
session_keys = st.integers(1, 1 << 255).map(lambda number: number.to_bytes(32, "big"))
forward_payloads = st.builds(ForwardPayload, short_channel_id=u64.map(ShortChannelId), amt_to_forward_msat=u64, outgoing_cltv_value=u32)
final_payloads = st.builds(
    FinalPayload,
    amt_to_forward_msat=u64,
    outgoing_cltv_value=u32,
    payment_secret=secrets.map(PaymentSecret),
    total_msat=u64,
    payment_metadata=st.none() | st.binary(max_size=200),
)
types = st.one_of(st.integers(0, 20), st.sampled_from([252, 253, 254, 5482373484]), u64)
records = st.dictionaries(types, st.binary(max_size=60), max_size=6)
streams = records.map(lambda values: encode_tlv_stream(sorted(values.items())))


@st.composite
def nearly(draw: st.DrawFn, valid: st.SearchStrategy[bytes]) -> bytes:
    """Valid bytes with a cut, an insertion or a changed byte: gets deeper into a parser than noise does."""
    data = draw(valid)
    place = draw(st.integers(0, len(data)))
    return data[:place] + draw(st.binary(max_size=2)) + data[place + draw(st.integers(0, 2)) :]


failures = st.builds(lambda code, rest: code.to_bytes(2, "big") + rest, st.sampled_from(FailureCode), st.binary(max_size=60))
payload_bytes = st.one_of(forward_payloads, final_payloads).map(encode_payload)
noise = st.one_of(st.binary(max_size=80), nearly(streams), nearly(payload_bytes), failures)

PARSERS: dict[str, Callable[[bytes], object]] = {
    "bigsize": decode_bigsize,
    "tlv": lambda data: decode_tlv_stream(data, known=range(0, 20, 3)),
    "tu16": lambda data: decode_tu(data, max_length=2),
    "tu64": lambda data: decode_tu(data, max_length=8),
    "failure": decode_failure,
    "forward payload": lambda data: decode_payload(data, is_final=False),
    "final payload": lambda data: decode_payload(data, is_final=True),
    "onion": lambda data: peel_onion(data, node_private_key=NODE_KEYS[0], associated_data=b""),
    "onion of the right length": lambda data: peel_onion(
        (b"\0" + NODE_IDS[1] + data).ljust(ONION_PACKET_LENGTH, b"\0"), node_private_key=NODE_KEYS[0], associated_data=b""
    ),
}


@pytest.mark.parametrize("parser", PARSERS)
@given(data=noise)
def test_a_parser_raises_nothing_but_refusals(parser: str, data: bytes) -> None:
    with suppress(LightningError):
        PARSERS[parser](data)


@given(value=u64, before=st.binary(max_size=3), after=st.binary(max_size=3))
def test_a_bigsize_is_read_as_written_wherever_it_stands(value: int, before: bytes, after: bytes) -> None:
    encoded = encode_bigsize(value)
    assert (value, len(before) + len(encoded)) == decode_bigsize(before + encoded + after, len(before))


@given(value=u64)
def test_a_truncated_integer_is_read_as_written(value: int) -> None:
    assert value == decode_tu(encode_tu(value), max_length=8)


@given(values=records)
def test_a_stream_is_read_as_written(values: dict[int, bytes]) -> None:
    assert values == decode_tlv_stream(encode_tlv_stream(sorted(values.items())), known=values)


@given(data=nearly(streams))
def test_a_stream_that_is_read_has_no_other_spelling(data: bytes) -> None:
    everything = range(1 << 64)
    with suppress(LightningError):
        assert data == encode_tlv_stream(decode_tlv_stream(data, known=everything).items())


@given(payload=st.one_of(forward_payloads, final_payloads))
def test_a_payload_is_read_as_written(payload: ForwardPayload | FinalPayload) -> None:
    assert payload == decode_payload(encode_payload(payload), is_final=isinstance(payload, FinalPayload))


@given(data=failures)
def test_a_failure_that_is_read_is_written_as_it_came(data: bytes) -> None:
    with suppress(LightningError):
        assert data.startswith(encode_failure(decode_failure(data)))


@settings(max_examples=30, deadline=None)
@given(data=st.data(), session_key=session_keys, hash_=secrets)
def test_every_hop_finds_its_own_payload(data: st.DataObject, session_key: bytes, hash_: bytes) -> None:
    payloads = data.draw(st.lists(st.binary(min_size=2, max_size=65), min_size=1, max_size=12))
    room = 1300 - sum(1 + len(payload) + 32 for payload in payloads) - 3 - 32
    payloads.append(data.draw(st.binary(min_size=2, max_size=room)))
    ids = NODE_IDS[: len(payloads)]
    packet: bytes | None = build_onion(path_node_ids=ids, payloads=payloads, session_key=session_key, associated_data=hash_).packet
    for key, payload in zip(NODE_KEYS, payloads, strict=False):
        assert packet is not None
        peeled = peel_onion(packet, node_private_key=key, associated_data=hash_)
        assert payload == peeled.payload
        packet = peeled.next_packet
    assert packet is None


@settings(max_examples=200, deadline=None)
@given(bit=st.integers(0, 8 * ONION_PACKET_LENGTH - 1))
def test_an_onion_with_a_changed_bit_is_refused(bit: int) -> None:
    packet = bytearray(ONION.packet)
    packet[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadOnion):
        peel_onion(bytes(packet), node_private_key=NODE_KEYS[0], associated_data=b"")


ONION = build_onion(path_node_ids=NODE_IDS[:3], payloads=[b"\2\0"] * 3, session_key=NODE_KEYS[7], associated_data=b"")


@settings(deadline=None)
@given(secrets_=st.lists(secrets, min_size=1, max_size=20, unique=True), message=st.binary(max_size=300), data=st.data())
def test_a_failure_of_any_hop_comes_back_with_all_hold_times(secrets_: list[bytes], message: bytes, data: st.DataObject) -> None:
    erring = data.draw(st.integers(0, len(secrets_) - 1))
    hold_times = data.draw(st.lists(u32, min_size=erring + 1, max_size=erring + 1))
    packet = create_failure(secrets_[erring], message, hold_time_100ms=hold_times[erring])
    for hop in reversed(range(erring)):
        packet = wrap_failure(secrets_[hop], packet, hold_time_100ms=hold_times[hop])
    result = unwrap_failure(secrets_, packet.reason, packet.attribution_data)
    assert (erring, message, tuple(hold_times)) == (result.hop_index, result.message, result.hold_times)
    assert result.first_unattributed_hop is None


@settings(deadline=None)
@given(hops=st.integers(2, 20), data=st.data())
def test_who_changes_a_reason_is_blamed_or_its_neighbour(hops: int, data: st.DataObject) -> None:
    path = [bytes([hop + 1]) * 32 for hop in range(hops)]
    changed_behind = data.draw(st.integers(0, hops - 2))
    place = data.draw(st.integers(0, 291))
    packet = create_failure(path[-1], b"\x20\x02")
    for hop in reversed(range(hops - 1)):
        if hop == changed_behind:
            reason = bytearray(packet.reason)
            reason[place] ^= data.draw(st.integers(1, 255))
            packet = FailurePacket(reason=bytes(reason), attribution_data=packet.attribution_data)
        packet = wrap_failure(path[hop], packet)
    result = unwrap_failure(path, packet.reason, packet.attribution_data)
    assert (None, changed_behind + 1) == (result.hop_index, result.first_unattributed_hop)


@settings(deadline=None)
@given(reason=st.binary(max_size=400), attribution=st.none() | st.binary(max_size=1000) | st.just(bytes(920)), hops=st.integers(0, 30))
def test_whatever_a_peer_sends_back_is_passed_on_and_read(reason: bytes, attribution: bytes | None, hops: int) -> None:
    path = [bytes([hop + 1]) * 32 for hop in range(hops)]
    wrapped = wrap_failure(bytes(32), FailurePacket(reason=reason, attribution_data=attribution))
    assert (len(reason), 920) == (len(wrapped.reason), len(wrapped.attribution_data or b""))
    assert unwrap_failure(path, reason, attribution).hop_index is None
    assert 920 == len(wrap_fulfill_attribution(bytes(32), attribution))
    assert len(unwrap_fulfill_attribution(path, attribution).hold_times) <= min(hops, 20)
