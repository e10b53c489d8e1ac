"""What goes wrong in the sandbox on purpose, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from payments.lightning.units import format_sat
from payments.models import EngineCommand, FaultRecord, NodeRecord
from payments.queries.shapes import FaultShape

_Settings = Mapping[str, Any]
"""JSON: figures by name, as the engine wrote them."""


def faults_on() -> tuple[FaultShape, ...]:
    """Every fault that is on, in the order in which it was set. Two statements, one when there is none."""
    records = list(FaultRecord.objects.order_by("id"))
    slugs = {slug for record in records for slug in (record.node, record.peer)}
    names = dict(NodeRecord.objects.filter(slug__in=slugs).values_list("slug", "name")) if records else {}
    return tuple(_shape(record, names) for record in records)


def is_clearing() -> bool:
    """Whether somebody has asked to put everything right and the engine has not done it yet. One statement."""
    return EngineCommand.objects.filter(kind="ClearFaults", state=EngineCommand.State.QUEUED).exists()


def _shape(record: FaultRecord, names: Mapping[str, str]) -> FaultShape:
    write = _SENTENCES.get(record.name, _unknown)
    sentence = write(record.settings).format(node=names.get(record.node, record.node), peer=names.get(record.peer, record.peer))
    return FaultShape(name=record.name, node=record.node, peer=record.peer, settings=record.settings, sentence=sentence)


def _unknown(settings: _Settings) -> str:
    del settings
    return "{node} misbehaves."


def _fee(settings: _Settings) -> str:
    percent = _decimal(settings["fee_proportional_millionths"], places=4)
    return f"{format_sat(settings['fee_base_msat'])} sat and {percent} %"


def _decimal(number: int, *, places: int) -> str:
    """
    A whole number of small units in large ones.

    >>> _decimal(12_500, places=3), _decimal(60_000, places=3)
    ('12.5', '60')
    """
    whole, rest = divmod(number, 10**places)
    return f"{whole}.{rest:0{places}}".rstrip("0").rstrip(".")


def _hold(settings: _Settings) -> str:
    hold_ms = settings["hold_ms"]
    return (
        "{node} keeps payments until they run out." if hold_ms is None else f"{{node}} keeps payments for {_decimal(hold_ms, places=3)} s."
    )


_SENTENCES: dict[str, Callable[[_Settings], str]] = {
    "depleted": lambda _: "{node} has nothing left to send to {peer}.",
    "stale-fee": lambda settings: f"{{node}} asks {_fee(settings)} and has told nobody.",
    "dear-fee": lambda settings: f"{{node}} asks {_fee(settings)}.",
    "disabled": lambda settings: "{node} has switched its channel with {peer} off" + ("." if settings["is_told"] else " and told nobody."),
    "offline": lambda _: "{node} is offline.",
    "hold": _hold,
    "refuse": lambda _: "{node} gives back what it is paid.",
    "forget": lambda _: "{node} forgets its invoices.",
    "expire": lambda settings: f"Invoices of {{node}} run out after {settings['expiry_s']} s.",
    "less": lambda settings: f"{{node}} keeps {format_sat(settings['kept_msat'])} sat of what it should pass on.",
    "garble-onion": lambda _: "{node} spoils the onions that it passes on.",
    "garble-failure": lambda _: "{node} spoils the answers that it passes back.",
    "personality": lambda settings: f"{{node}} behaves like {settings['kind']}.",
}
