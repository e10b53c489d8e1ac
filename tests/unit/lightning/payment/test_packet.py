"""From a path to an onion: every hop is told what the path says, and nothing else fits or does not fit but by its length."""

from __future__ import annotations

import pytest

from payments.lightning.onion.errors import OnionTooLong
from payments.lightning.onion.packet import ONION_PACKET_LENGTH, peel_onion
from payments.lightning.onion.payload import FinalPayload, ForwardPayload, decode_payload
from payments.lightning.payment.packet import build_packet, fits_onion, longest_path
from tests.graphs import key, scid
from tests.unit.lightning.payment.paths import HASH, HEIGHT, SECRET, SESSION_KEY, WAY, onion, path


def read(packet: bytes, *names: str) -> list:
    """What each node finds, one after the other."""
    payloads = []
    for name in names:
        peeled = peel_onion(packet, node_private_key=key(name), associated_data=HASH)
        payloads.append(decode_payload(peeled.payload, is_final=peeled.next_packet is None))
        packet = peeled.next_packet
    assert packet is None
    return payloads


def test_it_works():
    packet = build_packet(WAY, onion(metadata=b"meta"), session_key=SESSION_KEY)

    assert (1_002_000, HEIGHT + 98, ONION_PACKET_LENGTH) == (packet.amount_msat, packet.cltv_expiry, len(packet.onion_routing_packet))
    assert [
        ForwardPayload(short_channel_id=scid(2), amt_to_forward_msat=1_001_000, outgoing_cltv_value=HEIGHT + 58),
        ForwardPayload(short_channel_id=scid(3), amt_to_forward_msat=1_000_000, outgoing_cltv_value=HEIGHT + 18),
        FinalPayload(
            amt_to_forward_msat=1_000_000,
            outgoing_cltv_value=HEIGHT + 18,
            payment_secret=SECRET,
            total_msat=1_000_000,
            payment_metadata=b"meta",
        ),
    ] == read(packet.onion_routing_packet, "bob", "carol", "dave")


def test_the_payee_learns_the_total_of_all_parts():
    packet = build_packet(path("bob", amount_msat=400_000), onion(total_msat=1_000_000), session_key=SESSION_KEY)
    (payload,) = read(packet.onion_routing_packet, "bob")

    assert (400_000, 1_000_000) == (payload.amt_to_forward_msat, payload.total_msat)


@pytest.mark.parametrize("hops", [1, 2, 10, 19, 20, 26])
@pytest.mark.parametrize("metadata_bytes", [0, 1, 250, 500, 1_100, 1_200])
def test_what_is_said_to_fit_fits_and_what_is_not_does_not(hops, metadata_bytes):
    way = path(*[f"node {index}" for index in range(hops)])
    words = onion(metadata=bytes(metadata_bytes) if metadata_bytes else None)

    if fits_onion(way, words):
        assert build_packet(way, words, session_key=SESSION_KEY)
    else:
        with pytest.raises(OnionTooLong):
            build_packet(way, words, session_key=SESSION_KEY)


def test_a_long_path_fits_as_it_is_and_not_beside_much_metadata():
    way = path(*[f"node {index}" for index in range(19)])

    assert fits_onion(way, onion())
    assert not fits_onion(way, onion(metadata=bytes(400)))


@pytest.mark.parametrize("metadata_bytes", [0, 1, 250, 500, 1_000, 1_200, 1_300])
def test_a_path_of_the_longest_length_fits_whatever_it_says(metadata_bytes):
    words = onion(metadata=bytes(metadata_bytes) if metadata_bytes else None)
    longest = longest_path(words, most_msat=1_100_000, most_blocks=1_008)
    ways = [path(*[f"node {index}" for index in range(hops)]) for hops in range(1, longest + 1)]

    assert all(fits_onion(way, words) for way in ways)
    assert not fits_onion(path(*[f"node {index}" for index in range(longest + 2)]), words)


def test_usual_paths_are_as_long_as_they_may_be():
    assert 19 <= longest_path(onion(), most_msat=10**12, most_blocks=1_008)
    assert (2, 0) == tuple(longest_path(onion(metadata=bytes(size)), most_msat=10**12, most_blocks=1_008) for size in (1_150, 1_300))
