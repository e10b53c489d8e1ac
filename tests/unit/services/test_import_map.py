"""A foreign file becomes the map that every process finds, or the old one stays."""

from __future__ import annotations

import gzip
import os
import stat
import zlib

import pytest

from payments.lightning.errors import LightningError
from payments.lightning.graph.errors import (
    MapDamaged,
    MapFormatUnknown,
    MapHasNoChannels,
    MapTooLarge,
    MapTruncated,
    MapUnreadable,
)
from payments.lightning.invoice.network import Network
from payments.queries.imported_map import imported_map, map_path
from payments.services import import_map as service
from payments.services.errors import MapFileUnreachable, MapOfAnotherChain, NodeNotOnMap
from payments.services.import_map import ChainBy, import_map
from tests.graphs import node
from tests.unit.lightning.graph.formats.samples import (
    ALICE_BOB,
    FIRST,
    NEWEST_S,
    SECOND,
    cln_half,
    describegraph,
    listchannels,
    lnd_edge,
    lnd_node,
    rgs,
    rgs_channel,
)

pytestmark = pytest.mark.django_db  # an import is noted
NOW_S = 1_800_000_000
SMALL = describegraph(lnd_edge(), nodes=[lnd_node("bob", alias="Bob & Sons")])
OTHER = listchannels(cln_half("carol", "dave"))


@pytest.fixture(autouse=True)
def state_folder(tmp_path, settings):
    settings.LNWEB_STATE_DIR = tmp_path / "state"
    settings.LNWEB_STATE_DIR.mkdir()
    return settings.LNWEB_STATE_DIR


@pytest.fixture
def put(tmp_path):
    def write(data: bytes, name: str = "graph.json"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def test_what_was_imported_is_found_with_its_origin(put) -> None:
    imported = import_map(put(SMALL), now_s=NOW_S)
    stored = imported_map()

    assert (2, 1) == (stored.snapshot.node_count, stored.snapshot.channel_count)
    assert imported.origin == stored.origin
    assert ("graph.json", "describegraph", NOW_S, NEWEST_S, Network.MAINNET.chain_hash, 0) == (
        stored.origin.name,
        stored.origin.source_format,
        stored.origin.imported_at_s,
        stored.origin.newest_update_s,
        stored.origin.chain_hash,
        stored.origin.left_out,
    )


def test_whose_map_it_is_the_file_says_or_who_imports_it_or_it_is_mainnets(put) -> None:
    said_by_file = rgs([node(FIRST), node(SECOND)], [rgs_channel(ALICE_BOB, 0, 1)], [], chain_hash=Network.TESTNET.chain_hash)
    by_default, by_choice = import_map(put(SMALL), now_s=NOW_S), import_map(put(SMALL), network=Network.REGTEST, now_s=NOW_S)
    by_file = [import_map(put(said_by_file), network=network, now_s=NOW_S) for network in (None, Network.TESTNET)]

    assert (ChainBy.DEFAULT, Network.MAINNET.chain_hash) == (by_default.chain_by, by_default.origin.chain_hash)
    assert (ChainBy.CHOICE, Network.REGTEST.chain_hash) == (by_choice.chain_by, by_choice.origin.chain_hash)
    assert [(ChainBy.FILE, Network.TESTNET.chain_hash)] * 2 == [(one.chain_by, one.origin.chain_hash) for one in by_file]


def test_a_file_that_says_otherwise_is_refused_and_the_map_in_use_stays(put) -> None:
    import_map(put(OTHER), now_s=NOW_S)
    said_by_file = rgs([node(FIRST), node(SECOND)], [rgs_channel(ALICE_BOB, 0, 1)], [], chain_hash=Network.TESTNET.chain_hash)
    refused = refusal(put(said_by_file), network=Network.MAINNET)

    assert isinstance(refused, MapOfAnotherChain)
    assert ("mainnet", Network.TESTNET.chain_hash) == (refused.network, refused.chain_hash)
    assert imported_map().snapshot.node(node("carol")) is not None


def test_without_an_import_there_is_none() -> None:
    assert imported_map() is None


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_packed_file_is_known_by_its_content(put, pack) -> None:
    assert 1 == import_map(put(pack(SMALL), "no-ending"), now_s=NOW_S).read.snapshot.channel_count


def test_the_viewpoint_is_the_node_that_was_named_or_the_best_connected_one(put) -> None:
    assert node("bob") == import_map(put(SMALL), viewpoint="bob & sons", now_s=NOW_S).origin.viewpoint
    assert node("alice") == import_map(put(SMALL), viewpoint=node("alice").hex()[:12], now_s=NOW_S).origin.viewpoint
    assert node(FIRST) == import_map(put(SMALL), now_s=NOW_S).origin.viewpoint, f"{SECOND} has switched its direction off"


def test_the_newest_import_is_the_one_that_is_found(put) -> None:
    import_map(put(SMALL), now_s=NOW_S)
    before = imported_map()
    import_map(put(OTHER), now_s=NOW_S)

    assert imported_map().snapshot.node(node("carol")) is not None
    assert before.snapshot.node(node("alice")) is not None, "who still reads the old one can go on"


def test_nothing_is_read_twice_while_the_file_stays(put) -> None:
    import_map(put(SMALL), now_s=NOW_S)

    assert imported_map() is imported_map()


def refusal(path, **wish) -> LightningError:
    with pytest.raises(LightningError) as refused:
        import_map(path, now_s=NOW_S, **wish)
    return refused.value


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (SMALL[:-1], MapTruncated),
        (gzip.compress(SMALL)[:-12], MapTruncated),
        (gzip.compress(SMALL)[:10] + b"\xff" * 40, MapUnreadable),
        (b"", MapFormatUnknown),
        (b"<html>", MapFormatUnknown),
        (b'{"channels": []}', MapHasNoChannels),
        (gzip.compress(b"not a map"), MapFormatUnknown),
    ],
)
def test_a_file_that_is_no_map_leaves_the_old_one_untouched(put, state_folder, data, error) -> None:
    import_map(put(OTHER), now_s=NOW_S)
    before = map_path().read_bytes()

    assert isinstance(refusal(put(data)), error)
    assert before == map_path().read_bytes()
    assert [map_path()] == list(state_folder.iterdir()), "no draft stays behind"


