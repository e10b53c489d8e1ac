"""Tests of a route: HTLCs that nobody can be paid with, sent to learn how far they get. Never deleted, and never part of the ledger."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class RouteTest(models.Model):
    """A wish to know whether the route that a payment would take now would carry it."""

    class State(models.TextChoices):
        """`sent` means that the engine has sent what it could; what became of it stands in the probes."""

        ASKED = "asked"
        SENT = "sent"
        REFUSED = "refused"

    request_id = models.CharField(max_length=64, primary_key=True)
    """Chosen by who asks: asking twice with the same id tests once."""
    invoice = models.TextField()
    amount_msat = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    refusal = models.CharField(max_length=40, blank=True)
    """Why a part, or all of it, was not sent: `payments.lightning.payment.probe.ProbeSendFailure`."""
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(amount_msat__gt=0), name="tested_amount_positive"),)

    def __str__(self) -> str:
        return f"{self.request_id[:8]}: {self.state}"


class ProbeRecord(models.Model):
    """One HTLC of a test."""

    class State(models.TextChoices):
        """`sent` lasts until the HTLC is irrevocably back."""

        SENT = "sent"
        REACHED = "reached"
        STOPPED = "stopped"

    probe_id = models.CharField(max_length=64, primary_key=True)
    test = models.ForeignKey(RouteTest, null=True, blank=True, on_delete=models.PROTECT, related_name="probes")
    """None for the moment in which the answer is known and not yet who asked."""
    state = models.CharField(max_length=8, choices=State, default=State.SENT)
    path = models.JSONField(default=list)
    """As an attempt's; known with the answer."""
    failing_hop = models.PositiveIntegerField(null=True, blank=True)
    failure_code = models.PositiveIntegerField(null=True, blank=True)
    local_failure = models.CharField(max_length=20, blank=True)
    blamed_short_channel_id = models.CharField(max_length=24, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.probe_id[:8]}: {self.state}"
