"""
From words to a fault: what a command line, a form or a scenario names, checked before anything is queued.

Faults are for the other nodes of the sandbox. Our own is left alone: its money is in the ledger, and no mischief may move it.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping

import msgspec

from payments.nodes.commands import AdvanceBlocks, ClearFaults, SetFault
from payments.nodes.errors import BlocksOutOfRange, FaultMalformed, NoSuchChannel, OwnNodeUntouched, UnknownFault, UnknownNode
from payments.nodes.network_plan import planned_network
from payments.sandbox.faults import Depleted, Disabled, Fault
from payments.sandbox.mischief import MOST_BLOCKS
from payments.sandbox.topology import Role

Setting = str | int | bool | None
_FAULTS: dict[str, type[Fault]] = {str(kind.__struct_config__.tag): kind for kind in typing.get_args(Fault)}


def fault_names() -> dict[str, str]:
    """Every fault by name, and what it does in one line."""
    return {name: (kind.__doc__ or "").strip().splitlines()[0] for name, kind in _FAULTS.items()}


def settings_of(name: str) -> tuple[str, ...]:
    """What can be said about a fault beside the node; KeyError when there is no such fault."""
    return tuple(field.name for field in msgspec.structs.fields(_FAULTS[name]) if field.name != "node")


def wish_fault(request_id: str, name: str, *, node: str, settings: Mapping[str, Setting]) -> SetFault:
    """
    The command that sets a fault.

    raises    UnknownFault, FaultMalformed, UnknownNode, OwnNodeUntouched, NoSuchChannel, StoredStateUnreadable
    """
    if name not in _FAULTS:
        raise UnknownFault(name=name, names=", ".join(_FAULTS))
    try:
        fault = msgspec.convert({**settings, "node": node}, _FAULTS[name])
    except msgspec.ValidationError:
        raise _malformed(name) from None
    if set(settings) - set(settings_of(name)):
        raise _malformed(name)
    _check_place(fault)
    return SetFault(request_id=request_id, fault=fault)


def wish_clear(request_id: str) -> ClearFaults:
    """The command that clears every fault."""
    return ClearFaults(request_id=request_id)


def wish_blocks(request_id: str, blocks: int) -> AdvanceBlocks:
    """
    The command that lets the chain grow.

    raises    BlocksOutOfRange
    """
    if not 1 <= blocks <= MOST_BLOCKS:
        raise BlocksOutOfRange(blocks=blocks, limit_blocks=MOST_BLOCKS)
    return AdvanceBlocks(request_id=request_id, blocks=blocks)


def _malformed(name: str) -> FaultMalformed:
    return FaultMalformed(name=name, settings=", ".join(settings_of(name)) or "none")


def _check_place(fault: Fault) -> None:
    network = planned_network()
    roles = {plan.slug: plan.role for plan in network.nodes}
    peers = [fault.peer] if isinstance(fault, Depleted | Disabled) else []
    for slug in (fault.node, *peers):
        if slug not in roles:
            raise UnknownNode(slug=slug)
        if roles[slug] is Role.OWN:
            raise OwnNodeUntouched
    for peer in peers:
        if {fault.node, peer} not in [{plan.opener, plan.accepter} for plan in network.channels]:
            raise NoSuchChannel(node=fault.node, peer=peer)
