"""
What is made ready before anybody asks: the compiled search and the imported map, in a thread of its own when a web process starts.

The first start after an update compiles for many seconds; the result lies in the state folder, and later starts read it back. Nobody's
click waits for that: until it is done, previews that need it say so.
"""

from __future__ import annotations

import subprocess
import sys
from threading import Event, Thread

from django.conf import settings

from payments.lightning.routing.choosing import warm_up
from payments.queries.imported_map import readable_map
from payments.queries.viewpoints import imported_viewpoint

_COMPILE = "from payments.lightning.routing.choosing import warm_up; warm_up()"
_preparing = Event()


def begin_to_warm() -> None:
    """Begin, where there is a map that is worth it. Returns at once."""
    if readable_map() is not None:
        _preparing.set()
        Thread(target=_warm, name="warming", daemon=True).start()


def is_preparing() -> bool:
    """Whether it was begun and is not done."""
    return _preparing.is_set()


def _warm() -> None:
    try:
        # Compiling holds the interpreter and keeps its memory, so another process does it; this one reads what came of it.
        subprocess.run([sys.executable, "-c", _COMPILE], cwd=settings.BASE_DIR, check=False)  # noqa: S603 (our own words)
        warm_up()
        imported_viewpoint()
    finally:
        _preparing.clear()
