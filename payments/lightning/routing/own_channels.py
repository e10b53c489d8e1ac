"""
Our channels by peer, made once for a list of them.

A hub has thousands, and lists the same ones with every question until something changes: sorting them each time would take longer than any
search. The list is known again by being the very same object, so nobody who makes a new one gets an old answer.
"""

from __future__ import annotations

from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.routing.parameters import FirstHop

_KEPT = 8
"""Lists that are known again: our node's, and those of the nodes that somebody looks from."""


class OwnChannels:
    """What we can send over, from the smallest to the largest for each peer, so that large channels stay free for large amounts."""

    def __init__(self, first_hops: tuple[FirstHop, ...]) -> None:
        self.first_hops = first_hops
        self.by_peer: dict[NodeId, list[FirstHop]] = {}
        self.ids: frozenset[ShortChannelId] = frozenset(hop.short_channel_id for hop in first_hops)
        for hop in sorted(first_hops, key=lambda hop: (hop.next_outbound_htlc_limit_msat, hop.short_channel_id)):
            self.by_peer.setdefault(hop.counterparty_node_id, []).append(hop)


_kept: tuple[OwnChannels, ...] = ()
"""The newest first; replaced as a whole, so threads never see half of it."""


def own_channels(first_hops: tuple[FirstHop, ...]) -> OwnChannels:
    """These channels by peer. Do not change what is in it."""
    global _kept  # noqa: PLW0603 (one reference, replaced as a whole)
    for known in _kept:
        if known.first_hops is first_hops:
            return known
    new = OwnChannels(first_hops)
    _kept = (new, *_kept[: _KEPT - 1])
    return new
