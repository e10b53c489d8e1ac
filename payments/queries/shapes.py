"""
What pages show: frozen values shaped for one page each, with amounts in msat and keys in hex, ready for a template.

Queries make them from rows; templates and the JSON of the commands read them; nobody computes money from them. Names and descriptions in
them are other people's words and hostile until escaped.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from payments.queries.rate_shapes import RateShape


class HopState(StrEnum):
    """How a hop of a drawn path looks."""

    PLANNED = "planned"
    MOVING = "moving"
    PASSED = "passed"
    BROKEN = "broken"
    UNREACHED = "unreached"


class HopShape(Struct, frozen=True, kw_only=True):
    """One channel of a path and the node at its far end."""

    node_id: str
    name: str
    short_channel_id: str
    amount_msat: int
    """What enters this channel."""
    fee_msat: int
    """What this hop's node keeps for forwarding; 0 for the payee. The fees of all hops add up to the path's fee."""
    cltv_expiry_delta: int
    """Blocks that this hop adds to the lock time; they add up to the path's total."""
    state: HopState = HopState.PLANNED
    fee_base_msat: int = 0
    fee_proportional_msat: int = 0
    """Of a planned hop: the two parts of its fee."""
    capacity_msat: int | None = None
    believed_msat: tuple[int, int] | None = None
    """What the channel can send at least and at most for all we know; None: nobody can say."""
    chance_permille: int | None = None
    penalty_msat: int = 0
    """What the search would have paid to avoid this hop."""


class PathShape(Struct, frozen=True, kw_only=True):
    """One way from whoever pays to the payee."""

    hops: tuple[HopShape, ...]
    amount_msat: int
    """What arrives."""
    fee_msat: int
    total_cltv_expiry_delta: int
    state: HopState = HopState.PLANNED
    chance_permille: int | None = None
    """Of a planned path: that what goes over it arrives at the first try; None: nobody can say."""


class InvoiceShape(Struct, frozen=True, kw_only=True):
    """An invoice, read."""

    text: str
    network: str
    payment_hash: str
    payment_secret: str
    amount_msat: int | None
    payee: str
    payee_name: str
    description: str
    """The recipient's words, not checked; empty when only a hash was given."""
    description_hash: str | None
    created_at: datetime
    expires_at: datetime
    expiry_s: int
    min_final_cltv_expiry_delta: int
    features: tuple[str, ...]
    route_hints: tuple[tuple[str, ...], ...]
    """For each hint, its hops as readable lines."""


class RouteShape(Struct, frozen=True, kw_only=True):
    """One route that could be sent."""

    virtues: tuple[str, ...]
    """What speaks for it: balanced · cheapest · likeliest · fewest_hops · fewest_parts · in_parts"""
    paths: tuple[PathShape, ...]
    fee_msat: int
    chance_permille: int | None
    """That all of it arrives at the first try."""
    total_cltv_expiry_delta: int
    lock_time_s: int
    why: str
    token: str
    """What a form sends to choose exactly this one."""


class RemedyShape(Struct, frozen=True, kw_only=True):
    """The least change after which there is a route."""

    field: str
    """fee_limit · amount: the field of the page"""
    value_sat: int
    """What to put there."""
    words: str


class PreviewShape(Struct, frozen=True, kw_only=True):
    """What Pay would do now. `routes` or `no_route` is there; neither while the payer has to name an amount or the search goes on."""

    invoice: InvoiceShape
    amount_msat: int | None
    fee_limit_msat: int | None
    no_route: str
    """One sentence why there is no route now; empty when there is one."""
    existing_payment_id: str | None
    """This invoice already has a payment of this account that is under way or paid."""
    stays_inside: bool = False
    """It is an invoice of another account of this node: it is settled at once, by no route and without a fee."""
    routes: tuple[RouteShape, ...] = ()
    """What could be sent, what we would send first."""
    rehearses: str = ""
    """The node of the imported map from which this was looked for: nothing can be sent. Empty for our own node."""
    remedy: RemedyShape | None = None
    """With `no_route`: what would help with one click; None when nothing on the page would."""
    is_whole: bool = True
    """Whether the search is over: otherwise there may be more routes, and where there is none yet, any or a reason."""

    @property
    def first(self) -> RouteShape | None:
        """What we would send; None without a route."""
        return self.routes[0] if self.routes else None


