"""BOLT 8, Appendix A: every handshake, right and wrong, and the messages around two rotations of the key."""

from __future__ import annotations

import pytest

from payments.lightning.ids import NodeId
from payments.lightning.transport.errors import HandshakeError, UnknownHandshakeVersion
from payments.lightning.transport.noise import Initiator, Responder, Transport
from tests.vectors.files import FOLDER, load_vectors


def handshakes():
    if not (FOLDER / "bolt08-transport.json").is_file():
        return [pytest.param(None, id="not there")]
    return [pytest.param(case, id=case["name"]) for case in load_vectors("bolt08-transport.json")["handshake"]]


def keys_of(transport):
    return transport._sending._key.hex(), transport._receiving._key.hex()


def initiator_steps(keys, given):
    side = Initiator(
        bytes.fromhex(keys["ls.priv"]),
        responder_id=NodeId(bytes.fromhex(keys["rs.pub"])),
        ephemeral_private_key=bytes.fromhex(keys["e.priv"]),
    )
    yield side.act_one().hex()
    act_three, transport = side.act_three(given[0])
    yield act_three.hex()
    yield "sk,rk={},{}".format(*keys_of(transport))


def responder_steps(keys, given):
    side = Responder(bytes.fromhex(keys["ls.priv"]), ephemeral_private_key=bytes.fromhex(keys["e.priv"]))
    yield side.act_two(given[0]).hex()
    _caller, transport = side.finish(given[1])
    yield "rk,sk={1},{0}".format(*keys_of(transport))


def as_the_vectors_print(error):
    version = f" {error.version}" if isinstance(error, UnknownHandshakeVersion) and not error.code.startswith("act1") else ""
    return f"ERROR ({error.code.upper()}{version})"


@pytest.mark.parametrize("case", handshakes())
def test_a_handshake_says_what_the_specification_says(case):
    if case is None:
        load_vectors("bolt08-transport.json")
    given = [bytes.fromhex(value) for kind, value in case["steps"] if kind == "input"]
    steps = initiator_steps if "rs.pub" in case["keys"] else responder_steps
    said = []
    try:
        said.extend(steps(case["keys"], given))
    except HandshakeError as error:
        said.append(as_the_vectors_print(error))

    assert [value for kind, value in case["steps"] if kind == "output"] == said


def test_messages_are_framed_as_the_specification_frames_them_over_two_rotations():
    vector = load_vectors("bolt08-transport.json")["messages"]
    sending, receiving, chaining = (bytes.fromhex(vector["keys"][name]) for name in ("sk", "rk", "ck"))
    here = Transport(sending_key=sending, receiving_key=receiving, chaining_key=chaining)
    there = Transport(sending_key=receiving, receiving_key=sending, chaining_key=chaining)
    message = bytes.fromhex(vector["plaintext_hex"])
    frames = [here.encrypt(message) for _ in range(1_002)]

    assert vector["outputs"] == {number: frames[int(number)].hex() for number in vector["outputs"]}
    assert [message] * 1_002 == there.receive(b"".join(frames))
