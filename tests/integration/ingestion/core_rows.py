"""Rows of a plant's live run in core."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from tests.integration.ingestion.conftest import Plant

Row = dict[str, Any]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def live(plant: Plant, table: str) -> list[Row]:
    run_id = plant.live()
    found = plant.rows(f"SELECT * FROM core.{table} WHERE run_id = :run_id", run_id=run_id)
    return [{name: value for name, value in row._mapping.items() if name != "run_id"} for row in found]


def errors_of(plant: Plant) -> list[Row]:
    """Rows of OrdemFabricoErros without the checklist lines that the sample and the factory have."""
    remarks = ("Barco bem lixado.", "Conjunto bem alinhado, conforme à inspeção.")
    found = live(plant, "quality_errors")
    return [row for row in found if row["evaluation_phase_id"] != 8 or row["description"] not in remarks]


def keyed(rows: Iterable[Row], *names: str) -> dict[Any, Row]:
    return {tuple(row[name] for name in names): row for row in rows}


def latest(plant: Plant) -> dt.datetime:
    stamps = [row[name] for row in live(plant, "work_orders") for name in ("created_at", "completed_at")]
    stamps += [row[name] for row in live(plant, "order_phases") for name in ("started_at", "finished_at")]
    return max(stamp for stamp in stamps if stamp is not None)
