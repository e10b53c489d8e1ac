"""`import_graph` on a terminal and for programs."""

from __future__ import annotations

import gzip
import io
import json

import pytest
from django.core.management import call_command

from payments.lightning.invoice.network import Network
from payments.queries.imported_map import imported_map
from tests.graphs import node
from tests.mainnet import graph_file
from tests.unit.commands.running import run
from tests.unit.lightning.graph.formats.samples import describegraph, lnd_edge, lnd_node

pytestmark = pytest.mark.django_db
SMALL = describegraph(
    lnd_edge(),
    lnd_edge(channel_id="7", node1_pub="no key"),
    nodes=[lnd_node(name, alias="Bob \x1b[31m\u202e") for name in ("alice", "bob")],
)


@pytest.fixture
def graph(tmp_path, settings):
    settings.LNWEB_STATE_DIR = tmp_path
    path = tmp_path / "graph.json.gz"
    path.write_bytes(gzip.compress(SMALL))
    return str(path)


def test_people_read_sizes_and_what_was_left_out(graph) -> None:
    status, out, err = run("import_graph", graph)

    assert (0, "") == (status, err)
    assert "2 nodes and 1 channels from 'graph.json.gz' (describegraph)" in out
    assert "left out: 1 broken channel" in out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_people_read_whose_map_it_is_taken_for_and_how_to_say_otherwise(graph) -> None:
    taken, chosen = run("import_graph", graph)[1], run("import_graph", graph, "--chain", "signet")[1]

    assert "taken for a map of mainnet, because the file does not say: if it is another chain's, import it again with --chain" in taken
    assert "a map of signet, as you say" in chosen
    assert Network.SIGNET.chain_hash == imported_map().origin.chain_hash


def test_programs_read_json(graph) -> None:
    answer = json.loads(run("import_graph", graph, "--as", node("bob").hex(), "--json")[1])

    assert {
        "nodes": 2,
        "channels": 1,
        "directions": 2,
        "disabled": 1,
        "viewpoint": node("bob").hex(),
        "chain_by": "default",
    }.items() <= answer.items()


def test_a_refusal_is_a_sentence_and_status_1(graph, tmp_path) -> None:
    run("import_graph", graph)
    broken = tmp_path / "broken"
    broken.write_bytes(SMALL[:-5])

    status, out, err = run("import_graph", str(broken))

    assert (1, "") == (status, out)
    assert err.startswith("The file breaks off after ")
    assert imported_map() is not None


def test_on_a_terminal_a_bar_fills(graph) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    err = Terminal()
    call_command("import_graph", graph, stdout=io.StringIO(), stderr=err)

    assert "  0 % reading" in err.getvalue()
    assert "█" * 30 + " 100 % done" in err.getvalue()


def test_mainnet_of_2023_is_imported(tmp_path, settings) -> None:
    settings.LNWEB_STATE_DIR = tmp_path
    answer = json.loads(run("import_graph", str(graph_file("mainnet-2023-10-19.describegraph.json.gz")), "--json")[1])

    assert (15_117, 69_455, "ACINQ") == (answer["nodes"], answer["channels"], answer["viewpoint_name"])
    assert 69_455 == imported_map().snapshot.channel_count
