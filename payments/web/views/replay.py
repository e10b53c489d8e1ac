"""A payment's decisions once more: what was known then, and what would be done now."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from payments.access.roles import Permission
from payments.queries.replay import replay_payment
from payments.web.allowed import needs_somewhere
from payments.web.views.payment import payment_or_404


@needs_somewhere(Permission.SEE_MONEY)
@require_safe
def replay(request: HttpRequest, payment_id: str) -> HttpResponse:
    """The page. Nothing is sent and nothing is kept, so looking is all there is to it."""
    payment_or_404(request, payment_id, remember=True)
    found = replay_payment(payment_id)
    if found is None:
        raise Http404
    return render(request, "payments/replay.html", {"replay": found})
