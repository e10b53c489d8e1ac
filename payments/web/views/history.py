"""Every payment of an account, failed ones too, newest first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from payments.access.roles import Permission
from payments.queries.payments import payment_rows
from payments.web.allowed import needs
from payments.web.current_account import account_of
from payments.web.paging import page_number


@needs(Permission.SEE_MONEY)
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """One page of the list; a page number that is none shows the first."""
    number = page_number(request.GET.get("page"))
    return render(request, "payments/history.html", {"page": payment_rows(number, account_of(request).id)})
