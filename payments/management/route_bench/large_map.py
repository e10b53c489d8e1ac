"""A map of any size that is like a real one: its nodes many times over, its channels between copies chosen by lot."""

from __future__ import annotations

import numpy as np

from payments.lightning.graph.arrays import GraphArrays, Pieces
from payments.lightning.graph.assembly import ChannelColumns, NodeColumns, PolicyColumns
from payments.lightning.graph.snapshot import GraphSnapshot


def replicated(real: GraphArrays, *, channels: int, seed: int = 1) -> GraphSnapshot:
    """So many channels. Degrees, policies and capacities are distributed as in the real map; the keys are made up and no points."""
    dice = np.random.default_rng(seed)
    copies = -(-channels // real.channel_count)
    keys = dice.integers(0, 256, (copies * real.node_count, 33), np.uint8)
    keys[:, 0] = dice.integers(2, 4, len(keys))
    pattern = np.tile(np.arange(real.channel_count), copies)[:channels]
    ends = np.stack([real.node1[pattern], real.node2[pattern]], axis=1) + dice.integers(0, copies, (channels, 2)) * real.node_count
    halves = (2 * pattern[:, None] + np.arange(2)).ravel()
    snapshot, _left_out = GraphSnapshot.assembled(
        _nodes(real, keys, copies),
        ChannelColumns(
            short_channel_ids=np.arange(channels, dtype=np.int64) + (1 << 56),
            capacity_sat=real.capacity_sat[pattern],
            keys=keys[ends],
            features=Pieces.empty(channels),
        ),
        PolicyColumns(
            fee_base_msat=real.fee_base_msat[halves],
            fee_ppm=real.fee_ppm[halves],
            htlc_minimum_msat=real.htlc_minimum_msat[halves],
            htlc_maximum_msat=real.htlc_maximum_msat[halves],
            cltv_expiry_delta=real.cltv_expiry_delta[halves].astype(np.int64),
            flags=real.flags[halves],
            timestamp_s=real.timestamp_s[halves],
        ),
    )
    return snapshot


def _nodes(real: GraphArrays, keys: np.ndarray, copies: int) -> NodeColumns:
    names = [real.aliases[place] for place in range(real.node_count)]
    return NodeColumns(
        keys=keys,
        aliases=Pieces.of(names * copies),
        colors=np.tile(real.colors, (copies, 1)),
        features=Pieces.empty(len(keys)),
        timestamp_s=np.tile(real.node_timestamp_s, copies),
    )
