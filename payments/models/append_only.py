"""
Rows that are written once and never again: the ledger.

The refusal here catches our own mistakes early; triggers in the database (migration 0002) refuse what goes past it, such as a query set's
`update()` or somebody at a database prompt. A correction is a new row.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


class AppendOnly(models.Model):
    """A row that is added once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 (Django's own signature)
        """Add the row. ValueError when it is already there."""
        if not self._state.adding:
            raise ValueError(f"{self._meta.label} is written once")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:  # noqa: ANN401, ARG002 (Django's own signature)
        """ValueError, always."""
        raise ValueError(f"{self._meta.label} is never deleted")
