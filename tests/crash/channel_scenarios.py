"""
Stories of channels: a feerate changes, a channel is closed together or alone, opened by us or with us.

What takes a day of blocks is told with few of them: long waits pass at rest, and nobody dies in them.
"""

from __future__ import annotations

from collections.abc import Callable

from payments.lightning.channel.channel import Phase
from payments.lightning.events import ChannelClosed, ChannelReady, PaymentClaimed, PaymentForwarded
from payments.lightning.manager.opening import ChannelWish
from payments.lightning.payment.status import PaymentStatus
from payments.models import EngineCommand, LedgerEntry, PaymentRecord
from payments.services.close_channel import close_channel
from payments.services.open_channel import open_channel
from payments.services.set_fault import set_fault
from tests.crash.scenario import AMOUNT_MSAT, ONE_WAY, OURS, THEIRS, THROUGH_US, Scenario, invoice
from tests.crash.world import DELAY_BLOCKS, World

FEERATE_PER_KW = 3_000
CAPACITY_SAT = 150_000
PUSHED_SAT = 40_000
_A_FEW_BLOCKS = 4
_LONG_ENOUGH_ROUNDS = 40


def _changes_feerate(world: World) -> None:
    def propose() -> None:
        world.calm_down()
        world.node("own").update_feerate(FEERATE_PER_KW)
        world.host.take_turn()

    world.do(propose)
    world.run(lambda: _feerates(world) == {FEERATE_PER_KW})


def _feerates(world: World) -> set[int]:
    return {world.channel("own", "harbour").feerate_per_kw, world.channel("harbour", "own").feerate_per_kw}


def _still_open(world: World) -> None:
    assert Phase.NORMAL is world.channel("own", "harbour").phase
    assert {FEERATE_PER_KW} == _feerates(world)


def _others_close(world: World) -> None:
    """A channel of two others, with no command between them and their node."""
    channel_id = world.channel("harbour", "shop").id

    def close() -> None:
        world.calm_down()
        if world.node("harbour").channel(channel_id).phase is Phase.NORMAL:
            world.node("harbour").close_channel(channel_id)
        world.host.take_turn()

    world.do(close)
    world.run(lambda: _phases(world, "harbour", "shop") == {Phase.CLOSED})


def _closes(world: World) -> None:
    """Whoever hears nothing asks again; the second wish is refused, or finds nothing left to close."""
    channel_id = world.channel("own", "harbour").id.hex()
    world.do(lambda: close_channel(channel_id))
    world.run(lambda: _phases(world, "own", "harbour") == {Phase.CLOSED})


def _phases(world: World, slug: str, peer: str) -> set[Phase]:
    return {world.channel(slug, peer).phase, world.channel(peer, slug).phase}


def _is_closed(slug: str, peer: str) -> Callable[[World], None]:
    """Both ends said so once and remember the same balances."""

    def ends(world: World) -> None:
        one, other = world.channel(slug, peer), world.channel(peer, slug)
        assert one.settled_msat == other.settled_msat[::-1]
        told = [node_id for node_id, event in world.log if isinstance(event, ChannelClosed)]
        assert sorted(told) == sorted(world.host._ids[each] for each in (slug, peer))

    return ends


def _deadline_comes(world: World) -> str:
    """The next node keeps our HTLC, until the block in which it runs out."""
    text = world.invoice("shop", AMOUNT_MSAT)
    world.do(lambda: set_fault("hold", node="harbour", settings={"hold_ms": None}))
    world.pay(text, payment_id=OURS.hex())
    world.run(lambda: True)
    (htlc,) = world.channel("own", "harbour").htlcs
    world.mine(htlc.cltv_expiry - world.host._network.chain.height)
    return text


def _misses_a_deadline(world: World) -> None:
    """We go to the chain, wait for our money there, and the payment has failed."""
    _mine_while(world, lambda: _phases(world, "own", "harbour") != {Phase.CLOSED} and not world.is_paid_or_failed())
    with world.points.resting():
        world.mine(DELAY_BLOCKS)
    _mine_while(world, lambda: _phases(world, "own", "harbour") != {Phase.CLOSED})
    world.run(world.is_paid_or_failed)


def _mine_while(world: World, is_wanted: Callable[[], bool]) -> None:
    for _ in range(_LONG_ENOUGH_ROUNDS):
        if not is_wanted():
            return
        world.mine(_A_FEW_BLOCKS)
    raise AssertionError("the chain does not come to an end with it")


def _failed_on_chain(world: World) -> None:
    """Taken back on the chain."""
    assert PaymentStatus.FAILED == PaymentRecord.objects.get().status
    assert {Phase.CLOSED} == _phases(world, "own", "harbour")


