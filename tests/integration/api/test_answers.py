"""Answers equal the oracle's, which reads the same workbook with other tools; also where there is nothing."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import sqlalchemy as sa

from app.database.providers import Server
from app.database.scratch import scratch_database
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from app.workbook.sample import write_sample
from tests.acceptance.support.answers import OF_THE_SERVICE, posted, simulated_rows
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory, NewFactory
from tests.integration.api.file_rows import shown_in_csv, written
from tests.integration.api.test_figure_files import FILED
from tests.integration.read_here import ingested_here
from tests.oracle import Oracle, differences, dispatch, listing

CASES: dict[str, Callable[[], workbooks.Rows]] = {
    "seed 1": lambda: workbooks.factory(1),
    "seed 2": lambda: workbooks.factory(2, open_share=0.9),
    "seed 3": lambda: workbooks.judged_in_place(workbooks.factory(3, orders=200)),
    "steady": lambda: workbooks.steady(1),
    "one order": lambda: workbooks.factory(4, orders=1),
    "all open": lambda: workbooks.factory(5, open_share=1),
    "all completed": lambda: workbooks.factory(6, open_share=0),
    "every event at midnight": lambda: workbooks.at_midnight(workbooks.factory(8)),
    "orders alone": lambda: workbooks.orders_alone(workbooks.factory(9)),
    "all orphans": lambda: workbooks.without_orders(workbooks.factory(7)),
    "catalogues only": workbooks.catalogues,
    "empty": workbooks.empty,
}
ASKED_WHOLLY = ("seed 1", "every event at midnight")
"""The cases that are asked everything. The others are asked each address without parameters, and in turn a quarter of
the questions with parameters, filters, scenarios and orders, so that each question is asked in several cases."""
TURNS = 4
LENIENT = Options(allow_shrink=True, allow_rejects=True, allow_older=True, allow_implausible=True)
SAMPLE = "generated sample"
REFUSED = sa.text("""
    SELECT sheet, excel_row, code FROM audit.rejected_rows WHERE run_id = (SELECT run_id FROM core.current_snapshot)""")
AREAS = ("prodplan", "kpis", "quality", "smartinventory", "whatif", "catalogue")
Answered = tuple[httpx.Client, Oracle, Factory]
Question = TypeVar("Question")


def body_of(client: httpx.Client, path: str, **parameters: Any) -> dict[str, Any] | int:
    """The body of an answer without what only the database can give; the status of a refusal."""
    answer = client.get(path, params=parameters or None)
    if answer.status_code != 200:
        return answer.status_code
    body: dict[str, Any] = answer.json()
    return {name: value for name, value in body.items() if name not in OF_THE_SERVICE | {"run_id"}}


def pages_of(client: httpx.Client, **filters: Any) -> list[dict[str, Any]]:
    orders: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.get("/api/prodplan/orders", params={**filters, **cursor, "limit": 20}).json()
        orders += answer["orders"]
        if answer["next_cursor"] is None:
            return orders
        cursor = {"cursor": answer["next_cursor"]}


@pytest.fixture(scope="module")
def another(new_factory: NewFactory) -> Iterator[Factory]:
    """The run that lies beside each case's live one, so that a statement without the run mixes them."""
    with new_factory() as factory:
        factory.ingest(workbooks.factory(99), "another.xlsx")
        yield factory


@pytest.fixture(scope="module", params=[*CASES, SAMPLE])
def answered(
    request: pytest.FixtureRequest, server: Server, another: Factory, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Answered]:
    """A case's API and its oracle."""
    with scratch_database(server.url, template=another.url.database, prefix="api") as url:
        factory = Factory(url, another.roles, tmp_path_factory.mktemp("answered"))
        path = factory.folder / "workbook.xlsx"
        if request.param == SAMPLE:
            write_sample(path, scale=0.002, seed=11)
        else:
            workbooks.write(path, CASES[request.param]())
        with ingested_here():
            ingest(factory.url, path, roles=factory.roles, options=LENIENT)
        oracle = Oracle(path)
        with factory.api() as client:
            yield client, oracle, factory
        oracle.close()


def figures_of(oracle: Oracle) -> dict[str, Any]:
    """The answers that take no number of an order or product, by path with query; 409 where a gate closes one."""
    return {
        **oracle.open_work(),
        **oracle.key_figures(),
        **oracle.guarded_figures(),
    }


def in_turn(case: str, questions: Sequence[Question]) -> list[Question]:
    """The questions that a case is asked, of all of them."""
    turn = [*CASES, SAMPLE].index(case) % TURNS
    return [*questions] if case in ASKED_WHOLLY else [*questions[turn::TURNS]]


