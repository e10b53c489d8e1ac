"""The engine is killed in the middle of payments: afterwards each has ended once, and the books agree with the channels."""

from __future__ import annotations

import hashlib
import random
import secrets
import time
from io import StringIO

import pytest
from django.core.management import call_command

from payments.models import EngineCommand, EngineEvent, InvoiceRequest, PaymentRecord
from payments.services.pay_invoice import pay_invoice
from payments.services.request_shop_invoice import request_shop_invoice
from tests.processes.engine import EngineProcess, eventually

pytestmark = pytest.mark.django_db(transaction=True)
KILLS = 20
SEED = 20_261_122


def invoice_from(shop: str, amount_sat: int) -> str:
    request_id = request_shop_invoice(shop, amount_msat=amount_sat * 1_000, description="", expiry_s=3_600)
    eventually(lambda: InvoiceRequest.objects.get(pk=request_id).state != InvoiceRequest.State.REQUESTED)
    return InvoiceRequest.objects.get(pk=request_id).invoice


def is_over(payment_id: str) -> bool:
    return PaymentRecord.objects.get(pk=payment_id).status in {"paid", "failed"}


@pytest.mark.timeout(300)
def test_a_payment_survives_the_engine_being_killed_at_any_moment():
    moments = random.Random(SEED)
    payment_ids = []
    with EngineProcess() as engine:
        for number in range(KILLS):
            shop = moments.choice(["aurora-coffee", "beacon-books", "farpoint", "cellar-records"])
            text = invoice_from(shop, 1_000 + number)
            payment_ids.append(pay_invoice(text, payment_id=secrets.token_hex(32)))
            time.sleep(moments.uniform(0, 0.5))  # the moment of the kill is what is tried here, not something that is waited for
            engine.kill()
            engine.start()
            eventually(lambda: is_over(payment_ids[-1]))
        eventually(lambda: not EngineCommand.objects.filter(state=EngineCommand.State.QUEUED).exists())
        assert 0 == engine.terminate()

    payments = PaymentRecord.objects.filter(pk__in=payment_ids)
    paid = payments.filter(status="paid")
    assert all(hashlib.sha256(bytes.fromhex(payment.payment_preimage)).hexdigest() == payment.payment_hash for payment in paid)
    assert paid.count() == EngineEvent.objects.filter(kind="PaymentSent").count()
    assert KILLS - paid.count() == EngineEvent.objects.filter(kind="PaymentFailed").count()
    assert paid.count() > KILLS // 2, "a line that is cut may cost a payment, not most of them"
    call_command("audit_ledger", stdout=StringIO())


def test_a_second_engine_is_refused_in_a_sentence():
    with EngineProcess(), pytest.raises(AssertionError, match="already"):
        EngineProcess().start()


def test_sigterm_ends_it_with_status_0():
    with EngineProcess() as engine:
        assert 0 == engine.terminate()
