"""Distributes a plant's database over the nodes of a Citus cluster: its tables become one group, kept on one node.

Each table becomes one shard, all of one colocation group, so that every question is answered by one node, and the group
moves as a whole. The statements run by themselves, and those that were done are left out: a run that broke off goes on.
A plant that is distributed can be read, and no longer ingested (docs/operations/citus.md says why).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg2.errors
import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.engine import connected, open_engine
from app.database.schema.audit import ingestion_runs
from app.database.schema.plant_operations import DISTRIBUTION
from app.ingestion.plant_data.distribution_steps import DistributionRefused, DistributionStep, steps
from app.ingestion.plant_data.recording import begin, end, require_idle
from app.ingestion.runs.plant import working_on

LEAST_CITUS = 12
"""Citus 12 has tables of one shard without a distribution column."""
LOCK_TIMEOUT_MS = 5_000
EXTENSION = sa.text("SELECT extversion FROM pg_extension WHERE extname = 'citus'")
WORKERS = sa.text(
    "SELECT count(*) FROM pg_dist_node WHERE isactive AND shouldhaveshards AND noderole = 'primary' AND groupid <> 0"
)
IS_SUPERUSER = sa.text("SELECT rolsuper FROM pg_roles WHERE rolname = session_user")


@dataclass(frozen=True, slots=True)
class Distribution:
    """The plan that distributes a plant's database. workers: nodes for tables. done: steps carried out now."""

    plant: str
    citus: str
    workers: int
    steps: tuple[DistributionStep, ...]
    done: int = 0


def planned(url: sa.URL, *, roles: Roles, plant: str) -> Distribution:
    """The steps that distribute the plant, and which of them were done before. Nothing is changed.

    Raises DistributionRefused where the database cannot be distributed.
    """
    with connected(url) as connection:
        return _planned(connection, roles, plant)


def distribute(
    url: sa.URL, *, roles: Roles, plant: str, requested_by: str, say: Callable[[DistributionStep], None]
) -> Distribution:
    """Carry out the steps that are still to do, one statement after the other, and record that.

    say: called with each step before it is carried out. Raises as `planned`, and IngestionBusy and PlantBusy while
    something works on the plant.
    """
    with working_on(url, plant, roles) as holder:
        require_idle(holder, plant)
        holder.rollback()
        plan = planned(url, roles=roles, plant=plant)
        operation = begin(holder, plant, DISTRIBUTION, requested_by)
        todo = [step for step in plan.steps if not step.is_done]
        for step in todo:
            say(step)
            _carry_out(url, step, roles)
        end(holder, operation, {"steps": len(todo), "citus": plan.citus})
        holder.commit()
    return Distribution(plan.plant, plan.citus, plan.workers, plan.steps, len(todo))


def _planned(connection: sa.Connection, roles: Roles, plant: str) -> Distribution:
    database = connection.engine.url.database
    citus = connection.execute(EXTENSION).scalar_one_or_none()
    if citus is None:
        raise DistributionRefused(
            f"Database {database} has no extension citus, so plant {plant!r} stays on one server: that needs nothing "
            "more; to distribute it, install Citus and run CREATE EXTENSION citus on every node "
            "(docs/operations/citus.md)."
        )
    if int(citus.split(".")[0]) < LEAST_CITUS:
        raise DistributionRefused(
            f"Database {database} has Citus {citus}, and version {LEAST_CITUS} or newer is needed: upgrade it."
        )
    workers: int = connection.execute(WORKERS).scalar_one()
    if not workers:
        raise DistributionRefused(
            f"No other node of database {database} can hold tables: add one with citus_add_node "
            "(docs/operations/citus.md)."
        )
    if not connection.execute(IS_SUPERUSER).scalar_one():
        raise DistributionRefused(
            f"The login {connection.engine.url.username} is no superuser, and roles are made on every node: run it "
            "with a login that is one."
        )
    others = connection.execute(
        sa.select(ingestion_runs.c.plant).distinct().where(ingestion_runs.c.plant != plant).order_by(sa.text("1"))
    ).scalars()
    if listed := ", ".join(others):
        raise DistributionRefused(
            f"Database {database} has runs of other plants too ({listed}), and is distributed as a whole: give plant "
            f"{plant!r} a database of its own (docs/operations/plants.md)."
        )
    return Distribution(plant, citus, workers, tuple(steps(connection, roles)))


def _carry_out(url: sa.URL, step: DistributionStep, roles: Roles) -> None:
    """Run one statement in a session of its own: settings of the database hold there, and no role is switched."""
    role = roles.owner if step.as_owner else None
    try:
        options = {"poolclass": sa.NullPool, "isolation_level": "AUTOCOMMIT"}
        with open_engine(url, role=role, **options) as engine, engine.connect() as connection:
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT_MS}ms'")
            found = connection.execute(sa.text(step.sql.replace(":", r"\:")))
            answers = found.mappings().all() if found.returns_rows else []
    except sa.exc.DBAPIError as error:
        if isinstance(error.orig, psycopg2.errors.LockNotAvailable):
            raise DistributionRefused(
                f"A table is being read or written for over {LOCK_TIMEOUT_MS // 1000} s ({step.sql}): end that, and "
                "run it again; it goes on there."
            ) from error
        said = " ".join(str(error.orig).split())
        raise DistributionRefused(
            f"The server refused {step.sql}: {said}. What was done stays; mend that, and run it again."
        ) from error
    failed = [row for row in answers if row.get("success") is False]
    if failed:
        node = failed[0]
        raise DistributionRefused(
            f"Node {node['nodename']}:{node['nodeport']} refused to make the roles: {node['result']}. Mend that, and "
            "run it again."
        )
