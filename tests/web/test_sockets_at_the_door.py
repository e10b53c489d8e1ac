"""
Which pages may open a socket at all: those of this site, told by the Origin that a browser cannot be made to forge.

Whoever gets past it is nobody yet here, which the balance's socket says in a way of its own.
"""

from __future__ import annotations

import pytest
from channels.testing import WebsocketCommunicator

from lnweb.asgi import application
from payments.live.consumers import NOT_SIGNED_IN
from tests.web.conftest import Wallet

HOST = b"127.0.0.1:8000"
OURS = [b"http://127.0.0.1:8000", b"HTTP://127.0.0.1:8000", b"https://127.0.0.1:8000"]
"""A site behind a proxy that speaks TLS is asked for in the clear: the scheme says nothing."""
OTHERS = [
    None,
    b"",
    b"null",
    b"http://evil.example",
    b"http://127.0.0.1:9000",
    b"http://127.0.0.1",
    b"http://127.0.0.1.evil.example:8000",
    b"http://evil.example/127.0.0.1:8000",
    b"http://127.0.0.1:8000@evil.example",
    b"http://sub.127.0.0.1:8000",
    b"http://localhost:8000",
    b"file://",
    b"http://127.0.0.1:8000.evil.example",
    b"http://[::1]:8000",
    b"\xff\xfe",
]


async def _knock(origin: bytes | None, path: str = "/ws/balance/", host: bytes = HOST) -> tuple[bool, int | None]:
    headers = [(b"host", host)] + ([] if origin is None else [(b"origin", origin)])
    communicator = WebsocketCommunicator(application.application_mapping["websocket"], path, headers=headers)
    connected, code = await communicator.connect()
    await communicator.disconnect()
    return connected, code


@pytest.mark.parametrize("origin", OURS)
async def test_a_page_of_ours_gets_past_the_origin(wallet: Wallet, origin: bytes) -> None:
    assert (False, NOT_SIGNED_IN) == await _knock(origin)


@pytest.mark.parametrize("path", ["/ws/balance/", f"/ws/i/{'a' * 32}/", f"/ws/payments/{'a' * 64}/"])
@pytest.mark.parametrize("origin", OTHERS)
async def test_a_page_of_anybody_else_does_not(wallet: Wallet, origin: bytes | None, path: str) -> None:
    connected, code = await _knock(origin, path)
    assert not connected
    assert code not in (NOT_SIGNED_IN, 4404)


async def test_a_host_that_is_not_ours_is_refused_even_by_its_own_pages(wallet: Wallet) -> None:
    """Whoever points a name of their own at this machine: DNS rebinding."""
    connected, code = await _knock(b"http://evil.example:8000", host=b"evil.example:8000")
    assert (False, False) == (connected, code == NOT_SIGNED_IN)
