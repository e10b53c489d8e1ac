"""The engine is killed a hundred times while payments are under way, also while it recovers from the kill before: nothing is lost."""

from __future__ import annotations

import hashlib
import random
import secrets
import time

import pytest

from payments.models import AttemptRecord, EngineCommand, EngineEvent, InvoiceRequest, PaymentRecord
from payments.queries.audit import audit
from payments.services.pay_invoice import pay_invoice
from payments.services.request_shop_invoice import request_shop_invoice
from tests.processes.engine import EngineProcess, eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.heavy, pytest.mark.timeout(3_600)]
KILLS = 100
PAYMENTS_A_KILL = 3
LONGEST_LIFE_S = 0.8
SEED = 20_261_122
SHOPS = ("aurora-coffee", "beacon-books", "cedar-cycles", "farpoint", "cellar-records", "granite-games")


def invoices(count: int, moments: random.Random) -> list[str]:
    """So many invoices, asked for together."""
    for number in range(count):
        request_shop_invoice(moments.choice(SHOPS), amount_msat=100_000 + number, description="", expiry_s=24 * 3_600)
    eventually(lambda: InvoiceRequest.objects.exclude(invoice="").count() == count, within_s=120)
    return list(InvoiceRequest.objects.values_list("invoice", flat=True))


def test_a_hundred_kills_break_no_law():
    moments = random.Random(SEED)
    with EngineProcess() as engine:
        waiting = invoices(KILLS * PAYMENTS_A_KILL, moments)
        for _ in range(KILLS):
            for _ in range(PAYMENTS_A_KILL):
                pay_invoice(waiting.pop(), payment_id=secrets.token_hex(32))
            time.sleep(moments.uniform(0, LONGEST_LIFE_S))  # the moment of the kill is what is tried here, not something that is waited for
            engine.kill()
            engine.start()
        eventually(lambda: not PaymentRecord.objects.exclude(status__in=("paid", "failed")).exists(), within_s=300)
        eventually(lambda: not AttemptRecord.objects.filter(state=AttemptRecord.State.SENT).exists(), within_s=300)
        eventually(lambda: not EngineEvent.objects.filter(handled_at__isnull=True).exists())
        assert 0 == engine.terminate()

    check_books()


def check_books() -> None:
    """Each payment ended once, with its proof when it was paid, and everything that is written about money agrees."""
    paid = PaymentRecord.objects.filter(status="paid")
    assert all(hashlib.sha256(bytes.fromhex(payment.payment_preimage)).hexdigest() == payment.payment_hash for payment in paid)
    assert KILLS * PAYMENTS_A_KILL == PaymentRecord.objects.count()
    assert paid.count() == EngineEvent.objects.filter(kind="PaymentSent").count()
    assert PaymentRecord.objects.filter(status="failed").count() == EngineEvent.objects.filter(kind="PaymentFailed").count()
    assert not EngineCommand.objects.filter(state=EngineCommand.State.QUEUED).exists()
    assert not AttemptRecord.objects.filter(state=AttemptRecord.State.SENT).exists()
    assert () == audit().differences
    assert paid.count() > KILLS * PAYMENTS_A_KILL // 2, "a line that is cut may cost a payment, not most of them"
