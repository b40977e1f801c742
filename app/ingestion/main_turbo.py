"""`python3 app/ingestion/main_turbo.py [WORKBOOK]`: the old name of `python3 scripts/ingest.py [WORKBOOK]`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "ingest.py"


def main() -> None:
    """Run scripts/ingest.py in this interpreter."""
    if not SCRIPT.is_file():
        sys.exit("This is no checkout of the project: run `python3 -m app ingest` where it is installed.")
    os.execv(sys.executable, [sys.executable, str(SCRIPT), *sys.argv[1:]])


if __name__ == "__main__":
    main()
