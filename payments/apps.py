"""
The app, and what `manage.py check` says about settings that can be read but are a danger to a wallet.

Values that make no sense at all never come this far: `lnweb/settings.py` stops the start.
"""

from __future__ import annotations

import stat

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  # Django's own names of its checks


class PaymentsConfig(AppConfig):
    """Wallet, engine and ledger."""

    name = "payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        """Make our checks known to Django, and hear of what happens to accounts."""
        from payments.services.note_accounts import listen  # noqa: PLC0415  (tables cannot be imported before the apps are there)

        listen()
        for check in (check_names, check_state_folder, check_hosts, check_debug):
            register(check)


def check_names(**_: object) -> list[CheckMessage]:
    """A setting with a spelling mistake would silently keep its default."""
    return [
        Error(f"{name} is not a setting of lnweb.", hint="README lists them all.", id="payments.E001")
        for name in settings.ENVIRONMENT.misspelled("LNWEB_")
    ]


def check_state_folder(**_: object) -> list[CheckMessage]:
    """Keys and preimages lie in the state folder."""
    if stat.S_IMODE(settings.LNWEB_STATE_DIR.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        hint = f"chmod 700 {settings.LNWEB_STATE_DIR}"
        return [Warning("Other users of this machine can look into the state folder, which holds keys.", hint=hint, id="payments.W001")]
    return []


def check_hosts(**_: object) -> list[CheckMessage]:
    """The list of hosts is also the list of pages that may open a websocket."""
    if "*" in settings.ALLOWED_HOSTS and not settings.DEBUG:
        hint = "Name the site's host in LNWEB_ALLOWED_HOSTS."
        return [Error("Every website could open a websocket in its visitors' names.", hint=hint, id="payments.E002")]
    return []


def check_debug(**_: object) -> list[CheckMessage]:
    """Debug pages show variables, which may be keys."""
    if settings.DEBUG and settings.HTTPS:
        hint = "Set LNWEB_DEBUG=off, or LNWEB_HTTPS=off on your own machine."
        return [Error("Error pages would show the inside of the wallet to visitors.", hint=hint, id="payments.E003")]
    return []
