"""Testing a route from the preview: one button, the answer in its place, and the same without scripts."""

from __future__ import annotations

import pytest
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.contrib.auth import get_user_model
from django.template.loader import render_to_string
from django.test import Client

from payments.live.urls import websocket_urlpatterns
from payments.models import EngineCommand, PaymentRecord, ProbeRecord, RouteTest
from payments.queries.shapes import HopState, ProbeShape, RouteTestShape
from tests.people import make_owner
from tests.unit.queries.small_world import build
from tests.unit.services.wallet import make_invoice
from tests.web import samples
from tests.web.conftest import Wallet
from tests.web.markup import Element, fields, parse

pytestmark = pytest.mark.django_db
REQUEST = "c3" * 16
ADDRESS = f"/tests/{REQUEST}/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ada(client: Client) -> Client:
    """Signed in, with the small network behind the pages."""
    build()
    client.force_login(make_owner("ada"))
    return client


@pytest.fixture
def order(ada: Client) -> dict[str, str]:
    """What the preview's button would send."""
    invoice = make_invoice()
    return fields("pay", parse(ada.post("/", {"text": invoice, "about": invoice}).content))


def test_the_answer_takes_the_place_of_the_button(ada: Client, order: dict[str, str]) -> None:
    place = parse(ada.post("/tests/", order, headers=HTMX).content)
    assert f"/ws/tests/{order['request_id']}/" == place.children[0].attributes["ws-connect"]
    assert "The test is on its way." in place.one("div", id="test").text
    assert [("ProbeRoute", f"probe:{order['request_id']}")] == list(EngineCommand.objects.values_list("kind", "idempotency_key"))
    assert 0 == PaymentRecord.objects.count()


def test_two_clicks_are_one_test(ada: Client, order: dict[str, str]) -> None:
    ada.post("/tests/", order, headers=HTMX)
    ada.post("/tests/", order, headers=HTMX)
    assert (1, 1) == (RouteTest.objects.count(), EngineCommand.objects.count())


def test_without_scripts_it_is_a_page_that_looks_again_by_itself(ada: Client, order: dict[str, str]) -> None:
    answer = ada.post("/tests/", order, follow=True)
    page = parse(answer.content)
    assert f"/tests/{order['request_id']}/" == answer.request["PATH_INFO"]
    assert "2" == page.one("noscript").one("meta").attributes["content"]
    assert order["text"] == page.one("input", name="text").attributes["value"], "and there is a way back"


def test_a_form_that_was_altered_tests_nothing(ada: Client, order: dict[str, str]) -> None:
    for wrong in ({"request_id": "x"}, {"text": "no invoice"}):
        assert "refusal" in ada.post("/tests/", order | wrong, headers=HTMX).content.decode()
        assert 400 == ada.post("/tests/", order | wrong).status_code
    assert 0 == EngineCommand.objects.count()


@pytest.mark.parametrize("address", ["/tests/", ADDRESS, f"{ADDRESS}status/"])
def test_strangers_are_sent_to_the_door(client: Client, address: str) -> None:
    for answer in (client.get(address), client.post(address)):
        assert (302, f"/accounts/login/?next={address}") == (answer.status_code, answer["Location"])


def test_what_is_not_there_is_not_found(ada: Client) -> None:
    assert [404, 404] == [ada.get(address).status_code for address in (ADDRESS, f"{ADDRESS}status/")]


def test_a_test_that_is_over_is_drawn_where_it_stopped(ada: Client, order: dict[str, str]) -> None:
    ada.post("/tests/", order)
    RouteTest.objects.update(state=RouteTest.State.REFUSED, refusal="route_not_found")
    page = parse(ada.get(f"/tests/{order['request_id']}/").content)
    assert "There is no route for this amount" in page.one("section", id="test").text
    assert 1 == len(page.all("div", data_final=""))
    assert [] == page.all("noscript")
    assert 0 == ProbeRecord.objects.count()


def _stopped(name: str) -> RouteTestShape:
    states = (HopState.PASSED, HopState.BROKEN)
    path = samples.path("Alice", name, states=states, state=HopState.BROKEN)
    probe = ProbeShape(path=path, sentence="A node on the way is gone.", failure_code="unknown_next_peer", failing_node=name)
    return RouteTestShape(
        request_id=REQUEST, state="stopped", invoice=samples.INVOICE_TEXT, headline="It did not get there.", refusal="", probes=(probe,)
    )


def _drawn(name: str) -> Element:
    return parse(render_to_string("payments/probe/_state.html", {"test": _stopped(name)}))


def test_it_says_at_which_node_and_a_name_is_only_a_name() -> None:
    assert "It stopped at Bob. A node on the way is gone." in " ".join(_drawn("Bob").text.split())
    hostile = _drawn(samples.HOSTILE_NAME)
    assert [] == hostile.all("script")
    assert "\u202e" not in hostile.text


async def test_the_socket_says_what_the_poll_says(wallet: Wallet, monkeypatch: pytest.MonkeyPatch) -> None:
    tests: dict[str, RouteTestShape] = {REQUEST: _stopped("Bob")}
    monkeypatch.setattr("payments.live.consumers.route_test", lambda request_id, **_: tests.get(request_id))
    page = WebsocketCommunicator(URLRouter(websocket_urlpatterns), f"/ws{ADDRESS}")
    page.scope["user"] = get_user_model()(pk=1, username="ada")
    await page.connect()
    shown = {"test": tests[REQUEST], "account": samples.account(), "user": page.scope["user"]}
    assert render_to_string("payments/live/probe.html", shown) == await page.receive_from()
    await page.disconnect()
    tests.clear()
    stranger = WebsocketCommunicator(URLRouter(websocket_urlpatterns), f"/ws{ADDRESS}")
    stranger.scope["user"] = get_user_model()(pk=1, username="ada")
    assert (False, 4404) == await stranger.connect()
