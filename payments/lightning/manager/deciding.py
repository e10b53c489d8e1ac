"""
What is decided before anything is sent: whether a payment can be begun at all, and by which route.

Pure functions of what they are given, so that the payer who sends, the one who only asks what would be sent, and whoever repeats an old
decision run the same code. Nothing here records, offers or forgets anything.

LDK, OutboundPayments
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from payments.lightning.events import RouteDecided
from payments.lightning.ids import PaymentHash, PaymentId
from payments.lightning.payment.outbound import OutboundPayment, RetryableSendFailure, unknown_required_features
from payments.lightning.payment.packet import fits_onion
from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.pinning import can_be_sent
from payments.lightning.routing.question import Question
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter

Decide = Callable[[OutboundPayment, RouteParameters, Route | None], RouteDecided]
"""
The router with everything about us already in it: (payment, what of it is to be routed, the route that somebody chose) -> what is done.

Neither a route nor a reason: the chosen one does not go any more.
"""


class Beginning(Struct, frozen=True, kw_only=True):
    """
    A payment as it would be begun.

    decided    how it was to be routed; None when it did not come to that
    route      by which it is begun, or
    refusal    why it is not
    """

    payment: OutboundPayment
    decided: RouteDecided | None = None
    route: Route | None = None
    refusal: RetryableSendFailure | None = None


def look_before(payment: OutboundPayment, decide: Decide, *, chosen: Route | None, height: int, now_ms: int) -> Beginning:
    """All that is looked at before a payment is begun, but for whether its id or hash is in use."""
    payment = payment.within_onion(height)
    if refusal := _refusal(payment, now_ms=now_ms):
        return Beginning(payment=payment, refusal=refusal)
    decided = decide(payment, payment.params, chosen)
    if decided.route is None:
        refusal = RetryableSendFailure.ROUTE_CHANGED if decided.is_chosen else RetryableSendFailure.ROUTE_NOT_FOUND
        return Beginning(payment=payment, decided=decided, refusal=refusal)
    if not fits(payment, decided.route, height=height):
        return Beginning(payment=payment, decided=decided, refusal=RetryableSendFailure.ONION_PACKET_SIZE_EXCEEDED)
    return Beginning(payment=payment, decided=decided, route=decided.route)


def decide_route(
    payment: tuple[PaymentId, PaymentHash], question: Question, router: DefaultRouter, *, chosen: Route | None
) -> RouteDecided:
    """
    The answer to a question about a payment: the route that somebody chose as long as it goes, otherwise the router's.

    What the scorer knew and which map it was is for the caller to add.
    """
    payment_id, payment_hash = payment
    answer: Route | NoRoute | None = chosen
    if chosen is None:
        answer = router.answer(question)
    elif not can_be_sent(chosen, question.params, question.terrain(router.graph)):
        answer = None
    return RouteDecided(
        payment_id=payment_id,
        payment_hash=payment_hash,
        question=question,
        route=answer if isinstance(answer, Route) else None,
        no_route=answer if isinstance(answer, NoRoute) else None,
        is_chosen=chosen is not None,
        gone=chosen if answer is None else None,
    )


def decide_again(then: RouteDecided, router: DefaultRouter, *, question: Question | None = None) -> RouteDecided:
    """
    An old decision, once more.

    router      of the map and the opinion of that moment, or of another one
    question    asked instead of the old one
    """
    chosen = (then.route or then.gone) if then.is_chosen else None
    return decide_route((then.payment_id, then.payment_hash), question or then.question, router, chosen=chosen)


def is_same_answer(one: RouteDecided, other: RouteDecided) -> bool:
    """Whether two decisions amount to the same, to the last msat, block and limit."""
    return (one.route, one.no_route, one.gone, one.is_chosen) == (other.route, other.no_route, other.gone, other.is_chosen)


def fits(payment: OutboundPayment, route: Route, *, height: int) -> bool:
    """Whether the onion of every path has room for what its hops must be told."""
    return all(fits_onion(path, payment.onion(height)) for path in route.paths)


def _refusal(payment: OutboundPayment, *, now_ms: int) -> RetryableSendFailure | None:
    """What is in the way of a payment whatever the route."""
    if payment.is_expired(now_ms):
        return RetryableSendFailure.PAYMENT_EXPIRED
    if unknown_required_features(payment.params.payment_params.features):
        return RetryableSendFailure.UNKNOWN_REQUIRED_FEATURES
    return None if payment.params.payment_params.max_path_length else RetryableSendFailure.ONION_PACKET_SIZE_EXCEEDED
