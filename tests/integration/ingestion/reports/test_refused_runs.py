"""A run that reconciles and would empty the factory: refused, nothing live moved, its rejects and reports kept."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from app.commands.tables import shown_publication
from app.ingestion.errors import (
    EmptyRefused,
    ImplausibleRefused,
    OlderRefused,
    RejectsRefused,
    RunRefused,
    ShrinkRefused,
)
from app.ingestion.publishing import publish
from app.ingestion.reports.rejected_words import CORRECT, SUMMARY
from app.workbook.profile.profiling import WorkbookProfile, profile_here
from tests.integration.ingestion.conftest import NewPlant, Plant
from tests.integration.ingestion.factory import (
    AS_OF,
    CATALOGUE,
    ORDERS,
    PEOPLE,
    PHASES,
    PRODUCTS,
    Rows,
    factory,
    order,
    phase,
)
from tests.integration.read_here import ingested_here
from tests.oracle import Oracle

pytestmark = pytest.mark.usefixtures("read_here")

SERIAL = 45_352.0
"""1 March 2024 as Excel counts days: what a date becomes whose format was lost."""


def large() -> Rows:
    """Ninety-five orders with their phases."""
    rows = factory()
    rows[ORDERS] = [order(number) for number in range(95)]
    for cells in rows[ORDERS]:
        cells[2] = None
    rows[PHASES] = [phase(number) for number in range(190)]
    return rows


@pytest.fixture(scope="module")
def large_once(new_plant: NewPlant) -> Iterator[Plant]:
    """A plant whose live run is `large()`, to be copied."""
    with new_plant() as plant:
        with ingested_here():
            plant.ingest(large())
        yield plant


@pytest.fixture
def filled(new_plant: NewPlant, large_once: Plant) -> Iterator[Plant]:
    """A plant of the test's own whose live run is `large()`."""
    with new_plant(large_once) as plant:
        yield plant


def newest_as_texts(rows: Rows) -> None:
    for cells in rows[ORDERS][55:]:
        cells[1] = cells[1].isoformat()


def dates_without_format(rows: Rows) -> None:
    for cells in rows[ORDERS]:
        cells[1] = SERIAL


def few_but_all_values(rows: Rows) -> None:
    for place in range(3):
        rows[PHASES][place][4] = SERIAL


def orders_gone(rows: Rows) -> None:
    del rows[ORDERS][80:]


