"""Pay without paying: what the button would do now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from payments.access.roles import Permission
from payments.lightning.errors import LightningError
from payments.services.dry_run import dry_run
from payments.services.refusals import sentence_for
from payments.web.allowed import needs
from payments.web.forms import PayForm
from payments.web.paying import payer_of, wrong_account

_NOT_OURS = "This form is not as we made it, so nothing was tried. Read the invoice again."


@needs(Permission.PAY)
@require_POST
def rehearse(request: HttpRequest) -> HttpResponse:
    """Everything that paying what was previewed would look at, and what it would come to."""
    form = PayForm(request.POST)
    shown: dict[str, object] = {"text": request.POST.get("text", ""), "section": "pay"}
    if not form.is_valid():
        return render(request, "payments/dry_run.html", shown | {"refusal": _NOT_OURS}, status=400)
    fields = form.cleaned_data
    if refusal := wrong_account(request, fields["account"]):
        return render(request, "payments/dry_run.html", shown | {"refusal": refusal}, status=409)
    limits = {"amount_msat": fields["amount_msat"], "fee_limit_msat": fields["fee_limit_msat"]}
    try:
        found = dry_run(fields["text"], payer=payer_of(request), route_token=fields["route"], **limits)
    except LightningError as error:
        return render(request, "payments/dry_run.html", shown | {"refusal": sentence_for(error)})
    return render(request, "payments/dry_run.html", shown | {"found": found})
