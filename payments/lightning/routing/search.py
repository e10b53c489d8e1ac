"""
The search: from the payee back to us, because only there is the amount known.

Dijkstra over labels. A label says: from this node the payee can be paid if an HTLC of this amount and this expiry arrives here. Fees and
penalties grow with the amount and the amount grows backwards, so one best label a node is not enough: a label is dropped only for another
one that is no worse in anything that later steps depend on. All figures are exact integers; nothing is estimated and corrected afterwards.

A channel whose minimum is above the amount is passed over, not overpaid: what is sent is what was asked for plus fees. This is the one
place where less is not better (a cheaper rest of the way may fall below a minimum), and there the search may miss a dearer route.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from functools import lru_cache
from heapq import heappop, heappush

import msgspec

from payments.lightning.graph.network import ChannelHalf
from payments.lightning.graph.view import GraphView
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.routing.hints import hinted_halves
from payments.lightning.routing.inflight import NOTHING_IN_FLIGHT, Direction, InFlightHtlcs, directions
from payments.lightning.routing.own_channels import own_channels
from payments.lightning.routing.parameters import FailedAmount, FirstHop, PaymentParameters, RouteParameters
from payments.lightning.routing.route import Path
from payments.lightning.wire.features import Features

UNLIMITED = 1 << 63
"""More than any fee, delay or length can be."""

MAX_LABELS_PER_NODE = 32
"""Ways that are kept for one node at a time. 32: many more than real graphs need, and a bound on what a made-up one can cost us."""

MAX_STEPS = 3_000_000
"""Comparisons of labels in one run. 3,000,000: a few seconds, ten times a plain search of the whole network. Then it gives up."""

Weigh = Callable[[ChannelHalf, int, int], int]
"""(channel direction, amount_msat on it, fee_msat its node takes) -> what this step costs, never negative: what the search minimises."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a path may use up at most."""

    fee_msat: int
    cltv_expiry_delta: int
    hops: int
    first_hop_msat: int = 0
    """For the question "what if our channels held more": a floor under what each of them can carry."""

    @classmethod
    def of(cls, params: RouteParameters) -> Limits:
        """The limits that a question names."""
        payment = params.payment_params
        return cls(
            fee_msat=params.max_total_routing_fee_msat,
            cltv_expiry_delta=payment.max_total_cltv_expiry_delta,
            hops=payment.max_path_length,
        )


class Label(msgspec.Struct):
    """
    A way from `node` to the payee: what must arrive at the node (amount_msat, cltv_expiry_delta blocks from now), and what it costs.

    `half` is the channel by which the way leaves the node, None at the payee; `first_hop` is set instead once the way has reached us.
    """

    node: NodeId
    cost: int
    amount_msat: int
    cltv_expiry_delta: int
    hops: int
    short_channel_id: ShortChannelId
    half: ChannelHalf | None = None
    first_hop: FirstHop | None = None
    parent: Label | None = None
    dropped: bool = False

    @property
    def rank(self) -> tuple[int, int, ShortChannelId]:
        """Which of two labels of the same cost goes first, whatever the order in which the map was drawn."""
        return self.hops, self.cltv_expiry_delta, self.short_channel_id


