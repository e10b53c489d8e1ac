"""
The loop of the engine's process: take turns, hand on what happened, sleep until something is due or somebody rings.

Guarantee: every queued command is carried out once and every stored event is handled once, in order; a crash anywhere is made up for at
the next start. A handler that fails is tried again after a pause, with everything behind it waiting.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from django.conf import settings
from django.db import close_old_connections

from payments.nodes.doorbell import Bell, ring
from payments.nodes.durability import check_durable
from payments.nodes.engine import EngineHost, now_ms
from payments.nodes.errors import EngineDeposed
from payments.nodes.lease import Lease, only_engine
from payments.sandbox.building import Tell
from payments.services.bells import ENGINE
from payments.services.record_event import handle_pending_events

LOOK_EVERY_MS = 250
"""How long a lost ring can go unnoticed."""
PAUSE_AFTER_FAILURE_S = 1
logger = logging.getLogger("lnweb.engine")


def run_engine(*, stopping: Callable[[], bool], say_ready: Callable[[], None], take_over: bool = False, tell: Tell | None = None) -> None:
    """
    Be the engine until `stopping` says so; the turn that is under way is finished.

    tell      hears how far the sandbox is when it has to be built first

    raises    EngineRefused leaves; EngineDeposed when somebody else took over
    """
    if settings.LNWEB_LISTEN is not None:
        check_durable()
    with only_engine(settings.LNWEB_STATE_DIR, take_over=take_over) as lease, Bell(settings.LNWEB_STATE_DIR, ENGINE) as bell:
        host = EngineHost(lease, tell=tell)
        handle_pending_events(guard=lease.check)
        with _open_door(host):
            say_ready()
            while not stopping():
                _one_round(host, lease, bell)


def _open_door(host: EngineHost) -> AbstractContextManager[object]:
    """Peers from outside are let in where a setting says so."""
    if settings.LNWEB_LISTEN is None:
        return nullcontext()
    return host.listening(settings.LNWEB_LISTEN, ring=lambda: ring(settings.LNWEB_STATE_DIR, ENGINE))


def run_inline(*, until: Callable[[], bool], timeout_s: int) -> bool:
    """
    Be the engine until something has come about; whether it has. For commands, when no engine runs.

    raises    EngineAlreadyRunning when one does
    """
    with only_engine(settings.LNWEB_STATE_DIR) as lease, Bell(settings.LNWEB_STATE_DIR, ENGINE) as bell:
        host = EngineHost(lease)
        handle_pending_events(guard=lease.check)
        deadline_s = time.monotonic() + timeout_s
        while not until():
            if time.monotonic() > deadline_s:
                return False
            _one_round(host, lease, bell)
    return True


def _one_round(host: EngineHost, lease: Lease, bell: Bell) -> None:
    try:
        busy = host.take_turn()
        busy = bool(handle_pending_events(guard=lease.check)) or busy
    except EngineDeposed:
        raise
    except Exception:
        logger.exception("A turn failed; nothing of it was kept. It is tried again.")
        close_old_connections()
        time.sleep(PAUSE_AFTER_FAILURE_S)
        return
    if not busy:
        bell.wait(max(0, min(LOOK_EVERY_MS, host.next_due_ms - now_ms())) / 1_000)
