"""
A route on its way through a browser and back: what a person chose is what we showed, or it is refused.

The page carries the whole route, signed, so that nothing has to be kept for pages that nobody comes back to. It is bound to one invoice;
whether the route still goes is looked at when it comes back.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

from django.core import signing
from msgspec import DecodeError, msgpack

from payments.lightning.ids import PaymentHash
from payments.lightning.routing.pinning import can_be_sent
from payments.lightning.routing.route import Route
from payments.queries.errors import ChosenRouteGone, ChosenRouteNotOurs
from payments.queries.terms import Terms
from payments.queries.viewpoints import own_viewpoint

_SALT = "chosen route"
_decoder = msgpack.Decoder(Route)


def seal_route(route: Route, *, payment_hash: PaymentHash) -> str:
    """A route as a page's form carries it."""
    return _signer(payment_hash).sign(urlsafe_b64encode(msgpack.encode(route)).decode())


def open_route(token: str, *, payment_hash: PaymentHash) -> Route:
    """
    What `seal_route` made for this invoice.

    raises    ChosenRouteNotOurs
    """
    try:
        return _decoder.decode(urlsafe_b64decode(_signer(payment_hash).unsign(token)))
    except (signing.BadSignature, DecodeError, ValueError) as error:
        raise ChosenRouteNotOurs from error


def chosen_route(token: str, terms: Terms) -> Route | None:
    """
    The route that somebody chose, as long as it goes; None when nobody chose.

    raises    ChosenRouteNotOurs, ChosenRouteGone
    """
    if not token:
        return None
    route, own = open_route(token, payment_hash=terms.invoice.payment_hash), own_viewpoint()
    if terms.amount_msat is None or own is None:
        raise ChosenRouteGone
    question = own.question_about(terms)
    if not can_be_sent(route, question.params, question.terrain(own.graph)):
        raise ChosenRouteGone
    return route


def _signer(payment_hash: PaymentHash) -> signing.Signer:
    return signing.Signer(salt=f"{_SALT} {payment_hash.hex()}")
