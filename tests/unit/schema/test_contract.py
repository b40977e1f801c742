"""The schema's metadata against the workbook's contract: names, types, nullability, and what the comments say."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.contract import BIGINT, SHEETS, Column, Kind, Sheet
from app.database.schema import SNAPSHOT_TABLES, metadata
from app.database.schema.core import PERSONAL
from app.ingestion.tables.aggregate_tables import AGGREGATES

PLAIN = {
    Kind.NUMBER: "DOUBLE PRECISION",
    Kind.FLAG: "BOOLEAN",
    Kind.TEXT: "TEXT",
    Kind.DATETIME: "TIMESTAMP WITHOUT TIME ZONE",
    Kind.DATE: "DATE",
}
ADDED_BY_MERGE = {"event_digest", "occurrence"}
ADDED_BY_LOAD = {"excel_row", "reject_code", "reject_detail", "raw_cells"}

of_each_sheet = pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)


def expected_type(column: Column) -> str:
    if column.kind is not Kind.INT:
        return PLAIN[column.kind]
    if column.bounds == BIGINT:
        return "BIGINT"
    return "SMALLINT" if column.name == "severity" else "INTEGER"


def type_of(column: sa.Column[object]) -> str:
    return str(column.type.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]


def core(sheet: Sheet) -> sa.Table:
    return metadata.tables[f"core.{sheet.table}"]


@of_each_sheet
def test_core_has_the_sheets_columns_after_run_id(sheet: Sheet) -> None:
    names = [column.name for column in core(sheet).columns if column.name not in ADDED_BY_MERGE]
    assert names == ["run_id", *(column.name for column in sheet.columns)]


@of_each_sheet
def test_core_types_and_nullability_follow_the_contract(sheet: Sheet) -> None:
    declared = {column.name: (expected_type(column), column.nullable) for column in sheet.columns}
    built = {
        column.name: (type_of(column), column.nullable) for column in core(sheet).columns if column.name in declared
    }
    assert built == declared


@of_each_sheet
def test_core_marks_the_columns_that_hold_names(sheet: Sheet) -> None:
    marked = [column.name for column in core(sheet).columns if column.info.get(PERSONAL)]
    assert marked == [column.name for column in sheet.columns if column.personal]


@of_each_sheet
def test_core_key_is_the_sheets_within_a_run(sheet: Sheet) -> None:
    key = [sheet.column(header).name for header in sheet.key] or ["event_digest", "occurrence"]
    assert [column.name for column in core(sheet).primary_key] == ["run_id", *key]
    assert core(sheet).dialect_options["postgresql"]["partition_by"] == "LIST (run_id)"


@of_each_sheet
def test_column_comments_name_meaning_unit_and_source(sheet: Sheet) -> None:
    for column in sheet.columns:
        comment = core(sheet).columns[column.name].comment or ""
        meaning, _, source = comment.partition(" Source: ")
        assert source == f"{sheet.name}.{column.header}."
        assert meaning.strip(". ")
        assert (f"Unit: {column.unit}." in meaning) if column.unit else ("Unit:" not in meaning)


@of_each_sheet
def test_personal_columns_say_so(sheet: Sheet) -> None:
    said = {name for name, column in core(sheet).columns.items() if "personal data" in (column.comment or "")}
    assert said == {column.name for column in sheet.columns if column.personal}


@of_each_sheet
def test_staging_takes_every_cell_and_every_fault(sheet: Sheet) -> None:
    template = metadata.tables[f"staging.{sheet.table}"]
    assert set(template.columns.keys()) == {column.name for column in sheet.columns} | ADDED_BY_LOAD
    assert [name for name, column in template.columns.items() if not column.nullable] == ["excel_row"]
    assert not template.primary_key.columns
    assert "UNLOGGED" in template._prefixes
    for column in sheet.columns:
        assert type_of(template.columns[column.name]) == expected_type(column)


def test_every_sheet_and_aggregate_has_its_tables_and_core_has_no_others() -> None:
    of_sheets = {sheet.table for sheet in SHEETS}
    of_aggregates = {aggregate.table for aggregate in AGGREGATES}
    partitioned = {
        table.name for table in metadata.tables.values() if table.dialect_options["postgresql"]["partition_by"]
    }
    staged = {table.name for table in metadata.tables.values() if table.schema == "staging"}
    assert staged == of_sheets
    assert partitioned == of_sheets | of_aggregates == set(SNAPSHOT_TABLES)
