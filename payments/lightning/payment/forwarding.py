"""
Passing a payment on: whether an incoming HTLC pays for what its onion asks of us.

The checks and their order are the specification's, so that a payer can trust the code that comes back. Channel updates are not enclosed:
a payer that applied one would show that it was the payer.

BOLT 4, Requirements of a forwarding node; BOLT 7, HTLC Fees
"""

from __future__ import annotations

from msgspec import Struct

from payments.lightning.config import ForwardingConfig
from payments.lightning.onion.payload import ForwardPayload
from payments.lightning.units import proportional_fee_msat
from payments.lightning.wire.failures import FailureCode, FailureMessage

EXPIRY_GRACE_BLOCKS = 3
"""An outgoing HTLC that expires this soon would have to go to the chain at once. LDK's LATENCY_GRACE_PERIOD_BLOCKS."""
MAX_EXPIRY_BLOCKS = 2_016
"""Two weeks: money locked longer than that is more likely an attack than a payment."""


class OutgoingChannel(Struct, frozen=True, kw_only=True):
    """What matters of the channel that the onion names."""

    is_usable: bool
    policy: ForwardingConfig


def refusal_to_forward(
    payload: ForwardPayload, *, amount_msat: int, cltv_expiry: int, outgoing: OutgoingChannel | None, height: int
) -> FailureMessage | None:
    """
    Why an HTLC is not passed on, None when it may be offered.

    amount_msat, cltv_expiry    of the incoming HTLC
    outgoing                    None when we have no such channel
    """
    if outgoing is None:
        return FailureMessage(code=FailureCode.UNKNOWN_NEXT_PEER)
    policy = outgoing.policy
    if policy.is_disabled:
        return FailureMessage(code=FailureCode.CHANNEL_DISABLED, disabled_flags=0)
    if payload.amt_to_forward_msat < policy.htlc_minimum_msat:
        return FailureMessage(code=FailureCode.AMOUNT_BELOW_MINIMUM, htlc_msat=payload.amt_to_forward_msat)
    fee_msat = proportional_fee_msat(
        payload.amt_to_forward_msat, fee_base_msat=policy.fee_base_msat, fee_ppm=policy.fee_proportional_millionths
    )
    if amount_msat < payload.amt_to_forward_msat + fee_msat:
        return FailureMessage(code=FailureCode.FEE_INSUFFICIENT, htlc_msat=amount_msat)
    if cltv_expiry < payload.outgoing_cltv_value + policy.cltv_expiry_delta:
        return FailureMessage(code=FailureCode.INCORRECT_CLTV_EXPIRY, cltv_expiry=cltv_expiry)
    if payload.outgoing_cltv_value <= height + EXPIRY_GRACE_BLOCKS:
        return FailureMessage(code=FailureCode.EXPIRY_TOO_SOON)
    if cltv_expiry > height + MAX_EXPIRY_BLOCKS:
        return FailureMessage(code=FailureCode.EXPIRY_TOO_FAR)
    is_too_large = policy.htlc_maximum_msat is not None and payload.amt_to_forward_msat > policy.htlc_maximum_msat
    return FailureMessage(code=FailureCode.TEMPORARY_CHANNEL_FAILURE) if is_too_large or not outgoing.is_usable else None