def _forwards_over_the_chain(world: World) -> None:
    """We close alone while the preimage is on its way to us: the payee shows it on the chain, and we claim ours before us with it."""
    with world.points.resting():
        channel_id = world.channel("own", "shop").id.hex()
        world.pay_from("harbour", world.kept, payment_id=THEIRS)
        world.run_to(lambda: bool(_told(world, PaymentClaimed)))
    world.do(lambda: close_channel(channel_id, is_alone=True))
    world.mine(_A_FEW_BLOCKS)
    world.run(lambda: all(payment.status.is_final for payment in world.node("harbour").list_recent_payments()))
    with world.points.resting():
        world.mine(DELAY_BLOCKS)
    _mine_while(world, lambda: _phases(world, "own", "shop") != {Phase.CLOSED})


def _was_forwarded(world: World) -> None:
    """The payee took it, so the payer paid it and our fee is ours: whatever died meanwhile."""
    (payment,) = world.node("harbour").list_recent_payments()
    assert PaymentStatus.PAID is payment.status
    assert 1 == LedgerEntry.objects.filter(kind="forwarded").count() == len(_told(world, PaymentForwarded))
    assert {Phase.CLOSED} == _phases(world, "own", "shop")


def _told(world: World, kind: type) -> list:
    return [event for _, event in world.log if isinstance(event, kind)]


def _opens(world: World) -> None:
    def ask() -> None:
        if not EngineCommand.objects.filter(kind="OpenChannel").exists():
            open_channel("shop", capacity_sat=CAPACITY_SAT, push_sat=PUSHED_SAT)

    world.do(ask)
    world.run(lambda: _is_decided(world))


def _is_opened_with(world: World) -> None:
    """Somebody else wants a channel with us, and asks again until there is one."""

    def ask() -> None:
        world.calm_down()
        own = world.host._ids["own"]
        world.host._network.join(world.host._ids["shop"], own)
        shop = world.node("shop")
        if not shop._state.openings and all(one.counterparty_node_id != own for one in shop.list_channels()):
            shop.create_channel(own, ChannelWish(capacity_sat=CAPACITY_SAT, push_msat=PUSHED_SAT * 1_000, is_announced=True))
        world.host.take_turn()

    world.do(ask)
    world.run(lambda: _is_decided(world))


def _is_decided(world: World) -> bool:
    """Whether the opening has come to its end: a channel that both can use, or nothing at its opener."""
    if world.node("own")._state.openings or world.node("shop")._state.openings:
        return False
    ends = [one for slug, peer in (("own", "shop"), ("shop", "own")) for one in _channels(world, slug, peer) if one.is_outbound]
    return all(one.is_usable for one in ends)


def _channels(world: World, slug: str, peer: str) -> list:
    return [one for one in world.node(slug).list_channels() if one.counterparty_node_id == world.host._ids[peer]]


def _is_open_or_was_never(opener: str, accepter: str) -> Callable[[World], None]:
    """What the opener has, the other one has; what is ours in it is in the books, once."""

    def ends(world: World) -> None:
        opened = [one for one in _channels(world, opener, accepter) if one.is_usable]
        usable = [one.channel_id for one in _channels(world, accepter, opener) if one.is_usable]
        assert usable == [one.channel_id for one in opened]
        ready = [event.channel_id for node_id, event in world.log if isinstance(event, ChannelReady) and node_id == world.host._own_id]
        assert ready == usable
        assert 1 + len(usable) == LedgerEntry.objects.filter(kind="opening").count()
        if not world.points.hits:
            assert 1 == len(usable)

    return ends


CHANNEL_SCENARIOS = (
    Scenario(name="fee update", topology=ONE_WAY, tell=_changes_feerate, ends=_still_open),
    Scenario(name="others close", topology=ONE_WAY, tell=_others_close, ends=_is_closed("harbour", "shop")),
    Scenario(name="close", topology=ONE_WAY, tell=_closes, ends=_is_closed("own", "harbour")),
    Scenario(name="deadline", topology=ONE_WAY, begin=_deadline_comes, tell=_misses_a_deadline, ends=_failed_on_chain),
    Scenario(name="forward over chain", topology=THROUGH_US, begin=invoice("shop"), tell=_forwards_over_the_chain, ends=_was_forwarded),
    Scenario(name="open", topology=ONE_WAY, tell=_opens, ends=_is_open_or_was_never("own", "shop")),
    Scenario(name="be opened with", topology=ONE_WAY, tell=_is_opened_with, ends=_is_open_or_was_never("shop", "own")),
)
