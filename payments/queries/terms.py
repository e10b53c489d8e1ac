"""
What would be paid: an invoice that stands up to every check, and the amount and fee limit that go with it.

Preview and payment read a text by the same function, so that what is shown as payable is what will be paid.
"""

from __future__ import annotations

import time

from django.conf import settings
from msgspec import Struct

from payments.lightning.invoice import second_opinion
from payments.lightning.invoice.errors import AmountTooLarge, AmountZero
from payments.lightning.invoice.invoice import Invoice, check_payable
from payments.lightning.invoice.network import Network
from payments.lightning.invoice.payment_uri import decode_pasted
from payments.lightning.routing.parameters import default_fee_limit_msat
from payments.lightning.units import MAX_MSAT
from payments.queries.errors import AmountDiffers, FeeLimitNegative
from payments.queries.imported_map import readable_map


class Terms(Struct, frozen=True, kw_only=True):
    """amount_msat and fee_limit_msat are None as long as the payer has to choose an amount."""

    invoice: Invoice
    amount_msat: int | None
    fee_limit_msat: int | None


def read_terms(text: str, *, amount_msat: int | None, fee_limit_msat: int | None) -> Terms:
    """
    Read what somebody pasted as something to pay here and now.

    amount_msat      what the payer chose; None: what the invoice says
    fee_limit_msat   None: the default for the amount

    raises   InvoiceError's and TermsError's leaves
    """
    return _read(text, amount_msat, fee_limit_msat, network=Network(settings.LNWEB_NETWORK))


def read_rehearsable_terms(text: str, *, amount_msat: int | None, fee_limit_msat: int | None) -> Terms:
    """The same as something to look at: also an invoice on another network, when the imported map is a map of that one."""
    network = Network(settings.LNWEB_NETWORK)
    stored = readable_map()
    if stored is not None and stored.origin.chain_hash is not None:
        found = decode_pasted(text).network
        network = found if found.chain_hash == stored.origin.chain_hash else network
    return _read(text, amount_msat, fee_limit_msat, network=network)


def _read(text: str, amount_msat: int | None, fee_limit_msat: int | None, *, network: Network) -> Terms:
    invoice = decode_pasted(text)
    check_payable(invoice, network=network, now_s=int(time.time()))
    second_opinion.confirm(invoice.text, invoice)
    amount_msat = _amount(invoice, amount_msat)
    return Terms(invoice=invoice, amount_msat=amount_msat, fee_limit_msat=_fee_limit(amount_msat, fee_limit_msat))


def _amount(invoice: Invoice, chosen_msat: int | None) -> int | None:
    if chosen_msat is None:
        return invoice.amount_msat
    if chosen_msat <= 0:
        raise AmountZero
    if chosen_msat > MAX_MSAT:
        raise AmountTooLarge(limit_msat=MAX_MSAT)
    if invoice.amount_msat is not None and invoice.amount_msat != chosen_msat:
        raise AmountDiffers(asked_msat=invoice.amount_msat, given_msat=chosen_msat)
    return chosen_msat


def _fee_limit(amount_msat: int | None, chosen_msat: int | None) -> int | None:
    if chosen_msat is not None and chosen_msat < 0:
        raise FeeLimitNegative(fee_limit_msat=chosen_msat)
    if chosen_msat is not None and chosen_msat > MAX_MSAT:
        raise AmountTooLarge(limit_msat=MAX_MSAT)
    if chosen_msat is None and amount_msat is not None:
        return default_fee_limit_msat(amount_msat)
    return chosen_msat
