"""Invoices that nodes of the sandbox were asked for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone


class InvoiceRequest(models.Model):
    """An invoice, from the asking to the text. The engine's process makes it; until then `invoice` is empty."""

    class State(models.TextChoices):
        """Where the request is."""

        REQUESTED = "requested"
        MADE = "made"
        REFUSED = "refused"

    request_id = models.CharField(max_length=64, primary_key=True)
    node = models.SlugField()
    """The slug of the NodeRecord that is to be paid."""
    amount_msat = models.BigIntegerField(null=True, blank=True)
    """None: the payer chooses."""
    description = models.CharField(max_length=639)
    expiry_s = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    invoice = models.TextField(blank=True)
    payment_hash = models.CharField(max_length=64, blank=True)
    refusal = models.CharField(max_length=80, blank=True)
    """Why not: the code of a LightningError."""
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount_msat__isnull=True) | Q(amount_msat__gt=0), name="invoice_amount_positive"),
            models.CheckConstraint(condition=~Q(state="made") | ~Q(invoice=""), name="made_has_an_invoice"),
        )

    def __str__(self) -> str:
        return f"{self.node} {self.request_id}: {self.state}"
