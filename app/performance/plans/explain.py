"""The plans of an endpoint's executed statements, taken with their parameters, as the API's role, on its own engine."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.performance.errors import CaptureError
from app.performance.load.preparation import walk
from app.performance.load.timetable import filled_of, requests_of
from app.performance.load.truth import Truth
from app.performance.plans.capture import Application, Statement, ask, captured
from app.performance.plans.plan import (
    Node,
    Plan,
    discarding_sorts,
    foreign_partitions,
    read_plan,
    run_of,
    unbound_scans,
)
from app.performance.slo.row_bound import RowBound
from app.performance.slo.slo_declaration import Slo

EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS, FORMAT JSON) "
SHOWN = 1000
"""Characters of a statement in a remedy."""
REMEDIES = {
    "FOREIGN": "Bind every table of the statement to the request's run: run_id = :run_id on each.",
    "UNBOUND": "Add run_id = :run_id on that table: with a second run in the database it would read both.",
    "SPILL": "Sort or hash fewer rows, or narrower ones; do not raise work_mem, which each of many connections takes.",
    "NOTHING_READ": "Answer from the database: figures that must be quick are aggregates of the run, not memory.",
    "UNORDERED": "Sort by the columns of an index, or add the index that has this order: with it a page costs the same "
    "however much the run holds.",
    "TOO_MANY_ROWS": "Add the index or the aggregate of the run that it lacks, or declare in slo.yaml why it may.",
}
QUERY = re.compile(r"\s*(?:SELECT|WITH|VALUES|TABLE)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ExplainedStatement:
    """A statement that an endpoint executed, and the plan of executing it again.

    unordered: its sorts for which no index has the order, although only the first rows are wanted.
    """

    statement: Statement
    plan: Plan
    unordered: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanFault:
    """A fault of a plan: a stable code, one sentence with request and node, and the statement at fault."""

    code: str
    sentence: str
    explained: ExplainedStatement | None = None

    @property
    def remedy(self) -> str:
        """The steps that correct it, with the statement's text."""
        if self.explained is None:
            return REMEDIES[self.code]
        return f"{REMEDIES[self.code]} The statement: {' '.join(self.explained.statement.text.split())[:SHOWN]}"


@dataclass(frozen=True, slots=True)
class ExplainedRequest:
    """All statements of one request, in order; rows_bound: the bound on rows examined."""

    path: str
    statements: tuple[ExplainedStatement, ...]
    rows_bound: RowBound

    @property
    def rows_examined(self) -> float:
        """Rows of tables that all of its statements looked at."""
        return sum(explained.plan.rows_examined for explained in self.statements)

    @property
    def rows_returned(self) -> float:
        """Rows that all of its statements gave; at least 1, so that an empty answer has a ratio too."""
        return max(1.0, sum(explained.plan.rows_returned for explained in self.statements))

    @property
    def rows_ratio(self) -> float:
        """Rows examined per row returned."""
        return self.rows_examined / self.rows_returned

    def faults(self, run_id: int, facts: Mapping[str, int]) -> list[PlanFault]:
        """The faults that check E8 refuses: reading rows of no run or of another run, too many rows, a page in an order
        without an index, or temporary files.

        A request that reads nothing of the run is refused too, because an answer from memory leaves nothing to explain.
        """
        found, read = list[PlanFault](), set[str]()
        for number, explained in enumerate(self.statements, start=1):
            place, plan = f"statement {number} of {self.path}", explained.plan
            read |= plan.relations
            for relation in foreign_partitions(plan.relations, run_id):
                found.append(PlanFault("FOREIGN", f"{place} reads {relation}, beyond run {run_id}", explained))
            for node in unbound_scans(plan, run_id):
                what = f"{place} reads {node.relation} without asking for run {run_id}: {node.title}"
                found.append(PlanFault("UNBOUND", what, explained))
            for node in explained.unordered:
                few = f"{node.taken:,.0f} rows to give {node.rows:,.0f}"
                what = f"{place} reads and sorts {few}, in an order that no index has: {node.title}"
                found.append(PlanFault("UNORDERED", what, explained))
            for node in plan.spilling:
                found.append(PlanFault("SPILL", f"{place} spills to disk: {node.title}", explained))
        if not any(run_of(relation) == run_id for relation in read):
            what = f"{self.path} read nothing of run {run_id}: an answer from memory leaves nothing to explain"
            found.append(PlanFault("NOTHING_READ", what))
        allowed = self.rows_bound.rows(facts)
        if self.rows_ratio > allowed:
            greediest = max(self.statements, key=lambda explained: explained.plan.rows_examined)
            node = max(greediest.plan.nodes, key=lambda node: node.examined)
            what = (
                f"{self.path} examines {self.rows_ratio:.1f} rows per row returned, {allowed:.1f} are declared "
                f"({self.rows_bound.text}); most of them, {node.examined:,.0f}, by {node.title}"
            )
            found.append(PlanFault("TOO_MANY_ROWS", what, greediest))
        return found


