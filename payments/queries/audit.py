"""
Does everything that is written about money agree? Reads all of it again and compares; an empty answer is the good one.

What is compared: every entry with itself, cached balances with their postings, holds with unfinished payments, ends with finished ones,
the figures of payments and paid invoices with those of their entries, cached statuses with the facts, events with entries, proofs with
hashes, and our accounts with what the engine says of our channels.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterator, Mapping

import msgspec
from django.db import connection, transaction
from django.db.models import Count, F, Q, Sum
from msgspec import Struct

from payments.ledger.accounts import CHANNELS, HOUSE_ID, Account
from payments.ledger.entries import EntryKind, entry_for
from payments.lightning.events import Event, PaymentFailed
from payments.lightning.payment.status import PaymentStatus
from payments.models import (
    AccountBalance,
    AttemptRecord,
    ChannelRecord,
    EngineEvent,
    IncomingInvoice,
    LedgerEntry,
    LedgerPosting,
    PaymentRecord,
)
from payments.queries.facts import AttemptFacts, status_by_facts

_DECODER: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


class Audit(Struct, frozen=True, kw_only=True):
    """differences: one sentence each. unhandled_events: told by the engine and not booked yet, so channels were not compared."""

    differences: tuple[str, ...]
    unhandled_events: int
    entries: int
    payments: int


def audit() -> Audit:
    """Compare everything, as of one moment."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost and connection.vendor == "postgresql":
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        unhandled = EngineEvent.objects.filter(handled_at__isnull=True).count()
        found = [*_entries(), *_balances(), *_payments(), *_invoices(), *_events()]
        if not unhandled:
            found += _channels()
        return Audit(
            differences=tuple(found),
            unhandled_events=unhandled,
            entries=LedgerEntry.objects.count(),
            payments=PaymentRecord.objects.count(),
        )


def _entries() -> Iterator[str]:
    summed = LedgerEntry.objects.annotate(sum_msat=Sum("postings__amount_msat", default=0), lines=Count("postings"))
    for key, sum_msat, lines in summed.filter(~Q(sum_msat=0) | Q(lines__lt=2)).values_list("key", "sum_msat", "lines"):
        yield f"Entry {key} has {lines} postings that sum to {sum_msat} msat."


def _sums() -> dict[tuple[str, str], int]:
    """Of each account in each owner's books."""
    grouped = LedgerPosting.objects.values_list("owner__slug", "account").annotate(total=Sum("amount_msat")).order_by()
    return {(owner, account): total for owner, account, total in grouped}


def _balances() -> Iterator[str]:
    sums = _sums()
    rows = AccountBalance.objects.values_list("owner__slug", "account", "balance_msat")
    cached = {(owner, account): balance_msat for owner, account, balance_msat in rows}
    for owner in sorted({owner for owner, _ in sums}):
        if total_msat := sum(sum_msat for (whose, _), sum_msat in sums.items() if whose == owner):
            yield f"The postings in the books of {owner} sum to {total_msat} msat together."
    for place in sorted(sums.keys() | cached.keys()):
        if sums.get(place, 0) != cached.get(place, 0):
            owner, account = place
            said = f"cached as {cached.get(place, 0)} msat, and its postings sum to {sums.get(place, 0)} msat"
            yield f"Account {account} of {owner} is {said}."
    if overrun_msat := sum(sum_msat for (_, account), sum_msat in sums.items() if account == Account.OVERRUN):
        yield f"Payments took {-overrun_msat} msat more than was set aside for them."


def _payments() -> Iterator[str]:
    attempts: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for payment_id, state, amount_msat in AttemptRecord.objects.values_list("payment_id", "state", "amount_msat"):
        attempts[payment_id].append((state, amount_msat))
    kinds: dict[str, set[str]] = defaultdict(set)
    for payment_id, kind in LedgerEntry.objects.filter(payment__isnull=False).values_list("payment_id", "kind"):
        kinds[str(payment_id)].add(kind)
    held = dict(
        LedgerPosting.objects.filter(account=Account.HELD).values_list("entry__payment_id").annotate(total=Sum("amount_msat")).order_by()
    )
    booked = _booked()
    for payment in PaymentRecord.objects.order_by("created_at").iterator():
        yield from _payment(payment, attempts[payment.pk], kinds[payment.pk], held.get(payment.pk, 0))
        yield from _figures(payment, kinds[payment.pk], booked)


_Booked = Counter[tuple[str, str, str]]
"""By payment, kind of entry and account: what was booked."""
_FIGURES: Mapping[tuple[EntryKind, Account], tuple[str, Callable[[PaymentRecord, int], int]]] = {
    (EntryKind.HOLD, Account.HELD): ("set aside", lambda payment, _: payment.amount_msat + payment.fee_limit_msat),
    (EntryKind.SETTLE, Account.FEES_PAID): ("spent on fees", lambda payment, _: payment.fee_paid_msat or 0),
    # A payee may prove the payment before all of it is there: then less was paid out than asked for, never more.
    (EntryKind.SETTLE, Account.PAYMENTS_MADE): ("paid out", lambda payment, booked_msat: min(payment.amount_msat, booked_msat)),
}
"""Which figures of a payment its entries repeat: compared for ever, also when all is over."""


