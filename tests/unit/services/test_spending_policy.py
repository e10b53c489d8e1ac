"""Limits for each role, the day's limit, keys and the threshold: to the msat, and with a hundred at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from payments.access.roles import Role
from payments.ledger.accounts import Account
from payments.lightning.events import PaymentFailed, PaymentFailureReason, PaymentSent
from payments.lightning.ids import PaymentHash, PaymentId, PaymentPreimage
from payments.models import ApiKey, EngineCommand, LedgerEntry, Membership, MerchantAccount, PaymentRecord, RoleLimit
from payments.queries.spending import DAY, Payer, allowance_of
from payments.services.errors import AccountClosed
from payments.services.pay_invoice import pay_invoice
from payments.services.spending_errors import (
    AboveDayLimit,
    AbovePaymentLimit,
    ApprovalNeeded,
    KeyNotInForce,
    NotAMember,
    RoleCannotPay,
    SpendingRefused,
)
from tests.people import join, make_account, make_operator, make_user
from tests.unit.services.cafe import Cafe, id_of, invoice_number, preimage_of
from tests.unit.services.test_pay_invoice import race
from tests.unit.services.wallet import hash_of, refused, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def cafe(db: None) -> Cafe:
    return Cafe()


def is_paid(number: int, *, amount_msat: int = 1_000_000, fee_paid_msat: int = 0) -> None:
    """The engine says so."""
    preimage = PaymentPreimage(preimage_of(number))
    tell(
        PaymentSent(
            payment_id=PaymentId(bytes.fromhex(id_of(number))),
            payment_preimage=preimage,
            payment_hash=hash_of(preimage),
            amount_msat=amount_msat,
            fee_paid_msat=fee_paid_msat,
        )
    )


def has_failed(number: int) -> None:
    """The engine says so."""
    payment_id, payment_hash = PaymentId(bytes.fromhex(id_of(number))), PaymentHash(hash_of(preimage_of(number)))
    tell(PaymentFailed(payment_id=payment_id, payment_hash=payment_hash, reason=PaymentFailureReason.RETRIES_EXHAUSTED))


def test_a_payer_pays_and_it_is_noted_who(cafe: Cafe) -> None:
    cafe.pay()
    payment = PaymentRecord.objects.get()
    assert (cafe.id, cafe.user.pk, None) == (payment.account_id, payment.created_by_id, payment.created_by_key_id)
    assert (99_000_000, 1_000_000) == (cafe.balance_msat(Account.AVAILABLE), cafe.balance_msat(Account.HELD))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CASHIER, Role.APPROVER])
def test_a_role_that_does_not_pay_is_refused(cafe: Cafe, role: Role) -> None:
    refusal = refused(RoleCannotPay, cafe.pay, payer=cafe.as_payer(cafe.member("otto", role)))
    assert (role.value, "Café Blau") == (refusal.role, refusal.account_name)


@pytest.mark.parametrize("make", [make_user, make_operator], ids=["anybody", "operator"])
def test_who_does_not_belong_to_the_account_is_refused(cafe: Cafe, make: object) -> None:
    refused(NotAMember, cafe.pay, payer=cafe.as_payer(make("eve")))


def test_a_member_of_another_account_is_refused(cafe: Cafe) -> None:
    refused(NotAMember, cafe.pay, payer=cafe.as_payer(join(make_user("eve"), make_account("bakery"))))


def test_who_was_removed_or_locked_out_a_moment_ago_is_refused(cafe: Cafe) -> None:
    cafe.pay(1)
    Membership.objects.update(role=Role.VIEWER)
    refused(RoleCannotPay, cafe.pay, 2)
    Membership.objects.update(role=Role.OWNER)
    cafe.pay(3)
    cafe.user.is_active = False
    cafe.user.save()
    refused(NotAMember, cafe.pay, 4)
    cafe.user.is_active = True
    cafe.user.save()
    Membership.objects.all().delete()
    refused(NotAMember, cafe.pay, 5)
    assert 2 == PaymentRecord.objects.count()


def test_a_refusal_changes_nothing(cafe: Cafe) -> None:
    cafe.limit(payment_msat=999_999)
    entries = LedgerEntry.objects.count()
    refused(AbovePaymentLimit, cafe.pay)
    assert (entries, 0, 0) == (LedgerEntry.objects.count(), PaymentRecord.objects.count(), EngineCommand.objects.count())
    assert (100_000_000, 0) == (cafe.balance_msat(Account.AVAILABLE), cafe.balance_msat(Account.HELD))


def test_nothing_is_begun_with_a_closed_account_by_anybody(cafe: Cafe) -> None:
    MerchantAccount.objects.filter(pk=cafe.id).update(closed_at=timezone.now())
    refused(AccountClosed, cafe.pay)
    refused(AccountClosed, cafe.pay, payer=Payer(account_id=cafe.id))


def test_the_command_line_knows_no_role_limit_or_threshold(cafe: Cafe) -> None:
    cafe.limit(payment_msat=0, day_msat=0)
    cafe.need_approval_from(0)
    cafe.pay(1, payer=Payer(account_id=cafe.id))
    pay_invoice(invoice_number(2), payment_id=id_of(2))
    assert {None} == set(PaymentRecord.objects.values_list("created_by", flat=True))


def test_the_limit_of_a_payment_is_met_to_the_msat_with_the_fee_limit_in_it(cafe: Cafe) -> None:
    cafe.limit(payment_msat=1_010_000)
    refusal = refused(AbovePaymentLimit, cafe.pay, 1, fee_limit_msat=10_001)
    assert (1_010_001, 1_010_000) == (refusal.needed_msat, refusal.limit_msat)
    cafe.pay(1, fee_limit_msat=10_000)


def test_a_limit_of_nothing_lets_nothing_through_and_none_lets_everything(cafe: Cafe) -> None:
    cafe.limit(payment_msat=0)
    refused(AbovePaymentLimit, cafe.pay, 1, amount_msat=1_000)
    cafe.limit(day_msat=0)
    refused(AboveDayLimit, cafe.pay, 1, amount_msat=1_000)
    cafe.limit()
    cafe.pay(1, amount_msat=99_000_000, fee_limit_msat=1_000_000)


def test_a_limit_is_that_of_the_own_role_and_account(cafe: Cafe) -> None:
    cafe.limit(role=Role.OWNER, payment_msat=0, day_msat=0)
    RoleLimit.objects.create(account=make_account("bakery"), role=Role.PAYER, payment_msat=0)
    cafe.pay(1)
    refused(AbovePaymentLimit, cafe.pay, 2, payer=cafe.as_payer(cafe.member("olga", Role.OWNER)))


def test_the_days_limit_is_met_to_the_msat(cafe: Cafe) -> None:
    cafe.limit(day_msat=2_500_000)
    cafe.pay(1, fee_limit_msat=200_000)
    refusal = refused(AboveDayLimit, cafe.pay, 2, fee_limit_msat=300_001)
    assert (1_300_001, 2_500_000, 1_300_000) == (refusal.needed_msat, refusal.limit_msat, refusal.left_msat)
    cafe.pay(2, fee_limit_msat=300_000)
    assert 0 == allowance_of(cafe.payer).left_msat
    refused(AboveDayLimit, cafe.pay, 3, amount_msat=1)


def test_what_was_paid_counts_with_the_fee_that_it_took(cafe: Cafe) -> None:
    cafe.limit(day_msat=2_000_000)
    cafe.pay(1, fee_limit_msat=200_000)
    assert 1_200_000 == allowance_of(cafe.payer).spent_msat
    is_paid(1, fee_paid_msat=1_234)
    assert (1_001_234, 998_766) == (allowance_of(cafe.payer).spent_msat, allowance_of(cafe.payer).left_msat)
    refused(AboveDayLimit, cafe.pay, 2, amount_msat=998_767)
    cafe.pay(2, amount_msat=998_766)


def test_what_failed_counts_for_nothing(cafe: Cafe) -> None:
    cafe.limit(day_msat=1_000_000)
    cafe.pay(1)
    refused(AboveDayLimit, cafe.pay, 2, amount_msat=1)
    has_failed(1)
    assert 0 == allowance_of(cafe.payer).spent_msat
    cafe.pay(2)


def test_a_day_is_24_hours_and_not_a_moment_more(cafe: Cafe) -> None:
    cafe.limit(day_msat=1_000_000)
    cafe.pay(1)
    begun = PaymentRecord.objects.get().created_at
    last = begun + DAY - timedelta(microseconds=1)
    assert [1_000_000, 0] == [allowance_of(cafe.payer, at=at).spent_msat for at in (last, begun + DAY)]
    PaymentRecord.objects.update(created_at=timezone.now() - DAY)
    cafe.pay(2)


def test_a_day_is_one_persons(cafe: Cafe) -> None:
    cafe.limit(day_msat=1_000_000)
    cafe.pay(1)
    cafe.pay(2, payer=cafe.as_payer(cafe.member("paul", Role.PAYER)))
    elsewhere = make_account("bakery")
    PaymentRecord.objects.filter(created_by=cafe.user).update(account=elsewhere)
    cafe.pay(3)


def test_a_key_spends_as_a_payer_and_has_a_day_of_its_own(cafe: Cafe) -> None:
    cafe.limit(day_msat=1_000_000)
    till, shop = (Payer(account_id=cafe.id, api_key_id=cafe.key(name).pk) for name in ("till", "shop"))
    cafe.pay(1, payer=till)
    refused(AboveDayLimit, cafe.pay, 2, amount_msat=1, payer=till)
    cafe.pay(2, payer=shop)
    cafe.pay(3)


def test_what_a_key_spends_is_not_its_makers_day(cafe: Cafe) -> None:
    cafe.limit(day_msat=1_000_000)
    by_key = Payer(account_id=cafe.id, user_id=cafe.user.pk, api_key_id=cafe.key().pk)
    cafe.pay(1, payer=by_key)
    assert (0, 1_000_000) == (allowance_of(cafe.payer).spent_msat, allowance_of(by_key).spent_msat)


def test_a_key_that_was_revoked_or_belongs_to_another_account_is_refused(cafe: Cafe) -> None:
    key = cafe.key()
    payer = Payer(account_id=cafe.id, api_key_id=key.pk)
    cafe.pay(1, payer=payer)
    ApiKey.objects.update(revoked_at=timezone.now())
    refused(KeyNotInForce, cafe.pay, 2, payer=payer)
    foreign = cafe.key("foreign", account_id=make_account("bakery").pk)
    refused(KeyNotInForce, cafe.pay, 2, payer=Payer(account_id=cafe.id, api_key_id=foreign.pk))


@pytest.mark.parametrize("role", [Role.PAYER, Role.OWNER])
def test_from_the_threshold_on_somebody_else_has_to_agree(cafe: Cafe, role: Role) -> None:
    cafe.need_approval_from(1_010_000)
    payer = cafe.as_payer(cafe.member("mia", role))
    refusal = refused(ApprovalNeeded, cafe.pay, 1, fee_limit_msat=10_000, payer=payer)
    assert (1_010_000, 1_010_000) == (refusal.needed_msat, refusal.threshold_msat)
    cafe.pay(1, fee_limit_msat=9_999, payer=payer)


def test_the_threshold_holds_for_keys(cafe: Cafe) -> None:
    cafe.need_approval_from(1_000_000)
    refused(ApprovalNeeded, cafe.pay, payer=Payer(account_id=cafe.id, api_key_id=cafe.key().pk))


def test_a_limit_is_told_before_the_threshold_because_no_approval_lifts_it(cafe: Cafe) -> None:
    cafe.need_approval_from(0)
    cafe.limit(day_msat=999_999)
    refused(AboveDayLimit, cafe.pay)


def test_the_same_wish_again_is_answered_with_its_payment_whatever_is_left(cafe: Cafe) -> None:
    cafe.limit(day_msat=1_000_000)
    assert [id_of(1), id_of(1)] == [cafe.pay(1), cafe.pay(1)]


@pytest.mark.django_db(transaction=True)
def test_a_hundred_at_once_keep_the_days_limit_exactly() -> None:
    cafe = Cafe()
    cafe.limit(day_msat=7_300_000)
    invoices = [invoice_number(number) for number in range(100)]

    def pay(number: int) -> str:
        return pay_invoice(invoices[number], payment_id=id_of(number), fee_limit_msat=0, payer=cafe.payer)

    answers = race(100, pay)
    assert (93, 7) == (answers.count("above_day_limit"), PaymentRecord.objects.count())
    assert 7 == EngineCommand.objects.count()
    assert (93_000_000, 7_000_000) == (cafe.balance_msat(Account.AVAILABLE), cafe.balance_msat(Account.HELD))


@pytest.mark.django_db(transaction=True)
def test_one_invoice_from_many_windows_at_once_is_one_payment_though_the_limit_is_used_up_by_it() -> None:
    cafe = Cafe()
    cafe.limit(day_msat=1_000_000)
    invoice = invoice_number(1)
    answers = race(8, lambda number: pay_invoice(invoice, payment_id=id_of(number), fee_limit_msat=0, payer=cafe.payer))
    assert {PaymentRecord.objects.get().payment_id} == set(answers)


def test_every_rule_is_a_refusal_of_one_family() -> None:
    family = {NotAMember, RoleCannotPay, KeyNotInForce, AbovePaymentLimit, AboveDayLimit, ApprovalNeeded}
    assert family == set(SpendingRefused.__subclasses__())
