"""
Every refusal in one sentence for people: what is wrong, where, and what to do about it.

The table is looked up by class, then by the classes above it, so a whole branch can share one sentence where a person could not tell its
leaves apart (what a peer did wrong, bit by bit, is for the log). Facts are put in as people write them: amounts in satoshi, places counted
from 1, times in UTC. A test walks all leaves and demands a sentence.
"""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import UTC, datetime
from enum import Enum

from payments.lightning.channel import closing_errors as closing
from payments.lightning.channel import opening_errors as opening
from payments.lightning.channel.errors import ChannelError
from payments.lightning.channel.raw_transactions import TransactionMalformed
from payments.lightning.crypto.bech32 import NotBech32
from payments.lightning.crypto.errors import SecretDoesNotFit
from payments.lightning.errors import LightningError
from payments.lightning.graph import errors as graph
from payments.lightning.invoice import errors as invoice
from payments.lightning.onion.errors import OnionError, OnionTooLong
from payments.lightning.peer import PeerNeedsUnknownFeature, PeerOnAnotherChain, PeerSpokeBeforeInit
from payments.lightning.transport.errors import TransportError
from payments.lightning.units import format_sat
from payments.lightning.wire.errors import WireError
from payments.nodes import errors as nodes
from payments.queries import errors as queries
from payments.sandbox import errors as sandbox
from payments.services import account_errors as accounts
from payments.services import api_errors as keys
from payments.services import approval_errors as approvals
from payments.services import errors as services
from payments.services import invitation_errors as invitations
from payments.services import rate_errors as rates
from payments.services import receipt_errors as receipts
from payments.services import saved_filters
from payments.services import spending_errors as spending
from payments.services.webhooks import errors as webhooks

_ASK_AGAIN = "Ask the recipient for a new invoice."
_COPY_AGAIN = "Copy the whole invoice again."

