"""
A probe: an HTLC that cannot be paid, sent to learn whether a path would carry it.

Its hash is made of a secret of ours and the probe's id, so nobody, ourselves included, knows a preimage, and we recognise it without having
kept anything. It is no payment: it has a shelf, an id and events of its own, and nothing of it can become PaymentSent.

LDK, send_probe
"""

from __future__ import annotations

import hmac
from enum import StrEnum

from msgspec import Struct

from payments.lightning.ids import PaymentHash, PaymentId
from payments.lightning.routing.route import Path

LEAST_HOPS = 2
"""A channel of our own is known without asking."""


class ProbeSendFailure(StrEnum):
    """Why a probe was not sent: nothing was recorded, nothing left. LDK's name."""

    PATH_TOO_SHORT = "path_too_short"
    ONION_PACKET_SIZE_EXCEEDED = "onion_packet_size_exceeded"
    ROUTE_NOT_FOUND = "route_not_found"
    CHANNEL_REFUSED = "channel_refused"


class Probe(Struct, frozen=True, kw_only=True):
    """A probe that is out. It is forgotten when it is back."""

    payment_id: PaymentId
    payment_hash: PaymentHash
    path: Path
    session_key: bytes
    """32 bytes: reads the answer. Secret."""


def probe_hash(secret: bytes, payment_id: PaymentId) -> PaymentHash:
    """The hash[32] under which the probe with this id travels; `secret` is ours and goes nowhere."""
    return PaymentHash(hmac.digest(secret, b"probe" + payment_id, "sha256"))


def is_probe(secret: bytes, *, payment_id: PaymentId, payment_hash: PaymentHash) -> bool:
    """Whether this hash is that of our probe with this id."""
    return hmac.compare_digest(probe_hash(secret, payment_id), payment_hash)
