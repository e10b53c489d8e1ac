"""
Why a gossip message may not enter the graph, and why a file is no map: one leaf a reason.

Gossip comes from strangers about strangers. A refused message changes nothing, and who passed it on is not thereby its author; a refused
file leaves the map that was there.
"""

from __future__ import annotations

from dataclasses import dataclass

from payments.lightning.errors import LightningError


@dataclass(eq=False, kw_only=True)
class GossipError(LightningError):
    """An announcement or update that proves nothing. BOLT 7"""


@dataclass(eq=False, kw_only=True)
class GossipOfAnotherChain(GossipError):
    """It speaks of a channel in a chain that is not ours. `chain_hash`[32]: which."""

    chain_hash: bytes


@dataclass(eq=False, kw_only=True)
class NodeIdsOutOfOrder(GossipError):
    """A channel_announcement whose first node id is not the lesser one: no honest node signs that, or a channel with itself."""

    short_channel_id: int


@dataclass(eq=False, kw_only=True)
class GossipSignatureInvalid(GossipError):
    """A signature that its alleged author did not make. `signature`: the field's name."""

    signature: str


@dataclass(eq=False, kw_only=True)
class GossipFromTheFuture(GossipError):
    """It is dated further ahead than clocks may differ, and would block every honest update until then."""

    timestamp_s: int
    now_s: int


@dataclass(eq=False, kw_only=True)
class MapError(LightningError):
    """A file that no map of the network can be made of."""


@dataclass(eq=False, kw_only=True)
class MapFormatUnknown(MapError):
    """It is in none of the forms that we read."""


@dataclass(eq=False, kw_only=True)
class MapVersionUnknown(MapError):
    """Its form is one of ours to read, in a version that is not. `source_format`: which form."""

    source_format: str
    version: int


@dataclass(eq=False, kw_only=True)
class MapTruncated(MapError):
    """It ends before all is said. `size_bytes`: after how much, unpacked."""

    source_format: str
    size_bytes: int


@dataclass(eq=False, kw_only=True)
class MapTooLarge(MapError):
    """Unpacked it is larger than any map of the network would be."""

    limit_bytes: int


@dataclass(eq=False, kw_only=True)
class MapUnreadable(MapError):
    """Something in it is not what its form says. `place`: a path in the JSON, or which byte."""

    source_format: str
    place: str


@dataclass(eq=False, kw_only=True)
class MapHoldsChangesOnly(MapError):
    """It says what changed on a map that is not in it."""


@dataclass(eq=False, kw_only=True)
class MapHasNoChannels(MapError):
    """Nothing that could be on a map is left of it."""


@dataclass(eq=False, kw_only=True)
class MapDamaged(MapError):
    """A stored map of ours is not as it was written: its checksum or a place in it is wrong."""
