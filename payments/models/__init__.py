"""The rows. Fields, constraints and indexes; what they mean stands beside them, what is done with them in services and queries."""

from __future__ import annotations

from payments.models.api import AccountEvent, ApiKey, IdempotentAnswer, Webhook, WebhookDelivery
from payments.models.approval import ApprovalRequest
from payments.models.audit import AuditHead, AuditRecord
from payments.models.change import ChangeCounter, ChangeRecord
from payments.models.decision import RouteDecision
from payments.models.engine import EngineCommand, EngineEvent, EngineLease, EngineState
from payments.models.incoming import IncomingInvoice
from payments.models.invoice import InvoiceRequest
from payments.models.ledger import AccountBalance, LedgerEntry, LedgerPosting
from payments.models.merchant import Invitation, Membership, MerchantAccount, RoleLimit
from payments.models.network import ChainRecord, ChannelRecord, FaultRecord, GossipPast, GossipRecord, NodeRecord
from payments.models.payment import AttemptRecord, PaymentRecord
from payments.models.probe import ProbeRecord, RouteTest
from payments.models.rate import RateRecord
from payments.models.saved_filter import SavedFilter

__all__ = [
    "AccountBalance",
    "AccountEvent",
    "ApiKey",
    "ApprovalRequest",
    "AttemptRecord",
    "AuditHead",
    "AuditRecord",
    "ChainRecord",
    "ChangeCounter",
    "ChangeRecord",
    "ChannelRecord",
    "EngineCommand",
    "EngineEvent",
    "EngineLease",
    "EngineState",
    "FaultRecord",
    "GossipPast",
    "GossipRecord",
    "IdempotentAnswer",
    "IncomingInvoice",
    "Invitation",
    "InvoiceRequest",
    "LedgerEntry",
    "LedgerPosting",
    "Membership",
    "MerchantAccount",
    "NodeRecord",
    "PaymentRecord",
    "ProbeRecord",
    "RateRecord",
    "RoleLimit",
    "RouteDecision",
    "RouteTest",
    "SavedFilter",
    "Webhook",
    "WebhookDelivery",
]
