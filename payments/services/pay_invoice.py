"""
Pay an invoice: check it, set its money aside and hand it to the engine, all or nothing.

One commit holds the payment, its hold in the ledger and the engine's command, so a crash leaves either nothing or everything. The same
wish twice, from a double click or two windows, is one payment: the answer is always the id of the payment that there is.
"""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction

from payments.lightning.ids import PaymentId
from payments.lightning.invoice.invoice import Invoice
from payments.models import PaymentRecord
from payments.nodes.commands import PayInvoice
from payments.queries.chosen_routes import chosen_route
from payments.queries.errors import AmountMissing
from payments.queries.facts import living_payment
from payments.queries.spending import THE_HOUSE, Payer
from payments.queries.terms import read_terms
from payments.services.begin_payment import begin_payment
from payments.services.errors import BalanceTooSmall, PaidByAnotherAccount, PaymentIdMalformed, PaymentIdTaken
from payments.services.spending_errors import SpendingRefused

_PAYMENT_ID = re.compile(r"[0-9a-f]{64}", re.ASCII)


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

    raises   PaymentIdMalformed, PaymentIdTaken, PaidByAnotherAccount, PaysItself, InvoiceError's leaves, TermsError's leaves,
             BalanceTooSmall, AccountClosed, SpendingRefused's leaves
    """
    if not _PAYMENT_ID.fullmatch(payment_id):
        raise PaymentIdMalformed
    if is_begun(payment_id, payer):
        return payment_id
    terms = read_terms(text, amount_msat=amount_msat, fee_limit_msat=fee_limit_msat)
    if existing := _existing(payment_id, terms.invoice, payer):
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
            begin_payment(command, terms.invoice, payer)
    except (IntegrityError, BalanceTooSmall, SpendingRefused):
        # Somebody else may have begun the same payment since we looked, and taken the money or the limit that we miss.
        if existing := _existing(payment_id, terms.invoice, payer):
            return existing
        raise
    return payment_id


def is_begun(payment_id: str, payer: Payer) -> bool:
    """Whether this payment was begun before. PaymentIdTaken when it is another account's."""
    owner_id = PaymentRecord.objects.filter(pk=payment_id).values_list("account_id", flat=True).first()
    if owner_id not in {None, payer.account_id}:
        raise PaymentIdTaken
    return owner_id is not None


def _existing(payment_id: str, invoice: Invoice, payer: Payer) -> str | None:
    if is_begun(payment_id, payer):
        return payment_id
    living = living_payment(invoice.payment_hash.hex())
    if living is None:
        return None
    if living.account_id != payer.account_id:
        raise PaidByAnotherAccount
    return living.payment_id
