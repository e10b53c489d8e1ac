"""
One HTLC as a channel keeps it: what was promised, and since which commitment it stands in, or is gone from, each side's transaction.

There are always two commitment transactions, ours (LOCAL) and the peer's (REMOTE), and an update enters them one after the other: first the
one of whoever did not make it, then, once that side has revoked its older state, the other's. Keeping the two commitment numbers is all
the bookkeeping there is: which HTLCs stand in transaction n of side s is a comparison, never a state to be kept in step.

BOLT 2, Normal Operation
"""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.ids import ChannelId, PaymentHash, PaymentId, PaymentPreimage

Span = tuple[int | None, int | None]
"""Commitment numbers (LOCAL's, REMOTE's) from which something holds; None while it has not been promised for that side."""


class Side(IntEnum):
    """Whose commitment transaction, or whose doing. The value is the index into every pair."""

    LOCAL = 0
    REMOTE = 1

    @property
    def other(self) -> Side:
        """The peer of this side."""
        return Side(1 - self)


def span_with(span: Span, side: Side, number: int) -> Span:
    """The span with the number of one side set."""
    return (number, span[Side.REMOTE]) if side is Side.LOCAL else (span[Side.LOCAL], number)


def holds(span: Span, side: Side, number: int) -> bool:
    """Whether what this span is about is true in transaction `number` of a side."""
    since = span[side]
    return since is not None and since <= number


class OwnPayment(Struct, frozen=True, kw_only=True, tag=True):
    """We are paying: this HTLC is attempt `attempt_number` of a payment."""

    payment_id: PaymentId
    attempt_number: int


class OwnProbe(Struct, frozen=True, kw_only=True, tag=True):
    """We only ask whether a path would carry this: nobody knows the preimage."""

    payment_id: PaymentId


class Forwarded(Struct, frozen=True, kw_only=True, tag=True):
    """We pass this HTLC on from another channel, whose HTLC it will settle or fail."""

    channel_id: ChannelId
    htlc_id: int
    incoming_amount_msat: int
    incoming_shared_secret: bytes
    """With the sender, 32 bytes: encrypts what goes back."""


Origin = OwnPayment | OwnProbe | Forwarded


class Fulfilled(Struct, frozen=True, kw_only=True, tag=True):
    """Settled: the amount goes to whom it was offered."""

    payment_preimage: PaymentPreimage
    attribution_data: bytes | None = None


class Failed(Struct, frozen=True, kw_only=True, tag=True):
    """Taken back: the amount returns to whom it came from, with an encrypted reason for the sender."""

    reason: bytes
    attribution_data: bytes | None = None


class Malformed(Struct, frozen=True, kw_only=True, tag=True):
    """Taken back because the onion could not be read; the peer that could not says so in clear."""

    sha256_of_onion: bytes
    failure_code: int


class TimedOut(Struct, frozen=True, kw_only=True, tag=True):
    """Taken back on the chain, by us, after its time: nobody gave a reason. BOLT 5, On-chain Transaction Handling"""


Outcome = Fulfilled | Failed | Malformed | TimedOut


class Htlc(Struct, frozen=True, kw_only=True):
    """A promise to pay `amount_msat` to whoever shows the preimage before `cltv_expiry`. BOLT 2, Adding an HTLC: `update_add_htlc`"""

    owner: Side
    """Who offered it."""
    id: int
    amount_msat: int
    payment_hash: PaymentHash
    cltv_expiry: int
    onion_routing_packet: bytes
    added: Span
    removed: Span = (None, None)
    outcome: Outcome | None = None
    origin: Origin | None = None
    """Why we offered it; None for what the peer offered."""
    handled: bool = False
    """An incoming one has been looked at after it was irrevocably committed: it must not be looked at twice."""
    received_at_ms: int = 0
    """When it was handled, for the hold time that we report back."""

    @property
    def is_fulfilled(self) -> bool:
        """Whether its outcome is payment."""
        return isinstance(self.outcome, Fulfilled)

    def stands_in(self, side: Side, number: int) -> bool:
        """Whether it is an output (or dust) of transaction `number` of a side."""
        added, removed = self.added[side], self.removed[side]  # said out here: it is asked more often than anything else
        return added is not None and added <= number and (removed is None or removed > number)

    def remove(self, outcome: Outcome, *, side: Side, number: int) -> Htlc:
        """The HTLC with its outcome, gone from transaction `number` of a side on."""
        return replace(self, outcome=outcome, removed=span_with((None, None), side, number))


class FeeUpdate(Struct, frozen=True, kw_only=True):
    """A new feerate, and since which commitments it holds; only the opener makes these. BOLT 2, Updating Fees: `update_fee`"""

    feerate_per_kw: int
    added: Span
