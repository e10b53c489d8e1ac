"""Figures in words that both templates and pictures say."""

from __future__ import annotations

_SMALL_PERMILLE, _LARGE_PERMILLE = 50, 950


def percent(permille: int) -> str:
    """
    A chance for people; near both ends with the tenth, because there it matters. One that was rounded down to nothing is still one.

    >>> percent(874), percent(999), percent(4), percent(1000), percent(0)
    ('87 %', '99.9 %', '0.4 %', '100 %', 'under 0.1 %')
    """
    if not permille:
        return "under 0.1 %"
    whole, tenth = divmod(permille, 10)
    return f"{whole}.{tenth} %" if tenth and (permille < _SMALL_PERMILLE or permille > _LARGE_PERMILLE) else f"{whole} %"
