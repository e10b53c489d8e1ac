"""
Which network the sandbox is: laid out before the engine builds it, kept as long as what was built from it.

Whoever wants another one than the built-in writes it down before the first start. The engine writes down what it builds in the commit that
builds it, so the plan that is read always fits the channels that are there.
"""

from __future__ import annotations

from msgspec import DecodeError, msgpack

from payments.models import EngineState, NodeRecord
from payments.nodes.errors import StoredStateUnreadable
from payments.sandbox.topology import SANDBOX, Topology

NAMESPACE = "sandbox"
_KEY = "network"


def planned_network() -> Topology:
    """
    The network that stands, or will stand after the first start.

    raises    StoredStateUnreadable
    """
    row = EngineState.objects.filter(namespace=NAMESPACE, key=_KEY).first()
    if row is None:
        return SANDBOX
    try:
        return msgpack.decode(bytes(row.value), type=Topology)
    except DecodeError as error:
        raise StoredStateUnreadable(namespace=NAMESPACE) from error


def plan_network(topology: Topology) -> None:
    """This is the network. Only inside the transaction that builds it, or that has seen that none is built."""
    EngineState.objects.update_or_create(namespace=NAMESPACE, key=_KEY, defaults={"value": msgpack.encode(topology)})


def is_built() -> bool:
    """Whether the engine has built its network."""
    return NodeRecord.objects.exists()
