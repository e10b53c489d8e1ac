"""Onions: built, peeled, refused."""

from __future__ import annotations

import hashlib
import tracemalloc

import pytest

from payments.lightning.crypto.chacha20 import apply_keystream
from payments.lightning.crypto.secp256k1 import public_key
from payments.lightning.onion.errors import (
    BadOnion,
    InvalidOnionHmac,
    InvalidOnionKey,
    InvalidOnionPayload,
    InvalidOnionVersion,
    OnionTooLong,
)
from payments.lightning.onion.keys import authenticate, derive_key
from payments.lightning.onion.packet import ONION_PACKET_LENGTH, PeeledOnion, build_onion, peel_onion, shared_secrets
from payments.lightning.onion.payload import decode_payload
from payments.lightning.wire.bigsize import encode_bigsize
from payments.lightning.wire.failures import FailureCode
from tests.unit.lightning.onion.path import ASSOCIATED_DATA, NODE_IDS, NODE_KEYS, PAYLOADS, SESSION_KEY, SHARED_SECRETS, onion_over


def peel(packet: bytes, hop: int) -> PeeledOnion:
    return peel_onion(packet, node_private_key=NODE_KEYS[hop], associated_data=ASSOCIATED_DATA)


def test_every_hop_finds_its_payload_and_the_last_one_finds_the_end() -> None:
    onion = onion_over(5)
    packet: bytes | None = onion.packet
    for hop, payload in enumerate(PAYLOADS):
        assert packet is not None
        assert ONION_PACKET_LENGTH == len(packet)
        peeled = peel(packet, hop)
        assert (payload, onion.shared_secrets[hop]) == (peeled.payload, peeled.shared_secret)
        packet = peeled.next_packet
    assert packet is None


def test_shared_secrets_are_those_of_the_specification() -> None:
    # BOLT 4, bolt04/onion-error-test.json
    assert SHARED_SECRETS == shared_secrets(NODE_IDS, SESSION_KEY)
    assert NODE_IDS == [public_key(key) for key in NODE_KEYS]


def test_an_onion_of_one_hop_ends_there() -> None:
    assert PeeledOnion(payload=PAYLOADS[-1], next_packet=None, shared_secret=SHARED_SECRETS[0]) == peel(onion_over(1).packet, 0)


def test_payloads_that_fill_the_onion_to_the_last_byte_fit() -> None:
    payloads = [bytes([1, 255 - 3 - 2]) + bytes(250), bytes(1300 - 255 - 32 - 32 - 3)]
    onion = build_onion(path_node_ids=NODE_IDS[:2], payloads=payloads, session_key=SESSION_KEY, associated_data=b"")
    first = peel_onion(onion.packet, node_private_key=NODE_KEYS[0], associated_data=b"")
    assert payloads[0] == first.payload
    assert first.next_packet is not None
    assert payloads[1] == peel_onion(first.next_packet, node_private_key=NODE_KEYS[1], associated_data=b"").payload


def test_one_byte_more_is_refused_with_the_figures() -> None:
    payloads = [bytes(252), bytes(1300 - 253 - 32 - 32 - 3 + 1)]
    with pytest.raises(OnionTooLong) as refusal:
        build_onion(path_node_ids=NODE_IDS[:2], payloads=payloads, session_key=SESSION_KEY, associated_data=b"")
    assert (1301, 1300) == (refusal.value.length, refusal.value.limit)


@pytest.mark.parametrize(("hops", "payloads"), [(0, []), (1, []), (2, [b"\2\0"]), (1, [b""]), (1, [b"\1"])])
def test_a_path_without_fitting_payloads_is_our_own_mistake(hops: int, payloads: list[bytes]) -> None:
    with pytest.raises(ValueError, match="payloads of at least 2 bytes"):
        build_onion(path_node_ids=NODE_IDS[:hops], payloads=payloads, session_key=SESSION_KEY, associated_data=b"")


def test_an_onion_for_another_htlc_is_refused() -> None:
    with pytest.raises(InvalidOnionHmac):
        peel_onion(onion_over(3).packet, node_private_key=NODE_KEYS[0], associated_data=bytes(32))


def test_an_onion_for_another_node_is_refused() -> None:
    with pytest.raises(InvalidOnionHmac):
        peel(onion_over(3).packet, 1)


def refusal_of(packet: bytes) -> BadOnion:
    with pytest.raises(BadOnion) as refusal:
        peel(packet, 0)
    assert hashlib.sha256(packet).digest() == refusal.value.sha256_of_onion
    return refusal.value


