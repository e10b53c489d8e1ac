"""The scenarios: for operators alone, one click to begin, the invoice in the box, and one click to put everything right."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client

from payments.models import EngineCommand, FaultRecord, InvoiceRequest, NodeRecord
from payments.nodes.commands import ClearFaults, CreateInvoice, SetFault, decode_command
from payments.nodes.fault_wish import wish_fault
from payments.sandbox.faults import Fault
from payments.sandbox.topology import SANDBOX, Role
from payments.services.scenarios import SCENARIOS, Scenario
from tests.people import join, make_operator
from tests.unit.queries.small_world import build
from tests.unit.services.wallet import make_invoice
from tests.web.conftest import Wallet
from tests.web.markup import Element, fields, parse

pytestmark = pytest.mark.django_db
Counter = Callable[..., AbstractContextManager[Any]]
ADDRESSES = ["/scenarios/", "/scenarios/start/", "/scenarios/faults/", "/scenarios/clear/", "/scenarios/blocks/", "/scenarios/held/r-1/"]


@pytest.fixture
def operator(client: Client) -> Client:
    """Grace, who runs the place, with the small network behind the pages."""
    build()
    client.force_login(join(make_operator("grace")))
    return client


@pytest.fixture
def shops(operator: Client) -> None:
    """The shops of all stories."""
    del operator
    slugs = sorted({scenario.shop for scenario in SCENARIOS})
    NodeRecord.objects.bulk_create(
        NodeRecord(node_id=f"{place:066x}", name=slug, slug=slug, role="shop") for place, slug in enumerate(slugs)
    )


def commands() -> list[object]:
    return [decode_command(row.arguments) for row in EngineCommand.objects.order_by("id")]


def begin(operator: Client, slug: str = "held") -> str:
    """Begin a story; the address of its page."""
    answer = operator.post("/scenarios/start/", {"scenario": slug})
    assert 302 == answer.status_code
    return str(answer["Location"])


def banner(page: Element) -> Element:
    return page.one("aside", id="faults")


@pytest.mark.parametrize("address", ADDRESSES)
def test_strangers_are_sent_to_the_door(client: Client, address: str) -> None:
    for answer in (client.get(address), client.post(address)):
        assert (302, f"/accounts/login/?next={address}") == (answer.status_code, answer["Location"])


@pytest.mark.parametrize("address", ADDRESSES)
def test_people_who_do_not_run_the_place_are_refused(visitor: Client, address: str) -> None:
    assert (403, 403) == (visitor.get(address).status_code, visitor.post(address).status_code)
    assert [] == commands()


def test_others_see_neither_the_entry_nor_the_banner(visitor: Client, wallet: Wallet) -> None:
    FaultRecord.objects.create(name="offline", node="canal")
    page = parse(visitor.get("/").content)
    assert "Scenarios" not in page.text
    assert [] == page.all("aside", id="faults")


def test_every_story_has_a_card_and_a_button(operator: Client) -> None:
    page = parse(operator.get("/scenarios/").content)
    buttons = page.all("button", name="scenario")
    assert [each.slug for each in SCENARIOS] == [button.attributes["value"] for button in buttons]
    assert len(SCENARIOS) == len({button.attributes["aria-label"] for button in buttons}), "a screen reader tells them apart"
    entry = page.one("nav", class_="rail").one("a", aria_current="page")
    assert ("Scenarios", "/scenarios/") == (entry.text.strip(), entry.attributes["href"])
    assert 1 == len(page.all("h1"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.slug)
def test_every_story_can_be_set_up_in_the_sandbox(scenario: Scenario) -> None:
    plans = {plan.slug: plan for plan in SANDBOX.nodes}
    assert Role.SHOP is plans[scenario.shop].role
    for trouble in scenario.troubles:
        assert wish_fault("x", trouble.name, node=trouble.node, settings=trouble.settings).fault.node == trouble.node


@pytest.mark.usefixtures("shops")
def test_one_click_clears_sets_and_asks_in_this_order(operator: Client) -> None:
    address = begin(operator, "garbled")
    clear, *faults, ask = commands()
    assert isinstance(clear, ClearFaults)
    assert ["summit", "northgate"] == [_fault(wish).node for wish in faults]
    assert isinstance(ask, CreateInvoice)
    assert ("granite-games", 10_000_000) == (ask.node_slug, ask.amount_msat)
    assert f"/scenarios/garbled/{ask.request_id}/" == address


def _fault(wish: object) -> Fault:
    assert isinstance(wish, SetFault)
    return wish.fault


@pytest.mark.parametrize("slug", ["", "no-such-story", "<script>"])
def test_a_story_that_is_not_there_is_refused_in_words(operator: Client, slug: str) -> None:
    answer = operator.post("/scenarios/start/", {"scenario": slug})
    assert 400 == answer.status_code
    assert "There is no scenario" in parse(answer.content).one("div", class_="refusal").text
    assert [] == commands()


def test_before_the_sandbox_has_started_nothing_is_half_begun(operator: Client) -> None:
    answer = operator.post("/scenarios/start/", {"scenario": "held"})
    assert 400 == answer.status_code
    assert "no shop called “beacon-books”" in parse(answer.content).one("div", class_="refusal").text
    assert [] == commands()


@pytest.fixture
def begun(operator: Client, shops: None) -> str:
    """The address of a story whose shop has not answered yet."""
    del shops
    return begin(operator)


def test_until_the_invoice_is_there_the_page_waits_with_and_without_scripts(operator: Client, begun: str) -> None:
    page = parse(operator.get(begun).content)
    assert (begun, "every 300ms") == tuple(page.one("div", class_="handover").attributes[name] for name in ("hx-get", "hx-trigger"))
    assert "1" == page.one("noscript").one("meta").attributes["content"]
    answer = operator.get(begun, headers={"HX-Request": "true"})
    assert (204, False) == (answer.status_code, "HX-Refresh" in answer)


def test_the_pay_page_comes_with_the_invoice_in_its_box(operator: Client, begun: str) -> None:
    invoice = make_invoice()
    InvoiceRequest.objects.update(state=InvoiceRequest.State.MADE, invoice=invoice)
    assert "true" == operator.get(begun, headers={"HX-Request": "true"})["HX-Refresh"]
    page = parse(operator.get(begun).content)
    assert invoice == page.one("textarea", id="text").text
    assert invoice == fields("pay", page)["text"]
    assert "A hop holds the money" in page.one("section", class_="watch").text
    assert "Pay" == page.one("nav", class_="rail").one("a", aria_current="page").text.strip()
    answer = operator.post("/pay/", fields("pay", page))
    assert answer["Location"].startswith("/payments/")


def test_an_invoice_that_was_not_made_is_told(operator: Client, begun: str) -> None:
    InvoiceRequest.objects.update(state=InvoiceRequest.State.REFUSED, refusal="unknown_shop")
    page = parse(operator.get(begun).content)
    assert "did not make this invoice" in page.one("div", class_="refusal").text
    assert [] == page.all("noscript")


@pytest.mark.parametrize("address", ["/scenarios/held/no-such-request/", "/scenarios/no-such-story/{request_id}/"])
def test_what_is_not_there_is_not_found(operator: Client, begun: str, address: str) -> None:
    request_id = InvoiceRequest.objects.get().request_id
    assert 404 == operator.get(address.format(request_id=request_id)).status_code


def test_the_banner_says_what_is_on_and_clears_it_with_one_click(operator: Client) -> None:
    FaultRecord.objects.create(name="hold", node="relay", settings={"hold_ms": 1_500})
    FaultRecord.objects.create(name="depleted", node="relay", peer="coffee")
    page = parse(operator.get("/payments/").content)
    shown = banner(page)
    assert ["Relay keeps payments for 1.5 s.", "Relay has nothing left to send to Coffee."] == [each.text for each in shown.all("li")]
    assert "put-right" == shown.one("button").attributes["form"]
    answer = operator.post("/scenarios/clear/", fields("put-right", page))
    assert (302, "/payments/") == (answer.status_code, answer["Location"])
    assert [ClearFaults] == [type(command) for command in commands()]


def test_until_it_is_cleared_the_banner_looks_again_and_asks_no_second_time(operator: Client) -> None:
    FaultRecord.objects.create(name="offline", node="relay")
    operator.post("/scenarios/clear/")
    shown = banner(parse(operator.get("/").content))
    assert [] == shown.all("button")
    assert "/scenarios/faults/" == shown.one("div", class_="faults").attributes["hx-get"]
    FaultRecord.objects.all().delete()
    EngineCommand.objects.update(state=EngineCommand.State.DONE)
    after = banner(parse(operator.get("/scenarios/faults/").content))
    assert ("", []) == (after.text.strip(), after.all("div"))


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_nobody_is_sent_elsewhere(operator: Client, back: str) -> None:
    assert "/scenarios/" == operator.post("/scenarios/clear/", {"next": back})["Location"]


def test_a_fault_of_a_later_version_is_still_told(operator: Client) -> None:
    FaultRecord.objects.create(name="sings", node="relay")
    assert "Relay misbehaves." == banner(parse(operator.get("/").content)).one("li").text


@pytest.mark.parametrize(("blocks", "status"), [("6", 302), ("0", 400), ("2017", 400), ("-1", 400), ("٣", 400), ("", 400)])
def test_blocks_come_when_asked_for_within_reason(operator: Client, blocks: str, status: int) -> None:
    assert status == operator.post("/scenarios/blocks/", {"blocks": blocks}).status_code
    assert (1 if status == 302 else 0) == EngineCommand.objects.count()


def test_the_banner_costs_two_statements_and_others_none(operator: Client, django_assert_max_num_queries: Counter) -> None:
    with django_assert_max_num_queries(7 + 2):
        assert 200 == operator.get("/").status_code
