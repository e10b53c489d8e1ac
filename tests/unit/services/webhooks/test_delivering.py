"""Events on their way: each gets there at least once, signed, in order, and what does not is tried again and then given up."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from msgspec.structs import replace

from payments.models import AccountEvent, Webhook, WebhookDelivery
from payments.queries.account_log import EventKind
from payments.services.webhooks.delivering import Outcome, Parcel, carry, make_deliveries, next_due_at, note_outcome, take_due
from payments.services.webhooks.errors import TooManyWebhooks, UnknownWebhook, WebhookHostPrivate, WebhookHostUnknown, WebhookStopped
from payments.services.webhooks.pauses import Backoff, pause_s
from payments.services.webhooks.posting import Road
from payments.services.webhooks.registering import MOST_WEBHOOKS, add_webhook, resend, stop_webhook
from tests.people import make_account, make_owner
from tests.unit.services.webhooks.listeners import OK, listening, parts_of, saying

pytestmark = pytest.mark.django_db
URL = "https://shop.example/hook"
BACKOFF = Backoff()
NO = Outcome(status=500, error="no")
YES = Outcome(status=200)
State = WebhookDelivery.State


class Shop:
    """An account, and an address that is told what happens in it."""

    def __init__(self, slug: str = "tea", *, kinds: tuple[EventKind, ...] = (), resolve: Callable[[str], list[str]] | None = None) -> None:
        self.account, self.owner = make_account(slug), make_owner(f"owner of {slug}")
        row, self.secret = add_webhook(
            self.account.pk, URL, kinds=kinds, user_id=self.owner.pk, resolve=resolve or (lambda _: ["93.184.216.34"])
        )
        self.webhook_id = row.pk

    def tell(self, count: int = 1, kind: EventKind = EventKind.PAYMENT_PAID) -> list[int]:
        """Something happens this often; the numbers of the events."""
        known = AccountEvent.objects.count()
        ids = [
            AccountEvent.objects.create(account=self.account, kind=kind, subject_id=f"{known + n}", body={"id": n}).pk for n in range(count)
        ]
        make_deliveries()
        return ids


def take(now: datetime | None = None, *, busy: tuple[int, ...] = ()) -> tuple[Parcel, ...]:
    return take_due(now or timezone.now(), busy=busy, most=10, backoff=BACKOFF, chance_permille=lambda: 0)


def deliver(*outcomes: Outcome, now: datetime | None = None) -> list[int]:
    """Take one parcel after the other, with these outcomes; the events that they held."""
    told = []
    for outcome in outcomes:
        for parcel in take(now):
            note_outcome(parcel, outcome, backoff=BACKOFF)
            told.append(parcel.event_id)
    return told


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_what_happened_before_it_was_added_is_not_told() -> None:
    account = make_account("cafe")
    AccountEvent.objects.create(account=account, kind=EventKind.PAYMENT_PAID, subject_id="1", body={})
    add_webhook(account.pk, URL, kinds=(), user_id=make_owner().pk, resolve=lambda _: ["93.184.216.34"])
    make_deliveries()

    assert 0 == WebhookDelivery.objects.count()


def test_events_are_told_one_after_the_other_in_their_order(shop: Shop) -> None:
    ids = shop.tell(3)

    assert ids == deliver(YES, YES, YES, YES)
    assert {(State.DELIVERED.value, 1, 200)} == set(WebhookDelivery.objects.values_list("state", "tries", "last_status"))
    assert next_due_at(timezone.now()) is None


def test_each_event_is_put_on_its_way_once(shop: Shop) -> None:
    shop.tell(3)
    make_deliveries()

    assert 3 == WebhookDelivery.objects.count()


def test_only_what_it_wants_is_told_and_only_of_its_account() -> None:
    shop, other = Shop(kinds=(EventKind.INVOICE_PAID,)), Shop("cafe")
    shop.tell(kind=EventKind.PAYMENT_PAID)
    [wanted] = shop.tell(kind=EventKind.INVOICE_PAID)

    assert [(shop.webhook_id, wanted)] == list(WebhookDelivery.objects.values_list("webhook", "event"))
    assert other.webhook_id not in WebhookDelivery.objects.values_list("webhook", flat=True)


def test_a_try_is_written_down_before_anything_is_sent(shop: Shop) -> None:
    shop.tell()
    now = timezone.now()
    [parcel] = take(now)

    row = WebhookDelivery.objects.get()
    assert (State.WAITING.value, 1, now, now + timedelta(seconds=10)) == (row.state, row.tries, row.last_try_at, row.next_try_at)
    assert () == take(now)
    assert [parcel.event_id] == [again.event_id for again in take(now + timedelta(seconds=11))]


def test_a_short_break_changes_no_order(shop: Shop) -> None:
    first, second = shop.tell(2)
    now = timezone.now()

    assert [first] == deliver(NO, YES, now=now)
    assert now + timedelta(seconds=10) == next_due_at(now)
    assert [first, second] == deliver(YES, YES, now=now + timedelta(seconds=11))


def test_what_a_shop_cannot_take_does_not_silence_the_rest(shop: Shop) -> None:
    first, second = shop.tell(2)
    began = timezone.now()
    for minutes in (0, 5, 10, 15):
        now = began + timedelta(minutes=minutes)
        assert [first] == deliver(NO, now=now)

    assert [second] == deliver(YES, now=now)
    assert State.WAITING == WebhookDelivery.objects.get(event=first).state


def test_nobody_waits_in_a_circle_for_what_is_held_up(shop: Shop) -> None:
    shop.tell(2)
    now = timezone.now()
    deliver(NO, now=now)

    due = next_due_at(now)
    assert due is not None
    assert due > now


def test_after_the_last_try_it_is_given_up(shop: Shop) -> None:
    shop.tell()
    now = timezone.now()
    for _ in range(20):
        deliver(NO, now=now)
        now += timedelta(days=2)

    row = WebhookDelivery.objects.get()
    assert (State.GIVEN_UP.value, 12, None, 500, "no") == (row.state, row.tries, row.next_try_at, row.last_status, row.last_error)


def test_pauses_grow_to_a_day_and_differ_by_chance() -> None:
    pauses = [pause_s(tries, backoff=BACKOFF, chance_permille=0) for tries in range(1, 13)]

    assert [10, 25, 62, 155, 387, 967, 2_417, 6_042, 15_105, 37_762, 86_400, None] == pauses
    assert (10, 11, 12) == tuple(pause_s(1, backoff=BACKOFF, chance_permille=chance) for chance in (0, 500, 1_000))


def test_what_is_sent_again_has_all_its_tries_before_it(shop: Shop) -> None:
    shop.tell()
    deliver(YES)
    row = WebhookDelivery.objects.get()

    assert shop.webhook_id == resend(row.pk, account_id=shop.account.pk)
    assert [row.event_id] == deliver(NO)
    row.refresh_from_db()
    assert (State.WAITING.value, 1) == (row.state, row.tries)


def test_a_try_that_was_overtaken_by_a_resend_does_not_end_it(shop: Shop) -> None:
    shop.tell()
    [parcel] = take()
    row = WebhookDelivery.objects.get()
    resend(row.pk, account_id=shop.account.pk)
    note_outcome(parcel, YES, backoff=BACKOFF)

    row.refresh_from_db()
    assert (State.WAITING.value, 0) == (row.state, row.tries)


def test_a_stopped_webhook_is_told_nothing_more(shop: Shop) -> None:
    shop.tell()
    stop_webhook(shop.webhook_id, account_id=shop.account.pk)
    stop_webhook(shop.webhook_id, account_id=shop.account.pk)
    shop.tell()

    assert [] == deliver(YES)
    row = WebhookDelivery.objects.get()
    assert State.GIVEN_UP == row.state
    with pytest.raises(WebhookStopped):
        resend(row.pk, account_id=shop.account.pk)


def test_what_belongs_to_others_is_as_missing_as_what_never_was(shop: Shop) -> None:
    shop.tell()
    other = make_account("cafe")
    for account_id, delivery_id in ((other.pk, WebhookDelivery.objects.get().pk), (shop.account.pk, 999_999)):
        with pytest.raises(UnknownWebhook):
            resend(delivery_id, account_id=account_id)
    with pytest.raises(UnknownWebhook):
        stop_webhook(shop.webhook_id, account_id=other.pk)
    assert Webhook.objects.get().stopped_at is None


def test_an_address_that_leads_inside_is_not_added() -> None:
    account, owner = make_account("cafe"), make_owner()
    for answers, reason in ((["10.0.0.1"], WebhookHostPrivate), ([], WebhookHostUnknown)):
        with pytest.raises(reason):
            add_webhook(account.pk, URL, kinds=(), user_id=owner.pk, resolve=lambda _, answers=answers: answers)
    assert 0 == Webhook.objects.count()


def test_an_account_has_so_many_and_no_more(shop: Shop) -> None:
    for _ in range(MOST_WEBHOOKS - 1):
        add_webhook(shop.account.pk, URL, kinds=(), user_id=shop.owner.pk, resolve=lambda _: ["93.184.216.34"])
    with pytest.raises(TooManyWebhooks):
        add_webhook(shop.account.pk, URL, kinds=(), user_id=shop.owner.pk, resolve=lambda _: ["93.184.216.34"])


def test_one_that_is_being_called_is_not_called_at_the_same_time() -> None:
    slow, other = Shop(), Shop("cafe")
    slow.tell(2)
    other.tell()

    assert [other.webhook_id] == [parcel.webhook_id for parcel in take(busy=(slow.webhook_id,))]


def told_by_readme() -> Callable[[str, str, bytes], bool]:
    """What README gives shops to know deliveries by."""
    chapter = (Path(settings.BASE_DIR) / "README.md").read_text().partition("\n## API, for programs\n")[2]
    names: dict[str, Any] = {}
    exec(re.search(r"```python\n(.*?)```", chapter, re.DOTALL).group(1), names)  # the text that shops copy is what is tested
    return names["is_from_lnweb"]


def test_a_shop_knows_a_delivery_as_readme_says(shop: Shop) -> None:
    [event_id] = shop.tell()
    [parcel] = take()
    with listening(OK) as till:
        here = replace(parcel, url=f"http://till.lan:{till.port}/hook")
        road = Road(private_hosts={f"till.lan:{till.port}"}, resolve=lambda _: ["127.0.0.1"])
        assert YES == carry(here, road=road, now_s=int(time.time()))
        carry(here, road=road, now_s=int(time.time()) - 3_600)

    (_, headers, body), (_, old_headers, old_body) = map(parts_of, till.requests)
    is_from_lnweb = told_by_readme()
    assert is_from_lnweb(shop.secret, headers["lnweb-signature"], body)
    assert not is_from_lnweb(shop.secret, headers["lnweb-signature"], body + b" ")
    assert not is_from_lnweb("lnwh_" + "0" * 64, headers["lnweb-signature"], body)
    assert not is_from_lnweb(shop.secret, old_headers["lnweb-signature"], old_body), "what is an hour old may have been recorded"
    assert str(event_id) == headers["lnweb-event-id"]
    assert (event_id, "payment.paid", {"id": 0}) == tuple(json.loads(body)[name] for name in ("id", "kind", "object"))


def test_the_row_alone_signs_nothing(shop: Shop) -> None:
    row = Webhook.objects.get()

    assert shop.secret not in json.dumps({name: str(value) for name, value in vars(row).items()})
    assert row.secret not in shop.secret


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", 302, "302"),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", 500, "500"),
        (b"nonsense", None, "no answer that we understand"),
    ],
)
def test_why_it_was_not_taken_is_said(shop: Shop, answer: bytes, status: int | None, said: str) -> None:
    shop.tell()
    with listening(saying(answer)) as till:
        Webhook.objects.update(url=f"http://till.lan:{till.port}/")
        [parcel] = take()
        outcome = carry(parcel, road=Road(private_hosts={f"till.lan:{till.port}"}, resolve=lambda _: ["127.0.0.1"]), now_s=int(time.time()))
    assert status == outcome.status
    assert said in outcome.error


def test_an_address_that_leads_inside_by_now_is_not_called(shop: Shop) -> None:
    shop.tell()
    [parcel] = take()
    outcome = carry(parcel, road=Road(private_hosts=(), resolve=lambda _: ["169.254.169.254"]), now_s=1)

    assert outcome.status is None
    assert "private network" in outcome.error
    assert "169.254" not in outcome.error
