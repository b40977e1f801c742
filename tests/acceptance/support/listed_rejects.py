"""The lists of refused rows that the data owner gets, read as they would be read there."""

from __future__ import annotations

import csv
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl

from app.contract import SHEETS

Rejects = dict[str, dict[int, str]]
"""{sheet: {Excel row: code}}"""
MOST_IN_EXCEL = 50_000
"""The limit that docs/ingestion.md states."""


def first_listed(expected: Rejects, most: int = MOST_IN_EXCEL) -> Rejects:
    """The rejects that the workbook has room for: the first ones, sheet by sheet in the contract's order."""
    rows = ((sheet.name, row) for sheet in SHEETS for row in sorted(expected.get(sheet.name, ())))
    found: Rejects = {}
    for sheet, row in islice(rows, most):
        found.setdefault(sheet, {})[row] = expected[sheet][row]
    return found


def in_excel(path: Path) -> Rejects:
    """Read the rejects that rejected_rows.xlsx lists."""
    book = openpyxl.load_workbook(path, read_only=True)
    names = {sheet.name for sheet in SHEETS}
    found: Any = {
        name: {row[0]: row[1] for row in book[name].iter_rows(min_row=2, values_only=True)}
        for name in book.sheetnames
        if name in names
    }
    book.close()
    return dict(found)


def in_csv(path: Path) -> Rejects:
    """Read the rejects that rejected_rows.csv lists; none without the file, which is written only beyond 50,000."""
    found: Rejects = {}
    if path.exists():
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line in csv.DictReader(file):
                found.setdefault(line["Sheet"], {})[int(line["Excel row"])] = line["Code"]
    return found
