"""
What the words in the records mean, for somebody who knows bookkeeping and not Lightning: the one table.

Each state is said as what it means for the money. A test compares the tables with the words that there are: a new one without a sentence
fails it.
"""

from __future__ import annotations

from collections.abc import Mapping

from payments.access.roles import ROLE_PERMISSIONS, Role
from payments.ledger.accounts import Account
from payments.ledger.entries import EntryKind
from payments.lightning.events import PaymentFailureReason
from payments.lightning.payment.status import PaymentStatus
from payments.models import (
    ApprovalRequest,
    AttemptRecord,
    EngineCommand,
    IncomingInvoice,
    InvoiceRequest,
    NodeRecord,
    RouteTest,
    WebhookDelivery,
)
from payments.models.audit import ActorKind

PAYMENT: Mapping[str, str] = {
    PaymentStatus.CHECKING: "Nothing has left. The amount and the fee limit are set aside (held) while a way is looked for.",
    PaymentStatus.SENDING: "Money is on its way. It stays held until the payee has proved that it got it, or until all of it is back.",
    PaymentStatus.STOPPING: "Nothing new is tried. What is out already may still arrive, so the money stays held until that is known.",
    PaymentStatus.PAID: "The payee has shown the proof of payment (the preimage). This is final, and the hold was settled.",
    PaymentStatus.FAILED: "Nothing was paid and nothing is out any more. This is final, and the hold was released.",
}
REASON: Mapping[str, str] = {
    PaymentFailureReason.RECIPIENT_REJECTED: "The payee refused: the invoice was paid, cancelled or over.",
    PaymentFailureReason.USER_ABANDONED: "Somebody stopped it, and all that was out came back.",
    PaymentFailureReason.RETRIES_EXHAUSTED: "Several ways were tried and none of them worked.",
    PaymentFailureReason.PAYMENT_EXPIRED: "The invoice was over before a way worked.",
    PaymentFailureReason.ROUTE_NOT_FOUND: "There was no way for this amount within the fee limit.",
    PaymentFailureReason.ROUTE_CHANGED: "The way that somebody chose did not go any more, and no other was wanted.",
    PaymentFailureReason.UNKNOWN_REQUIRED_FEATURES: "The payee asks for something that this program cannot do.",
    PaymentFailureReason.UNEXPECTED_ERROR: "Something broke on our side before anything was sent.",
    "": "No reason: it has not failed.",
}
ATTEMPT: Mapping[str, str] = {
    AttemptRecord.State.SENT: "Promised over this path and not answered yet: this money may still arrive or come back.",
    AttemptRecord.State.SUCCEEDED: "The payee took this part.",
    AttemptRecord.State.FAILED: "This part came back whole, its fees too. It cost nothing.",
}
ENTRY: Mapping[str, str] = {
    EntryKind.OPENING: "A channel became ready to use: this much money of the node was in it at the start.",
    EntryKind.HOLD: "A payment was begun: its amount and fee limit were moved from available to held, so that nobody can spend them twice.",
    EntryKind.SETTLE: "A payment was paid: the hold ended, amount and fee are spent, and the unused rest is available again.",
    EntryKind.RELEASE: "A payment failed for good: all that was held for it became available again.",
    EntryKind.RECEIVED: "Somebody paid an invoice of this account: income.",
    EntryKind.FORWARDED: "The node passed on a payment between others and earned a fee for that.",
    EntryKind.RETURNED: "The payee proved the payment and left one part of it untaken: that part and its fee came back.",
    EntryKind.RESOLVED: "A channel was closed: what was in it is now on the chain, less what closing cost.",
    EntryKind.FUNDED: "An operator gave an account money of the house. Who and why stands in the entry.",
    EntryKind.WITHDRAWN: "An operator took money of an account back for the house. Who and why stands in the entry.",
}
ACCOUNT: Mapping[str, str] = {
    Account.AVAILABLE: "An asset: money in our channels that is promised to nobody.",
    Account.HELD: "An asset: money in our channels that is set aside for payments under way.",
    Account.OVERRUN: "A loss of the house: what left our channels beyond what was set aside. Anything but zero here is an alarm.",
    Account.OPENING: "Where the money came from that was in channels at their start: the counter-account of an opening balance.",
    Account.RECEIVED: "Income: what others paid.",
    Account.FORWARDING_INCOME: "Income: fees for payments between others that the node passed on.",
    Account.PAYMENTS_MADE: "Spending: what payees got.",
    Account.FEES_PAID: "Spending: what nodes on the way kept for passing payments on.",
    Account.ON_CHAIN: "An asset: what closed channels left in outputs of our own on the Bitcoin chain.",
    Account.TRANSFERRED: "Moved between the house and an account by an operator; over all owners it sums to zero.",
    Account.CLOSING_COST: "Spending: what closing channels took in fees and in amounts too small to claim.",
}
INCOMING: Mapping[str, str] = {
    IncomingInvoice.State.REQUESTED: "Asked for; the node is about to make it. Nobody can pay it yet.",
    IncomingInvoice.State.OPEN: "Can be paid until it expires. Whether it has is a matter of the clock: see when it expires.",
    IncomingInvoice.State.PAID: "Somebody paid it, and the money is in the account's books.",
    IncomingInvoice.State.CANCELLED: "Taken back before it was paid: the node refuses payments for it.",
    IncomingInvoice.State.REFUSED: "The node did not make it. Nobody could ever pay it.",
}
APPROVAL: Mapping[str, str] = {
    ApprovalRequest.State.WAITING: "A second person must decide. Nothing is held and nothing is sent; past its time it counts as expired.",
    ApprovalRequest.State.APPROVED: "Another person than the one who asked approved it, and the payment was begun with that.",
    ApprovalRequest.State.REJECTED: "Another person said no. Nothing was held or sent.",
    ApprovalRequest.State.WITHDRAWN: "Who asked took it back. Nothing was held or sent.",
    ApprovalRequest.State.EXPIRED: "Nobody decided in time. Nothing was held or sent.",
}
_SHOP_INVOICE: Mapping[str, str] = {
    InvoiceRequest.State.REQUESTED: "Asked for; the shop's node is about to make it.",
    InvoiceRequest.State.MADE: "A shop of the sandbox made it. This is no claim of ours: it is theirs on whoever pays.",
    InvoiceRequest.State.REFUSED: "The shop's node did not make it.",
}
_ROUTE_TEST: Mapping[str, str] = {
    RouteTest.State.ASKED: "Asked for; nothing was sent yet.",
    RouteTest.State.SENT: "Test messages were sent that nobody can be paid with. What became of them stands below.",
    RouteTest.State.REFUSED: "Nothing was sent.",
}
_COMMAND: Mapping[str, str] = {
    EngineCommand.State.QUEUED: "Waits for the node's program.",
    EngineCommand.State.DONE: "Done by the node's program.",
    EngineCommand.State.REFUSED: "Refused: nothing was done.",
}
_DELIVERY: Mapping[str, str] = {
    WebhookDelivery.State.WAITING: "On its way, or to be tried again.",
    WebhookDelivery.State.DELIVERED: "The other side said that it has it.",
    WebhookDelivery.State.GIVEN_UP: "Tried as often as is sensible, and never taken.",
}
_NODE: Mapping[str, str] = {
    NodeRecord.Role.OWN: "The node whose money these books are about.",
    NodeRecord.Role.SHOP: "Somebody of the sandbox who can be paid.",
    NodeRecord.Role.ROUTING: "Somebody of the sandbox who passes payments on.",
}
_ACTOR: Mapping[str, str] = {
    ActorKind.PERSON: "Somebody who was signed in.",
    ActorKind.VISITOR: "Somebody who was not signed in.",
    ActorKind.API_KEY: "A program with a key of the account.",
    ActorKind.COMMAND_LINE: "Somebody at the server's command line.",
    ActorKind.ENGINE: "The node's program by itself.",
}
ROLE: Mapping[str, str] = {role: f"May {', '.join(sorted(ROLE_PERMISSIONS[role]))}." for role in Role}
EVENT: Mapping[str, str] = {
    "PaymentSent": "The payee showed the preimage: the payment is paid, for ever.",
    "PaymentFailed": "Nothing was paid, and nothing of this payment is out any more.",
    "RouteDecided": "The program decided by which way to pay, or that there is none.",
    "PaymentPathStarted": "One part of a payment left over one path.",
    "PaymentPathSuccessful": "One part of a payment was taken by the payee.",
    "PaymentPathFailed": "One part of a payment came back.",
    "ProbeSuccessful": "A test reached the payee. Tests pay nothing.",
    "ProbeFailed": "A test came back from somewhere on the way. Tests pay nothing.",
    "PaymentClaimable": "All of a payment to us is here; it is ours only when it is claimed.",
    "PaymentClaimed": "A payment to us is ours.",
    "PaymentForwarded": "A payment between others went through us, and we earned its fee.",
    "FundingGenerationReady": "A channel of ours may be paid in.",
    "DiscardFunding": "A channel did not come to be; the money meant for it is free.",
    "ChannelPending": "A channel is signed and waits for the Bitcoin chain.",
    "ChannelReady": "A channel can carry payments from now on.",
    "ChannelClosed": "A channel carries no more payments.",
    "SpendableOutputs": "Money that was in a channel is ours on the Bitcoin chain.",
    "ChannelResolved": "Nothing is left to be done for a channel that was closed.",
}

MEANINGS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("paymentrecord", "status"): PAYMENT,
    ("paymentrecord", "reason"): REASON,
    ("attemptrecord", "state"): ATTEMPT,
    ("ledgerentry", "kind"): ENTRY,
    ("ledgerposting", "account"): ACCOUNT,
    ("accountbalance", "account"): ACCOUNT,
    ("incominginvoice", "state"): INCOMING,
    ("approvalrequest", "state"): APPROVAL,
    ("invoicerequest", "state"): _SHOP_INVOICE,
    ("routetest", "state"): _ROUTE_TEST,
    ("enginecommand", "state"): _COMMAND,
    ("engineevent", "kind"): EVENT,
    ("webhookdelivery", "state"): _DELIVERY,
    ("noderecord", "role"): _NODE,
    ("auditrecord", "actor"): _ACTOR,
    ("membership", "role"): ROLE,
    ("rolelimit", "role"): ROLE,
    ("invitation", "role"): ROLE,
}
"""By the model's and the column's name."""
