"""Counts odd but accepted rows of a run as data-quality issues.

Each sheet is scanned once for its own issues, and each issue across sheets is one aggregate. Refused rows are not
counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.contract import SHEETS, Sheet
from app.contract.quality_issues import ROWS_ARCHIVED, QualityIssue
from app.database.schema.audit import data_quality_issues
from app.ingestion.reading.extraction import Extracted
from app.ingestion.reports.issues import CROSS_ISSUES, ROW_ISSUES
from app.ingestion.tables.names import RunTables, listed
from app.ingestion.tables.ready_after import over_run, ready_after


def _scans() -> Iterator[tuple[tuple[QualityIssue, ...], str]]:
    for sheet in SHEETS:
        issues = tuple(issue for issue in ROW_ISSUES if issue.sheet == sheet.name)
        if issues:
            counts = ", ".join(f"count(*) FILTER (WHERE {ROW_ISSUES[issue]})" for issue in issues)
            yield issues, f"SELECT {counts} FROM {{{sheet.name}}} AS r"


STATEMENTS = (*_scans(), *CROSS_ISSUES)
"""Issues in the order in which they are reported, and the statement that counts the rows of each of them."""


def issue_questions(sheet: Sheet, tables: RunTables) -> dict[tuple[QualityIssue, ...], str]:
    """The statement of all issues that can be counted now that this sheet has been merged."""
    questions = {}
    for issues, statement in STATEMENTS:
        if ready_after(statement) == sheet.name:
            names = listed(_names(issues))
            questions[issues] = f"SELECT * FROM ({over_run(statement, tables)}) AS counted ({names})"
    return questions


def counted_issues(
    found: Mapping[tuple[QualityIssue, ...], Sequence[Mapping[str, int]]],
) -> dict[QualityIssue, int]:
    """The count of each issue. found: the answers to `issue_questions`."""
    return {
        issue: counts[name]
        for issues, (counts,) in found.items()
        for issue, name in zip(issues, _names(issues), strict=True)
    }


def _names(issues: Sequence[QualityIssue]) -> list[str]:
    return [f"issue_{place}" for place in range(len(issues))]


CELL_NOTES = {
    "TEXT_NUMBER": "numbers stored as text",
    "EMPTY_CELL": "nulls that are empty cells instead of the text NULL",
    "BOOLEAN_FLAG": "flags stored as TRUE or FALSE",
}
"""Cells that were stored oddly and kept unchanged, by the reader's code."""


def cell_issues(extracted: Iterable[Extracted]) -> Iterator[tuple[QualityIssue, int]]:
    """Issues from the reader's notes, one for each sheet and code; the detail counts cells by column."""
    for sheet in extracted:
        if sheet.hidden_rows:
            yield (
                QualityIssue(sheet.sheet, "HIDDEN_ROWS", "hidden or filtered rows, read like all others"),
                sheet.hidden_rows,
            )
        if sheet.hidden_columns:
            told = f"hidden columns, read like all others: {', '.join(sheet.hidden_columns)}"
            yield QualityIssue(sheet.sheet, "HIDDEN_COLUMNS", told), len(sheet.hidden_columns)
        for code in sorted({code for _, code in sheet.notes}):
            cells = {header: count for (header, other), count in sorted(sheet.notes.items()) if other == code}
            columns = ", ".join(f"{header} {count}" for header, count in cells.items())
            yield QualityIssue(sheet.sheet, code, f"{CELL_NOTES[code]}: {columns}"), sum(cells.values())


def record_issues(
    connection: sa.Connection,
    run_id: int,
    counted: Mapping[QualityIssue, int],
    extracted: Iterable[Extracted],
    warnings: Iterable[dict[str, Any]],
) -> tuple[dict[str, Any], ...]:
    """Keep the issues that occur in audit.data_quality_issues, the cells' own first, and return them.

    warnings: about whole sheets; they are kept beside the issues, which are of kept rows.
    """
    in_rows = [(issue, counted[issue]) for issues, _ in STATEMENTS for issue in issues]
    archived = [(issue, counted.get(issue, 0)) for issue in ROWS_ARCHIVED.values()]
    records = tuple(
        {"sheet": issue.sheet, "code": issue.code, "row_count": count, "detail": issue.words}
        for issue, count in [*cell_issues(extracted), *in_rows, *archived]
        if count
    )
    kept = [*records, *warnings]
    if kept:
        connection.execute(data_quality_issues.insert(), [{"run_id": run_id, **record} for record in kept])
    return records
