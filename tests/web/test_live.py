"""The open page: what is pushed is what a reload shows, strangers hear nothing, and a reconnect catches up."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import Client

from payments.ledger.accounts import HOUSE_ID
from payments.live.urls import websocket_urlpatterns
from payments.queries.shapes import FaultShape
from tests.web import samples
from tests.web.conftest import Wallet

pytestmark = pytest.mark.django_db
PAYMENT_SOCKET = f"/ws/payments/{samples.PAYMENT_ID}/"
INVOICE_SOCKET = "/ws/invoices/r-1/"
SOCKETS = ["/ws/balance/", PAYMENT_SOCKET, INVOICE_SOCKET]


def _open(address: str, user: object) -> WebsocketCommunicator:
    communicator = WebsocketCommunicator(URLRouter(websocket_urlpatterns), address)
    communicator.scope["user"] = user
    return communicator


@pytest.fixture
async def sockets(wallet: Wallet) -> AsyncIterator[dict[str, WebsocketCommunicator]]:
    """One open socket of each kind, its first snapshot read."""
    ada = get_user_model()(pk=1, username="ada")
    opened = {address: _open(address, ada) for address in SOCKETS}
    for communicator in opened.values():
        assert (await communicator.connect())[0]
        await communicator.receive_from()
    yield opened
    for communicator in opened.values():
        await communicator.disconnect()


@pytest.mark.parametrize("status", ["checking", "sending", "held", "paid", "failed"])
def test_the_push_of_a_payment_is_the_fragment_of_its_page(visitor: Client, wallet: Wallet, status: str) -> None:
    wallet.payment = samples.payment(status)
    page = visitor.get(f"/payments/{samples.PAYMENT_ID}/").content.decode()
    pushed = visitor.get(f"/payments/{samples.PAYMENT_ID}/status/").content.decode()
    fragment = _pushed_inside(pushed, "payment")
    assert len(fragment) > 500
    assert fragment in page


@pytest.mark.parametrize("invoice", ["", samples.INVOICE_TEXT])
def test_the_push_of_an_invoice_is_the_fragment_of_its_page(visitor: Client, wallet: Wallet, invoice: str) -> None:
    wallet.shop_invoice = samples.shop_invoice(invoice=invoice)
    page = visitor.get("/shops/invoices/r-1/").content.decode()
    pushed = visitor.get("/shops/invoices/r-1/status/").content.decode()
    assert _pushed_inside(pushed, "invoice") in page


@pytest.mark.parametrize(
    ("socket", "template"), [(PAYMENT_SOCKET, "payments/live/payment.html"), (INVOICE_SOCKET, "payments/live/invoice.html")]
)
async def test_the_socket_says_what_the_poll_says(wallet: Wallet, socket: str, template: str) -> None:
    ada = get_user_model()(pk=1, username="ada")
    communicator = _open(socket, ada)
    await communicator.connect()
    pushed = await communicator.receive_from()
    await communicator.disconnect()
    shown = {"payment": wallet.payment, "asked": wallet.shop_invoice, "account": samples.account(), "user": ada}
    assert pushed == render_to_string(template, shown)


@pytest.mark.parametrize("address", SOCKETS)
async def test_strangers_are_refused(wallet: Wallet, address: str) -> None:
    connected, code = await _open(address, AnonymousUser()).connect()
    assert (False, 4401) == (connected, code)


@pytest.mark.parametrize("address", [PAYMENT_SOCKET, INVOICE_SOCKET])
async def test_unknown_things_are_refused(wallet: Wallet, address: str) -> None:
    wallet.payment = wallet.shop_invoice = None
    connected, code = await _open(address, get_user_model()(pk=1)).connect()
    assert (False, 4404) == (connected, code)


@pytest.mark.parametrize("address", SOCKETS)
async def test_a_connection_begins_with_all_there_is(wallet: Wallet, address: str) -> None:
    communicator = _open(address, get_user_model()(pk=1))
    await communicator.connect()
    snapshot = await communicator.receive_from()
    await communicator.disconnect()
    assert '<div id="balance" hx-swap-oob="innerHTML">' in snapshot


async def test_a_change_reaches_the_page_that_shows_it_and_no_other(wallet: Wallet, sockets: dict[str, WebsocketCommunicator]) -> None:
    wallet.payment = samples.payment("paid")
    await get_channel_layer().group_send(f"payment.{samples.PAYMENT_ID}", {"type": "changed"})
    assert samples.PREIMAGE in await sockets[PAYMENT_SOCKET].receive_from()
    assert await sockets["/ws/balance/"].receive_nothing()
    assert await sockets[INVOICE_SOCKET].receive_nothing()


async def test_a_new_balance_reaches_every_page(wallet: Wallet, sockets: dict[str, WebsocketCommunicator]) -> None:
    wallet.balance = samples.balance(available_msat=42_000)
    await get_channel_layer().group_send(f"balance.{HOUSE_ID}", {"type": "changed"})
    for communicator in sockets.values():
        assert '<span class="figure">42</span>' in await communicator.receive_from()


async def test_what_goes_wrong_on_purpose_is_pushed_to_operators_alone_and_only_when_it_is_new(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults: list[FaultShape] = []
    monkeypatch.setattr("payments.templatetags.sandbox.faults_on", lambda: faults)
    monkeypatch.setattr("payments.templatetags.sandbox.is_clearing", lambda: False)
    pages = {is_operator: _open("/ws/balance/", get_user_model()(pk=1, is_superuser=is_operator)) for is_operator in (True, False)}
    for is_operator, page in pages.items():
        await page.connect()
        assert is_operator == ('<aside id="faults" hx-swap-oob="innerHTML">' in await page.receive_from())
    faults.append(FaultShape(name="offline", node="canal", peer="", settings={}, sentence="Canal Street is offline."))
    for group, is_news in (("faults", True), (f"balance.{HOUSE_ID}", False)):
        await get_channel_layer().group_send(group, {"type": "changed"})
        assert is_news == ("Canal Street is offline." in await pages[True].receive_from())
        assert "Canal Street" not in await pages[False].receive_from()
    for page in pages.values():
        await page.disconnect()


async def test_what_a_page_says_is_ignored(wallet: Wallet, sockets: dict[str, WebsocketCommunicator]) -> None:
    await sockets["/ws/balance/"].send_to(text_data='{"type": "changed", "group": "payment.x"}')
    await sockets["/ws/balance/"].send_to(bytes_data=b"\xff" * 1_000)
    assert await sockets["/ws/balance/"].receive_nothing()


def _pushed_inside(pushed: str, element_id: str) -> str:
    """What a push puts into an element of the page; the balance comes after it."""
    inside = re.search(rf'<div id="{element_id}" hx-swap-oob="innerHTML">(.*)</div>\s*<div id="balance"', pushed, re.DOTALL)
    assert inside is not None
    return inside[1].strip()
