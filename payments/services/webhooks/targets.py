"""
Whom a webhook may call: what an address must look like, and which of the machines that its name leads to may be spoken to.

People who belong to an account choose these addresses, and our machine stands where they do not: beside its database, its router, the
metadata service of its host. So an address is refused unless it is plainly one of the public Internet. The check is made of the machine's
address, never of its name, for a name can lead anywhere and elsewhere the next time; and that very address is then connected to. What an
operator has named in LNWEB_WEBHOOK_PRIVATE_HOSTS is let through.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from queue import Empty, SimpleQueue

from msgspec import Struct

from payments.services.webhooks.errors import (
    WebhookHostPrivate,
    WebhookHostUnknown,
    WebhookPortRefused,
    WebhookTimedOut,
    WebhookUrlMalformed,
)

MOST_LETTERS = 500
PORTS = frozenset({80, 443, 8080, 8443})
_LARGEST_PORT = 65_535
_NS_PER_S, _NS_PER_US = 1_000_000_000, 1_000
_URL = re.compile(
    r"(?P<scheme>https?)://(?:\[(?P<bracketed>[0-9a-f:.]+)\]|(?P<plain>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?))"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>(?:[/?](?-i:[!$-;=?-Z\[\]_a-z|~])*)?)",
    re.ASCII | re.IGNORECASE,
)
"""No name and password, no fragment, nothing that two readers could read differently."""
_REFUSED_V4 = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24"),
        *("192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # a host's metadata service with an address that looks public
    )
)
"""Python's own `is_global` differs from release to release."""
_PUBLIC_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
"""Tunnels, which carry any IPv4 address inside, and what is reserved."""

Address = IPv4Address | IPv6Address
Resolve = Callable[[str], Collection[str]]
"""The addresses of a name, as text; OSError when it has none."""


class Deadline:
    """One limit for everything that a delivery does, however many steps it has."""

    def __init__(self, limit_s: int, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._limit_s = limit_s
        self._clock_ns = clock_ns
        self._ends_ns = clock_ns() + limit_s * _NS_PER_S

    def left(self) -> timedelta:
        """What is left; WebhookTimedOut when it is nothing."""
        left_us = (self._ends_ns - self._clock_ns()) // _NS_PER_US
        if left_us <= 0:
            raise WebhookTimedOut(limit_s=self._limit_s)
        return timedelta(microseconds=left_us)


class Target(Struct, frozen=True, kw_only=True):
    """An address that may be called, as far as can be seen without looking up its name."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the `Host` header has them."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _usual_port(self.scheme) else f"{name}:{self.port}"


def read_target(url: str, *, private_hosts: Collection[str]) -> Target:
    """
    The parts of an address that somebody typed.

    private_hosts    `host`, or `host:port` for one of another port

    raises    WebhookUrlMalformed, WebhookPortRefused

    >>> read_target("https://Shop.example/hook?till=1", private_hosts=()).authority
    'shop.example'
    """
    found = _URL.fullmatch(url)
    if found is None or len(url) > MOST_LETTERS:
        raise WebhookUrlMalformed
    scheme, host, path = found["scheme"].lower(), (found["bracketed"] or found["plain"]).lower(), found["path"]
    port = int(found["port"] or _usual_port(scheme))
    if not 0 < port <= _LARGEST_PORT:
        raise WebhookUrlMalformed
    if port not in PORTS and f"{host}:{port}" not in private_hosts:
        raise WebhookPortRefused(port=port)
    return Target(scheme=scheme, host=host, port=port, path=path if path.startswith("/") else f"/{path}")


def find_addresses(target: Target, *, resolve: Resolve, private_hosts: Collection[str], deadline: Deadline) -> tuple[Address, ...]:
    """
    Where the target is now. Every machine that its name leads to must be one that may be called, or none is.

    raises    WebhookHostUnknown, WebhookHostPrivate, WebhookTimedOut
    """
    found = _look_up(target.host, resolve, deadline)
    addresses = tuple(dict.fromkeys(ip_address(text) for text in found))
    if not addresses:
        raise WebhookHostUnknown(host=target.host)
    is_named = not {target.host, f"{target.host}:{target.port}"}.isdisjoint(private_hosts)
    if not is_named and not all(map(is_public, addresses)):
        raise WebhookHostPrivate(host=target.host)
    return addresses


def is_public(address: Address) -> bool:
    """
    Whether an address is one of the Internet and of a single machine.

    >>> [is_public(ip_address(text)) for text in ("93.184.216.34", "10.0.0.1", "::ffff:127.0.0.1", "2606:2800::1")]
    [True, False, False, True]
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_V4 if isinstance(network, IPv4Network))
    return address in _PUBLIC_V6 and not any(address in network for network in _REFUSED_V6 if isinstance(network, IPv6Network))


def ask_system(host: str) -> Collection[str]:
    """Every address that the system knows for a name, in its order."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)))


def _look_up(host: str, resolve: Resolve, deadline: Deadline) -> Collection[str]:
    """The system's answer may take half a minute and cannot be stopped: it is waited for no longer than there is time."""
    answer: SimpleQueue[Collection[str]] = SimpleQueue()

    def ask() -> None:
        try:
            answer.put(resolve(host))
        except (OSError, UnicodeError):  # UnicodeError: a label that is empty or too long
            answer.put(())

    threading.Thread(target=ask, name="look up a webhook", daemon=True).start()
    try:
        return answer.get(timeout=deadline.left().total_seconds())
    except Empty:
        deadline.left()
        raise WebhookHostUnknown(host=host) from None


def _usual_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80
