"""
Payments and their attempts, never deleted.

A payment's `status` is a cache of `payments.lightning.payment.status.payment_status`, computed from the other columns and the attempts; no
other code may decide it.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from payments.lightning.payment.status import PaymentStatus
from payments.models.merchant import MerchantAccount

_STATUSES = [(status.value, status.value) for status in PaymentStatus if status is not PaymentStatus.HELD]
"""Held is a matter of the clock and only ever shown."""


class PaymentRecord(models.Model):
    """One intention to pay one invoice."""

    payment_id = models.CharField(max_length=64, primary_key=True)
    """Chosen by who asks: asking twice with the same id pays once."""
    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="payments")
    """Whose money it is paid with."""
    payment_hash = models.CharField(max_length=64)
    invoice = models.TextField()
    payee = models.CharField(max_length=66)
    description = models.TextField(blank=True)
    amount_msat = models.BigIntegerField()
    fee_limit_msat = models.BigIntegerField()
    status = models.CharField(max_length=10, choices=_STATUSES, default=PaymentStatus.CHECKING.value)
    reason = models.CharField(max_length=40, blank=True)
    """Why no more is tried: `payments.lightning.events.PaymentFailureReason`. Empty as long as the engine has not said so."""
    payment_preimage = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 (None: not known; there is no empty preimage)
    fee_paid_msat = models.BigIntegerField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_by_key = models.ForeignKey("payments.ApiKey", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    """The program that asked for it, when it was no person."""
    rate = models.ForeignKey("payments.RateRecord", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """What a bitcoin was worth when it was begun, in the account's currency, if a rate was known."""
    created_at = models.DateTimeField(default=timezone.now)
    first_sent_at = models.DateTimeField(null=True, blank=True)
    stop_requested_at = models.DateTimeField(null=True, blank=True)
    stop_requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    """When the invoice does."""

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("payment_hash",), condition=~Q(status="failed"), name="one_living_payment_a_hash"),
            models.CheckConstraint(condition=Q(amount_msat__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(condition=Q(fee_limit_msat__gte=0), name="fee_limit_not_negative"),
            models.CheckConstraint(condition=Q(fee_paid_msat__isnull=True) | Q(fee_paid_msat__gte=0), name="fee_paid_not_negative"),
            models.CheckConstraint(condition=~Q(status="paid") | Q(payment_preimage__isnull=False), name="paid_has_a_preimage"),
        )
        indexes = (
            models.Index(fields=("-created_at", "payment_id"), name="payments_newest_first"),
            models.Index(fields=("account", "-created_at", "payment_id"), name="payments_of_an_account"),
            models.Index(fields=("payment_id",), name="unfinished_payments", condition=~Q(status__in=("paid", "failed"))),
        )

    def __str__(self) -> str:
        return f"{self.payment_id[:8]}: {self.status}"


class AttemptRecord(models.Model):
    """One HTLC over one path."""

    class State(models.TextChoices):
        """`sent` lasts until the HTLC is irrevocably gone, whatever the clock says."""

        SENT = "sent"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    payment = models.ForeignKey(PaymentRecord, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    """Counts from 1."""
    path = models.JSONField()
    """The hops in order, each the fields of `payments.lightning.routing.route.HopFigures`, keys in hex and channels as `1x2x3`."""
    amount_msat = models.BigIntegerField()
    """What arrives."""
    fee_msat = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    failing_hop = models.PositiveIntegerField(null=True, blank=True)
    """Counts the path's hops from 0; None: nobody can be named."""
    failure_code = models.PositiveIntegerField(null=True, blank=True)
    """BOLT 4's; None: the answer was unreadable, or it did not fail on the way."""
    failure_data = models.BinaryField(blank=True)
    local_failure = models.CharField(max_length=20, blank=True)
    """Why it ended on our own side: `payments.lightning.events.LocalFailure`. Empty when it did not."""
    blamed_short_channel_id = models.CharField(max_length=24, blank=True)
    hold_times_ms = models.JSONField(default=list, blank=True)
    expiry_height = models.PositiveIntegerField(null=True, blank=True)
    """The block by which this HTLC is resolved at the latest."""
    sent_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("payment", "number"), name="one_attempt_a_number"),
            models.CheckConstraint(condition=Q(amount_msat__gt=0), name="attempt_amount_positive"),
            models.CheckConstraint(condition=Q(fee_msat__gte=0), name="attempt_fee_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.payment_id[:8]}/{self.number}: {self.state}"
