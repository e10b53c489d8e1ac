"""
Nobody's words do anything: with all of them in every place that can be named, every page is opened in a browser.

Nothing runs, nothing is fetched from elsewhere, the Content-Security-Policy has nothing to forbid, and what hides or turns letters is seen.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import pytest
from playwright.sync_api import Browser

from payments.web.words import make_visible
from tests.browser.conftest import Visit
from tests.browser.every_page import METHOD_NOT_ALLOWED, NOT_FOUND, Things, every_path
from tests.browser.hostile_words import marked

pytestmark = pytest.mark.timeout(400)
OK, FOUND = 200, 302
FORMULAS = ("=", "+", "@", "\t", "\r", "\uff1d")
_LOOK = r"""
() => {
  const hides = new RegExp("[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff"
    + "\\u{e0000}-\\u{e007f}]", "u");
  const found = [], words = [document.title];
  const say = (where, text) => {
    words.push(text);
    if (hides.test(text)) found.push(where + " hides something: " + JSON.stringify(text.trim()));
  };
  say("the title", document.title);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const above = walker.currentNode.parentElement;
    if (!above.closest("script, style, textarea, code#invoice-text")) say("<" + above.tagName + ">", walker.currentNode.data);
  }
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (["title", "alt", "aria-label", "placeholder", "content"].includes(name)) say(name, value);
      const leads = ["href", "src", "action", "formaction"].includes(name);
      if (name.startsWith("on") || (leads && /^\s*javascript:/i.test(value))) found.push("code in " + element.outerHTML.slice(0, 200));
      const ours = [location.host, "shop.example"];
      if (leads && /^(https?:)?\/\//.test(value) && !ours.includes(new URL(value, location).host)) {
        found.push("leads elsewhere: " + element.outerHTML.slice(0, 200));
      }
    }
  }
  for (const element of document.querySelectorAll("iframe, object, embed, base, style, script:not([src]):not([type='application/json'])")) {
    found.push("a <" + element.tagName + ">: " + element.outerHTML.slice(0, 200));
  }
  return { found, text: words.join("").replace(/\s+/g, " ") };
}
"""
SEEN = {
    "a": "names of accounts",
    "d": "descriptions of what is paid",
    "e": "e-mail addresses of members",
    "f": "names of searches",
    "i": "e-mail addresses of the invited",
    "j": "reasons for a rejection",
    "k": "names of API keys",
    "m": "reasons for moving money",
    "r": "descriptions of what is asked for",
    "u": "names of people",
    "w": "addresses of webhooks",
}
"""What must be seen somewhere, every word of it, by its mark."""
WITHOUT_NUL = {"m", "r"}
"""Services refuse it or leave it out, as a database may not hold it."""


@dataclass(kw_only=True)
class Walk:
    """What was seen on the way through all pages."""

    complaints: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    opened: Counter[str] = field(default_factory=Counter)
    nowhere: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def walk(hostile: tuple[Visit, Things]) -> Walk:
    """Every page, once."""
    visit, things = hostile
    walk = Walk()
    for name, path in every_path(things):
        _open(visit, name, path, walk)
    return walk


def _open(visit: Visit, name: str, path: str, walk: Walk) -> None:
    """Asked for first: only what is a page is shown to the browser."""
    answer = visit.page.request.get(visit.demo.address + path, max_redirects=0)
    if answer.status in (METHOD_NOT_ALLOWED, FOUND):
        return
    if answer.status == NOT_FOUND:
        walk.nowhere.add(name)
        return
    walk.opened[name] += 1
    if answer.status != OK:
        walk.complaints.append(f"{name} {path}: {answer.status}")
        return
    if not answer.headers["content-type"].startswith("text/html"):
        return
    before = len(visit.complaints)
    visit.page.goto(visit.demo.address + path)
    looked: dict[str, Any] = visit.page.evaluate(_LOOK)
    walk.texts[path] = looked["text"]
    walk.complaints += [f"{name} {path}: {each}" for each in (*visit.complaints[before:], *looked["found"])]


def test_every_page_shows_them_and_nothing_runs(walk: Walk) -> None:
    assert [] == walk.complaints[:20], f"and {len(walk.complaints)} in all"
    print(f"{walk.opened.total()} pages of {len(walk.opened)} addresses were opened")  # noqa: T201 (for whoever runs it with -s)


def test_every_page_was_opened(walk: Walk) -> None:
    """What is not there for the owner of everything is a page that nothing was made for: it has to be named in the world."""
    assert set() == {name for name in walk.nowhere if name.startswith(("payments:", "admin:payments"))} - {"payments:invitation"}
    assert walk.opened.total() > 150


@pytest.mark.parametrize("kind", SEEN)
def test_every_word_is_seen_as_it_is(walk: Walk, kind: str) -> None:
    """Whole, with what hides made visible; and where a page cuts a text, another shows it."""
    shown = " ".join(walk.texts.values())
    stored = [text for text in marked(kind) if "\0" not in text or kind not in WITHOUT_NUL]
    missing = [text for text in stored if " ".join(make_visible(text).split()) not in shown]
    assert [] == missing, f"{SEEN[kind]} nowhere"


@pytest.mark.parametrize("path", ["/payments/", "/payments/statement/"])
def test_no_cell_of_a_file_is_a_formula(hostile: tuple[Visit, Things], path: str) -> None:
    """As a person gets it, by the button on the page."""
    visit, _ = hostile
    page = visit.go(path)
    with page.expect_download() as download:
        page.locator("#export").click()
    text = download.value.path().read_text()
    cells = list(chain.from_iterable(csv.reader(io.StringIO(text))))
    assert "HYPERLINK" in text
    assert [] == [cell for cell in cells if cell.startswith(FORMULAS) or (cell.startswith("-") and not cell[1:].replace(".", "").isdigit())]
    assert not set("\u202e\u2066\u200b\x1b") & set(text)


def test_strangers_see_them_harmless_too(hostile: tuple[Visit, Things], chromium: Browser) -> None:
    owner, things = hostile
    stranger = Visit(chromium.new_context(viewport={"width": 1280, "height": 844}), owner.demo)
    walk = Walk()
    for name, path in every_path(things):
        if name.startswith(("account_", "mfa_")) or name in ("payments:pay_me", "payments:pay_me_status", "payments:invitation"):
            _open(stranger, name, path, walk)
    stranger.page.context.close()
    assert [] == walk.complaints
    assert {"payments:pay_me", "payments:invitation", "account_login"} <= set(walk.opened)


@pytest.mark.parametrize("number", range(3))
def test_a_preview_of_an_invoice_with_them_is_harmless(hostile: tuple[Visit, Things], number: int) -> None:
    """From a shop's page to the preview: what is read is shown before anything is paid."""
    visit, things = hostile
    before = len(visit.complaints)
    page = visit.go(f"/shops/invoices/{things['payments:shop_invoice'][number]['request_id']}/")
    text = page.locator("#invoice-text").inner_text()
    page = visit.go("/")
    page.locator("#text").fill(text)
    page.locator("#preview blockquote").wait_for()
    looked = page.evaluate(_LOOK)
    assert [] == [*visit.complaints[before:], *looked["found"]]
    assert page.locator("#pay-button").count() <= 1


def test_what_is_no_invoice_is_harmless(hostile: tuple[Visit, Things]) -> None:
    visit, _ = hostile
    before = len(visit.complaints)
    page = visit.go("/")
    for text in marked("p"):
        with page.expect_response("**/preview/"):
            page.locator("#text").fill(text)
    page.locator("#preview .refusal").wait_for()
    looked = page.evaluate(_LOOK)
    assert [] == [*visit.complaints[before:], *looked["found"]]
