"""
What each thing that happens means for money: an entry of postings that sum to zero.

    hold        available -> held                     amount + fee limit, before anything is sent
    settle      held -> payments made, fees paid      the rest of the hold goes back to available
    release     held -> available                     the payment failed and nothing is out
    opening     opening -> available                  a channel is ready
    received    received -> available                 a payment to us is ours
    forwarded   forwarding income -> available        the fee of a payment that we passed on
    returned    payments made, fees paid -> available a part came back after the payment was paid
    resolved    available -> on chain, closing cost   a channel was closed and nothing of it is left to do

An entry's key says what it is about and never comes twice, so that booking the same thing again is noticed. The accounts and the sign
are explained in `accounts.py`. Nothing here decides whether money is there: the balances in the database do.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from payments.ledger.accounts import Account
from payments.lightning.events import ChannelReady, ChannelResolved, Event, PaymentClaimed, PaymentFailed, PaymentForwarded, PaymentSent
from payments.lightning.ids import ChannelId, PaymentHash, PaymentId
from payments.lightning.units import MSAT_PER_SAT


class EntryKind(StrEnum):
    """What happened."""

    OPENING = "opening"
    HOLD = "hold"
    SETTLE = "settle"
    RELEASE = "release"
    RECEIVED = "received"
    FORWARDED = "forwarded"
    RETURNED = "returned"
    RESOLVED = "resolved"


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """What one account gets (positive) or gives (negative)."""

    account: Account
    amount_msat: int


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to money. ValueError unless two or more postings, none of them zero, sum to zero, one an account."""

    key: str
    kind: EntryKind
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        if len(self.postings) < 2:
            raise ValueError(f"{self.key}: money comes from somewhere and goes somewhere")
        if not all(posting.amount_msat for posting in self.postings):
            raise ValueError(f"{self.key}: a posting of nothing")
        if len({posting.account for posting in self.postings}) < len(self.postings):
            raise ValueError(f"{self.key}: an account twice")
        if sum(posting.amount_msat for posting in self.postings):
            raise ValueError(f"{self.key}: the postings do not sum to zero")


def hold_entry(payment_id: PaymentId, *, amount_msat: int, fee_limit_msat: int) -> Entry:
    """Set aside the most that a payment may cost."""
    reserved_msat = amount_msat + fee_limit_msat
    return _entry(EntryKind.HOLD, payment_id.hex(), {Account.AVAILABLE: -reserved_msat, Account.HELD: reserved_msat})


def settle_entry(payment_id: PaymentId, *, amount_msat: int, fee_paid_msat: int, held_msat: int) -> Entry:
    """
    A payment is paid: the hold ends, and what it did not need is available again.

    held_msat   what is set aside for this payment: amount + fee limit, or nothing when its hold was released before

    What was paid beyond the hold goes to the overrun account: it is neither taken from other money nor passed over in silence.
    """
    left_msat = held_msat - amount_msat - fee_paid_msat
    return _entry(
        EntryKind.SETTLE,
        payment_id.hex(),
        {
            Account.HELD: -held_msat,
            Account.PAYMENTS_MADE: amount_msat,
            Account.FEES_PAID: fee_paid_msat,
            Account.AVAILABLE: max(left_msat, 0),
            Account.OVERRUN: min(left_msat, 0),
        },
    )


def release_entry(payment_id: PaymentId, *, held_msat: int) -> Entry:
    """A payment failed for good: what was set aside is available again."""
    return _entry(EntryKind.RELEASE, payment_id.hex(), {Account.HELD: -held_msat, Account.AVAILABLE: held_msat})


def opening_entry(channel_id: ChannelId, *, balance_msat: int) -> Entry:
    """A channel is ready, and this much of it is ours."""
    return _entry(EntryKind.OPENING, channel_id.hex(), {Account.OPENING: -balance_msat, Account.AVAILABLE: balance_msat})


def received_entry(payment_hash: PaymentHash, *, amount_msat: int) -> Entry:
    """Somebody paid us."""
    return _entry(EntryKind.RECEIVED, payment_hash.hex(), {Account.RECEIVED: -amount_msat, Account.AVAILABLE: amount_msat})


def forwarded_entry(prev_channel_id: ChannelId, prev_htlc_id: int, *, fee_msat: int) -> Entry:
    """We passed a payment on and kept our fee."""
    subject = f"{prev_channel_id.hex()}/{prev_htlc_id}"
    return _entry(EntryKind.FORWARDED, subject, {Account.FORWARDING_INCOME: -fee_msat, Account.AVAILABLE: fee_msat})


def returned_entry(payment_id: PaymentId, attempt_number: int, *, amount_msat: int, fee_msat: int) -> Entry:
    """The payee showed the proof and did not take this part: it is ours again, and so is its fee."""
    return _entry(
        EntryKind.RETURNED,
        f"{payment_id.hex()}/{attempt_number}",
        {Account.PAYMENTS_MADE: -amount_msat, Account.FEES_PAID: -fee_msat, Account.AVAILABLE: amount_msat + fee_msat},
    )


def resolved_entry(channel_id: ChannelId, *, balance_msat: int, received_msat: int, available_msat: int) -> Entry:
    """
    A closed channel is over: what was ours in it is on the chain, less what that cost.

    available_msat   what is available now

    Money that is set aside for payments under way stays so, even when the channel that held it is gone: what is then missing goes to the
    overrun account and is an alarm.
    """
    taken_msat = min(balance_msat, available_msat)
    return _entry(
        EntryKind.RESOLVED,
        channel_id.hex(),
        {
            Account.AVAILABLE: -taken_msat,
            Account.OVERRUN: taken_msat - balance_msat,
            Account.ON_CHAIN: received_msat,
            Account.CLOSING_COST: balance_msat - received_msat,
        },
    )


def entry_for(event: Event, *, held_msat: int, available_msat: int = 0) -> Entry | None:
    """
    The entry that an event asks for; None when it moves no money of ours.

    held_msat        what is set aside for the event's payment now, 0 when it is about none
    available_msat   what is available now; only a ChannelResolved asks
    """
    match event:
        case PaymentSent():
            return settle_entry(event.payment_id, amount_msat=event.amount_msat, fee_paid_msat=event.fee_paid_msat, held_msat=held_msat)
        case PaymentFailed() if held_msat:
            return release_entry(event.payment_id, held_msat=held_msat)
        case ChannelReady() if event.balance_msat:
            return opening_entry(event.channel_id, balance_msat=event.balance_msat)
        case PaymentClaimed():
            return received_entry(event.payment_hash, amount_msat=event.amount_msat)
        case PaymentForwarded() if event.total_fee_earned_msat:
            return forwarded_entry(event.prev_channel_id, event.prev_htlc_id, fee_msat=event.total_fee_earned_msat)
        case ChannelResolved() if event.balance_msat or event.received_sat:
            received_msat = event.received_sat * MSAT_PER_SAT
            return resolved_entry(
                event.channel_id, balance_msat=event.balance_msat, received_msat=received_msat, available_msat=available_msat
            )
        case _:
            return None


def _entry(kind: EntryKind, subject: str, changes_msat: dict[Account, int]) -> Entry:
    postings = tuple(Posting(account=account, amount_msat=amount_msat) for account, amount_msat in changes_msat.items() if amount_msat)
    return Entry(key=f"{kind}:{subject}", kind=kind, postings=postings)
