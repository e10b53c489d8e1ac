"""
Forget what nobody has confirmed for two weeks.

Honest nodes repeat a `channel_update` before it is two weeks old, even when nothing has changed, because everybody forgets it then. A
direction goes when its own update is that old, and the channel with the last of its directions. A channel of which no update was heard
stays: it says nothing about its age, and nothing can be sent over it. Whether a funding output is spent is for the chain to say.

BOLT 7, Pruning the Network View
"""

from __future__ import annotations

from msgspec import Struct

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.ids import NodeId, ShortChannelId

STALE_AFTER_S = 1_209_600
"""Age of an update from which it counts no more. Two weeks: BOLT 7's own number."""


class Pruned(Struct, frozen=True, kw_only=True):
    """What was forgotten."""

    channels: tuple[ShortChannelId, ...] = ()
    """Gone as a whole."""
    directions: tuple[tuple[ShortChannelId, NodeId], ...] = ()
    """Gone while the other direction stands: the channel, and whose policy it was."""


def prune_stale(graph: NetworkGraph, *, now_s: int, keep: frozenset[ShortChannelId] = frozenset()) -> Pruned:
    """Take what is stale off the map. `keep`: our own channels, of which we know more than gossip says."""
    channels: list[ShortChannelId] = []
    directions: list[tuple[ShortChannelId, NodeId]] = []
    for channel in graph.channels():
        scid = channel.short_channel_id
        policies = {end: graph.policy(scid, source=end) for end in (channel.node_one, channel.node_two)}
        said = {end: policy for end, policy in policies.items() if policy is not None}
        stale = [end for end, policy in said.items() if policy.last_update_s + STALE_AFTER_S < now_s]
        if not stale or scid in keep:
            continue
        if len(stale) == len(said):
            graph.remove_channel(scid)
            channels.append(scid)
        else:
            graph.forget_policy(scid, source=stale[0])
            directions.append((scid, stale[0]))
    return Pruned(channels=tuple(channels), directions=tuple(directions))
