"""
The environment, read loudly: a value that makes no sense stops the start with a sentence, and every name that was asked for is remembered.

django-environ reads "ture" as False and "20 ms" as a ValueError without the variable's name; for a wallet both are traps. Nothing outside
`settings.py` reads the environment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False, "": False}
_DATABASES = ("sqlite", "postgres", "postgresql")
_MAIL_SERVERS = ("smtp", "smtp+tls", "smtp+ssl")
_ADDRESS = re.compile(r"(?:\[(?P<bracketed>[0-9A-Fa-f:.]+)\]|(?P<plain>[^\s:\[\]/@]+)):(?P<port>[0-9]{1,9})", re.ASCII)
_LARGEST_PORT = 65_535


class Environment:
    """The variables of one process. Each reader returns the default when the variable is not set."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.names: set[str] = set()
        """Every name that some setting asked for: what README documents, and what a misspelling is told apart from."""

    def text(self, name: str, default: str) -> str:
        """A text, without the blanks around it."""
        self.names.add(name)
        return self._variables.get(name, default).strip()

    def flag(self, name: str, *, default: bool) -> bool:
        """On or off. ImproperlyConfigured for anything that is neither."""
        value = self.text(name, "on" if default else "off").lower()
        if value not in _FLAGS:
            raise ImproperlyConfigured(f"{name} is {value!r}; write on or off.")
        return _FLAGS[value]

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        """A whole number that is not below `least`."""
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit()) or int(value) < least:
            raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number, at least {least}.")
        return int(value)

    def choice(self, name: str, default: str, *, choices: tuple[str, ...]) -> str:
        """One of these words."""
        value = self.text(name, default)
        if value not in choices:
            raise ImproperlyConfigured(f"{name} is {value!r}; choose one of: {', '.join(choices)}.")
        return value

    def words(self, name: str, default: tuple[str, ...] = ()) -> list[str]:
        """A list, separated by commas."""
        return [word.strip() for word in self.text(name, ",".join(default)).split(",") if word.strip()]

    def address(self, name: str) -> tuple[str, int] | None:
        """Host and port as in `host:port` or `[::1]:port`; None when it is empty. Port 0 lets the system choose."""
        value = self.text(name, "")
        if not value:
            return None
        found = _ADDRESS.fullmatch(value)
        if found is None:
            raise ImproperlyConfigured(f"{name} is {value!r}; write host:port, such as 127.0.0.1:9735 or [::1]:9735.")
        if int(found["port"]) > _LARGEST_PORT:
            raise ImproperlyConfigured(f"{name} is {value!r}; a port is at most {_LARGEST_PORT}.")
        return found["bracketed"] or found["plain"], int(found["port"])

    def database(self, name: str) -> dict[str, Any] | None:
        """Django's settings of the database behind a URL such as `postgres://name:password@host/database`; None when there is none."""
        url = self.text(name, "")
        if not url:
            return None
        if url.partition("://")[0] not in _DATABASES:  # the URL is not repeated: there may be a password in it
            raise ImproperlyConfigured(f"{name} is not understood; write sqlite:///path or postgres://name:password@host/database.")
        database: dict[str, Any] = environ.Env.db_url_config(url)
        return database

    def mail(self, name: str) -> dict[str, Any] | None:
        """Django's settings of the mail server behind a URL such as `smtp+tls://name:password@host:587`; None when there is none."""
        url = self.text(name, "")
        if not url:
            return None
        if url.partition("://")[0] not in _MAIL_SERVERS:  # not repeated: there may be a password in it
            raise ImproperlyConfigured(f"{name} is not understood; write smtp+tls://name:password@host:587, or smtp+ssl://...:465.")
        server: dict[str, Any] = environ.Env.email_url_config(url)
        return server

    def misspelled(self, prefix: str) -> list[str]:
        """Variables that look like settings and are none."""
        return sorted(name for name in self._variables if name.startswith(prefix) and name not in self.names)
