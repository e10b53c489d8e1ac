"""
What was learnt of each channel from one attempt: facts, with all that is needed to learn them again.

They are the scorer's memory on disk. The capacity is part of a fact, so that what was believed then does not depend on the map of today.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from payments.lightning.ids import NodeId, ShortChannelId

Direction = tuple[ShortChannelId, int]
"""A channel and the direction bit of BOLT 7: 0 leads away from the node with the lesser id."""


def direction_of(short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId) -> Direction:
    """The direction of a channel from source to target."""
    return short_channel_id, int(source > target)


class Outcome(IntEnum):
    """What a channel did with an amount."""

    CARRIED = 0
    """It could have carried it; nothing was moved, because the attempt failed further on or was a probe."""
    FAILED = 1
    """It could not."""
    PAID = 2
    """It did: the amount is now on the other side."""
    REFUSED = 3
    """It did not, and nobody said that its balance was the reason: of its other direction that tells nothing."""


class Lesson(msgspec.Struct, frozen=True, array_like=True):
    """What one channel did with one amount in one direction. As a list in the store: the order of the fields is part of the format."""

    short_channel_id: ShortChannelId
    direction_bit: int
    outcome: Outcome
    amount_msat: int
    capacity_msat: int


class Evidence(msgspec.Struct, frozen=True, array_like=True):
    """All that one attempt taught, and when it became known. `forgets`: before that, nothing that was learnt earlier is true any more."""

    learnt_at_s: int
    lessons: tuple[Lesson, ...]
    forgets: bool = False
