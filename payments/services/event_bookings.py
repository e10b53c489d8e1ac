"""
What a batch of events books: decided event by event, read once before and written once after.

Each decision sees what the ones before it in the batch have booked, as if it stood in the database already.
"""

from __future__ import annotations

from collections.abc import Iterable

from payments.ledger.accounts import HOUSE_ID, Account
from payments.ledger.entries import Entry, entry_for, returned_entry
from payments.lightning.events import ChannelResolved, Event, PaymentFailed, PaymentPathFailed, PaymentSent
from payments.services.book_entry import Booking, available_msat, book_entries, booked_keys, held_msat

_ANYTHING_MSAT = 1
"""A hold that is not looked at: an entry's key does not depend on it."""


class EventBookings:
    """The entries of one commit."""

    def __init__(self, events: Iterable[Event]) -> None:
        told = list(events)
        likely = [_likely_entry(event) for event in told]
        keys = [entry.key for entry in likely if entry is not None]
        ended = {event.payment_id.hex() for event in told if isinstance(event, PaymentSent | PaymentFailed)}
        self._booked = set(booked_keys(keys)) if keys else set()
        self._held_msat = held_msat(ended) if ended else {}
        self._new: list[Booking] = []
        self.owners: set[int] = set()
        """In whose books something is new."""

    def held_msat(self, payment_id: str) -> int:
        """What is set aside for a payment that an event of the batch ends."""
        return self._held_msat.get(payment_id, 0)

    def available_msat(self) -> int:
        """What the house has promised to nobody, with everything booked so far."""
        self.write()
        return available_msat()

    def add(self, entry: Entry, *, event_id: int, payment_id: str | None = None) -> None:
        """Book an entry once for ever."""
        if entry.key in self._booked:
            return
        self._booked.add(entry.key)
        self._new.append(Booking(entry=entry, payment_id=payment_id, event_id=event_id))
        self.owners.update(posting.owner_id for posting in entry.postings)
        if payment_id is not None:
            change_msat = sum(posting.amount_msat for posting in entry.postings if posting.account is Account.HELD)
            self._held_msat[payment_id] = self.held_msat(payment_id) + change_msat

    def write(self) -> None:
        """
        Put what is new into the ledger.

        raises    BalanceTooSmall: the caller's transaction must be rolled back
        """
        new, self._new = self._new, []
        if new:
            book_entries(new)


def event_entry(event: Event, bookings: EventBookings, *, owner_id: int, payment_id: str | None) -> Entry | None:
    """
    The entry that an event asks for, if it moves money of ours.

    owner_id      whose payment or invoice it is about
    payment_id    the payment whose hold it ends, None when it ends none
    """
    return entry_for(
        event,
        owner_id=owner_id,
        held_msat=bookings.held_msat(payment_id) if payment_id else 0,
        available_msat=bookings.available_msat() if isinstance(event, ChannelResolved) else 0,
    )


def path_entry(event: PaymentPathFailed, *, owner_id: int) -> Entry:
    """The entry of a part that came back although its payment is paid."""
    amount_msat, fee_msat = event.path.final_value_msat, event.path.fee_msat
    return returned_entry(event.payment_id, event.attempt_number, owner_id=owner_id, amount_msat=amount_msat, fee_msat=fee_msat)


def _likely_entry(event: Event) -> Entry | None:
    """An entry with the key of the one that the event may ask for; a key does not depend on the owner either."""
    if isinstance(event, PaymentPathFailed):
        return path_entry(event, owner_id=HOUSE_ID)
    return entry_for(event, owner_id=HOUSE_ID, held_msat=_ANYTHING_MSAT)
