"""What each failure teaches: from every place on the path, in every code of BOLT 4, and when nothing can be read."""

from __future__ import annotations

import pytest

from payments.lightning.channel.actions import OfferRefusal
from payments.lightning.events import LocalFailure
from payments.lightning.payment.verdict import Verdict, failed_on_our_side, judge_failure, judge_malformed
from payments.lightning.wire.failures import FailureCode, UnknownFailure, encode_failure
from tests.graphs import scid
from tests.unit.lightning.payment.paths import WAY, path, returned, secrets_of

LAST = 2
INBOUND = (scid(1), scid(2), scid(3))
"""The channel that leads to each hop."""
NODE_CODES = {
    FailureCode.TEMPORARY_NODE_FAILURE,
    FailureCode.PERMANENT_NODE_FAILURE,
    FailureCode.REQUIRED_NODE_FEATURE_MISSING,
}
BLAMELESS_FROM_PAYEE = {FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS, FailureCode.MPP_TIMEOUT}
FIELDS = {
    FailureCode.INVALID_ONION_VERSION: bytes(32),
    FailureCode.INVALID_ONION_HMAC: bytes(32),
    FailureCode.INVALID_ONION_KEY: bytes(32),
    FailureCode.INVALID_ONION_BLINDING: bytes(32),
    FailureCode.TEMPORARY_CHANNEL_FAILURE: bytes(2),
    FailureCode.AMOUNT_BELOW_MINIMUM: bytes(8 + 2),
    FailureCode.FEE_INSUFFICIENT: bytes(8 + 2),
    FailureCode.INCORRECT_CLTV_EXPIRY: bytes(4 + 2),
    FailureCode.EXPIRY_TOO_SOON: bytes(2),
    FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS: bytes(8 + 4),
    FailureCode.FINAL_INCORRECT_CLTV_EXPIRY: bytes(4),
    FailureCode.FINAL_INCORRECT_HTLC_AMOUNT: bytes(8),
    FailureCode.CHANNEL_DISABLED: bytes(2 + 2),
    FailureCode.INVALID_ONION_PAYLOAD: bytes(1 + 2),
}
"""Each code's fields, all zero. BOLT 4, Failure Messages"""


def judge(message: bytes, *, hop: int, attributed: bool = True) -> Verdict:
    packet = returned(message, hop=hop, attributed=attributed)
    return judge_failure(WAY, secrets_of(), reason=packet.reason, attribution_data=packet.attribution_data)


def message_of(code: FailureCode) -> bytes:
    return code.to_bytes(2, "big") + FIELDS.get(code, b"")


def test_it_works():
    verdict = judge(message_of(FailureCode.TEMPORARY_CHANNEL_FAILURE), hop=1)

    assert (
        Verdict(
            failing_hop=1,
            failure_code=0x1007,
            failure_data=bytes(2),
            short_channel_id=scid(3),
            is_permanent=False,
            hold_times_ms=(300, 200),
        )
        == verdict
    )


@pytest.mark.parametrize("hop", [0, 1])
@pytest.mark.parametrize("code", list(FailureCode))
@pytest.mark.parametrize("attributed", [True, False])
def test_a_node_on_the_way_speaks_of_itself_or_of_its_next_channel_and_never_ends_the_payment(code, hop, attributed):
    verdict = judge(message_of(code), hop=hop, attributed=attributed)

    assert (hop, int(code), False) == (verdict.failing_hop, verdict.failure_code, verdict.is_permanent)
    assert verdict.short_channel_id == (INBOUND[hop] if code in NODE_CODES else INBOUND[hop + 1])
    assert verdict.node_id == (WAY.hops[hop].node_id if code & 0x2000 else None)


@pytest.mark.parametrize("code", list(FailureCode))
def test_the_payee_ends_the_payment_with_what_it_calls_permanent(code):
    verdict = judge(message_of(code), hop=LAST)

    assert (LAST, int(code), bool(code & 0x4000)) == (verdict.failing_hop, verdict.failure_code, verdict.is_permanent)
    assert verdict.short_channel_id == (None if code in BLAMELESS_FROM_PAYEE else INBOUND[LAST])
    assert verdict.node_id is None


