"""
Names for nodes that nobody has named: two plain words each, as places along a walk are called.

Real nodes bear the names of people and companies, and what they do here they have not done: no name is ever taken from a map.
"""

from __future__ import annotations

from collections.abc import Collection

from payments.sandbox.dice import Dice

_FIRST = (
    *("Amber", "Autumn", "Birch", "Bramble", "Bright", "Bronze", "Cinder", "Clover", "Cobalt", "Copper", "Coral", "Crooked", "Dappled"),
    *("Distant", "Drifting", "Dusky", "Elder", "Evening", "Fallow", "Feather", "Foggy", "Gentle", "Gilded", "Golden", "Hazel", "Heather"),
    *("Hidden", "Hollow", "Indigo", "Ivory", "Juniper", "Lichen", "Linden", "Lonely", "Long", "Maple", "Marble", "Misty", "Mossy"),
    *("Nettle", "Northern", "Ochre", "Olive", "Pebble", "Quiet", "Rowan", "Rusty", "Saffron", "Scarlet", "Seven", "Silver", "Sleepy"),
    *("Slate", "Snowy", "Southern", "Speckled", "Spruce", "Sunny", "Tall", "Thistle", "Timber", "Twilight", "Umber", "Velvet", "Violet"),
    *("Wandering", "Western", "Whistling", "Wild", "Willow", "Windy", "Winter", "Yarrow"),
)
_SECOND = (
    *("Acre", "Anchor", "Arch", "Barn", "Bay", "Beacon", "Bell", "Brook", "Cairn", "Cape", "Causeway", "Chapel", "Clearing", "Cliff"),
    *("Copse", "Corner", "Cottage", "Cove", "Crossing", "Dell", "Dock", "Fell", "Field", "Ford", "Fountain", "Garden", "Gate", "Glen"),
    *("Green", "Grove", "Hearth", "Heath", "Heron", "Hill", "Inlet", "Island", "Jetty", "Kiln", "Ladder", "Lake", "Lane", "Ledge"),
    *("Lock", "Marsh", "Mews", "Mooring", "Orchard", "Otter", "Parade", "Pasture", "Path", "Pier", "Pond", "Quay", "Reef", "Ridge"),
    *("Sluice", "Spring", "Square", "Steps", "Stile", "Terrace", "Tower", "Trail", "Vale", "Wharf", "Windmill", "Wood", "Yard"),
)


def made_up_names(count: int, *, dice: Dice, taken: Collection[str]) -> list[str]:
    """
    So many names, no two alike.

    taken    names that are not given

    >>> made_up_names(2, dice=Dice(b"seed"), taken=())
    ['Snowy Orchard', 'Bronze Marsh']
    """
    every = [f"{first} {second}" for first in _FIRST for second in _SECOND]
    return [name for name in dice.shuffled(every) if name not in taken][:count]


def slug_of(name: str) -> str:
    """
    The name as commands write it.

    >>> slug_of("Amber Quay")
    'amber-quay'
    """
    return name.lower().replace(" ", "-")
