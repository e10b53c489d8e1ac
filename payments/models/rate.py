"""What a bitcoin was worth, as somebody said it: no rate is ever guessed or carried over to another currency."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from payments.models.append_only import AppendOnly


class RateRecord(AppendOnly):
    """The price of one bitcoin in the smallest units of a currency (cents), from a moment on."""

    currency = models.CharField(max_length=3)
    """ISO 4217."""
    minor_units_per_btc = models.BigIntegerField()
    valid_from = models.DateTimeField()
    source = models.CharField(max_length=40)
    """Who said so: `manual`, or the name of a file."""
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(minor_units_per_btc__gt=0), name="rate_positive"),
            models.UniqueConstraint(fields=("currency", "valid_from", "source"), name="one_rate_a_moment"),
        )
        indexes = (models.Index(fields=("currency", "-valid_from"), name="newest_rate"),)

    def __str__(self) -> str:
        return f"{self.currency} {self.valid_from:%Y-%m-%d %H:%M}"
