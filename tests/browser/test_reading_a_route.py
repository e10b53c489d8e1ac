"""Routes that somebody can read: on every screen all of it is there, nothing lies on anything else, and it says whose way it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.graph.snapshot_file import MapOrigin, encode_snapshot
from tests.browser.conftest import Demo, Visit
from tests.graphs import channel, network, node
from tests.unit.queries.imported_world import invoice_of

COMPILED_WITHIN_MS = 240_000
"""The first question about a map compiles the search."""
HALF_SAT = 1_500_000
SPLIT = (
    channel("hub", "a", capacity_sat=HALF_SAT),
    channel("hub", "b", capacity_sat=HALF_SAT),
    channel("a", "gate", capacity_sat=HALF_SAT, fee_base_msat=1_000),
    channel("b", "gate", capacity_sat=HALF_SAT, fee_base_msat=2_000),
    channel("gate", "far", capacity_sat=50_000_000),
)
"""hub --- a, b --- gate --- far: what is more than half of it goes both ways."""
_TOUCHING = """() => {
  const texts = [...document.querySelectorAll(".route .picture text")].filter((text) => text.checkVisibility());
  const boxes = texts.map((text) => [text.textContent, text.getBoundingClientRect()]);
  return boxes.flatMap(([one, a], place) => boxes.slice(place + 1).filter(([, b]) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4
  ).map(([other]) => [one, other]));
}"""
_CUT_OFF = """() => [...document.querySelectorAll(".route .hops :is(caption, tbody *, tfoot *), .route .picture text")].filter((each) => {
  const box = each.getBoundingClientRect();
  const isCut = box.right > innerWidth || box.left < 0 || each.clientWidth && each.scrollWidth > each.clientWidth + 1;
  return each.checkVisibility() && box.width && isCut;
}).map((each) => each.outerHTML.slice(0, 120))"""


@pytest.fixture
def far_map(demo: Demo) -> Iterator[None]:
    """An imported map on which a payment goes in parts, seen from the hub."""
    path = Path(demo.environment["LNWEB_STATE_DIR"]) / "imported.map"
    origin = MapOrigin(name="drawn", source_format="drawn", chain_hash=None, imported_at_s=1, newest_update_s=1, viewpoint=node("hub"))
    path.write_bytes(b"".join(encode_snapshot(GraphSnapshot.of(network(*SPLIT)), origin=origin)))
    yield
    path.unlink()


def _read(visit: Visit, invoice: str) -> Page:
    page = visit.go("/")
    page.locator("#text").fill(invoice)
    expect(page.locator(".route:visible .picture:visible")).to_have_count(1, timeout=COMPILED_WITHIN_MS)
    return page


def _is_readable(page: Page) -> None:
    page.locator(".route:visible summary").first.click()
    expect(page.locator(".route:visible table.hops").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert [] == page.evaluate(_CUT_OFF)
    assert [] == page.evaluate(_TOUCHING)


def test_a_route_and_its_figures_fit_the_screen(visit: Visit) -> None:
    page = _read(visit, visit.ask_a_shop())
    _is_readable(page)


@pytest.mark.timeout(300)
def test_a_rehearsal_in_parts_begins_at_the_node_whose_eyes_it_has(visit: Visit, far_map: None) -> None:
    page = _read(visit, invoice_of("far", 2_000_000_000, in_parts=True))
    hub = f"{node('hub').hex()[:8]}…{node('hub').hex()[-8:]}"
    expect(page.locator(".notice")).to_contain_text(f"this is how {hub} would pay, not you.")
    picture = page.locator(".route:visible .picture:visible")
    expect(picture.locator(".station--eyes")).to_contain_text("in your place")
    expect(picture).not_to_contain_text("You")
    assert 2 == picture.locator(".station-share").count()
    assert 5 == picture.locator(".station--eyes, .station--node, .station--payee").count()
    expect(page.locator(".route:visible table.hops caption")).to_have_text(["Part 1 of 2", "Part 2 of 2"])
    expect(page.locator("#pay-button")).to_have_count(0)
    _is_readable(page)
