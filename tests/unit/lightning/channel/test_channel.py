"""A channel as a value: what follows from settled balances and the log."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.channel.channel import Channel, Connection, Phase
from payments.lightning.channel.htlc import FeeUpdate, Side
from payments.lightning.channel.updates import send_fee_update
from tests.unit.lightning.channel.channel_pair import Pair, secrets_of


def test_it_works():
    channel = Pair()["alice"]

    assert channel.is_usable
    assert (Side.LOCAL, 10_000_000) == (channel.opener, channel.reserve_msat)
    assert (600_000_000, 400_000_000) == channel.balances_msat(Side.LOCAL, 0)
    assert (0, 0) == (channel.latest(Side.LOCAL), channel.irrevocable(Side.REMOTE))


def test_an_htlc_is_nobodys_while_it_stands():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.exchange()

    assert (590_000_000, 400_000_000) == pair["alice"].balances_msat(Side.LOCAL, 1)
    assert (600_000_000, 400_000_000) == pair["alice"].balances_msat(Side.LOCAL, 0)
    assert (400_000_000, 590_000_000) == pair["bob"].balances_msat(Side.REMOTE, 1)


@pytest.mark.parametrize(("how", "expected"), [("fulfill", (590_000_000, 410_000_000)), ("fail", (600_000_000, 400_000_000))])
def test_a_removal_counts_from_its_transaction_on(how, expected):
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.exchange()
    getattr(pair, how)("bob", 0)

    assert expected[::-1] == pair["bob"].balances_msat(Side.REMOTE, 2)
    assert (400_000_000, 590_000_000) == pair["bob"].balances_msat(Side.REMOTE, 1)


def test_the_peers_signed_commitment_is_its_latest_but_not_yet_irrevocable():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.commit("alice")

    assert (1, 0) == (pair["alice"].latest(Side.REMOTE), pair["alice"].irrevocable(Side.REMOTE))
    pair.exchange()
    assert (1, 1) == (pair["alice"].latest(Side.REMOTE), pair["alice"].irrevocable(Side.REMOTE))


def test_the_feerate_of_a_transaction_is_the_last_that_was_set_for_it():
    channel = msgspec.structs.replace(
        Pair()["alice"],
        fee_updates=(FeeUpdate(feerate_per_kw=300, added=(None, 1)), FeeUpdate(feerate_per_kw=400, added=(2, 2))),
    )

    assert [2_500, 300, 400] == [channel.feerate(Side.REMOTE, number) for number in range(3)]
    assert [2_500, 2_500, 400] == [channel.feerate(Side.LOCAL, number) for number in range(3)]


def test_a_feerate_alone_is_something_to_sign():
    pair = Pair()
    pair.act("alice", send_fee_update, 3_000)

    assert pair["alice"].has_pending_updates(Side.REMOTE)


@pytest.mark.parametrize(
    "changes",
    [
        {"phase": Phase.FORCE_CLOSING},
        {"phase": Phase.DATA_LOSS},
        {"connection": Connection.OFFLINE},
        {"connection": Connection.REESTABLISHING},
    ],
)
def test_it_is_usable_only_when_the_peer_hears_and_nothing_is_wrong(changes):
    assert not msgspec.structs.replace(Pair()["alice"], **changes).is_usable


def test_points_are_known_for_the_two_commitments_that_can_be_signed_only():
    pair = Pair()
    pair.offer("bob", 10_000_000)
    pair.exchange()
    points = [pair["alice"].per_commitment_point(Side.REMOTE, number, secrets_of("alice")) for number in (1, 2)]

    assert [secrets_of("bob").per_commitment_point(number) for number in (1, 2)] == points
    with pytest.raises(AssertionError):
        pair["alice"].per_commitment_point(Side.REMOTE, 3, secrets_of("alice"))


def test_the_stored_form_of_today_is_read_tomorrow():
    channel = Pair()["alice"]
    raw = msgspec.msgpack.decode(msgspec.msgpack.encode(channel))
    assert isinstance(raw, dict)

    assert channel == msgspec.msgpack.decode(msgspec.msgpack.encode(dict(reversed(raw.items()))), type=Channel)
