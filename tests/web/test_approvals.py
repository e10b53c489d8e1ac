"""Four eyes on pages: the Pay page says what the rules say, requests are listed and decided about, and open pages follow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.db import connections
from django.test import Client
from django.utils import timezone

from payments.access.roles import Role
from payments.live.urls import websocket_urlpatterns
from payments.models import ApprovalRequest, InvoiceRequest, Membership, NodeRecord, PaymentRecord
from payments.queries.spending import Payer
from payments.services.pay_invoice import pay_invoice
from payments.services.scenarios import SCENARIOS
from tests.people import join, make_account, make_operator, make_user
from tests.unit.queries.small_world import build
from tests.unit.services.cafe import id_of, invoice_number
from tests.unit.services.four_eyes import FourEyes, run_out, state_of
from tests.web.markup import Element, fields, parse

pytestmark = pytest.mark.django_db
THRESHOLD_SAID = "from 1,000 sat on somebody else of the account has to approve"
PATIENCE_S = 20
"""For sockets on a busy machine."""
ONE = f"/approvals/{id_of(1)}/"


@pytest.fixture
def cafe(db: None) -> FourEyes:
    """With a small network behind the pages, and clocks that go."""
    build()
    return FourEyes()


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests run out by the real clock, so pages show that one."""
    monkeypatch.setattr("payments.templatetags.lightning.timezone.now", timezone.now)


def browser(user: Any) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(user)
    return client


def read(client: Client, invoice: str, fee_limit_sat: int = 10) -> Element:
    """What the Pay page shows for an invoice."""
    return parse(client.post("/", {"text": invoice, "about": invoice, "fee_limit": str(fee_limit_sat)}).content)


def words(element: Element) -> str:
    return " ".join(element.text.split())


# --- the Pay page


def test_below_the_threshold_the_button_pays(cafe: FourEyes) -> None:
    page = read(browser(cafe.user), invoice_number(1, 900_000))
    assert "Pay 900 sat" == words(page.one("button", id="pay-button"))
    assert [] == page.all(id="rule")


def test_from_the_threshold_on_the_button_asks_and_says_why(cafe: FourEyes) -> None:
    pia = browser(cafe.user)
    page = read(pia, invoice_number(1))
    button = page.one("button", id="pay-button")
    assert ("Ask for approval of 1,000 sat", "/approvals/ask/") == (words(button), button.attributes["formaction"])
    assert f"With its fee limit this is 1,010 sat: {THRESHOLD_SAID}" in words(page.one(id="rule"))
    order = fields("pay", page)
    answer = pia.post("/approvals/ask/", order)
    assert (302, f"/approvals/{order['payment_id']}/") == (answer.status_code, answer["Location"])
    request = ApprovalRequest.objects.get()
    assert (1_000_000, 10_000, cafe.user.pk) == (request.amount_msat, request.fee_limit_msat, request.created_by_id)
    assert pia.post("/approvals/ask/", order)["Location"] == answer["Location"]
    assert answer["Location"] == read(pia, invoice_number(1)).one(id="rule").one("a").attributes["href"]


def test_a_pay_button_that_is_older_than_the_threshold_pays_nothing(cafe: FourEyes) -> None:
    cafe.need_approval_from(None)
    pia = browser(cafe.user)
    order = fields("pay", read(pia, invoice_number(1)))
    cafe.need_approval_from(1)
    answer = pia.post("/pay/", order)
    assert (409, 0) == (answer.status_code, PaymentRecord.objects.count())
    page = parse(answer.content)
    assert "Ask for approval of 1,000 sat" == words(page.one("button", id="pay-button"))


def test_an_asking_button_that_is_older_than_the_rules_shows_the_one_of_now(cafe: FourEyes) -> None:
    pia = browser(cafe.user)
    order = fields("pay", read(pia, invoice_number(1)))
    cafe.need_approval_from(None)
    answer = pia.post("/approvals/ask/", order)
    assert (409, 0) == (answer.status_code, ApprovalRequest.objects.count())
    page = parse(answer.content)
    assert "Pay 1,000 sat" == words(page.one("button", id="pay-button"))
    assert "it can be paid at once" in words(page.one("p", class_="notice", role="alert"))


def test_a_limit_that_forbids_it_is_named_and_the_button_cannot_be_pressed(cafe: FourEyes) -> None:
    pia = browser(cafe.user)
    cafe.limit(payment_msat=1_009_000)
    page = read(pia, invoice_number(1))
    assert "disabled" in page.one("button", id="pay-button").attributes
    assert "your role may spend 1,009 sat in one payment" in words(page.one(id="rule"))
    cafe.need_approval_from(None)
    cafe.limit(day_msat=1_500_000)
    cafe.pay(2)
    page = read(pia, invoice_number(1))
    assert "Your role may spend 1,500 sat in 24 hours, and 500 sat of that is left now." in words(page.one(id="rule"))
    assert "disabled" in page.one("button", id="pay-button").attributes