REFUSED: dict[str, tuple[Callable[[Rows], None], str]] = {
    "newest orders as texts": (newest_as_texts, "OrdensFabrico: 40 of 95 rows are refused: Of_DataCriacao, row 57:"),
    "dates without format": (dates_without_format, "Of_DataCriacao, row 2: 45352 is a number, not a date; 95 of 95"),
    "every value of a sparse column": (few_but_all_values, "FaseOf_DataPrevista, row 2: 45352 is a number"),
    "orders absent": (orders_gone, "because their order is not in the workbook (15 of 95 orders)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_run_over_the_limit_is_refused_with_its_reason_and_keeps_its_evidence(filled: Plant, name: str) -> None:
    change, told = REFUSED[name]
    live = filled.live()
    before = filled.run_tables()
    rows = large()
    change(rows)
    workbook = filled.workbook(rows)
    folder = filled.folder / "reports"
    with pytest.raises(RunRefused) as refusal:
        filled.ingest_file(workbook, reports_dir=folder)
    is_truncated = change is orders_gone
    assert isinstance(refusal.value, ShrinkRefused if is_truncated else RejectsRefused)
    assert told in str(refusal.value)
    assert ("--allow-shrink" in str(refusal.value)) is is_truncated
    assert filled.live() == live
    assert filled.run_tables() == before
    ((run_id, status, failure),) = filled.rows(
        "SELECT run_id, status, failure FROM audit.ingestion_runs WHERE run_id > :live", live=live
    )
    assert (status, failure) == ("REFUSED", str(refusal.value))
    kept = filled.value("SELECT count(*) FROM audit.rejected_rows WHERE run_id = :run", run=run_id)
    assert kept == rows_in(folder / "rejected_rows.xlsx") > 0
    report = json.loads((folder / "ingestion_report.json").read_text(encoding="utf-8"))
    assert (report["status"], report["run_id"], report["refusal"]) == ("REFUSED", run_id, str(refusal.value))
    assert not (folder / "FEATURE_GATES.json").exists()
    allowed = filled.ingest_file(workbook, allow_rejects=True, allow_shrink=True, allow_older=True)
    assert (allowed.status, filled.live()) == ("PUBLISHED", allowed.run_id)
    assert allowed.warnings


def rows_in(path: Path) -> int:
    book = openpyxl.load_workbook(path, read_only=True)
    count = sum(
        len(list(book[name].iter_rows(min_row=2))) for name in book.sheetnames if name not in (SUMMARY, CORRECT)
    )
    book.close()
    return count


def test_a_refused_first_load_leaves_nothing_live_and_only_the_latest_rejects(plant: Plant) -> None:
    for serial in range(4):
        rows = large()
        dates_without_format(rows)
        rows[ORDERS][0][1] = SERIAL + serial
        with pytest.raises(RejectsRefused):
            plant.ingest(rows)
    assert plant.live() is None
    assert plant.run_tables() == set()
    kept = [run for (run,) in plant.rows("SELECT DISTINCT run_id FROM audit.rejected_rows ORDER BY run_id")]
    assert kept == sorted(plant.statuses())[-3:]


def test_a_dry_run_is_refused_without_a_record(plant: Plant) -> None:
    rows = large()
    dates_without_format(rows)
    with pytest.raises(RejectsRefused):
        plant.ingest(rows, dry_run=True, reports_dir=plant.folder / "reports")
    assert plant.statuses() == {}
    assert rows_in(plant.folder / "reports" / "rejected_rows.xlsx") == 95 + 190


def test_above_a_hundredth_the_run_is_published_with_a_warning(plant: Plant) -> None:
    rows = large()
    for place in (90, 91):
        rows[ORDERS][place][1] = "ontem"
    result = plant.ingest(rows)
    assert [(one["sheet"], one["row_count"]) for one in result.warnings] == [(ORDERS, 2), (PHASES, 4)]
    stored = plant.rows("SELECT sheet FROM audit.data_quality_issues WHERE code = 'ROWS_REFUSED' ORDER BY sheet")
    assert [sheet for (sheet,) in stored] == [PHASES, ORDERS]


def test_a_column_that_lost_nearly_all_its_values_needs_its_option(filled: Plant) -> None:
    rows = large()
    for cells in rows[PHASES][19:]:
        cells[3] = None
    with pytest.raises(
        ShrinkRefused, match=r"FasesOrdemFabrico.FaseOf_Fim has 15 values, in the live run 152\. .*--allow-shrink"
    ):
        filled.ingest(rows)
    assert filled.ingest(rows, allow_shrink=True).status == "PUBLISHED"


def test_a_column_that_kept_a_tenth_of_its_values_is_not_plausible(filled: Plant) -> None:
    rows = large()
    for cells in rows[PHASES][20:]:
        cells[3] = None
    with pytest.raises(
        ImplausibleRefused, match=r"FaseOf_Fim, row 23: 2024-03-22 10:21 in the live run, nothing now; 136 of 152"
    ):
        filled.ingest(rows)
    assert filled.ingest(rows, allow_implausible=True).status == "PUBLISHED"


def test_a_column_that_lost_a_sixth_of_its_values_passes(filled: Plant) -> None:
    rows = large()
    for cells in rows[PRODUCTS]:
        cells[1] = f"{cells[1]} II"
    for cells in rows[PHASES][160:]:
        cells[3] = None
    assert filled.ingest(rows).status == "PUBLISHED"


def no_rows(sheet: str) -> Callable[[Rows], None]:
    return lambda rows: rows[sheet].clear()


def no_phases(rows: Rows) -> None:
    for sheet in (PHASES, "FuncionariosFaseOrdemFabrico", "OrdemFabricoErros"):
        rows[sheet].clear()


@pytest.mark.parametrize(
    "change", [no_rows(CATALOGUE), no_phases, lambda rows: [cells.clear() for cells in rows.values()]]
)
def test_a_first_snapshot_without_what_others_refer_to_needs_its_option(
    plant: Plant, change: Callable[[Rows], None]
) -> None:
    rows = factory()
    change(rows)
    with pytest.raises(EmptyRefused):
        plant.ingest(rows)
    assert plant.ingest(rows, allow_empty=True).status == "PUBLISHED"


def test_an_export_older_than_the_live_one_needs_its_option_and_a_rollback_says_so(begun: Plant) -> None:
    first = begun.live()
    assert first is not None
    rows = factory()
    rows[ORDERS][15][2] = AS_OF - dt.timedelta(days=3)
    older = begun.workbook(rows)
    with pytest.raises(OlderRefused):
        begun.ingest_file(older)
    assert begun.live() == first
    second = begun.ingest_file(older, allow_older=True)
    again = publish(begun.url, first, roles=begun.roles)
    assert not again.is_older
    back = publish(begun.url, second.run_id, roles=begun.roles)
    assert "It is older than the run before: it ends at 2024-04-07 16:30" in shown_publication(back)


def test_a_mistyped_year_is_an_issue_and_not_the_time_of_the_data(plant: Plant) -> None:
    rows = factory()
    rows[ORDERS][14][2] = dt.datetime(2052, 4, 1)
    result = plant.ingest(rows)
    assert plant.value("SELECT as_of FROM core.snapshot_facts") == AS_OF
    assert [one["row_count"] for one in result.data_quality if one["code"] == "STAMP_AFTER_EXPORT"] == [1]
    assert plant.ingest(factory()).status == "PUBLISHED"


@pytest.mark.parametrize(("days", "is_left_out"), [(62, True), (59, False)])
def test_a_stamp_mistyped_by_months_is_no_end_of_a_factory_of_years(plant: Plant, days: int, is_left_out: bool) -> None:
    """The export's time allows it: 10,000 stamps do not come so near to the one."""
    rows = factory()
    rows[PHASES] += [[10_000 + n, 100, AS_OF, AS_OF, None, 1.0, 1.0, 1, 0.0, 0, None, n] for n in range(5_000)]
    alone = AS_OF + dt.timedelta(days=days)
    rows[ORDERS][14][2] = alone
    path = plant.workbook(rows)
    result = plant.ingest_file(path)
    expected = AS_OF if is_left_out else alone
    assert plant.value("SELECT as_of FROM core.snapshot_facts") == expected
    assert plant.value("SELECT throughput_orders FROM core.key_figures") == (15 if is_left_out else 1)
    counted = [one["row_count"] for one in result.data_quality if one["code"] == "STAMP_AFTER_EXPORT"]
    assert counted == ([1] if is_left_out else [])
    *_, profile = profile_here(path, 4096)
    assert isinstance(profile, WorkbookProfile)
    oracle = Oracle(path)
    try:
        assert (profile.as_of, oracle.as_of) == (expected, expected)
    finally:
        oracle.close()


def test_a_column_that_lost_every_value_is_refused(begun: Plant) -> None:
    live = begun.live()
    rows = factory()
    for cells in rows[PHASES]:
        cells[3] = None
    with pytest.raises(ShrinkRefused) as refusal:
        begun.ingest(rows)
    assert "FasesOrdemFabrico.FaseOf_Fim" in str(refusal.value)
    assert begun.live() == live


def test_no_name_reaches_a_reject_whatever_column_it_stands_in(plant: Plant) -> None:
    rows = factory()
    name = PEOPLE[0]
    for column in range(6):
        rows[ORDERS][3 + column][column] = name
        rows[PHASES][25 + column][column] = name
    folder = plant.folder / "reports"
    plant.ingest(rows, reports_dir=folder, allow_rejects=True)
    kept = plant.rows("SELECT sheet, detail, cells FROM audit.rejected_rows")
    assert len(kept) >= 12
    assert not any(part in str(kept) for part in name.split())
    for report in folder.iterdir():
        if report.suffix == ".json":
            assert not any(part in report.read_text(encoding="utf-8") for part in name.split()), report.name
    book = openpyxl.load_workbook(folder / "rejected_rows.xlsx", read_only=True)
    shown = [str(row) for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)]
    book.close()
    assert not any(part in row for part in name.split() for row in shown)
