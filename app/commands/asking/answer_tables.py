"""An answer of the API for people: of which export it is, its figures, and each of its lists as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.markup import escape
from rich.table import Table

from app.commands.speaking import localised

ENVELOPE = ("run_id", "plant", "workbook_name", "published_at", "as_of", "data_age_hours", "data_quality")
Entries = list[dict[str, Any]]


def shown_answer(body: dict[str, Any]) -> Iterator[Table | str]:
    """The parts of an answer, in its own order."""
    if "run_id" in body and "as_of" in body:
        run, as_of = f"Run {body['run_id']} of plant {body['plant']}", _text(body["as_of"])
        yield escape(localised(f"{run}: {body['workbook_name']}, as of {as_of}"))
    for limit in body.get("data_quality") or ():
        of = f"{limit['gate']} {limit['status']}" if limit["gate"] else f"{limit['code']} {limit['sheet']}"
        yield f"[yellow]{escape(of)}: {escape(localised(limit['remedy']))}[/yellow]"
    yield from _shown("", {name: value for name, value in body.items() if name not in ENVELOPE})


def _shown(title: str, value: dict[str, Any]) -> Iterator[Table | str]:
    figures = dict(_figures(value))
    if figures:
        table = Table(localised("figure"), localised("value"), title=escape(title) or None)
        for name, one in figures.items():
            table.add_row(escape(name), escape(_text(one)))
        yield table
    for name, entries in _lists(value):
        if entries and any(_lists(entry) for entry in entries):
            for entry in entries:
                own = ", ".join(f"{key} {_text(one)}" for key, one in _figures(entry))
                for inner, listed in _lists(entry):
                    yield _table(f"{name}: {own}: {inner}", listed)
        else:
            yield _table(name, entries)


def _table(title: str, entries: Entries) -> Table | str:
    if not entries:
        return escape(f"{title}: {localised('none')}")
    rows = [dict(_figures(entry)) for entry in entries]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(*map(escape, columns), title=escape(title))
    for row in rows:
        table.add_row(*(escape(_text(row.get(name))) for name in columns))
    return table


def _figures(value: dict[str, Any], outer: str = "") -> Iterator[tuple[str, Any]]:
    """Members that are no list of entries, also those of inner objects."""
    for name, one in value.items():
        if isinstance(one, dict):
            yield from _figures(one, f"{outer}{name}.")
        elif not _is_list_of_entries(one):
            yield f"{outer}{name}", one


def _lists(value: dict[str, Any]) -> list[tuple[str, Entries]]:
    return [(name, one) for name, one in value.items() if _is_list_of_entries(one)]


def _is_list_of_entries(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict) for one in value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: float) -> str:
    """The number as people read it: two decimals, of one below 1 three significant digits. `--json` has all digits."""
    text = f"{value:.3g}" if 0.0001 <= abs(value) < 1 else f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
