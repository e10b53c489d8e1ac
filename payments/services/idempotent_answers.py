"""
The same wish of a program twice is one wish, and gets one answer for ever.

The caller names its wish. The name gives the payment its id, so that paying itself is what happens once; the first answer is kept, and who
asks again with the same name and the same wish is given that one, word for word. A refusal is not kept: nothing has happened, and what was
lacking may be there the next time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from django.db import transaction

from payments.models import IdempotentAnswer
from payments.services.api_errors import IdempotencyKeyMalformed, IdempotencyKeyMissing, IdempotencyKeyReused

_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,98}[\x21-\x7e])?", re.ASCII)


def payment_id_for(account_id: int, key: str) -> str:
    """The id of the payment that this account names so: 32 bytes in hex, another one for every account and name."""
    return hashlib.sha256(f"lnweb idempotency {account_id} {key}".encode()).hexdigest()


def answer_once(account_id: int, key: str | None, wish: bytes, make: Callable[[], tuple[int, str]]) -> tuple[int, str]:
    """
    The answer to a wish: a new one, or the one that was given before.

    key      what the caller names the wish
    wish     what is wished, byte for byte
    make     has the wish fulfilled and gives status and body; it is called again when an earlier call did not come to its end, so
             fulfilling twice must do no more than once

    raises   IdempotencyKeyMissing, IdempotencyKeyMalformed, IdempotencyKeyReused, and whatever `make` raises
    """
    if not key:
        raise IdempotencyKeyMissing
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyMalformed
    request_hash = hashlib.sha256(wish).hexdigest()
    IdempotentAnswer.objects.bulk_create(
        [IdempotentAnswer(account_id=account_id, key=key, request_hash=request_hash)], ignore_conflicts=True
    )
    known = IdempotentAnswer.objects.get(account_id=account_id, key=key)
    if known.request_hash != request_hash:
        raise IdempotencyKeyReused
    if known.status is None:
        status, body = make()
        with transaction.atomic():
            IdempotentAnswer.objects.filter(pk=known.pk, status=None).update(status=status, body=body)
        known.refresh_from_db()
    assert known.status is not None
    return known.status, known.body
