"""In the admin too, what hides or turns letters is seen, wherever Django puts a name."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.people import make_account, make_operator

pytestmark = pytest.mark.django_db
NAME = "gnp\u202e.exe\u200b\x1b\u2066 caf\xe9 <b>"


def test_a_name_that_turns_is_turned_back_in_lists_titles_and_fields() -> None:
    account = make_account("cafe", name=NAME)
    client = Client()
    client.force_login(make_operator())
    for path in ("", f"{account.pk}/change/", f"{account.pk}/history/"):
        page = client.get(f"/admin/payments/merchantaccount/{path}").content.decode()
        assert "gnp⟨U+202E⟩.exe⟨U+200B⟩␛⟨U+2066⟩ café &lt;b&gt;" in page
        assert not {"\u202e", "\u200b", "\x1b", "\u2066"} & set(page)
