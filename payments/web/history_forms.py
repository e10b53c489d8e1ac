"""
What somebody looks for in the history, as it stands in an address.

The same few fields are read from the form, from a link to a page, from a saved search and for an export. Whatever else an address says is
not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from django import forms

from payments.queries.history_filter import Direction, HistoryFilter, Standing
from payments.services.saved_filters import MOST_NAME_LETTERS
from payments.web.forms import SatField

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOST_TEXT_LETTERS = 100


class DayField(forms.Field):
    """A day as browsers send it."""

    def to_python(self, value: object) -> date | None:
        """The day, or None when left empty."""
        if value in (None, ""):
            return None
        try:
            if isinstance(value, str) and _DAY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise forms.ValidationError("Write the day like 2026-01-31.", code="day")


class HistoryForm(forms.Form):
    """All fields of the search, each of which may be left out."""

    DIRECTIONS = (("", "All"), (Direction.OUT.value, "Paid by us"), (Direction.IN.value, "Paid to us"))
    STANDINGS = (
        ("", "Any"),
        (Standing.PAID.value, "Paid"),
        (Standing.UNDER_WAY.value, "Under way"),
        (Standing.FAILED.value, "Failed"),
        (Standing.OPEN.value, "Waiting to be paid"),
        (Standing.EXPIRED.value, "Expired"),
        (Standing.CANCELLED.value, "Cancelled"),
        (Standing.REFUSED.value, "Not made"),
    )

    q = forms.CharField(required=False, max_length=_MOST_TEXT_LETTERS)
    type = forms.ChoiceField(choices=DIRECTIONS, required=False)
    status = forms.ChoiceField(choices=STANDINGS, required=False)
    least = SatField()
    most = SatField()
    since = DayField(required=False)
    until = DayField(required=False)
    who = forms.CharField(required=False, max_length=_MOST_TEXT_LETTERS)

    def __init__(self, data: Mapping[str, str]) -> None:
        super().__init__({name: data[name] for name in self.base_fields if data.get(name)})

    def wanted(self) -> HistoryFilter:
        """What is looked for, once it is valid."""
        given = self.cleaned_data
        return HistoryFilter(
            text=given["q"],
            direction=Direction(given["type"]) if given["type"] else None,
            standing=Standing(given["status"]) if given["status"] else None,
            least_msat=given["least"],
            most_msat=given["most"],
            since=given["since"],
            until=given["until"],
            who=given["who"],
        )

    def query(self) -> str:
        """The same as it stands behind the `?` of an address; empty when all is wanted."""
        return urlencode({name: self.data[name] for name in self.fields if name in self.data})


class FilterNameForm(forms.Form):
    """What a search is called."""

    name = forms.CharField(max_length=MOST_NAME_LETTERS)
