"""
LDK's answers to the same questions, from a process of its own.

The script that runs LDK belongs to the tests, and so does the code that fetches LDK: both lie below `tests/` in the checkout, where an
installation without tests has nothing. Then, and where there is no Node, a sentence takes the place of figures.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path as FilePath

import msgspec

from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.routing.parameters import MAX_CHANNEL_SATURATION_POWER_OF_HALF, FirstHop
from payments.lightning.routing.route import Path, Route, RouteHop
from payments.management.route_bench.figures import Timing
from payments.management.route_bench.questions import Asked

_MODULE = "tests.bench.ldk_routes"
_PATIENCE_S = 1_800
"""Reading a map of mainnet takes ten seconds on a busy machine, a large question in parts most of one."""


class LdkAbsent(Exception):
    """Why there are no figures of LDK: its text is for people."""


class _Answer(msgspec.Struct):
    ms: float
    cpu_ms: float
    paths: list[list[tuple[str, str, int, int]]] | None = None


class _Answers(msgspec.Struct):
    load_ms: float
    answers: list[_Answer]


class LdkAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """What LDK said, and how long it took over it."""

    load_ms: float
    """To read the map."""
    routes: tuple[Route | None, ...]
    timings: tuple[Timing, ...]


def ask_ldk(gossip: FilePath, questions: Sequence[Asked], *, checkout: FilePath) -> LdkAnswers:
    """
    LDK's routes over a file of Rapid Gossip Sync.

    checkout   the folder that should have tests/ in it
    raises     LdkAbsent
    """
    if not checkout.joinpath(*_MODULE.split(".")).with_suffix(".py").is_file():
        raise LdkAbsent("LDK was not asked: what runs it lies below tests/, and this installation has no tests.")
    done = subprocess.run(  # noqa: S603 (our own interpreter and a module of the checkout)
        [sys.executable, "-m", _MODULE, str(gossip)],
        input=msgspec.json.encode([_question(asked) for asked in questions]),
        capture_output=True,
        cwd=checkout,
        timeout=_PATIENCE_S,
        check=False,
    )
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines() or ["it ended without a word"]
        raise LdkAbsent(f"LDK was not asked: {last[-1]}")
    said = msgspec.json.decode(done.stdout, type=_Answers)
    return LdkAnswers(
        load_ms=said.load_ms,
        routes=tuple(map(_route, said.answers)),
        timings=tuple(Timing(answer.ms, answer.cpu_ms, answer.paths is not None) for answer in said.answers),
    )


def _question(asked: Asked) -> dict[str, object]:
    params, payment = asked.params, asked.params.payment_params
    is_in_parts = payment.allows_parts
    return {
        "payer": asked.payer.hex(),
        "payee": payment.payee.hex(),
        "msat": params.final_value_msat,
        "fee_limit_msat": params.max_total_routing_fee_msat,
        "final_cltv": payment.final_cltv_expiry_delta,
        "paths": payment.max_path_count if is_in_parts else 1,
        "saturation": MAX_CHANNEL_SATURATION_POWER_OF_HALF if is_in_parts else 0,
        "first_hops": None if asked.fears_own_channels else list(map(_first_hop, asked.first_hops)),
    }


def _first_hop(hop: FirstHop) -> tuple[str, str, int, int]:
    most_msat, least_msat = hop.next_outbound_htlc_limit_msat, hop.next_outbound_htlc_minimum_msat
    return str(hop.short_channel_id), hop.counterparty_node_id.hex(), most_msat, least_msat


def _route(answer: _Answer) -> Route | None:
    return None if answer.paths is None else Route(paths=tuple(map(_path, answer.paths)))


def _path(hops: list[tuple[str, str, int, int]]) -> Path:
    return Path(
        hops=tuple(
            RouteHop(
                node_id=NodeId(bytes.fromhex(node)),
                short_channel_id=ShortChannelId(int(scid)),
                fee_msat=fee_msat,
                cltv_expiry_delta=cltv_expiry_delta,
            )
            for node, scid, fee_msat, cltv_expiry_delta in hops
        )
    )
