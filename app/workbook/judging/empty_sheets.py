"""Pure: sheets without rows that a factory cannot be without: the orders, and what rows of other sheets refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

ORDERS = "OrdensFabrico"


def empty_sheet_sentences(rows: Mapping[str, int], referring: Mapping[str, int]) -> Iterator[str]:
    """One sentence for each. rows: by sheet. referring: rows of other sheets that refer to a sheet's keys."""
    for sheet, count in rows.items():
        if count:
            continue
        others = referring.get(sheet, 0)
        if others:
            yield f"Sheet {sheet} has no rows, though {others:,} rows of other sheets refer to it"
        elif sheet == ORDERS:
            yield f"Sheet {sheet} has no rows, so there is no order"