class Terrain:
    """Where a search may go: the public map, the payee's private hints, and our own channels instead of what the map says about us."""

    def __init__(
        self,
        graph: GraphView,
        *,
        our_node_id: NodeId,
        params: PaymentParameters,
        first_hops: tuple[FirstHop, ...],
        inflight: InFlightHtlcs = NOTHING_IN_FLIGHT,
    ) -> None:
        self.our_node_id = our_node_id
        self.payee = params.payee
        self.excluded = params.previously_failed_channels
        self.excluded_nodes = params.excluded_nodes
        self._graph = graph
        self.saturation_power = 0
        # What our own channels can send is known to the msat, what is in flight already taken off: it must not be taken off twice.
        self.taken_msat = {direction: used for direction, used in inflight.used_msat.items() if direction[1] != our_node_id}
        self._hints_into: dict[NodeId, list[ChannelHalf]] = {}
        self._hints_out_of: dict[NodeId, list[ChannelHalf]] = {}
        self.own = own_channels(first_hops)
        self._first_hops = self.own.by_peer
        for half in hinted_halves(params.route_hints, payee=params.payee, graph=graph):
            self._hints_into.setdefault(half.target, []).append(half)
            self._hints_out_of.setdefault(half.source, []).append(half)

    def into(self, node_id: NodeId) -> Iterator[ChannelHalf]:
        """Every direction of a channel that leads to this node and does not start at us, whether or not it can be used."""
        yield from (half for half in self._graph.incoming(node_id) if half.source != self.our_node_id)
        yield from (half for half in self._hints_into.get(node_id, ()) if half.source != self.our_node_id)

    def out_of(self, node_id: NodeId) -> Iterator[ChannelHalf]:
        """Every direction of a channel that leads on from this node and does not end at us, whether or not it can be used."""
        yield from (half for half in self._graph.outgoing(node_id) if half.target != self.our_node_id)
        yield from (half for half in self._hints_out_of.get(node_id, ()) if half.target != self.our_node_id)

    def half(self, short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId) -> ChannelHalf | None:
        """The direction of a channel, public or hinted, between these two; None when it is not there or starts at us."""
        if source == self.our_node_id:
            return None
        half = self._graph.half(short_channel_id, source=source)
        if half is not None:
            return half if half.target == target else None
        hinted = (half for half in self._hints_into.get(target, ()) if half.source == source)
        return next((half for half in hinted if half.channel.short_channel_id == short_channel_id), None)

    def ours_to(self, node_id: NodeId) -> Iterator[FirstHop]:
        """Our channels to this node that may be used, the smallest first."""
        hops = () if node_id in self.excluded_nodes else self._first_hops.get(node_id, ())
        return (hop for hop in hops if hop.short_channel_id not in self.excluded)

    def has_all_of_ours(self) -> bool:
        """Whether every channel of ours can send what it was listed with: none is excluded, and no planned part takes of them."""
        is_any_excluded = not (self.own.ids.isdisjoint(self.excluded) and self._first_hops.keys().isdisjoint(self.excluded_nodes))
        return not is_any_excluded and all(source != self.our_node_id for _scid, source in self.taken_msat)

    @property
    def channel_count(self) -> int:
        """How many channels the map has."""
        return self._graph.channel_count

    def peers(self) -> Iterator[NodeId]:
        """The nodes with which we have channels."""
        return iter(self._first_hops)

    def hinted(self) -> Iterator[ChannelHalf]:
        """Every direction that only route hints know."""
        return (half for halves in self._hints_into.values() for half in halves if self.our_node_id not in {half.source, half.target})

    def knows_payee(self) -> bool:
        """Whether any channel leads to the payee, ours included."""
        return self.payee in self._first_hops or any(True for _half in self.into(self.payee))

    def has_way_into_payee(self) -> bool:
        """Whether any channel that leads to the payee, ours included, may be used."""
        return any(True for _hop in self.ours_to(self.payee)) or any(map(self.may_use, self.into(self.payee)))

    def largest_first_hop_msat(self) -> int:
        """The largest HTLC that any of our channels could add now; 0 without channels."""
        return max((hop.next_outbound_htlc_limit_msat for hops in self._first_hops.values() for hop in hops), default=0)

    def first_hop_limit_msat(self, hop: FirstHop) -> int:
        """The largest HTLC that this channel of ours could add beside the parts that are planned already."""
        return hop.next_outbound_htlc_limit_msat - self.taken_msat.get((hop.short_channel_id, self.our_node_id), 0)

    def largest_htlc_msat(self, half: ChannelHalf) -> int:
        """The most that one HTLC more may put on a channel's direction: 0 or less when it is full."""
        policy_msat = half.policy.htlc_maximum_msat
        capacity_msat = half.channel.capacity_msat
        room_msat = (policy_msat if capacity_msat is None else capacity_msat) >> self.saturation_power
        return min(policy_msat, room_msat - self.used_msat(half))

    def used_msat(self, half: ChannelHalf) -> int:
        """What HTLCs of ours have put on a channel's direction already, planned ones included."""
        return self.taken_msat.get((half.channel.short_channel_id, half.source), 0) if self.taken_msat else 0

    def saturated(self, power_of_half: int) -> Terrain:
        """The same, but nobody else's channel may be filled beyond this power of a half: who takes all rarely gets it."""
        terrain = copy(self)
        terrain.saturation_power = power_of_half
        return terrain

    def carrying(self, path: Path, *, first_hop: FirstHop) -> Terrain:
        """The same once a path is planned that takes its share of every channel."""
        terrain = copy(self)
        terrain.taken_msat = dict(self.taken_msat)
        for direction, amount_msat in directions(path, payer=self.our_node_id):
            terrain.taken_msat[direction] = terrain.taken_msat.get(direction, 0) + amount_msat
        terrain.taken_msat[first_hop.short_channel_id, self.our_node_id] += first_hop.further_htlc_cost_msat
        return terrain

    def without(self, channels: Iterable[ShortChannelId]) -> Terrain:
        """The same without these."""
        terrain = copy(self)
        terrain.excluded = self.excluded.union(channels)
        return terrain

    def with_failed_channels(self) -> Terrain:
        """The same, channels and nodes that failed before included."""
        terrain = copy(self)
        terrain.excluded, terrain.excluded_nodes = frozenset(), frozenset()
        return terrain

    def as_last_resort(self, failed: Iterable[FailedAmount], *, quarters: int) -> Terrain:
        """
        The same with the channels that failed for want of balance, each for less than so many quarters of what it failed with.

        The rest of such a channel counts as taken: so a scorer fears it as if it were full, and the parts of a payment share what is left.
        """
        terrain, least_msat = copy(self), dict[Direction, int]()
        for one in failed:
            direction = (one.short_channel_id, one.source)
            least_msat[direction] = min(least_msat.get(direction, one.amount_msat), one.amount_msat)
        terrain.taken_msat = dict(self.taken_msat)
        given_back = set()
        for (scid, source), amount_msat in least_msat.items():
            half = self._half_from(source, scid)
            if half is not None:
                capacity_msat = half.channel.capacity_msat
                room_msat = half.policy.htlc_maximum_msat if capacity_msat is None else capacity_msat
                unused_msat = max(room_msat - (amount_msat - 1) * quarters // 4, 0)
                terrain.taken_msat[scid, source] = terrain.taken_msat.get((scid, source), 0) + unused_msat
                given_back.add(scid)
        terrain.excluded = self.excluded - given_back
        return terrain

    def _half_from(self, source: NodeId, short_channel_id: ShortChannelId) -> ChannelHalf | None:
        """A direction of a channel of others, public or hinted."""
        hinted = (half for half in self._hints_out_of.get(source, ()) if half.channel.short_channel_id == short_channel_id)
        return self._graph.half(short_channel_id, source=source) or next(hinted, None)

    def may_use(self, half: ChannelHalf) -> bool:
        """Whether a channel may be used at all: switched on, not excluded nor its nodes, and asking nothing that we do not know."""
        if half.policy.is_disabled or half.channel.short_channel_id in self.excluded or _asks_unknown(half.channel.features):
            return False
        if self.excluded_nodes and not self.excluded_nodes.isdisjoint((half.source, half.target)):
            return False
        node = self._graph.node(half.source)
        return node is None or not _asks_unknown(node.features)


def find_label(
    terrain: Terrain, *, amount_msat: int, final_cltv_expiry_delta: int, limits: Limits, weigh: Weigh, is_plain: bool = False
) -> Label | None:
    """
    The cheapest way within the limits, as a label at our node whose parents lead to the payee; None when there is none.

    is_plain    one label a node, the cheapest: many times faster where fees and fears differ, and it may miss a cheaper way or any

    A way that is dearer but faster, or dearer but shorter, matters only where the delay or the length runs out. So the search first does
    without those, and is repeated with them when it had to turn back at such a limit before it had spent what the found way costs. Where
    the repetition gives up on a map too large for it, what was found before stands.
    """
    if final_cltv_expiry_delta > limits.cltv_expiry_delta or limits.hops < 1 or not connects(terrain, amount_msat, limits):
        return None
    start = Label(terrain.payee, 0, amount_msat, final_cltv_expiry_delta, 0, ShortChannelId(0))
    found = None
    keeps_faster = keeps_shorter = False
    while True:
        search = _Search(terrain, limits=limits, weigh=weigh, keeps_faster=keeps_faster, keeps_shorter=keeps_shorter)
        found = search.run(start, keeps_smaller=not is_plain) or found
        spent = UNLIMITED if found is None else found.cost
        more_faster = keeps_faster or search.cheapest_too_slow < spent
        more_shorter = keeps_shorter or search.cheapest_too_long < spent
        if (more_faster, more_shorter) == (keeps_faster, keeps_shorter):
            return found
        keeps_faster, keeps_shorter = more_faster, more_shorter


def connects(terrain: Terrain, amount_msat: int, limits: Limits) -> bool:
    """Whether channels wide enough lead from us to the payee at all, fees aside: a quick no where a search would look everywhere first."""
    seen, ahead = {terrain.payee}, [terrain.payee]
    while ahead:
        beyond: list[NodeId] = []
        for node_id in ahead:
            if any(amount_msat <= max(terrain.first_hop_limit_msat(hop), limits.first_hop_msat) for hop in terrain.ours_to(node_id)):
                return True
            for half in terrain.into(node_id):
                if half.source not in seen and amount_msat <= terrain.largest_htlc_msat(half) and terrain.may_use(half):
                    seen.add(half.source)
                    beyond.append(half.source)
        ahead = beyond
    return False


class _Search:
    """One run: a heap of labels to look at, and for each node the labels that no other one makes needless."""

    def __init__(self, terrain: Terrain, *, limits: Limits, weigh: Weigh, keeps_faster: bool, keeps_shorter: bool) -> None:
        self.cheapest_too_slow = UNLIMITED
        self.cheapest_too_long = UNLIMITED
        self._terrain = terrain
        self._limits = limits
        self._weigh = weigh
        self._keeps_faster = keeps_faster
        self._keeps_shorter = keeps_shorter
        self._heap: list[tuple[int, tuple[int, int, ShortChannelId], NodeId, int, Label]] = []
        self._labels: dict[NodeId, list[Label]] = {}
        self._steps = 0
        self._max_amount_msat = 0
        self._keeps_smaller = True

    def run(self, start: Label, *, keeps_smaller: bool = True) -> Label | None:
        """Settle labels, cheapest first, until one is at our node. A dearer label is kept while its amount is smaller, if wanted."""
        self._keeps_smaller = keeps_smaller
        self._max_amount_msat = start.amount_msat + self._limits.fee_msat
        self._push(start)
        while self._heap and self._steps < MAX_STEPS:
            label = heappop(self._heap)[-1]
            if label.dropped:
                continue
            if label.first_hop is not None:
                return label
            self._reach_us(label)
            self._extend(label)
        return None

    def _reach_us(self, label: Label) -> None:
        for hop in self._terrain.ours_to(label.node):
            limit_msat = max(self._terrain.first_hop_limit_msat(hop), self._limits.first_hop_msat)
            if hop.next_outbound_htlc_minimum_msat <= label.amount_msat <= limit_msat:
                self._push(
                    Label(
                        self._terrain.our_node_id,
                        label.cost,
                        label.amount_msat,
                        label.cltv_expiry_delta,
                        label.hops + 1,
                        hop.short_channel_id,
                        first_hop=hop,
                        parent=label,
                    )
                )
                return

    def _extend(self, label: Label) -> None:
        hops, amount_msat = label.hops + 1, label.amount_msat
        for half in self._terrain.into(label.node):
            policy = half.policy
            if not policy.htlc_minimum_msat <= amount_msat <= self._terrain.largest_htlc_msat(half) or not self._terrain.may_use(half):
                continue
            fee_msat = policy.fee_msat(amount_msat)
            if amount_msat + fee_msat > self._max_amount_msat:
                continue
            cost = label.cost + self._weigh(half, amount_msat, fee_msat)
            cltv_expiry_delta = label.cltv_expiry_delta + policy.cltv_expiry_delta
            if cltv_expiry_delta > self._limits.cltv_expiry_delta:
                self.cheapest_too_slow = min(self.cheapest_too_slow, cost)
            elif hops >= self._limits.hops:
                self.cheapest_too_long = min(self.cheapest_too_long, cost)
            else:
                scid = half.channel.short_channel_id
                self._push(Label(half.source, cost, amount_msat + fee_msat, cltv_expiry_delta, hops, scid, half=half, parent=label))

    def _push(self, label: Label) -> None:
        rivals = self._labels.setdefault(label.node, [])
        self._steps += 1 + len(rivals)
        if len(rivals) >= MAX_LABELS_PER_NODE or any(self._makes_needless(rival, label) for rival in rivals):
            return
        for rival in rivals:
            rival.dropped = rival.dropped or self._makes_needless(label, rival)
        rivals[:] = [rival for rival in rivals if not rival.dropped]
        rivals.append(label)
        heappush(self._heap, (label.cost, label.rank, label.node, self._steps, label))

    def _makes_needless(self, better: Label, worse: Label) -> bool:
        if better.cost > worse.cost or (self._keeps_smaller and better.amount_msat > worse.amount_msat):
            return False
        if self._keeps_faster and better.cltv_expiry_delta > worse.cltv_expiry_delta:
            return False
        if self._keeps_shorter and better.hops > worse.hops:
            return False
        return better.cost < worse.cost or (self._keeps_smaller and better.amount_msat < worse.amount_msat) or better.rank <= worse.rank


@lru_cache(4_096)
def _asks_unknown(features: Features) -> bool:
    return bool(features.unknown_required())
