"""Asking for approval: what is written down, what is refused, and that asking twice is asking once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from payments.ledger.accounts import HOUSE_ID, Account
from payments.lightning.errors import LightningError
from payments.models import ApprovalRequest, AuditRecord, MerchantAccount, PaymentRecord
from payments.queries.errors import AmountMissing
from payments.queries.spending import DAY, Payer
from payments.services import approval_errors as errors
from payments.services.decide_approval import reject, withdraw
from payments.services.errors import AccountClosed, PaidByAnotherAccount, PaymentIdMalformed, PaymentIdTaken
from payments.services.pay_invoice import pay_invoice
from payments.services.request_approval import request_approval
from payments.services.spending_errors import AboveDayLimit, AbovePaymentLimit, NotAMember, RoleCannotPay
from tests.people import make_operator
from tests.unit.services.cafe import id_of, invoice_number
from tests.unit.services.four_eyes import FourEyes, last_note, refused_and_unchanged, run_out, state_of
from tests.unit.services.test_pay_invoice import race
from tests.unit.services.wallet import make_invoice

pytestmark = pytest.mark.django_db


@pytest.fixture
def cafe(db: None) -> FourEyes:
    return FourEyes()


def test_asking_writes_down_the_figures_and_holds_nothing(cafe: FourEyes) -> None:
    assert id_of(1) == cafe.ask()
    request = ApprovalRequest.objects.get()
    invoice = invoice_number(1)
    assert (cafe.id, invoice, 1_000_000, 10_000, cafe.user.pk) == (
        request.account_id,
        request.invoice,
        request.amount_msat,
        request.fee_limit_msat,
        request.created_by_id,
    )
    assert ("waiting", "One coffee") == (request.state, request.description)
    assert (100_000_000, 0) == (cafe.balance_msat(Account.AVAILABLE), PaymentRecord.objects.count())
    said = {"amount_msat": 1_000_000, "fee_limit_msat": 10_000, "payment_hash": request.payment_hash}
    assert ("approval asked for", "payment", id_of(1), said) == last_note()


def test_it_runs_out_with_the_invoice_or_after_a_day(cafe: FourEyes) -> None:
    cafe.ask()
    request = ApprovalRequest.objects.get()
    assert timedelta(minutes=59) < request.expires_at - request.created_at <= timedelta(hours=1)
    long = make_invoice(expiry_s=7 * 86_400, preimage=b"\x22" * 32)
    request_approval(long, payment_id=id_of(2), payer=cafe.payer)
    request = ApprovalRequest.objects.get(pk=id_of(2))
    assert DAY == request.expires_at - request.created_at


def test_asking_again_with_the_same_id_or_for_the_very_same_is_asking_once(cafe: FourEyes) -> None:
    first = cafe.ask()
    again = [cafe.ask(), request_approval(invoice_number(1), payment_id=id_of(9), fee_limit_msat=10_000, payer=cafe.payer)]
    assert [first, first] == again
    assert (1, 1) == (ApprovalRequest.objects.count(), AuditRecord.objects.filter(action="approval asked for").count())


def test_one_invoice_is_not_asked_for_twice_with_other_figures_or_by_two(cafe: FourEyes) -> None:
    cafe.ask()
    invoice = invoice_number(1)
    refused_and_unchanged(errors.ApprovalWaits, request_approval, invoice, payment_id=id_of(2), fee_limit_msat=10_001, payer=cafe.payer)
    owner = cafe.as_payer(cafe.owner)
    refused_and_unchanged(errors.ApprovalWaits, request_approval, invoice, payment_id=id_of(2), fee_limit_msat=10_000, payer=owner)


def test_after_it_was_rejected_taken_back_or_ran_out_it_can_be_asked_for_again(cafe: FourEyes) -> None:
    cafe.ask()
    reject(id_of(1), user_id=cafe.approver.pk)
    assert id_of(2) == request_approval(invoice_number(1), payment_id=id_of(2), payer=cafe.payer)
    withdraw(id_of(2), user_id=cafe.user.pk)
    assert id_of(3) == request_approval(invoice_number(1), payment_id=id_of(3), payer=cafe.payer)
    run_out(3)
    assert id_of(4) == request_approval(invoice_number(1), payment_id=id_of(4), payer=cafe.payer)
    assert ["rejected", "withdrawn", "expired", "waiting"] == [state_of(number) for number in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("kind", "number", "options"),
    [
        (PaymentIdMalformed, 1, {"payment_id": "a1"}),
        (errors.ApprovalNotNeeded, 1, {"fee_limit_msat": 0, "amount_msat": 999_999}),
        (AmountMissing, 1, {}),
    ],
)
def test_what_cannot_be_asked_for_is_refused(cafe: FourEyes, kind: type[LightningError], number: int, options: dict) -> None:
    wish = {"payment_id": id_of(number), "payer": cafe.payer} | options
    refused_and_unchanged(kind, request_approval, invoice_number(number, None), **wish)


def test_who_could_not_pay_cannot_ask(cafe: FourEyes) -> None:
    refused_and_unchanged(RoleCannotPay, cafe.ask, payer=cafe.as_payer(cafe.approver))
    refused_and_unchanged(NotAMember, cafe.ask, payer=cafe.as_payer(make_operator()))
    cafe.limit(payment_msat=1_009_999)
    refused_and_unchanged(AbovePaymentLimit, cafe.ask)
    cafe.limit(day_msat=1_009_999)
    refused_and_unchanged(AboveDayLimit, cafe.ask)
    MerchantAccount.objects.filter(pk=cafe.id).update(closed_at=timezone.now())
    refused_and_unchanged(AccountClosed, cafe.ask)


def test_what_is_paid_already_is_not_asked_for(cafe: FourEyes) -> None:
    cafe.pay(1, payer=Payer(account_id=cafe.id))
    refused_and_unchanged(errors.InvoiceHasPayment, cafe.ask, 1)
    pay_invoice(invoice_number(2), payment_id=id_of(20), payer=Payer(account_id=HOUSE_ID))
    refused_and_unchanged(PaidByAnotherAccount, cafe.ask, 2)


def test_an_id_that_is_somebody_elses_is_refused(cafe: FourEyes) -> None:
    cafe.ask(1)
    refused_and_unchanged(PaymentIdTaken, cafe.ask, 1, payer=cafe.as_payer(cafe.owner))
    pay_invoice(invoice_number(3), payment_id=id_of(2), payer=Payer(account_id=HOUSE_ID))
    refused_and_unchanged(PaymentIdTaken, cafe.ask, 2)


@pytest.mark.django_db(transaction=True)
def test_asking_from_many_windows_at_once_asks_once() -> None:
    cafe = FourEyes()
    invoice = invoice_number(1)
    answers = race(6, lambda index: request_approval(invoice, payment_id=id_of(index), payer=cafe.payer))
    assert {ApprovalRequest.objects.get().payment_id} == set(answers)
