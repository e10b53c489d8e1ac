"""The routes to choose from, the page that asks again, a suggestion that helps with one click, and rehearsals, which send nothing."""

from __future__ import annotations

import pytest
from django.test import Client

from payments.models import EngineCommand, PaymentRecord
from payments.nodes.commands import PayInvoice, decode_command
from payments.queries.chosen_routes import open_route
from payments.queries.shapes import RemedyShape
from tests.graphs import node, scid
from tests.people import make_owner
from tests.unit.queries.imported_world import FAR_LINE, invoice_of, write_map
from tests.unit.queries.small_world import announce, build, set_price
from tests.unit.services.wallet import NEXT_SCID, RELAY, SHOP, hash_of, make_invoice
from tests.web import samples
from tests.web.conftest import Wallet
from tests.web.markup import Element, fields, parse

pytestmark = pytest.mark.django_db
SENT = {"text": samples.INVOICE_TEXT}
LIKELIEST = samples.route(
    samples.path("Dave", "Bean There"), virtues=("likeliest", "fewest_hops"), fee_msat=9_000, chance_permille=998, token="token-2"
)


@pytest.fixture
def ada(client: Client, tmp_path, settings) -> Client:
    """Signed in, with two ways to the shop: a short one, and a cheap one."""
    settings.LNWEB_STATE_DIR = tmp_path
    build()
    announce(scid(300), RELAY, node("cheap"), fee_base_msat=1)
    announce(scid(301), node("cheap"), SHOP, fee_base_msat=1)
    client.force_login(make_owner("ada"))
    return client


def read(client: Client, text: str, **answers: str) -> Element:
    return parse(client.post("/", {"text": text, "about": text, **answers}).content)


def words(element: Element) -> str:
    return " ".join(element.text.split())


def test_each_route_is_offered_by_what_speaks_for_it(visitor: Client, wallet: Wallet) -> None:
    wallet.preview = samples.preview(routes=(samples.route(), LIKELIEST))
    page = parse(visitor.post("/preview/", SENT).content)
    first, second = page.one("fieldset", class_="offers").all("label")
    assert "Best overall · Cheapest 2.124 sat fee 87 % likely locked 16 hours 20 minutes at worst" == words(first)
    assert "Likeliest · Fewest steps 9 sat fee 99.8 % likely locked 9 hours 40 minutes at worst" == words(second)
    assert ["token-1", "token-2"] == [radio.attributes["value"] for radio in page.all("input", type="radio")]
    assert [True, False] == ["checked" in radio.attributes for radio in page.all("input", type="radio")]
    assert 2 == len(page.all("section", class_="route"))


def test_no_two_things_on_the_page_have_one_id(visitor: Client, wallet: Wallet) -> None:
    wallet.preview = samples.preview(routes=(samples.route(), LIKELIEST))
    ids = [each.attributes["id"] for each in parse(visitor.post("/", SENT).content).all() if "id" in each.attributes]
    assert len(ids) == len(set(ids))


def test_one_route_is_no_choice(visitor: Client, wallet: Wallet) -> None:
    page = parse(visitor.post("/", SENT).content)
    assert [] == page.all("input", type="radio")
    assert "token-1" == fields("pay", page)["route"]


def test_a_chance_that_nobody_knows_is_not_made_up(visitor: Client, wallet: Wallet) -> None:
    wallet.preview = samples.preview(routes=(samples.route(chance_permille=None), LIKELIEST))
    page = parse(visitor.post("/preview/", SENT).content)
    assert ["99.8 % likely"] == [words(chance) for chance in page.all("span", class_="offer-chance")]
    assert "unknown" in words(page.all("dl", class_="facts")[0])


@pytest.mark.parametrize("choice", [0, 1])
def test_exactly_the_chosen_one_is_ordered(ada: Client, choice: int) -> None:
    page = read(ada, make_invoice())
    token = page.all("input", type="radio")[choice].attributes["value"]
    ada.post("/pay/", fields("pay", page) | {"route": token})
    command = decode_command(EngineCommand.objects.get().arguments)
    assert isinstance(command, PayInvoice)
    assert open_route(token, payment_hash=hash_of(b"\x07" * 32)) == command.route


def dearer() -> None:
    for direction in (0, 1):
        set_price(NEXT_SCID, direction, fee_base_msat=2_000, timestamp_s=1_700_000_001)


def order_of_the_short_way(ada: Client, text: str, **answers: str) -> dict[str, str]:
    page = read(ada, text, **answers)
    (short,) = (label for label in page.all("label", class_="offer") if "Fewest steps" in words(label))
    return fields("pay", page) | {"route": short.one("input").attributes["value"]}


def test_when_the_network_has_changed_the_page_asks_again_and_the_second_click_pays(ada: Client) -> None:
    invoice = make_invoice()
    order = order_of_the_short_way(ada, invoice)
    dearer()
    answer = ada.post("/pay/", order)
    page = parse(answer.content)
    assert (409, 0) == (answer.status_code, PaymentRecord.objects.count())
    assert "that route does not go any more" in words(page.one("p", class_="notice"))
    assert invoice == page.one("textarea").text
    again = fields("pay", page)
    assert again["payment_id"] != order["payment_id"]
    assert 302 == ada.post("/pay/", again).status_code
    assert 1 == PaymentRecord.objects.count()


