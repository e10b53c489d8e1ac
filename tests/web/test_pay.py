"""The Pay page: reading, refusing, asking for an amount, and the one button."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from payments.lightning.errors import LightningError
from tests.web import samples
from tests.web.conftest import Wallet
from tests.web.markup import fields, parse

pytestmark = pytest.mark.django_db

HOSTILE_AMOUNTS = [
    "-1",
    "-0",
    "0.0005",
    "1e3",
    "1e1000000",
    "1E+999999",
    "NaN",
    "Infinity",
    "1_000",
    "\uff11\uff12",
    "\u0663",
    "0x10",
    "9" * 17,
    "9" * 5_000,
    " 5 ",
    "5\u200b",
    "5,5",
    "+5",
    "5\n",
    "[]",
    "{}",
    "null",
    "true",
    "2100000000000001",
]
GOOD_IN_MSAT = {"9" * 17, "2100000000000001"}


@dataclass(eq=False, kw_only=True)
class NoInvoice(LightningError):
    """Some refusal."""


def test_the_box_has_the_focus_and_reads_by_itself(visitor: Client, wallet: Wallet) -> None:
    page = parse(visitor.get("/").content)
    box = page.one("textarea", id="text")
    assert "autofocus" in box.attributes
    assert "/preview/" == page.one("form", id="read").attributes["hx-post"]
    assert "/" == page.one("form", id="read").attributes["action"]
    assert [] == wallet.asked


def test_without_scripts_a_button_reads(visitor: Client, wallet: Wallet) -> None:
    page = parse(visitor.get("/").content)
    assert ["Read"] == [button.text for button in page.one("noscript").all("button")]


def test_reading_by_reload_and_by_fragment_say_the_same(visitor: Client, wallet: Wallet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payments.web.reading.secrets.token_hex", lambda _bytes: samples.PAYMENT_ID)
    sent = {"text": samples.INVOICE_TEXT}
    fragment = _without_token(visitor.post("/preview/", sent).content.decode())
    assert fragment in _without_token(visitor.post("/", sent).content.decode())


def test_the_preview_says_what_paying_would_do(visitor: Client, wallet: Wallet) -> None:
    page = parse(visitor.post("/preview/", {"text": samples.INVOICE_TEXT}).content)
    assert [{"text": samples.INVOICE_TEXT, "amount_msat": None, "fee_limit_msat": None}] == wallet.orders("preview")
    said = " ".join(page.text.split())
    for words in ("2,500 sat", "Bean There", "Flat white, oat milk", "not checked", "59 min 0 s"):
        assert words in said
    for words in ("2.124 sat", "75 sat", "2,575 sat", "98 blocks", "16 hours"):
        assert words in said


def test_hops_add_up_to_the_last_row(visitor: Client, wallet: Wallet) -> None:
    table = parse(visitor.post("/preview/", {"text": samples.INVOICE_TEXT}).content).one("table")
    rows = [[cell.text.split()[0] for cell in row.all("td", class_="num")] for row in table.one("tbody").all("tr")]
    totals = [cell.text for cell in table.one("tfoot").all("td")]
    fees = [int(row[1].replace(".", "").replace(",", "")) for row in rows]
    assert [f"{sum(fees) / 1000:.3f}", str(sum(int(row[2]) for row in rows))] == [totals[1], totals[2]]


def test_enter_can_never_pay_because_the_first_button_only_reads(visitor: Client, wallet: Wallet) -> None:
    page = parse(visitor.post("/", {"text": samples.INVOICE_TEXT}).content)
    pay = page.one("form", id="pay")
    assert {"hidden"} == {each.attributes["type"] for each in pay.all("input")}
    assert [] == [each for each in page.all() if each.attributes.get("form") == "pay"]
    first = pay.all("button")[0].attributes
    assert ("/", False) == (first["formaction"], "disabled" in first), "a disabled one would be passed over for the next"
    own = pay.all("input")
    assert {"read"} == {each.attributes["form"] for each in page.one("section", id="preview").all("input") if each not in own}
    assert 1 == len(page.all("button", id="pay-button"))


def test_the_pay_button_pays_what_was_previewed(visitor: Client, wallet: Wallet) -> None:
    page = parse(visitor.post("/", {"text": samples.INVOICE_TEXT}).content)
    sent = fields("pay", page)
    answer = visitor.post("/pay/", sent)
    assert (302, f"/payments/{samples.PAYMENT_ID}/") == (answer.status_code, answer["Location"])
    [order] = wallet.orders("pay")
    assert (samples.INVOICE_TEXT, None, 75_000) == (order["text"], order["amount_msat"], order["fee_limit_msat"])
    assert order["payment_id"] == sent["payment_id"]


def test_a_second_click_orders_the_same_payment(visitor: Client, wallet: Wallet) -> None:
    sent = fields("pay", parse(visitor.post("/", {"text": samples.INVOICE_TEXT}).content))
    visitor.post("/pay/", sent)
    visitor.post("/pay/", sent)
    first, second = wallet.orders("pay")
    assert first == second


def test_each_reading_is_an_intention_of_its_own(visitor: Client, wallet: Wallet) -> None:
    sent = [fields("pay", parse(visitor.post("/", {"text": samples.INVOICE_TEXT}).content))["payment_id"] for _ in range(2)]
    assert sent[0] != sent[1]


def test_a_refused_text_stays_in_the_box_with_its_sentence_and_its_place(visitor: Client, wallet: Wallet) -> None:
    wallet.preview, wallet.place = NoInvoice(), 4
    page = parse(visitor.post("/", {"text": "lnbcX<b>oops</b>"}).content)
    assert "lnbcX<b>oops</b>" == page.one("textarea").text
    refusal = page.one("div", class_="refusal")
    assert wallet.sentence in refusal.text
    assert "X" == refusal.one("mark").text
    assert "no_invoice" == refusal.attributes["data-code"]
    assert [] == page.all("form", id="pay")


def test_a_refused_payment_keeps_the_text(visitor: Client, wallet: Wallet) -> None:
    wallet.paying = NoInvoice()
    answer = visitor.post("/pay/", {"text": "lnbc1gone", "payment_id": samples.PAYMENT_ID, "fee_limit_msat": "1", "account": "house"})
    page = parse(answer.content)
    assert 400 == answer.status_code
    assert "lnbc1gone" == page.one("textarea").text
    assert wallet.sentence in page.one("div", class_="refusal").text


@pytest.mark.parametrize("payment_id", ["", "5a" * 31, "5A" * 32, "5a" * 32 + "\n", "zz" * 32])
def test_a_payment_without_a_proper_id_is_not_made(visitor: Client, wallet: Wallet, payment_id: str) -> None:
    answer = visitor.post("/pay/", {"text": samples.INVOICE_TEXT, "payment_id": payment_id, "account": "house"})
    assert 400 == answer.status_code
    assert [] == wallet.orders("pay")


@pytest.mark.parametrize("amount", [each for each in HOSTILE_AMOUNTS if each not in GOOD_IN_MSAT] + ["2100000000000000001"])
@pytest.mark.parametrize("name", ["amount_msat", "fee_limit_msat"])
def test_a_payment_with_anything_but_digits_is_not_made(visitor: Client, wallet: Wallet, name: str, amount: str) -> None:
    order = {"text": samples.INVOICE_TEXT, "payment_id": samples.PAYMENT_ID, "account": "house"}
    answer = visitor.post("/pay/", {**order, name: amount})
    assert 400 == answer.status_code
    assert [] == wallet.orders("pay")


def test_an_open_amount_is_asked_for(visitor: Client, wallet: Wallet) -> None:
    wallet.preview = samples.preview(invoice=samples.invoice(amount_msat=None), amount_msat=None, paths=())
    page = parse(visitor.post("/", {"text": samples.INVOICE_TEXT}).content)
    assert "read" == page.one("input", name="amount").attributes["form"]
    assert [] == page.all("form", id="pay")


def test_an_amount_is_read_in_sat_and_paid_in_msat(visitor: Client, wallet: Wallet) -> None:
    wallet.preview = samples.preview(invoice=samples.invoice(amount_msat=None), amount_msat=7_000)
    sent = {"text": samples.INVOICE_TEXT, "about": samples.INVOICE_TEXT, "amount": "7", "fee_limit": "3"}
    page = parse(visitor.post("/", sent).content)
    assert [{"text": samples.INVOICE_TEXT, "amount_msat": 7_000, "fee_limit_msat": 3_000}] == wallet.orders("preview")
    assert "7000" == fields("pay", page)["amount_msat"]
    assert "7" == page.one("input", name="amount").attributes["value"]
    assert "3" == page.one("input", name="fee_limit").attributes["value"]


def test_an_amount_typed_for_another_text_is_forgotten(visitor: Client, wallet: Wallet) -> None:
    visitor.post("/preview/", {"text": "lnbc1new", "about": "lnbc1old", "amount": "7", "fee_limit": "1e9"})
    assert [{"text": "lnbc1new", "amount_msat": None, "fee_limit_msat": None}] == wallet.orders("preview")


@pytest.mark.parametrize("amount", [*HOSTILE_AMOUNTS, "0"])
def test_amounts_are_digits_and_nothing_else(visitor: Client, wallet: Wallet, amount: str) -> None:
    wallet.preview = samples.preview(invoice=samples.invoice(amount_msat=None), amount_msat=None, paths=())
    answer = visitor.post("/preview/", {"text": "lnbc1", "about": "lnbc1", "amount": amount})
    assert [{"text": "lnbc1", "amount_msat": None, "fee_limit_msat": None}] == wallet.orders("preview")
    assert 1 == len(parse(answer.content).all("p", class_="field-error"))


@pytest.mark.parametrize("limit", HOSTILE_AMOUNTS)
def test_with_a_wrong_fee_limit_there_is_no_pay_button(visitor: Client, wallet: Wallet, limit: str) -> None:
    page = parse(visitor.post("/", {"text": "lnbc1", "about": "lnbc1", "fee_limit": limit}).content)
    assert 1 == len(page.all("p", class_="field-error"))
    assert [] == page.all("form", id="pay")


def test_a_fee_limit_of_nothing_is_a_limit(visitor: Client, wallet: Wallet) -> None:
    visitor.post("/preview/", {"text": "lnbc1", "about": "lnbc1", "fee_limit": "0"})
    assert 0 == wallet.orders("preview")[0]["fee_limit_msat"]


def test_no_route_says_why_and_offers_no_button(visitor: Client, wallet: Wallet) -> None:
    wallet.preview = samples.preview(paths=(), no_route="We know no path to this recipient.")
    page = parse(visitor.post("/", {"text": samples.INVOICE_TEXT}).content)
    assert "We know no path to this recipient." in page.one("div", class_="refusal").text
    assert [] == page.all("form", id="pay")


def test_an_invoice_that_has_a_payment_leads_to_it(visitor: Client, wallet: Wallet) -> None:
    wallet.preview = samples.preview(existing_payment_id=samples.PAYMENT_ID)
    page = parse(visitor.post("/", {"text": samples.INVOICE_TEXT}).content)
    assert f"/payments/{samples.PAYMENT_ID}/" == page.one("p", class_="notice").one("a").attributes["href"]
    assert [] == page.all("form", id="pay")


def test_several_paths_are_drawn_as_lanes(visitor: Client, wallet: Wallet) -> None:
    wallet.preview = samples.preview(paths=(samples.path(amount_msat=2_000_000), samples.path("Carol", "Bean There", amount_msat=500_000)))
    page = parse(visitor.post("/preview/", {"text": samples.INVOICE_TEXT}).content)
    assert 1 == len(page.all("svg", class_="picture--across"))
    assert 1 == len(page.all("svg", class_="picture--down"))
    assert ["Part 1 of 2", "Part 2 of 2"] == [table.one("caption").text for table in page.all("table")]


def test_a_null_character_is_a_sentence_and_not_an_error(visitor: Client, wallet: Wallet) -> None:
    answer = visitor.post("/preview/", {"text": "lnbc\0"})
    assert 200 == answer.status_code
    assert 1 == len(parse(answer.content).all("div", class_="refusal"))


@pytest.mark.parametrize("address", ["/preview/", "/pay/"])
def test_orders_are_posted(visitor: Client, wallet: Wallet, address: str) -> None:
    assert 405 == visitor.get(address).status_code


def _without_token(html: str) -> str:
    return "\n".join(line for line in html.splitlines() if "csrfmiddlewaretoken" not in line)
