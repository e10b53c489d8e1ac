"""Failure messages: every code with its fields and flags, strangers, and what is cut short."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.wire.errors import FailureTruncated
from payments.lightning.wire.failures import Failure, FailureCode, FailureMessage, UnknownFailure, decode_failure, encode_failure

HASH = bytes(range(32))
UPDATE = bytes.fromhex("0102") + bytes(130)

# BOLT 4, Failure Messages: one example a code, as it goes over the wire.
EXAMPLES: list[tuple[str, FailureMessage]] = [
    ("2002", FailureMessage(code=FailureCode.TEMPORARY_NODE_FAILURE)),
    ("6002", FailureMessage(code=FailureCode.PERMANENT_NODE_FAILURE)),
    ("6003", FailureMessage(code=FailureCode.REQUIRED_NODE_FEATURE_MISSING)),
    ("c004" + HASH.hex(), FailureMessage(code=FailureCode.INVALID_ONION_VERSION, sha256_of_onion=HASH)),
    ("c005" + HASH.hex(), FailureMessage(code=FailureCode.INVALID_ONION_HMAC, sha256_of_onion=HASH)),
    ("c006" + HASH.hex(), FailureMessage(code=FailureCode.INVALID_ONION_KEY, sha256_of_onion=HASH)),
    ("10070000", FailureMessage(code=FailureCode.TEMPORARY_CHANNEL_FAILURE)),
    ("10070084" + UPDATE.hex(), FailureMessage(code=FailureCode.TEMPORARY_CHANNEL_FAILURE, channel_update=UPDATE)),
    ("4008", FailureMessage(code=FailureCode.PERMANENT_CHANNEL_FAILURE)),
    ("4009", FailureMessage(code=FailureCode.REQUIRED_CHANNEL_FEATURE_MISSING)),
    ("400a", FailureMessage(code=FailureCode.UNKNOWN_NEXT_PEER)),
    ("100b00000000000003e80000", FailureMessage(code=FailureCode.AMOUNT_BELOW_MINIMUM, htlc_msat=1000)),
    ("100c00000000000000000000", FailureMessage(code=FailureCode.FEE_INSUFFICIENT, htlc_msat=0)),
    ("100d000c350000021234", FailureMessage(code=FailureCode.INCORRECT_CLTV_EXPIRY, cltv_expiry=800000, channel_update=b"\x12\x34")),
    ("100e0000", FailureMessage(code=FailureCode.EXPIRY_TOO_SOON)),
    (
        "400f0000000000000064000c3500",
        FailureMessage(code=FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS, htlc_msat=100, height=800000),
    ),
    ("0012000c3500", FailureMessage(code=FailureCode.FINAL_INCORRECT_CLTV_EXPIRY, cltv_expiry=800000)),
    ("0013ffffffffffffffff", FailureMessage(code=FailureCode.FINAL_INCORRECT_HTLC_AMOUNT, incoming_htlc_amt=(1 << 64) - 1)),
    ("101400000000", FailureMessage(code=FailureCode.CHANNEL_DISABLED, disabled_flags=0)),
    ("0015", FailureMessage(code=FailureCode.EXPIRY_TOO_FAR)),
    ("4016fd010000ff", FailureMessage(code=FailureCode.INVALID_ONION_PAYLOAD, tlv_type=256, tlv_offset=255)),
    ("0017", FailureMessage(code=FailureCode.MPP_TIMEOUT)),
    ("c018" + HASH.hex(), FailureMessage(code=FailureCode.INVALID_ONION_BLINDING, sha256_of_onion=HASH)),
]


@pytest.mark.parametrize(("wire", "message"), EXAMPLES)
def test_each_failure_has_one_spelling(wire: str, message: FailureMessage) -> None:
    assert wire == encode_failure(message).hex()
    assert message == decode_failure(bytes.fromhex(wire))


def test_no_code_is_without_an_example() -> None:
    assert set(FailureCode) == {message.code for _, message in EXAMPLES}


@pytest.mark.parametrize(("wire", "message"), EXAMPLES)
def test_bytes_behind_the_fields_are_ignored(wire: str, message: FailureMessage) -> None:
    assert message == decode_failure(bytes.fromhex(wire + "fd84d1fd012c8080"))


@pytest.mark.parametrize(("wire", "message"), EXAMPLES)
def test_a_failure_cut_short_anywhere_is_refused_with_its_code(wire: str, message: FailureMessage) -> None:
    data = bytes.fromhex(wire)
    for length in range(len(data)):
        with pytest.raises(FailureTruncated) as refusal:
            decode_failure(data[:length])
        assert (message.code if length > 1 else None, length) == (refusal.value.failure_code, refusal.value.length)


def test_an_update_longer_than_the_message_is_refused() -> None:
    with pytest.raises(FailureTruncated):
        decode_failure(bytes.fromhex("1007ffff") + bytes(100))


@pytest.mark.parametrize("wire", ["0000", "4010", "0011deadbeef", "ffff00"])
def test_a_code_that_nobody_knows_is_kept_as_it_came(wire: str) -> None:
    unknown = decode_failure(bytes.fromhex(wire))
    assert UnknownFailure(code=int(wire[:4], 16), data=bytes.fromhex(wire[4:])) == unknown
    assert wire == encode_failure(unknown).hex()


@pytest.mark.parametrize(
    ("code", "flags"),
    [
        (0x2002, (False, False, True, False)),
        (0x6003, (False, True, True, False)),
        (0x400F, (False, True, False, False)),
        (0x0017, (False, False, False, False)),
        (0x8ABC, (True, False, False, False)),
        (0xFFFF, (True, True, True, True)),
    ],
)
def test_flags_are_read_from_any_code(code: int, flags: tuple[bool, ...]) -> None:
    failure = decode_failure(code.to_bytes(2, "big") + bytes(14))
    assert flags == (failure.is_bad_onion, failure.is_permanent, failure.is_node, failure.has_update)


def test_codes_carry_the_names_and_numbers_of_the_specification() -> None:
    names = {code.bolt_name: int(code) for code in FailureCode}
    assert 22 == len(names)
    assert 0x2002 == names["temporary_node_failure"]
    assert 0x1007 == names["temporary_channel_failure"]
    assert 0x100C == names["fee_insufficient"]
    assert 0x0017 == names["mpp_timeout"]
    assert 0xC018 == names["invalid_onion_blinding"]


def test_a_failure_without_its_fields_or_with_others_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="fee_insufficient has the fields"):
        FailureMessage(code=FailureCode.FEE_INSUFFICIENT)
    with pytest.raises(ValueError, match="mpp_timeout has the fields"):
        FailureMessage(code=FailureCode.MPP_TIMEOUT, height=1)
    with pytest.raises(ValueError, match="unknown_next_peer has the fields"):
        FailureMessage(code=FailureCode.UNKNOWN_NEXT_PEER, channel_update=UPDATE)


def test_both_kinds_can_be_stored_and_come_back_as_they_were() -> None:
    for _, message in EXAMPLES:
        assert message == msgspec.msgpack.decode(msgspec.msgpack.encode(message), type=Failure)
    unknown = UnknownFailure(code=0x4010, data=b"\x01")
    assert unknown == msgspec.msgpack.decode(msgspec.msgpack.encode(unknown), type=Failure)
