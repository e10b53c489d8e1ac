"""In which currency an account's amounts are shown beside sat. What was kept with earlier payments stays in the currency of its day."""

from __future__ import annotations

from django.db import transaction

from payments.models import MerchantAccount
from payments.models.audit import AuditAction, SubjectKind
from payments.queries.currencies import is_currency
from payments.services.account_errors import AccountWishMalformed, UnknownAccount
from payments.services.note_audit import Note, Subject, note_audits


def set_currency(slug: str, currency: str) -> bool:
    """
    Show an account's amounts in this currency too; whether anything is different now.

    currency    ISO 4217; empty: in sat alone

    raises   AccountWishMalformed, UnknownAccount
    """
    if currency and not is_currency(currency):
        raise AccountWishMalformed(field="currency")
    with transaction.atomic():
        account = MerchantAccount.objects.select_for_update(no_key=True).filter(slug=slug).first()
        if account is None:
            raise UnknownAccount
        if account.currency == currency:
            return False
        MerchantAccount.objects.filter(pk=account.pk).update(currency=currency)
        subject = Subject(kind=SubjectKind.ACCOUNT, id=slug)
        before, after = {"currency": account.currency}, {"currency": currency}
        note_audits([Note(action=AuditAction.CURRENCY_CHANGED, subject=subject, before=before, after=after)])
    return True
