"""
The page that puts the node beside the books, and reads the audit log from its first row to its last.

Everything is counted anew when somebody looks, as of one moment that the page names; nothing is kept of it.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_safe

from payments.models import AuditHead
from payments.queries.audit_chain import verify_chain
from payments.queries.reconciliation import reconcile
from payments.queries.wording_audit import damage_sentence

_VERIFY = "audit_log"
"""Whether the log is read too: that takes as long as it is."""


def reconciliation_addresses(site: AdminSite) -> list[URLPattern]:
    """The page, behind the admin's own door."""

    @require_safe
    def page(request: HttpRequest) -> HttpResponse:
        return TemplateResponse(request, "admin/payments/reconciliation.html", {**site.each_context(request), **_compared(request)})

    return [path("reconciliation/", site.admin_view(page), name="payments_reconciliation")]


def _compared(request: HttpRequest) -> dict[str, Any]:
    at, head = timezone.now(), AuditHead.objects.first()
    return {
        "title": "Reconciliation: does the node hold what the books say?",
        "at": at,
        "found": reconcile(),
        "rows": 0 if head is None else head.sequence,
        "log": _log() if _VERIFY in request.GET else None,
    }


def _log() -> dict[str, Any]:
    at, report = timezone.now(), verify_chain()
    return {"at": at, "rows": report.rows, "damage": None if report.damage is None else damage_sentence(report.damage)}
