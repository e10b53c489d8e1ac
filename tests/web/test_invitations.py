"""Coming in by invitation: the owner's page, the letter, the link, and everything that could be tried with it."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from payments.access.roles import Role
from payments.models import Invitation, Membership, MerchantAccount
from payments.services.invitations import invite
from tests.web.markup import parse
from tests.web.test_every_page import CODE_IN_MARKUP, HOSTILE_WORDS

pytestmark = pytest.mark.django_db
PASSWORD = "lovelace-1843"
EMAIL = "grace@example.com"
PAGE = "/account/invitations/"


@pytest.fixture(autouse=True)
def _nobody_tried_before() -> None:
    cache.clear()


@pytest.fixture
def bakery():
    return MerchantAccount.objects.create(slug="bakery", name="The Bakery")


@pytest.fixture
def ada(bakery):
    user = get_user_model().objects.create_user("ada", email="ada@example.com", password=PASSWORD)
    Membership.objects.create(account=bakery, user=user, role="owner")
    return user


@pytest.fixture
def owner(client: Client, ada) -> Client:
    client.force_login(ada)
    return client


@pytest.fixture
def link(bakery, ada) -> str:
    return reverse("payments:invitation", args=[invite(bakery.pk, email=EMAIL, role=Role.CASHIER, invited_by_id=ada.pk).token])


def send(owner: Client, **changes: str):
    return owner.post(PAGE, {"account": "bakery", "email": EMAIL, "role": "cashier", **changes})


def come_in(link: str, visitor: Client | None = None, **changes: str):
    return (visitor or Client()).post(link, {"username": "grace", "password": PASSWORD, **changes})


def roles() -> dict[str, str]:
    return dict(Membership.objects.exclude(user__username="ada").values_list("user__username", "role"))


def test_without_a_mail_server_the_owner_gets_the_link_once(owner: Client) -> None:
    page = parse(send(owner).content)
    link = page.one("code", id="link").text
    assert link.startswith("http://testserver/invitations/")
    assert link in mail.outbox[0].body, "the terminal shows the letter as well"
    assert "invitations/" not in parse(owner.get(PAGE).content).one("main").text
    come_in(link.removeprefix("http://testserver"))
    assert {"grace": "cashier"} == roles()


def test_with_a_mail_server_only_the_letter_has_the_link(owner: Client, settings) -> None:
    settings.HAS_MAIL_SERVER = True
    answer = owner.post(PAGE, {"account": "bakery", "email": EMAIL, "role": "payer"}, follow=True)
    (letter,) = mail.outbox
    link = re.search(r"/invitations/\S+", letter.body).group()
    assert [EMAIL] == letter.to
    assert link not in answer.content.decode()
    assert "is on its way" in parse(answer.content).one("div", class_="said").text


def test_a_letter_that_cannot_be_sent_is_an_invitation_taken_back(owner: Client, settings, monkeypatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise ConnectionRefusedError

    settings.HAS_MAIL_SERVER = True
    monkeypatch.setattr("payments.services.mail_invitation.send_mail", refuse)
    answer = send(owner)
    assert (400, True) == (answer.status_code, "did not take the letter" in answer.content.decode())
    assert Invitation.objects.get().revoked_at


def test_signing_up_by_the_link_is_signing_in(link: str) -> None:
    visitor = Client()
    page = parse(visitor.get(link).content)
    address = page.one("input", id="email").attributes
    assert (EMAIL, "readonly" in address, "name" in address) == (address["value"], True, False)
    assert 302 == come_in(link, visitor).status_code
    assert "The Bakery" in visitor.get(reverse("mfa_index")).content.decode()


def test_the_address_is_fixed_by_the_invitation(link: str) -> None:
    come_in(link, email="eve@example.com")
    assert EMAIL == get_user_model().objects.get(username="grace").email


def test_looking_uses_nothing_up(link: str) -> None:
    for _ in range(3):
        assert 200 == Client().get(link).status_code
    come_in(link)
    assert {"grace": "cashier"} == roles()


def test_whoever_is_signed_in_with_that_address_joins_and_works_there(link: str, client: Client) -> None:
    grace = get_user_model().objects.create_user("grace", email=EMAIL, password=PASSWORD)
    Membership.objects.create(account_id=1, user=grace, role="viewer")
    client.force_login(grace)
    assert "Join as grace" in parse(client.get(link).content).one("main").text
    client.post(link)
    assert "cashier" == Membership.objects.get(user=grace, account__slug="bakery").role
    assert "bakery" == client.session["account"]


def test_somebody_with_another_address_is_told_and_does_not_join(link: str, client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("eve", email="eve@example.com"))
    for answer in (client.get(link), client.post(link, {"username": "x", "password": PASSWORD})):
        page = parse(answer.content)
        assert (404, True) == (answer.status_code, "is for grace@example.com" in page.one("main").text)
        assert link in [each.attributes.get("value") for each in page.all("input", name="next")]
    assert {} == roles()


def test_an_address_that_somebody_has_signs_in_and_comes_back(link: str) -> None:
    get_user_model().objects.create_user("grace", email=EMAIL, password=PASSWORD)
    visitor = Client()
    page = parse(visitor.get(link).content)
    assert [] == page.all("input", name="username")
    door = page.one("a", class_="button--main").attributes["href"]
    assert link == visitor.post(door, {"login": EMAIL, "password": PASSWORD, "next": link})["Location"]
    come_in(link, username="grace-2")
    assert not get_user_model().objects.filter(username="grace-2").exists()


@pytest.mark.parametrize("spoilt", ["used", "run out", "taken back", "mistyped", "account closed"])
def test_a_spoilt_link_says_why_and_opens_nothing(link: str, spoilt: str) -> None:
    if spoilt == "used":
        come_in(link)
    elif spoilt == "run out":
        Invitation.objects.update(expires_at=timezone.now())
    elif spoilt == "taken back":
        Invitation.objects.update(revoked_at=timezone.now())
    elif spoilt == "account closed":
        MerchantAccount.objects.filter(slug="bakery").update(closed_at=timezone.now())
    else:
        link = link[:-5] + ("AAAA/" if link[-5:] != "AAAA/" else "BBBB/")
    answer = come_in(link, username="mallory")
    assert 404 == answer.status_code
    assert len(parse(answer.content).one("main").all("p")[0].text) > 20
    assert "mallory" not in roles()


@pytest.mark.parametrize("password", ["", "12345678", "short", "grace@example.com", "x" * 2_000])
def test_a_password_that_is_too_easy_is_refused_with_the_others_rules(link: str, password: str) -> None:
    answer = come_in(link, password=password)
    assert 400 == answer.status_code
    assert parse(answer.content).all("p", class_="field-error")
    assert {} == roles()


@pytest.mark.parametrize("username", ["", "ada", "ADA", "a b", "<script>", "x" * 151])
def test_so_is_a_name_that_is_taken_or_none(link: str, username: str) -> None:
    assert 400 == come_in(link, username=username).status_code
    assert {} == roles()


@pytest.mark.parametrize("role", ["viewer", "cashier", "payer", "approver", None])
def test_only_who_manages_members_invites(client: Client, bakery, link: str, role: str | None) -> None:
    user = get_user_model().objects.create_user("bob")
    if role:
        Membership.objects.create(account=bakery, user=user, role=role)
    client.force_login(user)
    number = Invitation.objects.get().pk
    answers = (client.get(PAGE), send(client), client.post(reverse("payments:revoke_invitation", args=[number])))
    assert [403, 403, 403] == [answer.status_code for answer in answers]
    assert [None] == [invitation.revoked_at for invitation in Invitation.objects.all()]


def test_strangers_are_sent_to_the_door(client: Client) -> None:
    assert f"/accounts/login/?next={PAGE}" == client.get(PAGE)["Location"]


def test_a_form_for_another_account_is_refused(owner: Client) -> None:
    answer = send(owner, account="other")
    assert (400, 0) == (answer.status_code, Invitation.objects.count())
    assert "Nobody was invited" in answer.content.decode()


@pytest.mark.parametrize(
    "wrong", [{"email": "no address"}, {"email": ""}, {"role": "emperor"}, {"role": ""}, {"email": "a@b.c\r\nBcc: x@y.z"}]
)
def test_a_wish_that_makes_no_sense_is_refused(owner: Client, wrong: dict[str, str]) -> None:
    assert 400 == send(owner, **wrong).status_code
    assert [0, 0] == [Invitation.objects.count(), len(mail.outbox)]


def test_taking_back_stands_on_the_page(owner: Client, link: str) -> None:
    page = parse(owner.get(PAGE).content)
    action = page.one("ul", class_="letters").one("form").attributes["action"]
    after = parse(owner.post(action, follow=True).content)
    assert [] == after.one("ul", class_="letters").all("form")
    assert "taken back" in after.one("ul", class_="letters").text


def test_another_accounts_invitation_is_as_missing_as_none(owner: Client) -> None:
    other = MerchantAccount.objects.create(slug="other", name="Other")
    number = invite(other.pk, email=EMAIL, role=Role.VIEWER, invited_by_id=get_user_model().objects.get().pk).invitation_id
    answers = [owner.post(reverse("payments:revoke_invitation", args=[each])) for each in (number, number + 1)]
    assert [404, 404] == [answer.status_code for answer in answers]
    assert Invitation.objects.get().revoked_at is None


@pytest.mark.parametrize("words", HOSTILE_WORDS)
def test_hostile_names_are_text(owner: Client, ada, bakery, words: str) -> None:
    name = words.replace("\0", "")[:80]
    MerchantAccount.objects.update(name=name)
    get_user_model().objects.filter(pk=ada.pk).update(username=name)
    link = parse(send(owner).content).one("code", id="link").text.removeprefix("http://testserver")
    for html in (owner.get(PAGE).content.decode(), Client().get(link).content.decode()):
        assert [] == CODE_IN_MARKUP.findall(re.sub(r"&[a-z#0-9]+;[^<]*", "", html))
        assert [] == re.findall("[\u202a-\u202e\u2066-\u2069\u2028\x1b]", html)
        parse(html)


def test_sign_up_is_there_where_it_is_open_and_gives_no_account(client: Client, settings) -> None:
    form = {"username": "grace", "email": EMAIL, "password1": PASSWORD}
    assert 404 == client.post(reverse("account_signup"), form).status_code
    assert "Sign up" not in client.get(reverse("account_login")).content.decode()
    settings.LNWEB_OPEN_SIGN_UP = True
    assert "Sign up" in client.get(reverse("account_login")).content.decode()
    assert "an owner has to invite you" in client.get(reverse("account_signup")).content.decode()
    assert 302 == client.post(reverse("account_signup"), form).status_code
    assert "You belong to no account" in client.get("/", follow=True).content.decode()


NOT_OFFERED = ("signup/", "login/code/confirm/", "confirm-email/", "2fa/webauthn/keys/1/edit/", "2fa/trust/", "signup/passkey/")


@pytest.mark.parametrize("page", NOT_OFFERED)
def test_a_page_that_is_not_offered_is_not_there(client: Client, page: str) -> None:
    assert 404 == client.get(f"/accounts/{page}").status_code
