"""Why the engine's process does not start. Each has a sentence for whoever runs it."""

from __future__ import annotations

from dataclasses import dataclass

from payments.lightning.errors import LightningError


@dataclass(eq=False, kw_only=True)
class EngineRefused(LightningError):
    """The engine does not start and has changed nothing."""


@dataclass(eq=False, kw_only=True)
class EngineAlreadyRunning(EngineRefused):
    """Another process on this state folder is the engine: there is one writer."""


@dataclass(eq=False, kw_only=True)
class NodeSecretMismatch(EngineRefused):
    """The database was made with another secret: its channels could not be signed for."""
