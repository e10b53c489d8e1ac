"""
The two laws of the ledger, for any story that the engine could tell.

Sum of all postings: zero. Available + held + overrun: what the channels hold, which is counted here by adding up what came in and went out.
Held: the reservations of the payments that have not ended. Telling any part of the story again changes nothing.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from payments.ledger.accounts import CHANNELS, HOUSE_ID, NEVER_NEGATIVE, Account
from payments.ledger.entries import Entry, EntryKind, entry_for, hold_entry
from payments.lightning.events import (
    ChannelReady,
    Event,
    PaymentClaimed,
    PaymentFailed,
    PaymentFailureReason,
    PaymentForwarded,
    PaymentSent,
)
from payments.lightning.ids import ChannelId, NodeId, PaymentHash, PaymentId, PaymentPreimage, ShortChannelId

AMOUNTS = st.integers(1, 21_000_000 * 10**11)
FEES = st.integers(0, 10**9)
IDS = st.integers(0, 5).map(lambda number: bytes([number]) * 32)


def sent(payment: bytes, amount_msat: int, fee_msat: int) -> Event:
    return PaymentSent(
        payment_id=PaymentId(payment),
        payment_preimage=PaymentPreimage(payment),
        payment_hash=PaymentHash(payment),
        amount_msat=amount_msat,
        fee_paid_msat=fee_msat,
    )


def failed(payment: bytes) -> Event:
    return PaymentFailed(payment_id=PaymentId(payment), payment_hash=PaymentHash(payment), reason=PaymentFailureReason.ROUTE_NOT_FOUND)


def ready(channel: bytes, balance_msat: int) -> Event:
    return ChannelReady(
        channel_id=ChannelId(channel),
        counterparty_node_id=NodeId(bytes(33)),
        short_channel_id=ShortChannelId(0),
        capacity_sat=balance_msat // 1_000 + 1,
        balance_msat=balance_msat,
    )


def forwarded(channel: bytes, htlc_id: int, fee_msat: int) -> Event:
    return PaymentForwarded(
        payment_hash=PaymentHash(bytes(32)),
        prev_channel_id=ChannelId(channel),
        prev_htlc_id=htlc_id,
        next_channel_id=ChannelId(channel),
        total_fee_earned_msat=fee_msat,
        outbound_amount_forwarded_msat=1,
    )


def claimed(payment: bytes, amount_msat: int) -> Event:
    return PaymentClaimed(payment_hash=PaymentHash(payment), amount_msat=amount_msat)


HOLDS = st.tuples(IDS, AMOUNTS, FEES)
EVENTS = st.one_of(
    st.builds(sent, IDS, AMOUNTS, FEES),
    st.builds(failed, IDS),
    st.builds(ready, IDS, AMOUNTS),
    st.builds(forwarded, IDS, st.integers(0, 3), FEES),
    st.builds(claimed, IDS, AMOUNTS),
)
STORIES = st.lists(st.one_of(HOLDS, EVENTS), max_size=40)


class Book:
    """The ledger as the services keep it: an entry a key, holds by payment, no promise that is not covered."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.held: Counter[bytes] = Counter()
        self.channels_msat = 0

    @property
    def balances(self) -> Counter[Account]:
        sums: Counter[Account] = Counter()
        for entry in self.entries.values():
            for posting in entry.postings:
                sums[posting.account] += posting.amount_msat
        return sums

    def tell(self, what: tuple[bytes, int, int] | Event) -> None:
        if isinstance(what, tuple):
            self._hold(*what)
            return
        payment = what.payment_id if isinstance(what, PaymentSent | PaymentFailed) else b""
        if isinstance(what, PaymentFailed) and f"{EntryKind.SETTLE}:{payment.hex()}" in self.entries:
            return
        entry = entry_for(what, owner_id=HOUSE_ID, held_msat=self.held[payment])
        if entry is None or entry.key in self.entries:
            return
        self.entries[entry.key] = entry
        self.held[payment] = 0
        self.channels_msat += self._moved(what)

    def _hold(self, payment: bytes, amount_msat: int, fee_limit_msat: int) -> None:
        entry = hold_entry(PaymentId(payment), owner_id=HOUSE_ID, amount_msat=amount_msat, fee_limit_msat=fee_limit_msat)
        if entry.key not in self.entries and self.balances[Account.AVAILABLE] >= amount_msat + fee_limit_msat:
            self.entries[entry.key] = entry
            self.held[payment] = amount_msat + fee_limit_msat

    @staticmethod
    def _moved(event: Event) -> int:
        """What an event adds to our side of the channels, said without the ledger's words."""
        match event:
            case PaymentSent():
                return -event.amount_msat - event.fee_paid_msat
            case ChannelReady():
                return event.balance_msat
            case PaymentClaimed():
                return event.amount_msat
            case PaymentForwarded():
                return event.total_fee_earned_msat
            case _:
                return 0


@given(STORIES)
def test_both_laws_hold_after_every_line_of_any_story(story: list[tuple[bytes, int, int] | Event]) -> None:
    book = Book()
    for line in story:
        book.tell(line)
        balances = book.balances
        assert sum(balances.values()) == 0
        assert book.channels_msat == sum(balances[account] for account in CHANNELS)
        assert book.held.total() == balances[Account.HELD]
        assert all(balances[account] >= 0 for account in NEVER_NEGATIVE)


@given(STORIES, st.randoms(use_true_random=False))
def test_telling_events_again_in_any_order_changes_nothing(story: list[tuple[bytes, int, int] | Event], random) -> None:
    book = Book()
    for line in story:
        book.tell(line)
    before = book.balances
    again = [line for line in story if not isinstance(line, tuple) and not _was_without_effect(line, book)]
    random.shuffle(again)
    for line in again:
        book.tell(line)
    assert before == book.balances


def _was_without_effect(event: Event, book: Book) -> bool:
    """A failure told before its payment was held: told again, it would rightly end the hold."""
    return isinstance(event, PaymentFailed) and book.held[event.payment_id] > 0


@given(AMOUNTS, FEES, FEES)
def test_a_payment_within_its_limit_costs_exactly_what_it_cost(amount_msat: int, fee_msat: int, spare_msat: int) -> None:
    book = Book()
    book.tell(ready(b"\x09" * 32, amount_msat + fee_msat + spare_msat))
    book.tell((b"\x01" * 32, amount_msat, fee_msat + spare_msat))
    book.tell(sent(b"\x01" * 32, amount_msat, fee_msat))
    expected = {
        Account.AVAILABLE: spare_msat,
        Account.HELD: 0,
        Account.OVERRUN: 0,
        Account.PAYMENTS_MADE: amount_msat,
        Account.FEES_PAID: fee_msat,
    }
    assert expected == {account: book.balances[account] for account in expected}
