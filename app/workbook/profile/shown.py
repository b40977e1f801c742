"""Figures for people, the same in the terminal and in DATA_DICTIONARY.md."""

from __future__ import annotations

from typing import Any


def percent(part: int, whole: int) -> str:
    """A share in per cent with two decimals, never rounded to 0 or 100 unless it is exactly that."""
    if not whole:
        return ""
    text = f"{100 * part / whole:.2f}"
    if part < whole and text == "100.00":
        return "> 99.99 %"
    return "< 0.01 %" if part and text == "0.00" else f"{text} %"


def matched(counts: dict[str, Any]) -> str:
    """A match rate with both of its counts."""
    return f"{counts['matched']:,} of {counts['referencing']:,} = {percent(counts['matched'], counts['referencing'])}"


def span(column: dict[str, Any]) -> str:
    """The range of a column's values; lengths for texts."""
    if column["text"] is not None:
        return f"{column['text']['shortest']} to {column['text']['longest']} characters"
    if column["min"] is None:
        return ""
    return " to ".join(_moment(column[end]) for end in ("min", "max"))


def divided(counts: list[dict[str, Any]] | None) -> str:
    """A count divided by value, as text."""
    return ", ".join(f"{entry['value']}: {entry['count']:,}" for entry in counts or [])


def reasons(counts: dict[str, int]) -> str:
    """Codes with their counts, without those that never occur."""
    return ", ".join(f"{code} {count:,}" for code, count in counts.items() if count)


def breach(entry: dict[str, Any]) -> str:
    """A breach of the contract as a sentence with the remedy."""
    columns = ", ".join(entry["columns"])
    instead = f"{entry['instead']}: name it as the ERP does" if entry["instead"] else None
    return {
        "MISSING_SHEET": f"Sheet {entry['sheet']} is missing: {instead or 'export every sheet'}.",
        "MISSING_HEADER": f"Sheet {entry['sheet']} has no header row: the headers belong in row 1.",
        "MISSING_COLUMN": f"Sheet {entry['sheet']} lacks the column {columns}: {instead or 'export it with all'}.",
        "DUPLICATE_COLUMN": f"Sheet {entry['sheet']} has the column {columns} twice: it is unclear which one counts.",
    }[entry["code"]]


def oddities(column: dict[str, Any]) -> str:
    """A column's odd cells, as text."""
    found = {"FAULTY": column["faulty_cells"], **column["notes"]}
    return reasons(found)


def _moment(value: Any) -> str:
    return value.replace("T00:00:00", "").replace("T", " ") if isinstance(value, str) else f"{value:,}"
