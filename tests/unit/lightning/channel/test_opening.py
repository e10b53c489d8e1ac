"""How a channel comes to be: both ends know the same first commitments, and neither can be opened that could not be closed."""

from __future__ import annotations

import pytest

from payments.lightning.channel.commitment import build_commitment
from payments.lightning.channel.errors import InvalidCommitmentSignature
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.opening import channel_id_of, with_first_signature
from payments.lightning.channel.opening_errors import OpenerCannotPayFee
from payments.lightning.channel.types import ChannelType
from payments.lightning.config import ChannelConfig
from tests.unit.lightning.channel.channel_pair import Pair, secrets_of, txid

TYPES = pytest.mark.parametrize("channel_type", list(ChannelType))


@TYPES
def test_it_works(channel_type):
    pair = Pair(channel_type)

    pair.check_agreement()
    assert (600_000_000, 400_000_000) == pair.balances_msat
    assert (True, False) == (pair["alice"].terms.is_opener, pair["bob"].terms.is_opener)


@TYPES
def test_both_ends_know_the_same_first_commitments(channel_type):
    pair = Pair(channel_type, connected=False)

    assert txid(pair["alice"], Side.LOCAL, 0, "alice") == txid(pair["bob"], Side.REMOTE, 0, "bob")
    assert txid(pair["alice"], Side.REMOTE, 0, "alice") == txid(pair["bob"], Side.LOCAL, 0, "bob")


def test_a_first_signature_that_is_none_is_refused():
    pair = Pair(connected=False)

    with pytest.raises(InvalidCommitmentSignature):
        with_first_signature(pair["alice"], bytes(64), secrets_of("alice"))
    with pytest.raises(InvalidCommitmentSignature):
        with_first_signature(pair["alice"], pair["bob"].local_signature, secrets_of("alice"))


def test_each_side_demands_the_others_reserve_and_delay():
    alices = ChannelConfig(channel_reserve_ppm=20_000, to_self_delay_blocks=100, dust_limit_sat=400)
    bobs = ChannelConfig(channel_reserve_ppm=50_000, to_self_delay_blocks=200, dust_limit_sat=500)
    pair = Pair(config=alices, bobs_config=bobs)
    ours, theirs = pair["alice"].terms.local, pair["alice"].terms.remote

    assert (50_000, 200, 400) == (ours.channel_reserve_sat, ours.to_self_delay_blocks, ours.dust_limit_sat)
    assert (20_000, 100, 500) == (theirs.channel_reserve_sat, theirs.to_self_delay_blocks, theirs.dust_limit_sat)
    assert (pair["bob"].terms.remote, pair["bob"].terms.local) == (ours, theirs)


def test_a_reserve_is_never_below_either_dust_limit():
    pair = Pair(capacity_sat=30_000, push_msat=0, config=ChannelConfig(dust_limit_sat=354), bobs_config=ChannelConfig(dust_limit_sat=546))

    assert {1_000} == {pair["alice"].terms.side(side).channel_reserve_sat for side in Side}


def test_the_funding_output_is_mixed_into_the_name():
    txid_ = bytes(31) + b"\x0f"

    assert bytes(31) + b"\x0e" == channel_id_of(txid_, 1)
    assert bytes(30) + b"\xff\xf0" == channel_id_of(txid_, 0xFFFF)


@TYPES
def test_an_opener_pays_for_its_first_commitment_or_there_is_none(channel_type):
    cost_sat = {ChannelType.STATIC_REMOTEKEY: 724 * 2_500 // 1_000, ChannelType.ANCHORS: 1_124 * 2_500 // 1_000 + 660}[channel_type]
    poorest = Pair(channel_type, push_msat=1_000_000_000 - cost_sat * 1_000)
    spec = poorest["alice"].commitment_spec(Side.LOCAL, 0, secrets_of("alice"))

    assert 1_000_000 >= sum(output.amount_sat for output in build_commitment(spec).tx.outputs)
    with pytest.raises(OpenerCannotPayFee):
        Pair(channel_type, push_msat=1_000_000_001 - cost_sat * 1_000)
