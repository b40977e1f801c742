"""The first page of rejected_rows.xlsx: the run, and for each sheet the rows merged and refused."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

import sqlalchemy as sa

from app.contract import SHEETS
from app.database.schema.audit import ingestion_runs, ingestion_sheets
from app.ingestion.reports import rejected_words as words
from app.ingestion.reports.rejected_corrections import Read
from app.ingestion.reports.rejected_pages import Page, Share

WIDTHS = (34, 24, 12, 12, 12, 12, 14, 12, 14, 12)
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


def write_summary(page: Page, read: Read, run_id: int, excel_sha256: str, counts: dict[tuple[str, str], int]) -> None:
    """Write the page. counts: refused rows by sheet and code."""
    page.title("Linhas recusadas")
    (run,) = read(RUN, {"run_id": run_id}) or (None,)
    if run is not None:
        page.row("Ficheiro", run.workbook_name, bold=1)
        page.row("Estado", words.STATES[run.status], bold=1)
        page.row("Início (UTC)", run.started_at.astimezone(dt.UTC).replace(tzinfo=None), bold=1)
        if run.failure:
            page.row("Motivo", run.failure, bold=1)
    page.row("run_id", run_id, bold=1)
    page.row("excel_sha256", excel_sha256, bold=1)
    page.row()
    _write_sheets(page, read, run_id, run.plant if run is not None else "", counts)
    page.row()
    page.table("Código", "Tipo", "Linhas", "Significado", rows=0)
    by_code: Counter[str] = Counter()
    for (_, code), rows in counts.items():
        by_code[code] += rows
    for code, meaning in words.MEANINGS.items():
        if by_code[code]:
            page.row(code, words.KINDS.get(code, words.CORRECT), by_code[code], meaning)


def _write_sheets(page: Page, read: Read, run_id: int, plant: str, counts: dict[tuple[str, str], int]) -> None:
    taken = {row.sheet: row for row in read(SHEETS_OF, {"run_id": run_id})}
    before = {row.sheet: row.rows_merged for row in read(BEFORE, {"run_id": run_id, "plant": plant})}
    kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (name, code), rows in counts.items():
        kinds[name][words.KINDS.get(code, words.CORRECT)] += rows
    page.table(*HEADERS, rows=0)
    for sheet in SHEETS:
        own, row = kinds[sheet.name], taken.get(sheet.name)
        refused = own.total()
        read_rows = row.rows_loaded if row is not None else None
        merged = row.rows_merged if row is not None else None
        earlier = before.get(sheet.name)
        page.row(
            sheet.name,
            read_rows,
            merged,
            refused,
            Share(refused / read_rows) if read_rows else None,
            own[words.CORRECT],
            own[words.KINDS["ORPHAN_PARENT"]],
            own[words.KINDS["DUPLICATE_ROW"]],
            earlier,
            merged - earlier if merged is not None and earlier is not None else None,
            bold=1,
        )
