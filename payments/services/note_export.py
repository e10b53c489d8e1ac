"""That somebody took records of an account along in a file: noted before the first line is read, for what is taken cannot be taken back."""

from __future__ import annotations

from django.db import transaction

from payments.models import MerchantAccount
from payments.models.audit import AuditAction, SubjectKind
from payments.services.note_audit import note_audit


def note_history_export(account_id: int, *, query: str) -> None:
    """The history, or what a search found in it."""
    _note(AuditAction.HISTORY_EXPORTED, account_id, {"search": query})


def note_statement_export(account_id: int, *, month: str) -> None:
    """The statement of a month."""
    _note(AuditAction.STATEMENT_EXPORTED, account_id, {"month": month})


def _note(action: AuditAction, account_id: int, what: dict[str, object]) -> None:
    slug = MerchantAccount.objects.values_list("slug", flat=True).get(pk=account_id)
    with transaction.atomic():
        note_audit(action, SubjectKind.ACCOUNT, slug, after=what)
