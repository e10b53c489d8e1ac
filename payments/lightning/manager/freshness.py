"""
Keeping the map fresh: what we said a week ago is said again, and who has been silent for two weeks is forgotten.

Two halves of one rule: everybody forgets, so everybody repeats. Looked at once an hour. What is stale at one look is forgotten at the next
if it still is then: after a start, a long sleep or a leap of the clock everybody has that hour to speak first. Nothing is taken off the map
here: forgetting goes the way of all news, so that it is counted and stored with them.

BOLT 7, Pruning the Network View
"""

from __future__ import annotations

from payments.lightning.channel.channel import Phase
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.graph.pruning import Said, forgetting, stale_policies
from payments.lightning.manager.announcing import Announcer
from payments.lightning.manager.node_state import NodeState

REFRESH_AFTER_S = 604_800
"""Age at which an update of ours is said again though nothing has changed. A week: half of what everybody forgets it after."""
LOOK_EVERY_S = 3_600
"""Between two looks. An hour: nothing here is urgent."""


class Freshness:
    """One node's share of it."""

    def __init__(self, state: NodeState, announcer: Announcer) -> None:
        self.forgets = False
        """Whether this node keeps the map: where several share one, a single one of them."""
        self._state = state
        self._announcer = announcer
        self._next_look_s = 0
        self._suspects: frozenset[Said] = frozenset()

    def keep(self, graph: NetworkGraph) -> None:
        """Look, when the hour is over."""
        now_s = self._state.clock.now_ms() // 1_000
        if now_s < self._next_look_s:
            return
        self._next_look_s = now_s + LOOK_EVERY_S
        self._say_again(graph, now_s)
        if self.forgets:
            self._forget(graph, now_s)

    def _say_again(self, graph: NetworkGraph, now_s: int) -> None:
        for channel in self._state.channels:
            known = graph.policy(channel.terms.short_channel_id, source=self._state.node_id)
            is_fresh = known is not None and known.last_update_s + REFRESH_AFTER_S > now_s
            if channel.phase is Phase.NORMAL and not is_fresh:
                self._announcer.say_again(channel, graph)

    def _forget(self, graph: NetworkGraph, now_s: int) -> None:
        """Our own channels stay until nothing is left to be done for them."""
        ours = frozenset(channel.terms.short_channel_id for channel in self._state.channels if channel.phase is not Phase.CLOSED)
        stale = stale_policies(graph, now_s=now_s, keep=ours)
        for what in forgetting(graph, stale & self._suspects):
            self._announcer.forgets(what)
        self._suspects = stale
