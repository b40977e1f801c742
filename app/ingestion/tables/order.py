"""The order in which sheets are read and merged.

A sheet with an enforced reference comes after its parents, so that its orphans are known. The largest sheet, three
quarters of every export, comes last, so that the server has merged all others when it can merge this one; its rows may
be copied before. A statement over several sheets runs after the last of them. A run's partitions are attached in the
same order, those of whole-run figures last, and dropped in the opposite one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter

from app.contract import RELATIONSHIPS, SHEETS, Relationship, Sheet
from app.database.schema import SNAPSHOT_TABLES

LARGEST = "FasesOrdemFabrico"


def parents_first(sheets: Sequence[Sheet], relationships: Sequence[Relationship], largest: str) -> tuple[Sheet, ...]:
    """The sheets in their own order, but each after its enforced parents, and the largest as late as possible. Pure.

    Raises ValueError when sheets are each other's parents.
    """
    parents = {
        sheet.name: {
            link.to_sheet
            for one in relationships
            if one.enforced and one.from_sheet == sheet.name
            for link in one.links
            if link.to_sheet != sheet.name
        }
        for sheet in sheets
    }
    sorter = TopologicalSorter(parents)
    try:
        sorter.prepare()
    except CycleError as error:
        raise ValueError(f"sheets are each other's parents: {', '.join(sorted(set(error.args[1])))}") from error
    ordered: list[Sheet] = []
    ready: set[str] = set()
    while sorter.is_active():
        ready.update(sorter.get_ready())
        following = min((sheet for sheet in sheets if sheet.name in ready), key=lambda sheet: sheet.name == largest)
        ready.remove(following.name)
        sorter.done(following.name)
        ordered.append(following)
    return tuple(ordered)


INGESTION_ORDER = parents_first(SHEETS, RELATIONSHIPS, LARGEST)
_TABLES_OF_SHEETS = tuple(sheet.table for sheet in INGESTION_ORDER)
REFERENCED_FIRST = (*_TABLES_OF_SHEETS, *(table for table in SNAPSHOT_TABLES if table not in _TABLES_OF_SHEETS))
"""Core's partitioned tables, each after those that it refers to."""
_PLACES = {sheet.name: place for place, sheet in enumerate(INGESTION_ORDER)}


def last_of(names: Iterable[str]) -> str:
    """The sheet after which all of these are merged."""
    return max(names, key=_PLACES.__getitem__)
