"""
The chart of accounts, and the two laws that hold at every commit.

One sign for all: a posting is positive when its account gets money and negative when it gives; an entry's postings sum to zero. So accounts
inside the wallet read as what is there, accounts that money goes to read positive, accounts that money comes from read negative.

    first law    the sum of all postings is zero
    second law   available + held + overrun, of all owners = what our channels hold
                 held = the reservations (amount + fee limit) of the payments that are not finished
    third law    within an entry the postings of each owner sum to zero, so every owner's books balance on their own

Each posting stands in the books of one owner: a merchant account, or the house, which is the node itself.

"What our channels hold" counts an HTLC that we offered as ours until its preimage is known, and one that we were offered from the moment
its preimage is known: exactly when PaymentSent, PaymentClaimed and PaymentForwarded are told. Debit and credit are words of the page only.
"""

from __future__ import annotations

from enum import StrEnum

HOUSE_ID = 1
"""The owner of what belongs to no merchant: the node's own account."""


class Account(StrEnum):
    """Where money can be, come from or go to."""

    AVAILABLE = "available"
    """In our channels and promised to nobody."""
    HELD = "held"
    """In our channels and set aside for payments under way: each one's amount and fee limit."""
    OVERRUN = "overrun"
    """What left our channels beyond what was set aside: the house's loss. Below zero it is an alarm, and no merchant has paid for it."""
    OPENING = "opening"
    """What came into the channels when they were opened."""
    RECEIVED = "received"
    """What others paid us."""
    FORWARDING_INCOME = "forwarding_income"
    """What others paid us for passing their payments on."""
    PAYMENTS_MADE = "payments_made"
    """What payees got from us."""
    FEES_PAID = "fees_paid"
    """What nodes on the way kept."""
    ON_CHAIN = "on_chain"
    """What closed channels left us in outputs of our own on the chain."""
    TRANSFERRED = "transferred"
    """What an operator moved between the house and an account: positive where it went away, negative where it came in."""
    CLOSING_COST = "closing_cost"
    """What closing took in fees and dust; below zero when a peer was punished for cheating."""


CHANNELS = (Account.AVAILABLE, Account.HELD, Account.OVERRUN)
"""Together: our money in the channels."""
NEVER_NEGATIVE = (Account.AVAILABLE, Account.HELD)
"""Money that is not there cannot be promised; the database refuses it."""
