"""Somebody is invited, signs up in a browser of their own, and puts a second lock on the door: with an app, and with a passkey."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo, Visit
from tests.web.totp import PERIOD_S, code_of

PASSWORD = "cobol-1959-navy"
_NUMBERS = itertools.count(1)
_DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""A telephone with a fingerprint, as Chromium plays one."""


@pytest.fixture
def stranger(demo: Demo, chromium: Browser, width: int) -> Iterator[Visit]:
    """A browser that was never here, at the name for which browsers make passkeys."""
    context = chromium.new_context(viewport={"width": width, "height": 844})
    visitor = Visit(context, Demo(**vars(demo) | {"address": demo.address.replace("127.0.0.1", "localhost")}))
    yield visitor
    context.close()
    assert [] == visitor.complaints


def invite(visit: Visit, email: str, role: str) -> str:
    """By the owner, on the page for it; the link's path."""
    page = visit.go("/account/invitations/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("radio", name=role).check()
    page.get_by_role("button", name="Invite").click()
    return "/invitations/" + page.locator("#link").inner_text().split("/invitations/")[1]


def come_in(visit: Visit, stranger: Visit, role: str) -> tuple[Page, str]:
    """Invited and signed up; the page and the new name."""
    name = f"grace-{next(_NUMBERS)}"
    page = stranger.go(invite(visit, f"{name}@example.com", role))
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up and join").click()
    expect(page.get_by_role("heading", name="Pay an invoice")).to_be_visible()
    return page, name


def prove(page: Page) -> None:
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def sign_out(page: Page) -> None:
    page.locator("summary").filter(has_text="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def sign_in(page: Page, name: str) -> None:
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def next_code(page: Page, secret: str, used: str) -> str:
    """A code that was not used yet: each counts once."""
    while (code := code_of(secret)) == used:
        page.wait_for_timeout(1_000 * (PERIOD_S - time.time() % PERIOD_S) + 50)
    return code


def test_invited_signed_up_and_in_again_with_a_code(visit: Visit, stranger: Visit) -> None:
    page, name = come_in(visit, stranger, "Owner")
    page.locator(".advice").get_by_role("link", name="Set it up").click()
    prove(page)
    secret = page.locator("#secret").inner_text()
    first = code_of(secret)
    page.get_by_label("Code").fill(first)
    page.get_by_role("button", name="Switch it on").click()
    expect(page.locator(".codes code")).to_have_count(10)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    expect(stranger.go("/network/").locator(".advice")).to_have_count(0)
    sign_out(page)
    sign_in(page, name)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_label("Code").fill(next_code(page, secret, first))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Pay an invoice")).to_be_visible()


def test_a_passkey_is_a_second_factor_and_a_way_in_of_its_own(visit: Visit, stranger: Visit) -> None:
    page, name = come_in(visit, stranger, "Payer")
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": _DEVICE})
    stranger.go("/accounts/2fa/webauthn/add/")
    prove(page)
    page.get_by_label("What you call it").fill("Telephone")
    page.get_by_role("button", name="Add it").click()
    expect(page.locator(".codes code")).to_have_count(10)
    expect(stranger.go("/accounts/2fa/").locator(".keys")).to_contain_text("Telephone")
    sign_out(page)
    sign_in(page, name)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Pay an invoice")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Pay an invoice")).to_be_visible()
    stranger.go("/accounts/2fa/")
    page.locator(".keys").get_by_role("link", name="Remove").click()
    prove(page)
    page.get_by_role("button", name="Remove it").click()
    expect(page.locator(".keys")).to_have_count(0)


def test_whoever_refuses_the_passkey_is_told_and_may_try_again(visit: Visit, stranger: Visit) -> None:
    page, _ = come_in(visit, stranger, "Viewer")
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": _DEVICE | {"isUserVerified": False}})
    stranger.go("/accounts/2fa/webauthn/add/")
    prove(page)
    page.get_by_role("button", name="Add it").click()
    expect(page.locator(".field-error:visible")).to_contain_text("not allowed to")
    expect(page.get_by_role("button", name="Add it")).to_be_enabled()
