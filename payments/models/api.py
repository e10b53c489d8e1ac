"""
What shops' software uses: keys, answers that were given before, what happened in an account, and who is told of it.

A key is shown once; its hash is kept. Events are written behind the lock of the change counter, which is held until the commit: who has
seen number 7 will never be shown a 6 that was not there before.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from payments.models.append_only import AppendOnly
from payments.models.merchant import MerchantAccount


class ApiKey(models.Model):
    """One program's way into one account."""

    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=12, unique=True)
    """The beginning of the key, by which it is found and known in lists; it opens nothing."""
    key_hash = models.CharField(max_length=64)
    """SHA-256 of the whole: keys are random, so nothing slower is needed."""
    scopes = models.JSONField()
    """Some of `read`, `invoice` and `pay`."""
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.prefix}: {self.name}"


class IdempotentAnswer(models.Model):
    """What a request with this key of the caller's was answered with; the same request gets the same answer for ever."""

    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=100)
    request_hash = models.CharField(max_length=64)
    """SHA-256 of method, path and body: the same key with another wish is refused."""
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    """None: the first request with this key is still being answered."""
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("account", "key"), name="one_answer_a_key"),)

    def __str__(self) -> str:
        return self.key


class AccountEvent(AppendOnly):
    """Something that happened to an account's payments or invoices, as its API tells it. Its id is the cursor."""

    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=40)
    """`payment.paid`, `payment.failed`, `invoice.open`, `invoice.paid`, ..."""
    subject_id = models.CharField(max_length=64)
    body = models.JSONField()
    """The object as it was then, as `payments.queries.account_objects` has it."""
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (models.Index(fields=("account", "id"), name="events_of_an_account"),)
        constraints = (models.UniqueConstraint(fields=("account", "kind", "subject_id"), name="told_once"),)

    def __str__(self) -> str:
        return f"{self.pk}: {self.kind}"


class Webhook(models.Model):
    """An address that wants to be told what happens in an account."""

    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="webhooks")
    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=64)
    """What, with the installation's secret key, makes the secret of its signatures: alone it signs nothing."""
    kinds = models.JSONField(default=list)
    """The kinds of event that it wants; empty: all."""
    cursor = models.BigIntegerField(default=0)
    """The last event for which a delivery was made; it begins with the newest of the moment."""
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    stopped_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """One event on its way to one address."""

    class State(models.TextChoices):
        """Whether it got there."""

        WAITING = "waiting"
        DELIVERED = "delivered"
        GIVEN_UP = "given up"

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(AccountEvent, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    last_try_at = models.DateTimeField(null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    """HTTP's; None: there was no answer."""
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("webhook", "event"), name="one_delivery_a_webhook"),)
        indexes = (models.Index(fields=("state", "next_try_at"), name="deliveries_due"),)

    def __str__(self) -> str:
        return f"{self.webhook_id}/{self.event_id}: {self.state}"
