"""Finds the columns that identify a row, and the rows that an ingestion would refuse for repeating a key.

The rules of refusal are those of docs/ingestion.md, applied to the workbook alone, without a database.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice
from math import prod
from typing import Any, TypeAlias

from app.contract import RELATIONSHIPS, Kind
from app.workbook.profile.columns import ColumnProfile
from app.workbook.profile.sheet_data import MissingColumn, SheetData

MOST_KEY_COLUMNS = 3
PREFIX_ROWS = 20_000
"""Number of rows in which repetitions are looked for first."""


Candidates: TypeAlias = tuple[tuple[str, ...], ...]


def key_candidates(data: SheetData, profiles: Sequence[ColumnProfile]) -> Candidates:
    """The smallest combinations of at most three columns that are never null and together never repeat.

    Measurements (numbers) and flags are excluded. A combination that contains a candidate is not one.
    """
    rows = len(data)
    eligible = {
        profile.column.header: profile.distinct
        for profile in profiles
        if profile.column.kind not in (Kind.NUMBER, Kind.FLAG) and not profile.nulls and not profile.faulty_cells
    }
    found: list[tuple[str, ...]] = [(header,) for header, distinct in eligible.items() if distinct == rows > 0]
    # If two rows are alike in all of these columns, no combination of them needs to be tried.
    if not rows or not (found or _is_unique(data, tuple(eligible))):
        return ()
    for size in range(2, MOST_KEY_COLUMNS + 1):
        for headers in combinations(eligible, size):
            if any(set(candidate) <= set(headers) for candidate in found):
                continue
            if prod(eligible[header] for header in headers) >= rows and _is_unique(data, headers):
                found.append(headers)
    return tuple(found)


def _is_unique(data: SheetData, headers: tuple[str, ...]) -> bool:
    columns = [data[header] for header in headers]
    first = len(set(islice(zip(*columns, strict=True), PREFIX_ROWS)))
    return first == min(len(data), PREFIX_ROWS) and len(set(zip(*columns, strict=True))) == len(data)


def refusals(sheets: Mapping[str, SheetData], candidates: Mapping[str, Candidates]) -> dict[str, dict[int, str]]:
    """The code with which an ingestion would refuse a row, by sheet and place of the row.

    candidates: `key_candidates` by sheet; a key that contains one never repeats. Rules that need a missing column are
    skipped.
    """
    refused = {name: dict(data.refused) for name, data in sheets.items()}
    for relationship in RELATIONSHIPS:
        (link, *_) = relationship.links
        if relationship.enforced and {relationship.from_sheet, link.to_sheet} <= set(sheets):
            child, parent = sheets[relationship.from_sheet], sheets[link.to_sheet]
            try:
                accepted = set(parent.sound[link.to_header])
                references = child[link.from_header]
            except MissingColumn:
                continue
            codes = refused[relationship.from_sheet]
            if not accepted.issuperset(references):
                for place, reference in enumerate(references):
                    if place not in codes and reference not in accepted:
                        codes[place] = "ORPHAN_PARENT"
    for name, data in sheets.items():
        key = set(data.sheet.key)
        if key <= set(data.columns) and not any(key.issuperset(candidate) for candidate in candidates[name]):
            refused[name] |= dict(_repeated(data, refused[name]))
    return refused


def _repeated(data: SheetData, refused: Mapping[int, str]) -> Iterator[tuple[int, str]]:
    """Rows of repeated keys: the last acceptable row decides the content, and the first with that content is kept."""
    columns = [data[header] for header in data.sheet.key]
    if not columns:
        return
    repeats = {value for value, count in Counter(zip(*columns, strict=True)).items() if count > 1}
    places: dict[Any, list[int]] = defaultdict(list)
    for place, value in enumerate(zip(*columns, strict=True)):
        if value in repeats and place not in refused:
            places[value].append(place)
    for contending in places.values():
        # As text, which is how an ingestion compares.
        contents = [repr([column[place] for column in data.columns.values()]) for place in contending]
        agreeing = contents.index(contents[-1])
        for number, (place, content) in enumerate(zip(contending, contents, strict=True)):
            if number != agreeing:
                yield place, "DUPLICATE_ROW" if content == contents[-1] else "CONFLICTING_KEY"
