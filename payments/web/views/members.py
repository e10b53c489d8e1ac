"""Which account somebody works in, and, for its owners, who else belongs to it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from payments.access.roles import Permission, Role
from payments.lightning.errors import LightningError
from payments.queries.members import members_of
from payments.services.account_errors import UnknownMember
from payments.services.members import change_role, remove_member
from payments.services.refusals import sentence_for
from payments.web.account_forms import ROLES, RoleForm
from payments.web.allowed import needs
from payments.web.current_account import account_of, accounts_in, choose


@login_required
@require_POST
def choose_account(request: HttpRequest) -> HttpResponse:
    """Work in another account from now on, and go to the first page that the role there opens."""
    slug = request.POST.get("account", "")
    account = next((account for account in accounts_in(request) if account.slug == slug), None)
    if account is None:
        raise Http404
    choose(request.session, account)
    return redirect("payments:history" if account.sees_money and not account.pays else "payments:pay_page")


@needs(Permission.MANAGE_MEMBERS)
@require_safe
def members(request: HttpRequest) -> HttpResponse:
    """Everybody who belongs to the account, and what they are."""
    return _page(request)


@needs(Permission.MANAGE_MEMBERS)
@require_POST
def change(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give a member another role."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _page(request, refusal="Choose one of the roles.")
    try:
        change_role(account_of(request).id, user_id=user_id, role=Role(form.cleaned_data["role"]))
    except UnknownMember as error:
        raise Http404 from error
    except LightningError as error:
        return _page(request, refusal=sentence_for(error))
    return redirect("payments:members")


@needs(Permission.MANAGE_MEMBERS)
@require_POST
def remove(request: HttpRequest, user_id: int) -> HttpResponse:
    """End somebody's membership."""
    try:
        remove_member(account_of(request).id, user_id=user_id)
    except UnknownMember as error:
        raise Http404 from error
    except LightningError as error:
        return _page(request, refusal=sentence_for(error))
    return redirect("payments:members")


def _page(request: HttpRequest, *, refusal: str = "") -> HttpResponse:
    shown = {"members": members_of(account_of(request).id), "roles": ROLES, "refusal": refusal}
    return render(request, "payments/members.html", shown, status=400 if refusal else 200)
