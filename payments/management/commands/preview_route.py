"""`manage.py preview_route TEXT`: what paying an invoice would do now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import msgspec

from payments.lightning.units import format_sat
from payments.management.answer_command import AnswerCommand, Refused, sat
from payments.management.engine_wait import prepare_sandbox
from payments.queries.errors import AmountMissing
from payments.queries.preview import preview_payment
from payments.queries.shapes import HopShape, PathShape, PreviewShape

ROUTE_NOT_FOUND = "route_not_found"


class Command(AnswerCommand[dict[str, Any]]):
    """Plan a payment; nothing is sent and nothing is set aside."""

    help = "Show the route, the fee and the lock time that paying an invoice would take now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """TEXT and limits."""
        super().add_arguments(parser)
        parser.add_argument("text", help="an invoice")
        parser.add_argument("--amount-sat", dest="amount_msat", type=sat, help="for invoices that leave the amount open")
        parser.add_argument("--max-fee-sat", dest="fee_limit_msat", type=sat, help="default: 1 %% and 50 sat")

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        """The plan."""
        prepare_sandbox()
        preview = preview_payment(options["text"], amount_msat=options["amount_msat"], fee_limit_msat=options["fee_limit_msat"])
        if preview.amount_msat is None:
            raise AmountMissing
        if preview.no_route:
            raise Refused(ROUTE_NOT_FOUND, preview.no_route)
        return _fields(preview)

    def in_words(self, answer: dict[str, Any]) -> str:
        """One line a hop."""
        return "\n".join(plan_lines(answer))


def _fields(preview: PreviewShape) -> dict[str, object]:
    assert preview.first is not None
    return {
        "payment_hash": preview.invoice.payment_hash,
        "amount_msat": preview.amount_msat,
        "fee_msat": preview.first.fee_msat,
        "fee_limit_msat": preview.fee_limit_msat,
        "total_cltv_expiry_delta": preview.first.total_cltv_expiry_delta,
        "paths": [path_fields(path, is_planned=True) for path in preview.first.paths],
    }


def plan_lines(plan: dict[str, Any]) -> list[str]:
    """What would be sent, for people."""
    hops = (hop for path in plan["paths"] for hop in path["hops"])
    return [
        f"{format_sat(plan['amount_msat'])} sat, for a fee of {format_sat(plan['fee_msat'])} sat",
        *(f"  {hop['name'] or hop['node_id']} over {hop['short_channel_id']}: {format_sat(hop['amount_msat'])} sat" for hop in hops),
        f"locked for {plan['total_cltv_expiry_delta']} blocks at worst",
    ]


def path_fields(path: PathShape, *, is_planned: bool = False) -> dict[str, object]:
    """A path as programs read it; of a planned one also what is believed of it."""
    return {
        "amount_msat": path.amount_msat,
        "fee_msat": path.fee_msat,
        "total_cltv_expiry_delta": path.total_cltv_expiry_delta,
        "hops": [_hop(hop, is_planned=is_planned) for hop in path.hops],
    }


_PLANNED = ("fee_base_msat", "fee_proportional_msat", "capacity_msat", "believed_msat", "chance_permille", "penalty_msat")


def _hop(hop: HopShape, *, is_planned: bool) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(hop)
    hidden = ("state",) if is_planned else ("state", *_PLANNED)
    return {name: value for name, value in plain.items() if name not in hidden}
