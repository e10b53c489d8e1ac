"""
Does everything that is written about money agree? Reads all of it again and compares; an empty answer is the good one.

What is compared: every entry with itself, cached balances with their postings, holds with unfinished payments, ends with finished ones,
cached statuses with the facts, events with entries, proofs with hashes, and our accounts with what the engine says of our channels.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Container, Iterator

import msgspec
from django.db import connection, transaction
from django.db.models import Count, Q, Sum
from msgspec import Struct

from payments.ledger.accounts import CHANNELS, Account
from payments.ledger.entries import EntryKind, entry_for
from payments.lightning.events import Event, PaymentFailed
from payments.lightning.payment.status import PaymentStatus
from payments.models import AccountBalance, AttemptRecord, ChannelRecord, EngineEvent, LedgerEntry, LedgerPosting, PaymentRecord
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
        found = [*_entries(), *_balances(), *_payments(), *_events()]
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


def _sums() -> dict[str, int]:
    return dict(LedgerPosting.objects.values_list("account").annotate(total=Sum("amount_msat")).order_by())


def _balances() -> Iterator[str]:
    sums, cached = _sums(), dict(AccountBalance.objects.values_list("account", "balance_msat"))
    if total_msat := sum(sums.values()):
        yield f"All postings together sum to {total_msat} msat."
    for account in sorted(sums.keys() | cached.keys()):
        if sums.get(account, 0) != cached.get(account, 0):
            yield f"Account {account} is cached as {cached.get(account, 0)} msat, and its postings sum to {sums.get(account, 0)} msat."
    if overrun_msat := sums.get(Account.OVERRUN, 0):
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
    for payment in PaymentRecord.objects.order_by("created_at").iterator():
        yield from _payment(payment, attempts[payment.pk], kinds[payment.pk], held.get(payment.pk, 0))


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


def _events() -> Iterator[str]:
    keys = set(LedgerEntry.objects.values_list("key", flat=True))
    for event_id, body in EngineEvent.objects.filter(handled_at__isnull=False).order_by("id").values_list("id", "body").iterator():
        event = _DECODER.decode(body)
        entry = entry_for(event, held_msat=1)
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
    ours_msat = sum(sums.get(account, 0) for account in CHANNELS)
    channels_msat = ChannelRecord.objects.aggregate(total=Sum("balance_msat", default=0))["total"]
    if ours_msat != channels_msat:
        yield f"The ledger says that our channels hold {ours_msat} msat, and the channels say {channels_msat} msat."
