"""A connection's first words."""

from __future__ import annotations

import pytest

from payments.lightning.invoice.network import Network
from payments.lightning.peer import (
    EVERY_CHANNEL,
    PeerNeedsUnknownFeature,
    PeerOnAnotherChain,
    answer_ping,
    our_init,
    receive_init,
    warning,
)
from payments.lightning.wire.features import INIT_FEATURES, Features
from payments.lightning.wire.messages import MAX_MESSAGE_BYTES, Init, Ping, Pong, WarningMessage, decode_message

CHAIN = Network.REGTEST.chain_hash
OTHER_CHAIN = Network.MAINNET.chain_hash


def test_it_works():
    message = decode_message(our_init(CHAIN))

    assert (CHAIN,) == message.networks
    assert INIT_FEATURES == receive_init(message, CHAIN).features


def test_both_feature_fields_count():
    message = Init(features=b"\x01", globalfeatures=b"\x02\x00")

    assert Features(0x201) == receive_init(message, CHAIN).features


@pytest.mark.parametrize("bit", [4, 24, 50, 100])
def test_who_insists_on_what_we_lack_is_refused(bit):
    with pytest.raises(PeerNeedsUnknownFeature) as refusal:
        receive_init(Init(features=Features(1 << bit).encode()), CHAIN)
    assert bit == refusal.value.bit


@pytest.mark.parametrize("bit", [5, 25, 51, 101, 8, 12, 14])
def test_what_is_optional_or_known_is_welcome(bit):
    assert Features(1 << bit) == receive_init(Init(features=Features(1 << bit).encode()), CHAIN).features


@pytest.mark.parametrize(("networks", "is_ours"), [((OTHER_CHAIN,), False), ((OTHER_CHAIN, CHAIN), True), ((), True), (None, True)])
def test_who_knows_other_chains_only_is_refused(networks, is_ours):
    message = Init(features=b"", networks=networks)

    if is_ours:
        assert receive_init(message, CHAIN)
    else:
        with pytest.raises(PeerOnAnotherChain):
            receive_init(message, CHAIN)


@pytest.mark.parametrize("length", [0, 1, 65_531])
def test_a_ping_is_answered_with_as_many_bytes_as_it_asks_for(length):
    answer = answer_ping(Ping(num_pong_bytes=length))

    assert Pong(ignored=bytes(length)) == decode_message(answer)
    assert len(answer) <= MAX_MESSAGE_BYTES


@pytest.mark.parametrize("length", [65_532, 65_535])
def test_a_ping_that_wants_no_answer_gets_none(length):
    assert answer_ping(Ping(num_pong_bytes=length)) is None


def test_a_warning_is_about_the_whole_connection():
    assert WarningMessage(channel_id=EVERY_CHANNEL, data=b"why") == decode_message(warning("why"))
