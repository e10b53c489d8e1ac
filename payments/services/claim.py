"""Taking what the engine has left to be handled: once, whoever else may be at it."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from payments.models import EngineCommand, EngineEvent


class ClaimedBefore(Exception):
    """Somebody else has handled some of it meanwhile: this commit must not stand."""


def claim(rows: Sequence[EngineCommand] | Sequence[EngineEvent]) -> None:
    """
    Mark these as handled, in the commit that handles them. Only inside a transaction.

    raises    ClaimedBefore
    """
    unhandled = type(rows[0]).objects.filter(pk__in=[row.pk for row in rows], handled_at__isnull=True)
    if unhandled.update(handled_at=timezone.now()) != len(rows):
        raise ClaimedBefore
