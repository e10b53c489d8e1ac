"""
Why no route: lift one limit at a time, and say which one was in the way and how far it would have to move.

Each "needed" figure is the least one: the search is run again for exactly that quantity, so a route exists with it and none with one less.
Amounts are halved until one goes and then closed in on, so what is named can be sent and one msat more cannot.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from payments.lightning.graph.network import ChannelHalf
from payments.lightning.routing.errors import NoRoute, NoRouteReason
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.search import UNLIMITED, Label, Limits, Terrain, Weigh, find_label, largest_htlc_msat
from payments.lightning.units import MAX_MSAT


def explain(terrain: Terrain, params: RouteParameters) -> NoRoute:
    """The answer for a question to which the search found no route."""
    if terrain.payee == terrain.our_node_id:
        return NoRoute(reason=NoRouteReason.PAYEE_IS_US)
    if terrain.largest_first_hop_msat() and not terrain.knows_payee():
        return NoRoute(reason=NoRouteReason.RECIPIENT_UNKNOWN)
    could_leave = terrain.largest_first_hop_msat() >= params.final_value_msat
    lifted = _explain_by_lifting(terrain, params) if could_leave else None
    return lifted or _explain_amount(terrain, params)


def _explain_by_lifting(terrain: Terrain, params: RouteParameters) -> NoRoute | None:
    limits = Limits.of(params)
    replace = msgspec.structs.replace
    if label := _search(terrain, params, replace(limits, fee_msat=MAX_MSAT), _fee):
        return NoRoute(reason=NoRouteReason.FEE_LIMIT, needed_fee_msat=label.amount_msat - params.final_value_msat)
    if label := _search(terrain, params, replace(limits, cltv_expiry_delta=UNLIMITED), _delta):
        return NoRoute(reason=NoRouteReason.CLTV_LIMIT, needed_cltv_expiry_delta=label.cltv_expiry_delta)
    if _search(terrain, params, replace(limits, hops=UNLIMITED), _one):
        return NoRoute(reason=NoRouteReason.PATH_LENGTH)
    if _search(terrain.with_failed_channels(), params, limits, _fee):
        return NoRoute(reason=NoRouteReason.CHANNELS_FAILED)
    return None


def _explain_amount(terrain: Terrain, params: RouteParameters) -> NoRoute:
    largest_msat = _largest_amount_msat(terrain, params)
    # What stops the first msat that does not go is in the way, whatever else might stop the whole amount.
    first_refused = params if largest_msat is None else msgspec.structs.replace(params, final_value_msat=largest_msat + 1)
    return NoRoute(reason=_reason_of_amount(terrain, first_refused), largest_amount_msat=largest_msat)


def _reason_of_amount(terrain: Terrain, params: RouteParameters) -> NoRouteReason:
    richer = msgspec.structs.replace(Limits.of(params), first_hop_msat=UNLIMITED)
    if not terrain.largest_first_hop_msat() or _search(terrain, params, richer, _fee):
        return NoRouteReason.OWN_BALANCE
    amount_msat = params.final_value_msat
    carriers = (half for half in terrain.into(terrain.payee) if terrain.may_use(half))
    if any(half.policy.htlc_minimum_msat <= amount_msat <= largest_htlc_msat(half) for half in carriers):
        return NoRouteReason.NO_PATH
    return NoRouteReason.RECIPIENT_UNREACHABLE_AMOUNT


def _largest_amount_msat(terrain: Terrain, params: RouteParameters) -> int | None:
    def goes(amount_msat: int) -> bool:
        return _search(terrain, msgspec.structs.replace(params, final_value_msat=amount_msat), Limits.of(params), _fee) is not None

    return largest(goes, below=min(params.final_value_msat, terrain.largest_first_hop_msat() + 1))


def largest(goes: Callable[[int], bool], *, below: int) -> int | None:
    """
    A positive number that goes while the next one does not, searched under one that does not; None when none of its halves goes.

    >>> largest(lambda amount: amount <= 37, below=1_000)
    37
    """
    high, low = below, below // 2
    while low and not goes(low):
        high, low = low, low // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if goes(middle) else (low, middle)
    return low or None


def _search(terrain: Terrain, params: RouteParameters, limits: Limits, weigh: Weigh) -> Label | None:
    return find_label(
        terrain,
        amount_msat=params.final_value_msat,
        final_cltv_expiry_delta=params.payment_params.final_cltv_expiry_delta,
        limits=limits,
        weigh=weigh,
    )


def _fee(half: ChannelHalf, amount_msat: int, fee_msat: int) -> int:
    del half, amount_msat
    return fee_msat


def _delta(half: ChannelHalf, amount_msat: int, fee_msat: int) -> int:
    del amount_msat, fee_msat
    return half.policy.cltv_expiry_delta


def _one(half: ChannelHalf, amount_msat: int, fee_msat: int) -> int:
    del half, amount_msat, fee_msat
    return 1
