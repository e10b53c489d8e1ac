"""
What Pay would do now: the invoice, the routes that it could take, what each costs and how likely it works.

The very router of the engine answers, over the gossip and the channels that the engine has stored, with the seed that the engine will use:
while nothing changes in between, what is shown is what will be tried. Nothing is sent and nothing is reserved. For payees that only the
imported map knows the same is rehearsed there.
"""

from __future__ import annotations

from collections.abc import Mapping

from payments.ledger.accounts import HOUSE_ID
from payments.lightning.ids import NodeId
from payments.queries.inside import PlaceInside, place_inside
from payments.queries.invoices import invoice_shape
from payments.queries.plans import Asked, Plan
from payments.queries.route_shapes import route_shape
from payments.queries.searching import plan
from payments.queries.shapes import PreviewShape, RouteShape
from payments.queries.terms import Terms, read_rehearsable_terms
from payments.queries.viewpoints import Viewpoint, own_viewpoint, viewpoint_for
from payments.queries.warming import is_preparing
from payments.queries.wording import sentence_for_no_route

_PREPARING = "The search of the imported map is still being made ready. Read the invoice again in a few seconds."
_NO_NODE = "Our node has not started yet. Start the engine, then read the invoice again."
_ANOTHER_ACCOUNT = "another account of this node"
_NOTHING = Plan(is_whole=True)


def preview_payment(
    text: str,
    *,
    amount_msat: int | None = None,
    fee_limit_msat: int | None = None,
    account_id: int = HOUSE_ID,
    patience_s: float | None = None,
) -> PreviewShape:
    """
    Read what somebody pasted and plan its payment.

    account_id    whose money it would be paid with: what belongs to others is not shown
    patience_s    after this long what is known by then is the answer; asked again, the rest is there. None: wait for all

    raises   InvoiceError's and TermsError's leaves, as `pay_invoice` would
    """
    own = own_viewpoint()
    terms = read_rehearsable_terms(text, amount_msat=amount_msat, fee_limit_msat=fee_limit_msat)
    place = place_inside(terms.invoice.payment_hash.hex(), account_id)
    if place.is_here:
        return _inside(terms, place)
    viewpoint = viewpoint_for(terms.invoice, own)
    found = _find(terms, viewpoint, fee_limit_msat, patience_s)
    names = {} if viewpoint is None else viewpoint.names(_nodes_of(terms, found))
    return PreviewShape(
        invoice=invoice_shape(terms.invoice, names=names),
        amount_msat=terms.amount_msat,
        fee_limit_msat=terms.fee_limit_msat,
        no_route=_why_not(found, terms, viewpoint),
        existing_payment_id=place.own_payment_id,
        routes=_shapes(found, names, terms),
        rehearses="" if viewpoint is None else viewpoint.rehearses,
        remedy=found.remedy,
        is_whole=found.is_whole,
    )


def _inside(terms: Terms, place: PlaceInside) -> PreviewShape:
    """Nothing to look for: it goes by no route, or it does not go."""
    return PreviewShape(
        invoice=invoice_shape(terms.invoice, names={terms.invoice.payee.hex(): place.asking or _ANOTHER_ACCOUNT}),
        amount_msat=terms.amount_msat,
        fee_limit_msat=terms.fee_limit_msat,
        no_route=place.sentence,
        existing_payment_id=place.own_payment_id,
        stays_inside=not place.sentence,
    )


def _find(terms: Terms, viewpoint: Viewpoint | None, chosen_fee_limit_msat: int | None, patience_s: float | None) -> Plan:
    """Every route that could be sent, explained; none while there is no amount or no node."""
    if terms.amount_msat is None or viewpoint is None or _waits(viewpoint):
        return _NOTHING
    return plan(Asked(terms=terms, viewpoint=viewpoint, chosen_fee_limit_msat=chosen_fee_limit_msat), patience_s=patience_s)


def _nodes_of(terms: Terms, found: Plan) -> set[NodeId]:
    nodes = {terms.invoice.payee} | {hop.node_id for hint in terms.invoice.route_hints for hop in hint.hops}
    return nodes | {hop.node_id for each, _why in found.routes for path in each.route.paths for hop in path.hops}


def _shapes(found: Plan, names: Mapping[str, str], terms: Terms) -> tuple[RouteShape, ...]:
    return tuple(route_shape(each, why, names=names, payment_hash=terms.invoice.payment_hash) for each, why in found.routes)


def _why_not(found: Plan, terms: Terms, viewpoint: Viewpoint | None) -> str:
    if found.no_route is not None:
        return sentence_for_no_route(found.no_route)
    if terms.amount_msat is None:
        return ""
    if viewpoint is None:
        return _NO_NODE
    return _PREPARING if _waits(viewpoint) else ""


def _waits(viewpoint: Viewpoint) -> bool:
    return bool(viewpoint.rehearses) and is_preparing()
