"""Second factors: set up, asked for, counted, kept locked, and taken away again."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from payments.models import AuditRecord, Membership
from tests.web.markup import parse
from tests.web.test_every_page import CODE_IN_MARKUP
from tests.web.totp import code_of

pytestmark = pytest.mark.django_db
PASSWORD = "lovelace-1843"
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""RFC 6238, appendix B: "12345678901234567890"."""

REGISTRATION = {
    "type": "public-key",
    "id": "AQEBAQEBAQEBAQEBAQEBAQ",
    "rawId": "AQEBAQEBAQEBAQEBAQEBAQ",
    "response": {
        "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiQUFBQSIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3QifQ",
        "attestationObject": (
            "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YViUAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgJFAAAAAAAAAAAAAAAAAAAAAAAAAA"
            "AAEAEBAQEBAQEBAQEBAQEBAQGlAQIDJiABIVggPwl_A60eezOPeiE2jGXwaF6wM9_InQCdruJGA0MZgrIiWCBag8UyOlnH1rCvxTgkXX3ERbuMLY1yrndcXVhg8euB6A"
        ),
    },
    "clientExtensionResults": {},
}
"""What a browser answers when it has made a passkey; nobody has its private key."""


@pytest.fixture(autouse=True)
def _nobody_tried_before() -> None:
    cache.clear()


@pytest.fixture
def ada():
    return get_user_model().objects.create_user("ada", email="ada@example.com", password=PASSWORD)


def sign_in(client: Client, **more: str):
    return client.post(reverse("account_login"), {"login": "ada", "password": PASSWORD, **more})


def reauthenticate(client: Client) -> None:
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def set_up(client: Client) -> str:
    """Switch the app on by hand; its secret."""
    sign_in(client)
    reauthenticate(client)
    page = parse(client.get(reverse("mfa_activate_totp")).content)
    secret = page.one("code", id="secret").text
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert reverse("mfa_view_recovery_codes") == answer["Location"]
    return secret


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def actions() -> list[str]:
    return list(AuditRecord.objects.order_by("sequence").values_list("action", flat=True))


def test_the_codes_of_these_tests_are_the_standards() -> None:
    assert ["287082", "081804", "005924"] == [code_of(RFC_SECRET, at_s=at_s) for at_s in (59, 1111111109, 1234567890)]


def test_signing_in_asks_for_the_code(client: Client, ada) -> None:
    secret = set_up(client)
    cache.clear()  # the code was used a moment ago, and each counts once
    client.logout()
    answer = sign_in(client)
    assert (reverse("mfa_authenticate"), None) == (answer["Location"], who(client))
    assert 403 != client.get(reverse("mfa_authenticate")).status_code
    assert 302 == client.get("/payments/").status_code, "half way in is not in"
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert str(ada.pk) == who(client)


def test_a_code_counts_once(client: Client, ada) -> None:
    secret = set_up(client)
    cache.clear()
    code = code_of(secret)
    for expected in (str(ada.pk), None):
        client.logout()
        sign_in(client)
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert expected == who(client)


def test_a_wrong_code_opens_nothing_and_is_noted(client: Client, ada) -> None:
    set_up(client)
    client.logout()
    sign_in(client)
    page = parse(client.post(reverse("mfa_authenticate"), {"code": "000000"}).content)
    assert "is not right" in page.one("p", class_="field-error").text
    assert None is who(client)
    assert "sign-in failed" == actions()[-1]


def test_guessing_codes_is_slowed_down(client: Client, ada) -> None:
    secret = set_up(client)
    cache.clear()
    client.logout()
    sign_in(client)
    for _ in range(6):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert None is who(client)


def test_the_admin_asks_for_it_too(client: Client, ada) -> None:
    get_user_model().objects.update(is_staff=True, is_superuser=True)
    secret = set_up(client)
    cache.clear()
    client.logout()
    door = client.get("/admin/")["Location"]
    assert f"{reverse('account_login')}?next=/admin/" == client.get(door)["Location"].replace("%2F", "/")
    answer = client.post(reverse("admin:login"), {"username": "ada", "password": PASSWORD, "next": "/admin/"})
    assert (302, None) == (answer.status_code, who(client))
    answer = sign_in(client, next="/admin/")
    assert (reverse("mfa_authenticate"), None) == (answer["Location"], who(client))
    assert "/admin/" == client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})["Location"]
    assert 200 == client.get("/admin/").status_code


def test_a_recovery_code_gets_in_once(client: Client, ada) -> None:
    set_up(client)
    page = parse(client.get(reverse("mfa_view_recovery_codes")).content)
    codes = [each.text for each in page.one("section", class_="codes").all("code")]
    assert 10 == len(set(codes))
    assert codes == re.findall(r"^\d{8}$", client.get(reverse("mfa_download_recovery_codes")).content.decode(), re.MULTILINE)
    for expected in (str(ada.pk), None):
        client.logout()
        sign_in(client)
        client.post(reverse("mfa_authenticate"), {"code": codes[3]})
        assert expected == who(client)
    assert 1 == actions().count("recovery code used")


def test_new_recovery_codes_replace_the_old(client: Client, ada) -> None:
    set_up(client)
    old = client.get(reverse("mfa_download_recovery_codes")).content
    client.post(reverse("mfa_generate_recovery_codes"))
    assert old != client.get(reverse("mfa_download_recovery_codes")).content
    assert "recovery codes made" == actions()[-1]