_SENTENCES: dict[type[LightningError], str] = {
    # Merchant accounts
    accounts.UnknownAccount: "There is no such account.",
    accounts.AccountExists: "There is an account with the short name “{slug}” already: choose another.",
    accounts.AccountWishMalformed: (
        "This cannot be the {field} of an account: a name has up to 80 letters, a short name up to 40 small letters, digits and hyphens, "
        "a currency three capital letters, like EUR, or nothing."
    ),
    accounts.HouseStaysOpen: "The house is the node's own account: it is never closed, and money is moved between it and the others.",
    accounts.AmountNotPositive: "Write how much to move: at least 1 sat.",
    accounts.ReasonMissing: "Say why, in up to {limit} letters: it stands in the ledger for ever.",
    accounts.MovementIdMalformed: "This form is not as we made it, so nothing was moved. Open the page again.",
    accounts.MovementIdTaken: "This form was used for another movement, so nothing was moved now. Open the page again.",
    accounts.NotEnoughToMove: "Nothing was moved: {giver} has {available_msat} available, and {needed_msat} are needed.",
    accounts.UnknownPerson: "Nobody here has the name “{name}”.",
    accounts.MemberAlready: "There is nothing to add: “{name}” belongs to this account already, as {role}.",
    accounts.UnknownMember: "This person does not belong to the account any more.",
    accounts.LastOwner: "This is the last owner: make somebody else an owner first.",
    # What was pasted
    invoice.NothingPasted: "There is nothing to read yet: paste an invoice.",
    invoice.NotAnInvoice: "This is not a Lightning invoice; an invoice begins with “lnbc”, or with “lnbcrt” in the sandbox.",
    invoice.InvisibleCharacter: "Character {position} of the text is invisible ({character}): type or copy the invoice without it.",
    invoice.SpaceInside: "There is a space or line break at character {position}: an invoice is one word, so join its parts.",
    invoice.TwoInvoices: "There is more than one invoice here: paste only the one to pay.",
    invoice.LnurlPasted: "This is an LNURL, a link to a service that hands out invoices; open it and paste the invoice that it gives.",
    invoice.OfferPasted: "This is a BOLT 12 offer, which this app cannot pay yet; ask for an invoice that begins with “lnbc”.",
    invoice.Bolt12MessagePasted: "This is a BOLT 12 message ({prefix}), not an invoice for people; ask for one that begins with “lnbc”.",
    invoice.OnChainAddressPasted: "This is an on-chain bitcoin address, and this wallet pays over Lightning; ask for a Lightning invoice.",
    invoice.LightningAddressPasted: "This is a Lightning address, a name and not an invoice; ask its owner for an invoice.",
    invoice.NodeKeyPasted: "This is the key of a node, which asks for no payment; ask its owner for an invoice.",
    invoice.UriMalformed: "The link around the invoice is broken at its part “{part}”: paste the invoice alone.",
    invoice.UriRequirementUnknown: "The link asks for “{name}”, which this app does not know, so do not pay it; ask for a plain invoice.",
    invoice.UriAmountDisagrees: (
        "The link says {uri_amount_msat} and the invoice in it {invoice_amount_msat}: do not pay before the recipient has explained this."
    ),
    # The text of the invoice
    invoice.TooLong: "The text has {length} characters, and no invoice has more than {limit}: paste only the invoice.",
    invoice.TooShort: f"The invoice breaks off after {{length}} characters. {_COPY_AGAIN}",
    invoice.CharacterNotAllowed: f"Character {{position}} ({{character}}) cannot stand in an invoice. {_COPY_AGAIN}",
    invoice.MixedCase: f"Capital and small letters are mixed from character {{position}} on, which no invoice does. {_COPY_AGAIN}",
    invoice.NoSeparator: f"The beginning of the invoice is missing. {_COPY_AGAIN}",
    invoice.ChecksumMismatch: f"The check digits do not match: part of the invoice is missing or mistyped. {_COPY_AGAIN}",
    NotBech32: f"The text does not have the form of an invoice. {_COPY_AGAIN}",
    invoice.UnknownPrefix: "An invoice that begins with “{prefix}” is for a network that this app does not know.",
    invoice.AmountMalformed: f"The amount in the invoice (“{{amount}}”) is not a number. {_ASK_AGAIN}",
    invoice.AmountZero: "The amount must be more than nothing.",
    invoice.AmountTooFine: f"The amount in the invoice (“{{amount}}”) is finer than one millisatoshi and cannot be paid. {_ASK_AGAIN}",
    invoice.AmountTooLarge: "The amount is more bitcoin than will ever exist ({limit_msat}).",
    invoice.FieldMissing: f"The invoice lacks its {{field}}, without which it cannot be paid safely. {_ASK_AGAIN}",
    invoice.FieldTruncated: f"The {{field}} of the invoice, at character {{position}}, breaks off. {_COPY_AGAIN}",
    invoice.FieldNotMinimal: f"The {{field}} of the invoice, at character {{position}}, is not written as it must be. {_ASK_AGAIN}",
    invoice.FieldTooLong: "The {field} does not fit into an invoice: make it shorter.",
    invoice.DescriptionTooLong: "The description takes {length_bytes} bytes, and an invoice has room for {limit_bytes}: make it shorter.",
    invoice.DescriptionNotText: f"The description in the invoice is not readable text from its byte {{byte_position}} on. {_ASK_AGAIN}",
    invoice.BothDescriptions: f"The invoice says in two different ways what it is for. {_ASK_AGAIN}",
    invoice.FinalCltvTooLarge: "The recipient wants the money locked for more than {limit_blocks} blocks, which is longer than we allow.",
    invoice.RouteHintTruncated: f"The way in that the invoice names, at character {{position}}, breaks off. {_ASK_AGAIN}",
    invoice.FieldNotAPoint: f"The {{field}} of the invoice, at character {{position}}, names a node that cannot exist. {_ASK_AGAIN}",
    invoice.UnknownRequiredFeature: "The invoice requires a feature that this app does not have (bit {bit}). Ask for one without it.",
    invoice.FeatureDependencyMissing: f"The invoice offers {{feature}} without {{needs}}, which it needs. {_ASK_AGAIN}",
    invoice.RecoveryIdOutOfRange: f"The signature of the invoice is malformed: do not pay. {_ASK_AGAIN}",
    invoice.SignatureNotRecoverable: f"Nobody can have signed this invoice: do not pay. {_ASK_AGAIN}",
    invoice.SignatureHighS: f"The signature of the invoice may have been altered by somebody else: do not pay. {_ASK_AGAIN}",
    invoice.SignatureMismatch: f"The recipient named in the invoice did not sign it: do not pay. {_ASK_AGAIN}",
    # What is readable, but not payable
    invoice.WrongNetwork: "This is an invoice for {found}, and this wallet is on {ours}: it cannot be paid from here.",
    invoice.InvoiceExpired: f"The invoice ran out at {{expired_at_s}}. {_ASK_AGAIN}",
    invoice.SecondOpinionDisagrees: f"Two independent readers disagree about the {{field}} of this invoice: do not pay. {_ASK_AGAIN}",
    queries.AmountMissing: "The invoice leaves the amount to you: say how much to pay.",
    queries.AmountDiffers: "The invoice asks for {asked_msat} and not for {given_msat}: pay what it asks.",
    queries.FeeLimitNegative: "The fee limit cannot be below zero.",
    queries.ChosenRouteNotOurs: "The route in this form is not one that we showed for this invoice, so nothing was sent. Read it again.",
    queries.ChosenRouteGone: "The network has changed since you looked: that route does not go any more. Nothing was sent; choose again.",
    # What the app refuses
    services.BalanceTooSmall: (
        "There is not enough money: the payment and its fee limit need {needed_msat}, and {balance_msat} is available. Nothing was paid."
    ),
    services.PaymentIdMalformed: "The payment has no proper id, so nothing was paid. Read the invoice again.",
    services.PaymentIdTaken: "The payment has an id that is in use, so nothing was paid. Read the invoice again.",
    services.PaidByAnotherAccount: (
        "This invoice is being paid, or was paid, from this node already, by another account. Nothing was paid from yours."
    ),
    services.PaysItself: "This is an invoice of the account that would pay it: the money is there already, so nothing was paid.",
    services.InvoiceNotOpen: "The invoice is {state}, so this cannot be done with it.",
    services.UnknownInvoice: "There is no such invoice in this account.",
    services.AccountClosed: "The account is closed: nothing new is begun with it. What is under way comes to its end.",
    # What the account's rules stand against
    spending.NotAMember: "You do not belong to the account “{account_name}”, so nothing was paid from it. Its owners can invite you.",
    spending.RoleCannotPay: "Your role in “{account_name}” is {role}, which does not pay, so nothing was paid. Its owners can change it.",
    spending.KeyNotInForce: "This API key has been revoked, or belongs to another account, so nothing was paid.",
    spending.AbovePaymentLimit: "With its fee limit this is {needed_msat}, and your role may spend {limit_msat} in one payment.",
    spending.AboveDayLimit: (
        "With its fee limit this is {needed_msat}. Your role may spend {limit_msat} in 24 hours, and {left_msat} of that is left now."
    ),
    spending.ApprovalNeeded: (
        "With its fee limit this is {needed_msat}: from {threshold_msat} on somebody else of the account has to approve."
    ),
    approvals.ApprovalNotNeeded: (
        "No rule of the account asks for approval of {needed_msat} now, so nothing was done: it can be paid at once."
    ),
    approvals.ApprovalWaits: "Approval of this invoice is asked for already. Look under Approvals; nothing more was asked for.",
    approvals.InvoiceHasPayment: "This invoice is being paid or was paid already, so nothing more was done. Look under Payments.",
    approvals.UnknownApproval: "Nobody asked for this approval in your accounts.",
    approvals.ApprovalChanged: "What would be paid is not what was shown to you, so nothing was approved. Look at it again.",
    approvals.ApprovalDecided: "Somebody was faster: this is {state} already, and nothing more was done.",
    approvals.ApprovalExpired: "The time for a decision was over at {expired_at_s}, so nothing was done. It can be asked for again.",
    approvals.OwnRequest: "You asked for this yourself, so somebody else has to decide about it. You can take it back.",
    approvals.CannotApprove: "Your role in “{account_name}” does not decide about payments, so nothing was done.",
    approvals.NotYourRequest: "Only who asked for this can take it back.",
    approvals.AskerCannotPay: "Who asked for this, {asked_by}, may not pay for this account any more, so nothing was paid.",
    approvals.AskerAboveLimit: (
        "With its fee limit this is {needed_msat}, and {asked_by}, who asked for it, may spend {left_msat} now. Nothing was paid."
    ),
    keys.KeyNameMissing: "Give the key a name, so that somebody who finds it in the list later knows what uses it.",
    keys.ScopesMissing: "Choose at least one thing that the key may do.",
    keys.UnknownApiKey: "There is no such key in this account.",
    webhooks.WebhookUrlMalformed: (
        "This is no address that can be called: write https://host/path, in plain letters (a name with others as xn--…) and without a "
        "user name."
    ),
    webhooks.WebhookPortRefused: "Port {port} is not called: use 443, 80, 8443 or 8080.",
    webhooks.TooManyWebhooks: "An account has at most {limit} webhooks. Stop one that is not needed any more.",
    webhooks.UnknownWebhook: "There is no such webhook in this account.",
    webhooks.WebhookStopped: "This webhook was stopped and gets nothing any more. Add it again.",
    webhooks.WebhookHostUnknown: "No machine is known under the name {host}.",
    webhooks.WebhookHostPrivate: (
        "The name {host} leads into a private network, which is not called. Whoever runs this installation can allow it by a setting."
    ),
    webhooks.WebhookUnreachable: "Nobody answered there, or the line broke.",
    webhooks.WebhookTimedOut: "There was no answer within {limit_s} seconds.",
    webhooks.WebhookCertificateRefused: "The certificate that was shown there is not that of this address, or not to be believed.",
    webhooks.WebhookAnswerMalformed: "What came back was no answer that we understand.",
    webhooks.WebhookAnsweredNo: "The answer was {status}, and only 200 to 299 says that it was taken. Redirects are not followed.",
    keys.IdempotencyKeyMissing: (
        "Send an “Idempotency-Key” header with a name of your own for this payment: repeated with it, the request pays once."
    ),
    keys.IdempotencyKeyMalformed: "An “Idempotency-Key” is 1 to 100 printable ASCII characters, without blanks at its ends.",
    keys.IdempotencyKeyReused: "This “Idempotency-Key” was used for another request. Nothing was paid: use a new one.",
    receipts.NotPaidYet: "Only what is paid has a receipt.",
    receipts.ReceiptMalformed: "This is no receipt, or not to the letter as receipts are written, or the key is no public key.",
    receipts.ReceiptAltered: "This receipt was changed: its digest is not that of what it says.",
    receipts.ReceiptForged: "The signature of this receipt is not this key's: it was changed, or another installation gave it.",
    receipts.ReceiptContradicts: "This receipt contradicts itself: its {field} does not follow from the rest.",
    saved_filters.FilterNotKept: "A search is kept under a name of at most 40 letters, at most {limit} of them, and not the longest ones.",
    rates.RateMalformed: (
        "This is no rate, “{currency}” at “{price}”: write a currency in three capital letters, and what one bitcoin costs like 58000.12."
    ),
    rates.RateFileMalformed: (
        "Line {line} of this file is not one of rates. The first line says currency,valid_from,price; the others are like "
        "EUR,2026-01-31T12:00:00Z,58000.12. Nothing of it was taken."
    ),
    services.UnknownPayment: "There is no payment with the id {payment_id}.",
    services.UnknownChannelPeer: "No node of the sandbox that a channel could be opened with is called “{slug}”.",
    services.ChannelWishMalformed: "A channel holds something, and no more of it can be given away than it holds.",
    services.UnknownChannel: "There is no channel of ours with the id “{channel}”.",
    services.UnknownShop: "There is no shop called “{slug}”: `manage.py sandbox_nodes` lists them.",
    services.ExpiryOutOfRange: "An invoice can be valid for {least_s} to {limit_s} seconds, not for {expiry_s}.",
    nodes.EngineAlreadyRunning: "The engine is already running ({holder}), and there can be only one: stop that one first.",
    nodes.StoredStateUnreadable: (
        "The stored state of the engine ({namespace}) cannot be read by this version: put a backup back, or begin with a new state folder."
    ),
    nodes.EngineDeposed: "Another engine has taken over, so this one has stopped and written nothing more.",
    nodes.NodeSecretMismatch: "The database belongs to another node secret: restore the state folder that was made with it.",
    nodes.ListenRefused: "Peers cannot be served at {host}, port {port} ({reason}): choose another address in LNWEB_LISTEN.",
    nodes.DatabaseNotDurable: (
        "With LNWEB_LISTEN the database must keep every commit through a power failure, but {setting} is {value}: "
        "make it {needed}, or leave LNWEB_LISTEN empty."
    ),
    # Invitations
    invitations.InvitationUnknown: "There is no such invitation. Was the whole link copied?",
    invitations.InvitationUsed: "This invitation was used already; an invitation works once. If it was not you, tell whoever invited you.",
    invitations.InvitationRevoked: "This invitation was taken back. Ask whoever invited you for another.",
    invitations.InvitationRanOut: "This invitation ran out at {expired_at_s}. Ask whoever invited you for another.",
    invitations.InvitationForAnother: (
        "This invitation is for {email}, which is not an address of the person who is signed in. "
        "Sign out and open the link again, or add the address under “Your security”."
    ),
    invitations.AlreadyMember: "Whoever has the address {email} belongs to this account already.",
    invitations.AddressHasOwner: "Somebody with the address {email} is here already: sign in first, then open the link again.",
    invitations.UsernameTaken: "Somebody else has this name already: choose another.",
    invitations.TooManyInvitations: "There are {limit} open invitations to this account, which is the most: take some back first.",
    invitations.MailNotSent: "The mail server did not take the letter to {email}, so the invitation was taken back. Try again later.",
    # Files with a map of the network
    graph.MapFormatUnknown: (
        "This is no map of the network: give what “lncli describegraph” or “lightning-cli listchannels” prints, or Rapid Gossip Sync data."
    ),
    graph.MapVersionUnknown: "This is a map in the form {source_format}, version {version}, which this app cannot read.",
    graph.MapTruncated: "The file breaks off after {size_bytes}: fetch the map again; the one in use is unchanged.",
    graph.MapTooLarge: "The file holds more than {limit_bytes}, and no map of the network does; the one in use is unchanged.",
    graph.MapUnreadable: "The file looks like {source_format}, but makes no sense at {place}; the map in use is unchanged.",
    graph.MapHoldsChangesOnly: "This file only says what changed since another one; fetch the whole map, that from timestamp 0.",
    graph.MapHasNoChannels: "No channel in this file could be on a map, so the map in use is unchanged.",
    graph.MapDamaged: "The stored map is damaged: import the file again with manage.py import_graph.",
    services.MapFileUnreachable: "The file {path} cannot be used ({reason}); the map in use is unchanged.",
    services.MapOfAnotherChain: "The file says itself of which chain its map is, and that is not {network}; the map in use is unchanged.",
    services.NodeNotOnMap: "No node on this map has the key or name “{text}”; the map in use is unchanged.",
    # The audit log
    services.FileUnusable: "The file {path} cannot be used ({reason}).",
    services.AuditHeadMalformed: "This is no head of an audit log as export_audit_head writes it, or the key is no public key.",
    services.AuditHeadForged: "The signature of this head is not this key's: it was changed, or another installation wrote it.",
    services.AuditHeadDisagrees: (
        "The newest row of the audit log is {sequence} and its head says {head_sequence}, so nothing was signed: run verify_audit."
    ),
    # How the sandbox is laid out
    sandbox.NetworkSizeOutOfRange: "A sandbox can have {least} to {limit} nodes, not {nodes}.",
    sandbox.MapTooSmall: "The map is too small for a sandbox of {nodes} nodes: {limit} is the most that can be laid out after it.",
    services.NoMapForSandbox: "There is no map to lay the sandbox out after: name one with --graph, or run manage.py import_graph first.",
    services.SandboxStands: (
        "The sandbox of this state folder has {standing} nodes and stays as it was built: leave --nodes out, or set LNWEB_STATE_DIR "
        "to a new folder for one with {nodes}."
    ),
    # What peers do wrong; nothing that a person could do about it
    WireError: "A peer sent a message that breaks the Lightning specification, and it was not followed.",
    graph.GossipError: "A peer sent news of the network that does not prove what it says, and it was not believed.",
    ChannelError: "A peer broke the rules of a channel that it has with us, and the channel is used no more.",
    opening.OpeningError: "The two sides could not agree on the new channel, so it was not opened; nothing was spent on it.",
    opening.PeerNotConnected: "There is no connection to this node now, so no channel can be opened with it; try again when it is there.",
    opening.CapacityOutOfRange: "A channel with this node may hold from {minimum_sat} to {maximum_sat} satoshi.",
    opening.PushAboveCapacity: "More would be given away than is put into the channel: choose a smaller gift.",
    opening.OpeningRefused: "The other node does not want this channel; it said: {text}.",
    closing.ChannelNotInUse: "This channel cannot be closed together: it is not ready yet, or it is being closed already.",
    closing.ClosedOnOurOwn: "The channel was closed without its other side; what is ours comes back over the chain.",
    closing.ClosingError: "The other side broke the rules of closing a channel together, so the chain decides.",
    TransactionMalformed: "What should be a transaction cannot be read, so it was not used.",
    SecretDoesNotFit: "A peer showed a secret that does not fit its earlier ones, and the channel is used no more.",
    PeerNeedsUnknownFeature: "The peer requires a feature that this app does not have (bit {bit}), so we do not talk to it.",
    PeerOnAnotherChain: "The peer is on another network than we are, so we do not talk to it.",
    PeerSpokeBeforeInit: "The peer did not introduce itself first, so we do not talk to it.",
    TransportError: "The other end of a connection could not prove who it is or what it said, so the connection was ended.",
    services.UnknownScenario: "There is no scenario called “{slug}”. Choose one from the list.",
    nodes.UnknownFault: "There is no fault called “{name}”; there are: {names}.",
    nodes.FaultMalformed: "The fault “{name}” cannot be set like this. Its settings: {settings}.",
    nodes.UnknownNode: "There is no node called “{slug}” in the sandbox: `manage.py sandbox_nodes` lists them.",
    nodes.OwnNodeUntouched: "Our own node plays no faults: its money is in the ledger. Choose another node.",
    nodes.NoSuchChannel: "There is no channel between {node} and {peer}, so nothing can go wrong in it.",
    nodes.BlocksOutOfRange: "The chain can grow by 1 to {limit_blocks} blocks at once, not by {blocks}.",
    nodes.PeerUnreachable: "Nobody answers at {host}, port {port}: check the peer's address.",
    nodes.HandshakeTimedOut: "The peer did not prove in time who it is, so the connection was ended.",
    nodes.FrameTimedOut: "The peer stopped in the middle of a message, so the connection was ended.",
    nodes.PeerReadsTooSlowly: "The peer does not read what is sent to it, so the connection was ended.",
    nodes.TooManyLines: "As many peers are connected as this node serves ({limit}): try again later.",
    nodes.LineReplaced: "The peer has connected anew, and the older connection was ended.",
    nodes.LineCut: "The peer has ended the connection.",
    nodes.LineClosed: "The connection was ended on our side.",
    OnionError: "A payment reached us with instructions that we cannot read, and it was sent back.",
    OnionTooLong: "The route has more steps than a payment can take, so nothing was sent. Try again for another route.",
}


