"""Plans of what the API really executes: bound to its run, and every way of not being so found."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa

from app.api import snapshot_reading
from app.api.application import create_app
from app.api.keys.keyring import with_ephemeral_key
from app.api.snapshot_reading import api_engine
from app.commands.command_database import Database
from app.commands.measuring import explain
from app.performance.errors import CaptureError
from app.performance.load.measurement import unmeasured
from app.performance.plans.capture import Application, Statement
from app.performance.plans.explain import explain_request, explain_slo, explained
from app.performance.plans.explanation import write_explanation
from app.performance.plans.plan import foreign_partitions, unbound_scans
from app.performance.slo.row_bound import parse_bound
from app.performance.slo.slo_declaration import Slo, load_slos
from app.planning.indicators import kpis
from tests.integration.performance.conftest import Ingested

SLOS = load_slos()


@pytest.fixture
def engine(ingested: Ingested) -> Iterator[sa.Engine]:
    """An engine as the API has it."""
    engine = api_engine(ingested.url, ingested.roles)
    yield engine
    engine.dispose()


@pytest.fixture
def application(ingested: Ingested) -> Iterator[Any]:
    """A new application of the API."""
    app = create_app(ingested.settings, database_url=ingested.url, roles=ingested.roles)
    yield app
    app.state.backend.engine.dispose()


def executing(engine: sa.Engine, *statements: str, status: int = 200) -> Application:
    """An application whose every answer executes these statements."""

    async def application(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    return application


@pytest.mark.parametrize("slo", SLOS, ids=lambda slo: slo.name)
def test_each_endpoint_stays_within_its_run_and_its_rows(application: Any, ingested: Ingested, slo: Slo) -> None:
    truth = ingested.truth
    requests = explain_slo(application, application.state.backend.engine, slo, truth)
    assert requests
    for request in requests:
        assert request.faults(truth.run_id, truth.facts) == []
        touched = set().union(*(each.plan.relations for each in request.statements))
        assert any(relation.endswith(f"_r{truth.run_id}") for relation in touched)


@pytest.mark.parametrize(
    "path",
    [
        "/api/kpis/overview?from=2000-01-01",
        "/api/kpis/by-phase",
        "/api/kpis/by-phase?from=2000-01-01",
        "/api/kpis/by-product",
        "/api/quality/by-phase",
        "/api/quality/by-product",
        "/api/quality/risk",
    ],
)
def test_each_statement_that_counts_rows_asks_for_its_run(application: Any, ingested: Ingested, path: str) -> None:
    request = explain_request(application, application.state.backend.engine, path, SLOS[3].rows_bound)
    run_id, plans = ingested.truth.run_id, [each.plan for each in request.statements]
    assert [relation for plan in plans for relation in foreign_partitions(plan.relations, run_id)] == []
    assert [node.title for plan in plans for node in unbound_scans(plan, run_id)] == []


def test_endpoints_seen_from_another_run_are_all_foreign(application: Any, ingested: Ingested) -> None:
    request, *_ = explain_slo(application, application.state.backend.engine, SLOS[3], ingested.truth)
    faults = request.faults(ingested.earlier_run, ingested.truth.facts)
    assert any(f"core.key_figures_r{ingested.truth.run_id}" in fault.sentence for fault in faults)


def test_a_statement_without_its_run_is_found(engine: sa.Engine, ingested: Ingested) -> None:
    request = explain_request(
        executing(engine, "SELECT count(*) FROM core.work_orders"), engine, "/", SLOS[3].rows_bound
    )
    faults = request.faults(ingested.truth.run_id, ingested.truth.facts)
    assert f"statement 1 of / reads core.work_orders_r{ingested.earlier_run}" in faults[0].sentence


def test_a_statement_that_only_happens_to_find_its_run_is_found(engine: sa.Engine, ingested: Ingested) -> None:
    """No run is asked for; it is found by its partition's name, as a database with one run would find it."""
    truth = ingested.truth
    with engine.connect() as connection:
        plan = explained(connection, Statement("SELECT count(*) FROM core.phases WHERE phase_id > 0", None))
    assert [node.relation for node in unbound_scans(plan, truth.run_id) if node.relation] == [
        f"core.phases_r{ingested.earlier_run}",
        f"core.phases_r{truth.run_id}",
    ]


def test_a_remembered_answer_is_no_plan(engine: sa.Engine, ingested: Ingested) -> None:
    """Such an answer only asks which run is live."""
    remembered = explain_request(
        executing(engine, "SELECT run_id FROM core.current_snapshot"), engine, "/", SLOS[3].rows_bound
    )
    (fault,) = remembered.faults(ingested.truth.run_id, ingested.truth.facts)
    assert fault.code == "NOTHING_READ"


def test_rows_beyond_the_bound_are_found(engine: sa.Engine, ingested: Ingested) -> None:
    truth = ingested.truth
    statement = f"SELECT * FROM core.order_phases WHERE run_id = {truth.run_id} AND planned_on IS NULL AND sequence < 0"
    request = explain_request(executing(engine, statement), engine, "/", SLOS[3].rows_bound)
    assert request.rows_examined == truth.facts["order_phases"]
    assert any(fault.code == "TOO_MANY_ROWS" for fault in request.faults(truth.run_id, truth.facts))


