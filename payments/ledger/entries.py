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
    funded      house -> account                      an operator gave an account money of the house
    withdrawn   account -> house                      an operator took it back

Channels and forwarding are the house's matter; a payment, what is received and what is returned are of the account whose it is. A payment
to another account of this node is settled here: it leaves no channel.

An entry's key says what it is about and never comes twice, so that booking the same thing again is noticed. The accounts and the sign
are explained in `accounts.py`. Nothing here decides whether money is there: the balances in the database do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from payments.ledger.accounts import HOUSE_ID, Account
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
    FUNDED = "funded"
    WITHDRAWN = "withdrawn"


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """What one account in one owner's books gets (positive) or gives (negative)."""

    owner_id: int
    account: Account
    amount_msat: int


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to money. ValueError unless each owner has postings that sum to zero, none of them zero, one an account."""

    key: str
    kind: EntryKind
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        if len(self.postings) < 2:
            raise ValueError(f"{self.key}: money comes from somewhere and goes somewhere")
        if not all(posting.amount_msat for posting in self.postings):
            raise ValueError(f"{self.key}: a posting of nothing")
        if len({(posting.owner_id, posting.account) for posting in self.postings}) < len(self.postings):
            raise ValueError(f"{self.key}: an account twice")
        sums_msat: Counter[int] = Counter()
        for posting in self.postings:
            sums_msat[posting.owner_id] += posting.amount_msat
        if any(sums_msat.values()):
            raise ValueError(f"{self.key}: the postings of an owner do not sum to zero")


def hold_entry(payment_id: PaymentId, *, owner_id: int, amount_msat: int, fee_limit_msat: int) -> Entry:
    """Set aside the most that a payment may cost."""
    reserved_msat = amount_msat + fee_limit_msat
    return _entry(EntryKind.HOLD, payment_id.hex(), {owner_id: {Account.AVAILABLE: -reserved_msat, Account.HELD: reserved_msat}})


def settle_entry(payment_id: PaymentId, *, owner_id: int, amount_msat: int, fee_paid_msat: int, held_msat: int) -> Entry:
    """
    A payment is paid: the hold ends, and what it did not need is available again.

    held_msat   what is set aside for this payment: amount + fee limit, or nothing when its hold was released before

    What was paid beyond the hold is the house's loss, in its overrun account: it is neither taken from the owner's other money nor passed
    over in silence.
    """
    amount_covered_msat = min(amount_msat, held_msat)
    fee_covered_msat = min(fee_paid_msat, held_msat - amount_covered_msat)
    covered = {
        Account.HELD: -held_msat,
        Account.PAYMENTS_MADE: amount_covered_msat,
        Account.FEES_PAID: fee_covered_msat,
        Account.AVAILABLE: held_msat - amount_covered_msat - fee_covered_msat,
    }
    beyond = {
        Account.PAYMENTS_MADE: amount_msat - amount_covered_msat,
        Account.FEES_PAID: fee_paid_msat - fee_covered_msat,
        Account.OVERRUN: amount_covered_msat + fee_covered_msat - amount_msat - fee_paid_msat,
    }
    books = {owner_id: covered, HOUSE_ID: beyond} if owner_id != HOUSE_ID else {HOUSE_ID: _together(covered, beyond)}
    return _entry(EntryKind.SETTLE, payment_id.hex(), books)


def settle_inside_entry(payment_id: PaymentId, *, owner_id: int, payee_id: int, amount_msat: int, held_msat: int) -> Entry:
    """
    A payment to another account of this node is paid: nothing leaves a channel, and it costs no fee.

    payee_id    the owner that is paid, another than the one who pays
    held_msat   what is set aside for this payment: amount + fee limit

    It has the key of every other settlement, so that an invoice that was paid inside cannot be settled again.
    """
    payer = {Account.HELD: -held_msat, Account.PAYMENTS_MADE: amount_msat, Account.AVAILABLE: held_msat - amount_msat}
    payee = {Account.RECEIVED: -amount_msat, Account.AVAILABLE: amount_msat}
    return _entry(EntryKind.SETTLE, payment_id.hex(), {owner_id: payer, payee_id: payee})


def release_entry(payment_id: PaymentId, *, owner_id: int, held_msat: int) -> Entry:
    """A payment failed for good: what was set aside is available again."""
    return _entry(EntryKind.RELEASE, payment_id.hex(), {owner_id: {Account.HELD: -held_msat, Account.AVAILABLE: held_msat}})


def opening_entry(channel_id: ChannelId, *, balance_msat: int) -> Entry:
    """A channel is ready, and this much of it is ours."""
    return _entry(EntryKind.OPENING, channel_id.hex(), {HOUSE_ID: {Account.OPENING: -balance_msat, Account.AVAILABLE: balance_msat}})


def received_entry(payment_hash: PaymentHash, *, owner_id: int, amount_msat: int) -> Entry:
    """Somebody paid us."""
    return _entry(EntryKind.RECEIVED, payment_hash.hex(), {owner_id: {Account.RECEIVED: -amount_msat, Account.AVAILABLE: amount_msat}})


def forwarded_entry(prev_channel_id: ChannelId, prev_htlc_id: int, *, fee_msat: int) -> Entry:
    """We passed a payment on and kept our fee."""
    subject = f"{prev_channel_id.hex()}/{prev_htlc_id}"
    return _entry(EntryKind.FORWARDED, subject, {HOUSE_ID: {Account.FORWARDING_INCOME: -fee_msat, Account.AVAILABLE: fee_msat}})


def returned_entry(payment_id: PaymentId, attempt_number: int, *, owner_id: int, amount_msat: int, fee_msat: int) -> Entry:
    """The payee showed the proof and did not take this part: it is its owner's again, and so is its fee."""
    back = {Account.PAYMENTS_MADE: -amount_msat, Account.FEES_PAID: -fee_msat, Account.AVAILABLE: amount_msat + fee_msat}
    return _entry(EntryKind.RETURNED, f"{payment_id.hex()}/{attempt_number}", {owner_id: back})


