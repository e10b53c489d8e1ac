"""
Begin a payment: set its money aside, ask the account's rules, write it down and hand it to the engine, all in the caller's transaction.

Whoever pays at once and whoever approves what somebody else asked for come through here, so no payment begins without the same questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from payments.ledger.entries import hold_entry
from payments.lightning.invoice.invoice import Invoice
from payments.models import PaymentRecord
from payments.models.audit import AuditAction, SubjectKind
from payments.nodes.commands import PayInvoice, SettleInside
from payments.queries.incoming import own_invoice
from payments.queries.rates import rate_id_now
from payments.queries.spending import Payer
from payments.services.book_entry import Booking, book_entry
from payments.services.command_engine import command_engine
from payments.services.errors import PaysItself
from payments.services.note_audit import note_audit
from payments.services.note_change import balance_group, note_change, payment_group
from payments.services.spending_policy import check_spending

_NUL_PICTURE = "␀"
"""PostgreSQL stores no NUL; the invoice's own text keeps what was really said."""


def begin_payment(order: PayInvoice, invoice: Invoice, payer: Payer, *, approval: Mapping[str, object] | None = None) -> None:
    """
    Begin it. Only inside a transaction, which must be rolled back when this refuses.

    An invoice of another account of this node is settled inside; what was set aside for fees comes back then.

    approval    what the audit log says of the approval that this payment comes of; None: it comes of none

    raises   BalanceTooSmall, PaysItself, AccountClosed, SpendingRefused's leaves, IntegrityError when the invoice has a payment already
    """
    payment_id = order.payment_id.hex()
    hold = hold_entry(order.payment_id, owner_id=payer.account_id, amount_msat=order.amount_msat, fee_limit_msat=order.fee_limit_msat)
    # The balance first: it is the row where parallel payments wait for each other, and behind it limits can be counted.
    book_entry(Booking(entry=hold, payment_id=payment_id))
    check_spending(payer, total_msat=order.amount_msat + order.fee_limit_msat, is_approved=approval is not None)
    PaymentRecord.objects.create(
        payment_id=payment_id,
        account_id=payer.account_id,
        payment_hash=invoice.payment_hash.hex(),
        invoice=invoice.text,
        payee=invoice.payee.hex(),
        description=storable_description(invoice),
        amount_msat=order.amount_msat,
        fee_limit_msat=order.fee_limit_msat,
        created_by_id=payer.user_id,
        created_by_key_id=payer.api_key_id,
        expires_at=expiry_of(invoice),
        rate_id=rate_id_now(payer.account_id),
    )
    command_engine(_way_of(order, invoice, payer))
    said = {"amount_msat": order.amount_msat, "fee_limit_msat": order.fee_limit_msat, "payment_hash": invoice.payment_hash.hex()}
    action = AuditAction.PAYMENT_BEGUN if approval is None else AuditAction.PAYMENT_APPROVED
    note_audit(action, SubjectKind.PAYMENT, payment_id, after={**said, **(approval or {})})
    note_change(payment_group(payment_id), balance_group(payer.account_id))


def _way_of(order: PayInvoice, invoice: Invoice, payer: Payer) -> PayInvoice | SettleInside:
    """Over the network, or inside this node."""
    asked = own_invoice(invoice.payment_hash.hex())
    if asked is None:
        return order
    if asked.account_id == payer.account_id:
        raise PaysItself
    return SettleInside(payment_id=order.payment_id, payment_hash=invoice.payment_hash, amount_msat=order.amount_msat)


def storable_description(invoice: Invoice) -> str:
    """The recipient's words as every database can hold them; empty when there are none."""
    return (invoice.description or "").replace("\0", _NUL_PICTURE)


def expiry_of(invoice: Invoice) -> datetime:
    """When the invoice cannot be paid any more."""
    return datetime.fromtimestamp(invoice.expires_at_s, tz=UTC)
