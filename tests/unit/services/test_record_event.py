from __future__ import annotations

import msgspec
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from payments.ledger.accounts import HOUSE_ID, Account
from payments.lightning.events import PaymentClaimed, PaymentForwarded, PaymentSent
from payments.lightning.ids import PaymentPreimage, format_scid
from payments.models import (
    AccountBalance,
    AttemptRecord,
    ChainRecord,
    ChangeRecord,
    EngineEvent,
    LedgerEntry,
    LedgerPosting,
    PaymentRecord,
)
from payments.queries.audit import audit
from payments.services.pay_invoice import pay_invoice
from payments.services.record_event import handle_pending_events, record_event
from payments.services.stop_payment import stop_payment
from tests.unit.services.wallet import (
    CHANNEL,
    FEE_MSAT,
    ID,
    NEXT_SCID,
    PREIMAGE,
    failed,
    fund,
    hash_of,
    make_invoice,
    path_failed,
    path_successful,
    sent,
    started,
    store,
    tell,
)

pytestmark = pytest.mark.django_db
BALANCE = f"balance.{HOUSE_ID}"


@pytest.fixture
def under_way():
    """Ten million msat in a channel, and a payment of one million that has just begun."""
    fund(10_000_000)
    ChainRecord.objects.create(height=800_000)
    pay_invoice(make_invoice(1_000_000), payment_id=ID, fee_limit_msat=20_000)


def status() -> str:
    return PaymentRecord.objects.get().status


def balance(account: Account) -> int:
    return AccountBalance.objects.get(account=account).balance_msat


def differences() -> tuple[str, ...]:
    """What the audit finds, but for the channels, which these tests do not have."""
    return tuple(line for line in audit().differences if not line.startswith("The ledger says that our channels"))


def snapshot() -> list[object]:
    """Everything that an event can change."""
    models = (PaymentRecord, AttemptRecord, LedgerEntry, LedgerPosting, AccountBalance)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_payment_goes_from_checking_over_sending_to_paid(under_way) -> None:
    assert "checking" == status()
    tell(started())
    assert "sending" == status()
    tell(path_failed())
    assert "sending" == status()
    tell(started(number=2), sent())
    assert "paid" == status()
    tell(path_successful(number=2))

    payment = PaymentRecord.objects.get()
    assert (PREIMAGE.hex(), FEE_MSAT) == (payment.payment_preimage, payment.fee_paid_msat)
    assert payment.first_sent_at < payment.resolved_at
    assert ["failed", "succeeded"] == list(AttemptRecord.objects.order_by("number").values_list("state", flat=True))
    assert (10_000_000 - 1_000_000 - FEE_MSAT, 0) == (balance(Account.AVAILABLE), balance(Account.HELD))
    assert (1_000_000, FEE_MSAT) == (balance(Account.PAYMENTS_MADE), balance(Account.FEES_PAID))
    assert () == differences()


def test_an_attempt_keeps_its_path_and_the_block_by_which_it_ends(under_way) -> None:
    tell(started(), path_failed(code=0x1007, failing_hop=0))
    attempt = AttemptRecord.objects.get()
    assert (1_000_000, FEE_MSAT, 800_061) == (attempt.amount_msat, attempt.fee_msat, attempt.expiry_height)
    assert [1_001_100, 1_000_000] == [hop["amount_msat"] for hop in attempt.path]
    assert (0x1007, 0, format_scid(NEXT_SCID)) == (attempt.failure_code, attempt.failing_hop, attempt.blamed_short_channel_id)


def test_a_failed_payment_gives_its_money_back(under_way) -> None:
    tell(started(), path_failed(), failed())
    assert ("failed", "retries_exhausted") == (status(), PaymentRecord.objects.get().reason)
    assert (10_000_000, 0) == (balance(Account.AVAILABLE), balance(Account.HELD))
    assert () == differences()


def test_every_event_told_again_changes_nothing(under_way) -> None:
    story = (started(), path_failed(), started(number=2), sent(), path_successful(number=2))
    tell(*story)
    before = snapshot()
    tell(*story)
    tell(*reversed(story))
    assert before == snapshot()
    assert () == differences()


def test_handling_the_same_row_again_does_nothing(under_way) -> None:
    tell(started())
    before = snapshot()
    assert not record_event(EngineEvent.objects.order_by("id").last())
    assert 0 == handle_pending_events()
    assert before == snapshot()


def test_what_waits_is_handled_in_portions_and_in_order(under_way, monkeypatch) -> None:
    monkeypatch.setattr("payments.services.record_event.MOST_AT_ONCE", 2)
    store(started(), path_failed(), started(number=2), sent(), path_successful(number=2))
    assert 5 == handle_pending_events()
    assert ("paid", 0) == (status(), EngineEvent.objects.filter(handled_at__isnull=True).count())
    assert () == differences()


def test_many_payments_take_no_more_statements_than_one() -> None:
    fund(10_000_000)
    taken = []
    for count in (1, 8):
        ids = [f"{count}{number}" * 32 for number in range(count)]
        for payment_id in ids:
            preimage = bytes.fromhex(payment_id)
            pay_invoice(make_invoice(1_000, preimage=preimage), payment_id=payment_id, fee_limit_msat=2_000)
        store(*[started(payment_id, amount_msat=1_000) for payment_id in ids], *[failed(payment_id) for payment_id in ids])
        with CaptureQueriesContext(connection) as statements:
            assert 2 * count == handle_pending_events()
        taken.append(len(statements))
    assert taken[0] == taken[1]
    assert {"failed"} == set(PaymentRecord.objects.values_list("status", flat=True))
    assert (10_000_000, 0) == (balance(Account.AVAILABLE), balance(Account.HELD))
    assert () == differences()


