"""
What passes between the engine and the rest of the app: its own state, the commands it is given, the events it tells.

Only the engine's process writes EngineState and EngineEvent, but for the plan of a sandbox that is not built yet; web processes and
commands add EngineCommand rows. One turn of the engine writes all three in one commit, so that they can never disagree.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from payments.models.append_only import AppendOnly


class EngineState(models.Model):
    """One value of the engine's key-value store; what is in it is the engine's own matter."""

    namespace = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    value = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("namespace", "key"), name="one_value_a_key"),)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.key}"


class EngineLease(models.Model):
    """Who is the engine: one row. Whoever takes over counts the epoch up, and no commit of an older epoch goes through."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.BigIntegerField(default=0)
    holder = models.CharField(max_length=100, blank=True)
    """Machine and process, for people."""
    valid_until = models.DateTimeField(default=timezone.now)
    """Until then a second engine does not take over by itself."""

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="one_engine_lease"),)

    def __str__(self) -> str:
        return f"epoch {self.epoch}, {self.holder or 'free'}"


class EngineCommand(models.Model):
    """Something the engine is asked to do, once: a second row with the same idempotency key is refused for ever."""

    class State(models.TextChoices):
        """`refused` means that nothing was done; what was begun and went wrong is told by events."""

        QUEUED = "queued"
        DONE = "done"
        REFUSED = "refused"

    kind = models.CharField(max_length=40)
    arguments = models.BinaryField()
    """msgpack of `payments.nodes.commands.EngineCommandBody`."""
    idempotency_key = models.CharField(max_length=100, unique=True)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    result = models.JSONField(null=True, blank=True)
    """What came of it: `payments.nodes.commands` says which fields."""
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    """When the app has drawn its conclusions from the result."""

    class Meta:
        indexes = (
            models.Index(fields=("id",), name="queued_commands", condition=Q(state="queued")),
            models.Index(fields=("id",), name="unhandled_commands", condition=~Q(state="queued") & Q(handled_at__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.idempotency_key}: {self.state}"


class EngineEvent(AppendOnly):
    """Something that happened to our node. The id is the sequence; only `handled_at` is ever written again."""

    kind = models.CharField(max_length=40)
    body = models.BinaryField()
    """msgpack of `payments.lightning.events.Event`."""
    created_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=("id",), name="unhandled_events", condition=Q(handled_at__isnull=True)),)

    def __str__(self) -> str:
        return f"{self.pk} {self.kind}"
