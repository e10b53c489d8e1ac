"""
What happens while a process dies: each story with the network it takes place in and how it must end.

    own ----- harbour ----- shop          one way
    own ----- harbour ----- shop ----- northgate ----- own          two ways
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from payments.lightning.channel.channel import Phase
from payments.lightning.config import ForwardingConfig
from payments.lightning.events import ChannelClosed
from payments.lightning.ids import PaymentId
from payments.lightning.payment.status import PaymentStatus
from payments.models import AttemptRecord, PaymentRecord
from payments.sandbox.topology import ChannelPlan, NodePlan, Role, Topology
from tests.crash.world import World

OURS = PaymentId(bytes([1]) * 32)
THEIRS = PaymentId(bytes([2]) * 32)
AMOUNT_MSAT = 50_000_000
FEERATE_PER_KW = 3_000


class Scenario(Struct, frozen=True, kw_only=True):
    """tell: from the first point to rest. ends: what must have come about besides the laws that always hold."""

    name: str
    topology: Topology
    tell: Callable[[World], None]
    ends: Callable[[World], None]


def _topology(*channels: tuple[str, str, int]) -> Topology:
    slugs = ["own", *sorted({slug for opener, accepter, _ in channels for slug in (opener, accepter)} - {"own"})]
    roles = {"own": Role.OWN, "shop": Role.SHOP}
    cheap = ForwardingConfig(fee_base_msat=100)
    return Topology(
        nodes=tuple(
            NodePlan(
                slug=slug,
                name=slug.title(),
                role=roles.get(slug, Role.ROUTING),
                forwarding=cheap if slug == "harbour" else ForwardingConfig(),
            )
            for slug in slugs
        ),
        channels=tuple(
            ChannelPlan(opener=opener, accepter=accepter, capacity_sat=200_000, opener_percent=percent)
            for opener, accepter, percent in channels
        ),
    )


ONE_WAY = _topology(("own", "harbour", 60), ("harbour", "shop", 60))
NO_WAY = _topology(("own", "harbour", 60), ("shop", "harbour", 95))
TWO_WAYS = _topology(("own", "harbour", 60), ("own", "northgate", 60), ("shop", "harbour", 95), ("northgate", "shop", 60))
MANY_WAYS = _topology(("own", "harbour", 60), ("own", "northgate", 60), ("harbour", "shop", 60), ("northgate", "shop", 60))
THROUGH_US = _topology(("harbour", "own", 60), ("own", "shop", 60))
THROUGH_US_NO_WAY = _topology(("northgate", "own", 60), ("own", "harbour", 60), ("shop", "harbour", 95))


def _pays(amount_msat: int) -> Callable[[World], None]:
    def tell(world: World) -> None:
        with world.points.resting():
            text = world.invoice("shop", amount_msat)
        world.pay(text, payment_id=OURS.hex())
        world.run(world.is_paid_or_failed)

    return tell


def _is_paid_through(slug: str) -> Callable[[World], None]:
    def tell(world: World) -> None:
        with world.points.resting():
            text = world.invoice("shop", AMOUNT_MSAT)
        world.pay_from(slug, text, payment_id=THEIRS)
        world.run(lambda: all(payment.status.is_final for payment in world.node(slug).list_recent_payments()))

    return tell


def _changes_feerate(world: World) -> None:
    def propose() -> None:
        world.calm_down()
        world.node("own").update_feerate(FEERATE_PER_KW)
        world.host.take_turn()

    world.do(propose)
    world.run(lambda: _feerates(world) == {FEERATE_PER_KW})


def _closes(world: World) -> None:
    """Not a channel of ours: where its money goes when it is on the chain is no matter of crashes."""
    channel_id = world.channel("harbour", "shop").id

    def close() -> None:
        world.calm_down()
        if world.node("harbour").channel(channel_id).phase is Phase.NORMAL:
            world.node("harbour").close_channel(channel_id)
        world.host.take_turn()

    world.do(close)
    world.run(lambda: _phases(world) == {Phase.CLOSED})


def _phases(world: World) -> set[Phase]:
    return {world.channel("harbour", "shop").phase, world.channel("shop", "harbour").phase}


def _feerates(world: World) -> set[int]:
    return {world.channel("own", "harbour").feerate_per_kw, world.channel("harbour", "own").feerate_per_kw}


def _ends_with(status: PaymentStatus, *, attempts: int) -> Callable[[World], None]:
    """A line that is cut may cost attempts, never the payment's end."""

    def ends(world: World) -> None:
        payment = PaymentRecord.objects.get()
        assert payment.status in {status, PaymentStatus.FAILED}
        assert (payment.status == PaymentStatus.PAID) == bool(payment.payment_preimage)
        if not world.points.hits:
            assert (status, attempts) == (payment.status, AttemptRecord.objects.count())

    return ends


def _ends_elsewhere(slug: str, status: PaymentStatus) -> Callable[[World], None]:
    def ends(world: World) -> None:
        (payment,) = world.node(slug).list_recent_payments()
        assert payment.status.is_final
        assert not PaymentRecord.objects.exists()
        if not world.points.hits:
            assert status is payment.status

    return ends


def _still_open(world: World) -> None:
    assert Phase.NORMAL is world.channel("own", "harbour").phase
    assert {FEERATE_PER_KW} == _feerates(world)


def _is_closed(world: World) -> None:
    harbour, shop = world.channel("harbour", "shop"), world.channel("shop", "harbour")
    assert harbour.settled_msat == shop.settled_msat[::-1]
    told = [node_id for node_id, event in world.log if isinstance(event, ChannelClosed)]
    assert sorted(told) == sorted(world.host._ids[slug] for slug in ("harbour", "shop"))


SCENARIOS = (
    Scenario(name="pay", topology=ONE_WAY, tell=_pays(AMOUNT_MSAT), ends=_ends_with(PaymentStatus.PAID, attempts=1)),
    Scenario(name="pay in parts", topology=MANY_WAYS, tell=_pays(150_000_000), ends=_ends_with(PaymentStatus.PAID, attempts=2)),
    Scenario(name="fail, then pay", topology=TWO_WAYS, tell=_pays(AMOUNT_MSAT), ends=_ends_with(PaymentStatus.PAID, attempts=2)),
    Scenario(name="fail", topology=NO_WAY, tell=_pays(AMOUNT_MSAT), ends=_ends_with(PaymentStatus.FAILED, attempts=1)),
    Scenario(
        name="forward and claim", topology=THROUGH_US, tell=_is_paid_through("harbour"), ends=_ends_elsewhere("harbour", PaymentStatus.PAID)
    ),
    Scenario(
        name="forward and fail",
        topology=THROUGH_US_NO_WAY,
        tell=_is_paid_through("northgate"),
        ends=_ends_elsewhere("northgate", PaymentStatus.FAILED),
    ),
    Scenario(name="fee update", topology=ONE_WAY, tell=_changes_feerate, ends=_still_open),
    Scenario(name="close", topology=ONE_WAY, tell=_closes, ends=_is_closed),
)
