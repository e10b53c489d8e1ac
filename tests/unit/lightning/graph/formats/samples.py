"""Small maps in the three forms: alice and bob with one channel that both describe, bob and carol with one that only bob describes."""

from __future__ import annotations

import json
import struct

from tests.graphs import node, scid

FIRST, SECOND = sorted(("alice", "bob"), key=node)
ALICE_BOB, BOB_CAROL = scid(700_000), scid(700_001)
CHAIN_HASH = bytes(range(32))
NEWEST_S = 1_700_000_000


def lnd_policy(**changes):
    return {
        "time_lock_delta": 40,
        "min_htlc": "1000",
        "fee_base_msat": "1",
        "fee_rate_milli_msat": "250",
        "disabled": False,
        "max_htlc_msat": "990000000",
        "last_update": NEWEST_S,
        "custom_records": {},
    } | changes


def lnd_edge(**changes):
    return {
        "channel_id": str(ALICE_BOB),
        "chan_point": "00:1",
        "node1_pub": node(FIRST).hex(),
        "node2_pub": node(SECOND).hex(),
        "capacity": "1000000",
        "node1_policy": lnd_policy(),
        "node2_policy": lnd_policy(fee_base_msat="2", disabled=True),
    } | changes


def lnd_node(name, **changes):
    return {"pub_key": node(name).hex(), "alias": name, "color": "#0a0b0c", "last_update": NEWEST_S, "features": {}} | changes


def describegraph(*edges, nodes=()):
    return json.dumps({"nodes": [*nodes], "edges": [*edges]}).encode()


def cln_half(source, destination, **changes):
    return {
        "source": node(source).hex(),
        "destination": node(destination).hex(),
        "short_channel_id": "700000x1x0",
        "public": True,
        "amount_msat": 1_000_000_000,
        "channel_flags": 0,
        "active": True,
        "last_update": NEWEST_S,
        "base_fee_millisatoshi": 1,
        "fee_per_millionth": 250,
        "delay": 40,
        "htlc_minimum_msat": 1_000,
        "htlc_maximum_msat": 990_000_000,
        "features": "",
    } | changes


def listchannels(*halves):
    return json.dumps({"channels": [*halves]}).encode()


def big_size(value):
    if value < 0xFD:
        return bytes([value])
    if value <= 0xFFFF:
        return b"\xfd" + struct.pack(">H", value)
    if value <= 0xFFFFFFFF:
        return b"\xfe" + struct.pack(">I", value)
    return b"\xff" + struct.pack(">Q", value)


def rgs_channel(scid_delta, first, second, *, features=b""):
    return struct.pack(">H", len(features)) + features + big_size(scid_delta) + big_size(first) + big_size(second)


def rgs(nodes, channels, updates, *, defaults=(40, 1_000, 1, 250, 990_000_000), version=1, chain_hash=CHAIN_HASH):
    """A Rapid Gossip Sync file; an update is (scid_delta, flags, what follows)."""
    parts = [b"LDK", bytes([version]), chain_hash, struct.pack(">I", NEWEST_S), struct.pack(">I", len(nodes))]
    parts += [*nodes, struct.pack(">I", len(channels)), *channels, struct.pack(">I", len(updates))]
    if updates:
        parts.append(struct.pack(">HQIIQ", *defaults))
    parts += [big_size(delta) + bytes([flags]) + rest for delta, flags, rest in updates]
    return b"".join(parts)