def test_a_failure_told_after_the_success_is_ignored(under_way) -> None:
    tell(started(), sent())
    before = snapshot()
    tell(failed())
    assert before == snapshot()


def test_a_part_that_comes_back_after_the_proof_is_ours_again(under_way) -> None:
    tell(started(), sent(), path_failed())

    assert "paid" == status()
    assert (0, 0) == (balance(Account.PAYMENTS_MADE), balance(Account.FEES_PAID))
    assert 10_000_000 == balance(Account.AVAILABLE)


def test_a_success_told_after_the_failure_is_paid_and_an_alarm(under_way) -> None:
    tell(started(), path_failed(), failed(), sent())
    assert "paid" == status()
    assert -(1_000_000 + FEE_MSAT) == balance(Account.OVERRUN)
    assert f"Payments took {1_000_000 + FEE_MSAT} msat more than was set aside for them." in differences()


def test_a_fee_above_the_limit_is_never_silent(under_way) -> None:
    tell(started(), sent(fee_paid_msat=20_500))
    assert (8_980_000, -500) == (balance(Account.AVAILABLE), balance(Account.OVERRUN))
    assert ("Payments took 500 msat more than was set aside for them.",) == differences()


def test_a_preimage_that_proves_nothing_stops_the_line_and_changes_nothing(under_way) -> None:
    lie = PaymentSent(
        payment_id=bytes.fromhex(ID),
        payment_preimage=PaymentPreimage(bytes(32)),
        payment_hash=hash_of(PREIMAGE),
        amount_msat=1,
        fee_paid_msat=0,
    )
    store(started(), lie, path_failed())
    before = snapshot()
    with pytest.raises(AssertionError):
        handle_pending_events()
    assert 2 == EngineEvent.objects.filter(handled_at__isnull=True).count()
    assert before[2:] == snapshot()[2:]
    assert ("sending", None) == (status(), PaymentRecord.objects.get().payment_preimage)


def test_somebodys_wish_to_stop_shows_while_money_is_out(under_way) -> None:
    tell(started())
    assert stop_payment(ID)
    assert "stopping" == status()
    tell(path_failed())
    assert "sending" == status(), "with nothing out it has failed when the engine says so and not before"
    tell(failed())
    assert "failed" == status()


def test_an_unheard_of_payment_breaks_nothing(under_way) -> None:
    tell(started("cc" * 32), path_failed("cc" * 32), failed("cc" * 32))
    assert (1, 0) == (PaymentRecord.objects.count(), AttemptRecord.objects.count())
    assert () == differences()


def test_money_that_comes_in_is_available() -> None:
    fund(1_000)
    tell(
        PaymentClaimed(payment_hash=hash_of(b"in"), amount_msat=700),
        PaymentForwarded(
            payment_hash=hash_of(b"on"),
            prev_channel_id=CHANNEL,
            prev_htlc_id=4,
            next_channel_id=CHANNEL,
            total_fee_earned_msat=30,
            outbound_amount_forwarded_msat=9_000,
        ),
    )
    assert (1_730, -700, -30) == (balance(Account.AVAILABLE), balance(Account.RECEIVED), balance(Account.FORWARDING_INCOME))
    assert () == differences()


def test_the_entry_names_the_event_that_caused_it(under_way) -> None:
    tell(started(), sent())
    entry = LedgerEntry.objects.get(kind="settle")
    assert ("PaymentSent", ID, f"settle:{ID}") == (entry.event.kind, entry.payment_id, entry.key)


def test_pages_hear_of_the_payment_and_of_the_balance_only_when_they_changed(under_way) -> None:
    groups = dict(ChangeRecord.objects.values_list("group", "sequence"))
    tell(started())
    after = dict(ChangeRecord.objects.values_list("group", "sequence"))
    assert (groups[BALANCE], True) == (after[BALANCE], after[f"payment.{ID}"] > groups[f"payment.{ID}"])
    tell(sent())
    assert ChangeRecord.objects.get(group=BALANCE).sequence > after[BALANCE]


@pytest.mark.parametrize(
    "break_it",
    [
        lambda: LedgerPosting.objects.update(amount_msat=5),
        lambda: LedgerPosting.objects.all()._raw_delete("default"),
        lambda: LedgerEntry.objects.update(key="x"),
        lambda: LedgerEntry.objects.all()._raw_delete("default"),
        lambda: EngineEvent.objects.update(body=msgspec.msgpack.encode(None)),
        lambda: EngineEvent.objects.all()._raw_delete("default"),
        lambda: PaymentRecord.objects.update(status="paid"),
        lambda: PaymentRecord.objects.update(amount_msat=0),
        lambda: PaymentRecord.objects.update(fee_limit_msat=-1),
        lambda: AccountBalance.objects.filter(account=Account.HELD).update(balance_msat=-1),
        lambda: LedgerPosting.objects.create(entry=LedgerEntry.objects.first(), owner_id=1, account=Account.OVERRUN, amount_msat=0),
    ],
)
def test_the_database_itself_refuses(under_way, break_it) -> None:
    before = snapshot()
    with pytest.raises(IntegrityError), transaction.atomic():
        break_it()
    assert before == snapshot()


def test_rows_of_the_ledger_refuse_to_be_saved_again_or_deleted(under_way) -> None:
    for row in (LedgerEntry.objects.first(), LedgerPosting.objects.first(), EngineEvent.objects.first()):
        with pytest.raises(ValueError):
            row.save()
        with pytest.raises(ValueError):
            row.delete()
