"""One payment on its own page: where the money is, what was tried, and the proof once it is paid."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from payments.access.roles import Permission
from payments.queries.payments import payment_page
from payments.queries.shapes import PaymentShape
from payments.services.stop_payment import stop_payment
from payments.web.allowed import needs_somewhere
from payments.web.current_account import account_ids, account_of, work_in
from payments.web.signed_in import user_id_of


def payment_or_404(
    request: HttpRequest, payment_id: str, *, permission: Permission = Permission.SEE_MONEY, remember: bool = False
) -> PaymentShape:
    """A payment of one of the accounts in which the person who asks holds the permission; the request is about that account from now on."""
    payment = payment_page(payment_id, account_ids(request, permission))
    if payment is None:
        raise Http404
    work_in(request, payment.account_id, remember=remember)
    return payment


@needs_somewhere(Permission.SEE_MONEY)
@require_safe
def payment(request: HttpRequest, payment_id: str) -> HttpResponse:
    """The page, whole."""
    return _show(request, "payments/payment.html", payment_or_404(request, payment_id, remember=True))


@needs_somewhere(Permission.SEE_MONEY)
@require_safe
def payment_status(request: HttpRequest, payment_id: str) -> HttpResponse:
    """What the websocket would push, for when it is down."""
    return _show(request, "payments/live/payment.html", payment_or_404(request, payment_id))


def _show(request: HttpRequest, template: str, payment: PaymentShape) -> HttpResponse:
    return render(request, template, {"payment": payment, "account": account_of(request)})


@needs_somewhere(Permission.PAY)
@require_POST
def stop(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Make no further attempt; what is out already may still succeed, and the page says so."""
    payment_or_404(request, payment_id, permission=Permission.PAY)
    stop_payment(payment_id, user_id=user_id_of(request))
    return redirect("payments:payment", payment_id)