def asked_in(case: str, paths: Iterable[str]) -> list[str]:
    """Each plain address, and a case's turn of the others."""
    asked = [*paths]
    return [path for path in asked if "?" not in path] + in_turn(case, [path for path in asked if "?" in path])


@pytest.fixture
def case(request: pytest.FixtureRequest) -> str:
    name: str = request.node.callspec.params["answered"]
    return name


def test_every_question_is_asked_in_several_cases() -> None:
    paths = [f"/a?x={number}" for number in range(TURNS)] + ["/a"]
    counts = Counter(path for case in [*CASES, SAMPLE] for path in asked_in(case, paths))
    assert counts["/a"] == len(CASES) + 1
    assert len(counts) == len(paths)
    assert all(count >= len(ASKED_WHOLLY) + 2 for count in counts.values())


def test_figures_equal_the_oracles(answered: Answered, case: str) -> None:
    client, oracle, _ = answered
    whole = figures_of(oracle)
    expected = {path: whole[path] for path in asked_in(case, whole)}
    found = {path: differences(body, body_of(client, path)) for path, body in expected.items()}
    assert found == {path: [] for path in expected}


def test_every_answer_about_the_data_is_compared(tmp_path: Path, client: httpx.Client) -> None:
    """The other tests here ask for the templates named; a new route needs an oracle first."""
    with closing(Oracle(workbooks.write(tmp_path / "workbook.xlsx", CASES["one order"]()))) as oracle:
        paths = [*figures_of(oracle)]
    compared = {path.partition("?")[0] for path in paths} | {
        "/api/kpis/by-run",
        "/api/prodplan/orders",
        "/api/prodplan/orders.csv",
        # The files of an answer: tests/integration/api/test_figure_files.py.
        *(f"{one}.{form}" for one in FILED for form in ("csv", "xlsx")),
        "/api/prodplan/orders/{work_order_id}",
        "/api/prodplan/orders/{work_order_id}/phases",
        "/api/prodplan/orders/{work_order_id}/errors",
        "/api/prodplan/orders/{work_order_id}/estimate",
        "/api/prodplan/orders/{work_order_id}/people",
        "/api/prodplan/routes/{product_id}",
        "/api/prodplan/promise/{product_id}",
        "/api/whatif/simulate",
        "/api/whatif/schedule",
        # Simulations of scenarios that are kept: tests/integration/api/simulation/test_kept_scenarios.py.
        "/api/whatif/compare",
        "/api/whatif/scenarios",
        "/api/whatif/scenarios/{scenario_id}",
        "/api/whatif/scenarios/{scenario_id}/simulate",
    }
    documented = client.get("/api/openapi.json").json()["paths"]
    assert {path for path in documented if path.removeprefix("/api/").partition("/")[0] in AREAS} == compared


def test_simulations_and_schedules_equal_the_oracles(answered: Answered, case: str) -> None:
    client, oracle, _ = answered
    for scenario in in_turn(case, oracle.scenarios()):
        run_id = posted(client, "/api/whatif/simulate", scenario).json()["run_id"]
        simulation, rows = oracle.simulation(run_id, scenario)
        assert differences(rows, simulated_rows(client, scenario)) == [], scenario
        for path, expected in (
            ("simulate", simulation),
            ("schedule?limit=10000", oracle.schedule(run_id, scenario)),
        ):
            body = posted(client, f"/api/whatif/{path}", scenario).json()
            assert [entry for entry in body.pop("data_quality") or [] if entry["gate"]] == [], body
            assert isinstance(body["data_age_hours"], int | None)
            for name in OF_THE_SERVICE & body.keys():
                del body[name]
            assert body.pop("run_id") == run_id
            assert differences(expected, body) == [], (path, scenario)


