"""`python3 -m app …`: one command per step. A user's mistake is one sentence on stderr, never a traceback.

Exit codes: 0 done (an ingestion: reconciled or NO-OP), 1 failed, 2 wrong usage, 3 workbook refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa
import typer

from app.config import Settings, load_settings
from app.console import Json, Workbook, err, named_workbook, out, show
from app.database.bootstrap import bootstrap
from app.database.engine import make_engine
from app.database.persistent import down, persistent_server, up
from app.database.roles import Roles, roles_for
from app.database.urls import explicit_url
from app.offline import without_database
from app.terminal import (
    progress_shown,
    shown_gates,
    shown_reconciliation,
    shown_retention,
    shown_slos,
    shown_steps,
)

if TYPE_CHECKING:
    from app.performance.truth import Truth

# What only one command needs is imported in it: no step should wait for the API's framework or the Excel libraries.

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(without_database)
DETAILS = 200
"""Orders that the measurement asks for in detail."""


@dataclass(frozen=True)
class Database:
    """The database that a command works on, and the roles that it uses there."""

    url: sa.URL
    roles: Roles


@contextmanager
def database(settings: Settings, *, ready: bool = True) -> Iterator[Database]:
    """The explicit database, or the one on the persistent server, which is made ready at first use."""
    roles = roles_for(settings.role_prefix)
    url = explicit_url(settings)
    if url is not None:
        yield Database(url, roles)
        return
    with persistent_server(settings) as server:
        report = bootstrap(server.url, database="prodplan", roles=roles) if ready else None
        yield Database(report.url if report else server.url, roles)


@app.command("bootstrap")
def bootstrap_command(as_json: Json = False) -> None:
    """Make database, roles and schema, or bring them to head; say what was done and what was there."""
    settings = load_settings()
    roles = roles_for(settings.role_prefix)
    given = {roles.api: settings.api_database_password, roles.ingest: settings.worker_database_password}
    passwords = {role: password.get_secret_value() for role, password in given.items() if password}
    url = explicit_url(settings)
    if url is not None:
        report = bootstrap(url, database=url.database or "prodplan", roles=roles, passwords=passwords)
    else:
        with persistent_server(settings) as server:
            report = bootstrap(server.url, database="prodplan", roles=roles, passwords=passwords)
    steps = [{"step": step.name, "outcome": step.outcome, "detail": step.detail} for step in report.steps]
    if as_json:
        show({"database": report.url.database, "head": report.head, "steps": steps})
    else:
        out.print(shown_steps(report))


@app.command("up")
def up_command() -> None:
    """Start the persistent server and keep it running."""
    out.print(f"PostgreSQL is up: {up(load_settings()).render_as_string(hide_password=True)}", soft_wrap=True)


@app.command("down")
def down_command() -> None:
    """Stop the persistent server; its data stay."""
    stopped = down(load_settings())
    out.print("PostgreSQL stopped." if stopped else "PostgreSQL was not running.")


@app.command("migrate-from-zero")
def migrate_from_zero_command(
    name: Annotated[str | None, typer.Option("--database", help="An empty database to build it in, and leave.")] = None,
    as_json: Json = False,
) -> None:
    """Build the schema from nothing in a scratch database, verify it, and remove it."""
    from app.database.from_zero import migrate_from_zero

    with database(load_settings(), ready=False) as chosen:
        report = migrate_from_zero(chosen.url, database=name)
    if as_json:
        show(report.as_dict())
    else:
        place = f"Database {name} is at head." if name else "Scratch database removed."
        told = f"From zero to {report.head}: {len(report.revisions)} revisions, no drift. {place}"
        out.print(told, markup=False, highlight=False)


@app.command("ingest")
def ingest_command(
    workbook: Workbook = None,
    force: Annotated[bool, typer.Option(help="Ingest again although this workbook is live.")] = False,
    allow_shrink: Annotated[bool, typer.Option(help="Accept that over 10 % of a table's keys disappear.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Do everything but publish, then undo it.")] = False,
    reports: Annotated[Path, typer.Option(help="Folder of the reports.")] = Path("docs/ingestion"),
    as_json: Json = False,
) -> None:
    """Ingest one workbook: exit 0 only if every sheet reconciles (or it is live already)."""
    from app.ingestion.pipeline import ingest

    settings = load_settings()
    given = named_workbook(workbook, settings)
    with database(settings) as chosen, progress_shown(err) as progress:
        result = ingest(
            chosen.url,
            given,
            roles=chosen.roles,
            plant=settings.plant,
            force=force,
            allow_shrink=allow_shrink,
            dry_run=dry_run,
            reports_dir=reports,
            gates_file=settings.feature_gates_file,
            keep=settings.retention_keep,
            max_expanded_mb=settings.max_expanded_mb,
            progress=progress,
        )
    if as_json:
        show(result.as_dict())
    else:
        out.print(shown_reconciliation(result.as_dict()))
    raise typer.Exit(result.exit_code)


@app.command("publish")
def publish_command(run: Annotated[int, typer.Argument(help="The run to make live again.")]) -> None:
    """Make an earlier, kept run live again (rollback), and its feature gates with it."""
    from app.ingestion.publication import publish

    settings = load_settings()
    with database(settings) as chosen:
        publish(chosen.url, run, roles=chosen.roles, plant=settings.plant, gates_file=settings.feature_gates_file)
    out.print(f"Run {run} is live for plant {settings.plant}.")


@app.command("retain")
def retain_command(
    keep: Annotated[int | None, typer.Option(min=1, help="Snapshots to keep; else RETENTION_KEEP.")] = None,
    as_json: Json = False,
) -> None:
    """Drop old snapshots as an ingestion does; exit 1 if one stays because somebody still reads it."""
    from app.ingestion.runs.retention import retain

    settings = load_settings()
    with database(settings) as chosen:
        outcome = retain(chosen.url, roles=chosen.roles, plant=settings.plant, keep=keep or settings.retention_keep)
    if as_json:
        show({"plant": settings.plant, **outcome.as_dict()})
    else:
        out.print(shown_retention(settings.plant, outcome.as_dict()), soft_wrap=True, markup=False)
    raise typer.Exit(outcome.exit_code)


@app.command("feature-gates")
def feature_gates_command(
    target: Annotated[Path, typer.Option("--out", help="Where to write it.")] = Path("docs/FEATURE_GATES.json"),
    as_json: Json = False,
) -> None:
    """Write FEATURE_GATES.json of the live run."""
    from app.ingestion.runs.gates import export_gates

    settings = load_settings()
    with database(settings) as chosen:
        document = export_gates(chosen.url, roles=chosen.roles, plant=settings.plant, target=target)
    if as_json:
        show(document)
    else:
        out.print(shown_gates(document))


@app.command("slo-results")
def slo_results_command(
    target: Annotated[Path, typer.Option("--out", help="Where to write it.")] = Path("docs/perf/SLO_RESULTS.json"),
    requests: Annotated[int | None, typer.Option(min=1, help="Requests per SLO instead of the declared count.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that serve the API.")] = 2,
    as_json: Json = False,
) -> None:
    """Serve the API, measure every SLO over HTTP, write SLO_RESULTS.json; exit 0 only if all are MET."""
    from app.api.keyring import with_ephemeral_key
    from app.api.keys import Scope
    from app.api.server import served
    from app.performance.declaration import load_slos
    from app.performance.judgement import SloStatus
    from app.performance.results import measure_into

    settings, key = with_ephemeral_key(load_settings(), Scope.READ)
    slos = [slo if requests is None else replace(slo, measured_requests=requests) for slo in load_slos()]
    with database(settings) as chosen:
        truth = truth_of(chosen, settings.plant)
        with (
            served(settings, chosen.url, chosen.roles, workers=workers) as base_url,
            progress_shown(err) as progress,
        ):
            measurement = measure_into(target, base_url, slos, truth, key=key, progress=progress)
    if as_json:
        show(json.loads(target.read_text(encoding="utf-8")))
    else:
        out.print(shown_slos(measurement.results, title=str(target)))
    met = all(result.judgement.status is SloStatus.MET for result in measurement.results)
    raise typer.Exit(0 if met else 1)


def truth_of(chosen: Database, plant: str) -> Truth | None:
    """The live run as the measurement must find it; None when nothing is live."""
    from app.performance.truth import read_truth

    engine = make_engine(chosen.url, role=chosen.roles.api)
    try:
        with engine.connect() as connection:
            return read_truth(connection, plant, DETAILS)
    finally:
        engine.dispose()


@app.command("serve")
def serve_command(host: str = "127.0.0.1", port: int = 8000, workers: int = 1) -> None:
    """Serve the API until interrupted."""
    from app.api.server import serve

    settings = load_settings()
    with database(settings) as chosen:
        serve(settings, chosen.url, chosen.roles, host=host, port=port, workers=workers)


@app.command("worker")
def worker_command() -> None:
    """Carry out the ingestions that were asked for through the API, until interrupted."""
    from app.worker import work

    settings = load_settings()
    with database(settings) as chosen:
        work(settings, chosen.url, chosen.roles)


def main() -> None:
    """Run a command; what its user can mend is one sentence, with the exit code that the sentence deserves."""
    try:
        app()
    except Exception as failure:
        # Every room's errors carry a stable code; whatever has none is a fault of ours and keeps its traceback.
        if not isinstance(getattr(failure, "code", None), str) or not type(failure).__module__.startswith("app."):
            raise
        err.print(str(failure), style="red", soft_wrap=True, markup=False, highlight=False)
        raise SystemExit(getattr(failure, "exit_code", 1)) from None