def test_a_spill_to_disk_is_found(engine: sa.Engine, ingested: Ingested) -> None:
    def small_memory(connection: Any, record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET work_mem = '64kB'")
        connection.commit()

    sa.event.listen(engine, "connect", small_memory)
    truth = ingested.truth
    statement = f"SELECT * FROM core.order_phases WHERE run_id = {truth.run_id} ORDER BY started_at, order_phase_id"
    request = explain_request(executing(engine, statement), engine, "/", SLOS[3].rows_bound)
    assert any(
        fault.code == "SPILL" and "Sort" in fault.sentence for fault in request.faults(truth.run_id, truth.facts)
    )


@pytest.mark.parametrize(
    ("order", "bound", "found"),
    [("created_at", "350", False), ("created_at + interval '0'", "350", True), ("transport_at", "350", True),
     ("transport_at", "2 * work_orders + 350", False)],
    ids=["an index has it", "no index has it", "of another column", "and may grow with the run"],
)  # fmt: skip
@pytest.mark.parametrize("random_page_cost", [1, 10_000])
def test_a_page_in_an_order_without_index_is_found(
    engine: sa.Engine, ingested: Ingested, random_page_cost: int, order: str, bound: str, found: bool
) -> None:
    """Also where PostgreSQL prefers to sort, as it does in small runs."""
    truth = ingested.truth
    wanted = f"run_id = {truth.run_id} ORDER BY {order} DESC, work_order_id DESC LIMIT 9"
    statement = f"SELECT * FROM core.work_orders WHERE {wanted}"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SET random_page_cost = {random_page_cost}")
    request = explain_request(executing(engine, statement), engine, "/", parse_bound(bound))
    faults = [fault for fault in request.faults(truth.run_id, truth.facts) if fault.code == "UNORDERED"]
    assert bool(faults) is found
    assert all("to give 9, in an order that no index has: Sort (" in fault.sentence for fault in faults)


PHASES = "core.order_phases WHERE run_id = :run_id"
SORTED = f"(SELECT started_at FROM {PHASES} ORDER BY started_at, order_phase_id OFFSET 0)"


@pytest.mark.parametrize(
    ("was", "instead", "code"),
    [
        ("k.run_id = :run_id", "k.run_id = :run_id - 1", "FOREIGN"),
        ("k.run_id = :run_id", "k.run_id > :run_id - 1", "UNBOUND"),
        (
            "f JOIN",
            f"f JOIN (SELECT count(*) FROM {PHASES} HAVING count(*) > 0) AS n ON true JOIN",
            "TOO_MANY_ROWS",
        ),
        ("f JOIN", f"f JOIN (SELECT count(*) FROM {SORTED} AS s) AS n ON true JOIN", "SPILL"),
    ],
    ids=["another run's partition", "whichever run is there", "every row of a table", "a sort without memory"],
)
def test_an_endpoint_led_astray_is_found(
    ingested: Ingested, monkeypatch: pytest.MonkeyPatch, was: str, instead: str, code: str
) -> None:
    """The real endpoint with one statement spoilt, and with hardly any memory to sort in."""
    text = " ".join(str(kpis.OVERVIEW).split())
    assert was in text
    monkeypatch.setattr(kpis, "OVERVIEW", sa.text(text.replace(was, instead)))
    monkeypatch.setitem(snapshot_reading.SESSION, "work_mem", "64kB")
    app = create_app(ingested.settings, database_url=ingested.url, roles=ingested.roles)
    try:
        request, *_ = explain_slo(app, app.state.backend.engine, SLOS[3], ingested.truth)
    finally:
        app.state.backend.engine.dispose()
    found = {fault.code: fault for fault in request.faults(ingested.truth.run_id, ingested.truth.facts)}
    assert code in found
    assert "/api/kpis/overview" in found[code].sentence
    assert "core.snapshot_facts" in found[code].remedy


@pytest.mark.parametrize("slo", SLOS, ids=lambda slo: slo.name)
def test_every_parameter_of_a_hot_endpoint_is_explained(application: Any, slo: Slo) -> None:
    """A new one is a new statement: give it a request or a variant in slo.yaml."""
    described = application.openapi()["paths"][slo.endpoint]["get"].get("parameters", [])
    asked = {
        name
        for template in (*slo.requests, *(variant.request for variant in slo.variants))
        for name, _ in parse_qsl(urlsplit(template).query)
    }
    assert {one["name"] for one in described if one["in"] == "query"} == asked


@pytest.mark.parametrize(
    ("statements", "status"),
    [((), 200), (("SELECT 1",), 503), (("SELECT 1", "SET LOCAL jit = off"), 200)],
    ids=["nothing", "no answer", "no query"],
)
def test_what_cannot_be_explained_is_refused(engine: sa.Engine, statements: tuple[str, ...], status: int) -> None:
    with pytest.raises(CaptureError):
        explain_request(executing(engine, *statements, status=status), engine, "/", SLOS[3].rows_bound)


def test_explanation_names_the_costliest_node(application: Any, ingested: Ingested, tmp_path: Path) -> None:
    slo = SLOS[5]
    requests = explain_slo(application, application.state.backend.engine, slo, ingested.truth)
    file = write_explanation(tmp_path, unmeasured(slo, "for the test"), requests)
    assert file.name == "EXPLAIN_quality-overview.md"
    text = file.read_text(encoding="utf-8")
    nodes = [node for request in requests for each in request.statements for node in each.plan.nodes]
    costliest = max(nodes, key=lambda node: node.self_ms)
    table = text.partition("## Costliest nodes")[2].splitlines()
    assert costliest.title.replace("|", "\\|") in table[4]
    for request in requests:
        for each in request.statements:
            assert each.statement.text.strip().splitlines()[-1].strip() in text


def test_command_explains_each_violated_slo_beside_its_results(ingested: Ingested, tmp_path: Path) -> None:
    settings, key = with_ephemeral_key(ingested.settings)
    violated = [unmeasured(slo, "for the test") for slo in (SLOS[2], SLOS[5])]
    explain(settings, key, Database(ingested.url, ingested.roles), violated, ingested.truth, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {f"EXPLAIN_{one.slo.name}.md" for one in violated}
