"""Criterion B: the schema comes from migrations alone, goes both ways, loses nothing and blocks no client."""

from __future__ import annotations

import json
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import sqlalchemy as sa

from app.contract import SHEETS
from app.database.bootstrap import Bootstrap, bootstrap
from app.database.from_zero import drift, expected, migrate_from_zero
from app.database.providers import Server
from app.database.revisions.catalogue import differences, fingerprint
from app.database.revisions.migrate import (
    IrreversibleRevision,
    current,
    downgrade,
    head,
    irreversible,
    offline_sql,
    revisions,
    scripts,
    upgrade,
)
from app.database.schema import SNAPSHOT_TABLES
from app.database.scratch import scratch_database
from app.ingestion.run_result import IngestionResult
from app.ingestion.runs.retention import retain
from tests.acceptance.support.backend import ROOT, Backend
from tests.acceptance.support.loaded_release import RELEASE, WRITTEN, load_release
from tests.acceptance.support.revision_seeds import SEEDS, lost, plant
from tests.acceptance.support.schema.climb import Climb
from tests.acceptance.support.schema.privileges import ALLOWED_TO_API, FORBIDDEN_TO_API, FORBIDDEN_TO_INGEST
from tests.acceptance.support.schema.snapshots import partitions, partitions_of, rows_by_run, table_of
from tests.acceptance.support.watching.lock_watch import WRITER, upgrade_under_load
from tests.acceptance.support.watching.machine_watch import Begun, is_unjudgeable
from tests.unpooled import unpooled

pytestmark = pytest.mark.prod_ready

INSUFFICIENT_PRIVILEGE = "42501"


@pytest.fixture
def scratch(server: Server) -> Iterator[sa.URL]:
    with scratch_database(server.url, prefix="gate_b") as url:
        yield url


@pytest.fixture(scope="module")
def climb(server: Server) -> Iterator[Climb]:
    with Climb(server) as climb:
        yield climb


@contextmanager
def connected(url: sa.URL, role: str | None = None) -> Iterator[sa.Connection]:
    with unpooled(url, role).begin() as connection:
        yield connection


def catalogue(url: sa.URL, *, access: bool = True) -> dict[str, Any]:
    with connected(url) as connection:
        return fingerprint(connection, access=access)


@pytest.mark.check("B1")
def test_migrations_have_one_head(evidence: Any) -> None:
    heads = scripts().get_heads()
    evidence.record("heads", ", ".join(heads), source="alembic heads")
    evidence.expect(len(heads), "heads of the migrations", unit="revisions", source="alembic heads").equals(1)


@pytest.mark.check("B2")
def test_from_zero_builds_the_whole_schema_without_drift(
    server: Server, bootstrapped: Bootstrap, evidence: Any
) -> None:
    built = migrate_from_zero(server.url)
    evidence.record("relations", built.relations, unit="tables", source="app/database/schema")
    found = drift(bootstrapped.url, expected(server.url, bootstrapped.roles))
    evidence.table("drift of the gate's database", ["difference"], [[line] for line in found])
    assert built.head == head() == bootstrapped.head
    assert not found, f"the schema differs from its metadata: {'; '.join(found)}"


@pytest.mark.check("B3")
@pytest.mark.usefixtures("begun_when_ingested")
def test_a_run_gets_its_partitions_and_retention_drops_whole_runs_only(
    pristine: Backend, ingestion: IngestionResult, small_workbook: Path, evidence: Any
) -> None:
    """The later runs are of another workbook, so that rows that land in a run of the other one are seen."""
    allowed = dict.fromkeys(("force", "allow_shrink", "allow_older", "allow_implausible"), True)
    with pristine.clone() as backend:
        ingested = [ingestion, *(backend.ingest(small_workbook, **allowed) for _ in range(2))]
        runs = [one.run_id for one in ingested]
        before = rows_by_run(backend)
        evidence.table("rows by run", ["table", *before], table_of(before))
        made = partitions(backend)
        retained = retain(backend.url, roles=backend.roles, keep=1)
        after, left = rows_by_run(backend), partitions(backend)
    for result in ingested:
        found, merged = before.get(result.run_id, {}), {one.sheet: one.rows_merged for one in result.sheets}
        for sheet in SHEETS:
            told = f"rows of run {result.run_id} in {sheet.table}"
            evidence.expect(found.get(sheet.table, 0), told, unit="rows", source="core, by run_id").equals(
                merged[sheet.name]
            )
    evidence.expect(sorted(before), "runs in core before retention", source="core, by run_id").equals(runs)
    assert before[runs[1]] == before[runs[2]], "two runs of one workbook differ"
    # Only of the small workbook is it known that each aggregate has rows of it; D8 compares those of the live one.
    aggregates = sorted(set(SNAPSHOT_TABLES) - {sheet.table for sheet in SHEETS})
    empty = [table for table in aggregates if not before[runs[1]].get(table)]
    evidence.expect(empty, "aggregates of the small workbook without a row", source="core, by run_id").equals([])
    evidence.expect(made, "partitions before retention", source="pg_class").equals(partitions_of(runs))
    assert set(retained.dropped) == {runs[0]}, "the live run and its predecessor stay, the one before goes"
    evidence.expect(left, "partitions after retention", source="pg_class").equals(partitions_of(runs[1:]))
    assert after == {run: before[run] for run in runs[1:]}


