from __future__ import annotations

import msgspec
import pytest

from payments.lightning.channel.commitment import (
    CommitmentSpec,
    anchors_sat,
    build_commitment,
    commitment_fee_sat,
    htlc_fee_sat,
    is_trimmed,
    obscured_commitment_number,
    sign_commitment,
    verify_commitment,
)
from payments.lightning.channel.errors import HtlcSignatureCount, InvalidCommitmentSignature, InvalidHtlcSignature
from payments.lightning.channel.keys import ChannelSecrets, CommitmentKeys
from payments.lightning.channel.types import ChannelType
from payments.lightning.crypto.secp256k1 import signature_to_der
from tests.unit.lightning.channel.appendix_c import (
    COUNTERPARTY,
    FIVE_HTLCS,
    HOLDER,
    POINT,
    SIMPLE,
    SIMPLE_ANCHORS,
    WITH_HTLCS,
    WITH_HTLCS_ANCHORS,
    htlc,
)

replace = msgspec.structs.replace
BOTH_TYPES = pytest.mark.parametrize("spec", [WITH_HTLCS, WITH_HTLCS_ANCHORS], ids=["static_remotekey", "anchors"])


@pytest.mark.parametrize(
    ("spec", "signature"),
    [
        (
            SIMPLE,
            (
                "c3127b33dcc741dd6b05b1e63cbd1a9a7d816f37af9b6756fa2376b056f03237"
                "408b96279808fe57eb7e463710804cdf4f108388bc5cf722d8c848d2c7f9f3b0"
            ),
        ),
        (
            WITH_HTLCS,
            (
                "09b048187705a8cbc9ad73adbe5af148c3d012e1f067961486c822c7af08158c"
                "06d66f3704cfab3eb2dc49dae24e4aa22a6910fc9b424007583204e3621af2e5"
            ),
        ),
        (
            SIMPLE_ANCHORS,
            (
                "f89034eba16b2be0e5581f750a0a6309192b75cce0f202f0ee2b4ec0cc394850"
                "76c65dc507fe42276152b7a3d90e961e678adbe966e916ecfe85e64d430e75f3"
            ),
        ),
        (
            WITH_HTLCS_ANCHORS,
            (
                "e0106830467a558c07544a3de7715610c1147062e7d091deeebe8b5c661cda94"
                "2ad049c1a6d04834317a78483f723c205c9f638d17222aafc620800cc1b6ae35"
            ),
        ),
    ],
    ids=["C, no HTLCs", "C, five HTLCs", "F, no HTLCs", "F, five HTLCs"],
)
def test_a_commitment_is_signed_as_in_bolt_3_appendices_c_and_f(spec: CommitmentSpec, signature: str) -> None:
    assert signature == sign_commitment(build_commitment(spec), spec, COUNTERPARTY)[0].hex()


@pytest.mark.parametrize(
    ("spec", "signature"),
    [
        (
            WITH_HTLCS,
            (
                "3045022100d9e29616b8f3959f1d3d7f7ce893ffedcdc407717d0de8e37d808c91d3a7c"
                "50d022078c3033f6d00095c8720a4bc943c1b45727818c082e4e3ddbc6d3116435b624b"
            ),
        ),
        (
            WITH_HTLCS_ANCHORS,
            (
                "30440220746dc89a593e1b50915db63359b50c3c404f8324f78075c87708c866ccefda"
                "2502202a11062012dc8607b17e8c46ea4eefdfcc6b89a35440de99432ba12788d7bb17"
            ),
        ),
    ],
    ids=["C", "F"],
)
def test_the_first_htlc_is_signed_as_in_bolt_3_appendices_c_and_f(spec: CommitmentSpec, signature: str) -> None:
    assert signature == signature_to_der(sign_commitment(build_commitment(spec), spec, COUNTERPARTY)[1][0]).hex()


def test_the_obscuring_factor_is_that_of_bolt_3_appendix_c() -> None:
    assert 0x2BB038521914 ^ 42 == obscured_commitment_number(SIMPLE)


def test_the_number_hides_in_locktime_and_sequence() -> None:
    tx = build_commitment(SIMPLE).tx
    assert (0x20, 0x80) == (tx.locktime >> 24, tx.inputs[0].sequence >> 24)
    assert 0x2BB038521914 ^ 42 == (tx.inputs[0].sequence & 0xFFFFFF) << 24 | tx.locktime & 0xFFFFFF


