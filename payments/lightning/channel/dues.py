"""
What a channel has to say of itself once everything that came in is done: a commitment, shutdown, the first closing fee.

BOLT 2, Committing Updates So Far: `commitment_signed`; Channel Close
"""

from __future__ import annotations

from payments.lightning.channel.actions import Step, Surroundings
from payments.lightning.channel.channel import Channel
from payments.lightning.channel.closing import owes_closing_signed, owes_shutdown, send_closing_signed, send_shutdown
from payments.lightning.channel.exchange import owes_commitment, send_commitment


def next_due(channel: Channel, surroundings: Surroundings) -> Step | None:
    """The next of these that is due; None when none is. Ask again after it: one follows from the other."""
    if owes_commitment(channel):
        return send_commitment(channel, surroundings)
    if owes_shutdown(channel):
        return send_shutdown(channel)
    if owes_closing_signed(channel):
        return send_closing_signed(channel, surroundings)
    return None
