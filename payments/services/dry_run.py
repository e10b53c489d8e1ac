"""
Everything that paying would do before the first HTLC leaves, and then nothing: what would be sent, or the refusal that sending would meet.

The payment is really begun, by the code that begins payments, in a transaction that is always rolled back; then the engine's own look at
its order is taken. No bell rings, because bells ring after commits.
"""

from __future__ import annotations

import secrets

from django.db import transaction
from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.events import PaymentFailureReason
from payments.lightning.manager.deciding import Beginning
from payments.lightning.payment.status import PaymentStatus
from payments.models import EngineCommand
from payments.nodes.commands import PayInvoice, decode_command
from payments.queries.beginning import beginning_of
from payments.queries.network import names_of
from payments.queries.paths import planned_path
from payments.queries.shapes import PathShape
from payments.queries.spending import THE_HOUSE, Payer
from payments.queries.wording import sentence_for_no_route, words_for
from payments.services.pay_invoice import pay_invoice

_PAYMENT_ID_BYTES = 32
_NOT_STARTED = "The payment would wait: our node has not started yet."
_EXISTING = "Nothing new would be sent: this invoice has a payment already."
_WOULD_SEND = "This would be sent now. Nothing was."


class DryRun(Struct, frozen=True, kw_only=True):
    """
    What sending would come to.

    existing_payment_id    of the payment that this invoice has already; nothing new is begun for it
    reason                 why the engine would not begin it, as PaymentRecord.reason would say; empty when it would
    paths                  what would be sent; empty when nothing
    """

    sentence: str
    amount_msat: int | None = None
    fee_limit_msat: int | None = None
    existing_payment_id: str | None = None
    reason: str = ""
    fee_msat: int | None = None
    total_cltv_expiry_delta: int | None = None
    paths: tuple[PathShape, ...] = ()

    @property
    def would_send(self) -> bool:
        """Whether something would leave."""
        return bool(self.paths)


def dry_run(
    text: str, *, amount_msat: int | None = None, fee_limit_msat: int | None = None, payer: Payer = THE_HOUSE, route_token: str = ""
) -> DryRun:
    """
    Pay without paying. The arguments are those of `pay_invoice`, and so are the refusals.

    raises   InvoiceError's leaves, TermsError's leaves, BalanceTooSmall
    """
    payment_id = secrets.token_hex(_PAYMENT_ID_BYTES)
    with transaction.atomic():
        limits = {"amount_msat": amount_msat, "fee_limit_msat": fee_limit_msat}
        begun = pay_invoice(text, payment_id=payment_id, **limits, payer=payer, route_token=route_token)
        order = None if begun != payment_id else _order(payment_id)
        transaction.set_rollback(True)
    if order is None:
        return DryRun(sentence=_EXISTING, existing_payment_id=begun)
    beginning = beginning_of(
        order.invoice, order.payment_id, amount_msat=order.amount_msat, fee_limit_msat=order.fee_limit_msat, chosen=order.route
    )
    return _told(order, beginning)


def _order(payment_id: str) -> PayInvoice:
    """What the engine would be given."""
    arguments = EngineCommand.objects.values_list("arguments", flat=True).get(idempotency_key=f"pay:{payment_id}")
    order = decode_command(arguments)
    assert isinstance(order, PayInvoice), "its key says so"
    return order


def _told(order: PayInvoice, beginning: Beginning | None) -> DryRun:
    found = DryRun(sentence=_NOT_STARTED, amount_msat=order.amount_msat, fee_limit_msat=order.fee_limit_msat)
    if beginning is None:
        return found
    if (route := beginning.route) is None:
        assert beginning.refusal is not None, "either a route or a refusal"
        reason = beginning.refusal.reason
        assert reason is not None, "duplicates were sorted out before"
        return replace(found, sentence=_why_not(beginning, reason), reason=reason)
    names = names_of(hop.node_id.hex() for path in route.paths for hop in path.hops)
    return replace(
        found,
        sentence=_WOULD_SEND,
        fee_msat=route.total_fees_msat,
        total_cltv_expiry_delta=route.total_cltv_expiry_delta,
        paths=tuple(planned_path(path, names=names) for path in route.paths),
    )


def _why_not(beginning: Beginning, reason: PaymentFailureReason) -> str:
    """What the payment's page would say, and which limit is in the way when it is one."""
    words = words_for(PaymentStatus.FAILED, reason=reason)
    no_route = None if beginning.decided is None else beginning.decided.no_route
    said = f"{words.headline} {words.explanation}"
    return said if no_route is None else f"{said} {sentence_for_no_route(no_route)}"
