"""Payments that need a second person: asked for on the Pay page, listed, looked at, and decided about."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from msgspec.structs import replace

from payments.access.roles import Permission
from payments.lightning.errors import LightningError
from payments.queries.approvals import ApprovalShape, approval_page, approval_rows
from payments.services import decide_approval
from payments.services.approval_errors import ApprovalNotNeeded
from payments.services.refusals import sentence_for
from payments.services.request_approval import request_approval
from payments.web.allowed import needs, needs_somewhere
from payments.web.current_account import account_ids, account_of, work_in
from payments.web.forms import PayForm
from payments.web.paying import payer_of, wrong_account
from payments.web.reading import Reading, Refusal, read_again, refuse
from payments.web.signed_in import user_id_of
from payments.web.spending_forms import ApproveForm, RejectForm

_NOT_OURS = "This form is not as we made it, so nothing was done. Open the page again."


@needs(Permission.PAY)
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for approval of what was previewed, and go where the answer will be; asked twice, it is still one request."""
    form, text = PayForm(request.POST), request.POST.get("text", "")
    if not form.is_valid():
        return _unread(request, text, _NOT_OURS, status=400)
    fields = form.cleaned_data
    if refusal := wrong_account(request, fields["account"]):
        return _unread(request, text, refusal, status=409)
    figures = {"amount_msat": fields["amount_msat"], "fee_limit_msat": fields["fee_limit_msat"]}
    try:
        payment_id = request_approval(text, payment_id=fields["payment_id"], payer=payer_of(request), **figures)
    except ApprovalNotNeeded as error:
        # The rules have changed since it was shown: the same invoice, and the button that it has now.
        reading = replace(read_again(text, account_id=account_of(request).id, **figures), notice=sentence_for(error))
        return render(request, "payments/pay.html", {"reading": reading}, status=409)
    except LightningError as error:
        return render(request, "payments/pay.html", {"reading": Reading(text=text, refusal=refuse(text, error))}, status=400)
    return redirect("payments:approval", payment_id)


@needs(Permission.SEE_MONEY)
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits in the account, and what was decided."""
    return _list(request, "payments/approvals.html")


@needs(Permission.SEE_MONEY)
@require_safe
def approvals_status(request: HttpRequest) -> HttpResponse:
    """What the websocket would push, for when it is down."""
    return _list(request, "payments/live/approvals.html")


@needs_somewhere(Permission.SEE_MONEY)
@require_safe
def approval(request: HttpRequest, payment_id: str) -> HttpResponse:
    """One request: what would be paid, who asked, and, for whom it concerns, the buttons."""
    return _page(request, _approval_or_404(request, payment_id, remember=True))


@needs_somewhere(Permission.SEE_MONEY)
@require_safe
def approval_status(request: HttpRequest, payment_id: str) -> HttpResponse:
    """What the websocket would push, for when it is down."""
    found = _approval_or_404(request, payment_id)
    return render(request, "payments/live/approval.html", {"approval": found, "account": account_of(request)})


@needs_somewhere(Permission.APPROVE)
@require_POST
def approve(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Approve what the page showed, which pays it."""
    found, form = _approval_or_404(request, payment_id, permission=Permission.APPROVE), ApproveForm(request.POST)
    if not form.is_valid():
        return _page(request, found, refusal=_NOT_OURS, status=400)
    user_id, digest = user_id_of(request), form.cleaned_data["digest"]
    return _decide(request, found, lambda: decide_approval.approve(payment_id, user_id=user_id, digest=digest))


@needs_somewhere(Permission.APPROVE)
@require_POST
def reject(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Refuse it, and say why if there is something to say."""
    found, form = _approval_or_404(request, payment_id, permission=Permission.APPROVE), RejectForm(request.POST)
    if not form.is_valid():
        return _page(request, found, refusal=" ".join(str(error) for error in form.errors["remark"]), status=400)
    user_id, remark = user_id_of(request), form.cleaned_data["remark"]
    return _decide(request, found, lambda: decide_approval.reject(payment_id, user_id=user_id, remark=remark))


@needs_somewhere(Permission.PAY)
@require_POST
def withdraw(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Take back what one has asked for."""
    found, user_id = _approval_or_404(request, payment_id, permission=Permission.PAY), user_id_of(request)
    return _decide(request, found, lambda: decide_approval.withdraw(payment_id, user_id=user_id))


def _approval_or_404(
    request: HttpRequest, payment_id: str, *, permission: Permission = Permission.SEE_MONEY, remember: bool = False
) -> ApprovalShape:
    """A request of one of the accounts in which the person who asks holds the permission; the answer is about that account from now on."""
    found = approval_page(payment_id, account_ids(request, permission))
    if found is None:
        raise Http404
    work_in(request, found.account_id, remember=remember)
    return found


def _decide(request: HttpRequest, found: ApprovalShape, deed: Callable[[], None]) -> HttpResponse:
    try:
        deed()
    except LightningError as error:
        return _page(request, _approval_or_404(request, found.payment_id), refusal=sentence_for(error), status=409)
    return redirect("payments:approval", found.payment_id)


def _page(request: HttpRequest, found: ApprovalShape, *, refusal: str = "", status: int = 200) -> HttpResponse:
    shown = {"approval": found, "account": account_of(request), "refusal": refusal}
    return render(request, "payments/approval.html", shown, status=status)


def _list(request: HttpRequest, template: str) -> HttpResponse:
    account = account_of(request)
    return render(request, template, {"page": approval_rows(account.id), "account": account})


def _unread(request: HttpRequest, text: str, sentence: str, *, status: int) -> HttpResponse:
    """The text again, and why it was not followed."""
    return render(request, "payments/pay.html", {"reading": Reading(text=text, refusal=Refusal(sentence=sentence))}, status=status)
