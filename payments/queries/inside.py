"""Where an invoice stands with the accounts of this node: whether one of them asks for it, and whether one of them pays it."""

from __future__ import annotations

from msgspec import Struct

from payments.models import IncomingInvoice
from payments.queries.facts import living_payment
from payments.queries.incoming import own_invoice

_OWN = "This is an invoice of this very account: the money is there already."
_PAID_BY_ANOTHER = "This invoice is being paid, or was paid, from this node already, by another account. Do not pay it again."
_NOT_OPEN = "This invoice is {state}: it cannot be paid any more. Ask for a new one."


class PlaceInside(Struct, frozen=True, kw_only=True):
    """What one account may know of it."""

    asking: str = ""
    """The name of the account that asks for it; empty: none of this node."""
    own_payment_id: str | None = None
    """Of the payment that the account which looks has for it."""
    sentence: str = ""
    """Why it cannot be paid inside; empty when it can, and when it is a matter of routes."""

    @property
    def is_here(self) -> bool:
        """Whether nothing about it is a matter of routes."""
        return bool(self.asking or self.sentence)


def place_inside(payment_hash: str, account_id: int) -> PlaceInside:
    """
    What the account with this id sees of the invoice with this payment hash. One or two statements.

    Another account's payment is told as a fact and not by its id.
    """
    asked, living = own_invoice(payment_hash), living_payment(payment_hash)
    own_payment_id = living.payment_id if living is not None and living.account_id == account_id else None
    sentence = _PAID_BY_ANOTHER if living is not None and own_payment_id is None else ""
    if asked is None:
        return PlaceInside(own_payment_id=own_payment_id, sentence=sentence)
    if asked.account_id == account_id:
        sentence = _OWN
    elif asked.state != IncomingInvoice.State.OPEN and living is None:
        sentence = _NOT_OPEN.format(state=asked.state)
    return PlaceInside(asking=asked.account.name, own_payment_id=own_payment_id, sentence=sentence)
