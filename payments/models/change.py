"""
What has changed since somebody last looked: one row for each thing that an open page may show, with the number of its newest change.

The number comes from one counter row, whose lock is held until the commit. So numbers become visible in their own order, also in
PostgreSQL, where ids of a sequence do not: who has seen number 7 will never be shown a 6 that was not there before.
"""

from __future__ import annotations

from django.db import models


class ChangeCounter(models.Model):
    """The number of the newest change: one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    value = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_change_counter"),)

    def __str__(self) -> str:
        return str(self.value)


class ChangeRecord(models.Model):
    """
    A thing by the name under which pages follow it, and when it last changed.

    `payment.<id>`, `invoice.<id>`, `probe.<id>`, `balance`, `faults`
    """

    group = models.CharField(max_length=100, primary_key=True)
    sequence = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"{self.group} {self.sequence}"
