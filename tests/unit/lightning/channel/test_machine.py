"""Whatever a peer does against the rules ends the channel in one way: an error, our signed commitment, one word why. Nothing raises."""

from __future__ import annotations

from functools import partial
from hashlib import sha256

import msgspec
import pytest

from payments.lightning.channel import machine
from payments.lightning.channel.actions import BroadcastTransaction, ChannelFailed, SendMessage, Step
from payments.lightning.channel.channel import Phase
from payments.lightning.channel.commitment import build_commitment, commitment_sighash
from payments.lightning.channel.errors import ChannelError
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.types import ChannelType
from payments.lightning.config import ForwardingConfig
from payments.lightning.crypto import secp256k1
from payments.lightning.crypto.hashes import double_sha256
from payments.lightning.ids import ChannelId
from payments.lightning.wire.messages import (
    ChannelReady,
    CommitmentSigned,
    ErrorMessage,
    RevokeAndAck,
    UpdateAddHtlc,
    UpdateFailHtlc,
    UpdateFailMalformedHtlc,
    UpdateFee,
    UpdateFulfillHtlc,
    decode_message,
)
from tests.unit.lightning.channel.channel_pair import EXPIRY, HEIGHT, ONION, REASON, Pair, payment_hash, preimage, secrets_of

MARGIN = 18


def standing(name: str = "alice") -> Pair:
    """A pair where this side has offered one HTLC that stands in both transactions."""
    pair = Pair(forwarding=ForwardingConfig(htlc_minimum_msat=1_000))
    pair.offer(name, 10_000_000)
    pair.exchange()
    return pair


def signed(pair: Pair, name: str) -> list:
    """One more update of this side and the commitment for it, taken off the line."""
    pair.offer(name, 20_000_000, number=1)
    pair.commit(name)
    messages = [decode_message(data) for data in pair.wire[name]]
    pair.wire[name].clear()
    return messages


def add(pair: Pair, name: str, **changes: object) -> UpdateAddHtlc:
    """An offer to this side."""
    fields = {
        "id": pair[name].next_htlc_id[Side.REMOTE],
        "amount_msat": 1_000_000,
        "payment_hash": payment_hash(0),
        "cltv_expiry": EXPIRY,
        "onion_routing_packet": ONION,
    }
    return UpdateAddHtlc(channel_id=pair[name].id, **{**fields, **changes})


def wrong_signature(pair: Pair) -> list:
    update, commitment = signed(pair, "bob")
    other = secp256k1.sign(secrets_of("bob").funding_private_key, bytes(32))
    return [update, msgspec.structs.replace(commitment, signature=other)]


def wrong_htlc_signature(pair: Pair) -> list:
    update, commitment = signed(pair, "bob")
    return [update, msgspec.structs.replace(commitment, htlc_signatures=commitment.htlc_signatures[::-1])]


def missing_htlc_signature(pair: Pair) -> list:
    update, commitment = signed(pair, "bob")
    return [update, msgspec.structs.replace(commitment, htlc_signatures=commitment.htlc_signatures[1:])]


def revocation(pair: Pair, **changes: object) -> list:
    signed(pair, "alice")
    point = secrets_of("bob").per_commitment_point(9)
    secret = secrets_of("bob").per_commitment_secret(pair["alice"].remote_number)
    message = RevokeAndAck(channel_id=pair["alice"].id, per_commitment_secret=secret, next_per_commitment_point=point)
    return [msgspec.structs.replace(message, **changes)]


def made_up_secrets(pair: Pair) -> list:
    """A secret that fits its point but not the secrets before it: the peer does not derive them as it must."""
    signed(pair, "alice")
    secret = sha256(b"made up").digest()
    alice = msgspec.structs.replace(pair["alice"], remote_point=secp256k1.public_key(secret))
    pair.ends["alice"] = alice
    point = secrets_of("bob").per_commitment_point(9)
    return [RevokeAndAck(channel_id=alice.id, per_commitment_secret=secret, next_per_commitment_point=point)]


def loose_revocation(pair: Pair) -> list:
    secret = secrets_of("bob").per_commitment_secret(pair["alice"].remote_number)
    point = secrets_of("bob").per_commitment_point(9)
    return [RevokeAndAck(channel_id=pair["alice"].id, per_commitment_secret=secret, next_per_commitment_point=point)]


def here(pair: Pair) -> ChannelId:
    return pair["alice"].id


