"""
What programs send and are sent. Amounts are whole msat and JSON integers: no point, no exponent, no text.

A field that nobody knows is refused, so that a misspelt limit is noticed and not ignored.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field, StrictInt, StrictStr

from payments.lightning.units import MAX_MSAT
from payments.services.invoice_wishes import LONGEST_EXPIRY_S

_MOST_LETTERS = 7_100
"""Of an invoice with whatever stands around it; the longest that a reader takes."""
AmountMsat = Annotated[StrictInt, Field(ge=1, le=MAX_MSAT)]
LimitMsat = Annotated[StrictInt, Field(ge=0, le=MAX_MSAT)]
InvoiceText = Annotated[StrictStr, Field(min_length=1, max_length=_MOST_LETTERS)]


class _Wish(Schema):
    model_config = ConfigDict(extra="forbid")


class TextIn(_Wish):
    """Something that may be an invoice."""

    text: InvoiceText


class PayIn(_Wish):
    """An invoice to pay, or to look at as if it were to be paid."""

    text: InvoiceText
    amount_msat: AmountMsat | None = Field(
        None, description="For invoices that leave the amount open; otherwise the invoice's own or nothing."
    )
    fee_limit_msat: LimitMsat | None = Field(None, description="The most that routing may cost; 1 % and 50 sat unless given.")


class InvoiceIn(_Wish):
    """An invoice to make."""

    amount_msat: AmountMsat | None = Field(None, description="Left out: the payer chooses.")
    description: Annotated[StrictStr, Field(max_length=639)] = ""
    expiry_s: Annotated[StrictInt, Field(ge=1, le=LONGEST_EXPIRY_S)] = 3_600


class DecodedOut(Schema):
    """What an invoice says."""

    network: str
    payment_hash: str
    amount_msat: int | None
    payee: str
    description: str
    created_at: datetime
    expires_at: datetime
    min_final_cltv_expiry_delta: int
    features: list[str]


class RouteOut(Schema):
    """A way that the payment could take now."""

    fee_msat: int
    chance_permille: int
    cltv_delta_blocks: int
    parts: int
    hops: int


class PreviewOut(Schema):
    """What paying would do now; nothing is reserved."""

    amount_msat: int | None
    fee_limit_msat: int | None
    payee: str
    routes: list[RouteOut]
    stays_inside: bool = Field(description="An invoice of another account of this node: settled at once, by no route and without a fee.")
    no_route: str | None = Field(description="One sentence why there is no way now; null when there is one, or no amount yet.")


class PaymentOut(Schema):
    """A payment of the account."""

    id: str
    status: str = Field(description="checking, sending, stopping, held, paid or failed. Only `failed` says that the money is back.")
    payment_hash: str
    amount_msat: int
    fee_limit_msat: int
    fee_paid_msat: int | None
    reason: str | None
    payment_preimage: str | None
    payee: str
    description: str
    invoice: str
    created_at: datetime
    resolved_at: datetime | None


class InvoiceOut(Schema):
    """An invoice of the account."""

    id: str
    status: str = Field(description="requested, open, paid, cancelled, refused or expired.")
    payment_hash: str | None
    amount_msat: int | None
    description: str
    invoice: str | None = Field(description="Null until the node has made it, a moment after it was asked for.")
    received_msat: int | None
    created_at: datetime
    expires_at: datetime | None
    paid_at: datetime | None


class PaymentsOut(Schema):
    """A part of the list, the newest first."""

    payments: list[PaymentOut]


class InvoicesOut(Schema):
    """A part of the list, the newest first."""

    invoices: list[InvoiceOut]


class BalanceOut(Schema):
    """The account's money."""

    available_msat: int
    held_msat: int = Field(description="Set aside for payments under way, their fee limits included.")


class EventOut(Schema):
    """Something that came to an end, or was made."""

    id: int
    kind: str
    created_at: datetime
    object: dict[str, Any] = Field(description="The payment or the invoice as it was then.")


class EventsOut(Schema):
    """What happened after a cursor, in its order."""

    events: list[EventOut]
    cursor: int = Field(description="Ask with it the next time.")


class ProblemOut(Schema):
    """RFC 9457: why there is no answer."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    payment_id: str | None = Field(None, description="Of the payment that stands in the way, where one does.")
