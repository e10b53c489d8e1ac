"""
The open page: a message in the channel layer becomes a new picture of the same partial.

A consumer joins its groups, and whenever something changed it asks the queries again and pushes what a reload would show. It decides
nothing and writes no markup. The first thing after connecting is a whole snapshot, because nothing that happened while the socket was down
is replayed. Strangers and unknown ids are refused before the handshake.
"""

from __future__ import annotations

from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.template.loader import render_to_string

from payments.queries.payments import payment_page
from payments.queries.probes import route_test
from payments.queries.shops import shop_invoice

NOT_SIGNED_IN = 4401
NOT_FOUND = 4404
BALANCE_GROUP = "balance"
FAULTS_GROUP = "faults"
"""Every page joins it; what it shows of it, if anything, the template decides by the person."""


class LivePage(AsyncWebsocketConsumer):
    """A page that shows the balance, to operators what goes wrong on purpose, and, in its children, one thing more."""

    groups_joined: tuple[str, ...] = ()
    banner = ""
    """As it was sent last: it is sent again only when it differs, for a screen reader reads aloud what is put in."""

    async def connect(self) -> None:
        """Let in who is signed in and asks for something that exists; send what a reload would show."""
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            await self.close(code=NOT_SIGNED_IN)
            return
        self.groups_joined = (BALANCE_GROUP, FAULTS_GROUP, *self.more_groups())
        for group in self.groups_joined:  # before the snapshot, so that no change falls between the two
            await self.channel_layer.group_add(group, self.channel_name)
        news = await database_sync_to_async(self._news)()
        if news is None:
            await self.close(code=NOT_FOUND)
            return
        await self.accept()
        await self.send(text_data=news)

    async def disconnect(self, code: int) -> None:
        """Leave the groups."""
        for group in self.groups_joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Pages have nothing to say here: forms are posted, where they are checked."""

    async def changed(self, event: dict[str, Any]) -> None:
        """Something that this page shows is different now."""
        news = await database_sync_to_async(self._news)()
        if news is not None:
            await self.send(text_data=news)

    def _news(self) -> str | None:
        """The snapshot, and the banner when it is another than before."""
        snapshot = self.snapshot()
        banner = render_to_string("payments/live/faults.html", {"user": self.scope["user"]}).strip()
        if snapshot is None or banner == self.banner:
            return snapshot
        self.banner = banner
        return snapshot + banner

    def more_groups(self) -> tuple[str, ...]:
        """The groups of the thing that this page is about."""
        return ()

    def snapshot(self) -> str | None:
        """What a reload would show, as swaps; None when there is no such thing."""
        return render_to_string("payments/live/balance.html")


class PaymentPage(LivePage):
    """The page of one payment."""

    def more_groups(self) -> tuple[str, ...]:
        """Its payment's group."""
        return (f"payment.{self.scope['url_route']['kwargs']['payment_id']}",)

    def snapshot(self) -> str | None:
        """The payment and the balance."""
        payment = payment_page(self.scope["url_route"]["kwargs"]["payment_id"])
        return None if payment is None else render_to_string("payments/live/payment.html", {"payment": payment})


class ShopInvoicePage(LivePage):
    """The page that waits for a shop's invoice."""

    def more_groups(self) -> tuple[str, ...]:
        """Its request's group."""
        return (f"invoice.{self.scope['url_route']['kwargs']['request_id']}",)

    def snapshot(self) -> str | None:
        """The invoice, or that it is still awaited, and the balance."""
        asked = shop_invoice(self.scope["url_route"]["kwargs"]["request_id"])
        return None if asked is None else render_to_string("payments/live/invoice.html", {"asked": asked})


class RouteTestPage(LivePage):
    """The place on a page that waits for the answers of a test."""

    def more_groups(self) -> tuple[str, ...]:
        """Its test's group."""
        return (f"probe.{self.scope['url_route']['kwargs']['request_id']}",)

    def snapshot(self) -> str | None:
        """How far the test got, and the balance."""
        test = route_test(self.scope["url_route"]["kwargs"]["request_id"])
        return None if test is None else render_to_string("payments/live/probe.html", {"test": test})
