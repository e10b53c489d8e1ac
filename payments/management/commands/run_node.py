"""`manage.py run_node`: the one process that holds the Lightning engine and writes its state."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError

from payments.lightning.errors import LightningError
from payments.management.engine_loop import run_engine
from payments.management.network_arguments import add_network_arguments, lay_out_network
from payments.management.progress import Progress
from payments.management.schema import schema_refusal
from payments.nodes.doorbell import ring
from payments.services.bells import ENGINE
from payments.services.refusals import sentence_for


class Command(BaseCommand):
    """Run the engine until SIGTERM or Ctrl-C."""

    help = "Run the Lightning engine: the only process that writes its state. Ends cleanly on SIGTERM or Ctrl-C."
    requires_system_checks = (Tags.models, Tags.database)
    """What the engine has to do with. The others load every page, which takes longer than the rest of the start."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How sure somebody is that no other engine lives, and how large a new sandbox is."""
        parser.add_argument(
            "--take-over", action="store_true", help="do not wait until the lease of an engine on another machine has run out"
        )
        add_network_arguments(parser)

    def handle(self, *_args: object, **options: Any) -> None:
        """Load, say `ready`, take turns."""
        if refusal := schema_refusal():
            raise CommandError(refusal)
        lay_out_network(options, say=self._say)
        self._stopping = False
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        try:
            run_engine(
                stopping=lambda: self._stopping,
                say_ready=lambda: self._say("ready"),
                take_over=options["take_over"],
                tell=Progress(self._say).tell,
            )
        except LightningError as error:
            raise CommandError(sentence_for(error)) from None
        self._say("stopped")

    def _stop(self, *_signal: object) -> None:
        """Finish the turn, then end; the ring ends a sleep."""
        self._stopping = True
        ring(settings.LNWEB_STATE_DIR, ENGINE)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
