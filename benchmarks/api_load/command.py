"""The command line of the benchmark: arguments, server, workbook, and where the answer goes."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from app.config import load_settings
from app.performance.slo.slo_declaration import load_slos
from benchmarks.api_load.campaign import carry_out
from benchmarks.api_load.load_judgement import judged
from benchmarks.api_load.plan import FULL, QUICK, Plan
from benchmarks.api_load.presentation import BEGIN, TITLE, as_json, as_markdown
from benchmarks.api_load.record import EXPECTED_TROUBLE, Record
from benchmarks.api_load.service import WORKERS, running
from benchmarks.api_load.tables import tables_of
from benchmarks.ingestion_speed.children import ROOT
from benchmarks.ingestion_speed.figures import Verdict
from benchmarks.ingestion_speed.machine import described, file_system
from benchmarks.ingestion_speed.presentation import described_workbook, on_terminal, put_into
from benchmarks.ingestion_speed.servers import durable_site
from benchmarks.ingestion_speed.workbooks import LARGEST_SCALE, make_samples

SCALE, QUICK_SCALE = 1.0, 0.05
PAGE_WIDTH = 160


@dataclass(frozen=True)
class Options:
    """Options of the command. workbook: None measures a sample of this scale."""

    workbook: Path | None
    scale: float
    plan: Plan
    json: Path | None
    write: Path | None


def options_of(arguments: Sequence[str], description: str) -> Options:
    """The command line, understood; ends the program with 2 and one sentence when it cannot be."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workbook", type=Path, help="the workbook to serve; else a sample")
    parser.add_argument("--scale", type=float, help=f"size of the sample (default {SCALE:g})")
    parser.add_argument("--json", type=Path, help="write every value to this file")
    parser.add_argument("--write", type=Path, help="put the tables into this document")
    parser.add_argument("--quick", action="store_true", help="few requests, a small sample: does it work, not how fast")
    given = parser.parse_args(arguments)
    if given.workbook is not None and not given.workbook.is_file():
        parser.error(f"there is no workbook {given.workbook}")
    for target in filter(None, (given.json, given.write)):
        if not target.parent.is_dir():
            parser.error(f"there is no folder {target.parent}")
    scale = given.scale if given.scale is not None else QUICK_SCALE if given.quick else SCALE
    if not 0 < scale <= LARGEST_SCALE:
        parser.error(f"--scale is over 0 and at most {LARGEST_SCALE:g}")
    return Options(given.workbook, scale, QUICK if given.quick else FULL, given.json, given.write)


def measured(options: Options, console: Console) -> Record:
    """The whole record, on a server and in a folder that are removed afterwards. Raises EXPECTED_TROUBLE when
    nothing can be measured at all."""
    began, now, settings = time.monotonic(), datetime.now().astimezone(), load_settings()
    local = ROOT / settings.local_dir
    local.mkdir(parents=True, exist_ok=True)
    record = Record(machine=described())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-", dir=local)))
        folder.chmod(0o755)  # the server's account must be able to pass
        if options.workbook:
            workbook, kind = options.workbook.resolve(), "given"
        else:
            console.print(f"making a sample of scale {options.scale:g}")
            workbook, kind = make_samples(folder, [options.scale])[options.scale], f"sample of scale {options.scale:g}"
        site = stack.enter_context(durable_site(settings, folder))
        record.machine["server"] = {"version": site.server.version, "file_system": file_system(site.data)}
        console.print("ingesting the workbook")
        service = stack.enter_context(running(site, workbook, settings, folder / "reports"))
        record.workbook = described_workbook(workbook, kind, service.rows)
        carry_out(record, service, load_slos(), options.plan, console.print)
    record.machine["load_at_end"] = os.getloadavg()[0]
    record.plan = {
        **asdict(options.plan),
        "workers": WORKERS,
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
        console.print("Interrupted; server and files are gone.")
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
        put_into(options.write, as_markdown(record, shown), begin=BEGIN, title=TITLE)
    return 1 if record.failures or any(one.verdict is Verdict.NOT_MEASURED for one in targets) else 0
