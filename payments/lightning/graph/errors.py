"""
Why a gossip message may not enter the graph: one leaf a reason.

Gossip comes from strangers about strangers. A refused message changes nothing, and who passed it on is not thereby its author.
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
