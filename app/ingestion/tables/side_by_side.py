"""Asks the server several independent questions in one statement, each answered by one of its processes.

The run has one connection, because only its own transaction sees its rows. In a statement of several parts
(`UNION ALL`) the server computes whole parts beside each other, where it has cores.

Some parts may only be computed by the process of the connection. They are joined to one row of the others, which that
process makes first: it takes the cheapest part, and the others of its processes the costliest.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

import sqlalchemy as sa

Key = TypeVar("Key", bound=Hashable)
Line = dict[str, Any]

NEVER_SHARED = "100GB"
"""A size of scans that no run reaches. The server shares out either the parts or the scans within them, so the scans
must not be shared."""
SHARED_FROM = ("min_parallel_table_scan_size", "min_parallel_index_scan_size")


FIRST = "SELECT -1 AS place, CAST(NULL AS jsonb) AS line"
"""The part that the process of the connection computes first."""


def answers(
    connection: sa.Connection, questions: Mapping[Key, str], alone: Mapping[Key, str] | None = None, **values: Any
) -> dict[Key, list[Line]]:
    """The rows of each question, by column name.

    questions: SELECT statements. alone: those with a window function, LIMIT, or a CTE that is read twice. They may only
    be computed by the process of the connection; among the questions they would make it compute all. values: of the
    parameters.
    """
    keys = [*questions, *(alone or ())]
    if not keys:
        return {}
    if len(keys) > 1:
        _share_scans_from(connection, f"'{NEVER_SHARED}'")
    found: dict[Key, list[Line]] = {key: [] for key in keys}
    for place, line in connection.execute(sa.text(_statement(questions, alone or {})), values):
        if line is not None:
            found[keys[place]].append(json.loads(line))
    if len(keys) > 1:
        _share_scans_from(connection, "DEFAULT")
    return found


def _statement(questions: Mapping[Key, str], alone: Mapping[Key, str]) -> str:
    parts = [
        f"SELECT {place:d} AS place, to_jsonb(line) AS line FROM ({text}) AS line"
        for place, text in enumerate([*questions.values(), *alone.values()])
    ]
    beside, mine = (" UNION ALL ".join(some) for some in ([FIRST, *parts[: len(questions)]], parts[len(questions) :]))
    if not mine:
        return f"SELECT place, CAST(line AS text) FROM ({beside}) AS answer"
    return (
        "SELECT coalesce(mine.place, answer.place), CAST(coalesce(mine.line, answer.line) AS text)"
        f" FROM ({beside}) AS answer LEFT JOIN ({mine}) AS mine ON answer.place = -1"
    )


def _share_scans_from(connection: sa.Connection, size: str) -> None:
    for setting in SHARED_FROM:
        connection.exec_driver_sql(f"SET LOCAL {setting} = {size}")
