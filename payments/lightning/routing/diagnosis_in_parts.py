"""
Why no route, when the payment may go in parts: the same questions as for one path, asked of everything that parts could do.

As there, each figure is the least one by the router's own judgement: with it there is a route, with one less there is none. A split is not
the best of all splits, so what it costs is tried first and closed in on only where less would do.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from payments.lightning.routing.amounts import largest, last_that_goes, least
from payments.lightning.routing.brim import brimful_msat, flows_nowhere
from payments.lightning.routing.choice import Choice
from payments.lightning.routing.diagnosis import explain_payee
from payments.lightning.routing.enough_room import could_carry
from payments.lightning.routing.errors import NoRoute, NoRouteReason
from payments.lightning.routing.finder import Finder, Task
from payments.lightning.routing.in_turn import widest_parts_msat
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.parts import paths_of
from payments.lightning.routing.search import UNLIMITED, Limits, Terrain
from payments.lightning.units import MAX_MSAT

Asking = Callable[[Terrain, RouteParameters, Limits], Choice]
"""The router's own choice, among one path and parts."""
MOST_CHANNELS = 1_000_000
"""Channels of the map, times tries, until the search for the largest amount ends where it is: a second at worst on mainnet's map."""
FEWEST_TRIES = 16
"""That many there are on any map: enough to come within a fraction of a thousandth."""


class _Tries:
    """How many amounts may still be tried: who has none left takes every further amount for one that does not go."""

    def __init__(self, left: int) -> None:
        self._left = left
        self.is_cut_short = False

    def may_try(self) -> bool:
        """Whether one more may be, which is counted."""
        self.is_cut_short |= not self._left
        self._left -= bool(self._left)
        return not self.is_cut_short


def explain_in_parts(terrain: Terrain, params: RouteParameters, choice: Asking, finder: Finder) -> NoRoute:
    """The answer for a question to which neither one path nor several were found."""
    return (
        explain_payee(terrain)
        or _explain_limits(terrain, params, choice, finder)
        or _explain_failures(terrain, params, choice)
        or _explain_amount(terrain, params, choice, finder)
    )


def _explain_limits(terrain: Terrain, params: RouteParameters, choice: Asking, finder: Finder) -> NoRoute | None:
    limits = Limits.of(params)
    task, most = Task.of(params), params.payment_params.max_path_count
    if not could_carry(terrain, params, limits, finder) or flows_nowhere(terrain, task, most, finder=finder):
        return None
    replace = msgspec.structs.replace
    needed_msat = choice(terrain, params, limits).least_fee_msat()
    if needed_msat is not None:
        return NoRoute(reason=NoRouteReason.FEE_LIMIT, needed_fee_msat=needed_msat)
    if parts := choice(terrain, params, replace(limits, cltv_expiry_delta=UNLIMITED)).any():
        needed = _least(
            lambda delta: choice(terrain, params, replace(limits, cltv_expiry_delta=delta)).any() is not None,
            above=limits.cltv_expiry_delta,
            likely=max(path.total_cltv_expiry_delta for path in paths_of(parts)),
        )
        return NoRoute(reason=NoRouteReason.CLTV_LIMIT, needed_cltv_expiry_delta=needed)
    if choice(terrain, params, replace(limits, hops=UNLIMITED)).any():
        return NoRoute(reason=NoRouteReason.PATH_LENGTH)
    return None


def _least(goes: Callable[[int], bool], *, above: int, likely: int) -> int:
    """
    A limit that goes while the one before does not. `likely` is what the paths take that were found without any limit.

    Within that very limit the search may choose other parts first and get stuck, so it is tried, and doubled until it goes.
    """
    enough = likely
    while not goes(enough):
        enough = max(2 * enough, above + 1)
    return least(goes, above=above, enough=enough)


def _explain_failures(terrain: Terrain, params: RouteParameters, choice: Asking) -> NoRoute | None:
    if (terrain.excluded or terrain.excluded_nodes) and choice(terrain.with_failed_channels(), params, Limits.of(params)).any():
        return NoRoute(reason=NoRouteReason.CHANNELS_FAILED)
    return None


def _explain_amount(terrain: Terrain, params: RouteParameters, choice: Asking, finder: Finder) -> NoRoute:
    tries = _Tries(max(FEWEST_TRIES, MOST_CHANNELS // max(terrain.channel_count, 1)))
    largest_msat = _largest_amount_msat(terrain, params, choice, finder, tries=tries)
    is_exact = largest_msat is not None and not tries.is_cut_short
    first_refused = msgspec.structs.replace(params, final_value_msat=largest_msat + 1) if largest_msat is not None and is_exact else params
    return NoRoute(
        reason=_reason_of_amount(terrain, first_refused, choice, finder),
        largest_amount_msat=largest_msat,
        is_cut_short=tries.is_cut_short,
    )


def _reason_of_amount(terrain: Terrain, params: RouteParameters, choice: Asking, finder: Finder) -> NoRouteReason:
    richer = msgspec.structs.replace(Limits.of(params), first_hop_msat=MAX_MSAT)
    if not terrain.largest_first_hop_msat() or choice(terrain, params, richer).any():
        return NoRouteReason.OWN_BALANCE
    is_narrow = params.final_value_msat > finder.into_payee_msat(terrain) and not any(True for _hop in terrain.ours_to(terrain.payee))
    return NoRouteReason.RECIPIENT_UNREACHABLE_AMOUNT if is_narrow else NoRouteReason.NO_PATH


def _largest_amount_msat(terrain: Terrain, params: RouteParameters, choice: Asking, finder: Finder, *, tries: _Tries) -> int | None:
    def goes(amount_msat: int) -> bool:
        changed = msgspec.structs.replace(params, final_value_msat=amount_msat)
        return tries.may_try() and choice(terrain, changed, Limits.of(changed)).any() is not None

    guess_msat = min(_likely_most_msat(terrain, params, finder), params.final_value_msat - 1)
    if guess_msat <= 0:
        return None
    if not goes(guess_msat):
        return largest(goes, below=guess_msat)
    if not goes(guess_msat + 1):
        return guess_msat
    return last_that_goes(goes, low=guess_msat + 1, high=params.final_value_msat)


def _likely_most_msat(terrain: Terrain, params: RouteParameters, finder: Finder) -> int:
    """What the router most likely finds parts for, and not for more."""
    task = Task.of(params, msgspec.structs.replace(Limits.of(params), fee_msat=MAX_MSAT))
    brimful = brimful_msat(terrain, task, params.payment_params.max_path_count, finder=finder)
    return widest_parts_msat(terrain, params, finder) if brimful is None else brimful
