"""The old entry name: inside an environment without the dependencies it finds the right one, or says what to do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.ingestion import main_turbo


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing but the entry, and a module beside it whose name a library uses as well."""
    folder = tmp_path / "app" / "ingestion"
    folder.mkdir(parents=True)
    shutil.copy(main_turbo.__file__, folder)
    (folder / "tables.py").write_text("raise SystemExit('shadowed')", encoding="utf-8")
    return tmp_path


def started(checkout: Path, *arguments: str, isolated: bool = True) -> subprocess.CompletedProcess[str]:
    """Run the entry; isolated from installed packages (-S), as a system Python without them would."""
    options = ["-S"] if isolated else []
    entry = checkout / "app" / "ingestion" / "main_turbo.py"
    command = [sys.executable, *options, str(entry), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": ""}, cwd=checkout)


def test_it_says_what_to_do_when_there_is_no_environment(checkout: Path) -> None:
    outcome = started(checkout, "book.xlsx")
    assert outcome.returncode == 1
    assert "make prod-ready" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_it_re_executes_itself_inside_the_environment(checkout: Path) -> None:
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    outcome = started(checkout, "book.xlsx", "--force")
    assert outcome.stdout.split() == [str(checkout / "app" / "ingestion" / "main_turbo.py"), "book.xlsx", "--force"]


def test_it_hands_its_arguments_to_the_ingest_command(checkout: Path) -> None:
    (checkout / "app" / "__init__.py").touch()
    line = "import sys\nprint(sys.argv[1:], any(entry.endswith('ingestion') for entry in sys.path))\n"
    (checkout / "app" / "__main__.py").write_text(line, encoding="utf-8")
    outcome = started(checkout, "book.xlsx", "--json", isolated=False)
    assert outcome.stdout == "['ingest', 'book.xlsx', '--json'] False\n"