class AttemptShape(Struct, frozen=True, kw_only=True):
    """One HTLC over one path, as it went."""

    number: int
    path: PathShape
    state: str
    """sent · succeeded · failed"""
    sentence: str
    """What it means, for people."""
    failure_code: str
    """BOLT 4's name, or that of what happened on our own side; empty when none."""
    failing_node: str
    """The name or key of the node that failed; empty when nobody can be named."""
    sent_at: datetime
    resolved_at: datetime | None
    failing_hop: int | None = None
    """Counts the path's hops from 0; None when nobody can be named."""
    failure_data: str = ""
    """What the failing node said beside the code, in hex."""
    blamed_short_channel_id: str = ""
    """The channel that is not used again for this payment."""
    hold_times_ms: tuple[int, ...] = ()
    """How long each hop says that it held the HTLC, from the first one on, as far as the reports can be believed."""


class ProbeShape(Struct, frozen=True, kw_only=True):
    """One part of a test that is back."""

    path: PathShape
    sentence: str
    """Why it stopped; empty when it reached the payee."""
    failure_code: str
    failing_node: str


class RouteTestShape(Struct, frozen=True, kw_only=True):
    """A test of a route."""

    request_id: str
    state: str
    """asked · reached · stopped"""
    invoice: str
    headline: str
    refusal: str
    """Why a part, or all of it, was not sent; empty when all was."""
    probes: tuple[ProbeShape, ...]


class PaymentShape(Struct, frozen=True, kw_only=True):
    """A payment on its page."""

    payment_id: str
    account_id: int
    """Whose money it is paid with."""
    status: str
    """checking · sending · stopping · held · paid · failed"""
    reason: str
    """Stable code of why it failed, empty otherwise."""
    headline: str
    """One sentence: where the money is."""
    explanation: str
    """What happened and what to do next."""
    invoice: InvoiceShape
    amount_msat: int
    fee_limit_msat: int
    fee_paid_msat: int | None
    payment_preimage: str | None
    attempts: tuple[AttemptShape, ...]
    created_at: datetime
    resolved_at: datetime | None
    latest_resolution: str
    """For money that is out: until when it resolves at the latest, in words."""
    can_stop: bool
    rate: RateShape | None = None
    """What a bitcoin was worth when it was begun, if anybody had said so."""


class BalanceShape(Struct, frozen=True, kw_only=True):
    """The money as the top bar shows it."""

    available_msat: int
    held_msat: int


class ShopShape(Struct, frozen=True, kw_only=True):
    """A node of the sandbox that sells things."""

    name: str
    slug: str
    node_id: str
    sells: str
    """What a person would buy there."""


class ShopInvoiceShape(Struct, frozen=True, kw_only=True):
    """An invoice that a shop was asked for. `invoice` is empty until the node has made it."""

    request_id: str
    shop: ShopShape
    invoice: str
    amount_msat: int | None
    description: str
    expires_at: datetime | None
    refusal: str


class FaultShape(Struct, frozen=True, kw_only=True):
    """Something that goes wrong in the sandbox on purpose."""

    name: str
    """As `manage.py sandbox_fault` takes it."""
    node: str
    peer: str
    settings: dict[str, int | bool | str | None]
    sentence: str


class NodeShape(Struct, frozen=True, kw_only=True):
    """A node of the sandbox."""

    name: str
    slug: str
    node_id: str
    role: str
    """own · shop · routing"""
    sells: str
    color: str
