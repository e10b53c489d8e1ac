"""For an account's owners: what each role may spend, and from where on somebody else has to approve."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from payments.access.roles import Permission
from payments.queries.spending_rules import spending_rules
from payments.services.set_spending_rules import set_spending_rules
from payments.web.allowed import needs
from payments.web.current_account import account_of
from payments.web.paying import wrong_account
from payments.web.spending_forms import LimitsForm


@needs(Permission.MANAGE_LIMITS)
@require_http_methods(["GET", "HEAD", "POST"])
def limits(request: HttpRequest) -> HttpResponse:
    """The page, and what was typed there."""
    account_id = account_of(request).id
    rules = spending_rules(account_id)
    if request.method != "POST":
        return render(request, "payments/limits.html", {"form": LimitsForm(rules=rules), "is_saved": "saved" in request.GET})
    form = LimitsForm(request.POST, rules=rules)
    refusal = wrong_account(request, request.POST.get("account", ""))
    if refusal or not form.is_valid():
        return render(request, "payments/limits.html", {"form": form, "refusal": refusal}, status=409 if refusal else 400)
    set_spending_rules(account_id, form.rules())
    return redirect(f"{request.path}?saved")