def sentence_for(error: LightningError) -> str:
    """What to tell a person. KeyError for an error of a kind that has no sentence: a test keeps that from happening."""
    template = next((_SENTENCES[kind] for kind in type(error).__mro__ if kind in _SENTENCES), None)
    if template is None:
        raise KeyError(error.code)
    return template.format_map({field.name: _write(field.name, getattr(error, field.name)) for field in fields(error)})


_INVOICE_START = re.compile(r"ln(?:bcrt|bc|tbs|tb)", re.IGNORECASE)


def place_of(error: LightningError, text: str = "") -> int | None:
    """
    The character that is to blame, counted from 0; None when no single one is.

    text    what was pasted; the invoice may begin behind a `lightning:`, and the place is then one in this text
    """
    position = getattr(error, "position", None)
    if not isinstance(position, int):
        return None
    start = None if isinstance(error, invoice.InvisibleCharacter | invoice.SpaceInside) else _INVOICE_START.search(text)
    return position + (start.start() if start else 0)


def _write(name: str, value: object) -> str:
    match value:
        case None:
            return "no amount" if name.endswith("_msat") else "nothing"
        case bool() | str():
            return str(value).replace("_", " ") if name in {"field", "feature", "needs"} else str(value)
        case Enum():
            return str(value.value)
        case bytes():
            return value.hex()
        case int() if name.endswith("_msat"):
            return f"{format_sat(value)} sat"
        case int() if name.endswith("_at_s"):
            return f"{datetime.fromtimestamp(value, tz=UTC):%H:%M UTC on %d %b %Y}"
        case int() if name.endswith("_bytes"):
            return f"{value:,} bytes"
        case int() if name == "position":
            return str(value + 1)
        case _:
            return str(value)