def test_the_page_that_asks_again_keeps_what_was_typed(ada: Client) -> None:
    order = order_of_the_short_way(ada, make_invoice(None), amount="1234", fee_limit="77")
    dearer()
    page = parse(ada.post("/pay/", order).content)
    assert ("1234", "77") == tuple(page.one("input", name=name).attributes["value"] for name in ("amount", "fee_limit"))
    again = fields("pay", page)
    assert ("1234000", "77000") == (again["amount_msat"], again["fee_limit_msat"])


def test_the_page_that_asks_again_does_not_call_our_own_limit_the_payers(ada: Client) -> None:
    order = order_of_the_short_way(ada, make_invoice(None), amount="1234")
    dearer()
    page = parse(ada.post("/pay/", order).content)
    assert "" == page.one("input", name="fee_limit").attributes["value"]


def test_a_token_of_nobodys_making_pays_nothing(ada: Client) -> None:
    answer = ada.post("/pay/", fields("pay", read(ada, make_invoice())) | {"route": "<script>"})
    assert 400 == answer.status_code
    assert "not one that we showed" in words(parse(answer.content).one("div", class_="refusal"))
    assert 0 == PaymentRecord.objects.count()


def test_a_suggested_limit_is_a_button_that_helps(ada: Client) -> None:
    invoice = make_invoice()
    button = read(ada, invoice, fee_limit="0").one("button", id="remedy")
    assert ("read", "suggested_fee_limit") == (button.attributes["form"], button.attributes["name"])
    page = read(ada, invoice, fee_limit="0", **{button.attributes["name"]: button.attributes["value"]})
    assert button.attributes["value"] == page.one("input", name="fee_limit").attributes["value"]
    assert 302 == ada.post("/pay/", fields("pay", page)).status_code


def test_a_suggested_amount_is_a_button_that_helps(ada: Client) -> None:
    invoice = make_invoice(None)
    tree = read(ada, invoice, amount="20000")
    button = tree.one("button", id="remedy")
    assert button.attributes["data-fills"] == tree.one("input", name="amount").attributes["id"]
    page = read(ada, invoice, amount="20000", suggested_amount=button.attributes["value"])
    assert button.attributes["value"] == page.one("input", name="amount").attributes["value"]
    assert 1 == len(page.all("form", id="pay"))


@pytest.mark.parametrize("value", ["-1", "1e9", "x", "9" * 17])
def test_a_suggestion_is_checked_like_what_is_typed(visitor: Client, wallet: Wallet, value: str) -> None:
    page = parse(visitor.post("/", {**SENT, "about": samples.INVOICE_TEXT, "suggested_fee_limit": value}).content)
    assert 1 == len(page.all("p", class_="field-error"))
    assert [] == page.all("form", id="pay")


def test_a_suggestion_for_another_text_is_forgotten(visitor: Client, wallet: Wallet) -> None:
    visitor.post("/preview/", {"text": "lnbc1new", "about": "lnbc1old", "suggested_fee_limit": "7"})
    assert [{"text": "lnbc1new", "amount_msat": None, "fee_limit_msat": None}] == wallet.orders("preview")


def test_a_large_suggestion_is_written_in_digits_alone(visitor: Client, wallet: Wallet) -> None:
    remedy = RemedyShape(field="amount", value_sat=1_500_000, words="Make it 1,500,000 sat")
    wallet.preview = samples.preview(invoice=samples.invoice(amount_msat=None), paths=(), no_route="No.", remedy=remedy)
    button = parse(visitor.post("/", SENT).content).one("button", id="remedy")
    assert ("1500000", "Make it 1,500,000 sat") == (button.attributes["value"], button.text)


def test_a_rehearsal_can_neither_be_paid_nor_tested(ada: Client) -> None:
    write_map(*FAR_LINE)
    page = read(ada, invoice_of("far"))
    assert "A rehearsal: this is how 0369e08c…a98bf928 would pay, not you." in words(page.one("p", class_="notice"))
    assert 1 == len(page.all("section", class_="route"))
    assert "0369e08c…a98bf928 in your place" == words(page.one("section", class_="route").all("g", class_="station--eyes")[0])
    assert "You" not in words(page.one("section", class_="route"))
    assert [] == page.all("form", id="pay")
    assert [] == [button.text for button in page.all("button") if "Pay" in button.text or "Test" in button.text]


def test_strangers_names_are_shown_as_what_they_are(visitor: Client, wallet: Wallet) -> None:
    wallet.preview = samples.preview(rehearses=samples.HOSTILE_NAME, paths=(samples.path(samples.HOSTILE_NAME, samples.HOSTILE_NAME),))
    html = visitor.post("/", SENT).content.decode()
    assert "<script>alert" not in html
    assert "\u202e" not in html
    page = parse(html)
    assert "<script>alert(1)</script>⟨U+202E⟩gnp.exe" in page.one("p", class_="notice").text
    assert "<script>alert(1)</script>⟨U+202E⟩gnp.exe" in page.one("table").text
