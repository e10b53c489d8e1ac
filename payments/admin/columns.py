"""
How values stand in the records: amounts in sat with the msat behind them, moments to the second in UTC, states with what they mean.

Columns are made from the model's own, by kind: a new amount or moment is shown rightly without anybody having thought of it. What other
people wrote is shown with every character that hides or turns things named.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import models
from django.template import engines
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from payments.admin.meanings import MEANINGS
from payments.lightning.units import format_sat

Column = Callable[[Any], str]
Link = tuple[str, str]
"""A text and where it leads."""
_NOTHING = "-"
_LONGEST = 20
_OTHERS_WORDS = frozenset({"description", "name", "remark", "email", "last_error", "sells", "key_name", "actor_name"})


def sat(amount_msat: int | None) -> str:
    """An amount in sat; the msat where the pointer rests."""
    if amount_msat is None:
        return _NOTHING
    return format_html('<span class="sat" title="{} msat">{}</span>', f"{amount_msat:,}", format_sat(amount_msat))


def moment(at: datetime | None) -> str:
    """A moment in UTC to the second; all of it where the pointer rests."""
    if at is None:
        return _NOTHING
    text = f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), at.isoformat(), text)


def short(text: str) -> SafeString:
    """A key or a hash: both its ends, and the whole where the pointer rests."""
    shown = text if len(text) <= _LONGEST else f"{text[:12]}…{text[-6:]}"
    return format_html('<span class="key" title="{}">{}</span>', text, shown)


def visible(*lines: str) -> SafeString:
    """Other people's words as pages show them: markup escaped, what cannot be seen named."""
    return SafeString(_visible_lines().render({"lines": lines}))


def fields_of(text: str) -> SafeString:
    """A JSON object, one field a line; whatever else stands there, as it stands."""
    try:
        fields = json.loads(text)
        return visible(*(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()))
    except (ValueError, AttributeError):
        return visible(text)


def word(value: str, meaning: str) -> SafeString:
    """A state; what it means where the pointer rests."""
    return format_html('<span class="state" title="{}">{}</span>', meaning, value)


def explained(value: str, meaning: str) -> SafeString:
    """A state, and beside it what it means."""
    return format_html('<strong class="state">{}</strong> <span class="meaning">{}</span>', value or "none", meaning)


def record_place(model: type[models.Model], pk: object) -> str:
    """Where one record is shown."""
    return reverse(f"admin:payments_{model._meta.model_name}_change", args=[quote(str(pk))])  # noqa: SLF001 (documented: the Model _meta API)


def list_place(model: type[models.Model], **wanted: object) -> str:
    """Where those records are listed whose columns have these values."""
    return reverse(f"admin:payments_{model._meta.model_name}_changelist", query=wanted or None)  # noqa: SLF001 (documented: the Model _meta API)


def links(found: list[Link]) -> str:
    """Links below each other."""
    if not found:
        return _NOTHING
    return format_html('<ul class="leads">{}</ul>', format_html_join("", '<li><a href="{1}">{0}</a></li>', found))


def link_to(record: models.Model | None) -> str:
    """The way to one record."""
    if record is None:
        return _NOTHING
    return format_html('<a href="{}">{}</a>', record_place(type(record), record.pk), visible(str(record)))


def column_in_list(model: type[models.Model], name: str, *, is_first: bool) -> str | Column:
    """How a list shows a model's column; its own name where Django's way will do."""
    field = _field(model, name)
    meanings = MEANINGS.get((str(model._meta.model_name), name))  # noqa: SLF001 (documented: the Model _meta API)
    if field is None:
        return name
    if meanings is not None:
        return _column(field, lambda value: word(value, meanings.get(value, "")) if value else _NOTHING)
    if isinstance(field, models.ForeignKey) and not is_first:
        return _foreign(field)
    return _by_kind(field) or name


def field_on_page(model: type[models.Model], name: str) -> str | Column:
    """How a record's page shows a model's column."""
    field = _field(model, name)
    meanings = MEANINGS.get((str(model._meta.model_name), name))  # noqa: SLF001 (documented: the Model _meta API)
    if field is None:
        return name
    if meanings is not None:
        return _column(field, lambda value: explained(value, meanings.get(value, "")))
    if isinstance(field, models.ForeignKey):
        return _foreign(field)
    if isinstance(field, models.JSONField):
        return _column(field, _json_lines)
    return _by_kind(field) or name


def key_column(name: str, text: str | None = None) -> Column:
    """A column of keys or hashes."""

    @admin.display(description=text or name.replace("_", " "), ordering=name)
    def shown(record: Any) -> SafeString:  # noqa: ANN401 (one column for all kinds of record)
        return short(str(getattr(record, name) or ""))

    shown.__name__ = name
    return shown


@lru_cache(maxsize=1)
def _visible_lines() -> Any:  # noqa: ANN401 (the engine's own kind of template)
    lines = "{% load lightning %}{% for line in lines %}{{ line|visible }}{% if not forloop.last %}<br>{% endif %}{% endfor %}"
    return engines["django"].from_string(lines)


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any] | None:
    return {field.name: field for field in model._meta.concrete_fields}.get(name)  # noqa: SLF001 (documented: the Model _meta API)


def _by_kind(field: models.Field[Any, Any]) -> Column | None:
    if field.name.endswith("_msat"):
        return _column(field, sat, f"{field.name.removesuffix('_msat')} (sat)")
    if isinstance(field, models.DateTimeField):
        return _column(field, moment)
    if isinstance(field, models.BinaryField):
        return _column(field, lambda value: bytes(value).hex() or _NOTHING)
    if field.name in _OTHERS_WORDS:
        return _column(field, lambda value: visible(value) if value else _NOTHING)
    return None


def _foreign(field: models.ForeignKey[Any, Any]) -> Column:
    """Our own records lead to their pages; of people only the name is told."""
    is_ours = field.related_model._meta.app_label == "payments"  # noqa: SLF001 (documented: the Model _meta API)
    return _column(field, link_to if is_ours else lambda person: visible(str(person)) if person else _NOTHING)


def _column(field: models.Field[Any, Any], show: Callable[[Any], str], text: str = "") -> Column:
    @admin.display(description=(text or field.name).replace("_", " "), ordering=field.name)
    def shown(record: Any) -> str:  # noqa: ANN401 (one column for all kinds of record)
        return show(getattr(record, field.name))

    shown.__name__ = field.name
    return shown


def _json_lines(value: object) -> str:
    if isinstance(value, Mapping):
        return fields_of(json.dumps(value)) if value else _NOTHING
    return visible(json.dumps(value, ensure_ascii=False)) if value else _NOTHING
