"""
Every failure of BOLT 4, told by a node on the way or by the payee: who is blamed, what is avoided, what a person reads, how it ends.

    alice --- bob --- erin --- dave      cheap
       `------ carol --------'           dear
"""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.config import ForwardingConfig
from payments.lightning.events import PaymentFailed, PaymentFailureReason, PaymentPathFailed, PaymentPathStarted, PaymentSent
from payments.lightning.manager.intercepting import NoInterceptor
from payments.lightning.onion.failure import FailurePacket
from payments.lightning.wire.failures import FailureCode
from payments.queries.wording import failure_name, sentence_for_failure
from tests.network.failing import fails_as_payee, fails_on_the_way
from tests.network.nodes import Nodes, channel, network
from tests.unit.lightning.payment.test_verdict import BLAMELESS_FROM_PAYEE, FIELDS, NODE_CODES

AMOUNT_MSAT = 5_000_000
DEAR_FEE_MSAT = 5_000 + AMOUNT_MSAT * 100 // 1_000_000
CODES = list(FailureCode)
WORDS = {
    FailureCode.TEMPORARY_NODE_FAILURE: "having trouble",
    FailureCode.PERMANENT_NODE_FAILURE: "node on the way is gone for good",
    FailureCode.REQUIRED_NODE_FEATURE_MISSING: "feature that this app does not have",
    FailureCode.INVALID_ONION_VERSION: "could not read the instructions",
    FailureCode.INVALID_ONION_HMAC: "could not read the instructions",
    FailureCode.INVALID_ONION_KEY: "could not read the instructions",
    FailureCode.TEMPORARY_CHANNEL_FAILURE: "could not carry this amount just now",
    FailureCode.PERMANENT_CHANNEL_FAILURE: "channel on the way is closed for good",
    FailureCode.REQUIRED_CHANNEL_FEATURE_MISSING: "feature that this app does not have",
    FailureCode.UNKNOWN_NEXT_PEER: "not connected to the next one",
    FailureCode.AMOUNT_BELOW_MINIMUM: "does not carry amounts this small",
    FailureCode.FEE_INSUFFICIENT: "higher fee than it announced",
    FailureCode.INCORRECT_CLTV_EXPIRY: "time limits along this route did not fit",
    FailureCode.EXPIRY_TOO_SOON: "time limits along this route did not fit",
    FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS: "The recipient refused",
    FailureCode.FINAL_INCORRECT_CLTV_EXPIRY: "altered by a node on the way",
    FailureCode.FINAL_INCORRECT_HTLC_AMOUNT: "altered by a node on the way",
    FailureCode.CHANNEL_DISABLED: "switched off by its owner",
    FailureCode.EXPIRY_TOO_FAR: "time limits along this route did not fit",
    FailureCode.INVALID_ONION_PAYLOAD: "could not read the instructions",
    FailureCode.MPP_TIMEOUT: "Not all parts reached the recipient in time",
    FailureCode.INVALID_ONION_BLINDING: "could not read the instructions",
}


@pytest.fixture
def nodes() -> Nodes:
    cheap, dear = ForwardingConfig(fee_base_msat=100), ForwardingConfig(fee_base_msat=5_000)
    return network(
        channel("alice", "bob"),
        channel("bob", "erin"),
        channel("erin", "dave"),
        channel("alice", "carol"),
        channel("carol", "dave"),
        policies={"bob": cheap, "erin": cheap, "carol": dear},
    )


def pay(nodes: Nodes) -> PaymentPathFailed:
    """Alice pays dave; what came back of the first attempt."""
    before_msat = nodes.balance_msat("alice")
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)
    nodes.check_rest()
    spent_msat = sum(sent.amount_msat + sent.fee_paid_msat for sent in nodes.heard("alice", PaymentSent))
    assert before_msat - spent_msat == nodes.balance_msat("alice")
    return nodes.expect("alice", PaymentPathFailed)


def ways(nodes: Nodes) -> list[list[str]]:
    """The nodes of each attempt's path."""
    return [[nodes.names[hop.node_id] for hop in started.path.hops] for started in nodes.heard("alice", PaymentPathStarted)]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(("name", "hop"), [("bob", 0), ("erin", 1)])
def test_a_node_on_the_way_fails_it_and_the_payment_goes_round(nodes, code, name, hop):
    fails_on_the_way(nodes, name, code=code, data=FIELDS.get(code, b""))
    failed = pay(nodes)

    into, onward = {"bob": (("alice", "bob"), ("bob", "erin")), "erin": (("bob", "erin"), ("erin", "dave"))}[name]
    assert (code, hop, FIELDS.get(code, b"")) == (failed.failure_code, failed.failing_hop, failed.failure_data)
    assert nodes.scid(*(into if code in NODE_CODES else onward)) == failed.short_channel_id
    assert not failed.payment_failed_permanently
    assert [["bob", "erin", "dave"], ["carol", "dave"]] == ways(nodes)
    assert DEAR_FEE_MSAT == nodes.expect("alice", PaymentSent).fee_paid_msat


