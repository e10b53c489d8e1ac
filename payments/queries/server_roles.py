"""
What somebody is for the whole installation: nothing, mostly.

A superuser is an operator; so is staff in the group "operator", and staff in the group "auditor" is an auditor. None of them can pay or
approve with an account's money by that: for this they would have to belong to it.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from payments.access.roles import SERVER_PERMISSIONS, ServerPermission, ServerRole


def server_role_of(user: Any) -> ServerRole | None:  # noqa: ANN401  (whatever the site's user model is, or nobody)
    """The role of a person, who may be nobody. One statement for staff, none for others."""
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    if user.is_superuser:
        return ServerRole.OPERATOR
    if not user.is_staff:
        return None
    groups = set(user.groups.values_list("name", flat=True))
    return next((role for role in ServerRole if role.value in groups), None)


def as_of_now(user: Any) -> Any | None:  # noqa: ANN401  (whatever the site's user model is)
    """The same person as the database has them now; None when they may not sign in any more. One statement."""
    return get_user_model().objects.filter(pk=user.pk, is_active=True).first()


def holds(user: Any, permission: ServerPermission) -> bool:  # noqa: ANN401  (whatever the site's user model is, or nobody)
    """Whether somebody's server role gives a permission."""
    role = server_role_of(user)
    return role is not None and permission in SERVER_PERMISSIONS[role]
