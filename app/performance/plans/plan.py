"""Reads a plan of EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS, FORMAT JSON). Pure.

PostgreSQL reports rows and times of a node per loop, children included:
https://www.postgresql.org/docs/current/using-explain.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

CATALOGUE = "pg_catalog"
PARTITION = re.compile(r"(?P<parent>.+)_r(?P<run_id>\d+)")
CONDITIONS = ("Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Filter")
COUNTING = ("Aggregate", "Group", "WindowAgg")
"""Nodes whose rows are made from many."""
REMOVED = ("Rows Removed by Filter", "Rows Removed by Index Recheck")


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a plan, as executed.

    relation: schema.name of the table that it scans, else None. conditions: as the plan words them, of a sort its key.
    rows: returned over all loops. taken: what its inputs gave it. examined: rows of its relation that it looked at over
    all loops, those thrown away included; 0 for a node that scans no relation or one of PostgreSQL's catalogue, whose
    size says nothing of the data. total_ms: over all loops, children included (under a Gather: summed over the
    workers). self_ms: without them. spilled: it used temporary files. loops 0: never executed.
    """

    depth: int
    kind: str
    relation: str | None
    index: str | None
    conditions: tuple[str, ...]
    loops: int
    rows: float
    taken: float
    examined: float
    total_ms: float
    self_ms: float
    spilled: bool

    @property
    def title(self) -> str:
        """The node in one line: what, on what, by which condition first."""
        place = f" on {self.relation}" if self.relation else ""
        index = f" using {self.index}" if self.index else ""
        condition = f" ({self.conditions[0]})" if self.conditions else ""
        return f"{self.kind}{index}{place}{condition}"


@dataclass(frozen=True, slots=True)
class Plan:
    """One executed statement's plan: its nodes in the plan's order, the root first.

    temporary_blocks: of temporary files, written by all of them; PostgreSQL adds a node's blocks to those above it, so
    the root counts every spill, also one that no field of its own node shows.
    """

    nodes: tuple[Node, ...]
    temporary_blocks: int
    execution_ms: float
    planning_ms: float
    settings: Mapping[str, str]

    @property
    def rows_returned(self) -> float:
        """Rows that the statement gave."""
        return self.nodes[0].rows

    @property
    def rows_examined(self) -> float:
        """Rows of tables that the statement looked at."""
        return sum(node.examined for node in self.nodes)

    @property
    def relations(self) -> frozenset[str]:
        """Tables and partitions that were read."""
        return frozenset(node.relation for node in self.nodes if node.relation and node.loops)

    @property
    def spilled(self) -> bool:
        """True if anything went through temporary files."""
        return self.temporary_blocks > 0 or any(node.spilled for node in self.nodes)

    @property
    def spilling(self) -> list[Node]:
        """The nodes that used temporary files; the root, when no node is marked."""
        found = [node for node in self.nodes if node.spilled]
        return found or ([self.nodes[0]] if self.spilled else [])

    def costliest(self, count: int = 5) -> list[Node]:
        """The nodes that took most time themselves, the worst first."""
        return sorted(self.nodes, key=lambda node: -node.self_ms)[:count]


def read_plan(explained: list[dict[str, Any]]) -> Plan:
    """The plan in EXPLAIN's JSON. Raises KeyError when it was not executed (no ANALYZE)."""
    (document,) = explained
    flat = list(_flattened(document["Plan"], 0))
    cte_ms = _time_by_scan_of_cte([node for _, node in flat])
    nodes = tuple(_node(depth, node, cte_ms.get(id(node), 0.0)) for depth, node in flat)
    temporary = document["Plan"].get("Temp Written Blocks", 0)
    return Plan(nodes, temporary, document["Execution Time"], document["Planning Time"], document.get("Settings", {}))


def run_of(relation: str) -> int | None:
    """The run that a partition belongs to; None for any other table."""
    partition = PARTITION.fullmatch(relation)
    return int(partition["run_id"]) if partition else None


def foreign_partitions(relations: Iterable[str], run_id: int) -> list[str]:
    """Partitions of other runs and tables of staging among these tables: no bound query reads them."""
    return sorted(
        relation for relation in relations if relation.startswith("staging.") or run_of(relation) not in (None, run_id)
    )


