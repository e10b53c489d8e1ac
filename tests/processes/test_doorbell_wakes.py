"""An engine at rest starts a command when the bell rings, not when it looks by itself the next time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import connections

from payments.management import engine_loop
from payments.models import EngineCommand, NodeRecord
from payments.nodes.doorbell import Bell, ring
from payments.nodes.engine import EngineHost
from payments.services.bells import ENGINE
from payments.services.request_shop_invoice import request_shop_invoice
from tests.processes.engine import eventually

pytestmark = pytest.mark.django_db(transaction=True)
NEXT_LOOK_MS = 600_000
"""Ten minutes: longer than this test may take."""


class Engine(threading.Thread):
    """`run_engine` beside the test, and whether it sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.asleep = threading.Event()
        self.stopping = threading.Event()
        self._wait = Bell.wait

    def run(self) -> None:
        try:
            with (
                patch.object(engine_loop, "LOOK_EVERY_MS", NEXT_LOOK_MS),
                patch.object(EngineHost, "next_due_ms", property(_next_parcel_ms)),
                patch.object(Bell, "wait", self._as_bell()),
            ):
                engine_loop.run_engine(stopping=self.stopping.is_set, say_ready=lambda: None)
        finally:
            connections.close_all()

    def _as_bell(self) -> Callable[[Bell, float], bool]:
        def wait(bell: Bell, timeout_s: float) -> bool:
            if timeout_s > 60:
                self.asleep.set()
            return self._wait(bell, timeout_s)

        return wait


def _next_parcel_ms(host: EngineHost) -> int:
    return host._network.next_due_ms if host._network.has_parcels else engine_loop.now_ms() + NEXT_LOOK_MS


def test_a_command_starts_when_the_bell_rings(capsys):
    engine = Engine()
    engine.start()
    try:
        assert engine.asleep.wait(30)
        assert NodeRecord.objects.exists()

        request_shop_invoice("aurora-coffee", amount_msat=1_000, description="")
        eventually(lambda: EngineCommand.objects.get().done_at is not None)
    finally:
        engine.stopping.set()
        ring(settings.LNWEB_STATE_DIR, ENGINE)
        engine.join()

    command = EngineCommand.objects.get()
    with capsys.disabled():
        waited_ms = (command.done_at - command.created_at).total_seconds() * 1_000
        print(f" [asked to done: {waited_ms:.1f} ms]", end="")  # noqa: T201 (a figure for whoever looks; a busy machine is no fault)
