"""Reading plans: who read what, how much, how long, and whether it went to disk."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.performance.plans.plan import discarding_sorts, foreign_partitions, read_plan, unbound_scans

TEMPORARY = {"Temp Written Blocks": 7}


def node(kind: str, total_ms: float, rows: float, *children: dict[str, Any], loops: Any = 1, **facts: Any) -> Any:
    return {
        "Node Type": kind, "Actual Total Time": total_ms, "Actual Rows": rows, "Actual Loops": loops,
        "Plans": list(children), **facts,
    }  # fmt: skip


def scan(kind: str, relation: str, total_ms: float, rows: float, *children: Any, loops: Any = 1, **facts: Any) -> Any:
    place = {"Schema": "core", "Relation Name": relation}
    return node(kind, total_ms, rows, *children, loops=loops, **place, **facts)


def planned(root: dict[str, Any]) -> Any:
    return read_plan([{"Plan": root, "Execution Time": 9.0, "Planning Time": 0.5, "Settings": {"jit": "off"}}])


def test_rows_thrown_away_are_examined_too_and_loops_multiply() -> None:
    inner = scan("Index Scan", "order_phases_r3", 0.1, 2.5, loops=40, **{"Rows Removed by Filter": 1})
    outer = scan("Seq Scan", "work_orders_r3", 5.0, 40, **{"Rows Removed by Filter": 960})
    plan = planned(node("Nested Loop", 10.0, 100, outer, inner))
    assert plan.rows_returned == 100
    assert plan.rows_examined == 1000 + 40 * 3.5
    assert plan.relations == {"core.work_orders_r3", "core.order_phases_r3"}


def test_a_bitmap_counts_its_rows_once() -> None:
    bitmap = node("Bitmap Index Scan", 1.0, 500, **{"Index Name": "i"})
    heap = scan("Bitmap Heap Scan", "order_phases_r3", 4.0, 450, bitmap, **{"Rows Removed by Index Recheck": 50})
    assert planned(heap).rows_examined == 500


def test_rows_of_the_catalogue_are_not_examined_data() -> None:
    """Seen as a false alarm of E8: one order, and 613 tables looked through to see that its run is kept."""
    catalogue = node("Seq Scan", 0.2, 17, **{"Schema": "pg_catalog", "Relation Name": "pg_class"})
    plan = planned(node("Nested Loop", 1.0, 10, catalogue, scan("Index Scan", "order_phases_r3", 0.1, 10)))
    assert plan.rows_examined == 10
    assert "pg_catalog.pg_class" in plan.relations


def test_a_node_never_executed_read_nothing() -> None:
    idle = scan("Seq Scan", "work_orders_r1", 0.0, 0, loops=0)
    busy = scan("Seq Scan", "work_orders_r3", 1.0, 5)
    assert planned(node("Append", 2.0, 5, idle, busy)).relations == {"core.work_orders_r3"}


def test_own_times_add_up_to_the_whole() -> None:
    plan = planned(node("Sort", 10.0, 5, node("Hash Join", 9.0, 5, scan("Seq Scan", "a", 4.0, 5), loops=1)))
    assert [each.self_ms for each in plan.nodes] == pytest.approx([1.0, 5.0, 4.0])
    assert [each.kind for each in plan.costliest(2)] == ["Hash Join", "Seq Scan"]


def test_time_of_a_cte_is_taken_from_its_scan() -> None:
    """A CTE hangs from the root but runs while it is scanned: neither the root nor the scan did its work."""
    cte = scan("Seq Scan", "work_orders_r3", 8.0, 5, **{"Subplan Name": "CTE open_order"})
    reader = node("CTE Scan", 8.5, 5, **{"CTE Name": "open_order"})
    again = node("CTE Scan", 0.2, 5, **{"CTE Name": "open_order"})
    plan = planned(node("Hash Join", 10.0, 5, cte, reader, again))
    assert [each.self_ms for each in plan.nodes] == pytest.approx([1.3, 8.0, 0.5, 0.2])


@settings(deadline=None)
@given(st.recursive(st.floats(0, 1e3), lambda inner: st.lists(inner, max_size=4), max_leaves=30))
def test_own_time_is_never_negative_nor_more_than_the_whole(shape: Any) -> None:
    def tree(part: Any) -> Any:
        if isinstance(part, list):
            return node("Append", 500.0, 1, *map(tree, part))
        return scan("Seq Scan", "a", part, 1)

    for each in planned(tree(shape)).nodes:
        assert 0 <= each.self_ms <= each.total_ms


@pytest.mark.parametrize(
    "fact",
    [
        {"Sort Space Type": "Disk"},
        {"Hash Batches": 4},
        {"Disk Usage": 800},
        {"Storage": "Disk"},
        {"Temp Written Blocks": 3},
        {"Full-sort Groups": {"Group Count": 2, "Sort Space Disk": {"Peak Sort Space Used": 900}}},
        {"Pre-sorted Groups": {"Group Count": 2, "Sort Space Disk": {"Peak Sort Space Used": 900}}},
    ],
    ids=str,
)
def test_whatever_goes_to_disk_is_a_spill(fact: dict[str, Any]) -> None:
    quiet = {"Sort Space Type": "Memory", "Hash Batches": 1, "Disk Usage": 0, "Storage": "Memory"}
    assert not planned(node("Sort", 1.0, 1, **quiet, **{"Temp Written Blocks": 0})).spilled
    assert planned(node("Limit", 1.0, 1, node("Sort", 1.0, 1, **(quiet | fact)))).spilled


def test_a_spill_that_no_node_has_a_word_for_is_the_statements() -> None:
    """A function's or, before PostgreSQL 18, a materialised result: only blocks of temporary files tell."""
    plan = planned(node("Limit", 1.0, 1, node("Materialize", 1.0, 1, scan("Seq Scan", "a", 1.0, 1)), **TEMPORARY))
    assert plan.spilled
    assert [each.kind for each in plan.spilling] == ["Limit"]
    assert planned(node("Limit", 1.0, 1, node("Sort", 1.0, 1))).spilling == []


