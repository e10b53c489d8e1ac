"""
What people type, checked before anybody acts on it.

Amounts are ASCII digits and nothing else: no sign, no point, no exponent, no digit of another script. What passes leaves here in msat.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms

from payments.lightning.units import MAX_MSAT, MSAT_PER_SAT

_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)
_SAT_DIGITS = re.compile(r"[0-9]{1,16}", re.ASCII)
_MOST_DESCRIPTION_BYTES = 639
_DIGITS_ONLY = "Write whole satoshi in digits only, like 2500."
_TOO_LITTLE = "The amount must be at least 1 sat."
_TOO_MUCH = "That is more bitcoin than will ever exist."


class SatField(forms.Field):
    """Whole satoshi as typed; cleans to msat, or to None when left empty."""

    def __init__(self, *, least_sat: int = 0) -> None:
        self.least_sat = least_sat
        super().__init__(required=False)

    def to_python(self, value: object) -> int | None:
        """The amount in msat."""
        if value in (None, ""):
            return None
        if not isinstance(value, str) or not _SAT_DIGITS.fullmatch(value):
            raise forms.ValidationError(_DIGITS_ONLY, code="digits")
        amount_msat = int(value) * MSAT_PER_SAT
        if amount_msat > MAX_MSAT:
            raise forms.ValidationError(_TOO_MUCH, code="too_much")
        if amount_msat < self.least_sat * MSAT_PER_SAT:
            raise forms.ValidationError(_TOO_LITTLE, code="zero")
        return amount_msat


class MsatField(forms.Field):
    """An amount that a page of ours wrote into its own form: msat in digits, or nothing."""

    def to_python(self, value: object) -> int | None:
        """The amount in msat."""
        if value in (None, ""):
            return None
        if not isinstance(value, str) or not _DIGITS.fullmatch(value) or int(value) > MAX_MSAT:
            raise forms.ValidationError("This form is not as we made it. Read the invoice again.", code="digits")
        return int(value)


class ReadForm(forms.Form):
    """
    The box on the Pay page, and the two answers that it may ask for.

    `about` is the text that the answers were given for: an amount typed for one invoice is not carried over to the next. What a button of
    the page suggested goes before what was typed.
    """

    ANSWERS = ("amount", "fee_limit")

    text = forms.CharField(required=False, strip=False)
    about = forms.CharField(required=False, strip=False)
    amount = SatField(least_sat=1)
    fee_limit = SatField()

    def __init__(self, data: Mapping[str, str]) -> None:
        answers = {name: data[name] for name in data}
        for name in self.ANSWERS:
            if suggested := data.get(f"suggested_{name}"):
                answers[name] = suggested
        super().__init__(answers)

    def clean(self) -> dict[str, Any]:
        """Forget answers that belong to another text."""
        cleaned = super().clean() or {}
        if self.data.get("about", "") != self.data.get("text", ""):
            cleaned["amount"] = cleaned["fee_limit"] = None
            for name in self.ANSWERS:
                self.errors.pop(name, None)
        return cleaned

    def typed(self, name: str) -> str:
        """What was typed into an answer for this very text."""
        return str(self.data.get(name, "")) if self.data.get("about", "") == self.data.get("text", "") else ""

    def error(self, name: str) -> str:
        """What is wrong with a field, in words; empty when nothing is."""
        return " ".join(str(error) for error in self.errors.get(name, ()))


class PayForm(forms.Form):
    """What was previewed, word for word, and the name of this one intention to pay."""

    text = forms.CharField(strip=False)
    payment_id = forms.RegexField(r"\A[0-9a-f]{64}\Z", strip=False)
    amount_msat = MsatField(required=False)
    fee_limit_msat = MsatField(required=False)
    route = forms.CharField(required=False, strip=False)
    account = forms.CharField(strip=False)
    """Of whose page it stood on."""


class ProbeForm(forms.Form):
    """What was previewed, and the name of this one wish to test its route."""

    text = forms.CharField(strip=False)
    request_id = forms.RegexField(r"\A[0-9a-f]{32}\Z", strip=False)
    amount_msat = MsatField(required=False)
    fee_limit_msat = MsatField(required=False)
    route = forms.CharField(required=False, strip=False)


class InvoiceForm(forms.Form):
    """What an invoice shall say, of our own node or of a shop in the sandbox."""

    EXPIRIES = ((60, "1 minute"), (600, "10 minutes"), (3_600, "1 hour"), (86_400, "1 day"), (604_800, "7 days"))

    who_chooses = forms.ChoiceField(choices=(("shop", "This amount"), ("payer", "Let the payer choose")), initial="shop")
    amount = SatField(least_sat=1)
    description = forms.CharField(required=False, max_length=_MOST_DESCRIPTION_BYTES)
    expiry_s = forms.TypedChoiceField(choices=EXPIRIES, coerce=int, initial=3_600)

    def clean_description(self) -> str:
        """Invoices count bytes, not characters."""
        description: str = self.cleaned_data["description"]
        if len(description.encode()) > _MOST_DESCRIPTION_BYTES:
            raise forms.ValidationError("This is longer than an invoice can hold.", code="too_long")
        return description

    def clean(self) -> dict[str, Any]:
        """An amount is there exactly when the payer does not choose it."""
        cleaned = super().clean() or {}
        if cleaned.get("who_chooses") == "payer":
            cleaned["amount"] = None
            self.errors.pop("amount", None)
        elif cleaned.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", "Write an amount, or let the payer choose.")
        return cleaned
