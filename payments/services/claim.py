"""Taking what the engine has left to be handled: once, whoever else may be at it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.utils import timezone

from payments.models import EngineCommand, EngineEvent
from payments.models.read_rows import places

_TABLES = {EngineCommand: "payments_enginecommand", EngineEvent: "payments_engineevent"}


class ClaimedBefore(Exception):
    """Somebody else has handled some of it meanwhile: this commit must not stand."""


def claim(rows: Sequence[EngineCommand] | Sequence[EngineEvent]) -> None:
    """
    Mark these as handled, in the commit that handles them. Only inside a transaction.

    raises    ClaimedBefore
    """
    numbers = [row.pk for row in rows]
    mark = f"UPDATE {_TABLES[type(rows[0])]} SET handled_at = %s WHERE handled_at IS NULL AND id IN {places(numbers)}"  # noqa: S608 (our own names)
    with connection.cursor() as cursor:
        cursor.execute(mark, [connection.ops.adapt_datetimefield_value(timezone.now()), *numbers])
        if cursor.rowcount != len(rows):
            raise ClaimedBefore
