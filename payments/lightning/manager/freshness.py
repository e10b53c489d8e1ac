"""
Keeping our part of the map fresh: what we said a week ago is said again, because everybody forgets who has been silent for two.

Looked at once an hour. Nothing is taken off the map here: its changes are counted by the stored messages, so that the map of any moment can
be drawn again, and a change that no message explains would set every later count wrong.

BOLT 7, Pruning the Network View
"""

from __future__ import annotations

from payments.lightning.channel.channel import Phase
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.manager.announcing import Announcer
from payments.lightning.manager.node_state import NodeState

REFRESH_AFTER_S = 604_800
"""Age at which an update of ours is said again though nothing has changed. A week: half of what everybody forgets it after."""
LOOK_EVERY_S = 3_600
"""Between two looks. An hour: nothing here is urgent."""


class Freshness:
    """One node's share of it: its own policies."""

    def __init__(self, state: NodeState, announcer: Announcer) -> None:
        self._state = state
        self._announcer = announcer
        self._next_look_s = 0

    def keep(self, graph: NetworkGraph) -> None:
        """Look, when the hour is over."""
        now_s = self._state.clock.now_ms() // 1_000
        if now_s < self._next_look_s:
            return
        self._next_look_s = now_s + LOOK_EVERY_S
        for channel in self._state.channels:
            known = graph.policy(channel.terms.short_channel_id, source=self._state.node_id)
            if channel.phase is Phase.NORMAL and known is not None and known.last_update_s + REFRESH_AFTER_S <= now_s:
                self._announcer.policy_changed(channel, graph)
