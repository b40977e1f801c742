"""`make help` in both languages: every heading and every target, and nothing that no target says."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.unit.packaging.checkout import ROOT

CATALOGUE = ROOT / "scripts" / "make_help.pt"
LANGUAGES = ("PRODPLAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def texts() -> list[str]:
    """The headings and the targets' texts of the Makefile."""
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    found = (re.fullmatch(r"##@ (.+)|[a-z-]+:.*?## (.+)", line) for line in lines)
    return [one[1] or one[2] for one in found if one]


def portuguese() -> dict[str, str]:
    lines = CATALOGUE.read_text(encoding="utf-8").splitlines()
    return dict(line.split(" = ", 1) for line in lines)


def shown(**environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in LANGUAGES}
    done = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, env=kept | environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_catalogue_is_whole_and_has_nothing_else() -> None:
    assert len(texts()) > 40
    assert sorted(texts()) == sorted(portuguese())
    assert [one for one, other in portuguese().items() if one == other] == []


@pytest.mark.parametrize(
    "environment", [{"PRODPLAN_LANG": "pt"}, {"LANG": "pt_PT.UTF-8"}, {"PRODPLAN_LANG": "", "LC_ALL": "PT"}]
)
def test_help_is_portuguese(environment: dict[str, str]) -> None:
    told = shown(**environment)
    assert [text for text in portuguese().values() if text not in told] == []
    assert [text for text in texts() if f" {text}\n" in told] == []


@pytest.mark.parametrize("environment", [{}, {"LANG": "C"}, {"PRODPLAN_LANG": "en", "LANG": "pt"}, {"LANG": "ptx"}])
def test_help_is_english_otherwise(environment: dict[str, str]) -> None:
    told = shown(**environment)
    assert [text for text in texts() if text not in told] == []
    assert "Lançamento" not in told
