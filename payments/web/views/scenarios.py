"""Stories to try: what goes wrong on purpose, one click to begin, one to put everything right."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from payments.access.roles import ServerPermission
from payments.ledger.accounts import HOUSE_ID
from payments.lightning.errors import LightningError
from payments.queries.network import height
from payments.queries.shops import shop_invoice
from payments.services.advance_blocks import advance_blocks
from payments.services.clear_faults import clear_faults
from payments.services.refusals import sentence_for
from payments.services.scenarios import SCENARIOS, scenario
from payments.services.start_scenario import start_scenario
from payments.web.allowed import needs_server
from payments.web.current_account import current_account
from payments.web.forms import ReadForm
from payments.web.reading import read_text

BLOCK_STEPS = (1, 6, 144)
"""What the page offers: the next one, a buried transaction, a day."""


def _all(request: HttpRequest, *, refusal: str = "") -> HttpResponse:
    shown = {"scenarios": SCENARIOS, "height": height(), "block_steps": BLOCK_STEPS, "refusal": refusal}
    return render(request, "payments/scenarios.html", shown, status=400 if refusal else 200)


@needs_server(ServerPermission.OPERATE)
@require_safe
def scenarios(request: HttpRequest) -> HttpResponse:
    """All stories, as cards."""
    return _all(request)


@needs_server(ServerPermission.OPERATE)
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Begin one and go where its invoice will be."""
    slug = request.POST.get("scenario", "")
    try:
        request_id = start_scenario(slug)
    except LightningError as error:
        return _all(request, refusal=sentence_for(error))
    return redirect("payments:scenario", slug, request_id)


@needs_server(ServerPermission.OPERATE)
@require_safe
def pay(request: HttpRequest, slug: str, request_id: str) -> HttpResponse:
    """The Pay page with the story's invoice in its box; until the shop has made it, a page that looks again by itself."""
    chosen, asked = scenario(slug), shop_invoice(request_id)
    if chosen is None or asked is None:
        raise Http404
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware puts it there
        return HttpResponse(status=200 if asked.invoice or asked.refusal else 204, headers={"HX-Refresh": "true"} if asked.invoice else {})
    if not asked.invoice:
        return render(request, "payments/scenario_wait.html", {"scenario": chosen, "asked": asked})
    account = current_account(request)
    form = ReadForm({"text": asked.invoice, "about": asked.invoice})
    reading = read_text(form, account_id=HOUSE_ID if account is None else account.id)
    return render(request, "payments/scenario.html", {"scenario": chosen, "reading": reading, "section": "pay"})


@needs_server(ServerPermission.OPERATE)
@require_safe
def faults(request: HttpRequest) -> HttpResponse:
    """The banner alone, for a page that waits until everything is put right."""
    return render(request, "payments/live/faults.html")


@needs_server(ServerPermission.OPERATE)
@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """Put everything right, and go back to where that was asked for."""
    clear_faults()
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return redirect(back)
    return redirect("payments:scenarios")


@needs_server(ServerPermission.OPERATE)
@require_POST
def blocks(request: HttpRequest) -> HttpResponse:
    """Let some blocks come."""
    text = request.POST.get("blocks", "")
    try:
        advance_blocks(int(text) if text.isascii() and text.isdigit() else 0)
    except LightningError as error:
        return _all(request, refusal=sentence_for(error))
    return redirect("payments:scenarios")
