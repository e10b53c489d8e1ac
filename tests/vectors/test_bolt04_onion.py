"""BOLT 4, bolt04/onion-test.json: an onion of five hops with payloads of different lengths, built and peeled."""

from __future__ import annotations

from payments.lightning.onion.packet import build_onion, peel_onion
from payments.lightning.wire.bigsize import decode_bigsize
from tests.vectors.files import load_vectors


def without_length(framed: bytes) -> bytes:
    length, start = decode_bigsize(framed)
    assert len(framed) == start + length
    return framed[start:]


def test_the_packet_and_every_layer_are_byte_for_byte_those_of_the_specification() -> None:
    case = load_vectors("bolt04-onion-test.json")
    generate = case["generate"]
    associated_data = bytes.fromhex(generate["associated_data"])
    payloads = [without_length(bytes.fromhex(hop["payload"])) for hop in generate["hops"]]
    onion = build_onion(
        path_node_ids=[bytes.fromhex(hop["pubkey"]) for hop in generate["hops"]],
        payloads=payloads,
        session_key=bytes.fromhex(generate["session_key"]),
        associated_data=associated_data,
    )
    assert case["onion"] == onion.packet.hex()
    packet: bytes | None = onion.packet
    for index, key in enumerate(case["decode"]):
        assert packet is not None
        peeled = peel_onion(packet, node_private_key=bytes.fromhex(key), associated_data=associated_data)
        assert payloads[index] == peeled.payload
        assert onion.shared_secrets[index] == peeled.shared_secret
        packet = peeled.next_packet
    assert packet is None