def test_the_node_that_spills_is_named_and_not_those_above_it() -> None:
    spilling = node("Sort", 1.0, 1, **{"Sort Space Type": "Disk"}, **TEMPORARY)
    plan = planned(node("Limit", 1.0, 1, spilling, **TEMPORARY))
    assert [each.kind for each in plan.spilling] == ["Sort"]


def sort(rows: float, *children: Any, loops: Any = 1) -> Any:
    return node(
        "Sort", 1.0, rows, *children, loops=loops, **{"Sort Key": ["o.created_at DESC", "o.work_order_id DESC"]}
    )


@pytest.mark.parametrize(
    ("root", "found"),
    [
        (node("Limit", 1.0, 51, sort(51, scan("Seq Scan", "a", 1.0, 274))), True),
        (
            node(
                "Limit",
                1.0,
                51,
                node("Nested Loop", 1.0, 51, sort(17, scan("Seq Scan", "a", 1.0, 91, loops=3), loops=3)),
            ),
            True,
        ),
        (node("Limit", 1.0, 51, sort(51, scan("Seq Scan", "a", 1.0, 51))), False),
        (sort(274, scan("Seq Scan", "a", 1.0, 274)), False),
        (sort(9, node("Aggregate", 1.0, 40, scan("Seq Scan", "a", 1.0, 274))), False),
        (sort(9, node("Limit", 1.0, 2, **{"Subplan Name": "InitPlan 1"}), scan("Seq Scan", "a", 1.0, 9)), False),
        (node("Limit", 1.0, 51, node("Incremental Sort", 1.0, 51, scan("Index Scan", "a", 1.0, 60))), False),
        (sort(0, scan("Seq Scan", "a", 0.0, 0, loops=0)), False),
    ],
    ids=["page", "page of a join", "all of few", "all", "of counts", "beside a subquery", "by index", "not executed"],
)
def test_sorts_that_throw_rows_away_are_found(root: Any, found: bool) -> None:
    titles = [each.title for each in discarding_sorts(planned(root))]
    assert titles == (["Sort (o.created_at DESC, o.work_order_id DESC)"] if found else [])


def test_partitions_of_other_runs_and_staging_are_foreign() -> None:
    relations = {
        "core.work_orders_r3", "core.work_orders_r33", "core.order_phases_r2", "core.snapshot_facts",
        "core.current_snapshot", "audit.ingestion_runs", "staging.work_orders", "staging.phases_r3",
    }  # fmt: skip
    assert foreign_partitions(relations, 3) == [
        "core.order_phases_r2", "core.work_orders_r33", "staging.phases_r3", "staging.work_orders",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("conditions", "bound"),
    [
        ({"Filter": "(work_orders.run_id = 3)"}, True),
        ({"Index Cond": "((o.run_id = '3'::bigint) AND (o.work_order_id = 7))"}, True),
        ({"Recheck Cond": "((run_id = 3) AND (completed_at IS NULL))"}, True),
        ({"Index Cond": "(o.work_order_id = 3)", "Filter": "(o.run_id = 3)"}, True),
        ({"Filter": "(work_orders.run_id = 33)"}, False),
        ({"Filter": "(work_orders.other_run_id = 3)"}, False),
        ({"Index Cond": "(o.work_order_id = 3)"}, False),
        ({}, False),
    ],
)
def test_a_scan_must_ask_for_its_run(conditions: dict[str, str], bound: bool) -> None:
    plan = planned(scan("Seq Scan", "work_orders_r3", 1.0, 5, **conditions))
    assert [node.relation for node in unbound_scans(plan, 3)] == ([] if bound else ["core.work_orders_r3"])


def test_a_plan_that_was_not_executed_is_refused() -> None:
    with pytest.raises(KeyError):
        read_plan([{"Plan": {"Node Type": "Result", "Plan Rows": 1}, "Execution Time": 1.0, "Planning Time": 1.0}])
