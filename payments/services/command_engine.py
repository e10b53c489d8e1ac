"""Ask the engine to do something: a row in the caller's transaction, and a ring after its commit."""

from __future__ import annotations

from payments.models import EngineCommand
from payments.nodes.commands import EngineCommandBody, encode_command
from payments.services.bells import ring_engine


def command_engine(body: EngineCommandBody) -> None:
    """Queue a command. IntegrityError when this very thing was asked for before: callers look first."""
    EngineCommand.objects.create(kind=type(body).__name__, arguments=encode_command(body), idempotency_key=body.idempotency_key)
    ring_engine()
