"""
What axe-core finds on every page, wide and on a phone, in light and in dark: nothing serious; and no page is wider than its screen.

The pages are those that the resolver knows, full of the longest and strangest words. Not those of the admin, which keeps Django's own look.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Visit
from tests.browser.every_page import Things, every_path

pytestmark = pytest.mark.timeout(600)
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
OPTIONS = {"preload": False, "resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
IN_DARK = OPTIONS | {"runOnly": ["color-contrast"]}
"""Only colours are different there."""
SCHEMES = (("light", OPTIONS), ("dark", IN_DARK))
SERIOUS = {"serious", "critical"}
WIDTHS = (1280, 390)
_FRAGMENTS = ("payments:faults",)


def _pages(visit: Visit, things: Things) -> Iterator[tuple[str, str]]:
    """One of each kind: the longest words are on the last."""
    yield from dict(each for each in every_path(things) if _is_page(visit, *each)).items()


def _is_page(visit: Visit, name: str, path: str) -> bool:
    """Not a file, not a fragment that stands on a page, not what only takes forms."""
    if name.endswith("_status") or name in _FRAGMENTS or name.startswith("admin:"):
        return False
    answer = visit.page.request.get(visit.demo.address + path, max_redirects=0)
    return answer.status == 200 and answer.headers["content-type"].startswith("text/html")


def _complaints(visit: Visit, name: str, path: str) -> Iterator[str]:
    page = visit.go(path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            yield f"{name} is wider than {width} px"
        for scheme, options in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its own words
            if page.evaluate("typeof axe") == "undefined":
                page.evaluate(AXE)
            found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
            for each in found["violations"]:
                if each["impact"] in SERIOUS:
                    yield f"{name} {width} {scheme}: {each['id']}: {each['nodes'][0]['html'][:200]}"


def test_axe_finds_nothing_serious_on_any_page(hostile: tuple[Visit, Things]) -> None:
    visit, things = hostile
    paths = list(_pages(visit, things))
    assert len(paths) > 30
    assert [] == [each for name, path in paths for each in _complaints(visit, name, path)]


def test_axe_finds_nothing_serious_where_strangers_come(hostile: tuple[Visit, Things], chromium: Browser) -> None:
    owner, things = hostile
    stranger = Visit(chromium.new_context(), owner.demo)
    doors = ("account_login", "account_reset_password", "payments:invitation", "payments:pay_me")
    paths = {name: path for name, path in every_path(things) if name in doors and _is_page(stranger, name, path)}
    found = [each for name, path in paths.items() for each in _complaints(stranger, name, path)]
    stranger.page.context.close()
    assert [] == found
    assert set(doors) == set(paths)
