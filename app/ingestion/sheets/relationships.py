"""Exact match rates of every relationship, over all loaded rows before rejection; never a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.contract import RELATIONSHIPS, SHEET_BY_NAME, Relationship, Sheet
from app.database.schema.audit import relationships
from app.features.gate_judgement import MatchRate
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.order import last_of
from app.ratios import match_counts

ORPHAN_SAMPLE_SIZE = 10
"""Number of orphan ids in the sample: the smallest ones, so that it is the same in every run."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A relationship and its rates."""

    relationship: Relationship
    rate: MatchRate

    def as_dict(self) -> dict[str, Any]:
        """The object in RELATIONSHIPS_REPORT.json: both counts of both denominators, and the orphans."""
        rate = self.rate
        return {
            "relationship": self.relationship.name,
            "from_sheet": self.relationship.from_sheet,
            "to_sheets": [link.to_sheet for link in self.relationship.links],
            "enforced": self.relationship.enforced,
            "rows": match_counts(rate.rows_matched, rate.rows_referencing),
            "distinct": match_counts(rate.distinct_matched, rate.distinct_referencing),
            "orphan_sample": list(rate.orphan_sample),
        }


def rate_statement(relationship: Relationship, tables: RunTables) -> str:
    """SQL for one row: rows referencing and matched, distinct values referencing and matched, sample of orphans.

    A row references when all of its links are non-null, and matches when every link finds its target among the loaded
    rows. Values are grouped first, so that each distinct value is looked up once. One pass computes everything; a
    second pass for the orphans would cost as much again.
    """
    sheet = SHEET_BY_NAME[relationship.from_sheet]
    links = [
        (sheet.column(link.from_header).name, SHEET_BY_NAME[link.to_sheet], link.to_header)
        for link in relationship.links
    ]
    values = ", ".join(column for column, _, _ in links)
    present = " AND ".join(f"{column} IS NOT NULL" for column, _, _ in links)
    joins = "".join(
        f" LEFT JOIN (SELECT DISTINCT {target.column(header).name} AS id FROM {tables.staging(target)})"
        f" AS target_{place}"
        f" ON target_{place}.id = value.{column}"
        for place, (column, target, header) in enumerate(links)
    )
    matched = " AND ".join(f"target_{place}.id IS NOT NULL" for place in range(len(links)))
    shown = " || '/' || ".join(f"CAST({column} AS text)" for column, _, _ in links)
    return f"""
SELECT coalesce(sum(row_count), 0) AS rows_referencing,
  coalesce(sum(row_count) FILTER (WHERE {matched}), 0) AS rows_matched,
  count(*) AS distinct_referencing, count(*) FILTER (WHERE {matched}) AS distinct_matched,
  coalesce((array_agg({shown} ORDER BY {values}) FILTER (WHERE NOT ({matched})))[1:{ORPHAN_SAMPLE_SIZE}], '{{}}')
    AS orphan_sample
FROM (SELECT {values}, count(*) AS row_count FROM {tables.staging(sheet)} WHERE {present} GROUP BY {values}) AS value
{joins}"""


def rate_questions(sheet: Sheet, tables: RunTables) -> dict[Relationship, str]:
    """The statement of every relationship whose sheets have all been loaded now that this one is."""
    return {
        relationship: rate_statement(relationship, tables)
        for relationship in RELATIONSHIPS
        if last_of({relationship.from_sheet, *(link.to_sheet for link in relationship.links)}) == sheet.name
    }


def record_rates(
    connection: sa.Connection, tables: RunTables, found: Mapping[Relationship, Sequence[Mapping[str, Any]]]
) -> list[Measured]:
    """Store the answers and return them. found: one row of figures for each relationship."""
    figures = {relationship: row for relationship, (row,) in found.items()}
    if figures:
        connection.execute(
            relationships.insert(),
            [
                {"run_id": tables.run_id, "relationship": one.name, "from_sheet": one.from_sheet, **row}
                for one, row in figures.items()
            ],
        )
    return [
        Measured(one, MatchRate(**{**row, "orphan_sample": tuple(row["orphan_sample"])}))
        for one, row in figures.items()
    ]
