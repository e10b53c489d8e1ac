"""
How a node of the sandbox treats the HTLCs that pass through it, as its faults demand: the hands of a slow, careless or broken node.

Everything before and after is the engine's own: what is spoilt here is found by the next node's checks, not announced to it.
"""

from __future__ import annotations

from msgspec.structs import replace

from payments.lightning.channel.htlc import Htlc
from payments.lightning.manager.intercepting import NEVER_MS
from payments.lightning.onion.failure import FailurePacket
from payments.sandbox.faults import PATIENCE_MS, Fault, GarblesFailures, GarblesOnions, Holds, PassesOnLess, Personality

_SPOILT_BYTE = 100
"""Somewhere in the encrypted part of an onion or of a failure."""


class Conduct:
    """The `HtlcInterceptor` of a node with these faults."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self._faults = faults

    def hold_until_ms(self, htlc: Htlc) -> int | None:
        """Counted from when the HTLC became irrevocable."""
        holds = [fault for fault in self._faults if isinstance(fault, Holds)]
        if any(fault.hold_ms is None for fault in holds):
            return NEVER_MS
        waits_ms = [fault.hold_ms or 0 for fault in holds]
        waits_ms += [PATIENCE_MS[fault.kind] for fault in self._faults if isinstance(fault, Personality)]
        return htlc.received_at_ms + max(waits_ms) if any(waits_ms) else None

    def passes_on(self, offer: Htlc) -> Htlc:
        """With a part of the amount kept back, and the onion spoilt."""
        kept_msat = sum(fault.kept_msat for fault in self._faults if isinstance(fault, PassesOnLess))
        onion = offer.onion_routing_packet
        if any(isinstance(fault, GarblesOnions) for fault in self._faults):
            onion = _spoilt(onion)
        return replace(offer, amount_msat=max(1, offer.amount_msat - kept_msat), onion_routing_packet=onion)

    def passes_back(self, packet: FailurePacket) -> FailurePacket:
        """With a byte of the reason changed."""
        if any(isinstance(fault, GarblesFailures) for fault in self._faults):
            return replace(packet, reason=_spoilt(packet.reason))
        return packet


def _spoilt(data: bytes) -> bytes:
    place = min(_SPOILT_BYTE, len(data) - 1)
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :] if data else data
