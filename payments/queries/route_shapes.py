"""Routes as pages show them: every figure of the search, in msat and permille, and why it is this one."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from payments.lightning.ids import PaymentHash, format_scid
from payments.lightning.routing.alternatives import Alternative
from payments.lightning.routing.explanation import HopExplained, RouteExplained
from payments.lightning.routing.route import Route
from payments.lightning.scoring.chance import Chance
from payments.queries.chosen_routes import seal_route
from payments.queries.paths import planned_path
from payments.queries.shapes import HopShape, PathShape, RouteShape
from payments.queries.wording_routes import why_this_way

BLOCK_TIME_S = 600
"""Bitcoin's intended time between blocks: what a person may expect a lock time in blocks to mean."""


def route_shape(alternative: Alternative, explained: RouteExplained, *, names: Mapping[str, str], payment_hash: PaymentHash) -> RouteShape:
    """One route that could be sent, and why."""
    route = alternative.route
    blocks = route.total_cltv_expiry_delta
    return RouteShape(
        virtues=tuple(virtue.value for virtue in alternative.virtues),
        paths=_paths(route, explained, names),
        fee_msat=route.total_fees_msat,
        chance_permille=permille(explained.chance),
        total_cltv_expiry_delta=blocks,
        lock_time_s=blocks * BLOCK_TIME_S,
        why=why_this_way(explained),
        token=seal_route(route, payment_hash=payment_hash),
    )


def permille(chance: Chance | None) -> int | None:
    """
    A chance in thousandths, never rounded up: what is not certain never reads so.

    >>> permille(0.9999), permille(1.0), permille(None)
    (999, 1000, None)
    """
    return None if chance is None else int(chance * 1_000)


def _paths(route: Route, explained: RouteExplained, names: Mapping[str, str]) -> tuple[PathShape, ...]:
    return tuple(
        replace(
            shape := planned_path(path, names=names),
            hops=tuple(_judged(hop, figures) for hop, figures in zip(shape.hops, of_path, strict=True)),
            chance_permille=permille(RouteExplained(paths=(of_path,)).chance),
        )
        for path, of_path in zip(route.paths, explained.paths, strict=True)
    )


def _judged(shape: HopShape, hop: HopExplained) -> HopShape:
    assert shape.short_channel_id == format_scid(hop.figures.short_channel_id)
    return replace(
        shape,
        fee_base_msat=hop.fee_base_msat,
        fee_proportional_msat=hop.fee_proportional_msat,
        capacity_msat=hop.capacity_msat,
        believed_msat=hop.believed,
        chance_permille=permille(hop.chance),
        penalty_msat=hop.penalty.total_msat,
    )
