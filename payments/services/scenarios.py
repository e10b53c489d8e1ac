"""
Stories to try: what goes wrong, whom to pay meanwhile, and what to look for on the way.

Each is an ordinary payment to an ordinary shop over nodes that misbehave. Nothing decides how it ends but the nodes themselves: where a
story says what will happen, that is what happened when it was tried, on the sandbox's own map.
"""

from __future__ import annotations

from msgspec import Struct

from payments.lightning.units import MSAT_PER_SAT
from payments.nodes.fault_wish import Setting


class Trouble(Struct, frozen=True, kw_only=True):
    """A fault by name, as `set_fault` takes it."""

    name: str
    node: str
    settings: dict[str, Setting] = {}


class Scenario(Struct, frozen=True, kw_only=True):
    """One story."""

    slug: str
    title: str
    story: str
    """What goes wrong, for people who know nothing of it."""
    watch: str
    """What to look for."""
    ends: str
    """The status that it leads to, or passes through when that is the point; empty when nothing is begun."""
    troubles: tuple[Trouble, ...]
    shop: str
    amount_sat: int
    description: str
    expiry_s: int = 3_600

    @property
    def amount_msat(self) -> int:
        """What the shop asks for."""
        return self.amount_sat * MSAT_PER_SAT


SCENARIOS = (
    Scenario(
        slug="second-try",
        title="Pays at the second try",
        story="Harbour has no money left on its side of the channel to the shop. Nobody else can know that before trying.",
        watch="The first attempt breaks at Harbour and comes back. The second goes round it and arrives.",
        ends="paid",
        troubles=(Trouble(name="depleted", node="harbour", settings={"peer": "aurora-coffee"}),),
        shop="aurora-coffee",
        amount_sat=25_000,
        description="Coffee for the whole office",
    ),
    Scenario(
        slug="no-way-left",
        title="No way left",
        story="Only one line leads to the far end of the network, and the last node on it has no money left on its side.",
        watch="The one attempt comes back, no other route is left, and no money has left your account.",
        ends="failed",
        troubles=(Trouble(name="depleted", node="relay-nine", settings={"peer": "farpoint"}),),
        shop="farpoint",
        amount_sat=40_000,
        description="A night under the stars",
    ),
    Scenario(
        slug="held",
        title="A hop holds the money",
        story="Grand Junction takes a minute before it passes the payment on. It could as well be a day: nobody can tell from outside.",
        watch="After some seconds the payment is held and says not to pay again. When the minute is over, it says what became of it.",
        ends="held",
        troubles=(Trouble(name="hold", node="junction", settings={"hold_ms": 60_000}),),
        shop="beacon-books",
        amount_sat=12_000,
        description="A crate of second-hand books",
    ),
    Scenario(
        slug="refused",
        title="The recipient refuses",
        story="The shop gives back whatever it is paid, as if the order had been cancelled.",
        watch="The money reaches the shop and comes back. It is not tried again: the recipient's no is final.",
        ends="failed",
        troubles=(Trouble(name="refuse", node="cedar-cycles"),),
        shop="cedar-cycles",
        amount_sat=30_000,
        description="New brakes",
    ),
    Scenario(
        slug="expired",
        title="The invoice has run out",
        story="The shop's invoices can be paid for one second. They are out of date before anybody can press Pay.",
        watch="The invoice is read and refused before anything is sent, with the time at which it ran out.",
        ends="expired",
        troubles=(Trouble(name="expire", node="ember-bakery", settings={"expiry_s": 1}),),
        shop="ember-bakery",
        amount_sat=900,
        description="A dozen warm rolls",
    ),
    Scenario(
        slug="offline",
        title="A node is offline",
        story="Canal Street has lost every connection. The map still shows it: nobody has told the network.",
        watch="The attempt breaks in front of Canal Street. The next one goes another way.",
        ends="paid",
        troubles=(Trouble(name="offline", node="canal"),),
        shop="ember-bakery",
        amount_sat=20_000,
        description="Bread for a wedding",
    ),
    Scenario(
        slug="garbled",
        title="The answer is garbled",
        story="Summit has no money left on its side, and Northgate spoils the answers that it passes back.",
        watch="A try comes back with an answer that nobody can read, so nobody can say who failed. Others follow, and one arrives.",
        ends="paid",
        troubles=(
            Trouble(name="depleted", node="summit", settings={"peer": "granite-games"}),
            Trouble(name="garble-failure", node="northgate"),
        ),
        shop="granite-games",
        amount_sat=10_000,
        description="A board game for five",
    ),
    Scenario(
        slug="too-dear",
        title="Too dear for the fee limit",
        story="Relay Nine, the only way to the far end, asks a thousand satoshi and five per cent, and says so openly.",
        watch="The price is known before paying: it is above the limit, and the page says how much would do.",
        ends="",
        troubles=(Trouble(name="dear-fee", node="relay-nine"),),
        shop="farpoint",
        amount_sat=15_000,
        description="A star chart",
    ),
    Scenario(
        slug="stale-fee",
        title="A fee that nobody was told of",
        story="Stone Bridge has raised its price and has not told the network. Payers still reckon with the old one.",
        watch="Stone Bridge refuses what would have been enough yesterday. The payment goes round it.",
        ends="paid",
        troubles=(Trouble(name="stale-fee", node="stone-bridge"),),
        shop="cedar-cycles",
        amount_sat=8_000,
        description="Two inner tubes",
    ),
    Scenario(
        slug="thief",
        title="A node keeps a part",
        story="The Ferry passes on one satoshi less than it was told to and keeps it.",
        watch="The shop sees that the amount is short and sends it all back: a node on the way cannot steal.",
        ends="failed",
        troubles=(Trouble(name="less", node="ferry", settings={"kept_msat": 1_000}),),
        shop="dune-data",
        amount_sat=5_000,
        description="Ten gigabytes",
    ),
)
"""In the order in which they are shown."""


def scenario(slug: str) -> Scenario | None:
    """One story; None when there is none of this name."""
    return next((each for each in SCENARIOS if each.slug == slug), None)
