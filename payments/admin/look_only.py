"""
What all pages of records have in common: they are looked at by whoever's role lets them, and nothing on them can be changed.

What would be changed here would be changed past the engine and the ledger. The permission comes from the role in this installation, never
from Django's own table of permissions; superusers can change no record either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from payments.access.roles import ServerPermission
from payments.admin.columns import Link, column_in_list, field_on_page, links
from payments.admin.meanings import MEANINGS
from payments.queries.server_roles import holds

_ANSWER = "lnweb.may_look"
"""Kept with the request: a page asks for each kind of record that its menu names."""


def may_look(request: HttpRequest) -> bool:
    """Whether somebody may come into the admin at all: staff whose role in this installation lets them read every record."""
    if _ANSWER not in request.META:
        request.META[_ANSWER] = request.user.is_active and request.user.is_staff and holds(request.user, ServerPermission.READ_RECORDS)
    return bool(request.META[_ANSWER])


class LookOnly:
    """Mixed into every page below: the permission to look is the only one there is."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever may look at records may look at all of them."""
        return may_look(request)

    def has_view_permission(self, request: HttpRequest, *_arguments: object) -> bool:
        """The same for one kind of them."""
        return may_look(request)

    def has_add_permission(self, *_arguments: object) -> bool:
        """Never."""
        return False

    def has_change_permission(self, *_arguments: object) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, *_arguments: object) -> bool:
        """Never."""
        return False


class RecordAdmin(LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # Django's class takes none when it runs
    """
    A list and a page of one kind of record.

    The page shows every column of the model but `secret`, then `more`, then where the record leads. `about` says what such a record is.
    """

    actions = None
    list_per_page = 50
    show_full_result_count = False
    about: ClassVar[str] = ""
    columns: ClassVar[tuple[str, ...]] = ()
    """What the page shows, when it is not every column of the model."""
    secret: ClassVar[tuple[str, ...]] = ()
    """What opens something, or helps to guess it: shown to nobody."""
    more: ClassVar[tuple[str, ...]] = ()

    def __init__(self, model: type[models.Model], admin_site: AdminSite) -> None:
        self.list_display = tuple(
            column_in_list(model, name, is_first=place == 0) if isinstance(name, str) else name
            for place, name in enumerate(self.list_display)
        )
        own = [field.name for field in model._meta.concrete_fields if field.name not in self.secret]  # noqa: SLF001 (documented: the Model _meta API)
        shown = tuple(field_on_page(model, name) for name in (self.columns or own))
        leads = ("leads_to",) if type(self).leads is not RecordAdmin.leads else ()
        self._page = (*shown, *self.more, *leads)
        super().__init__(model, admin_site)

    def get_fields(self, _request: HttpRequest, _record: object = None) -> Any:  # noqa: ANN401 (Django's own type)
        """What the page shows, in its order."""
        return self._page

    def get_readonly_fields(self, _request: HttpRequest, _record: object = None) -> Any:  # noqa: ANN401 (Django's own type)
        """All of it."""
        return self._page

    def leads(self, _record: Any) -> Iterable[Link]:  # noqa: ANN401 (one base class for all kinds of record)
        """Where the evidence goes on from here."""
        return ()

    @admin.display(description="leads to")
    def leads_to(self, record: Any) -> str:  # noqa: ANN401 (one base class for all kinds of record)
        """The same as links."""
        return links(list(self.leads(record)))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with what such a record is and what its words mean."""
        name = str(self.model._meta.model_name)  # noqa: SLF001 (documented: the Model _meta API)
        words = [(value or "none", text) for (model, _), table in MEANINGS.items() if model == name for value, text in table.items()]
        return super().changelist_view(request, {"about": self.about, "words": words, **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **options: Any) -> HttpResponse:  # type: ignore[override]  # noqa: ANN401 (Django's own signature)
        """The page, with what such a record is."""
        return super().render_change_form(request, {**context, "about": self.about}, **options)


class Lines(LookOnly, admin.TabularInline):  # type: ignore[type-arg]  # Django's class takes none when it runs
    """What belongs to a record, on its page."""

    extra = 0
    can_delete = False
    show_change_link = True
    columns: ClassVar[tuple[str, ...]] = ()
    together: ClassVar[tuple[str, ...]] = ()
    """What is read in the same statement."""

    def __init__(self, parent_model: type[models.Model], admin_site: AdminSite) -> None:
        self._columns = tuple(column_in_list(self.model, name, is_first=False) for name in self.columns)
        super().__init__(parent_model, admin_site)

    def get_fields(self, _request: HttpRequest, _record: object = None) -> Any:  # noqa: ANN401 (Django's own type)
        """What each line shows, in its order."""
        return self._columns

    def get_readonly_fields(self, _request: HttpRequest, _record: object = None) -> Any:  # noqa: ANN401 (Django's own type)
        """All of it."""
        return self._columns

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """The rows with what is shown of others."""
        rows: models.QuerySet[Any] = super().get_queryset(request)
        return rows.select_related(*self.together) if self.together else rows


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> SafeString:
    """A table within a record's page."""
    head = format_html_join("", '<th scope="col">{}</th>', ((text,) for text in heads))
    body = format_html_join("", "<tr>{}</tr>", ((format_html_join("", "<td>{}</td>", ((cell,) for cell in row)),) for row in rows))
    return format_html('<div class="wide"><table class="within"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>', head, body)
