"""
An old payment's decisions, made once more: with what was known then, which must give the very same, and with what is known now.

The code that sends is the code that is asked here: `decide_again` is the engine's own decision without its consequences. Nothing is sent,
kept or learnt. A decision that does not come out identical is shown as such, never hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from django.db.models import Max
from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.events import Event, RouteDecided
from payments.lightning.manager.deciding import decide_again, is_same_answer
from payments.lightning.routing.explanation import RouteExplained, explain_route
from payments.lightning.routing.question import Question
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from payments.models import GossipRecord, PaymentRecord, RouteDecision
from payments.queries.network import names_of
from payments.queries.past import known_at, map_at
from payments.queries.paths import planned_path
from payments.queries.replay_shapes import AnswerShape, DecisionShape, ReplayShape
from payments.queries.route_shapes import permille
from payments.queries.viewpoints import Viewpoint, own_viewpoint
from payments.queries.wording import sentence_for_no_route
from payments.queries.wording_replay import CAUSES, GONE, NOW_GONE, TOGETHER, VERDICTS, differences_of, summary_of
from payments.queries.wording_routes import why_this_way

_DECODER: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


class _Asked(Struct, frozen=True):
    """A question with the map and the opinion that answer it, and the answer."""

    question: Question
    router: DefaultRouter
    decided: RouteDecided

    @classmethod
    def again(cls, then: RouteDecided, router: DefaultRouter, question: Question | None = None) -> _Asked:
        return cls(question or then.question, router, decide_again(then, router, question=question))

    def explained(self) -> RouteExplained | None:
        """The route's figures as they were believed; None without a route."""
        route = self.decided.route
        return None if route is None else explain_route(route, self.question.terrain(self.router.graph), self.router.scorer)


class _Compared(Struct, frozen=True):
    """One decision: then, once more, and now. `again` None: the map of that moment was not kept."""

    row: RouteDecision
    then: RouteDecided
    again: _Asked | None
    now: _Asked | None
    causes: tuple[str, ...]


def replay_payment(payment_id: str) -> ReplayShape | None:
    """Every decision of a payment, repeated; None when there is no such payment."""
    payment = PaymentRecord.objects.filter(pk=payment_id).first()
    if payment is None:
        return None
    own = own_viewpoint()
    rows = RouteDecision.objects.filter(payment_id=payment_id).select_related("event").order_by("event_id")
    compared = [_compare(row, own) for row in rows]
    names = names_of({payment.payee} | set(_nodes_of(compared)))
    newest = GossipRecord.objects.aggregate(newest=Max("sequence"))["newest"] or 0
    shapes = tuple(_shape(number, one, names=names, newest=newest) for number, one in enumerate(compared, start=1))
    identical = sum(shape.again == "identical" for shape in shapes)
    return ReplayShape(
        payment_id=payment_id,
        amount_msat=payment.amount_msat,
        payee=payment.payee,
        payee_name=names.get(payment.payee, ""),
        summary=summary_of(identical, len(shapes)),
        decisions=shapes,
    )


def _compare(row: RouteDecision, own: Viewpoint | None) -> _Compared:
    then = _DECODER.decode(row.event.body)
    assert isinstance(then, RouteDecided), "the row of a decision names the event of one"
    again = None
    if then.map_version is not None:
        graph, scorer = map_at(then.map_version), known_at(then.knowledge, owner=then.question.our_node_id)
        again = _Asked.again(then, DefaultRouter(graph, scorer))
    if own is None:
        return _Compared(row, then, again, None, ())
    today = replace(then.question, first_hops=own.first_hops, inflight=own.inflight)
    now = _Asked.again(then, own.router, today)
    return _Compared(row, then, again, now, _causes(then, again, now))


def _causes(then: RouteDecided, again: _Asked | None, now: _Asked) -> tuple[str, ...]:
    """Every single change put into the old moment alone."""
    if again is None or is_same_answer(then, now.decided):
        return ()
    old, new = again.router, now.router
    alone = {
        "map": decide_again(then, DefaultRouter(new.graph, old.scorer)),
        "knowledge": decide_again(then, DefaultRouter(old.graph, new.scorer)),
        "channels": decide_again(then, old, question=now.question),
    }
    return tuple(CAUSES[name] for name, decided in alone.items() if not is_same_answer(then, decided)) or (TOGETHER,)


def _shape(number: int, one: _Compared, *, names: Mapping[str, str], newest: int) -> DecisionShape:
    then, again = one.then, one.again
    is_identical = again is not None and is_same_answer(then, again.decided)
    state = "unknown" if again is None else "identical" if is_identical else "different"
    shown_then = _answer(then, _explained_then(then, again), names, gone=GONE)
    shown_now = None if one.now is None else _answer(one.now.decided, one.now.explained(), names, gone=NOW_GONE)
    is_other = again is not None and not is_identical
    return DecisionShape(
        number=number,
        event_id=one.row.event_id,
        made_at=one.row.event.created_at,
        is_chosen=then.is_chosen,
        amount_msat=then.question.params.final_value_msat,
        fee_limit_msat=then.question.params.max_total_routing_fee_msat,
        then=shown_then,
        again=state,
        verdict=VERDICTS[state],
        again_answer=_answer(again.decided, again.explained(), names, gone=GONE) if again is not None and is_other else None,
        now=shown_now,
        is_same_now=one.now is not None and is_same_answer(then, one.now.decided),
        differences=() if shown_now is None else differences_of(shown_then, shown_now),
        causes=one.causes,
        map_changes=0 if then.map_version is None else max(newest - then.map_version, 0),
    )


def _explained_then(then: RouteDecided, again: _Asked | None) -> RouteExplained | None:
    """The old route's figures on the old map, whatever came out this time."""
    return None if again is None else _Asked(then.question, again.router, then).explained()


def _answer(decided: RouteDecided, explained: RouteExplained | None, names: Mapping[str, str], *, gone: str) -> AnswerShape:
    route = decided.route
    if route is None:
        return AnswerShape(sentence=gone if decided.no_route is None else sentence_for_no_route(decided.no_route))
    return AnswerShape(
        paths=tuple(planned_path(path, names=names) for path in route.paths),
        fee_msat=route.total_fees_msat,
        chance_permille=None if explained is None else permille(explained.chance),
        steps=max(len(path.hops) for path in route.paths),
        total_cltv_expiry_delta=route.total_cltv_expiry_delta,
        sentence="" if explained is None else why_this_way(explained),
    )


def _nodes_of(compared: Sequence[_Compared]) -> Iterable[str]:
    for one in compared:
        asked = (one.again, one.now)
        routes: list[Route | None] = [one.then.route, *(each.decided.route for each in asked if each is not None)]
        yield from (hop.node_id.hex() for route in routes if route is not None for path in route.paths for hop in path.hops)
