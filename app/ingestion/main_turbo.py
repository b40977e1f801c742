"""`python3 app/ingestion/main_turbo.py [WORKBOOK]`: the old name of `python3 -m app ingest [WORKBOOK]`.

Any Python may start it: outside the project's environment it re-executes itself inside, or says how to make one.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from runpy import run_module

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
ENVIRONMENT = ROOT / ".venv"


def main() -> None:
    """Hand over to the command line, inside the environment that has its dependencies."""
    # This folder's modules must not shadow anybody else's.
    sys.path[:] = [str(ROOT), *(entry for entry in sys.path if Path(entry or ".").resolve() != FOLDER)]
    if any(find_spec(name) is None for name in ("typer", "sqlalchemy", "psycopg2")):
        python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if Path(sys.prefix).resolve() == ENVIRONMENT.resolve() or not python.exists():
            sys.exit("The project's environment is missing or incomplete: run `make prod-ready` once, then try again.")
        os.execv(python, [str(python), str(Path(__file__).resolve()), *sys.argv[1:]])
    sys.argv = ["app", "ingest", *sys.argv[1:]]
    # By name, as `python3 -m app` would: this room imports nothing from above it.
    run_module("app", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
