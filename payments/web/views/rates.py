"""Rates, for those who run the node, and the currency of an account, for them and for its owners."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from payments.access.roles import Permission, ServerPermission
from payments.lightning.errors import LightningError
from payments.queries.rates import newest_rates, rate_at
from payments.services.account_currency import set_currency
from payments.services.rates import add_rate, import_rates
from payments.services.refusals import sentence_for
from payments.web.allowed import needs, needs_server
from payments.web.current_account import account_of
from payments.web.paying import wrong_account
from payments.web.rate_forms import CurrencyForm, RateFileForm, RateForm


@needs_server(ServerPermission.OPERATE)
@require_http_methods(["GET", "HEAD", "POST"])
def rates(request: HttpRequest) -> HttpResponse:
    """The newest rates, and a form for another one."""
    if request.method != "POST":
        return _list(request)
    form = RateForm(request.POST)
    if not form.is_valid():
        return _list(request, refusal="Write a currency, such as EUR, and the price of one bitcoin, such as 58000.12.", form=form)
    try:
        add_rate(form.cleaned_data["currency"], form.cleaned_data["price"], valid_from=timezone.now())
    except LightningError as error:
        return _list(request, refusal=sentence_for(error), form=form)
    return redirect("payments:rates")


@needs_server(ServerPermission.OPERATE)
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file of rates, all of it or nothing."""
    form = RateFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, refusal=" ".join(str(error) for errors in form.errors.values() for error in errors))
    name, text = form.cleaned_data["file"]
    try:
        added = import_rates(text, name=name)
    except LightningError as error:
        return _list(request, refusal=sentence_for(error))
    return redirect(f"{reverse('payments:rates')}?added={added}")


@needs(Permission.MANAGE_CURRENCY)
@require_http_methods(["GET", "HEAD", "POST"])
def currency(request: HttpRequest) -> HttpResponse:
    """For owners: the currency of their account."""
    account = account_of(request)
    shown = {"rate": rate_at(account.currency), "typed": account.currency}
    if request.method != "POST":
        return render(request, "payments/currency.html", shown | {"is_saved": "saved" in request.GET})
    form = CurrencyForm(request.POST)
    refusal = wrong_account(request, request.POST.get("account", ""))
    if refusal:
        return render(request, "payments/currency.html", shown | {"refusal": refusal}, status=409)
    if refusal := store_currency(account.slug, form):
        return render(request, "payments/currency.html", shown | {"refusal": refusal, "typed": form.data.get("currency", "")}, status=400)
    return redirect(f"{request.path}?saved")


def store_currency(slug: str, form: CurrencyForm) -> str:
    """Do as the form says; why not, in a sentence, or nothing."""
    if not form.is_valid():
        return "A currency is three capital letters, such as EUR. Nothing was changed."
    try:
        set_currency(slug, form.cleaned_data["currency"])
    except LightningError as error:
        return sentence_for(error)
    return ""


def _list(request: HttpRequest, *, refusal: str = "", form: RateForm | None = None) -> HttpResponse:
    added = request.GET.get("added", "")
    shown = {"rates": newest_rates(), "refusal": refusal, "form": form, "added": added if added.isascii() and added.isdigit() else ""}
    return render(request, "payments/rates.html", shown, status=400 if refusal else 200)
