"""Sheets that must not be empty: orders, phases, and sheets that other sheets' rows refer to. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

LACKING = {"OrdensFabrico": "there is no order", "FasesOrdemFabrico": "nothing is or was on the shop floor"}


def empty_sheet_sentences(rows: Mapping[str, int], referring: Mapping[str, int]) -> Iterator[str]:
    """One sentence for each such sheet.

    rows: by sheet. referring: rows of other sheets that refer to a sheet's keys.
    """
    for sheet, count in rows.items():
        if count:
            continue
        others = referring.get(sheet, 0)
        if others:
            yield f"Sheet {sheet} has no rows, though {others:,} rows of other sheets refer to it"
        elif sheet in LACKING:
            yield f"Sheet {sheet} has no rows, so {LACKING[sheet]}"