def test_answer_names_its_export_and_when_it_was_published(busy: Factory, client: httpx.Client) -> None:
    engine = sa.create_engine(busy.url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        published = connection.execute(sa.text("SELECT published_at FROM core.current_snapshot")).scalar_one()
    for path in ("/api/kpis/overview", "/api/prodplan/orders", "/api/prodplan/risk_queue"):
        body = client.get(path).json()
        assert body["workbook_name"] == "workbook.xlsx"
        assert dt.datetime.fromisoformat(body["published_at"]) == published


def test_order_list_equals_the_oracles_with_each_filter(answered: Answered, case: str) -> None:
    client, oracle, _ = answered
    for filters in in_turn(case, listing.telling(oracle)):
        expected = oracle.orders(**filters)
        assert differences(expected, pages_of(client, **filters)) == [], filters
        answer = client.get("/api/prodplan/orders.csv", params=filters)
        assert answer.status_code == 200, answer.text
        assert written(answer.text) == [shown_in_csv(order) for order in expected], filters


def test_whole_dispatch_list_is_a_line_for_each_execution(answered: Answered) -> None:
    client, oracle, _ = answered
    answer = client.get("/api/prodplan/dispatch.csv", params={"include": "stale"})
    assert answer.status_code == 200, answer.text
    expected = [
        (str(phase["phase_id"]), str(entry["work_order_id"]), entry["state"], entry["transport_at"] or "")
        for phase in oracle.answer(dispatch.dispatch(oracle, "stale", limit=1_000_000))["phases"]
        for entry in phase["entries"]
    ]
    found = [(row["phase_id"], row["work_order_id"], row["state"], row["transport_at"]) for row in written(answer.text)]
    assert found == expected


def test_every_order_equals_the_oracles(answered: Answered, case: str) -> None:
    client, oracle, _ = answered
    orders = oracle.orders()[:15]
    for order in in_turn(case, orders) or orders:
        path = f"/api/prodplan/orders/{order['work_order_id']}"
        assert differences(oracle.order(order["work_order_id"]), body_of(client, path)) == []
        assert differences(oracle.phases_of(order["work_order_id"]), body_of(client, f"{path}/phases")) == []
        parts = oracle.parts_of(order["work_order_id"])
        for part, expected in parts.items():
            assert differences(expected, body_of(client, part)) == [], part
        if f"{path}/people" not in parts:
            assert body_of(client, f"{path}/people") == 409
    assert body_of(client, "/api/prodplan/orders/7") == body_of(client, "/api/prodplan/orders/7/phases") == 404
    assert body_of(client, "/api/prodplan/orders/7/errors") == body_of(client, "/api/prodplan/orders/7/estimate") == 404
    assert body_of(client, "/api/prodplan/orders/7/people") in (404, 409)


def test_promises_equal_the_oracles(answered: Answered) -> None:
    client, oracle, _ = answered
    known = oracle.supports_routes()
    for product, orders, include in ((1, 1, None), (2, 3, "terminal,stale"), (5, 1, "stale"), (9, 20, None)):
        expected = oracle.promise(product, orders, include) if known else None
        asked = {"orders": orders} | ({} if include is None else {"include": include})
        found = body_of(client, f"/api/prodplan/promise/{product}", **asked)
        assert found == (404 if known else 409) if expected is None else differences(expected, found) == []
    assert body_of(client, "/api/prodplan/promise/-5") == (404 if known else 409)


def test_routes_equal_the_oracles(answered: Answered) -> None:
    client, oracle, _ = answered
    known = oracle.records("SELECT DISTINCT ProdutoFase_ProdutoId AS id FROM FasesStandardModelos ORDER BY id")
    for product in [row["id"] for row in known[:3]]:
        assert differences(oracle.route(product), body_of(client, f"/api/prodplan/routes/{product}")) == []
    assert body_of(client, "/api/prodplan/routes/-5") == (404 if known else 409)


def test_gates_rest_on_the_oracles_match_rates(answered: Answered) -> None:
    client, oracle, _ = answered
    rates = oracle.match_rates()
    for gate in client.get("/api/feature-gates").json()["gates"]:
        rate = rates[gate["relationship"]]
        expected = (rate[f"{gate['over']}_matched"], rate[f"{gate['over']}_referencing"])
        assert (gate["matched"], gate["referencing"]) == expected, gate["gate"]


def test_no_phase_without_end_vanishes(answered: Answered) -> None:
    client, oracle, _ = answered
    totals = client.get("/api/prodplan/schedule/current").json()["totals"]
    unended = oracle.records("SELECT count(*) AS n FROM FasesOrdemFabrico WHERE FaseOf_Fim IS NULL")[0]["n"]
    assert sum(totals.values()) == unended
    assert client.get("/api/kpis/overview").json()["phases_without_end"] == unended


def test_refused_rows_are_the_oracles(answered: Answered) -> None:
    _, oracle, factory = answered
    found: dict[str, dict[int, str]] = {sheet: {} for sheet in oracle.rejects()}
    engine = sa.create_engine(factory.url)
    with engine.connect() as connection:
        for row in connection.execute(REFUSED):
            found[row.sheet][row.excel_row] = row.code
    engine.dispose()
    assert found == oracle.rejects()
