"""
The loop of the couriers' process: bring events to webhooks, sleep until something is due or somebody rings.

Only this thread asks the database; those that carry only send, so a shop that answers slowly keeps one of them busy and nobody else
waiting. Guarantee: what is written down as on its way is tried, also after a crash. Several such processes do not disturb each other.
"""

from __future__ import annotations

import logging
import secrets
import ssl
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from payments.nodes.doorbell import Bell, ring
from payments.services.bells import COURIERS
from payments.services.webhooks.delivering import Outcome, Parcel, carry, make_deliveries, next_due_at, note_outcome, take_due
from payments.services.webhooks.pauses import Backoff
from payments.services.webhooks.posting import Road

MOST_AT_ONCE = 32
"""Threads that wait for answers; one webhook keeps at most one of them."""
LOOK_AGAIN_S = 5
"""How long a lost ring can go unnoticed."""
PAUSE_AFTER_FAILURE_S = 1
logger = logging.getLogger("lnweb.couriers")


class Couriers:
    """Parcels that are on the way, by webhook."""

    def __init__(self, *, road: Road, backoff: Backoff, done: Callable[[], None]) -> None:
        """`done` is called from another thread whenever one has come back."""
        self._road = road
        self._backoff = backoff
        self._done = done
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="courier")
        self._out: dict[int, tuple[Parcel, Future[Outcome]]] = {}

    def go_round(self) -> None:
        """Write down what came of those who are back, and send others."""
        for webhook_id, (parcel, future) in list(self._out.items()):
            if future.done():
                del self._out[webhook_id]  # first: whatever goes wrong then, it is tried again when its time comes
                note_outcome(parcel, future.result(), backoff=self._backoff)
        make_deliveries()
        free = MOST_AT_ONCE - len(self._out)
        for parcel in take_due(timezone.now(), busy=self._out, most=free, backoff=self._backoff, chance_permille=_chance_permille):
            future = self._threads.submit(carry, parcel, road=self._road, now_s=int(time.time()))
            self._out[parcel.webhook_id] = (parcel, future)
            future.add_done_callback(lambda _: self._done())

    def sleep_s(self) -> float:
        """For how long there is nothing to do unless somebody rings."""
        now = timezone.now()
        due_at = next_due_at(now)
        due_s = LOOK_AGAIN_S if due_at is None or self._out else (due_at - now).total_seconds()
        return max(0, min(LOOK_AGAIN_S, due_s))

    def finish(self) -> None:
        """Wait for those who are out, and write down what came of it."""
        self._threads.shutdown()
        for parcel, future in self._out.values():
            note_outcome(parcel, future.result(), backoff=self._backoff)
        self._out.clear()


def run_couriers(*, stopping: Callable[[], bool], say_ready: Callable[[], None]) -> None:
    """Carry until `stopping` says so; those who are out come back first."""
    road = Road(private_hosts=settings.LNWEB_WEBHOOK_PRIVATE_HOSTS, tls=ssl.create_default_context())
    couriers = Couriers(road=road, backoff=Backoff(), done=lambda: ring(settings.LNWEB_STATE_DIR, COURIERS))
    with Bell(settings.LNWEB_STATE_DIR, COURIERS) as bell:
        say_ready()
        while not stopping():
            try:
                couriers.go_round()
                bell.wait(couriers.sleep_s())
            except Exception:
                logger.exception("Could not look after the webhooks; trying again.")
                close_old_connections()
                time.sleep(PAUSE_AFTER_FAILURE_S)
    couriers.finish()


def _chance_permille() -> int:
    return secrets.randbelow(1_001)
