"""The first page: a box for an invoice, what paying it would do, and the one button that pays."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST
from msgspec.structs import replace

from payments.ledger.accounts import HOUSE_ID
from payments.lightning.errors import LightningError
from payments.queries.errors import ChosenRouteGone
from payments.queries.spending import Payer
from payments.services.pay_invoice import pay_invoice
from payments.services.refusals import sentence_for
from payments.web.forms import PayForm, ReadForm
from payments.web.reading import Reading, Refusal, read_again, read_text, refuse
from payments.web.signed_in import user_id_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def pay_page(request: HttpRequest) -> HttpResponse:
    """The page itself; posting a text to it reads that text, for browsers without scripts and for links from a shop."""
    reading = read_text(ReadForm(request.POST)) if request.method == "POST" else Reading()
    return render(request, "payments/pay.html", {"reading": reading})


@login_required
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What the box's text is, as the fragment below the box."""
    return render(request, "payments/pay/_preview.html", {"reading": read_text(ReadForm(request.POST))})


@login_required
@require_POST
def pay(request: HttpRequest) -> HttpResponse:
    """Pay what was previewed and go to the payment's page; asked twice, it is still one payment."""
    form = PayForm(request.POST)
    text = request.POST.get("text", "")
    if not form.is_valid():
        refusal = Refusal(sentence="This form is not as we made it, so nothing was paid. Read the invoice again.")
        return render(request, "payments/pay.html", {"reading": Reading(text=text, refusal=refusal)}, status=400)
    fields = form.cleaned_data
    try:
        payment_id = pay_invoice(
            text,
            payment_id=fields["payment_id"],
            amount_msat=fields["amount_msat"],
            fee_limit_msat=fields["fee_limit_msat"],
            payer=Payer(account_id=HOUSE_ID, user_id=user_id_of(request)),
            route_token=fields["route"],
        )
    except ChosenRouteGone as error:
        # Not a refusal of the invoice: the routes that there are now, and the sentence above them.
        reading = read_again(text, amount_msat=fields["amount_msat"], fee_limit_msat=fields["fee_limit_msat"])
        reading = replace(reading, notice=sentence_for(error))
        return render(request, "payments/pay.html", {"reading": reading}, status=409)
    except LightningError as error:
        return render(request, "payments/pay.html", {"reading": Reading(text=text, refusal=refuse(text, error))}, status=400)
    return redirect("payments:payment", payment_id)
