"""The API's addresses. Each says which scopes open it; what each does is a query or a service that pages use too."""

from __future__ import annotations

from typing import Annotated

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Header, Path, Query, Status

from payments.access.scopes import Scope
from payments.api import schemas
from payments.api.bodies import StrictParser
from payments.api.description import DescribedAPI
from payments.api.keys import account_id_of, for_scopes, key_of
from payments.api.problems import Problem, catch_problems
from payments.queries.account_log import events_after
from payments.queries.account_objects import PaymentObject, find_invoice, find_invoices, find_payment, find_payments
from payments.queries.balances import balance
from payments.queries.invoices import invoice_shape
from payments.queries.preview import preview_payment
from payments.queries.shapes import PreviewShape
from payments.queries.spending import Payer
from payments.queries.terms import read_terms
from payments.services.idempotent_answers import answer_once, payment_id_for
from payments.services.incoming_invoices import cancel_invoice, request_invoice
from payments.services.pay_invoice import pay_invoice

MOST_AT_ONCE = 100
_DESCRIPTION = """
Amounts are whole millisatoshi (msat). Send a key of your account as `Authorization: Bearer lnw_…`; owners make keys on the page “API”.
Paying needs an `Idempotency-Key` header: the same key with the same body pays once and is answered the same for ever.
A time-out or a 5xx says nothing about a payment: ask for it by its id, or repeat the request with the same key.
Everything that goes wrong is `application/problem+json` with a stable `code`.
"""
_HAS_A_PAYMENT = "This invoice is being paid, or was paid, by another request of this account. Nothing was begun: ask for that payment."
_PROBLEMS = {400: schemas.ProblemOut, 401: schemas.ProblemOut, 403: schemas.ProblemOut}
_AND_MISSING = {**_PROBLEMS, 404: schemas.ProblemOut}
Limit = Annotated[int, Query(ge=1, le=MOST_AT_ONCE)]
Before = Annotated[str | None, Query(max_length=64)]
PaymentId = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
InvoiceId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
WishName = Annotated[str | None, Header(alias="Idempotency-Key")]

api = DescribedAPI(
    title="lnweb",
    version="1",
    description=_DESCRIPTION,
    docs_url=None,  # its page loads scripts from elsewhere, which our pages forbid; openapi.json is there
    urls_namespace="api",
    parser=StrictParser(),
)
catch_problems(api)


@api.post(
    "/decode",
    response={200: schemas.DecodedOut, **_PROBLEMS},
    url_name="decode",
    summary="Read an invoice",
    auth=for_scopes(Scope.READ, Scope.PAY),
)
def decode(request: HttpRequest, wish: schemas.TextIn) -> object:
    """What an invoice says, after every check that paying makes."""
    del request
    return invoice_shape(read_terms(wish.text, amount_msat=None, fee_limit_msat=None).invoice, names={})


@api.post(
    "/preview",
    response={200: schemas.PreviewOut, **_PROBLEMS},
    url_name="preview",
    summary="What paying would do now",
    auth=for_scopes(Scope.READ, Scope.PAY),
)
def preview(request: HttpRequest, wish: schemas.PayIn) -> object:
    """Routes with fee and chance, found by the code that sends. Nothing is reserved."""
    account_id = account_id_of(request)
    limits = {"amount_msat": wish.amount_msat, "fee_limit_msat": wish.fee_limit_msat}
    return _preview(preview_payment(wish.text, **limits, account_id=account_id))


@api.post(
    "/payments",
    response={201: schemas.PaymentOut, **_PROBLEMS, 402: schemas.ProblemOut, 409: schemas.ProblemOut, 422: schemas.ProblemOut},
    url_name="payments",
    summary="Pay an invoice",
    auth=for_scopes(Scope.PAY),
)
def pay(request: HttpRequest, wish: schemas.PayIn, idempotency_key: WishName = None) -> HttpResponse:
    """Begin a payment. 201 says that it is under way, not that it is paid: ask for it by its id, or listen to events."""
    key = key_of(request)
    payer, wished_id = Payer(account_id=key.account_id, api_key_id=key.id), payment_id_for(key.account_id, idempotency_key or "")

    def begin() -> tuple[int, str]:
        payment_id = pay_invoice(
            wish.text,
            payment_id=wished_id,
            amount_msat=wish.amount_msat,
            fee_limit_msat=wish.fee_limit_msat,
            payer=payer,
        )
        if payment_id != wished_id:
            raise Problem(status=409, code="invoice_has_a_payment", detail=_HAS_A_PAYMENT, payment_id=payment_id)
        return 201, msgspec.json.encode(_payment(key.account_id, payment_id)).decode()

    status, body = answer_once(key.account_id, idempotency_key, _wish_bytes(request), begin)
    return HttpResponse(body, status=status, content_type="application/json")


