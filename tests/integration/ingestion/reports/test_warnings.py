"""A plant that is emptied little by little, within the limits of each run, is published with a warning."""

from __future__ import annotations

import json

import pytest

from app.commands.tables import shown_warning
from app.planning.snapshot.live_run import resolve_run
from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.factory import EMPLOYEES, ORDERS, PHASES, factory, order, phase

pytestmark = pytest.mark.usefixtures("read_here")


@pytest.mark.parametrize(
    ("gone", "sheets"), [(slice(20, 23), 2), (slice(5, 8), 1)], ids=["open orders", "finished orders with their phases"]
)
def test_a_loss_over_several_runs_is_warned_of_wherever_the_run_is_shown(
    plant: Plant, gone: slice, sheets: int
) -> None:
    rows = factory()
    rows[ORDERS] = [order(number) for number in range(95)]
    rows[PHASES] = [phase(number) for number in range(190)]
    found = []
    folder = plant.folder / "reports"
    for _ in range(3):
        rows[EMPLOYEES][0][1] += "."  # no file is the one before
        result = plant.ingest(rows, reports_dir=folder)
        found.append([(one["code"], one["sheet"], one["row_count"]) for one in result.warnings])
        del rows[ORDERS][gone], rows[PHASES][2 * gone.start : 2 * gone.stop]
    warned = [("ROWS_MISSING", ORDERS, 6), ("ROWS_MISSING", PHASES, 12)][:sheets]
    assert found == [[], [], warned]
    report = json.loads((folder / "ingestion_report.json").read_text(encoding="utf-8"))
    assert report["warnings"] == list(result.warnings)
    told = f"{ORDERS} has 89 rows, in run {plant.value('SELECT min(run_id) FROM audit.ingestion_runs')} it had 95"
    assert shown_warning(result.warnings[0]).startswith(f"Warning: {told}. Compare the sheet with the ERP")
    with plant.connection(plant.roles.api) as connection:
        live = resolve_run(connection, "main")
    assert [(one.code, one.sheet, one.rows) for one in live.warnings] == sorted(warned, key=lambda one: one[1])
    assert live.warnings[-1].detail == told
    archived = plant.rows("SELECT sheet, row_count FROM audit.data_quality_issues WHERE code = 'ROWS_ARCHIVED'")
    assert archived == [] if sheets > 1 else [(PHASES, 6), (PHASES, 6)]
