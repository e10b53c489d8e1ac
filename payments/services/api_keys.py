"""
Keys for programs: made once, shown once, kept as a hash, and gone the moment they are revoked.

A key is random, so its plain SHA-256 tells nobody what it is, and nothing slower is needed. It is found by its beginning, which opens
nothing, and the rest is compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from msgspec import Struct

from payments.access.scopes import Scope
from payments.models import ApiKey
from payments.models.audit import AuditAction, SubjectKind
from payments.services.api_errors import KeyNameMissing, ScopesMissing, UnknownApiKey
from payments.services.note_audit import note_audit

_FORM = re.compile(r"lnw_([0-9a-f]{8})_([A-Za-z0-9_-]{43})", re.ASCII)
_PREFIX_BYTES = 4
_SECRET_BYTES = 32
_MOST_NAME_LETTERS = 60
_USE_IS_NOTED_EVERY = timedelta(minutes=1)
"""A key that is used a hundred times a second is not written a hundred times a second."""
_NOBODY = hashlib.sha256(b"no key").hexdigest()


class KeyInForce(Struct, frozen=True, kw_only=True):
    """A key that opens something, and what."""

    id: int
    account_id: int
    prefix: str
    name: str
    scopes: frozenset[Scope]


def create_key(account_id: int, *, name: str, scopes: frozenset[Scope], user_id: int) -> tuple[ApiKey, str]:
    """
    A new key of an account, and the whole of it: the only moment in which anybody can read it.

    raises   KeyNameMissing, ScopesMissing
    """
    name = name.strip()[:_MOST_NAME_LETTERS]
    if not name:
        raise KeyNameMissing
    if not scopes:
        raise ScopesMissing
    prefix = secrets.token_hex(_PREFIX_BYTES)
    key = f"lnw_{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    with transaction.atomic():
        row = ApiKey.objects.create(
            account_id=account_id,
            name=name,
            prefix=prefix,
            key_hash=_hash(key),
            scopes=sorted(scope.value for scope in scopes),
            created_by_id=user_id,
        )
        said = {"name": name, "prefix": prefix, "scopes": row.scopes, "account": account_id}
        note_audit(AuditAction.KEY_CREATED, SubjectKind.API_KEY, str(row.pk), after=said)
    return row, key


def revoke_key(key_id: int, *, account_id: int) -> None:
    """
    Let a key open nothing from now on; what it has begun comes to its end. Asked twice, nothing more happens.

    raises   UnknownApiKey
    """
    with transaction.atomic():
        mine = ApiKey.objects.filter(pk=key_id, account_id=account_id)
        if not mine.exists():
            raise UnknownApiKey
        if mine.filter(revoked_at=None).update(revoked_at=timezone.now()):
            note_audit(AuditAction.KEY_REVOKED, SubjectKind.API_KEY, str(key_id), after={"account": account_id})


def find_key(text: str) -> KeyInForce | None:
    """
    The key in force that this text is, and a note that it was used; None when it opens nothing.

    Whether the beginning is unknown or the rest is wrong takes the same time and the same steps.
    """
    form = _FORM.fullmatch(text)
    row = ApiKey.objects.filter(prefix=form.group(1)).first() if form else None
    is_right = hmac.compare_digest(_hash(text), _NOBODY if row is None else row.key_hash)
    if row is None or not is_right or row.revoked_at is not None:
        return None
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _USE_IS_NOTED_EVERY)
    if row.last_used_at is None or row.last_used_at < now - _USE_IS_NOTED_EVERY:
        ApiKey.objects.filter(stale, pk=row.pk).update(last_used_at=now)
    scopes = frozenset(Scope(scope) for scope in row.scopes)
    return KeyInForce(id=row.pk, account_id=row.account_id, prefix=row.prefix, name=row.name, scopes=scopes)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()
