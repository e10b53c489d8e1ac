"""
The engine's state and events in the database: written in the commit of the turn that changed it, read back as a whole at the start.

The values are the engine's own bytes and nobody else's business. A value that cannot be read back stops the start: going on without it
could mean to pay twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db import connection
from msgspec import DecodeError, msgpack

from payments.lightning.events import Event
from payments.lightning.scoring.memory import EVIDENCE_NAMESPACE, KNOWLEDGE_NAMESPACE, first_entry_after, key_of_entry
from payments.lightning.shelf import StoreWrite
from payments.models import EngineEvent, EngineState
from payments.models.write_rows import insert_rows
from payments.nodes.errors import StoredStateUnreadable

NODE_ID_LENGTH = 33
"""Every key begins with the node that owns the value."""
_REMOVE = "DELETE FROM payments_enginestate WHERE namespace = %s AND key = %s"


def write_state(writes: Sequence[StoreWrite]) -> None:
    """Store and remove values. Only inside the transaction of a turn."""
    kept = [EngineState(namespace=write.namespace, key=write.key.hex(), value=write.value) for write in writes if write.value is not None]
    insert_rows(kept, unique_fields=("namespace", "key"), update_fields=("value",))
    gone = [(write.namespace, write.key.hex()) for write in writes if write.value is None]
    if gone:
        with connection.cursor() as cursor:
            cursor.executemany(_REMOVE, gone)


def write_events(events: Iterable[Event]) -> None:
    """Append what happened, in order. Only inside the transaction of the turn in which it did."""
    insert_rows([EngineEvent(kind=type(event).__name__, body=msgpack.encode(event)) for event in events])


def read_state(namespaces: Iterable[str]) -> Iterator[StoreWrite]:
    """Everything stored in these namespaces."""
    for row in EngineState.objects.filter(namespace__in=list(namespaces)).order_by("id").iterator(chunk_size=2_000):
        yield StoreWrite(namespace=row.namespace, key=bytes.fromhex(row.key), value=bytes(row.value))


def read_knowledge(owner: bytes) -> Iterator[StoreWrite]:
    """What a node's scorer has to read to know what it knew: the snapshot, if there is one, and the entries after it."""
    snapshot = EngineState.objects.filter(namespace=KNOWLEDGE_NAMESPACE, key=owner.hex()).first()
    if snapshot is not None:
        yield StoreWrite(namespace=KNOWLEDGE_NAMESPACE, key=owner, value=bytes(snapshot.value))
    first = owner + key_of_entry(0 if snapshot is None else _first_entry_after(bytes(snapshot.value)))
    for row in EngineState.objects.filter(namespace=EVIDENCE_NAMESPACE, key__gte=first.hex()).order_by("key").iterator(chunk_size=2_000):
        yield StoreWrite(namespace=EVIDENCE_NAMESPACE, key=bytes.fromhex(row.key), value=bytes(row.value))


def _first_entry_after(snapshot: bytes) -> int:
    try:
        return first_entry_after(snapshot)
    except DecodeError as error:
        raise StoredStateUnreadable(namespace=KNOWLEDGE_NAMESPACE) from error
