"""Files are written while they are read, whatever server is in front."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from django.test import AsyncRequestFactory, RequestFactory

from payments.web.streams import csv_answer


def noting(read: list[int]) -> Iterator[bytes]:
    for number in range(3):
        read.append(number)
        yield b"%d\r\n" % number


def test_a_server_without_asyncio_reads_piece_by_piece() -> None:
    read: list[int] = []
    answer = csv_answer(RequestFactory().post("/"), noting(read), name="x")
    assert ([], False, 'attachment; filename="x.csv"') == (read, answer.is_async, answer["Content-Disposition"])
    assert (b"0\r\n", [0]) == (next(iter(answer.streaming_content)), read)


def test_a_server_with_asyncio_reads_piece_by_piece_in_a_thread() -> None:
    read: list[int] = []
    answer = csv_answer(AsyncRequestFactory().post("/"), noting(read), name="x")

    async def read_it() -> list[tuple[bytes, int]]:
        return [(piece, len(read)) async for piece in answer]

    assert (True, []) == (answer.is_async, read)
    assert [(b"0\r\n", 1), (b"1\r\n", 2), (b"2\r\n", 3)] == asyncio.run(read_it())