@pytest.mark.parametrize("hop", [0, 1])
@pytest.mark.parametrize("code", [0x0FFF, 0x4FFF, 0x1FFF, 0x2FFF, 0x8FFF])
def test_a_code_that_nobody_knows_is_the_nodes_fault(code, hop):
    verdict = judge(encode_failure(UnknownFailure(code=code, data=b"x")), hop=hop)

    assert (hop, code, b"x", INBOUND[hop], False) == (
        verdict.failing_hop,
        verdict.failure_code,
        verdict.failure_data,
        verdict.short_channel_id,
        verdict.is_permanent,
    )


@pytest.mark.parametrize("code", list(FIELDS))
@pytest.mark.parametrize("hop", [0, 1])
def test_a_code_without_its_fields_is_of_a_node_that_cannot_write(code, hop):
    verdict = judge(code.to_bytes(2, "big"), hop=hop)

    assert (hop, int(code), INBOUND[hop], False) == (
        verdict.failing_hop,
        verdict.failure_code,
        verdict.short_channel_id,
        verdict.is_permanent,
    )


def test_a_bare_refusal_of_the_payee_is_its_refusal():
    verdict = judge(b"\x40\x0f", hop=LAST)

    assert (LAST, 0x400F, None, True) == (verdict.failing_hop, verdict.failure_code, verdict.short_channel_id, verdict.is_permanent)


@pytest.mark.parametrize("message", [b"", b"\x40"])
@pytest.mark.parametrize(("hop", "is_permanent"), [(0, False), (1, False), (LAST, True)])
def test_less_than_a_code_is_that_nodes_fault_and_from_the_payee_the_end(message, hop, is_permanent):
    verdict = judge(message, hop=hop)

    assert (hop, None, INBOUND[hop], is_permanent) == (
        verdict.failing_hop,
        verdict.failure_code,
        verdict.short_channel_id,
        verdict.is_permanent,
    )


@pytest.mark.parametrize("reason", [b"", b"x", bytes(31), bytes(292), bytes(5_000)])
def test_what_nobody_wrote_is_blamed_on_our_own_channel_when_nobody_vouches(reason):
    verdict = judge_failure(WAY, secrets_of(), reason=reason, attribution_data=None)

    assert Verdict(failing_hop=None, failure_code=None, failure_data=b"", short_channel_id=scid(1), is_permanent=False) == verdict


def test_what_was_spoilt_on_the_way_is_blamed_where_attribution_ends():
    packet = returned(message_of(FailureCode.TEMPORARY_CHANNEL_FAILURE), hop=LAST)
    spoilt = bytes([packet.reason[0] ^ 1]) + packet.reason[1:]
    verdict = judge_failure(WAY, secrets_of(), reason=spoilt, attribution_data=packet.attribution_data)

    assert (None, None, scid(1)) == (verdict.failing_hop, verdict.failure_code, verdict.short_channel_id)


@pytest.mark.parametrize("failure_code", [0xC004, 0xC005, 0xC006, 0x8000])
def test_our_own_peer_that_cannot_read_the_onion_is_avoided(failure_code):
    verdict = judge_malformed(WAY, failure_code=failure_code, sha256_of_onion=b"\x01" * 32)

    assert (
        Verdict(failing_hop=0, failure_code=failure_code, failure_data=b"\x01" * 32, short_channel_id=scid(1), is_permanent=False)
        == verdict
    )


@pytest.mark.parametrize("message", [b"\x40\x0f" + bytes(12), b"\x20\x02"])
def test_a_payee_next_door_is_first_and_last_hop(message):
    way = path("bob")
    packet = returned(message, hop=0, way=way)
    verdict = judge_failure(way, secrets_of(way), reason=packet.reason, attribution_data=packet.attribution_data)

    refused = message[:1] == b"\x40"
    assert (0, None if refused else scid(1), refused) == (verdict.failing_hop, verdict.short_channel_id, verdict.is_permanent)


def test_our_own_channels_refusal_blames_nobody_else():
    assert Verdict(
        failing_hop=None,
        failure_code=None,
        failure_data=b"",
        short_channel_id=scid(1),
        is_permanent=False,
        local_failure=LocalFailure.PEER_OFFLINE,
    ) == failed_on_our_side(WAY, LocalFailure.PEER_OFFLINE)


def test_every_refusal_of_a_channel_has_its_name_in_the_events():
    assert {refusal.value for refusal in OfferRefusal} == {reason.value for reason in LocalFailure} - {LocalFailure.ON_CHAIN.value}
