"""Payments that need a second person: what was asked for, bound to hash, amount and fee limit, and who decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from payments.models.merchant import MerchantAccount


class ApprovalRequest(models.Model):
    """
    Somebody's wish to pay, which another person decides about. Nothing is held and nothing is sent before.

    What it is bound to never changes; the payment that comes of it has exactly these figures.
    """

    class State(models.TextChoices):
        """
        Whether it is over is also a matter of the clock: a request that waits past `expires_at` counts as expired, whatever stands here.

        That it is expired is written down when somebody asks for the same invoice again.
        """

        WAITING = "waiting"
        APPROVED = "approved"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"
        EXPIRED = "expired"

    payment_id = models.CharField(max_length=64, primary_key=True)
    """That the payment which comes of it has: asking twice with the same id asks once, and approving twice pays once."""
    account_id: int
    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="approvals")
    invoice = models.TextField()
    payment_hash = models.CharField(max_length=64)
    payee = models.CharField(max_length=66)
    description = models.TextField(blank=True)
    amount_msat = models.BigIntegerField()
    fee_limit_msat = models.BigIntegerField()
    created_by_id: int
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    decided_by_id: int | None
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=200, blank=True)
    """Why it was rejected, in the words of who did."""

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="approved") | (Q(decided_by__isnull=False) & ~Q(decided_by=F("created_by"))), name="four_eyes"
            ),
            models.CheckConstraint(condition=Q(amount_msat__gt=0), name="approval_amount_positive"),
            models.CheckConstraint(condition=Q(fee_limit_msat__gte=0), name="approval_fee_limit_not_negative"),
            models.UniqueConstraint(fields=("account", "payment_hash"), condition=Q(state="waiting"), name="one_waiting_approval_a_hash"),
        )
        indexes = (models.Index(fields=("account", "state", "-created_at"), name="approvals_of_an_account"),)

    def __str__(self) -> str:
        return f"{self.payment_id[:8]}: {self.state}"
