"""
Merchant accounts on the one node, who belongs to them, what each role may spend, and who was invited.

The first account is the house (`payments.ledger.accounts.HOUSE_ID`): what belongs to whoever runs the node and to no merchant. It is made
with the tables and is never closed.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from payments.access.roles import Role

_ROLES = [(role.value, role.value) for role in Role]


class MerchantAccount(models.Model):
    """A business with money of its own on the shared node."""

    slug = models.SlugField(max_length=40, unique=True)
    """Names it in addresses and commands."""
    name = models.CharField(max_length=80)
    currency = models.CharField(max_length=3, blank=True)
    """ISO 4217, in which amounts are shown beside sat; empty: in sat alone."""
    is_house = models.BooleanField(default=False)
    approval_threshold_msat = models.BigIntegerField(null=True, blank=True)
    """Payments of at least this much need another person; None: none does."""
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    """From then on nothing new is begun; what is under way comes to its end."""

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("is_house",), condition=Q(is_house=True), name="one_house"),
            models.CheckConstraint(
                condition=Q(approval_threshold_msat__isnull=True) | Q(approval_threshold_msat__gte=0), name="threshold_not_negative"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """What a person is in an account. It ends by being deleted; the audit log remembers it."""

    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=_ROLES)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("account", "user"), name="one_role_a_member"),)

    def __str__(self) -> str:
        return f"{self.user} in {self.account}: {self.role}"


class RoleLimit(models.Model):
    """The most that each person with this role may spend from the account. None: as much as there is."""

    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="limits")
    role = models.CharField(max_length=10, choices=_ROLES)
    payment_msat = models.BigIntegerField(null=True, blank=True)
    """In one payment, fee limit included."""
    day_msat = models.BigIntegerField(null=True, blank=True)
    """In the 24 hours before, fee limits of what is under way included."""

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("account", "role"), name="one_limit_a_role"),
            models.CheckConstraint(condition=Q(payment_msat__isnull=True) | Q(payment_msat__gte=0), name="payment_limit_not_negative"),
            models.CheckConstraint(condition=Q(day_msat__isnull=True) | Q(day_msat__gte=0), name="day_limit_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.account} {self.role}"


class Invitation(models.Model):
    """A way in for one person: whoever has the link and signs up, or has its address already, takes the role. It works once."""

    account = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=_ROLES)
    token_hash = models.CharField(max_length=64, unique=True)
    """SHA-256 of what stands in the link: who reads the table cannot use it."""
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.account} {self.role}"
