"""
Why no route: lift one limit at a time, and say which one was in the way and how far it would have to move.

Each "needed" figure is the least one: the search is run again for exactly that quantity, so a route exists with it and none with one less.
The same holds for amounts: what the channels could carry is found from our side, and when a limit stops even that, it is closed in on.
"""

from __future__ import annotations

import msgspec

from payments.lightning.routing.amounts import largest
from payments.lightning.routing.errors import NoRoute, NoRouteReason
from payments.lightning.routing.finder import Aim, Finder, Task
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.search import UNLIMITED, Limits, Terrain
from payments.lightning.units import MAX_MSAT


def explain(terrain: Terrain, params: RouteParameters, finder: Finder) -> NoRoute:
    """The answer for a question to which the search found no route."""
    refused = explain_payee(terrain)
    if refused is not None:
        return refused
    widest_msat = _widest_msat(terrain, params, finder)
    # No limit is at fault where the channels cannot carry it.
    refused = _explain_limits(terrain, params, finder) if widest_msat >= params.final_value_msat else None
    return refused or _explain_failures(terrain, params, finder) or _explain_amount(terrain, params, finder, widest_msat)


def explain_payee(terrain: Terrain) -> NoRoute | None:
    """Why nothing at all can reach the payee, whatever the amount; None when that is not the reason."""
    if terrain.payee == terrain.our_node_id:
        return NoRoute(reason=NoRouteReason.PAYEE_IS_US)
    if terrain.largest_first_hop_msat() and not terrain.knows_payee():
        return NoRoute(reason=NoRouteReason.RECIPIENT_UNKNOWN)
    if not terrain.with_failed_channels().has_way_into_payee():
        return NoRoute(reason=NoRouteReason.RECIPIENT_UNREACHABLE_AMOUNT)
    return None


def _explain_limits(terrain: Terrain, params: RouteParameters, finder: Finder) -> NoRoute | None:
    limits = Limits.of(params)
    replace = msgspec.structs.replace
    if way := finder.cheapest(terrain, Task.of(params, replace(limits, fee_msat=MAX_MSAT)), aim=Aim.FEE):
        return NoRoute(reason=NoRouteReason.FEE_LIMIT, needed_fee_msat=way.fee_msat(params.final_value_msat))
    if way := finder.cheapest(terrain, Task.of(params, replace(limits, cltv_expiry_delta=UNLIMITED)), aim=Aim.DELAY):
        return NoRoute(reason=NoRouteReason.CLTV_LIMIT, needed_cltv_expiry_delta=way.cltv_expiry_delta)
    if finder.cheapest(terrain, Task.of(params, replace(limits, hops=UNLIMITED)), aim=Aim.LENGTH):
        return NoRoute(reason=NoRouteReason.PATH_LENGTH)
    return None


def _explain_failures(terrain: Terrain, params: RouteParameters, finder: Finder) -> NoRoute | None:
    if (terrain.excluded or terrain.excluded_nodes) and finder.cheapest(terrain.with_failed_channels(), Task.of(params), aim=Aim.FEE):
        return NoRoute(reason=NoRouteReason.CHANNELS_FAILED)
    return None


def _explain_amount(terrain: Terrain, params: RouteParameters, finder: Finder, widest_msat: int) -> NoRoute:
    largest_msat = _largest_amount_msat(terrain, params, finder, widest_msat)
    # What stops the first msat that does not go is in the way, whatever else might stop the whole amount.
    first_refused = params if largest_msat is None else msgspec.structs.replace(params, final_value_msat=largest_msat + 1)
    return NoRoute(reason=_reason_of_amount(terrain, first_refused, finder), largest_amount_msat=largest_msat)


def _reason_of_amount(terrain: Terrain, params: RouteParameters, finder: Finder) -> NoRouteReason:
    richer = msgspec.structs.replace(Limits.of(params), first_hop_msat=UNLIMITED)
    if not terrain.largest_first_hop_msat() or finder.cheapest(terrain, Task.of(params, richer), aim=Aim.FEE):
        return NoRouteReason.OWN_BALANCE
    amount_msat = params.final_value_msat
    carriers = (half for half in terrain.into(terrain.payee) if terrain.may_use(half))
    if any(half.policy.htlc_minimum_msat <= amount_msat <= terrain.largest_htlc_msat(half) for half in carriers):
        return NoRouteReason.NO_PATH
    return NoRouteReason.RECIPIENT_UNREACHABLE_AMOUNT


def _largest_amount_msat(terrain: Terrain, params: RouteParameters, finder: Finder, widest_msat: int) -> int | None:
    def goes(amount_msat: int) -> bool:
        return finder.cheapest(terrain, Task.of(msgspec.structs.replace(params, final_value_msat=amount_msat)), aim=Aim.FEE) is not None

    most_msat = min(params.final_value_msat - 1, widest_msat)
    return most_msat if most_msat and goes(most_msat) else largest(goes, below=most_msat)


def _widest_msat(terrain: Terrain, params: RouteParameters, finder: Finder) -> int:
    way = finder.widest(terrain, final_cltv_expiry_delta=params.payment_params.final_cltv_expiry_delta)
    return 0 if way is None else way.most_msat(terrain)
