"""The sandbox's shops: somebody to pay, so that the first invoice is two clicks away."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from payments.queries.shapes import ShopInvoiceShape
from payments.queries.shops import shop as find_shop
from payments.queries.shops import shop_invoice
from payments.queries.shops import shops as all_shops
from payments.services.request_shop_invoice import request_shop_invoice
from payments.web.forms import InvoiceForm


@login_required
@require_safe
def shops(request: HttpRequest) -> HttpResponse:
    """All shops, as cards."""
    return render(request, "payments/shops.html", {"shops": all_shops()})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def shop(request: HttpRequest, slug: str) -> HttpResponse:
    """One shop: ask it for an invoice."""
    chosen = find_shop(slug)
    if chosen is None:
        raise Http404
    form = InvoiceForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "payments/shop.html", {"shop": chosen, "form": form}, status=400 if form.errors else 200)
    wish = form.cleaned_data
    request_id = request_shop_invoice(slug, amount_msat=wish["amount"], description=wish["description"], expiry_s=wish["expiry_s"])
    return redirect("payments:shop_invoice", request_id)


def _request_or_404(request_id: str) -> ShopInvoiceShape:
    asked = shop_invoice(request_id)
    if asked is None:
        raise Http404
    return asked


@login_required
@require_safe
def invoice(request: HttpRequest, request_id: str) -> HttpResponse:
    """The invoice that a shop was asked for, as soon as its node has made it."""
    return render(request, "payments/shop_invoice.html", {"asked": _request_or_404(request_id)})


@login_required
@require_safe
def invoice_status(request: HttpRequest, request_id: str) -> HttpResponse:
    """What the websocket would push, for when it is down."""
    return render(request, "payments/live/invoice.html", {"asked": _request_or_404(request_id)})
