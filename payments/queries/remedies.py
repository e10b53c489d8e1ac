"""
The least change after which there is a route, as one click: a fee limit, or an amount where the payer chooses it.

Whole satoshi, because that is what the fields take: a limit is rounded up, an amount down. Nothing is offered that the router itself does
not answer with a route.
"""

from __future__ import annotations

from msgspec.structs import replace

from payments.lightning.routing.errors import NoRoute, NoRouteReason
from payments.lightning.routing.parameters import default_fee_limit_msat
from payments.lightning.routing.route import Route
from payments.lightning.units import MSAT_PER_SAT, format_sat
from payments.queries.shapes import RemedyShape
from payments.queries.terms import Terms
from payments.queries.viewpoints import Viewpoint

_ROUNDS = 4
"""How often a smaller amount is tried: its own default fee limit is smaller too, and may ask for a smaller one still."""


def remedy_for(answer: NoRoute, terms: Terms, viewpoint: Viewpoint, *, chosen_fee_limit_msat: int | None) -> RemedyShape | None:
    """What would help at once; None when no field of the page would. chosen_fee_limit_msat None: it follows the amount."""
    if answer.reason is NoRouteReason.FEE_LIMIT:
        return _higher_limit(answer, terms, viewpoint)
    if terms.invoice.amount_msat is None:
        return _smaller_amount(answer, terms, viewpoint, chosen_fee_limit_msat=chosen_fee_limit_msat)
    return None


def _higher_limit(answer: NoRoute, terms: Terms, viewpoint: Viewpoint) -> RemedyShape | None:
    limit_sat = -(-(answer.needed_fee_msat or 0) // MSAT_PER_SAT)
    changed = replace(terms, fee_limit_msat=limit_sat * MSAT_PER_SAT)
    if not isinstance(viewpoint.answer(changed), Route):
        return None
    now = format_sat(terms.fee_limit_msat or 0)
    return RemedyShape(field="fee_limit", value_sat=limit_sat, words=f"Allow {limit_sat:,} sat instead of {now} sat")


def _smaller_amount(answer: NoRoute, terms: Terms, viewpoint: Viewpoint, *, chosen_fee_limit_msat: int | None) -> RemedyShape | None:
    for _ in range(_ROUNDS):
        amount_sat = (answer.largest_amount_msat or 0) // MSAT_PER_SAT
        if not amount_sat:
            return None
        amount_msat = amount_sat * MSAT_PER_SAT
        limit_msat = default_fee_limit_msat(amount_msat) if chosen_fee_limit_msat is None else chosen_fee_limit_msat
        found = viewpoint.answer(replace(terms, amount_msat=amount_msat, fee_limit_msat=limit_msat))
        if isinstance(found, Route):
            return RemedyShape(field="amount", value_sat=amount_sat, words=f"Make it {amount_sat:,} sat")
        answer = found
    return None
