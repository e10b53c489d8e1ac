"""
Whether an amount could flow at all: what no search needs to look for.

Each part leaves by one channel of ours and arrives by one into the payee, so the few largest of either bound what all parts bring, whatever
lies between. Quickly said, and often the end of it.
"""

from __future__ import annotations

from payments.lightning.routing.finder import Finder
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.search import Limits, Terrain


def could_carry(terrain: Terrain, params: RouteParameters, limits: Limits, finder: Finder) -> bool:
    """Whether our channels and those into the payee are large enough, as many of them as a payment may have parts."""
    most, amount_msat = params.payment_params.max_path_count, params.final_value_msat
    ours_msat = [max(terrain.first_hop_limit_msat(hop), limits.first_hop_msat) for peer in terrain.peers() for hop in terrain.ours_to(peer)]
    direct_msat = [max(terrain.first_hop_limit_msat(hop), limits.first_hop_msat) for hop in terrain.ours_to(terrain.payee)]
    return amount_msat <= sum(sorted(ours_msat)[-most:]) and amount_msat <= sum(direct_msat) + finder.into_payee_msat(terrain)
