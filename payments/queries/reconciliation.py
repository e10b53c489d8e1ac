"""
The node against the ledger, to the millisatoshi: what our channels hold, what is under way, and whose it is in the books.

The node's side is read from the engine's own stored state and from its channels, the books' side from the postings; nothing that one says
is used to compute the other. What differs is named, and everything that `audit` finds besides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.db import connection, transaction
from django.db.models import Sum
from msgspec import Struct, msgpack

from payments.ledger.accounts import CHANNELS, Account
from payments.lightning.payment.outbound import OutboundPayment
from payments.lightning.payment.status import PaymentStatus
from payments.models import AttemptRecord, ChannelRecord, EngineState, LedgerPosting, MerchantAccount, NodeRecord, PaymentRecord
from payments.queries.audit import audit

_PAYMENTS = "payment"
"""Under this name the engine stores them."""


class AccountLine(Struct, frozen=True, kw_only=True):
    """One account's money in the books."""

    slug: str
    name: str
    available_msat: int
    held_msat: int
    overrun_msat: int
    """Below zero: what payments took beyond what was set aside, which is the house's loss."""

    @property
    def total_msat(self) -> int:
        """What our channels hold for it."""
        return self.available_msat + self.held_msat + self.overrun_msat


class ChannelLine(Struct, frozen=True, kw_only=True):
    """One channel's money, as the node has it."""

    channel_id: str
    short_channel_id: str
    balance_msat: int
    state: str


class FlightLine(Struct, frozen=True, kw_only=True):
    """One payment under way: what the node has out, what the records say is out, and what the books have set aside for it."""

    payment_id: str
    account: str
    node_msat: int
    """All parts that are out, with their fees."""
    records_msat: int
    held_msat: int


class Reconciliation(Struct, frozen=True, kw_only=True):
    """The two sides and what differs between them: one sentence each, none when all is well."""

    accounts: tuple[AccountLine, ...]
    channels: tuple[ChannelLine, ...]
    flights: tuple[FlightLine, ...]
    books_msat: int
    node_msat: int
    waiting_events: int
    """Told by the engine and not booked yet: until they are, the two sides may rightly differ."""
    differences: tuple[str, ...]


def reconcile() -> Reconciliation:
    """Compare everything, as of one moment."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost and connection.vendor == "postgresql":
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        audited = audit()
        accounts, channels, flights = _accounts(), _channels(), _flights()
        found = [*_flying(flights)] if not audited.unhandled_events else []
        return Reconciliation(
            accounts=accounts,
            channels=channels,
            flights=flights,
            books_msat=sum(line.total_msat for line in accounts),
            node_msat=sum(line.balance_msat for line in channels),
            waiting_events=audited.unhandled_events,
            differences=(*audited.differences, *found),
        )


def _accounts() -> tuple[AccountLine, ...]:
    grouped = (
        LedgerPosting.objects.filter(account__in=CHANNELS).values_list("owner_id", "account").annotate(total=Sum("amount_msat")).order_by()
    )
    sums: Counter[tuple[int, str]] = Counter({(owner_id, account): total for owner_id, account, total in grouped})
    return tuple(
        AccountLine(
            slug=account.slug,
            name=account.name,
            available_msat=sums[account.pk, Account.AVAILABLE],
            held_msat=sums[account.pk, Account.HELD],
            overrun_msat=sums[account.pk, Account.OVERRUN],
        )
        for account in MerchantAccount.objects.order_by("pk")
    )


def _channels() -> tuple[ChannelLine, ...]:
    return tuple(
        ChannelLine(channel_id=row.channel_id, short_channel_id=row.short_channel_id, balance_msat=row.balance_msat, state=row.state)
        for row in ChannelRecord.objects.order_by("short_channel_id", "channel_id")
    )


def _flights() -> tuple[FlightLine, ...]:
    node, records, held = _node_flights(), _record_flights(), _held()
    going = PaymentRecord.objects.exclude(status__in=(PaymentStatus.PAID, PaymentStatus.FAILED)).values_list("payment_id", "account__slug")
    accounts = dict(going)
    late = PaymentRecord.objects.filter(pk__in=(node.keys() | records.keys()) - accounts.keys()).values_list("payment_id", "account__slug")
    accounts |= dict(late)
    return tuple(
        FlightLine(
            payment_id=payment_id,
            account=accounts.get(payment_id, ""),
            node_msat=node[payment_id],
            records_msat=records[payment_id],
            held_msat=held[payment_id],
        )
        for payment_id in sorted(accounts.keys() | node.keys() | records.keys() | held.keys())
    )


def _node_flights() -> Counter[str]:
    """What the engine has out, by payment: read from its own state."""
    own_id = NodeRecord.objects.filter(role=NodeRecord.Role.OWN).values_list("node_id", flat=True).first()
    flights: Counter[str] = Counter()
    if own_id is None:
        return flights
    for value in EngineState.objects.filter(namespace=_PAYMENTS, key__startswith=own_id).values_list("value", flat=True).iterator():
        payment = msgpack.decode(bytes(value), type=OutboundPayment)
        out_msat = sum(attempt.path.final_value_msat + attempt.path.fee_msat for attempt in payment.in_flight)
        if out_msat:
            flights[payment.payment_id.hex()] = out_msat
    return flights


def _record_flights() -> Counter[str]:
    out = AttemptRecord.objects.filter(state=AttemptRecord.State.SENT).values_list("payment_id", "amount_msat", "fee_msat")
    flights: Counter[str] = Counter()
    for payment_id, amount_msat, fee_msat in out:
        flights[payment_id] += amount_msat + fee_msat
    return flights


def _held() -> Counter[str]:
    grouped = (
        LedgerPosting.objects.filter(account=Account.HELD).values_list("entry__payment_id").annotate(total=Sum("amount_msat")).order_by()
    )
    return Counter({payment_id: total for payment_id, total in grouped if total})


def _flying(flights: tuple[FlightLine, ...]) -> Iterator[str]:
    for line in flights:
        if line.node_msat != line.records_msat:
            yield f"Payment {line.payment_id}: the node has {line.node_msat} msat out, and the records say {line.records_msat} msat."
        if line.node_msat > line.held_msat and not _is_paid(line.payment_id):
            yield f"Payment {line.payment_id}: the node has {line.node_msat} msat out, and only {line.held_msat} msat is set aside."


def _is_paid(payment_id: str) -> bool:
    """Of a paid payment parts may still be out that the payee has not taken: the books count them as paid until they come back."""
    return PaymentRecord.objects.filter(pk=payment_id, status=PaymentStatus.PAID).exists()
