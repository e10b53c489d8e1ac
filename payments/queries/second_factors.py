"""Who should have a second factor and has none: with whom a stolen password would cost more than a look."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator

from payments.access.roles import Permission, Role, is_allowed
from payments.models import Membership
from payments.queries.server_roles import server_role_of

_TRUSTED = [role.value for role in Role if is_allowed(role, Permission.APPROVE) or is_allowed(role, Permission.MANAGE_MEMBERS)]


def has_second_factor(user_id: int) -> bool:
    """Whether signing in takes more than a password. One statement."""
    return bool(Authenticator.objects.filter(user_id=user_id).exclude(type=Authenticator.Type.RECOVERY_CODES).exists())


def is_advised(user: Any) -> bool:  # noqa: ANN401  (whatever the site's user model is, or nobody)
    """Whether somebody decides about others' money or reads everything, and a password alone opens all that."""
    if not user.is_authenticated or has_second_factor(user.pk):
        return False
    return server_role_of(user) is not None or Membership.objects.filter(user_id=user.pk, role__in=_TRUSTED).exists()
