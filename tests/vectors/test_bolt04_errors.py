"""BOLT 4, Test Vector (returning errors, with attribution data for failure and success) and bolt04/onion-error-test.json."""

from __future__ import annotations

from payments.lightning.onion.failure import (
    create_failure,
    create_fulfill_attribution,
    unwrap_failure,
    unwrap_fulfill_attribution,
    wrap_failure,
    wrap_fulfill_attribution,
)
from payments.lightning.onion.keys import derive_key
from payments.lightning.onion.packet import shared_secrets
from payments.lightning.wire.failures import FailureCode, FailureMessage, decode_failure
from tests.vectors.files import load_vectors

ERRING = 4  # the last of five nodes; it reports 1, the node before it 2, and so on


def test_a_failure_is_byte_for_byte_that_of_the_specification_at_every_hop() -> None:
    case = load_vectors("bolt04-errors-and-attribution.json")
    params = case["params"]
    secrets = shared_secrets([bytes.fromhex(key) for key in params["pubkey"]], bytes.fromhex(params["sessionkey"]))
    payload = bytes.fromhex(params["payload"])
    message = payload[2 : 2 + int.from_bytes(payload[:2], "big")]
    for hop in case["hops"]:
        node = hop["node"]
        assert hop["shared_secret"] == secrets[node].hex()
        assert hop["ammag_key"] == derive_key("ammag", secrets[node]).hex()
        if node == ERRING:
            packet = create_failure(secrets[node], message, hold_time_100ms=1, padded_length=1024)
        else:
            packet = wrap_failure(secrets[node], packet, hold_time_100ms=ERRING + 1 - node)
        assert hop["error_packet"] == packet.reason.hex()
        assert packet.attribution_data is not None
        assert hop["attribution_data"] == packet.attribution_data.hex()
    unwrapped = unwrap_failure(secrets, packet.reason, packet.attribution_data)
    assert (ERRING, message) == (unwrapped.hop_index, unwrapped.message)
    assert (5, 4, 3, 2, 1) == unwrapped.hold_times
    assert unwrapped.first_unattributed_hop is None
    details = FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS
    assert FailureMessage(code=details, htlc_msat=100, height=800000) == decode_failure(message)


def test_hold_times_of_a_success_are_byte_for_byte_those_of_the_specification_at_every_hop() -> None:
    case = load_vectors("bolt04-errors-and-attribution.json")
    params = case["params"]
    secrets = shared_secrets([bytes.fromhex(key) for key in params["pubkey"]], bytes.fromhex(params["sessionkey"]))
    attribution = create_fulfill_attribution(secrets[ERRING], hold_time_100ms=1)
    assert case["success_attribution"][str(ERRING)] == attribution.hex()
    for node in reversed(range(ERRING)):
        attribution = wrap_fulfill_attribution(secrets[node], attribution, hold_time_100ms=ERRING + 1 - node)
        assert case["success_attribution"][str(node)] == attribution.hex()
    unwrapped = unwrap_fulfill_attribution(secrets, attribution)
    assert (5, 4, 3, 2, 1) == unwrapped.hold_times
    assert unwrapped.first_unattributed_hop is None


def test_a_failure_padded_as_usual_is_byte_for_byte_that_of_the_specification() -> None:
    case = load_vectors("bolt04-onion-error-test.json")
    generate = case["generate"]
    secrets = shared_secrets([bytes.fromhex(hop["pubkey"]) for hop in generate["hops"]], bytes.fromhex(generate["session_key"]))
    assert [hop["hop_shared_secret"] for hop in generate["hops"]] == [secret.hex() for secret in secrets]
    message = bytes.fromhex(generate["failure_message"])
    packet = create_failure(secrets[ERRING], message)
    for node in reversed(range(ERRING)):
        packet = wrap_failure(secrets[node], packet)
    assert case["errorpacket"] == packet.reason.hex()
    unwrapped = unwrap_failure(secrets, packet.reason, None)
    assert (ERRING, message) == (unwrapped.hop_index, unwrapped.message)
