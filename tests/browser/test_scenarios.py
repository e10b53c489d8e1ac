"""A person who runs the place tries what can go wrong: one click, one payment, and the truth on the screen at every moment."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

_HELD_WITHIN_MS = 40_000
"""Ten seconds until it is held, and a look again every fifteen."""


def _begin(visit: Visit, title: str) -> Page:
    page = visit.go("/scenarios/")
    page.get_by_role("button", name=f"Try it: {title}").click()
    page.locator("#pay-button").click()
    page.wait_for_url(re.compile(r"/payments/[0-9a-f]{64}/$"))
    return page


@pytest.fixture
def all_right(visit: Visit) -> Iterator[Visit]:
    """Whatever a story does, the next one finds the sandbox as it was built."""
    yield visit
    page = visit.go("/scenarios/")
    if page.locator(".faults").count():
        page.get_by_role("button", name="Put everything right").click()
    expect(page.locator(".faults")).to_have_count(0)


def test_it_pays_at_the_second_try(all_right: Visit) -> None:
    page = _begin(all_right, "Pays at the second try")
    expect(page.locator(".status .pill--paid")).to_be_visible()
    expect(page.locator(".attempt--failed")).to_contain_text("temporary_channel_failure")
    expect(page.locator(".attempt--succeeded")).to_have_count(1)
    expect(page.locator(".faults")).to_contain_text("Harbour has nothing left to send to Aurora Coffee.")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_what_a_hop_holds_is_held_until_everything_is_put_right(all_right: Visit, width: int) -> None:
    if width < 600:
        pytest.skip("the same on a phone, only slower to show")
    page = _begin(all_right, "A hop holds the money")
    expect(page.locator(".status--held")).to_contain_text("Do not pay again", timeout=_HELD_WITHIN_MS)
    expect(page.locator("#balance")).to_contain_text("Held")
    page.get_by_role("button", name="Put everything right").click()
    expect(page.locator(".status .pill--paid")).to_be_visible()
    expect(page.locator(".faults")).to_have_count(0)


def test_without_scripts_a_story_is_as_many_clicks(plain_visit: Visit) -> None:
    page = _begin(plain_visit, "The recipient refuses")
    expect(page.locator(".status .pill--failed")).to_be_visible(timeout=20_000)
    expect(page.locator(".attempt--failed")).to_contain_text("incorrect_or_unknown_payment_details")
    page.get_by_role("button", name="Put everything right").click()
    page.wait_for_timeout(1_000)
    page.reload()
    expect(page.locator(".faults")).to_have_count(0)
