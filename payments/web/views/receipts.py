"""Receipts: a page to print, and a file that convinces without us."""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from payments.access.roles import Permission
from payments.lightning.errors import LightningError
from payments.services.receipt_file import Receipt, encode_receipt
from payments.services.receipts import receipt_of_invoice, receipt_of_payment
from payments.services.refusals import sentence_for
from payments.web.allowed import needs_somewhere
from payments.web.current_account import account_ids

_Find = Callable[[str, Collection[int]], Receipt | None]


@needs_somewhere(Permission.SEE_MONEY)
@require_safe
def of_payment(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Of a payment that is paid."""
    return _page(request, payment_id, receipt_of_payment, Permission.SEE_MONEY)


@needs_somewhere(Permission.SEE_MONEY)
@require_safe
def file_of_payment(request: HttpRequest, payment_id: str) -> HttpResponse:
    """The same, to keep."""
    return _file(request, payment_id, receipt_of_payment, Permission.SEE_MONEY)


@needs_somewhere(Permission.SEE_INCOMING)
@require_safe
def of_invoice(request: HttpRequest, request_id: str) -> HttpResponse:
    """Of an invoice that was paid."""
    return _page(request, request_id, receipt_of_invoice, Permission.SEE_INCOMING)


@needs_somewhere(Permission.SEE_INCOMING)
@require_safe
def file_of_invoice(request: HttpRequest, request_id: str) -> HttpResponse:
    """The same, to keep."""
    return _file(request, request_id, receipt_of_invoice, Permission.SEE_INCOMING)


def _page(request: HttpRequest, subject_id: str, find: _Find, permission: Permission) -> HttpResponse:
    found = _found(request, subject_id, find, permission)
    return found if isinstance(found, HttpResponse) else render(request, "payments/receipt.html", {"receipt": found})


def _file(request: HttpRequest, subject_id: str, find: _Find, permission: Permission) -> HttpResponse:
    found = _found(request, subject_id, find, permission)
    if isinstance(found, HttpResponse):
        return found
    headers = {"Content-Disposition": f'attachment; filename="receipt-{subject_id[:16]}.json"', "Cache-Control": "no-store"}
    return HttpResponse(encode_receipt(found), content_type="application/json", headers=headers)


def _found(request: HttpRequest, subject_id: str, find: _Find, permission: Permission) -> Receipt | HttpResponse:
    """The receipt, or the page that says why there is none yet."""
    try:
        receipt = find(subject_id, account_ids(request, permission))
    except LightningError as error:
        return render(request, "payments/receipt_none.html", {"refusal": sentence_for(error)}, status=409)
    if receipt is None:
        raise Http404
    return receipt
