"""Of several routes a person picks one, with the mouse or with keys alone, and exactly that one is tested or sent, or asked about again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Demo, Visit

SHOP = "cedar-cycles"
BRIDGE = "Stone Bridge"
MOST_TABS = 60
MOST_LOOKS = 20
LONG_MS = 5_000
"""More than any delay after which a page asks again because somebody typed."""
DEAR_MSAT = "90000"
"""More than the default fee limit for a small payment."""


@pytest.fixture(autouse=True)
def calm(demo: Demo) -> Iterator[None]:
    """Nothing goes wrong on purpose before and after."""
    demo.manage("sandbox_fault", "--clear")
    yield
    demo.manage("sandbox_fault", "--clear")


@pytest.fixture
def invoice(demo: Demo) -> str:
    """Of a shop that several ways lead to."""
    return demo.manage("sandbox_invoice", SHOP, "--amount-sat", "2500", "--description", "A bell")


def _read(visit: Visit, invoice: str) -> Page:
    page = visit.go("/")
    page.locator("#text").fill(invoice)
    expect(page.locator(".offer").nth(1)).to_be_visible()
    return page


def _hops(of: Locator) -> list[list[str]]:
    """Channel by channel what the tables of figures say, whether or not they are unfolded."""
    return [table.locator("tbody tr td:nth-child(2) code").all_text_contents() for table in of.locator("table.hops").all()]


def _shown(page: Page) -> list[list[str]]:
    """The route that is on the screen."""
    expect(page.locator(".route:visible")).to_have_count(1)
    return _hops(page.locator(".route:visible"))


def _prove_paid_by(page: Page, hops: list[list[str]]) -> None:
    page.wait_for_url(re.compile(r"/payments/[0-9a-f]{64}/$"))
    expect(page.locator(".status .pill--paid")).to_be_visible(timeout=30_000)
    assert sorted(hops) == sorted(_hops(page.locator(".attempts")))


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    pytest.fail(f"no key leads to {selector}")


def test_the_one_that_was_clicked_is_sent(visit: Visit, invoice: str) -> None:
    page = _read(visit, invoice)
    first = _shown(page)
    page.locator(".offer").last.click()
    chosen = _shown(page)
    assert chosen != first
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.locator("#pay-button").click()
    _prove_paid_by(page, chosen)


def test_a_choice_stays_and_asks_the_server_nothing(visit: Visit, invoice: str) -> None:
    visit.page.clock.install()
    page = _read(visit, invoice)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".offer").last.click()
    page.clock.run_for(LONG_MS)
    expect(page.locator(".offer input").last).to_be_checked()
    assert [] == [url for url in asked if "/preview/" in url]


def test_keys_alone_choose_and_pay_and_enter_on_a_route_does_nothing(visit: Visit, invoice: str) -> None:
    page = _read(visit, invoice)
    first = _shown(page)
    _tab_to(page, "#route-1")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#route-2")).to_be_checked()
    chosen = _shown(page)
    assert chosen != first
    page.keyboard.press("Enter")
    expect(page.locator("#pay-button")).to_be_enabled()
    assert (visit.demo.address + "/", chosen) == (page.url, _shown(page))
    _tab_to(page, "#pay-button")
    page.keyboard.press("Enter")
    _prove_paid_by(page, chosen)


def test_when_the_network_changes_after_the_look_the_page_asks_again(visit: Visit, invoice: str, demo: Demo) -> None:
    page = _read(visit, invoice)
    _choose_over(page, BRIDGE)
    before = _shown(page)
    demo.manage("sandbox_fault", "dear-fee", "stone-bridge", "--fee-base-msat", DEAR_MSAT)
    _wait_until_nobody_plans_over(BRIDGE, demo, invoice)
    page.locator("#pay-button").click()
    expect(page.locator(".notice[role=alert]")).to_contain_text("that route does not go any more")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    after = _shown(page)
    assert before != after
    page.locator("#pay-button").click()
    _prove_paid_by(page, after)
    visit.complaints = [complaint for complaint in visit.complaints if "409" not in complaint]


def test_the_test_goes_along_the_chosen_route(visit: Visit, invoice: str, demo: Demo) -> None:
    demo.manage("sandbox_fault", "depleted", "stone-bridge", "--peer", SHOP)
    page = _read(visit, invoice)
    _choose_over(page, BRIDGE)
    page.locator("#test-button").click()
    expect(page.locator(".test--stopped")).to_contain_text(f"It stopped at {BRIDGE}.")


def test_one_click_lifts_the_limit_that_was_in_the_way(visit: Visit, invoice: str) -> None:
    page = visit.go("/")
    page.locator("#text").fill(invoice)
    page.get_by_text("Change the fee limit").click()
    page.get_by_label("Pay at most this in fees").fill("0")
    page.locator("#remedy").click()
    expect(page.locator("#pay-button")).to_be_enabled()
    assert page.get_by_label("Pay at most this in fees").input_value() in {"1", "2", "3"}
    page.locator("#pay-button").click()
    page.wait_for_url(re.compile(r"/payments/[0-9a-f]{64}/$"))
    expect(page.locator(".status .pill--paid")).to_be_visible(timeout=30_000)


def test_without_scripts_enter_on_a_route_only_reads_again(plain_visit: Visit, invoice: str) -> None:
    page = plain_visit.go("/")
    page.locator("#text").fill(invoice)
    page.get_by_role("button", name="Read").click()
    page.locator("#route-2").focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert plain_visit.demo.address + "/" == page.url
    expect(page.locator("#text")).to_have_value(invoice)
    chosen = _hops(page.locator(".route").nth(1))
    page.locator("#route-2").check()
    page.locator("#pay-button").click()
    _prove_paid_by(page, chosen)


def _choose_over(page: Page, name: str) -> None:
    """The last of the offered routes that lead over a node of this name: never the only one."""
    tables = [route.locator("table").first.text_content() or "" for route in page.locator(".route").all()]
    number = max(place for place, said in enumerate(tables, start=1) if name in said)
    page.locator(f"#route-{number}").check()
    assert name in page.locator(".route:visible table").first.text_content()


def _wait_until_nobody_plans_over(name: str, demo: Demo, invoice: str) -> None:
    """The news of a change travels from node to node; each look is a process of its own and takes its time."""
    for _ in range(MOST_LOOKS):
        if name not in demo.manage("preview_route", invoice, "--json"):
            return
    pytest.fail(f"routes still lead over {name}")
