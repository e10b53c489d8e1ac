"""Every payment, failed ones too, newest first."""

from __future__ import annotations

import re

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from payments.queries.payments import payment_rows

_PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


@login_required
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """One page of the list; a page number that is none shows the first."""
    asked = request.GET.get("page", "1")
    number = int(asked) if _PAGE_NUMBER.fullmatch(asked) else 1
    return render(request, "payments/history.html", {"page": payment_rows(number)})
