"""How much has happened in all the stories of a run."""

from __future__ import annotations

from collections import Counter

from payments.lightning.channel.closing import CLOSED_BY_US
from payments.lightning.events import (
    ChannelClosed,
    PaymentClaimed,
    PaymentFailed,
    PaymentPathSuccessful,
    PaymentSent,
    ProbeFailed,
    ProbeSuccessful,
)
from tests.network.watched import WatchedNodes
from tests.property.network_machine.fates import Ended


class Tally:
    """What is told at the end of a long run."""

    def __init__(self) -> None:
        self.stories = 0
        self.steps = 0
        self.events: Counter[str] = Counter()
        self.fates: Counter[str] = Counter()
        self.lost_msat = 0

    def count(self, nodes: WatchedNodes, htlcs: list[Ended]) -> None:
        """One story has come to its end."""
        self.stories += 1
        told = (PaymentSent, PaymentFailed, PaymentClaimed, ProbeSuccessful, ProbeFailed)
        self.events.update(type(event).__name__ for _, event in nodes.log if isinstance(event, told))
        parts = Counter(event.payment_id for _, event in nodes.log if isinstance(event, PaymentPathSuccessful))
        self.events["PaymentSent in parts"] += sum(number > 1 for number in parts.values())
        self.events["opened"] += len(nodes.opened)
        self.events["update_fee"] += nodes.fee_updates
        self.events.update(event.reason for _, event in nodes.log if isinstance(event, PaymentFailed))
        closed = {event.channel_id: event.reason for _, event in nodes.log if isinstance(event, ChannelClosed)}
        self.events.update("closed together" if reason == CLOSED_BY_US else "closed" for reason in closed.values())
        self.fates.update(f"{one.fate}{', lost' * one.is_lost}" for one in htlcs)
        self.lost_msat += sum(one.amount_msat for one in htlcs if one.is_lost)

    def __str__(self) -> str:
        events = ", ".join(f"{name} {number}" for name, number in sorted(self.events.items()))
        fates = ", ".join(f"{fate} {number}" for fate, number in sorted(self.fates.items()))
        return (
            f"{self.stories} stories of {self.steps} steps: {events}\n"
            f"HTLCs that the chain ended: {fates}; lost by those who held their preimages: {self.lost_msat} msat"
        )


TALLY = Tally()
"""Of this process."""