def test_an_operator_without_an_account_looks_at_a_scenario_and_cannot_pay(cafe: FourEyes) -> None:
    NodeRecord.objects.create(node_id="03" + "7" * 64, name="Crane", slug=SCENARIOS[0].shop, role=NodeRecord.Role.SHOP)
    operator = browser(make_operator())
    asked = operator.post("/scenarios/start/", {"scenario": SCENARIOS[0].slug})["Location"]
    InvoiceRequest.objects.update(invoice=invoice_number(1), state=InvoiceRequest.State.MADE)
    page = parse(operator.get(asked).content)
    assert "You belong to no account" in words(page.one("main"))


def test_what_is_left_of_the_day_is_said_beforehand(cafe: FourEyes) -> None:
    cafe.limit(day_msat=1_500_000)
    assert "Of 1,500 sat in 24 hours you have 1,500 sat left." in words(read(browser(cafe.user), invoice_number(1, 100_000)))


def test_a_form_of_another_account_asks_for_nothing(cafe: FourEyes) -> None:
    join(cafe.user, make_account("bakery"), role=Role.PAYER)
    pia = browser(cafe.user)
    order = {"text": invoice_number(1), "payment_id": id_of(1), "fee_limit_msat": "10000", "account": "cafe"}
    pia.post("/account/choose/", {"account": "bakery"})
    assert 409 == pia.post("/approvals/ask/", order).status_code
    pia.post("/account/choose/", {"account": "cafe"})
    assert 400 == pia.post("/approvals/ask/", order | {"payment_id": "x"}).status_code
    assert 400 == pia.post("/approvals/ask/", order | {"text": "lnbc1nothing"}).status_code
    assert 0 == ApprovalRequest.objects.count()
    assert 302 == pia.post("/approvals/ask/", order).status_code


# --- the list


def test_the_list_has_what_waits_first_and_then_what_was_decided(cafe: FourEyes) -> None:
    anna = browser(cafe.approver)
    assert "Payments that need a second person stand here" in words(parse(anna.get("/approvals/").content))
    for number in (1, 2, 3):
        cafe.ask(number)
    cafe.approve(1)
    run_out(2)
    page = parse(anna.get("/approvals/").content)
    waiting, decided = page.all("table")
    assert [f"/approvals/{id_of(3)}/"] == [link.attributes["href"] for link in waiting.all("a")]
    assert {"Approved", "Expired"} == {words(pill) for pill in decided.all("span", class_="pill")}
    assert "asked by pia, approved by anna" in words(decided)


def test_the_rail_counts_what_waits_for_this_person(cafe: FourEyes) -> None:
    cafe.ask(1)
    cafe.ask(2, payer=cafe.as_payer(cafe.owner))
    rails = [parse(browser(user).get("/network/").content) for user in (cafe.approver, cafe.owner, cafe.user)]
    counts = [words(rail.one("span", id="approvals-count")) for rail in rails]
    assert ["2 waiting for you", "1 waiting for you", ""] == counts


# --- one request


def test_the_page_shows_what_would_be_paid_and_marks_the_recipients_words(cafe: FourEyes) -> None:
    cafe.ask()
    page = parse(browser(cafe.approver).get(ONE).content)
    assert "1,000 sat" == words(page.one("h1"))
    facts = [words(fact) for fact in page.one("dl", class_="facts").all("dd")]
    assert ["10 sat", "1,010 sat", "pia"] == facts[:3]
    assert "One coffee" == words(page.one("blockquote"))
    assert "Written by the recipient, not checked" == words(page.one("figcaption"))
    assert "data-until" in page.one("section", id="approval").one("time").attributes
    assert "Approve and pay 1,000 sat" == words(page.one("button", id="approve-button"))


@pytest.mark.parametrize(("name", "buttons"), [("user", {"withdraw-button"}), ("approver", {"approve-button", "reject-button"})])
def test_everybody_finds_their_own_buttons(cafe: FourEyes, name: str, buttons: set[str]) -> None:
    cafe.ask()
    page = parse(browser(getattr(cafe, name)).get(ONE).content)
    assert buttons == {button.attributes["id"] for button in page.one("section", id="approval").all("button")}


def test_a_viewer_looks_and_decides_nothing(cafe: FourEyes) -> None:
    cafe.ask()
    vera = browser(cafe.member("vera", Role.VIEWER))
    assert [] == parse(vera.get(ONE).content).one("section", id="approval").all("button")
    for deed in ("approve", "reject", "withdraw"):
        assert 403 == vera.post(f"{ONE}{deed}/", {"digest": "0" * 64}).status_code
    assert "waiting" == state_of()


