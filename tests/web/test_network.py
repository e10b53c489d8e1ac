"""The Network pages over real maps: our node's own from the database, an imported one from its file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client

from payments.lightning.ids import NodeId
from payments.queries.imported_map import map_path
from payments.services.import_map import import_map
from tests.graphs import node
from tests.mainnet import graph_file
from tests.people import make_owner
from tests.unit.lightning.graph.formats.samples import describegraph, lnd_edge, lnd_node, lnd_policy
from tests.unit.queries.small_world import build
from tests.unit.services.wallet import NEXT_SCID, RELAY, SHOP
from tests.web.markup import Element, parse

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\u202egnp.exe"
NOW_S = 1_790_000_000
FRAME = 7
"""Statements of every page: the session, its person, accounts, balance, what waits for approval, and the second factor (two)."""
ACINQ = "03864ef025fde8fb587d989186ce6a4a186895ee44a926bfc370e2c366597a3f8f"


def edge(number: int, one: str, two: str, **changes: Any) -> dict[str, Any]:
    first, second = sorted((one, two), key=node)
    return lnd_edge(channel_id=number << 40, node1_pub=node(first).hex(), node2_pub=node(second).hex(), **changes)


@pytest.fixture
def ada(client: Client, tmp_path, settings) -> Client:
    """Signed in, with the small network behind the pages and an empty state folder."""
    settings.LNWEB_STATE_DIR = tmp_path
    build()
    client.force_login(make_owner("ada"))
    return client


@pytest.fixture
def imported(ada: Client, tmp_path) -> Client:
    """And with an imported map: a hub with a hostile name and thirty channels, one of them with carol, who says nothing."""
    edges = [edge(number, "hub", f"leaf {number}", capacity=1_000_000 + number) for number in range(30)]
    edges.append(edge(40, "hub", "carol", capacity=5, node1_policy=None, node2_policy=lnd_policy(disabled=True)))
    path = tmp_path / "map of bob.json"
    path.write_bytes(describegraph(*edges, nodes=[lnd_node("hub", alias=HOSTILE), lnd_node("leaf 3", alias="Leaf & Sons")]))
    import_map(path, now_s=NOW_S)
    return ada


def words(element: Element) -> str:
    return " ".join(element.text.split())


def page(client: Client, address: str) -> Element:
    answer = client.get(address)
    assert 200 == answer.status_code
    return parse(answer.content)


def rows(tree: Element) -> list[str]:
    return [words(row) for row in tree.one("tbody").all("tr")]


def facts(tree: Element) -> dict[str, str]:
    pairs = tree.one("dl", class_="facts").all("div")
    return {words(pair.one("dt")): words(pair.one("dd")) for pair in pairs}


def test_our_own_map_is_shown_with_its_size(ada: Client) -> None:
    tree = page(ada, "/network/")

    assert {"Nodes": "2", "Channels": "1", "Open directions": "2 of 2"}.items() <= facts(tree).items()
    assert [] == tree.all("nav", class_="maps"), "there is no other map to choose"


def test_nodes_of_the_sandbox_have_the_names_that_pages_call_them(ada: Client) -> None:
    assert ["Coffee", "Relay"] == sorted(link.text for link in page(ada, "/network/").one("tbody").all("a"))


def test_a_node_of_our_map_shows_its_channels(ada: Client) -> None:
    tree = page(ada, f"/network/{RELAY.hex()}/")

    (row,) = rows(tree)
    assert row.startswith("Coffee")
    assert f"/network/{SHOP.hex()}/" == tree.one("tbody").one("a").attributes["href"]
    assert NEXT_SCID >> 40 == int(tree.one("tbody").one("code").text.split("x")[0])


def test_the_imported_map_says_where_it_came_from_and_how_old_it_is(imported: Client) -> None:
    tree = page(imported, "/network/?map=imported")

    assert "From map of bob.json, imported 21 Sep 2026, seen from <script>" in words(tree.one("p", class_="lead"))
    assert {"Nodes": "32", "Channels": "31", "Newest update": "14 Nov 2023 3 years ago"}.items() <= facts(tree).items()
    assert ["Own map", "Imported map"] == [link.text for link in tree.one("nav", class_="maps").all("a")]


def test_both_maps_can_be_reached_from_each_other(imported: Client) -> None:
    for address, current in (("/network/", "Own map"), ("/network/?map=imported", "Imported map")):
        assert current == page(imported, address).one("nav", class_="maps").one("a", aria_current="true").text


@pytest.mark.parametrize(
    ("text", "first", "count"),
    [("leaf & sons", "Leaf & Sons", 1), ("SONS", "Leaf & Sons", 1), ("gnp.exe", "<script>", 1), ("", "<script>", 25)],
)
def test_a_node_is_found_by_name(imported: Client, text: str, first: str, count: int) -> None:
    found = rows(page(imported, f"/network/?map=imported&q={text.replace('&', '%26')}"))

    assert count == len(found)
    assert found[0].startswith(first)


def test_a_node_is_found_by_how_its_key_begins(imported: Client) -> None:
    tree = page(imported, f"/network/?map=imported&q={node('carol').hex()[:14]}")

    assert f"/network/{node('carol').hex()}/?map=imported" == tree.one("tbody").one("a").attributes["href"]
    assert ["No name"] == [link.text for link in tree.one("tbody").all("a")]


@pytest.mark.parametrize("text", ["nobody", "%00", "%F0%9F", "a" * 5_000, "%3Cscript%3E1", "{{7*7}}"])
def test_whatever_is_looked_for_the_page_stands(imported: Client, text: str) -> None:
    tree = page(imported, f"/network/?map=imported&q={text}")

    assert "No node on this map is called so" in tree.one("section", id="found").text


def test_a_nodes_channels_come_in_pages_the_largest_first(imported: Client) -> None:
    first, last = (page(imported, f"/network/{node('hub').hex()}/?map=imported&page={number}") for number in (1, 99))

    assert (25, 6) == (len(rows(first)), len(rows(last)))
    assert "1,000,029 sat" in rows(first)[0]
    assert "Page 2 of 2" in words(last.one("nav", class_="pages"))
    assert "?map=imported&page=1" == last.one("a", rel="prev").attributes["href"]


def test_a_policy_is_told_with_its_limits_and_one_that_was_not_said_is_not_made_up(imported: Client) -> None:
    row = rows(page(imported, f"/network/{node('carol').hex()}/?map=imported"))[0]

    assert "0.001 sat + 250 ppm" in row
    assert "switched off" in row
    assert "40 blocks · 1 to 990,000 sat" in row
    assert "not said" in row


def test_each_end_asks_what_it_said(imported: Client) -> None:
    for name, other in (("hub", "leaf 3"), ("leaf 3", "hub")):
        tree = page(imported, f"/network/{node(name).hex()}/?map=imported&page=2")
        row = next(row for row in tree.one("tbody").all("tr") if "1,000,003" in row.text or name == "leaf 3")
        asks = "0.001 sat" if node(name) < node(other) else "0.002 sat"
        assert asks in words(row.one("td", class_="row-ours"))
        assert asks not in words(row.one("td", class_="row-theirs"))


@pytest.mark.parametrize("address", ["/network/?map=imported", "/network/?map=imported&q=gnp", "NODE?map=imported"])
def test_names_cannot_turn_the_page_or_run_in_it(imported: Client, address: str) -> None:
    html = imported.get(address.replace("NODE", f"/network/{node('hub').hex()}/")).content.decode()

    assert "⟨U+202E⟩gnp.exe" in html
    assert "\u202e" not in html
    assert "<script>alert" not in html


@pytest.mark.parametrize("key", ["02" + "ab" * 32, "04" + "ab" * 32, "02", "x"])
def test_a_node_that_is_not_on_the_map_is_not_found(imported: Client, key: str) -> None:
    assert 404 == imported.get(f"/network/{key}/?map=imported").status_code


def test_without_an_imported_map_its_address_shows_our_own(ada: Client) -> None:
    assert "2" == facts(page(ada, "/network/?map=imported"))["Nodes"]
    assert 404 == ada.get(f"/network/{RELAY.hex()}/?map=imported").status_code


def test_a_damaged_map_is_said_and_our_own_is_shown(imported: Client) -> None:
    map_path().write_bytes(map_path().read_bytes()[:-7])
    tree = page(imported, "/network/?map=imported")

    assert words(tree.one("div", class_="refusal")).startswith("The file breaks off")
    assert "2" == facts(tree)["Nodes"]
    assert 404 == imported.get(f"/network/{node('hub').hex()}/?map=imported").status_code


@pytest.mark.parametrize("address", ["/network/?map=imported", "/network/?map=imported&q=leaf", "NODE?map=imported"])
def test_pages_of_an_imported_map_ask_the_database_nothing(
    imported: Client, address: str, django_assert_num_queries: Callable[..., AbstractContextManager[Any]]
) -> None:
    place = address.replace("NODE", f"/network/{node('hub').hex()}/")
    imported.get(place)
    with django_assert_num_queries(FRAME):
        imported.get(place)


def test_mainnets_hub_is_a_page_like_any_other(ada: Client) -> None:
    import_map(graph_file("mainnet-2023-10-19.describegraph.json.gz"), now_s=NOW_S)
    hub = page(ada, f"/network/{ACINQ}/?map=imported")

    assert "3,115" == facts(hub)["Channels"]
    assert "Page 1 of 125" in words(hub.one("nav", class_="pages"))
    assert rows(page(ada, "/network/?map=imported&q=acinq"))[0].startswith("ACINQ")
    assert NodeId(bytes.fromhex(ACINQ)).hex()[:8] in rows(page(ada, "/network/?map=imported"))[0]
