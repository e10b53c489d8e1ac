"""What kinds of channel there are. The kind is agreed when a channel opens and decides scripts, weights and fees for its whole life."""

from __future__ import annotations

from enum import StrEnum


class ChannelType(StrEnum):
    """
    The two kinds that are spoken: both pay the counterparty to a key that never changes.

    BOLT 2, Definition of `channel_type`
    """

    STATIC_REMOTEKEY = "static_remotekey"
    """HTLC transactions pay their own fee from the HTLC."""
    ANCHORS = "anchors"
    """Zero-fee HTLC transactions, and two small outputs by which either side can add a fee later."""

    @property
    def has_anchors(self) -> bool:
        """Whether commitments carry anchor outputs and HTLC transactions pay no fee."""
        return self is ChannelType.ANCHORS