def test_approving_what_was_seen_pays_it(cafe: FourEyes) -> None:
    cafe.ask()
    anna = browser(cafe.approver)
    form = fields("approve", parse(anna.get(ONE).content))
    answer = anna.post(f"{ONE}approve/", form, follow=True)
    assert [(ONE, 302)] == answer.redirect_chain
    page = parse(answer.content)
    assert "Approved by anna" == words(page.one("section", id="approval").one("h2"))
    assert f"/payments/{id_of(1)}/" == page.one("a", id="to-payment").attributes["href"]
    assert "Checking" == words(page.one("section", id="approval").one("span", class_="pill"))
    assert ONE == anna.post(f"{ONE}approve/", form)["Location"]
    assert 1 == PaymentRecord.objects.count()


def test_what_changed_after_it_was_seen_is_not_approved_and_the_page_says_so(cafe: FourEyes) -> None:
    cafe.ask()
    anna = browser(cafe.approver)
    form = fields("approve", parse(anna.get(ONE).content))
    ApprovalRequest.objects.update(fee_limit_msat=900_000)
    answer = anna.post(f"{ONE}approve/", form)
    page = parse(answer.content)
    assert 409 == answer.status_code
    assert "What would be paid is not what was shown to you" in words(page.one("div", class_="refusal"))
    assert form["digest"] != fields("approve", page)["digest"]
    assert (400, 0) == (anna.post(f"{ONE}approve/", {}).status_code, PaymentRecord.objects.count())


def test_an_owner_who_asked_is_told_that_somebody_else_decides(cafe: FourEyes) -> None:
    cafe.ask(payer=cafe.as_payer(cafe.owner))
    olga = browser(cafe.owner)
    form = fields("approve", parse(olga.get(ONE).content))
    answer = olga.post(f"{ONE}approve/", form)
    assert (409, 0) == (answer.status_code, PaymentRecord.objects.count())
    assert "somebody else has to decide" in words(parse(answer.content).one("div", class_="refusal"))


def test_rejecting_says_why_to_who_asked(cafe: FourEyes) -> None:
    cafe.ask()
    browser(cafe.approver).post(f"{ONE}reject/", {"remark": "<b>Too dear</b>"})
    page = parse(browser(cafe.user).get(ONE).content)
    assert ("Rejected by anna", "<b>Too dear</b>") == (words(page.one("section", id="approval").one("h2")), words(page.one("q")))
    assert 400 == browser(cafe.approver).post(f"{ONE}reject/", {"remark": "x" * 201}).status_code


def test_who_asked_takes_it_back(cafe: FourEyes) -> None:
    cafe.ask()
    assert 409 == browser(cafe.owner).post(f"{ONE}withdraw/").status_code
    assert "Taken back by pia" in words(parse(browser(cafe.user).post(f"{ONE}withdraw/", follow=True).content))


Make = Callable[[FourEyes], Any]


@pytest.mark.parametrize(
    "stranger",
    [lambda _: join(make_user("eve"), make_account("bakery")), lambda cafe: join(make_operator("root"), make_account("bakery"))],
    ids=["owner elsewhere", "superuser elsewhere"],
)
def test_a_request_of_another_account_is_as_missing_as_none(cafe: FourEyes, stranger: Make) -> None:
    cafe.ask()
    other = browser(stranger(cafe))
    for number in (1, 9):
        address = f"/approvals/{id_of(number)}/"
        answers = [other.get(address), other.get(f"{address}status/")]
        answers += [other.post(f"{address}{deed}/", {"digest": "0" * 64}) for deed in ("approve", "reject", "withdraw")]
        assert {404} == {answer.status_code for answer in answers}
    assert "coffee" not in other.get("/approvals/").content.decode()


def test_a_request_of_another_of_ones_accounts_is_shown_as_of_that_one(cafe: FourEyes) -> None:
    cafe.ask()
    join(cafe.approver, make_account("aaa"), role=Role.APPROVER)
    anna = browser(cafe.approver)
    anna.post("/account/choose/", {"account": "aaa"})
    assert "Café Blau" in words(parse(anna.get(ONE).content).one("bdi", class_="account-name"))
    assert 302 == anna.post(f"{ONE}approve/", fields("approve", parse(anna.get(ONE).content))).status_code


def test_the_push_is_what_the_page_shows(cafe: FourEyes, monkeypatch: pytest.MonkeyPatch) -> None:
    cafe.ask()
    now = timezone.now()
    monkeypatch.setattr("payments.templatetags.lightning.timezone.now", lambda: now)
    pia = browser(cafe.user)
    for address, element in ((ONE, "approval"), ("/approvals/", "approvals")):
        pushed = parse(pia.get(f"{address}status/").content)
        shown = parse(pia.get(address).content)
        assert words(pushed.one("div", id=element)) == words(shown.one("section", id=element))


