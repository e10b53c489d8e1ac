"""Whatever a channel's state: no satoshi is made or lost by a commitment, and what one side signs the other accepts."""

from __future__ import annotations

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from payments.lightning.channel.commitment import (
    CommitmentHtlc,
    CommitmentSpec,
    anchors_sat,
    build_commitment,
    commitment_fee_sat,
    sign_commitment,
    verify_commitment,
)
from payments.lightning.channel.types import ChannelType
from tests.unit.lightning.channel.appendix_c import COUNTERPARTY, SIMPLE

DUST_LIMITS_SAT = (354, 546)

some_htlcs = st.lists(
    st.builds(
        CommitmentHtlc,
        owner_is_holder=st.booleans(),
        htlc_id=st.integers(0, 2**64 - 1),
        amount_msat=st.integers(1, 10_000_000),
        payment_hash=st.binary(min_size=32, max_size=32),
        cltv_expiry=st.integers(1, 499_999_999),
    ),
    max_size=8,
    unique_by=lambda htlc: (htlc.owner_is_holder, htlc.htlc_id),
).map(tuple)


@st.composite
def specs(draw: st.DrawFn) -> CommitmentSpec:
    """A channel whose two balances and HTLCs add up to what was funded."""
    htlcs = draw(some_htlcs)
    free_msat = SIMPLE.funding_sat * 1000 - sum(htlc.amount_msat for htlc in htlcs)
    to_holder_msat = draw(st.integers(0, free_msat))
    return msgspec.structs.replace(
        SIMPLE,
        channel_type=draw(st.sampled_from(ChannelType)),
        holder_is_opener=draw(st.booleans()),
        dust_limit_sat=draw(st.sampled_from(DUST_LIMITS_SAT)),
        feerate_per_kw=draw(st.integers(0, 50_000)),
        commitment_number=draw(st.integers(0, 2**48 - 1)),
        to_holder_msat=to_holder_msat,
        to_counterparty_msat=free_msat - to_holder_msat,
        htlcs=htlcs,
    )


@given(spec=specs())
def test_outputs_never_exceed_the_funding_and_the_rest_is_fee_dust_and_rounding(spec: CommitmentSpec) -> None:
    opener_msat = spec.to_holder_msat if spec.holder_is_opener else spec.to_counterparty_msat
    assume(opener_msat // 1000 >= anchors_sat(spec.channel_type))
    commitment = build_commitment(spec)
    rest_sat = spec.funding_sat - sum(output.amount_sat for output in commitment.tx.outputs)
    fee_sat = commitment_fee_sat(spec.channel_type, spec.feerate_per_kw, len(commitment.htlcs)) + anchors_sat(spec.channel_type)
    trimmed_sat = sum(htlc.amount_msat // 1000 for htlc in commitment.trimmed)
    rounding_sat = len(spec.htlcs) + 2
    assert 0 <= rest_sat <= fee_sat + trimmed_sat + 2 * spec.dust_limit_sat + rounding_sat


@given(spec=specs())
def test_every_htlc_is_either_an_output_or_trimmed(spec: CommitmentSpec) -> None:
    commitment = build_commitment(spec)
    found = [*(one.htlc for one in commitment.htlcs), *commitment.trimmed]
    assert sorted(spec.htlcs, key=repr) == sorted(found, key=repr)


@given(spec=specs())
def test_no_output_is_dust_and_every_htlc_transaction_pays_something(spec: CommitmentSpec) -> None:
    commitment = build_commitment(spec)
    least_sat = 330 if spec.channel_type is ChannelType.ANCHORS else spec.dust_limit_sat
    assert all(output.amount_sat >= least_sat for output in commitment.tx.outputs)
    assert all(one.transaction.outputs[0].amount_sat >= spec.dust_limit_sat for one in commitment.htlcs)


@settings(max_examples=30)
@given(spec=specs())
def test_what_is_signed_is_accepted(spec: CommitmentSpec) -> None:
    commitment = build_commitment(spec)
    signature, htlc_signatures = sign_commitment(commitment, spec, COUNTERPARTY)
    verify_commitment(commitment, spec, signature=signature, htlc_signatures=htlc_signatures)
