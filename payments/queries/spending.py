"""
What somebody may spend from an account now: their role, its limits, what they spent in the last 24 hours, and the account's threshold.

Pages ask to say beforehand what would be refused; the service that pays asks again inside its transaction, behind the lock where parallel
payments of one account wait for each other, and only that answer counts.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import BigIntegerField, Case, F, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from msgspec import Struct

from payments.access.roles import Permission, Role, is_allowed
from payments.ledger.accounts import HOUSE_ID
from payments.lightning.payment.status import PaymentStatus
from payments.models import ApiKey, MerchantAccount, PaymentRecord, RoleLimit
from payments.queries.members import role_of

DAY = timedelta(hours=24)
_SETTLED = When(status=PaymentStatus.PAID.value, then=F("amount_msat") + Coalesce("fee_paid_msat", "fee_limit_msat"))
_FAILED = When(status=PaymentStatus.FAILED.value, then=Value(0))
_TAKEN = Case(_SETTLED, _FAILED, default=F("amount_msat") + F("fee_limit_msat"), output_field=BigIntegerField())
"""What a payment takes out of a day: at most, as long as it is under way."""


class Payer(Struct, frozen=True, kw_only=True):
    """Whose money it is, and who spends it: a person, a program, or, with neither, somebody at the command line."""

    account_id: int
    user_id: int | None = None
    api_key_id: int | None = None

    @property
    def is_command_line(self) -> bool:
        """Whoever has the machine has its money: no role and no limit holds there."""
        return self.user_id is None and self.api_key_id is None


THE_HOUSE = Payer(account_id=HOUSE_ID)
"""The node itself, by whoever sits at its command line."""


class Allowance(Struct, frozen=True, kw_only=True):
    """What a payer may spend. A limit or threshold that is None does not exist."""

    account_name: str
    is_closed: bool
    role: Role | None
    """None: no member, or a key that is not in force."""
    payment_limit_msat: int | None = None
    """For one payment, its fee limit included."""
    day_limit_msat: int | None = None
    """For the last 24 hours, fee limits of what is under way included."""
    spent_msat: int = 0
    """Of the day limit; 0 without one."""
    threshold_msat: int | None = None
    """From this amount on, fee limit included, somebody else has to approve."""

    @property
    def may_pay(self) -> bool:
        """Whether the role allows to pay at all."""
        return self.role is not None and is_allowed(self.role, Permission.PAY)

    @property
    def left_msat(self) -> int | None:
        """What is left of the day limit."""
        return None if self.day_limit_msat is None else max(self.day_limit_msat - self.spent_msat, 0)


def allowance_of(payer: Payer, *, at: datetime | None = None) -> Allowance:
    """
    What this person or program may spend from the account.

    at    the end of the 24 hours; None: now
    """
    account = MerchantAccount.objects.get(pk=payer.account_id)
    role = _role_of(payer)
    limit = RoleLimit.objects.filter(account=account, role=role).first() if role is not None else None
    return Allowance(
        account_name=account.name,
        is_closed=account.closed_at is not None,
        role=role,
        payment_limit_msat=None if limit is None else limit.payment_msat,
        day_limit_msat=None if limit is None else limit.day_msat,
        spent_msat=0 if limit is None or limit.day_msat is None else _spent_msat(payer, at or timezone.now()),
        threshold_msat=account.approval_threshold_msat,
    )


def _role_of(payer: Payer) -> Role | None:
    """A key spends as somebody with the role payer would."""
    if payer.api_key_id is not None:
        in_force = ApiKey.objects.filter(pk=payer.api_key_id, account_id=payer.account_id, revoked_at=None).exists()
        return Role.PAYER if in_force else None
    return role_of(payer.user_id, payer.account_id)


def _spent_msat(payer: Payer, at: datetime) -> int:
    """What this person, or this key, has taken from the account within a day: also what is under way, but not what failed."""
    taken = PaymentRecord.objects.filter(account_id=payer.account_id, created_at__gt=at - DAY)
    by_key = payer.api_key_id is not None
    mine = taken.filter(created_by_key_id=payer.api_key_id) if by_key else taken.filter(created_by_id=payer.user_id, created_by_key=None)
    return mine.aggregate(taken_msat=Sum(_TAKEN))["taken_msat"] or 0
