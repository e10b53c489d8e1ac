"""Everything that an account has paid and asked for: looked through, kept as searches, and taken along as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from payments.access.roles import Permission
from payments.lightning.errors import LightningError
from payments.queries.history import HistoryPageShape, history_page, history_rows
from payments.queries.saved_filters import saved_filters
from payments.services.note_export import note_history_export
from payments.services.refusals import sentence_for
from payments.services.saved_filters import delete_filter, save_filter
from payments.web.allowed import needs
from payments.web.current_account import account_of
from payments.web.history_csv import history_csv
from payments.web.history_forms import FilterNameForm, HistoryForm
from payments.web.paging import page_number
from payments.web.signed_in import user_id_of
from payments.web.streams import csv_answer

_NOTHING = HistoryPageShape(rows=(), number=1, pages=1, found=0)
_NOT_KEPT = "A search is kept under a name of at most 40 letters, when it asks for something. Nothing was kept."


@needs(Permission.SEE_MONEY)
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """One page of what fits; a page number that is none shows the first."""
    return _list(request)


@needs(Permission.SEE_MONEY)
@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """All that fits, as CSV, written while it is read."""
    form, account = HistoryForm(request.GET.dict()), account_of(request)
    if not form.is_valid():
        return _list(request)
    note_history_export(account.id, query=form.query())
    return csv_answer(request, history_csv(history_rows(account.id, form.wanted())), name=f"{account.slug}-history")


@needs(Permission.SEE_MONEY)
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the search of this address under a name."""
    form, name = HistoryForm(request.GET.dict()), FilterNameForm(request.POST)
    if not form.is_valid() or not form.query() or not name.is_valid():
        return _list(request, refusal=_NOT_KEPT)
    try:
        save_filter(account_of(request).id, user_id=user_id_of(request), name=name.cleaned_data["name"], query=form.query())
    except LightningError as error:
        return _list(request, refusal=sentence_for(error))
    return redirect(f"{reverse('payments:history')}?{form.query()}")


@needs(Permission.SEE_MONEY)
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Forget a search that was kept."""
    form = FilterNameForm(request.POST)
    if form.is_valid():
        delete_filter(account_of(request).id, user_id=user_id_of(request), name=form.cleaned_data["name"])
    return redirect("payments:history")


def _list(request: HttpRequest, *, refusal: str = "") -> HttpResponse:
    account, form = account_of(request), HistoryForm(request.GET.dict())
    is_asked = form.is_valid()
    page = history_page(account.id, form.wanted(), page_number(request.GET.get("page"))) if is_asked else _NOTHING
    shown = {
        "page": page,
        "form": form,
        "query": form.query(),
        "saved": saved_filters(account.id, user_id_of(request)),
        "refusal": refusal,
    }
    return render(request, "payments/history.html", shown, status=200 if is_asked and not refusal else 400)
