"""Nobody needs a mouse: an invoice is pasted, read and paid with the keyboard alone, and where one is can always be seen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit

MOST_TABS = 60
_AT_ONCE_MS = 15_000
_FOCUS = """
() => {
  const element = document.activeElement;
  const seen = [element, ...document.querySelectorAll(".sat-input:focus-within, .offer:has(:focus-visible)")];
  const box = element.getBoundingClientRect();
  const ring = seen.some((each) => ["", "::after"].some((part) => {
    const style = getComputedStyle(each, part);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  }));
  return { what: element.outerHTML.slice(0, 120), ring, isThere: box.width > 0 && box.height > 0, isPage: element === document.body };
}
"""


def _tab_to(page: Page, target: Locator) -> list[str]:
    """With the keyboard alone; what on the way had no ring around it."""
    unseen = []
    for _ in range(MOST_TABS):
        if target.evaluate("element => element === document.activeElement"):
            return unseen
        page.keyboard.press("Tab")
        focus = page.evaluate(_FOCUS)
        if not focus["isPage"] and not (focus["ring"] and focus["isThere"]):
            unseen.append(focus["what"])
    pytest.fail(f"{target} cannot be reached with {MOST_TABS} tabs")


def test_an_invoice_is_paid_with_the_keyboard_alone(visit: Visit) -> None:
    invoice = visit.ask_a_shop(2_600, "By keyboard")
    page = visit.go("/")
    expect(page.locator("#text")).to_be_focused()
    page.evaluate("text => navigator.clipboard.writeText(text)", invoice)
    page.keyboard.press("ControlOrMeta+v")
    button = page.locator("#pay-button")
    expect(button).to_be_enabled(timeout=_AT_ONCE_MS)
    assert [] == _tab_to(page, button)
    page.keyboard.press("Enter")
    expect(page.locator(".status .pill--paid")).to_be_visible(timeout=_AT_ONCE_MS)


def test_the_first_tab_leads_past_the_bar(visit: Visit) -> None:
    page = visit.go("/network/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the page")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_every_way_of_a_page_has_a_ring_when_one_is_there(visit: Visit) -> None:
    page = visit.go("/receive/")
    page.locator("body").press("Shift+Tab")
    assert [] == _tab_to(page, page.get_by_role("button", name="Make the invoice"))


def test_menus_open_by_keyboard_and_their_ways_are_large_enough_to_touch(visit: Visit, width: int) -> None:
    page = visit.go("/network/")
    _tab_to(page, page.locator(".menu--network summary"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Shops that can be paid")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".menu--network summary")).to_be_focused()
    expect(page.get_by_role("link", name="Shops that can be paid")).to_be_hidden()
    page.keyboard.press("Enter")
    if width < 600:
        boxes = [each.bounding_box() for each in page.locator(".rail a:visible, .bar summary").all()]
        assert [] == [box for box in boxes if not box or box["height"] < 44 or box["width"] < 44]
        assert 5 == page.locator(".rail a:visible").count()
    _tab_to(page, page.get_by_role("link", name="Shops that can be paid"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Shops in the sandbox")).to_be_visible()
