"""The identities that a run must satisfy."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.sheet_counts import COUNTS, SheetCounts
from app.database.schema.audit import ingestion_sheets
from app.ingestion.reconciliation import violations
from app.ingestion.reports.run_report import SheetReport

GOOD = SheetCounts("OrdensFabrico", 100, 100, 97, 3, 10, 7, 80, 2, 89, {"NULL_KEY": 1, "DUPLICATE_ROW": 2})
SUM_OF_FOUR = "rejected = sum of reasons: 4 != 3"
COUNTED = (
    "rows_extracted",
    "rows_loaded",
    "rows_merged",
    "rows_rejected",
    "inserted",
    "updated",
    "unchanged",
    "live_rows",
)


def test_counts_that_add_up_violate_nothing() -> None:
    assert violations(GOOD) == []


@pytest.mark.parametrize("field", [*COUNTED, "deleted"])
@given(off_by=st.integers(-5, 5).filter(bool))
def test_any_single_count_that_is_off_is_seen(field: str, off_by: int) -> None:
    assert violations(replace(GOOD, **{field: getattr(GOOD, field) + off_by}))


@pytest.mark.parametrize(
    ("changed", "violated"),
    [
        ({"rows_extracted": 101}, ["extracted = loaded: 101 != 100"]),
        ({"rows_loaded": 101}, ["extracted = loaded: 100 != 101", "loaded = merged + rejected: 101 != 100"]),
        ({"rows_merged": 96, "rows_rejected": 4}, ["merged = inserted + updated + unchanged: 96 != 97", SUM_OF_FOUR]),
        ({"live_rows": 90}, ["live = updated + unchanged + deleted: 90 != 89"]),
        ({"rows_rejected": 4, "rows_loaded": 101, "rows_extracted": 101}, [SUM_OF_FOUR]),
    ],
)
def test_each_identity_is_told_by_its_name_and_both_sides(changed: dict[str, Any], violated: list[str]) -> None:
    assert violations(replace(GOOD, **changed)) == violated


def test_a_reason_that_is_missing_is_seen() -> None:
    assert violations(replace(GOOD, rejects_by_reason={"NULL_KEY": 1})) == ["rejected = sum of reasons: 3 != 1"]


def test_the_reported_object_has_the_documented_fields() -> None:
    fields = {"sheet", *COUNTED, "deleted", "rejects_by_reason", "sheet_sha256"} - {"live_rows"}
    assert set(GOOD.as_dict()) == fields


def test_record_and_report_have_the_counts_that_are_reconciled() -> None:
    reconciled = {one.name for one in fields(SheetCounts)} - {"live_rows"}
    assert {column.name for column in ingestion_sheets.c} - {"run_id"} == reconciled
    assert set(SheetReport.model_fields) == reconciled - {"sheet_sha256"} == {"sheet", "rejects_by_reason", *COUNTS}
