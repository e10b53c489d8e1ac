"""Shelves remember what was changed since it was last asked, and nothing else."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.shelf import Shelf, StoreWrite


class Thing(msgspec.Struct, frozen=True):
    """What stands on the shelf."""

    size: int


def write(key: bytes, size: int | None) -> StoreWrite:
    return StoreWrite(namespace="thing", key=b"me" + key, value=None if size is None else msgspec.msgpack.encode(Thing(size)))


@pytest.fixture
def shelf() -> Shelf[Thing]:
    return Shelf("thing", Thing)


def test_it_works(shelf):
    shelf.put(b"b", Thing(2))
    shelf.put(b"a", Thing(1))

    assert [write(b"a", 1), write(b"b", 2)] == shelf.take_writes(b"me")
    assert [] == shelf.take_writes(b"me")
    assert (Thing(1), None, 2, True, False) == (shelf[b"a"], shelf.get(b"c"), len(shelf), b"a" in shelf, b"c" in shelf)
    assert [Thing(2), Thing(1)] == list(shelf)


def test_the_last_of_several_changes_is_written(shelf):
    shelf.put(b"a", Thing(1))
    shelf.put(b"a", Thing(2))

    assert [write(b"a", 2)] == shelf.take_writes(b"me")


def test_the_very_same_value_is_no_change_but_an_equal_one_is(shelf):
    one = Thing(1)
    shelf.put(b"a", one)
    shelf.take_writes(b"me")
    shelf.put(b"a", one)
    assert [] == shelf.take_writes(b"me")
    shelf.put(b"a", Thing(1))

    assert [write(b"a", 1)] == shelf.take_writes(b"me")


def test_what_is_dropped_is_removed(shelf):
    shelf.put(b"a", Thing(1))
    shelf.take_writes(b"me")
    shelf.drop(b"a")

    assert [write(b"a", None)] == shelf.take_writes(b"me")
    assert shelf.get(b"a") is None


def test_what_is_loaded_need_not_be_written(shelf):
    shelf.load(b"a", msgspec.msgpack.encode(Thing(1)))

    assert [] == shelf.take_writes(b"me")
    assert Thing(1) == shelf[b"a"]


@pytest.mark.parametrize("damaged", [b"", b"\xc1", msgspec.msgpack.encode({"size": "x"}), msgspec.msgpack.encode({})])
def test_a_damaged_store_is_not_believed(shelf, damaged):
    with pytest.raises((msgspec.ValidationError, msgspec.DecodeError)):
        shelf.load(b"a", damaged)


def test_it_may_be_changed_while_it_is_walked_through(shelf):
    for key in (b"a", b"b"):
        shelf.put(key, Thing(1))
    for number, _ in enumerate(shelf):
        shelf.put(b"new %d" % number, Thing(2))

    assert 4 == len(shelf)
