"""The refused rows that the workbook lists when it has no room for all, as check C5 expects."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.support.listed_rejects import MOST_IN_EXCEL, Rejects, first_listed, in_csv

FEW: Rejects = {"Modelos": {9: "NULL_KEY"}, "OrdensFabrico": {7: "INVALID_TYPE", 3: "DUPLICATE_ROW", 5: "NULL_KEY"}}


@pytest.mark.parametrize(
    ("most", "listed"),
    [
        (1, {"OrdensFabrico": {3: "DUPLICATE_ROW"}}),
        (3, {"OrdensFabrico": {3: "DUPLICATE_ROW", 5: "NULL_KEY", 7: "INVALID_TYPE"}}),
        (4, FEW),
    ],
)
def test_first_rows_of_the_first_sheets_are_listed(most: int, listed: Rejects) -> None:
    assert first_listed(FEW, most) == listed


def test_more_rejects_than_the_workbook_has_room_for_are_expected_in_the_csv(tmp_path: Path) -> None:
    many: Rejects = {"OrdensFabrico": dict.fromkeys(range(2, MOST_IN_EXCEL + 3), "NULL_KEY")}
    assert first_listed(many)["OrdensFabrico"].keys() == set(range(2, MOST_IN_EXCEL + 2))
    path = tmp_path / "rejected_rows.csv"
    assert in_csv(path) == {}
    rows = "".join(f"{sheet},{row},{code},why\r\n" for sheet in many for row, code in many[sheet].items())
    path.write_text("\ufeffSheet,Excel row,Code,Reason\r\n" + rows, encoding="utf-8", newline="")
    assert in_csv(path) == many
