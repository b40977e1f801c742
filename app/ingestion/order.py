"""The order in which sheets are read and merged: each after those that it refers to.

So an orphan is known, and a match rate can be measured, as soon as a sheet is there, while the next is being read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.workbook.contract import RELATIONSHIPS, SHEETS, Relationship, Sheet


def referred_first(sheets: Sequence[Sheet], relationships: Sequence[Relationship]) -> tuple[Sheet, ...]:
    """Pure: the sheets in their own order, but each behind every sheet that it refers to.

    Raises ValueError when sheets refer to each other in a circle.
    """
    referred = {
        sheet.name: {link.to_sheet for one in relationships if one.from_sheet == sheet.name for link in one.links}
        for sheet in sheets
    }
    ordered: list[Sheet] = []
    while len(ordered) < len(sheets):
        there = {sheet.name for sheet in ordered}
        ready = [sheet for sheet in sheets if sheet.name not in there and referred[sheet.name] <= there | {sheet.name}]
        if not ready:
            raise ValueError(f"sheets refer to each other in a circle: {', '.join(sorted(set(referred) - there))}")
        ordered.append(ready[0])
    return tuple(ordered)


INGESTION_ORDER = referred_first(SHEETS, RELATIONSHIPS)
_PLACES = {sheet.name: place for place, sheet in enumerate(INGESTION_ORDER)}


def last_of(names: Iterable[str]) -> str:
    """The sheet with whose merging all of these have been merged."""
    return max(names, key=_PLACES.__getitem__)
