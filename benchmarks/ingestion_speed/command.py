"""The command line of the benchmark: arguments, servers, workbooks, and where the answer goes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from app.config import load_settings
from benchmarks.ingestion_speed.campaign import Campaign, Workbooks
from benchmarks.ingestion_speed.editing import write_changed
from benchmarks.ingestion_speed.figures import doubled
from benchmarks.ingestion_speed.machine import described, file_system
from benchmarks.ingestion_speed.presentation import (
    as_json,
    as_markdown,
    described_workbook,
    put_into,
    tables_of,
)
from benchmarks.ingestion_speed.record import EXPECTED_TROUBLE, Record
from benchmarks.ingestion_speed.servers import durable_site, throwaway_site
from benchmarks.ingestion_speed.speed_judgement import judged
from benchmarks.ingestion_speed.workbooks import LARGEST_SCALE, make_empty, make_samples
from benchmarks.reporting import Benchmark, parsed, parser_of, report, working_folder

SCALES, ROUNDS = (0.1, 0.3, 1.0), 3
QUICK_SCALES, QUICK_ROUNDS = (0.01, 0.03, 0.1), 1


@dataclass(frozen=True)
class Options:
    """Options of the command. workbook: None measures the largest sample."""

    workbook: Path | None
    scales: tuple[float, ...]
    rounds: int
    json: Path | None
    write: Path | None


def options_of(arguments: Sequence[str], description: str) -> Options:
    """The command line, understood; ends the program with 2 and one sentence when it cannot be."""
    quick = "one round of small samples: does it work, not how fast"
    parser = parser_of(description, workbook="the workbook to measure; else the largest sample", quick=quick)
    parser.add_argument("--scales", help="sizes of the samples, e.g. 0.1,0.3,1 (the default)")
    parser.add_argument("--rounds", type=int, help=f"how often each is measured (default {ROUNDS})")
    given = parsed(parser, arguments)
    rounds = (QUICK_ROUNDS if given.quick else ROUNDS) if given.rounds is None else given.rounds
    try:
        scales = tuple(map(float, given.scales.split(","))) if given.scales else QUICK_SCALES if given.quick else SCALES
    except ValueError:
        parser.error(f"--scales is a list of numbers such as 0.1,0.3,1, not {given.scales}")
    if rounds < 1 or not all(0 < scale <= LARGEST_SCALE for scale in scales):
        parser.error(f"--rounds is at least 1, and each of --scales is over 0 and at most {LARGEST_SCALE:g}")
    return Options(given.workbook, scales, rounds, given.json, given.write)


def prepared(options: Options, folder: Path, console: Console) -> tuple[Workbooks, int]:
    """The workbooks to measure, and how many cells were changed in the copy.

    Raises WorkbookRefused, NotMeasured or ChildFailed when one cannot be made.
    """
    changed = folder / "changed.xlsx"
    # A given workbook that cannot be measured is found out before samples are made for minutes.
    cells = write_changed(options.workbook, changed) if options.workbook else None
    scales = sorted({*options.scales, *doubled(options.scales, LARGEST_SCALE)})
    console.print(f"making samples of scale {', '.join(f'{one:g}' for one in scales)}")
    samples = make_samples(folder, scales)
    given = options.workbook.resolve() if options.workbook else samples[max(options.scales)]
    return Workbooks(given, changed, samples, make_empty(folder)), cells or write_changed(given, changed)


def measured(options: Options, console: Console) -> Record:
    """The whole record, on servers and in a folder that are removed afterwards. Raises EXPECTED_TROUBLE when nothing
    can be measured at all."""
    began, now, settings = time.monotonic(), datetime.now().astimezone(), load_settings()
    record = Record(machine=described())
    with ExitStack() as stack:
        folder = stack.enter_context(working_folder(settings))
        workbooks, cells = prepared(options, folder, console)
        sites = {
            "throw-away": stack.enter_context(throwaway_site(settings)),
            "durable": stack.enter_context(durable_site(settings, folder)),
        }
        record.machine["servers"] = {
            name: {"version": site.server.version, "file_system": file_system(site.data)}
            for name, site in sites.items()
        }
        Campaign(record, workbooks, sites, folder / "reports", console.print).carry_out(options.rounds)
        kind = "given" if options.workbook else f"sample of scale {max(options.scales):g}"
        rows = record.loads["first"][0]["rows"] if record.loads.get("first") else 0
        record.workbook = described_workbook(workbooks.given, kind, rows) | {"cells_changed": cells}
    record.plan = {
        "scales": [f"{scale:g}" for scale in options.scales],
        "twice": [f"{scale:g}" for scale in doubled(options.scales, LARGEST_SCALE)],
        "rounds": options.rounds,
        "began": f"{now:%Y-%m-%d %H:%M %Z}",
        "took_s": time.monotonic() - began,
    }
    return record


def main(arguments: Sequence[str], description: str) -> int:
    """Measure and show; returns the exit code of `report`."""
    options = options_of(arguments, description)
    benchmark = Benchmark(
        measured=lambda console: measured(options, console),
        trouble=EXPECTED_TROUBLE,
        judged=judged,
        tables_of=tables_of,
        as_json=as_json,
        put_into=lambda path, record, shown: put_into(path, as_markdown(record, shown)),
    )
    return report(benchmark, json=options.json, write=options.write)
