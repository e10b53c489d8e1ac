"""
Who is acting now, and from where: what every audit row says besides what was done.

A request carries its own origin through everything that it calls. Outside of requests it is this process: the person whom the system
knows, the machine, and the command, never its arguments, which may hold secrets.
"""

from __future__ import annotations

import os
import pwd
import re
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from payments.models.audit import ActorKind

_COMMAND = re.compile(r"[a-z_]{1,40}", re.ASCII)


class Actor(Struct, frozen=True, kw_only=True):
    """Who does something."""

    kind: ActorKind
    user_id: int | None = None
    name: str = ""


class Origin(Struct, frozen=True, kw_only=True):
    """
    Where an action comes from.

    who    asked when a row is written: a request may sign somebody in
    """

    who: Callable[[], Actor]
    came_from: str
    user_agent: str
    request_id: str = ""


ENGINE = Actor(kind=ActorKind.ENGINE)
_ORIGIN: ContextVar[Origin | None] = ContextVar("audit origin", default=None)


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """What is done inside the block is done from there."""
    token = _ORIGIN.set(origin)
    try:
        yield
    finally:
        _ORIGIN.reset(token)


def acting_as(actor: Actor) -> None:
    """Say who is acting for the rest of this request, where that is no person who has signed in."""
    _ORIGIN.set(replace(current_origin(), who=lambda: actor))


def current_origin() -> Origin:
    """The request's, or this process's."""
    return _ORIGIN.get() or _this_process()


@lru_cache
def _this_process() -> Origin:
    actor = Actor(kind=ActorKind.COMMAND_LINE, name=_system_user())
    words = [Path(sys.argv[0]).name, *(word for word in sys.argv[1:2] if _COMMAND.fullmatch(word))]
    return Origin(who=lambda: actor, came_from=socket.gethostname(), user_agent=" ".join(words))


def _system_user() -> str:
    """The account that the process runs under; the environment could say anything."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
