"""
How the engine would begin a payment now: every look that it takes before it sends, by the same functions, and then nothing.

The rows say what the engine's memory says: channels, gossip, lessons and height are written in the commit of the turn that changed them.
"""

from __future__ import annotations

import time

from payments.lightning.events import RouteDecided
from payments.lightning.ids import PaymentId
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.manager.deciding import Beginning, decide_route, look_before
from payments.lightning.payment.outbound import OutboundPayment, Retry
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.route import Route
from payments.queries.network import height
from payments.queries.viewpoints import own_viewpoint


def beginning_of(
    invoice_text: str, payment_id: PaymentId, *, amount_msat: int, fee_limit_msat: int, chosen: Route | None
) -> Beginning | None:
    """
    What the engine would do with an order to pay; None before it has run for the first time.

    chosen    the route of the first try, as somebody has chosen it
    """
    own, tip = own_viewpoint(), height()
    if own is None or tip is None:
        return None
    invoice = decode(invoice_text)
    wish = RouteParameters.from_invoice(invoice, amount_msat=amount_msat, max_total_routing_fee_msat=fee_limit_msat)
    payment = OutboundPayment.for_invoice(invoice, payment_id, params=wish, retry=Retry(max_attempts=1))

    def decide(payment: OutboundPayment, params: RouteParameters, chosen: Route | None) -> RouteDecided:
        question = own.question(params, shadow_seed=payment.payment_hash)
        return decide_route((payment.payment_id, payment.payment_hash), question, own.router, chosen=chosen)

    return look_before(payment, decide, chosen=chosen, height=tip, now_ms=time.time_ns() // 1_000_000)
