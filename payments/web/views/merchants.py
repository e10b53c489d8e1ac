"""Merchant accounts, for those who run the node: made, closed, given members, and money moved between them and the house."""

from __future__ import annotations

import secrets

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from payments.access.roles import Role, ServerPermission
from payments.lightning.errors import LightningError
from payments.queries.account_shapes import AccountRowShape
from payments.queries.members import members_of
from payments.queries.merchants import account_row, account_rows, movements_of, user_id_of_name
from payments.services.members import add_member
from payments.services.merchant_accounts import close_account, create_account, reopen_account
from payments.services.move_money import Wish, fund, withdraw
from payments.services.refusals import sentence_for
from payments.web.account_forms import ROLES, AccountForm, MemberForm, MoveForm
from payments.web.allowed import needs_server
from payments.web.rate_forms import CurrencyForm
from payments.web.signed_in import user_id_of
from payments.web.views.rates import store_currency

_MOVEMENT_ID_BYTES = 16
_FIELDS = (
    ("name", "Name", "Corner Café", 80),
    ("slug", "Short name, for addresses and commands", "corner-cafe", 40),
    ("currency", "Currency beside sat, if any", "EUR", 3),
    ("owner", "Its first owner's name here, if there is one", "", 150),
)
_NOT_OURS = "This form is not as we made it, so nothing was moved. Open the page again."


@needs_server(ServerPermission.OPERATE)
@require_http_methods(["GET", "HEAD", "POST"])
def accounts(request: HttpRequest) -> HttpResponse:
    """All accounts, and a form for another one."""
    form = AccountForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _list(request, form)
    wish = form.cleaned_data
    owner_id = user_id_of_name(wish["owner"]) if wish["owner"] else None
    if wish["owner"] and owner_id is None:
        form.add_error("owner", "Nobody here has this name.")
        return _list(request, form)
    try:
        create_account(wish["slug"], name=wish["name"], currency=wish["currency"], owner_id=owner_id)
    except LightningError as error:
        form.add_error(None, sentence_for(error))
        return _list(request, form)
    return redirect("payments:account", wish["slug"])


def _list(request: HttpRequest, form: AccountForm) -> HttpResponse:
    fields = [(form[name], label, hint, most_letters) for name, label, hint, most_letters in _FIELDS]
    shown = {"accounts": account_rows(), "form": form, "fields": fields}
    return render(request, "payments/accounts.html", shown, status=400 if form.errors else 200)


@needs_server(ServerPermission.OPERATE)
@require_safe
def account(request: HttpRequest, slug: str) -> HttpResponse:
    """One account: what it holds, who belongs to it, and what was moved."""
    return _page(request, slug)


@needs_server(ServerPermission.OPERATE)
@require_POST
def move(request: HttpRequest, slug: str) -> HttpResponse:
    """Move money of the house into the account or back; asked twice, it is still moved once."""
    _row_or_404(slug)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _page(request, slug, form=form)
    fields = form.cleaned_data
    wish = Wish(
        slug=slug,
        amount_msat=fields["amount"] or 0,
        reason=fields["reason"],
        movement_id=fields["movement_id"],
        user_id=user_id_of(request),
    )
    try:
        (fund if fields["way"] == "fund" else withdraw)(wish)
    except LightningError as error:
        return _page(request, slug, form=form, refusal=sentence_for(error))
    return redirect("payments:account", slug)


@needs_server(ServerPermission.OPERATE)
@require_POST
def close(request: HttpRequest, slug: str) -> HttpResponse:
    """Close the account, or open it again."""
    _row_or_404(slug)
    try:
        (reopen_account if request.POST.get("open") else close_account)(slug)
    except LightningError as error:
        return _page(request, slug, refusal=sentence_for(error))
    return redirect("payments:account", slug)


@needs_server(ServerPermission.OPERATE)
@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Make somebody a member: an account's first owner cannot be invited by an owner."""
    row = _row_or_404(slug)
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _page(request, slug, refusal="Write a name and choose a role.")
    try:
        add_member(row.id, username=form.cleaned_data["username"], role=Role(form.cleaned_data["role"]))
    except LightningError as error:
        return _page(request, slug, refusal=sentence_for(error))
    return redirect("payments:account", slug)


@needs_server(ServerPermission.OPERATE)
@require_POST
def currency(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the account's amounts in another currency too, or in none."""
    _row_or_404(slug)
    refusal = store_currency(slug, CurrencyForm(request.POST))
    return _page(request, slug, refusal=refusal) if refusal else redirect("payments:account", slug)


def _row_or_404(slug: str) -> AccountRowShape:
    row = account_row(slug)
    if row is None:
        raise Http404
    return row


def _page(request: HttpRequest, slug: str, *, form: MoveForm | None = None, refusal: str = "") -> HttpResponse:
    row = _row_or_404(slug)
    is_ours = form is None or "movement_id" not in form.errors
    shown = {
        "row": row,
        "members": members_of(row.id),
        "movements": movements_of(row.id),
        "roles": ROLES,
        "ways": MoveForm.WAYS,
        "form": form,
        "refusal": refusal if is_ours else _NOT_OURS,
        "movement_id": secrets.token_hex(_MOVEMENT_ID_BYTES) if form is None or not is_ours else form.data.get("movement_id"),
    }
    return render(request, "payments/account.html", shown, status=400 if refusal or (form is not None and form.errors) else 200)
