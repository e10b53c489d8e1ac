"""
What nobody has confirmed for two weeks, and what forgetting it means for a map, one change at a time.

Honest nodes repeat a `channel_update` before it is two weeks old, even when nothing has changed, because everybody forgets it then. A
direction goes when its own update is that old, the channel with the last of its directions, and what a node said of itself with the last of
its channels. A channel of which no update was heard stays: it says nothing about its age, and nothing can be sent over it. Whether a
funding output is spent is for the chain to say.

Forgetting is news like any other: each of these values is one change of the map with a number of its own, stored in its place among the
messages, so that the map of any moment can be drawn again.

BOLT 7, Pruning the Network View
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from payments.lightning.graph.network import NetworkGraph, NodeInfo
from payments.lightning.ids import NodeId, ShortChannelId

STALE_AFTER_S = 1_209_600
"""Age of an update from which it counts no more. Two weeks: BOLT 7's own number."""

Said = tuple[ShortChannelId, NodeId]
"""A direction of which something was said: the channel, and the node whose policy it is."""


class ForgottenPolicy(Struct, frozen=True, kw_only=True):
    """What a node asked for counts no more. direction: 0 from the node with the lesser id, 1 from the other."""

    short_channel_id: ShortChannelId
    direction: int


class ForgottenChannel(Struct, frozen=True, kw_only=True):
    """A channel of which no policy is left is off the map, and nodes with it that it leaves without one."""

    short_channel_id: ShortChannelId


class ForgottenNode(Struct, frozen=True, kw_only=True):
    """What a node said about itself counts no more."""

    node_id: NodeId


Forgotten = ForgottenPolicy | ForgottenChannel | ForgottenNode


def forget(graph: NetworkGraph, what: Forgotten) -> bool:
    """Forget one thing, which is one change of the map; False when it was not known, or more depends on it."""
    match what:
        case ForgottenPolicy(short_channel_id=scid, direction=direction):
            channel = graph.channel(scid)
            return channel is not None and graph.forget_policy(scid, source=(channel.node_one, channel.node_two)[direction])
        case ForgottenChannel(short_channel_id=scid):
            channel = graph.channel(scid)
            ends = () if channel is None else (channel.node_one, channel.node_two)
            return all(graph.policy(scid, source=end) is None for end in ends) and graph.remove_channel(scid)
        case ForgottenNode(node_id=node_id):
            has_spoken = _has_spoken(graph, node_id)
            if has_spoken:
                graph.set_node(NodeInfo(node_id=node_id))
            return has_spoken


def is_stale(timestamp_s: int, *, now_s: int) -> bool:
    """Whether what was said then counts no more."""
    return timestamp_s + STALE_AFTER_S < now_s


def stale_policies(graph: NetworkGraph, *, now_s: int, keep: frozenset[ShortChannelId] = frozenset()) -> frozenset[Said]:
    """The directions of which nothing was heard for too long. `keep`: our own channels, of which we know more than gossip says."""
    return frozenset(
        (channel.short_channel_id, end)
        for channel in graph.channels()
        if channel.short_channel_id not in keep
        for end in (channel.node_one, channel.node_two)
        if (policy := graph.policy(channel.short_channel_id, source=end)) is not None and is_stale(policy.last_update_s, now_s=now_s)
    )


def forgetting(graph: NetworkGraph, stale: frozenset[Said]) -> Iterator[Forgotten]:
    """What to forget with these directions, in an order in which a map can."""
    left = Counter(end for channel in graph.channels() for end in (channel.node_one, channel.node_two))
    for channel in graph.channels():
        scid, ends = channel.short_channel_id, (channel.node_one, channel.node_two)
        said = [end for end in ends if graph.policy(scid, source=end) is not None]
        silent = [end for end in said if (scid, end) in stale]
        for end in silent:
            yield ForgottenPolicy(short_channel_id=scid, direction=ends.index(end))
        if silent and len(silent) == len(said):
            left.subtract(ends)
            yield from (ForgottenNode(node_id=end) for end in ends if not left[end] and _has_spoken(graph, end))
            yield ForgottenChannel(short_channel_id=scid)


def _has_spoken(graph: NetworkGraph, node_id: NodeId) -> bool:
    """Whether a node has said anything about itself."""
    node = graph.node(node_id)
    return node is not None and node.last_update_s is not None
