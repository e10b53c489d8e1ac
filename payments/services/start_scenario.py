"""Begin a story: clear what went wrong before, let its own things go wrong, and ask its shop for an invoice, all in one commit."""

from __future__ import annotations

from django.db import transaction

from payments.services.clear_faults import clear_faults
from payments.services.errors import UnknownScenario
from payments.services.request_shop_invoice import request_shop_invoice
from payments.services.scenarios import scenario
from payments.services.set_fault import set_fault


def start_scenario(slug: str) -> str:
    """
    Queue everything and return the id of the request for the invoice.

    raises   UnknownScenario; UnknownShop while the sandbox has not started
    """
    chosen = scenario(slug)
    if chosen is None:
        raise UnknownScenario(slug=slug)
    with transaction.atomic():
        clear_faults()
        for trouble in chosen.troubles:
            set_fault(trouble.name, node=trouble.node, settings=trouble.settings)
        return request_shop_invoice(chosen.shop, amount_msat=chosen.amount_msat, description=chosen.description, expiry_s=chosen.expiry_s)
