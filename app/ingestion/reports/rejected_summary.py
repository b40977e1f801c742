"""The first page of rejected_rows.xlsx: the run, and for each sheet the rows merged and refused."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

import sqlalchemy as sa

from app.contract import SHEET_BY_NAME, SHEETS
from app.database.schema.audit import ingestion_runs, ingestion_sheets
from app.ingestion.reports import rejected_words as words
from app.ingestion.reports.rejected_corrections import OF_RUN, OF_SHEET, ROWS, TO_CORRECT, Read
from app.ingestion.reports.rejected_pages import Count, Page, Share
from app.languages.sentences import in_portuguese

WIDTHS = (34, 24, 12, 13, 15, 13, 17, 13, 16, 12)
HEADERS = (
    "Folha",
    "Linhas lidas",
    "Aceites",
    "Recusadas",
    "% recusadas",
    "A corrigir",
    "Consequências",
    "Repetidas",
    "Aceites antes",
    "Variação",
)
RUNS, COUNTS = ingestion_runs.c, ingestion_sheets.c
RUN_ID: sa.BindParameter[int] = sa.bindparam("run_id")
RUN = sa.select(RUNS.plant, RUNS.workbook_name, RUNS.status, RUNS.started_at, RUNS.failure).where(RUNS.run_id == RUN_ID)
SHEETS_OF = sa.select(COUNTS.sheet, COUNTS.rows_loaded, COUNTS.rows_merged).where(COUNTS.run_id == RUN_ID)
BEFORE = sa.select(COUNTS.sheet, COUNTS.rows_merged).where(
    COUNTS.run_id
    == sa.select(sa.func.max(RUNS.run_id))
    .where(RUNS.plant == sa.bindparam("plant"), RUNS.run_id < RUN_ID, RUNS.status == "PUBLISHED")
    .scalar_subquery()
)
WHOLE_ROW = "CONFLICTING_KEY"
"""The code of rows of which no single cell is at fault."""
FIRST_COLUMN = sa.case((ROWS.code == WHOLE_ROW, ""), else_=sa.func.split_part(ROWS.detail, ": ", 1))
MOST_CAUSES = 15
CAUSES = (
    sa.select(
        ROWS.sheet,
        ROWS.code,
        FIRST_COLUMN.label("header"),
        sa.func.count().label("rows"),
        sa.func.min(ROWS.excel_row).label("first_row"),
    )
    .where(OF_RUN, TO_CORRECT)
    .group_by(ROWS.sheet, ROWS.code, sa.text("header"))
    .order_by(sa.desc("rows"), ROWS.sheet, sa.text("first_row"))
    .limit(MOST_CAUSES)
)
"""The rows to correct by sheet, code and first column at fault: so a fault of a whole column is one line."""
DETAIL = sa.select(ROWS.detail).where(OF_RUN, OF_SHEET, ROWS.excel_row == sa.bindparam("first_row"))


def write_summary(page: Page, read: Read, run_id: int, excel_sha256: str, counts: dict[tuple[str, str], int]) -> None:
    """Write the page. counts: refused rows by sheet and code."""
    page.title("Linhas recusadas")
    (run,) = read(RUN, {"run_id": run_id}) or (None,)
    if run is not None:
        page.row("Ficheiro", run.workbook_name, bold=1)
        page.row("Estado", words.STATES[run.status], bold=1)
        page.row("Início (UTC)", run.started_at.astimezone(dt.UTC).replace(tzinfo=None), bold=1)
        if run.failure:
            page.paragraph("Motivo", in_portuguese(run.failure))
    page.row("run_id", run_id, bold=1)
    page.row("excel_sha256", excel_sha256, bold=1)
    page.row()
    _write_sheets(page, read, run_id, run.plant if run is not None else "", counts)
    _write_causes(page, read, run_id)
    page.row()
    page.table("Código", "Tipo", "Linhas", "Significado", rows=0, numbers=frozenset({2}))
    by_code: Counter[str] = Counter()
    for (_, code), rows in counts.items():
        by_code[code] += rows
    for code, meaning in words.MEANINGS.items():
        if by_code[code]:
            page.row(code, words.KINDS.get(code, words.CORRECT), Count(by_code[code]), meaning)


def _write_causes(page: Page, read: Read, run_id: int) -> None:
    """The commonest causes, the one of most rows first, each with its first row and the reason for that."""
    found = read(CAUSES, {"run_id": run_id})
    if not found:
        return
    page.row()
    page.table("Folha", "Coluna", "Linhas", "Primeira linha", "Motivo da primeira", rows=0, numbers=frozenset({2, 3}))
    for one in found:
        sheet = SHEET_BY_NAME[one.sheet]
        told = read(DETAIL, {"run_id": run_id, "sheet": one.sheet, "first_row": one.first_row})
        reason = words.reason(told[0].detail, sheet) if told else words.MEANINGS[one.code]
        page.paragraph(sheet.name, one.header or ", ".join(sheet.key), Count(one.rows), one.first_row, reason)


def _write_sheets(page: Page, read: Read, run_id: int, plant: str, counts: dict[tuple[str, str], int]) -> None:
    taken = {row.sheet: row for row in read(SHEETS_OF, {"run_id": run_id})}
    before = {row.sheet: row.rows_merged for row in read(BEFORE, {"run_id": run_id, "plant": plant})}
    kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (name, code), rows in counts.items():
        kinds[name][words.KINDS.get(code, words.CORRECT)] += rows
    page.table(*HEADERS, rows=0, numbers=frozenset(range(1, len(HEADERS))))
    for sheet in SHEETS:
        own, row = kinds[sheet.name], taken.get(sheet.name)
        refused = own.total()
        read_rows = row.rows_loaded if row is not None else None
        merged = row.rows_merged if row is not None else None
        earlier = before.get(sheet.name)
        page.row(
            sheet.name,
            _count(read_rows),
            _count(merged),
            Count(refused),
            Share(refused / read_rows) if read_rows else None,
            Count(own[words.CORRECT]),
            Count(own[words.KINDS["ORPHAN_PARENT"]]),
            Count(own[words.KINDS["DUPLICATE_ROW"]]),
            _count(earlier),
            Count(merged - earlier) if merged is not None and earlier is not None else None,
            bold=1,
        )


def _count(rows: int | None) -> Count | None:
    return None if rows is None else Count(rows)