PROVOCATIONS = {
    "invalid_commitment_signature": wrong_signature,
    "invalid_htlc_signature": wrong_htlc_signature,
    "htlc_signature_count": missing_htlc_signature,
    "unknown_htlc": lambda pair: [UpdateFailHtlc(channel_id=here(pair), id=3, reason=REASON)],
    "htlc_id_out_of_order": lambda pair: [add(pair, "alice", id=3)],
    "htlc_below_minimum": lambda pair: [add(pair, "alice", amount_msat=999)],
    "expiry_not_in_blocks": lambda pair: [add(pair, "alice", cltv_expiry=500_000_000)],
    "peer_overdrawn": lambda pair: [add(pair, "alice", amount_msat=400_000_000)],
    "too_much_in_flight": lambda pair: [add(pair, "alice", amount_msat=2_000_000_000)],
    "preimage_mismatch": lambda pair: [UpdateFulfillHtlc(channel_id=here(pair), id=0, payment_preimage=bytes(32))],
    "bad_failure_code": lambda pair: [UpdateFailMalformedHtlc(channel_id=here(pair), id=0, sha256_of_onion=bytes(32), failure_code=0x400F)],
    "not_the_opener": lambda pair: [UpdateFee(channel_id=here(pair), feerate_per_kw=3_000)],
    "unexpected_revocation": loose_revocation,
    "revocation_secret_mismatch": partial(revocation, per_commitment_secret=b"\x01" * 32),
    "secret_does_not_fit": made_up_secrets,
}


def check_closed(pair: Pair, name: str, code: str) -> None:
    """The channel is over for this side, the peer hears why, and what is broadcast is its latest commitment with both signatures."""
    channel = pair[name]
    assert channel.phase is Phase.FORCE_CLOSING
    assert [ChannelFailed(code=code)] == pair.done(name, ChannelFailed)
    said = [decode_message(action.data) for action in pair.done(name, SendMessage)]
    assert ErrorMessage(channel_id=channel.id, data=code.encode()) == said[-1]
    (broadcast,) = pair.done(name, BroadcastTransaction)
    spec = channel.commitment_spec(Side.LOCAL, channel.local_number, secrets_of(name))
    commitment = build_commitment(spec)
    txid, signatures, script = taken_apart(broadcast.transaction)
    keys = sorted([spec.keys.holder_funding_pubkey, spec.keys.counterparty_funding_pubkey])
    assert (commitment.tx.txid, commitment.funding_script) == (txid, script)
    for key, signature in zip(keys, signatures, strict=True):
        assert secp256k1.verify(key, commitment_sighash(commitment, spec), compact(signature))


def taken_apart(raw: bytes) -> tuple[bytes, list[bytes], bytes]:
    """(txid, both signatures, witness script) of a transaction that spends one output which two must sign for."""
    start = raw.rindex(b"\x04\x00", 0, len(raw) - 80)
    txid = double_sha256(raw[:4] + raw[6:start] + raw[-4:])
    signatures, offset = [], start + 2
    for _ in range(2):
        end = offset + 1 + raw[offset]
        signatures.append(raw[offset + 1 : end])
        offset = end
    return txid, signatures, raw[offset + 1 : -4]


def compact(element: bytes) -> bytes:
    """signature[64] out of its DER form with the sighash byte behind."""
    r_length = element[3]
    r = element[4 : 4 + r_length]
    s = element[6 + r_length : -1]
    return r.lstrip(b"\0").rjust(32, b"\0") + s.lstrip(b"\0").rjust(32, b"\0")


@pytest.mark.parametrize("channel_type", list(ChannelType))
def test_it_works(channel_type):
    pair = Pair(channel_type)
    pair.act("alice", machine.peer_sent_error, "go away", pair.surroundings("alice"))

    check_closed(pair, "alice", "peer_closed_channel")


@pytest.mark.parametrize("code", PROVOCATIONS)
def test_a_broken_rule_ends_the_channel(code):
    pair = standing()
    if code == "peer_overdrawn":
        raised = msgspec.structs.replace(pair["alice"].terms.local, max_htlc_value_in_flight_msat=1 << 62)
        pair.ends["alice"] = msgspec.structs.replace(pair["alice"], terms=msgspec.structs.replace(pair["alice"].terms, local=raised))
    for message in PROVOCATIONS[code](pair):
        pair.hand("alice", message)

    check_closed(pair, "alice", code)


@pytest.mark.parametrize("feerate_per_kw", [0, 252, 250_001, (1 << 32) - 1])
def test_a_feerate_out_of_range_ends_the_channel(feerate_per_kw):
    pair = standing()
    pair.hand("bob", UpdateFee(channel_id=here(pair), feerate_per_kw=feerate_per_kw))

    check_closed(pair, "bob", "feerate_out_of_range")


def test_too_many_htlcs_end_the_channel():
    pair = standing("bob")
    few = msgspec.structs.replace(pair["alice"].terms.local, max_accepted_htlcs=1)
    pair.ends["alice"] = msgspec.structs.replace(pair["alice"], terms=msgspec.structs.replace(pair["alice"].terms, local=few))
    pair.hand("alice", add(pair, "alice"))

    check_closed(pair, "alice", "too_many_htlcs")


