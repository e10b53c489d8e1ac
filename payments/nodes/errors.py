"""Why the engine's process does not start. Each has a sentence for whoever runs it."""

from __future__ import annotations

from dataclasses import dataclass

from payments.lightning.errors import LightningError


@dataclass(eq=False, kw_only=True)
class EngineRefused(LightningError):
    """The engine does not start and has changed nothing."""


@dataclass(eq=False, kw_only=True)
class EngineAlreadyRunning(EngineRefused):
    """Another process is the engine: there is one writer. `holder` says which."""

    holder: str


@dataclass(eq=False, kw_only=True)
class EngineDeposed(EngineRefused):
    """Another engine has taken over while we were not looking: we write nothing any more."""


@dataclass(eq=False, kw_only=True)
class NodeSecretMismatch(EngineRefused):
    """The database was made with another secret: its channels could not be signed for."""


@dataclass(eq=False, kw_only=True)
class LineRefused(LightningError):
    """A connection to a peer was not made, or was ended by us. What it said before and was committed stands."""


@dataclass(eq=False, kw_only=True)
class PeerUnreachable(LineRefused):
    """Nobody answers at the peer's address."""

    host: str
    port: int


@dataclass(eq=False, kw_only=True)
class HandshakeTimedOut(LineRefused):
    """The peer did not prove in time who it is."""

    timeout_ms: int


@dataclass(eq=False, kw_only=True)
class FrameTimedOut(LineRefused):
    """The peer began a message and did not end it in time."""

    timeout_ms: int


@dataclass(eq=False, kw_only=True)
class PeerReadsTooSlowly(LineRefused):
    """More waits to be read by the peer than we keep for anybody."""

    limit_bytes: int


@dataclass(eq=False, kw_only=True)
class TooManyLines(LineRefused):
    """As many peers are connected as we serve."""

    limit: int


@dataclass(eq=False, kw_only=True)
class LineReplaced(LineRefused):
    """The same peer has connected again: its newer line counts."""


@dataclass(eq=False, kw_only=True)
class LineCut(LineRefused):
    """The other end is gone."""


@dataclass(eq=False, kw_only=True)
class LineClosed(LineRefused):
    """We have hung up."""
