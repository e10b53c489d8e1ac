"""What the app refuses on its own account: one leaf per reason, with the facts and no prose."""

from __future__ import annotations

from dataclasses import dataclass

from payments.lightning.errors import LightningError


@dataclass(eq=False, kw_only=True)
class ServiceError(LightningError):
    """The app refused what was asked of it; nothing has changed."""


@dataclass(eq=False, kw_only=True)
class BalanceTooSmall(ServiceError):
    """An account does not hold what an entry takes from it."""

    account: str
    balance_msat: int
    needed_msat: int


@dataclass(eq=False, kw_only=True)
class PaymentIdMalformed(ServiceError):
    """The name of a payment is 32 bytes in hex."""


@dataclass(eq=False, kw_only=True)
class PaymentIdTaken(ServiceError):
    """Another account has a payment of this id."""


@dataclass(eq=False, kw_only=True)
class PaidByAnotherAccount(ServiceError):
    """Another account of this node is paying this invoice, or has paid it."""


@dataclass(eq=False, kw_only=True)
class PaysItself(ServiceError):
    """An account would pay its own invoice."""


@dataclass(eq=False, kw_only=True)
class InvoiceNotOpen(ServiceError):
    """An invoice of ours was paid, cancelled or never made, so that this cannot be done with it."""

    state: str


@dataclass(eq=False, kw_only=True)
class UnknownInvoice(ServiceError):
    """The account has no invoice with this id."""


@dataclass(eq=False, kw_only=True)
class AccountClosed(ServiceError):
    """Nothing new is begun with an account that was closed."""


@dataclass(eq=False, kw_only=True)
class UnknownPayment(ServiceError):
    """No payment has this id."""

    payment_id: str


@dataclass(eq=False, kw_only=True)
class UnknownShop(ServiceError):
    """No shop of the sandbox has this name."""

    slug: str


@dataclass(eq=False, kw_only=True)
class ExpiryOutOfRange(ServiceError):
    """An invoice would be valid for too short or too long."""

    expiry_s: int
    least_s: int
    limit_s: int


@dataclass(eq=False, kw_only=True)
class UnknownScenario(ServiceError):
    """There is no story of this name."""

    slug: str


@dataclass(eq=False, kw_only=True)
class UnknownChannelPeer(ServiceError):
    """No node of the sandbox that a channel could be opened with has this name."""

    slug: str


@dataclass(eq=False, kw_only=True)
class ChannelWishMalformed(ServiceError):
    """A channel holds something, and no more of it is given away than it holds."""

    capacity_sat: int
    push_sat: int


@dataclass(eq=False, kw_only=True)
class UnknownChannel(ServiceError):
    """We have no channel with this id."""

    channel: str


@dataclass(eq=False, kw_only=True)
class MapFileUnreachable(ServiceError):
    """A file cannot be read, or the map cannot be written. `reason` is the system's."""

    path: str
    reason: str


@dataclass(eq=False, kw_only=True)
class NoMapForSandbox(ServiceError):
    """A sandbox was to be laid out after the imported map, and there is none."""


@dataclass(eq=False, kw_only=True)
class SandboxStands(ServiceError):
    """A sandbox was built already, with `standing` nodes and not with `nodes`."""

    standing: int
    nodes: int


@dataclass(eq=False, kw_only=True)
class MapOfAnotherChain(ServiceError):
    """Somebody says whose map a file is, and the file says otherwise. chain_hash[32]: what it says."""

    network: str
    chain_hash: bytes


@dataclass(eq=False, kw_only=True)
class NodeNotOnMap(ServiceError):
    """No node of the map has this key or name."""

    text: str


@dataclass(eq=False, kw_only=True)
class FileUnusable(ServiceError):
    """A file cannot be read or written. `reason` is the system's."""

    path: str
    reason: str


@dataclass(eq=False, kw_only=True)
class AuditHeadMalformed(ServiceError):
    """What should be the head of an audit log is none, or the key to check it with is none."""


@dataclass(eq=False, kw_only=True)
class AuditHeadForged(ServiceError):
    """The head of an audit log does not bear the signature that it must."""


@dataclass(eq=False, kw_only=True)
class AuditHeadDisagrees(ServiceError):
    """The newest row of the audit log is not the one that its head names."""

    sequence: int
    head_sequence: int
