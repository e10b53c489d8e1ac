"""The couriers' loop: woken by a ring, it tells a shop, and nobody waits for one that is slow."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from payments.management import courier
from payments.management.courier import Couriers, run_couriers
from payments.models import AccountEvent, Webhook, WebhookDelivery
from payments.services.bells import ring_couriers
from payments.services.webhooks.pauses import Backoff
from payments.services.webhooks.posting import Road
from tests.people import make_account
from tests.unit.services.webhooks.listeners import OK, Listener, listening

pytestmark = pytest.mark.django_db(transaction=True)
LONG_S = 30


@pytest.fixture(autouse=True)
def bells(settings: Any, tmp_path: Path) -> None:
    settings.LNWEB_STATE_DIR = tmp_path


def add(slug: str, till: Listener) -> Webhook:
    return Webhook.objects.create(account=make_account(slug), url=f"http://127.0.0.1:{till.port}/{slug}", secret="00")


def happen(webhook: Webhook, number: int) -> None:
    with transaction.atomic():
        AccountEvent.objects.create(account=webhook.account, kind="payment.paid", subject_id=str(number), body={})
        ring_couriers()


def until(condition: Callable[[], bool]) -> Callable[[], bool]:
    ends_s = time.monotonic() + LONG_S
    return lambda: condition() or time.monotonic() > ends_s


def delivered() -> int:
    return WebhookDelivery.objects.filter(state=WebhookDelivery.State.DELIVERED).count()


def test_a_ring_is_enough(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    going_to_sleep, sleep_s = threading.Event(), Couriers.sleep_s

    def noticed(self: Couriers) -> float:
        pause_s = sleep_s(self)
        going_to_sleep.set()
        return pause_s

    monkeypatch.setattr(courier, "LOOK_AGAIN_S", 2 * LONG_S)  # nobody looks by himself
    monkeypatch.setattr(Couriers, "sleep_s", noticed)
    with listening(OK) as till:
        settings.LNWEB_WEBHOOK_PRIVATE_HOSTS = frozenset({f"127.0.0.1:{till.port}"})
        webhook = add("cafe", till)

        def later() -> None:
            going_to_sleep.wait(LONG_S)
            happen(webhook, 1)
            connection.close()

        thread = threading.Thread(target=later)
        run_couriers(stopping=until(lambda: till.calls == 1), say_ready=thread.start)
        thread.join()

    assert 1 == delivered()
    assert [b"/cafe"] == [request.split()[1] for request in till.requests]


def test_a_shop_that_is_slow_keeps_nobody_else_waiting() -> None:
    may_answer = threading.Event()

    def slow(line: socket.socket, request: bytes) -> None:
        may_answer.wait(LONG_S)
        OK(line, request)

    with listening(slow) as slow_till, listening(OK) as till:
        road = Road(private_hosts={f"127.0.0.1:{port}" for port in (slow_till.port, till.port)})
        back = threading.Semaphore(0)
        couriers = Couriers(road=road, backoff=Backoff(), done=back.release)
        slow_one, quick_one = add("slow", slow_till), add("quick", till)
        for number in range(3):
            happen(slow_one, number)
            happen(quick_one, number + 3)
        for _ in range(3):
            couriers.go_round()
            assert back.acquire(timeout=LONG_S)
        couriers.go_round()
        assert 3 == delivered()
        may_answer.set()
        couriers.finish()
    assert 4 == delivered()
    assert (1, 3) == (slow_till.calls, till.calls)


def test_what_breaks_is_tried_again(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = []

    def broken(self: Couriers) -> None:
        rounds.append(self)
        raise OSError

    monkeypatch.setattr(courier, "PAUSE_AFTER_FAILURE_S", 0)
    monkeypatch.setattr(Couriers, "go_round", broken)
    run_couriers(stopping=until(lambda: len(rounds) == 3), say_ready=lambda: None)

    assert 3 == len(rounds)
