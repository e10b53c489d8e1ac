"""
Ask somebody else to approve a payment: written down with its invoice, hash, amount and fee limit, none of which changes any more.

Nothing is set aside and nothing is sent. The limits of who asks are looked at now, to refuse what would be refused anyway, and again when
it is approved, which alone counts.
"""

from __future__ import annotations

import re
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from payments.models import ApprovalRequest
from payments.models.audit import AuditAction, SubjectKind
from payments.queries.errors import AmountMissing
from payments.queries.facts import living_payment
from payments.queries.incoming import own_invoice
from payments.queries.spending import DAY, Payer, allowance_of
from payments.queries.terms import Terms, read_terms
from payments.services.approval_errors import ApprovalNotNeeded, ApprovalWaits, InvoiceHasPayment
from payments.services.begin_payment import expiry_of, storable_description
from payments.services.errors import PaidByAnotherAccount, PaymentIdMalformed, PaymentIdTaken, PaysItself
from payments.services.note_audit import note_audit
from payments.services.note_change import approval_group, approvals_group, note_change
from payments.services.pay_invoice import is_begun
from payments.services.spending_errors import ApprovalNeeded
from payments.services.spending_policy import refusal_of

_PAYMENT_ID = re.compile(r"[0-9a-f]{64}", re.ASCII)
_State = ApprovalRequest.State


def request_approval(text: str, *, payment_id: str, payer: Payer, amount_msat: int | None = None, fee_limit_msat: int | None = None) -> str:
    """
    Ask for it, and say under which id.

    payment_id       what the payment will be called; asking again with it changes nothing
    payer            a person
    the others       as `pay_invoice` takes them
    returns          `payment_id`, or the id under which this person asked for the very same before and still waits

    raises   PaymentIdMalformed, PaymentIdTaken, PaidByAnotherAccount, PaysItself, InvoiceError's leaves, TermsError's leaves,
             AccountClosed, SpendingRefused's leaves, ApprovalNotNeeded, ApprovalWaits, InvoiceHasPayment
    """
    if not _PAYMENT_ID.fullmatch(payment_id):
        raise PaymentIdMalformed
    if _is_asked(payment_id, payer):
        return payment_id
    terms = read_terms(text, amount_msat=amount_msat, fee_limit_msat=fee_limit_msat)
    try:
        with transaction.atomic():
            return _same_wish(terms, payer) or _ask(terms, payer, payment_id)
    except IntegrityError:
        # Somebody has asked for the same since we looked: perhaps this person, from another window.
        if _is_asked(payment_id, payer):
            return payment_id
        if same := _same_wish(terms, payer):
            return same
        raise


def _is_asked(payment_id: str, payer: Payer) -> bool:
    asked = ApprovalRequest.objects.filter(pk=payment_id).values_list("account_id", "created_by_id").first()
    if asked is None:
        return False
    if asked != (payer.account_id, payer.user_id):
        raise PaymentIdTaken
    return True


def _same_wish(terms: Terms, payer: Payer) -> str | None:
    """The id under which this is asked for already. ApprovalWaits when it is not quite this."""
    waits = {"account_id": payer.account_id, "payment_hash": terms.invoice.payment_hash.hex(), "state": _State.WAITING}
    waiting = ApprovalRequest.objects.filter(**waits, expires_at__gt=timezone.now()).first()
    if waiting is None:
        return None
    asked = (waiting.created_by_id, waiting.amount_msat, waiting.fee_limit_msat)
    if asked != (payer.user_id, terms.amount_msat, terms.fee_limit_msat):
        raise ApprovalWaits
    return waiting.payment_id


def _ask(terms: Terms, payer: Payer, payment_id: str) -> str:
    assert payer.user_id is not None, "a person asks a person"
    if terms.amount_msat is None or terms.fee_limit_msat is None:
        raise AmountMissing
    _refuse_what_is_paid(terms, payer, payment_id)
    _refuse_by_rule(payer, terms.amount_msat + terms.fee_limit_msat)
    now, payment_hash = timezone.now(), terms.invoice.payment_hash.hex()
    same_hash = ApprovalRequest.objects.filter(account_id=payer.account_id, payment_hash=payment_hash)
    same_hash.filter(state=_State.WAITING, expires_at__lte=now).update(state=_State.EXPIRED)
    ApprovalRequest.objects.create(
        payment_id=payment_id,
        account_id=payer.account_id,
        invoice=terms.invoice.text,
        payment_hash=payment_hash,
        payee=terms.invoice.payee.hex(),
        description=storable_description(terms.invoice),
        amount_msat=terms.amount_msat,
        fee_limit_msat=terms.fee_limit_msat,
        created_by_id=payer.user_id,
        created_at=now,
        expires_at=_expiry(terms, now),
    )
    said = {"amount_msat": terms.amount_msat, "fee_limit_msat": terms.fee_limit_msat, "payment_hash": payment_hash}
    note_audit(AuditAction.APPROVAL_ASKED, SubjectKind.PAYMENT, payment_id, after=said)
    note_change(approvals_group(payer.account_id), approval_group(payment_id))
    return payment_id


def _refuse_what_is_paid(terms: Terms, payer: Payer, payment_id: str) -> None:
    payment_hash = terms.invoice.payment_hash.hex()
    living, asked = living_payment(payment_hash), own_invoice(payment_hash)
    if asked is not None and asked.account_id == payer.account_id:
        raise PaysItself
    if living is not None and living.account_id != payer.account_id:
        raise PaidByAnotherAccount
    if living is not None or is_begun(payment_id, payer):
        raise InvoiceHasPayment


def _refuse_by_rule(payer: Payer, total_msat: int) -> None:
    refusal = refusal_of(allowance_of(payer), payer, total_msat=total_msat)
    if refusal is None:
        raise ApprovalNotNeeded(needed_msat=total_msat)
    if not isinstance(refusal, ApprovalNeeded):
        raise refusal


def _expiry(terms: Terms, now: datetime) -> datetime:
    """With the invoice, or a day later, whichever comes first."""
    return min(expiry_of(terms.invoice), now + DAY)
