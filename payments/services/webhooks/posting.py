"""
Sending one body to one address, and nothing else: the machine that was checked is the one that is connected to.

No proxy of the environment, no redirect, no second request on a line, one limit for the whole. The name is looked up once; TLS then proves
that the machine is who the address names. What is answered is a number: the rest is read, up to a limit, and thrown away, so that nobody
can read through us what only our machine can reach.
"""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Collection, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import ip_address
from typing import Any

from msgspec import Struct

from payments.services.webhooks.errors import (
    WebhookAnswerMalformed,
    WebhookCertificateRefused,
    WebhookHostPrivate,
    WebhookNotDelivered,
    WebhookTimedOut,
    WebhookUnreachable,
)
from payments.services.webhooks.targets import Address, Deadline, Resolve, Target, ask_system, find_addresses

LIMIT_S = 10
MOST_ANSWER_BYTES = 65_536
"""Of everything that comes back, headers included."""


class Road(Struct, frozen=True, kw_only=True):
    """How we get out of the house."""

    private_hosts: Collection[str]
    resolve: Resolve = ask_system
    tls: ssl.SSLContext | None = None
    """Whom to believe; None: whom the system believes."""
    limit_s: int = LIMIT_S


def post(target: Target, body: bytes, headers: Mapping[str, str], *, road: Road) -> int:
    """
    Send a body, and give the status of the answer, whatever it is.

    raises    WebhookNotDelivered leaves: no answer came
    """
    deadline = Deadline(road.limit_s)
    try:
        addresses = find_addresses(target, resolve=road.resolve, private_hosts=road.private_hosts, deadline=deadline)
        with _connect(target, addresses, deadline) as line:
            if target.scheme == "http":
                return _ask(line, target, body, headers, deadline)
            line.settimeout(deadline.left().total_seconds())
            with (road.tls or ssl.create_default_context()).wrap_socket(line, server_hostname=target.host) as safe_line:
                return _ask(safe_line, target, body, headers, deadline)
    except TimeoutError:
        raise WebhookTimedOut(limit_s=road.limit_s) from None
    except ssl.SSLError:
        raise WebhookCertificateRefused from None
    except OSError:
        raise WebhookUnreachable from None
    except (HTTPException, ValueError):
        raise WebhookAnswerMalformed from None


def _connect(target: Target, addresses: Collection[Address], deadline: Deadline) -> socket.socket:
    """A line to the first of these that takes the call."""
    for address in addresses:
        line = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
        try:
            line.settimeout(deadline.left().total_seconds())
            line.connect((str(address), target.port))
            if ip_address(line.getpeername()[0]) != address:
                raise WebhookHostPrivate(host=target.host)
        except (TimeoutError, WebhookNotDelivered):
            line.close()
            raise
        except OSError:
            line.close()
            continue
        return line
    raise WebhookUnreachable


def _ask(line: socket.socket, target: Target, body: bytes, headers: Mapping[str, str], deadline: Deadline) -> int:
    connection = HTTPConnection(target.host, target.port)
    connection.sock = _TimedLine(line, deadline)  # the part of a socket that `http.client` uses
    connection.request("POST", target.path, body, {**headers, "Host": target.authority, "Connection": "close"})
    answer = connection.getresponse()
    _read_on(answer)
    return answer.status


def _read_on(answer: HTTPResponse) -> None:
    """Let the other side finish; the status stands already, so nothing can go wrong any more."""
    try:
        answer.read(MOST_ANSWER_BYTES)
    except (OSError, HTTPException, ValueError, WebhookNotDelivered):
        pass
    finally:
        answer.close()


class _TimedLine:
    """A socket whose every step has only what is left of the time."""

    def __init__(self, line: socket.socket, deadline: Deadline) -> None:
        self._line = line
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._line.settimeout(self._deadline.left().total_seconds())
        self._line.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Answer(self._line, self._deadline))

    def close(self) -> None:
        """Whoever opened the line closes it."""


class _Answer(io.RawIOBase):
    """What comes back: as much as is read of it, as long as there is time."""

    def __init__(self, line: socket.socket, deadline: Deadline) -> None:
        self._line = line
        self._deadline = deadline
        self._left_bytes = MOST_ANSWER_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  (any writable buffer)
        room = memoryview(buffer)[: self._left_bytes]
        if not room:
            return 0
        self._line.settimeout(self._deadline.left().total_seconds())
        count = self._line.recv_into(room)
        self._left_bytes -= count
        return count
