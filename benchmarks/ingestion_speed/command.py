"""The command line of the benchmark: arguments, servers, workbooks, and where the answer goes."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from app.config import load_settings
from benchmarks.ingestion_speed.campaign import Campaign, Workbooks
from benchmarks.ingestion_speed.children import ROOT
from benchmarks.ingestion_speed.editing import write_changed
from benchmarks.ingestion_speed.figures import Verdict, doubled
from benchmarks.ingestion_speed.machine import described, file_system
from benchmarks.ingestion_speed.presentation import (
    as_json,
    as_markdown,
    described_workbook,
    on_terminal,
    put_into,
    tables_of,
)
from benchmarks.ingestion_speed.record import EXPECTED_TROUBLE, Record
from benchmarks.ingestion_speed.servers import durable_site, throwaway_site
from benchmarks.ingestion_speed.speed_judgement import judged
from benchmarks.ingestion_speed.workbooks import LARGEST_SCALE, make_empty, make_samples

SCALES, ROUNDS = (0.1, 0.3, 1.0), 3
QUICK_SCALES, QUICK_ROUNDS = (0.01, 0.03, 0.1), 1
PAGE_WIDTH = 160


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
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workbook", type=Path, help="the workbook to measure; else the largest sample")
    parser.add_argument("--scales", help="sizes of the samples, e.g. 0.1,0.3,1 (the default)")
    parser.add_argument("--rounds", type=int, help=f"how often each is measured (default {ROUNDS})")
    parser.add_argument("--json", type=Path, help="write every value to this file")
    parser.add_argument("--write", type=Path, help="put the tables into this document")
    parser.add_argument("--quick", action="store_true", help="one round of small samples: does it work, not how fast")
    given = parser.parse_args(arguments)
    if given.workbook is not None and not given.workbook.is_file():
        parser.error(f"there is no workbook {given.workbook}")
    for target in filter(None, (given.json, given.write)):
        if not target.parent.is_dir():
            parser.error(f"there is no folder {target.parent}")
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
    local = ROOT / settings.local_dir
    local.mkdir(parents=True, exist_ok=True)
    record = Record(machine=described())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-", dir=local)))
        folder.chmod(0o755)  # the servers' account must be able to pass
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
    """Measure and show; 0 when everything was measured, targets met or not, 1 when something was not."""
    options = options_of(arguments, description)
    console = Console(stderr=True)
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    try:
        record = measured(options, console)
    except KeyboardInterrupt:
        console.print("Interrupted; servers and files are gone.")
        return 1
    except EXPECTED_TROUBLE as error:
        console.print(f"Nothing was measured: {error}", markup=False, highlight=False, soft_wrap=True)
        return 1
    finally:
        signal.signal(signal.SIGTERM, before)
    targets = judged(record)
    shown = tables_of(record, targets)
    on_terminal(Console(width=None if sys.stdout.isatty() else PAGE_WIDTH), shown)
    if options.json:
        options.json.write_text(as_json(record, targets), encoding="utf-8")
    if options.write:
        put_into(options.write, as_markdown(record, shown))
    return 1 if record.failures or any(one.verdict is Verdict.NOT_MEASURED for one in targets) else 0
