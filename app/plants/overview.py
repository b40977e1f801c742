"""The standing of one plant's database: revision, live run, and requests that wait or run."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any, Literal

import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.engine import connected
from app.database.errors import DatabaseError
from app.database.revisions.migrate import current, head, revisions
from app.database.schema.audit import ingestion_requests as requests
from app.database.schema.audit import ingestion_runs as runs
from app.database.schema.publication import current_snapshot as live
from app.database.trouble import explained_database

Schema = Literal["AT_HEAD", "BEHIND", "NONE", "NEWER", "UNKNOWN"]
STATEMENT_TIMEOUT_MS = 5_000
PLANT: sa.BindParameter[str] = sa.bindparam("plant")
LIVE = (
    sa.select(live.c.run_id, live.c.published_at, runs.c.workbook_name)
    .join_from(live, runs, live.c.run_id == runs.c.run_id)
    .where(live.c.plant == PLANT)
)
OPEN = sa.select(sa.func.count(), sa.func.extract("epoch", sa.func.now() - sa.func.min(requests.c.requested_at))).where(
    requests.c.plant == PLANT, requests.c.ended_as.is_(None)
)


@dataclass(frozen=True, slots=True)
class PlantState:
    """One plant as its database has it; trouble: why the rest is unknown."""

    plant: str
    database: str = ""
    schema: Schema = "UNKNOWN"
    revision: str | None = None
    live_run_id: int | None = None
    workbook_name: str | None = None
    published_at: dt.datetime | None = None
    requests_open: int | None = None
    oldest_request_s: float | None = None
    trouble: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def state_of(plant: str, url: sa.URL, roles: Roles) -> PlantState:
    """Ask a plant's database, within a connection's bounds; a failure becomes the state's trouble."""
    place = place_of(url)
    try:
        revision = current(url)
        schema = _schema(revision)
        if revision is None:
            return PlantState(plant, place, schema)
        state = PlantState(plant, place, schema, revision)
        try:
            return _with_runs(state, url, roles)
        except sa.exc.ProgrammingError:
            if schema == "AT_HEAD":
                raise
            return state  # an older schema may lack what is asked for
    except (DatabaseError, sa.exc.DBAPIError) as error:
        return PlantState(plant, place, trouble=explained_database(error) or str(error))


def place_of(url: sa.URL) -> str:
    """Host, port and database of a URL, without the login."""
    return f"{url.host or 'local socket'}:{url.port or 5432}/{url.database or ''}"


def _schema(revision: str | None) -> Schema:
    if revision is None:
        return "NONE"
    if revision == head():
        return "AT_HEAD"
    return "BEHIND" if revision in revisions() else "NEWER"


def _with_runs(state: PlantState, url: sa.URL, roles: Roles) -> PlantState:
    """The state with the live run and the open requests, read as the API's role."""
    with connected(url, role=roles.api, poolclass=sa.NullPool) as connection:
        connection.exec_driver_sql(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
        run = connection.execute(LIVE, {"plant": state.plant}).one_or_none()
        waiting, oldest = connection.execute(OPEN, {"plant": state.plant}).one()
    return PlantState(
        state.plant,
        state.database,
        state.schema,
        state.revision,
        run.run_id if run else None,
        run.workbook_name if run else None,
        run.published_at if run else None,
        waiting,
        None if oldest is None else float(oldest),
    )
