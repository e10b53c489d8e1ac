"""
What is sent: of one path and of parts the cheapest within the limit on fees.

What there is to choose from does not depend on that limit, and the choice is by price alone, of equals the first. So who may spend more
never gets something dearer, nor nothing where less had found something, whatever the map and the search. Two things that take long are only
looked for where they may be needed: parts at all where one path is enough, and the flow with the least fees. For the law to hold all the
same, neither of them counts where it is cheaper than what was to make it needless, which hardly ever is so.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, structs

from payments.lightning.routing.finder import Aim, Finder, Task
from payments.lightning.routing.likelihood import is_sure
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.parts import Part, fee_msat, price_msat
from payments.lightning.routing.search import Limits, Terrain
from payments.lightning.routing.split import split, thriftiest_split
from payments.lightning.scoring.scorer import ScoreLookUp
from payments.lightning.units import MAX_MSAT


class Offer(Struct, frozen=True, kw_only=True):
    """What could be sent, with what it costs in fees, and in fees and penalties."""

    parts: list[Part]
    fee_msat: int
    price_msat: int


class Choice(Struct, frozen=True, kw_only=True):
    """One question, and who answers it: `limits` take the place of those that the wish has."""

    terrain: Terrain
    params: RouteParameters
    limits: Limits
    finder: Finder
    scorer: ScoreLookUp

    def best(self) -> list[Part] | None:
        """The cheapest within the limit on fees; None when there is nothing."""
        if not self.params.payment_params.allows_parts:
            return self._sendable(self._alone(self.limits))
        whole = self._alone(self._free)
        enough_msat = self._enough_msat(whole)
        if whole is not None and enough_msat is not None and self._fits(whole):
            return whole.parts
        offers = [*([whole] if whole else ()), *self._in_parts(enough_msat)]
        cheapest = min(offers, key=_price_msat, default=None)
        if cheapest is not None and not self._fits(cheapest):
            offers += [*self._thriftiest(offers), *filter(None, [self._alone(self.limits)])]
        return self._sendable(min(filter(self._fits, offers), key=_price_msat, default=None))

    def any(self) -> list[Part] | None:
        """Something within the limit on fees, which is found sooner; None when there is nothing."""
        alone = self._alone(self.limits)
        if alone is not None or not self.params.payment_params.allows_parts:
            return self._sendable(alone)
        return self._sendable(next(filter(self._fits, self._all_in_parts()), None))

    def least_fee_msat(self) -> int | None:
        """The least limit on fees with which there is something; None when no limit helps."""
        alone = self._alone(self._free, aim=Aim.FEE)
        others = self._all_in_parts() if self.params.payment_params.allows_parts else ()
        return min((offer.fee_msat for offer in (alone, *others) if offer is not None), default=None)

    @property
    def _free(self) -> Limits:
        return structs.replace(self.limits, fee_msat=MAX_MSAT)

    def _alone(self, limits: Limits, *, aim: Aim = Aim.PRICE) -> Offer | None:
        way = self.finder.cheapest(self.terrain, Task.of(self.params, limits), aim=aim)
        return None if way is None else self._offer([Part(way, self.params.final_value_msat)])

    def _all_in_parts(self) -> Iterator[Offer]:
        """All parts that count, the flow with the least fees last."""
        whole = self._alone(self._free)
        offers = [whole] if whole else []
        for offer in self._in_parts(self._enough_msat(whole)):
            offers.append(offer)
            yield offer
        yield from self._thriftiest(offers)

    def _in_parts(self, enough_msat: int | None) -> Iterator[Offer]:
        """Parts as every quick manner finds them; where one path is enough those that cost no less."""
        found = split(self.terrain, self.params, self._free, finder=self.finder)
        return (offer for offer in map(self._offer, found) if offer.price_msat >= (enough_msat or 0))

    def _thriftiest(self, offers: list[Offer]) -> Iterator[Offer]:
        """The flow with the least fees, unless it is cheaper than all of these: where one of them does, nobody asks for it."""
        found = thriftiest_split(self.terrain, self.params, self._free, finder=self.finder) if offers else None
        if found is not None:
            offer = self._offer(found)
            if offer.price_msat >= min(offer.price_msat for offer in offers):
                yield offer

    def _enough_msat(self, whole: Offer | None) -> int | None:
        """What one path costs if it is enough: if it is sure to arrive, and half the amount would cost no less than half; else None."""
        if whole is None or not is_sure(whole.parts[0], self.terrain, self.scorer):
            return None
        half_msat = -(-self.params.final_value_msat // 2)
        half = structs.replace(Task.of(self.params, self._free), amount_msat=half_msat)
        way = self.finder.cheapest(self.terrain, half, is_plain=True)
        is_enough = way is None or 2 * self.finder.price_msat(self.terrain, way, half_msat) >= whole.price_msat
        return whole.price_msat if is_enough else None

    def _offer(self, parts: list[Part]) -> Offer:
        return Offer(parts=parts, fee_msat=fee_msat(parts), price_msat=price_msat(self.terrain, parts, self.finder))

    def _fits(self, offer: Offer) -> bool:
        return offer.fee_msat <= self.limits.fee_msat

    @staticmethod
    def _sendable(offer: Offer | None) -> list[Part] | None:
        return None if offer is None else offer.parts


def _price_msat(offer: Offer) -> int:
    return offer.price_msat
