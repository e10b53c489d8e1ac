"""What holds on all pages: sign-in, the frame, no code or style in the markup, hostile words harmless, nothing misspelt in a template."""

from __future__ import annotations

import re

import pytest
from django.test import Client, RequestFactory
from django.views import defaults
from django.views.csrf import csrf_failure
from pytest_django import Settings

from payments.queries.shapes import HopState
from tests.web import samples
from tests.web.conftest import Wallet
from tests.web.markup import parse

pytestmark = pytest.mark.django_db
PAYMENT = f"/payments/{samples.PAYMENT_ID}/"
PAGES = [
    "/",
    "/payments/",
    PAYMENT,
    f"{PAYMENT}status/",
    "/network/",
    "/shops/",
    "/shops/bean-there/",
    "/shops/invoices/r-1/",
    "/shops/invoices/r-1/status/",
]
WHOLE_PAGES = [page for page in PAGES if not page.endswith("status/")]
CODE_IN_MARKUP = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals=.js:", re.IGNORECASE)
HOSTILE_WORDS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{7*7}}{% now 'Y' %}",
    "</svg><script>1</script>",
    "a\u202eb\u2066c\u0000d\u2028e\r\nf\x1b[31m",
]


def _fill_with(wallet: Wallet, words: str) -> None:
    hostile = samples.invoice(payee_name=words, description=words, features=(words,), route_hints=((words,),))
    way = samples.path(words, words, words)
    tried = samples.attempt(
        1, path=samples.path(words, words, states=(HopState.PASSED, HopState.BROKEN)), failing_node=words, failure_code="x"
    )
    shop = samples.shop(name=words, sells=words)
    wallet.preview = samples.preview(invoice=hostile, paths=(way, way))
    wallet.payment = samples.payment("sending", invoice=hostile, attempts=(tried,))
    wallet.rows = samples.Rows(rows=(samples.row(payee_name=words, description=words),))
    wallet.shops = (shop,)
    wallet.shop_invoice = samples.shop_invoice(shop=shop, description=words)


@pytest.mark.parametrize("address", [*PAGES, "/preview/", "/pay/", f"{PAYMENT}stop/"])
def test_strangers_are_sent_to_the_door(client: Client, wallet: Wallet, address: str) -> None:
    for answer in (client.get(address), client.post(address)):
        assert (302, f"/accounts/login/?next={address}") == (answer.status_code, answer["Location"])
    assert [] == wallet.asked


@pytest.mark.parametrize("address", WHOLE_PAGES)
def test_the_frame_shows_money_network_and_ways(visitor: Client, wallet: Wallet, address: str) -> None:
    wallet.balance = samples.balance(available_msat=1_234_567_891, held_msat=5_000)
    page = parse(visitor.get(address).content)
    assert "Available 1,234,567.891 sat Held 5 sat" == " ".join(page.one("div", id="balance").text.split())
    assert "sandbox" == page.one("span", class_="network").text
    ways = ["Pay", "Receive", "Payments", "Approvals", "Shops", "Network"]
    assert ways == [link.text.strip() for link in page.one("nav", class_="rail").all("a")]
    assert 1 == len(page.one("nav", class_="rail").all("a", aria_current="page"))
    assert "#content" == page.one("a", class_="skip").attributes["href"]
    assert 1 == len(page.all("h1"))


def test_nothing_held_is_not_mentioned(visitor: Client, wallet: Wallet) -> None:
    assert "Held" not in parse(visitor.get("/").content).one("div", id="balance").text


@pytest.mark.parametrize("words", ["Bean There", *HOSTILE_WORDS])
@pytest.mark.parametrize("address", PAGES)
def test_no_page_carries_code_or_style(visitor: Client, wallet: Wallet, address: str, words: str) -> None:
    _fill_with(wallet, words)
    html = visitor.get(address).content.decode()
    assert [] == CODE_IN_MARKUP.findall(re.sub(r"&[a-z#0-9]+;[^<]*", "", html))
    parse(html)


@pytest.mark.parametrize("words", HOSTILE_WORDS)
def test_hostile_words_are_text_and_cannot_turn_the_page(visitor: Client, wallet: Wallet, words: str) -> None:
    _fill_with(wallet, words)
    for html in [visitor.get(address).content.decode() for address in PAGES] + [
        visitor.post("/preview/", {"text": words}).content.decode()
    ]:
        tree = parse(html)
        assert {each.attributes["src"].split("/")[2] for each in tree.all("script")} <= {"payments", "django_htmx"}
        assert [] == tree.all("img")
        outside = re.sub(r'(?s)<textarea.*?</textarea>|value="[^"]*"', "", html)
        assert [] == re.findall("[\u202a-\u202e\u2066-\u2069\u2028\x00\x1b]", outside)


@pytest.mark.parametrize("address", PAGES)
def test_templates_name_nothing_that_is_not_there(visitor: Client, wallet: Wallet, settings: Settings, address: str) -> None:
    [templates] = settings.TEMPLATES
    settings.TEMPLATES = [templates | {"OPTIONS": templates["OPTIONS"] | {"string_if_invalid": "no-such-value"}}]
    wallet.payment = samples.payment("paid")
    assert "no-such-value" not in visitor.get(address).content.decode()
    assert "no-such-value" not in visitor.post("/preview/", {"text": samples.INVOICE_TEXT}).content.decode()


def test_the_largest_amount_fits_on_every_page(visitor: Client, wallet: Wallet) -> None:
    most_msat = 2_100_000_000_000_000_000
    wallet.payment = samples.payment("sending", amount_msat=most_msat)
    wallet.rows = samples.Rows(rows=(samples.row(amount_msat=most_msat),))
    wallet.balance = samples.balance(available_msat=most_msat)
    for address in ("/payments/", PAYMENT):
        assert visitor.get(address).content.decode().count("2,100,000,000,000,000") >= 2


def test_the_door_says_what_is_wrong(client: Client, db: None) -> None:
    page = parse(client.post("/accounts/login/", {"login": "ada", "password": "wrong"}).content)
    assert 1 == len(page.all("div", class_="refusal"))
    assert "ada" == page.one("input", name="login").attributes["value"]
    assert [] == page.all("nav")


@pytest.mark.parametrize(
    ("view", "status"),
    [(defaults.page_not_found, 404), (defaults.permission_denied, 403), (defaults.bad_request, 400), (defaults.server_error, 500)],
)
def test_what_goes_wrong_has_a_page_with_a_sentence(rf: RequestFactory, view: object, status: int) -> None:
    request = rf.get("/nowhere/")
    answer = defaults.server_error(request) if status == 500 else view(request, exception=Exception("secret detail"))  # type: ignore[operator]
    page = parse(answer.content)
    assert answer.status_code == status
    assert page.one("h1").text.strip() != ""
    assert "secret detail" not in page.text


def test_an_old_form_is_refused_in_words(rf: RequestFactory) -> None:
    answer = csrf_failure(rf.post("/pay/"))
    assert 403 == answer.status_code
    assert "nothing was paid" in parse(answer.content).text


def test_posting_without_the_token_does_nothing(wallet: Wallet, visitor: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = visitor.cookies
    assert 403 == strict.post("/pay/", {"text": samples.INVOICE_TEXT, "payment_id": samples.PAYMENT_ID}).status_code
    assert [] == wallet.asked
