"""Counts for the match rates of each relationship, by rows and by distinct values, over all rows, refused ones too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.contract import RELATIONSHIPS, Relationship
from app.workbook.profile.sheet_data import MissingColumn, SheetData, Values

ORPHAN_SAMPLE_SIZE = 10
"""Number of orphan ids in the sample: the smallest ones."""


@dataclass(frozen=True, slots=True)
class References:
    """A relationship's figures; `missing` names the missing sheet or column, in which case they are all zero."""

    relationship: Relationship
    rows_referencing: int = 0
    rows_matched: int = 0
    distinct_referencing: int = 0
    distinct_matched: int = 0
    orphan_sample: tuple[str, ...] = ()
    missing: str | None = None


def measure_references(sheets: Mapping[str, SheetData]) -> tuple[References, ...]:
    """Count each relationship of the contract. A row with a value in each link is referencing; if every value is found
    in its target, it is matched."""
    measured = []
    for relationship in RELATIONSHIPS:
        try:
            measured.append(_measured(relationship, sheets))
        except MissingColumn as missing:
            measured.append(References(relationship, missing=str(missing)))
    return tuple(measured)


def _measured(relationship: Relationship, sheets: Mapping[str, SheetData]) -> References:
    links = relationship.links
    columns = [column_of(sheets, relationship.from_sheet, link.from_header) for link in links]
    targets = [set(column_of(sheets, link.to_sheet, link.to_header)) for link in links]
    referencing: Counter[Any]
    if len(links) == 1:
        referencing = Counter(columns[0])
        del referencing[None]
        orphans = [value for value in referencing if value not in targets[0]]
    else:
        referencing = Counter(value for value in zip(*columns, strict=True) if None not in value)
        orphans = [value for value in referencing if not all(map(set.__contains__, targets, value))]
    rows = referencing.total()
    return References(
        relationship,
        rows_referencing=rows,
        rows_matched=rows - sum(referencing[value] for value in orphans),
        distinct_referencing=len(referencing),
        distinct_matched=len(referencing) - len(orphans),
        orphan_sample=tuple(_shown(value) for value in sorted(orphans)[:ORPHAN_SAMPLE_SIZE]),
    )


def _shown(value: Any) -> str:
    return "/".join(map(str, value)) if isinstance(value, tuple) else str(value)


def column_of(sheets: Mapping[str, SheetData], sheet: str, header: str) -> Values:
    """A column of all rows. Raises MissingColumn, also for a sheet that is not there."""
    if sheet not in sheets:
        raise MissingColumn(sheet)
    return sheets[sheet][header]
