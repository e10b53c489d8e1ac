"""What an account's owners see of its programs: keys, webhooks, and what was brought to each webhook. Never a secret."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count
from msgspec import Struct

from payments.models import ApiKey, Webhook, WebhookDelivery

_MOST_ROWS = 100


class KeyShape(Struct, frozen=True, kw_only=True):
    """A key as the list has it."""

    id: int
    name: str
    prefix: str
    scopes: tuple[str, ...]
    made_by: str
    """Empty: somebody who is not here any more."""
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class WebhookShape(Struct, frozen=True, kw_only=True):
    """A webhook as the list and its own page have it."""

    id: int
    url: str
    kinds: tuple[str, ...]
    """Empty: all."""
    made_by: str
    created_at: datetime
    stopped_at: datetime | None
    waiting: int
    given_up: int


class DeliveryShape(Struct, frozen=True, kw_only=True):
    """How one event fared on its way to one webhook."""

    id: int
    event_id: int
    kind: str
    subject_id: str
    happened_at: datetime
    state: str
    tries: int
    last_try_at: datetime | None
    next_try_at: datetime | None
    last_status: int | None
    last_error: str


def keys_of(account_id: int) -> tuple[KeyShape, ...]:
    """The account's keys, those in force first, then the newest first."""
    rows = ApiKey.objects.filter(account_id=account_id).select_related("created_by").order_by("-created_at", "-pk")
    keys = [
        KeyShape(
            id=row.pk,
            name=row.name,
            prefix=row.prefix,
            scopes=tuple(row.scopes),
            made_by="" if row.created_by is None else row.created_by.get_username(),
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
        )
        for row in rows
    ]
    return tuple(sorted(keys, key=lambda key: key.revoked_at is not None))


def webhooks_of(account_id: int) -> tuple[WebhookShape, ...]:
    """The account's webhooks, those that are told something first, then the newest first."""
    of_mine = WebhookDelivery.objects.filter(webhook__account_id=account_id).order_by()
    counts = {(webhook_id, state): count for webhook_id, state, count in of_mine.values_list("webhook", "state").annotate(Count("pk"))}
    rows = Webhook.objects.filter(account_id=account_id).select_related("created_by").order_by("-created_at", "-pk")
    webhooks = [
        WebhookShape(
            id=row.pk,
            url=row.url,
            kinds=tuple(row.kinds),
            made_by="" if row.created_by is None else row.created_by.get_username(),
            created_at=row.created_at,
            stopped_at=row.stopped_at,
            waiting=counts.get((row.pk, WebhookDelivery.State.WAITING.value), 0),
            given_up=counts.get((row.pk, WebhookDelivery.State.GIVEN_UP.value), 0),
        )
        for row in rows
    ]
    return tuple(sorted(webhooks, key=lambda webhook: webhook.stopped_at is not None))


def find_webhook(account_id: int, webhook_id: int) -> WebhookShape | None:
    """One webhook of an account; None when it has none of this number."""
    return next((webhook for webhook in webhooks_of(account_id) if webhook.id == webhook_id), None)


def deliveries_to(webhook_id: int) -> tuple[DeliveryShape, ...]:
    """What was on its way to a webhook, the newest event first; the last hundred."""
    rows = WebhookDelivery.objects.filter(webhook_id=webhook_id).select_related("event").order_by("-event")[:_MOST_ROWS]
    return tuple(
        DeliveryShape(
            id=row.pk,
            event_id=row.event_id,
            kind=row.event.kind,
            subject_id=row.event.subject_id,
            happened_at=row.event.created_at,
            state=row.state,
            tries=row.tries,
            last_try_at=row.last_try_at,
            next_try_at=row.next_try_at,
            last_status=row.last_status,
            last_error=row.last_error,
        )
        for row in rows
    )
