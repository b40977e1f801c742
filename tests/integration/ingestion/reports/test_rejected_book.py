"""rejected_rows.xlsx as the data owner uses it: the causes first, with their consequences, each cell marked."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl import Workbook

from app.contract import SHEET_BY_NAME
from app.ingestion.reports.rejected_words import CORRECT, SUMMARY
from tests.integration.ingestion.conftest import NewPlant, Plant
from tests.integration.ingestion.factory import ORDERS, PHASES, factory
from tests.integration.read_here import ingested_here

RED = "FFFFC7CE"


@pytest.fixture(scope="module")
def book(new_plant: NewPlant) -> Workbook:
    """The list of a run with one order refused for its date, one that is in no row, and phases of both; to be read."""
    with new_plant() as plant, ingested_here():
        rows = factory()
        plant.ingest(rows)
        columns = [column.header for column in SHEET_BY_NAME[ORDERS].columns]
        rows[ORDERS][3][columns.index("Of_DataCriacao")] = "amanhã cedo"
        del rows[ORDERS][19]
        folder = plant.folder / "reports"
        plant.ingest(rows, reports_dir=folder, allow_rejects=True, allow_shrink=True)
        return openpyxl.load_workbook(folder / "rejected_rows.xlsx")


def table(book: Workbook, title: str, first: str) -> list[dict[str, Any]]:
    """The rows below the header row that begins with `first`, by header, until an empty one."""
    rows = iter(book[title].values)
    headers = next(row for row in rows if row[0] == first)
    found = []
    for row in rows:
        if row[0] is None:
            break
        found.append({str(header): value for header, value in zip(headers, row, strict=True) if header})
    return found


def test_cause_comes_before_other_rows_with_the_number_of_its_consequences(book: Workbook) -> None:
    listed = table(book, CORRECT, "Folha")
    orphans = [row for row in table(book, PHASES, "Linha do Excel") if row["Tipo"] == "Consequência"]
    told = [int(str(row["Consequências"]).split()[0]) for row in listed if row["Consequências"]]
    assert told == sorted(told, reverse=True)
    assert sum(told) == len(orphans) > 0
    (refused,) = (row for row in listed if row["Folha"] == ORDERS)
    assert (refused["Linha do Excel"], refused["Coluna"]) == (5, "Of_DataCriacao")
    assert refused["Motivo"] == "Of_DataCriacao: tem um texto de 11 caracteres; devia ser uma data"
    missing = [row for row in listed if "não está na folha OrdensFabrico" in str(row["Motivo"])]
    assert [row["Coluna"] for row in missing] == ["FaseOf_OfId"]


def test_row_that_repeats_the_headers_is_to_be_deleted(new_plant: NewPlant) -> None:
    with new_plant() as plant, ingested_here():
        rows = factory()
        rows[PHASES].insert(4, [column.header for column in SHEET_BY_NAME[PHASES].columns])
        folder = plant.folder / "reports"
        plant.ingest(rows, reports_dir=folder, allow_rejects=True)
        (told,) = table(openpyxl.load_workbook(folder / "rejected_rows.xlsx"), CORRECT, "Folha")
    assert (told["Folha"], told["Linha do Excel"]) == (PHASES, 6)
    assert told["Como corrigir"] == "Apague esta linha, que repete os cabeçalhos, e exporte de novo."


def test_cell_at_fault_is_marked_and_the_others_keep_their_types(book: Workbook) -> None:
    page = book[ORDERS]
    headers = [cell.value for cell in page[1]]
    cells = dict(zip(headers, page[2], strict=True))
    assert {header for header, cell in cells.items() if cell.fill.fgColor.rgb == RED} == {"Of_DataCriacao"}
    assert cells["Of_DataCriacao"].value == "(texto de 11 caracteres)"
    assert isinstance(cells["Of_Id"].value, int)
    (started,) = (cell.column for cell in book[PHASES][1] if cell.value == "FaseOf_Inicio")
    assert any(isinstance(row[started - 1], dt.datetime) for row in book[PHASES].values)


def test_summary_has_every_sheet_and_the_run_before(book: Workbook) -> None:
    rows = {row["Folha"]: row for row in table(book, SUMMARY, "Folha")}
    assert list(rows) == list(SHEET_BY_NAME)
    orders = rows[ORDERS]
    assert orders["Linhas lidas"] == orders["Aceites"] + orders["Recusadas"]
    assert (orders["Recusadas"], orders["A corrigir"], orders["Variação"]) == (1, 1, -2)
    assert orders["% recusadas"] == orders["Recusadas"] / orders["Linhas lidas"]
    facts = {row[0]: row[1] for row in book[SUMMARY].values}
    assert facts["Estado"] == "Publicada"


def test_fault_of_a_whole_column_is_one_line_of_the_summary(new_plant: NewPlant) -> None:
    with new_plant() as plant, ingested_here():
        rows = factory()
        place = [column.header for column in SHEET_BY_NAME[PHASES].columns].index("FaseOf_Inicio")
        for row in rows[PHASES][4:34]:
            row[place] = "08:30"
        rows[PHASES].append([*rows[PHASES][3][:5], 99.5, *rows[PHASES][3][6:]])
        folder = plant.folder / "reports"
        plant.ingest(rows, reports_dir=folder, allow_rejects=True)
        made = openpyxl.load_workbook(folder / "rejected_rows.xlsx")[SUMMARY]
    told = [row[:5] for row in made.values if row[0] == PHASES and isinstance(row[3], int) and isinstance(row[4], str)]
    assert told == [
        (PHASES, "FaseOf_Inicio", 30, 6, "FaseOf_Inicio: '08:30' é um texto; devia ser uma data"),
        (PHASES, "FaseOf_Id", 1, 5, told[1][4]),
    ]
    assert "com outro conteúdo e prevalece" in str(told[1][4])


def test_pages_are_made_to_be_read_filtered_and_printed(book: Workbook) -> None:
    for title in book.sheetnames[1:]:
        page = book[title]
        assert page.freeze_panes == "A2"
        assert page.auto_filter.ref == f"A1:{page.cell(1, page.max_column).column_letter}{page.max_row}"
        assert page.print_title_rows == "$1:$1"
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert all(page.column_dimensions[cell.column_letter].width >= 10 for cell in page[1])


def test_number_is_set_apart_from_the_text_behind_it(book: Workbook) -> None:
    for title in book.sheetnames:
        for row in book[title].iter_rows():
            for cell, following in pairwise(row):
                if isinstance(cell.value, int | float | dt.datetime) and isinstance(following.value, str):
                    assert cell.alignment.indent >= 1, (title, cell.coordinate)


@pytest.mark.usefixtures("read_here")
def test_refused_run_says_that_nothing_was_published(begun: Plant, tmp_path: Path) -> None:
    rows = factory()
    columns = [column.header for column in SHEET_BY_NAME[ORDERS].columns]
    for row in rows[ORDERS]:
        row[columns.index("Of_DataCriacao")] = "amanhã"
    with pytest.raises(Exception, match="Of_DataCriacao"):
        begun.ingest(rows, reports_dir=tmp_path)
    summary = {row[0]: row[1] for row in openpyxl.load_workbook(tmp_path / "rejected_rows.xlsx")[SUMMARY].values}
    assert summary["Estado"] == "Recusada: nada foi publicado"
    assert str(summary["Motivo"]).startswith(
        "Demasiadas linhas são recusadas: OrdensFabrico: Of_DataCriacao, linha 2: um texto"
    )
