"""Four eyes: who may decide, what is approved, and that one approval is one payment at most."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from payments.access.roles import Role
from payments.ledger.accounts import Account
from payments.lightning.invoice.errors import InvoiceExpired
from payments.models import ApprovalRequest, EngineCommand, Membership, MerchantAccount, PaymentRecord
from payments.nodes.commands import PayInvoice, decode_command
from payments.queries.spending import Payer
from payments.services import approval_errors as errors
from payments.services.decide_approval import approve, reject, withdraw
from payments.services.errors import AccountClosed, BalanceTooSmall, PaymentIdTaken
from payments.services.pay_invoice import pay_invoice
from payments.services.request_approval import request_approval
from payments.services.spending_errors import ApprovalNeeded
from tests.people import join, make_account, make_operator
from tests.unit.services.cafe import id_of, invoice_number
from tests.unit.services.four_eyes import FourEyes, digest_of, last_note, refused_and_unchanged, run_out, standing, state_of
from tests.unit.services.test_pay_invoice import race
from tests.unit.services.wallet import make_invoice, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def cafe(db: None) -> FourEyes:
    return FourEyes()


def test_approving_pays_exactly_what_was_asked_for_as_the_one_who_asked(cafe: FourEyes) -> None:
    cafe.ask()
    cafe.approve()
    payment, request = PaymentRecord.objects.get(), ApprovalRequest.objects.get()
    assert (id_of(1), cafe.id, 1_000_000, 10_000, cafe.user.pk) == (
        payment.payment_id,
        payment.account_id,
        payment.amount_msat,
        payment.fee_limit_msat,
        payment.created_by_id,
    )
    assert ("approved", cafe.approver.pk) == (request.state, request.decided_by_id)
    assert (98_990_000, 1_010_000) == (cafe.balance_msat(Account.AVAILABLE), cafe.balance_msat(Account.HELD))
    order = PayInvoice(payment_id=bytes.fromhex(id_of(1)), invoice=request.invoice, amount_msat=1_000_000, fee_limit_msat=10_000)
    assert order == decode_command(EngineCommand.objects.get().arguments)
    said = {"amount_msat": 1_000_000, "fee_limit_msat": 10_000, "payment_hash": request.payment_hash, "asked_by": "pia"}
    assert ("payment approved", "payment", id_of(1), said) == last_note()


def test_approving_twice_pays_once(cafe: FourEyes) -> None:
    cafe.ask()
    cafe.approve()
    before = standing()
    cafe.approve()
    assert before == standing()
    assert "approved" == refused_and_unchanged(errors.ApprovalDecided, cafe.approve, user=cafe.owner).state


def test_nobody_approves_what_they_asked_for_themselves(cafe: FourEyes) -> None:
    cafe.ask(payer=cafe.as_payer(cafe.owner))
    refused_and_unchanged(errors.OwnRequest, cafe.approve, user=cafe.owner)
    refused_and_unchanged(errors.OwnRequest, reject, id_of(1), user_id=cafe.owner.pk)


def test_nor_does_a_superuser(cafe: FourEyes) -> None:
    boss = join(make_operator("boss"), cafe.account, role=Role.OWNER)
    cafe.ask(payer=cafe.as_payer(boss))
    refused_and_unchanged(errors.OwnRequest, cafe.approve, user=boss)


def test_the_database_itself_refuses_two_eyes(cafe: FourEyes) -> None:
    cafe.ask()
    with pytest.raises(IntegrityError), transaction.atomic():
        ApprovalRequest.objects.update(state="approved", decided_by=cafe.user)
    with pytest.raises(IntegrityError), transaction.atomic():
        ApprovalRequest.objects.update(state="approved")


def test_only_members_who_approve_for_this_account_decide(cafe: FourEyes) -> None:
    cafe.ask()
    elsewhere = make_account("bakery")
    others = [
        make_operator("root"),
        cafe.member("paul", Role.PAYER),
        cafe.member("vera", Role.VIEWER),
        cafe.member("carl", Role.CASHIER),
        join(make_operator("eve"), elsewhere, role=Role.OWNER),
    ]
    for other in others:
        assert "Café Blau" == refused_and_unchanged(errors.CannotApprove, cafe.approve, user=other).account_name
        refused_and_unchanged(errors.CannotApprove, reject, id_of(1), user_id=other.pk)


def test_who_has_just_lost_the_role_does_not_decide(cafe: FourEyes) -> None:
    cafe.ask()
    Membership.objects.filter(user=cafe.approver).update(role=Role.VIEWER)
    refused_and_unchanged(errors.CannotApprove, cafe.approve)


def test_nothing_is_decided_after_its_time(cafe: FourEyes) -> None:
    cafe.ask()
    run_out()
    refused_and_unchanged(errors.ApprovalExpired, cafe.approve)
    refused_and_unchanged(errors.ApprovalExpired, reject, id_of(1), user_id=cafe.approver.pk)
    refused_and_unchanged(errors.ApprovalExpired, withdraw, id_of(1), user_id=cafe.user.pk)


def test_an_invoice_that_ran_out_is_not_paid_whatever_the_request_says(cafe: FourEyes) -> None:
    cafe.ask()
    ApprovalRequest.objects.update(invoice=make_invoice(created_at_s=1_700_000_000))
    refused_and_unchanged(InvoiceExpired, cafe.approve)


@pytest.mark.parametrize(
    "changed",
    [{"amount_msat": 1_000_001}, {"fee_limit_msat": 10_001}, {"payment_hash": "0" * 64}, {"invoice": invoice_number(2)}],
    ids=lambda changed: next(iter(changed)),
)
def test_any_other_figure_than_what_was_seen_is_void(cafe: FourEyes, changed: dict) -> None:
    cafe.ask()
    seen = digest_of(1)
    ApprovalRequest.objects.update(**changed)
    refused_and_unchanged(errors.ApprovalChanged, approve, id_of(1), user_id=cafe.approver.pk, digest=seen)


def test_a_digest_of_another_account_is_void(cafe: FourEyes) -> None:
    cafe.ask()
    seen = digest_of(1)
    account = make_account("bakery")
    join(cafe.approver, account, role=Role.APPROVER)
    ApprovalRequest.objects.update(account=account)
    refused_and_unchanged(errors.ApprovalChanged, approve, id_of(1), user_id=cafe.approver.pk, digest=seen)


def test_an_invoice_that_is_not_the_hashs_is_void_even_when_it_was_seen_so(cafe: FourEyes) -> None:
    cafe.ask()
    ApprovalRequest.objects.update(invoice=invoice_number(2))
    refused_and_unchanged(errors.ApprovalChanged, cafe.approve)


def test_what_changed_between_looking_and_deciding_is_void(cafe: FourEyes, monkeypatch: pytest.MonkeyPatch) -> None:
    cafe.ask()

    def meanwhile(*_: object, **__: object) -> object:
        ApprovalRequest.objects.update(fee_limit_msat=99_000)
        return Role.APPROVER

    monkeypatch.setattr("payments.services.decide_approval.role_of", meanwhile)
    refused(errors.ApprovalChanged, cafe.approve)
    assert ("waiting", 0) == (state_of(), PaymentRecord.objects.count())


def test_a_threshold_that_asks_for_nobody_any_more_is_said_and_one_that_asks_earlier_is_no_matter(cafe: FourEyes) -> None:
    cafe.ask(1)
    cafe.ask(2)
    cafe.need_approval_from(1_010_001)
    refused_and_unchanged(errors.ApprovalNotNeeded, cafe.approve)
    cafe.need_approval_from(None)
    refused_and_unchanged(errors.ApprovalNotNeeded, cafe.approve)
    cafe.need_approval_from(1_010_000)
    cafe.approve(1)
    cafe.need_approval_from(0)
    cafe.approve(2)


def test_who_asked_must_still_be_able_to_pay(cafe: FourEyes) -> None:
    cafe.ask()
    membership = Membership.objects.filter(user=cafe.user)
    membership.update(role=Role.CASHIER)
    assert "pia" == refused_and_unchanged(errors.AskerCannotPay, cafe.approve).asked_by
    membership.delete()
    refused_and_unchanged(errors.AskerCannotPay, cafe.approve)


def test_the_limits_of_who_asked_count_again_when_it_is_approved(cafe: FourEyes) -> None:
    cafe.limit(day_msat=2_000_000)
    cafe.ask(1)
    cafe.pay(2, amount_msat=990_001)
    refusal = refused_and_unchanged(errors.AskerAboveLimit, cafe.approve)
    assert (1_010_000, 1_009_999) == (refusal.needed_msat, refusal.left_msat)
    cafe.limit(day_msat=2_000_001)
    cafe.approve(1)
    cafe.limit(payment_msat=1_009_999)
    ApprovalRequest.objects.all().delete()
    PaymentRecord.objects.update(status="failed")
    cafe.limit()
    request_approval(invoice_number(3), payment_id=id_of(3), fee_limit_msat=10_000, payer=cafe.payer)
    cafe.limit(payment_msat=1_009_999)
    assert 1_009_999 == refused_and_unchanged(errors.AskerAboveLimit, cafe.approve, 3).left_msat


def test_the_approvers_own_limits_are_no_matter(cafe: FourEyes) -> None:
    cafe.limit(role=Role.OWNER, payment_msat=0, day_msat=0)
    cafe.limit(role=Role.APPROVER, payment_msat=0, day_msat=0)
    cafe.ask(1)
    cafe.ask(2)
    cafe.approve(1)
    cafe.approve(2, user=cafe.owner)


def test_what_was_paid_meanwhile_is_not_paid_again(cafe: FourEyes) -> None:
    cafe.ask()
    pay_invoice(invoice_number(1), payment_id=id_of(7), payer=Payer(account_id=cafe.id))
    refused_and_unchanged(errors.InvoiceHasPayment, cafe.approve)


def test_an_id_that_another_invoice_was_paid_under_meanwhile_is_not_used_again(cafe: FourEyes) -> None:
    cafe.ask()
    pay_invoice(invoice_number(2), payment_id=id_of(1), payer=Payer(account_id=cafe.id))
    refused_and_unchanged(PaymentIdTaken, cafe.approve)
    assert "waiting" == state_of()


def test_a_rejected_request_opens_no_way_around_the_threshold(cafe: FourEyes) -> None:
    cafe.ask()
    reject(id_of(1), user_id=cafe.approver.pk)
    refused_and_unchanged(ApprovalNeeded, cafe.pay, 1, fee_limit_msat=10_000)


def test_money_that_is_gone_meanwhile_is_missed_when_it_is_approved(cafe: FourEyes) -> None:
    cafe.ask()
    pay_invoice(invoice_number(2, 99_000_000), payment_id=id_of(2), fee_limit_msat=0, payer=Payer(account_id=cafe.id))
    refused_and_unchanged(BalanceTooSmall, cafe.approve)
    assert "waiting" == state_of()


def test_nothing_is_approved_for_a_closed_account(cafe: FourEyes) -> None:
    cafe.ask()
    MerchantAccount.objects.filter(pk=cafe.id).update(closed_at=timezone.now())
    refused_and_unchanged(AccountClosed, cafe.approve)


def test_what_nobody_asked_for_is_unknown(cafe: FourEyes) -> None:
    refused_and_unchanged(errors.UnknownApproval, approve, id_of(5), user_id=cafe.approver.pk, digest="")
    refused_and_unchanged(errors.UnknownApproval, reject, id_of(5), user_id=cafe.approver.pk)
    refused_and_unchanged(errors.UnknownApproval, withdraw, id_of(5), user_id=cafe.user.pk)


def test_rejecting_says_why_and_is_final(cafe: FourEyes) -> None:
    cafe.ask()
    reject(id_of(1), user_id=cafe.approver.pk, remark="  Ask Olga first.\0 ")
    request = ApprovalRequest.objects.get()
    assert ("rejected", cafe.approver.pk, "Ask Olga first.␀") == (request.state, request.decided_by_id, request.remark)
    assert ("payment rejected", "payment", id_of(1), {"remark": "Ask Olga first.␀"}) == last_note()
    reject(id_of(1), user_id=cafe.approver.pk)
    refused_and_unchanged(errors.ApprovalDecided, cafe.approve)
    refused_and_unchanged(errors.ApprovalDecided, withdraw, id_of(1), user_id=cafe.user.pk)


def test_a_remark_of_any_length_is_stored(cafe: FourEyes) -> None:
    cafe.ask()
    reject(id_of(1), user_id=cafe.approver.pk, remark="é" * 1_000)
    assert 200 == len(ApprovalRequest.objects.get().remark)


def test_who_asked_can_take_it_back_and_nobody_else(cafe: FourEyes) -> None:
    cafe.ask()
    refused_and_unchanged(errors.NotYourRequest, withdraw, id_of(1), user_id=cafe.owner.pk)
    withdraw(id_of(1), user_id=cafe.user.pk)
    assert ("approval withdrawn", "payment", id_of(1), {}) == last_note()
    withdraw(id_of(1), user_id=cafe.user.pk)
    assert "withdrawn" == refused_and_unchanged(errors.ApprovalDecided, cafe.approve).state


@pytest.mark.django_db(transaction=True)
def test_many_who_approve_at_once_pay_once() -> None:
    cafe = FourEyes()
    cafe.ask()
    digest, people = digest_of(1), [cafe.approver, cafe.owner]
    answers = race(8, lambda index: approve(id_of(1), user_id=people[index % 2].pk, digest=digest))
    assert (4, 4) == (answers.count(None), answers.count("approval_decided"))
    assert (1, 1, 1_010_000) == (PaymentRecord.objects.count(), EngineCommand.objects.count(), cafe.balance_msat(Account.HELD))


@pytest.mark.django_db(transaction=True)
def test_of_approving_rejecting_and_taking_back_at_once_one_happens() -> None:
    cafe = FourEyes()
    for number in range(1, 7):
        cafe.ask(number)
        answers = race(3, partial(_decide, cafe, number, digest_of(number)))
        assert (1, 2) == (answers.count(None), answers.count("approval_decided"))
        assert (state_of(number) == "approved") == PaymentRecord.objects.filter(pk=id_of(number)).exists()


def _decide(cafe: FourEyes, number: int, digest: str, deed: int) -> None:
    """Each of three people does something else with it."""
    if deed == 0:
        approve(id_of(number), user_id=cafe.approver.pk, digest=digest)
    elif deed == 1:
        withdraw(id_of(number), user_id=cafe.user.pk)
    else:
        reject(id_of(number), user_id=cafe.owner.pk)


@pytest.mark.django_db(transaction=True)
def test_approvals_at_once_keep_the_days_limit_of_who_asked() -> None:
    cafe = FourEyes()
    cafe.limit(day_msat=3_100_000)
    for number in range(8):
        cafe.ask(number)
    digests = [digest_of(number) for number in range(8)]
    answers = race(8, lambda number: approve(id_of(number), user_id=cafe.approver.pk, digest=digests[number]))
    assert (3, 5) == (answers.count(None), answers.count("asker_above_limit"))
    assert (3, 3) == (PaymentRecord.objects.count(), ApprovalRequest.objects.filter(state="approved").count())
