"""What a node of ours on a line is asked to do in stories: invoice, pay, and wait for what must come."""

from __future__ import annotations

import os

from payments.lightning.events import PaymentFailed, PaymentPathFailed, PaymentSent
from payments.lightning.ids import PaymentId
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.manager.receiving import InvoiceWish
from payments.lightning.payment.outbound import Retry
from payments.lightning.routing.parameters import RouteParameters
from tests.interop.wired_node import WiredNode, now_ms


class PeerNode(WiredNode):
    """One node with the verbs of the stories."""

    async def event(self, kind, since=0, **facts):
        """The first event of a class, from index `since` on, with these facts."""

        def look():
            matching = (
                event
                for event in self.events[since:]
                if isinstance(event, kind) and all(getattr(event, name) == value for name, value in facts.items())
            )
            return next(matching, None)

        return await self.bell.until(look, what=lambda: f"{kind.__name__} of {self.name}: {self.events[since:]}, {self.heard_complaints}")

    def invoice(self, amount_msat, description="coffee", expiry_s=3600):
        return self.do(
            lambda manager: manager.create_bolt11_invoice(InvoiceWish(amount_msat=amount_msat, description=description, expiry_s=expiry_s))
        )

    def begin(self, text, *, amount_msat=None, fee_limit_msat=10_000, change=lambda invoice: invoice, max_attempts=1):
        """Begin to pay; answers with the payment's id. A refusal to begin is an AssertionError."""
        invoice = change(decode(text))
        payment_id = PaymentId(os.urandom(32))
        params = RouteParameters.from_invoice(
            invoice, amount_msat=amount_msat or invoice.amount_msat, max_total_routing_fee_msat=fee_limit_msat
        )
        retry = Retry(max_attempts=max_attempts, until_ms=now_ms() + 60_000)
        refusal = self.do(lambda manager: manager.pay_for_bolt11_invoice(invoice, payment_id, params=params, retry=retry))
        assert refusal is None, refusal
        return payment_id

    async def outcome(self, payment_id):
        """The payment's PaymentSent or PaymentFailed."""

        def look():
            ends = [event for event in self.events if isinstance(event, PaymentSent | PaymentFailed) and event.payment_id == payment_id]
            assert len(ends) < 2, f"a payment ended twice: {ends}"
            return ends[0] if ends else None

        return await self.bell.until(look, what=lambda: f"the end of a payment of {self.name}; complaints: {self.heard_complaints}")

    async def pay(self, text, **wishes):
        return await self.outcome(self.begin(text, **wishes))

    def path_failures(self, payment_id):
        return [event for event in self.events if isinstance(event, PaymentPathFailed) and event.payment_id == payment_id]

    def channels(self):
        return [self.manager.channel(details.channel_id) for details in self.manager.list_channels()]

    async def usable(self, count=1):
        """Wait for so many channels over which something can be sent."""
        await self.bell.until(
            lambda: len(self.manager.list_usable_channels()) >= count,
            what=lambda: (
                f"{count} usable channels of {self.name}: {[(c.phase, c.connection) for c in self.channels()]}, "
                f"complaints: {self.heard_complaints}"
            ),
        )

    async def quiet(self):
        """Wait until no HTLC and no commitment is under way in the channels that live, and one does."""

        def look():
            living = [channel for channel in self.channels() if channel.phase.is_live]
            return living and all(
                channel.is_usable and not (channel.htlcs or channel.fee_updates or channel.awaiting_revocation) for channel in living
            )

        await self.bell.until(look, what=lambda: f"quiet channels of {self.name}: {self.channels()}, {self.heard_complaints}")
