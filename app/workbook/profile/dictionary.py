"""DATA_DICTIONARY.md: the document of a profile as Markdown, sheet by sheet, for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from app.workbook.profile.shown import breach, divided, matched, oddities, percent, reasons, span


def dictionary_text(document: dict[str, Any]) -> str:
    """The file's text."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: dict[str, Any]) -> Iterator[str]:
    workbook = document["workbook"]
    yield f"# Data dictionary of {_cell(workbook['name'])}"
    yield ""
    yield f"{document['rows']:,} rows in {len(document['sheets'])} sheets, as of {document['as_of'] or 'no date'};"
    yield f"sha256 `{workbook['sha256']}`. Written by `python3 -m app inspect`; every figure is over all rows."
    if document["breaches"]:
        yield from ("", "## What breaks the contract", "")
        yield from (f"- {_cell(breach(entry))}" for entry in document["breaches"])
    if document["limits"]["refused"]:
        yield from ("", "## Why an ingestion would refuse it", "")
        yield from (f"- {_cell(sentence)}." for sentence in document["limits"]["refused"])
    if document["extra_sheets"]:
        yield from ("", f"Sheets that are not read: {_cell(', '.join(document['extra_sheets']))}.")
    for sheet in document["sheets"]:
        yield from _sheet(sheet)
    yield from ("", "## Relationships", "")
    yield from _table(
        ("relationship", "rows", "distinct values", "orphans: rows, values", "orphan ids, the smallest"),
        (
            (
                entry["relationship"],
                *(matched(entry[over]) if entry["missing"] is None else "" for over in ("rows", "distinct")),
                f"{entry['rows']['orphans']:,}, {entry['distinct']['orphans']:,}"
                if entry["missing"] is None
                else f"not counted: {entry['missing']} is missing",
                ", ".join(entry["orphan_sample"]),
            )
            for entry in document["relationships"]
        ),
    )
    yield from ("", "## Faults and oddities", "")
    yield from _table(
        ("sheet", "what", "count", "share", "divided", "first Excel rows", "code"),
        map(_fault, document["faults"]),
    )


def _sheet(sheet: dict[str, Any]) -> Iterator[str]:
    key = " + ".join(sheet["key"]["columns"]) or "the whole row"
    unique = {True: ", unique", False: ", not unique", None: ""}[sheet["key"]["is_unique"]]
    candidates = "; ".join(" + ".join(candidate) for candidate in sheet["key_candidates"])
    yield from ("", f"## {sheet['sheet']}", "")
    yield f"{sheet['rows']:,} rows, kept in `core.{sheet['table']}`. Key: {key}{unique}."
    yield f"Key candidates: {candidates or 'none'}."
    yield f"Rows that an ingestion would refuse: {reasons(sheet['rows_refused']) or 'none'}."
    if sheet["error_cells"]:
        yield f"Cells with an error: {_cell(reasons(sheet['error_cells']))}."
    extra = sheet["extra_columns"]
    if extra["count"]:
        names = f": {_cell(', '.join(extra['headers']))}" if extra["headers"] else ""
        yield f"Columns beyond the contract, not read: {extra['count']}{names}."
    yield ""
    yield from _table(
        ("column", "core column", "meaning", "type", "null", "distinct", "from, to", "values", "odd cells"),
        (
            (
                column["header"],
                column["core_column"],
                column["meaning"],
                column["type"],
                f"{column['nulls']:,} ({percent(column['nulls'], sheet['rows'])})" if column["nulls"] else "0",
                f"{column['distinct']:,}",
                span(column),
                divided(column["values"]),
                oddities(column),
            )
            for column in sheet["columns"]
        ),
    )


def _fault(fault: dict[str, Any]) -> tuple[str, ...]:
    if fault["missing"] is not None:
        return (
            fault["sheet"],
            fault["meaning"],
            f"not counted: {fault['missing']} is missing",
            "",
            "",
            "",
            fault["code"],
        )
    return (
        fault["sheet"],
        fault["meaning"],
        f"{fault['count']:,}" + ("" if fault["of"] == "rows" else f" {fault['of']}"),
        percent(fault["count"], fault["among"]),
        divided(fault["by"]),
        ", ".join(map(str, fault["excel_rows"])),
        fault["code"],
    )


def _table(headers: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(headers)} |"
    yield f"|{'---|' * len(headers)}"
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _cell(text: str) -> str:
    for sign in "\\`*|<>[]":
        text = text.replace(sign, f"\\{sign}")
    return text
