"""The shell completes the commands and options of `prodplan`."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from app.commands.cli import app


@pytest.mark.parametrize(
    ("typed", "place", "completed"),
    [("prodplan wat", "1", ["watch"]), ("prodplan runs --js", "2", ["--json"]), ("prodplan nothing-like-it", "1", [])],
)
def test_beginning_is_completed(typed: str, place: str, completed: list[str]) -> None:
    asked = {"_PRODPLAN_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": place}
    done = CliRunner().invoke(app, [], env=asked, prog_name="prodplan")
    assert (done.exit_code, done.output.split()) == (0, completed)