def test_nothing_is_set_up_without_showing_once_more_who_it_is(client: Client, ada) -> None:
    client.force_login(ada)
    for name in ("mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes", "account_email"):
        answer = client.post(reverse(name), {"action_add": "", "email": "second@example.com"})
        assert (302, reverse("account_reauthenticate")) == (answer.status_code, answer["Location"].split("?")[0]), name


def test_secrets_are_locked_in_the_database(client: Client, ada) -> None:
    secret = set_up(client)
    kept = {factor.type: factor.data for factor in Authenticator.objects.all()}
    assert secret not in repr(kept)
    assert kept["totp"]["secret"].startswith("gAAAA"), "Fernet"
    assert kept["recovery_codes"]["seed"].startswith("gAAAA")
    assert secret == get_adapter().decrypt(kept["totp"]["secret"])


def test_with_another_key_nothing_fits_and_with_the_old_one_beside_it_all_does(client: Client, ada, settings) -> None:
    secret = set_up(client)
    locked = Authenticator.objects.get(type="totp").data["secret"]
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert secret == get_adapter().decrypt(locked)
    settings.SECRET_KEY_FALLBACKS = []
    guesses = {get_adapter().decrypt(locked) for _ in range(3)}
    assert 3 == len(guesses - {secret, ""})


def test_removing_the_last_factor_removes_the_codes_and_is_noted(client: Client, ada) -> None:
    set_up(client)
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()
    assert ["second factor added", "recovery codes made", "second factor removed"] == actions()[-3:]


@pytest.mark.parametrize(
    ("role", "is_told"), [("viewer", False), ("cashier", False), ("payer", False), ("approver", True), ("owner", True)]
)
def test_who_decides_about_money_is_told_of_a_missing_second_factor(client: Client, ada, role: str, is_told: bool) -> None:
    Membership.objects.create(account_id=1, user=ada, role=role)
    client.force_login(ada)
    assert is_told == ("Add a second factor" in client.get("/network/").content.decode())


@pytest.mark.parametrize("group", ["operator", "auditor"])
def test_operators_and_auditors_are_told_too_until_they_have_one(client: Client, ada, group: str) -> None:
    ada.is_staff = True
    ada.save()
    ada.groups.add(Group.objects.get_or_create(name=group)[0])
    client.force_login(ada)
    page = parse(client.get("/network/").content)
    assert reverse("mfa_activate_totp") == page.one("aside", class_="advice").one("a").attributes["href"]
    Authenticator.objects.create(user=ada, type="totp", data={"secret": "x"})
    assert [] == parse(client.get("/network/").content).all("aside", class_="advice")


def test_changing_the_password_signs_out_elsewhere(client: Client, ada) -> None:
    elsewhere = Client()
    sign_in(elsewhere)
    sign_in(client)
    passwords = {"oldpassword": PASSWORD, "password1": "babbage-1822-engine", "password2": "babbage-1822-engine"}
    client.post(reverse("account_change_password"), passwords)
    assert 200 == client.get(reverse("mfa_index")).status_code
    assert 302 == elsewhere.get(reverse("mfa_index")).status_code


def test_the_session_has_another_id_after_sign_in(client: Client, ada) -> None:
    session = client.session
    session["planted"] = "yes"
    session.save()
    before = client.session.session_key
    sign_in(client)
    assert before != client.session.session_key


def test_an_administrator_takes_a_lost_factor_away_and_sees_no_secret(client: Client, ada) -> None:
    set_up(client)
    root = Client()
    root.force_login(get_user_model().objects.create_superuser("root", password=PASSWORD))
    factor = Authenticator.objects.get(type="totp")
    page = root.get(reverse("admin:mfa_authenticator_change", args=[factor.pk])).content.decode()
    assert factor.data["secret"] not in page
    assert 403 == root.get(reverse("admin:mfa_authenticator_add")).status_code
    root.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})
    row = AuditRecord.objects.latest("sequence")
    assert ("second factor removed", "root", str(ada.pk)) == (row.action, row.actor_name, row.subject_id)


PAGES = (
    *("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_email", "account_change_password", "account_reauthenticate"),
    *("mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"),
    *("mfa_deactivate_totp", "account_reset_password", "account_reset_password_done", "account_reset_password_from_key_done"),
    *("account_inactive", "account_logout"),
)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_in_our_look_and_carries_no_code(client: Client, ada, settings, name: str) -> None:
    [templates] = settings.TEMPLATES
    settings.TEMPLATES = [templates | {"OPTIONS": templates["OPTIONS"] | {"string_if_invalid": "no-such-value"}}]
    sign_in(client)
    if name != "mfa_activate_totp":
        TOTP.activate(ada, RFC_SECRET)
        RecoveryCodes.activate(ada)
        WebAuthn.add(ada, "<script>alert(1)</script>", REGISTRATION)
    reauthenticate(client)
    answer = client.get(reverse(name))
    html = answer.content.decode()
    assert 200 == answer.status_code
    assert [1, 1] == [html.count("payments/people.css"), html.count("<h1>")]
    assert [] == CODE_IN_MARKUP.findall(re.sub(r"&[a-z#0-9]+;[^<]*", "", html))
    assert "no-such-value" not in html
    parse(html)


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "pay.localhost"])
def test_passkeys_are_offered_where_browsers_make_them(client: Client, ada, settings, host: str) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client.force_login(ada)
    assert reverse("mfa_add_webauthn") in client.get(reverse("mfa_index"), HTTP_HOST=host).content.decode()


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000", "[::1]", "pay.example.com"])
def test_and_not_where_they_do_not(client: Client, ada, settings, host: str) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client.force_login(ada)
    assert reverse("mfa_add_webauthn") not in client.get(reverse("mfa_index"), HTTP_HOST=host).content.decode()
