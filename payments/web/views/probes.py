"""Test a route before paying: one click, and how far it got appears where the click was."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from payments.access.roles import Permission
from payments.lightning.errors import LightningError
from payments.queries.probes import route_test
from payments.queries.shapes import RouteTestShape
from payments.services.probe_route import probe_route
from payments.web.allowed import needs, needs_somewhere
from payments.web.forms import ProbeForm
from payments.web.reading import Reading, Refusal, refuse
from payments.web.signed_in import user_id_of


@needs(Permission.PAY)
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Test what was previewed; asked twice, it is still one test. The fragment for the preview, or a page of its own without scripts."""
    form = ProbeForm(request.POST)
    text = request.POST.get("text", "")
    if not form.is_valid():
        return _refused(request, text, Refusal(sentence="This form is not as we made it, so nothing was tested. Read the invoice again."))
    fields = form.cleaned_data
    try:
        request_id = probe_route(
            text,
            request_id=fields["request_id"],
            amount_msat=fields["amount_msat"],
            fee_limit_msat=fields["fee_limit_msat"],
            user_id=user_id_of(request),
            route_token=fields["route"],
        )
    except LightningError as error:
        return _refused(request, text, refuse(text, error))
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware puts it there
        return render(request, "payments/probe/_live.html", {"test": _test_or_404(request, request_id)})
    return redirect("payments:probe", request_id)


def _refused(request: HttpRequest, text: str, refusal: Refusal) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware puts it there
        return render(request, "payments/probe/_refused.html", {"refusal": refusal})
    return render(request, "payments/pay.html", {"reading": Reading(text=text, refusal=refusal)}, status=400)


def _test_or_404(request: HttpRequest, request_id: str) -> RouteTestShape:
    test = route_test(request_id, user_id=user_id_of(request))
    if test is None:
        raise Http404
    return test


@needs_somewhere(Permission.PAY)
@require_safe
def probe(request: HttpRequest, request_id: str) -> HttpResponse:
    """A test on a page of its own."""
    return render(request, "payments/probe.html", {"test": _test_or_404(request, request_id), "section": "pay"})


@needs_somewhere(Permission.PAY)
@require_safe
def probe_status(request: HttpRequest, request_id: str) -> HttpResponse:
    """What the websocket would push, for when it is down."""
    return render(request, "payments/live/probe.html", {"test": _test_or_404(request, request_id)})
