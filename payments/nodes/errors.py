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
class StoredStateUnreadable(EngineRefused):
    """A stored value is damaged or of another version: to go on without it could mean to pay twice."""

    namespace: str


@dataclass(eq=False, kw_only=True)
class EngineDeposed(EngineRefused):
    """Another engine has taken over while we were not looking: we write nothing any more."""


@dataclass(eq=False, kw_only=True)
class NodeSecretMismatch(EngineRefused):
    """The database was made with another secret: its channels could not be signed for."""


@dataclass(eq=False, kw_only=True)
class ListenRefused(EngineRefused):
    """Nobody can listen where peers from outside shall find us. `reason` is the system's."""

    host: str
    port: int
    reason: str


@dataclass(eq=False, kw_only=True)
class DatabaseNotDurable(EngineRefused):
    """Peers from outside remember what a power failure would make us forget. `setting` is what allows it, `needed` what would not."""

    setting: str
    value: str
    needed: str


@dataclass(eq=False, kw_only=True)
class FaultRefused(LightningError):
    """The sandbox stays as it is."""


@dataclass(eq=False, kw_only=True)
class UnknownFault(FaultRefused):
    """There is no fault of this name. `names` are those that there are."""

    name: str
    names: str


@dataclass(eq=False, kw_only=True)
class FaultMalformed(FaultRefused):
    """The fault takes other settings than these, or other values. `settings` are those that it takes."""

    name: str
    settings: str


@dataclass(eq=False, kw_only=True)
class UnknownNode(FaultRefused):
    """No node of the sandbox has this name."""

    slug: str


@dataclass(eq=False, kw_only=True)
class OwnNodeUntouched(FaultRefused):
    """Our own node has no faults to play: its money is in the ledger."""


@dataclass(eq=False, kw_only=True)
class NoSuchChannel(FaultRefused):
    """The two nodes have no channel with each other."""

    node: str
    peer: str


@dataclass(eq=False, kw_only=True)
class BlocksOutOfRange(FaultRefused):
    """The chain grows by at least one block, and not by more than this at once."""

    blocks: int
    limit_blocks: int


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
