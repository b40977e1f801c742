"""docs/release_gate.md is tried as it stands: a stranger's empty folder becomes a project with a gate."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from release_gate.rules.refused_options import HARMFUL
from tests.plugin.foreign import GATE, Project

GUIDE = Path(__file__).parents[2] / "docs" / "release_gate.md"
STEP = re.compile(r"^\d\. [^\n]*in `(?P<file>[\w.]+)`:\n\n```\w+\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def stranger(tmp_path: Path) -> Project:
    """A project made by following the guide's steps."""
    project = Project(tmp_path / "kettle")
    for step in STEP.finditer(GUIDE.read_text("utf-8")):
        project.write(step["file"], step["text"])
    return project


def test_following_the_guide_makes_a_gate_that_passes(stranger: Project) -> None:
    names = {path.name for path in stranger.root.iterdir()}
    assert names == {"pyproject.toml", "pytest.ini", "boil.schema.json", "test_kettle.py"}
    ended = stranger.run([*GATE, "run"])
    assert (ended.exit_code, "PRODUCTION PROOF COMPLETE" in ended.output) == (0, True), ended.output


def test_gate_of_the_guide_fails_when_the_water_is_cold(stranger: Project) -> None:
    stranger.replace("test_kettle.py", "degrees = 100", "degrees = 99")
    assert stranger.run([*GATE, "run"]).exit_code == 1
    assert stranger.check("A1")["outcome"] == "FAILED"


def test_waiver_of_the_guide_is_a_valid_one(stranger: Project) -> None:
    text = GUIDE.read_text("utf-8")
    waiver = re.search(r"```toml\n(\[\[waivers\]\].*?)```", text, re.DOTALL)
    assert waiver is not None
    stranger.write("docs/release_waivers.toml", waiver[1])
    stranger.replace("test_kettle.py", "assert degrees >= 100", "assert degrees >= 101")
    ended = stranger.run([*GATE, "run"])
    assert "PASS with 1 waiver (A1 until 2999-12-31)" in ended.output
    assert ended.exit_code == 0


def test_guide_names_every_refusal() -> None:
    text = GUIDE.read_text("utf-8")
    assert {option for option in HARMFUL if f"`{option}`" not in text} == set()
