"""Whether an HTLC pays for being passed on: every figure at its edge, in the specification's order."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.config import ForwardingConfig
from payments.lightning.onion.payload import ForwardPayload
from payments.lightning.payment.forwarding import OutgoingChannel, refusal_to_forward
from payments.lightning.wire.failures import FailureCode, FailureMessage
from tests.graphs import scid

HEIGHT = 800_000
POLICY = ForwardingConfig(fee_base_msat=1_000, fee_proportional_millionths=100, cltv_expiry_delta=40, htlc_minimum_msat=1_000)
PAYLOAD = ForwardPayload(short_channel_id=scid(1), amt_to_forward_msat=1_000_000, outgoing_cltv_value=HEIGHT + 100)


def refusal(
    *, amount_msat=1_001_100, cltv_expiry=HEIGHT + 140, usable=True, known=True, off=False, largest_msat=None, **payload
) -> FailureMessage | None:
    return refusal_to_forward(
        msgspec.structs.replace(PAYLOAD, **payload),
        amount_msat=amount_msat,
        cltv_expiry=cltv_expiry,
        outgoing=OutgoingChannel(is_usable=usable, policy=msgspec.structs.replace(POLICY, is_disabled=off, htlc_maximum_msat=largest_msat))
        if known
        else None,
        height=HEIGHT,
    )


def test_it_works():
    assert refusal() is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"known": False}, FailureMessage(code=FailureCode.UNKNOWN_NEXT_PEER)),
        ({"amt_to_forward_msat": 999}, FailureMessage(code=FailureCode.AMOUNT_BELOW_MINIMUM, htlc_msat=999)),
        ({"amt_to_forward_msat": 0}, FailureMessage(code=FailureCode.AMOUNT_BELOW_MINIMUM, htlc_msat=0)),
        ({"amount_msat": 1_001_099}, FailureMessage(code=FailureCode.FEE_INSUFFICIENT, htlc_msat=1_001_099)),
        ({"amt_to_forward_msat": (1 << 64) - 1}, FailureMessage(code=FailureCode.FEE_INSUFFICIENT, htlc_msat=1_001_100)),
        ({"cltv_expiry": HEIGHT + 139}, FailureMessage(code=FailureCode.INCORRECT_CLTV_EXPIRY, cltv_expiry=HEIGHT + 139)),
        ({"outgoing_cltv_value": HEIGHT + 3}, FailureMessage(code=FailureCode.EXPIRY_TOO_SOON)),
        ({"cltv_expiry": HEIGHT + 2_017}, FailureMessage(code=FailureCode.EXPIRY_TOO_FAR)),
        ({"usable": False}, FailureMessage(code=FailureCode.TEMPORARY_CHANNEL_FAILURE)),
        ({"largest_msat": 999_999}, FailureMessage(code=FailureCode.TEMPORARY_CHANNEL_FAILURE)),
        ({"off": True}, FailureMessage(code=FailureCode.CHANNEL_DISABLED, disabled_flags=0)),
        ({"off": True, "amt_to_forward_msat": 0}, FailureMessage(code=FailureCode.CHANNEL_DISABLED, disabled_flags=0)),
    ],
)
def test_each_figure_is_refused_by_its_own_code(changes, expected):
    assert expected == refusal(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"amt_to_forward_msat": 1_000, "amount_msat": 2_000},
        {"amount_msat": 1_001_100},
        {"largest_msat": 1_000_000},
        {"amount_msat": 9_000_000},
        {"cltv_expiry": HEIGHT + 2_016},
        {"outgoing_cltv_value": HEIGHT + 4},
    ],
)
def test_each_figure_at_its_edge_is_enough(changes):
    assert refusal(**changes) is None
