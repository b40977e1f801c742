"""Answers as tables: a row for each entry of a list, a column for each field."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import BaseModel

from app.api.snapshot_reading import Reading

Cell: TypeAlias = str | int | float | dt.date | None
Path: TypeAlias = tuple[str, ...]
MOST = 1_000_000
"""The limit of a list that a table has whole."""
MOST_LISTED = 50_000
"""Most rows of a workbook; the CSV has all."""
PHASE = ("phase_id", "phase_name")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under their column names. name: of the file, before the number of its run."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


ReadTable: TypeAlias = Callable[[Reading], Table]


def table_of(name: str, model: type[BaseModel], entries: Sequence[BaseModel]) -> Table:
    """The entries of a list."""
    columns = columns_of(model)
    return Table(name, tuple(columns), [row_of(entry, columns.values()) for entry in entries])


def nested_table(
    name: str, heads: Sequence[str], model: type[BaseModel], groups: Iterable[tuple[BaseModel, Sequence[BaseModel]]]
) -> Table:
    """The entries of lists within a list: columns for the fields `heads` of the outer entry come first."""
    columns = columns_of(model)
    rows = [
        [*(getattr(outer, head) for head in heads), *row_of(entry, columns.values())]
        for outer, inner in groups
        for entry in inner
    ]
    return Table(name, (*heads, *columns), rows)


def mixed_table(name: str, models: Sequence[type[BaseModel]], **lists: Iterable[BaseModel]) -> Table:
    """The entries of several lists, with the columns of all; `of` names the kind of each."""
    columns = tuple(dict.fromkeys(column for model in models for column in columns_of(model)))
    rows: list[list[Cell]] = []
    for kind, found in lists.items():
        own: dict[str, Path] = {}
        for entry in found:
            own = own or columns_of(type(entry))
            rows.append([kind, *(_value_at(entry, own[column]) if column in own else None for column in columns)])
    return Table(name, ("of", *columns), rows)


def columns_of(model: type[BaseModel]) -> dict[str, Path]:
    """The columns of a model, each with the path to its value.

    A field that is a model has a column for each field of its own, named after both where the name alone is not one.
    """
    paths = list(_paths(model))
    times = Counter(path[-1] for path in paths)
    return {"_".join(path) if times[path[-1]] > 1 else path[-1]: path for path in paths}


def _paths(model: type[BaseModel], outer: Path = ()) -> Iterator[Path]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _paths(inner, (*outer, name))
        else:
            yield *outer, name


def row_of(entry: BaseModel, paths: Iterable[Path]) -> list[Cell]:
    """The values at these paths; those of a list are one text."""
    return [_value_at(entry, path) for path in paths]


def _value_at(value: Any, path: Path) -> Cell:
    for name in path:
        value = getattr(value, name)
    return ", ".join(map(str, value)) if isinstance(value, list) else value
