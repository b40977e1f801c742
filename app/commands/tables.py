"""Output of commands in the terminal: tables for people, and progress with the remaining time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.commands.speaking import localised
from app.contract.quality_issues import ROWS_REFUSED, WARNINGS
from app.ingestion.run_result import MANY_SNAPSHOTS, Published, Retained
from app.typed import typed
from app.workbook.profile.shown import breach, divided, matched, oddities, percent, reasons, span

if TYPE_CHECKING:
    from rich.progress import TaskID

    from app.database.bootstrap import Bootstrap


def shown_steps(report: Bootstrap) -> Table:
    title = localised(f"Bootstrap of {report.url.database}, schema at {report.head}")
    table = Table(*map(localised, ("step", "outcome", "detail")), title=title)
    for step in report.steps:
        table.add_row(step.name, step.outcome, step.detail)
    return table


RECONCILED = {
    "extracted": "rows_extracted",
    "loaded": "rows_loaded",
    "merged": "rows_merged",
    "rejected": "rows_rejected",
    "new": "inserted",
    "changed": "updated",
    "same": "unchanged",
    "gone": "deleted",
}
"""Columns of the final table, and their figures in an ingestion's record."""
COMPARED = ("new", "changed", "same", "gone")
NARROWER: tuple[tuple[str, ...], ...] = ((), COMPARED, ("loaded", *COMPARED), ("loaded", *COMPARED, "reasons"))
"""Columns that are left out on a terminal of so few columns that figures would be cut."""


def shown_reconciliation(record: dict[str, Any], console: Console) -> Table:
    """The final table of an ingestion: rows read, merged and refused of each sheet, with reasons, as far as the
    terminal has room."""
    tables = (_reconciliation(record, left_out) for left_out in NARROWER)
    return next((one for one in tables if _fits(one, console)), _reconciliation(record, NARROWER[-1]))


def _fits(table: Table, console: Console) -> bool:
    return console.measure(table, options=console.options.update(width=1_000)).minimum <= console.width


