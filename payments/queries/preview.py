"""
What Pay would do now: the invoice, the routes that it could take, what each costs and how likely it works.

The very router of the engine answers, over the gossip and the channels that the engine has stored, with the seed that the engine will use:
while nothing changes in between, what is shown is what will be tried. Nothing is sent and nothing is reserved. For payees that only the
imported map knows the same is rehearsed there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from payments.lightning.ids import NodeId
from payments.lightning.routing.alternatives import Alternative
from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.explanation import RouteExplained, explain_route
from payments.queries.facts import living_payment_id
from payments.queries.invoices import invoice_shape
from payments.queries.remedies import remedy_for
from payments.queries.route_shapes import route_shape
from payments.queries.shapes import PreviewShape, RemedyShape, RouteShape
from payments.queries.terms import Terms, read_rehearsable_terms
from payments.queries.viewpoints import Viewpoint, own_viewpoint, viewpoint_for
from payments.queries.warming import is_preparing
from payments.queries.wording import sentence_for_no_route

_PREPARING = "The search of the imported map is still being made ready. Read the invoice again in a few seconds."
_NO_NODE = "Our node has not started yet. Start the engine, then read the invoice again."


def preview_payment(text: str, *, amount_msat: int | None = None, fee_limit_msat: int | None = None) -> PreviewShape:
    """
    Read what somebody pasted and plan its payment.

    raises   InvoiceError's and TermsError's leaves, as `pay_invoice` would
    """
    own = own_viewpoint()
    terms = read_rehearsable_terms(text, amount_msat=amount_msat, fee_limit_msat=fee_limit_msat)
    viewpoint = viewpoint_for(terms.invoice, own)
    found = _find(terms, viewpoint)
    names = {} if viewpoint is None else viewpoint.names(_nodes_of(terms, found))
    routes = _shapes(found, names, terms)
    first = routes[0] if routes else None
    return PreviewShape(
        invoice=invoice_shape(terms.invoice, names=names),
        amount_msat=terms.amount_msat,
        fee_msat=None if first is None else first.fee_msat,
        fee_limit_msat=terms.fee_limit_msat,
        total_cltv_expiry_delta=None if first is None else first.total_cltv_expiry_delta,
        lock_time_s=None if first is None else first.lock_time_s,
        paths=() if first is None else first.paths,
        no_route=_why_not(found, terms, viewpoint),
        existing_payment_id=living_payment_id(terms.invoice.payment_hash.hex()),
        routes=routes,
        rehearses="" if viewpoint is None else viewpoint.rehearses,
        remedy=_remedy(found, terms, viewpoint, fee_limit_msat),
    )


_Found = Sequence[tuple[Alternative, RouteExplained]] | NoRoute


def _find(terms: Terms, viewpoint: Viewpoint | None) -> _Found:
    """Every route that could be sent, explained; none while there is no amount or no node."""
    if terms.amount_msat is None or viewpoint is None or _waits(viewpoint):
        return ()
    router, question = viewpoint.router, viewpoint.question_about(terms)
    answer = router.answer(question)
    if isinstance(answer, NoRoute):
        return answer
    terrain = question.terrain(viewpoint.graph)
    explained = ((each, explain_route(each.route, terrain, viewpoint.scorer)) for each in router.alternatives(question, answer))
    return [(each, why) for each, why in explained if why is not None]


def _nodes_of(terms: Terms, found: _Found) -> set[NodeId]:
    nodes = {terms.invoice.payee} | {hop.node_id for hint in terms.invoice.route_hints for hop in hint.hops}
    if not isinstance(found, NoRoute):
        nodes |= {hop.node_id for each, _why in found for path in each.route.paths for hop in path.hops}
    return nodes


def _shapes(found: _Found, names: Mapping[str, str], terms: Terms) -> tuple[RouteShape, ...]:
    if isinstance(found, NoRoute):
        return ()
    return tuple(route_shape(each, why, names=names, payment_hash=terms.invoice.payment_hash) for each, why in found)


def _remedy(found: _Found, terms: Terms, viewpoint: Viewpoint | None, chosen_fee_limit_msat: int | None) -> RemedyShape | None:
    if viewpoint is None or not isinstance(found, NoRoute):
        return None
    return remedy_for(found, terms, viewpoint, chosen_fee_limit_msat=chosen_fee_limit_msat)


def _why_not(found: _Found, terms: Terms, viewpoint: Viewpoint | None) -> str:
    if isinstance(found, NoRoute):
        return sentence_for_no_route(found)
    if terms.amount_msat is None:
        return ""
    if viewpoint is None:
        return _NO_NODE
    return _PREPARING if _waits(viewpoint) else ""


def _waits(viewpoint: Viewpoint) -> bool:
    return bool(viewpoint.rehearses) and is_preparing()