def _booked() -> _Booked:
    """A hold counts in the books of the account that pays. What is paid counts where it is: beyond the hold it is the house's loss."""
    is_its_own = Q(entry__kind=EntryKind.SETTLE) | Q(owner=F("entry__payment__account"))
    lines = LedgerPosting.objects.filter(is_its_own, entry__payment__isnull=False, entry__kind__in={kind for kind, _ in _FIGURES})
    grouped = lines.values_list("entry__payment_id", "entry__kind", "account").annotate(total=Sum("amount_msat")).order_by()
    return Counter({(payment_id, kind, account): total for payment_id, kind, account, total in grouped})


def _figures(payment: PaymentRecord, kinds: set[str], booked: _Booked) -> Iterator[str]:
    for (kind, account), (what, wanted) in _FIGURES.items():
        booked_msat = booked[payment.pk, kind, account]
        wanted_msat = wanted(payment, booked_msat)
        if kind in kinds and booked_msat != wanted_msat:
            yield f"Payment {payment.pk}: {booked_msat} msat was {what} in the books, and the payment says {wanted_msat} msat."


_ENDS = {PaymentStatus.PAID: {EntryKind.HOLD, EntryKind.SETTLE}, PaymentStatus.FAILED: {EntryKind.HOLD, EntryKind.RELEASE}}


def _payment(payment: PaymentRecord, attempts: AttemptFacts, kinds: set[str], held_msat: int) -> Iterator[str]:
    name = f"Payment {payment.pk}"
    status = status_by_facts(payment, attempts)
    if payment.status != status:
        yield f"{name} is stored as {payment.status}, and the facts say {status}."
    should_be_held_msat = 0 if status.is_final else payment.amount_msat + payment.fee_limit_msat
    if held_msat != should_be_held_msat:
        yield f"{name} is {status} with {held_msat} msat held instead of {should_be_held_msat}."
    if kinds != _ENDS.get(status, {EntryKind.HOLD}):
        yield f"{name} is {status} with the entries {', '.join(sorted(kinds)) or 'none'}."
    if payment.payment_preimage and hashlib.sha256(bytes.fromhex(payment.payment_preimage)).hexdigest() != payment.payment_hash:
        yield f"{name} has a preimage that does not hash to its payment hash."


def _invoices() -> Iterator[str]:
    lines = LedgerPosting.objects.filter(account=Account.RECEIVED).values_list("entry__key", "owner_id", "amount_msat")
    income = {(key, owner_id): -amount_msat for key, owner_id, amount_msat in lines}
    paid = IncomingInvoice.objects.filter(state=IncomingInvoice.State.PAID)
    for invoice in paid.only("account_id", "payment_hash", "paid_inside_id", "received_msat").iterator():
        inside, outside = f"{EntryKind.SETTLE}:{invoice.paid_inside_id}", f"{EntryKind.RECEIVED}:{invoice.payment_hash}"
        booked_msat = income.get((inside if invoice.paid_inside_id else outside, invoice.account_id), 0)
        if booked_msat != invoice.received_msat:
            yield f"Invoice {invoice.pk} is paid with {invoice.received_msat} msat, and {booked_msat} msat was booked for it."


def _events() -> Iterator[str]:
    keys = set(LedgerEntry.objects.values_list("key", flat=True))
    for event_id, body in EngineEvent.objects.filter(handled_at__isnull=False).order_by("id").values_list("id", "body").iterator():
        event = _DECODER.decode(body)
        entry = entry_for(event, owner_id=HOUSE_ID, held_msat=1)
        if entry is not None and entry.key not in keys and not _needs_none(event, keys):
            yield f"Event {event_id} was handled without its entry {entry.key}."


def _needs_none(event: Event, keys: Container[str]) -> bool:
    """A failure releases nothing when nothing was held, or when the payment was paid before it was told."""
    if not isinstance(event, PaymentFailed):
        return False
    payment_id = event.payment_id.hex()
    return f"{EntryKind.HOLD}:{payment_id}" not in keys or f"{EntryKind.SETTLE}:{payment_id}" in keys


def _channels() -> Iterator[str]:
    sums = _sums()
    ours_msat = sum(sum_msat for (_, account), sum_msat in sums.items() if account in CHANNELS)
    channels_msat = ChannelRecord.objects.aggregate(total=Sum("balance_msat", default=0))["total"]
    if ours_msat != channels_msat:
        yield f"The ledger says that our channels hold {ours_msat} msat, and the channels say {channels_msat} msat."
