"""
Events on their way to webhooks: every one at least once, in their order as long as nothing goes wrong for long.

Each try is written down with the moment of the next one before anything is sent: a courier that dies has lost nothing, and two of them do
not carry the same. What did not get there holds up what comes behind it for the first few tries, so that a short break changes no order;
after that the others go past, so that one event which a shop cannot take does not silence all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import msgspec
from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, QuerySet
from django.utils import timezone
from msgspec import Struct

from payments.models import AccountEvent, Webhook, WebhookDelivery
from payments.queries.account_log import event_object
from payments.services.refusals import sentence_for
from payments.services.webhooks.errors import WebhookAnsweredNo, WebhookNotDelivered, WebhookRefused
from payments.services.webhooks.pauses import Backoff, pause_s
from payments.services.webhooks.posting import Road, post
from payments.services.webhooks.signing import EVENT_HEADER, SIGNATURE_HEADER, secret_of, sign
from payments.services.webhooks.targets import read_target

HOLDS_UP_TRIES = 4
_EVENTS_AT_ONCE = 500
_AFTER_THE_LAST = timedelta(minutes=1)
"""When the last try is made again if nobody has written down what came of it."""
_MOST_ERROR_LETTERS = 200
_State = WebhookDelivery.State


class Parcel(Struct, frozen=True, kw_only=True):
    """One try to deliver one event: everything that is needed without the database."""

    delivery_id: int
    webhook_id: int
    url: str
    secret: str
    event_id: int
    body: bytes
    tries: int
    """This one included."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of a try."""

    status: int | None = None
    error: str = ""
    """In a sentence; empty: it got there."""


def make_deliveries() -> None:
    """Put every event that is new to a webhook, and that it wants, on its way."""
    newest = AccountEvent.objects.filter(account=OuterRef("account")).order_by().values("account").annotate(newest=Max("pk"))
    behind = Webhook.objects.filter(stopped_at=None, cursor__lt=newest.values("newest"))
    for webhook_id in list(behind.values_list("pk", flat=True)):
        while _make_some(webhook_id):
            pass


def _make_some(webhook_id: int) -> bool:
    """Whether there may be more."""
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update(no_key=True).get(pk=webhook_id)
        if webhook.stopped_at is not None:
            return False
        events = list(AccountEvent.objects.filter(account=webhook.account_id, pk__gt=webhook.cursor).order_by("pk")[:_EVENTS_AT_ONCE])
        wanted = [event for event in events if not webhook.kinds or event.kind in webhook.kinds]
        rows = [WebhookDelivery(webhook=webhook, event=event, next_try_at=timezone.now()) for event in wanted]
        WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
        if events:
            Webhook.objects.filter(pk=webhook_id).update(cursor=events[-1].pk)
    return len(events) == _EVENTS_AT_ONCE


def take_due(
    now: datetime, *, busy: Collection[int], most: int, backoff: Backoff, chance_permille: Callable[[], int]
) -> tuple[Parcel, ...]:
    """
    What has to be carried now, at most one parcel for each webhook, and each noted as tried.

    busy    webhooks that somebody is on the way to
    """
    due = _next_ones(now).filter(next_try_at__lte=now).exclude(webhook_id__in=busy)
    firsts = due.order_by().values("webhook").annotate(first=Min("event"), since=Min("next_try_at")).order_by("since")[:most]
    parcels = []
    for webhook_id, event_id in list(firsts.values_list("webhook", "first")):
        delivery = WebhookDelivery.objects.select_related("webhook", "event").get(webhook=webhook_id, event=event_id)
        pause = pause_s(delivery.tries + 1, backoff=backoff, chance_permille=chance_permille())
        again_at = now + (_AFTER_THE_LAST if pause is None else timedelta(seconds=pause))
        unchanged = WebhookDelivery.objects.filter(pk=delivery.pk, state=_State.WAITING, tries=delivery.tries, next_try_at__lte=now)
        if unchanged.update(tries=delivery.tries + 1, last_try_at=now, next_try_at=again_at):
            parcels.append(_parcel(delivery))
    return tuple(parcels)


def _parcel(delivery: WebhookDelivery) -> Parcel:
    return Parcel(
        delivery_id=delivery.pk,
        webhook_id=delivery.webhook_id,
        url=delivery.webhook.url,
        secret=secret_of(delivery.webhook.secret),
        event_id=delivery.event_id,
        body=msgspec.json.encode(event_object(delivery.event)),
        tries=delivery.tries + 1,
    )


def carry(parcel: Parcel, *, road: Road, now_s: int) -> Outcome:
    """Try it. Asks no database, and raises nothing that the other side could bring about."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "lnweb",
        EVENT_HEADER: str(parcel.event_id),
        SIGNATURE_HEADER: sign(parcel.secret, parcel.body, now_s=now_s),
    }
    try:
        status = post(read_target(parcel.url, private_hosts=road.private_hosts), parcel.body, headers, road=road)
    except (WebhookNotDelivered, WebhookRefused) as error:
        return Outcome(error=sentence_for(error))
    return Outcome(status=status, error="" if 200 <= status < 300 else sentence_for(WebhookAnsweredNo(status=status)))


def note_outcome(parcel: Parcel, outcome: Outcome, *, backoff: Backoff) -> None:
    """Write down what came of a try. Whoever had it sent again or stopped meanwhile has the last word."""
    mine = WebhookDelivery.objects.filter(pk=parcel.delivery_id, tries=parcel.tries, state=_State.WAITING)
    said = {"last_status": outcome.status, "last_error": outcome.error[:_MOST_ERROR_LETTERS]}
    if not outcome.error:
        mine.update(state=_State.DELIVERED, next_try_at=None, **said)
    elif parcel.tries >= backoff.most_tries:
        mine.update(state=_State.GIVEN_UP, next_try_at=None, **said)
    else:
        mine.update(**said)


def next_due_at(now: datetime) -> datetime | None:
    """When there is something to carry next, perhaps already; None: nothing waits."""
    found: datetime | None = _next_ones(now).aggregate(first=Min("next_try_at"))["first"]
    return found


def _next_ones(now: datetime) -> QuerySet[WebhookDelivery]:
    """What waits, without what has to wait for something before it."""
    waiting = WebhookDelivery.objects.filter(state=_State.WAITING, webhook__stopped_at=None)
    before = waiting.filter(webhook=OuterRef("webhook"), event__lt=OuterRef("event"), next_try_at__gt=now, tries__lt=HOLDS_UP_TRIES)
    return waiting.filter(~Exists(before))
