"""The pages of keys and webhooks: what is secret is shown once, what is listed says who and when, and others' things are not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from payments.access.roles import Role
from payments.access.scopes import Scope
from payments.models import AccountEvent, ApiKey, MerchantAccount, Webhook, WebhookDelivery
from payments.services.api_keys import create_key, find_key
from tests.people import join, make_account, make_user
from tests.web.markup import parse

pytestmark = pytest.mark.django_db
ADDRESS = "https://93.184.216.34/hook"
HOSTILE = "<script>alert(1)</script>\u202egnp"
KEYS, WEBHOOKS = "/account/api/", "/account/webhooks/"


@pytest.fixture
def cafe() -> MerchantAccount:
    return make_account("cafe")


@pytest.fixture
def owner(cafe: MerchantAccount, client: Client, settings: Any, tmp_path: Path) -> Client:
    settings.LNWEB_STATE_DIR = tmp_path
    client.force_login(join(make_user("ada"), cafe))
    return client


def make(owner: Client, **form: object) -> Any:
    return owner.post(KEYS, {"account": "cafe", "name": "Till", "scopes": ["read"]} | form)


def add(owner: Client, **form: object) -> Any:
    return owner.post(WEBHOOKS, {"account": "cafe", "url": ADDRESS} | form)


def delivery_to(webhook: Webhook, **fields: object) -> WebhookDelivery:
    number = AccountEvent.objects.count() + 1
    event = AccountEvent.objects.create(account=webhook.account, kind="payment.paid", subject_id=str(number), body={})
    return WebhookDelivery.objects.create(webhook=webhook, event=event, **fields)


def test_a_key_is_shown_once_and_works(owner: Client, cafe: MerchantAccount) -> None:
    answer = make(owner)
    page = parse(answer.content)
    key = page.one("code", id="key").text

    found = find_key(key)
    assert found is not None
    assert (cafe.pk, {"read"}) == (found.account_id, set(found.scopes))
    assert key in {each.attributes.get("data-copy") for each in page.all("button")}
    assert f"Bearer {key}" in page.one("code", id="example").text
    assert "no-store" in answer["Cache-Control"]
    later = owner.get(KEYS).content.decode()
    assert key not in later
    assert found.prefix in later


@pytest.mark.parametrize(("scopes", "path"), [(["read"], "balance"), (["invoice"], "invoices"), (["pay"], "decode")])
def test_the_example_asks_for_what_the_key_may(owner: Client, scopes: list[str], path: str) -> None:
    assert f"/api/v1/{path}" in parse(make(owner, scopes=scopes).content).one("code", id="example").text


def test_the_list_says_who_what_and_when(owner: Client, cafe: MerchantAccount) -> None:
    make(owner, scopes=["read", "pay"])
    words = " ".join(parse(owner.get(KEYS).content).one("ul", class_="letters").text.split())

    for word in ("Till", "pay, read", "by ada", "never used"):
        assert word in words
    key = create_key(cafe.pk, name="Books", scopes=frozenset({Scope.READ}), user_id=make_user("bob").pk)[1]
    find_key(key)
    assert "last used" in owner.get(KEYS).content.decode()


def test_a_revoked_key_stays_in_the_list_and_opens_nothing(owner: Client) -> None:
    key = parse(make(owner).content).one("code", id="key").text
    answer = owner.post(f"{KEYS}{ApiKey.objects.get().pk}/revoke/")

    assert (302, KEYS) == (answer.status_code, answer["Location"])
    assert find_key(key) is None
    page = owner.get(KEYS).content.decode()
    assert "revoked" in page
    assert "/revoke/" not in page


@pytest.mark.parametrize(
    "form", [{"name": ""}, {"name": " "}, {"name": "x" * 61}, {"scopes": []}, {"scopes": ["admin"]}, {"account": "house"}]
)
def test_a_key_that_is_not_asked_for_properly_is_not_made(owner: Client, form: dict[str, object]) -> None:
    answer = make(owner, **form)

    assert 400 == answer.status_code
    assert parse(answer.content).all("p", class_="field-error") or parse(answer.content).all("div", class_="refusal")
    assert 0 == ApiKey.objects.count()


def test_a_secret_is_shown_once(owner: Client) -> None:
    answer = add(owner, kinds=["invoice.paid"])
    secret = parse(answer.content).one("code", id="secret").text

    row = Webhook.objects.get()
    assert (ADDRESS, ["invoice.paid"]) == (row.url, row.kinds)
    assert secret.startswith("lnwh_")
    assert "no-store" in answer["Cache-Control"]
    for page in (WEBHOOKS, f"{WEBHOOKS}{row.pk}/"):
        assert secret not in owner.get(page).content.decode()
        assert row.secret not in owner.get(page).content.decode()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1/", "private network"),
        ("http://169.254.169.254/latest/meta-data/", "private network"),
        ("https://[::1]/", "private network"),
        ("http://0x7f.1/", "private network"),
        ("https://93.184.216.34:22/", "Port 22"),
        ("gopher://93.184.216.34/", "no address that can be called"),
        ("https://ada@93.184.216.34/", "no address that can be called"),
        ("", "Which address?"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_in_words(owner: Client, url: str, said: str) -> None:
    answer = add(owner, url=url)

    assert 400 == answer.status_code
    assert said in parse(answer.content).text
    assert 0 == Webhook.objects.count()


def test_a_stopped_webhook_is_told_nothing_more(owner: Client) -> None:
    add(owner)
    row = Webhook.objects.get()
    assert 302 == owner.post(f"{WEBHOOKS}{row.pk}/stop/").status_code

    row.refresh_from_db()
    assert row.stopped_at is not None
    assert "stopped" in owner.get(WEBHOOKS).content.decode()


def test_the_log_says_how_each_event_fared(owner: Client) -> None:
    add(owner)
    row = Webhook.objects.get()
    delivery_to(row, state="given up", tries=12, last_status=500, last_error="The answer was 500.")
    page = parse(owner.get(f"{WEBHOOKS}{row.pk}/").content)
    words = " ".join(page.one("ul", class_="letters").text.split())

    for word in ("payment.paid", "given up", "12 tries", "answered 500", "The answer was 500."):
        assert word in words


def test_what_was_given_up_can_be_sent_again(owner: Client) -> None:
    add(owner)
    delivery = delivery_to(Webhook.objects.get(), state="given up", tries=12)
    answer = owner.post(f"{WEBHOOKS}{delivery.webhook_id}/deliveries/{delivery.pk}/resend/")

    assert (302, f"{WEBHOOKS}{delivery.webhook_id}/") == (answer.status_code, answer["Location"])
    delivery.refresh_from_db()
    assert ("waiting", 0) == (delivery.state, delivery.tries)
    owner.post(f"{WEBHOOKS}{delivery.webhook_id}/stop/")
    answer = owner.post(f"{WEBHOOKS}{delivery.webhook_id}/deliveries/{delivery.pk}/resend/")
    assert 400 == answer.status_code
    assert "was stopped" in parse(answer.content).text


def test_what_belongs_to_others_is_not_there(owner: Client) -> None:
    bakery = make_account("bakery")
    create_key(bakery.pk, name="Oven", scopes=frozenset({Scope.READ}), user_id=join(make_user("bob"), bakery).pk)
    theirs = Webhook.objects.create(account=bakery, url="https://bakery.example/", secret="00")
    delivery = delivery_to(theirs)

    assert "Oven" not in owner.get(KEYS).content.decode()
    assert "bakery.example" not in owner.get(WEBHOOKS).content.decode()
    assert 404 == owner.get(f"{WEBHOOKS}{theirs.pk}/").status_code
    for address in (
        f"{KEYS}{ApiKey.objects.get().pk}/revoke/",
        f"{WEBHOOKS}{theirs.pk}/stop/",
        f"{WEBHOOKS}{theirs.pk}/deliveries/{delivery.pk}/resend/",
    ):
        assert 404 == owner.post(address).status_code
    assert ApiKey.objects.get().revoked_at is None


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_only_owners_come_here_and_see_the_way(cafe: MerchantAccount, client: Client, role: Role) -> None:
    client.force_login(join(make_user("eve"), cafe, role=role))

    assert {403} == {client.get(page).status_code for page in (KEYS, WEBHOOKS)}
    assert "Settings" not in parse(client.get("/").content).text


@pytest.mark.parametrize("page", ["/account/members/", "/account/limits/", "/account/currency/", KEYS, WEBHOOKS])
def test_the_tabs_lead_to_everything_that_owners_settle(owner: Client, page: str) -> None:
    tabs = parse(owner.get(page).content).one("nav", class_="tabs")

    assert ["Members", "Limits", "Currency", "API", "Webhooks"] == [link.text for link in tabs.all("a")]
    assert [page] == [link.attributes["href"] for link in tabs.all("a", aria_current="page")]


def test_hostile_words_are_only_words(owner: Client, cafe: MerchantAccount) -> None:
    make(owner, name=HOSTILE)
    row = Webhook.objects.create(account=cafe, url=f"https://{HOSTILE}/", secret="00")
    delivery_to(row, state="waiting", tries=1, last_error=HOSTILE)

    for page in (KEYS, WEBHOOKS, f"{WEBHOOKS}{row.pk}/"):
        html = owner.get(page).content.decode()
        assert "<script>alert" not in html
        assert "\u202e" not in html
    assert HOSTILE == ApiKey.objects.get().name
