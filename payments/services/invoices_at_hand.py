"""The invoices of merchant accounts that a batch of events is about: read and locked once, changed event by event, written once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from payments.ledger.accounts import HOUSE_ID
from payments.lightning.events import PaymentClaimed
from payments.models import IncomingInvoice
from payments.models.audit import AuditAction, SubjectKind
from payments.models.read_rows import places, read_rows, row_lock
from payments.models.write_rows import update_rows
from payments.queries.rates import rate_id_now
from payments.services.audit_origin import ENGINE
from payments.services.note_audit import Note, Subject

_FACTS = ("state", "received_msat", "paid_at", "rate")
"""What events change of an invoice."""
_LOOKED_AT = ("account", "payment_hash", *_FACTS)


class InvoicesAtHand:
    """Some invoices, by payment hash. Hashes that no account has asked to be paid with are left out: such money is the house's."""

    def __init__(self, payment_hashes: Collection[str]) -> None:
        self.touched: dict[str, IncomingInvoice] = {}
        """What something was told of, by its id, in the order in which it was."""
        self.ends: list[Note] = []
        """What is to be noted of those that are paid now."""
        self._invoices: dict[str | None, IncomingInvoice] = {}
        if payment_hashes:
            wanted = list(payment_hashes)
            locked = f"payment_hash IN {places(wanted)} ORDER BY payment_hash{row_lock()}"
            self._invoices = {row.payment_hash: row for row in read_rows(IncomingInvoice, locked, wanted, fields=_LOOKED_AT)}

    def owner_of(self, payment_hash: str) -> int:
        """Whose money it is."""
        return self._invoices[payment_hash].account_id if payment_hash in self._invoices else HOUSE_ID

    def claimed(self, event: PaymentClaimed, told_at: datetime) -> None:
        """The money is ours. Told again, or paid inside the node before, the invoice stays as it is."""
        invoice = self._invoices.get(event.payment_hash.hex())
        if invoice is None or invoice.state == IncomingInvoice.State.PAID:
            return
        self.ends.append(paid_note(invoice, event.amount_msat))
        invoice.state, invoice.received_msat, invoice.paid_at = IncomingInvoice.State.PAID, event.amount_msat, told_at
        invoice.rate_id = rate_id_now(invoice.account_id)
        self.touched[invoice.pk] = invoice

    def write(self) -> None:
        """Everything that is different now."""
        update_rows(list(self.touched.values()), _FACTS)


def paid_note(invoice: IncomingInvoice, amount_msat: int) -> Note:
    """What is noted of an invoice that is paid now; it still has the state of before."""
    subject = Subject(kind=SubjectKind.INCOMING, id=invoice.pk)
    after = {"state": IncomingInvoice.State.PAID.value, "received_msat": amount_msat}
    return Note(action=AuditAction.INVOICE_PAID, subject=subject, before={"state": invoice.state}, after=after, actor=ENGINE)