def test_an_update_before_both_have_said_where_they_are_ends_the_channel():
    pair = standing()
    pair.cut()
    pair.hand("alice", add(pair, "alice"))

    assert [ChannelFailed(code="update_while_not_online")] == pair.done("alice", ChannelFailed)


def test_every_reason_is_provoked_somewhere():
    here_and_beside = {"feerate_out_of_range", "too_many_htlcs", "update_while_not_online", "peer_closed_channel", "htlc_deadline_passed"}
    in_test_reestablish = {"peer_lost_state", "secret_not_ours", "unexpected_reestablish", "we_lost_state"}
    provoked = {*PROVOCATIONS, *here_and_beside, *in_test_reestablish, "too_much_dust"} - {"secret_does_not_fit"}

    assert {leaf.code for leaf in ChannelError.__subclasses__()} == provoked


def test_an_htlc_may_not_be_settled_twice_or_before_it_is_committed():
    pair = standing()
    fail = UpdateFailHtlc(channel_id=here(pair), id=0, reason=REASON)
    pair.hand("alice", fail)
    pair.hand("alice", fail)
    early = Pair()
    early.offer("alice", 10_000_000)
    early.hand("alice", UpdateFulfillHtlc(channel_id=here(early), id=0, payment_preimage=preimage(0)))

    check_closed(pair, "alice", "unknown_htlc")
    check_closed(early, "alice", "unknown_htlc")


def test_an_overdue_htlc_of_ours_ends_the_channel_after_a_grace_period():
    pair = standing()
    for height, phase in ((EXPIRY + 1, Phase.NORMAL), (EXPIRY + 2, Phase.FORCE_CLOSING)):
        pair.height = height
        pair.take("alice", machine.best_block_updated(pair["alice"], pair.surroundings("alice"), claim_margin_blocks=MARGIN))

        assert phase is pair["alice"].phase
    check_closed(pair, "alice", "htlc_deadline_passed")


@pytest.mark.parametrize("is_signed", [False, True])
def test_an_overdue_htlc_that_the_peer_never_acknowledged_ends_the_channel_too(is_signed):
    pair = Pair()
    pair.offer("alice", 10_000_000)
    if is_signed:
        pair.commit("alice")
    pair.cut()
    pair.height = EXPIRY + 2
    pair.take("alice", machine.best_block_updated(pair["alice"], pair.surroundings("alice"), claim_margin_blocks=MARGIN))

    assert pair["alice"].phase is Phase.FORCE_CLOSING


def test_a_claim_that_the_peer_does_not_acknowledge_goes_to_the_chain_in_time():
    pair = standing("bob")
    pair.fulfill("alice", 0)
    for height, phase in ((EXPIRY - MARGIN - 1, Phase.NORMAL), (EXPIRY - MARGIN, Phase.FORCE_CLOSING)):
        pair.height = height
        pair.take("alice", machine.best_block_updated(pair["alice"], pair.surroundings("alice"), claim_margin_blocks=MARGIN))

        assert phase is pair["alice"].phase
    check_closed(pair, "alice", "htlc_deadline_passed")


def test_an_htlc_that_we_do_not_claim_is_the_peers_to_worry_about():
    pair = standing("bob")
    pair.height = EXPIRY + 50
    pair.take("alice", machine.best_block_updated(pair["alice"], pair.surroundings("alice"), claim_margin_blocks=MARGIN))

    assert pair["alice"].phase is Phase.NORMAL


def test_a_peer_that_is_not_there_is_told_nothing():
    pair = standing()
    pair.cut()
    pair.actions["alice"].clear()
    pair.act("alice", machine.peer_sent_error, "go away", pair.surroundings("alice"))

    assert [] == pair.done("alice", SendMessage)
    assert 1 == len(pair.done("alice", BroadcastTransaction))


@pytest.mark.parametrize("phase", [Phase.FORCE_CLOSING, Phase.DATA_LOSS])
def test_a_closed_channel_stays_closed(phase):
    pair = standing()
    pair.take("alice", Step(channel=msgspec.structs.replace(pair["alice"], phase=phase)))
    before = pair["alice"]
    pair.height = HEIGHT + 10_000
    here_ = pair.surroundings("alice")

    assert [] == pair.hand("alice", add(pair, "alice"))
    assert [] == pair.hand("alice", CommitmentSigned(channel_id=here(pair), signature=bytes(64), htlc_signatures=()))
    assert [] == pair.act("alice", machine.peer_sent_error, "go away", here_)
    assert [] == pair.take("alice", machine.best_block_updated(pair["alice"], here_, claim_margin_blocks=MARGIN))
    assert not pair.commit("alice")
    assert before == pair["alice"]


def test_what_is_said_twice_is_passed_over():
    pair = standing()
    before = pair["alice"]

    point = secrets_of("bob").per_commitment_point(1)
    assert [] == pair.hand("alice", ChannelReady(channel_id=here(pair), second_per_commitment_point=point))
    assert before == pair["alice"]