def resolved_entry(channel_id: ChannelId, *, balance_msat: int, received_msat: int, available_msat: int) -> Entry:
    """
    A closed channel is over: what was ours in it is on the chain, less what that cost.

    available_msat   what is available to the house now

    Money of merchants and money that is set aside for payments under way stays so, even when the channel that held it is gone: what is
    then missing goes to the overrun account and is an alarm.
    """
    taken_msat = min(balance_msat, available_msat)
    books = {
        Account.AVAILABLE: -taken_msat,
        Account.OVERRUN: taken_msat - balance_msat,
        Account.ON_CHAIN: received_msat,
        Account.CLOSING_COST: balance_msat - received_msat,
    }
    return _entry(EntryKind.RESOLVED, channel_id.hex(), {HOUSE_ID: books})


def funded_entry(movement_id: str, *, account_id: int, amount_msat: int) -> Entry:
    """An operator gave an account money of the house. movement_id: names it once."""
    return _transfer(EntryKind.FUNDED, movement_id, giver_id=HOUSE_ID, taker_id=account_id, amount_msat=amount_msat)


def withdrawn_entry(movement_id: str, *, account_id: int, amount_msat: int) -> Entry:
    """An operator took money of an account for the house, which pays it out by another way. movement_id: names it once."""
    return _transfer(EntryKind.WITHDRAWN, movement_id, giver_id=account_id, taker_id=HOUSE_ID, amount_msat=amount_msat)


def entry_for(event: Event, *, owner_id: int, held_msat: int, available_msat: int = 0) -> Entry | None:
    """
    The entry that an event asks for; None when it moves no money of ours.

    owner_id         whose payment or invoice the event is about; the house's for all others
    held_msat        what is set aside for the event's payment now, 0 when it is about none
    available_msat   what is available to the house now; only a ChannelResolved asks
    """
    match event:
        case PaymentSent():
            return settle_entry(
                event.payment_id,
                owner_id=owner_id,
                amount_msat=event.amount_msat,
                fee_paid_msat=event.fee_paid_msat,
                held_msat=held_msat,
            )
        case PaymentFailed() if held_msat:
            return release_entry(event.payment_id, owner_id=owner_id, held_msat=held_msat)
        case ChannelReady() if event.balance_msat:
            return opening_entry(event.channel_id, balance_msat=event.balance_msat)
        case PaymentClaimed():
            return received_entry(event.payment_hash, owner_id=owner_id, amount_msat=event.amount_msat)
        case PaymentForwarded() if event.total_fee_earned_msat:
            return forwarded_entry(event.prev_channel_id, event.prev_htlc_id, fee_msat=event.total_fee_earned_msat)
        case ChannelResolved() if event.balance_msat or event.received_sat:
            received_msat = event.received_sat * MSAT_PER_SAT
            return resolved_entry(
                event.channel_id, balance_msat=event.balance_msat, received_msat=received_msat, available_msat=available_msat
            )
        case _:
            return None


def _transfer(kind: EntryKind, movement_id: str, *, giver_id: int, taker_id: int, amount_msat: int) -> Entry:
    given = {Account.AVAILABLE: -amount_msat, Account.TRANSFERRED: amount_msat}
    taken = {Account.TRANSFERRED: -amount_msat, Account.AVAILABLE: amount_msat}
    return _entry(kind, movement_id, {giver_id: given, taker_id: taken})


_Changes = Mapping[Account, int]


def _together(one: _Changes, other: _Changes) -> _Changes:
    return {account: one.get(account, 0) + other.get(account, 0) for account in {**one, **other}}


def _entry(kind: EntryKind, subject: str, books_msat: Mapping[int, _Changes]) -> Entry:
    postings = tuple(
        Posting(owner_id=owner_id, account=account, amount_msat=amount_msat)
        for owner_id, changes_msat in books_msat.items()
        for account, amount_msat in changes_msat.items()
        if amount_msat
    )
    return Entry(key=f"{kind}:{subject}", kind=kind, postings=postings)
