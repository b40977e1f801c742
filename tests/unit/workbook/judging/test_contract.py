"""The contract agrees with itself."""

from __future__ import annotations

import pytest

from app.contract import RELATIONSHIPS, SHEET_BY_NAME, SHEETS, Kind, Relationship, Sheet, quality_issues
from app.contract.quality_issues import QualityIssue
from app.ingestion.reports.issues import CROSS_ISSUES, ROW_ISSUES
from app.workbook.profile.faults import FAULTS


def test_nine_sheets_with_fifty_columns() -> None:
    assert [len(sheet.columns) for sheet in SHEETS] == [6, 12, 3, 6, 3, 3, 5, 6, 5]
    assert len({sheet.table for sheet in SHEETS}) == len(SHEET_BY_NAME) == 9


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_sheet_names_each_column_once_and_its_key_is_never_null(sheet: Sheet) -> None:
    assert len({column.header for column in sheet.columns}) == len(sheet.columns)
    assert len({column.name for column in sheet.columns}) == len(sheet.columns)
    assert not any(sheet.column(header).nullable for header in sheet.key)
    for column in sheet.columns:
        assert (column.bounds is not None) == (column.kind in (Kind.INT, Kind.FLAG) or column.unit == "kg")


def test_only_names_of_people_are_personal() -> None:
    assert [column.header for sheet in SHEETS for column in sheet.columns if column.personal] == ["Funcionario_Nome"]


@pytest.mark.parametrize("relationship", RELATIONSHIPS, ids=lambda relationship: relationship.name)
def test_relationship_points_from_a_column_at_a_key(relationship: Relationship) -> None:
    source = SHEET_BY_NAME[relationship.from_sheet]
    for link in relationship.links:
        assert source.column(link.from_header).kind is Kind.INT
        assert SHEET_BY_NAME[link.to_sheet].key == (link.to_header,)


def test_one_relationship_is_enforced() -> None:
    assert [each.name for each in RELATIONSHIPS if each.enforced] == ["FaseOf_OfId → Of_Id"]
    assert len({each.name for each in RELATIONSHIPS}) == len(RELATIONSHIPS)


def test_unknown_column_is_named() -> None:
    with pytest.raises(KeyError, match="Of_Cor"):
        SHEETS[0].column("Of_Cor")


def test_every_issue_of_the_contract_is_counted_by_the_ingestion_and_the_profile() -> None:
    declared = {issue for issue in vars(quality_issues).values() if isinstance(issue, QualityIssue)}
    in_sql = {*ROW_ISSUES, *(issue for issues, _ in CROSS_ISSUES for issue in issues)}
    assert in_sql == declared
    assert declared <= {fault.issue for fault in FAULTS}
    assert len({(issue.sheet, issue.code) for issue in declared}) == len(declared) > 30
