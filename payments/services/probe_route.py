"""
Test a route without paying: the engine sends along it what nobody can be paid with, and the page tells how far it got.

Nothing here touches the ledger or the payments. What a test locks on its way comes back by itself.
"""

from __future__ import annotations

import re

from django.db import transaction

from payments.models import RouteTest
from payments.models.audit import AuditAction, SubjectKind
from payments.nodes.commands import ProbeRoute
from payments.queries.chosen_routes import chosen_route
from payments.queries.errors import AmountMissing
from payments.queries.terms import read_terms
from payments.services.command_engine import command_engine
from payments.services.errors import PaymentIdMalformed
from payments.services.note_audit import note_audit
from payments.services.note_change import note_change, probe_group

_REQUEST_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def probe_route(
    text: str,
    *,
    request_id: str,
    amount_msat: int | None = None,
    fee_limit_msat: int | None = None,
    user_id: int | None = None,
    route_token: str = "",
) -> str:
    """
    Ask the engine to test the route that paying this text would take now, and say under which id.

    request_id    16 bytes in hex, chosen by who asks; asking again with it changes nothing
    the others    as `pay_invoice` takes them

    raises   PaymentIdMalformed, InvoiceError's leaves, TermsError's leaves
    """
    if not _REQUEST_ID.fullmatch(request_id):
        raise PaymentIdMalformed
    terms = read_terms(text, amount_msat=amount_msat, fee_limit_msat=fee_limit_msat)
    if terms.amount_msat is None or terms.fee_limit_msat is None:
        raise AmountMissing
    invoice = terms.invoice.text
    wish = ProbeRoute(
        request_id=request_id,
        invoice=invoice,
        amount_msat=terms.amount_msat,
        fee_limit_msat=terms.fee_limit_msat,
        route=chosen_route(route_token, terms),
    )
    with transaction.atomic():
        _, is_new = RouteTest.objects.get_or_create(
            request_id=request_id, defaults={"invoice": invoice, "amount_msat": terms.amount_msat, "created_by_id": user_id}
        )
        if is_new:
            command_engine(wish)
            said = {"amount_msat": terms.amount_msat, "fee_limit_msat": terms.fee_limit_msat}
            note_audit(AuditAction.ROUTE_TESTED, SubjectKind.ROUTE_TEST, request_id, after=said)
            note_change(probe_group(request_id))
    return request_id