@pytest.mark.check("B4")
@pytest.mark.parametrize("revision", revisions())
def test_every_revision_goes_down_and_up_to_an_identical_catalogue(revision: str, climb: Climb, evidence: Any) -> None:
    order = ["base", *revisions()]
    below = order[order.index(revision) - 1]
    with climb.step(below, revision) as url:
        try_both_ways(url, below, revision, evidence)


def try_both_ways(scratch: sa.URL, below: str, revision: str, evidence: Any) -> None:
    lower = catalogue(scratch)
    upgrade(scratch, revision)
    upper = catalogue(scratch)
    evidence.record(f"relations at {revision}", len(upper["relations"]), unit="relations", source="pg_catalog")
    assert differences(lower, upper), f"revision {revision} changes nothing, so nothing was tried"
    if reason := irreversible().get(revision):
        evidence.record(f"{revision} is irreversible", reason, source=f"migrations/versions/{revision}")
        with pytest.raises(IrreversibleRevision, match=re.escape(reason)):
            downgrade(scratch, below)
        assert not differences(upper, catalogue(scratch))
        return
    downgrade(scratch, below)
    down = differences(lower, catalogue(scratch))
    upgrade(scratch, revision)
    again = differences(upper, catalogue(scratch))
    assert not down, f"going down from {revision} leaves: {'; '.join(down)}"
    assert not again, f"{revision} down and up differs: {'; '.join(again)}"


@pytest.mark.check("B5")
def test_upgrading_twice_is_a_no_op(scratch: sa.URL, evidence: Any) -> None:
    upgrade(scratch)
    before = catalogue(scratch)
    with connected(scratch) as connection:
        version_row = connection.exec_driver_sql("SELECT xmin::text, version_num FROM alembic_version").one()
    upgrade(scratch)
    with connected(scratch) as connection:
        again = connection.exec_driver_sql("SELECT xmin::text, version_num FROM alembic_version").one()
    evidence.record("revision", current(scratch), source="alembic_version")
    assert tuple(again) == tuple(version_row), "the second upgrade wrote the version again"
    assert not differences(before, catalogue(scratch))


@pytest.mark.check("B6")
def test_data_present_at_each_revision_survives_to_head(
    scratch: sa.URL, bootstrapped: Bootstrap, evidence: Any
) -> None:
    assert {seed.revision for seed in SEEDS} == set(revisions()), "every revision needs a seed in revision_seeds.py"
    planted = {}
    for seed in SEEDS:
        upgrade(scratch, seed.revision)
        with connected(scratch) as connection:
            planted[seed.revision] = plant(connection, seed)
    upgrade(scratch)
    with connected(scratch) as connection:
        missing = {revision: lost(connection, held) for revision, held in planted.items()}
    evidence.table(
        "rows at each revision",
        ["revision", "tables", "rows", "lost at head"],
        [[r, len(held), sum(len(rows) for _, rows in held.values()), len(missing[r])] for r, held in planted.items()],
    )
    assert not any(missing.values()), "; ".join(line for lines in missing.values() for line in lines)
    bare = [table for table, (_, rows) in planted[head()].items() if not rows]
    assert not bare, f"no seed put a row into {', '.join(bare)}"
    found = differences(catalogue(bootstrapped.url, access=False), catalogue(scratch, access=False))
    assert not found, f"with data on the way the schema ends otherwise: {'; '.join(found)}"


