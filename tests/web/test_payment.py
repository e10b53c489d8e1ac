"""A payment's page: its states, its attempts, its proof."""

from __future__ import annotations

import hashlib

import pytest
from django.test import Client

from tests.web import samples
from tests.web.conftest import Wallet
from tests.web.markup import parse

pytestmark = pytest.mark.django_db
ADDRESS = f"/payments/{samples.PAYMENT_ID}/"
WORDS = {"checking": "Checking", "sending": "Sending", "stopping": "Stopping", "held": "Held", "paid": "Paid", "failed": "Failed"}


@pytest.mark.parametrize("status", WORDS)
def test_every_state_is_a_word_an_icon_and_a_sentence(visitor: Client, wallet: Wallet, status: str) -> None:
    wallet.payment = samples.payment(status)
    page = parse(visitor.get(ADDRESS).content)
    pill = page.one("span", class_=f"pill--{status}")
    assert pill.text.strip() == WORDS[status]
    assert 1 == len(pill.all("svg"))
    assert wallet.payment.headline in page.one("section", id="payment").text


@pytest.mark.parametrize("status", [status for status in WORDS if status != "failed"])
def test_nothing_but_failed_is_ever_called_failed(visitor: Client, wallet: Wallet, status: str) -> None:
    wallet.payment = samples.payment(status, attempts=())
    section = parse(visitor.get(ADDRESS).content).one("section", id="payment")
    assert "failed" not in section.text.lower()
    assert [] == section.all(class_="pill--failed")


@pytest.mark.parametrize("status", WORDS)
def test_only_a_final_state_ends_the_watching(visitor: Client, wallet: Wallet, status: str) -> None:
    wallet.payment = samples.payment(status)
    final = status in {"paid", "failed"}
    page = parse(visitor.get(ADDRESS).content)
    assert ("data-final" in page.one("div", class_="status").attributes) == final
    assert (page.one("head").all("noscript") == []) == final
    assert (page.one("dl", class_="facts").all("time")[0].attributes.get("data-since") is None) == final


def test_the_page_watches_by_socket_and_polls_the_same_words(visitor: Client, wallet: Wallet) -> None:
    page = parse(visitor.get(ADDRESS).content)
    assert f"/ws{ADDRESS}?account=house" == page.one("body").attributes["ws-connect"]
    poll = page.one("div", id="poll").attributes
    assert (f"{ADDRESS}status/", "poll", "none") == (poll["hx-get"], poll["hx-trigger"], poll["hx-swap"])


def test_the_proof_hashes_to_the_payment_hash(visitor: Client, wallet: Wallet) -> None:
    wallet.payment = samples.payment("paid")
    page = parse(visitor.get(ADDRESS).content)
    shown = page.one("code", id="preimage").text
    assert samples.PAYMENT_HASH == hashlib.sha256(bytes.fromhex(shown)).hexdigest()
    assert samples.PAYMENT_HASH == page.one("figure", class_="seal").all("code")[1].attributes["title"]


@pytest.mark.parametrize("status", ["checking", "sending", "held", "failed"])
def test_before_it_is_paid_there_is_no_proof_and_never_a_secret(visitor: Client, wallet: Wallet, status: str) -> None:
    wallet.payment = samples.payment(status)
    html = visitor.get(ADDRESS).content.decode()
    assert samples.PREIMAGE not in html
    assert wallet.payment.invoice.payment_secret not in html


def test_attempts_stand_in_order_with_their_pictures_and_sentences(visitor: Client, wallet: Wallet) -> None:
    wallet.payment = samples.payment("paid")
    first, second = parse(visitor.get(ADDRESS).content).one("ol", class_="attempts").all("li", class_="attempt")
    assert "could not carry this amount" in first.text
    assert "temporary_channel_failure" in first.text
    assert first.one("svg", class_="picture--across").all("g", class_="line--broken") != []
    assert second.one("svg", class_="picture--across").all("g", class_="line--passed") != []
    assert first.one("table") != second.one("table")


def test_stopping_is_a_posted_order(visitor: Client, wallet: Wallet) -> None:
    page = parse(visitor.get(ADDRESS).content)
    assert "stop" == page.one("button", id="stop-button").attributes["form"]
    answer = visitor.post(page.one("form", id="stop").attributes["action"])
    assert ADDRESS == answer["Location"]
    [order] = wallet.orders("stop")
    assert samples.PAYMENT_ID == order["payment_id"]


def test_what_cannot_be_stopped_has_no_such_button(visitor: Client, wallet: Wallet) -> None:
    wallet.payment = samples.payment("held")
    assert [] == parse(visitor.get(ADDRESS).content).all("button", id="stop-button")


def test_a_held_payment_says_until_when(visitor: Client, wallet: Wallet) -> None:
    wallet.payment = samples.payment("held")
    section = parse(visitor.get(ADDRESS).content).one("section", id="payment")
    assert "Do not pay again" in section.text
    assert "At the latest in about 16 hours" in section.text


@pytest.mark.parametrize("address", [ADDRESS, f"{ADDRESS}status/", "/payments/5A/", f"/payments/{'5A' * 32}/", f"/payments/{'0' * 65}/"])
def test_an_unknown_payment_is_not_found(visitor: Client, wallet: Wallet, address: str) -> None:
    wallet.payment = None
    assert 404 == visitor.get(address).status_code


def test_stopping_an_unknown_payment_orders_nothing(visitor: Client, wallet: Wallet) -> None:
    wallet.payment = None
    assert 404 == visitor.post(f"{ADDRESS}stop/").status_code
    assert [] == wallet.asked


def test_a_part_says_that_it_is_one(visitor: Client, wallet: Wallet) -> None:
    part = samples.attempt(1, path=samples.path(amount_msat=1_000_000))
    wallet.payment = samples.payment("sending", attempts=(part, samples.attempt(2)))
    parts = parse(visitor.get(f"/payments/{samples.PAYMENT_ID}/").content).all("p", class_="attempt-part")
    assert ["a part of 1,000 sat"] == [each.text for each in parts]
