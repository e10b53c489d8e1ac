"""The first page: a box for an invoice, what paying it would do, and the one button that pays."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST
from msgspec.structs import replace

from payments.access.roles import Permission
from payments.lightning.errors import LightningError
from payments.queries.errors import ChosenRouteGone
from payments.services.pay_invoice import pay_invoice
from payments.services.refusals import sentence_for
from payments.services.spending_errors import ApprovalNeeded
from payments.web.allowed import member_required, needs
from payments.web.current_account import account_of
from payments.web.forms import PayForm, ReadForm
from payments.web.paying import payer_of, wrong_account
from payments.web.reading import Reading, Refusal, read_again, read_text, refuse

_NOT_OURS = "This form is not as we made it, so nothing was paid. Read the invoice again."


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def pay_page(request: HttpRequest) -> HttpResponse:
    """
    The page itself; posting a text to it reads that text, for browsers without scripts and for links from a shop.

    It is also where everybody arrives: members whose role does not allow them to pay are told so, and where to go.
    """
    may_read = request.method == "POST" and account_of(request).pays
    reading = read_text(ReadForm(request.POST), account_id=account_of(request).id) if may_read else Reading()
    return render(request, "payments/pay.html", {"reading": reading})


@needs(Permission.PAY)
@require_POST
def pay(request: HttpRequest) -> HttpResponse:
    """Pay what was previewed and go to the payment's page; asked twice, it is still one payment."""
    form = PayForm(request.POST)
    text = request.POST.get("text", "")
    if not form.is_valid():
        return render(request, "payments/pay.html", {"reading": _refused(text, _NOT_OURS)}, status=400)
    fields = form.cleaned_data
    if refusal := wrong_account(request, fields["account"]):
        return render(request, "payments/pay.html", {"reading": _refused(text, refusal)}, status=409)
    try:
        payment_id = pay_invoice(
            text,
            payment_id=fields["payment_id"],
            amount_msat=fields["amount_msat"],
            fee_limit_msat=fields["fee_limit_msat"],
            payer=payer_of(request),
            route_token=fields["route"],
        )
    except (ChosenRouteGone, ApprovalNeeded) as error:
        # Not a refusal of the invoice: the routes and the button that there are now, and the sentence above them.
        figures = {"amount_msat": fields["amount_msat"], "fee_limit_msat": fields["fee_limit_msat"]}
        reading = read_again(text, account_id=account_of(request).id, **figures)
        reading = replace(reading, notice=sentence_for(error))
        return render(request, "payments/pay.html", {"reading": reading}, status=409)
    except LightningError as error:
        return render(request, "payments/pay.html", {"reading": Reading(text=text, refusal=refuse(text, error))}, status=400)
    return redirect("payments:payment", payment_id)


def _refused(text: str, sentence: str) -> Reading:
    """The text again, and why it was not followed."""
    return Reading(text=text, refusal=Refusal(sentence=sentence))
