"""Merchant accounts: made, closed and opened again by whoever runs the node. None is ever deleted, for its books stay."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils import timezone

from payments.access.roles import Role
from payments.models import Membership, MerchantAccount
from payments.models.audit import AuditAction, SubjectKind
from payments.queries.members import members_of
from payments.services.account_errors import AccountExists, AccountWishMalformed, HouseStaysOpen, UnknownAccount
from payments.services.note_audit import Note, Subject, note_audits
from payments.services.note_change import note_change, person_group

MOST_NAME_LETTERS = 80
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_MOST_SLUG_LETTERS = 40
_CURRENCY = re.compile(r"(?:[A-Z]{3})?", re.ASCII)


def create_account(slug: str, *, name: str, currency: str = "", owner_id: int | None = None) -> int:
    """
    Make an account with nothing in it, and say its id.

    slug        small letters and digits, in words joined by hyphens; names it for ever
    currency    ISO 4217, or empty: amounts are shown in sat alone
    owner_id    who owns it from the beginning; None: nobody yet

    raises   AccountWishMalformed, AccountExists
    """
    _check(slug=slug, name=name, currency=currency)
    with transaction.atomic():
        account, is_new = MerchantAccount.objects.get_or_create(slug=slug, defaults={"name": name, "currency": currency})
        if not is_new:
            raise AccountExists(slug=slug)
        said: dict[str, object] = {"name": name, "currency": currency}
        if owner_id is not None:
            Membership.objects.create(account=account, user_id=owner_id, role=Role.OWNER)
            said |= {"owner_id": owner_id}
        _note(AuditAction.ACCOUNT_CREATED, slug, after=said)
        if owner_id is not None:
            note_change(person_group(owner_id))
    return account.pk


def close_account(slug: str) -> bool:
    """
    From now on nothing new is begun in it; what is under way comes to its end. Whether it was open.

    raises   UnknownAccount, HouseStaysOpen
    """
    return _set_closed(slug, is_closed=True)


def reopen_account(slug: str) -> bool:
    """
    As if it had never been closed. Whether it was closed.

    raises   UnknownAccount, HouseStaysOpen
    """
    return _set_closed(slug, is_closed=False)


def _set_closed(slug: str, *, is_closed: bool) -> bool:
    with transaction.atomic():
        account = MerchantAccount.objects.select_for_update(no_key=True).filter(slug=slug).first()
        if account is None:
            raise UnknownAccount
        if account.is_house:
            raise HouseStaysOpen
        if (account.closed_at is not None) == is_closed:
            return False
        account.closed_at = timezone.now() if is_closed else None
        account.save(update_fields=["closed_at"])
        action = AuditAction.ACCOUNT_CLOSED if is_closed else AuditAction.ACCOUNT_REOPENED
        _note(action, slug, before={"is_closed": not is_closed}, after={"is_closed": is_closed})
        note_change(*(person_group(member.user_id) for member in members_of(account.pk)))
    return True


def _check(*, slug: str, name: str, currency: str) -> None:
    if not _SLUG.fullmatch(slug) or len(slug) > _MOST_SLUG_LETTERS:
        raise AccountWishMalformed(field="short name")
    if not name.strip() or len(name) > MOST_NAME_LETTERS or not name.isprintable():
        raise AccountWishMalformed(field="name")
    if not _CURRENCY.fullmatch(currency):
        raise AccountWishMalformed(field="currency")


def _note(action: AuditAction, slug: str, *, before: dict[str, object] | None = None, after: dict[str, object]) -> None:
    subject = Subject(kind=SubjectKind.ACCOUNT, id=slug)
    note_audits([Note(action=action, subject=subject, before=before or {}, after=after)])