def test_the_keys_are_those_of_bolt_3_appendix_c() -> None:
    assert "030d417a46946384f88d5f3337267c5e579765875dc4daca813e21734b140639e7" == SIMPLE.keys.holder_htlc_pubkey.hex()
    assert "0394854aa6eab5b2a8122cc726e9dded053a2184d88256816826d6231c068d4a5b" == SIMPLE.keys.counterparty_htlc_pubkey.hex()
    assert "03fd5960528dc152014952efdb702a88f71e3c1653b2314431701ec77e57fde83c" == SIMPLE.keys.holder_delayed_pubkey.hex()
    assert "0212a140cd0c6539d07cd08dfe09984dec3251ea808b892efeac3ede9402bf2b19" == SIMPLE.keys.revocation_pubkey.hex()


# ------------------------------------------------------------------------------------------------------------- fees and dust


@pytest.mark.parametrize(
    ("channel_type", "feerate_per_kw", "htlcs", "fee_sat"),
    [
        (ChannelType.STATIC_REMOTEKEY, 15_000, 0, 10_860),
        (ChannelType.STATIC_REMOTEKEY, 647, 5, 1_024),
        (ChannelType.ANCHORS, 15_000, 0, 16_860),
        (ChannelType.ANCHORS, 644, 5, 1_277),
        (ChannelType.STATIC_REMOTEKEY, 0, 483, 0),
    ],
)
def test_the_fee_is_weight_times_feerate_rounded_down(channel_type: ChannelType, feerate_per_kw: int, htlcs: int, fee_sat: int) -> None:
    assert fee_sat == commitment_fee_sat(channel_type, feerate_per_kw, htlcs)


def test_htlc_transactions_pay_for_themselves_unless_there_are_anchors() -> None:
    static, anchors = ChannelType.STATIC_REMOTEKEY, ChannelType.ANCHORS
    assert (3_315, 3_515) == tuple(htlc_fee_sat(static, 5_000, offered_by_holder=offered) for offered in (True, False))
    assert (0, 0) == tuple(htlc_fee_sat(anchors, 5_000, offered_by_holder=offered) for offered in (True, False))
    assert (0, 660) == (anchors_sat(static), anchors_sat(anchors))


@pytest.mark.parametrize(
    ("channel_type", "offered", "least_sat"),
    [
        (ChannelType.STATIC_REMOTEKEY, True, 546 + 3_315),
        (ChannelType.STATIC_REMOTEKEY, False, 546 + 3_515),
        (ChannelType.ANCHORS, True, 546),
        (ChannelType.ANCHORS, False, 546),
    ],
)
def test_an_htlc_is_trimmed_one_msat_below_dust_limit_and_fee(channel_type: ChannelType, *, offered: bool, least_sat: int) -> None:
    trimmed = [
        is_trimmed(amount_msat, offered_by_holder=offered, dust_limit_sat=546, feerate_per_kw=5_000, channel_type=channel_type)
        for amount_msat in (least_sat * 1000 - 1, least_sat * 1000)
    ]
    assert [True, False] == trimmed


def test_a_trimmed_htlc_has_no_output_and_goes_to_the_fee() -> None:
    spec = replace(WITH_HTLCS, feerate_per_kw=648)
    commitment = build_commitment(spec)
    assert (0,) == tuple(one.htlc_id for one in commitment.trimmed)
    assert {1, 2, 3, 4} == {one.htlc.htlc_id for one in commitment.htlcs}
    fee_sat = commitment_fee_sat(spec.channel_type, 648, 4)
    assert spec.funding_sat == sum(output.amount_sat for output in commitment.tx.outputs) + fee_sat + 1_000


