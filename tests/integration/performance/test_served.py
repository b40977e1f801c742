"""The driver against the real API, served on an ingested sample: no answer is wrong, the results are whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from app.api.process.server import served
from app.database.engine import open_engine
from app.performance import slo_document
from app.performance.load.truth import read_truth
from app.performance.results import measure_into
from app.performance.slo.slo_declaration import load_slos
from tests.integration.performance.conftest import DETAILS, Ingested

SLOS = tuple(replace(slo, rate_per_s=15, measured_requests=40, warm_up_requests=5) for slo in load_slos())


def test_truth_is_of_the_live_run(ingested: Ingested) -> None:
    truth = ingested.truth
    assert truth.run_id > ingested.earlier_run
    assert len(truth.orders) == truth.facts["work_orders"]
    assert len(truth.phases_by_order) == DETAILS
    assert sum(order.is_open for order in truth.orders) == truth.facts["open_work_orders"]
    assert truth.period is not None
    first, end = map(dt.date.fromisoformat, truth.period)
    assert (end - first).days == 31
    assert truth.busiest_phase is not None


def test_a_plant_without_a_run_has_no_truth(ingested: Ingested) -> None:
    with open_engine(ingested.url, role=ingested.roles.api) as engine, engine.connect() as connection:
        assert read_truth(connection, "nowhere", DETAILS) is None


def test_every_answer_of_the_served_api_is_correct(ingested: Ingested, tmp_path: Path) -> None:
    file = tmp_path / "SLO_RESULTS.json"
    with served(ingested.settings, ingested.url, ingested.roles) as base_url:
        measurement = measure_into(file, base_url, SLOS, ingested.truth)
    assert {result.slo.name: result.faults for result in measurement.results} == {slo.name: () for slo in SLOS}
    assert [result.judgement.samples for result in measurement.results] == [40] * 6
    written = slo_document.read(file, SLOS)
    assert written["run_id"] == ingested.truth.run_id
    assert written["load"]["rate_per_s"] == pytest.approx(90)
