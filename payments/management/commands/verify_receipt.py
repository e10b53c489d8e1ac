"""`manage.py verify_receipt FILE`: does a receipt hold, and what of it was checked?"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from payments.lightning.units import format_sat
from payments.management.answer_command import AnswerCommand
from payments.services.errors import FileUnusable
from payments.services.receipt_file import MOST_BYTES, Receipt, check_receipt


class Command(AnswerCommand[dict[str, Any]]):
    """Check a file's digest, signature, invoice, proof and figures; it needs no database and no network."""

    help = "Check a receipt that was downloaded: digest, signature, the invoice's own signature, the proof of payment, the figures."
    needs_tables = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE, and whose signature it must bear."""
        super().add_arguments(parser)
        parser.add_argument("file", type=Path)
        parser.add_argument("--public-key", default="", metavar="HEX", help="of the installation that gave it (this one's)")

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        """What it is about, and what was checked."""
        receipt = check_receipt(_read(options["file"]), public_key=options["public_key"])
        return {
            "direction": receipt.direction,
            "account": receipt.account,
            "id": receipt.id,
            "amount_msat": receipt.amount_msat,
            "fee_msat": receipt.fee_msat,
            "paid_at": receipt.paid_at,
            "public_key": receipt.public_key,
            "is_proof_there": bool(receipt.payment_preimage),
            "checked": _checked(receipt),
        }

    def in_words(self, answer: dict[str, Any]) -> str:
        """What it is about in a line, then what was checked."""
        verb = "paid" if answer["direction"] == "out" else "was paid"
        what = f"{answer['account']} {verb} {format_sat(answer['amount_msat'])} sat on {answer['paid_at']:%Y-%m-%d %H:%M:%S} UTC."
        return "\n".join(["The receipt holds.", what, *(f"- {line}" for line in answer["checked"])])


def _checked(receipt: Receipt) -> list[str]:
    proof = (
        f"The SHA-256 of the proof {receipt.payment_preimage} is the payment hash: whoever wrote the invoice has given it away."
        if receipt.payment_preimage
        else "There is no proof in it to check: the node that was paid keeps it to itself."
    )
    rate = f"What it was worth follows from the rate ({receipt.rate.currency})." if receipt.rate else "It names no rate."
    return [
        f"Not a letter was changed: the digest {receipt.digest} is that of all that it says.",
        f"It was signed with the key {receipt.public_key}.",
        f"The invoice was signed by {receipt.payee}: recomputed from the invoice's text.",
        f"Payment hash {receipt.payment_hash}, amount, payee and description are the invoice's.",
        proof,
        rate,
    ]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileUnusable(path=str(path), reason=error.strerror or "no reason given") from None
