"""Paths as pages draw them: a planned one from the router's answer, a tried one from its attempt's row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from payments.lightning.events import LocalFailure
from payments.lightning.ids import format_scid
from payments.lightning.routing.route import Path
from payments.models import AttemptRecord, ProbeRecord
from payments.queries.shapes import AttemptShape, HopShape, HopState, PathShape
from payments.queries.wording import failure_name, sentence_for_failure, sentence_for_local_failure


class HopRow(TypedDict):
    """One hop in an AttemptRecord's `path`."""

    node_id: str
    short_channel_id: str
    amount_msat: int
    fee_msat: int
    cltv_expiry_delta: int
    total_cltv_expiry_delta: int


def planned_path(path: Path, *, names: Mapping[str, str]) -> PathShape:
    """A path that nobody has tried yet."""
    hops = tuple(
        HopShape(
            node_id=hop.node_id.hex(),
            name=names.get(hop.node_id.hex(), ""),
            short_channel_id=format_scid(hop.short_channel_id),
            amount_msat=hop.amount_msat,
            fee_msat=hop.fee_msat,
            cltv_expiry_delta=hop.cltv_expiry_delta,
        )
        for hop in path.figures()
    )
    return PathShape(
        hops=hops, amount_msat=path.final_value_msat, fee_msat=path.fee_msat, total_cltv_expiry_delta=path.total_cltv_expiry_delta
    )


def attempt_shape(attempt: AttemptRecord, *, names: Mapping[str, str], is_paid: bool) -> AttemptShape:
    """
    An attempt as it went: where it is, or where it broke.

    is_paid    the payee has shown the preimage, so what was on its way has arrived, though the nodes may still be settling it
    """
    rows: list[HopRow] = attempt.path
    state = AttemptRecord.State(attempt.state)
    if is_paid and state == AttemptRecord.State.SENT:
        state = AttemptRecord.State.SUCCEEDED
    failing = rows[attempt.failing_hop]["node_id"] if attempt.failing_hop is not None and attempt.failing_hop < len(rows) else ""
    return AttemptShape(
        number=attempt.number,
        path=tried_path(attempt, _PATH_STATES[state], names),
        state=state,
        sentence=_SENTENCES.get(state) or _why(attempt),
        failure_code=attempt.local_failure or failure_name(attempt.failure_code),
        failing_node=names.get(failing) or failing,
        sent_at=attempt.sent_at,
        resolved_at=attempt.resolved_at,
        failing_hop=attempt.failing_hop,
        failure_data=bytes(attempt.failure_data).hex(),
        blamed_short_channel_id=attempt.blamed_short_channel_id,
        hold_times_ms=tuple(attempt.hold_times_ms),
    )


def _why(attempt: AttemptRecord) -> str:
    if attempt.local_failure:
        return sentence_for_local_failure(LocalFailure(attempt.local_failure))
    return sentence_for_failure(attempt.failure_code)


_SENTENCES = {AttemptRecord.State.SENT: "On its way.", AttemptRecord.State.SUCCEEDED: "Arrived."}


def tried_path(tried: AttemptRecord | ProbeRecord, path_state: HopState, names: Mapping[str, str]) -> PathShape:
    """The path that an HTLC took, as far as it got. path_state: moving, passed or broken."""
    rows: list[HopRow] = tried.path
    states = _hop_states(tried, path_state, rows)
    hops = tuple(
        HopShape(
            node_id=row["node_id"],
            name=names.get(row["node_id"], ""),
            short_channel_id=row["short_channel_id"],
            amount_msat=row["amount_msat"],
            fee_msat=row["fee_msat"],
            cltv_expiry_delta=row["cltv_expiry_delta"],
            state=state,
        )
        for row, state in zip(rows, states, strict=True)
    )
    return PathShape(
        hops=hops,
        amount_msat=rows[-1]["amount_msat"],
        fee_msat=sum(row["fee_msat"] for row in rows),
        total_cltv_expiry_delta=rows[0]["total_cltv_expiry_delta"],
        state=path_state,
    )


_PATH_STATES = {
    AttemptRecord.State.SENT: HopState.MOVING,
    AttemptRecord.State.SUCCEEDED: HopState.PASSED,
    AttemptRecord.State.FAILED: HopState.BROKEN,
}


def _hop_states(tried: AttemptRecord | ProbeRecord, path_state: HopState, rows: Sequence[HopRow]) -> list[HopState]:
    if path_state is not HopState.BROKEN:
        return [path_state] * len(rows)
    broken = _broken_hop(tried, rows)
    if broken is None:
        return [HopState.UNREACHED] * len(rows)
    return [HopState.PASSED] * broken + [HopState.BROKEN] + [HopState.UNREACHED] * (len(rows) - broken - 1)


def _broken_hop(tried: AttemptRecord | ProbeRecord, rows: Sequence[HopRow]) -> int | None:
    """The channel that is blamed; else the one after the node that failed, or into the payee; None when nobody can be named."""
    for index, row in enumerate(rows):
        if row["short_channel_id"] == tried.blamed_short_channel_id:
            return index
    return None if tried.failing_hop is None else min(tried.failing_hop + 1, len(rows) - 1)
