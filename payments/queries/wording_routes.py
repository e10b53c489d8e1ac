"""What makes a route this one, in words."""

from __future__ import annotations

from payments.lightning.routing.explanation import CostTerm, RouteExplained

_TERMS = {
    CostTerm.BASE_FEES: "the flat fee of every node on the way",
    CostTerm.PROPORTIONAL_FEES: "the fees that grow with the amount",
    CostTerm.STEPS: "the number of steps, each of which can fail",
    CostTerm.SPYING: "channels that let others find out their balance",
    CostTerm.DOUBT: "the doubt whether its channels hold enough",
    CostTerm.FAILURE: "a channel that failed with as much before",
}
NOTHING_WEIGHED = "It goes over our own channel straight to the recipient: there is nothing to weigh."


def why_this_way(explained: RouteExplained) -> str:
    """The two terms of its price that weighed most."""
    match [_TERMS[term] for term in explained.largest_terms()]:
        case [first, second]:
            return f"What weighed most here: {first}, then {second}."
        case [only]:
            return f"What weighed here: {only}."
        case _:
            return NOTHING_WEIGHED
