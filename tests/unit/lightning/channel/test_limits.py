"""What a channel says it can send is what it then sends and what the peer accepts; one msat more is refused."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.channel import updates
from payments.lightning.channel.actions import ChannelFailed, OfferRefusal, OfferRefused, Step
from payments.lightning.channel.channel import Phase
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.limits import (
    buffered_feerate,
    dust_exposure_msat,
    further_htlc_cost_msat,
    next_outbound_htlc_limit_msat,
    next_outbound_htlc_minimum_msat,
    refusal_to_offer,
)
from payments.lightning.channel.types import ChannelType
from payments.lightning.config import ChannelConfig, ForwardingConfig
from payments.lightning.wire.messages import UpdateAddHtlc, UpdateFee
from tests.unit.lightning.channel.channel_pair import EXPIRY, ONION, Pair, payment_hash

TYPES = pytest.mark.parametrize("channel_type", list(ChannelType))
PAYERS = pytest.mark.parametrize("payer", ["alice", "bob"])
RESERVE_MSAT = 10_000_000
COST_MSAT = {ChannelType.STATIC_REMOTEKEY: 1_000 * (1_068 * 5_000 // 1_000), ChannelType.ANCHORS: 1_000 * (1_468 * 5_000 // 1_000 + 660)}
"""Twice the feerate of 2,500, two HTLC outputs of 172 more. BOLT 3, Fees"""


def limit_msat(pair: Pair, name: str) -> int:
    return next_outbound_htlc_limit_msat(pair[name], pair.config[name])


def minimum_msat(pair: Pair, name: str) -> int:
    return next_outbound_htlc_minimum_msat(pair[name], pair.config[name])


def refused(pair: Pair, name: str, amount_msat: int) -> OfferRefusal | None:
    return refusal_to_offer(pair[name], amount_msat, pair.config[name])


def insist(pair: Pair, name: str, amount_msat: int, *, number: int = 0) -> None:
    """The other side offers this to `name` although its own limits may not allow it."""
    message = UpdateAddHtlc(
        channel_id=pair[name].id,
        id=pair[name].next_htlc_id[Side.REMOTE],
        amount_msat=amount_msat,
        payment_hash=payment_hash(number),
        cltv_expiry=EXPIRY,
        onion_routing_packet=ONION,
    )
    pair.hand(name, message)


@TYPES
def test_it_works(channel_type):
    pair = Pair(channel_type)

    assert 600_000_000 - RESERVE_MSAT - COST_MSAT[channel_type] == limit_msat(pair, "alice")
    assert 400_000_000 - RESERVE_MSAT == limit_msat(pair, "bob")


@TYPES
@PAYERS
def test_the_limit_is_accepted_and_one_msat_more_is_not(channel_type, payer):
    pair = Pair(channel_type)
    limit = limit_msat(pair, payer)

    assert OfferRefusal.ABOVE_LIMIT is refused(pair, payer, limit + 1)
    assert [OfferRefused(refusal=OfferRefusal.ABOVE_LIMIT)] == pair.offer(payer, limit + 1)
    pair.offer(payer, limit)
    pair.exchange()
    pair.check_agreement()
    assert 0 == limit_msat(pair, payer)


@TYPES
@pytest.mark.parametrize("feerate_per_kw", [253, 2_500, 20_000])
def test_channels_are_emptied_by_their_limits_without_a_quarrel(channel_type, feerate_per_kw):
    pair = Pair(channel_type, config=ChannelConfig(feerate_per_kw=feerate_per_kw))
    for number in range(12):
        for payer in ("alice", "bob"):
            limit = limit_msat(pair, payer)
            share = limit if number == 11 else limit // 3
            if share >= minimum_msat(pair, payer):
                pair.offer(payer, share, number=number)
                pair.commit(payer)
    pair.exchange()

    pair.check_agreement()


@TYPES
def test_the_opener_offers_what_is_left_above_reserve_and_fee_and_no_more(channel_type):
    fee_msat = 1_000 * ((724 if channel_type is ChannelType.STATIC_REMOTEKEY else 1_124) + 172) * 2_500 // 1_000
    anchors_msat = 660_000 if channel_type is ChannelType.ANCHORS else 0
    affordable_msat = 600_000_000 - RESERVE_MSAT - fee_msat - anchors_msat
    pair, greedy = Pair(channel_type), Pair(channel_type)
    insist(pair, "bob", affordable_msat)
    insist(greedy, "bob", affordable_msat + 1)

    assert pair["bob"].phase is Phase.NORMAL
    assert [ChannelFailed(code="peer_overdrawn")] == greedy.done("bob", ChannelFailed)


@TYPES
def test_the_accepter_offers_what_is_left_above_its_reserve_and_no_more(channel_type):
    pair, greedy = Pair(channel_type), Pair(channel_type)
    insist(pair, "alice", 390_000_000)
    insist(greedy, "alice", 390_000_001)

    assert pair["alice"].phase is Phase.NORMAL
    assert [ChannelFailed(code="peer_overdrawn")] == greedy.done("alice", ChannelFailed)


@TYPES
def test_the_accepter_offers_only_dust_when_the_opener_could_not_pay_for_an_output(channel_type):
    pair = Pair(channel_type, push_msat=980_000_000)
    pair.offer("alice", limit_msat(pair, "alice"))
    pair.exchange()
    for number in range(1, 4):
        pair.offer("bob", 100_000_000, number=number)
        pair.exchange()
    while (limit := limit_msat(pair, "bob")) > 3_000_000:
        pair.offer("bob", min(limit, 10_000_000))
        pair.exchange()

    dust_sat = 354 if channel_type is ChannelType.ANCHORS else 354 + 663 * 2_500 // 1_000
    assert dust_sat * 1_000 - 1 == limit
    pair.offer("bob", limit)
    pair.exchange()
    pair.check_agreement()


@PAYERS
def test_htlcs_are_counted(payer):
    pair = Pair(config=ChannelConfig(max_accepted_htlcs=3))
    for number in range(3):
        pair.offer(payer, 1_000_000, number=number)
    pair.exchange()

    assert 0 == limit_msat(pair, payer)
    assert OfferRefusal.TOO_MANY_HTLCS is refused(pair, payer, 1_000_000)
    other = "bob" if payer == "alice" else "alice"
    insist(pair, other, 1_000_000)
    assert [ChannelFailed(code="too_many_htlcs")] == pair.done(other, ChannelFailed)


@PAYERS
def test_what_is_in_flight_is_added_up(payer):
    pair = Pair()
    other = "bob" if payer == "alice" else "alice"
    for name, side in ((payer, "remote"), (other, "local")):
        narrow = msgspec.structs.replace(getattr(pair[name].terms, side), max_htlc_value_in_flight_msat=50_000_000)
        terms = msgspec.structs.replace(pair[name].terms, **{side: narrow})
        pair.take(name, Step(channel=msgspec.structs.replace(pair[name], terms=terms)))

    assert 50_000_000 == limit_msat(pair, payer)
    pair.offer(payer, 20_000_000)
    assert 30_000_000 == limit_msat(pair, payer)
    pair.offer(payer, 30_000_000)
    pair.exchange()
    pair.check_agreement()
    insist(pair, other, 1)
    assert [ChannelFailed(code="too_much_in_flight")] == pair.done(other, ChannelFailed)


def test_less_than_the_peer_accepts_is_refused():
    pair = Pair(forwarding=ForwardingConfig(htlc_minimum_msat=1_000))

    assert OfferRefusal.BELOW_MINIMUM is refused(pair, "alice", 999)
    assert 1_000 == minimum_msat(pair, "alice")
    insist(pair, "bob", 999)
    assert [ChannelFailed(code="htlc_below_minimum")] == pair.done("bob", ChannelFailed)


def test_nothing_is_never_offered():
    pair = Pair(forwarding=ForwardingConfig(htlc_minimum_msat=0))

    assert OfferRefusal.BELOW_MINIMUM is refused(pair, "alice", 0)


def test_nothing_is_offered_to_a_peer_that_does_not_hear():
    pair = Pair()
    pair.cut()

    assert 0 == limit_msat(pair, "alice")
    assert OfferRefusal.PEER_OFFLINE is refused(pair, "alice", 1_000)


@TYPES
@PAYERS
def test_dust_is_offered_up_to_what_may_be_lost_and_no_further(channel_type, payer):
    config = ChannelConfig(max_dust_exposure_msat=10_000_000)
    pair = Pair(channel_type, config=config)
    smallest = minimum_msat(pair, payer)
    sizes = {ChannelType.ANCHORS: [353_999], ChannelType.STATIC_REMOTEKEY: [353_999, 3_687_999, 3_889_999]}[channel_type]
    for number in range(60):
        size = sizes[number % len(sizes)]
        pair.offer(payer, size, number=number)
    pair.exchange()

    assert 1 == smallest
    assert dust_exposure_msat(pair[payer]) <= config.max_dust_exposure_msat
    assert OfferRefusal.DUST_EXPOSURE is refused(pair, payer, sizes[-1])
    assert minimum_msat(pair, payer) == sizes[-1] + 1
    pair.offer(payer, sizes[-1] + 1)
    pair.exchange()
    assert dust_exposure_msat(pair[payer]) <= config.max_dust_exposure_msat
    pair.check_agreement()


@pytest.mark.parametrize(
    ("feerate_per_kw", "buffered"), [(253, 2_783), (2_500, 5_030), (10_120, 12_650), (10_121, 12_651), (20_000, 25_000)]
)
def test_dust_is_counted_at_ten_satoshi_a_vbyte_or_a_quarter_more(feerate_per_kw, buffered):
    assert buffered == buffered_feerate(feerate_per_kw)


def test_what_is_an_output_at_a_low_feerate_counts_as_dust_before_the_next_rise():
    """At 2,783 the peer needs 1,956 sat to claim an HTLC and its limit is 354: below 2,310 sat nothing would be left of it."""
    pair = Pair(ChannelType.STATIC_REMOTEKEY, config=ChannelConfig(feerate_per_kw=253, max_dust_exposure_msat=5_000_000))
    for number in range(2):
        pair.offer("alice", 2_000_000, number=number)
    pair.exchange()

    assert 4_000_000 == dust_exposure_msat(pair["alice"]) == dust_exposure_msat(pair["bob"])
    assert OfferRefusal.DUST_EXPOSURE is refused(pair, "alice", 2_000_000)
    assert 2_310_000 == minimum_msat(pair, "alice")
    pair.offer("alice", 2_310_000, number=2)
    pair.exchange()
    assert 4_000_000 == dust_exposure_msat(pair["bob"])
    pair.check_agreement()


@pytest.mark.parametrize(("feerate_per_kw", "said"), [(5_187, []), (5_188, [ChannelFailed(code="too_much_dust")])])
def test_a_feerate_that_makes_too_much_dust_ends_the_channel(feerate_per_kw, said):
    """4,000 sat less 354 are 3,646: what it costs to claim at 5,187, and one less than at 5,188."""
    pair = Pair(ChannelType.STATIC_REMOTEKEY, config=ChannelConfig(max_dust_exposure_msat=3_999_999))
    pair.offer("alice", 4_000_000)
    pair.exchange()
    pair.hand("bob", UpdateFee(channel_id=pair["bob"].id, feerate_per_kw=feerate_per_kw))

    assert said == pair.done("bob", ChannelFailed)


@TYPES
@pytest.mark.parametrize("feerate_per_kw", [2_400, 20_000])
def test_a_feerate_is_not_to_blame_for_what_was_dust_before(channel_type, feerate_per_kw):
    pair = Pair(channel_type, bobs_config=ChannelConfig(max_dust_exposure_msat=100_000))
    pair.offer("alice", 300_000)
    pair.exchange()
    pair.hand("bob", UpdateFee(channel_id=pair["bob"].id, feerate_per_kw=feerate_per_kw))

    assert [] == pair.done("bob", ChannelFailed)


def test_dust_limits_of_the_two_sides_may_differ():
    pair = Pair(config=ChannelConfig(dust_limit_sat=354), bobs_config=ChannelConfig(dust_limit_sat=546))
    pair.offer("alice", 400_000)
    pair.offer("bob", 500_000, number=1)
    pair.exchange()

    pair.check_agreement()
    assert 900_000 == dust_exposure_msat(pair["alice"]) == dust_exposure_msat(pair["bob"])


@TYPES
def test_the_opener_keeps_enough_for_a_fee_twice_as_high(channel_type):
    pair = Pair(channel_type)
    pair.offer("alice", limit_msat(pair, "alice"))
    pair.exchange()
    pair.hand("bob", UpdateFee(channel_id=pair["bob"].id, feerate_per_kw=5_000))

    assert pair["bob"].phase is Phase.NORMAL


@TYPES
def test_an_opener_that_cannot_pay_its_new_feerate_is_overdrawn(channel_type):
    pair = Pair(channel_type, capacity_sat=100_000, push_msat=90_000_000)
    pair.hand("bob", UpdateFee(channel_id=pair["bob"].id, feerate_per_kw=20_000))

    assert [ChannelFailed(code="peer_overdrawn")] == pair.done("bob", ChannelFailed)


@TYPES
@pytest.mark.parametrize("capacity_sat", [20_000, 40_000])
def test_no_commitment_pays_out_more_than_was_funded_however_poor_the_opener(channel_type, capacity_sat, monkeypatch):
    pair = Pair(channel_type, capacity_sat=capacity_sat, push_msat=0, config=ChannelConfig(feerate_per_kw=253))
    pair.offer("alice", limit_msat(pair, "alice"))
    pair.exchange()
    pair.fulfill("bob", 0)
    pair.exchange()
    monkeypatch.setattr(updates, "refusal_to_offer", lambda *_: None)
    for number in range(300):
        pair.offer("bob", 1_000_000, number=number)
        pair.exchange()
        if pair["alice"].phase is not Phase.NORMAL:
            break

    assert number > 8
    assert [ChannelFailed(code="peer_overdrawn")] == pair.done("alice", ChannelFailed)


@TYPES
def test_a_second_htlc_fits_beside_the_first_once_its_place_is_paid_for(channel_type):
    pair = Pair(channel_type)
    cost_msat = further_htlc_cost_msat(pair["alice"], pair.config["alice"])
    before_msat = limit_msat(pair, "alice") - 100_000_000
    pair.offer("alice", 100_000_000)

    # 172 weight units at twice 2,500 sat, and a satoshi for rounding
    assert (861_000, 0) == (cost_msat, further_htlc_cost_msat(pair["bob"], pair.config["bob"]))
    assert before_msat - cost_msat <= limit_msat(pair, "alice") < before_msat
