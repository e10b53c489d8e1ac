"""
The API against its own description: whatever a program sends, and with whatever key, the answer is one that the description allows.

Schemathesis makes up requests from the description, sound ones and broken ones, and compares the answers with it; nothing leaves this
process. Sound ones also get the texts and numbers of things that are there, which nobody finds by guessing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from payments.access.addresses import API
from payments.access.scopes import Scope
from payments.api.app import api
from payments.models import IncomingInvoice
from payments.queries.spending import Payer
from payments.services.pay_invoice import pay_invoice
from tests.unit.services.wallet import ID, fund, make_invoice
from tests.web.test_api import Shop

pytestmark = pytest.mark.django_db


def without_keys(described: dict[str, Any]) -> dict[str, Any]:
    """Nothing of keys: which one a request comes with is chosen here, and not made up."""
    for address in described["paths"].values():
        for operation in address.values():
            operation.pop("security")
    return described


DESCRIPTION = schemathesis.openapi.from_dict(without_keys(json.loads(json.dumps(api.get_openapi_schema()))))
DESCRIPTION.app = get_wsgi_application()
OPERATIONS = {found.ok().label: found.ok() for found in DESCRIPTION.get_all_operations()}
EXAMPLES = 20
"""Of each operation, with each key, of each sort."""
ALWAYS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
KEYS = [*((scope,) for scope in Scope), tuple(Scope), ()]
"""Each scope alone, all of them, and no key."""
INVOICE_ID = "ab" * 16
NAMED = {"POST /api/v1/payments"}
"""Whose wishes have names."""
SUCCESS = {"POST /api/v1/payments": 201, "POST /api/v1/invoices": 201, "POST /api/v1/invoices/{invoice_id}/cancel": 202}
"""The others answer 200."""
TEXTS = [
    *(make_invoice(amount_msat, preimage=bytes([number]) * 32) for number, amount_msat in enumerate((1_000, None, 10_000_000, 2**40), 20)),
    make_invoice(),
    "lightning:" + make_invoice(preimage=b"\x30" * 32).upper(),
    make_invoice(preimage=b"\x31" * 32, created_at_s=1_600_000_000),
]


@pytest.fixture
def shop(settings: Any, tmp_path: Path) -> Iterator[Shop]:
    """An account with money, a payment and an invoice."""
    settings.LNWEB_STATE_DIR = tmp_path
    fund(50_000_000)
    shop = Shop("tea-house", funds_msat=20_000_000)
    pay_invoice(make_invoice(), payment_id=ID, payer=Payer(account_id=shop.account.pk))
    IncomingInvoice.objects.create(
        request_id=INVOICE_ID, account=shop.account, expiry_s=60, state="open", invoice="lnbcrt1", payment_hash="0" * 64
    )
    logging.disable(logging.CRITICAL)  # thousands of refusals
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)  # as Django's own test client does: the test's transaction is on that connection
    yield shop
    for signal in signals:
        signal.connect(close_old_connections)
    logging.disable(logging.NOTSET)


def make_real(case: Any, data: Any) -> None:
    """Put in what is there, in some of the requests."""
    if isinstance(case.body, dict) and "text" in case.body and data.draw(st.booleans()):
        others = {} if data.draw(st.booleans()) else case.body  # made-up amounts rarely fit
        case.body = {**others, "text": data.draw(st.sampled_from(TEXTS))}
    for name, known in (("payment_id", ID), ("invoice_id", INVOICE_ID)):
        if name in case.path_parameters and data.draw(st.booleans()):
            case.path_parameters[name] = known
    if case.operation.label in NAMED and data.draw(st.booleans()):
        case.headers = {**(case.headers or {}), "Idempotency-Key": f"order {data.draw(st.integers(1, 1_000))}"}


def ask(shop: Shop, label: str, scopes: tuple[Scope, ...], mode: GenerationMode) -> set[int]:
    """Send many requests of one sort, each of which must be answered as described; what was answered."""
    headers = {"Authorization": f"Bearer {shop.key(*scopes)}"} if scopes else {}
    statuses: set[int] = set()

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=HealthCheck
    )
    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode), data=st.data())
    def send(case: Any, data: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            make_real(case, data)
        case.headers = {**(case.headers or {}), **headers}
        answer = case.call()
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=ALWAYS if mode is GenerationMode.POSITIVE else [*ALWAYS, negative_data_rejection])

    send()
    return statuses


def test_every_address_is_described() -> None:
    assert {f"{method} /api/v1{path}" for method, path in API} == set(OPERATIONS)


@pytest.mark.parametrize("scopes", KEYS, ids=lambda scopes: "+".join(scopes) or "none")
@pytest.mark.parametrize("label", OPERATIONS)
def test_what_is_asked_soundly_is_answered_as_described(shop: Shop, label: str, scopes: tuple[Scope, ...]) -> None:
    statuses = ask(shop, label, scopes, GenerationMode.POSITIVE)

    method, _, path = label.partition(" /api/v1")
    if not scopes:
        assert {401} == statuses
    elif API[method, path].isdisjoint(scopes):
        assert {403} == statuses
    else:
        assert SUCCESS.get(label, 200) in statuses, "nothing that was asked came about: then little was tried"


@pytest.mark.parametrize("label", sorted(set(OPERATIONS) - {"GET /api/v1/balance"}))  # which takes nothing that could be broken
def test_what_is_asked_brokenly_is_answered_as_described(shop: Shop, label: str) -> None:
    assert {400} <= ask(shop, label, tuple(Scope), GenerationMode.NEGATIVE)
