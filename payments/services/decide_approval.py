"""
Decide about a payment that somebody else has asked for: approve it, which pays it, reject it, or, for who asked, take it back.

Each decision is one UPDATE of a row that still waits, so of two that meet only one happens. Approving and paying are one transaction, with
exactly the figures that were asked for and the limits of who asked: there is no approved request without its payment, and no way to use an
approval twice. Nobody decides about their own request, whatever else they are.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone

from payments.access.roles import Permission, is_allowed
from payments.lightning.ids import PaymentId
from payments.models import ApprovalRequest, MerchantAccount, PaymentRecord
from payments.models.audit import AuditAction, SubjectKind
from payments.nodes.commands import PayInvoice
from payments.queries.approval_figures import figures_digest
from payments.queries.facts import living_payment_id
from payments.queries.members import role_of
from payments.queries.spending import Payer, allowance_of
from payments.queries.terms import Terms, read_terms
from payments.services.approval_errors import (
    ApprovalChanged,
    ApprovalDecided,
    ApprovalExpired,
    ApprovalNotNeeded,
    AskerAboveLimit,
    AskerCannotPay,
    CannotApprove,
    InvoiceHasPayment,
    NotYourRequest,
    OwnRequest,
    UnknownApproval,
)
from payments.services.begin_payment import begin_payment
from payments.services.errors import PaymentIdTaken
from payments.services.note_audit import note_audit, storable
from payments.services.note_change import approval_group, approvals_group, note_change
from payments.services.spending_errors import AboveDayLimit, AbovePaymentLimit, SpendingRefused

MOST_LETTERS_OF_REMARK = 200
_State = ApprovalRequest.State


def approve(payment_id: str, *, user_id: int, digest: str) -> None:
    """
    Approve it and begin its payment. The same person again: nothing more happens.

    digest    of what this person saw: `payments.queries.approval_figures.figures_digest`

    raises   ApprovalError's leaves, InvoiceError's leaves, PaysItself, PaymentIdTaken, AccountClosed, BalanceTooSmall
    """
    request = _find(payment_id)
    if (request.state, request.decided_by_id) == (_State.APPROVED, user_id):
        return
    if digest != figures_digest(request):
        raise ApprovalChanged
    _refuse_unless_waiting(request)
    terms = read_terms(request.invoice, amount_msat=request.amount_msat, fee_limit_msat=request.fee_limit_msat)
    if terms.invoice.payment_hash.hex() != request.payment_hash:
        raise ApprovalChanged
    try:
        with transaction.atomic():
            _decide(request, _State.APPROVED, user_id)
            _pay(request, terms)
            note_change(approvals_group(request.account_id), approval_group(payment_id))
    except ApprovalDecided:
        if (request.state, request.decided_by_id) != (_State.APPROVED, user_id):
            raise
    except SpendingRefused as refusal:
        raise _to_the_approver(refusal, request) from refusal
    except IntegrityError as error:
        if living_payment_id(request.payment_hash) is not None:
            raise InvoiceHasPayment from error
        if PaymentRecord.objects.filter(pk=payment_id).exists():
            raise PaymentIdTaken from error
        raise


def reject(payment_id: str, *, user_id: int, remark: str = "") -> None:
    """
    Refuse it for good. The same person again: nothing more happens.

    remark    why, for who asked

    raises   UnknownApproval, ApprovalDecided, ApprovalExpired, OwnRequest, CannotApprove
    """
    request = _find(payment_id)
    if (request.state, request.decided_by_id) == (_State.REJECTED, user_id):
        return
    _refuse_unless_waiting(request)
    words = storable(remark.strip(), MOST_LETTERS_OF_REMARK)
    with transaction.atomic():
        _decide(request, _State.REJECTED, user_id, remark=words)
        _note(AuditAction.PAYMENT_REJECTED, request, {"remark": words})


def withdraw(payment_id: str, *, user_id: int) -> None:
    """
    Take back what this person asked for. Again: nothing more happens.

    raises   UnknownApproval, ApprovalDecided, ApprovalExpired, NotYourRequest
    """
    request = _find(payment_id)
    if request.created_by_id != user_id:
        raise NotYourRequest
    if request.state == _State.WITHDRAWN:
        return
    _refuse_unless_waiting(request)
    with transaction.atomic():
        _change(request, _State.WITHDRAWN, user_id)
        _note(AuditAction.APPROVAL_WITHDRAWN, request, {})


def _find(payment_id: str) -> ApprovalRequest:
    request = ApprovalRequest.objects.filter(pk=payment_id).first()
    if request is None:
        raise UnknownApproval
    return request


def _refuse_unless_waiting(request: ApprovalRequest) -> None:
    if request.state not in {_State.WAITING, _State.EXPIRED}:
        raise ApprovalDecided(state=request.state)
    if request.expires_at <= timezone.now():
        raise ApprovalExpired(expired_at_s=int(request.expires_at.timestamp()))


def _decide(request: ApprovalRequest, state: ApprovalRequest.State, user_id: int, *, remark: str = "") -> None:
    """The second pair of eyes: never those of who asked, and only somebody who approves for this account at this moment."""
    if request.created_by_id == user_id:
        raise OwnRequest
    role = role_of(user_id, request.account_id)
    if role is None or not is_allowed(role, Permission.APPROVE):
        raise CannotApprove(account_name=MerchantAccount.objects.values_list("name", flat=True).get(pk=request.account_id))
    _change(request, state, user_id, remark=remark)


def _change(request: ApprovalRequest, state: ApprovalRequest.State, user_id: int, *, remark: str = "") -> None:
    """From waiting to decided, if it still waits: whoever comes second changes nothing."""
    now = timezone.now()
    waiting = ApprovalRequest.objects.filter(pk=request.pk, state=_State.WAITING, expires_at__gt=now)
    unchanged = waiting.filter(invoice=request.invoice, amount_msat=request.amount_msat, fee_limit_msat=request.fee_limit_msat)
    if unchanged.update(state=state, decided_by_id=user_id, decided_at=now, remark=remark):
        return
    request.refresh_from_db()
    _refuse_unless_waiting(request)
    raise ApprovalChanged


def _pay(request: ApprovalRequest, terms: Terms) -> None:
    creator = Payer(account_id=request.account_id, user_id=request.created_by_id)
    total_msat = request.amount_msat + request.fee_limit_msat
    threshold_msat = allowance_of(creator).threshold_msat
    if threshold_msat is None or total_msat < threshold_msat:
        raise ApprovalNotNeeded(needed_msat=total_msat)
    if living_payment_id(request.payment_hash) is not None:
        raise InvoiceHasPayment
    order = PayInvoice(
        payment_id=PaymentId(bytes.fromhex(request.payment_id)),
        invoice=terms.invoice.text,
        amount_msat=request.amount_msat,
        fee_limit_msat=request.fee_limit_msat,
    )
    begin_payment(order, terms.invoice, creator, approval={"asked_by": _name_of_asker(request)})


def _to_the_approver(refusal: SpendingRefused, request: ApprovalRequest) -> AskerCannotPay | AskerAboveLimit:
    """A rule that stands against who asked, said to somebody else."""
    asked_by, needed_msat = _name_of_asker(request), request.amount_msat + request.fee_limit_msat
    match refusal:
        case AbovePaymentLimit(limit_msat=left_msat) | AboveDayLimit(left_msat=left_msat):
            return AskerAboveLimit(asked_by=asked_by, needed_msat=needed_msat, left_msat=left_msat)
        case _:
            return AskerCannotPay(asked_by=asked_by)


def _name_of_asker(request: ApprovalRequest) -> str:
    return request.created_by.get_username()


def _note(action: AuditAction, request: ApprovalRequest, said: Mapping[str, object]) -> None:
    note_audit(action, SubjectKind.PAYMENT, request.payment_id, after=said)
    note_change(approvals_group(request.account_id), approval_group(request.payment_id))
