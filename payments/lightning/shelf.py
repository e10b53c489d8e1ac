"""
Values of one kind by key, and which of them must be written.

The engine's state is a handful of shelves. What changed since it was last asked is what the next commit must hold; nothing here knows how
or where that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from msgspec import Struct, msgpack

Value = TypeVar("Value", bound=Struct)


class StoreWrite(Struct, frozen=True, kw_only=True):
    """One value to be stored under (namespace, key), or removed when `value` is None."""

    namespace: str
    key: bytes
    value: bytes | None


class Shelf(Generic[Value]):
    """Immutable values by key. Reading is a dict's, writing is remembered."""

    def __init__(self, namespace: str, value_type: type[Value]) -> None:
        self.namespace = namespace
        self._decoder = msgpack.Decoder(value_type)
        self._values: dict[bytes, Value] = {}
        self._changed: set[bytes] = set()

    def get(self, key: bytes) -> Value | None:
        """The value, or None."""
        return self._values.get(key)

    def __getitem__(self, key: bytes) -> Value:
        return self._values[key]

    def __contains__(self, key: bytes) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Value]:
        return iter(list(self._values.values()))

    def put(self, key: bytes, value: Value) -> None:
        """Keep a value; nothing is remembered when it is the very one that is here."""
        if self._values.get(key) is not value:
            self._values[key] = value
            self._changed.add(key)

    def drop(self, key: bytes) -> None:
        """Forget a value."""
        del self._values[key]
        self._changed.add(key)

    def load(self, key: bytes, data: bytes) -> None:
        """Take a stored value back. msgspec.ValidationError when it is not one of this kind: the store is damaged."""
        self._values[key] = self._decoder.decode(data)

    @property
    def has_changed(self) -> bool:
        """Whether anything must be written."""
        return bool(self._changed)

    def take_writes(self, owner: bytes) -> list[StoreWrite]:
        """
        What must be written, in the order of keys so that equal runs write equally; asked twice, the second answer is empty.

        owner    put before every key, so that many nodes share one store
        """
        changed, self._changed = sorted(self._changed), set()
        return [StoreWrite(namespace=self.namespace, key=owner + key, value=self._encoded(key)) for key in changed]

    def _encoded(self, key: bytes) -> bytes | None:
        value = self._values.get(key)
        return None if value is None else msgpack.encode(value)
