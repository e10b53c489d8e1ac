"""Then against now: for operators alone, without a script, and nothing changes by looking."""

from __future__ import annotations

import msgspec
import pytest
from django.test import Client
from msgspec.structs import replace

from payments.lightning.events import RouteDecided
from payments.lightning.ids import PaymentHash, PaymentId
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.manager.deciding import decide_route
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.route import Route
from payments.models import EngineEvent, GossipRecord, RouteDecision
from payments.queries.viewpoints import own_viewpoint
from payments.services.pay_invoice import pay_invoice
from tests.people import join, make_account, make_operator, make_user
from tests.unit.queries.small_world import build, set_price
from tests.unit.services.wallet import ID, NEXT_SCID, make_invoice, path_to_shop, started, tell
from tests.web.markup import parse

pytestmark = pytest.mark.django_db
ADDRESS = f"/payments/{ID}/replay/"


@pytest.fixture
def operator(client: Client) -> Client:
    """Grace, who runs the place, with a payment whose route was decided."""
    build()
    client.force_login(join(make_operator("grace")))
    pay_invoice(make_invoice(), payment_id=ID)
    tell(decided(), started())
    return client


def decided() -> RouteDecided:
    """What the engine would tell of a decision made now, by a node that has learnt nothing."""
    own, invoice = own_viewpoint(), decode(make_invoice())
    assert own is not None
    question = own.question(RouteParameters.from_invoice(invoice), shadow_seed=invoice.payment_hash)
    names = PaymentId(bytes.fromhex(ID)), PaymentHash(invoice.payment_hash)
    answer = decide_route(names, question, own.router, chosen=None)
    return replace(answer, map_version=GossipRecord.objects.order_by("-sequence").values_list("sequence", flat=True)[0])


def test_only_members_of_its_account_look(operator: Client) -> None:
    somebody = Client()
    assert (302, f"/accounts/login/?next={ADDRESS}") == ((answer := somebody.get(ADDRESS)).status_code, answer["Location"])
    somebody.force_login(join(make_user("ada"), make_account("cafe")))
    assert 404 == somebody.get(ADDRESS).status_code
    assert ADDRESS in operator.get(f"/payments/{ID}/").content.decode()
    assert 404 == operator.get(f"/payments/{'00' * 32}/replay/").status_code
    assert 405 == operator.post(ADDRESS).status_code


def test_a_decision_is_drawn_and_found_to_be_the_same(operator: Client) -> None:
    page = parse(operator.get(ADDRESS).content)
    assert "The decision came out identical." in page.text
    assert "The same question has the same answer today" in page.text
    assert page.all("svg", class_="picture") or page.all("svg")


def test_what_is_different_now_is_said_in_figures(operator: Client) -> None:
    kept = RouteDecision.objects.get().event_id
    for direction in (0, 1):
        set_price(NEXT_SCID, direction, fee_base_msat=3_000, timestamp_s=1_700_000_001)
    text = parse(operator.get(ADDRESS).content).text
    assert "2 sat dearer: 3.100 sat instead of 1.100." in text
    assert "The map of today would be enough" in text
    assert kept == RouteDecision.objects.get().event_id


def test_what_was_altered_is_not_called_identical(operator: Client) -> None:
    altered = replace(decided(), route=Route(paths=(path_to_shop(),)))
    row = EngineEvent.objects.create(kind="RouteDecided", body=msgspec.msgpack.encode(altered))
    RouteDecision.objects.create(event=row, payment_id=ID)
    text = parse(operator.get(ADDRESS).content).text
    assert "1 of 2 decisions did not come out as they did then." in text
    assert "Once more" in text


def test_a_payment_without_a_decision_says_so(operator: Client) -> None:
    pay_invoice(make_invoice(2_000, preimage=b"\x08" * 32), payment_id="c3" * 32)
    assert "No route was ever looked for" in operator.get(f"/payments/{'c3' * 32}/replay/").content.decode()