def _reconciliation(record: dict[str, Any], left_out: Collection[str]) -> Table:
    title = f"{record['status']}: run {record['run_id']} of workbook {record['excel_sha256'][:12]}"
    figures = {header: figure for header, figure in RECONCILED.items() if header not in left_out}
    has_reasons = "reasons" not in left_out
    table = Table(title=localised(title), box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(localised("sheet"), no_wrap=has_reasons, overflow="fold")
    for header in figures:
        table.add_column(localised(header), justify="right", no_wrap=True)
    if has_reasons:
        table.add_column(localised("reasons"))
    for sheet in record["sheets"]:
        reasons = ", ".join(f"{code} {count:,}" for code, count in sorted(sheet["rejects_by_reason"].items()))
        counts = [f"{sheet[figure]:,}" for figure in figures.values()]
        table.add_row(sheet["sheet"], *counts, *([reasons] if has_reasons else []))
    return table


def shown_warning(warning: dict[str, Any]) -> str:
    """A warning about a sheet, with what to do, below the final table."""
    if warning["code"] == ROWS_REFUSED.code:
        remedy = "Each of them is in rejected_rows.xlsx (beyond 50,000, in rejected_rows.csv)."
    else:
        remedy = WARNINGS[warning["code"]].remedy
    return f"Warning: {warning['detail']}. {remedy}"


def shown_publication(published: Published) -> str:
    """Report the run that is live now, and whether its export is older than the one before."""
    told = f"Run {published.run_id} is live for plant {published.plant}."
    if not published.is_older:
        return told
    ends = f"ends at {published.as_of:%Y-%m-%d %H:%M}" if published.as_of else "has no event at all"
    before = f"run {published.previous_run_id} at {published.previous_as_of:%Y-%m-%d %H:%M}"
    return f"{told} It is older than the run before: it {ends}, {before}."


def shown_gates(document: dict[str, Any]) -> Table:
    """The gates of FEATURE_GATES.json, a row each."""
    headers = map(localised, ("gate", "status", "match rate", "over", "guards"))
    table = Table(*headers, title=localised(f"Feature gates of run {document['run_id']}"))
    for gate in document["gates"]:
        rate = localised("none") if gate["match_rate"] is None else f"{gate['match_rate']:.4f}"
        table.add_row(gate["gate"], gate["status"], rate, gate["over"], ", ".join(gate["guards"]))
    return table


def shown_slos(results: Iterable[Any], title: str) -> Table:
    """The results of a measurement, an SLO each."""
    headers = ("SLO", "status", "p95, ms", "bound, ms", "target, ms", "requests", "errors")
    table = Table(*map(localised, headers), title=title)
    for result in results:
        judged = result.judgement
        figures = (judged.p95_ms, judged.upper_bound_ms, result.slo.target_ms, judged.samples, judged.errors)
        table.add_row(result.slo.name, judged.status.value, *("" if f is None else f"{f:g}" for f in figures))
    return table


def shown_retention(plant: str, outcome: Retained) -> str:
    """Describe what retention did with a plant's snapshots, a line for each kind."""
    dropped, kept = (", ".join(map(str, runs)) or "nothing" for runs in (outcome.dropped, outcome.kept))
    return "\n".join([f"Plant {plant}: dropped {dropped}; kept {kept}.", *left_behind(outcome)])


def left_behind(outcome: Retained) -> Iterator[str]:
    """Sentences about snapshots that retention could not drop, and about too many snapshots in the database."""
    if outcome.postponed:
        reader = ", ".join(outcome.readers) or "a session that has ended meanwhile"
        runs = ", ".join(map(str, outcome.postponed))
        yield f"Still read by {reader}, so not dropped: {runs}. Run {typed('retain')} again later."
    if outcome.snapshots_in_database >= MANY_SNAPSHOTS:
        yield (
            f"This database holds {outcome.snapshots_in_database} snapshots; from {MANY_SNAPSHOTS} on, changes of the "
            "schema run short of locks: keep fewer (RETENTION_KEEP), or give plants databases of their own."
        )


NEEDS_THE_LIVE_RUN = (
    "Judged as a first load. Only an ingestion compares it with the live run: keys that disappear, columns that lose"
    " every value, an older export, new rows that are refused."
)


def shown_profile(document: dict[str, Any]) -> Iterator[Table | str]:
    """A workbook's profile for people: contract violations, sheets, columns, relationships and faults."""
    workbook = document["workbook"]
    as_of = (document["as_of"] or "no date").replace("T", " ")
    yield escape(f"{workbook['name']}: {document['rows']:,} rows as of {as_of}, sha256 {workbook['sha256'][:12]}")
    for entry in document["breaches"]:
        yield f"[red]{escape(localised(breach(entry)))}[/red]"
    for sentence in document["limits"]["refused"]:
        yield f"[red]{escape(localised(f'An ingestion would refuse the workbook: {sentence}.'))}[/red]"
    for sentence in document["limits"]["warned"]:
        yield f"[yellow]{escape(localised(f'An ingestion would warn: {sentence}.'))}[/yellow]"
    for sheet in document["sheets"]:
        rows, columns = sheet["hidden"]["rows"], sheet["hidden"]["columns"]
        if rows or columns:
            hidden = [f"{rows:,} rows"] * bool(rows) + [f"columns {', '.join(columns)}"] * bool(columns)
            yield f"[yellow]{sheet['sheet']}: hidden, and read like all others: {'; '.join(hidden)}.[/yellow]"
    yield _profiled_sheets(document["sheets"])
    yield _profiled_columns(document["sheets"])
    table = _figures("Relationships", "reference", "matched rows", "matched values", "orphans", "orphan ids, smallest")
    for entry in document["relationships"]:
        figures = [f"{entry['missing']} is missing", "", ""]
        if entry["missing"] is None:
            orphans = f"{entry['rows']['orphans']:,} rows, {entry['distinct']['orphans']:,} values"
            figures = [matched(entry["rows"]), matched(entry["distinct"]), orphans if entry["rows"]["orphans"] else ""]
        table.add_row(entry["relationship"], *figures, ", ".join(entry["orphan_sample"]))
    yield table
    table = _figures("Faults and oddities", "sheet", "what", "count", "share", "divided", "first Excel rows")
    for fault in document["faults"]:
        count = f"{fault['missing']} is missing" if fault["count"] is None else f"{fault['count']:,} {fault['of']}"
        share = percent(fault["count"] or 0, fault["among"] or 0)
        rows = ", ".join(map(str, fault["excel_rows"]))
        table.add_row(fault["sheet"], escape(localised(fault["meaning"])), count, share, divided(fault["by"]), rows)
    yield table
    yield localised(NEEDS_THE_LIVE_RUN)


def _profiled_sheets(sheets: list[dict[str, Any]]) -> Table:
    table = _figures("Sheets", "sheet", "rows", "key", "would be refused", "cells with an error", "columns not read")
    for sheet in sheets:
        key, extra = sheet["key"], sheet["extra_columns"]
        unique = {True: "unique", False: "[red]repeats[/red]", None: ""}[key["is_unique"]]
        named = escape(", ".join(extra["headers"] or ()))
        table.add_row(
            sheet["sheet"],
            f"{sheet['rows']:,}",
            f"{' + '.join(key['columns']) or 'the whole row'} {unique}",
            reasons(sheet["rows_refused"]),
            escape(reasons(sheet["error_cells"])),
            f"{extra['count']} {named}" if extra["count"] else "",
        )
    return table


def _profiled_columns(sheets: list[dict[str, Any]]) -> Table:
    table = _figures("Columns", "column", "type", "null", "distinct", "from, to", "values", "odd cells")
    for sheet in sheets:
        for column in sheet["columns"]:
            nulls = percent(column["nulls"], sheet["rows"]) if column["nulls"] else ""
            figures = (nulls, f"{column['distinct']:,}", span(column), divided(column["values"]), oddities(column))
            table.add_row(column["header"], column["type"], *figures)
        table.add_section()
    return table


def _figures(title: str, *headers: str) -> Table:
    """An empty table; its columns of counts are aligned right."""
    table = Table(title=localised(title))
    for header in headers:
        is_count = header in ("rows", "null", "distinct", "count", "share")
        table.add_column(
            localised(header), justify="right" if is_count else "left", no_wrap=header in ("sheet", "column")
        )
    return table


@contextmanager
def progress_shown(console: Console) -> Iterator[Any]:
    """A callback (step, rows done, total rows or None) that shows rate and remaining time on a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bars:
        tasks: dict[str, TaskID] = {}

        def show_progress(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield show_progress