@pytest.mark.parametrize("holder_is_opener", [True, False])
@pytest.mark.parametrize("spec", [SIMPLE, SIMPLE_ANCHORS], ids=["static_remotekey", "anchors"])
def test_the_opener_pays_for_fee_and_anchors(spec: CommitmentSpec, *, holder_is_opener: bool) -> None:
    spec = replace(spec, holder_is_opener=holder_is_opener)
    cost_sat = commitment_fee_sat(spec.channel_type, spec.feerate_per_kw, 0) + anchors_sat(spec.channel_type)
    expected = {7_000_000 - cost_sat, 3_000_000} if holder_is_opener else {7_000_000, 3_000_000 - cost_sat}
    assert expected == {output.amount_sat for output in build_commitment(spec).tx.outputs} - {330}


@pytest.mark.parametrize(("spec", "anchor"), [(SIMPLE, []), (SIMPLE_ANCHORS, [330])], ids=["static_remotekey", "anchors"])
def test_an_opener_that_cannot_pay_the_fee_pays_what_it_has(spec: CommitmentSpec, anchor: list[int]) -> None:
    spec = replace(spec, to_holder_msat=5_000_000, to_counterparty_msat=9_995_000_000)
    assert [*anchor, 9_995_000] == [output.amount_sat for output in build_commitment(spec).tx.outputs]


def test_a_balance_below_the_dust_limit_is_left_out() -> None:
    cost_sat = commitment_fee_sat(SIMPLE.channel_type, SIMPLE.feerate_per_kw, 0)
    for left_sat, expected in ((545, [3_000_000]), (546, [546, 3_000_000])):
        spec = replace(SIMPLE, to_holder_msat=(cost_sat + left_sat) * 1000)
        assert expected == [output.amount_sat for output in build_commitment(spec).tx.outputs]


def test_each_side_has_an_anchor_when_it_has_anything_in_the_commitment() -> None:
    def anchors(**changes: object) -> int:
        return [output.amount_sat for output in build_commitment(replace(SIMPLE_ANCHORS, **changes)).tx.outputs].count(330)

    assert [2, 1, 1] == [anchors(), anchors(to_counterparty_msat=0), anchors(to_holder_msat=0)]
    assert 2 == anchors(to_counterparty_msat=0, to_holder_msat=0, htlcs=FIVE_HTLCS)


# ------------------------------------------------------------------------------------------------------------------ order


@BOTH_TYPES
def test_the_order_in_which_htlcs_were_added_does_not_matter(spec: CommitmentSpec) -> None:
    assert build_commitment(spec).tx == build_commitment(replace(spec, htlcs=spec.htlcs[::-1])).tx


@BOTH_TYPES
def test_outputs_rise_by_amount_and_then_by_script(spec: CommitmentSpec) -> None:
    places = [(output.amount_sat, output.script_pubkey) for output in build_commitment(spec).tx.outputs]
    assert sorted(places) == places


def test_equal_outputs_are_ordered_by_expiry() -> None:
    twins = tuple(
        replace(htlc(5, offered=True, amount_msat=5_000_000, cltv_expiry=expiry), htlc_id=number) for number, expiry in ((5, 507), (6, 506))
    )
    committed = build_commitment(replace(WITH_HTLCS, htlcs=twins)).htlcs
    assert 1 == len({one.witness_script for one in committed})
    assert [506, 507] == [one.htlc.cltv_expiry for one in committed] == [one.transaction.locktime for one in committed]


@BOTH_TYPES
def test_every_htlc_knows_its_output(spec: CommitmentSpec) -> None:
    commitment = build_commitment(spec)
    indices = [one.output_index for one in commitment.htlcs]
    assert sorted(indices) == indices
    for one in commitment.htlcs:
        assert one.amount_sat == commitment.tx.outputs[one.output_index].amount_sat == one.htlc.amount_msat // 1000
        spent = one.transaction.inputs[0]
        assert (commitment.tx.txid, one.output_index) == (spent.txid, spent.output_index)


@BOTH_TYPES
def test_a_commitment_changes_with_its_point_and_with_its_holder(spec: CommitmentSpec) -> None:
    secrets = [ChannelSecrets.derive(b"a" * 32, 0), ChannelSecrets.derive(b"b" * 32, 0)]
    transactions = [
        build_commitment(replace(spec, keys=CommitmentKeys.derive(secrets[0].basepoints, secrets[1].basepoints, point))).tx
        for point in (secrets[0].per_commitment_point(1), secrets[0].per_commitment_point(2))
    ]
    assert transactions[0] != transactions[1]
    swapped = CommitmentKeys.derive(secrets[1].basepoints, secrets[0].basepoints, secrets[0].per_commitment_point(1))
    assert transactions[0] != build_commitment(replace(spec, keys=swapped)).tx


