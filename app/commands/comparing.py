"""`changes`: what changed between two kept runs, in words, as JSON, CSV or a workbook."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.command_database import database_at_head
from app.commands.output import Json, out, show
from app.commands.plant_choice import PlantOption, settings_of_plant
from app.commands.speaking import localised
from app.database.engine import open_engine

if TYPE_CHECKING:
    import sqlalchemy as sa
    from rich.table import Table

    from app.planning.changes.compared_runs import ComparedRuns
    from app.planning.changes.order_changes import ChangedOrder
    from app.planning.snapshot.live_run import Run

comparing = typer.Typer()
FILE = "Write {} here; a file that is there is replaced."


@comparing.command("changes")
def changes_command(
    from_run: Annotated[int | None, typer.Option(min=1, help="The earlier run; else the one before.")] = None,
    to_run: Annotated[int | None, typer.Option(min=1, help="The later run; else the live one.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=20_000, help="Most orders and rows shown.")] = 50,
    csv: Annotated[Path | None, typer.Option(help=FILE.format("every changed row as CSV"))] = None,
    xlsx: Annotated[Path | None, typer.Option(help=FILE.format("orders and rows as a workbook"))] = None,
    plant: PlantOption = None,
    as_json: Json = False,
) -> None:
    """Tell what changed between two exports: orders in words, rows by sheet, figures side by side."""
    from app.planning.changes.compared_runs import compared_runs
    from app.planning.changes.order_changes import changed_orders
    from app.planning.snapshot.kept_run import require_kept

    settings = settings_of_plant(plant)
    with (
        database_at_head(settings) as chosen,
        open_engine(chosen.url, role=chosen.roles.api) as engine,
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
    ):
        before, after = pair(connection, settings.plant, from_run, to_run)
        found = compared_runs(connection, before, after)
        orders = changed_orders(connection, before.run_id, after.run_id, limit=limit)
        rows = first_rows(connection, before, after, limit) if as_json else []
        if csv is not None:
            write_csv(connection, before, after, csv)
        if xlsx is not None:
            write_xlsx(connection, before, after, found, xlsx)
        connection.rollback()
        for run in (before, after):
            require_kept(connection, run.run_id)
    if as_json:
        pair_of_runs = {"from_run": before.run_id, "to_run": after.run_id}
        listed = {"orders": [order.model_dump(mode="json") for order in orders], "rows": rows}
        show({**pair_of_runs, **found.model_dump(mode="json"), **listed})
    else:
        out.print(shown_sheets(before, after, found))
        out.print(shown_figures(found))
        out.print(shown_orders(found, orders))


def pair(connection: sa.Connection, plant: str, from_run: int | None, to_run: int | None) -> tuple[Run, Run]:
    """The earlier and the later run; None: the run before the later one, and the live run."""
    from app.planning.snapshot.kept_run import kept_run, run_before
    from app.planning.snapshot.live_run import resolve_run

    after = resolve_run(connection, plant) if to_run is None else kept_run(connection, plant, to_run)
    before = run_before(connection, after) if from_run is None else kept_run(connection, plant, from_run)
    return before, after


def first_rows(connection: sa.Connection, before: Run, after: Run, limit: int) -> list[dict[str, Any]]:
    """The first rows that differ, as JSON has them."""
    from app.planning.changes.changed_rows import changed_rows

    rows = changed_rows(connection, before.run_id, after.run_id)
    return [row.model_dump(mode="json") for row, _ in islice(rows, limit)]


def write_csv(connection: sa.Connection, before: Run, after: Run, path: Path) -> None:
    from app.planning.changes.changed_rows import changed_rows
    from app.planning.changes.changes_csv import csv_head, csv_of

    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_head())
        file.writelines(csv_of([row]) for row, _ in changed_rows(connection, before.run_id, after.run_id))


def write_xlsx(connection: sa.Connection, before: Run, after: Run, found: ComparedRuns, path: Path) -> None:
    from app.planning.changes.changes_workbook import listed, write_changes

    write_changes(listed(connection, before, after, found), path)


def shown_sheets(before: Run, after: Run, found: ComparedRuns) -> Table:
    """The rows of each sheet by what became of them."""
    from rich.table import Table

    table = Table(title=localised(f"From run {before.run_id} to run {after.run_id}"))
    for header in ("sheet", "new", "changed", "same", "gone"):
        table.add_column(localised(header), justify="left" if header == "sheet" else "right", no_wrap=True)
    for sheet in found.sheets:
        counts = (sheet.inserted, sheet.updated, sheet.unchanged, sheet.deleted)
        table.add_row(sheet.sheet, *(f"{count:,}" for count in counts))
    return table


def shown_figures(found: ComparedRuns) -> Table:
    """The figures that differ, side by side."""
    from rich.table import Table

    table = Table(title=localised("Figures that differ"))
    for header in ("figure", "before", "after", "change"):
        table.add_column(localised(header), justify="left" if header == "figure" else "right", no_wrap=True)
    for one in found.figures:
        if one.before != one.after:
            numbers = (one.before, one.after, one.change)
            table.add_row(one.figure, *("" if number is None else f"{number:,.6g}" for number in numbers))
    return table


def shown_orders(found: ComparedRuns, orders: list[ChangedOrder]) -> Table:
    """The orders in words, and how many there are of each kind."""
    from rich.table import Table
    from rich.text import Text

    kinds = ", ".join(f"{one.kind.lower().replace('_', ' ')} {one.orders:,}" for one in found.order_kinds if one.orders)
    title = localised(f"Orders: {kinds}" if kinds else "Orders: none changed")
    table = Table(*map(localised, ("order", "what changed")), title=title)
    for order in orders:
        table.add_row(str(order.work_order_id), Text(" ".join(word.text for word in order.changes)))
    return table
