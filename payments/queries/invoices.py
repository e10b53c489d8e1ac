"""An invoice as pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from payments.lightning.ids import format_scid
from payments.lightning.invoice.invoice import HintHop, Invoice
from payments.lightning.wire.features import Features
from payments.queries.shapes import InvoiceShape


def invoice_shape(invoice: Invoice, *, names: Mapping[str, str]) -> InvoiceShape:
    """The fields of an invoice for people. names: of nodes, by key in hex."""
    payee = invoice.payee.hex()
    return InvoiceShape(
        text=invoice.text,
        network=invoice.network,
        payment_hash=invoice.payment_hash.hex(),
        payment_secret=invoice.payment_secret.hex(),
        amount_msat=invoice.amount_msat,
        payee=payee,
        payee_name=names.get(payee, ""),
        description=invoice.description or "",
        description_hash=None if invoice.description_hash is None else invoice.description_hash.hex(),
        created_at=datetime.fromtimestamp(invoice.created_at_s, tz=UTC),
        expires_at=datetime.fromtimestamp(invoice.expires_at_s, tz=UTC),
        expiry_s=invoice.expiry_s,
        min_final_cltv_expiry_delta=invoice.min_final_cltv_expiry_delta,
        features=feature_names(invoice),
        route_hints=tuple(tuple(_hop_line(hop, names) for hop in hint.hops) for hint in invoice.route_hints),
    )


def feature_names(invoice: Invoice) -> tuple[str, ...]:
    """What an invoice supports or requires, by BOLT 9's names."""
    return Features(sum(1 << number for number in invoice.features)).names()


def _hop_line(hop: HintHop, names: Mapping[str, str]) -> str:
    node_id = hop.node_id.hex()
    cost = f"{hop.fee_base_msat} msat + {hop.fee_proportional_millionths} ppm, {hop.cltv_expiry_delta} blocks"
    return f"{names.get(node_id) or node_id} · {format_scid(hop.short_channel_id)} · {cost}"
