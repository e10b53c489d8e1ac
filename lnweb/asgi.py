"""
What the server runs: pages through Django, open pages through websockets.

Websockets are not covered by CSRF tokens, so a socket is only opened for a page of our own, host and port, as its Origin tells,
and carries the session's user.
"""

from __future__ import annotations

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lnweb.settings")
pages = get_asgi_application()  # loads the apps, which the import below needs

from payments.live.follower import Followed  # noqa: E402
from payments.live.same_origin import SameOrigin  # noqa: E402
from payments.live.urls import websocket_urlpatterns  # noqa: E402
from payments.queries.warming import begin_to_warm  # noqa: E402

begin_to_warm()

application = ProtocolTypeRouter(
    {
        "http": pages,
        "websocket": AllowedHostsOriginValidator(SameOrigin(AuthMiddlewareStack(Followed(URLRouter(websocket_urlpatterns))))),
    },
)
