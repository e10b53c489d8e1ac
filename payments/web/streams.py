"""Answers that are written while they are read: nothing larger than a piece is ever held, whatever server is in front."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse


def csv_answer(request: HttpRequest, pieces: Iterator[bytes], *, name: str) -> StreamingHttpResponse:
    """A file to keep. The name is ours and has nothing in it that a header could not hold."""
    content = _one_by_one(pieces) if isinstance(request, ASGIRequest) else pieces
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


async def _one_by_one(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each piece is read from the database in a thread, when the one before it is on its way."""
    read_next = sync_to_async(lambda: next(pieces, None))
    while (piece := await read_next()) is not None:
        yield piece
