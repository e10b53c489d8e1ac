"""
Waiting for the engine from a command: by being it when nobody else is, by listening otherwise.

So every command works on a machine where nothing runs yet, and beside a running `run_node` it only looks.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings

from payments.management.engine_loop import run_inline
from payments.nodes.doorbell import Bell
from payments.nodes.errors import EngineAlreadyRunning
from payments.queries.network import first_hops
from payments.queries.nodes import sandbox_nodes
from payments.services.bells import WEB

BUILD_TIMEOUT_S = 120
"""For a new sandbox: some forty channels are opened and signed."""
_LOOK_EVERY_S = 0.2


def wait_until(condition: Callable[[], bool], *, timeout_s: int) -> bool:
    """Let the engine work until the condition holds; whether it does."""
    try:
        return run_inline(until=condition, timeout_s=timeout_s)
    except EngineAlreadyRunning:
        return _watch(condition, timeout_s)


def prepare_sandbox() -> None:
    """Build the sandbox network when this is the first that is asked of it, and wait until our channels are up."""
    if not _is_ready():
        wait_until(_is_ready, timeout_s=BUILD_TIMEOUT_S)


def _is_ready() -> bool:
    return bool(sandbox_nodes() and first_hops())


def _watch(condition: Callable[[], bool], timeout_s: int) -> bool:
    deadline_s = time.monotonic() + timeout_s
    with Bell(settings.LNWEB_STATE_DIR, WEB) as bell:
        while not condition():
            if time.monotonic() > deadline_s:
                return False
            bell.wait(_LOOK_EVERY_S)
    return True
