"""One request sees one run, whatever is published meanwhile, and can change nothing."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.api.snapshot_reading import api_engine
from app.planning.indicators.kpis import overview
from app.planning.order_list import OrderFilter, order_list
from app.planning.snapshot.live_run import resolve_run
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory


def test_reading_stays_with_its_run_while_another_is_published(fresh: Factory) -> None:
    fresh.ingest(workbooks.factory(1, orders=20), "one.xlsx")
    engine = api_engine(fresh.url, fresh.roles)
    with engine.connect() as early, engine.connect() as late:
        before = resolve_run(early, "main")
        assert overview(early, before).orders == 20
        fresh.ingest(workbooks.factory(2, orders=30), "two.xlsx")
        assert resolve_run(early, "main") == before
        listed = order_list(early, before, OrderFilter(), product_names=True, estimates=True)
        assert len(listed.page(early, 500)) == listed.count(early) == 20
        after = resolve_run(late, "main")
        assert after.run_id > before.run_id
        assert overview(late, after).orders == 30
    engine.dispose()


def test_figures_follow_publication_and_rollback(fresh: Factory) -> None:
    first = fresh.ingest(workbooks.factory(1, orders=20), "one.xlsx")
    with fresh.api() as client:
        answers = [client.get("/api/kpis/overview").json()]
        second = fresh.ingest(workbooks.factory(2, orders=30), "two.xlsx")
        answers.append(client.get("/api/kpis/overview").json())
        fresh.publish(first.run_id)
        answers.append(client.get("/api/kpis/overview").json())
    found = [(answer["run_id"], answer["orders"]) for answer in answers]
    assert found == [(first.run_id, 20), (second.run_id, 30), (first.run_id, 20)]
    moments = [dt.datetime.fromisoformat(answer.pop("published_at")) for answer in answers]
    assert moments[0] < moments[1] < moments[2]
    assert answers[0] == answers[2]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core.work_orders SET product_id = 1",
        "DELETE FROM core.current_snapshot",
        "INSERT INTO audit.rejected_rows SELECT * FROM audit.rejected_rows",
        "CREATE TABLE core.mine (n integer)",
        "SELECT * FROM core.work_orders_r1",
    ],
)
def test_reading_can_change_nothing_and_name_no_partition(busy: Factory, statement: str) -> None:
    engine = api_engine(busy.url, busy.roles)
    try:
        with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError) as refusal:
            connection.execute(sa.text(statement))
    finally:
        engine.dispose()
    assert getattr(refusal.value.orig, "pgcode", "") in ("25006", "42501", "42P01")


@pytest.mark.parametrize("wanted", [{}, {"target_session_attrs": "read-write"}])
def test_session_is_bounded(busy: Factory, wanted: dict[str, str]) -> None:
    engine = api_engine(busy.url.update_query_dict(wanted), busy.roles)
    names = ("transaction_isolation", "transaction_read_only", "statement_timeout", "role")
    with engine.connect() as connection:
        found = [connection.execute(sa.text(f"SHOW {name}")).scalar_one() for name in names]
    engine.dispose()
    assert found == ["repeatable read", "on", "15s", busy.roles.api]
