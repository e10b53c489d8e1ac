"""Invoices of merchant accounts: what they ask others to pay."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from payments.models.merchant import MerchantAccount
from payments.models.payment import PaymentRecord
from payments.models.rate import RateRecord


class IncomingInvoice(models.Model):
    """
    One wish to be paid, from the asking to the money. Our node makes the text in the engine's process; until then `invoice` is empty.

    That it has expired is a matter of the clock and only ever shown.
    """

    class State(models.TextChoices):
        """Where it is."""

        REQUESTED = "requested"
        OPEN = "open"
        PAID = "paid"
        CANCELLED = "cancelled"
        REFUSED = "refused"

    request_id = models.CharField(max_length=32, primary_key=True)
    """16 random bytes in hex. It is also the address of the public page: who has it may see what is asked for, and pay."""
    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="invoices")
    amount_msat = models.BigIntegerField(null=True, blank=True)
    """None: the payer chooses."""
    description = models.CharField(max_length=639, blank=True)
    expiry_s = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    invoice = models.TextField(blank=True)
    payment_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=80, blank=True)
    """Why it was not made: the code of a LightningError."""
    received_msat = models.BigIntegerField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    paid_inside = models.OneToOneField(PaymentRecord, null=True, blank=True, on_delete=models.PROTECT, related_name="paid_invoice")
    """The payment of another account on this node that settled it; None when it was paid over the network."""
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    rate = models.ForeignKey(RateRecord, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """What a bitcoin was worth when it was paid, in the account's currency, if a rate was known."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount_msat__isnull=True) | Q(amount_msat__gt=0), name="incoming_amount_positive"),
            models.CheckConstraint(condition=~Q(state="open") | ~Q(invoice=""), name="open_has_an_invoice"),
            models.CheckConstraint(condition=~Q(state="paid") | Q(received_msat__gt=0), name="paid_has_an_amount"),
        )
        indexes = (models.Index(fields=("account", "-created_at", "request_id"), name="invoices_of_an_account"),)

    def __str__(self) -> str:
        return f"{self.request_id}: {self.state}"
