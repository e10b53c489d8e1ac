"""
How a shop knows that a delivery comes from us: a hash over the time and the body, with a secret that only the two of us have.

The secret is made of what the webhook's row holds and the secret key of this installation: who reads a copy of the database can sign
nothing.
"""

from __future__ import annotations

import hashlib
import hmac

from django.utils.crypto import salted_hmac

SIGNATURE_HEADER = "Lnweb-Signature"
EVENT_HEADER = "Lnweb-Event-Id"
_SALT = "lnweb: the secret of a webhook"


def secret_of(seed: str) -> str:
    """The secret that a webhook's owner was shown, from its row."""
    return f"lnwh_{salted_hmac(_SALT, seed, algorithm='sha256').hexdigest()}"


def sign(secret: str, body: bytes, *, now_s: int) -> str:
    """
    The value of the header: when it was signed, and HMAC-SHA256 over that time, a full stop and the body.

    >>> sign("lnwh_00", b"{}", now_s=1)[:20]
    't=1,v1=bcd7cb1634d7b'
    """
    digest = hmac.new(secret.encode(), f"{now_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={now_s},v1={digest}"
