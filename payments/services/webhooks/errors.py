"""Why an address is not taken, and why something did not get there: one leaf per reason, with the facts and no prose."""

from __future__ import annotations

from dataclasses import dataclass

from payments.services.errors import ServiceError


@dataclass(eq=False, kw_only=True)
class WebhookRefused(ServiceError):
    """No webhook is made, changed or sent again."""


@dataclass(eq=False, kw_only=True)
class WebhookNotDelivered(ServiceError):
    """An event did not get there this time."""


@dataclass(eq=False, kw_only=True)
class WebhookUrlMalformed(WebhookRefused):
    """The address is none that is called: another scheme, a name with a password, letters that need writing differently."""


@dataclass(eq=False, kw_only=True)
class WebhookPortRefused(WebhookRefused):
    """Nobody serves the web there; something else might take what we send for its own language."""

    port: int


@dataclass(eq=False, kw_only=True)
class TooManyWebhooks(WebhookRefused):
    """The account has as many as an account may have."""

    limit: int


@dataclass(eq=False, kw_only=True)
class UnknownWebhook(WebhookRefused):
    """The account has no such webhook, or nothing was to be delivered there under this number."""


@dataclass(eq=False, kw_only=True)
class WebhookStopped(WebhookRefused):
    """It was stopped and gets nothing any more."""


@dataclass(eq=False, kw_only=True)
class WebhookHostUnknown(WebhookNotDelivered):
    """The name has no address."""

    host: str


@dataclass(eq=False, kw_only=True)
class WebhookHostPrivate(WebhookNotDelivered):
    """The name leads into a network that is not the Internet, and no setting allows it. Which address it was is nobody's business."""

    host: str


@dataclass(eq=False, kw_only=True)
class WebhookUnreachable(WebhookNotDelivered):
    """Nobody answers there, or the line broke."""


@dataclass(eq=False, kw_only=True)
class WebhookTimedOut(WebhookNotDelivered):
    """It took too long, from looking up the name to the answer."""

    limit_s: int


@dataclass(eq=False, kw_only=True)
class WebhookCertificateRefused(WebhookNotDelivered):
    """Whoever answered could not prove to be who the address names."""


@dataclass(eq=False, kw_only=True)
class WebhookAnswerMalformed(WebhookNotDelivered):
    """What came back is not HTTP."""


@dataclass(eq=False, kw_only=True)
class WebhookAnsweredNo(WebhookNotDelivered):
    """The answer was not 2xx. A redirect is such an answer: it is not followed, for it could lead anywhere."""

    status: int
