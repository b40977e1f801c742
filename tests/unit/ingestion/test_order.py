"""Sheets are ingested after their parents, the largest last."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import RELATIONSHIPS, SHEET_BY_NAME, SHEETS, Link, Relationship
from app.database.schema import SNAPSHOT_TABLES
from app.ingestion.tables.order import INGESTION_ORDER, LARGEST, REFERENCED_FIRST, last_of, parents_first

some_pairs = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=12)


def child_of(child: str, parent: str) -> Relationship:
    return Relationship("", child, (Link("", parent, ""),), enforced=True)


def test_the_contracts_sheets_stand_behind_their_parents_and_the_largest_last() -> None:
    names = [sheet.name for sheet in INGESTION_ORDER]
    assert sorted(INGESTION_ORDER, key=SHEETS.index) == list(SHEETS)
    assert names[-1] == LARGEST
    for relationship in RELATIONSHIPS:
        for link in relationship.links if relationship.enforced else ():
            assert names.index(link.to_sheet) <= names.index(relationship.from_sheet)


def test_tables_stand_behind_those_that_they_refer_to() -> None:
    assert sorted(REFERENCED_FIRST) == sorted(SNAPSHOT_TABLES)
    for relationship in RELATIONSHIPS:
        for link in relationship.links if relationship.enforced else ():
            referring, referred = (SHEET_BY_NAME[name].table for name in (relationship.from_sheet, link.to_sheet))
            assert REFERENCED_FIRST.index(referred) < REFERENCED_FIRST.index(referring)


def test_sheets_without_parents_keep_their_order() -> None:
    soft = [replace(relationship, enforced=False) for relationship in RELATIONSHIPS]
    assert parents_first(SHEETS, soft, SHEETS[-1].name) == SHEETS


@given(st.permutations(SHEETS), some_pairs, st.sampled_from(SHEETS))
def test_any_parents_without_a_circle_come_first(sheets: list, pairs: list[tuple[int, int]], largest) -> None:  # type: ignore[type-arg,no-untyped-def]
    parents = [child_of(SHEETS[max(pair)].name, SHEETS[min(pair)].name) for pair in pairs]
    ordered = parents_first(sheets, parents, largest.name)
    assert sorted(ordered, key=SHEETS.index) == list(SHEETS)
    names = [sheet.name for sheet in ordered]
    for relationship in parents:
        assert names.index(relationship.links[0].to_sheet) <= names.index(relationship.from_sheet)
    with_children = {
        relationship.links[0].to_sheet for relationship in parents if relationship.from_sheet != largest.name
    }
    assert largest.name in {names[-1], *with_children}


def test_a_circle_is_refused() -> None:
    with pytest.raises(ValueError, match="each other's parents: Fases, Modelos"):
        parents_first(SHEETS, [child_of("Fases", "Modelos"), child_of("Modelos", "Fases")], LARGEST)


def test_the_last_of_several_sheets_is_the_one_merged_last() -> None:
    names = [sheet.name for sheet in INGESTION_ORDER]
    assert last_of(names) == names[-1]
    assert last_of(reversed(names[:3])) == names[2]
