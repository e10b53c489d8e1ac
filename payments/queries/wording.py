"""
What answers mean, in words: why a try came back, why a payment ended, why there is no route.

Each sentence first says where the money is. "No money left" is said only when nothing is out; while a payment still goes on, a failure says
that this try came back. Refusals of input have their sentences in `payments.services.refusals`.
"""

from __future__ import annotations

from msgspec import Struct

from payments.lightning.events import LocalFailure, PaymentFailureReason
from payments.lightning.payment.probe import ProbeSendFailure
from payments.lightning.payment.status import PaymentStatus
from payments.lightning.routing.errors import NoRoute, NoRouteReason
from payments.lightning.units import format_sat
from payments.lightning.wire.failures import FailureCode

_CAME_BACK = "This try came back."
_CLOCKS = f"{_CAME_BACK} The time limits along this route did not fit: our view of the chain or a node's rules are out of date."
_MADE_OF_LAYERS = f"{_CAME_BACK} A node could not read the instructions that we sent it, which is likely a software fault."
_LACKS_FEATURE = f"{_CAME_BACK} A node on the way needs a feature that this app does not have."
_REFUSED = "The recipient refused: most often the invoice is already paid, has run out or was cancelled. Ask for a new invoice."
_ALTERED = f"{_CAME_BACK} The last step reached the recipient altered by a node on the way."

_FAILURES = {
    FailureCode.TEMPORARY_CHANNEL_FAILURE: f"{_CAME_BACK} A channel on the way could not carry this amount just now.",
    FailureCode.TEMPORARY_NODE_FAILURE: f"{_CAME_BACK} A node on the way is having trouble.",
    FailureCode.PERMANENT_NODE_FAILURE: f"{_CAME_BACK} A node on the way is gone for good.",
    FailureCode.PERMANENT_CHANNEL_FAILURE: f"{_CAME_BACK} A channel on the way is closed for good.",
    FailureCode.UNKNOWN_NEXT_PEER: f"{_CAME_BACK} A node on the way is not connected to the next one.",
    FailureCode.CHANNEL_DISABLED: f"{_CAME_BACK} A channel on the way is switched off by its owner.",
    FailureCode.FEE_INSUFFICIENT: f"{_CAME_BACK} A node on the way asks for a higher fee than it announced.",
    FailureCode.AMOUNT_BELOW_MINIMUM: f"{_CAME_BACK} A channel on the way does not carry amounts this small.",
    FailureCode.INCORRECT_CLTV_EXPIRY: _CLOCKS,
    FailureCode.EXPIRY_TOO_SOON: _CLOCKS,
    FailureCode.EXPIRY_TOO_FAR: _CLOCKS,
    FailureCode.REQUIRED_NODE_FEATURE_MISSING: _LACKS_FEATURE,
    FailureCode.REQUIRED_CHANNEL_FEATURE_MISSING: _LACKS_FEATURE,
    FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS: f"{_CAME_BACK} {_REFUSED}",
    FailureCode.FINAL_INCORRECT_CLTV_EXPIRY: _ALTERED,
    FailureCode.FINAL_INCORRECT_HTLC_AMOUNT: _ALTERED,
    FailureCode.MPP_TIMEOUT: f"{_CAME_BACK} Not all parts reached the recipient in time.",
    FailureCode.INVALID_ONION_VERSION: _MADE_OF_LAYERS,
    FailureCode.INVALID_ONION_HMAC: _MADE_OF_LAYERS,
    FailureCode.INVALID_ONION_KEY: _MADE_OF_LAYERS,
    FailureCode.INVALID_ONION_PAYLOAD: _MADE_OF_LAYERS,
    FailureCode.INVALID_ONION_BLINDING: _MADE_OF_LAYERS,
}


def sentence_for_failure(code: int | None) -> str:
    """
    What a BOLT 4 failure code means for this try; None is a reply that could not be read.

    >>> sentence_for_failure(0x100C)
    'This try came back. A node on the way asks for a higher fee than it announced.'
    """
    if code is None:
        return f"{_CAME_BACK} The reply was garbled, so nobody can say which node failed."
    if code not in _FAILURES:
        return f"{_CAME_BACK} A node gave a reason that this app does not know (code {code})."
    return _FAILURES[FailureCode(code)]


_LOCAL_FAILURES = {
    LocalFailure.NOT_USABLE: "Our own channel on this route is being opened or closed.",
    LocalFailure.PEER_OFFLINE: "The node at the other end of our own channel is offline.",
    LocalFailure.TOO_MANY_HTLCS: "Our own channel has as many payments under way as it can hold.",
    LocalFailure.BELOW_MINIMUM: "The amount is smaller than our own channel may carry.",
    LocalFailure.ABOVE_LIMIT: "The amount is more than our own channel could still carry beside what is under way.",
    LocalFailure.DUST_EXPOSURE: "Our own channel carries as many tiny amounts as we are ready to risk.",
}


