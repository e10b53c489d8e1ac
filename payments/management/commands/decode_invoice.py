"""`manage.py decode_invoice TEXT`: what an invoice says."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from payments.lightning.ids import format_scid
from payments.lightning.invoice.invoice import HintHop, Invoice
from payments.lightning.invoice.payment_uri import decode_pasted
from payments.lightning.units import format_sat
from payments.management.answer_command import AnswerCommand
from payments.queries.invoices import feature_names


class Command(AnswerCommand[dict[str, Any]]):
    """Read an invoice; whether it could be paid here and now is not asked."""

    needs_tables = False
    help = "Decode a BOLT 11 invoice, or say what is wrong with it and where."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """TEXT"""
        super().add_arguments(parser)
        parser.add_argument("text", help="an invoice, with or without lightning: before it")

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        """Every field."""
        return _fields(decode_pasted(options["text"]))

    def in_words(self, answer: dict[str, Any]) -> str:
        """The fields that people ask for, one a line."""
        amount = "the payer chooses" if answer["amount_msat"] is None else f"{format_sat(answer['amount_msat'])} sat"
        lines = {
            "Amount": amount,
            "Description": repr(answer["description"] if answer["description"] is not None else ""),
            "Payee": answer["payee"],
            "Payment hash": answer["payment_hash"],
            "Network": answer["network"],
            "Runs out": datetime.fromtimestamp(answer["created_at_s"] + answer["expiry_s"], tz=UTC).isoformat(),
            "Features": ", ".join(answer["features"]),
        }
        return "\n".join(f"{name}: {value}" for name, value in lines.items())


def _fields(invoice: Invoice) -> dict[str, object]:
    return {
        "network": invoice.network.value,
        "payment_hash": invoice.payment_hash.hex(),
        "payment_secret": invoice.payment_secret.hex(),
        "amount_msat": invoice.amount_msat,
        "payee": invoice.payee.hex(),
        "description": invoice.description,
        "description_hash": None if invoice.description_hash is None else invoice.description_hash.hex(),
        "created_at_s": invoice.created_at_s,
        "expiry_s": invoice.expiry_s,
        "min_final_cltv_expiry_delta": invoice.min_final_cltv_expiry_delta,
        "features": list(feature_names(invoice)),
        "route_hints": [[_hop(hop) for hop in hint.hops] for hint in invoice.route_hints],
        "fallback_addresses": list(invoice.fallback_addresses),
        "warnings": list(invoice.warnings),
    }


def _hop(hop: HintHop) -> dict[str, object]:
    return {
        "node_id": hop.node_id.hex(),
        "short_channel_id": format_scid(hop.short_channel_id),
        "fee_base_msat": hop.fee_base_msat,
        "fee_proportional_millionths": hop.fee_proportional_millionths,
        "cltv_expiry_delta": hop.cltv_expiry_delta,
    }
