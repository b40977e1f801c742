"""Asks the server several independent questions in one statement, each answered by one of its processes.

The run has one connection, because only its own transaction sees its rows. In a statement of several parts
(`UNION ALL`) the server computes whole parts beside each other, where it has cores.
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


def answers(connection: sa.Connection, questions: Mapping[Key, str], **values: Any) -> dict[Key, list[Line]]:
    """The rows of each question, by column name.

    questions: SELECT statements. One with a window function, LIMIT, or a CTE that is read twice may only be computed
    by the process of the connection, and then so are all others: ask it by itself. values: of the parameters.
    """
    if not questions:
        return {}
    if len(questions) > 1:
        _share_scans_from(connection, f"'{NEVER_SHARED}'")
    keys = list(questions)
    parts = " UNION ALL ".join(
        f"SELECT {place:d} AS place, to_jsonb(line) AS line FROM ({questions[key]}) AS line"
        for place, key in enumerate(keys)
    )
    found: dict[Key, list[Line]] = {key: [] for key in keys}
    statement = sa.text(f"SELECT place, CAST(line AS text) FROM ({parts}) AS answer")
    for place, line in connection.execute(statement, values):
        found[keys[place]].append(json.loads(line))
    if len(questions) > 1:
        _share_scans_from(connection, "DEFAULT")
    return found


def _share_scans_from(connection: sa.Connection, size: str) -> None:
    for setting in SHARED_FROM:
        connection.exec_driver_sql(f"SET LOCAL {setting} = {size}")
