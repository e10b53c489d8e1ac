"""How fast onions are built and peeled. Prints figures; nothing fails because a machine is busy: `python -m tests.bench.bench_onion`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from payments.lightning.crypto.secp256k1 import public_key
from payments.lightning.ids import PaymentSecret, ShortChannelId
from payments.lightning.onion.failure import create_failure, unwrap_failure, wrap_failure
from payments.lightning.onion.packet import BuiltOnion, build_onion, peel_onion
from payments.lightning.onion.payload import FinalPayload, ForwardPayload, encode_payload

ASSOCIATED_DATA = bytes(32)
FORWARD = encode_payload(ForwardPayload(short_channel_id=ShortChannelId(1 << 60), amt_to_forward_msat=10**8, outgoing_cltv_value=900_000))
FINAL = encode_payload(
    FinalPayload(amt_to_forward_msat=10**8, outgoing_cltv_value=900_000, payment_secret=PaymentSecret(bytes(32)), total_msat=10**8)
)
NODE_KEYS = [(index + 1).to_bytes(32, "big") for index in range(20)]
NODE_IDS = [public_key(key) for key in NODE_KEYS]


def builds_per_second(hops: int, *, rounds: int = 200) -> float:
    """Onions of so many hops, each with a session key of its own, so that no cache can help."""
    return _per_second(lambda index: _build(hops, index), rounds)


def peels_per_second(*, rounds: int = 200) -> float:
    """Layers taken off by a hop on the way, each of another onion."""
    packets = [_build(3, index + 10**6).packet for index in range(rounds)]
    return _per_second(lambda index: peel_onion(packets[index], node_private_key=NODE_KEYS[0], associated_data=ASSOCIATED_DATA), rounds)


def failures_per_second(hops: int, *, rounds: int = 200) -> tuple[float, float, float]:
    """Failures created, passed on, and read by the payer of a path of so many hops."""
    secrets = _build(hops, 10**9).shared_secrets
    packet = create_failure(secrets[-1], b"\x20\x02")
    returned = packet
    for secret in reversed(secrets[:-1]):
        returned = wrap_failure(secret, returned)
    return (
        _per_second(lambda _: create_failure(secrets[-1], b"\x20\x02"), rounds),
        _per_second(lambda _: wrap_failure(secrets[0], packet), rounds),
        _per_second(lambda _: unwrap_failure(secrets, returned.reason, returned.attribution_data), rounds),
    )


def _build(hops: int, index: int) -> BuiltOnion:
    return build_onion(
        path_node_ids=NODE_IDS[:hops],
        payloads=[FORWARD] * (hops - 1) + [FINAL],
        session_key=(index + 10**12).to_bytes(32, "big"),
        associated_data=ASSOCIATED_DATA,
    )


def _per_second(work: Callable[[int], object], rounds: int) -> float:
    start_s = time.perf_counter()
    for index in range(rounds):
        work(index)
    return rounds / (time.perf_counter() - start_s)


def main() -> None:
    lines = [f"build, {hops:2} hops  {1000 / builds_per_second(hops):6.3f} ms" for hops in (3, 10, 20)]
    lines.append(f"peel            {1000 / peels_per_second():6.3f} ms")
    for verb, speed in zip(("create failure", "wrap failure", "unwrap, 5 hops"), failures_per_second(5), strict=True):
        lines.append(f"{verb:15} {1000 / speed:6.3f} ms")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
