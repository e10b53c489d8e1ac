"""The statement of a month, to look at, to print and to take along."""

from __future__ import annotations

import re
from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from payments.access.roles import Permission
from payments.queries.statement import next_month, opening_of, statement, statement_lines
from payments.services.note_export import note_statement_export
from payments.web.allowed import needs
from payments.web.current_account import account_of
from payments.web.statement_csv import statement_csv
from payments.web.streams import csv_answer

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)
_MOST_LINES = 500
_NO_MONTH = "Write the month like 2026-01."


@needs(Permission.SEE_MONEY)
@require_safe
def monthly(request: HttpRequest) -> HttpResponse:
    """This month's statement, or that of the month in the address."""
    asked = request.GET.get("month")
    first_day = _this_month() if asked is None else _first_day(asked)
    return _page(request, first_day)


@needs(Permission.SEE_MONEY)
@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """The same as CSV, with every line."""
    first_day, account = _first_day(request.POST.get("month", "")), account_of(request)
    if first_day is None:
        return _page(request, None)
    month = f"{first_day:%Y-%m}"
    note_statement_export(account.id, month=month)
    pieces, opening = statement_lines(account.id, first_day), opening_of(account.id, first_day)
    lines = statement_csv(pieces, opening=opening, first_day=first_day, last_day=next_month(first_day))
    return csv_answer(request, lines, name=f"{account.slug}-{month}")


def _page(request: HttpRequest, first_day: date | None) -> HttpResponse:
    account = account_of(request)
    shown = statement(account.id, first_day or _this_month(), most_lines=_MOST_LINES)
    refusal = "" if first_day is not None else _NO_MONTH
    return render(
        request, "payments/statement.html", {"statement": shown, "account": account, "refusal": refusal}, status=400 if refusal else 200
    )


def _this_month() -> date:
    return timezone.now().date().replace(day=1)


def _first_day(month: str) -> date | None:
    found = _MONTH.fullmatch(month)
    return None if found is None else date(int(found[1]), int(found[2]), 1)
