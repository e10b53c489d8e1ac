"""
Second factors as allauth keeps them, with what it leaves to a site: secrets are encrypted before they reach the database.

The key is made from SECRET_KEY, so a stolen copy of the database alone gives no codes. After a change of the key nobody's codes fit any
more, and an administrator removes those second factors; a secret that cannot be read must never become one that can be guessed.
"""

from __future__ import annotations

import base64
import secrets
from typing import ClassVar

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.encoding import force_bytes

_PURPOSE = b"lnweb second factors"
_KEY_BYTES = 32
_SECRET_BYTES = 20


class SecondFactors(DefaultMFAAdapter):
    """Authenticator apps, passkeys and recovery codes."""

    error_messages: ClassVar[dict[str, str]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code or passkey is not right. A code counts once, for half a minute.",
        "unverified_email": "Confirm your e-mail address first, so that nobody else can be locked out with it.",
        "add_email_blocked": "With a second factor, another address cannot be added here: remove the factor first, then set it up again.",
    }

    def encrypt(self, text: str) -> str:
        """A secret as it lies in the database."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again; when the key is another now, one that nobody knows."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002  (allauth's own)
        """What a passkey is called until its owner says otherwise."""
        earlier = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {earlier + 1}" if earlier else "Passkey"

    def build_totp_svg(self, url: str) -> str:
        """The picture that an authenticator app reads, with the same drawer as our other codes."""
        code = segno.make(url, error="m", micro=False)
        drawing: str = code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None, title="For your authenticator app")
        return drawing


def _box() -> MultiFernet:
    """Locks with today's key, and opens with those before it too."""
    return MultiFernet([Fernet(_key(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str | bytes) -> bytes:
    return base64.urlsafe_b64encode(HKDF(SHA256(), _KEY_BYTES, salt=None, info=_PURPOSE).derive(force_bytes(secret)))