@pytest.mark.parametrize("code", [code for code in CODES if code & 0x4000])
def test_the_payees_permanent_no_ends_the_payment_at_once(nodes, code):
    fails_as_payee(nodes, "dave", code=code, data=FIELDS.get(code, b""))
    failed = pay(nodes)

    assert (code, 2, True) == (failed.failure_code, failed.failing_hop, failed.payment_failed_permanently)
    assert PaymentFailureReason.RECIPIENT_REJECTED is nodes.expect("alice", PaymentFailed).reason
    assert 1 == len(ways(nodes))


@pytest.mark.parametrize("code", [code for code in CODES if not code & 0x4000])
def test_anything_else_from_the_payee_is_tried_again(nodes, code):
    fails_as_payee(nodes, "dave", code=code, data=FIELDS.get(code, b""))
    failed = pay(nodes)

    is_nobodys_fault = code in BLAMELESS_FROM_PAYEE
    assert (code, 2, False) == (failed.failure_code, failed.failing_hop, failed.payment_failed_permanently)
    assert failed.short_channel_id == (None if is_nobodys_fault else nodes.scid("erin", "dave"))
    assert ways(nodes)[1] == (["bob", "erin", "dave"] if is_nobodys_fault else ["carol", "dave"])
    assert nodes.expect("alice", PaymentSent)


@pytest.mark.parametrize("code", CODES)
def test_a_person_reads_that_the_try_came_back_and_why(code):
    sentence = sentence_for_failure(code)

    assert sentence.startswith("This try came back. ")
    assert WORDS[code] in sentence
    assert code.name.lower() == failure_name(code)


# -- what makes no sense


@pytest.mark.parametrize("code", [0x0FFF, 0x1FFF, 0x2FFF, 0x4FFF, 0x8FFF])
def test_a_code_that_nobody_knows_costs_the_node_its_place(nodes, code):
    fails_on_the_way(nodes, "erin", code=code, data=b"\x01\x02")
    failed = pay(nodes)

    assert (code, 1, b"\x01\x02", nodes.scid("bob", "erin")) == (
        failed.failure_code,
        failed.failing_hop,
        failed.failure_data,
        failed.short_channel_id,
    )
    assert [["bob", "erin", "dave"], ["carol", "dave"]] == ways(nodes)
    assert sentence_for_failure(code) == f"This try came back. A node gave a reason that this app does not know (code {code})."


def test_an_enclosed_channel_update_changes_nobodys_map(nodes):
    before = nodes.graph.half(nodes.scid("erin", "dave"), source=nodes.ids["erin"])
    fails_on_the_way(nodes, "erin", code=FailureCode.FEE_INSUFFICIENT, data=bytes(8) + b"\x00\x88" + b"\x01\x02" + bytes(134))
    failed = pay(nodes)

    assert FailureCode.FEE_INSUFFICIENT == failed.failure_code
    assert before == nodes.graph.half(nodes.scid("erin", "dave"), source=nodes.ids["erin"])


def test_a_refusal_without_its_fields_is_a_refusal(nodes):
    fails_as_payee(nodes, "dave", code=FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS)

    assert (0x400F, None, True) == ((failed := pay(nodes)).failure_code, failed.short_channel_id, failed.payment_failed_permanently)
    assert PaymentFailureReason.RECIPIENT_REJECTED is nodes.expect("alice", PaymentFailed).reason


class Spoiler(NoInterceptor):
    """Changes every failure that it passes back."""

    def __init__(self, *, is_attributed: bool) -> None:
        self.is_attributed = is_attributed

    def passes_back(self, packet: FailurePacket) -> FailurePacket:
        spoilt = bytes([packet.reason[0] ^ 1]) + packet.reason[1:]
        return msgspec.structs.replace(packet, reason=spoilt, attribution_data=packet.attribution_data if self.is_attributed else None)


@pytest.mark.parametrize("is_attributed", [True, False])
def test_a_reply_that_was_spoilt_on_the_way_is_blamed_where_attribution_ends(nodes, is_attributed):
    # Bob vouches for what he passed on, and erin for something else or for nothing: one of the two has changed it.
    fails_on_the_way(nodes, "erin", code=FailureCode.TEMPORARY_CHANNEL_FAILURE, data=bytes(2))
    nodes["bob"].intercept_htlcs(Spoiler(is_attributed=is_attributed))
    failed = pay(nodes)

    assert (None, None, nodes.scid("bob", "erin")) == (failed.failing_hop, failed.failure_code, failed.short_channel_id)
    assert 1 == len(failed.hold_times_ms)
    assert sentence_for_failure(failed.failure_code).endswith("The reply was garbled, so nobody can say which node failed.")
    assert nodes.expect("alice", PaymentSent)


class OnionSpoiler(NoInterceptor):
    """Changes every onion that it passes on."""

    def passes_on(self, offer):
        onion = offer.onion_routing_packet
        return msgspec.structs.replace(offer, onion_routing_packet=onion[:100] + bytes([onion[100] ^ 1]) + onion[101:])


def test_an_onion_that_cannot_be_read_is_told_of_by_the_node_before(nodes):
    nodes["bob"].intercept_htlcs(OnionSpoiler())
    failed = pay(nodes)

    assert (FailureCode.INVALID_ONION_HMAC, 0, nodes.scid("bob", "erin")) == (
        failed.failure_code,
        failed.failing_hop,
        failed.short_channel_id,
    )
    assert 32 == len(failed.failure_data)
    assert [["bob", "erin", "dave"], ["carol", "dave"]] == ways(nodes)
