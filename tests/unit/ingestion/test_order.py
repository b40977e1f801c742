"""Sheets are ingested after those that they refer to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ingestion.order import INGESTION_ORDER, referred_first
from app.workbook.contract import RELATIONSHIPS, SHEETS, Link, Relationship


def assert_referred_first(names: list[str], relationships: list[Relationship]) -> None:
    for relationship in relationships:
        for link in relationship.links:
            assert names.index(link.to_sheet) <= names.index(relationship.from_sheet)


def test_every_reference_of_the_contract_points_backwards() -> None:
    assert sorted(INGESTION_ORDER, key=SHEETS.index) == list(SHEETS)
    assert_referred_first([sheet.name for sheet in INGESTION_ORDER], list(RELATIONSHIPS))


def test_sheets_without_references_keep_their_order() -> None:
    assert referred_first(SHEETS, ()) == SHEETS


@given(st.permutations(SHEETS), st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=12))
def test_any_references_without_a_circle_are_followed(sheets: list, pairs: list[tuple[int, int]]) -> None:  # type: ignore[type-arg]
    references = [Relationship("", SHEETS[max(pair)].name, (Link("", SHEETS[min(pair)].name, ""),)) for pair in pairs]
    ordered = referred_first(sheets, references)
    assert sorted(ordered, key=SHEETS.index) == list(SHEETS)
    assert_referred_first([sheet.name for sheet in ordered], references)


def test_a_circle_is_refused() -> None:
    forth = Relationship("", "Fases", (Link("", "Modelos", ""),))
    back = replace(forth, from_sheet="Modelos", links=(Link("", "Fases", ""),))
    with pytest.raises(ValueError, match="circle: Fases, Modelos"):
        referred_first(SHEETS, [forth, back])
