"""What a story is, and the networks in which stories take place."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from payments.lightning.config import ForwardingConfig
from payments.lightning.ids import PaymentId
from payments.sandbox.topology import ChannelPlan, NodePlan, Role, Topology
from tests.crash.world import Begin, World

OURS = PaymentId(bytes([1]) * 32)
THEIRS = PaymentId(bytes([2]) * 32)
AGAIN = PaymentId(bytes([3]) * 32)
AMOUNT_MSAT = 50_000_000


class Scenario(Struct, frozen=True, kw_only=True):
    """
    begin: what comes before, once for all trials. tell: from the first point to rest. ends: what must have come about besides the laws
    that always hold.
    """

    name: str
    topology: Topology
    begin: Begin | None = None
    tell: Callable[[World], None]
    ends: Callable[[World], None]
    is_aged: bool = False
    """Whether our node is also set back to every copy that was made meanwhile."""


def invoice(slug: str, amount_msat: int = AMOUNT_MSAT) -> Begin:
    """An invoice of a node."""
    return lambda world: world.invoice(slug, amount_msat)


def topology(*channels: tuple[str, str, int]) -> Topology:
    slugs = ["own", *sorted({slug for opener, accepter, _ in channels for slug in (opener, accepter)} - {"own"})]
    roles = {"own": Role.OWN, "shop": Role.SHOP}
    cheap, usual = (ForwardingConfig(fee_base_msat=fee_base_msat, cltv_expiry_delta=34) for fee_base_msat in (100, 1_000))
    return Topology(
        nodes=tuple(
            NodePlan(
                slug=slug,
                name=slug.title(),
                role=roles.get(slug, Role.ROUTING),
                forwarding=cheap if slug == "harbour" else usual,
            )
            for slug in slugs
        ),
        channels=tuple(
            ChannelPlan(opener=opener, accepter=accepter, capacity_sat=200_000, opener_percent=percent)
            for opener, accepter, percent in channels
        ),
    )


ONE_WAY = topology(("own", "harbour", 60), ("harbour", "shop", 60))
NO_WAY = topology(("own", "harbour", 60), ("shop", "harbour", 95))
TWO_WAYS = topology(("own", "harbour", 60), ("own", "northgate", 60), ("shop", "harbour", 95), ("northgate", "shop", 60))
MANY_WAYS = topology(("own", "harbour", 60), ("own", "northgate", 60), ("harbour", "shop", 60), ("northgate", "shop", 60))
THROUGH_US = topology(("harbour", "own", 60), ("own", "shop", 60))
THROUGH_US_NO_WAY = topology(("northgate", "own", 60), ("own", "harbour", 60), ("shop", "harbour", 95))
TO_US = topology(("harbour", "own", 60), ("northgate", "own", 60), ("shop", "harbour", 60), ("shop", "northgate", 60))