# --- live


def _socket(address: str, user: Any) -> WebsocketCommunicator:
    communicator = WebsocketCommunicator(URLRouter(websocket_urlpatterns), address)
    communicator.scope["user"] = user
    return communicator


async def _said(socket: WebsocketCommunicator) -> str:
    return " ".join((await socket.receive_from(PATIENCE_S)).split())


@pytest.mark.django_db(transaction=True)
class TestOpenPages:
    """What somebody who looks at a page hears without touching it."""

    @pytest.fixture(autouse=True)
    async def _let_go(self) -> AsyncIterator[None]:
        """The thread that asks for sockets gives its connection back."""
        yield
        await _in_thread(connections.close_all)

    @pytest.fixture
    def open_cafe(self) -> FourEyes:
        return FourEyes()

    @pytest.fixture
    async def pages(self, open_cafe: FourEyes) -> AsyncIterator[dict[str, WebsocketCommunicator]]:
        """Anna's list and some other page of hers, Olga's list."""
        opened = {
            "list": _socket("/ws/approvals/", open_cafe.approver),
            "elsewhere": _socket("/ws/balance/", open_cafe.approver),
            "of pia": _socket("/ws/balance/", open_cafe.user),
        }
        for page in opened.values():
            assert (await page.connect(PATIENCE_S))[0]
            await page.receive_from(PATIENCE_S)
        yield opened
        for page in opened.values():
            await page.disconnect()

    async def test_a_request_arrives_in_the_list_and_in_the_count_of_every_page(
        self, open_cafe: FourEyes, pages: dict[str, WebsocketCommunicator]
    ) -> None:
        await _in_thread(open_cafe.ask)
        await get_channel_layer().group_send(f"approvals.{open_cafe.id}", {"type": "changed"})
        assert "asked by <bdi>pia</bdi>" in await _said(pages["list"])
        assert '<span id="approvals-count" hx-swap-oob="innerHTML">1<span class="sr"> waiting' in await _said(pages["elsewhere"])
        assert '<span id="approvals-count" hx-swap-oob="innerHTML"></span>' in await _said(pages["of pia"])

    async def test_who_asked_sees_it_approved(self, open_cafe: FourEyes) -> None:
        await _in_thread(open_cafe.ask)
        page = _socket(f"/ws{ONE}", open_cafe.user)
        assert (await page.connect(PATIENCE_S))[0]
        assert "Needs approval" in await _said(page)
        await _in_thread(open_cafe.approve)
        await get_channel_layer().group_send(f"approval.{id_of(1)}", {"type": "changed"})
        assert "Approved by <bdi>anna</bdi>" in await _said(page)
        await page.disconnect()

    async def test_the_requests_page_is_closed_to_strangers_and_to_who_was_removed(self, open_cafe: FourEyes) -> None:
        await _in_thread(open_cafe.ask)
        eve = await _in_thread(lambda: join(make_user("eve"), make_account("bakery")))
        assert (False, 4404) == await _socket(f"/ws{ONE}", eve).connect(PATIENCE_S)
        page = _socket(f"/ws{ONE}", open_cafe.approver)
        await page.connect(PATIENCE_S)
        await page.receive_from(PATIENCE_S)
        await _in_thread(Membership.objects.filter(user=open_cafe.approver).delete)
        await get_channel_layer().group_send(f"approval.{id_of(1)}", {"type": "changed"})
        closed = await page.receive_output(PATIENCE_S)
        assert ("websocket.close", 4403) == (closed["type"], closed["code"])


async def _in_thread(call: Callable[[], Any]) -> Any:
    return await database_sync_to_async(call)()


def test_what_ran_out_says_so_and_can_be_asked_for_again(cafe: FourEyes) -> None:
    cafe.ask()
    run_out()
    page = parse(browser(cafe.approver).get(ONE).content)
    assert "Nobody decided in time." == words(page.one("section", id="approval").one("h2"))
    assert [] == page.one("section", id="approval").all("button")
    assert "Ask for approval of 1,000 sat" == words(read(browser(cafe.user), invoice_number(1)).one("button", id="pay-button"))


def test_an_invoice_that_was_paid_meanwhile_is_said(cafe: FourEyes) -> None:
    cafe.ask()
    pay_invoice(invoice_number(1), payment_id=id_of(7), payer=Payer(account_id=cafe.id))
    anna = browser(cafe.approver)
    answer = anna.post(f"{ONE}approve/", fields("approve", parse(anna.get(ONE).content)))
    assert (409, 1) == (answer.status_code, PaymentRecord.objects.count())
    assert "is being paid or was paid already" in words(parse(answer.content).one("div", class_="refusal"))
