"""Conditions of a distributed engine that cost nothing on PostgreSQL alone (docs/operations/citus.md)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.contract import RELATIONSHIPS, SHEET_BY_NAME
from app.database.schema import SCHEMAS
from app.ingestion.runs.retention import retain
from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.factory import factory

pytestmark = pytest.mark.usefixtures("read_here")

REFUSING = """
    CREATE FUNCTION public.refuse_concurrently() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_query() LIKE '%DETACH PARTITION%CONCURRENTLY%' THEN
            RAISE EXCEPTION 'DETACH PARTITION CONCURRENTLY is unsupported' USING ERRCODE = 'feature_not_supported';
        END IF;
    END $$;
    CREATE EVENT TRIGGER refusing ON ddl_command_start EXECUTE FUNCTION public.refuse_concurrently()
"""
"""The refusal of DETACH CONCURRENTLY that Citus has for its tables, on a server without it."""


@pytest.fixture
def statements(plant: Plant) -> Iterator[list[str]]:
    """The statements that this process sends, in order."""
    sent: list[str] = []

    def log(_: object, __: object, statement: str, *rest: object) -> None:
        sent.append(" ".join(statement.split()))

    sa.event.listen(sa.Engine, "before_cursor_execute", log)
    yield sent
    sa.event.remove(sa.Engine, "before_cursor_execute", log)


def test_no_foreign_key_leaves_its_schema(begun: Plant) -> None:
    leaving = begun.rows(
        "SELECT conname FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid"
        " JOIN pg_class AS r ON r.oid = k.confrelid WHERE k.contype = 'f' AND c.relnamespace <> r.relnamespace"
    )
    assert leaving == []
    assert set(SCHEMAS) >= {"core", "audit", "staging", "queue"}
    within = begun.value(
        "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'core'::regnamespace"
    )
    assert within == sum(one.enforced for one in RELATIONSHIPS)


def test_referenced_partitions_are_attached_first(plant: Plant, statements: list[str]) -> None:
    plant.ingest(factory())
    attached = [line.split()[2] for line in statements if " ATTACH PARTITION " in line]
    for relationship in RELATIONSHIPS:
        for link in relationship.links if relationship.enforced else ():
            referring, referred = (SHEET_BY_NAME[name].table for name in (relationship.from_sheet, link.to_sheet))
            assert attached.index(f"core.{referred}") < attached.index(f"core.{referring}")


@pytest.fixture
def refusing(begun: Plant) -> Plant:
    """A plant with three snapshots on a server that refuses to detach concurrently."""
    with begun.connection() as connection:
        connection.exec_driver_sql(REFUSING.replace("%", "%%"))
        connection.commit()
    for _ in range(2):
        begun.ingest(factory(), force=True, keep=9)
    return begun


def test_retention_detaches_plainly_where_concurrently_is_refused(refusing: Plant) -> None:
    runs = sorted(refusing.statuses())
    assert retain(refusing.url, roles=refusing.roles, keep=1).dropped == tuple(runs[:1])
    assert refusing.rows("SELECT FROM pg_inherits WHERE inhdetachpending") == []


def test_plain_detach_is_postponed_by_a_reader_and_holds_up_nobody(refusing: Plant) -> None:
    runs = sorted(refusing.statuses())
    with refusing.connection(refusing.roles.api) as reader:
        reader.exec_driver_sql("SELECT count(*) FROM core.work_orders")
        outcome = retain(refusing.url, roles=refusing.roles, keep=1)
        assert (outcome.dropped, outcome.postponed) == ((), tuple(runs[:1]))
        with refusing.connection(refusing.roles.api) as another:
            another.exec_driver_sql("SET LOCAL statement_timeout = '100ms'")
            assert another.exec_driver_sql("SELECT count(*) FROM core.work_orders").scalar_one() == 60
    assert retain(refusing.url, roles=refusing.roles, keep=1).dropped == tuple(runs[:1])
