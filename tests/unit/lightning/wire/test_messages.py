"""Messages: the bytes of the specification's fields, and what is refused."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.ids import ChannelId, PaymentHash, ShortChannelId
from payments.lightning.wire import messages as wire
from payments.lightning.wire.errors import (
    MessageTruncated,
    PointNotOnCurve,
    RecordOfWrongLength,
    TlvDuplicated,
    UnknownEvenMessage,
    UnknownEvenTlv,
)
from tests.graphs import node

CHANNEL_ID = ChannelId(b"\x11" * 32)


def test_an_init_from_the_specification_is_read_and_written_back() -> None:
    # BOLT 1, Appendix C: Message Extension, first valid case.
    data = bytes.fromhex("001000000000")
    assert wire.Init(globalfeatures=b"", features=b"") == wire.decode_message(data)
    assert data == wire.encode_message(wire.Init(features=b""))


def test_unknown_odd_records_of_an_extension_are_passed_over() -> None:
    # BOLT 1, Appendix C: Message Extension, second valid case.
    assert wire.Init(features=b"") == wire.decode_message(bytes.fromhex("001000000000c9012acb0104"))


@pytest.mark.parametrize(("tail", "leaf"), [("ca012a", UnknownEvenTlv), ("c90101c90102", TlvDuplicated)])
def test_a_bad_extension_is_refused(tail: str, leaf: type[Exception]) -> None:
    with pytest.raises(leaf):
        wire.decode_message(bytes.fromhex("001000000000" + tail))


def test_an_htlc_has_the_layout_of_the_specification() -> None:
    message = wire.UpdateAddHtlc(
        channel_id=CHANNEL_ID,
        id=7,
        amount_msat=1_000_000,
        payment_hash=PaymentHash(b"\x22" * 32),
        cltv_expiry=800_000,
        onion_routing_packet=b"\x33" * 1366,
    )
    data = wire.encode_message(message)
    assert "0080" + "11" * 32 + "0000000000000007" + "00000000000f4240" + "22" * 32 + "000c3500" + "33" * 1366 == data.hex()
    assert 2 + 32 + 8 + 8 + 32 + 4 + 1366 == len(data)


def test_optional_records_follow_the_fields_and_are_none_when_left_out() -> None:
    failed = wire.UpdateFailHtlc(channel_id=CHANNEL_ID, id=1, reason=b"\x44" * 3)
    attributed = msgspec.structs.replace(failed, attribution_data=b"\x55" * 920)
    assert wire.encode_message(failed) + bytes.fromhex("01fd0398") + b"\x55" * 920 == wire.encode_message(attributed)
    assert attributed == wire.decode_message(wire.encode_message(attributed))
    assert failed == wire.decode_message(wire.encode_message(failed))


def test_a_record_of_the_wrong_length_is_refused() -> None:
    data = wire.encode_message(wire.UpdateFailHtlc(channel_id=CHANNEL_ID, id=1, reason=b"")) + bytes.fromhex("010100")
    with pytest.raises(RecordOfWrongLength) as caught:
        wire.decode_message(data)
    assert (1, 1) == (caught.value.type, caught.value.length)


def test_a_pair_of_closing_fees_is_one_record() -> None:
    message = wire.ClosingSigned(
        channel_id=CHANNEL_ID,
        fee_satoshis=500,
        signature=b"\x66" * 64,
        fee_range=wire.FeeRange(min_fee_satoshis=253, max_fee_satoshis=10_000),
    )
    data = wire.encode_message(message)
    assert "0110" + "00000000000000fd" + "0000000000002710" == data[-18:].hex()
    assert message == wire.decode_message(data)


def test_the_signatures_of_a_commitment_are_counted() -> None:
    message = wire.CommitmentSigned(channel_id=CHANNEL_ID, signature=b"\x01" * 64, htlc_signatures=(b"\x02" * 64, b"\x03" * 64))
    data = wire.encode_message(message)
    assert "0002" + "02" * 64 + "03" * 64 == data[98:].hex()
    assert message == wire.decode_message(data)


def test_an_alias_of_a_channel_is_a_number() -> None:
    message = wire.ChannelReady(
        channel_id=CHANNEL_ID, second_per_commitment_point=node("alice"), short_channel_id=ShortChannelId(0x0102030405060708)
    )
    assert "01080102030405060708" == wire.encode_message(message)[-10:].hex()


def test_what_is_too_short_says_where_and_by_how_much() -> None:
    with pytest.raises(MessageTruncated) as caught:
        wire.decode_message(bytes.fromhex("0012000a0003ff"))
    assert (6, 2) == (caught.value.offset, caught.value.missing)


@pytest.mark.parametrize("data", [b"", b"\0"])
def test_less_than_a_type_is_refused(data: bytes) -> None:
    with pytest.raises(MessageTruncated):
        wire.decode_message(data)


def test_a_point_off_the_curve_is_refused() -> None:
    data = wire.encode_message(
        wire.RevokeAndAck(channel_id=CHANNEL_ID, per_commitment_secret=b"\x01" * 32, next_per_commitment_point=node("alice"))
    )
    with pytest.raises(PointNotOnCurve) as caught:
        wire.decode_message(data[:-33] + b"\x05" + data[-32:])
    assert 66 == caught.value.offset


def test_a_message_of_an_unknown_odd_type_is_kept_as_it_is() -> None:
    data = bytes.fromhex("8001cafe")
    assert wire.UnknownMessage(type=0x8001, payload=b"\xca\xfe") == wire.decode_message(data)
    assert data == wire.encode_message(wire.UnknownMessage(type=0x8001, payload=b"\xca\xfe"))


def test_a_message_of_an_unknown_even_type_is_refused() -> None:
    with pytest.raises(UnknownEvenMessage) as caught:
        wire.decode_message(bytes.fromhex("8000cafe"))
    assert 0x8000 == caught.value.message_type


def test_what_a_newer_sender_appends_to_gossip_is_kept() -> None:
    message = wire.ChannelUpdate(
        signature=bytes(64),
        chain_hash=bytes(32),
        short_channel_id=ShortChannelId(1),
        timestamp=2,
        message_flags=1,
        channel_flags=0,
        cltv_expiry_delta=40,
        htlc_minimum_msat=1,
        fee_base_msat=1_000,
        fee_proportional_millionths=100,
        htlc_maximum_msat=10_000,
        extra=b"\x02\x01",  # an even record that we do not know: none of our business, its signer's
    )
    assert message == wire.decode_message(wire.encode_message(message))


@pytest.mark.parametrize("change", [{"chain_hash": b"short"}, {"first_timestamp": 1 << 32}])
def test_what_does_not_fit_is_our_own_mistake(change: dict[str, object]) -> None:
    message = wire.GossipTimestampFilter(chain_hash=bytes(32), first_timestamp=0, timestamp_range=0)
    with pytest.raises((ValueError, OverflowError)):
        wire.encode_message(msgspec.structs.replace(message, **change))


def test_a_message_longer_than_a_packet_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="fits no packet"):
        wire.encode_message(wire.Ping(num_pong_bytes=0, ignored=bytes(65_530)))


def test_types_are_those_of_the_specification() -> None:
    figures = {
        wire.WarningMessage: 1, wire.Init: 16, wire.ErrorMessage: 17, wire.Ping: 18, wire.Pong: 19, wire.OpenChannel: 32,
        wire.AcceptChannel: 33, wire.FundingCreated: 34, wire.FundingSigned: 35, wire.ChannelReady: 36, wire.Shutdown: 38,
        wire.ClosingSigned: 39, wire.UpdateAddHtlc: 128, wire.UpdateFulfillHtlc: 130, wire.UpdateFailHtlc: 131,
        wire.CommitmentSigned: 132, wire.RevokeAndAck: 133, wire.UpdateFee: 134, wire.UpdateFailMalformedHtlc: 135,
        wire.ChannelReestablish: 136, wire.ChannelAnnouncement: 256, wire.NodeAnnouncement: 257, wire.ChannelUpdate: 258,
        wire.AnnouncementSignatures: 259, wire.QueryShortChannelIds: 261, wire.ReplyShortChannelIdsEnd: 262,
        wire.QueryChannelRange: 263, wire.ReplyChannelRange: 264, wire.GossipTimestampFilter: 265,
    }  # fmt: skip
    assert figures == {message_class: number for number, message_class in wire.MESSAGE_CLASSES.items()}


def test_a_message_can_be_stored_among_others() -> None:
    stored = msgspec.msgpack.encode(wire.Pong(ignored=b"\0"))
    assert wire.Pong(ignored=b"\0") == msgspec.msgpack.decode(stored, type=wire.Message)
