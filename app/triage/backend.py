"""Probes of the backend: the server, its schema, the live run, and the steps' files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from app.database.engine import check_server, connected, open_engine, require_postgresql_15
from app.database.persistent import persistent_server, status
from app.database.providers.accounts import server_account
from app.database.providers.binaries import system_binaries, usable, wheel_binaries
from app.database.revisions.migrate import current, head
from app.database.schema.publication import current_snapshot
from app.database.urls import explicit_url
from app.plants.directory import output_path
from app.triage.examined import examined_settings
from app.triage.probe import Probe
from app.typed import typed

GATES, SLO_RESULTS = Path("docs/FEATURE_GATES.json"), Path("docs/perf/SLO_RESULTS.json")
LIVE_RUN = sa.select(current_snapshot.c.run_id).where(current_snapshot.c.plant == sa.bindparam("plant"))


@contextmanager
def reachable_database() -> Iterator[sa.URL | None]:
    """The database that the steps would use, on a running server; None where there is none yet."""
    settings = examined_settings()
    url = explicit_url(settings)
    if url is not None:
        yield url
    elif status(settings).initialised:
        with persistent_server(settings) as server:
            yield server.url.set(database="prodplan")
    else:
        yield None


def unfit_server() -> Iterator[str]:
    """The server cannot be reached or does not meet the requirements; the errors' messages are the causes."""
    with reachable_database() as url:
        if url is None:
            account = server_account()
            for candidates in (wheel_binaries(), system_binaries()):
                usable(candidates, account, examined_settings().postgres_major, Path("unused"))
                return
        else:
            with open_engine(url) as engine:
                require_postgresql_15(check_server(engine))
    yield from ()


def schema_not_at_head() -> Iterator[str]:
    """The schema is not this checkout's, or there is none."""
    with reachable_database() as url:
        found = None if url is None else current(url)
        if found is None:
            yield "there is no database with a schema yet" if url is None else f"{url.database} has no schema yet"
        elif found != head():
            yield f"{url.database if url else ''} is at revision {found}, and this checkout needs {head()}"


def nothing_live() -> Iterator[str]:
    """No run is published: the API, the gates and the measurement have no data."""
    if live_run() is None:
        yield f"plant {examined_settings().plant} has no live run"


def live_run() -> int | None:
    with reachable_database() as url:
        if url is None or current(url) is None:
            return None
        with connected(url) as connection:
            found = connection.execute(LIVE_RUN, {"plant": examined_settings().plant}).scalar_one_or_none()
            return None if found is None else int(found)


def stale_gates() -> Iterator[str]:
    """FEATURE_GATES.json exists and is invalid, or of another run than the live one."""
    from app.features.gates_document import read

    settings = examined_settings()
    path = settings.feature_gates_file or output_path(settings.plant, GATES)
    if path.exists() and (document := read(path)).run_id != (live := live_run()):
        yield f"{path} is of run {document.run_id}, and live is {'none' if live is None else live}"


def unmet_slos() -> Iterator[str]:
    """SLO_RESULTS.json exists, and an SLO in it is not MET."""
    from app.performance.slo_document import read

    path = output_path(examined_settings().plant, SLO_RESULTS)
    if path.exists():
        for entry in read(path)["slos"]:
            if entry["status"] != "MET":
                yield f"{entry['name']} is {entry['status']}: {entry['reason']}"


PROBES = (
    Probe(
        check="server",
        category="ENV",
        look=unfit_server,
        reproduction="python3 scripts/commands.py bootstrap",
        fix=[
            "Start the server that the URL names, or correct DATABASE_URL (docs/configuration.md).",
            "Or unset it: the steps then use a PostgreSQL of their own.",
        ],
        acceptance="A PostgreSQL 15 or newer answers, in UTF-8.",
    ),
    Probe(
        check="schema",
        category="MIGRATIONS",
        look=schema_not_at_head,
        reproduction="python3 scripts/triage_errors.py",
        fix=[f"Run {typed('bootstrap')}."],
        acceptance="The database is at this checkout's revision.",
    ),
    Probe(
        check="live run",
        category="INGESTION",
        look=nothing_live,
        reproduction="python3 scripts/evaluate_feature_gates.py",
        fix=[f"Run {typed('ingest')}; docs/ingestion.md says which workbook it takes."],
        acceptance="A run is published.",
    ),
    Probe(
        check="FEATURE_GATES.json",
        category="INGESTION",
        look=stale_gates,
        reproduction="python3 scripts/triage_errors.py",
        fix=[f"Run {typed('feature-gates')}."],
        acceptance="The file is valid and of the live run.",
    ),
    Probe(
        check="SLO_RESULTS.json",
        category="PERFORMANCE",
        look=unmet_slos,
        reproduction="python3 scripts/generate_slo_results.py",
        fix=[f"Read EXPLAIN_*.md beside the file, mend what it names, then run {typed('slo-results')}."],
        acceptance="Every SLO is MET.",
    ),
)
