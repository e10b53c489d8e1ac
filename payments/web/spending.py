"""What the account's rules say to a payment that somebody looks at, before they press the button."""

from __future__ import annotations

from django.http import HttpRequest
from msgspec import Struct

from payments.lightning.units import format_sat
from payments.queries.approvals import waiting_request
from payments.queries.shapes import PreviewShape
from payments.queries.spending import Allowance, allowance_of
from payments.services.refusals import sentence_for
from payments.services.spending_errors import ApprovalNeeded
from payments.services.spending_policy import refusal_of
from payments.web.paying import payer_of


class Ruling(Struct, frozen=True, kw_only=True):
    """What the button is to be: one that pays, one that asks somebody, or none. Sentences are empty where nothing is to be said."""

    forbids: str = ""
    """Which limit stands against it."""
    asks: str = ""
    """Why somebody else has to approve."""
    waiting_id: str = ""
    """Of the request for this invoice that waits already."""
    asked_by: str = ""
    left: str = ""
    """What is left of the day."""


def ruling_on(request: HttpRequest, preview: PreviewShape) -> Ruling:
    """About a preview with an amount, for the person who asks and the account that they work in."""
    payer, total_msat = payer_of(request), (preview.amount_msat or 0) + (preview.fee_limit_msat or 0)
    allowance = allowance_of(payer)
    refusal = refusal_of(allowance, payer, total_msat=total_msat)
    if refusal is not None and not isinstance(refusal, ApprovalNeeded):
        return Ruling(forbids=sentence_for(refusal))
    waiting_id, asked_by = waiting_request(payer.account_id, preview.invoice.payment_hash) or ("", "")
    asks = "" if refusal is None else sentence_for(refusal)
    return Ruling(asks=asks, waiting_id=waiting_id, asked_by=asked_by, left=_left(allowance))


def _left(allowance: Allowance) -> str:
    if allowance.left_msat is None or allowance.day_limit_msat is None:
        return ""
    return f"Of {format_sat(allowance.day_limit_msat)} sat in 24 hours you have {format_sat(allowance.left_msat)} sat left."