def sentence_for_local_failure(reason: LocalFailure) -> str:
    """
    Why a try ended on our own side. Unless the chain had to give it back, nothing of it ever left.

    >>> sentence_for_local_failure(LocalFailure.PEER_OFFLINE)
    'This try did not leave. The node at the other end of our own channel is offline.'
    """
    if reason is LocalFailure.ON_CHAIN:
        return f"{_CAME_BACK} Our own channel was closed meanwhile, and the chain gave the money back."
    return f"This try did not leave. {_LOCAL_FAILURES[reason]}"


def failure_name(code: int | None) -> str:
    """
    BOLT 4's name of a failure code, the number when it has none, nothing for None.

    >>> failure_name(0x100C), failure_name(99), failure_name(None)
    ('fee_insufficient', 'code_99', '')
    """
    if code is None:
        return ""
    return FailureCode(code).bolt_name if code in _FAILURES else f"code_{code}"


class Words(Struct, frozen=True, kw_only=True):
    """headline: where the money is. explanation: what happened, and what to do."""

    headline: str
    explanation: str


_STATUS_WORDS = {
    PaymentStatus.CHECKING: Words(headline="No money has left yet.", explanation="The amount is set aside while a route is looked for."),
    PaymentStatus.SENDING: Words(headline="The payment is on its way.", explanation="Its money is set aside until the answer is here."),
    PaymentStatus.STOPPING: Words(
        headline="No new try will be made.", explanation="What is out already may still arrive; the money is set aside until that is known."
    ),
    PaymentStatus.HELD: Words(
        headline="The money is on its way and nobody has answered yet.",
        explanation="A node on the way or the recipient holds it. Do not pay again: it can still arrive, and it cannot get lost.",
    ),
    PaymentStatus.PAID: Words(headline="Paid.", explanation="The recipient has shown the proof of payment."),
}
_NOTHING_LEFT = "No money left your account."
_NO_OTHER_ROUTE = (
    "What was tried has come back, and there is no other route within the fee limit. Try again in a while, or read the invoice again to "
    "see what would go now."
)
_REASONS = {
    PaymentFailureReason.RECIPIENT_REJECTED: _REFUSED,
    PaymentFailureReason.USER_ABANDONED: "You stopped this payment, and everything that was out has come back.",
    PaymentFailureReason.RETRIES_EXHAUSTED: "Several routes were tried and none worked; every try has come back. Try again in a while.",
    PaymentFailureReason.PAYMENT_EXPIRED: "The invoice ran out before a route worked. Ask for a new one.",
    PaymentFailureReason.ROUTE_NOT_FOUND: (
        "There was no route for this amount within the fee limit. Read the invoice again to see which limit is in the way."
    ),
    PaymentFailureReason.ROUTE_CHANGED: (
        "The network changed after you chose the route, so it was not sent another way without asking you. "
        "Look at the routes that there are now."
    ),
    PaymentFailureReason.UNKNOWN_REQUIRED_FEATURES: (
        "The recipient requires a feature that this app does not have. Ask for an invoice without it."
    ),
    PaymentFailureReason.UNEXPECTED_ERROR: "Something broke on our side before anything was sent. It is safe to try again.",
}


def words_for(status: PaymentStatus, *, reason: str, is_tried: bool = False, is_stopped: bool = False) -> Words:
    """
    What a page says about a payment.

    reason        a PaymentFailureReason, read for failed payments only
    is_tried      there was at least one attempt
    is_stopped    somebody asked for no more tries
    """
    if status is PaymentStatus.FAILED:
        has_come_back = is_tried and reason == PaymentFailureReason.ROUTE_NOT_FOUND
        return Words(headline=_NOTHING_LEFT, explanation=_NO_OTHER_ROUTE if has_come_back else _REASONS[PaymentFailureReason(reason)])
    words = _STATUS_WORDS[status]
    if status is PaymentStatus.HELD and is_stopped:
        return Words(headline=words.headline, explanation=f"No new try will be made. {words.explanation}")
    return words


PAYEE_PATIENCE_S = 60
"""How long a payee waits for the rest of a payment at least. BOLT 4, Basic Multi-Part Payments"""
_ON_THE_WAY_S = 30
"""And this for the way back, before a page stops saying that it is a matter of a minute."""


