"""
From where a route is looked for: our own node, or a node of the imported map.

Our own node sees the gossip and the channels that the engine has stored, and what is found can be sent. A node of the imported map is not
ours: what is found there is a rehearsal by the very same search, with channels that are taken to be full on that node's side, because
nobody knows what they hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Thread

from django.conf import settings
from msgspec import Struct

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.graph.snapshot_file import StoredMap
from payments.lightning.graph.view import GraphView
from payments.lightning.ids import NodeId
from payments.lightning.invoice.invoice import DEFAULT_MIN_FINAL_CLTV_EXPIRY_DELTA, Invoice
from payments.lightning.invoice.network import Network
from payments.lightning.routing.choosing import finder_for
from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.finder import Finder, Task
from payments.lightning.routing.inflight import NOTHING_IN_FLIGHT, InFlightHtlcs
from payments.lightning.routing.parameters import FirstHop, PaymentParameters, RouteParameters, default_fee_limit_msat
from payments.lightning.routing.question import Question
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.lightning.scoring.scorer import ScoreLookUp
from payments.lightning.units import MSAT_PER_SAT
from payments.queries.imported_map import readable_map
from payments.queries.knowledge import known_scorer
from payments.queries.network import first_hops, inflight_htlcs, names_of, network_graph, our_node_id
from payments.queries.terms import Terms


class Viewpoint(Struct, frozen=True, kw_only=True):
    """
    A node, its channels, and what it knows of the rest.

    lessons     how often the scorer's opinion had changed: it goes on learning, and another opinion is another viewpoint
    rehearses   the node's name or key when nothing can be sent from here; empty for our own node
    """

    node_id: NodeId
    graph: GraphView
    scorer: ScoreLookUp
    finder: Finder | None = None
    first_hops: tuple[FirstHop, ...]
    inflight: InFlightHtlcs = NOTHING_IN_FLIGHT
    lessons: int = 0
    rehearses: str = ""

    @property
    def router(self) -> DefaultRouter:
        """Who answers from here."""
        return DefaultRouter(self.graph, self.scorer, finder=self.finder)

    def question(self, params: RouteParameters, *, shadow_seed: bytes) -> Question:
        """How to pay this from here."""
        return Question(
            our_node_id=self.node_id, params=params, first_hops=self.first_hops, inflight=self.inflight, shadow_seed=shadow_seed
        )

    def question_about(self, terms: Terms) -> Question:
        """How to pay on these terms from here. ValueError when they name no amount yet."""
        params = RouteParameters.from_invoice(terms.invoice, amount_msat=terms.amount_msat, max_total_routing_fee_msat=terms.fee_limit_msat)
        return self.question(params, shadow_seed=terms.invoice.payment_hash)

    def answer(self, terms: Terms) -> Route | NoRoute:
        """The route that would be sent from here, or why there is none."""
        return self.router.answer(self.question_about(terms))

    def knows_a_way_into(self, invoice: Invoice) -> bool:
        """Whether the payee, or a node at which one of its hints begins, is somebody here."""
        return any(
            self._knows(node_id) for node_id in (invoice.payee, *(hint.hops[0].node_id for hint in invoice.route_hints if hint.hops))
        )

    def _knows(self, node_id: NodeId) -> bool:
        peers = (hop.counterparty_node_id for hop in self.first_hops)
        return node_id == self.node_id or self.graph.node(node_id) is not None or node_id in peers

    def names(self, node_ids: Iterable[NodeId]) -> dict[str, str]:
        """What nodes are called here, by key in hex."""
        keys = set(node_ids)
        if not self.rehearses:
            return names_of(key.hex() for key in keys)
        known = ((key, self.graph.node(key)) for key in keys)
        return {key.hex(): node.alias for key, node in known if node is not None and node.alias}


def own_viewpoint() -> Viewpoint | None:
    """Our node as it is now; None before the engine has run for the first time."""
    node_id = our_node_id()
    if node_id is None:
        return None
    scorer = known_scorer(node_id)
    return Viewpoint(
        node_id=node_id,
        graph=network_graph(),
        scorer=scorer,
        first_hops=first_hops(),
        inflight=inflight_htlcs(node_id),
        lessons=scorer.epoch,
    )


_kept: list[tuple[StoredMap, Viewpoint]] = []
"""The newest, alone; replaced as a whole, so threads never see half of one."""


def imported_viewpoint() -> Viewpoint | None:
    """The imported map, seen from the node that was named with it; None when there is none that can be read."""
    stored = readable_map()
    if stored is None:
        return None
    if not _kept or _kept[0][0] is not stored:
        _kept[:] = [(stored, _viewpoint_on(stored))]
    return _kept[0][1]


def viewpoint_for(invoice: Invoice, own: Viewpoint | None) -> Viewpoint | None:
    """
    From where an invoice is looked at: our own node, but for what only the imported map knows a way to.

    Another network's invoice is never looked at from our own node, which could not pay it.
    """
    is_foreign = invoice.network != Network(settings.LNWEB_NETWORK)
    if own is not None and not is_foreign and own.knows_a_way_into(invoice):
        return own
    imported = imported_viewpoint()
    return imported if imported is not None and (is_foreign or imported.knows_a_way_into(invoice)) else own


def _viewpoint_on(stored: StoredMap) -> Viewpoint:
    snapshot, node_id = stored.snapshot, NodeId(stored.origin.viewpoint)
    scorer = ProbabilisticScorer(NetworkGraph())
    node = snapshot.node(node_id)
    viewpoint = Viewpoint(
        node_id=node_id,
        graph=snapshot,
        scorer=scorer,
        finder=finder_for(snapshot, scorer),
        first_hops=_channels_of(snapshot, node_id),
        rehearses=(node.alias if node is not None else "") or node_id.hex(),
    )
    _lay_out_channels(viewpoint)
    # What this makes answers sooner and takes some tenths of a second: nobody's question waits for it.
    Thread(target=viewpoint.router.finder.prepare, args=(node_id, viewpoint.first_hops), name="preparing", daemon=True).start()
    return viewpoint


def _lay_out_channels(viewpoint: Viewpoint) -> None:
    """
    Ask once for a neighbour: a hub's channels are laid out by the first question that meets nobody whom the map does not know.

    Questions with strangers at the end of their hints, as most wallets are, go on with what such a one left behind.
    """
    for hop in viewpoint.first_hops[:1]:
        payment = PaymentParameters(payee=hop.counterparty_node_id, final_cltv_expiry_delta=DEFAULT_MIN_FINAL_CLTV_EXPIRY_DELTA)
        limit_msat = default_fee_limit_msat(MSAT_PER_SAT)
        params = RouteParameters(payment_params=payment, final_value_msat=MSAT_PER_SAT, max_total_routing_fee_msat=limit_msat)
        terrain = viewpoint.question(params, shadow_seed=b"").terrain(viewpoint.graph)
        viewpoint.router.finder.cheapest(terrain, Task.of(params))


def _channels_of(snapshot: GraphSnapshot, node_id: NodeId) -> tuple[FirstHop, ...]:
    """A stranger's channels as if all that they hold were its own."""
    hops = []
    for half in snapshot.outgoing(node_id):
        policy, capacity_msat = half.policy, half.channel.capacity_msat
        if policy.is_disabled:
            continue
        largest_msat = policy.htlc_maximum_msat if capacity_msat is None else min(policy.htlc_maximum_msat, capacity_msat)
        hops.append(
            FirstHop(
                short_channel_id=half.channel.short_channel_id,
                counterparty_node_id=half.target,
                outbound_capacity_msat=largest_msat if capacity_msat is None else capacity_msat,
                next_outbound_htlc_limit_msat=largest_msat,
                next_outbound_htlc_minimum_msat=max(policy.htlc_minimum_msat, 1),
                capacity_sat=half.channel.capacity_sat or largest_msat // MSAT_PER_SAT,
            )
        )
    return tuple(hops)