def test_a_viewpoint_that_is_not_there_leaves_the_old_one_untouched(put) -> None:
    import_map(put(OTHER), now_s=NOW_S)

    assert isinstance(refusal(put(SMALL), viewpoint="nobody"), NodeNotOnMap)
    assert imported_map().snapshot.node(node("carol")) is not None


def test_a_file_that_is_not_there_is_refused(tmp_path) -> None:
    assert isinstance(refusal(tmp_path / "nothing"), MapFileUnreachable)
    assert isinstance(refusal(tmp_path), MapFileUnreachable)


def test_a_full_disk_leaves_the_old_one_untouched(put, state_folder, monkeypatch) -> None:
    import_map(put(OTHER), now_s=NOW_S)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" == refusal(put(SMALL)).reason
    assert imported_map().snapshot.node(node("carol")) is not None
    assert [map_path()] == list(state_folder.iterdir())


def test_a_small_file_that_unpacks_without_end_is_refused_at_the_limit(put, monkeypatch) -> None:
    monkeypatch.setattr(service, "MAX_MAP_BYTES", 5_000_000)
    bomb = zlib.compressobj(wbits=31)
    packed = bomb.compress(b'{"edges": [' + b" " * 50_000_000) + bomb.flush()

    assert len(packed) < 100_000
    assert isinstance(refusal(put(packed)), MapTooLarge)
    assert isinstance(refusal(put(b'{"edges": [' + b" " * 6_000_000)), MapTooLarge)


def test_only_its_owner_may_read_it(put) -> None:
    import_map(put(SMALL), now_s=NOW_S)

    assert 0o600 == stat.S_IMODE(map_path().stat().st_mode)


def test_steps_are_told_as_they_come(put) -> None:
    told: list[int] = []
    import_map(put(SMALL), now_s=NOW_S, tell=lambda _step, percent: told.append(percent))

    assert sorted(told) == told
    assert (0, 100) == (told[0], told[-1])


@pytest.mark.parametrize("data", [b"", b"LNWEBMAP", b"LNWEBMAP\x01\x00\x00\x00" + bytes(500)])
def test_a_stored_map_that_is_damaged_is_refused_until_it_is_imported_again(put, data) -> None:
    map_path().write_bytes(data)
    with pytest.raises((MapDamaged, MapFormatUnknown, MapTruncated)):
        imported_map()
    import_map(put(SMALL), now_s=NOW_S)

    assert 1 == imported_map().snapshot.channel_count