def words_for_incomplete(parts: int, *, amount_msat: int, waiting_s: int, is_stopped: bool) -> Words:
    """
    What a page says while a payee waits for parts that will not come: nothing more is tried, and what is out comes back.

    parts         how many are out, with amount_msat in all
    waiting_s     seconds since the last of them was sent
    is_stopped    somebody asked for no more tries
    """
    why = "because you stopped the payment" if is_stopped else "because nothing more can be tried"
    amount = format_sat(amount_msat)
    which = f"One part of it, {amount} sat, is" if parts == 1 else f"{parts} parts of it, {amount} sat in all, are"
    what = f"{which} still out, and the rest will not follow, {why}."
    if waiting_s < PAYEE_PATIENCE_S + _ON_THE_WAY_S:
        when = "The recipient waits about a minute for a whole amount and then gives back what it has."
    else:
        when = "It takes longer than usual: a node on the way or the recipient holds it."
    return Words(headline="No new try will be made.", explanation=f"{what} {when} Do not pay again before it is back.")


def sentence_for_no_route(answer: NoRoute) -> str:
    """Why nothing can be sent now, and the least change that would help."""
    match answer.reason:
        case NoRouteReason.PAYEE_IS_US:
            return "This invoice is our own: a wallet does not pay itself."
        case NoRouteReason.OWN_BALANCE:
            return _less_can_be_sent(answer)
        case NoRouteReason.FEE_LIMIT:
            return f"There is a route, but it costs {format_sat(answer.needed_fee_msat or 0)} sat, which is more than the fee limit."
        case NoRouteReason.CLTV_LIMIT:
            return "There is a route, but it could lock the money for more than a week. Try again later."
        case NoRouteReason.PATH_LENGTH:
            return "There is a route, but it has more steps than a payment can take."
        case NoRouteReason.CHANNELS_FAILED:
            return "Every route leads through channels that have just failed. Try again in a while."
        case NoRouteReason.RECIPIENT_UNKNOWN:
            return "The recipient is not on our map of the network, and the invoice names no way in. Ask for an invoice with route hints."
        case NoRouteReason.RECIPIENT_UNREACHABLE_AMOUNT | NoRouteReason.NO_PATH:
            return _less_would_go(answer)


def _less_can_be_sent(answer: NoRoute) -> str:
    if not answer.largest_amount_msat:
        return "Our channels can send nothing to this recipient now. Receive something first, or open a channel."
    amount = format_sat(answer.largest_amount_msat)
    if answer.is_cut_short:
        return f"Our channels cannot send that much to this recipient now; {amount} sat or more would go."
    return f"At most {amount} sat can be sent to this recipient from our channels now."


def _less_would_go(answer: NoRoute) -> str:
    if answer.largest_amount_msat:
        more = " or more" if answer.is_cut_short else ""
        return f"No route carries this amount now; {format_sat(answer.largest_amount_msat)} sat{more} would get through."
    return "We know no route to this recipient. Try again later, or ask the recipient for another invoice."


_TESTS = {
    "asked": "The test is on its way. Nothing is paid by it.",
    "reached": "The test reached the recipient: this route would carry {amount} sat now. Nothing was paid.",
    "stopped": "The test did not reach the recipient. Nothing was paid; a payment would try other routes by itself.",
}
_PROBE_REFUSALS = {
    ProbeSendFailure.PATH_TOO_SHORT: (
        "The recipient is at the other end of our own channel, so there is nothing to test: what our own channel can carry is known."
    ),
    ProbeSendFailure.ONION_PACKET_SIZE_EXCEEDED: "The route is too long to be tested.",
    ProbeSendFailure.ROUTE_NOT_FOUND: "There is no route for this amount within the fee limit now.",
    ProbeSendFailure.CHANNEL_REFUSED: "Our own channel could not take the test just now.",
}


def words_for_test(state: str, *, amount_msat: int) -> str:
    """
    How a test of a route stands; state: asked, reached or stopped.

    >>> words_for_test("asked", amount_msat=1_000)
    'The test is on its way. Nothing is paid by it.'
    """
    return _TESTS[state].format(amount=format_sat(amount_msat))


def sentence_for_probe_refusal(reason: ProbeSendFailure) -> str:
    """Why a test, or a part of it, was not sent."""
    return _PROBE_REFUSALS[reason]


def sentence_for_stopped_probe(code: int | None, local_failure: LocalFailure | None) -> str:
    """
    Why a test came back from the way: as for a try, in the words of a test.

    >>> sentence_for_stopped_probe(0x100C, None)
    'A node on the way asks for a higher fee than it announced.'
    """
    sentence = sentence_for_failure(code) if local_failure is None else sentence_for_local_failure(local_failure)
    return sentence.removeprefix(f"{_CAME_BACK} ")


def sentence_for_refused_invoice(code: str) -> str:
    """Why our node did not make an invoice; empty when nothing was refused."""
    return f"Your node did not make this invoice ({code.replace('_', ' ')}). Ask for another one." if code else ""


def sentence_for_refused_request(code: str) -> str:
    """Why there is no invoice; empty when nothing was refused."""
    return f"The shop's node did not make this invoice ({code.replace('_', ' ')}). Ask for another one." if code else ""
