from __future__ import annotations

import msgspec
import pytest

from payments.lightning.crypto.errors import SecretDoesNotFit
from payments.lightning.crypto.shachain import LAST_INDEX, SecretStore, per_commitment_secret

SEED = bytes(range(32))


def fill(count: int) -> SecretStore:
    store = SecretStore()
    for number in range(count):
        store = store.insert(number, per_commitment_secret(SEED, number))
    return store


@pytest.mark.parametrize(
    ("seed", "index", "secret"),
    [
        (bytes(32), 281474976710655, "02a40c85b6f28da08dfdbe0926c53fab2de6d28c10301f8f7c4073d5e42e3148"),
        (b"\xff" * 32, 281474976710655, "7cc854b54e3e0dcdb010d7a3fee464a9687be6e8db3be6854c475621e007a5dc"),
        (b"\xff" * 32, 0xAAAAAAAAAAA, "56f4008fb007ca9acf0e15b054d5c9fd12ee06cea347914ddbaed70d1c13a528"),
        (b"\xff" * 32, 0x555555555555, "9015daaeb06dba4ccc05b91b2f73bd54405f2be9f217fbacd3c5ac2e62327d31"),
        (b"\x01" * 32, 1, "915c75942a26bb3a433a8ce2cb0427c29ec6c1775cfc78328b57f6ba7bfeaa9c"),
    ],
)
def test_secrets_are_those_of_bolt_3_appendix_d_generation_tests(seed: bytes, index: int, secret: str) -> None:
    assert secret == per_commitment_secret(seed, LAST_INDEX - index).hex()


@pytest.mark.parametrize("number", [-1, LAST_INDEX + 1])
def test_there_is_no_secret_outside_of_48_bits(number: int) -> None:
    with pytest.raises(ValueError, match="no such commitment number"):
        per_commitment_secret(SEED, number)


def test_a_store_returns_every_secret_it_was_given_and_none_of_the_future() -> None:
    store = fill(300)
    assert [per_commitment_secret(SEED, number) for number in range(300)] == [store.secret(number) for number in range(300)]
    assert [None] * 3 == [store.secret(number) for number in (300, 301, LAST_INDEX)]


def test_a_store_keeps_one_entry_for_each_finished_subtree() -> None:
    assert [0, 1, 2, 2, 3, 9, 10] == [len(fill(count).known) for count in (0, 1, 2, 3, 4, 256, 512)]


def test_a_store_knows_which_secret_comes_next() -> None:
    assert [0, 1, 7, 300] == [fill(count).next_commitment_number for count in (0, 1, 7, 300)]


@pytest.mark.parametrize("number", [1, 3, 7, 255])
def test_a_secret_of_another_tree_is_refused_and_the_store_stays_as_it_was(number: int) -> None:
    store = fill(number)
    with pytest.raises(SecretDoesNotFit) as refusal:
        store.insert(number, per_commitment_secret(bytes(32), number))
    assert number == refusal.value.commitment_number
    assert fill(number) == store


@pytest.mark.parametrize("number", [3, 5])
def test_a_gap_or_a_repetition_is_our_own_mistake(number: int) -> None:
    with pytest.raises(ValueError, match="out of order"):
        fill(4).insert(number, per_commitment_secret(SEED, number))


def test_a_store_is_stored_as_it_is() -> None:
    store = fill(37)
    assert store == msgspec.msgpack.decode(msgspec.msgpack.encode(store), type=SecretStore)
