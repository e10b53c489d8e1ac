"""Being paid: ask for money, see it come, and the page that a customer opens."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from payments.access.roles import Permission
from payments.lightning.errors import LightningError
from payments.queries.incoming import IncomingShape, PublicInvoiceShape, incoming_page, incoming_rows, public_invoice, receivable_msat
from payments.services.incoming_invoices import cancel_invoice, request_invoice
from payments.services.refusals import sentence_for
from payments.services.sandbox_customer import send_customer
from payments.web.allowed import needs, needs_somewhere
from payments.web.current_account import account_ids, account_of, work_in
from payments.web.forms import InvoiceForm
from payments.web.paging import page_number
from payments.web.signed_in import user_id_of


@needs(Permission.SEE_INCOMING)
@require_http_methods(["GET", "HEAD"])
def invoices(request: HttpRequest) -> HttpResponse:
    """The account's invoices and, for whom may ask, the form for a new one."""
    return _list(request, InvoiceForm())


@needs(Permission.ASK_FOR_MONEY)
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask our node for an invoice and go to its page."""
    form = InvoiceForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=400)
    wish = form.cleaned_data
    try:
        request_id = request_invoice(
            account_of(request).id,
            amount_msat=wish["amount"],
            description=wish["description"],
            expiry_s=wish["expiry_s"],
            user_id=user_id_of(request),
        )
    except LightningError as error:
        form.add_error(None, sentence_for(error))
        return _list(request, form, status=400)
    return redirect("payments:incoming", request_id)


def _list(request: HttpRequest, form: InvoiceForm, status: int = 200) -> HttpResponse:
    page = incoming_rows(account_of(request).id, page_number(request.GET.get("page")))
    return render(request, "payments/receive.html", {"form": form, "page": page, "receivable_msat": receivable_msat()}, status=status)


@needs_somewhere(Permission.SEE_INCOMING)
@require_safe
def incoming(request: HttpRequest, request_id: str) -> HttpResponse:
    """One invoice: its code to show to a customer, and live whether it is paid."""
    found = _of_mine(request, request_id, Permission.SEE_INCOMING)
    work_in(request, found.account_id, remember=True)
    return render(request, "payments/incoming.html", _shown(request, found))


@needs_somewhere(Permission.SEE_INCOMING)
@require_safe
def incoming_status(request: HttpRequest, request_id: str) -> HttpResponse:
    """What the websocket would push, for when it is down."""
    found = _of_mine(request, request_id, Permission.SEE_INCOMING)
    work_in(request, found.account_id)
    return render(request, "payments/live/incoming.html", _shown(request, found))


@needs_somewhere(Permission.ASK_FOR_MONEY)
@require_POST
def cancel(request: HttpRequest, request_id: str) -> HttpResponse:
    """Take no money for it any more, unless money was faster."""
    found = _of_mine(request, request_id, Permission.ASK_FOR_MONEY)
    try:
        cancel_invoice(request_id, account_id=found.account_id)
    except LightningError as error:
        return render(request, "payments/incoming.html", {**_shown(request, found), "notice": sentence_for(error)}, status=409)
    return redirect("payments:incoming", request_id)


@needs_somewhere(Permission.ASK_FOR_MONEY)
@require_POST
def customer(request: HttpRequest, request_id: str) -> HttpResponse:
    """Let a customer of the sandbox pay it."""
    found = _of_mine(request, request_id, Permission.ASK_FOR_MONEY)
    try:
        send_customer(request_id, account_id=found.account_id)
    except LightningError as error:
        return render(request, "payments/incoming.html", {**_shown(request, found), "notice": sentence_for(error)}, status=409)
    return redirect("payments:incoming", request_id)


@require_safe
def public(request: HttpRequest, request_id: str) -> HttpResponse:
    """The page for whoever is asked to pay: no sign-in, and nothing on it but this invoice."""
    return render(request, "payments/pay_me.html", {"asked": _public_or_404(request_id)})


@require_safe
def public_status(request: HttpRequest, request_id: str) -> HttpResponse:
    """What its websocket would push."""
    return render(request, "payments/live/pay_me.html", {"asked": _public_or_404(request_id)})


def _of_mine(request: HttpRequest, request_id: str, permission: Permission) -> IncomingShape:
    found = incoming_page(request_id, account_ids(request, permission))
    if found is None:
        raise Http404
    return found


def _public_or_404(request_id: str) -> PublicInvoiceShape:
    found = public_invoice(request_id)
    if found is None:
        raise Http404
    return found


def _shown(request: HttpRequest, found: IncomingShape) -> dict[str, object]:
    return {"asked": found, "address": request.build_absolute_uri(f"/i/{found.request_id}/")}