# -------------------------------------------------------------------------------------------------------------- signatures


@BOTH_TYPES
def test_what_the_counterparty_signs_the_holder_accepts(spec: CommitmentSpec) -> None:
    commitment = build_commitment(spec)
    signature, htlc_signatures = sign_commitment(commitment, spec, COUNTERPARTY)
    assert 5 == len(htlc_signatures)
    verify_commitment(commitment, spec, signature=signature, htlc_signatures=htlc_signatures)


@BOTH_TYPES
def test_the_holder_s_own_signature_is_not_the_counterparty_s(spec: CommitmentSpec) -> None:
    commitment = build_commitment(spec)
    signature, htlc_signatures = sign_commitment(commitment, spec, HOLDER)
    with pytest.raises(InvalidCommitmentSignature) as refusal:
        verify_commitment(commitment, spec, signature=signature, htlc_signatures=htlc_signatures)
    assert 42 == refusal.value.commitment_number


@pytest.mark.parametrize(
    "change",
    [
        {"feerate_per_kw": 1},
        {"to_holder_msat": 6_987_999_000},
        {"commitment_number": 43},
        {"funding_sat": 10_000_001},
        {"funding_output_index": 1},
        {"to_self_delay_blocks": 145},
        {"htlcs": FIVE_HTLCS[:4]},
        {"channel_type": ChannelType.ANCHORS},
        {"keys": CommitmentKeys.derive(HOLDER.basepoints, COUNTERPARTY.basepoints, HOLDER.basepoints.funding_pubkey)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_signature_of_other_facts_is_refused(change: dict[str, object]) -> None:
    signature, htlc_signatures = sign_commitment(build_commitment(WITH_HTLCS), WITH_HTLCS, COUNTERPARTY)
    changed = replace(WITH_HTLCS, **change)
    with pytest.raises(InvalidCommitmentSignature):
        verify_commitment(build_commitment(changed), changed, signature=signature, htlc_signatures=htlc_signatures)


@BOTH_TYPES
@pytest.mark.parametrize("wrong", [0, 2, 4])
def test_an_htlc_signature_in_the_wrong_place_is_refused_and_named(spec: CommitmentSpec, wrong: int) -> None:
    commitment = build_commitment(spec)
    signature, htlc_signatures = sign_commitment(commitment, spec, COUNTERPARTY)
    mixed = [*htlc_signatures[:wrong], signature, *htlc_signatures[wrong + 1 :]]
    with pytest.raises(InvalidHtlcSignature) as refusal:
        verify_commitment(commitment, spec, signature=signature, htlc_signatures=mixed)
    assert wrong == refusal.value.index


@BOTH_TYPES
@pytest.mark.parametrize("found", [0, 4, 6])
def test_too_few_or_too_many_htlc_signatures_are_refused(spec: CommitmentSpec, found: int) -> None:
    commitment = build_commitment(spec)
    signature, htlc_signatures = sign_commitment(commitment, spec, COUNTERPARTY)
    with pytest.raises(HtlcSignatureCount) as refusal:
        verify_commitment(commitment, spec, signature=signature, htlc_signatures=(htlc_signatures * 2)[:found])
    assert (5, found) == (refusal.value.expected, refusal.value.found)


@pytest.mark.parametrize("signature", [b"", bytes(64), b"\xff" * 64, bytes(63)])
def test_bytes_that_are_no_signature_are_refused_like_a_wrong_one(signature: bytes) -> None:
    with pytest.raises(InvalidCommitmentSignature):
        verify_commitment(build_commitment(SIMPLE), SIMPLE, signature=signature, htlc_signatures=())


def test_a_commitment_and_its_facts_are_stored_as_they_are() -> None:
    for value in (WITH_HTLCS, build_commitment(WITH_HTLCS)):
        assert value == msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=type(value))


def test_keys_of_one_commitment_are_derived_once() -> None:
    assert CommitmentKeys.derive(HOLDER.basepoints, COUNTERPARTY.basepoints, POINT) is SIMPLE.keys
