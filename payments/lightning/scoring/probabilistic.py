"""
The scorer that learns: what failed is dear, what was carried is safe, and what nobody tried is priced by how balances are usually spread.

LDK's ProbabilisticScorer with live bounds and the density of its history; it keeps no buckets of history. Prices are whole msat. It is told
the time and never asks for it; the same lessons at the same times give the same prices in every process.

LDK, ProbabilisticScorer
"""

from __future__ import annotations

from payments.lightning.graph.view import GraphView
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.scoring.chance import CERTAIN, FEAR_ONE, MAX_FEAR, Chance, fear_of, success_chance
from payments.lightning.scoring.knowledge import Knowledge, KnowledgeSnapshot
from payments.lightning.scoring.lessons import Direction, Evidence, Lesson, Outcome
from payments.lightning.scoring.parameters import ScoringParameters
from payments.lightning.scoring.scorer import Bounds, ChannelUsage, Penalty, ScoredHop, ScoredPath
from payments.lightning.units import MAX_MSAT


class ProbabilisticScorer:
    """
    Prices channels by the chance that they carry an amount, and learns from every attempt and probe.

    For whoever copies the bounds into a structure of its own (a compiled search): `epoch` counts changes, `changed_since(epoch)` names the
    directions to look at again, `bounds_msat` says what they are now, and `knowledge.arrays()` is all of them as arrays.
    """

    def __init__(self, graph: GraphView, parameters: ScoringParameters | None = None, *, keeps_evidence: bool = False) -> None:
        """keeps_evidence: somebody calls `take_evidence` after each turn."""
        self.graph = graph
        self._keeps_evidence = keeps_evidence
        self.parameters = parameters or ScoringParameters()
        self.knowledge = Knowledge(half_life_s=self.parameters.liquidity_half_life_s, reserve_ppm=self.parameters.reserve_ppm)
        self._evidence: list[Evidence] = []

    # -- what the router asks

    def channel_penalty_msat(self, short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId, usage: ChannelUsage) -> int:
        """How many msat of fee it is worth to avoid sending this over that channel from source to target; never negative."""
        return self.penalty(short_channel_id, source=source, target=target, usage=usage).total_msat

    def penalty(self, short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId, usage: ChannelUsage) -> Penalty:
        """The same, by reason."""
        parameters = self.parameters
        amount_msat = max(usage.amount_msat, 0)
        step_msat = parameters.base_penalty_msat + amount_msat * parameters.base_penalty_amount_ppm // 1_000_000
        capacity_msat = usage.effective_capacity_msat
        if capacity_msat >= MAX_MSAT:
            return Penalty(step_msat)  # a hint: whoever gave it knows its balance, and nobody else does
        spying_msat = parameters.anti_probing_penalty_msat if usage.htlc_maximum_msat * 2 >= capacity_msat else 0
        weight_msat = parameters.liquidity_penalty_multiplier_msat + amount_msat * parameters.liquidity_penalty_amount_ppm // 1_000_000
        total_msat = amount_msat + usage.inflight_htlc_msat
        min_msat, max_msat = self._bounds(short_channel_id, int(source > target), capacity_msat)
        if total_msat > max_msat:
            return Penalty(step_msat, spying_msat, weight_msat * MAX_FEAR // FEAR_ONE, parameters.considered_impossible_penalty_msat)
        fear = fear_of(success_chance(total_msat, min_msat=min_msat, max_msat=max_msat, capacity_msat=capacity_msat))
        return Penalty(step_msat, spying_msat, weight_msat * fear // FEAR_ONE)

    def success_chance(self, short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId, usage: ChannelUsage) -> Chance:
        """How likely a channel carries this on top of what we have in it already: for people. 1 where nothing can be said, as of a hint."""
        capacity_msat = usage.effective_capacity_msat
        if capacity_msat >= MAX_MSAT:
            return CERTAIN
        total_msat = max(usage.amount_msat, 0) + usage.inflight_htlc_msat
        min_msat, max_msat = self._bounds(short_channel_id, int(source > target), capacity_msat)
        return success_chance(total_msat, min_msat=min_msat, max_msat=max_msat, capacity_msat=capacity_msat)

    def liquidity_range(self, short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId, usage: ChannelUsage) -> Bounds | None:
        """What a direction can send at least and at most, as is believed now. LDK's `estimated_channel_liquidity_range`."""
        capacity_msat = usage.effective_capacity_msat
        return None if capacity_msat >= MAX_MSAT else self._bounds(short_channel_id, int(source > target), capacity_msat)

    def bounds_msat(self, direction: Direction) -> Bounds | None:
        """What a direction can send at least and at most, as is believed now; None when nothing was ever learnt of its channel."""
        try:
            capacity_msat = self.knowledge.capacity_msat(direction[0])
        except KeyError:
            return None
        return self._bounds(*direction, capacity_msat)

    @property
    def epoch(self) -> int:
        """Counts every change of any bound, by a lesson or by time."""
        return self.knowledge.epoch

    def changed_since(self, epoch: int) -> list[Direction]:
        """The directions whose bounds may be others than when `epoch` was this. Once time has passed, these are all that were learnt."""
        return self.knowledge.changed_since(epoch)

    def _bounds(self, short_channel_id: ShortChannelId, direction_bit: int, capacity_msat: int) -> Bounds:
        floor_msat, lack_msat = self.knowledge.known(short_channel_id, direction_bit)
        max_msat = max(capacity_msat - lack_msat, 0)
        return Bounds(min(floor_msat, max_msat), max_msat)

    # -- what it is taught

    def payment_path_failed(self, path: ScoredPath, short_channel_id: ShortChannelId, *, now_s: int, lacks_balance: bool = True) -> None:
        """An attempt failed at this channel; those before it could have carried theirs. It is feared in any case."""
        blamed = next((place for place, hop in enumerate(path) if hop.short_channel_id == short_channel_id), 0)
        if blamed == 0:
            return  # our own channel, or none of these: of the others nothing is known
        lessons: list[Lesson] = []
        for hop in path[1:blamed]:
            self._note(lessons, hop, Outcome.CARRIED)
        self._note(lessons, path[blamed], Outcome.FAILED if lacks_balance else Outcome.REFUSED)
        self._believe(lessons, now_s)

    def payment_path_successful(self, path: ScoredPath, *, now_s: int) -> None:
        """An attempt was paid: every channel carried it, and the money is on its other side now."""
        self._all(path, Outcome.PAID, now_s)

    def probe_failed(self, path: ScoredPath, short_channel_id: ShortChannelId, *, now_s: int, lacks_balance: bool = True) -> None:
        """A probe failed at this channel; those before it could have carried it."""
        self.payment_path_failed(path, short_channel_id, now_s=now_s, lacks_balance=lacks_balance)

    def probe_successful(self, path: ScoredPath, *, now_s: int) -> None:
        """The payee was reached, though nothing was paid: every channel could have carried it."""
        self._all(path, Outcome.CARRIED, now_s)

    def time_passed(self, *, now_s: int) -> None:
        """What was learnt fades. Cheap while the minute is the same."""
        self.knowledge.pass_time(now_s)

    def _all(self, path: ScoredPath, outcome: Outcome, now_s: int) -> None:
        lessons: list[Lesson] = []
        for hop in path[1:]:
            self._note(lessons, hop, outcome)
        self._believe(lessons, now_s)

    def _note(self, lessons: list[Lesson], hop: ScoredHop, outcome: Outcome) -> None:
        """Only public channels: of others nobody knows the capacity. Ours is the first step, and known without learning."""
        channel = self.graph.channel(hop.short_channel_id)
        if channel is None or {hop.source, hop.target} != {channel.node_one, channel.node_two}:
            return
        capacity_msat = channel.capacity_msat
        if capacity_msat is None:
            policy = self.graph.policy(hop.short_channel_id, source=hop.source)
            capacity_msat = 0 if policy is None else policy.htlc_maximum_msat
        amount_msat = min(max(hop.amount_msat, 0), MAX_MSAT)
        lessons.append(Lesson(hop.short_channel_id, int(hop.source > hop.target), outcome, amount_msat, capacity_msat))

    def _believe(self, lessons: list[Lesson], now_s: int) -> None:
        if lessons:
            self._keep(Evidence(now_s, tuple(lessons)))

    def forget(self, *, now_s: int) -> None:
        """Know nothing any more: somebody has changed the network in a way that no payment explains."""
        self._keep(Evidence(now_s, (), forgets=True))

    def _keep(self, evidence: Evidence) -> None:
        self.knowledge.learn(evidence)
        if self._keeps_evidence:
            self._evidence.append(evidence)

    # -- what is kept of it

    @property
    def evidence_at_hand(self) -> int:
        """How much `take_evidence` would give."""
        return len(self._evidence)

    def take_evidence(self) -> list[Evidence]:
        """What was learnt since this was last asked: to be stored with the events that taught it."""
        evidence, self._evidence = self._evidence, []
        return evidence

    def learn_again(self, evidence: Evidence) -> None:
        """Take in what was learnt and stored before."""
        self.knowledge.learn(evidence)

    def snapshot(self) -> KnowledgeSnapshot:
        """All that is known."""
        return self.knowledge.snapshot()

    def restore(self, snapshot: KnowledgeSnapshot) -> None:
        """Know exactly what a snapshot holds; evidence that came after it is to be learnt again."""
        self.knowledge.restore(snapshot)
