"""What a channel shows of itself: figures that add up, whatever is under way."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from payments.lightning.channel.channel import Connection, FundingProgress, Phase
from payments.lightning.channel.details import balance_msat, details_of
from payments.lightning.channel.types import ChannelType
from payments.lightning.config import ChannelConfig
from tests.unit.lightning.channel.channel_pair import OTHER, Pair

CAPACITY_MSAT = 1_000_000_000


def test_it_works():
    details = details_of(Pair()["alice"], ChannelConfig())

    assert (600_000_000, 590_000_000, 390_000_000) == (
        details.balance_msat,
        details.outbound_capacity_msat,
        details.inbound_capacity_msat,
    )
    assert (True, True, True) == (details.is_usable, details.is_outbound, details.is_announced)
    assert (Phase.NORMAL, Connection.ONLINE) == (details.phase, details.connection)


@pytest.mark.parametrize("channel_type", list(ChannelType))
@pytest.mark.parametrize("how", ["fulfill", "fail"])
def test_balances_add_up_to_the_capacity_but_for_a_claim_that_is_on_its_way(channel_type, how):
    pair = Pair(channel_type)
    pair.offer("alice", 10_000_000)
    sums = [sum(balance_msat(end) for end in pair.ends.values())]
    pair.exchange()
    sums.append(sum(balance_msat(end) for end in pair.ends.values()))
    getattr(pair, how)("bob", 0)
    claimed = sum(balance_msat(end) for end in pair.ends.values())
    pair.deliver("bob")
    while any(pair.wire.values()) or pair.commit_both():
        sums.append(sum(balance_msat(end) for end in pair.ends.values()))
        for name in OTHER:
            if pair.wire[name]:
                pair.deliver(name)
    sums.append(sum(balance_msat(end) for end in pair.ends.values()))

    assert {CAPACITY_MSAT} == set(sums)
    assert claimed == CAPACITY_MSAT + (10_000_000 if how == "fulfill" else 0)


def test_a_promise_is_ours_until_its_preimage_is_shown():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.exchange()

    assert (600_000_000, 400_000_000) == tuple(balance_msat(end) for end in pair.ends.values())
    assert 580_000_000 == details_of(pair["alice"], ChannelConfig()).outbound_capacity_msat
    assert 580_000_000 == details_of(pair["bob"], ChannelConfig()).inbound_capacity_msat
    pair.fulfill("bob", 0)
    assert 410_000_000 == balance_msat(pair["bob"])
    pair.deliver("bob")
    assert 590_000_000 == balance_msat(pair["alice"])


def test_a_preimage_is_not_forgotten_with_the_line():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.exchange()
    pair.fulfill("bob", 0)
    pair.deliver("bob")
    pair.cut()

    assert (590_000_000, 410_000_000) == tuple(balance_msat(end) for end in pair.ends.values())


def test_less_than_the_reserve_is_no_capacity():
    details = details_of(Pair(push_msat=5_000_000)["bob"], ChannelConfig())

    assert (5_000_000, 0) == (details.balance_msat, details.outbound_capacity_msat)


@pytest.mark.parametrize("phase", [Phase.OPENING, Phase.FORCE_CLOSING])
def test_a_channel_that_was_never_ready_holds_nothing_of_ours(phase):
    channel = replace(Pair()["alice"], phase=phase, funding=FundingProgress(minimum_depth_blocks=3))

    assert 0 == balance_msat(channel) == details_of(channel, ChannelConfig()).balance_msat
