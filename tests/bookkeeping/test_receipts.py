"""Receipts: what they say, that they hold anywhere, and that one changed bit is one too many."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.test import Client
from django.utils import timezone
from msgspec.structs import replace

from payments.ledger.accounts import HOUSE_ID
from payments.models import ApprovalRequest, AuditRecord, IncomingInvoice, MerchantAccount, PaymentRecord
from payments.services.installation_key import own_public_key
from payments.services.pay_invoice import pay_invoice
from payments.services.rates import add_rate
from payments.services.receipt_errors import ReceiptAltered, ReceiptContradicts, ReceiptForged, ReceiptMalformed
from payments.services.receipt_file import Receipt, check_receipt, encode_receipt, seal
from payments.services.receipts import receipt_of_invoice, receipt_of_payment
from tests.people import make_user
from tests.unit.commands.running import run
from tests.unit.queries.small_world import build
from tests.unit.services.wallet import FEE_MSAT, ID, PREIMAGE, fund, make_invoice, path_successful, sent, started, tell
from tests.web.markup import parse

pytestmark = pytest.mark.django_db
REQUEST_ID = "ab" * 16


@pytest.fixture
def paid(db: None) -> None:
    """A payment that is paid, at a rate that was known."""
    fund()
    build()
    MerchantAccount.objects.filter(pk=HOUSE_ID).update(currency="EUR")
    add_rate("EUR", "58000.12", valid_from=timezone.now())
    pay_invoice(make_invoice(), payment_id=ID)
    PaymentRecord.objects.update(created_by=make_user("pia"))
    tell(started(), path_successful(), sent())


def the_receipt() -> Receipt:
    receipt = receipt_of_payment(ID, [HOUSE_ID])
    assert receipt is not None
    return receipt


def the_file() -> bytes:
    return encode_receipt(the_receipt())


def refusal(data: bytes, public_key: str = "") -> type[Exception] | None:
    try:
        check_receipt(data, public_key=public_key)
    except (ReceiptMalformed, ReceiptAltered, ReceiptForged, ReceiptContradicts) as error:
        return type(error)
    return None


def test_it_says_everything_about_the_payment(paid: None) -> None:
    payment = PaymentRecord.objects.get()
    approver = make_user("anna")
    ApprovalRequest.objects.create(
        payment_id=ID,
        account_id=HOUSE_ID,
        invoice=payment.invoice,
        payment_hash=payment.payment_hash,
        payee=payment.payee,
        amount_msat=1_000_000,
        fee_limit_msat=0,
        created_by=make_user("paul"),
        expires_at=timezone.now(),
        state="approved",
        decided_by=approver,
        decided_at=timezone.now(),
    )
    receipt = the_receipt()
    figures = (receipt.amount_msat, receipt.fee_msat, receipt.parts, receipt.begun_by, receipt.approved_by, receipt.account)
    assert (1_000_000, FEE_MSAT, 1, "pia", "anna", "house") == figures
    assert (PREIMAGE.hex(), hashlib.sha256(PREIMAGE).hexdigest()) == (receipt.payment_preimage, receipt.payment_hash)
    assert receipt.rate is not None
    assert ("EUR", 5_800_012, 58) == (receipt.rate.currency, receipt.rate.minor_units_per_btc, receipt.rate.worth_minor_units)
    rows = AuditRecord.objects.filter(sequence__in=receipt.audit_rows).order_by("sequence").values_list("action", flat=True)
    assert ["payment begun", "payment paid"] == list(rows)
    assert 64 == len(receipt.route_digest)
    assert receipt == the_receipt() == check_receipt(encode_receipt(receipt))


def test_one_flipped_bit_anywhere_is_refused(paid: None) -> None:
    whole = the_file()
    assert None is refusal(whole)
    accepted = [
        (place, bit)
        for place in range(len(whole))
        for bit in range(8)
        if refusal(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :]) is None
    ]
    assert [] == accepted
    assert len(whole) > 1_500


def test_whatever_else_is_changed_is_refused_too(paid: None) -> None:
    whole, receipt = the_file(), the_receipt()
    for data in (b"", b"{}", b"[]", b"\xff", whole[:-1], whole + b"\n", whole + whole, whole.replace(b": ", b":"), b"\xef\xbb\xbf" + whole):
        assert ReceiptMalformed is refusal(data), data[:50]
    assert ReceiptAltered is refusal(encode_receipt(replace(receipt, amount_msat=2)))
    assert ReceiptForged is refusal(encode_receipt(replace(receipt, signature="00" * 64)))
    assert ReceiptForged is refusal(whole, public_key="11" * 32)
    for key in ("zz", "11"):
        assert ReceiptMalformed is refusal(whole, public_key=key)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("invoice", {"invoice": "lnbcrt1qqqq"}),
        ("payee", {"payee": "02" + "11" * 32}),
        ("payment hash", {"payment_hash": "11" * 32}),
        ("preimage", {"payment_preimage": "11" * 32}),
        ("description", {"description": "Two coffees"}),
        ("amount", {"amount_msat": 999_999}),
        ("fee", {"fee_msat": -1}),
    ],
)
def test_one_that_contradicts_itself_is_refused_even_if_we_signed_it(paid: None, field: str, change: dict[str, Any]) -> None:
    with pytest.raises(ReceiptContradicts) as error:
        check_receipt(encode_receipt(seal(replace(the_receipt(), **change))))
    assert field == error.value.field


def test_the_worth_follows_from_the_rate(paid: None) -> None:
    receipt = the_receipt()
    assert receipt.rate is not None
    with pytest.raises(ReceiptContradicts):
        check_receipt(encode_receipt(seal(replace(receipt, rate=replace(receipt.rate, worth_minor_units=59)))))


def test_the_command_needs_the_file_and_the_key_alone(paid: None, tmp_path: Path, settings: Any, django_db_blocker: Any) -> None:
    file, key = tmp_path / "receipt.json", own_public_key().hex()
    file.write_bytes(the_file())
    settings.LNWEB_NODE_SECRET = "the secret of another installation"
    with django_db_blocker.block():
        status, out, _err = run("verify_receipt", str(file), "--public-key", key)
        foreign = run("verify_receipt", str(file))
        missing = run("verify_receipt", str(tmp_path / "none"))
    assert (0, 1, 1) == (status, foreign[0], missing[0])
    for word in ("The receipt holds.", "house paid 1,000 sat", PREIMAGE.hex(), key, "recomputed from the invoice"):
        assert word in out
    assert "another installation" in foreign[2]


def test_page_and_file_are_of_the_payment(paid: None, visitor: Client, tmp_path: Path) -> None:
    page = parse(visitor.get(f"/payments/{ID}/receipt/").content)
    assert (PREIMAGE.hex(), hashlib.sha256(PREIMAGE).hexdigest()) == (
        page.one("code", id="preimage").text,
        page.one("code", id="preimage-hash").text,
    )
    for words in ("they are the same", "does not show by whom", "one bitcoin = 58,000.12", "by pia"):
        assert words in " ".join(page.text.split()).replace("\N{NO-BREAK SPACE}", " ")
    answer = visitor.get(f"/payments/{ID}/receipt/file/")
    assert "attachment" in answer["Content-Disposition"]
    assert the_receipt() == check_receipt(answer.content)
    assert the_receipt().digest in page.text


def test_what_is_not_paid_has_none(visitor: Client) -> None:
    fund()
    build()
    pay_invoice(make_invoice(), payment_id=ID)
    for address in (f"/payments/{ID}/receipt/", f"/payments/{ID}/receipt/file/"):
        answer = visitor.get(address)
        assert (409, True) == (answer.status_code, b"Only what is paid" in answer.content)
    assert 404 == visitor.get(f"/payments/{'e' * 64}/receipt/").status_code
    assert None is receipt_of_payment(ID, [])


def test_what_came_in_has_one_that_says_only_what_is_known(visitor: Client) -> None:
    text = make_invoice(2_000_000)
    IncomingInvoice.objects.create(
        request_id=REQUEST_ID,
        account_id=HOUSE_ID,
        amount_msat=2_000_000,
        expiry_s=600,
        invoice=text,
        state="paid",
        received_msat=2_000_001,
        created_at=timezone.now() - timedelta(minutes=1),
        paid_at=timezone.now(),
    )
    receipt = receipt_of_invoice(REQUEST_ID, [HOUSE_ID])
    assert receipt is not None
    assert ("in", "", 2_000_001, None) == (receipt.direction, receipt.payment_preimage, receipt.amount_msat, receipt.rate)
    assert receipt == check_receipt(encode_receipt(receipt))
    assert ReceiptContradicts is refusal(encode_receipt(seal(replace(receipt, amount_msat=1_999_999))))
    page = parse(visitor.get(f"/receive/{REQUEST_ID}/receipt/").content)
    assert "It does not show who paid" in page.text
    assert receipt == check_receipt(visitor.get(f"/receive/{REQUEST_ID}/receipt/file/").content)
    assert msgspec.json.decode(encode_receipt(receipt))["direction"] == "in"
