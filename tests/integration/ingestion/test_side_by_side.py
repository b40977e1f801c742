"""Questions that are asked in one statement: each gets its own rows, and the server may compute each in any process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.contract import RELATIONSHIPS, SHEETS
from app.ingestion.reports.data_quality import issue_questions
from app.ingestion.sheets.rejection import orphans_question, repetition_question
from app.ingestion.sheets.relationships import rate_questions
from app.ingestion.tables.aggregate_tables import AGGREGATES, PHASE_RATES
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.partitions import create_partitions
from app.ingestion.tables.ready_after import over_run
from app.ingestion.tables.side_by_side import SHARED_FROM, _statement, answers
from app.ingestion.tables.staging_tables import create_staging
from tests.integration.ingestion.conftest import Plant

TABLES = RunTables(1)
VALUES = {"as_of": "2024-05-06 07:08:09", "checklist": "[]"}
PARALLEL_PLANS_ALWAYS = {15: "force_parallel_mode"}
NEWER = "debug_parallel_query"
PARALLEL_PLANS_WITHOUT_COST = {"parallel_setup_cost": 0, "parallel_tuple_cost": 0}
QUESTIONS = {
    **{f"orphans: {one.name}": orphans_question(one, TABLES) for one in RELATIONSHIPS if one.enforced},
    **{f"repeated keys: {sheet.name}": repetition_question(sheet, TABLES) for sheet in SHEETS if sheet.key},
    **{f"rate: {one.name}": text for sheet in SHEETS for one, text in rate_questions(sheet, TABLES).items()},
    **{
        f"issues: {issues[0].code}": text for sheet in SHEETS for issues, text in issue_questions(sheet, TABLES).items()
    },
    **{f"aggregate: {one.table}": over_run(one.statement, TABLES) for one in AGGREGATES if one.is_beside},
}


@pytest.fixture
def connection(plant: Plant) -> Iterator[sa.Connection]:
    with plant.connection(plant.roles.ingest) as connection:
        yield connection


def test_each_question_gets_its_rows(connection: sa.Connection) -> None:
    found = answers(
        connection,
        {
            "several": "SELECT name, half FROM (VALUES ('one', 0.1 + 0.2::float8), (:name, NULL)) AS t (name, half)",
            "none": "SELECT 1 AS one WHERE false",
            "large": "SELECT CAST(9223372036854775807 AS bigint) AS most, ARRAY['a', NULL] AS texts",
        },
        name="two",
    )
    assert found == {
        "several": [{"name": "one", "half": 0.1 + 0.2}, {"name": "two", "half": None}],
        "none": [],
        "large": [{"most": 2**63 - 1, "texts": ["a", None]}],
    }
    assert answers(connection, {}) == {}


def test_questions_for_the_connections_process_alone_are_answered_with_the_others(connection: sa.Connection) -> None:
    windowed = "SELECT n, sum(n) OVER (ORDER BY n) AS up_to_it FROM generate_series(1, 2) AS n"
    none = "SELECT 1 AS one WHERE false"
    found = answers(connection, {"other": "SELECT 0.5 AS half"}, {"windowed": windowed, "none": none})
    assert found == {
        "other": [{"half": 0.5}],
        "windowed": [{"n": 1, "up_to_it": 1}, {"n": 2, "up_to_it": 3}],
        "none": [],
    }
    assert answers(connection, {}, {"windowed": windowed}) == {"windowed": found["windowed"]}


def test_others_are_computed_while_the_connections_process_computes(plant: Plant, connection: sa.Connection) -> None:
    """The process of the connection takes the cheapest part of those that any process may compute, so its own parts
    need not wait for the others."""
    create_staging(connection, TABLES, plant.roles)
    create_partitions(connection, TABLES, plant.roles)
    for name, value in PARALLEL_PLANS_WITHOUT_COST.items():
        connection.exec_driver_sql(f"SET LOCAL {name} = {value}")
    beside = {one: over_run(one.statement, TABLES) for one in AGGREGATES if one.is_beside}
    alone = {one: over_run(one.statement, TABLES) for one in AGGREGATES if one.statement == PHASE_RATES}
    plan = connection.execute(sa.text(f"EXPLAIN (COSTS OFF) {_statement(beside, alone)}"), VALUES).scalars().all()
    assert plan[0].startswith("Nested Loop Left Join")
    assert [line.split("->")[-1].strip() for line in plan[2:5:2]] == ["Gather", "Parallel Append"]


def test_scans_are_shared_again_afterwards(connection: sa.Connection) -> None:
    def sizes() -> list[str]:
        return [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in SHARED_FROM]

    before = sizes()
    answers(connection, {"first": "SELECT 1 AS one", "second": "SELECT 2 AS two"})
    assert sizes() == before


def test_no_question_keeps_the_others_in_one_process(plant: Plant, connection: sa.Connection) -> None:
    """PostgreSQL puts a whole plan into another process, if it may be there, where it is told to try."""
    create_staging(connection, TABLES, plant.roles)
    create_partitions(connection, TABLES, plant.roles)
    version = connection.dialect.server_version_info
    assert version is not None
    setting = PARALLEL_PLANS_ALWAYS.get(version[0], NEWER)
    connection.exec_driver_sql(f"SET LOCAL {setting} = on")

    def may_go_elsewhere(question: str) -> bool:
        plan = connection.execute(sa.text(f"EXPLAIN {question}"), VALUES).scalars().all()
        return plan[0].startswith("Gather")

    assert not may_go_elsewhere("SELECT row_number() OVER () FROM pg_class")
    assert [name for name, question in QUESTIONS.items() if not may_go_elsewhere(question)] == []
