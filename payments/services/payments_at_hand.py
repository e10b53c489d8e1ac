"""
The payments that a batch of events is about: read and locked once, changed event by event, written once.

Locked before anything of the batch is written, so that nobody changes a payment between our reading and our writing. Written after the
ledger: whoever begins a payment takes the balances first and may then have to wait for an older payment of the same invoice.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from functools import cached_property

from payments.ledger.accounts import HOUSE_ID
from payments.lightning.events import PaymentFailed, PaymentPathStarted, PaymentSent, RouteDecided
from payments.models import AttemptRecord, PaymentRecord, RouteDecision
from payments.models.read_rows import places, read_rows, read_values, row_lock
from payments.models.write_rows import insert_rows, update_rows
from payments.queries.facts import status_by_facts
from payments.services.note_audit import Note
from payments.services.payment_ends import failure_note, success_note
from payments.services.record_attempt import ENDING, PathEvent, begin_attempt, close_attempt, end_attempt

PaymentEvent = PaymentSent | PaymentFailed | PathEvent
_FACTS = ("first_sent_at", "payment_preimage", "fee_paid_msat", "reason", "resolved_at", "status")
"""What events change of a payment."""
_LOOKED_AT = ("account", "amount_msat", "stop_requested_at", *_FACTS)
_ENDED = ("payment", "number", "amount_msat", *ENDING)
"""What is looked at of payments and of their attempts."""


class PaymentsAtHand:
    """Some payments and their attempts. Ids that nobody knows are left out."""

    def __init__(self, payment_ids: Collection[str]) -> None:
        self.touched: dict[str, PaymentRecord] = {}
        """The payments that something was told of, in the order in which it was."""
        self.ends: list[Note] = []
        """What is to be noted of those that have ended."""
        self._payments: dict[str, PaymentRecord] = {}
        self._attempts: defaultdict[str, dict[int, AttemptRecord]] = defaultdict(dict)
        self._begun: list[AttemptRecord] = []
        self._ended: list[AttemptRecord] = []
        self._decisions: list[RouteDecision] = []
        if payment_ids:
            self._read(payment_ids)

    def is_known(self, payment_id: str) -> bool:
        """Whether there is such a payment."""
        return payment_id in self._payments

    def owner_of(self, payment_id: str) -> int:
        """Whose money it is paid with; the house's when nobody knows of it."""
        known = self._payments.get(payment_id)
        return HOUSE_ID if known is None else known.account_id

    def is_paid(self, payment_id: str) -> bool:
        """Whether its proof is here."""
        return self.is_known(payment_id) and self._payments[payment_id].payment_preimage is not None

    def is_out(self, payment_id: str, number: int) -> bool:
        """Whether this attempt of it has not ended yet."""
        attempt = self._attempts[payment_id].get(number)
        return attempt is not None and attempt.state == AttemptRecord.State.SENT

    def bring_in(self, event: PaymentEvent, told_at: datetime) -> None:
        """What an event says about its payment, if that is one that people know of."""
        if isinstance(event, PaymentSent):
            assert hashlib.sha256(event.payment_preimage).digest() == event.payment_hash, "paid without a proof"
        payment = self._payments.get(event.payment_id.hex())
        if payment is None:
            return
        self.touched[payment.pk] = payment
        match event:
            case PaymentSent():
                self._paid(payment, event, told_at)
            case PaymentFailed():
                self._failed(payment, event, told_at)
            case _:
                self._tried(payment, event, told_at)

    def decided(self, event: RouteDecided, event_id: int) -> None:
        """Where to find how a route of a payment was decided; it changes nothing that people see."""
        if self.is_known(event.payment_id.hex()):
            self._decisions.append(RouteDecision(event_id=event_id, payment_id=event.payment_id.hex()))

    def write(self) -> None:
        """Everything that is different now, and the statuses that follow from it."""
        insert_rows(self._decisions, unique_fields=("event",))  # an event that comes again says the same
        update_rows([attempt for attempt in self._ended if attempt.pk is not None], ENDING)
        insert_rows(self._begun)
        for payment in self.touched.values():
            payment.status = status_by_facts(
                payment, [(attempt.state, attempt.amount_msat) for attempt in self._attempts[payment.pk].values()]
            )
        update_rows(list(self.touched.values()), _FACTS)

    def _read(self, payment_ids: Collection[str]) -> None:
        wanted = list(payment_ids)
        locked = f"payment_id IN {places(wanted)} ORDER BY payment_id{row_lock()}"
        self._payments = {payment.pk: payment for payment in read_rows(PaymentRecord, locked, wanted, fields=_LOOKED_AT)}
        for attempt in read_rows(AttemptRecord, f"payment_id IN {places(wanted)}", wanted, fields=_ENDED):
            self._attempts[attempt.payment_id][attempt.number] = attempt

    def _paid(self, payment: PaymentRecord, event: PaymentSent, told_at: datetime) -> None:
        if payment.payment_preimage is None:
            self.ends.append(
                success_note(payment.pk, before=payment.status, amount_msat=payment.amount_msat, fee_paid_msat=event.fee_paid_msat)
            )
            payment.payment_preimage = event.payment_preimage.hex()
            payment.fee_paid_msat, payment.resolved_at = event.fee_paid_msat, told_at

    def _failed(self, payment: PaymentRecord, event: PaymentFailed, told_at: datetime) -> None:
        """That a payment has failed for good says that nothing of it is out any more."""
        if payment.payment_preimage is None and not payment.reason:
            self.ends.append(failure_note(payment.pk, before=payment.status, reason=event.reason))
            payment.reason, payment.resolved_at = event.reason, told_at
            self._ended += [attempt for attempt in self._attempts[payment.pk].values() if close_attempt(attempt, told_at)]

    def _tried(self, payment: PaymentRecord, event: PathEvent, told_at: datetime) -> None:
        attempts, number = self._attempts[payment.pk], event.attempt_number
        if number not in attempts:
            attempts[number] = begin_attempt(event, told_at, height=self._height)
            self._begun.append(attempts[number])
        if isinstance(event, PaymentPathStarted):
            payment.first_sent_at = payment.first_sent_at or told_at
        elif end_attempt(attempts[number], event, told_at):
            self._ended.append(attempts[number])

    @cached_property
    def _height(self) -> int | None:
        return next((height for (height,) in read_values("SELECT height FROM payments_chainrecord")), None)
