"""What the entries of a statement are called, and whom they were with, in the words of the account whose statement it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from payments.ledger.entries import EntryKind
from payments.models import IncomingInvoice, LedgerEntry, PaymentRecord
from payments.queries.network import names_of

KINDS: Mapping[EntryKind, str] = {
    EntryKind.OPENING: "Channel opened",
    EntryKind.HOLD: "Set aside",
    EntryKind.SETTLE: "Settled",
    EntryKind.RELEASE: "Released",
    EntryKind.RECEIVED: "Received",
    EntryKind.FORWARDED: "Forwarding fee",
    EntryKind.RETURNED: "Part came back",
    EntryKind.RESOLVED: "Channel closed",
    EntryKind.FUNDED: "Put in",
    EntryKind.WITHDRAWN: "Taken out",
}
_PAID, _RECEIVED, _INSIDE = "Paid", "Received", "another account of this node"
_BY_OPERATOR = {EntryKind.FUNDED, EntryKind.WITHDRAWN}


class Named(Struct, frozen=True, kw_only=True):
    """An entry in words."""

    kind: str
    counterparty: str = ""
    description: str = ""
    reference: str = ""


_Payment = tuple[int, str, str]
"""Whose it is, the payee's key, and the description."""
_Invoice = tuple[str, str]
"""Its id and description."""


def names_for(account_id: int, entries: Sequence[LedgerEntry]) -> dict[int, Named]:
    """Of each of these entries, by its number. At most four statements."""
    payment_ids = {entry.payment_id for entry in entries if entry.payment_id is not None}
    found = PaymentRecord.objects.filter(pk__in=payment_ids).values_list("pk", "account_id", "payee", "description")
    payments = {pk: (owner_id, payee, description) for pk, owner_id, payee, description in found}
    names = names_of(payee for _owner_id, payee, _description in payments.values())
    hashes = [entry.key.partition(":")[2] for entry in entries if entry.kind == EntryKind.RECEIVED]
    asked = IncomingInvoice.objects.filter(account_id=account_id)
    by_hash = _invoices(asked.filter(payment_hash__in=hashes).values_list("payment_hash", "pk", "description"))
    by_payment = _invoices(asked.filter(paid_inside_id__in=payment_ids).values_list("paid_inside_id", "pk", "description"))
    named: dict[int, Named] = {}
    for entry in entries:
        payment = payments.get(entry.payment_id or "")
        if payment is not None and payment[0] != account_id:
            named[entry.pk] = _received(by_payment.get(entry.payment_id or ""), entry, counterparty=_INSIDE)
        elif payment is not None:
            named[entry.pk] = _of_payment(entry, payment, names)
        elif entry.kind == EntryKind.RECEIVED:
            named[entry.pk] = _received(by_hash.get(entry.key.partition(":")[2]), entry)
        else:
            named[entry.pk] = _other(entry)
    return named


def _invoices(rows: Iterable[tuple[str | None, str, str]]) -> dict[str, _Invoice]:
    return {key: (pk, description) for key, pk, description in rows if key is not None}


def _received(invoice: _Invoice | None, entry: LedgerEntry, *, counterparty: str = "") -> Named:
    pk, description = invoice or (entry.key, "")
    return Named(kind=_RECEIVED, counterparty=counterparty, description=description, reference=pk)


def _of_payment(entry: LedgerEntry, payment: _Payment, names: Mapping[str, str]) -> Named:
    _owner_id, payee, description = payment
    kind = EntryKind(entry.kind)
    return Named(
        kind=_PAID if kind is EntryKind.SETTLE else KINDS[kind],
        counterparty=names.get(payee, "") or payee,
        description=description,
        reference=entry.payment_id or "",
    )


def _other(entry: LedgerEntry) -> Named:
    kind = EntryKind(entry.kind)
    counterparty = "who runs the node" if kind in _BY_OPERATOR else ""
    return Named(kind=KINDS[kind], counterparty=counterparty, description=entry.remark, reference=entry.key)
