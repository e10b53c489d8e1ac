"""BOLT 7, Query Messages: the specification's file of extended queries."""

from __future__ import annotations

from payments.lightning.wire.messages import decode_message, encode_message
from tests.vectors.files import load_vectors


def test_every_query_is_read_as_its_class_and_written_back_byte_for_byte() -> None:
    for case in load_vectors("bolt07-extended-queries.json"):
        data = bytes.fromhex(case["hex"])
        message = decode_message(data)
        assert case["msg"]["type"] == type(message).__name__
        assert data == encode_message(message)


def test_the_fields_are_those_that_the_file_names() -> None:
    names = {"firstBlockNum": "first_blocknum", "numberOfBlocks": "number_of_blocks", "complete": "sync_complete"}
    for case in load_vectors("bolt07-extended-queries.json"):
        message = decode_message(bytes.fromhex(case["hex"]))
        assert case["msg"]["chainHash"] == message.chain_hash.hex()
        for theirs, ours in names.items():
            if theirs in case["msg"]:
                assert case["msg"][theirs] == getattr(message, ours)
