"""
How each route of a payment was decided: where to find all that the answer depended on.

A row says no more than which event belongs to which payment. The event holds the question and the answer, its scorer's mark leads into the
evidence and its map's version into the gossip, none of which ever changes.
"""

from __future__ import annotations

from django.db import models

from payments.models.append_only import AppendOnly
from payments.models.engine import EngineEvent
from payments.models.payment import PaymentRecord


class RouteDecision(AppendOnly):
    """One decision for one payment; the event's order is theirs."""

    event = models.OneToOneField(EngineEvent, primary_key=True, on_delete=models.PROTECT, related_name="decision")
    payment = models.ForeignKey(PaymentRecord, on_delete=models.PROTECT, related_name="decisions")

    def __str__(self) -> str:
        return f"{self.payment_id[:8]}: event {self.event_id}"
