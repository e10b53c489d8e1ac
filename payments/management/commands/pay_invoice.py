"""`manage.py pay_invoice TEXT`: pay, and wait for the end."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

from payments.lightning.payment.status import PaymentStatus
from payments.lightning.units import format_sat
from payments.management.answer_command import AnswerCommand, sat
from payments.management.commands.preview_route import path_fields, plan_lines
from payments.management.engine_wait import prepare_sandbox, wait_until
from payments.queries.payments import payment_page, payment_status_of
from payments.queries.shapes import AttemptShape, PaymentShape
from payments.services.dry_run import DryRun, dry_run
from payments.services.pay_invoice import pay_invoice

_TIMEOUT_S = 120
"""Twice as long as new routes are tried."""
_PAYMENT_ID_BYTES = 32


class Command(AnswerCommand[dict[str, Any]]):
    """Pay an invoice. Status 0 when it is paid; anything else says what it is and where the money is."""

    help = "Pay an invoice and wait until it is paid or has failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """TEXT and limits."""
        super().add_arguments(parser)
        parser.add_argument("text", help="an invoice")
        parser.add_argument("--amount-sat", dest="amount_msat", type=sat, help="for invoices that leave the amount open")
        parser.add_argument("--max-fee-sat", dest="fee_limit_msat", type=sat, help="default: 1 %% and 50 sat")
        parser.add_argument("--timeout-s", type=int, default=_TIMEOUT_S, help="wait so long; the payment itself goes on after that")
        parser.add_argument("--dry-run", action="store_true", help="look at everything that paying looks at, and send nothing")

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        """The payment as it is at the end, or after the time-out."""
        prepare_sandbox()
        wish = {"amount_msat": options["amount_msat"], "fee_limit_msat": options["fee_limit_msat"]}
        if options["dry_run"]:
            return _rehearsed(dry_run(options["text"], **wish))
        payment_id = pay_invoice(options["text"], payment_id=secrets.token_hex(_PAYMENT_ID_BYTES), **wish)
        wait_until(lambda: payment_status_of(payment_id).is_final, timeout_s=options["timeout_s"])
        payment = payment_page(payment_id, None)
        assert payment is not None
        return _fields(payment)

    def in_words(self, answer: dict[str, Any]) -> str:
        """Where the money is, and the proof when there is one."""
        if answer.get("is_dry_run") and self.is_yes(answer):
            return "\n".join([answer["message"], *plan_lines(answer)])
        if not self.is_yes(answer):
            return str(answer["message"])
        return (
            f"Paid {format_sat(answer['amount_msat'])} sat for a fee of {format_sat(answer['fee_paid_msat'])} sat.\n"
            f"Proof of payment: {answer['payment_preimage']}"
        )

    def is_yes(self, answer: dict[str, Any]) -> bool:
        """Only a payment in hand is a yes; of a dry run only that something would be sent."""
        return bool(answer["status"] == PaymentStatus.PAID) or bool(answer.get("would_send"))


def _rehearsed(found: DryRun) -> dict[str, Any]:
    return {
        "is_dry_run": True,
        "would_send": found.would_send,
        "payment_id": found.existing_payment_id,
        "status": PaymentStatus.FAILED if found.reason else None,
        "reason": found.reason or None,
        "message": found.sentence,
        "amount_msat": found.amount_msat,
        "fee_limit_msat": found.fee_limit_msat,
        "fee_msat": found.fee_msat,
        "total_cltv_expiry_delta": found.total_cltv_expiry_delta,
        "paths": [path_fields(path) for path in found.paths],
    }


def _fields(payment: PaymentShape) -> dict[str, object]:
    return {
        "payment_id": payment.payment_id,
        "payment_hash": payment.invoice.payment_hash,
        "status": payment.status,
        "reason": payment.reason or None,
        "message": f"{payment.headline} {payment.explanation}",
        "amount_msat": payment.amount_msat,
        "fee_limit_msat": payment.fee_limit_msat,
        "fee_paid_msat": payment.fee_paid_msat,
        "payment_preimage": payment.payment_preimage,
        "attempts": [_attempt(attempt) for attempt in payment.attempts],
    }


def _attempt(attempt: AttemptShape) -> dict[str, object]:
    return {
        "number": attempt.number,
        "state": attempt.state,
        "failure_code": attempt.failure_code or None,
        "failing_node": attempt.failing_node or None,
        "message": attempt.sentence,
        **path_fields(attempt.path),
    }