@pytest.mark.check("B7")
def test_no_migration_takes_a_long_blocking_lock(
    scratch: sa.URL, bootstrapped: Bootstrap, tmp_path: Path, evidence: Any, begun: Begun
) -> None:
    code, objections = squawk_objects(tmp_path)
    evidence.record("squawk_exit_code", code, source="squawk over the offline SQL of each revision")
    assert code == 0, f"squawk objects to {objections}"
    load_release(scratch, bootstrapped.roles)
    order = revisions()
    observed = [
        upgrade_under_load(scratch, revision, bootstrapped.roles) for revision in order[order.index(RELEASE) + 1 :]
    ]
    evidence.table(
        "locks observed while a loaded database is migrated",
        ["revision", "client", "rounds meanwhile", "longest round ms", "longest wait for the migration ms"],
        [
            [one.revision, name, client.rounds, round(client.longest_ms, 1), round(one.longest_ms(name), 1)]
            for one in observed
            for name, client in one.clients.items()
        ],
    )
    faults = [fault for one in observed for fault in one.faults()]
    if not (faults and is_unjudgeable(evidence, begun.load().doubt(), in_order=False)):
        assert not faults, "; ".join(faults)
    assert all(client.rounds for one in observed for client in one.clients.values())
    with connected(scratch) as connection:
        written = connection.exec_driver_sql(WRITTEN).one()
    assert set(written) == {sum(one.clients[WRITER].rounds for one in observed)}, "a write beside a migration is lost"
    bootstrap(bootstrapped.url.set(database="postgres"), database=str(scratch.database), roles=bootstrapped.roles)
    assert not differences(catalogue(bootstrapped.url), catalogue(scratch)), "a loaded database ends in another schema"


def squawk_objects(folder: Path) -> tuple[int, str]:
    """squawk's exit code over the offline SQL of each revision, and its objections in words."""
    order = ["base", *revisions()]
    files = [folder / f"{revision}.sql" for revision in order[1:]]
    for below, revision, file in zip(order, order[1:], files, strict=False):
        file.write_text(offline_sql(below, revision), encoding="utf-8")
    shown = "".join(file.read_text(encoding="utf-8") for file in files)
    unread = [sheet.table for sheet in SHEETS if f"CREATE TABLE core.{sheet.table} " not in shown]
    assert not unread, f"squawk would not be shown how {', '.join(unread)} are made"
    squawk = Path(sysconfig.get_path("scripts")) / "squawk"
    linted = subprocess.run(
        [squawk, "--config", ROOT / ".squawk.toml", "--reporter", "json", *files],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    try:
        objections = json.loads(linted.stdout)
    except ValueError:
        return linted.returncode, (linted.stdout + linted.stderr)[-600:]
    told = [
        f"revision {Path(one['file']).stem}, line {one['line'] + 1} of its SQL: {one['message']} {one['help'] or ''}"
        for one in objections
    ]
    return linted.returncode, "; ".join(line.strip() for line in told)


@pytest.mark.check("B8")
def test_api_role_can_neither_change_the_schema_nor_write_core(empty_backend: Backend, evidence: Any) -> None:
    outcomes = []
    with empty_backend.clone() as backend:
        for role, statements in ((backend.roles.api, FORBIDDEN_TO_API), (backend.roles.ingest, FORBIDDEN_TO_INGEST)):
            outcomes += [[role, statement, outcome(backend, role, statement)] for statement in statements]
        allowed = [[backend.roles.api, query, outcome(backend, backend.roles.api, query)] for query in ALLOWED_TO_API]
        owned = backend.value(
            "SELECT count(*) FROM pg_class WHERE relowner IN (SELECT oid FROM pg_roles WHERE rolname = ANY(:roles))",
            roles=[backend.roles.ingest, backend.roles.api],
        )
    evidence.table("privileges", ["role", "statement", "SQLSTATE"], outcomes + allowed)
    open_doors = [statement for _, statement, state in outcomes if state != INSUFFICIENT_PRIVILEGE]
    assert not open_doors, f"allowed, or refused for another reason: {'; '.join(open_doors)}"
    assert {state for _, _, state in allowed} == {"allowed"}
    assert owned == 0, "the ingestion's or the API's role owns relations: the owner role must"


def outcome(backend: Backend, role: str, statement: str) -> str:
    """SQLSTATE of a refused statement, "allowed" otherwise; what it did is undone."""
    engine = backend.engine(role)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
            connection.rollback()
    except sa.exc.DBAPIError as error:
        assert isinstance(error.orig, psycopg2.Error)
        return str(error.orig.pgcode)
    finally:
        engine.dispose()
    return "allowed"
