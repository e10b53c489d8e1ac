"""An imported map of a few named nodes, and invoices that their keys sign."""

from __future__ import annotations

import hashlib
import time

from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.graph.snapshot_file import MapOrigin, encode_snapshot
from payments.lightning.ids import NodeId, PaymentHash, PaymentSecret
from payments.lightning.invoice.bolt11 import encode
from payments.lightning.invoice.features import InvoiceFeature
from payments.lightning.invoice.invoice import HintHop, InvoiceDraft, RouteHint
from payments.lightning.invoice.network import Network
from payments.queries.imported_map import map_path
from tests.graphs import Drawn, channel, key, network, node, scid

FAR_LINE = (channel("hub", "middle"), channel("middle", "far"))
"""hub --- middle --- far"""


def write_map(*drawn: Drawn, chain_hash: bytes | None = None) -> None:
    """What an import would leave in the state folder, seen from the hub."""
    origin = MapOrigin(
        name="drawn", source_format="drawn", chain_hash=chain_hash, imported_at_s=1, newest_update_s=1, viewpoint=node("hub")
    )
    map_path().write_bytes(b"".join(encode_snapshot(GraphSnapshot.of(network(*drawn)), origin=origin)))


def invoice_of(
    name: str,
    amount_msat: int | None = 1_000_000,
    *,
    network: Network = Network.REGTEST,
    through: tuple[NodeId, ...] = (),
    in_parts: bool = False,
) -> str:
    """An invoice that this named node signs, with a way in from each of some nodes; paid at once, or in parts if need be."""
    draft = InvoiceDraft(
        network=network,
        created_at_s=int(time.time()),
        payment_hash=PaymentHash(hashlib.sha256(name.encode()).digest()),
        payment_secret=PaymentSecret(b"\x05" * 32),
        amount_msat=amount_msat,
        description="Three bicycles",
        features=frozenset(
            {InvoiceFeature.VAR_ONION_OPTIN, InvoiceFeature.PAYMENT_SECRET} | ({InvoiceFeature.BASIC_MPP} if in_parts else set())
        ),
        route_hints=tuple(
            RouteHint(
                hops=(
                    HintHop(
                        node_id=door,
                        short_channel_id=scid(900 + number),
                        fee_base_msat=0,
                        fee_proportional_millionths=0,
                        cltv_expiry_delta=40,
                    ),
                )
            )
            for number, door in enumerate(through)
        ),
    )
    return encode(draft, private_key=key(name))