def unbound_scans(plan: Plan, run_id: int) -> list[Node]:
    """Scans of partitions without a condition on the run: with one run they read its rows alone, with a second both.

    PostgreSQL keeps the condition in the plan even where the partition's own bounds imply it.
    """
    asks = re.compile(rf"\brun_id = '?{run_id}\b")
    return [
        node
        for node in plan.nodes
        if node.loops and node.relation and run_of(node.relation) and not any(map(asks.search, node.conditions))
    ]


def discarding_sorts(plan: Plan) -> list[Node]:
    """Sorts of tables' rows that gave fewer than they took, because only the first were wanted.

    What is counted has no order before it is counted, so no index can help a sort of it.
    """
    return [
        node
        for place, node in enumerate(plan.nodes)
        if node.kind == "Sort" and node.taken > node.rows > 0 and not any(map(_counts, _below(plan, place)))
    ]


def _below(plan: Plan, place: int) -> Iterable[Node]:
    """The nodes under the one at this place."""
    return takewhile(lambda node: node.depth > plan.nodes[place].depth, plan.nodes[place + 1 :])


def _counts(node: Node) -> bool:
    return node.kind in COUNTING


def _flattened(node: dict[str, Any], depth: int) -> Iterable[tuple[int, dict[str, Any]]]:
    yield depth, node
    for child in node.get("Plans", ()):
        yield from _flattened(child, depth + 1)


def _total_ms(node: dict[str, Any]) -> float:
    return float(node["Actual Total Time"]) * int(node["Actual Loops"])


def _is_cte(node: dict[str, Any]) -> bool:
    return str(node.get("Subplan Name", "")).startswith("CTE ")


def _time_by_scan_of_cte(nodes: list[dict[str, Any]]) -> dict[int, float]:
    """The time of each CTE by the id of the CTE Scan in which it runs.

    A CTE that is scanned several times is charged to the costliest of its scans.
    """
    charged = {}
    for cte in filter(_is_cte, nodes):
        name = cte["Subplan Name"].removeprefix("CTE ")
        scans = [node for node in nodes if node["Node Type"] == "CTE Scan" and node.get("CTE Name") == name]
        if scans:
            charged[id(max(scans, key=_total_ms))] = _total_ms(cte)
    return charged


def _node(depth: int, node: dict[str, Any], cte_ms: float) -> Node:
    loops = int(node["Actual Loops"])
    rows = float(node["Actual Rows"]) * loops
    children_ms = sum(_total_ms(child) for child in node.get("Plans", ()) if not _is_cte(child))
    # A bitmap index scan finds rows that its bitmap heap scan then looks at: they are counted there, once.
    scans = "Relation Name" in node and node["Node Type"] != "ModifyTable" and node["Schema"] != CATALOGUE
    removed = sum(float(node.get(name, 0)) for name in REMOVED) * loops
    return Node(
        depth=depth,
        kind=node["Node Type"],
        relation=f"{node['Schema']}.{node['Relation Name']}" if "Relation Name" in node else None,
        index=node.get("Index Name"),
        conditions=(*(node[name] for name in CONDITIONS if name in node), *_sort_key(node)),
        loops=loops,
        rows=rows,
        taken=sum(float(child["Actual Rows"]) * int(child["Actual Loops"]) for child in _inputs(node)),
        examined=rows + removed if scans else 0.0,
        total_ms=_total_ms(node),
        # Never negative: the clock's grain, and init plans that run inside a deeper node than the one they hang from.
        self_ms=max(0.0, _total_ms(node) - children_ms - cte_ms),
        spilled=_spilled(node),
    )


def _sort_key(node: dict[str, Any]) -> Iterable[str]:
    return [", ".join(node["Sort Key"])] if "Sort Key" in node else []


def _inputs(node: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """The children whose rows the node takes; a CTE or a subquery of a condition is none."""
    return [child for child in node.get("Plans", ()) if "Subplan Name" not in child]


def _spilled(node: dict[str, Any]) -> bool:
    """A sort or a materialised result on disk, a hash in several batches, an aggregate that overflowed."""
    return bool(
        node.get("Sort Space Type") == "Disk"
        or node.get("Storage") == "Disk"
        or node.get("Hash Batches", 1) > 1
        or node.get("Disk Usage", 0) > 0
        or any("Sort Space Disk" in node.get(groups, {}) for groups in ("Full-sort Groups", "Pre-sorted Groups"))
        or (not node.get("Plans") and node.get("Temp Written Blocks", 0) > 0)
    )
