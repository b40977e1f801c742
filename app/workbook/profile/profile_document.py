"""PROFILE_REPORT.json: a workbook's profile as plain JSON values, valid by app/schemas/profile_report.schema.json.

No cell of a text column is in it, and no header of a sheet whose column of people's names could not be found: what
stands there instead of a header may be a name.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from app.checkout import SCHEMAS
from app.contract import RELATIONSHIPS, SHEET_BY_NAME, SHEETS, Sheet
from app.database.schema import metadata
from app.ratios import match_counts, ratio
from app.workbook.judging.empty_sheets import empty_sheet_sentences
from app.workbook.judging.reject_limits import Level, level_of
from app.workbook.judging.reject_sentences import reject_sentences
from app.workbook.profile.columns import ColumnProfile
from app.workbook.profile.faults import FAULTS, Fault, Found
from app.workbook.profile.profiling import SheetProfile, WorkbookProfile
from app.workbook.profile.references import References

SCHEMA_VERSION = 1
SCHEMA_FILE = SCHEMAS / "profile_report.schema.json"
CODES = ("NULL_KEY", "INVALID_TYPE", "OUT_OF_RANGE", "ORPHAN_PARENT", "DUPLICATE_ROW", "CONFLICTING_KEY")
LONGEST_HEADER = 60


class InvalidProfile(Exception):
    """The document does not follow its schema: a fault of this program, not of the workbook."""

    code = "INVALID_PROFILE"


def document_of(profile: WorkbookProfile) -> dict[str, Any]:
    """The document. Raises InvalidProfile."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "workbook": {"name": profile.name, "sha256": profile.sha256, "bytes": profile.size_bytes},
        "as_of": _plain(profile.as_of),
        "rows": sum(sheet.rows for sheet in profile.sheets),
        "breaches": [
            {"code": one.code, "sheet": one.sheet, "columns": list(one.columns), "instead": one.instead}
            for one in profile.breaches
        ],
        "extra_sheets": [_printable(name) for name in profile.extra_sheets],
        "sheets": [_sheet(sheet) for sheet in profile.sheets],
        "relationships": [_relationship(references) for references in profile.references],
        "faults": [_fault(fault, found) for fault, found in zip(FAULTS, profile.faults, strict=True)],
        "limits": limits_of(profile),
    }
    return validated(document)


def limits_of(profile: WorkbookProfile) -> dict[str, list[str]]:
    """Sentences on why an ingestion without a live run would refuse the workbook, or publish it with a warning."""
    return {
        "refused": [
            *_judged(profile, Level.REFUSED),
            *_empty(profile),
            *(one.sentence for one in profile.repeated),
            *(one.sentence for one in profile.totals),
            *(one.sentence for one in profile.contradicting if one.is_implausible),
            *(one.sentence for one in profile.future if one.is_implausible),
        ],
        "warned": [
            *_judged(profile, Level.WARNED),
            *(one.sentence for one in profile.contradicting if not one.is_implausible),
            *(one.sentence for one in profile.future if not one.is_implausible),
        ],
    }


def _judged(profile: WorkbookProfile, level: Level) -> Iterator[str]:
    """Sentences on the sheets whose refused rows have this consequence."""
    for rejects in profile.rejects:
        if level_of(rejects) is level:
            yield from reject_sentences(rejects)


def _empty(profile: WorkbookProfile) -> Iterator[str]:
    referring: Counter[str] = Counter()
    for references in profile.references:
        if len(references.relationship.links) == 1:
            referring[references.relationship.links[0].to_sheet] += references.rows_referencing
    return empty_sheet_sentences({sheet.sheet.name: sheet.rows for sheet in profile.sheets}, referring)


