"""Receipts of what was paid, made of the rows as they are: the same rows give the same receipt whenever it is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import msgspec

from payments.lightning.invoice.bolt11 import decode
from payments.models import ApprovalRequest, AttemptRecord, AuditRecord, IncomingInvoice, PaymentRecord, RateRecord
from payments.models.audit import SubjectKind
from payments.queries.currencies import worth
from payments.queries.network import names_of
from payments.services.receipt_errors import NotPaidYet
from payments.services.receipt_file import Receipt, ReceiptRate, seal

_SORTED = msgspec.json.Encoder(order="sorted")


def receipt_of_payment(payment_id: str, account_ids: Collection[int]) -> Receipt | None:
    """
    Of a payment of one of these accounts; None when they have none of this id.

    raises   NotPaidYet
    """
    payments = PaymentRecord.objects.select_related("account", "created_by", "created_by_key", "rate")
    payment = payments.filter(pk=payment_id, account_id__in=account_ids).first()
    if payment is None:
        return None
    if payment.status != "paid" or payment.resolved_at is None:
        raise NotPaidYet
    invoice = decode(payment.invoice)
    agreed = ApprovalRequest.objects.select_related("decided_by").filter(pk=payment_id, state=ApprovalRequest.State.APPROVED).first()
    parts, route_digest = _route(payment_id)
    key_name = "" if payment.created_by_key is None else payment.created_by_key.name
    return seal(
        Receipt(
            direction="out",
            account=payment.account.slug,
            account_name=payment.account.name,
            id=payment_id,
            payee=payment.payee,
            payee_name=names_of([payment.payee]).get(payment.payee, ""),
            description=invoice.description or "",
            invoice=invoice.text,
            payment_hash=payment.payment_hash,
            payment_preimage=payment.payment_preimage or "",
            amount_msat=payment.amount_msat,
            fee_msat=payment.fee_paid_msat or 0,
            rate=_rate(payment.rate, payment.amount_msat),
            begun_by=key_name if payment.created_by is None else payment.created_by.get_username(),
            approved_by="" if agreed is None or agreed.decided_by is None else agreed.decided_by.get_username(),
            begun_at=payment.created_at,
            approved_at=None if agreed is None else agreed.decided_at,
            paid_at=payment.resolved_at,
            parts=parts,
            route_digest=route_digest,
            audit_rows=_audit_rows(SubjectKind.PAYMENT, payment_id),
        )
    )


def receipt_of_invoice(request_id: str, account_ids: Collection[int]) -> Receipt | None:
    """
    Of an invoice of one of these accounts that was paid; None when they have none of this id.

    The proof is in it when another account of this node has paid: otherwise the node alone knows it.

    raises   NotPaidYet
    """
    invoices = IncomingInvoice.objects.select_related("account", "created_by", "rate", "paid_inside")
    asked = invoices.filter(pk=request_id, account_id__in=account_ids).first()
    if asked is None:
        return None
    if asked.state != IncomingInvoice.State.PAID or asked.paid_at is None or asked.received_msat is None:
        raise NotPaidYet
    invoice = decode(asked.invoice)
    payee = invoice.payee.hex()
    inside = asked.paid_inside
    return seal(
        Receipt(
            direction="in",
            account=asked.account.slug,
            account_name=asked.account.name,
            id=request_id,
            payee=payee,
            payee_name=names_of([payee]).get(payee, ""),
            description=invoice.description or "",
            invoice=invoice.text,
            payment_hash=invoice.payment_hash.hex(),
            payment_preimage="" if inside is None else inside.payment_preimage or "",
            amount_msat=asked.received_msat,
            fee_msat=0,
            rate=_rate(asked.rate, asked.received_msat),
            begun_by="" if asked.created_by is None else asked.created_by.get_username(),
            approved_by="",
            begun_at=asked.created_at,
            approved_at=None,
            paid_at=asked.paid_at,
            parts=0,
            route_digest="",
            audit_rows=_audit_rows(SubjectKind.INCOMING, request_id),
        )
    )


def _route(payment_id: str) -> tuple[int, str]:
    """How many parts arrived, and what stands for the paths that they took."""
    arrived = AttemptRecord.objects.filter(payment_id=payment_id, state=AttemptRecord.State.SUCCEEDED).order_by("number")
    paths = [list(row) for row in arrived.values_list("number", "amount_msat", "fee_msat", "path")]
    return len(paths), hashlib.sha256(_SORTED.encode(paths)).hexdigest() if paths else ""


def _rate(rate: RateRecord | None, amount_msat: int) -> ReceiptRate | None:
    if rate is None:
        return None
    return ReceiptRate(
        currency=rate.currency,
        minor_units_per_btc=rate.minor_units_per_btc,
        valid_from=rate.valid_from,
        source=rate.source,
        worth_minor_units=worth(amount_msat, rate.minor_units_per_btc),
    )


def _audit_rows(kind: SubjectKind, subject_id: str) -> tuple[int, ...]:
    return tuple(AuditRecord.objects.filter(subject=kind, subject_id=subject_id).order_by("sequence").values_list("sequence", flat=True))
