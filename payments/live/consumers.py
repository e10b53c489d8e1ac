"""
The open page: a message in the channel layer becomes a new picture of the same partial.

A consumer joins its groups, and whenever something changed it asks the queries again and pushes what a reload would show. It decides
nothing and writes no markup. The first thing after connecting is a whole snapshot, because nothing that happened while the socket was down
is replayed. Strangers are refused before the handshake, and so is what does not exist for the person who asks. Whether they still belong to
the account is asked again before every push: who was removed meanwhile hears nothing more.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.template.loader import render_to_string

from payments.access.roles import Permission
from payments.live.standing import Standing, standing_of
from payments.queries.account_shapes import AccountShape
from payments.queries.payments import payment_page
from payments.queries.probes import route_test
from payments.queries.shops import shop_invoice
from payments.services.note_change import FAULTS, approvals_group, balance_group, invoice_group, payment_group, person_group, probe_group

NOT_SIGNED_IN = 4401
NOT_ALLOWED_ANY_MORE = 4403
NOT_FOUND = 4404


class LivePage(AsyncWebsocketConsumer):
    """A page that shows an account's balance, to operators what goes wrong on purpose, and, in its children, one thing more."""

    groups_joined: tuple[str, ...] = ()
    account: AccountShape | None = None
    """The account whose page it is; None for people who belong to none."""
    banner = ""
    """As it was sent last: it is sent again only when it differs, for a screen reader reads aloud what is put in."""

    async def connect(self) -> None:
        """Let in who is signed in and asks for something that exists; send what a reload would show."""
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            await self.close(code=NOT_SIGNED_IN)
            return
        if not await database_sync_to_async(self._take_place)():
            await self.close(code=NOT_FOUND)
            return
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
        """Something that this page shows is different now, or what its visitor may see is."""
        news = await database_sync_to_async(self._news)()
        if news is None:
            await self.close(code=NOT_ALLOWED_ANY_MORE)
        else:
            await self.send(text_data=news)

    def _take_place(self) -> bool:
        """Find the account and the groups; whether there is a page for this person at all."""
        standing = standing_of(self.scope["user"])
        if standing is None:
            return False
        try:
            self.account = self.find_account(standing)
        except LookupError:
            return False
        account = self.account
        sees = [balance_group(account.id), approvals_group(account.id)] if account is not None and account.sees_money else []
        self.groups_joined = (person_group(self.scope["user"].pk), FAULTS, *sees, *self.more_groups())
        return True

    def _news(self) -> str | None:
        """The snapshot, and the banner when it is another than before; None when there is nothing for this person here any more."""
        standing = standing_of(self.scope["user"])
        if standing is None or self.account not in (None, *standing.accounts):
            return None
        snapshot = self.snapshot(standing)
        banner = render_to_string("payments/live/faults.html", {"user": standing.user}).strip()
        if snapshot is None or banner == self.banner:
            return snapshot
        self.banner = banner
        return snapshot + banner

    def find_account(self, standing: Standing) -> AccountShape | None:
        """
        The account that the page is about: the one that it names, or else the one that its visitor works in.

        raises   LookupError: it is about something that does not exist for this person
        """
        (slug,) = parse_qs(self.scope.get("query_string", b"").decode("ascii", "replace")).get("account", [""])[-1:]
        return standing.named(slug) if slug else standing.chosen(self.scope.get("session") or {})

    def more_groups(self) -> tuple[str, ...]:
        """The groups of the thing that this page is about."""
        return ()

    def snapshot(self, standing: Standing) -> str | None:
        """What a reload would show, as swaps; None when there is no such thing."""
        del standing
        return self.render("balance")

    def render(self, name: str, **shown: object) -> str:
        """A fragment for this person, with the balance of the page's account, and what waits for them there, below it."""
        return render_to_string(f"payments/live/{name}.html", {"account": self.account, "user": self.scope["user"], **shown})

    def named(self, name: str) -> str:
        """A part of the address."""
        return str(self.scope["url_route"]["kwargs"][name])


class PaymentPage(LivePage):
    """The page of one payment, which is about the account that pays it."""

    def find_account(self, standing: Standing) -> AccountShape | None:
        """The payment's."""
        payment = payment_page(self.named("payment_id"), standing.ids_with(Permission.SEE_MONEY))
        if payment is None:
            raise LookupError
        return standing.numbered(payment.account_id)

    def more_groups(self) -> tuple[str, ...]:
        """Its payment's group."""
        return (payment_group(self.named("payment_id")),)

    def snapshot(self, standing: Standing) -> str | None:
        """The payment and the balance."""
        payment = payment_page(self.named("payment_id"), standing.ids_with(Permission.SEE_MONEY))
        return None if payment is None else self.render("payment", payment=payment)


class ShopInvoicePage(LivePage):
    """The page that waits for a shop's invoice."""

    def more_groups(self) -> tuple[str, ...]:
        """Its request's group."""
        return (invoice_group(self.named("request_id")),)

    def snapshot(self, standing: Standing) -> str | None:
        """The invoice, or that it is still awaited, and the balance."""
        del standing
        asked = shop_invoice(self.named("request_id"))
        return None if asked is None else self.render("invoice", asked=asked)


class RouteTestPage(LivePage):
    """The place on a page that waits for the answers of a test."""

    def more_groups(self) -> tuple[str, ...]:
        """Its test's group."""
        return (probe_group(self.named("request_id")),)

    def snapshot(self, standing: Standing) -> str | None:
        """How far the test got, and the balance."""
        if not standing.ids_with(Permission.PAY):
            return None
        test = route_test(self.named("request_id"), user_id=standing.user.pk)
        return None if test is None else self.render("probe", test=test)
