"""Small maps as the bench takes them."""

from __future__ import annotations

from payments.lightning.graph.snapshot import GraphSnapshot
from tests.graphs import channel, network

NAMES = ("alice", "bob", "carol", "dave", "erin")
RING = GraphSnapshot.of(
    network(
        *(
            channel(left, right, capacity_sat=30_000_000, fee_base_msat=1_000 + place, fee_proportional_millionths=100 * place)
            for place, (left, right) in enumerate(zip(NAMES, NAMES[1:] + NAMES[:1], strict=True))
        ),
        channel("alice", "carol", capacity_sat=5_000_000, htlc_minimum_msat=2_000, htlc_maximum_msat=800_000_000, cltv_expiry_delta=144),
        channel("carol", "far away", one_way=True),
        channel("dave", "off", is_disabled=True),
    )
)
"""Five nodes in a ring with a chord, one that nobody comes back from, and one that nobody gets to."""
