"""
What Pay would do now: the invoice, the route that the engine would take first, and what it would cost.

The very router of the engine answers, over the gossip and the channels that the engine has stored, with the seed that the engine will use:
while nothing changes in between, what is shown is what will be tried. Nothing is sent and nothing is reserved.
"""

from __future__ import annotations

from collections.abc import Mapping

from payments.lightning.ids import NodeId
from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from payments.queries.facts import living_payment_id
from payments.queries.invoices import invoice_shape
from payments.queries.knowledge import known_scorer
from payments.queries.network import first_hops, inflight_htlcs, names_of, network_graph, our_node_id
from payments.queries.paths import planned_path
from payments.queries.shapes import PathShape, PreviewShape
from payments.queries.terms import Terms, read_terms
from payments.queries.wording import sentence_for_no_route

BLOCK_TIME_S = 600
"""Bitcoin's intended time between blocks: what a person may expect a lock time in blocks to mean."""
_NO_NODE = "Our node has not started yet. Start the engine, then read the invoice again."


def preview_payment(text: str, *, amount_msat: int | None = None, fee_limit_msat: int | None = None) -> PreviewShape:
    """
    Read what somebody pasted and plan its payment.

    raises   InvoiceError's and TermsError's leaves, as `pay_invoice` would
    """
    terms = read_terms(text, amount_msat=amount_msat, fee_limit_msat=fee_limit_msat)
    answer = _plan(terms)
    names = names_of(_keys(terms, answer))
    route = answer if isinstance(answer, Route) else None
    blocks = None if route is None else route.total_cltv_expiry_delta
    return PreviewShape(
        invoice=invoice_shape(terms.invoice, names=names),
        amount_msat=terms.amount_msat,
        fee_msat=None if route is None else route.total_fees_msat,
        fee_limit_msat=terms.fee_limit_msat,
        total_cltv_expiry_delta=blocks,
        lock_time_s=None if blocks is None else blocks * BLOCK_TIME_S,
        paths=_paths(route, names),
        no_route=_why_not(answer),
        existing_payment_id=living_payment_id(terms.invoice.payment_hash.hex()),
    )


def _plan(terms: Terms) -> Route | NoRoute | str | None:
    """The router's answer, a sentence when it cannot be asked, None when there is no amount yet."""
    if terms.amount_msat is None:
        return None
    our_id = our_node_id()
    if our_id is None:
        return _NO_NODE
    return DefaultRouter(network_graph(), known_scorer(our_id)).find_route(
        our_id,
        params=RouteParameters.from_invoice(terms.invoice, amount_msat=terms.amount_msat, max_total_routing_fee_msat=terms.fee_limit_msat),
        first_hops=first_hops(),
        inflight=inflight_htlcs(our_id),
        shadow_seed=terms.invoice.payment_hash,
    )


def _keys(terms: Terms, answer: Route | NoRoute | str | None) -> set[str]:
    keys: set[NodeId] = {terms.invoice.payee} | {hop.node_id for hint in terms.invoice.route_hints for hop in hint.hops}
    if isinstance(answer, Route):
        keys |= {hop.node_id for path in answer.paths for hop in path.hops}
    return {key.hex() for key in keys}


def _paths(route: Route | None, names: Mapping[str, str]) -> tuple[PathShape, ...]:
    return () if route is None else tuple(planned_path(path, names=names) for path in route.paths)


def _why_not(answer: Route | NoRoute | str | None) -> str:
    match answer:
        case NoRoute():
            return sentence_for_no_route(answer)
        case str():
            return answer
        case _:
            return ""
