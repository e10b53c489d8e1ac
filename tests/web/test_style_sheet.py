"""The style sheet's promises: everything that is read has enough contrast, in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

SHEET = (Path(settings.BASE_DIR) / "static" / "payments" / "lnweb.css").read_text()
_ROOTS = re.findall(r":root \{(.*?)\}", SHEET, re.DOTALL)
LIGHT = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", _ROOTS[0]))
DARK = LIGHT | dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", _ROOTS[1]))
READ_ON = {
    "ink": ("paper", "surface", "sunken", "accent-soft", "amber-soft", "green-soft", "grey-soft"),
    "ink-2": ("paper", "surface", "sunken", "accent-soft", "grey-soft", "amber-soft"),
    "accent": ("paper", "surface", "accent-soft"),
    "accent-ink": ("accent", "accent-strong"),
    "green": ("surface", "green-soft"),
    "amber": ("surface", "amber-soft"),
    "amber-soft": ("amber",),
    "red": ("paper", "surface", "red-soft"),
    "violet": ("surface", "violet-soft"),
    "violet-soft": ("violet",),
    "network-ink": ("network",),
}
AA = 4.5


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, two: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(two)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("names", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), [(front, back) for front, backs in READ_ON.items() for back in backs])
def test_what_is_read_has_enough_contrast(names: dict[str, str], front: str, back: str) -> None:
    assert _contrast(names[front], names[back]) >= AA


def test_the_formula_is_the_standards() -> None:
    assert (21.0, 1.0) == (round(_contrast("#000000", "#ffffff"), 2), _contrast("#767676", "#767676"))
    assert 4.54 == round(_contrast("#767676", "#ffffff"), 2)


def test_it_fetches_nothing() -> None:
    assert [] == re.findall(r"url\(|@import|@font-face", SHEET)
