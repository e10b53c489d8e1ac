"""Gossip: who signed what, and when it is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from payments.lightning.crypto import secp256k1
from payments.lightning.crypto.hashes import double_sha256
from payments.lightning.graph.errors import GossipFromTheFuture, GossipOfAnotherChain, GossipSignatureInvalid, NodeIdsOutOfOrder
from payments.lightning.graph.gossip import (
    MAX_CLOCK_AHEAD_S,
    UNSIGNED,
    decode_alias,
    encode_alias,
    sign_channel_announcement,
    sign_channel_update,
    sign_node_announcement,
    signed_digest,
    verify_channel_announcement,
    verify_channel_update,
    verify_node_announcement,
)
from payments.lightning.wire.messages import ChannelAnnouncement, ChannelUpdate, NodeAnnouncement, decode_message, encode_message
from tests.graphs import key, node, scid

CHAIN = b"\x06" * 32
NOW_S = 1_700_000_000
FIRST, SECOND = sorted(("alice", "bob"), key=node)


def channel_announcement(**changes: Any) -> ChannelAnnouncement:
    unsigned = ChannelAnnouncement(
        node_signature_1=UNSIGNED,
        node_signature_2=UNSIGNED,
        bitcoin_signature_1=UNSIGNED,
        bitcoin_signature_2=UNSIGNED,
        features=b"",
        chain_hash=CHAIN,
        short_channel_id=scid(1),
        node_id_1=node(FIRST),
        node_id_2=node(SECOND),
        bitcoin_key_1=node("funding of the first"),
        bitcoin_key_2=node("funding of the second"),
        extra=b"\x01\x00",
    )
    unsigned = msgspec.structs.replace(unsigned, **changes)
    node_1, bitcoin_1 = sign_channel_announcement(unsigned, node_key=key(FIRST), bitcoin_key=key("funding of the first"))
    node_2, bitcoin_2 = sign_channel_announcement(unsigned, node_key=key(SECOND), bitcoin_key=key("funding of the second"))
    signatures = {
        "node_signature_1": node_1,
        "node_signature_2": node_2,
        "bitcoin_signature_1": bitcoin_1,
        "bitcoin_signature_2": bitcoin_2,
    }
    return msgspec.structs.replace(unsigned, **signatures)


def channel_update(**changes: Any) -> ChannelUpdate:
    unsigned = ChannelUpdate(
        signature=UNSIGNED,
        chain_hash=CHAIN,
        short_channel_id=scid(1),
        timestamp=NOW_S,
        message_flags=1,
        channel_flags=0,
        cltv_expiry_delta=40,
        htlc_minimum_msat=1,
        fee_base_msat=1_000,
        fee_proportional_millionths=100,
        htlc_maximum_msat=1_000_000_000,
    )
    return sign_channel_update(msgspec.structs.replace(unsigned, **changes), node_key=key(FIRST))


def node_announcement(**changes: Any) -> NodeAnnouncement:
    unsigned = NodeAnnouncement(
        signature=UNSIGNED,
        features=b"",
        timestamp=NOW_S,
        node_id=node("alice"),
        rgb_color=b"\xff\x80\x00",
        alias=encode_alias("alice"),
        addresses=b"",
    )
    return sign_node_announcement(msgspec.structs.replace(unsigned, **changes), node_key=key("alice"))


def test_what_we_sign_survives_the_wire_and_is_believed() -> None:
    verify_channel_announcement(decode_message(encode_message(channel_announcement())), chain_hash=CHAIN)
    verify_channel_update(decode_message(encode_message(channel_update())), node_id=node(FIRST), chain_hash=CHAIN, now_s=NOW_S)
    verify_node_announcement(decode_message(encode_message(node_announcement())), now_s=NOW_S)


def test_signatures_are_over_all_that_follows_them() -> None:
    # BOLT 7: the double-SHA256 of the message from offset 256 (announcement) and 64 (update), both after the type.
    announcement, update = channel_announcement(), channel_update(extra=b"\x09")
    assert double_sha256(encode_message(announcement)[2 + 256 :]) == signed_digest(announcement)
    assert double_sha256(encode_message(update)[2 + 64 :]) == signed_digest(update)
    assert secp256k1.verify(node(FIRST), signed_digest(update), update.signature)


@pytest.mark.parametrize("name", ["node_signature_1", "node_signature_2", "bitcoin_signature_1", "bitcoin_signature_2"])
def test_one_false_signature_of_four_is_named(name: str) -> None:
    announcement = channel_announcement()
    other = announcement.node_signature_2 if name == "node_signature_1" else announcement.node_signature_1
    with pytest.raises(GossipSignatureInvalid) as caught:
        verify_channel_announcement(msgspec.structs.replace(announcement, **{name: other}), chain_hash=CHAIN)
    assert name == caught.value.signature


@pytest.mark.parametrize("change", [{"extra": b""}, {"features": b"\x01"}, {"short_channel_id": scid(2)}])
def test_what_was_changed_after_signing_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(GossipSignatureInvalid):
        verify_channel_announcement(msgspec.structs.replace(channel_announcement(), **change), chain_hash=CHAIN)


@pytest.mark.parametrize("ends", [(SECOND, FIRST), (FIRST, FIRST)])
def test_node_ids_must_rise(ends: tuple[str, str]) -> None:
    announcement = channel_announcement(node_id_1=node(ends[0]), node_id_2=node(ends[1]))
    with pytest.raises(NodeIdsOutOfOrder):
        verify_channel_announcement(announcement, chain_hash=CHAIN)


def test_another_chain_is_another_network() -> None:
    with pytest.raises(GossipOfAnotherChain):
        verify_channel_announcement(channel_announcement(), chain_hash=bytes(32))
    with pytest.raises(GossipOfAnotherChain):
        verify_channel_update(channel_update(), node_id=node(FIRST), chain_hash=bytes(32), now_s=NOW_S)


def test_an_update_counts_only_from_its_own_node() -> None:
    with pytest.raises(GossipSignatureInvalid):
        verify_channel_update(channel_update(), node_id=node(SECOND), chain_hash=CHAIN, now_s=NOW_S)


@pytest.mark.parametrize(("ahead_s", "is_refused"), [(MAX_CLOCK_AHEAD_S, False), (MAX_CLOCK_AHEAD_S + 1, True)])
def test_clocks_may_differ_by_a_day_and_no_more(ahead_s: int, is_refused: bool) -> None:
    update, announcement = channel_update(timestamp=NOW_S + ahead_s), node_announcement(timestamp=NOW_S + ahead_s)
    refusals = []
    for verify in (
        lambda: verify_channel_update(update, node_id=node(FIRST), chain_hash=CHAIN, now_s=NOW_S),
        lambda: verify_node_announcement(announcement, now_s=NOW_S),
    ):
        try:
            verify()
        except GossipFromTheFuture as refusal:
            refusals.append(refusal.timestamp_s)
    assert [NOW_S + ahead_s] * 2 * is_refused == refusals


@pytest.mark.parametrize(
    ("text", "alias"),
    [
        ("alice", b"alice" + bytes(27)),
        ("", bytes(32)),
        ("x" * 40, b"x" * 32),
        ("x" * 31 + "\N{EURO SIGN}", b"x" * 31 + b"\0"),  # a character is not cut in two
    ],
)
def test_an_alias_fills_32_bytes(text: str, alias: bytes) -> None:
    assert alias == encode_alias(text)


def test_an_alias_that_is_not_text_is_shown_as_such_and_hostile_text_stays_as_it_is() -> None:
    assert "\N{REPLACEMENT CHARACTER}ok" == decode_alias(b"\xffok".ljust(32, b"\0"))
    assert "a\x1b[31m\N{RIGHT-TO-LEFT OVERRIDE}b" == decode_alias("a\x1b[31m\N{RIGHT-TO-LEFT OVERRIDE}b".encode().ljust(32, b"\0"))