def explain_request(application: Application, engine: sa.Engine, path: str, rows_bound: RowBound) -> ExplainedRequest:
    """Ask the application in-process, capture what it executes on `engine`, and explain each statement.

    application: the ASGI application whose database engine `engine` is; the plans are made on connections of the same
    engine, so with its role and settings. Raises CaptureError when it does not answer 200, executes nothing, or
    executes a statement other than a query.
    """
    with captured(engine) as statements:
        status, _ = ask(application, path)
    if status != 200:
        raise CaptureError(f"GET {path} answered {status} in-process: there is nothing to explain.")
    if not statements:
        raise CaptureError(f"GET {path} executed no statement on this engine.")
    for statement in statements:
        if QUERY.match(statement.text) is None:
            raise CaptureError(f"GET {path} executed what is no query: {' '.join(statement.text.split())[:80]}")
    with engine.connect() as connection:
        found = []
        for each in statements:
            plan = explained(connection, each)
            found.append(ExplainedStatement(each, plan, () if rows_bound.grows else unordered(connection, each, plan)))
    return ExplainedRequest(path, tuple(found), rows_bound)


def explain_slo(application: Application, engine: sa.Engine, slo: Slo, truth: Truth) -> tuple[ExplainedRequest, ...]:
    """The SLO's requests and variants, explained with characteristic values of the run.

    Raises CaptureError as `explain_request` does, and when the run has nothing to ask for.
    """
    supply = placeholder_values(application, slo, truth)
    asked = [(request.path, slo.rows_bound) for request in requests_of(slo, supply)]
    if not asked:
        raise CaptureError(f"The run holds nothing to ask {slo.endpoint} for.")
    for variant in slo.variants:
        asked += [(request.path, variant.rows_bound) for request in filled_of(slo.name, variant.request, supply)]
    return tuple(explain_request(application, engine, path, bound) for path, bound in dict(asked).items())


def placeholder_values(application: Application, slo: Slo, truth: Truth) -> dict[str, list[str]]:
    """Values for the placeholders: orders and products from the list's ends and middle, the first and last cursor."""

    def asked(path: str) -> Any:
        status, body = ask(application, path)
        if status != 200:
            raise CaptureError(f"GET {path.partition('?')[0]} answered {status} in-process.")
        return json.loads(body)

    wants_cursors = any("{order_cursor}" in template for template in slo.requests)
    cursors = list(walk(asked, len(truth.orders))) if wants_cursors else []
    details = list(truth.phases_by_order)
    return {
        "work_order_id": [str(number) for number in ends_and_middle(details)],
        "product_id": [str(number) for number in ends_and_middle(truth.product_ids)],
        "run_id": [str(truth.run_id)],
        "phase_id": [] if truth.busiest_phase is None else [str(truth.busiest_phase)],
        "period_from": [truth.period[0]] if truth.period else [],
        "period_to": [truth.period[1]] if truth.period else [],
        "order_cursor": list(dict.fromkeys((cursors[0], cursors[-1]))) if cursors else [],
    }


def ends_and_middle(items: Sequence[int]) -> list[int]:
    """The first, the middle and the last, each once."""
    return list(dict.fromkeys(items[place] for place in (0, len(items) // 2, -1))) if items else []


def explained(connection: sa.Connection, statement: Statement) -> Plan:
    """The plan of executing a statement again."""
    document: Any = connection.exec_driver_sql(EXPLAIN + statement.text, statement.parameters).scalar_one()
    return read_plan(document)


def unordered(connection: sa.Connection, statement: Statement, plan: Plan) -> tuple[Node, ...]:
    """The sorts of the first rows that PostgreSQL cannot avoid.

    In a small run it may sort although an index has the order, so it is asked again with sorting switched off.
    """
    if not discarding_sorts(plan):
        return ()
    connection.exec_driver_sql("SET LOCAL enable_sort = off")
    found = discarding_sorts(explained(connection, statement))
    connection.exec_driver_sql("SET LOCAL enable_sort = on")
    return tuple(found)
