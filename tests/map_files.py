"""A drawn map as a file, in the form that LND prints."""

from __future__ import annotations

import json
from pathlib import Path

from payments.lightning.graph.network import DirectedPolicy
from payments.lightning.graph.snapshot import GraphSnapshot
from tests.drawn_maps import drawn_map

NAME = "graph.json"


def map_file(folder: Path, *, nodes: int = 120) -> Path:
    """Write one of so many nodes, unless it is there; where it is."""
    path = folder / NAME
    if not path.exists():
        path.write_text(json.dumps(_described(drawn_map(nodes))))
    return path


def _described(snapshot: GraphSnapshot) -> dict[str, object]:
    return {
        "nodes": [{"pub_key": one.node_id.hex(), "alias": "", "color": "#000000", "last_update": 1} for one in snapshot.nodes()],
        "edges": [
            {
                "channel_id": str(one.short_channel_id),
                "node1_pub": one.node_one.hex(),
                "node2_pub": one.node_two.hex(),
                "capacity": str(one.capacity_sat),
                "node1_policy": _asked(snapshot.policy(one.short_channel_id, source=one.node_one)),
                "node2_policy": _asked(snapshot.policy(one.short_channel_id, source=one.node_two)),
            }
            for one in snapshot.channels()
        ],
    }


def _asked(policy: DirectedPolicy | None) -> dict[str, object] | None:
    return policy and {
        "time_lock_delta": policy.cltv_expiry_delta,
        "min_htlc": str(policy.htlc_minimum_msat),
        "max_htlc_msat": str(policy.htlc_maximum_msat),
        "fee_base_msat": str(policy.fee_base_msat),
        "fee_rate_milli_msat": str(policy.fee_proportional_millionths),
        "disabled": policy.is_disabled,
        "last_update": 1,
    }
