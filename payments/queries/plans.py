"""
What is found out about a payment's routes, one step after the other: first what would be sent, then what could be sent instead.

Where there is no route, the only step is why, and what would help. The engine's own router answers; nothing here asks the database, so
that any thread may do it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from payments.lightning.routing.alternatives import Alternative, Virtue
from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.explanation import RouteExplained, explain_route
from payments.lightning.routing.question import Question
from payments.queries.remedies import remedy_for
from payments.queries.shapes import RemedyShape
from payments.queries.terms import Terms
from payments.queries.viewpoints import Viewpoint

Explained = tuple[Alternative, RouteExplained]


class Asked(Struct, frozen=True, kw_only=True):
    """
    A payment as somebody wants it, and from where a way is looked for. Two that are equal have the same plan.

    chosen_fee_limit_msat    None: the limit in the terms follows the amount
    """

    terms: Terms
    viewpoint: Viewpoint
    chosen_fee_limit_msat: int | None


class Plan(Struct, frozen=True, kw_only=True):
    """What is known so far: routes, what would be sent first, or why there is none, or neither yet."""

    routes: tuple[Explained, ...] = ()
    no_route: NoRoute | None = None
    remedy: RemedyShape | None = None
    is_whole: bool = False
    """Whether this is all that there is to know."""


def plans_for(asked: Asked) -> Iterator[Plan]:
    """Each with what the ones before it knew; the last is whole. ValueError when the terms name no amount yet."""
    terms, viewpoint = asked.terms, asked.viewpoint
    router, question = viewpoint.router, viewpoint.question_about(terms)
    answer = router.answer(question)
    if isinstance(answer, NoRoute):
        remedy = remedy_for(answer, terms, viewpoint, chosen_fee_limit_msat=asked.chosen_fee_limit_msat)
        yield Plan(no_route=answer, remedy=remedy, is_whole=True)
        return
    balanced = Alternative(virtues=(Virtue.BALANCED,), route=answer)
    yield Plan(routes=_explained([balanced], question, viewpoint))
    yield Plan(routes=_explained(router.alternatives(question, answer), question, viewpoint), is_whole=True)


def _explained(alternatives: Iterable[Alternative], question: Question, viewpoint: Viewpoint) -> tuple[Explained, ...]:
    terrain = question.terrain(viewpoint.graph)
    explained = ((each, explain_route(each.route, terrain, viewpoint.scorer)) for each in alternatives)
    return tuple((each, why) for each, why in explained if why is not None)
