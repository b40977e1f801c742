"""A data owner's hour: nine faults of an export are found, mended and gone, by the pages and rejected_rows.xlsx."""

from __future__ import annotations

import copy
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl

from app.contract import SHEET_BY_NAME
from tests.integration.api.conftest import Factory
from tests.integration.api.web.browser import BOTH, KEYS, browser, text_of
from tests.integration.api.web.test_web_sending import SCRIPT, carried_out
from tests.integration.ingestion.factory import (
    EMPLOYEES,
    ERRORS,
    ORDERS,
    PHASES,
    Rows,
    excel_row,
    factory,
    save,
)

ADD, KEEP_ONE = "Acrescente esta ordem", "Deixe no ERP uma só linha"
MISNAMED = re.compile(r"falta a coluna \w+: há '(?P<header>[^']+)'|não tem a folha \w+: há '(?P<sheet>[^']+)'")


def place_of(sheet: str, header: str) -> int:
    return [column.header for column in SHEET_BY_NAME[sheet].columns].index(header)


def with_faults(clean: Rows) -> Rows:
    """Seven faults of rows: text for a date, a missing order, an empty key, thousands, a flag of 5, a phase that stands
    twice with other content, and a number for a date."""
    rows = copy.deepcopy(clean)
    rows[ORDERS][3][place_of(ORDERS, "Of_DataCriacao")] = "amanhã cedo"
    rows[PHASES][30][place_of(PHASES, "FaseOf_Id")] = None
    rows[ERRORS][2][place_of(ERRORS, "OFCH_GRAVIDADE")] = "1.000"
    rows[EMPLOYEES][1][place_of(EMPLOYEES, "Funcionario_Activo")] = 5
    rows[PHASES][20][place_of(PHASES, "FaseOf_Inicio")] = 45067
    rows[PHASES].insert(0, [*rows[PHASES][10][:5], 99.5, *rows[PHASES][10][6:]])
    del rows[ORDERS][10]
    return rows


def save_misnamed(path: Path, rows: Rows, sheet: str | None, header: str | None) -> bytes:
    """The workbook with a sheet and a header that are not named as the ERP does."""
    save(path, rows)
    book = openpyxl.load_workbook(path)
    if header:
        book[ORDERS]["A1"] = header
    if sheet:
        book["Fases"].title = sheet
    book.save(path)
    return path.read_bytes()


def corrections(book: bytes) -> list[dict[str, Any]]:
    """The rows of the page to correct, by header."""
    first, *others = openpyxl.load_workbook(io.BytesIO(book))["Corrigir"].values
    return [dict(zip(map(str, first), row, strict=True)) for row in others if row[0]]


def mended(rows: Rows, listed: list[dict[str, Any]], erp: Rows) -> Rows:
    """The export after the ERP was corrected as each line of the page says, and nowhere else."""
    found, superfluous = copy.deepcopy(rows), []
    for line in listed:
        sheet, place = line["Folha"], line["Linha do Excel"] - 2
        if line["Como corrigir"].startswith(ADD):
            found[ORDERS] += [order for order in erp[ORDERS] if str(order[0]) == str(line["Valor"])]
        elif line["Como corrigir"].startswith(KEEP_ONE):
            superfluous.append((sheet, place))
        else:
            for header in line["Coluna"].split(", "):
                column = place_of(sheet, header)
                found[sheet][place][column] = right_value(sheet, found[sheet][place], column, erp)
    for sheet, place in sorted(superfluous, reverse=True):
        del found[sheet][place]
    return found


def right_value(sheet: str, row: list[Any], column: int, erp: Rows) -> Any:
    """The value that the ERP has in the row that is otherwise the same."""
    same = (one for one in erp[sheet] if [*one[:column], *one[column + 1 :]] == [*row[:column], *row[column + 1 :]])
    return next(same)[column]


class Office:
    """The data owner at the page: sends a workbook, follows its run, takes the refused rows."""

    def __init__(self, plant: Factory, folder: Path, client: httpx.Client) -> None:
        self._plant, self._folder, self._client = plant, folder, client

    def send(self, book: bytes) -> httpx.Response:
        return self._client.post("/data/runs?name=export.xlsx", content=book, headers=SCRIPT)

    def follow(self, sent: httpx.Response) -> tuple[str, str]:
        """The address of the run, and what its page says at the end."""
        assert sent.status_code == 202, sent.text
        address = sent.json()["address"]
        carried_out(self._plant, self._folder, int(address.rpartition("/")[2]))
        return address, text_of(self._client.get(address).text)

    def refused_rows(self, address: str) -> bytes:
        answer = self._client.get(f"{address}/rejected_rows.xlsx", headers={"Accept": "*/*"})
        assert answer.status_code == 200, text_of(answer.text)
        return answer.content


def refusals(office: Office, path: Path, rows: Rows) -> Iterator[str]:
    """Send until every name is right, mending the name that each refusal gives; yields the refusals."""
    sheet: str | None = "Fases "
    header: str | None = "OF_ID"
    while sheet or header:
        sent = office.send(save_misnamed(path, rows, sheet, header))
        told = sent.json()["detail"] if sent.status_code != 202 else office.follow(sent)[1]
        found = MISNAMED.search(told)
        assert found, told
        sheet, header = (None, header) if found["sheet"] else (sheet, None)
        yield told


def test_nine_faults_are_found_mended_and_gone(fresh: Factory, tmp_path: Path) -> None:
    erp, path = factory(), tmp_path / "export.xlsx"
    rows = with_faults(erp)
    with browser(fresh, BOTH, upload_dir=tmp_path / "uploads", **KEYS) as client:
        client.headers["Accept-Language"] = "pt"
        office = Office(fresh, tmp_path / "uploads", client)
        assert len(list(refusals(office, path, rows))) == 2
        address, words = office.follow(office.send(save(path, rows).read_bytes()))
        listed = corrections(office.refused_rows(address))
        told = {(line["Folha"], line["Linha do Excel"], line["Coluna"]) for line in listed}
        assert told == {
            (ORDERS, excel_row(3), "Of_DataCriacao"),
            (PHASES, excel_row(31), "FaseOf_Id"),
            (ERRORS, excel_row(2), "OFCH_GRAVIDADE"),
            (EMPLOYEES, excel_row(1), "Funcionario_Activo"),
            (PHASES, excel_row(21), "FaseOf_Inicio"),
            (PHASES, excel_row(0), "FaseOf_Id"),
            (PHASES, excel_row(22), "FaseOf_OfId"),
        }, words
        address, words = office.follow(office.send(save(path, mended(rows, listed, erp)).read_bytes()))
        assert "Nenhuma linha foi recusada" in words, words
        assert "export.xlsx: ✓ publicada – em vigor" in words
        assert corrections(office.refused_rows(address)) == []
        for sheet, own in erp.items():
            assert re.search(rf"{sheet} {len(own)} {len(own)} 0", words), (sheet, words)
