"""What a repeated decision shows, in words."""

from __future__ import annotations

from payments.lightning.units import format_sat
from payments.queries.replay_shapes import AnswerShape

VERDICTS = {
    "identical": "Decided once more from what is stored, the answer is the same to the last millisatoshi and block.",
    "different": (
        "Decided once more from what is stored, the answer is another one. Either this version of the app looks for routes differently, "
        "or something that is stored was changed."
    ),
    "unknown": "This was decided before maps of the past were kept, so it cannot be decided once more.",
}
GONE = "The route that was chosen did not go any more, so nothing was sent."
NOW_GONE = "The route that was chosen does not go any more."
CAUSES = {
    "map": "The map of today would be enough to change the answer: what nodes ask for, or which channels there are.",
    "knowledge": "What our node believes of other channels today would be enough to change the answer.",
    "channels": "What our own channels can send now, and what is on its way, would be enough to change the answer.",
}
TOGETHER = "No single change would be enough: the map, what our node believes and our own channels change the answer together."


def summary_of(identical: int, decisions: int) -> str:
    """
    Whether all of it came out the same.

    >>> summary_of(0, 0)
    'No route was ever looked for, so there is nothing to decide once more.'
    """
    if not decisions:
        return "No route was ever looked for, so there is nothing to decide once more."
    if identical == decisions:
        return "The decision came out identical." if decisions == 1 else f"All {decisions} decisions came out identical."
    return f"{decisions - identical} of {decisions} decisions did not come out as they did then."


def differences_of(then: AnswerShape, now: AnswerShape) -> tuple[str, ...]:
    """What is different now, the dearest first; nothing is said of figures that one of them does not have."""
    if bool(then.paths) != bool(now.paths):
        return ("There is a route now." if now.paths else "There is no route now.",)
    found = [_fee(then, now), _chance(then, now), _counted("step", then.steps, now.steps)]
    found += [
        _counted("block", then.total_cltv_expiry_delta, now.total_cltv_expiry_delta),
        _counted("part", len(then.paths), len(now.paths)),
    ]
    said = tuple(sentence for sentence in found if sentence)
    if not said and _channels(then) != _channels(now):
        return ("It goes over other channels for the same figures.",)
    return said or (() if then.paths else (now.sentence,) if then.sentence != now.sentence else ())


def _fee(then: AnswerShape, now: AnswerShape) -> str:
    if then.fee_msat is None or now.fee_msat is None or then.fee_msat == now.fee_msat:
        return ""
    more = now.fee_msat > then.fee_msat
    apart = format_sat(abs(now.fee_msat - then.fee_msat))
    return f"{apart} sat {'dearer' if more else 'cheaper'}: {format_sat(now.fee_msat)} sat instead of {format_sat(then.fee_msat)}."


def _chance(then: AnswerShape, now: AnswerShape) -> str:
    if then.chance_permille is None or now.chance_permille is None or then.chance_permille == now.chance_permille:
        return ""
    word = "Likelier" if now.chance_permille > then.chance_permille else "Less likely"
    return f"{word}: {now.chance_permille / 10:.1f} % instead of {then.chance_permille / 10:.1f} %."


def _counted(what: str, then: int | None, now: int | None) -> str:
    if then is None or now is None or then == now:
        return ""
    apart, word = abs(now - then), "more" if now > then else "fewer"
    return f"{apart} {what}{'' if apart == 1 else 's'} {word}: {now} instead of {then}."


def _channels(answer: AnswerShape) -> list[list[str]]:
    return [[hop.short_channel_id for hop in path.hops] for path in answer.paths]
