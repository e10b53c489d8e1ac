"""
The engine's state in the database: written in the commit of the turn that changed it, read back as a whole at the start.

The values are the engine's own bytes and nobody else's business. A value that cannot be read back stops the start: going on without it
could mean to pay twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from payments.lightning.shelf import StoreWrite
from payments.models import EngineState

NODE_ID_LENGTH = 33
"""Every key begins with the node that owns the value."""


def write_state(writes: Iterable[StoreWrite]) -> None:
    """Store and remove values. Only inside the transaction of a turn."""
    kept = [EngineState(namespace=write.namespace, key=write.key.hex(), value=write.value) for write in writes if write.value is not None]
    if kept:
        EngineState.objects.bulk_create(kept, update_conflicts=True, unique_fields=["namespace", "key"], update_fields=["value"])
    for write in writes:
        if write.value is None:
            EngineState.objects.filter(namespace=write.namespace, key=write.key.hex()).delete()


def read_state(namespaces: Iterable[str]) -> Iterator[StoreWrite]:
    """Everything stored in these namespaces."""
    for row in EngineState.objects.filter(namespace__in=list(namespaces)).order_by("id").iterator(chunk_size=2_000):
        yield StoreWrite(namespace=row.namespace, key=bytes.fromhex(row.key), value=bytes(row.value))
