"""Maps written for LDK, read again by our own reader."""

from __future__ import annotations

import numpy as np
import pytest

from payments.lightning.graph.arrays import POLICY_KNOWN, UNKNOWN, GraphArrays
from payments.lightning.graph.formats.rapid_gossip_sync import read_rapid_gossip_sync
from payments.lightning.graph.formats.recognise import draw_said
from payments.management.route_bench.gossip_file import encode_rapid_gossip_sync
from payments.management.route_bench.maps import BITCOIN
from tests.mainnet import real_map
from tests.unit.management.route_bench.nets import RING

EXACT = (
    "node_ids",
    "short_channel_ids",
    "node1",
    "node2",
    "fee_base_msat",
    "fee_ppm",
    "htlc_minimum_msat",
    "htlc_maximum_msat",
    "cltv_expiry_delta",
    "flags",
    "into_halves",
    "out_halves",
)


def read_again(graph: GraphArrays) -> GraphArrays:
    said = read_rapid_gossip_sync(encode_rapid_gossip_sync(graph, chain_hash=BITCOIN))
    assert (BITCOIN, 0) == (said.chain_hash, said.stray_policies)
    return draw_said(said).snapshot


def test_what_is_written_is_read_again():
    read = read_again(RING)

    assert [] == [name for name in EXACT if not np.array_equal(getattr(RING, name), getattr(read, name))]
    assert (POLICY_KNOWN, 3, 0) == tuple(sorted(set(read.flags.tolist()), key=(1, 3, 0).index))


def test_capacities_are_lost():
    assert {UNKNOWN} == set(read_again(RING).capacity_sat.tolist())


@pytest.mark.parametrize("name", ["mainnet-2021-04-16.cln-listchannels.json.gz", "tiny-100.describegraph.json.gz"])
def test_a_real_map_is_read_again(name):
    graph = real_map(name).snapshot
    read = read_again(graph)

    assert [] == [each for each in EXACT if not np.array_equal(getattr(graph, each), getattr(read, each))]
