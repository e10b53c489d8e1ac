"""
Where somebody outside the engine may lay hands on HTLCs: keep one waiting, or change what goes on and what goes back.

The engine itself never does any of this: the default lets everything pass. A node's owner may want to decide about an HTLC first, and the
sandbox plays nodes that are slow, careless or broken, with the engine's own code on both sides of the hands. What is kept waiting stands
on a shelf, so a restart goes on keeping it.

LDK, Event::HTLCIntercepted
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from payments.lightning.channel.htlc import Htlc
from payments.lightning.ids import ChannelId
from payments.lightning.onion.failure import FailurePacket

NEVER_MS = (1 << 63) - 1
"""Later than every clock: an HTLC that is held until then is forgotten."""


class HtlcInterceptor(Protocol):
    """
    Asked about every HTLC that passes through a node. Pure: the same HTLC gets the same answer until the owner changes its mind.

    What it holds is asked about again when the time is up and at `Holding.release`.
    """

    def hold_until_ms(self, htlc: Htlc) -> int | None:
        """When an incoming HTLC may be handled at the earliest, in milliseconds since 1970; None: at once."""
        ...

    def passes_on(self, offer: Htlc) -> Htlc:
        """The HTLC that is offered to the next node in place of the one that the onion asks for."""
        ...

    def passes_back(self, packet: FailurePacket) -> FailurePacket:
        """What is made of a failure from further down before it is wrapped for the node before us."""
        ...


class NoInterceptor:
    """Lets everything pass as it is."""

    def hold_until_ms(self, htlc: Htlc) -> None:
        """At once."""

    def passes_on(self, offer: Htlc) -> Htlc:
        """As the onion asks for."""
        return offer

    def passes_back(self, packet: FailurePacket) -> FailurePacket:
        """As it came."""
        return packet


class HeldHtlc(Struct, frozen=True, kw_only=True):
    """An incoming HTLC, irrevocable and not handled yet, and until when it waits."""

    channel_id: ChannelId
    htlc_id: int
    until_ms: int
