from __future__ import annotations

import numpy as np
import pytest

from payments.lightning.graph.errors import MapFormatUnknown, MapTruncated
from payments.lightning.graph.formats.columns import MapFormat
from payments.lightning.graph.formats.recognise import draw_said, read_said, recognise
from tests.graphs import node
from tests.mainnet import real_map
from tests.unit.lightning.graph.formats.samples import (
    ALICE_BOB,
    FIRST,
    SECOND,
    cln_half,
    describegraph,
    listchannels,
    lnd_edge,
    rgs,
    rgs_channel,
)

FILES = {
    MapFormat.DESCRIBEGRAPH: describegraph(lnd_edge(node1_policy={"fee_base_msat": 7}, node2_policy=None)),
    MapFormat.LISTCHANNELS: listchannels(cln_half(FIRST, SECOND, base_fee_millisatoshi=7)),
    MapFormat.RAPID_GOSSIP_SYNC: rgs(
        [node(FIRST), node(SECOND)], [rgs_channel(ALICE_BOB, 0, 1)], [(ALICE_BOB, 0, b"")], defaults=(0, 0, 7, 0, 0)
    ),
}


@pytest.mark.parametrize("source_format", MapFormat)
def test_the_content_says_which_form_it_is(source_format: MapFormat) -> None:
    assert source_format == recognise(FILES[source_format])
    assert source_format == recognise(FILES[source_format].replace(b'{"', b' \n{"'))


@pytest.mark.parametrize("source_format", MapFormat)
def test_a_file_of_any_form_becomes_a_map(source_format: MapFormat) -> None:
    read = draw_said(read_said(FILES[source_format]))

    assert (source_format, 1) == (read.source_format, read.snapshot.channel_count)
    assert 7 == read.snapshot.policy(ALICE_BOB, source=node(FIRST)).fee_base_msat


@pytest.mark.parametrize("data", [b"", b"hello", b"\x1f\x8b\x08", b"[]", b"{}", b'{"nodes": []}', b'{"a": b}', b"\x00" * 100, b"LND\x01"])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(MapFormatUnknown):
        recognise(data)


def test_a_beginning_is_told_apart_from_something_else() -> None:
    with pytest.raises(MapTruncated):
        recognise(FILES[MapFormat.DESCRIBEGRAPH][:-1])


def test_two_forms_of_the_same_day_give_the_same_map() -> None:
    packed, text = (real_map(f"mainnet-2023-10-19.{kind}").snapshot for kind in ("rgs-v1.bin", "describegraph.json.gz"))

    assert (15_117, 69_455) == (packed.node_count, packed.channel_count)
    for name in ("node_ids", "short_channel_ids", "node1", "node2", "into_start", "into_halves", "out_start", "out_halves"):
        assert np.array_equal(getattr(packed, name), getattr(text, name)), name
    for name in ("fee_base_msat", "fee_ppm", "htlc_minimum_msat", "htlc_maximum_msat", "cltv_expiry_delta", "flags"):
        assert np.array_equal(getattr(packed, name), getattr(text, name)), name


def test_core_lightnings_file_of_2021_is_read_whole() -> None:
    snapshot = real_map("mainnet-2021-04-16.cln-listchannels.json.gz").snapshot

    assert (8_827, 37_454, 66_964) == (snapshot.node_count, snapshot.channel_count, len(snapshot.into_halves))
    assert 11_342 == int((snapshot.flags & 2 > 0).sum())
