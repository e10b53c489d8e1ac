"""
HTLCs that wait: taken in before they are handled, and let go when their time is up, after any number of restarts.

To the peers a held HTLC looks like any other that is under way, and its expiry is the limit: past it the peer that offered it goes to the
chain, whatever we meant to do.
"""

from __future__ import annotations

from collections.abc import Callable

from payments.lightning.channel.htlc import Htlc, Side
from payments.lightning.ids import ChannelId
from payments.lightning.manager.intercepting import NEVER_MS, HeldHtlc
from payments.lightning.manager.node_state import NodeState

_HTLC_ID_BYTES = 8
Handle = Callable[[ChannelId, Htlc], None]
"""What is done with an HTLC that need not wait."""


class Holding:
    """Asks the node's interceptor how long each incoming HTLC waits, and keeps to it."""

    def __init__(self, state: NodeState, handle: Handle) -> None:
        self._state = state
        self._handle = handle

    @property
    def next_release_ms(self) -> int:
        """When the next HTLC may go on; NEVER_MS when none waits for a time."""
        return min((held.until_ms for held in self._state.held), default=NEVER_MS)

    def take(self, channel_id: ChannelId, htlc: Htlc) -> None:
        """An incoming HTLC is irrevocable: handle it now, or put it on the shelf."""
        until_ms = self._state.interceptor.hold_until_ms(htlc)
        if until_ms is None or until_ms <= self._state.clock.now_ms():
            self._handle(channel_id, htlc)
            return
        held = HeldHtlc(channel_id=channel_id, htlc_id=htlc.id, until_ms=until_ms)
        self._state.held.put(_key(held), held)

    def release(self) -> None:
        """Ask again about everything that waits, and let go what need not any longer or has been settled on the chain."""
        for held in self._state.held:
            self._state.held.drop(_key(held))
            channel = self._state.channels.get(held.channel_id)
            htlc = channel.htlc(Side.REMOTE, held.htlc_id) if channel is not None and channel.phase.is_live else None
            if htlc is not None and htlc.outcome is None:
                self.take(held.channel_id, htlc)


def _key(held: HeldHtlc) -> bytes:
    return held.channel_id + held.htlc_id.to_bytes(_HTLC_ID_BYTES, "big")
