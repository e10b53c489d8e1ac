"""Which of the readers understands a file: by what is in it, never by its name."""

from __future__ import annotations

import numpy as np
from msgspec import UNSET, Raw, Struct, UnsetType, structs

from payments.lightning.crypto.secp256k1 import is_point
from payments.lightning.graph.arrays import Bytes
from payments.lightning.graph.assembly import LeftOut, as_bytes, as_keys
from payments.lightning.graph.errors import MapFormatUnknown, MapHasNoChannels, MapUnreadable
from payments.lightning.graph.formats.columns import MapFormat, SaidMap
from payments.lightning.graph.formats.describegraph import read_describegraph
from payments.lightning.graph.formats.json_text import decode_json
from payments.lightning.graph.formats.listchannels import read_listchannels
from payments.lightning.graph.formats.rapid_gossip_sync import PREFIX, read_rapid_gossip_sync
from payments.lightning.graph.snapshot import GraphSnapshot

_JSON_BEGINS = b"{"
_BLANKS = b" \t\r\n"


class ReadMap(Struct, frozen=True, kw_only=True, eq=False):
    """A foreign file as a map of ours."""

    snapshot: GraphSnapshot
    source_format: MapFormat
    chain_hash: bytes | None
    """[32]; None: the file does not say."""
    left_out: LeftOut
    stray_policies: int


class _Top(Struct):
    edges: Raw | UnsetType = UNSET
    channels: Raw | UnsetType = UNSET


def recognise(data: bytes) -> MapFormat:
    """
    What kind of file this is.

    raises    MapFormatUnknown, MapTruncated
    """
    if data.startswith(PREFIX):
        return MapFormat.RAPID_GOSSIP_SYNC
    if not data[:64].lstrip(_BLANKS).startswith(_JSON_BEGINS):
        raise MapFormatUnknown
    try:
        top = decode_json(data, _Top, source_format="json")
    except MapUnreadable:
        raise MapFormatUnknown from None
    if top.edges is not UNSET:
        return MapFormat.DESCRIBEGRAPH
    if top.channels is not UNSET:
        return MapFormat.LISTCHANNELS
    raise MapFormatUnknown


def read_said(data: bytes) -> SaidMap:
    """
    What a file says, whichever of the known forms it has.

    raises    the leaves of MapError
    """
    match recognise(data):
        case MapFormat.DESCRIBEGRAPH:
            return read_describegraph(data)
        case MapFormat.LISTCHANNELS:
            return read_listchannels(data)
        case MapFormat.RAPID_GOSSIP_SYNC:
            return read_rapid_gossip_sync(data)


def draw_said(said: SaidMap) -> ReadMap:
    """
    The map of what a file says, without what cannot be.

    raises    MapHasNoChannels
    """
    channels = structs.replace(said.channels, keys=_points_only(said.channels.keys))
    snapshot, left_out = GraphSnapshot.assembled(said.nodes, channels, said.policies)
    if not snapshot.channel_count:
        raise MapHasNoChannels
    return ReadMap(
        snapshot=snapshot,
        source_format=said.source_format,
        chain_hash=said.chain_hash,
        left_out=left_out,
        stray_policies=said.stray_policies,
    )


def _points_only(keys: Bytes) -> Bytes:
    """The same with zeros where a key is no point: an onion to such a node cannot even be made."""
    distinct, each = np.unique(as_keys(keys), return_inverse=True)
    points = as_bytes(distinct).copy()
    points[[not is_point(key.tobytes()) for key in points]] = 0
    return points[each.ravel()].reshape(keys.shape)
