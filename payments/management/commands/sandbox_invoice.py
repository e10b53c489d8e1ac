"""`manage.py sandbox_invoice SHOP`: an invoice to pay."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from payments.management.answer_command import AnswerCommand, Refused, sat
from payments.management.engine_wait import prepare_sandbox, wait_until
from payments.queries.shapes import ShopInvoiceShape
from payments.queries.shops import shop_invoice
from payments.services.request_shop_invoice import request_shop_invoice

_TIMEOUT_S = 60


class Command(AnswerCommand[dict[str, Any]]):
    """Ask a shop of the sandbox for an invoice and print it alone."""

    help = "Let a shop of the sandbox make an invoice, and print it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """SHOP and the invoice's terms."""
        super().add_arguments(parser)
        parser.add_argument("shop", help="a shop's short name, as `sandbox_nodes` lists it")
        parser.add_argument("--amount-sat", dest="amount_msat", type=sat, help="default: the payer chooses")
        parser.add_argument("--description", default="")
        parser.add_argument("--expiry-s", type=int, default=3_600)

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        """The invoice, as soon as the shop's node has made it."""
        prepare_sandbox()
        request_id = request_shop_invoice(
            options["shop"],
            amount_msat=options["amount_msat"],
            description=options["description"],
            expiry_s=options["expiry_s"],
        )
        wait_until(lambda: _is_answered(shop_invoice(request_id)), timeout_s=_TIMEOUT_S)
        asked = shop_invoice(request_id)
        if asked is None or not asked.invoice:
            raise Refused("invoice_not_made", (asked.refusal if asked else "") or "The shop's node has not answered. Try again.")
        return {"request_id": request_id, "invoice": asked.invoice, "amount_msat": asked.amount_msat, "description": asked.description}

    def in_words(self, answer: dict[str, Any]) -> str:
        """The invoice and nothing else, for a pipe."""
        return str(answer["invoice"])


def _is_answered(asked: ShopInvoiceShape | None) -> bool:
    return asked is not None and bool(asked.invoice or asked.refusal)
