"""What strangers and broken peers may say: it ends their connection or their channel, and raises nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.lightning.channel.channel import Connection, Phase
from payments.lightning.events import ChannelClosed, PaymentSent
from payments.lightning.invoice.network import Network
from payments.lightning.peer import EVERY_CHANNEL
from payments.lightning.wire.features import Features
from payments.lightning.wire.messages import (
    MESSAGE_CLASSES,
    ChannelReestablish,
    ErrorMessage,
    Init,
    Ping,
    Pong,
    UpdateFee,
    WarningMessage,
    decode_message,
    encode_message,
)
from tests.network.nodes import Nodes, channel, line, network

HELLO = encode_message(Init(features=b"", networks=(Network.REGTEST.chain_hash,)))


def alone(*, is_introduced: bool = True) -> Nodes:
    """Alice and bob, of whom only alice listens; what she says stays in her outbox."""
    nodes = line("alice", "bob")
    nodes.break_line("alice", "bob")
    nodes.run()
    alice = nodes["alice"]
    alice.peer_connected(nodes.ids["bob"])
    if is_introduced:
        alice.handle_message(nodes.ids["bob"], HELLO)
    alice.take_messages()
    return nodes


def say(nodes: Nodes, data: bytes) -> list:
    """What alice answers to bob."""
    alice = nodes["alice"]
    alice.handle_message(nodes.ids["bob"], data)
    alice.settle()
    return [decode_message(answer) for peer, answer in alice.take_messages() if peer == nodes.ids["bob"]]


def check_hung_up(nodes: Nodes, answers: list, code: str) -> None:
    assert [WarningMessage(channel_id=EVERY_CHANNEL, data=code.encode())] == answers
    assert [nodes.ids["bob"]] == nodes["alice"].take_hang_ups()
    assert [] == say(nodes, HELLO)
    assert (Phase.NORMAL, Connection.OFFLINE) == (nodes.channel("alice", "bob").phase, nodes.channel("alice", "bob").connection)


def test_it_works():
    nodes = alone(is_introduced=False)
    answers = say(nodes, HELLO)

    assert [ChannelReestablish] == [type(answer) for answer in answers]
    assert Connection.REESTABLISHING is nodes.channel("alice", "bob").connection


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (encode_message(Ping(num_pong_bytes=1)), "peer_spoke_before_init"),
        (encode_message(Init(features=Features(1 << 100).encode())), "peer_needs_unknown_feature"),
        (encode_message(Init(features=b"", networks=(bytes(32),))), "peer_on_another_chain"),
        (b"", "message_truncated"),
        (b"\x00\x10", "message_truncated"),
        (b"\xff\xfe", "unknown_even_message"),
    ],
)
def test_a_bad_beginning_is_the_end(data, code):
    nodes = alone(is_introduced=False)

    check_hung_up(nodes, say(nodes, data), code)


@pytest.mark.parametrize(("data", "code"), [(b"\x00\x80" + bytes(10), "message_truncated"), (b"\x80\x00", "unknown_even_message")])
def test_nonsense_later_on_is_the_end_too(data, code):
    nodes = alone()

    check_hung_up(nodes, say(nodes, data), code)


@pytest.mark.parametrize("data", [b"\xff\xff", b"\x80\x01hello", encode_message(WarningMessage(channel_id=EVERY_CHANNEL, data=b"x"))])
def test_what_is_odd_is_passed_over(data):
    nodes = alone()

    assert [] == say(nodes, data)
    assert [] == nodes["alice"].take_hang_ups()


def test_a_ping_is_answered():
    assert [Pong(ignored=bytes(7))] == say(alone(), encode_message(Ping(num_pong_bytes=7)))


def test_who_is_not_connected_is_not_heard():
    nodes = line("alice", "bob")
    nodes.break_line("alice", "bob")
    nodes.run()

    assert [] == say(nodes, HELLO)


def test_a_second_introduction_changes_nothing():
    nodes = alone()

    assert [] == say(nodes, HELLO)
    assert Connection.REESTABLISHING is nodes.channel("alice", "bob").connection


def test_a_message_about_a_channel_that_is_not_the_peers_is_passed_over():
    nodes = network(channel("alice", "bob"), channel("alice", "carol"))
    foreign = nodes.channel("alice", "carol")
    alice = nodes["alice"]
    for channel_id in (foreign.id, bytes(range(32))):
        alice.handle_message(nodes.ids["bob"], encode_message(UpdateFee(channel_id=channel_id, feerate_per_kw=3_000)))
    nodes.run()

    assert foreign == nodes.channel("alice", "carol")
    assert [] == nodes.heard("alice", ChannelClosed)


@pytest.mark.parametrize("every", [True, False])
def test_an_error_ends_one_channel_or_all_with_that_peer(every):
    nodes = network(channel("alice", "bob"), channel("alice", "carol"))
    channel_id = EVERY_CHANNEL if every else nodes.channel("alice", "bob").id
    nodes["alice"].handle_message(nodes.ids["bob"], encode_message(ErrorMessage(channel_id=channel_id, data=b"\xffbye")))
    nodes.turn()

    assert nodes.channel("alice", "bob").phase is not Phase.NORMAL
    assert Phase.NORMAL is nodes.channel("alice", "carol").phase
    assert nodes.channel("alice", "bob").id == nodes.expect("alice", ChannelClosed).channel_id


def test_both_ends_learn_of_a_connection_that_one_ends():
    nodes = line("alice", "bob", "carol")
    nodes["alice"].handle_message(nodes.ids["bob"], b"\xff\xfe")
    nodes.run()

    assert {Connection.OFFLINE} == {nodes.channel("alice", "bob").connection, nodes.channel("bob", "alice").connection}
    nodes.mend_line("alice", "bob")
    nodes.run()
    nodes.pay("alice", to="carol", amount_msat=1_000_000)
    assert nodes.expect("alice", PaymentSent)


def test_what_waited_for_a_line_that_is_gone_is_not_said_on_the_next_one():
    nodes = line("alice", "bob", "carol")
    invoice = nodes.invoice("carol", 1_000_000)
    nodes.begin("alice", invoice)
    nodes.break_line("alice", "bob")
    nodes.mend_line("alice", "bob")
    nodes.run()

    assert nodes.expect("alice", PaymentSent)
    nodes.check_rest()


@given(data=st.binary(max_size=300))
def test_no_bytes_raise(data):
    nodes = _OPEN
    alice = nodes["alice"]
    alice.peer_connected(nodes.ids["bob"])
    alice.handle_message(nodes.ids["bob"], HELLO)
    alice.handle_message(nodes.ids["bob"], data)


@given(kind=st.sampled_from(sorted(MESSAGE_CLASSES)), data=st.binary(max_size=400), is_ours=st.booleans())
def test_no_message_raises(kind, data, is_ours):
    nodes = _OPEN
    alice = nodes["alice"]
    alice.peer_connected(nodes.ids["bob"])
    alice.handle_message(nodes.ids["bob"], HELLO)
    known = nodes.channel("alice", "bob").id if is_ours else b""
    alice.handle_message(nodes.ids["bob"], kind.to_bytes(2, "big") + known + data)
    alice.settle()


_OPEN = line("alice", "bob")
"""Any two nodes; what happens to their channel does not matter."""
