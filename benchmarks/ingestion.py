"""Benchmark of the ingestion's time and memory, against merely reading the workbook with openpyxl.

    python3 benchmarks/ingestion.py [--workbook FILE] [--scales 0.1,0.3,1] [--rounds 3] [--json OUT]
                                    [--write docs/perf/ingestion.md] [--quick]

Each round times, in turn and each in a process of its own: openpyxl, calamine and bare inflating; a first load, a
forced re-run and one with 0.1 % of the rows changed; a first load with durable settings; first loads of samples of
several sizes. Ratios are taken within a round, so that a drift of the machine reaches both sides; medians over the
rounds are shown with every value. Only ratios mean anything on another machine. Once: memory, NO-OP, a reader beside a
publication, the server's statements. It starts servers of its own and leaves nothing behind.

Exit code 0: everything was measured, targets met or not; 1: something was not; 2: wrong usage.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def in_the_environment() -> None:
    """Go on in the project's environment, or say how to make one."""
    sys.path.insert(0, str(ROOT / "scripts"))
    from commands import inside  # type: ignore[import-not-found]

    python = inside()
    if python != sys.executable:
        os.execv(python, [python, __file__, *sys.argv[1:]])
    # This folder's names must not shadow anybody else's.
    sys.path[:] = [str(ROOT), *sys.path[2:]]


if __name__ == "__main__":
    in_the_environment()
    from benchmarks.ingestion_speed.command import main

    sys.exit(main(sys.argv[1:], str(__doc__)))
