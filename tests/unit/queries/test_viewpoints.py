"""From our own node whatever it knows a way to, and from the imported map what only that knows: to look at, never to send."""

from __future__ import annotations

import pytest

from payments.lightning.invoice.errors import WrongNetwork
from payments.lightning.invoice.network import Network
from payments.lightning.routing.finder import ReadableFinder
from payments.models import NodeRecord
from payments.queries import viewpoints
from payments.queries.imported_map import map_path
from payments.queries.preview import preview_payment
from payments.queries.viewpoints import imported_viewpoint
from payments.services.pay_invoice import pay_invoice
from tests.graphs import channel, node
from tests.unit.queries.imported_world import FAR_LINE, invoice_of, write_map
from tests.unit.queries.small_world import build
from tests.unit.services.wallet import ID, RELAY, make_invoice, refused

pytestmark = pytest.mark.django_db
NOBODY_KNOWS = "The recipient is not on our map of the network"


@pytest.fixture(autouse=True)
def small_world(tmp_path, settings):
    settings.LNWEB_STATE_DIR = tmp_path
    build()


def test_who_is_on_our_own_map_is_paid_from_our_own_node() -> None:
    write_map(*FAR_LINE)
    preview = preview_payment(make_invoice())
    assert ("", ["Relay", "Coffee"]) == (preview.rehearses, [hop.name for hop in preview.routes[0].paths[0].hops])


def test_who_is_on_the_imported_map_alone_is_rehearsed_there() -> None:
    write_map(*FAR_LINE)
    preview = preview_payment(invoice_of("far"))
    assert node("hub").hex() == preview.rehearses, "a node without a name is its key"
    assert [node("middle").hex(), node("far").hex()] == [hop.node_id for hop in preview.routes[0].paths[0].hops]


def test_a_hint_through_the_imported_map_is_followed_there() -> None:
    write_map(*FAR_LINE)
    preview = preview_payment(invoice_of("hidden", through=(node("far"),)))
    assert [node(name).hex() for name in ("middle", "far", "hidden")] == [hop.node_id for hop in preview.routes[0].paths[0].hops]
    assert preview.rehearses


def test_a_hint_through_a_node_that_we_know_is_followed_from_our_own_node() -> None:
    write_map(*FAR_LINE, channel("hub", "hidden"))
    preview = preview_payment(invoice_of("hidden", through=(node("far"), RELAY)))
    assert ("", [RELAY.hex(), node("hidden").hex()]) == (preview.rehearses, [hop.node_id for hop in preview.routes[0].paths[0].hops])


def test_what_nobody_knows_a_way_to_is_our_own_nodes_matter() -> None:
    write_map(*FAR_LINE)
    preview = preview_payment(invoice_of("stranger", through=(node("other stranger"),)))
    assert ("", ()) == (preview.rehearses, preview.routes)
    assert preview.no_route


def test_before_our_node_has_started_a_rehearsal_is_possible() -> None:
    NodeRecord.objects.all().delete()
    write_map(*FAR_LINE)
    assert preview_payment(invoice_of("far")).routes


def test_a_map_of_another_network_makes_its_invoices_readable_and_not_payable() -> None:
    write_map(*FAR_LINE, chain_hash=Network.MAINNET.chain_hash)
    text = invoice_of("far", network=Network.MAINNET)
    preview = preview_payment(text)
    assert preview.rehearses
    assert preview.routes
    refused(WrongNetwork, pay_invoice, text, payment_id=ID, route_token=preview.routes[0].token)


def test_another_networks_invoice_is_never_looked_at_from_our_own_node() -> None:
    write_map(*FAR_LINE, chain_hash=Network.MAINNET.chain_hash)
    preview = preview_payment(make_invoice(network=Network.MAINNET))
    assert (node("hub").hex(), ()) == (preview.rehearses, preview.routes), "our own map knows the shop, and must not be asked"
    assert preview.no_route.startswith(NOBODY_KNOWS)


@pytest.mark.parametrize("chain_hash", [None, Network.TESTNET.chain_hash], ids=["says nothing", "another"])
def test_a_map_that_is_not_of_an_invoices_network_does_not_make_it_readable(chain_hash: bytes | None) -> None:
    write_map(*FAR_LINE, chain_hash=chain_hash)
    refused(WrongNetwork, preview_payment, invoice_of("far", network=Network.MAINNET))


def test_without_a_map_another_networks_invoice_is_refused() -> None:
    refused(WrongNetwork, preview_payment, invoice_of("far", network=Network.MAINNET))


def test_a_damaged_map_is_as_good_as_none() -> None:
    write_map(*FAR_LINE, chain_hash=Network.MAINNET.chain_hash)
    data = bytearray(map_path().read_bytes())
    data[-1] ^= 1
    map_path().write_bytes(data)
    refused(WrongNetwork, preview_payment, invoice_of("far", network=Network.MAINNET))
    assert preview_payment(invoice_of("far")).no_route.startswith(NOBODY_KNOWS)


def test_a_new_map_is_seen_at_once() -> None:
    write_map(*FAR_LINE)
    assert 2 == len(preview_payment(invoice_of("far")).routes[0].paths[0].hops)
    map_path().unlink()
    write_map(channel("hub", "far"))
    assert 1 == len(preview_payment(invoice_of("far")).routes[0].paths[0].hops)


def test_a_strangers_closed_channel_is_not_rehearsed_with() -> None:
    write_map(channel("hub", "far", is_disabled=True), *FAR_LINE)
    assert 2 == len(preview_payment(invoice_of("far")).routes[0].paths[0].hops)


def test_the_channels_of_the_imported_maps_viewpoint_are_laid_out_before_anybody_asks(monkeypatch) -> None:
    asked = []

    class Spy(ReadableFinder):
        def cheapest(self, terrain, task, **wish):
            asked.append((terrain.payee, list(terrain.hinted())))
            return super().cheapest(terrain, task, **wish)

    monkeypatch.setattr(viewpoints, "finder_for", lambda _graph, scorer: Spy(scorer))
    write_map(*FAR_LINE)
    imported_viewpoint()
    imported_viewpoint()

    assert [(node("middle"), [])] == asked, "once, and about somebody whom the map knows: what that lays out is kept"
