"""`manage.py deliver_webhooks`: the process that tells shops' software what has happened in its account."""

from __future__ import annotations

import signal
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError

from payments.management.courier import run_couriers
from payments.management.schema import schema_refusal
from payments.nodes.doorbell import ring
from payments.services.bells import COURIERS


class Command(BaseCommand):
    """Deliver until SIGTERM or Ctrl-C."""

    help = "Bring events to the webhooks of all accounts, and again where nobody took them. Ends cleanly on SIGTERM or Ctrl-C."
    requires_system_checks = (Tags.models, Tags.database)

    def handle(self, *_args: object, **_options: Any) -> None:
        """Say `ready`, go round."""
        if refusal := schema_refusal():
            raise CommandError(refusal)
        self._stopping = False
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        run_couriers(stopping=lambda: self._stopping, say_ready=lambda: self._say("ready"))
        self._say("stopped")

    def _stop(self, *_signal: object) -> None:
        """Let those who are out come back, then end; the ring ends a sleep."""
        self._stopping = True
        ring(settings.LNWEB_STATE_DIR, COURIERS)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
