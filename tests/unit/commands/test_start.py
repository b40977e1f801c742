"""Commands start without the libraries that only some of them use."""

from __future__ import annotations

import subprocess
import sys

from app.checkout import ROOT

DEAR = ("alembic", "fastapi", "jsonschema", "numpy", "openpyxl", "procrastinate", "xlsxwriter")


def test_every_command_starts_without_what_one_alone_needs() -> None:
    """A person waits for each: Alembic and JSON Schema alone are a third of a start."""
    loaded = f"import sys, app.commands.cli; print(*{{{', '.join(map(repr, DEAR))}}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_schema_is_required_without_alembic() -> None:
    loaded = "import sys, app.database.revisions.at_head; print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
