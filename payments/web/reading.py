"""
What the Pay page knows about the text in its box: nothing yet, what is wrong with it, or what paying it would do.

The page, its preview fragment and a refused payment all show the same value, so none of them can lose what was typed.
"""

from __future__ import annotations

import json
import secrets
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.errors import LightningError
from payments.lightning.routing.parameters import default_fee_limit_msat
from payments.lightning.units import MSAT_PER_SAT
from payments.queries.preview import preview_payment
from payments.queries.shapes import PreviewShape
from payments.services.refusals import place_of, sentence_for
from payments.web.forms import ReadForm
from payments.web.words import around, make_visible

_PAYMENT_ID_BYTES = 32
_TEST_ID_BYTES = 16


class Refusal(Struct, frozen=True, kw_only=True):
    """Why a text cannot be paid, and the place in it that is to blame when there is one."""

    sentence: str
    code: str = ""
    place: tuple[str, str, str] | None = None


class Reading(Struct, frozen=True, kw_only=True):
    """The Pay page's state. `payment_id` names the one payment that its Pay button can make."""

    text: str = ""
    amount: str = ""
    fee_limit: str = ""
    amount_error: str = ""
    fee_limit_error: str = ""
    refusal: Refusal | None = None
    preview: PreviewShape | None = None
    payment_id: str = ""
    notice: str = ""
    """What has changed since somebody looked."""
    test_id: str = ""
    """Names the one test of a route that its button can make."""

    @property
    def mark(self) -> str:
        """Tells the fields that were asked for this text from those of another, which must not live on in its place."""
        return sha256(self.text.encode()).hexdigest()[:12]

    @property
    def asked(self) -> str:
        """What was read, as a page sends it to ask for the rest."""
        return json.dumps({"text": self.text, "about": self.text, "amount": self.amount, "fee_limit": self.fee_limit})


def read_text(form: ReadForm, *, account_id: int, patience_s: float | None = None) -> Reading:
    """Read what is in the box, with the answers that were given for it. account_id, patience_s: see `preview_payment`."""
    form.is_valid()
    text = str(form.data.get("text", ""))
    if not text.strip():
        return Reading(text=text)
    reading = Reading(
        text=text,
        amount=form.typed("amount"),
        fee_limit=form.typed("fee_limit"),
        amount_error=form.error("amount"),
        fee_limit_error=form.error("fee_limit"),
    )
    if form.error("text"):
        return replace(reading, refusal=Refusal(sentence=form.error("text")))
    amount_msat, fee_limit_msat = form.cleaned_data.get("amount"), form.cleaned_data.get("fee_limit")
    return _with_preview(reading, account_id, amount_msat=amount_msat, fee_limit_msat=fee_limit_msat, patience_s=patience_s)


def read_again(text: str, *, account_id: int, amount_msat: int | None, fee_limit_msat: int | None) -> Reading:
    """The same for what was read before and cannot be paid as it was shown: with what was typed, and the limit only when it was."""
    reading = _with_preview(
        Reading(text=text, amount=_in_sat(amount_msat)), account_id, amount_msat=amount_msat, fee_limit_msat=fee_limit_msat
    )
    preview = reading.preview
    is_ours = preview is None or preview.amount_msat is None or preview.fee_limit_msat == default_fee_limit_msat(preview.amount_msat)
    return reading if is_ours else replace(reading, fee_limit=_in_sat(fee_limit_msat))


def _in_sat(amount_msat: int | None) -> str:
    """As a field takes it."""
    return "" if amount_msat is None else str(amount_msat // MSAT_PER_SAT)


def _with_preview(
    reading: Reading, account_id: int, *, amount_msat: int | None, fee_limit_msat: int | None, patience_s: float | None = None
) -> Reading:
    limits = {"amount_msat": amount_msat, "fee_limit_msat": fee_limit_msat}
    try:
        preview = preview_payment(reading.text, **limits, account_id=account_id, patience_s=patience_s)
    except LightningError as error:
        return replace(reading, refusal=refuse(reading.text, error))
    return replace(reading, preview=preview, payment_id=secrets.token_hex(_PAYMENT_ID_BYTES), test_id=secrets.token_hex(_TEST_ID_BYTES))


def refuse(text: str, error: LightningError) -> Refusal:
    """The sentence for an error and its place in the text, with nothing hidden in it."""
    place = place_of(error)
    before_mark_after = None
    if place is not None and 0 <= place < len(text):
        before, mark, after = (make_visible(part) for part in around(text, place))
        before_mark_after = (before, mark, after)
    return Refusal(sentence=sentence_for(error), code=error.code, place=before_mark_after)
