"""The shops of the sandbox, and the invoices that they were asked for."""

from __future__ import annotations

from datetime import UTC, datetime

from payments.lightning.invoice.bolt11 import decode
from payments.models import InvoiceRequest, NodeRecord
from payments.queries.shapes import ShopInvoiceShape, ShopShape
from payments.queries.wording import sentence_for_refused_request


def shops() -> tuple[ShopShape, ...]:
    """All shops by name. One statement."""
    return tuple(map(_shape, NodeRecord.objects.filter(role=NodeRecord.Role.SHOP).order_by("name")))


def shop(slug: str) -> ShopShape | None:
    """One shop; None when there is none of this name. One statement."""
    node = NodeRecord.objects.filter(role=NodeRecord.Role.SHOP, slug=slug).first()
    return None if node is None else _shape(node)


def shop_invoice(request_id: str) -> ShopInvoiceShape | None:
    """What a shop was asked for, and the invoice as soon as there is one. Two statements."""
    asked = InvoiceRequest.objects.filter(pk=request_id).first()
    chosen = None if asked is None else shop(asked.node)
    if asked is None or chosen is None:
        return None
    return ShopInvoiceShape(
        request_id=asked.request_id,
        shop=chosen,
        invoice=asked.invoice,
        amount_msat=asked.amount_msat,
        description=asked.description,
        expires_at=datetime.fromtimestamp(decode(asked.invoice).expires_at_s, tz=UTC) if asked.invoice else None,
        refusal=sentence_for_refused_request(asked.refusal),
    )


def _shape(node: NodeRecord) -> ShopShape:
    return ShopShape(name=node.name, slug=node.slug, node_id=node.node_id, sells=node.sells)
