"""What owners do with webhooks: add one, stop it, and have something sent again."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from payments.models import AccountEvent, MerchantAccount, Webhook, WebhookDelivery
from payments.models.audit import AuditAction, SubjectKind
from payments.queries.account_log import EventKind
from payments.services.bells import ring_couriers
from payments.services.note_audit import note_audit
from payments.services.webhooks.errors import TooManyWebhooks, UnknownWebhook, WebhookStopped
from payments.services.webhooks.signing import secret_of
from payments.services.webhooks.targets import Deadline, Resolve, ask_system, find_addresses, read_target

MOST_WEBHOOKS = 10
"""Of one account at one time: each may keep a courier waiting."""
_LOOK_UP_WITHIN_S = 5
"""Somebody waits for the page."""
_SEED_BYTES = 32
_STOPPED = "Stopped before it got there."
_State = WebhookDelivery.State


def add_webhook(
    account_id: int, url: str, *, kinds: Collection[EventKind], user_id: int, resolve: Resolve = ask_system
) -> tuple[Webhook, str]:
    """
    Let an address be told of what happens from now on, and the secret that its deliveries are signed with: it is shown now and never again.

    kinds     which events; none: all

    raises    WebhookUrlMalformed, WebhookPortRefused, WebhookHostUnknown, WebhookHostPrivate, WebhookTimedOut, TooManyWebhooks
    """
    private_hosts = settings.LNWEB_WEBHOOK_PRIVATE_HOSTS
    target = read_target(url, private_hosts=private_hosts)
    find_addresses(target, resolve=resolve, private_hosts=private_hosts, deadline=Deadline(_LOOK_UP_WITHIN_S))
    seed = secrets.token_hex(_SEED_BYTES)
    with transaction.atomic():
        MerchantAccount.objects.select_for_update(no_key=True).get(pk=account_id)
        if Webhook.objects.filter(account_id=account_id, stopped_at=None).count() >= MOST_WEBHOOKS:
            raise TooManyWebhooks(limit=MOST_WEBHOOKS)
        row = Webhook.objects.create(
            account_id=account_id,
            url=url,
            secret=seed,
            kinds=sorted(kind.value for kind in kinds),
            cursor=AccountEvent.objects.filter(account_id=account_id).aggregate(newest=Max("pk"))["newest"] or 0,
            created_by_id=user_id,
        )
        said = {"account": account_id, "url": url, "kinds": row.kinds}
        note_audit(AuditAction.WEBHOOK_ADDED, SubjectKind.WEBHOOK, str(row.pk), after=said)
    return row, secret_of(seed)


def stop_webhook(webhook_id: int, *, account_id: int) -> None:
    """
    Tell an address nothing any more; what was on its way there is given up. Asked twice, nothing more happens.

    raises   UnknownWebhook
    """
    with transaction.atomic():
        mine = Webhook.objects.filter(pk=webhook_id, account_id=account_id)
        if not mine.exists():
            raise UnknownWebhook
        if mine.filter(stopped_at=None).update(stopped_at=timezone.now()):
            waiting = WebhookDelivery.objects.filter(webhook_id=webhook_id, state=_State.WAITING)
            waiting.update(state=_State.GIVEN_UP, next_try_at=None, last_error=_STOPPED)
            note_audit(AuditAction.WEBHOOK_STOPPED, SubjectKind.WEBHOOK, str(webhook_id), after={"account": account_id})


def resend(delivery_id: int, *, account_id: int) -> int:
    """
    Send an event once more, whether or not it got there, with all tries before it again. The webhook that it belongs to.

    raises   UnknownWebhook, WebhookStopped
    """
    with transaction.atomic():
        delivery = WebhookDelivery.objects.select_related("webhook").filter(pk=delivery_id, webhook__account_id=account_id).first()
        if delivery is None:
            raise UnknownWebhook
        if delivery.webhook.stopped_at is not None:
            raise WebhookStopped
        WebhookDelivery.objects.filter(pk=delivery_id).update(state=_State.WAITING, tries=0, next_try_at=timezone.now())
        said = {"account": account_id, "webhook": delivery.webhook_id, "event": delivery.event_id}
        note_audit(AuditAction.DELIVERY_RESENT, SubjectKind.WEBHOOK, str(delivery.webhook_id), after=said)
        ring_couriers()
    return delivery.webhook_id
