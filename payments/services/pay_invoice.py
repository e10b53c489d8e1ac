"""
Pay an invoice: check it, set its money aside and hand it to the engine, all or nothing.

One commit holds the payment, its hold in the ledger and the engine's command, so a crash leaves either nothing or everything. The same
wish twice, from a double click or two windows, is one payment: the answer is always the id of the payment that there is.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django.db import IntegrityError, transaction
from msgspec import Struct

from payments.ledger.accounts import HOUSE_ID
from payments.ledger.entries import hold_entry
from payments.lightning.ids import PaymentId
from payments.lightning.invoice.invoice import Invoice
from payments.models import PaymentRecord
from payments.models.audit import AuditAction, SubjectKind
from payments.nodes.commands import PayInvoice
from payments.queries.chosen_routes import chosen_route
from payments.queries.errors import AmountMissing
from payments.queries.facts import living_payment_id
from payments.queries.terms import read_terms
from payments.services.book_entry import Booking, book_entry
from payments.services.command_engine import command_engine
from payments.services.errors import BalanceTooSmall, PaymentIdMalformed
from payments.services.note_audit import note_audit
from payments.services.note_change import BALANCE, note_change, payment_group

_PAYMENT_ID = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NUL_PICTURE = "␀"
"""PostgreSQL stores no NUL; the invoice's own text keeps what was really said."""


class Payer(Struct, frozen=True, kw_only=True):
    """Whose money it is, and who spends it: a person, a program, or, with neither, somebody at the command line."""

    account_id: int
    user_id: int | None = None
    api_key_id: int | None = None


THE_HOUSE = Payer(account_id=HOUSE_ID)
"""The node itself, by whoever sits at its command line."""


def pay_invoice(
    text: str,
    *,
    payment_id: str,
    amount_msat: int | None = None,
    fee_limit_msat: int | None = None,
    payer: Payer = THE_HOUSE,
    route_token: str = "",
) -> str:
    """
    Begin to pay what somebody pasted, and say under which id.

    payment_id       32 bytes in hex, chosen by who asks; asking again with it changes nothing
    amount_msat      for invoices that leave it open; None or the invoice's own otherwise
    fee_limit_msat   None: the default for the amount
    payer            whose money it is paid with, and who asks for it
    route_token      of the preview's route that was chosen: that one is tried first, or nothing is begun; empty: the router's
    returns          the payment's id: `payment_id`, or that of the payment under way or paid that this invoice has already

    raises   PaymentIdMalformed, InvoiceError's leaves, TermsError's leaves, BalanceTooSmall
    """
    if not _PAYMENT_ID.fullmatch(payment_id):
        raise PaymentIdMalformed
    if PaymentRecord.objects.filter(pk=payment_id).exists():
        return payment_id
    terms = read_terms(text, amount_msat=amount_msat, fee_limit_msat=fee_limit_msat)
    if existing := _existing(payment_id, terms.invoice):
        return existing
    if terms.amount_msat is None or terms.fee_limit_msat is None:
        raise AmountMissing
    command = PayInvoice(
        payment_id=PaymentId(bytes.fromhex(payment_id)),
        invoice=terms.invoice.text,
        amount_msat=terms.amount_msat,
        fee_limit_msat=terms.fee_limit_msat,
        route=chosen_route(route_token, terms),
    )
    try:
        with transaction.atomic():
            _begin(command, terms.invoice, payer)
    except (IntegrityError, BalanceTooSmall):
        # Somebody else may have begun the same payment since we looked, and taken the money that we miss.
        if existing := _existing(payment_id, terms.invoice):
            return existing
        raise
    return payment_id


def _existing(payment_id: str, invoice: Invoice) -> str | None:
    if PaymentRecord.objects.filter(pk=payment_id).exists():
        return payment_id
    return living_payment_id(invoice.payment_hash.hex())


def _begin(command: PayInvoice, invoice: Invoice, payer: Payer) -> None:
    payment_id = command.payment_id.hex()
    hold = hold_entry(command.payment_id, owner_id=payer.account_id, amount_msat=command.amount_msat, fee_limit_msat=command.fee_limit_msat)
    # The balance first: it is the row where parallel payments wait for each other.
    book_entry(Booking(entry=hold, payment_id=payment_id))
    PaymentRecord.objects.create(
        payment_id=payment_id,
        account_id=payer.account_id,
        payment_hash=invoice.payment_hash.hex(),
        invoice=invoice.text,
        payee=invoice.payee.hex(),
        description=(invoice.description or "").replace("\0", _NUL_PICTURE),
        amount_msat=command.amount_msat,
        fee_limit_msat=command.fee_limit_msat,
        created_by_id=payer.user_id,
        created_by_key_id=payer.api_key_id,
        expires_at=datetime.fromtimestamp(invoice.expires_at_s, tz=UTC),
    )
    command_engine(command)
    said = {"amount_msat": command.amount_msat, "fee_limit_msat": command.fee_limit_msat, "payment_hash": invoice.payment_hash.hex()}
    note_audit(AuditAction.PAYMENT_BEGUN, SubjectKind.PAYMENT, payment_id, after=said)
    note_change(payment_group(payment_id), BALANCE)
