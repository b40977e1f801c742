"""`python3 -m app`: the commands of the backend.

Any Python may start it: outside the project's environment it goes on inside it, or says how to make one.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

ENVIRONMENT = Path(__file__).resolve().parents[1] / ".venv"
NEEDED = ("typer", "sqlalchemy", "psycopg2", "pydantic_settings")


def go_on_inside() -> None:
    """Become the environment's interpreter if this one lacks what the commands need."""
    if sys.version_info >= (3, 11) and all(find_spec(name) for name in NEEDED):
        return
    python = ENVIRONMENT / "bin" / "python"
    if Path(sys.prefix).resolve() == ENVIRONMENT.resolve() or not python.exists():
        sys.exit("The project's environment is missing or incomplete: run `make setup`, then try again.")
    os.execv(python, [str(python), "-m", "app", *sys.argv[1:]])


if __name__ == "__main__":
    go_on_inside()
    from app.imported_once import uncollected

    with uncollected():
        from app.commands.cli import main
    main()
