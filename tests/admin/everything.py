"""Rows of every kind that the admin shows, as many as wanted, each belonging to others of its own."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from django.db import transaction
from django.utils import timezone

from payments.ledger.accounts import Account
from payments.models import (
    AccountBalance,
    AccountEvent,
    ApiKey,
    ApprovalRequest,
    AttemptRecord,
    ChannelRecord,
    EngineCommand,
    EngineEvent,
    FaultRecord,
    GossipPast,
    IdempotentAnswer,
    IncomingInvoice,
    Invitation,
    InvoiceRequest,
    LedgerEntry,
    LedgerPosting,
    Membership,
    MerchantAccount,
    NodeRecord,
    PaymentRecord,
    RateRecord,
    RoleLimit,
    RouteDecision,
    RouteTest,
    Webhook,
    WebhookDelivery,
)
from payments.models.audit import AuditAction, SubjectKind
from payments.services.note_audit import note_audit
from tests.people import make_user
from tests.unit.services.wallet import started

SECRETS = {"token_hash": "token-hash", "key_hash": "key-hash", "secret": "signing-secret"}
"""What must never be seen, as it stands in the rows."""


def add_everything(number: int) -> None:
    """One row of each kind. Their figures agree with nothing."""
    now, later = timezone.now(), timezone.now() + timedelta(days=1)
    person, other = make_user(f"person {number}"), make_user(f"other {number}")
    account = MerchantAccount.objects.create(slug=f"shop-{number}", name=f"Shop {number}")
    Membership.objects.create(account=account, user=person, role="payer")
    RoleLimit.objects.create(account=account, role="payer", payment_msat=1_000)
    Invitation.objects.create(
        account=account, email="i@example.com", role="payer", token_hash=f"token-hash{number}", invited_by=person, expires_at=later
    )
    key = ApiKey.objects.create(
        account=account, name="till", prefix=f"ln_{number}", key_hash="key-hash", scopes=["read"], created_by=person
    )
    rate = RateRecord.objects.create(currency="EUR", minor_units_per_btc=5_800_012, valid_from=now, source=f"manual {number}")
    payment = _payment(number, account=account, created_by=person, created_by_key=key, rate=rate, expires_at=later)
    event = EngineEvent.objects.create(kind="PaymentPathStarted", body=msgspec.msgpack.encode(started(payment.pk)), handled_at=now)
    AttemptRecord.objects.create(payment=payment, number=1, path=[], amount_msat=1_000, fee_msat=10)
    entry = LedgerEntry.objects.create(key=f"hold:{payment.pk}", kind="hold", payment=payment, event=event, created_by=person)
    for name, amount_msat in ((Account.AVAILABLE, -1_500), (Account.HELD, 1_500)):
        LedgerPosting.objects.create(entry=entry, owner=account, account=name, amount_msat=amount_msat)
    AccountBalance.objects.create(owner=account, account=Account.HELD, balance_msat=1_500)
    RouteDecision.objects.create(event=event, payment=payment)
    _approval(payment, person, other)
    IncomingInvoice.objects.create(
        request_id=f"{number:032x}", account=account, expiry_s=60, created_by=person, payment_hash=f"{number:064x}"
    )
    _of_programs(number, account, person)
    _of_the_network(number, person)
    with transaction.atomic():
        note_audit(AuditAction.PAYMENT_BEGUN, SubjectKind.PAYMENT, payment.pk, after={"amount_msat": 1_000})


def _payment(number: int, **fields: object) -> PaymentRecord:
    key = f"{number:064x}"
    return PaymentRecord.objects.create(
        payment_id=key, payment_hash=key, invoice="lnbc", payee="02" * 33, amount_msat=1_000, fee_limit_msat=500, **fields
    )


def _approval(payment: PaymentRecord, person: object, other: object) -> None:
    ApprovalRequest.objects.create(
        payment_id=payment.pk,
        account=payment.account,
        invoice="lnbc",
        payment_hash=payment.payment_hash,
        payee="02" * 33,
        amount_msat=1_000,
        fee_limit_msat=500,
        created_by=person,
        decided_by=other,
        state="approved",
        expires_at=payment.expires_at,
    )


def _of_programs(number: int, account: MerchantAccount, person: object) -> None:
    told = AccountEvent.objects.create(account=account, kind="payment.paid", subject_id=f"{number:064x}", body={"amount_msat": 1_000})
    hook = Webhook.objects.create(account=account, url=f"https://example.com/{number}", secret="signing-secret", created_by=person)
    WebhookDelivery.objects.create(webhook=hook, event=told)
    IdempotentAnswer.objects.create(account=account, key=f"answer {number}", request_hash="00" * 32, status=200, body="{}")


def _of_the_network(number: int, person: object) -> None:
    ChannelRecord.objects.create(
        channel_id=f"{number:064x}",
        counterparty="02" * 33,
        capacity_sat=1_000,
        balance_msat=1_000,
        outbound_capacity_msat=1_000,
        next_outbound_htlc_limit_msat=1_000,
        next_outbound_htlc_minimum_msat=1,
        inbound_capacity_msat=0,
        is_usable=True,
        state="normal",
    )
    NodeRecord.objects.create(node_id=f"{number:066x}", name=f"Node {number}", slug=f"node-{number}", role="routing")
    FaultRecord.objects.create(name="slow", node=f"node-{number}")
    GossipPast.objects.create(key="policy 1x2x3 0", message=b"\x01", sequence=number, replaced_at=number + 1)
    InvoiceRequest.objects.create(request_id=f"{number:032x}", node="coffee", description="Tea", expiry_s=60)
    RouteTest.objects.create(request_id=f"{number:032x}", invoice="lnbc", amount_msat=1, created_by=person)
    EngineCommand.objects.create(kind="PayInvoice", arguments=b"", idempotency_key=f"command {number}")