@pytest.mark.parametrize("version", range(1, 256))
def test_every_other_version_is_refused(version: int) -> None:
    refusal = refusal_of(bytes([version]) + onion_over(1).packet[1:])
    assert (InvalidOnionVersion, FailureCode.INVALID_ONION_VERSION) == (type(refusal), refusal.failure_code)


def test_every_other_length_is_refused() -> None:
    packet = onion_over(2).packet
    assert {InvalidOnionVersion} == {type(refusal_of(packet[:length])) for length in range(ONION_PACKET_LENGTH)}
    assert InvalidOnionVersion is type(refusal_of(packet + b"\0"))


@pytest.mark.parametrize("key", [bytes(33), b"\2" + b"\xff" * 32, b"\4" + NODE_IDS[0][1:], b"\2" + (5).to_bytes(32, "big")])
def test_a_key_that_is_not_on_the_curve_is_refused(key: bytes) -> None:
    refusal = refusal_of(b"\0" + key + onion_over(1).packet[34:])
    assert (InvalidOnionKey, FailureCode.INVALID_ONION_KEY) == (type(refusal), refusal.failure_code)


def test_a_changed_bit_anywhere_is_refused_for_what_it_spoils() -> None:
    packet = onion_over(3).packet
    for bit in range(0, 8 * ONION_PACKET_LENGTH, 61):
        spoiled = {InvalidOnionVersion} if bit < 8 else {InvalidOnionKey, InvalidOnionHmac} if bit < 8 * 34 else {InvalidOnionHmac}
        assert type(refusal_of(flip(packet, bit))) in spoiled, bit


def flip(packet: bytes, bit: int) -> bytes:
    changed = bytearray(packet)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def authentic(clear: bytes) -> bytes:
    """A packet for the first hop with a valid HMAC over whatever the payer put in."""
    (secret,) = shared_secrets(NODE_IDS[:1], SESSION_KEY)
    hop_payloads = apply_keystream(derive_key("rho", secret), clear.ljust(1300, b"\x5a"))
    return b"\0" + public_key(SESSION_KEY) + hop_payloads + authenticate(derive_key("mu", secret), hop_payloads + ASSOCIATED_DATA)


LONGEST = 1300 - 32 - 3


@pytest.mark.parametrize(
    "length",
    [
        b"\0",
        b"\1",
        b"\xfd\0\x05",
        b"\xfe\0\0\0\x05",
        b"\xff" + bytes(7) + b"\x05",
        b"\xfd\xff\xff",
        b"\xfe" + b"\xff" * 4,
        b"\xff" * 9,
        encode_bigsize(LONGEST + 1),
    ],
)
def test_an_impossible_length_leaves_no_payload_and_ends_the_onion(length: bytes) -> None:
    peeled = peel(authentic(length), 0)
    assert PeeledOnion(payload=b"", next_packet=None, shared_secret=SHARED_SECRETS[0]) == peeled
    with pytest.raises(InvalidOnionPayload) as refusal:
        decode_payload(peeled.payload, is_final=True)
    assert (0, 0) == (refusal.value.type, refusal.value.offset)


def test_the_longest_possible_payload_is_taken_out_whole() -> None:
    payload = bytes(range(251)) * 6
    peeled = peel(authentic(encode_bigsize(LONGEST) + payload[:LONGEST] + bytes(32)), 0)
    assert (payload[:LONGEST], None) == (peeled.payload, peeled.next_packet)


def test_an_announced_length_allocates_nothing() -> None:
    packet = authentic(b"\xff" * 9)
    peel(packet, 0)  # fills the caches of the curve, which would be counted
    tracemalloc.start()
    peel(packet, 0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16_000


def test_twenty_seven_hops_fit_with_short_payloads() -> None:
    keys = [(index + 1).to_bytes(32, "big") for index in range(28)]
    ids = [public_key(key) for key in keys]
    payloads = [bytes.fromhex("0201010401010601") + bytes([hop]) for hop in range(27)]
    packet: bytes | None = build_onion(path_node_ids=ids[:27], payloads=payloads, session_key=SESSION_KEY, associated_data=b"").packet
    for key, payload in zip(keys, payloads, strict=False):
        assert packet is not None
        peeled = peel_onion(packet, node_private_key=key, associated_data=b"")
        assert payload == peeled.payload
        packet = peeled.next_packet
    assert packet is None


def test_errors_name_their_failure_codes() -> None:
    assert 0xC004 == InvalidOnionVersion.failure_code
    assert 0xC005 == InvalidOnionHmac.failure_code
    assert 0xC006 == InvalidOnionKey.failure_code
    assert 0x4016 == InvalidOnionPayload.failure_code
