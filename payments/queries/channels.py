"""Our channels, one by one, and what became of a wish to change them."""

from __future__ import annotations

from msgspec import Struct, msgpack

from payments.lightning.events import ChannelClosed, ChannelPending, Event
from payments.models import ChannelRecord, EngineCommand, EngineEvent, NodeRecord

_DECODER: msgpack.Decoder[Event] = msgpack.Decoder(Event)


class ChannelShape(Struct, frozen=True, kw_only=True):
    """A channel of ours."""

    channel_id: str
    short_channel_id: str
    peer: str
    """Its slug in the sandbox, or its key."""
    capacity_sat: int
    balance_msat: int
    is_usable: bool
    state: str


class WishShape(Struct, frozen=True, kw_only=True):
    """Whether the engine has taken a wish, and the code of its refusal if it refused."""

    is_taken: bool
    refusal: str


def channels() -> tuple[ChannelShape, ...]:
    """Every channel that we have or had."""
    slugs = dict(NodeRecord.objects.values_list("node_id", "slug"))
    return tuple(
        ChannelShape(
            channel_id=row.channel_id,
            short_channel_id=row.short_channel_id,
            peer=slugs.get(row.counterparty, row.counterparty),
            capacity_sat=row.capacity_sat,
            balance_msat=row.balance_msat,
            is_usable=row.is_usable,
            state=row.state,
        )
        for row in ChannelRecord.objects.order_by("short_channel_id", "channel_id")
    )


def channel_wish(request_id: str) -> WishShape:
    """What became of a wish to open or close a channel. One to open is taken when both have signed, or it has come to nothing."""
    keys = [f"open:{request_id}", f"close:{request_id}"]
    row = EngineCommand.objects.filter(idempotency_key__in=keys).exclude(state=EngineCommand.State.QUEUED).first()
    if row is None:
        return WishShape(is_taken=False, refusal="")
    result: dict[str, str] = row.result or {}
    if "temporary_channel_id" in result:
        return _opening(bytes.fromhex(result["temporary_channel_id"]))
    return WishShape(is_taken=True, refusal=result.get("error", ""))


def _opening(temporary_channel_id: bytes) -> WishShape:
    kinds = [ChannelPending.__name__, ChannelClosed.__name__]
    for row in EngineEvent.objects.filter(kind__in=kinds).order_by("-id"):
        event = _DECODER.decode(row.body)
        if isinstance(event, ChannelPending) and event.former_temporary_channel_id == temporary_channel_id:
            return WishShape(is_taken=True, refusal="")
        if isinstance(event, ChannelClosed) and event.channel_id == temporary_channel_id:
            return WishShape(is_taken=True, refusal=event.reason)
    return WishShape(is_taken=False, refusal="")
