"""What is mailed is text alone: no name becomes a header, a link or a letter that hides."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail

from payments.access.roles import Role
from payments.queries.invitations import InvitationShape
from payments.services.mail_invitation import mail_invitation
from tests.browser.hostile_words import LONG, marked

LINK = "https://lnweb.example/invitations/" + "a" * 43
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _kept_letters(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.mark.parametrize("name", [*marked("a"), *LONG], ids=lambda name: ascii(name[:30]))
def test_a_name_in_a_letter_is_a_name(name: str) -> None:
    invitation = InvitationShape(
        id=1,
        account_id=2,
        account=name,
        email="olga@example.com",
        role=Role.OWNER,
        invited_by=name,
        created_at=NOW,
        expires_at=NOW,
        state="open",
        accepted_by="",
    )
    mail_invitation(invitation, link=LINK)
    (letter,) = mail.outbox
    fields = {field for field, _ in letter.message().items()}
    assert {"Subject", "From", "To", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"} == fields
    assert [] == [sign for sign in f"{letter.subject}{letter.body}".replace("\n", "") if unicodedata.category(sign)[0] == "C"]
    assert "\n" not in letter.subject
    assert [LINK] == [word for word in str(letter.body).split() if "://" in word]
    assert "text/plain" == letter.message().get_content_type()
