"""Begin a story: clear what went wrong before, let its own things go wrong, and ask its shop for an invoice, all in one commit."""

from __future__ import annotations

from django.db import transaction

from payments.models.audit import AuditAction, SubjectKind
from payments.services.clear_faults import queue_clear
from payments.services.errors import UnknownScenario
from payments.services.note_audit import note_audit
from payments.services.note_change import FAULTS, invoice_group, note_change
from payments.services.request_shop_invoice import queue_shop_invoice
from payments.services.scenarios import scenario
from payments.services.set_fault import queue_fault


def start_scenario(slug: str) -> str:
    """
    Queue everything and return the id of the request for the invoice.

    raises   UnknownScenario; UnknownShop while the sandbox has not started
    """
    chosen = scenario(slug)
    if chosen is None:
        raise UnknownScenario(slug=slug)
    with transaction.atomic():
        queue_clear()
        for trouble in chosen.troubles:
            queue_fault(trouble.name, node=trouble.node, settings=trouble.settings)
        request_id = queue_shop_invoice(
            chosen.shop, amount_msat=chosen.amount_msat, description=chosen.description, expiry_s=chosen.expiry_s
        )
        note_audit(AuditAction.SCENARIO_STARTED, SubjectKind.SCENARIO, slug, after={"invoice": request_id})
        note_change(FAULTS, invoice_group(request_id))
    return request_id
