"""Invitations as pages show them: those of an account, and the one that a link stands for."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils import timezone
from msgspec import Struct

from payments.access.roles import Role
from payments.models import Invitation

State = Literal["open", "accepted", "revoked", "run out"]
_MOST_ROWS = 100


class InvitationShape(Struct, frozen=True, kw_only=True):
    """Who is invited to what, by whom, and what has become of it."""

    id: int
    account_id: int
    account: str
    """Its name: anything that its owner wrote."""
    email: str
    role: Role
    invited_by: str
    """A user name; empty when that person is gone."""
    created_at: datetime
    expires_at: datetime
    state: State
    accepted_by: str


def hash_token(token: str) -> str:
    """What the table knows of the text in the link: SHA-256 in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_invitation(token: str) -> InvitationShape | None:
    """The invitation that a link stands for, whatever has become of it. One statement."""
    found = _rows().filter(token_hash=hash_token(token)).first()
    return None if found is None else _shape(found)


def invitations_of(account_id: int) -> tuple[InvitationShape, ...]:
    """The newest hundred of an account, newest first. One statement."""
    return tuple(_shape(invitation) for invitation in _rows().filter(account_id=account_id).order_by("-pk")[:_MOST_ROWS])


def has_owner(email: str) -> bool:
    """Whether somebody here has this e-mail address."""
    return get_user_model().objects.filter(email__iexact=email).exists() or EmailAddress.objects.filter(email__iexact=email).exists()


def owns_address(user_id: int, email: str) -> bool:
    """Whether an e-mail address is one of somebody's."""
    is_main = get_user_model().objects.filter(pk=user_id, email__iexact=email).exists()
    return is_main or EmailAddress.objects.filter(user_id=user_id, email__iexact=email).exists()


def state_of(invitation: Invitation, now: datetime) -> State:
    """What has become of an invitation."""
    if invitation.accepted_at is not None:
        return "accepted"
    if invitation.revoked_at is not None:
        return "revoked"
    return "run out" if invitation.expires_at <= now else "open"


def _rows() -> QuerySet[Invitation]:
    return Invitation.objects.select_related("account", "invited_by", "accepted_by")


def _shape(invitation: Invitation) -> InvitationShape:
    return InvitationShape(
        id=invitation.pk,
        account_id=invitation.account_id,
        account=invitation.account.name,
        email=invitation.email,
        role=Role(invitation.role),
        invited_by=invitation.invited_by.get_username() if invitation.invited_by else "",
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
        state=state_of(invitation, timezone.now()),
        accepted_by=invitation.accepted_by.get_username() if invitation.accepted_by else "",
    )