@api.get(
    "/payments",
    response={200: schemas.PaymentsOut, **_PROBLEMS},
    url_name="payments",
    summary="Payments, the newest first",
    auth=for_scopes(Scope.READ),
)
def list_payments(request: HttpRequest, before: Before = None, limit: Limit = 50) -> object:
    """`before`: the id of the last one that you have."""
    return {"payments": find_payments(account_id_of(request), before=before, limit=limit)}


@api.get(
    "/payments/{payment_id}",
    response={200: schemas.PaymentOut, **_AND_MISSING},
    url_name="payment",
    summary="One payment",
    auth=for_scopes(Scope.READ, Scope.PAY),
)
def payment(request: HttpRequest, payment_id: PaymentId) -> object:
    """How it stands. `held` and anything but `failed` says: do not pay again."""
    return _payment(account_id_of(request), payment_id)


@api.post(
    "/invoices",
    response={201: schemas.InvoiceOut, **_PROBLEMS},
    url_name="invoices",
    summary="Ask for money",
    auth=for_scopes(Scope.INVOICE),
)
def create_invoice(request: HttpRequest, wish: schemas.InvoiceIn) -> object:
    """The node makes it in a moment: ask for it by its id until its status is `open`, or listen to events."""
    account_id = account_id_of(request)
    request_id = request_invoice(account_id, amount_msat=wish.amount_msat, description=wish.description, expiry_s=wish.expiry_s)
    return Status(201, find_invoice(account_id, request_id))


@api.get(
    "/invoices",
    response={200: schemas.InvoicesOut, **_PROBLEMS},
    url_name="invoices",
    summary="Invoices, the newest first",
    auth=for_scopes(Scope.READ, Scope.INVOICE),
)
def list_invoices(request: HttpRequest, before: Before = None, limit: Limit = 50) -> object:
    """`before`: the id of the last one that you have."""
    return {"invoices": find_invoices(account_id_of(request), before=before, limit=limit)}


@api.get(
    "/invoices/{invoice_id}",
    response={200: schemas.InvoiceOut, **_AND_MISSING},
    url_name="invoice",
    summary="One invoice",
    auth=for_scopes(Scope.READ, Scope.INVOICE),
)
def invoice(request: HttpRequest, invoice_id: InvoiceId) -> object:
    """Whether it is made, and whether it is paid."""
    return _invoice(account_id_of(request), invoice_id)


@api.post(
    "/invoices/{invoice_id}/cancel",
    response={202: schemas.InvoiceOut, **_AND_MISSING, 409: schemas.ProblemOut},
    url_name="cancel_invoice",
    summary="Take no money for an invoice",
    auth=for_scopes(Scope.INVOICE),
)
def cancel(request: HttpRequest, invoice_id: InvoiceId) -> object:
    """It is cancelled when its status says so; where money was faster, it is paid."""
    account_id = account_id_of(request)
    cancel_invoice(invoice_id, account_id=account_id)
    return Status(202, _invoice(account_id, invoice_id))


@api.get(
    "/balance",
    response={200: schemas.BalanceOut, **_PROBLEMS},
    url_name="balance",
    summary="The account's money",
    auth=for_scopes(Scope.READ),
)
def balance_of(request: HttpRequest) -> object:
    """What can be spent, and what is set aside."""
    return balance(account_id_of(request))


@api.get(
    "/events", response={200: schemas.EventsOut, **_PROBLEMS}, url_name="events", summary="What happened since", auth=for_scopes(Scope.READ)
)
def events(request: HttpRequest, after: Annotated[int, Query(ge=0, le=(1 << 63) - 1)] = 0, limit: Limit = 50) -> object:
    """`after`: the cursor of the answer before, 0 at first. Webhooks deliver the same events."""
    return events_after(account_id_of(request), after, limit=limit)


def _payment(account_id: int, payment_id: str) -> PaymentObject:
    found = find_payment(account_id, payment_id)
    if found is None:
        raise Http404
    return found


def _invoice(account_id: int, invoice_id: str) -> object:
    found = find_invoice(account_id, invoice_id)
    if found is None:
        raise Http404
    return found


def _preview(shape: PreviewShape) -> dict[str, object]:
    routes = [
        {
            "fee_msat": route.fee_msat,
            "chance_permille": route.chance_permille,
            "cltv_delta_blocks": route.total_cltv_expiry_delta,
            "parts": len(route.paths),
            "hops": max(len(path.hops) for path in route.paths),
        }
        for route in shape.routes
    ]
    return {
        "amount_msat": shape.amount_msat,
        "fee_limit_msat": shape.fee_limit_msat,
        "payee": shape.invoice.payee,
        "routes": routes,
        "stays_inside": shape.stays_inside,
        "no_route": shape.no_route or None,
    }


def _wish_bytes(request: HttpRequest) -> bytes:
    return b"\n".join((str(request.method).encode(), request.path.encode(), request.body))
