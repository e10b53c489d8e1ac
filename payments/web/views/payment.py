"""One payment on its own page: where the money is, what was tried, and the proof once it is paid."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from payments.queries.payments import payment_page
from payments.queries.shapes import PaymentShape
from payments.services.stop_payment import stop_payment
from payments.web.signed_in import user_id_of


def _payment_or_404(payment_id: str) -> PaymentShape:
    payment = payment_page(payment_id)
    if payment is None:
        raise Http404
    return payment


@login_required
@require_safe
def payment(request: HttpRequest, payment_id: str) -> HttpResponse:
    """The page, whole."""
    return render(request, "payments/payment.html", {"payment": _payment_or_404(payment_id)})


@login_required
@require_safe
def payment_status(request: HttpRequest, payment_id: str) -> HttpResponse:
    """What the websocket would push, for when it is down."""
    return render(request, "payments/live/payment.html", {"payment": _payment_or_404(payment_id)})


@login_required
@require_POST
def stop(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Make no further attempt; what is out already may still succeed, and the page says so."""
    _payment_or_404(payment_id)
    stop_payment(payment_id, user_id=user_id_of(request))
    return redirect("payments:payment", payment_id)
