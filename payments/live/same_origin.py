"""
Sockets are opened by pages of this very site: what else runs on the same machine under another port is somebody else.

Cookies do not know ports, so a page of a neighbour would come with our visitor's session, and names alone would let it in. As with forms,
the port in the Origin has to be the port that was asked for, or the whole origin one that the settings trust.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from channels.security.websocket import WebsocketDenier
from django.conf import settings


class SameOrigin:
    """An ASGI application whose websockets come from its own origin alone. Which hosts are ours is asked before."""

    def __init__(self, application: ASGI3Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve one connection, or refuse its handshake."""
        headers = dict(scope["headers"])  # type: ignore[typeddict-item]  # a websocket has some
        origin, host = (headers.get(name, b"").decode("latin-1").lower() for name in (b"origin", b"host"))
        is_ours = urlsplit(origin).netloc == host or origin in settings.CSRF_TRUSTED_ORIGINS
        await (self._application if is_ours else WebsocketDenier())(scope, receive, send)
