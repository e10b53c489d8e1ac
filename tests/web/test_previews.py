"""A preview goes out in time with what is known, and the rest comes into its place."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from payments.web.views import previews
from tests.web import samples
from tests.web.conftest import LONG_S, Wallet
from tests.web.markup import Element, parse

pytestmark = pytest.mark.django_db
PATIENCE_S = previews._PATIENCE_S
"""As it is outside of tests."""
SENT = {"text": samples.INVOICE_TEXT, "about": samples.INVOICE_TEXT, "fee_limit": "75"}
OTHER = samples.route(samples.path("Dave", "Bean There"), virtues=("likeliest",), token="token-2")
WAYS = {"HX-Target": "ways"}


def loader(page: Element) -> Element:
    return page.one("div", hx_post="/preview/rest/")


def test_a_preview_waits_for_routes_less_than_a_tenth_of_a_second(visitor: Client, wallet: Wallet) -> None:
    visitor.post("/preview/", SENT)
    assert [LONG_S] == wallet.patience_s
    assert 0 < PATIENCE_S < 0.1


def test_the_page_itself_waits_for_all_because_a_browser_without_scripts_asks_once(visitor: Client, wallet: Wallet) -> None:
    visitor.post("/", SENT)
    assert [None] == wallet.patience_s


def test_what_is_whole_asks_for_nothing_more(visitor: Client, wallet: Wallet) -> None:
    page = parse(visitor.post("/preview/", SENT).content)
    assert [] == page.all("div", hx_post="/preview/rest/")
    assert [] == page.all("fieldset", class_="offers"), "one route is no choice"


def test_what_would_be_sent_can_be_paid_before_the_others_are_there(visitor: Client, wallet: Wallet) -> None:
    wallet.preview = samples.preview(is_whole=False)
    page = parse(visitor.post("/preview/", SENT).content)
    form = page.one("form", id="pay")
    assert ["token-1"] == [radio.attributes["value"] for radio in form.all("input", name="route") if "checked" in radio.attributes]
    assert "Looking for other ways…" in form.text
    assert ("#ways", "outerHTML", "load") == tuple(loader(form).attributes[name] for name in ("hx-target", "hx-swap", "hx-trigger"))


def test_the_rest_is_asked_for_with_what_was_read_and_not_with_what_is_typed_meanwhile(visitor: Client, wallet: Wallet) -> None:
    wallet.preview = samples.preview(is_whole=False)
    page = parse(visitor.post("/preview/", SENT).content)
    attributes = loader(page).attributes
    assert {**SENT, "amount": ""} == json.loads(attributes["hx-vals"])
    assert "#read:abort" == attributes["hx-sync"]
    assert {"csrfmiddlewaretoken", "account", *SENT, "amount"} == set(attributes["hx-params"].split(","))


def test_the_others_come_into_their_place_in_the_form(visitor: Client, wallet: Wallet) -> None:
    wallet.preview = samples.preview(routes=(samples.route(), OTHER))
    page = parse(visitor.post("/preview/rest/", SENT, headers=WAYS).content)
    assert ["ways"] == [child.attributes["id"] for child in page.children]
    assert ["token-1", "token-2"] == [radio.attributes["value"] for radio in page.all("input", type="radio")]
    assert [] == page.all("input", name="payment_id"), "the form keeps the one payment that it can make"
    assert [None] == wallet.patience_s
    assert [75_000] == [asked["fee_limit_msat"] for asked in wallet.orders("preview")]


def test_where_there_is_no_other_way_its_place_says_so(visitor: Client, wallet: Wallet) -> None:
    page = parse(visitor.post("/preview/rest/", SENT, headers=WAYS).content)
    offers = page.one("fieldset", class_="offers--late")
    assert "There is no other way within these limits." in offers.text
    assert "checked" in offers.one("input", type="radio").attributes


def test_before_anything_is_known_the_page_says_that_it_looks(visitor: Client, wallet: Wallet) -> None:
    wallet.preview = samples.preview(paths=(), is_whole=False)
    page = parse(visitor.post("/preview/", SENT).content)
    looking = page.one("div", class_="looking")
    assert "Looking for a way to the recipient…" in looking.text
    assert ("#preview", "innerHTML") == tuple(loader(looking).attributes[name] for name in ("hx-target", "hx-swap"))
    assert [] == page.all("form", id="pay")
    assert samples.invoice().description in page.text


@pytest.mark.parametrize("headers", [{}, WAYS], ids=["nothing was known", "a route was known"])
def test_where_there_is_no_route_after_all_the_whole_preview_says_so(visitor: Client, wallet: Wallet, headers: dict[str, str]) -> None:
    wallet.preview = samples.preview(paths=(), no_route="Our channels can send nothing.")
    answer = visitor.post("/preview/rest/", SENT, headers=headers)
    assert ("#preview", "innerHTML") == (answer["HX-Retarget"], answer["HX-Reswap"])
    assert "Our channels can send nothing." in parse(answer.content).one("div", class_="refusal").text


def test_an_invoice_that_somebody_paid_meanwhile_is_not_offered_again(visitor: Client, wallet: Wallet) -> None:
    wallet.preview = samples.preview(existing_payment_id=samples.PAYMENT_ID)
    answer = visitor.post("/preview/rest/", SENT, headers=WAYS)
    assert "#preview" == answer["HX-Retarget"]
    assert [] == parse(answer.content).all("form", id="pay")
