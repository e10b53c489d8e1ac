"""
Everything that goes wrong, as a program reads it: RFC 9457 (Problem Details for HTTP APIs), with a code that does not change.

The sentence is the one that people read. What we did not foresee says so and nothing more; its cause is in the log.
"""

from __future__ import annotations

import json
import logging
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from payments.lightning.errors import LightningError
from payments.queries import errors as queries
from payments.services import api_errors, errors, spending_errors
from payments.services.refusals import sentence_for

CONTENT_TYPE = "application/problem+json"
_NO_KEY = "Send a key of the account that is in force, as “Authorization: Bearer lnw_…”."
_NOT_FOUND = "There is no such thing in this account."
_NOT_FORESEEN = "Something went wrong on our side. A payment that was begun goes on: ask for it by its id before you try again."
_STATUSES: dict[type[LightningError], HTTPStatus] = {
    errors.BalanceTooSmall: HTTPStatus.PAYMENT_REQUIRED,
    errors.PaidByAnotherAccount: HTTPStatus.CONFLICT,
    errors.PaymentIdTaken: HTTPStatus.CONFLICT,
    errors.PaysItself: HTTPStatus.CONFLICT,
    errors.InvoiceNotOpen: HTTPStatus.CONFLICT,
    errors.UnknownInvoice: HTTPStatus.NOT_FOUND,
    errors.UnknownPayment: HTTPStatus.NOT_FOUND,
    errors.AccountClosed: HTTPStatus.FORBIDDEN,
    spending_errors.SpendingRefused: HTTPStatus.FORBIDDEN,
    api_errors.IdempotencyKeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    queries.ChosenRouteGone: HTTPStatus.CONFLICT,
}
"""What is not here is the caller's mistake and answered 400."""
_log = logging.getLogger("lnweb.api")


class Problem(Exception):
    """An answer that is none."""

    def __init__(self, *, status: int, code: str, detail: str, payment_id: str | None = None) -> None:
        super().__init__(code)
        self.payment_id = payment_id
        self.status = status
        self.code = code
        self.detail = detail


def answer_problem(problem: Problem) -> HttpResponse:
    """A problem as it is sent."""
    body = {
        "type": f"urn:lnweb:problem:{problem.code}",
        "title": problem.code.replace("_", " ").capitalize(),
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
    }
    if problem.payment_id is not None:
        body["payment_id"] = problem.payment_id
    response = HttpResponse(json.dumps(body, ensure_ascii=False), status=problem.status, content_type=CONTENT_TYPE)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="lnweb"'
    return response


def problem_for(error: LightningError) -> Problem:
    """A refusal of the app, with the status that says whose move it is."""
    status = next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), HTTPStatus.BAD_REQUEST)
    return Problem(status=status, code=error.code, detail=sentence_for(error))


def catch_problems(api: NinjaAPI) -> None:
    """Let every way in which a request can go wrong end in a problem."""

    @api.exception_handler(Problem)
    def _problem(_request: HttpRequest, error: Problem) -> HttpResponse:
        return answer_problem(error)

    @api.exception_handler(LightningError)
    def _refused(_request: HttpRequest, error: LightningError) -> HttpResponse:
        return answer_problem(problem_for(error))

    @api.exception_handler(AuthenticationError)
    def _no_key(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
        return answer_problem(Problem(status=401, code="key_missing_or_unknown", detail=_NO_KEY))

    @api.exception_handler(Http404)
    def _not_found(_request: HttpRequest, _error: Http404) -> HttpResponse:
        return answer_problem(Problem(status=404, code="not_found", detail=_NOT_FOUND))

    @api.exception_handler(ValidationError)
    def _malformed(_request: HttpRequest, error: ValidationError) -> HttpResponse:
        return answer_problem(Problem(status=400, code="request_malformed", detail=_places(error)))

    @api.exception_handler(HttpError)
    def _http(_request: HttpRequest, error: HttpError) -> HttpResponse:
        return answer_problem(
            Problem(status=error.status_code, code="request_malformed", detail="The body is no JSON object that we can read.")
        )

    @api.exception_handler(Exception)
    def _not_foreseen(_request: HttpRequest, error: Exception) -> HttpResponse:
        _log.error("A request to the API failed.", exc_info=error)
        return answer_problem(Problem(status=500, code="not_foreseen", detail=_NOT_FORESEEN))


def _places(error: ValidationError) -> str:
    """Which fields, and what is wrong with each; never what stood in them."""
    said = [f"{'.'.join(str(part) for part in one['loc'][1:] if part != 'wish') or 'body'}: {one['msg']}" for one in error.errors]
    return "The request does not say what it should. " + "; ".join(said[:5])
