"""
What the box's text is, as a fragment below the box: what is known in time, and the rest as soon as it is known.

A person who has pasted something sees at once what it is and, nearly always, all ways to pay it. A search that takes longer holds nothing
up: the fragment asks for what is missing and puts it into the place that was kept for it.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST
from django_htmx.http import reswap, retarget

from payments.access.roles import Permission
from payments.web.allowed import needs
from payments.web.current_account import account_of
from payments.web.forms import ReadForm
from payments.web.paying import wrong_account
from payments.web.reading import Reading, Refusal, read_text

_PATIENCE_S = 0.06
"""How long a preview waits for routes: a tenth of a second feels like at once, and the rest of that is for reading and drawing."""
_WAYS = "ways"
"""The element with the routes to choose from."""


@needs(Permission.PAY)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What the box's text is, with the routes that are known in time."""
    if refusal := _stands_elsewhere(request):
        return refusal
    reading = read_text(ReadForm(request.POST), account_id=account_of(request).id, patience_s=_PATIENCE_S)
    return render(request, "payments/pay/_preview.html", {"reading": reading})


@needs(Permission.PAY)
@require_POST
def preview_rest(request: HttpRequest) -> HttpResponse:
    """All of it for a preview that went out without: the routes alone where they were all that was missing."""
    if refusal := _stands_elsewhere(request):
        return refusal
    reading = read_text(ReadForm(request.POST), account_id=account_of(request).id)
    shape = reading.preview
    if request.headers.get("HX-Target") == _WAYS and shape is not None and shape.routes and not shape.existing_payment_id:
        return render(request, "payments/pay/_ways.html", {"reading": reading, "preview": shape, "is_late": True})
    whole = render(request, "payments/pay/_preview.html", {"reading": reading})
    return reswap(retarget(whole, "#preview"), "innerHTML")


def _stands_elsewhere(request: HttpRequest) -> HttpResponse | None:
    """The fragment's form pays from the current account, so it is not put into a page that shows another."""
    slug = request.POST.get("account")
    sentence = "" if slug is None else wrong_account(request, slug)
    if not sentence:
        return None
    reading = Reading(text=request.POST.get("text", ""), refusal=Refusal(sentence=sentence))
    whole = render(request, "payments/pay/_preview.html", {"reading": reading})
    return reswap(retarget(whole, "#preview"), "innerHTML")
