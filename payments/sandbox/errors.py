"""Why no network is drawn after a map. Nothing has changed then."""

from __future__ import annotations

from dataclasses import dataclass

from payments.lightning.errors import LightningError


@dataclass(eq=False, kw_only=True)
class NetworkRefused(LightningError):
    """The sandbox is not laid out like this."""


@dataclass(eq=False, kw_only=True)
class NetworkSizeOutOfRange(NetworkRefused):
    """Too few nodes for the shops and ways that there must be, or more than one engine should carry."""

    nodes: int
    least: int
    limit: int


@dataclass(eq=False, kw_only=True)
class MapTooSmall(NetworkRefused):
    """So few nodes of the map can reach each other both ways that the network would have at most `limit`."""

    nodes: int
    limit: int
