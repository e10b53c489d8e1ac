"""
What pages may know of the network: who is who, what our channels can carry, what was gossiped, how high the chain is.

Read models: the engine's process writes them in the commit of the turn that changed them, everybody else reads.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from payments.models.append_only import AppendOnly


class NodeRecord(models.Model):
    """A node with a name. Names are for people; whoever has to be sure compares keys."""

    class Role(models.TextChoices):
        """What a node of the sandbox is there for."""

        OWN = "own"
        SHOP = "shop"
        ROUTING = "routing"

    node_id = models.CharField(max_length=66, primary_key=True)
    """33 bytes in hex."""
    name = models.CharField(max_length=80)
    slug = models.SlugField(unique=True)
    role = models.CharField(max_length=8, choices=Role)
    sells = models.CharField(max_length=200, blank=True)
    color = models.CharField(max_length=7, blank=True)
    """As `#f7931a`, the way nodes announce it."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=("role",), condition=Q(role="own"), name="one_own_node"),)

    def __str__(self) -> str:
        return self.name


class ChannelRecord(models.Model):
    """One of our own channels, as LDK's ChannelDetails would show it."""

    channel_id = models.CharField(max_length=64, primary_key=True)
    counterparty = models.CharField(max_length=66)
    short_channel_id = models.CharField(max_length=24, blank=True)
    capacity_sat = models.BigIntegerField()
    balance_msat = models.BigIntegerField()
    """What is ours: an HTLC that we offered counts as ours until its preimage is known, one that we were offered from then on."""
    outbound_capacity_msat = models.BigIntegerField()
    next_outbound_htlc_limit_msat = models.BigIntegerField()
    next_outbound_htlc_minimum_msat = models.BigIntegerField()
    further_htlc_cost_msat = models.BigIntegerField(default=0)
    """What each HTLC takes off the limit beyond its amount."""
    inbound_capacity_msat = models.BigIntegerField()
    is_usable = models.BooleanField()
    state = models.CharField(max_length=40)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(capacity_sat__gt=0), name="channel_has_a_capacity"),
            models.CheckConstraint(
                condition=Q(balance_msat__gte=0) & Q(balance_msat__lte=models.F("capacity_sat") * 1_000),
                name="balance_within_capacity",
            ),
        )

    def __str__(self) -> str:
        return f"{self.short_channel_id or self.channel_id}: {self.state}"


class GossipRecord(models.Model):
    """
    A signed message of BOLT 7 as it came, the newest of its kind for its key. A changed message gets the next sequence.

    What was forgotten has one too, and an empty message. Kinds rise in the order in which messages depend on each other.
    """

    class Kind(models.TextChoices):
        """BOLT 7's own names."""

        CHANNEL_ANNOUNCEMENT = "channel_announcement"
        CHANNEL_UPDATE = "channel_update"
        NODE_ANNOUNCEMENT = "node_announcement"

    kind = models.CharField(max_length=20, choices=Kind)
    key = models.CharField(max_length=100, unique=True)
    message = models.BinaryField()
    """The whole message, its type and signatures included; empty: what was said counts no more."""
    capacity_sat = models.BigIntegerField(null=True, blank=True)
    """Of an announced channel, as the chain says."""
    sequence = models.BigIntegerField(db_index=True)
    """Grows with every change: who knows all up to one number asks for what is above it."""

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class GossipPast(AppendOnly):
    """What a GossipRecord said before something newer took its place: with it the map can be drawn as it was. Kept for ever."""

    key = models.CharField(max_length=100)
    message = models.BinaryField()
    capacity_sat = models.BigIntegerField(null=True, blank=True)
    sequence = models.BigIntegerField()
    """From this change of the map on it was the newest,"""
    replaced_at = models.BigIntegerField()
    """and from this one on it was not."""

    class Meta:
        verbose_name_plural = "gossip of the past"
        constraints = (
            models.UniqueConstraint(fields=("sequence",), name="one_message_a_sequence"),
            models.CheckConstraint(condition=Q(replaced_at__gt=models.F("sequence")), name="replaced_by_something_newer"),
        )
        indexes = (models.Index(fields=("replaced_at",), name="gossip_replaced_since"),)

    def __str__(self) -> str:
        return f"{self.key} until {self.replaced_at}"


class ChainRecord(models.Model):
    """The chain as the engine sees it: one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    height = models.PositiveIntegerField()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="one_chain"),)

    def __str__(self) -> str:
        return f"block {self.height}"


class FaultRecord(models.Model):
    """Something that goes wrong in the sandbox on purpose, now. Written by the engine whenever the set of faults changes."""

    name = models.CharField(max_length=40)
    """As `manage.py sandbox_fault` takes it."""
    node = models.CharField(max_length=40)
    """The slug of the node that behaves so."""
    peer = models.CharField(max_length=40, blank=True)
    settings = models.JSONField(default=dict)
    """Its figures, by name."""

    def __str__(self) -> str:
        return f"{self.name} {self.node} {self.peer}".rstrip()
