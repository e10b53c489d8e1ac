"""
Second factors as allauth keeps them, with what it leaves to a site: secrets are encrypted before they reach the database.

The key is made from SECRET_KEY, so a stolen copy of the database alone gives no codes. After a change of the key nobody's codes fit any
more, and an administrator removes those second factors; a secret that cannot be read must never become one that can be guessed.
"""

from __future__ import annotations

import base64
import secrets

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

_PURPOSE = b"lnweb second factors"
_KEY_BYTES = 32
_SECRET_BYTES = 20


class SecondFactors(DefaultMFAAdapter):
    """Authenticator apps, passkeys and recovery codes."""

    def encrypt(self, text: str) -> str:
        """A secret as it lies in the database."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again; when the key is another now, one that nobody knows."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()

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
