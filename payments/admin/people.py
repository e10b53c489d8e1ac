"""
People, groups and second factors in the admin: they can be changed here, and each change is one row of the audit log.

A form may change a person, the groups and the permissions; it is one act of whoever sent it, in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from payments.models import Membership
from payments.services.note_accounts import one_row_each

View = Callable[..., HttpResponse]


def _one_act(view: View) -> View:
    """A page of the admin whose form is one act; looking at it takes no transaction."""

    @wraps(view)
    def acting(page: object, request: HttpRequest, *args: object, **options: object) -> HttpResponse:
        if request.method != "POST":
            return view(page, request, *args, **options)
        with transaction.atomic(), one_row_each():
            return view(page, request, *args, **options)

    return acting


admin.site.unregister(get_user_model())
admin.site.unregister(Group)
admin.site.unregister(EmailAddress)
admin.site.unregister(Authenticator)


@admin.register(get_user_model())
class AccountAdmin(UserAdmin):  # type: ignore[type-arg]  # Django's class takes none when it runs
    """People."""

    changeform_view = _one_act(UserAdmin.changeform_view)
    changelist_view = _one_act(UserAdmin.changelist_view)
    delete_view = _one_act(UserAdmin.delete_view)
    user_change_password = _one_act(UserAdmin.user_change_password)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[Any], dict[str, int], set[Any], list[Any]]:  # noqa: ANN401 (Django's own type)
        """Who is deleted is a member no more: that needs no permission of its own, which for records nobody has."""
        to_delete, counts, needed, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, needed - {str(Membership._meta.verbose_name)}, protected  # noqa: SLF001 (documented: the Model _meta API)


@admin.register(Group)
class PermissionGroupAdmin(GroupAdmin):
    """Groups of permissions."""

    changeform_view = _one_act(GroupAdmin.changeform_view)
    changelist_view = _one_act(GroupAdmin.changelist_view)
    delete_view = _one_act(GroupAdmin.delete_view)


@admin.register(EmailAddress)
class AddressAdmin(EmailAddressAdmin):  # type: ignore[misc]  # allauth has no types here
    """Addresses: part of what is said of a person."""

    changeform_view = _one_act(EmailAddressAdmin.changeform_view)
    changelist_view = _one_act(EmailAddressAdmin.changelist_view)
    delete_view = _one_act(EmailAddressAdmin.delete_view)


@admin.register(Authenticator)
class SecondFactorAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's class takes none when it runs
    """Second factors: they can be taken from somebody who has lost theirs, and nothing is shown that would serve in their place."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    search_fields = ("user__username", "user__email")
    fields = ("user", "type", "created_at", "last_used_at")
    changelist_view = _one_act(admin.ModelAdmin.changelist_view)
    delete_view = _one_act(admin.ModelAdmin.delete_view)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: it would be somebody else's."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never."""
        del request, obj
        return False
