"""The ingestion as a flow for each sheet, and its first refused rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.contract import SHEET_BY_NAME
from app.ingestion.reports.rejected_words import reason
from tests.acceptance.support.page.words import REASONS, TONE_OF_REASON, Part, both, grouped


def ingestion_section(report: Mapping[str, Any], refused: Sequence[tuple[str, int, str, str]]) -> Part:
    """Extracted, loaded, then merged or refused by reason; the numbers are the ingestion's own report."""
    sheets = report["sheets"]
    counts = (sum(sheet[name] for sheet in sheets) for name in ("rows_extracted", "rows_rejected"))
    extracted, rejected = map(grouped, counts)
    blocks: list[Part] = [
        {
            "type": "flow",
            "title": both("Rows of each sheet", "Linhas de cada folha"),
            "rows": [_flow(sheet) for sheet in sheets],
        }
    ]
    if refused:
        blocks.append(_first_refused(refused))
    return {
        "title": both("Ingestion", "Importação"),
        "summary": both(
            f"{extracted} rows extracted, {rejected} refused; rejected_rows.xlsx has every refused row.",
            f"{extracted} linhas extraídas, {rejected} recusadas; rejected_rows.xlsx tem cada linha recusada.",
        ),
        "blocks": blocks,
    }


def rows_fact(report: Mapping[str, Any]) -> Part:
    """Rows of the workbook, for the page's head."""
    return {"label": both("rows", "linhas"), "value": sum(sheet["rows_extracted"] for sheet in report["sheets"])}


def _flow(sheet: Mapping[str, Any]) -> Part:
    refusals = [
        {"label": REASONS.get(code, code), "value": rows, "tone": TONE_OF_REASON.get(code, "bad")}
        for code, rows in sheet["rejects_by_reason"].items()
    ]
    return {
        "label": sheet["sheet"],
        "steps": [
            {"label": both("extracted", "extraídas"), "value": sheet["rows_extracted"]},
            {"label": both("loaded", "carregadas"), "value": sheet["rows_loaded"]},
        ],
        "ends": [{"label": both("merged", "aceites"), "value": sheet["rows_merged"], "tone": "good"}, *refusals],
    }


def _first_refused(refused: Sequence[tuple[str, int, str, str]]) -> Part:
    columns = [
        both("sheet", "folha"),
        both("Excel row", "linha do Excel"),
        both("reason", "motivo"),
        both("detail", "pormenor"),
    ]
    return {
        "type": "table",
        "title": both("First refused rows of each sheet and reason", "Primeiras linhas recusadas por folha e motivo"),
        "columns": columns,
        "rows": [
            [sheet, str(row), REASONS.get(code, code), _detail(detail, sheet)] for sheet, row, code, detail in refused
        ],
    }


def _detail(detail: str, sheet: str) -> Any:
    """The detail in both languages; in English alone for a sheet that is not of the contract."""
    known = SHEET_BY_NAME.get(sheet)
    return both(detail[:300], reason(detail, known)[:300]) if known else detail[:300]
