"""
Everything that a route depends on beside the map and the opinion about it, as one value that can be kept and asked again.

With the same map and the same opinion the same question has the same answer, for ever: what was decided can be repeated and explained.
"""

from __future__ import annotations

import msgspec

from payments.lightning.graph.view import GraphView
from payments.lightning.ids import NodeId
from payments.lightning.routing.inflight import NOTHING_IN_FLIGHT, InFlightHtlcs
from payments.lightning.routing.parameters import FirstHop, RouteParameters
from payments.lightning.routing.search import Terrain


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """
    Who wants to pay what, and what can our channels send?

    our_node_id   channels that the map shows as ours are ignored; `first_hops` takes their place
    inflight      what HTLCs of ours take up already; `first_hops` has taken it off our own channels
    shadow_seed   hides the payee behind a few blocks more of final delta, as far as the CLTV limit allows; None: adds nothing
    """

    our_node_id: NodeId
    params: RouteParameters
    first_hops: tuple[FirstHop, ...]
    inflight: InFlightHtlcs = NOTHING_IN_FLIGHT
    shadow_seed: bytes | None = None

    def terrain(self, graph: GraphView) -> Terrain:
        """Where a search for the answer may go."""
        return Terrain(
            graph,
            our_node_id=self.our_node_id,
            params=self.params.payment_params,
            first_hops=self.first_hops,
            inflight=self.inflight,
        )
