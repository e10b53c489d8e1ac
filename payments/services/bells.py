"""
Waking other processes when something was stored: only after the commit, for before it there is nothing to see.

A lost ring costs a moment, never a change: the engine and the web processes also look by themselves.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from payments.nodes.doorbell import ring

ENGINE = "engine"
"""The engine's process waits for commands."""
WEB = "web"
"""The web processes wait for changes to show."""
COURIERS = "couriers"
"""Who brings events to webhooks waits for events."""


def ring_engine() -> None:
    """A command is waiting."""
    transaction.on_commit(lambda: ring(settings.LNWEB_STATE_DIR, ENGINE))


def ring_web() -> None:
    """Something that a page may show is different."""
    transaction.on_commit(lambda: ring(settings.LNWEB_STATE_DIR, WEB))


def ring_couriers() -> None:
    """Something is to be brought to webhooks."""
    transaction.on_commit(lambda: ring(settings.LNWEB_STATE_DIR, COURIERS))
