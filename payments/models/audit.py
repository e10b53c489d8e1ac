"""
Who did what, from where, for whom: rows that are written once, each of which holds the hash of the one before it.

Whoever can write to the database can drop a trigger; the chain then says what was altered, removed, moved or cut off. Numbers have no
gaps. What may become a column later is left out of a row's hash while it is empty, so that adding it leaves all hashes as they are.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum

import msgspec
from django.db import models
from msgspec import Struct

from payments.models.append_only import AppendOnly

FIRST_LINK = "0" * 64
"""What the first row holds for the hash of the row before it."""
_DOMAIN = b"lnweb audit row\n"


class AuditAction(StrEnum):
    """Everything that gets a row."""

    PAYMENT_BEGUN = "payment begun"
    PAYMENT_STOPPED = "payment stopped"
    PAYMENT_PAID = "payment paid"
    PAYMENT_FAILED = "payment failed"
    APPROVAL_ASKED = "approval asked for"
    APPROVAL_WITHDRAWN = "approval withdrawn"
    PAYMENT_APPROVED = "payment approved"
    """And begun with that."""
    PAYMENT_REJECTED = "payment rejected"
    LIMITS_CHANGED = "limits changed"
    ROUTE_TESTED = "route tested"
    INVOICE_ASKED = "invoice asked for"
    INVOICE_CANCEL_ASKED = "cancelling asked for"
    KEY_CREATED = "API key made"
    KEY_REVOKED = "API key revoked"
    CURRENCY_CHANGED = "currency changed"
    HISTORY_EXPORTED = "history exported"
    STATEMENT_EXPORTED = "statement exported"
    WEBHOOK_ADDED = "webhook added"
    WEBHOOK_STOPPED = "webhook stopped"
    DELIVERY_RESENT = "delivery sent again"
    RATE_ADDED = "rate added"
    RATES_IMPORTED = "rates imported"
    CUSTOMER_SENT = "sandbox customer sent"
    INVOICE_PAID = "invoice paid"
    SCENARIO_STARTED = "scenario started"
    FAULT_SET = "fault set"
    FAULTS_CLEARED = "faults cleared"
    BLOCKS_ADVANCED = "blocks advanced"
    CHANNEL_OPENED = "channel opened"
    CHANNEL_CLOSED = "channel closed"
    MAP_IMPORTED = "map imported"
    ACCOUNT_CREATED = "account created"
    ACCOUNT_CLOSED = "account closed"
    ACCOUNT_REOPENED = "account reopened"
    ACCOUNT_FUNDED = "account funded"
    ACCOUNT_WITHDRAWN = "withdrawn from account"
    MEMBER_ADDED = "member added"
    MEMBER_CHANGED = "member changed"
    MEMBER_REMOVED = "member removed"
    SANDBOX_PLANNED = "sandbox planned"
    SIGNED_IN = "signed in"
    SIGNED_OUT = "signed out"
    SIGN_IN_FAILED = "sign-in failed"
    PASSWORD_CHANGED = "password changed"  # noqa: S105  (the name of an action)
    USER_ADDED = "user added"
    USER_CHANGED = "user changed"
    USER_DELETED = "user deleted"
    GROUP_ADDED = "group added"
    GROUP_CHANGED = "group changed"
    GROUP_DELETED = "group deleted"
    INVITATION_SENT = "invitation sent"
    INVITATION_REVOKED = "invitation revoked"
    INVITATION_ACCEPTED = "invitation accepted"
    SECOND_FACTOR_ADDED = "second factor added"
    SECOND_FACTOR_REMOVED = "second factor removed"
    RECOVERY_CODES_MADE = "recovery codes made"
    RECOVERY_CODE_USED = "recovery code used"


class ActorKind(StrEnum):
    """Who can do something."""

    PERSON = "person"
    VISITOR = "visitor"
    """Somebody at a page who has not signed in."""
    API_KEY = "API key"
    """A program; the name is the key's beginning and what its owner called it."""
    COMMAND_LINE = "command line"
    ENGINE = "engine"


class SubjectKind(StrEnum):
    """What something can be done to."""

    PAYMENT = "payment"
    ROUTE_TEST = "route test"
    INVOICE = "invoice"
    INCOMING = "incoming invoice"
    API_KEY = "API key"
    WEBHOOK = "webhook"
    RATE = "rate"
    SCENARIO = "scenario"
    NODE = "node"
    CHANNEL = "channel"
    SANDBOX = "sandbox"
    MAP = "map"
    USER = "user"
    GROUP = "group"
    ACCOUNT = "account"
    INVITATION = "invitation"


def actor_choices() -> list[tuple[str, str]]:
    """For the column: asked for by name, so that a new word is no change of the table."""
    return [(kind.value, kind.value) for kind in ActorKind]


def action_choices() -> list[tuple[str, str]]:
    """For the column, as above."""
    return [(action.value, action.value) for action in AuditAction]


def subject_choices() -> list[tuple[str, str]]:
    """For the column, as above."""
    return [(kind.value, kind.value) for kind in SubjectKind]


class AuditRecord(AppendOnly):
    """One action."""

    sequence = models.BigIntegerField(primary_key=True)
    """Counts from 1 without a gap."""
    at = models.DateTimeField()
    actor = models.CharField(max_length=20, choices=actor_choices)
    actor_id = models.BigIntegerField(null=True, blank=True)
    """The user's; no foreign key, because a row outlives whom it is about."""
    actor_name = models.TextField(blank=True)
    """As it was then; at the command line the name that the system knows."""
    action = models.CharField(max_length=30, choices=action_choices)
    subject = models.CharField(max_length=20, choices=subject_choices)
    subject_id = models.CharField(max_length=100, blank=True)
    came_from = models.CharField(max_length=300, blank=True)
    """The address of a browser, the machine of a command."""
    user_agent = models.TextField(blank=True)
    """What a browser calls itself; the command."""
    request_id = models.CharField(max_length=32, blank=True)
    before = models.TextField(default="{}")
    """What is different now, as it was: JSON, keys sorted."""
    after = models.TextField(default="{}")
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = (
            models.Index(fields=("subject", "subject_id"), name="audit_of_a_subject"),
            models.Index(fields=("at",), name="audit_by_time"),
        )

    def __str__(self) -> str:
        return f"{self.sequence}: {self.action}"


class AuditHead(models.Model):
    """The newest row's number and hash: one row, at which parallel writers wait for each other."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=FIRST_LINK)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_audit_head"),)

    def __str__(self) -> str:
        return f"{self.sequence}: {self.hash}"


class AuditRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a row's hash is made of, in this order. A field added here needs a default, which is left out of the hash."""

    sequence: int
    at: datetime
    actor: str
    actor_id: int | None = None
    actor_name: str = ""
    action: str
    subject: str
    subject_id: str = ""
    came_from: str = ""
    user_agent: str = ""
    request_id: str = ""
    before: str
    after: str
    previous_hash: str


ROW_FIELDS = AuditRow.__struct_fields__


def hash_row(row: AuditRow) -> str:
    """
    SHA-256 of a row as JSON: its fields in their order without the empty ones, no blanks, the time in UTC to the microsecond.

    >>> from datetime import UTC
    >>> moment = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    >>> row = AuditRow(sequence=1, at=moment, actor="engine", action="a", subject="b", before="{}", after="{}", previous_hash="")
    >>> msgspec.json.encode(row)[:55]
    b'{"sequence":1,"at":"2026-01-02T03:04:05.000006Z","actor'
    """
    return hashlib.sha256(_DOMAIN + msgspec.json.encode(row)).hexdigest()
