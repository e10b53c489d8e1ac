"""Open pages of invoices: for the account's members, and for the customer who has the address and no name."""

from __future__ import annotations

from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.template.loader import render_to_string

from payments.access.roles import Permission
from payments.live.consumers import NOT_FOUND, LivePage
from payments.live.standing import Standing
from payments.queries.account_shapes import AccountShape
from payments.queries.incoming import incoming_page, public_invoice
from payments.services.note_change import incoming_group


class IncomingPage(LivePage):
    """The page of one invoice, which is about the account that asks."""

    def find_account(self, standing: Standing) -> AccountShape | None:
        """The invoice's."""
        found = incoming_page(self.named("request_id"), standing.ids_with(Permission.SEE_INCOMING))
        if found is None:
            raise LookupError
        return standing.numbered(found.account_id)

    def more_groups(self) -> tuple[str, ...]:
        """Its invoice's group."""
        return (incoming_group(self.named("request_id")),)

    def snapshot(self, standing: Standing) -> str | None:
        """The invoice and the balance."""
        found = incoming_page(self.named("request_id"), standing.ids_with(Permission.SEE_INCOMING))
        return None if found is None else self.render("incoming", asked=found)


class PayMePage(AsyncWebsocketConsumer):
    """The public page of one invoice. It tells nothing but what a reload of the page would."""

    group = ""

    async def connect(self) -> None:
        """Let in whoever asks for an invoice that exists."""
        request_id = str(self.scope["url_route"]["kwargs"]["request_id"])
        self.group = incoming_group(request_id)
        await self.channel_layer.group_add(self.group, self.channel_name)
        news = await database_sync_to_async(self._news)()
        if news is None:
            await self.close(code=NOT_FOUND)
            return
        await self.accept()
        await self.send(text_data=news)

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """The page has nothing to say here."""

    async def changed(self, event: dict[str, Any]) -> None:
        """The invoice is different now."""
        news = await database_sync_to_async(self._news)()
        if news is not None:
            await self.send(text_data=news)

    def _news(self) -> str | None:
        asked = public_invoice(str(self.scope["url_route"]["kwargs"]["request_id"]))
        return None if asked is None else render_to_string("payments/live/pay_me.html", {"asked": asked})