def report_text(document: dict[str, Any]) -> str:
    """The file's text. Raises InvalidProfile."""
    return json.dumps(validated(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def validated(document: dict[str, Any]) -> dict[str, Any]:
    """The document itself, if it follows its schema. Raises InvalidProfile."""
    fault = best_match(_validator().iter_errors(document))
    if fault is not None:
        raise InvalidProfile(f"The profile violates its schema at {fault.json_path}: {fault.message[:200]}")
    return document


@cache
def _validator() -> Draft202012Validator:
    """The schema's validator; how many sheets and relationships there are is read from the contract."""
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    members = schema["properties"]
    members["sheets"] |= {"maxItems": len(SHEETS)}
    members["relationships"] |= {"minItems": len(RELATIONSHIPS), "maxItems": len(RELATIONSHIPS)}
    return Draft202012Validator(schema)


def _sheet(profile: SheetProfile) -> dict[str, Any]:
    sheet = profile.sheet
    whole = SHEET_BY_NAME[sheet.name]
    is_named = all(column in sheet.columns for column in whole.columns if column.personal)
    is_unique = any(set(candidate) <= set(sheet.key) for candidate in profile.candidates)
    is_judged = profile.rows > 0 and sheet.key and {*sheet.key} <= {column.header for column in sheet.columns}
    return {
        "sheet": sheet.name,
        "table": sheet.table,
        "rows": profile.rows,
        "key": {"columns": list(sheet.key), "is_unique": is_unique if is_judged else None},
        "key_candidates": [list(candidate) for candidate in profile.candidates],
        "rows_refused": {code: profile.refused.get(code, 0) for code in CODES},
        "refused_examples": [
            {"excel_row": row.excel_row, "code": row.code, "columns": list(row.columns)} for row in profile.examples
        ],
        "error_cells": profile.error_cells,
        "extra_columns": {
            "count": len(profile.extra_columns),
            "headers": [_printable(header) for header in profile.extra_columns] if is_named else None,
        },
        "hidden": {"rows": profile.hidden_rows, "columns": list(profile.hidden_columns)},
        "columns": [_column(sheet, column) for column in profile.columns],
    }


def _column(sheet: Sheet, profile: ColumnProfile) -> dict[str, Any]:
    column = profile.column
    comment = metadata.tables[f"core.{sheet.table}"].columns[column.name].comment or ""
    return {
        "header": column.header,
        "core_column": column.name,
        "meaning": comment.partition(" Source: ")[0],
        "type": column.kind.value,
        "nullable": column.nullable,
        "personal": column.personal,
        "in_key": column.header in sheet.key,
        "nulls": profile.nulls,
        "null_rate": ratio(profile.nulls, profile.rows),
        "faulty_cells": profile.faulty_cells,
        "distinct": profile.distinct,
        "min": _plain(profile.least),
        "max": _plain(profile.most),
        "values": None if profile.values is None else _divided(profile.values),
        "text": None
        if profile.text is None
        else {
            "shortest": profile.text.shortest,
            "longest": profile.text.longest,
            "accented_cells": profile.text.accented_cells,
        },
        "notes": profile.notes,
    }


def _relationship(references: References) -> dict[str, Any]:
    relationship = references.relationship
    return {
        "relationship": relationship.name,
        "from_sheet": relationship.from_sheet,
        "to_sheets": [link.to_sheet for link in relationship.links],
        "enforced": relationship.enforced,
        "missing": references.missing,
        "rows": match_counts(references.rows_matched, references.rows_referencing),
        "distinct": match_counts(references.distinct_matched, references.distinct_referencing),
        "orphan_sample": list(references.orphan_sample),
    }


def _fault(fault: Fault, found: Found | str) -> dict[str, Any]:
    counted = found if isinstance(found, Found) else None
    return {
        "sheet": fault.issue.sheet,
        "code": fault.issue.code,
        "meaning": fault.issue.words,
        "of": fault.of,
        "missing": None if counted else found,
        "count": counted and counted.count,
        "among": counted and counted.among,
        "by": _divided(counted.by) if counted else [],
        "excel_rows": list(counted.excel_rows) if counted else [],
    }


def _divided(counts: tuple[tuple[int | str, int], ...] | tuple[tuple[int, int], ...]) -> list[dict[str, Any]]:
    return [{"value": value, "count": count} for value, count in counts]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _printable(text: str) -> str:
    """Names from the workbook, shortened and without control characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:LONGEST_HEADER])
